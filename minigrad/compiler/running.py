"""A program that runs: memory laid out once, loops compiled, and the calls between them prepared.

Memory that the step makes and forgets lies in one block; two buffers share a piece of it when the last use of
one comes before the first use of the other. What a call returns is a new array in each run.
"""
from __future__ import annotations

import ctypes
from typing import Any, Callable

import numpy as np

from ..backend.c.toolchain import library_of
from ..backend.products import product
from .emit import HEAD, Emitter, product_text
from .expressions import TYPES, compilable
from .fusion import SMALL_PRODUCT, Item, Loop, fuse
from .program import Buffer, Place, Program, Record, exchanged, memory_of, places_in

LINE = 64                   # bytes that a buffer's address is a multiple of
TITLE = "// Written by minigrad.compile. m[k] is the address of a buffer; the names are step.program's.\n"


class Running:
    """A program ready to run, by its ``actions``. ``source`` is its C; empty where there is no compiler."""

    def __init__(self, program: Program) -> None:
        self.source, self.arena_bytes = "", 0
        self.items: list[Item] = fuse(program.records, compilable)
        self.buffers = name_buffers(program)
        library = None
        if any(in_c(item) for item in self.items):
            text = source(self.items)
            library = library_of(text)
            self.source = text if library else ""
        if library is None:
            self.items = list(program.records)
        self.memory: dict[Buffer, Any] = {}
        self._lay_out()
        self.table = (ctypes.c_void_p * max(1, len(self.buffers)))()
        for b in self.buffers:
            if b in self.memory:
                self.table[b.order] = self.memory[b].ctypes.data
        self.actions: list[Callable[[], Any]] = self._actions(library)
        self.input_arrays = [self.array(p) for p in program.inputs]

    def array(self, place: Place) -> np.ndarray:
        """The array at a place, as it is now."""
        buffer, offset, shape, strides, dtype = place
        return np.ndarray(shape, dtype, self.memory[buffer].data, offset, strides)

    # ── memory ────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        first, self.last = lifetimes(self.items)
        stored = stored_buffers(self.items) if self.source else set(self.buffers)
        own = [b for b in self.buffers if b.kind == "step" and not b.called and b in stored and b in first]
        offsets, self.arena_bytes = arranged(own, first, self.last)
        arena = aligned(self.arena_bytes)
        for b in self.buffers:
            if b.array is not None:
                self.memory[b] = memory_of(b.array)
            elif b in offsets:
                self.memory[b] = arena[offsets[b]:offsets[b] + max(b.nbytes, 1)]
            elif b.kind in ("input", "result") or b not in first:
                self.memory[b] = aligned(b.nbytes)
            elif not b.called:
                self.memory[b] = aligned(1)                 # lives in registers only

    # ── what is done, in order ────────────────────────────────────────────────────────────────

    def _actions(self, library: Any) -> list[Callable[[], Any]]:
        actions: list[Callable[[], Any]] = []
        k = 0
        while k < len(self.items):
            item = self.items[k]
            if library is not None and in_c(item):
                part = getattr(library, f"part{k}")
                part.argtypes, part.restype = [ctypes.c_void_p], None
                actions.append(_bound(part, ctypes.addressof(self.table)))
                while k < len(self.items) and in_c(self.items[k]):
                    self._forget(k, actions)
                    k += 1
                continue
            assert isinstance(item, Record)
            actions.append(self._call(item))
            self._forget(k, actions)
            k += 1
        return actions

    def _forget(self, k: int, actions: list[Callable[[], Any]]) -> None:
        """After item k: drop what a call returned, if nobody needs it any more."""
        for b, last in self.last.items():
            if last == k and b.called and b.kind == "step":
                actions.append(_bound(self.memory.pop, b, None))

    def _call(self, record: Record) -> Callable[[], Any]:
        function: Any = record.function
        options, out = record.options, record.out
        if record.kind in ("map", "reduce", "matmul"):
            into = self.array(out)
            if record.kind == "reduce":
                options = {**options, "out": into}
                function = function.reduce
            elif record.kind == "matmul":
                function = _bound_last(product, into)
            elif record.name in ("positive", "where"):
                function = _copied if record.name == "positive" else _chosen
                options = {"out": into}
            else:
                options = {"out": into, "casting": "unsafe"}
            out = None
        arguments = (record.arguments, options)
        if any([p.buffer.called and p.buffer.kind == "step" for p in record.reads]):
            def call() -> None:
                args, named = exchanged(arguments, Place, self.array)
                self._keep(out, function(*args, **named))
            return call
        args, named = exchanged(arguments, Place, self.array)
        if next(places_in(out), None) is None:
            return lambda: function(*args, **named)
        return lambda: self._keep(out, function(*args, **named))

    def _keep(self, out: Any, result: Any) -> None:
        """Put what a call returned where the program looks for it."""
        if type(out) is Place:
            buffer = out.buffer
            if buffer.kind != "step":
                self.array(out)[...] = result
                return
            if not buffer.called:
                return                                      # a view of something known
            if type(result) is not np.ndarray or result.strides != out.strides:
                laid = aligned(buffer.nbytes)
                value = np.ndarray(out.shape, out.dtype, laid.data, out.offset, out.strides)
                value[...] = result
            else:
                laid = memory_of(result)
            self.memory[buffer] = laid
            self.table[buffer.order] = laid.ctypes.data
        elif isinstance(out, (tuple, list)):
            for place, value in zip(out, result):
                self._keep(place, value)


def lifetimes(items: list[Item]) -> tuple[dict[Buffer, int], dict[Buffer, int]]:
    """The first and the last item that uses each buffer."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for k, item in enumerate(items):
        for place in _touched(item):
            first.setdefault(place.buffer, k)
            last[place.buffer] = k
    return first, last


def in_c(item: Item) -> bool:
    """Whether an item is written in C."""
    return isinstance(item, Loop) or is_small_product(item)


def is_small_product(record: Record) -> bool:
    """Whether a product is so small that a call of BLAS would take longer."""
    if record.kind != "matmul" or str(record.out.dtype) not in TYPES \
            or record.out.dtype.kind != "f" or any(p.dtype != record.out.dtype for p in record.reads):
        return False
    return int(np.prod(record.out.shape)) * record.arguments[0].shape[-1] <= SMALL_PRODUCT


def source(items: list[Item]) -> str:
    """The C file of a program: a function for each loop, and one for each stretch between two calls."""
    texts, names, parts = [TITLE + HEAD + '#include "functions.h"\n'], {}, []
    kept = kept_steps(items)
    for k, item in enumerate(items):
        if in_c(item):
            names[k] = f"loop{k}"
            texts.append(Emitter(item, names[k], kept).text() if isinstance(item, Loop)
                         else product_text(item, names[k]))
    for k in names:
        if k - 1 not in names:
            stretch = [names[k]]
            while k + len(stretch) in names:
                stretch.append(names[k + len(stretch)])
            parts.append(f"void part{k}(char **m) {{\n" + "".join(f"    {n}(m);\n" for n in stretch) + "}")
    return "\n\n".join(texts + parts) + "\n"


def kept_steps(items: list[Item]) -> set[int]:
    """The steps of loops whose values are needed in memory: in another loop, another pass, or outside."""
    readers: dict[Buffer, set[Any]] = {}
    for k, item in enumerate(items):
        if isinstance(item, Loop):
            for step in item.steps:
                for at in step.reads:
                    if at is not None:
                        readers.setdefault(at.buffer, set()).add((k, step.level))
        else:
            for place in item.reads:
                readers.setdefault(place.buffer, set()).add(k)
    kept: set[int] = set()
    for k, item in enumerate(items):
        for step in item.steps if isinstance(item, Loop) else []:
            buffer, here = step.write.buffer, (k, step.level)
            elsewhere = readers.get(buffer, set()) - {here}
            if step.sums == "row" or step.level % 2:                # lives as long as the row
                elsewhere = {r for r in elsewhere if not (isinstance(r, tuple) and r[0] == k)}
            if buffer.kind != "step" or elsewhere or step.sums == "all":
                kept.add(id(step))
    return kept


def stored_buffers(items: list[Item]) -> set[Buffer]:
    """The buffers that are ever written to, or read from, in memory."""
    kept = kept_steps(items)
    found: set[Buffer] = set()
    for item in items:
        if isinstance(item, Loop):
            found |= {step.write.buffer for step in item.steps if id(step) in kept}
            written: set[Buffer] = set()
            for step in item.steps:
                found |= {at.buffer for at in step.reads if at is not None and at.buffer not in written}
                written.add(step.write.buffer)
        else:
            found |= {p.buffer for p in _touched(item)}
    return found


def arranged(buffers: list[Buffer], first: dict[Buffer, int],
             last: dict[Buffer, int]) -> tuple[dict[Buffer, int], int]:
    """Where each buffer begins in one block of memory, and the size of the block.

    The largest first, each at the lowest place where no buffer lies that is alive at the same time.
    """
    offsets: dict[Buffer, int] = {}
    size = 0
    for b in sorted(buffers, key=lambda b: -b.nbytes):
        alive = sorted((offsets[o], offsets[o] + o.nbytes) for o in offsets
                       if first[o] <= last[b] and first[b] <= last[o])
        at = 0
        for low, high in alive:
            if at + b.nbytes <= low:
                break
            at = max(at, -(-high // LINE) * LINE)
        offsets[b] = at
        size = max(size, at + b.nbytes)
    return offsets, size


def name_buffers(program: Program) -> list[Buffer]:
    """All buffers in the order of use, numbered, with names that tell where each comes from."""
    counts: dict[str, int] = {}
    letters = {"input": "input", "state": "w", "number": "options", "step": "t", "result": "result"}
    places = [*program.inputs, *(p for r in program.records for p in (*r.reads, *r.written)),
              *places_in(program.results)]
    buffers = list(dict.fromkeys(p.buffer for p in places))
    for k, buffer in enumerate(buffers):
        letter = letters[buffer.kind]
        counts[letter] = counts.get(letter, -1) + 1
        buffer.order = k
        buffer.name = letter if letter == "options" else f"{letter}{counts[letter]}"
    return buffers


def _touched(item: Item) -> list[Place]:
    records = item.records if isinstance(item, Loop) else [item]
    return [p for record in records for p in (*record.reads, *record.written)]


def aligned(nbytes: int) -> np.ndarray:
    """Bytes that begin at a cache line."""
    raw = np.zeros(max(nbytes, 1) + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start:start + max(nbytes, 1)]


def _bound(function: Any, *args: Any) -> Callable[[], Any]:
    return lambda: function(*args)


def _bound_last(function: Any, out: np.ndarray) -> Callable[..., Any]:
    return lambda a, b: function(a, b, out)


def _copied(value: Any, out: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        np.copyto(out, value, casting="unsafe")


def _chosen(condition: Any, a: Any, b: Any, out: np.ndarray) -> None:
    np.copyto(out, np.where(condition, a, b), casting="unsafe")
