"""Comparisons, logic and selection: results without a gradient, and ``where`` with one."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.promotion import device_error, promoted
from ..autograd.tensor import wrap
from ..backend.arrays import is_array
from ..errors import ShapeError
from .attach import attach


def _compare(name: str, ufunc: Any, x: Any, y: Any) -> Any:
    """``ufunc`` on both operands after PyTorch's promotion: booleans, no gradient."""
    tensors = isinstance(x, Tensor) or isinstance(y, Tensor)
    arrays = [t._array if isinstance(t, Tensor) else t for t in (x, y)]
    arrays = promoted(arrays)
    try:
        out = ufunc(*arrays)
    except (TypeError, ValueError) as error:
        better = device_error(name, arrays)
        if better is None and isinstance(error, ValueError):
            better_shape = ShapeError(
                f"{name}: the shapes {arrays[0].shape} and {arrays[1].shape} do not broadcast. "
                "Compared from the last dimension, two sizes must be equal or one of them 1.")
            raise better_shape from None
        raise better or error from None
    return wrap(out if is_array(out) else np.asarray(out)) if tensors else out


def eq(x: Any, y: Any) -> Any:
    """x = y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2]) == minigrad.tensor([1, 3])
    tensor([ True, False])
    """
    return _compare("eq", np.equal, x, y)


def ne(x: Any, y: Any) -> Any:
    """x ≠ y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2]) != 2
    tensor([ True, False])
    """
    return _compare("ne", np.not_equal, x, y)


def _operator(compare: Any) -> Any:
    """``==`` and ``!=`` between a tensor and anything else, as ``x == None``: Python then answers."""
    def method(x: Tensor, y: Any) -> Any:
        known = isinstance(y, (Tensor, bool, int, float, np.generic)) or is_array(y)
        return compare(x, y) if known else NotImplemented
    return method


def lt(x: Any, y: Any) -> Any:
    """x < y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2]) < 2
    tensor([ True, False])
    """
    return _compare("lt", np.less, x, y)


def le(x: Any, y: Any) -> Any:
    """x ≤ y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2, 3]) <= 2
    tensor([ True,  True, False])
    """
    return _compare("le", np.less_equal, x, y)


def gt(x: Any, y: Any) -> Any:
    """x > y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2]) > 1
    tensor([False,  True])
    """
    return _compare("gt", np.greater, x, y)


def ge(x: Any, y: Any) -> Any:
    """x ≥ y, entry by entry, as booleans. x and y broadcast (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([1, 2, 3]) >= 2
    tensor([False,  True,  True])
    """
    return _compare("ge", np.greater_equal, x, y)


def logical_and(x: Any, y: Any) -> Any:
    """True where both are non-zero. Any dtype; booleans.

    >>> import minigrad
    >>> minigrad.logical_and(minigrad.tensor([0, 1]), minigrad.tensor([2, 2]))
    tensor([False,  True])
    """
    return _compare("logical_and", np.logical_and, x, y)


def logical_or(x: Any, y: Any) -> Any:
    """True where at least one is non-zero. Any dtype; booleans.

    >>> import minigrad
    >>> minigrad.logical_or(minigrad.tensor([0, 1]), minigrad.tensor([0, 0]))
    tensor([False,  True])
    """
    return _compare("logical_or", np.logical_or, x, y)


def _without_gradient(ufunc: Any, x: Any) -> Any:
    """``ufunc`` of one operand; a Tensor gives a Tensor outside of the graph."""
    if not isinstance(x, Tensor):
        return ufunc(x)
    out = ufunc(x._array)
    return wrap(out if is_array(out) else np.asarray(out))


def logical_not(x: Any) -> Any:
    """True where x is 0. Any dtype; booleans.

    >>> import minigrad
    >>> minigrad.logical_not(minigrad.tensor([0, 5]))
    tensor([ True, False])
    """
    return _without_gradient(np.logical_not, x)


def isnan(x: Any) -> Any:
    """True where x is NaN. Booleans of x's shape.

    >>> import minigrad
    >>> minigrad.tensor([1.0, minigrad.nan]).isnan()
    tensor([False,  True])
    """
    return _without_gradient(np.isnan, x)


def isfinite(x: Any) -> Any:
    """True where x is neither NaN nor infinite. Booleans of x's shape.

    >>> import minigrad
    >>> minigrad.tensor([1.0, minigrad.inf]).isfinite()
    tensor([ True, False])
    """
    return _without_gradient(np.isfinite, x)


def isinf(x: Any) -> Any:
    """True where x is ±infinity. Booleans of x's shape.

    >>> import minigrad
    >>> minigrad.tensor([1.0, -minigrad.inf]).isinf()
    tensor([False,  True])
    """
    return _without_gradient(np.isinf, x)


def bitwise_and(x: Any, y: Any) -> Any:
    """x & y on booleans and integers."""
    return _compare("bitwise_and", np.bitwise_and, x, y)


def bitwise_or(x: Any, y: Any) -> Any:
    """x | y on booleans and integers."""
    return _compare("bitwise_or", np.bitwise_or, x, y)


def bitwise_not(x: Any) -> Any:
    """~x on booleans (not) and integers (complement)."""
    return _without_gradient(np.invert, x)


def allclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8,
             equal_nan: bool = False) -> bool:
    """Whether |x − y| ≤ atol + rtol · |y| everywhere.

    x and y broadcast; NaN equals NaN only with ``equal_nan``.

    >>> import minigrad
    >>> minigrad.allclose(minigrad.tensor([0.1]) + 0.2, minigrad.tensor([0.3]))
    True
    """
    a, b = (t._array if isinstance(t, Tensor) else t for t in (x, y))
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))


def equal(x: Tensor, y: Tensor) -> bool:
    """Whether both have the same shape and the same entries.

    >>> import minigrad
    >>> minigrad.equal(minigrad.tensor([1, 2]), minigrad.tensor([1, 2]))
    True
    """
    return x.shape == y.shape and bool((x._array == y._array).all())


attach(eq=eq, ne=ne, lt=lt, le=le, gt=gt, ge=ge, logical_and=logical_and, logical_or=logical_or,
       logical_not=logical_not, isnan=isnan, isfinite=isfinite, isinf=isinf, allclose=allclose, equal=equal,
       __eq__=_operator(eq), __ne__=_operator(ne), __lt__=lt, __le__=le, __gt__=gt, __ge__=ge,
       __and__=bitwise_and, __or__=bitwise_or, __invert__=bitwise_not)
