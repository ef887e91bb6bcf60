"""More ways to rearrange: repeat, roll, triangles, masks, scatter."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..arguments import require_numbers
from ..autograd import Function, Tensor
from ..backend.arrays import (Array, array_module, device_of, is_array, move, require_one_device,
                              to_numpy)
from ..errors import DTypeError, RangeError, ShapeError
from .attach import attach, normal_dim, numpy_names
from .compare import Where
from .indexing import Gather, IndexAdd, along, gather, index_along, index_select, integers, require_inside
from .shape import broadcast_to, clone, permute, shape_of, sizes_of


class Roll(Function):
    """y = x shifted along ``dims``, what leaves at the end enters at the start;  ∂L/∂x = g shifted back."""

    __slots__ = ("shifts", "dims")

    def __init__(self, shifts: tuple[int, ...], dims: tuple[int, ...] | None) -> None:
        self.shifts, self.dims = shifts, dims

    def forward(self, x: Array) -> Array:
        return np.roll(x, self.shifts if self.dims else self.shifts[0], self.dims)

    def backward(self, g: Any) -> Any:
        return Roll(tuple(-s for s in self.shifts), self.dims)(g)


class Triangle(Function):
    """y = x on and below (or above) a diagonal, 0 elsewhere;  ∂L/∂x = the same part of g."""

    __slots__ = ("lower", "diagonal")

    def __init__(self, lower: bool, diagonal: int) -> None:
        self.lower, self.diagonal = lower, diagonal

    def forward(self, x: Array) -> Array:
        return (np.tril if self.lower else np.triu)(x, self.diagonal)

    def backward(self, g: Any) -> Any:
        return Triangle(self.lower, self.diagonal)(g)


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
        at = array_module(g._array if isinstance(g, Tensor) else g).arange(g.shape[-1])
        rows, columns = at + max(0, -self.offset), at + max(0, self.offset)
        return IndexAdd((Ellipsis, rows, columns), self.input_shape)(g)


class Scatter(Function):
    """y = x with y[index] = values along ``dim``.

    ∂L/∂x = g, 0 at the index;  ∂L/∂values = g at the index. An entry named twice keeps one of the values,
    so that its gradient is right only if all entries differ, as PyTorch says of its own.
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


def repeat(x: Any, *sizes: Any) -> Any:
    """x laid out ``sizes`` times along each dimension, as tiles; more sizes than dimensions add some."""
    counts, shape = sizes_of(sizes, "repeat"), tuple(shape_of(x))
    if len(counts) < len(shape):
        raise ShapeError(f"repeat: expected at least {len(shape)} counts for shape {shape}, got {counts}.")
    shape = (1,) * (len(counts) - len(shape)) + shape
    # (a, b) → (1, a, 1, b) → repeated to (p, a, q, b) → (p·a, q·b)
    apart = tuple(n for size in shape for n in (1, size))
    stretched = tuple(n for count, size in zip(counts, shape) for n in (count, size))
    full = tuple(count * size for count, size in zip(counts, shape))
    return broadcast_to(x.reshape(apart), stretched).reshape(full)


def tile(x: Any, *dims: Any) -> Any:
    """``repeat``, but fewer counts than dimensions are filled up with 1 in front.

    Raises ShapeError for a negative count.

    >>> import minigrad
    >>> minigrad.tensor([1, 2]).tile(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = sizes_of(dims, "tile")
    return repeat(x, (1,) * (len(shape_of(x)) - len(counts)) + counts)


@numpy_names
def repeat_interleave(x: Any, repeats: Any, dim: int | None = None) -> Any:
    """Every entry (dim None) or slice repeated ``repeats`` times in place: a a b b.

    ``repeats`` is one count for all, or a tensor with one for each. Raises ShapeError for another number
    of counts.

    >>> import minigrad
    >>> minigrad.tensor([1, 2]).repeat_interleave(2)
    tensor([1, 1, 2, 2])
    """
    if dim is None:
        x, dim = x.reshape(-1), 0
    shape = tuple(shape_of(x))
    d = normal_dim(dim, len(shape), "repeat_interleave")
    if not isinstance(repeats, int):
        counts = to_numpy(repeats._array) if isinstance(repeats, Tensor) else np.asarray(repeats)
        if counts.shape not in ((), (1,), (shape[d],)):
            raise ShapeError(f"repeat_interleave: expected one count or {shape[d]}, got {counts.shape}.")
        at = np.repeat(np.arange(shape[d]), counts)
        return index_select(x, d, move(at, device_of(x._array if isinstance(x, Tensor) else x)))
    wide = broadcast_to(x.reshape(shape[:d + 1] + (1,) + shape[d + 1:]),
                        shape[:d + 1] + (repeats,) + shape[d + 1:])
    return wide.reshape(shape[:d] + (shape[d] * repeats,) + shape[d + 1:])


@numpy_names
def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """x shifted along ``dims`` (flattened when None); what leaves at one end enters at the other.

    Raises ShapeError when shifts and dims differ in number.

    >>> import minigrad
    >>> minigrad.tensor([1, 2, 3]).roll(1)
    tensor([3, 1, 2])
    """
    amounts = sizes_of((shifts,), "roll (shifts)")
    if dims is None:
        if len(amounts) != 1:
            raise ShapeError(f"roll: without dims the tensor is shifted flattened, by one number, got "
                             f"shifts={shifts!r}. Name one dim for each shift.")
        return Roll(amounts, None)(x)
    dims = sizes_of((dims,), "roll (dims)")
    if len(dims) != len(amounts):
        raise ShapeError(f"roll: {len(amounts)} shifts but {len(dims)} dims.")
    return Roll(amounts, tuple(_own_dim(d, len(shape_of(x)), "roll") for d in dims))(x)


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


class MaskedFill(Where):
    """y = a value where the mask is True, else x;  ∂L/∂x = g outside the mask."""

    __slots__ = ()
    infinite_on_purpose = True


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """x with ``value`` wherever the mask (it broadcasts) is True; −inf is what attention uses.

    The value, a number or a 0-d tensor, is converted to the dtype of x. Raises DTypeError when the mask is
    not boolean, ShapeError for more than one value, TypeError for what is no real number.

    >>> import minigrad
    >>> x = minigrad.tensor([1.0, 2.0])
    >>> x.masked_fill(x > 1, 0.0)
    tensor([1., 0.])
    """
    require_one_device("masked_fill", x, mask)
    array = mask._array if isinstance(mask, Tensor) else mask if is_array(mask) else np.asarray(mask)
    if array.dtype.kind != "b":
        raise DTypeError(f"masked_fill: the mask must be boolean, got {array.dtype}. Use mask.bool().")
    if isinstance(value, Tensor) or is_array(value):
        if len(value.shape):
            raise ShapeError(f"masked_fill: the value must be a number or a 0-d tensor, but its shape is "
                             f"{tuple(value.shape)}. minigrad.where(mask, values, x) takes many.")
    else:
        require_numbers("masked_fill", value=value)
    value = value.to(x.dtype) if isinstance(value, Tensor) else np.asarray(value).astype(x.dtype)[()]
    return MaskedFill(array)(value, x)


def masked_select(x: Any, mask: Any) -> Any:
    """The entries of x where the mask is True, as a 1-D tensor.

    x and the boolean mask broadcast (else ShapeError). Raises DTypeError for a mask of numbers.

    >>> import minigrad
    >>> x = minigrad.tensor([1.0, 2.0, 3.0])
    >>> x.masked_select(x > 1)
    tensor([2., 3.])
    """
    require_one_device("masked_select", x, mask)
    array = mask._array if isinstance(mask, Tensor) else mask if is_array(mask) else np.asarray(mask)
    if array.dtype.kind != "b":
        raise DTypeError(f"masked_select: the mask must be boolean, got {array.dtype}. Use mask.bool().")
    try:
        shape = np.broadcast_shapes(tuple(shape_of(x)), array.shape)
    except ValueError:
        raise ShapeError(f"masked_select: the mask {array.shape} and the tensor {tuple(shape_of(x))} do not "
                         "broadcast.") from None
    return broadcast_to(x, shape)[np.broadcast_to(array, shape)]


def _scattered(name: str, function: Callable[..., Function], x: Any, dim: int, index: Any, src: Any) -> Any:
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


def scatter(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with ``src`` (a tensor of at least index's shape, or a number) written at ``index`` along dim.

    Raises ShapeError when index or src do not fit, RangeError for an index outside, DTypeError for a src of
    another dtype.

    >>> import minigrad
    >>> minigrad.zeros(3).scatter(0, minigrad.tensor([2, 0]), minigrad.tensor([5.0, 7.0]))
    tensor([7., 0., 5.])
    """
    if not isinstance(src, Tensor) and not is_array(src):
        require_numbers("scatter", src=src)
    return _scattered("scatter", Scatter, x, dim, index, src)


def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with ``src`` added at ``index`` along dim; an entry named twice receives both.

    Errors as in ``scatter``; a number instead of a tensor raises TypeError.

    >>> import minigrad
    >>> minigrad.zeros(3).scatter_add(0, minigrad.tensor([2, 2]), minigrad.tensor([5.0, 7.0]))
    tensor([ 0.,  0., 12.])
    """
    if not isinstance(src, Tensor) and not is_array(src):
        raise TypeError(f"scatter_add: src must be a tensor, got {src!r}. x.scatter_add(dim, index, "
                        "minigrad.full(index.shape, number)) adds one number.")
    return _scattered("scatter_add", ScatterAdd, x, dim, index, src)


@numpy_names
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """Entries at ``indices`` along dim; x and indices broadcast against each other beside it.

    Along a dim, indices below 0 count from its end. Raises RangeError for an index outside, ShapeError when
    the shapes do not fit, DTypeError for other than integers. For example the entries in the order of
    ``argsort``:

    >>> import minigrad
    >>> x = minigrad.tensor([3.0, 1.0, 2.0])
    >>> minigrad.take_along_dim(x, x.argsort(), 0)
    tensor([1., 2., 3.])
    """
    if dim is None:
        return gather(x.reshape(-1), 0, indices.reshape(-1))
    index, xs = integers("take_along_dim", indices), tuple(shape_of(x))
    require_one_device("take_along_dim", x, index)
    d = _own_dim(dim, len(xs), "take_along_dim")
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


def _own_dim(dim: int, ndim: int, name: str) -> int:
    """``normal_dim`` for an operation that a 0-d tensor has no dimension for."""
    if not ndim:
        raise RangeError(f"{name}: dim {dim} of a 0-d tensor, which has no dimensions. Use "
                         "x.reshape(1).")
    return normal_dim(dim, ndim, name)


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
    at = array_module(x._array if isinstance(x, Tensor) else x).arange(n)
    size = n + abs(diagonal)
    return IndexAdd((at + max(0, -diagonal), at + max(0, diagonal)), (size, size))(x)


attach(repeat=repeat, tile=tile, repeat_interleave=repeat_interleave, roll=roll, tril=tril, triu=triu,
       masked_fill=masked_fill, masked_select=masked_select, scatter=scatter, scatter_add=scatter_add,
       take_along_dim=take_along_dim, diagonal=diagonal, diag=diag)
