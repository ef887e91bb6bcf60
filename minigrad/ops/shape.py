"""Operations that rearrange entries without computing: reshape, transpose, join, cut, repeat.

Their derivatives rearrange the gradient back. A result shares memory with its input where NumPy can
express it by strides, as in PyTorch.
"""
from __future__ import annotations

from operator import index
from typing import Any, Sequence

import numpy as np

from ..autograd import Function, Tensor
from ..backend.arrays import Array
from ..backend.dtypes import native
from ..backend.layout import joined
from ..errors import ShapeError
from .attach import attach, normal_dim, normal_dims, numpy_names


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


class Cat(Function):
    """y = x₀, x₁, … one after the other along ``dim``;  ∂L/∂xᵢ = its part of g."""

    __slots__ = ("dim", "starts")

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, *xs: Array) -> Array:
        self.starts = np.cumsum([0] + [x.shape[self.dim] for x in xs]).tolist()
        return joined(xs, self.dim)

    def backward_xs(self, g: Any, i: int) -> Any:
        at = (slice(None),) * self.dim + (slice(self.starts[i], self.starts[i + 1]),)
        return g[at]

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        shapes = ", ".join(str(tuple(a.shape)) for a in arrays)
        return ShapeError(f"cat: the shapes {shapes} differ in another dimension than {self.dim}, "
                          "along which they are joined.")


class Clone(Function):
    """y = a copy of x;  ∂L/∂x = g. order "K" keeps the memory layout, "C" makes it row-major."""

    __slots__ = ("order_in_memory",)

    def __init__(self, order: str = "K") -> None:
        self.order_in_memory = order

    def forward(self, x: Array) -> Array:
        return x.copy(order=self.order_in_memory)

    def backward(self, g: Any) -> Any:
        return g


class Cast(Function):
    """y = x in another dtype;  ∂L/∂x = g in the dtype of x (the engine converts it)."""

    __slots__ = ("to_dtype",)
    changes_dtype = True

    def __init__(self, dtype: Any) -> None:
        self.to_dtype = native(dtype)

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):         # what float16 cannot hold becomes ±∞, as in PyTorch
            return x.astype(self.to_dtype)

    def backward(self, g: Any) -> Any:
        return g


class Flip(Function):
    """y = x in reverse order along ``dims``;  ∂L/∂x = g in reverse order."""

    __slots__ = ("dims",)

    def __init__(self, dims: tuple[int, ...]) -> None:
        self.dims = dims

    def forward(self, x: Array) -> Array:
        return np.flip(x, self.dims).copy()

    def backward(self, g: Any) -> Any:
        return flip(g, self.dims)


class Pad(Function):
    """y = x with a border of one value;  ∂L/∂x = the inner part of g."""

    __slots__ = ("widths", "value", "input_shape")
    infinite_on_purpose = True

    def __init__(self, widths: tuple[tuple[int, int], ...], value: float) -> None:
        self.widths, self.value = widths, value

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        return np.pad(x, self.widths, constant_values=self.value)

    def backward(self, g: Any) -> Any:
        return g[tuple(slice(before, before + n)
                       for (before, _), n in zip(self.widths, self.input_shape))]


def sizes_of(shape: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same. TypeError names the operation for other than ints."""
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
    return (x._array if isinstance(x, Tensor) else x).shape


def reshape(x: Any, *shape: Any) -> Any:
    """The same entries, in row-major order, in another shape; one size may be -1.

    >>> import minigrad
    >>> minigrad.arange(6).reshape(2, -1).shape
    (2, 3)
    """
    return Reshape(sizes_of(shape, "reshape"))(x)


def view(x: Any, *shape: Any) -> Any:
    """PyTorch's name for ``reshape``; a dtype is not accepted.

    Where PyTorch refuses because the memory is not contiguous, this makes a copy.
    """
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        raise NotImplementedError("view: reinterpreting memory as another dtype is not supported.")
    return Reshape(sizes_of(shape, "view"))(x)


def permute(x: Any, *dims: Any, **named: Any) -> Any:
    """The dimensions in the given order.

    Raises ShapeError for another number, RangeError for one named twice.

    >>> import minigrad
    >>> minigrad.zeros(2, 3, 4).permute(2, 0, 1).shape
    (4, 2, 3)
    """
    order = sizes_of(_given_by_name("permute", "dims", dims, named), "permute")
    ndim = len(shape_of(x))
    if len(order) != ndim:
        raise ShapeError(f"permute: expected {ndim} dims for shape {tuple(shape_of(x))}, got {order}.")
    return Permute(normal_dims(order, ndim, "permute"))(x)


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged. Raises RangeError for a dim that x lacks.

    >>> import minigrad
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


def matrix_transpose(x: Any) -> Any:
    """The last two dimensions exchanged: xᵀ of every matrix in a batch."""
    if len(shape_of(x)) < 2:
        raise ShapeError(f"mT: expected at least 2 dimensions, got shape {tuple(shape_of(x))}.")
    return transpose(x, -2, -1)


def movedim(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Dimensions moved to other places; the others keep their order.

    Raises RangeError for a dim that x lacks.

    >>> import minigrad
    >>> minigrad.zeros(2, 3, 4).movedim(0, -1).shape
    (3, 4, 2)
    """
    ndim = len(shape_of(x))
    origins = normal_dims(source, ndim, "movedim")
    places = normal_dims(destination, ndim, "movedim")
    if len(origins) != len(places):
        raise ShapeError(f"movedim: {len(origins)} sources but {len(places)} destinations.")
    order = [d for d in range(ndim) if d not in origins]
    for place, origin in sorted(zip(places, origins)):
        order.insert(place, origin)
    return permute(x, tuple(order))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from ``start_dim`` to ``end_dim`` made one; x itself where that changes nothing.

    Raises ShapeError when they are in the wrong order.

    >>> import minigrad
    >>> minigrad.zeros(2, 3, 4).flatten(1).shape
    (2, 12)
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

    >>> import minigrad
    >>> minigrad.zeros(2, 12).unflatten(1, (3, -1)).shape
    (2, 3, 4)
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
    """Without the dimensions of size 1: all of them, or those named (others stay).

    Raises RangeError for a dim that x lacks.

    >>> import minigrad
    >>> minigrad.zeros(1, 3, 1).squeeze().shape, minigrad.zeros(1, 3, 1).squeeze(0).shape
    ((3,), (3, 1))
    """
    shape = shape_of(x)
    dims = normal_dims(dim, len(shape), "squeeze")
    return Reshape(tuple(n for k, n in enumerate(shape) if n != 1 or k not in dims))(x)


@numpy_names
def unsqueeze(x: Any, dim: int) -> Any:
    """A new dimension of size 1 at ``dim``. Raises RangeError where there cannot be one.

    >>> import minigrad
    >>> minigrad.zeros(2, 3).unsqueeze(1).shape
    (2, 1, 3)
    """
    shape = list(shape_of(x))
    shape.insert(normal_dim(dim, len(shape) + 1, "unsqueeze"), 1)
    return Reshape(tuple(shape))(x)


def broadcast_to(x: Any, *shape: Any) -> Any:
    """x repeated to ``shape`` without copying. Raises ShapeError where a size is neither equal nor 1.

    >>> import minigrad
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

    >>> import minigrad
    >>> minigrad.arange(3).flip(0)
    tensor([2, 1, 0])
    """
    dims = _given_by_name("flip", "dims", dims, named)
    return Flip(normal_dims(sizes_of(dims, "flip"), len(shape_of(x)), "flip"))(x)


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """A border around the input. ``pad`` counts from the last dimension: (left, right, top, bottom, …).

    Negative sizes cut off. Raises ShapeError for other than pairs, NotImplementedError for other modes.

    >>> import minigrad
    >>> minigrad.nn.functional.pad(minigrad.tensor([[1, 2]]), (1, 0, 0, 1))
    tensor([[0, 1, 2],
            [0, 0, 0]])
    """
    x = input
    if mode != "constant":
        raise NotImplementedError(f"pad: mode={mode!r} is not supported, only 'constant'.")
    ndim = len(shape_of(x))
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise ShapeError(f"pad: expected pairs of sizes for at most {ndim} dimensions, got {tuple(pad)}.")
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    widths = ((0, 0),) * (ndim - len(pairs)) + tuple(pairs)
    if min(pad, default=0) < 0:                                 # a negative size cuts off
        if any(n + a + b < 0 for n, (a, b) in zip(shape_of(x), widths)):
            raise ShapeError(f"pad: {tuple(pad)} cuts off more than there is of {tuple(shape_of(x))}.")
        x = x[tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(shape_of(x), widths))]
        widths = tuple((max(0, a), max(0, b)) for a, b in widths)
    return Pad(widths, 0.0 if value is None else value)(x)


def clone(x: Any) -> Any:
    """A copy that gradients flow through."""
    return Clone()(x)


def contiguous(x: Any) -> Any:
    """x itself when its memory is in row-major order, else a copy that is."""
    return x if x._array.flags.c_contiguous else Clone("C")(x)


def is_contiguous(x: Any) -> bool:
    """Whether the memory is in row-major order."""
    return bool(x._array.flags.c_contiguous)


attach(reshape=reshape, view=view, permute=permute, transpose=transpose, movedim=movedim,
       flatten=flatten, unflatten=unflatten, squeeze=squeeze, unsqueeze=unsqueeze, expand=expand,
       expand_as=expand_as, broadcast_to=broadcast_to, flip=flip, clone=clone, contiguous=contiguous,
       is_contiguous=is_contiguous, t=t,
       T=property(lambda x: permute(x, tuple(range(len(shape_of(x))))[::-1])),
       mT=property(matrix_transpose), view_as=lambda x, y: view(x, shape_of(y)),
       reshape_as=lambda x, y: reshape(x, shape_of(y)))
