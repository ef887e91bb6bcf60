"""The operations, a file per family; importing this room attaches them to Tensor."""
from . import (activation, arrange, compare, conv_pool, convert, convolution, create, einsum, elementwise,
               embedding, functions, indexing, inplace, join, likelihood, limits, linalg, loss, loss_terms,
               normalization, order, pooling, rectifiers, reduce, resize, sampling, shape,
               unfold, variance)

__all__ = ["activation", "arrange", "compare", "conv_pool", "convert", "convolution", "create", "einsum",
           "elementwise", "embedding", "functions", "indexing", "inplace", "join", "likelihood", "limits",
           "linalg", "loss", "loss_terms", "normalization", "order", "pooling", "rectifiers",
           "reduce", "resize", "sampling", "shape", "unfold", "variance"]
