"""Numbers, arrays and shapes as a person would write them: short, with a real minus sign."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..backend.arrays import Array, to_numpy

FULL = 6                # entries up to which an array is written out,
LONG = 40               # … if that takes no more characters
DIGITS = 4


def number(value: Any, digits: int = DIGITS) -> str:
    """One number with four digits: 0.25, 16, −1.5e−7, ∞.

    >>> from minigrad.trace.wording import number
    >>> number(1 / 3), number(-16.0), number(1e-7)
    ('0.3333', '−16', '1e−7')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e7:
        text = str(int(value))
    else:
        text = f"{float(value):.{digits}g}"
        mantissa, e, exponent = text.partition("e")
        text = mantissa + e + (str(int(exponent)) if e else "")
    return text.replace("-", "−")


def constant(value: float) -> str:
    """A number in a formula, precise enough to tell it from others: 0.1, 1/3, 1.0001.

    >>> from minigrad.trace.wording import constant
    >>> constant(0.1), constant(1 / 3), constant(1.00012345)
    ('0.1', '1/3', '1.000123')
    """
    text = number(value)
    if not np.isfinite(value) or np.isclose(float(text.replace("−", "-")), value, rtol=1e-6, atol=0):
        return text
    n = round(1 / abs(value))
    if n > 1 and np.isclose(abs(value) * n, 1, rtol=1e-6):
        return f"{'−' if value < 0 else ''}1/{n}"
    return number(value, 7)


def shape(sizes: tuple[int, ...]) -> str:
    """A shape as Python writes it: (), (3,), (2, 3)."""
    return str(tuple(int(n) for n in sizes))


def extent(array: Array) -> str:
    """Smallest and largest entry of an array: −1.2 … 3.4, or all 1."""
    array = to_numpy(array)
    finite = array[np.isfinite(array)]
    if finite.size < array.size:
        missing = f"{array.size - finite.size} of {array.size} not finite"
        return f"{number(finite.min())} … {number(finite.max())}, {missing}" if finite.size else missing
    low, high = array.min(), array.max()
    return f"all {number(low)}" if low == high else f"{number(low)} … {number(high)}"


def brief(array: Array) -> str:
    """An array in one line: up to six short entries in full; otherwise shape, mean and extent.

    >>> import numpy as np
    >>> from minigrad.trace.wording import brief
    >>> brief(np.array([[1.0, -0.5], [0.0, 2.0]])), brief(np.arange(10.0))
    ('[[1 −0.5] [0 2]]', '(10,) mean 4.5, 0 … 9')
    """
    array = to_numpy(array)
    if array.size == 0:
        return f"{shape(array.shape)} empty"
    whole = _nested(array.tolist()) if array.size <= FULL else ""
    if whole and len(whole) <= LONG:
        return whole
    text = extent(array)
    if text.startswith("all") or array.dtype.kind == "b" or "not finite" in text:
        return f"{shape(array.shape)} {text}"
    return f"{shape(array.shape)} mean {number(array.mean(dtype=np.float64))}, {text}"


def boxed(array: Array, width: int = 28) -> list[str]:
    """An array as lines for a box of the graph: small ones in full, otherwise shape and range.

    >>> import numpy as np
    >>> from minigrad.trace.wording import boxed
    >>> boxed(np.array([0.5, -1.0])), boxed(np.arange(10.0))
    (['[0.5 −1]'], ['(10,)  0 … 9'])
    """
    array = to_numpy(array)
    if array.size == 0 or array.size > FULL:
        return [f"{shape(array.shape)}  {extent(array) if array.size else 'empty'}"]
    if array.ndim > 2:
        array = array.squeeze()                 # too many brackets for a box
    whole = _nested(array.tolist(), 3 if array.ndim else DIGITS)
    if len(whole) <= width or array.ndim < 2:
        return [whole]
    return [_nested(row, 3) for row in array.reshape(-1, array.shape[-1]).tolist()]


def _nested(values: Any, digits: int = DIGITS) -> str:
    if isinstance(values, list):
        return "[" + " ".join(_nested(v, digits) for v in values) + "]"
    return number(values, digits)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, ending in … if something was cut off."""
    return text if len(text) <= length else text[:length - 1].rstrip() + "…"


def count(n: int, thing: str) -> str:
    """1 operation, 10,000 operations."""
    return f"{n:,} {thing}" + ("" if n == 1 else "s")
