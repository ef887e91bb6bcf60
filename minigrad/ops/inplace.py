"""Changing a tensor's memory: ``x[i] = v``, ``x += y``, ``x.zero_()``.

A change of a tensor that takes part in a graph is an operation of that graph. ``x *= 3`` changes all of x:
the product is computed as ever, its entries are put into the memory of x, and the tensor goes on as the
product, x′ = x · 3, with the product's node as its ``grad_fn``. ``x[0] = v`` changes a part, and its node is

    Replace:  x′ = x with the entries at a place replaced by values

When x is a view, what is replaced is a part of its base; ``autograd.views`` tells how other views follow.
An operation that saved entries for its derivative which a change has overwritten raises in backward.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.mode import mode
from ..autograd.node import Node, clock
from ..autograd.saved import origins
from ..autograd.source import caller
from ..autograd.views import changed, origin, replaced, replayed, shares
from ..backend.arrays import Array, array_module
from ..errors import DTypeError, GraphError, RangeError, ShapeError
from .activation import relu, sigmoid, tanh
from .arithmetic import abs, add, div, mul, neg, pow, sub
from .attach import attach
from .convert import clone
from .exponential import exp, log, sqrt
from .indexing import Index, array_index, is_basic
from .rounding import floor_divide, remainder
from .select import clamp, masked_fill


class Replace(Function):
    """y = x with y[place] = values;  ∂L/∂x = g, 0 at the place;  ∂L/∂values = g at the place.

    The place is an index into the view of x that ``views``, a list of operations, leads to.
    """

    __slots__ = ("views", "index", "in_memory", "layout", "values_ndim")

    def __init__(self, views: list[Function], index: Any, layout: tuple[int, ...] | None = None,
                 in_memory: bool = False) -> None:
        self.views, self.index, self.layout, self.in_memory = views, index, layout, in_memory

    def forward(self, x: Array, values: Array) -> Array:
        if self.in_memory:
            self.layout, self.in_memory, y = _layout(x), False, x       # done again (``trace``), it copies
        else:
            y = _copy(x, self.layout)
        part = replayed(self.views, y)
        if self.views and not shares(part, y):
            raise GraphError("in place: the view's operations, done again, give a copy of its base. Change "
                             "the base itself, or a clone.")
        write(part, self.index, values, y)
        self.values_ndim = np.ndim(values)
        return y

    def backward_x(self, g: Any) -> Any:
        return Replace(self.views, self.index, self.layout)(g, 0.0)

    def backward_values(self, g: Any) -> Any:
        part = replayed(self.views, g)
        if self.index is not ...:
            part = Index(self.index)(part)
        more = self.values_ndim - part.ndim                 # NumPy ignores dimensions of size 1 in front
        return part.reshape((1,) * more + tuple(part.shape)) if more > 0 else part


def _layout(x: Array) -> tuple[int, ...] | None:
    """The dimensions from the widest stride to the narrowest; None for row-major order."""
    if x.flags.c_contiguous:
        return None
    return tuple(sorted(range(x.ndim), key=lambda d: -x.strides[d]))


def _copy(x: Array, layout: tuple[int, ...] | None) -> Array:
    """A copy with dimensions laid out so: what was a view of the original is then a view of the copy."""
    if layout is None:
        return np.array(x) if isinstance(x, np.generic) else x.copy(order="C")
    y = array_module(x).empty([x.shape[d] for d in layout], x.dtype).transpose(np.argsort(layout).tolist())
    y[...] = x
    return y


def write(array: Array, index: Any, values: Any, base: Array) -> None:
    """array[index] = values. A row of an expanded tensor is read-only to NumPy, but shows each entry once."""
    if index is not ... and is_basic(index):    # one entry as a 0-d array takes values of shape (1,), too
        index = index if isinstance(index, tuple) else (index,)
        index = index if Ellipsis in index else (*index, Ellipsis)
    if 0 in array.strides and repeats(array):
        raise ValueError("one entry stands at several places")      # CuPy would write it
    if array is not base and not writeable(array) and (writeable(base) or repeats(base)):
        array.flags.writeable = True
    array[index] = values


def writeable(array: Array) -> bool:
    """Whether the memory may be written; always on a GPU."""
    return bool(getattr(array.flags, "writeable", True))


def repeats(array: Array) -> bool:
    """Whether one entry in memory stands at several places, as broadcasting makes it."""
    repeated = (stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape))
    return array.size > 0 and any(repeated)


def store(x: Tensor, values: Any, name: str, index: Any = ..., made: Node | None = None) -> Tensor:
    """x[index] becomes ``values``, as an operation of the graph where one is recorded; returns x.

    ``made``: the operation that computed the values from x just now, for this alone.
    """
    recorded = refuse(x, values, name)
    array = values._array if isinstance(values, Tensor) else values
    dtype = getattr(array, "dtype", None)
    if index is ... and dtype is not None and dtype.kind == "f" and x._array.dtype.kind != "f":
        raise DTypeError(f"{name}: a result of dtype {dtype} does not fit into a tensor of dtype "
                         f"{x.dtype}.")
    try:
        if recorded:
            _record(x, values, index, made)
        else:
            base = x if x._view is None else origin(x)[0]
            write(x._array, index, array, x._array if base is None else base._array)
            changed((x,), caller(1))
    except IndexError as error:
        raise RangeError(f"{name}: {error} (x has shape {tuple(x.shape)}).") from None
    except ValueError as error:
        raise _unwritten(x, array, index, name, error) from None
    return x


def refuse(x: Tensor, values: Any, name: str) -> bool:
    """Whether the change is recorded; GraphError where it would change what a gradient is taken of."""
    if not mode.grad or x._array.dtype.kind != "f":         # integers have no gradients
        return False
    base = x if x._view is None else origin(x)[0]
    if base is None:
        raise GraphError(f"{name}: x is a view that was taken under no_grad(), so this change could not "
                         "reach the graph of its base. Take the view outside no_grad(), or change it there.")
    recorded = x._requires_grad or isinstance(values, Tensor) and values._requires_grad
    if not recorded:
        return False
    if x._requires_grad and base.grad_fn is None:
        what = "x is" if base is x else "x is a view of"
        raise GraphError(f"{name}: {what} a leaf that requires a gradient; changing it would change what the "
                         "gradient is taken of. Compute a new tensor (x = x + y), or, to update a parameter, "
                         "do it inside minigrad.no_grad().")
    return True


def _record(x: Tensor, values: Any, index: Any, made: Node | None) -> None:
    """Make the change a node of the graph, and let x, or its base, go on from there."""
    base, views = origin(x)
    assert base is not None
    if made is not None and base is x and made.result_shape == x._array.shape \
            and made.result_dtype == x._array.dtype:
        node: Node = made                       # all of x is new: no node is needed to put it in
        write(x._array, ..., values._array, x._array)
    else:
        node = replace = Replace(views, index, in_memory=True)
        replace(base, values)
    replaced(base, node)
    x.grad_fn                                   # a view: brought up to date, with its retain_grad


def _unwritten(x: Tensor, array: Any, index: Any, name: str, error: Exception) -> Exception:
    """Why NumPy could not write, in words that say what to do."""
    if repeats(x._array):
        return GraphError(f"{name}: x was expanded, so that one entry in memory stands at several places, "
                          "and they cannot change one by one. Change a copy: x = x.clone().")
    if not writeable(x._array):
        return GraphError(f"{name}: the memory of x is read-only: it belongs to a NumPy array that must not "
                          "be written. Change a copy: x = x.clone().")
    if index is not ...:
        return ShapeError(f"{name}: {error}.")
    return ShapeError(f"{name}: the result of shape {tuple(np.shape(array))} does not fit into the tensor's "
                      f"{tuple(x.shape)}.")


def changed_by(function: Callable[..., Any], x: Tensor, name: str, *args: Any, **kwargs: Any) -> Tensor:
    """``function(x, …)`` stored in x. Its derivative may need the old entries: it then works on a copy."""
    recorded = x._requires_grad and refuse(x, None, name)
    base, views = origin(x) if recorded else (x, [])
    old = replayed(views, base) if views else x             # no hooks of x wait there
    start = clock.tick()
    values = function(old, *args, **kwargs)
    node = values.grad_fn if isinstance(values, Tensor) else None
    if node is not None and _needs_input(node, start):
        values = function(clone(old), *args, **kwargs)
        node = values.grad_fn
    return store(x, values, name, made=node if node is not None and node.order > start else None)


def _needs_input(node: Node, start: int) -> bool:
    """Whether the derivative uses the first input: what saved it, or what was made in several steps, may."""
    return 0 in origins(node) or any(isinstance(e, Node) and e.order > start for e in node.edges)


def _in_place(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """``x.add_(y)`` from ``add``: compute, then overwrite x."""
    name = f"{function.__name__}_"

    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return changed_by(function, x, name, *args, **kwargs)
    method.__name__ = name
    method.__doc__ = f"``{function.__name__}`` in place."
    return method


def _augmented(function: Callable[..., Any], symbol: str) -> Callable[..., Tensor]:
    """``x += y``: the method in place, as an operator."""
    def method(x: Tensor, y: Any) -> Tensor:
        return changed_by(function, x, f"x {symbol} y", y)
    return method


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, in place, also in a recorded graph.

    Raises RangeError for an index outside, ShapeError for a value that does not fit, GraphError for a leaf
    that requires a gradient.

    >>> w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    >>> x = w * 10
    >>> x[0] = 5.0
    >>> x.sum().backward()
    >>> x.tolist(), w.grad.tolist()         # no gradient comes back from what was overwritten
    ([5.0, 20.0], [0.0, 10.0])
    """
    if isinstance(value, Tensor) and value._version is x._version and _is_part(x, index, value):
        return                                  # x[:2] *= 3 has changed x already, and now assigns the part
    store(x, value, "x[index] = value", array_index(x._array, index))


def _is_part(x: Tensor, index: Any, value: Tensor) -> bool:
    """Whether ``value`` is what stands at x[index], in the same memory."""
    link = value._view
    if link is None or link[2] is not x._view or link[1] is not origin(x)[0]:
        return False
    last = link[0]
    return isinstance(last, Index) and is_basic(index) and is_basic(last.index) and last.index == index


def fill_(x: Tensor, value: Any) -> Tensor:
    """Every entry set to ``value``, a number or a tensor that holds one."""
    if isinstance(value, Tensor) and value._array.ndim:
        raise ShapeError(f"fill_: expected one number, got shape {tuple(value.shape)}. Use x.copy_(value).")
    return store(x, value, "fill_")


def zero_(x: Tensor) -> Tensor:
    """Every entry set to 0."""
    return store(x, 0, "zero_")


def copy_(x: Tensor, other: Tensor) -> Tensor:
    """The entries of ``other``, which broadcasts to the shape of x, converted to its dtype and device."""
    other = other if isinstance(other, Tensor) else Tensor(other)
    return store(x, other.to(device=x.device, dtype=x.dtype), "copy_")


attach(__setitem__=setitem, fill_=fill_, zero_=zero_, copy_=copy_,
       **{f"{f.__name__}_": _in_place(f) for f in (add, sub, mul, div, pow, neg, abs, exp, log, sqrt, clamp,
                                                   relu, sigmoid, tanh, masked_fill)},
       __iadd__=_augmented(add, "+="), __isub__=_augmented(sub, "-="), __imul__=_augmented(mul, "*="),
       __itruediv__=_augmented(div, "/="), __ipow__=_augmented(pow, "**="),
       __ifloordiv__=_augmented(floor_divide, "//="), __imod__=_augmented(remainder, "%="))
