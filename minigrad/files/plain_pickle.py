"""Reading plain data out of a pickle without running it.

A pickle is a program: its instructions import functions by name (GLOBAL) and call them (REDUCE), with
arguments from the file. Allowing only certain functions is not enough, since a harmless one may do harm with
the right arguments. So nothing that the file names is ever imported or called:

1. Every instruction is looked at first. All but the two dozen that plain data needs are refused.
2. Python's unpickler then runs with each name replaced by a class that only notes down what it is given.
3. What a known name stands for is made afterwards, from these notes (``MAKERS``).

``pytorch_files`` reads more with tables of its own.
"""
from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

import numpy as np

from ..errors import DataError

INSTRUCTIONS = frozenset(
    "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 SHORT_BINSTRING BINSTRING EMPTY_LIST "
    "APPEND APPENDS EMPTY_DICT SETITEM SETITEMS EMPTY_TUPLE TUPLE1 TUPLE2 TUPLE3 TUPLE BINPUT LONG_BINPUT "
    "BINGET LONG_BINGET GLOBAL REDUCE BUILD".split())


class Noted:
    """What the pickle wants made: the name it would call, the arguments, and the state to set afterwards."""

    name = ""
    state: Any = None

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.items: list[tuple[Any, Any]] = []

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Stored(Noted):
    """What lies outside of the pickle, under this key."""

    name = "stored outside"


Maker = Callable[[Noted, Callable[[Any], Any]], Any]    # (notes, what makes a part of them) → the value


class Grammar(NamedTuple):
    """What a kind of file may hold: in words, its instructions, what is made of names, and plain names."""

    words: str
    instructions: frozenset[str]
    makers: Mapping[str, Maker | None]
    constants: Mapping[str, Any] = {}


class _Reader(pickle.Unpickler):
    """The unpickler without its reach: a name becomes a new class of notes, so not even ours is shared."""

    grammar: Grammar

    def find_class(self, module: str, name: str, /) -> Any:
        full = f"{module} {name}"
        if full not in self.grammar.makers and full not in self.grammar.constants:
            raise ValueError(f"it wants to import {full!r}")
        return type("Noted", (Noted,), {"name": full})

    def persistent_load(self, pid: Any, /) -> Any:
        return Stored(pid)


def read_plain_pickle(data: bytes, what: str, grammar: Grammar | None = None) -> Any:
    """The value in the pickle ``data``: dict, list, tuple, str, number, None, or uint8 arrays.

    Args:
        what: the name of the file, for errors.
        grammar: what else there may be.

    Strings are decoded as Latin-1, which keeps their bytes. Raises DataError when the pickle is broken or
    contains anything else.
    """
    grammar = grammar or BYTES

    def refused(reason: str) -> DataError:
        return DataError(f"{what}: refused, {reason}. Expected a pickle of {grammar.words} only. None of it "
                         "was run. Get the file from a source you trust.")

    try:
        for op, argument, _ in pickletools.genops(data):
            if op.name not in grammar.instructions:
                raise refused(f"it contains the instruction {op.name}")
            if op.name == "GLOBAL" and argument not in grammar.makers and argument not in grammar.constants:
                raise refused(f"it wants to import {argument!r}")
            if op.name == "LONG_BINPUT" and int(argument or 0) > len(data):     # would take that much memory
                raise refused(f"it is broken (it numbers {argument} values in {len(data)} bytes)")
        reader = _Reader(io.BytesIO(data), fix_imports=False, encoding="latin-1")
        reader.grammar = grammar
        return _made(reader.load(), grammar, {})
    except DataError:
        raise
    except RecursionError:
        raise refused("it is nested too deeply") from None
    except Exception as error:      # the unpickler raises whatever the broken file leads it to
        raise refused(f"it is broken ({error})") from None


def _made(value: Any, grammar: Grammar, done: dict[int, Any]) -> Any:
    """``value`` with the notes in it made into what they stand for; what is shared is made once."""
    if value is None or isinstance(value, (int, float, str, bytes)):
        return value
    if id(value) not in done:
        def made(part: Any) -> Any:
            return _made(part, grammar, done)
        if isinstance(value, dict):
            done[id(value)] = {made(k): made(v) for k, v in value.items()}
        elif isinstance(value, (list, tuple, set)):
            done[id(value)] = type(value)([made(item) for item in value])
        elif isinstance(value, Noted) and (maker := grammar.makers.get(value.name)):
            done[id(value)] = maker(value, made)
        elif isinstance(value, type) and issubclass(value, Noted) and value.name in grammar.constants:
            done[id(value)] = grammar.constants[value.name]
        else:
            raise ValueError("a name where a value should be")
    return done[id(value)]


def _byte_array(noted: Noted, made: Callable[[Any], Any]) -> np.ndarray:
    """The uint8 array that NumPy's state (version, shape, dtype, Fortran order, bytes) describes."""
    try:
        _, shape, dtype, fortran, raw = noted.state
        if dtype.name != "numpy dtype" or dtype.arguments[0] != "u1" or fortran:
            raise ValueError("expected unsigned bytes in C order")
        return np.frombuffer(raw.encode("latin-1"), np.uint8).reshape(shape)
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"its array is not one of bytes: {error}") from None


#: What is made of each name that a pickle may mention; None where only another's notes need it.
MAKERS: dict[str, Maker | None] = {
    "numpy.core.multiarray _reconstruct": _byte_array, "numpy ndarray": None, "numpy dtype": None}
BYTES = Grammar("strings, numbers, lists, dicts and byte arrays", INSTRUCTIONS, MAKERS)
