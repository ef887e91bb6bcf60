"""Gather and scatter: picking entries along one dimension, and putting them back."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import Array, array_module, is_array, on_host, require_one_device
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_numbers
from .attach import attach, normal_dim, numpy_names, own_dim
from .convert import clone
from .indexing import Index, IndexAdd
from .shape import broadcast_to, shape_of


class Scatter(Function):
    """y = x with y[index] = values along ``dim``.

    ∂L/∂x = g, 0 at the index;  ∂L/∂values = g at the index. An entry named twice keeps one of the values,
    so the gradient is right only if no entry is named twice, as in PyTorch.
    """

    __slots__ = ("dim", "index")

    def __init__(self, dim: int, index: Array) -> None:
        self.dim, self.index = dim, index

    def forward(self, x: Array, values: Array) -> Array:
        y = x.copy()
        y[along(self.index, self.dim)] = values
        return y

    def backward_x(self, g: Any) -> Any:
        shape = tuple(g.shape)
        keep = array_module(self.index).ones(shape, dtype=bool)
        keep[along(self.index, self.dim)] = False
        return g * keep

    def backward_values(self, g: Any) -> Any:
        return Gather(self.dim, self.index)(g)


class ScatterAdd(Function):
    """y = x with values added at the index along ``dim``;  ∂L/∂x = g,  ∂L/∂values = g at the index."""

    __slots__ = ("dim", "index")

    def __init__(self, dim: int, index: Array) -> None:
        self.dim, self.index = dim, index

    def forward(self, x: Array, values: Array) -> Array:
        y = x.copy()
        array_module(y).add.at(y, along(self.index, self.dim), values)
        return y

    def backward_x(self, g: Any) -> Any:
        return g

    def backward_values(self, g: Any) -> Any:
        return Gather(self.dim, self.index)(g)


def scatter(x: Any, dim: int, index: Any, src: Any, *, reduce: str | None = None) -> Any:
    """x with ``src`` (a tensor of at least index's shape, or a number) written at ``index`` along dim.

    ``reduce="add"`` adds instead. Raises ShapeError when index or src do not fit, RangeError for an index
    outside, DTypeError for a src of another dtype.

    >>> minigrad.zeros(3).scatter(0, minigrad.tensor([2, 0]), minigrad.tensor([5.0, 7.0]))
    tensor([7., 0., 5.])
    """
    if not isinstance(src, Tensor) and not is_array(src):
        require_numbers("scatter", src=src)
    if reduce not in (None, "add"):
        if reduce == "multiply":
            raise NotImplementedError("scatter: reduce='multiply' is not supported.")
        raise ValueError(f"scatter: expected reduce None or 'add', got {reduce!r}.")
    return scattered("scatter", Scatter if reduce is None else ScatterAdd, x, dim, index, src)


def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with ``src`` added at ``index`` along dim; an entry named twice receives both.

    Errors as in ``scatter``; a number instead of a tensor raises TypeError.

    >>> minigrad.zeros(3).scatter_add(0, minigrad.tensor([2, 2]), minigrad.tensor([5.0, 7.0]))
    tensor([ 0.,  0., 12.])
    """
    if not isinstance(src, Tensor) and not is_array(src):
        raise TypeError(f"scatter_add: src must be a tensor, got {src!r}. x.scatter_add(dim, index, "
                        "minigrad.full(index.shape, number)) adds one number.")
    return scattered("scatter_add", ScatterAdd, x, dim, index, src)


@numpy_names
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """Entries at ``indices`` along dim; x and indices broadcast in the other dimensions.

    Along a dim, indices below 0 count from its end. Raises RangeError for an index outside, ShapeError when
    the shapes do not fit, DTypeError for anything but integers. For example, the entries in the order of
    ``argsort``:

    >>> x = minigrad.tensor([3.0, 1.0, 2.0])
    >>> minigrad.take_along_dim(x, x.argsort(), 0)
    tensor([1., 2., 3.])
    """
    if dim is None:
        return gather(x.reshape(-1), 0, indices.reshape(-1))
    index, xs = integers("take_along_dim", indices), tuple(shape_of(x))
    require_one_device("take_along_dim", x, index)
    d = own_dim(dim, len(xs), "take_along_dim")
    if index.ndim != len(xs) or any(k != d and n != m and 1 not in (n, m)
                                    for k, (n, m) in enumerate(zip(xs, index.shape))):
        raise ShapeError(f"take_along_dim: the indices {tuple(index.shape)} and the tensor {xs} must have as "
                         f"many dimensions, and sizes beside dim {d} that are equal or 1.")
    both = [m if n == 1 else n for n, m in zip(xs, index.shape)]
    wide_x = broadcast_to(x, tuple(xs[d] if k == d else n for k, n in enumerate(both)))
    wide_at = broadcast_to(index, tuple(index.shape[d] if k == d else n for k, n in enumerate(both)))
    wide_at = np.where(wide_at < 0, wide_at + xs[d], wide_at)
    require_inside("take_along_dim", wide_at, xs[d])
    return Gather(d, wide_at)(wide_x)


def scattered(name: str, function: Callable[..., Any], x: Any, dim: int, index: Any, src: Any) -> Any:
    """``function`` of x and as much of ``src`` as the index names, after the checks."""
    d, at = index_along(name, x, dim, index)
    whole, shape = x if len(x.shape) else x.reshape(1), tuple(at.shape)
    if isinstance(src, Tensor) or is_array(src):
        if src.dtype != x.dtype:
            raise DTypeError(f"{name}: src is {src.dtype}, but the tensor is {x.dtype}. Use "
                             f"src.to(x.dtype).")
        src = src if len(src.shape) else src.reshape(1)
        if at.size and (len(src.shape) != len(shape) or any(n > m for n, m in zip(shape, src.shape))):
            raise ShapeError(f"{name}: src must be at least as large as the index, {shape}, but it is "
                             f"{tuple(src.shape)}.")
        src = src[tuple(slice(0, n) for n in shape)] if at.size else src
    if not at.size:
        return clone(x) if isinstance(x, Tensor) else x.copy()
    y = function(d, at)(whole, src)
    return y if len(x.shape) else y.reshape(())


class Gather(Function):
    """y[i, j] = x[index[i, j], j] (for dim 0);  ∂L/∂x = zeros, with g added at the index."""

    __slots__ = ("dim", "index", "input_shape")

    def __init__(self, dim: int, index: Array) -> None:
        self.dim, self.index = dim, index

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        return x[along(self.index, self.dim)]

    def backward(self, g: Any) -> Any:
        return IndexAdd(along(self.index, self.dim), self.input_shape)(g)


def along(index: Array, dim: int) -> tuple[Any, ...]:
    """The index that replaces the position along ``dim`` by ``index`` and keeps all others."""
    grid: list[Any] = []
    for d, n in enumerate(index.shape):
        if d == dim:
            grid.append(index)
        else:
            shape = (1,) * d + (n,) + (1,) * (index.ndim - d - 1)
            grid.append(array_module(index).arange(n).reshape(shape))
    return tuple(grid)


@numpy_names
def gather(x: Any, dim: int, index: Any) -> Any:
    """Entries of x at ``index`` along ``dim``: y[i, j] = x[index[i, j], j] for dim 0.

    ``index`` has as many dimensions as x, and no larger size except along ``dim``; 0-d tensors count as
    vectors of one entry. Raises ShapeError when it does not fit, DTypeError for anything but integers,
    RangeError for an index outside. On a GPU, checking would wait for earlier work, so there an index
    outside goes unnoticed.

    >>> x = minigrad.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.gather(1, minigrad.tensor([[1], [0]]))            # one entry of each row
    tensor([[2.],
            [3.]])
    """
    d, at = index_along("gather", x, dim, index)
    if not at.size:                                             # of any shape, as in PyTorch
        return x.reshape(-1)[:0].reshape(at.shape)
    y = Gather(d, at)(x if len(x.shape) else x.reshape(1))
    return y if len(index.shape) else y.reshape(())


@numpy_names
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x at the given positions along ``dim``.

    ``index``: a vector of integers from 0 on; one number for a 0-d x. Raises ShapeError for other shapes,
    DTypeError for anything but integers, RangeError for one outside.

    >>> minigrad.tensor([[1, 2], [3, 4]]).index_select(1, minigrad.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    at, shape = integers("index_select", index), tuple(x.shape)
    require_one_device("index_select", x, at)
    d = normal_dim(dim, len(shape), "index_select")
    if at.ndim > 1 or not shape and at.size != 1:
        raise ShapeError(f"index_select: the index must be a vector{'' if shape else ' of one entry'} for "
                         f"the shape {shape}, but it is {tuple(at.shape)}.")
    require_inside("index_select", at, shape[d] if shape else 1)
    if not shape:
        return x.reshape(1)[at.reshape(1)].reshape(())
    return Index((slice(None),) * d + (at.reshape(-1).astype(np.int64, copy=False),))(x)


def index_along(name: str, x: Any, dim: int, index: Any) -> tuple[int, Array]:
    """(dim, index) for an operation that replaces positions along ``dim``, after the checks.

    A 0-d x or index counts as a vector of one entry; an index without entries fits everywhere.
    """
    at, shape = integers(name, index), tuple(x.shape) or (1,)
    d = normal_dim(dim, len(shape), name)
    require_one_device(name, x, index)
    if not at.size:
        return d, at
    at = at if at.ndim else at.reshape(1)
    if at.ndim != len(shape) or any(k != d and n > shape[k] for k, n in enumerate(at.shape)):
        raise ShapeError(f"{name}: index of shape {tuple(at.shape)} does not fit into {shape} beside dim "
                         f"{d}.")
    require_inside(name, at, shape[d])
    return d, at


def integers(name: str, index: Any) -> Array:
    """The array of an index. Raises DTypeError unless it holds integers, TypeError unless it is a tensor."""
    at = array_of(index)
    if not is_array(at):
        raise TypeError(f"{name}: the index must be a tensor of integers, got {type(index).__name__}.")
    if at.dtype.kind not in "iu" and at.size:
        raise DTypeError(f"{name}: the index must hold integers, got {at.dtype}. Use index.long().")
    return at


def require_inside(name: str, at: Array, size: int) -> None:
    """RangeError for an index outside of [0, size); not on a GPU, where checking would wait."""
    if on_host(at) and at.size and (int(at.min()) < 0 or int(at.max()) >= size):
        raise RangeError(f"{name}: indices must be in [0, {size - 1}], got {int(at.min())} to "
                         f"{int(at.max())}.")


attach(scatter=scatter, scatter_add=scatter_add, take_along_dim=take_along_dim, gather=gather,
       index_select=index_select)
