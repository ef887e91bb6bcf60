"""Comparisons, logic, bits and what a number is: results without a gradient, from a table of lines.

    lt = comparison("lt", "True where x < y", np.less, "[1, 2]", "[2, 2]", "[ True, False]")

From a line come the function, the method of Tensor and the docstring with its example.
"""
from __future__ import annotations

import sys
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.promotion import device_error, promoted
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import is_array
from ..errors import DTypeError, RangeError, ShapeError
from .attach import attach, written


def comparison(name: str, about: str, ufunc: Any, first: str, second: str,
               printed: str) -> Callable[[Any, Any], Any]:
    """A function of x and y, entry by entry, after PyTorch's promotion; it has no gradient."""
    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        if out is not None:
            return written(name, out, function(input, other))
        tensors = isinstance(input, Tensor) or isinstance(other, Tensor)
        arrays = [t._array if isinstance(t, Tensor) else t for t in (input, other)]
        arrays = promoted(arrays)
        try:
            out = ufunc(*arrays)
        except (TypeError, ValueError) as error:
            raise device_error(name, arrays) or _explained(name, error, arrays) from None
        return wrap(out if is_array(out) else np.asarray(out)) if tensors else out
    call = f"minigrad.{name}(minigrad.tensor({first}), minigrad.tensor({second}))"
    return _named(function, name, f"{about}. x and y broadcast (else ShapeError).", call, printed)


def _explained(name: str, error: Exception, arrays: list[Any]) -> Exception:
    if isinstance(error, ValueError):
        return ShapeError(
            f"{name}: the shapes {arrays[0].shape} and {arrays[1].shape} do not broadcast. "
            "Compared from the last dimension, two sizes must be equal or one of them 1.")
    if name.startswith("bitwise"):
        return DTypeError(f"{name}: takes integers and booleans, got {arrays[0].dtype}.")
    return error


def question(name: str, about: str, ufunc: Any, given: str, printed: str) -> Callable[[Any], Any]:
    """A function of x alone, entry by entry; a Tensor gives a Tensor outside of the graph."""
    def function(input: Any, *, out: Any = None) -> Any:
        if out is not None:
            return written(name, out, function(input))
        if not isinstance(input, Tensor):
            return ufunc(input)
        try:
            out = ufunc(input._array)
        except TypeError:
            raise DTypeError(f"{name}: is not there for {input.dtype}.") from None
        return wrap(out if is_array(out) else np.asarray(out))
    return _named(function, name, f"{about}. The shape of x.", f"minigrad.tensor({given}).{name}()", printed)


def _named(function: Any, name: str, about: str, call: str, printed: str) -> Any:
    """The function under its name, in the file that holds the line; also a method of Tensor."""
    function.__module__ = sys._getframe(2).f_globals["__name__"]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{about}\n\n    >>> {call}\n    tensor({printed})\n    "
    attach(**{name: function})
    return function


eq = comparison("eq", "True where x = y", np.equal, "[1, 2]", "[1, 3]", "[ True, False]")
ne = comparison("ne", "True where x ≠ y", np.not_equal, "[1, 2]", "[1, 3]", "[False,  True]")
lt = comparison("lt", "True where x < y", np.less, "[1, 2]", "[2, 2]", "[ True, False]")
le = comparison("le", "True where x ≤ y", np.less_equal, "[1, 2, 3]", "2", "[ True,  True, False]")
gt = comparison("gt", "True where x > y", np.greater, "[1, 2]", "[1, 1]", "[False,  True]")
ge = comparison("ge", "True where x ≥ y", np.greater_equal, "[1, 2, 3]", "2", "[False,  True,  True]")

logical_and = comparison("logical_and", "True where both are nonzero", np.logical_and,
                         "[0, 1]", "[2, 2]", "[False,  True]")
logical_or = comparison("logical_or", "True where at least one is nonzero", np.logical_or,
                        "[0, 1]", "[0, 0]", "[False,  True]")
logical_xor = comparison("logical_xor", "True where exactly one is nonzero", np.logical_xor,
                         "[0, 1]", "[2, 2]", "[ True, False]")
logical_not = question("logical_not", "True where x is 0", np.logical_not, "[0, 5]", "[ True, False]")

bitwise_and = comparison("bitwise_and", "x & y: the bits that both have, of integers or booleans",
                         np.bitwise_and, "[6, 5]", "[3, 4]", "[2, 4]")
bitwise_or = comparison("bitwise_or", "x | y: the bits that at least one has, of integers or booleans",
                        np.bitwise_or, "[6, 5]", "[3, 4]", "[7, 5]")
bitwise_xor = comparison("bitwise_xor", "x ^ y: the bits that exactly one has, of integers or booleans",
                         np.bitwise_xor, "[6, 5]", "[3, 4]", "[5, 1]")
bitwise_left_shift = comparison("bitwise_left_shift", "x << y = x · 2ʸ, of integers", np.left_shift,
                                "[1, 3]", "[2, 1]", "[4, 6]")
bitwise_right_shift = comparison("bitwise_right_shift", "x >> y = ⌊x / 2ʸ⌋, of integers", np.right_shift,
                                 "[8, 7]", "[2, 1]", "[2, 3]")
bitwise_not = question("bitwise_not", "~x: not, of booleans; every bit turned, of integers", np.invert,
                       "[True, False]", "[False,  True]")

isnan = question("isnan", "True where x is NaN", np.isnan, "[1.0, minigrad.nan]", "[False,  True]")
isfinite = question("isfinite", "True where x is neither NaN nor infinite", np.isfinite,
                    "[1.0, minigrad.inf]", "[ True, False]")
isinf = question("isinf", "True where x is ±∞", np.isinf, "[1.0, -minigrad.inf]", "[False,  True]")
isposinf = question("isposinf", "True where x is +∞", np.isposinf, "[1.0, minigrad.inf]", "[False,  True]")
isneginf = question("isneginf", "True where x is −∞", np.isneginf, "[1.0, -minigrad.inf]", "[False,  True]")
isreal = question("isreal", "True everywhere: there are no complex tensors", np.isreal, "[1.0]", "[True]")
signbit = question("signbit", "True where x has a minus sign, −0.0 included", np.signbit,
                   "[-1.0, -0.0, 0.0]", "[ True,  True, False]")


def isclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """True where |x − y| ≤ atol + rtol · |y|. x and y broadcast.

    NaN is close to NaN only with ``equal_nan``. Raises RangeError for a tolerance below 0.

    >>> minigrad.isclose(minigrad.tensor([0.1, 0.2]) + 0.2, minigrad.tensor([0.3, 0.3]))
    tensor([ True, False])
    """
    if rtol < 0 or atol < 0:
        raise RangeError(f"isclose: the tolerances must be 0 or more, got rtol {rtol} and atol {atol}.")
    a, b = (array_of(t) for t in (x, y))
    close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    return wrap(close if is_array(close) else np.asarray(close))


def allclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8,
             equal_nan: bool = False) -> bool:
    """Whether |x − y| ≤ atol + rtol · |y| everywhere.

    x and y broadcast; NaN equals NaN only with ``equal_nan``.

    >>> minigrad.allclose(minigrad.tensor([0.1]) + 0.2, minigrad.tensor([0.3]))
    True
    """
    a, b = (array_of(t) for t in (x, y))
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))


def equal(x: Tensor, y: Tensor) -> bool:
    """Whether both have the same shape and the same entries.

    >>> minigrad.equal(minigrad.tensor([1, 2]), minigrad.tensor([1, 2]))
    True
    """
    return x.shape == y.shape and bool((x._array == y._array).all())


def _operator(compare: Any) -> Any:
    """``==`` and ``!=`` between a tensor and anything else, as ``x == None``: Python then answers."""
    def method(x: Tensor, y: Any) -> Any:
        known = isinstance(y, (Tensor, bool, int, float, np.generic)) or is_array(y)
        return compare(x, y) if known else NotImplemented
    return method


attach(isclose=isclose, allclose=allclose, equal=equal, __eq__=_operator(eq), __ne__=_operator(ne), __lt__=lt,
       __le__=le, __gt__=gt, __ge__=ge, __and__=bitwise_and, __rand__=bitwise_and, __or__=bitwise_or,
       __ror__=bitwise_or, __xor__=bitwise_xor, __rxor__=bitwise_xor, __lshift__=bitwise_left_shift,
       __rshift__=bitwise_right_shift, __invert__=bitwise_not)
