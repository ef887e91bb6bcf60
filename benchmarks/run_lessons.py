"""Every lesson in full, one after the other: how long it takes, and what accuracy it reaches.

    python benchmarks/run_lessons.py                 # all lessons, about an hour and a half
    python benchmarks/run_lessons.py 20 cifar10      # some of them
    python benchmarks/run_lessons.py --resume 25     # go on with an interrupted one
    python benchmarks/run_lessons.py --table         # the table of what is recorded, runs nothing

Each lesson runs in a process of its own, with real data (MINIGRAD_DATA, the cache, or a download). What
it found goes into ``benchmarks/results/lessons.json`` as soon as it ends, with time, seed, date, machine
and versions; the lessons quote these figures where they speak of long training.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lessons.player.catalog import Lesson, all_lessons, find          # noqa: E402
from lessons.support.results import RECORD                             # noqa: E402
from minigrad.files.writing import write_atomically                   # noqa: E402


def main() -> int:
    """Run what was asked for; the number of lessons that failed."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="numbers or names; all if none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=ROOT / "output", metavar="FOLDER")
    parser.add_argument("--resume", action="store_true", help="go on with interrupted training")
    parser.add_argument("--table", action="store_true", help="print the recorded table and stop")
    options = parser.parse_args()
    if not options.table:
        chosen = [_named(key) for key in options.lessons] or all_lessons()
        failed = [lesson.name for lesson in chosen if not run(lesson, options)]
        if failed:
            print(f"failed: {', '.join(failed)}", file=sys.stderr)
    print(table(read_record()))
    return 0 if options.table else len(failed)


def run(lesson: Lesson, options: argparse.Namespace) -> bool:
    """Run one lesson in full and record it; False when it failed."""
    output = options.output / lesson.name
    command = [sys.executable, "-m", "lessons", str(lesson.number), "--seed", str(options.seed),
               "--output", str(output)]
    if options.resume and lesson.needs:
        command.append("--resume")
    print(f"\n── lesson {lesson.number}, {lesson.title}", flush=True)
    began = time.perf_counter()
    if subprocess.run(command, cwd=ROOT).returncode:
        return False
    seconds = round(time.perf_counter() - began, 1)
    found = json.loads((output / "results.json").read_text(encoding="utf-8"))
    if str(found.get("data", "")).startswith("Rendered") and lesson.needs:
        print("not recorded: this lesson ran on rendered data, not on its own", file=sys.stderr)
        return False
    record = read_record()
    if "seconds" in found:
        found["seconds_each"] = found["seconds"]            # of each training; the whole lesson's is ours
    record[lesson.name] = {**found, "seconds": seconds, "resumed": options.resume}
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(RECORD, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    return True


def read_record() -> dict[str, Any]:
    """What is recorded so far, by lesson."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    return found


def table(record: dict[str, Any]) -> str:
    """The recorded lessons as a Markdown table."""
    rows = [["lesson", "test accuracy", "seed", "seconds"], ["---", "---", "---:", "---:"]]
    for lesson in all_lessons():
        if lesson.name in record:
            found = record[lesson.name]
            rows.append([f"{lesson.number:02d} {lesson.title}", ", ".join(accuracies(found)) or "–",
                         str(found["seed"]),
                         f"{found['seconds']:.0f}" if found["seconds"] else "–"])
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
                     for row in rows)


def accuracies(found: dict[str, Any]) -> list[str]:
    """Each figure with ``accuracy`` in its name, with what it belongs to."""
    flat = {name: value for name, value in found.items()
            if "accuracy" in name and isinstance(value, float)}
    if not flat:
        flat = {name: value["test_accuracy"] for name, value in found.items()
                if isinstance(value, dict) and "test_accuracy" in value}
    return [f"{_label(name)} {value:.4f}".strip() for name, value in flat.items()]


def _label(name: str) -> str:
    return " ".join(word for word in name.split("_") if word not in ("test", "accuracy"))


def _named(key: str) -> Lesson:
    lesson = find(key, all_lessons())
    if lesson is None:
        raise SystemExit(f"There is no lesson {key!r}.")
    return lesson


if __name__ == "__main__":
    sys.exit(main())
