"""A third kind of array beside NumPy's and CuPy's: one that notes what is done with it (``compiler.arrays``).

The operations are written for any array library, so nothing in them changes; this file is all that the
other rooms know of it.
"""
from __future__ import annotations

import math
from functools import wraps
from typing import Any, Callable, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class NotingArray:
    """What an array that notes has: its library, with NumPy's names, and the tape that it notes on."""

    __slots__ = ()
    library: Any
    tape: Any

    def number(self, value: Any) -> Any:
        """A number, also one on the tape, in the dtype of this array."""
        raise NotImplementedError

    def root(self) -> Any:
        """√ of this number."""
        raise NotImplementedError


#: The tape of the step that is being recorded, or nothing.
in_progress: list[Any] = []


def whole(function: F) -> F:
    """Note a call of ``function`` as one step of the program, instead of what it does inside."""
    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        if in_progress and any([isinstance(a, NotingArray) for a in args]):
            return in_progress[-1].call(called, args, options)
        return function(*args, **options)
    return called                           # type: ignore[return-value]


def number_type(array: Any) -> Any:
    """What makes a number of the array's dtype: of Python's numbers, and of numbers on a tape."""
    return array.number if isinstance(array, NotingArray) else array.dtype.type


def root(x: Any) -> Any:
    """The square root of a number: of Python's or one on a tape."""
    return x.root() if isinstance(x, NotingArray) else math.sqrt(x)


def floated(x: Any) -> Any:
    """A number as Python's float; one on a tape as it is."""
    return x if isinstance(x, NotingArray) else float(x)
