"""Putting everything back: what some objects refer to, as it was, to the bit.

A training step changes parameters, buffers, the optimizer's state, random numbers, and whatever else the
user's own code keeps. A copy would not do: a loss that refers to the model itself would train the original.
So the step runs on the real objects, and afterwards all that it can have changed is as before.
"""
from __future__ import annotations

import random
import sys
import types
from collections import deque
from functools import partial
from typing import Any, Callable, Iterable

import numpy as np

from ...autograd import Tensor
from ...autograd.mode import mode
from ...backend.arrays import is_array
from ...backend.random import default_generator, get_rng_state, set_rng_state
from ...nn import Module

#: Packages whose objects a step does not change, or that cannot be told apart from their internals.
FOREIGN = frozenset(sys.stdlib_module_names) | {"numpy", "cupy", "matplotlib", "torch", "tqdm", "PIL",
                                                "pytest"}
SLOTS = ("_array", "_requires_grad", "grad_fn", "_grad", "_version")
MISSING = object()


class Snapshot:
    """What ``roots`` refer to, by way of attributes, containers, closures and globals of functions.

    ``restore`` puts all of it back: the entries of arrays and containers, the attributes of objects, the
    variables of functions, and the random numbers. Not put back: files, and iterators that were advanced.

    >>> weights, kept = minigrad.ones(2), []
    >>> snapshot = Snapshot(weights, kept)
    >>> weights.mul_(3), kept.append(1)
    (tensor([3., 3.]), None)
    >>> snapshot.restore()
    >>> weights, kept
    (tensor([1., 1.]), [])
    """

    def __init__(self, *roots: Any) -> None:
        self.tensors: dict[int, Tensor] = {}                # all that were met, by id
        self.names: dict[int, str] = {}                     # … and the variable or attribute they are
        self.variables: list[tuple[dict[str, Any], str, Any]] = []      # globals of the functions met
        self._undo: list[Callable[[], None]] = []
        self._seen: dict[int, Any] = {}                     # keeps what was met alive: ids stay unique
        self._generators: list[Callable[[], None]] = []
        self._keep_random()
        waiting: list[tuple[Any, str]] = [(root, "") for root in roots]
        waiting.append((default_generator, ""))
        while waiting:
            value, name = waiting.pop()
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                waiting += self._keep(value, name)

    def restore(self) -> None:
        """Put everything back."""
        for undo in reversed(self._undo):
            undo()
        self.rewind_random()

    def rewind_random(self) -> None:
        """Set all sources of random numbers back: the next draws are those of before."""
        for undo in self._generators:
            undo()

    def _keep_random(self) -> None:
        self._generators += [partial(set_rng_state, get_rng_state()),
                             partial(random.setstate, random.getstate()),
                             partial(np.random.set_state, np.random.get_state())]
        self._undo.append(partial(setattr, mode, "grad", mode.grad))

    def _keep(self, value: Any, name: str) -> Iterable[tuple[Any, str]]:
        """Remember one object; returns what it refers to, with names."""
        if isinstance(value, Tensor):
            return self._keep_tensor(value, name)
        if is_array(value):
            return self._keep_array(value)
        if isinstance(value, dict):
            self._undo.append(partial(_refill, value, dict(value)))
            return [*((v, f"{name}[{k!r}]") for k, v in value.items()), *((k, "") for k in value)]
        if isinstance(value, (list, deque)):
            self._undo.append(partial(_refill_list, value, list(value)))
            return [(v, f"{name}[{i}]") for i, v in enumerate(value)]
        if isinstance(value, set):
            self._undo.append(partial(_refill, value, set(value)))
            return [(v, "") for v in value]
        if isinstance(value, tuple):
            return [(v, f"{name}[{i}]") for i, v in enumerate(value)]
        if isinstance(value, partial):
            return [(value.func, ""), (value.args, ""), (value.keywords, "")]
        if isinstance(value, types.MethodType):
            return [(value.__self__, ""), (value.__func__, "")]
        if isinstance(value, types.FunctionType):
            return self._keep_function(value)
        if isinstance(value, np.random.Generator):
            self._generators.append(partial(setattr, value.bit_generator, "state", value.bit_generator.state))
        elif isinstance(value, np.random.RandomState):
            self._generators.append(partial(value.set_state, value.get_state()))
        elif isinstance(value, random.Random):
            self._generators.append(partial(value.setstate, value.getstate()))
        return self._keep_object(value, name)

    def _keep_object(self, value: Any, name: str) -> Iterable[tuple[Any, str]]:
        if isinstance(value, (type, types.ModuleType)) or not hasattr(value, "__dict__"):
            return []
        if type(value).__module__.partition(".")[0] in FOREIGN and not isinstance(value, Module):
            return []
        attributes = vars(value)
        self._undo.append(partial(_refill, attributes, dict(attributes)))
        found = []
        for key, part in attributes.items():
            inner = key in ("_parameters", "_modules", "_buffers")
            for label, entry in part.items() if inner else [(key, part)]:
                found.append((entry, f"{name}.{label}" if name else label))
            if inner:
                found.append((part, name))
        return found[::-1]

    def _keep_tensor(self, x: Tensor, name: str) -> Iterable[tuple[Any, str]]:
        self.tensors[id(x)], self.names[id(x)] = x, name
        kind, version = type(x), list(x._version)
        slots = {slot: _slot(x, slot) for slot in SLOTS}

        def undo() -> None:
            x.__class__ = kind
            for slot, value in slots.items():
                if value is not MISSING:
                    Tensor.__dict__[slot].__set__(x, value)
            x._version[:] = version

        self._undo.append(undo)
        inside = [(slots["_array"], ""), (slots["_grad"], f"{name}.grad"), (vars(x), name)]
        return [(part, label) for part, label in inside if part is not None]

    def _keep_array(self, array: Any) -> Iterable[tuple[Any, str]]:
        if array.dtype.kind != "O" and getattr(getattr(array, "flags", None), "writeable", True):
            self._undo.append(partial(_write, array, array.copy()))
        return []

    def _keep_function(self, function: types.FunctionType) -> Iterable[tuple[Any, str]]:
        if function.__module__ and function.__module__.partition(".")[0] in FOREIGN | {"minigrad"}:
            return []
        found: list[tuple[Any, str]] = [(function.__defaults__ or (), ""),
                                        (function.__kwdefaults__ or {}, "")]
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                value = cell.cell_contents
            except ValueError:                              # not assigned yet
                continue
            self._undo.append(partial(setattr, cell, "cell_contents", value))
            found.append((value, name))
        wrapped = getattr(function, "__wrapped__", None)
        space = function.__globals__
        for name in names_in(function.__code__):
            value = space.get(name, MISSING)
            self.variables.append((space, name, value))
            self._undo.append(partial(_set_variable, space, name, value))
            found.append((value, name))
        return [(v, n) for v, n in [*found, (wrapped, "")] if v is not None and v is not MISSING]


def names_in(code: types.CodeType) -> set[str]:
    """Every name that a function and those inside of it use: globals, and attributes as well."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant)
    return names


def _slot(x: Tensor, slot: str) -> Any:
    try:
        return Tensor.__dict__[slot].__get__(x)
    except AttributeError:
        return MISSING


def _refill(container: Any, entries: Any) -> None:
    container.clear()
    container.update(entries)


def _refill_list(container: Any, entries: list[Any]) -> None:
    container.clear()
    container.extend(entries)


def _write(array: Any, entries: Any) -> None:
    array[...] = entries


def _set_variable(space: dict[str, Any], name: str, value: Any) -> None:
    if value is MISSING:
        space.pop(name, None)
    else:
        space[name] = value
