"""What a recorded step is made of: buffers, places in them, and records of what was computed from what.

A *buffer* is a piece of memory, a *place* an array in it: where it begins, shape, strides, dtype. A view is
another place in the same buffer, so a reshape or a transpose leaves no record at all. A *record* is one thing
that was done:

    map      entry by entry: out[…] = f(a[…], b[…]), inputs broadcast
    reduce   the same along some axes: out[i] = Σⱼ a[i, j]
    matmul   a @ b
    call     any other function of NumPy's or minigrad's, called as it is

The first three can be written as loops in C (``fusion``, ``emit``).
"""
from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any, Callable, Iterator, NamedTuple

import numpy as np

from ..autograd.source import SourceLine

Shape = tuple[int, ...]
_numbers = count()


class Buffer:
    """A piece of memory: its number of bytes, and where it comes from.

    ``kind``: "input" (of the step), "state" (an array that outlives the step, ``array``), "number" (an option
    of an optimizer, read before each run), "step" (memory that the step makes and forgets) or "result" (that
    it makes for somebody outside).
    """

    def __init__(self, kind: str, nbytes: int, array: np.ndarray | None = None) -> None:
        self.kind, self.nbytes, self.array = kind, nbytes, array
        self.name = ""                              # given when the program is complete
        self.low = 0                                # the address while recording
        self.order = next(_numbers)
        self.called = False                         # a call returns it: a new array in each run


class Place(NamedTuple):
    """An array in a buffer; ``offset`` and ``strides`` in bytes."""

    buffer: Buffer
    offset: int
    shape: Shape
    strides: Shape
    dtype: np.dtype[Any]

    @property
    def span(self) -> tuple[int, int]:
        """The first byte that belongs to it, and the one after the last."""
        reach = [stride * (size - 1) for stride, size in zip(self.strides, self.shape)]
        return (self.offset + sum(r for r in reach if r < 0),
                self.offset + sum(r for r in reach if r > 0) + self.dtype.itemsize)

    def overlaps(self, other: Place) -> bool:
        """Whether the two may share a byte."""
        if self.buffer is not other.buffer:
            return False
        (low, high), (first, last) = self.span, other.span
        return low < last and first < high

    def __str__(self) -> str:
        return self.buffer.name + (f"[{self.offset}:]" if self.offset else "")


@dataclass(eq=False)
class Record:
    """One thing that was done; ``arguments`` and ``out`` may hold places inside of tuples and lists."""

    kind: str
    name: str                               # of the function: "add"
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]                 # axis and keepdims of a reduction; keywords of a call
    out: Any                                # Place, or what a call returned, with places for arrays
    writes: list[Place]                     # arguments that a call changes
    operation: str = ""                     # "Linear.backward_w"
    line: SourceLine | None = None
    types: tuple[Any, ...] = ()             # of a map: the dtypes that it computes in, the result's last
    reads: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reads = list(places_in((self.arguments, self.options)))

    @property
    def written(self) -> list[Place]:
        """All places that it gives new values."""
        return [*places_in(self.out), *self.writes]

    @property
    def shape(self) -> Shape:
        """Of the loops that compute it."""
        return self.arguments[0].shape if self.kind == "reduce" else self.out.shape

    def __str__(self) -> str:
        given = ", ".join(_text(a) for a in self.arguments)
        named = "".join(f", {k}={v}" for k, v in self.options.items() if k in ("axis", "keepdims") and v)
        made = [*places_in(self.out)] or self.writes
        kind = f"{made[0].dtype} {made[0].shape}" if made else ""
        return f"{', '.join(map(str, made)) or '—'} = {self.name}({given}{named})".ljust(46) + " " + kind


class Program(NamedTuple):
    """A step as it was recorded."""

    records: list[Record]
    inputs: list[Place]
    results: Any                            # what the step returns, with places for arrays

    def __str__(self) -> str:
        lines, before = [], None
        for record in self.records:
            where = f"{record.line.line}: {record.line.text}" if record.line else ""
            if where != before:
                lines.append(f"# line {where}")
                before = where
            lines.append(f"    {record}  {record.operation}".rstrip())
        return "\n".join(lines)


def places_in(value: Any) -> Iterator[Place]:
    """All places inside of tuples, lists, dicts and slices."""
    if type(value) is Place:
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from places_in(part)
    elif isinstance(value, dict):
        yield from places_in(list(value.values()))
    elif isinstance(value, slice):
        yield from places_in((value.start, value.stop, value.step))


def exchanged(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """``value`` with every ``kind`` inside of tuples, lists and dicts exchanged."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, tuple):
        parts = [exchanged(part, kind, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [exchanged(part, kind, change) for part in value]
    if isinstance(value, dict):
        return {key: exchanged(part, kind, change) for key, part in value.items()}
    return value


def is_dense(x: np.ndarray) -> bool:
    """Whether the entries fill a piece of memory without gaps, in whatever order of the axes."""
    stride = x.itemsize
    for size, step in sorted(zip(x.shape, x.strides), key=lambda pair: (pair[1], pair[0])):
        if size > 1:
            if step != stride:
                return False
            stride *= size
    return True


def root_of(x: np.ndarray) -> np.ndarray:
    """The array whose memory x is a view of, or x."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x


def memory_of(x: np.ndarray) -> np.ndarray:
    """The bytes of a dense array, as a view."""
    order = sorted(range(x.ndim), key=lambda axis: (-x.strides[axis], -x.shape[axis]))
    return x.transpose(order).reshape(-1).view(np.uint8)


def _text(value: Any) -> str:
    if type(value) is Place:
        return str(value)
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(_text, value)) + ")"
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)[:30]
