"""Exercise 9: im2col and col2im, which turn a convolution into a matrix product.

im2col writes each window of an image as a row. A window is C channels of K × K pixels; its
numbers stand in the row channel by channel, each channel row by row. There are OH × OW windows in
each of N images, from left to right, then from top to bottom:

    OH = (H + 2·padding − K) // stride + 1          OW = (W + 2·padding − K) // stride + 1

With the weights of M filters as a matrix (C·K·K, M), im2col(x, …) @ weights is the convolution.

col2im is the way back for gradients: each number of a row is *added* to the pixel it was copied
from. A pixel that lies in several windows gets several parts. The padding's share is dropped.

On paper, x = 3×3, K = 2, stride 1, no padding:

    [[1 2 3]        the windows are         [[1 2 4 5]
     [4 5 6]                                 [2 3 5 6]
     [7 8 9]]                                [4 5 7 8]
                                             [5 6 8 9]]

The pixel in the middle, 5, lies in all four of them: col2im of ones gives it a 4.

Grade it:  python -m lessons check 9
"""
from __future__ import annotations

import numpy as np


def im2col(x: np.ndarray, k: int, stride: int, padding: int) -> np.ndarray:
    """Each window of the images as a row.

    Args:
        x: (N, C, H, W), the images.
        k: height and width of a window.
        stride: how many pixels the window moves, in both directions.
        padding: how many zeros are put on each of the four sides first.

    Returns cols (N·OH·OW, C·K·K).

    >>> x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> print(im2col(x, 2, 1, 0))
    [[1. 2. 4. 5.]
     [2. 3. 5. 6.]
     [4. 5. 7. 8.]
     [5. 6. 8. 9.]]
    """
    raise NotImplementedError


def col2im(cols: np.ndarray, shape: tuple[int, int, int, int], k: int, stride: int,
           padding: int) -> np.ndarray:
    """The rows added back into images: what im2col's gradient goes through.

    Args:
        cols: (N·OH·OW, C·K·K).
        shape: (N, C, H, W), the shape of the images.
        k, stride, padding: as for im2col.

    Returns x (N, C, H, W).

    >>> print(col2im(np.ones((4, 4)), (1, 1, 3, 3), 2, 1, 0)[0, 0])
    [[1. 2. 1.]
     [2. 4. 2.]
     [1. 2. 1.]]
    """
    raise NotImplementedError
