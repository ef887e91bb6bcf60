"""Loops written as C: one function for each, commented with the student's line."""
from __future__ import annotations

from typing import Any, Iterable

from .expressions import SUMS, TYPES, formula, literal
from .fusion import Access, Loop, Step
from .program import Buffer, Place, Record

HEAD = """#include <stdint.h>
#include <math.h>
"""


class Emitter:
    """The text of one loop. ``kept`` says of a step whether its value is needed in memory afterwards."""

    def __init__(self, loop: Loop, name: str, kept: set[int]) -> None:
        self.loop, self.name, self.kept = loop, name, kept
        self.buffers: dict[Buffer, str] = {}
        self.lines: list[str] = []
        self.row: dict[Any, str] = {}               # values of this row, by their accesses
        self.count = 0
        rows = loop.rows or 0
        self.axes = [*_ordered(loop, range(rows)), *_ordered(loop, range(rows, len(loop.shape)))]
        self.outer = _merged(loop, self.axes[:rows])
        self.inner = _merged(loop, self.axes[rows:])

    def text(self) -> str:
        """The whole function."""
        steps = self.loop.steps
        for step in steps:
            if step.sums == "all":
                self._start_sum(step)
        depth = self._open(self.outer, "i", 1)
        for level in sorted({step.level for step in steps}):
            own = [step for step in steps if step.level == level]
            if level % 2:
                self._level(own, depth, self.row, "")
            else:
                self._pass(own, depth)
        self._close(1, depth)
        pointers = [f"    {kind} *restrict {b.name} = ({kind} *)m[{b.order}];"
                    for b, kind in self.buffers.items()]
        return "\n".join([*_comment(self.loop.records), f"static void {self.name}(char **m) {{", *pointers,
                          *self.lines, "}"])

    # ── loops ─────────────────────────────────────────────────────────────────────────────────

    def _open(self, axes: list[tuple[int, int]], letter: str, depth: int, pragma: str = "") -> int:
        for k, (size, _) in enumerate(axes):
            if pragma and k == len(axes) - 1:
                self._say(depth, pragma)
            i = f"{letter}{k}"
            self._say(depth, f"for (long {i} = 0; {i} < {size}; {i}++) {{")
            depth += 1
        return depth

    def _close(self, outer: int, depth: int) -> None:
        for d in range(depth - 1, outer - 1, -1):
            self._say(d, "}")

    def _pass(self, steps: list[Step], depth: int) -> None:
        """One pass over a row: sums in variables, then what they came to."""
        sums = [step for step in steps if step.sums == "row"]
        names = {}
        for step in sums:
            names[id(step)] = self._new()
            self._say(depth, f"{_wide(step)} {names[id(step)]} = {SUMS[step.record.name][0]};")
        adding = [names[id(s)] for s in sums if s.record.name == "add"]
        carried = len(sums) > len(adding) or any(s.sums == "all" and not s.write.strides[self.inner[-1][1]]
                                                 for s in steps if self.inner)
        clause = f" reduction(+:{', '.join(adding)})" if adding else ""
        pragma = "" if carried else "#pragma omp simd" + clause
        inner = self._open(self.inner, "j", depth, pragma)
        self._level(steps, inner, {}, names)
        self._close(depth, inner)
        for step in sums:
            name = names[id(step)]
            if id(step) in self.kept:
                self._say(depth, f"{self._at(step.write)} = {name};")
            self.row[step.write] = f"({TYPES[str(step.write.dtype)]}){name}"

    def _level(self, steps: list[Step], depth: int, values: dict[Any, str], sums: Any) -> None:
        """The records of one level, for one entry; what is needed in memory is stored in the end."""
        stores: dict[Access, str] = {}
        for step in steps:
            record, kind = step.record, TYPES[str(step.write.dtype)]
            operands = [self._operand(at, value, dtype, depth, values) for at, value, dtype in
                        zip(step.reads, record.arguments, record.types)]
            if step.sums == "row":
                total = sums[id(step)]
                self._say(depth, f"{total} = {SUMS[record.name][1].format(total, operands[0])};")
            elif step.sums:
                there = self._at(step.write)
                self._say(depth, f"{there} = {SUMS[record.name][1].format(there, operands[0])};")
            else:
                name = self._new()
                text = (formula(record) or "").format(*operands)
                self._say(depth, f"{kind} {name} = {text};")
                values[step.write] = name
                if id(step) in self.kept:
                    stores[step.write] = name
        for at, name in stores.items():
            self._say(depth, f"{self._at(at)} = {name};")

    def _start_sum(self, step: Step) -> None:
        """A reduction in memory: where all its entries start from."""
        strides, itemsize = step.write.strides, step.write.dtype.itemsize
        axes = [(size, k) for k, size in enumerate(self.loop.shape) if strides[k]]
        depth = self._open(axes, "k", 1)
        terms = [f"k{n}*{strides[k] // itemsize}" for n, (_, k) in enumerate(axes)]
        self._say(depth, f"{self._base(step.write, terms)} = {SUMS[step.record.name][0]};")
        self._close(1, depth)

    # ── values ────────────────────────────────────────────────────────────────────────────────

    def _operand(self, at: Access | None, value: Any, dtype: Any, depth: int, values: dict[Any, str]) -> str:
        """The name of an operand in the dtype that is computed in."""
        if at is None:
            return literal(value, dtype)
        name = values.get(at) or self.row.get(at)
        if name is None:
            name = values[at] = self._new()
            self._say(depth, f"{TYPES[str(at.dtype)]} {name} = {self._at(at)};")
        if at.dtype == dtype:
            return name
        return f"({name} != 0)" if dtype.kind == "b" else f"(({TYPES[str(dtype)]}){name})"

    def _at(self, at: Access) -> str:
        terms = [f"{letter}{k}*{at.strides[axis] // at.dtype.itemsize}"
                 for letter, axes in (("i", self.outer), ("j", self.inner))
                 for k, (_, axis) in enumerate(axes) if at.strides[axis]]
        return self._base(at, terms)

    def _base(self, at: Access, terms: Iterable[str]) -> str:
        self.buffers.setdefault(at.buffer, TYPES[str(at.dtype)])
        name, start = at.buffer.name, at.offset // at.dtype.itemsize
        if self.buffers[at.buffer] != TYPES[str(at.dtype)]:
            name = f"(({TYPES[str(at.dtype)]} *){name})"
        index = " + ".join([*([str(start)] if start else []), *[t.removesuffix("*1") for t in terms]])
        return f"{name}[{index or '0'}]"

    def _new(self) -> str:
        self.count += 1
        return f"x{self.count}"

    def _say(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)


def _wide(step: Step) -> str:
    """Sums of floats are added up in double."""
    kind = TYPES[str(step.write.dtype)]
    return "double" if kind == "float" and step.record.name == "add" else kind


def _ordered(loop: Loop, axes: Iterable[int]) -> list[int]:
    """Axes from the widest steps through memory to the narrowest."""
    def width(axis: int) -> int:
        return sum(abs(at.strides[axis]) for step in loop.steps for at in (*step.reads, step.write)
                   if at is not None)
    return sorted(axes, key=lambda axis: -width(axis))


def _merged(loop: Loop, axes: list[int]) -> list[tuple[int, int]]:
    """(size, axis) of the loops: two axes that every array walks through as one become one."""
    every = {at.strides for step in loop.steps for at in (*step.reads, step.write) if at is not None}
    merged: list[tuple[int, int]] = []
    for axis in axes:
        size = loop.shape[axis]
        if merged and all(strides[merged[-1][1]] == strides[axis] * size for strides in every):
            merged[-1] = (merged[-1][0] * size, axis)
        else:
            merged.append((size, axis))
    return merged


def _comment(records: list[Record]) -> list[str]:
    """Which lines of the step these records come from."""
    found: dict[str, list[str]] = {}
    for r in records:
        line = f"line {r.line.line}: {r.line.text}" if r.line else ""
        names = found.setdefault(line, [])
        if (r.operation or r.name) not in names:
            names.append(r.operation or r.name)
    return [f"// {line}   ({', '.join(names)})" for line, names in list(found.items())[:12]]


def product_text(record: Record, name: str) -> str:
    """A small matrix product as three loops, batches around them."""
    a, b = record.arguments
    c = record.out
    kind = TYPES[str(c.dtype)]
    lead = len(c.shape) - 2
    names = [*(f"n{k}" for k in range(lead)), "i", "j"]
    m, n, k = c.shape[-2], c.shape[-1], a.shape[-1]

    def at(place: Place, row: str, column: str) -> str:
        strides = [0] * (lead + 2 - len(place.shape)) + list(place.strides)
        sizes = [1] * (lead + 2 - len(place.shape)) + list(place.shape)
        terms = [f"{i}*{s // place.dtype.itemsize}" for i, s, size in
                 zip((*names[:lead], row, column), strides, sizes) if size > 1]
        start = [str(place.offset // place.dtype.itemsize)] if place.offset else []
        return f"(({kind} *)m[{place.buffer.order}])[{' + '.join([*start, *terms]) or '0'}]"
    lines = [*_comment([record]), f"static void {name}(char **m) {{      "
             f"// {c} = {a} @ {b}, ({m}, {k}) @ ({k}, {n})"]
    depth = 1
    for i, size in zip(names, c.shape):
        lines.append("    " * depth + f"for (long {i} = 0; {i} < {size}; {i}++) {{")
        depth += 1
    lines.append("    " * depth + f"{kind} sum = 0;")
    lines.append("    " * depth + f"for (long k = 0; k < {k}; k++)")
    lines.append("    " * (depth + 1) + f"sum += {at(a, 'i', 'k')} * {at(b, 'k', 'j')};")
    lines.append("    " * depth + f"{at(c, 'i', 'j')} = sum;")
    for d in range(depth - 1, 0, -1):
        lines.append("    " * d + "}")
    return "\n".join([*lines, "}"])
