"""Reading the data out of a pickle without running it.

A pickle is a program: unpickling one from a stranger can run any code. CIFAR-10 comes as pickles,
written by Python 2, that hold nothing but a dict of strings, numbers, lists and one array of bytes.
This reader walks over the instructions as data. It knows the two dozen that such files consist of,
imports nothing, calls nothing, and refuses every other.
"""
from __future__ import annotations

import pickletools
from typing import Any

import numpy as np

from ..errors import DataError

# The names that NumPy's arrays mention in a pickle: recognized as labels, never looked up.
_RECONSTRUCT = "numpy.core.multiarray _reconstruct"
_KNOWN_NAMES = {_RECONSTRUCT, "numpy ndarray", "numpy dtype"}

_LITERALS = {"SHORT_BINSTRING", "BINSTRING", "BININT", "BININT1", "BININT2"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PUTS = {"BINPUT", "LONG_BINPUT"}
_GETS = {"BINGET", "LONG_BINGET"}
_MARK = object()


class _Name:
    """A name that the pickle mentions."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Made:
    """What a pickled call would have made: an array or a dtype, as its arguments and its state."""

    def __init__(self, name: str, arguments: Any) -> None:
        self.name, self.arguments = name, arguments
        self.state: Any = None


class _Reader:
    """The stack machine of a pickle, without the instructions that act."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def refuse(self, reason: str) -> DataError:
        return DataError(f"{self.what}: refused, {reason}. Expected a pickle of strings, numbers, "
                         "lists, dicts and byte arrays only. Nothing of it was run. Get the file "
                         "from a source you trust.")

    def above_mark(self) -> list[Any]:
        """Take everything above the last mark off the stack, and the mark."""
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1:]
        del self.stack[at:]
        return items

    def top(self, count: int) -> tuple[Any, ...]:
        if count > len(self.stack):
            raise self.refuse("it takes more from its stack than is there")
        items = tuple(self.stack[len(self.stack) - count:])
        del self.stack[len(self.stack) - count:]
        return items

    def step(self, op: str, argument: Any) -> None:
        """One instruction."""
        stack = self.stack
        if op in _LITERALS:
            stack.append(argument)
        elif op in _PUTS:
            self.memo[argument] = stack[-1]
        elif op in _GETS:
            stack.append(self.memo[argument])
        elif op in _CONSTANTS:
            stack.append(_CONSTANTS[op])
        elif op in _TUPLES:
            stack.append(self.top(_TUPLES[op]))
        elif op == "TUPLE":
            stack.append(tuple(self.above_mark()))
        elif op in ("EMPTY_LIST", "EMPTY_DICT"):
            stack.append([] if op == "EMPTY_LIST" else {})
        elif op == "MARK":
            stack.append(_MARK)
        elif op in ("APPEND", "APPENDS", "SETITEM", "SETITEMS"):
            self.fill(op)
        elif op in ("GLOBAL", "REDUCE", "BUILD"):
            self.mention(op, argument)
        elif op not in ("PROTO", "STOP"):
            raise self.refuse(f"it contains the instruction {op}")

    def fill(self, op: str) -> None:
        """Put items into the list or dict beneath them."""
        single = {"APPEND": 1, "SETITEM": 2}
        items = self.top(single[op]) if op in single else self.above_mark()
        if op.startswith("APPEND"):
            list.extend(self.stack[-1], items)
        else:
            dict.update(self.stack[-1], zip(items[::2], items[1::2]))

    def mention(self, op: str, argument: Any) -> None:
        """The three instructions that import, call and set up: here only noted down."""
        if op == "GLOBAL":
            if argument not in _KNOWN_NAMES:
                raise self.refuse(f"it wants to import {argument!r}")
            self.stack.append(_Name(argument))
            return
        target, value = self.top(2)
        if op == "REDUCE":
            if not isinstance(target, _Name):
                raise self.refuse("it wants to call what is no known name")
            self.stack.append(_Made(target.text, value))
        else:
            if not isinstance(target, _Made):
                raise self.refuse("it wants to set up an object that is no array")
            target.state = value
            self.stack.append(target)


def read_plain_pickle(data: bytes, what: str) -> Any:
    """The value in the pickle ``data``: dict, list, tuple, str, int, None, or uint8 arrays.

    Args:
        what: the name of the file, for errors.

    Strings are decoded as Latin-1, which keeps their bytes. Raises DataError when the pickle is
    broken or contains anything else.
    """
    reader = _Reader(what)
    try:
        for op, argument, _ in pickletools.genops(data):
            reader.step(op.name, argument)
        (value,) = reader.stack
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise reader.refuse(f"it is broken ({error})") from None
    try:
        return _plain(value, reader)
    except RecursionError:
        raise reader.refuse("it is nested too deeply") from None


def _plain(value: Any, reader: _Reader) -> Any:
    """``value`` with the noted arrays made into real ones; refuses what is no value."""
    if value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(item, reader) for item in value])
    if isinstance(value, dict):
        return {key: _plain(item, reader) for key, item in value.items()}
    if isinstance(value, _Made):
        return _byte_array(value, reader)
    raise reader.refuse("it is broken (a mark or a name where a value should be)")


def _byte_array(made: _Made, reader: _Reader) -> np.ndarray:
    """The uint8 array that NumPy's state (version, shape, dtype, Fortran order, bytes) describes."""
    try:
        _, shape, dtype, fortran, raw = made.state
        if made.name != _RECONSTRUCT or dtype.name != "numpy dtype" or dtype.arguments[0] != "u1" \
                or fortran:
            raise ValueError("not an array of unsigned bytes in C order")
        return np.frombuffer(raw.encode("latin-1"), np.uint8).reshape(shape)
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise reader.refuse(f"its array is not one of bytes ({error})") from None
