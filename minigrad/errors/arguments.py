"""Checks of plain arguments that layers, operations and optimizers share: sizes, flags, numbers.

Each is passed by name, so that the message can name it: ``require_sizes("RNN", hidden_size=3.0)``.
A wrong type raises TypeError, a value outside its range ShapeError, RangeError or ValueError.
"""
from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from . import RangeError, ShapeError


def require_sizes(owner: str, least: int | None = 1, **sizes: Any) -> None:
    """Every size is an int from ``least``, or with None any int. Raises TypeError or ShapeError.

    >>> require_sizes("RNN", input_size=3, hidden_size=5.0)
    Traceback (most recent call last):
        ...
    TypeError: RNN: hidden_size must be an int, got 5.0.
    """
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(size, bool):
            raise TypeError(f"{owner}: {name} must be an int, got {size!r}.")
        if least is not None and size < least:
            raise ShapeError(f"{owner}: expected {name} from {least}, got {size}.")


def require_integers(owner: str, least: int = 1, most: int | None = None, **values: Any) -> None:
    """Every value is an integer from ``least`` to ``most``. Raises RangeError.

    >>> require_integers("DataLoader", batch_size=2.5)
    Traceback (most recent call last):
        ...
    minigrad.errors.RangeError: DataLoader: batch_size must be an integer from 1, got 2.5.
    """
    for name, value in values.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < least \
                or most is not None and int(value) > most:
            upwards = "" if most is None else f" to {most}"
            raise RangeError(f"{owner}: {name} must be an integer from {least}{upwards}, got {value!r}.")


def require_flags(owner: str, **flags: Any) -> None:
    """Every flag is True or False: "False" would count as True. Raises TypeError.

    >>> require_flags("RNN", bias="False")
    Traceback (most recent call last):
        ...
    TypeError: RNN: bias must be True or False, got 'False'.
    """
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise TypeError(f"{owner}: {name} must be True or False, got {flag!r}.")


def require_numbers(owner: str, **numbers: Any) -> None:
    """Every number is an int or a float. Raises TypeError.

    >>> require_numbers("huber_loss", delta=1j)
    Traceback (most recent call last):
        ...
    TypeError: huber_loss: delta must be a number, got 1j.
    """
    for name, number in numbers.items():
        if not isinstance(number, Real):
            raise TypeError(f"{owner}: {name} must be a number, got {number!r}.")


def require_not_negative(owner: str, **numbers: Any) -> None:
    """Every number is 0 or above. Raises TypeError or ValueError.

    >>> require_not_negative("SGD", momentum=-0.9)
    Traceback (most recent call last):
        ...
    ValueError: SGD: momentum must not be negative, got -0.9.
    """
    require_numbers(owner, **numbers)
    for name, number in numbers.items():
        if not number >= 0:                                     # also NaN
            raise ValueError(f"{owner}: {name} must not be negative, got {number}.")
