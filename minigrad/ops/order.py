"""Running sums and ordering: cumsum, sort, topk, norm."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import require_sizes
from ..autograd import Function
from ..autograd.tensor import wrap
from ..backend.arrays import Array, array_module, is_array
from ..backend.dtypes import native
from ..errors import RangeError
from ..unsupported import refuses
from .attach import attach, in_single, normal_dim, normal_dims, numpy_names
from .compare import where
from .elementwise import abs, pow, sign
from .indexing import gather
from .reduce import WIDER, Amax, Amin, Dims, ValuesIndices, sum
from .shape import flip


class CumSum(Function):
    """yᵢ = x₀ + … + xᵢ along ``dim``;  ∂L/∂xᵢ = gᵢ + gᵢ₊₁ + …, the running sum from the end."""

    __slots__ = ("dim", "dtype")
    promote = True

    def __init__(self, dim: int, dtype: Any = None) -> None:
        self.dim, self.dtype = dim, dtype

    def forward(self, x: Array) -> Array:
        y = x.cumsum(axis=self.dim if x.ndim else None, dtype=self.dtype or WIDER.get(x.dtype.char))
        return y.reshape(x.shape)                               # 0-d: NumPy answers with one dimension

    def backward(self, g: Any) -> Any:
        return flip(cumsum(flip(g, self.dim), self.dim), self.dim) if g.ndim else g


class Norm(Function):
    """y = √Σ x² over ``dim``;  ∂L/∂x = g · x / y, and 0 where y = 0.

    The slope at 0 has no direction; 0 is the subgradient that PyTorch takes, too.
    """

    __slots__ = ("dim", "keepdim", "kept_shape")
    promote = True

    def __init__(self, dim: Dims, keepdim: bool) -> None:
        self.dim, self.keepdim = dim, keepdim

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, "norm", True)
        self.kept_shape = tuple([1 if k in dims else n for k, n in enumerate(x.shape)])
        y = np.sqrt((x * x).sum(axis=dims, keepdims=self.keepdim))
        y = y if is_array(y) else np.asarray(y)
        self.save(x, y)
        return y

    def backward(self, g: Any) -> Any:
        x, y = self.saved
        y = y.reshape(self.kept_shape)
        return x * (g.reshape(self.kept_shape) / where(y == 0, y + 1, y))


@numpy_names
def cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along ``dim``; booleans and integers are summed as int64 unless ``dtype`` is given.

    Raises RangeError for a ``dim`` that x lacks.

    >>> import minigrad
    >>> minigrad.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    dim = normal_dim(dim, x.ndim, "cumsum")
    return CumSum(dim)(x) if dtype is None else CumSum(dim, native(dtype))(x.to(dtype))


@numpy_names
@in_single
def norm(x: Any, p: float | str = 2, dim: Dims = None, keepdim: bool = False) -> Any:
    """(Σ |x|ᵖ)^(1/p) over ``dim``; p = inf gives the largest |x|, -inf the smallest, 0 counts.

    For p = 2 the gradient at the zero vector is 0. Raises NotImplementedError for other names than "fro".

    >>> import minigrad
    >>> minigrad.tensor([3.0, 4.0]).norm(), minigrad.tensor([3.0, -4.0]).norm(1)
    (tensor(5.), tensor(7.))
    """
    if p in (2, "fro"):
        return Norm(dim, keepdim)(x)
    if isinstance(p, str):
        raise NotImplementedError(f"norm: p={p!r} is not supported, only numbers and 'fro'.")
    size = abs(x)
    if p == math.inf:
        return Amax(dim, keepdim, True)(size)
    if p == -math.inf:
        return Amin(dim, keepdim, True)(size)
    if p == 0:
        return sum(where(size == 0, sign(size), 1.0), dim, keepdim)     # NaN counts, too
    if p == 1:
        return sum(size, dim, keepdim)
    zero = size == 0
    powers = where(zero, 0.0, pow(where(zero, size + 1, size), p))      # no slope from 0ᵖ
    total = sum(powers, dim, keepdim)
    empty = total == 0
    return where(empty, total, pow(where(empty, total + 1, total), 1 / p))


@numpy_names
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesIndices:
    """(values, indices) in ascending or descending order along ``dim``; equal entries keep their order.

    Raises RangeError for a ``dim`` that x lacks.

    >>> import minigrad
    >>> values, indices = minigrad.tensor([3.0, 1.0, 2.0]).sort()
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = normal_dim(dim, x.ndim, "sort")
    if x.ndim == 0:
        return ValuesIndices(x.clone(), wrap(array_module(x._array).zeros((), np.int64)))
    order = wrap(_order(x._array, dim, descending))
    return ValuesIndices(gather(x, dim, order), order)


@numpy_names
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that would sort x along ``dim``. int64, of x's shape.

    >>> import minigrad
    >>> minigrad.tensor([3.0, 1.0, 2.0]).argsort()
    tensor([1, 2, 0])
    """
    return wrap(_order(x._array, normal_dim(dim, x.ndim, "argsort"), descending))


def _order(array: Array, dim: int, descending: bool) -> Array:
    """A stable order; reversed twice for descending, so that equal entries stay in order there, too."""
    if not array.ndim:
        return array_module(array).zeros((), np.int64)
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    backwards = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(backwards, dim)


@numpy_names
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesIndices:
    """(values, indices) of the k largest or smallest entries along ``dim``, always in order.

    Raises RangeError for more than there are.

    >>> import minigrad
    >>> minigrad.tensor([3.0, 1.0, 2.0]).topk(2).values
    tensor([3., 2.])
    """
    dim = normal_dim(dim, x.ndim, "topk")
    require_sizes("topk", None, k=k)
    if not x.ndim and k in (0, 1):
        return sort(x)
    if not x.ndim or not 0 <= k <= x.shape[dim]:
        size = x.shape[dim] if x.ndim else 1
        raise RangeError(f"topk: k must be in [0, {size}] for dimension {dim} of shape {tuple(x.shape)}, "
                         f"got {k}.")
    order = _order(x._array, dim, largest)
    at = wrap(order[(slice(None),) * dim + (slice(0, k),)])
    return ValuesIndices(gather(x, dim, at), at)


class Median(Amax):
    """y = the lower middle entry, NaN if there is one;  ∂L/∂x = g, shared by the entries equal to y."""

    __slots__ = ()

    @staticmethod
    def ufunc(x: Array, axis: Any, keepdims: bool) -> Array:
        """The entry at the middle of all; ``axis`` names every dimension."""
        flat = x.reshape(-1)
        return flat[_middle(flat, 0)].reshape((1,) * x.ndim if keepdims else ())


def _middle(array: Array, dim: int) -> Array:
    """Where the lower middle entry is along ``dim``, kept with size 1; the first NaN where there is one.

    In sorted order NaN stands behind all numbers.
    """
    order = np.argsort(array, axis=dim, kind="stable")
    at = array_module(array).full((1,) * array.ndim, (array.shape[dim] - 1) // 2)
    if array.dtype.kind == "f":
        missing = np.isnan(array).sum(axis=dim, keepdims=True)
        at = np.where(missing > 0, array.shape[dim] - missing, at)
    else:
        at = np.broadcast_to(at, array.shape[:dim] + (1,) + array.shape[dim + 1:])
    return np.take_along_axis(order, at, dim)


@numpy_names
def median(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower middle entry of everything; or with ``dim`` (values, indices) along it. NaN if there is one.

    Of everything, entries equal to the median share the gradient; along a dimension the one at the index
    gets it. Raises RangeError when there is no entry.

    >>> import minigrad
    >>> minigrad.tensor([3.0, 1.0, 2.0, 9.0]).median()
    tensor(2.)
    """
    if dim is None:
        if not x.numel():
            raise RangeError(f"median: a tensor of shape {tuple(x.shape)} has no entries, and so no median.")
        return Median(None, False, True)(x)
    dim = normal_dim(dim, x.ndim, "median")
    if x.ndim == 0:
        return sort(x, dim)
    if x.shape[dim] == 0:
        raise RangeError(f"median: dimension {dim} of shape {tuple(x.shape)} is empty.")
    at = wrap(_middle(x._array, dim))
    values = gather(x, dim, at)
    return ValuesIndices(values, at) if keepdim else ValuesIndices(values.squeeze(dim), at.squeeze(dim))


@numpy_names
@refuses(out=None)
@in_single
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """input / max(‖input‖ₚ, eps) along ``dim``: vectors of length 1. The shape stays.

    >>> import minigrad
    >>> minigrad.nn.functional.normalize(minigrad.tensor([3.0, 4.0]), dim=0)
    tensor([0.6, 0.8])
    """
    return input / norm(input, p, dim, True).clamp(min=eps)


@numpy_names
@in_single
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along ``dim``: the cosine of the angle.

    x1 and x2 broadcast first. As in PyTorch, the gradient does not see the limit eps: it is that of
    ‖x‖ + c with the constant c = max(eps − ‖x‖, 0).

    >>> import minigrad
    >>> minigrad.cosine_similarity(minigrad.tensor([1.0, 0.0]), minigrad.tensor([3.0, 4.0]), dim=0)
    tensor(0.6)
    """
    shape = np.broadcast_shapes(tuple(x1.shape), tuple(x2.shape))
    unit = []
    for x in (x1.broadcast_to(shape), x2.broadcast_to(shape)):
        length = norm(x, 2, dim, True)
        missing = (eps - length.detach()).clamp(min=0)
        unit.append(x / (length + missing))
    return sum(unit[0] * unit[1], dim)


attach(cumsum=cumsum, norm=norm, sort=sort, argsort=argsort, topk=topk, median=median)
