"""What a measurement prints and keeps: aligned tables, the machine, a JSON file."""
from __future__ import annotations

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def machine() -> dict[str, Any]:
    """Where the numbers come from."""
    name = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines()
                 if line.startswith("model name")]
        name = names[0] if names else name
    load = [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else None
    return {"load": load, "cpu": name, "cores": os.cpu_count(), "system": platform.platform(),
            "python": platform.python_version()}


def warn_if_busy(where: dict[str, Any]) -> None:
    """One line where other programs are running."""
    if where["load"] and where["load"][0] > 0.5:
        print(f"the machine is busy: load {where['load'][0]}; trust the CPU ratio, or measure again later",
              file=sys.stderr)


def spread(values: list[float], digits: int = 2) -> str:
    """``median (lower–upper)``."""
    low, middle, high = (f"{v:.{digits}f}" for v in values)
    return f"{middle} ({low}–{high})"


def duration(milliseconds: list[float]) -> str:
    """As ``spread``, with three digits that count."""
    middle = milliseconds[1]
    return spread(milliseconds, 3 if middle < 1 else max(0, 3 - len(f"{middle:.0f}")))


def recording(about: str | None, record: Path) -> ArgumentParser:
    """A script's options: where its results go, and whether only those that are there are printed."""
    parser = ArgumentParser(description=about, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="print what is recorded, and stop")
    parser.add_argument("--record", type=Path, default=record, metavar="FILE")
    return parser


def columns(rows: list[list[str]]) -> str:
    """Rows of cells as aligned text; the first row is the heading."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def disagreeing(results: dict[str, dict[str, Any]], tolerance: float) -> int:
    """1, and a line about it, when a peer's losses differ by more than the tolerance; else 0."""
    wrong = [f"{key} ({peer})" for key, r in results.items() for peer, d in r["difference"].items()
             if not d < tolerance]
    if wrong:
        print(f"the losses differ by more than {tolerance:g}: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def save(name: str, where: dict[str, Any], args: Namespace, results: Any) -> Path:
    """Write ``results/NAME-DATE.json``; the path."""
    now = datetime.now(timezone.utc)
    path = RESULTS / f"{name}-{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    # Paths of interpreters and of output are of this machine alone.
    options = {k: v for k, v in vars(args).items() if k not in ("python", "environments", "picture")}
    record = {"date": now.isoformat(timespec="seconds"), "machine": where, "options": options,
              "results": results}
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"\nsaved as {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    return path
