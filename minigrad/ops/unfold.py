"""im2col and col2im as operations: windows of an image as columns, and columns added back."""
from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.conv import fold_columns, unfold_columns
from ..backend.windows import Geometry, Pair
from ..errors import ShapeError
from .convolution import pair, require_fit


class Unfold(Function):
    """y = each window as a column;  ∂L/∂x = the columns of g added where their windows lay (Fold).

    x (N, C, H, W), y (N, C·KH·KW, OH·OW).
    """

    __slots__ = ("geometry", "size")

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    def forward(self, x: Array) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        return unfold_columns(x, self.geometry)

    def backward(self, g: Any) -> Any:
        return Fold(self.geometry, self.size)(g)


class Fold(Function):
    """x = columns added where their windows lie;  ∂L/∂y = the windows of g as columns (Unfold)."""

    __slots__ = ("geometry", "size")

    def __init__(self, geometry: Geometry, size: Pair) -> None:
        self.geometry, self.size = geometry, size

    def forward(self, y: Array) -> Array:
        return fold_columns(y, self.geometry, self.size)

    def backward(self, g: Any) -> Any:
        return Unfold(self.geometry)(g)


def _geometry(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Geometry:
    rows, columns = pair(padding, f"{name}: padding", 0)
    return Geometry(pair(kernel_size, f"{name}: kernel_size"), pair(stride, f"{name}: stride"),
                    ((rows, rows), (columns, columns)), pair(dilation, f"{name}: dilation"))


def unfold(input: Any, kernel_size: int | Pair, dilation: int | Pair = 1, padding: int | Pair = 0,
           stride: int | Pair = 1) -> Any:
    """Each window as a column: (N, C, H, W) → (N, C·KH·KW, OH·OW); without N, too.

    Raises ShapeError when no window fits.

    >>> import minigrad
    >>> x = minigrad.arange(9.0).reshape(1, 1, 3, 3)
    >>> minigrad.nn.functional.unfold(x, 2)[0, :, 0]         # the window in the corner, as a column
    tensor([0., 1., 3., 4.])
    """
    if len(input.shape) == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    geometry = _geometry("unfold", kernel_size, dilation, padding, stride)
    require_fit("unfold", input.shape, geometry)
    return Unfold(geometry)(input)


def fold(input: Any, output_size: int | Pair, kernel_size: int | Pair, dilation: int | Pair = 1,
         padding: int | Pair = 0, stride: int | Pair = 1) -> Any:
    """Columns added where their windows lie: (N, C·KH·KW, OH·OW) → (N, C, H, W); without N, too.

    Raises ShapeError when the columns do not fit the output.

    >>> import minigrad
    >>> columns = minigrad.ones(1, 4, 4)                     # four windows of 2×2 over 3×3
    >>> minigrad.nn.functional.fold(columns, 3, 2)[0, 0]
    tensor([[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]])
    """
    if len(input.shape) == 2:
        return fold(input.unsqueeze(0), output_size, kernel_size, dilation, padding, stride).squeeze(0)
    geometry = _geometry("fold", kernel_size, dilation, padding, stride)
    size = pair(output_size, "fold: output_size")
    oh, ow = geometry.output_size(size)
    shape = tuple(input.shape)
    window = geometry.kernel[0] * geometry.kernel[1]
    if len(shape) != 3 or shape[1] % window or shape[2] != oh * ow:
        raise ShapeError(f"fold: for windows of {geometry.kernel} over {size} the input must be "
                         f"(N, C·{window}, {oh * ow}), but it is {shape}.")
    return Fold(geometry, size)(input)
