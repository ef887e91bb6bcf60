"""The table of calls that both libraries must answer in the same way: a generator for every name.

An entry is made with ``@calls("exp", "log")``: a function that is called with a seeded NumPy generator
and the name, and yields ``(args, kwargs)``. NumPy arrays among the arguments become tensors of each
library; those of float64 require a gradient, unless they are wrapped in ``Const``. ``Dtype("float32")``
becomes the library's own dtype. The place of a function is part of its name: ``"exp"`` is
``minigrad.exp``, ``"F.relu"`` is ``minigrad.nn.functional.relu``, ``"Tensor.view"`` a method and
``"operator.add"`` an operator of Python.
"""
from __future__ import annotations

import operator
import zlib
from typing import Any, Callable, Iterator, NamedTuple

import numpy as np

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Generator = Callable[[np.random.Generator, str], Iterator[Arguments]]

TABLE: dict[str, list[Generator]] = {}


class Const(NamedTuple):
    """An array that becomes a tensor without gradient."""

    array: Any


class Dtype(NamedTuple):
    """A dtype by its name."""

    name: str


class Call(NamedTuple):
    """One call: the name in the table, and the arguments."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __str__(self) -> str:
        parts = [_shown(a) for a in self.args] + [f"{k}={_shown(v)}" for k, v in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"


def _shown(value: Any) -> str:
    if isinstance(value, Const):
        value = value.array
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (list, tuple)) and not isinstance(value, Dtype):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    return repr(value)


def calls(*names: str) -> Callable[[Generator], Generator]:
    """Enter a generator of arguments for each of the names."""
    def entered(generator: Generator) -> Generator:
        for name in names:
            TABLE.setdefault(name, []).append(generator)
        return generator
    return entered


def calls_of(name: str) -> list[Call]:
    """All calls of one name, the same ones in every run."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return [Call(name, args, kwargs) for generator in TABLE[name] for args, kwargs in generator(rng, name)]


def resolved(library: Any, name: str) -> Callable[..., Any]:
    """The function that a name of the table means in a library."""
    place, _, short = name.rpartition(".")
    if place == "operator":
        return getattr(operator, short)
    if place == "F":
        return getattr(library.nn.functional, short)
    if place == "Tensor":
        def method(x: Any, *args: Any, **kwargs: Any) -> Any:
            attribute = getattr(x, short)
            return attribute(*args, **kwargs) if callable(attribute) else attribute
        return method
    return getattr(library, short)


def given(library: Any, value: Any, leaves: list[Any]) -> Any:
    """An argument as the library takes it; tensors that require a gradient are added to ``leaves``."""
    if isinstance(value, Const):
        return given(library, value.array, []).detach()
    if isinstance(value, Dtype):
        return getattr(library, value.name)
    if isinstance(value, (np.ndarray, np.generic)):
        tensor = library.tensor(np.asarray(value))
        if value.dtype == np.float64:
            tensor.requires_grad_()
            leaves.append(tensor)
        return tensor
    if isinstance(value, slice):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(given(library, v, leaves) for v in value)
    return value


# Shapes that every function of entries takes: 0-d, size 1, empty, and more dimensions.
SHAPES = [(), (1,), (5,), (0,), (3, 4), (1, 1), (2, 0, 3), (2, 1, 3), (2, 3, 4, 2)]

BROADCAST = [((), ()), ((3,), (3,)), ((3, 4), (4,)), ((4,), (3, 4)), ((2, 1, 3), (4, 1)), ((), (2, 3)),
             ((2, 3), ()), ((1,), (1, 1)), ((0, 3), (3,)), ((2, 3), (2, 3)), ((1, 4), (3, 1))]


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Standard normal numbers, an array also for the shape ()."""
    return np.asarray(rng.standard_normal(shape))


def positive(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from 0.1 to 3."""
    return np.asarray(rng.uniform(0.1, 3, shape))


def distinct(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers that all differ by 0.1 or more, in random order: no ties."""
    size = int(np.prod(shape))
    return (rng.permutation(size).reshape(shape) - size / 2) * 0.37 + 0.1


def integers(rng: np.random.Generator, low: int, high: int, *shape: int) -> np.ndarray:
    """int64 numbers from low to high - 1."""
    return np.asarray(rng.integers(low, high, shape))


def booleans(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """True and False with equal chance."""
    return np.asarray(rng.random(shape) < 0.5)
