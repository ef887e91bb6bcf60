"""python -m lessons audit: run the lessons, and collect what they found in the documents."""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from minigrad.files.writing import write_atomically

from ..player.catalog import FOLDER, Lesson
from .claims import COLLECT, Claim, read_claims, report
from ..player.shell import command

AUDIT = FOLDER / "AUDIT.md"


class LessonFailed(Exception):
    """A lesson did not run to its end."""


class QuickRun(NamedTuple):
    """What a quick run of a lesson printed, and what it claimed."""

    printed: str
    claims: list[Claim]


def main(arguments: list[str], lessons: list[Lesson]) -> int:
    """Write AUDIT.md; with --check say whether it is up to date; 1 when it is not, or a lesson fails."""
    parser = argparse.ArgumentParser(prog="python -m lessons audit", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is stale")
    options = parser.parse_args(arguments)
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory() as folder:
        for lesson in tqdm(lessons, desc="lessons", unit="lesson", disable=None):
            try:
                claims += run_quickly(lesson, Path(folder, lesson.name)).claims
            except LessonFailed as error:
                print(error, file=sys.stderr)
                return 1
    text = report(claims)
    if options.check:
        stale = not AUDIT.exists() or AUDIT.read_text(encoding="utf-8") != text
        cure = f"stale: run {command('-m', 'lessons', 'audit')}"
        print(f"{AUDIT.name} is {cure if stale else 'up to date'}.")
        return int(stale)
    write_atomically(AUDIT, text.encode())
    print(f"{len(claims)} claims from {len({claim.lesson for claim in claims})} lessons: {AUDIT}")
    return 0


def run_quickly(lesson: Lesson, output: Path, **environment: str) -> QuickRun:
    """Run a lesson in its quick mode, in a process of its own, without real data or a network.

    ``output`` is the lesson's output folder. Raises LessonFailed with the end of what was printed.
    """
    output.mkdir(parents=True, exist_ok=True)
    collected = output / "claims.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "lessons", str(lesson.number), "--quick", "--output", str(output),
         *(["--data", "rendered"] if lesson.needs else [])],
        cwd=FOLDER.parent, text=True, encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment, COLLECT: str(collected), "PYTHONIOENCODING": "utf-8"})
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-20:])
        raise LessonFailed(f"lesson {lesson.number} ({lesson.name}) failed:\n{end}")
    return QuickRun(done.stdout, read_claims(collected, f"{lesson.number:02d} {lesson.name}"))
