"""python -m lessons check: grade exercises."""
from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Iterable, Sequence

from tqdm import tqdm

from lessons.player.catalog import all_lessons
from lessons.player.shell import python
from .catalog import EXERCISES, FOLDER, Entry, default_folder, find
from .files import to_json, to_junit
from .reading import where
from .report import WIDTH, Report, listing, summary
from .grade import cases_of, grade
from .results import CaseResult, Result
from .sandbox import Sandbox, WorkerLost
from .stored import CannotLoad
from .stub import file_of, untouched

EPILOG = """\
Without an exercise: the list of all, and how far each is.
The files are those in the current folder if it holds any, else those in lessons/exercises.
Exit code: 0 when all that was graded has passed, 1 when not, 2 when nothing could be graded."""


def main(arguments: list[str]) -> int:
    """Grade what ``arguments`` name; 0 when all passed, 1 when not, 2 when they make no sense."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    entries = []
    for key in options.exercise:
        entry = find(key)
        if entry is None:
            parser.error(f"there is no exercise {key!r}; there are 1 to {len(EXERCISES)}: "
                         f"{', '.join(x.name for x in EXERCISES)}")
        entries.append(entry)
    if options.all and entries:
        parser.error("give either exercises or --all")
    if options.file and len(entries) != 1:
        parser.error("--file goes with one exercise: check 4 --file my.py")
    if options.json == options.junit == "-":
        parser.error("--json and --junit cannot both go to standard output")
    folder = options.folder or default_folder()
    if not folder.is_dir():
        parser.error(f"there is no folder {folder}")
    try:
        if not entries and not options.all:
            return show_list(folder, seed_of(options.seed, options.student))
        return grade_all(entries or list(EXERCISES), folder, options)
    except (WorkerLost, CannotLoad) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 2


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m lessons check", description="Grade exercises.",
                                     epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exercise", nargs="*", help="numbers or names, as 4 or matmul")
    parser.add_argument("--all", action="store_true", help="grade all of them")
    parser.add_argument("--file", type=Path, help="grade this file (with one exercise)")
    parser.add_argument("--folder", type=Path, help="grade the files in this folder")
    parser.add_argument("--seed", type=int, metavar="N", help="decides the random cases (0; in a hand-out "
                        "those that came with it)")
    parser.add_argument("--student", metavar="NAME",
                        help="random cases of the student's own, the same each time for a seed")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON (- for standard output)")
    parser.add_argument("--junit", metavar="FILE", help="write them as JUnit XML (- for standard output)")
    parser.add_argument("--timeout", type=positive, metavar="S",
                        help="seconds for one exercise, all cases together (20 unless it says otherwise)")
    return parser


def positive(text: str) -> float:
    """A type for argparse: a number above 0."""
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def seed_of(seed: int | None, student: str | None) -> int | None:
    """One number from a seed and a student's name; None if there is neither."""
    if student is None:
        return None if seed is None else abs(seed)
    return int.from_bytes(hashlib.sha256(f"{seed or 0}/{student}".encode()).digest()[:6], "big")


def grade_all(entries: Sequence[Entry], folder: Path, options: argparse.Namespace) -> int:
    """Grade, report, and write the files; 0 when all passed."""
    seed = seed_of(options.seed, options.student)
    report = sys.stderr if "-" in (options.json, options.junit) else sys.stdout
    lessons = all_lessons()
    results = []
    with Sandbox(ahead=len(entries) > 1) as sandbox:
        for entry in progress(entries):
            path = options.file or file_of(entry, folder)
            results.append(check(sandbox, entry, path, seed, options.timeout))
    styled = report.isatty() and "NO_COLOR" not in os.environ
    width = min(WIDTH, max(60, shutil.get_terminal_size().columns)) if report.isatty() else WIDTH
    for result in results:
        print(Report(result, where(result.entry, lessons), styled, len(results) > 1, width), file=report)
    if len(results) > 1:
        print(f"\n{summary(results)}", file=report)
    about = {"seed": options.seed or 0, "student": options.student}
    written = [write(to_json(results, **about), options.json), write(to_junit(results), options.junit)]
    if not all(written):
        return 2
    return 0 if all(result.all_passed for result in results) else 1


def progress(entries: Sequence[Entry]) -> Iterable[Entry]:
    """The exercises, with a bar if they take longer than a moment; none where output is piped."""
    return tqdm(entries, desc="exercises", unit="exercise", disable=None, delay=1.5, leave=False)


def check(sandbox: Sandbox, entry: Entry, path: Path, seed: int | None, seconds: float | None = None,
          explain: bool = True, small: bool = True) -> Result:
    """Grade one exercise in one file; without ``explain`` only count what passes, without ``small`` look for
    no smaller inputs that fail."""
    began = time.monotonic()
    there = os.path.lexists(path) and not path.is_dir()
    if there and not untouched(path, entry):
        result = grade(sandbox, entry, path, seed, seconds, explain, small)
    else:
        _, cases = cases_of(entry, seed)
        result = Result(entry, str(path), [CaseResult(case.name) for case in cases])
        result.state = result.kind = "not started" if there else "missing"
        names = " and ".join(filter(None, (", ".join(entry.functions[:-1]), entry.functions[-1])))
        result.message = (f"Write {names} in {os.path.relpath(path)}." if there else
                          f"There is no file {os.path.relpath(path)}.")
    result.seconds = time.monotonic() - began
    return result


def show_list(folder: Path, seed: int | None) -> int:
    """Print all exercises and how far each is; those that were not begun are not run."""
    here = [entry for entry in EXERCISES if file_of(entry, folder).is_file()]
    rows = []
    with Sandbox() as sandbox:
        for entry in progress(here or EXERCISES):
            path = file_of(entry, folder)
            state = "not started" if path.is_file() else "no file"
            if path.is_file() and not untouched(path, entry):
                state = check(sandbox, entry, path, seed, seconds=5.0, explain=False).score
            rows.append((entry, state))
    print(f"{listing(rows)}\n\nThe files are in {folder.resolve()}\n"
          f"{python()} -m lessons check {rows[0][0].number}        grade an exercise; --help shows more")
    if folder == FOLDER and "site-packages" in FOLDER.parts:
        print(f"{python()} -m lessons handout DIR    write them into a folder of your own")
    return 0


def write(content: str, target: str | None) -> bool:
    """Write to a file, or to standard output for "-"; False when that cannot be done."""
    if target == "-":
        if hasattr(sys.stdout, "reconfigure"):      # for programs: JSON and this XML are UTF-8 everywhere
            sys.stdout.reconfigure(encoding="utf-8")
        print(content, end="")
    elif target is not None:
        try:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            Path(target).write_text(content, encoding="utf-8")
        except OSError as error:
            print(f"cannot write {target}: {error.strerror}", file=sys.stderr)
            return False
    return True
