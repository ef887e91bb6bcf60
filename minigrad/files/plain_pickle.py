"""Reading plain data out of a pickle without running it.

A pickle is a program: its instructions import functions by name (GLOBAL) and call them (REDUCE), with
arguments from the file. Allowing only certain functions is not enough, since a harmless one may do harm with
the right arguments. So nothing that the file names is ever imported or called:

1. Every instruction is looked at first. All but the two dozen that plain data needs are refused.
2. Python's unpickler then runs with each name replaced by a class that only notes down what it is given.
3. What a known name stands for is made afterwards, from these notes (``MAKERS``).
"""
from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any, Callable

import numpy as np

from ..errors import DataError

INSTRUCTIONS = frozenset(
    "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 SHORT_BINSTRING BINSTRING EMPTY_LIST "
    "APPEND APPENDS EMPTY_DICT SETITEM SETITEMS EMPTY_TUPLE TUPLE1 TUPLE2 TUPLE3 TUPLE BINPUT LONG_BINPUT "
    "BINGET LONG_BINGET GLOBAL REDUCE BUILD".split())


class _Noted:
    """What the pickle wants made: the name it would call, the arguments, and the state to set afterwards."""

    name = ""
    state: Any = None

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    """The unpickler without its reach: a name becomes a new class of notes, so not even ours is shared."""

    def find_class(self, module: str, name: str, /) -> Any:
        return type("Noted", (_Noted,), {"name": f"{module} {name}"})


def read_plain_pickle(data: bytes, what: str) -> Any:
    """The value in the pickle ``data``: dict, list, tuple, str, int, None, or uint8 arrays.

    Args:
        what: the name of the file, for errors.

    Strings are decoded as Latin-1, which keeps their bytes. Raises DataError when the pickle is broken or
    contains anything else.
    """
    def refused(reason: str) -> DataError:
        return DataError(f"{what}: refused, {reason}. Expected a pickle of strings, numbers, lists, dicts "
                         "and byte arrays only. None of it was run. Get the file from a source you trust.")

    try:
        for op, argument, _ in pickletools.genops(data):
            if op.name not in INSTRUCTIONS:
                raise refused(f"it contains the instruction {op.name}")
            if op.name == "GLOBAL" and argument not in MAKERS:
                raise refused(f"it wants to import {argument!r}")
            if op.name == "LONG_BINPUT" and int(argument or 0) > len(data):     # would take that much memory
                raise refused(f"it is broken (it numbers {argument} values in {len(data)} bytes)")
        return _made(_Reader(io.BytesIO(data), fix_imports=False, encoding="latin-1").load(), {})
    except DataError:
        raise
    except RecursionError:
        raise refused("it is nested too deeply") from None
    except Exception as error:      # the unpickler raises whatever the broken file leads it to
        raise refused(f"it is broken ({error})") from None


def _made(value: Any, done: dict[int, Any]) -> Any:
    """``value`` with the notes in it made into what they stand for; what is shared is made once."""
    if value is None or isinstance(value, (int, str)):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {_made(k, done): _made(v, done) for k, v in value.items()}
        elif isinstance(value, (list, tuple)):
            done[id(value)] = type(value)([_made(item, done) for item in value])
        elif isinstance(value, _Noted) and (maker := MAKERS[value.name]):
            done[id(value)] = maker(value)
        else:
            raise ValueError("a name where a value should be")
    return done[id(value)]


def _byte_array(noted: _Noted) -> np.ndarray:
    """The uint8 array that NumPy's state (version, shape, dtype, Fortran order, bytes) describes."""
    try:
        _, shape, dtype, fortran, raw = noted.state
        if dtype.name != "numpy dtype" or dtype.arguments[0] != "u1" or fortran:
            raise ValueError("expected unsigned bytes in C order")
        return np.frombuffer(raw.encode("latin-1"), np.uint8).reshape(shape)
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"its array is not one of bytes: {error}") from None


#: What is made of each name that a pickle may mention; None where only another's notes need it.
MAKERS: dict[str, Callable[[_Noted], Any] | None] = {
    "numpy.core.multiarray _reconstruct": _byte_array, "numpy ndarray": None, "numpy dtype": None}
