"""Norms of vectors and matrices, powers, and products of several matrices."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import array_of, wrap
from ..backend.arrays import array_module
from ..errors import DTypeError, ShapeError
from ..errors.arguments import require_sizes
from ..ops import matrix, norm as norms
from ..ops.attach import attach, normal_dims
from ..ops.create import ones_like
from ..ops.join import cat
from ..ops.reduce import amax, amin, sum
from ..ops.scan import cumprod
from . import products
from .decompositions import svdvals
from .solving import inv, matrices

Dims = int | tuple[int, ...] | None


def vector_norm(x: Any, ord: float = 2, dim: Dims = None, keepdim: bool = False, *,
                dtype: Any = None) -> Any:
    """(Σ |x|ᵖ)^(1/p) over ``dim``, all of x as one vector unless given; p = ``ord`` may be ±∞ or 0.

    The gradient is that of ``minigrad.norm``. Raises DTypeError for integers.

    >>> minigrad.linalg.vector_norm(minigrad.tensor([[3.0, 4.0], [6.0, 8.0]]), dim=1)
    tensor([ 5., 10.])
    """
    x = _floating("vector_norm", x, dtype)
    if not x.numel() and (ord < 0 or ord == math.inf):
        for d in normal_dims(dim, x.ndim, "vector_norm", True):
            if not x.shape[d]:
                raise ShapeError(f"vector_norm: dimension {d} of shape {tuple(x.shape)} is empty, which "
                                 f"has no norm for ord {ord}.")
    return norms.norm(x, ord, dim, keepdim)


def matrix_norm(x: Any, ord: float | str = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False, *,
                dtype: Any = None) -> Any:
    """A norm of the matrices in two dimensions, (…, n, m) → (…).

    ``ord``: "fro" √Σ x²; "nuc" Σ σ; 2 and −2 the largest and smallest singular value σ; 1 and −1 the largest
    and smallest sum Σ |x| of a column, ±∞ of a row. Raises ValueError for another, DTypeError for integers.

    >>> minigrad.linalg.matrix_norm(minigrad.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    x = _floating("matrix_norm", x, dtype)
    if x.ndim < 2 or len(dim) != 2:
        raise ShapeError(f"matrix_norm: expected a matrix and two dims, got {tuple(x.shape)} and {dim}.")
    rows, columns = normal_dims(tuple(dim), x.ndim, "matrix_norm")
    if not x.shape[rows] * x.shape[columns] and ord in (1, 2, math.inf):
        ord = "fro"                                         # of nothing: 0, too
    if ord == "fro":
        return norms.norm(x, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(x.movedim((rows, columns), (-2, -1)))
        z = sum(values, -1) if ord == "nuc" else (amax if ord == 2 else amin)(values, -1)
        return z.reshape([1 if k in (rows, columns) else n for k, n in enumerate(x.shape)]) if keepdim else z
    if ord not in (1, -1, math.inf, -math.inf):
        raise ValueError(f"matrix_norm: expected ord 'fro', 'nuc', ±1, ±2 or ±inf, got {ord!r}.")
    inside, outside = (rows, columns) if abs(ord) == 1 else (columns, rows)
    z = (amax if ord > 0 else amin)(sum(abs(x), inside, True), outside, True)
    return z if keepdim else z.squeeze((rows, columns))


def norm(x: Any, ord: float | str | None = None, dim: Dims = None, keepdim: bool = False, *,
         dtype: Any = None) -> Any:
    """``vector_norm``; of a matrix, or two dims, with an ``ord`` given ``matrix_norm``.

    >>> minigrad.linalg.norm(minigrad.tensor([[3.0, 0.0], [0.0, 4.0]])), minigrad.linalg.norm(
    ...     minigrad.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    (tensor(5.), tensor(4.))
    """
    if ord is None:
        return vector_norm(x, 2, dim, keepdim, dtype=dtype)
    two = isinstance(dim, (tuple, list)) and len(dim) == 2 or dim is None and x.ndim == 2
    if two:
        return matrix_norm(x, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)  # type: ignore
    if isinstance(ord, str) or dim is None and x.ndim > 2:
        raise ShapeError(f"norm: ord {ord!r} is for vectors or matrices; for shape {tuple(x.shape)} give one "
                         "or two dims.")
    return vector_norm(x, ord, dim, keepdim, dtype=dtype)


def _floating(name: str, x: Any, dtype: Any) -> Any:
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating tensor, got {x.dtype}. Use x.float().")
    return x


def cond(x: Any, p: float | str | None = None) -> Any:
    """How much a solution of x z = b may change when b does: ‖x‖ ‖x⁻¹‖; for p None σ₁ / σₙ.

    >>> minigrad.linalg.cond(minigrad.tensor([[1.0, 0.0], [0.0, 0.01]]))
    tensor(100.)
    """
    if p in (None, 2, -2):
        values = svdvals(matrices("cond", x))
        quotient = values[..., 0] / values[..., -1]
        return 1 / quotient if p == -2 else quotient
    return matrix_norm(x, p) * matrix_norm(inv(x), p)


def matrix_rank(x: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """How many singular values are above max(atol, rtol · the largest). int64, without a gradient.

    rtol is eps · max(n, m) unless either is given.

    >>> minigrad.linalg.matrix_rank(minigrad.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    values = svdvals(matrices("matrix_rank", x).detach())._array
    eps = max(x.shape[-2:]) * np.finfo(x.dtype).eps
    least = np.asarray(array_of(0.0 if atol is None else atol))[..., None]
    share = np.where(least > 0, 0.0, eps) if rtol is None else np.asarray(array_of(rtol))[..., None]
    largest = values.max(-1, keepdims=True, initial=0)
    return wrap(np.asarray((values > np.maximum(least, share * largest)).sum(-1)))


def matrix_power(x: Any, n: int) -> Any:
    """x @ x @ … n times, by repeated squaring; for n < 0 of the inverse. x (…, m, m), else ShapeError.

    >>> minigrad.linalg.matrix_power(minigrad.tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    tensor([[1., 5.],
            [0., 1.]])
    """
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"matrix_power: expected square matrices, got shape {tuple(x.shape)}.")
    if n == 0:
        one = array_module(x._array).eye(x.shape[-1], dtype=x.dtype)
        return x * 0 + wrap(one) if x.requires_grad else wrap(one).expand(x.shape).clone()
    x, n = (inv(x), -n) if n < 0 else (x, n)
    z = None
    while n:
        if n & 1:
            z = x if z is None else z @ x
        n >>= 1
        x = x @ x if n else x
    return z


def multi_dot(tensors: Sequence[Any]) -> Any:
    """A @ B @ C …, multiplied in the order that takes the fewest products of numbers.

    The first and the last may be vectors. Raises ShapeError for fewer than two, or sizes that don't fit.

    >>> a, b, c = minigrad.ones(2, 50), minigrad.ones(50, 40), minigrad.ones(40, 1)
    >>> minigrad.linalg.multi_dot([a, b, c]).shape                      # a @ (b @ c)
    minigrad.Size([2, 1])
    """
    tensors = list(tensors)
    if len(tensors) < 2 or any(t.ndim != 2 for t in tensors[1:-1]) \
            or any(t.ndim not in (1, 2) for t in tensors):
        raise ShapeError("multi_dot: expected two or more matrices, the first and last of which may be "
                         f"vectors, got {[tuple(t.shape) for t in tensors]}.")
    first, last = tensors[0].ndim == 1, tensors[-1].ndim == 1
    if first:
        tensors[0] = tensors[0].reshape(1, -1)
    if last:
        tensors[-1] = tensors[-1].reshape(-1, 1)
    sizes = [t.shape[0] for t in tensors] + [tensors[-1].shape[1]]
    if any(a.shape[1] != b.shape[0] for a, b in zip(tensors, tensors[1:])):
        raise ShapeError(f"multi_dot: inner sizes differ in {[tuple(t.shape) for t in tensors]}.")
    best: dict[tuple[int, int], tuple[int, Any]] = {}

    def cost(i: int, j: int) -> int:
        """The fewest products for tensors i … j; ``best`` remembers where that splits them."""
        if i == j:
            return 0
        if (i, j) not in best:
            best[i, j] = min((cost(i, k) + cost(k + 1, j) + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                             for k in range(i, j))
        return best[i, j][0]

    def product(i: int, j: int) -> Any:
        if i == j:
            return tensors[i]
        cost(i, j)
        k = best[i, j][1]
        return product(i, k) @ product(k + 1, j)
    z = product(0, len(tensors) - 1)
    return z.reshape([n for n, gone in zip(z.shape, (first, last)) if not gone]) if first or last else z


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Σ x · y along ``dim``. x and y broadcast.

    >>> minigrad.linalg.vecdot(minigrad.tensor([[1.0, 2.0], [3.0, 4.0]]), minigrad.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    return sum(x * y, dim)


def cross(x: Any, y: Any, *, dim: int = -1) -> Any:
    """``minigrad.cross`` along the last dimension.

    >>> minigrad.linalg.cross(minigrad.tensor([1.0, 0.0, 0.0]), minigrad.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    return products.cross(x, y, dim)


def diagonal(x: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """``minigrad.diagonal`` of the last two dimensions.

    >>> minigrad.linalg.diagonal(minigrad.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return matrix.diagonal(x, offset, dim1, dim2)


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 … N − 1 of each entry: (…, n) → (…, n, N); N is n unless given.

    >>> minigrad.linalg.vander(minigrad.tensor([2, 3]), 3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    require_sizes("vander", 0, N=x.shape[-1] if N is None else N)
    N = x.shape[-1] if N is None else N
    wide = x.reshape(-1, 1) if x.ndim < 2 else x.unsqueeze(-1)
    return cumprod(cat([ones_like(wide), *[wide] * (N - 1)], -1), -1)[..., :N]


attach(matrix_power=matrix_power)
