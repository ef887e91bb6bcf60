"""From records to loops: what can be computed together, entry by entry, becomes one loop nest.

Each record either joins a loop that stands already, or begins one. It may join when the loop runs over the
same entries, and wherever both touch the same memory they touch the same entry at the same time: then the
value of one is the operand of the other, and never has to go through memory.

A sum over the last axes ends a pass over a row. What needs the sum waits for the next pass over the same row:

    for each row                    softmax of the rows of x
        level 0    m = max(x)               a pass over the row
        level 2    e = exp(x − m), s = Σ e  another one
        level 3    i = 1 / s                once for the row
        level 4    y = e · i                a third pass

Even levels are passes over a row, odd ones happen once for a row.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .program import Buffer, Place, Record, Shape

FAR = 64                    # how many loops back a record may join
TOGETHER = 600              # records of one loop
SMALL_PRODUCT = 1 << 13     # multiplications up to which a product becomes loops, too


class Access(NamedTuple):
    """A place as a loop walks over it: ``strides`` in bytes, one for each of the loop's axes."""

    buffer: Buffer
    offset: int
    strides: Shape
    dtype: np.dtype[Any]


class Step(NamedTuple):
    """A record inside of a loop, what it reads (None for a number) and writes, and at which level."""

    record: Record
    reads: list[Access | None]
    write: Access
    level: int
    sums: str               # "" for a map; "row": a reduction that ends a pass; "all": one in memory


class Loop:
    """Records that run over the same entries together. ``rows``: how many axes count rows; None: not yet."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.rows: int | None = None
        self.steps: list[Step] = []

    @property
    def records(self) -> list[Record]:
        """What it computes."""
        return [step.record for step in self.steps]

    def takes(self, record: Record) -> bool:
        """Let the record join, if it can."""
        step = self._fits(record)
        if step is None or len(self.steps) >= TOGETHER:
            return False
        if step.sums == "row" and self.rows is None:
            self.rows = len(self.shape) - len(_reduced(record)[0])
        self.steps.append(step)
        return True

    def _fits(self, record: Record) -> Step | None:
        shape = without_ones(record.shape)
        if shape == self.shape:
            inner = True
        elif self.rows is not None and shape == self.shape[:self.rows]:
            inner = False
        else:
            return None
        reads, write = accesses(record, len(self.shape))
        sums = ""
        if record.kind == "reduce":
            axes, trailing = _reduced(record)
            rows = len(shape) - len(axes)
            sums = "row" if trailing and inner and axes and self.rows in (None, rows) else "all"
        level = self._level(record, reads, write, inner, sums)
        return None if level is None else Step(record, reads, write, level, sums)

    def _level(self, record: Record, reads: list[Access | None], write: Access, inner: bool,
               sums: str) -> int | None:
        """The first level at which all that the record needs is there; None if that is never."""
        level = 0 if inner else -1
        mine = touches(record, reads, write)
        for step in self.steps:
            for other, there, writes in touches(step.record, step.reads, step.write):
                for place, here, written in mine:
                    if not (writes or written) or not place.overlaps(other):
                        continue
                    if here != there or (written and sums) or (writes and step.sums == "all"):
                        return None
                    need = step.level
                    if writes and step.sums == "row":
                        need += 1
                    level = max(level, need + (need % 2 == 0) * (not inner) + (need % 2) * inner)
        return level


def touches(record: Record, reads: list[Access | None], write: Access) -> list[tuple[Place, Access, bool]]:
    """What a record touches: the place, how the loop walks over it, and whether it is written."""
    found = [(place, at, False) for place, at in zip(record.arguments, reads) if at is not None]
    return [*found, (record.out, write, True)]


def without_ones(shape: Shape) -> Shape:
    """The axes that a loop runs over."""
    return tuple([n for n in shape if n != 1])


def walked(place: Place, shape: Shape, axes: int) -> Access:
    """The place, broadcast to ``shape``, along the axes of a loop; axes that the record lacks do not move."""
    strides = [0] * (len(shape) - len(place.shape)) + [
        0 if n == 1 else stride for n, stride in zip(place.shape, place.strides)]
    kept = [stride for n, stride in zip(shape, strides) if n != 1]
    return Access(place.buffer, place.offset, tuple(kept + [0] * (axes - len(kept))), place.dtype)


def accesses(record: Record, axes: int) -> tuple[list[Access | None], Access]:
    """How a loop walks over what the record reads and writes."""
    shape = record.shape
    reads = [walked(a, shape, axes) if type(a) is Place else None for a in record.arguments]
    out = record.out
    if record.kind == "reduce":
        given = iter(zip(out.shape, out.strides))
        kept, sizes = [], []
        for k, n in enumerate(shape):
            if k in record.options["axis"]:
                if record.options["keepdims"]:
                    next(given)
                kept.append(0)
                sizes.append(1)
            else:
                size, stride = next(given)
                kept.append(stride)
                sizes.append(size)
        out = out._replace(shape=tuple(sizes), strides=tuple(kept))
    return reads, walked(out, shape, axes)


def _reduced(record: Record) -> tuple[list[int], bool]:
    """Which of the loop's axes a reduction runs over, and whether these are the last ones."""
    shape, axes, k = record.shape, [], 0
    for d, n in enumerate(shape):
        if n != 1:
            if d in record.options["axis"]:
                axes.append(k)
            k += 1
    return axes, axes == list(range(k - len(axes), k))


Item = Loop | Record        # a record that stands alone is a product in loops, or a call


def fuse(records: list[Record], compilable: Any) -> list[Item]:
    """Loops and calls in an order that computes the same as the records in theirs."""
    items: list[Item] = []
    touched: list[tuple[list[Place], list[Place]]] = []             # of each item: read, written
    for record in records:
        at = None
        looped = record.kind in ("map", "reduce") and compilable(record)
        if looped:
            for k in range(len(items) - 1, max(-1, len(items) - FAR), -1):
                item = items[k]
                if isinstance(item, Loop) and item.takes(record):
                    at = k
                    break
                if _conflict(record, touched[k]):
                    break
        if at is None:
            loop = Loop(without_ones(record.shape)) if looped else None
            items.append(loop if loop is not None and loop.takes(record) else record)
            touched.append(([], []))
            at = len(items) - 1
        touched[at][0].extend(record.reads)
        touched[at][1].extend(record.written)
    return items


def _conflict(record: Record, touched: tuple[list[Place], list[Place]]) -> bool:
    """Whether the record has to come after what touches these places."""
    reads, writes = touched
    return (any([w.overlaps(p) for w in writes for p in (*record.reads, *record.written)])
            or any([r.overlaps(p) for r in reads for p in record.written]))
