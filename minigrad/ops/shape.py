"""Operations that rearrange entries without computing: reshape, permute, broadcast, flip, roll.

Their derivatives rearrange the gradient back. A result shares memory with its input where NumPy can
express it by strides, as in PyTorch.
"""
from __future__ import annotations

from operator import index
from typing import Any, Sequence

import numpy as np

from ..autograd import Function
from ..autograd.tensor import array_of
from ..autograd.views import origin, replayed, shares
from ..backend.arrays import Array
from ..errors import ShapeError
from .attach import attach, normal_dim, normal_dims, numpy_names, own_dim


class Reshape(Function):
    """y = the entries of x in another shape;  ∂L/∂x = g in the shape of x."""

    __slots__ = ("new_shape", "input_shape")
    makes_view = True

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.new_shape = shape

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        return x.reshape(self.new_shape)

    def backward(self, g: Any) -> Any:
        return g.reshape(self.input_shape)

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        count = int(np.prod(arrays[0].shape))
        return ShapeError(f"reshape: {tuple(arrays[0].shape)} holds {count} entries, and they cannot "
                          f"fill the shape {self.new_shape}. The product of the sizes must be "
                          f"{count}; one size may be -1.")


class Permute(Function):
    """y = x with its dimensions in another order;  ∂L/∂x = g in the old order."""

    __slots__ = ("dims",)
    makes_view = True

    def __init__(self, dims: tuple[int, ...]) -> None:
        self.dims = dims

    def forward(self, x: Array) -> Array:
        return x.transpose(self.dims)

    def backward(self, g: Any) -> Any:
        return permute(g, tuple(int(d) for d in np.argsort(self.dims)))


class BroadcastTo(Function):
    """y = x repeated to a larger shape;  ∂L/∂x = the sum of the repeats' gradients (by the engine)."""

    __slots__ = ("new_shape",)
    makes_view = True

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.new_shape = shape

    def forward(self, x: Array) -> Array:
        return np.broadcast_to(x, self.new_shape)

    def backward(self, g: Any) -> Any:
        return g

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        return ShapeError(f"expand: {tuple(arrays[0].shape)} cannot be repeated to {self.new_shape}: "
                          "compared from the last dimension, a size must be equal or 1.")


class Flip(Function):
    """y = x in reverse order along ``dims``;  ∂L/∂x = g in reverse order."""

    __slots__ = ("dims",)

    def __init__(self, dims: tuple[int, ...]) -> None:
        self.dims = dims

    def forward(self, x: Array) -> Array:
        return np.flip(x, self.dims).copy()

    def backward(self, g: Any) -> Any:
        return flip(g, self.dims)


def sizes_of(shape: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same. TypeError, naming the operation, for anything but ints."""
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    try:
        return tuple(map(index, shape))
    except TypeError:
        raise TypeError(f"{name}: expected ints, got {', '.join(map(repr, shape))}.") from None


def _given_by_name(function: str, name: str, values: tuple[Any, ...],
                   named: dict[str, Any]) -> tuple[Any, ...]:
    """``f(1, 2)``, ``f((1, 2))``, ``f(dims=(1, 2))`` and NumPy's ``f(axis=(1, 2))`` mean the same."""
    for known in (name, "axis"):
        if known in named and not values:
            value = named.pop(known)
            values = (value,) if isinstance(value, int) else (tuple(value),)
    if named:
        raise TypeError(f"{function}: unexpected {', '.join(named)}; the dimensions are named {name}.")
    return values


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a Tensor or an array."""
    return array_of(x).shape


def reshape(x: Any, *shape: Any) -> Any:
    """The same entries, in row-major order, in another shape; one size may be -1.

    >>> minigrad.arange(6).reshape(2, -1).shape
    minigrad.Size([2, 3])
    """
    return Reshape(sizes_of(shape, "reshape"))(x)


def view(x: Any, *shape: Any) -> Any:
    """``reshape`` of the same memory. A dtype is not accepted.

    Raises ShapeError where that needs a copy because x shows its memory in another order, as ``x.t()`` does.
    """
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        raise NotImplementedError("view: reinterpreting memory as another dtype is not supported.")
    y = Reshape(sizes_of(shape, "view"))(x)
    if getattr(x, "_view", None) is not None and x.numel() and not shares(y._array, x._array) \
            and not _is_viewable(x, tuple(y.shape)):
        raise ShapeError(f"view: {tuple(x.shape)} shows its memory in another order or with gaps, so that "
                         f"{tuple(y.shape)} needs a copy. Use x.reshape(…), or x.contiguous().view(…).")
    return y


def _is_viewable(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether x could be a view in this shape if its base were laid out in row-major order.

    A convolution may lay out its result in another one, which is nobody's business but its own.
    """
    base, operations = origin(x)
    if base is None:
        return False
    stand_in = np.empty(base.shape, np.int8)
    part = replayed(operations, stand_in)
    return shares(part.reshape(shape), stand_in) or not shares(part, stand_in)


def permute(x: Any, *dims: Any, **named: Any) -> Any:
    """The dimensions in the given order.

    Raises ShapeError for the wrong number of them, RangeError for one named twice.

    >>> minigrad.zeros(2, 3, 4).permute(2, 0, 1).shape
    minigrad.Size([4, 2, 3])
    """
    order = sizes_of(_given_by_name("permute", "dims", dims, named), "permute")
    ndim = len(shape_of(x))
    if len(order) != ndim:
        raise ShapeError(f"permute: expected {ndim} dims for shape {tuple(shape_of(x))}, got {order}.")
    return Permute(normal_dims(order, ndim, "permute"))(x)


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped. Raises RangeError for a dim that x lacks.

    >>> minigrad.tensor([[1, 2], [3, 4]]).transpose(0, 1)
    tensor([[1, 3],
            [2, 4]])
    """
    ndim = len(shape_of(x))
    order = list(range(ndim))
    a, b = normal_dim(dim0, ndim, "transpose"), normal_dim(dim1, ndim, "transpose")
    if ndim:
        order[a], order[b] = order[b], order[a]
    return Permute(tuple(order))(x)


def movedim(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Dimensions moved to other places; the others keep their order.

    Raises RangeError for a dim that x lacks.

    >>> minigrad.zeros(2, 3, 4).movedim(0, -1).shape
    minigrad.Size([3, 4, 2])
    """
    ndim = len(shape_of(x))
    origins = normal_dims(source, ndim, "movedim")
    places = normal_dims(destination, ndim, "movedim")
    if len(origins) != len(places):
        raise ShapeError(f"movedim: {len(origins)} sources but {len(places)} destinations.")
    order = [d for d in range(ndim) if d not in origins]
    for place, source_dim in sorted(zip(places, origins)):
        order.insert(place, source_dim)
    return permute(x, tuple(order))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from ``start_dim`` to ``end_dim`` merged into one; x itself where that changes nothing.

    Raises ShapeError when they are in the wrong order.

    >>> minigrad.zeros(2, 3, 4).flatten(1).shape
    minigrad.Size([2, 12])
    """
    shape = shape_of(x)
    a = normal_dim(start_dim, len(shape), "flatten")
    b = normal_dim(end_dim, len(shape), "flatten")
    if a > b:
        raise ShapeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}.")
    if shape and a == b:
        return x
    size = int(np.prod(shape[a:b + 1]))
    return Reshape(tuple(shape[:a]) + (size,) + tuple(shape[b + 1:]))(x)


def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension split into several, whose product it must be; one may be -1.

    Raises ShapeError otherwise.

    >>> minigrad.zeros(2, 12).unflatten(1, (3, -1)).shape
    minigrad.Size([2, 3, 4])
    """
    shape = shape_of(x)
    d = normal_dim(dim, len(shape), "unflatten")
    known = int(np.prod([n for n in sizes if n != -1]))
    filled = tuple(shape[d] // max(known, 1) if n == -1 else n for n in sizes)
    if int(np.prod(filled)) != shape[d]:
        raise ShapeError(f"unflatten: dimension {d} has size {shape[d]}, which {tuple(sizes)} cannot "
                         "make up.")
    return Reshape(tuple(shape[:d]) + filled + tuple(shape[d + 1:]))(x)


@numpy_names
def squeeze(x: Any, dim: int | tuple[int, ...] | None = None) -> Any:
    """x without its dimensions of size 1: all of them, or those named (others stay).

    Raises RangeError for a dim that x lacks.

    >>> minigrad.zeros(1, 3, 1).squeeze().shape, minigrad.zeros(1, 3, 1).squeeze(0).shape
    (minigrad.Size([3]), minigrad.Size([3, 1]))
    """
    shape = shape_of(x)
    dims = normal_dims(dim, len(shape), "squeeze")
    return Reshape(tuple(n for k, n in enumerate(shape) if n != 1 or k not in dims))(x)


@numpy_names
def unsqueeze(x: Any, dim: int) -> Any:
    """A new dimension of size 1 at ``dim``. Raises RangeError for a ``dim`` out of range.

    >>> minigrad.zeros(2, 3).unsqueeze(1).shape
    minigrad.Size([2, 1, 3])
    """
    shape = list(shape_of(x))
    shape.insert(normal_dim(dim, len(shape) + 1, "unsqueeze"), 1)
    return Reshape(tuple(shape))(x)


def broadcast_to(x: Any, *shape: Any) -> Any:
    """x repeated to ``shape`` without copying. Raises ShapeError where a size is neither equal nor 1.

    >>> minigrad.tensor([1, 2]).broadcast_to(2, 2)
    tensor([[1, 2],
            [1, 2]])
    """
    return BroadcastTo(sizes_of(shape, "broadcast_to"))(x)


def expand(x: Any, *sizes: Any) -> Any:
    """x repeated to ``sizes`` without copying; -1 keeps a size."""
    wanted, shape = sizes_of(sizes, "expand"), shape_of(x)
    extra = len(wanted) - len(shape)
    full = tuple(shape[k - extra] if n == -1 and k >= extra else n for k, n in enumerate(wanted))
    return BroadcastTo(full)(x)


def expand_as(x: Any, other: Any) -> Any:
    """x repeated to the shape of ``other``."""
    return BroadcastTo(tuple(shape_of(other)))(x)


def flip(x: Any, *dims: Any, **named: Any) -> Any:
    """The entries in reverse order along ``dims``. Raises RangeError for a dim that x lacks.

    >>> minigrad.arange(3).flip(0)
    tensor([2, 1, 0])
    """
    dims = _given_by_name("flip", "dims", dims, named)
    return Flip(normal_dims(sizes_of(dims, "flip"), len(shape_of(x)), "flip"))(x)


class Roll(Function):
    """y = x shifted along ``dims``, around the end;  ∂L/∂x = g shifted back."""

    __slots__ = ("shifts", "dims")

    def __init__(self, shifts: tuple[int, ...], dims: tuple[int, ...] | None) -> None:
        self.shifts, self.dims = shifts, dims

    def forward(self, x: Array) -> Array:
        return np.roll(x, self.shifts if self.dims else self.shifts[0], self.dims)

    def backward(self, g: Any) -> Any:
        return Roll(tuple(-s for s in self.shifts), self.dims)(g)


@numpy_names
def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """x shifted along ``dims`` (flattened when None); what falls off one end comes back at the other.

    Raises ShapeError when shifts and dims differ in number.

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
    return Roll(amounts, tuple(own_dim(d, len(shape_of(x)), "roll") for d in dims))(x)


attach(reshape=reshape, view=view, permute=permute, transpose=transpose, movedim=movedim, flatten=flatten,
       unflatten=unflatten, squeeze=squeeze, unsqueeze=unsqueeze, expand=expand, expand_as=expand_as,
       broadcast_to=broadcast_to, flip=flip,
       T=property(lambda x: permute(x, tuple(range(len(shape_of(x))))[::-1])),
       view_as=lambda x, y: view(x, shape_of(y)), reshape_as=lambda x, y: reshape(x, shape_of(y)), roll=roll)
