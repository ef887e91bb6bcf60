"""The operations, a file per family; importing this room attaches them to Tensor."""
from . import (activation, compare, convolution, create, elementwise, indexing, inplace, linalg, loss,
               pooling, reduce, shape)

__all__ = ["activation", "compare", "convolution", "create", "elementwise", "indexing", "inplace",
           "linalg", "loss", "pooling", "reduce", "shape"]
