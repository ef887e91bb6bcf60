"""Parts of a matrix: its transpose, its diagonal, the triangles above and below it."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..autograd.tensor import array_of
from ..backend.arrays import Array, array_module
from ..errors import ShapeError
from .attach import attach, normal_dim
from .convert import clone
from .indexing import IndexAdd
from .shape import Permute, permute, shape_of, transpose


class Triangle(Function):
    """y = x on and below (or above) a diagonal, 0 elsewhere;  ∂L/∂x = the same part of g."""

    __slots__ = ("lower", "diagonal")

    def __init__(self, lower: bool, diagonal: int) -> None:
        self.lower, self.diagonal = lower, diagonal

    def forward(self, x: Array) -> Array:
        return (np.tril if self.lower else np.triu)(x, self.diagonal)

    def backward(self, g: Any) -> Any:
        return Triangle(self.lower, self.diagonal)(g)


def tril(x: Any, diagonal: int = 0) -> Any:
    """The part on and below the diagonal of each matrix; 0 above. x (…, H, W), else ShapeError.

    >>> import minigrad
    >>> minigrad.ones(2, 2).tril()
    tensor([[1., 0.],
            [1., 1.]])
    """
    return _triangle(x, True, diagonal)


def triu(x: Any, diagonal: int = 0) -> Any:
    """The part on and above the diagonal of each matrix; 0 below. x (…, H, W), else ShapeError.

    >>> import minigrad
    >>> minigrad.ones(2, 2).triu(1)
    tensor([[0., 1.],
            [0., 0.]])
    """
    return _triangle(x, False, diagonal)


def _triangle(x: Any, lower: bool, diagonal: int) -> Any:
    if len(shape_of(x)) < 2:
        raise ShapeError(f"tril/triu: expected at least 2 dimensions, got {tuple(shape_of(x))}.")
    return Triangle(lower, diagonal)(x)


def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of the matrices in dim1 and dim2, as a new last dimension: a view.

    ``offset`` above 0 takes one further right. Raises RangeError for a dim that x lacks.

    >>> import minigrad
    >>> minigrad.tensor([[1, 2], [3, 4]]).diagonal()
    tensor([1, 4])
    """
    ndim = len(shape_of(x))
    a, b = normal_dim(dim1, ndim, "diagonal"), normal_dim(dim2, ndim, "diagonal")
    rest = tuple(k for k in range(ndim) if k not in (a, b))
    return Diagonal(offset)(permute(x, rest + (a, b)))


_diagonal = diagonal        # in ``diag``, that is the name of an option


def diag(x: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix; of a vector the matrix with that diagonal, and 0 elsewhere.

    ``diagonal`` above 0 means one further right. Raises ShapeError for other than 1 or 2 dimensions.

    >>> import minigrad
    >>> minigrad.diag(minigrad.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = len(shape_of(x))
    if ndim == 2:
        return clone(_diagonal(x, diagonal))        # as in PyTorch, diag gives a tensor of its own
    if ndim != 1:
        raise ShapeError(f"diag: expected a vector or a matrix, got shape {tuple(shape_of(x))}. "
                         "x.diagonal() takes more dimensions.")
    n = shape_of(x)[0]
    at = array_module(array_of(x)).arange(n)
    size = n + abs(diagonal)
    return IndexAdd((at + max(0, -diagonal), at + max(0, diagonal)), (size, size))(x)


class Diagonal(Function):
    """y = the diagonal of the last two dimensions, (…, H, W) → (…, D);  ∂L/∂x = zeros, g on the diagonal."""

    __slots__ = ("offset", "input_shape")
    makes_view = True

    def __init__(self, offset: int) -> None:
        self.offset = offset

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        y = x.diagonal(self.offset, -2, -1)
        if isinstance(y, np.ndarray):               # where NumPy gives a view that cannot be written
            y.flags.writeable = x.flags.writeable
        return y

    def backward(self, g: Any) -> Any:
        at = array_module(array_of(g)).arange(g.shape[-1])
        rows, columns = at + max(0, -self.offset), at + max(0, self.offset)
        return IndexAdd((Ellipsis, rows, columns), self.input_shape)(g)


def matrix_transpose(x: Any) -> Any:
    """The last two dimensions exchanged: xᵀ of every matrix in a batch."""
    if len(shape_of(x)) < 2:
        raise ShapeError(f"mT: expected at least 2 dimensions, got shape {tuple(shape_of(x))}.")
    return transpose(x, -2, -1)


def t(x: Any) -> Any:
    """The transpose of a matrix; vectors and scalars stay as they are. ShapeError above 2 dimensions.

    >>> import minigrad
    >>> minigrad.tensor([[1, 2], [3, 4]]).t()
    tensor([[1, 3],
            [2, 4]])
    """
    if len(shape_of(x)) > 2:
        raise ShapeError(f"t: expected at most 2 dimensions, got shape {tuple(shape_of(x))}. "
                         "Use x.transpose(dim0, dim1) or x.mT.")
    return Permute(tuple(range(len(shape_of(x))))[::-1])(x)


attach(tril=tril, triu=triu, diagonal=diagonal, diag=diag, t=t, mT=property(matrix_transpose))
