"""python -m lessons notes 5: what a teacher of a lesson should know, on one page.

A page lies in ``lessons/teaching``, under the name of its lesson: aim, time, what it needs, three questions
with answers, and which mistakes to expect.
"""
from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from .catalog import FOLDER, Lesson, find
from .markdown import for_terminal
from .shell import command


def page_of(lesson: Lesson) -> Path:
    """Where the notes for ``lesson`` are."""
    return FOLDER / "teaching" / f"{lesson.path.stem}.md"


def main(arguments: list[str], lessons: list[Lesson]) -> int:
    """Print the notes for the lessons that are named; 2 when there is no such lesson."""
    parser = argparse.ArgumentParser(prog=command("-m", "lessons", "notes"), description=__doc__)
    parser.add_argument("lesson", nargs="+", help="its number or name")
    pages = []
    for key in parser.parse_args(arguments).lesson:
        lesson = find(key, lessons)
        if lesson is None:
            print(f"There is no lesson {key!r}. {command('-m', 'lessons')} lists them.", file=sys.stderr)
            return 2
        pages.append(page_of(lesson).read_text(encoding="utf-8").strip())
    styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = min(80, shutil.get_terminal_size().columns)
    print("\n\n\n".join(for_terminal(page, width, lambda text: f"\033[1m{text}\033[0m" if styled else text)
                       for page in pages))
    return 0
