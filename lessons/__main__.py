"""python -m lessons: list the lessons, run one, step through it, write notebooks, audit the documents."""
from __future__ import annotations

import argparse
import runpy
import sys
from difflib import get_close_matches
from pathlib import Path

from minigrad.errors import RangeError
from minigrad.terminal.pipes import until_nobody_reads
from minigrad.terminal.spelling import spell_out_streams

from lessons.player.catalog import Lesson, all_lessons, find, listing
from lessons.player.shell import python

USAGE = """\
python -m lessons 5                     run lesson 5 (or: its name)
python -m lessons 5 --step              one cell at a time
python -m lessons 5 --help              the lesson's own options: --quick, --device, --output, --show …
python -m lessons notes 5               what a teacher of this lesson should know
python -m lessons 5 --notebook FOLDER   write it as a notebook, run (without a number: all of them)
python -m lessons --site FOLDER         all of them as a website, with the reference
python -m lessons audit                 run all lessons quickly and write lessons/AUDIT.md
python -m lessons check                 the exercises, and how far each is
python -m lessons check 4               grade exercise 4 (--help: all, another file or folder, JSON …)
python -m lessons handout FOLDER        the exercises as a hand-out for a class
python -m lessons grade SUBMISSIONS     grade the submissions of a class (--help shows more)"""


def main(arguments: list[str]) -> int:
    """Do what ``arguments`` say; 2 when they name no lesson."""
    spell_out_streams()
    lessons = all_lessons()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(f"{listing(lessons)}\n\n{USAGE.replace('python -m', f'{python()} -m')}")
        return 0
    if arguments[0] == "audit":
        from lessons.audit import audit
        return audit.main(arguments[1:], lessons)
    if arguments[0] == "check":
        from .grading import command
        return command.main(arguments[1:])
    if arguments[0] == "handout":
        from .grading import handout
        return handout.main(arguments[1:])
    if arguments[0] == "grade":
        from .grading.classroom import command as classroom
        return classroom.main(arguments[1:])
    if arguments[0] == "notes":
        from .player import notes
        return notes.main(arguments[1:], lessons)
    if arguments[0].startswith("--site"):
        from lessons.site import build
        return build.main(arguments)
    if arguments[0].startswith("--no"):
        return run(lessons, arguments)
    lesson = find(arguments[0], lessons)
    if lesson is None:
        known = [*(x.name for x in lessons), "audit", "check", "grade", "handout", "notes"]
        close = get_close_matches(arguments[0], known, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        print(f"{listing(lessons)}\n\nThere is no lesson {arguments[0]!r}.{hint}", file=sys.stderr)
        return 2
    return run([lesson], arguments[1:])


def run(lessons: list[Lesson], arguments: list[str]) -> int:
    """Run one lesson, whole or step by step, or write notebooks."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, prog="python -m lessons")
    parser.add_argument("--step", action="store_true")
    parser.add_argument("--notebook", type=Path, metavar="FOLDER")
    parser.add_argument("--no-outputs", action="store_true")
    asked, rest = parser.parse_known_args(arguments)
    if asked.notebook is not None:
        from lessons.player.notebook import write_notebooks
        return write_notebooks(lessons, asked.notebook, rest, not asked.no_outputs)
    if asked.no_outputs or len(lessons) != 1:
        parser.error("--no-outputs belongs to --notebook FOLDER")
    try:
        from minigrad import plot  # noqa: F401 (every lesson draws)
    except RangeError as error:
        print(error, file=sys.stderr)
        return 2
    (lesson,) = lessons
    sys.argv = [str(lesson.path), *rest]
    if asked.step and not {"-h", "--help"} & set(rest):
        from lessons.player.stepper import step_through
        return step_through(lesson)
    runpy.run_path(str(lesson.path), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(until_nobody_reads(lambda: main(sys.argv[1:])))
