"""What fusion brought: numbers of records, loops and calls, and the bytes that they read and write."""
from __future__ import annotations

from typing import Any

from .fusion import Loop
from .program import Place, Record
from .running import in_c, kept_steps


def report(recording: Any, running: Any) -> str:
    """A few lines for ``CompiledStep.report``."""
    records = recording.program.records
    items = running.items
    loops = [item for item in items if isinstance(item, Loop)]
    calls = [item for item in items if not in_c(item)] if running.source else records
    products = len(items) - len(loops) - len(calls)
    before = sum(_bytes(p) for r in records for p in (*r.reads, *r.written))
    after = _fused_bytes(items) if running.source else before
    made = sum({p.buffer: p.buffer.nbytes for r in records for p in r.written
                if p.buffer.kind == "step"}.values())
    lines = [f"{len(records)} records: {len(loops)} loops and {products} small products in C, "
             f"{len(calls)} calls",
             f"bytes read and written: {before:,} as recorded, {after:,} after fusion",
             f"memory between: {made:,} bytes as recorded, {running.arena_bytes:,} laid out"]
    names: dict[str, int] = {}
    for call in calls:
        names[call.name] = names.get(call.name, 0) + 1
    if calls:
        lines.append("calls: " + ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in names.items()))
    return "\n".join(lines)


def _bytes(place: Place) -> int:
    """The bytes of memory that a place shows; an entry that broadcasting repeats counts once."""
    count = place.dtype.itemsize
    for n, stride in zip(place.shape, place.strides):
        count *= n if stride else 1
    return count


def _fused_bytes(items: list[Any]) -> int:
    kept, total = kept_steps(items), 0
    for item in items:
        if isinstance(item, Record):
            total += sum(_bytes(p) for p in (*item.reads, *item.written))
            continue
        known: set[Any] = set()
        for step in item.steps:
            for at, place in zip(step.reads, step.record.arguments):
                if at is not None and (at, step.level) not in known:
                    known.add((at, step.level))
                    total += _bytes(place)
            known.add((step.write, step.level))
            if id(step) in kept:
                total += _bytes(step.record.out)
    return total
