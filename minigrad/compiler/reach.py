"""All that a step can see: the values it closes over, the globals that it names, and all that these lead to.

A compiled step runs no Python, so a number that Python would have read again, a layer that was exchanged, a
mode that was switched would go unnoticed. So everything within reach is remembered as it was when the step
was recorded, and compared before each run: identity first, which takes some tens of nanoseconds an entry.
"""
from __future__ import annotations

import dis
import sys
import types
from functools import partial
from itertools import chain
from operator import is_
from typing import Any, Iterator

import numpy as np

from ..autograd import Tensor
from ..optim.optimizer import Optimizer

PACKAGE = __name__.partition(".")[0] + "."
LARGE = 2000                # entries from which a list or dict is taken for data, and not looked into
SCALARS = (bool, int, float, str, bytes, complex, type(None), np.generic)


def is_same(a: Any, b: Any) -> bool:
    """Whether b is what a was: the same object, or an equal number or text."""
    return a is b or type(a) is type(b) and isinstance(a, SCALARS) and bool(a == b)


class Snapshot:
    """One container as it was: its keys and values."""

    def __init__(self, name: str, table: Any, keys: tuple[Any, ...] | None, guarded: bool = True) -> None:
        self.name, self.table, self.keys, self.guarded = name, table, keys, guarded
        self.values = self._now()

    def _now(self) -> list[Any]:
        if isinstance(self.table, types.CellType):
            try:
                return [self.table.cell_contents]
            except ValueError:
                return [None]
        if self.keys is not None:
            return [self.table.get(key) for key in self.keys]
        return list(self.table.values()) if isinstance(self.table, dict) else list(self.table)

    def same(self) -> bool:
        """Whether nothing was exchanged."""
        now = self._now()
        return len(now) == len(self.values) and (all(map(is_, now, self.values)) or not self.changes(now))

    def changes(self, now: list[Any] | None = None) -> list[str]:
        """What is different now, in words."""
        now = self._now() if now is None else now
        if len(now) != len(self.values):
            return [f"{self.name} has {len(now)} entries instead of {len(self.values)}"]
        names = self.keys or (tuple(self.table) if isinstance(self.table, dict) else range(len(now)))
        return [f"{self.name}{'' if isinstance(self.table, types.CellType) else f'.{key}'}"
                for key, a, b in zip(names, self.values, now)
                if not is_same(a, b)]

    def restore(self) -> None:
        """Everything as it was."""
        if isinstance(self.table, types.CellType):
            self.table.cell_contents = self.values[0]
        elif self.keys is not None:
            for key, value in zip(self.keys, self.values):
                if self.table.get(key) is not value:
                    self.table[key] = value
        elif isinstance(self.table, dict):
            for key in list(self.table)[len(self.values):]:
                del self.table[key]
            for key, value in zip(list(self.table), self.values):
                self.table[key] = value
        else:
            self.table[:] = self.values


class Reach:
    """What a step can see: tensors, arrays, and a snapshot of each container on the way."""

    def __init__(self, step: Any) -> None:
        self.tensors: list[Tensor] = []
        self.arrays: list[np.ndarray] = []
        self.snapshots: list[Snapshot] = []
        seen: dict[int, Any] = {}
        waiting: list[tuple[str, Any]] = [("step", step)]
        while waiting:
            name, thing = waiting.pop()
            if id(thing) in seen or isinstance(thing, (*SCALARS, type, types.ModuleType)):
                continue
            seen[id(thing)] = thing
            waiting += self._inside(name, thing)
        whole = [s for s in self.snapshots if s.guarded and s.keys is None]
        self._lists = [s.table for s in whole if isinstance(s.table, list)]
        self._dicts = [s.table for s in whole if isinstance(s.table, dict)]
        self._cells = [s for s in whole if isinstance(s.table, types.CellType)]
        self._named = [s for s in self.snapshots if s.guarded and s.keys is not None]
        self._tables = [*self._lists, *self._dicts]
        self._lengths, self._values = self._sizes(), list(self._entries())

    def _sizes(self) -> list[int]:
        return list(map(len, self._tables))

    def _entries(self) -> Iterator[Any]:
        """The values of all lists and dicts, one after the other."""
        return chain(chain.from_iterable(self._lists), chain.from_iterable(map(dict.values, self._dicts)))

    def same(self) -> bool:
        """Whether all is as it was: a pass that compares identities; only if that fails, a closer look."""
        if self._sizes() == self._lengths and all(map(is_, self._entries(), self._values)):
            for s in self._cells:
                if s.table.cell_contents is not s.values[0] and not s.same():
                    return False
            for s in self._named:
                if not all(map(is_, map(s.table.get, s.keys or ()), s.values)) and not s.same():
                    return False
            return True
        return all([snapshot.same() for snapshot in self.snapshots if snapshot.guarded])

    def changes(self) -> list[str]:
        """What is not."""
        return [change for snapshot in self.snapshots for change in snapshot.changes()]

    def restore(self) -> None:
        """Undo what a recording has changed."""
        for snapshot in self.snapshots:
            snapshot.restore()

    def _inside(self, name: str, thing: Any) -> Iterator[tuple[str, Any]]:
        """What a thing leads to, with a name for each."""
        if isinstance(thing, Tensor):
            self.tensors.append(thing)
        elif isinstance(thing, np.ndarray):
            self.arrays.append(thing)
        elif isinstance(thing, types.FunctionType):
            yield from self._function(thing)
        elif isinstance(thing, types.MethodType):
            yield name, thing.__self__
            yield name, thing.__func__
        elif isinstance(thing, (list, dict)):
            if len(thing) <= LARGE:
                yield from self._table(name, thing, None)
        elif isinstance(thing, (tuple, set, frozenset)):
            if len(thing) <= LARGE:
                yield from ((name, part) for part in thing)
        elif isinstance(thing, Optimizer):
            for k, group in enumerate(thing.param_groups):
                fixed = tuple(key for key, value in group.items() if type(value) not in (int, float, tuple))
                name = f"{type(thing).__name__} group {k}"
                yield from self._table(name, group, fixed)
                read = tuple(key for key in group if key not in fixed)          # before each run
                self.snapshots.append(Snapshot(name, group, read, guarded=False))
        elif isinstance(thing, partial):
            yield name, (thing.func, thing.args, thing.keywords)
        elif hasattr(thing, "__dict__") and isinstance(thing.__dict__, dict) and is_known(type(thing)):
            yield from self._table(type(thing).__name__, thing.__dict__, None)
            for kind in type(thing).__mro__:
                if is_users(kind.__module__):
                    yield from ((kind.__name__, f) for f in vars(kind).values()
                                if isinstance(f, types.FunctionType))

    def _function(self, function: types.FunctionType) -> Iterator[tuple[str, Any]]:
        name = function.__name__
        for cell, free in zip(function.__closure__ or (), function.__code__.co_freevars):
            yield from self._table(free, cell, None)
        yield from ((name, part) for part in (*(function.__defaults__ or ()),
                                              *(function.__kwdefaults__ or {}).values()))
        if is_users(function.__module__):
            own = function.__globals__
            keys = tuple(dict.fromkeys(key for key in names_in(function.__code__) if key in own))
            yield from self._table(name, own, keys)

    def _table(self, name: str, table: Any, keys: Any) -> Iterator[tuple[str, Any]]:
        snapshot = Snapshot(name, table, keys)
        self.snapshots.append(snapshot)
        names = keys or (list(table) if isinstance(table, dict) else [name] * len(snapshot.values))
        yield from zip(map(str, names), snapshot.values)


def is_users(module: str | None) -> bool:
    """Whether a module is the student's: not Python's, NumPy's or minigrad's."""
    top = (module or "builtins").partition(".")[0]
    return top not in ("numpy", PACKAGE[:-1]) and top not in sys.stdlib_module_names \
        or top == "__main__"


def is_known(kind: type) -> bool:
    """Whether to look into objects of a class: the student's, and minigrad's layers; not other libraries'."""
    return is_users(kind.__module__) or kind.__module__.startswith(PACKAGE) \
        and not kind.__module__.startswith(f"{PACKAGE}compiler")


def names_in(code: types.CodeType) -> Iterator[str]:
    """The globals that code reads or sets, that of inner functions included."""
    yield from (i.argval for i in dis.get_instructions(code) if i.opname.endswith(("_GLOBAL", "_NAME")))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_in(constant)
