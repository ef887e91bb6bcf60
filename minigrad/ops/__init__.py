"""The operations, a file per family; importing this room attaches them to Tensor."""
from . import (activation, arithmetic, choosing, compare, convert, convolution, create, cross_entropy,
               dropout,
               einsum, embedding, exponential, fusion, gather_scatter, indexing, inplace,
               join, linalg, losses, matrix, norm, normalization, numpy_calls, pad, piecewise, pointwise,
               pooling, reduce, resize, rounding, sampling, scan, select, shape, softmax, sort,
               trigonometry, unfold, variance, volumes)

__all__ = ["activation", "arithmetic", "choosing", "compare", "convert", "convolution", "create",
           "cross_entropy",
           "dropout", "einsum", "embedding", "exponential", "fusion", "gather_scatter",
           "indexing", "inplace", "join", "linalg", "losses", "matrix", "norm", "normalization",
           "numpy_calls", "pad", "piecewise", "pointwise", "pooling", "reduce", "resize", "rounding",
           "sampling", "scan", "select", "shape", "softmax", "sort", "trigonometry", "unfold", "variance",
           "volumes"]
