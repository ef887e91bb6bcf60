"""A solution of exercise 9."""
import numpy as np


def im2col(x, k, stride, padding):
    n, c, h, w = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (h + 2 * padding - k) // stride + 1, (w + 2 * padding - k) // stride + 1
    cols = np.zeros((n, oh, ow, c, k, k))
    for i in range(k):
        for j in range(k):
            part = x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
            cols[:, :, :, :, i, j] = part.transpose(0, 2, 3, 1)
    return cols.reshape(n * oh * ow, c * k * k)


def col2im(cols, shape, k, stride, padding):
    n, c, h, w = shape
    oh, ow = (h + 2 * padding - k) // stride + 1, (w + 2 * padding - k) // stride + 1
    x = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    windows = cols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 1, 2, 4, 5)
    for i in range(k):
        for j in range(k):
            x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride] += windows[..., i, j]
    return x[:, :, padding:padding + h, padding:padding + w]
