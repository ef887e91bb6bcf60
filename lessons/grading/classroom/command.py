"""python -m lessons grade: grade the submissions of a class."""
from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Any, Sequence

from tqdm import tqdm

from ..catalog import EXERCISES, FOLDER, Entry, find
from ..command import positive
from ..sandbox import WorkerLost
from ..stored import CannotLoad
from . import exports
from .mistakes import commonest
from .points import Lateness, moment_of, rule_of, scheme, weights_of
from .record import Record, load, write_whole
from .similarity import Unit, pairs, units
from .submissions import Submission, find as find_submissions
from .summary import summary

EPILOG = """\
SUBMISSIONS holds a folder or a zip file for each student, or what Moodle or Canvas let a teacher
download, unpacked. Files are found by their names as far as these go, or by what they define.

In DIR are then: grades.csv; mistakes.csv, the class's commonest; similar.txt; nbgrader.csv; junit.xml;
feedback/NAME.txt for each student; gradescope/NAME/results.json; records/, which --resume needs.

Exit code: 0 when all were graded, whatever their grades; 1 when some could not be; 2 when nothing was."""


def main(arguments: list[str]) -> int:
    """Grade a class; see EPILOG."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        weights = weights_of(options.weights or "")
        percent, most = rule_of(options.late)
        lateness = Lateness(moment_of(options.due) if options.due else None, percent, most, options.grace)
        times = times_of(options.times) if options.times else {}
    except ValueError as error:
        parser.error(str(error))
    entries = [entry for entry in chosen(parser, options.exercise) if weights.get(entry.name, 1.0) > 0]
    if not options.submissions.is_dir():
        parser.error(f"there is no folder {options.submissions}" + (
            ": unpack the zip first" if options.submissions.suffix.lower() == ".zip" else ""))
    out: Path = options.out
    if (out / "records").is_dir() and any((out / "records").iterdir()) and not options.resume:
        parser.error(f"{out} holds grades already. Go on with --resume, which grades again only what has "
                     "changed, or name another folder with --out")
    submissions, strangers = find_submissions(options.submissions)
    submissions = [x for x in submissions if all(path.resolve() != out.resolve() for path, _ in x.paths)]
    if not submissions:
        parser.error(f"{options.submissions} holds no submission: neither folders nor zip files")
    settings = {"exercises": [entry.number for entry in entries], "seed": abs(options.seed),
                "own_cases": options.own_cases, "timeout": options.timeout}
    began = time.monotonic()
    try:
        plan = scheme(entries, settings["seed"], weights)
        lost = grade_all(submissions, out, settings, options)
    except (WorkerLost, CannotLoad, OSError) as error:
        print(f"cannot grade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept: --resume goes on.", file=sys.stderr)
        return 2
    records = {x.key: record for x in submissions if (record := load(place(out, x.key)))}
    stubs = {x.name: units((FOLDER / x.file).read_text(encoding="utf-8")) for x in entries}
    handed_in = {key: {name: [Unit(*unit) for unit in found] for name, found in record["units"].items()}
                 for key, record in records.items()}
    alike = pairs(handed_in, stubs, options.similar / 100)
    grades = exports.graded(records.values(), plan, lateness, times, alike)
    mistakes = commonest(list(records.values()))
    name = options.submissions.resolve().name
    try:
        write_whole(out / "grades.csv", exports.to_csv(grades, entries, plan), "utf-8-sig")
        write_whole(out / "mistakes.csv", exports.to_mistakes(mistakes), "utf-8-sig")
        write_whole(out / "similar.txt", exports.to_similar(alike, records, entries))
        write_whole(out / "nbgrader.csv", exports.to_nbgrader(grades, name, lateness.due, plan))
        write_whole(out / "junit.xml", exports.to_junit(grades))
        for grade in grades:
            key = grade.record["key"]
            write_whole(out / "feedback" / f"{key}.txt", grade.record["report"])
            write_whole(out / "gradescope" / key / "results.json", exports.to_gradescope(grade, plan))
    except OSError as error:
        print(f"cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(summary(grades, entries, plan, mistakes, alike, time.monotonic() - began))
    for stranger in strangers[:5]:
        print(f"not graded, as it names no student: {stranger}")
    for key in lost:
        print(f"not graded, as it brought the grader down: {key}")
    print(f"All of it is in {out}")
    return 1 if lost else 0


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m lessons grade", description="Grade a class.",
                                     epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="the folder with all of them")
    parser.add_argument("exercise", nargs="*", help="numbers or names, if not all exercises are graded")
    parser.add_argument("--out", type=Path, default=Path("grades"), metavar="DIR",
                        help="where the grades go (grades)")
    parser.add_argument("--weights", metavar="LIST", help="points of exercises, as 5=20,walk=5 (10 each)")
    parser.add_argument("--due", metavar="TIME", help="when it was due: 2026-11-30, or 2026-11-30T18:00")
    parser.add_argument("--late", default="10", metavar="RULE", help="percent off for each day begun: 10, or "
                        "10:50 for 50 at most (10)")
    parser.add_argument("--grace", type=float, default=0.0, metavar="MIN", help="minutes that are forgiven")
    parser.add_argument("--times", type=Path, metavar="CSV", help="when they were handed in: lines of a "
                        "student's name or number, and a time. Without it, the dates of the files count")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="submissions at a time (one for each processor)")
    parser.add_argument("--resume", action="store_true", help="grade only what is new or has changed")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides the random cases (0)")
    parser.add_argument("--own-cases", action="store_true", help="random cases of each student's own")
    parser.add_argument("--timeout", type=positive, default=10.0, metavar="S",
                        help="seconds for one exercise, all cases together (10)")
    parser.add_argument("--similar", type=float, default=50.0, metavar="P",
                        help="list pairs that share this much of their code, in percent (50)")
    return parser


def chosen(parser: argparse.ArgumentParser, keys: Sequence[str]) -> list[Entry]:
    """The exercises with these numbers or names; all without any."""
    entries = []
    for key in keys:
        entry = find(key)
        if entry is None:
            parser.error(f"there is no exercise {key!r}; there are 1 to {len(EXERCISES)}")
        entries.append(entry)
    return sorted(set(entries)) or list(EXERCISES)


def times_of(path: Path) -> dict[str, datetime]:
    """When each submission was handed in, from a CSV file. Raises ValueError, which says what is wrong."""
    found = {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            for i, row in enumerate(csv.reader(file)):
                cells = [cell.strip() for cell in row if cell.strip()]
                if len(cells) < 2:
                    continue
                try:
                    found[cells[0]] = moment_of(cells[-1])
                except ValueError:
                    if i:                               # the first line may be a heading
                        raise
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    return found


def place(out: Path, key: str) -> Path:
    """Where the record of a submission is."""
    return out / "records" / f"{key}.json"


def grade_all(submissions: Sequence[Submission], out: Path, settings: dict[str, Any],
              options: argparse.Namespace) -> list[str]:
    """Have all of them graded; the keys of those that brought a worker down, twice."""
    (out / "records").mkdir(parents=True, exist_ok=True)
    local = threading.local()
    workers: list[Worker] = []
    stop = threading.Event()

    def one(submission: Submission) -> str | None:
        """Grade one; its key if that cannot be done."""
        request = {"key": submission.key, "student": submission.student, "number": submission.number,
                   "late": submission.late, "settings": settings, "resume": options.resume,
                   "record": str(place(out, submission.key).resolve()),
                   "paths": [(str(path.resolve().parent / path.name), own) for path, own in submission.paths]}
        for _ in range(2):
            if stop.is_set():
                return None
            if getattr(local, "worker", None) is None:
                local.worker = Worker()
                workers.append(local.worker)
            if local.worker.graded(request):
                return None
            local.worker = None
        return submission.key

    lost = []
    with ThreadPoolExecutor(max(1, min(options.jobs, len(submissions)))) as pool:
        waiting: set[Future[str | None]] = {pool.submit(one, submission) for submission in submissions}
        try:
            with tqdm(total=len(submissions), desc="grading", unit="student", disable=None) as bar:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    lost += [key for future in done if (key := future.result())]
                    bar.update(len(done))
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
            for worker in workers:
                worker.close()
    return sorted(lost)


class Worker:
    """A process that grades submissions; see ``worker``."""

    def __init__(self) -> None:
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
               "PYTHONPATH": os.pathsep.join(filter(None, [str(FOLDER.parents[1]),
                                                           os.environ.get("PYTHONPATH", "")]))}
        self.popen = subprocess.Popen([sys.executable, "-m", "lessons.grading.classroom.worker"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True,
                                      encoding="utf-8", start_new_session=os.name == "posix")

    def graded(self, request: dict[str, Any]) -> Record | None:
        """What the worker says when it has graded this; None when that has brought it down."""
        assert self.popen.stdin is not None and self.popen.stdout is not None
        try:
            self.popen.stdin.write(json.dumps(request) + "\n")
            self.popen.stdin.flush()
            answer: Record = json.loads(self.popen.stdout.readline())
            return answer
        except (OSError, ValueError):
            self.popen.kill()
            return None

    def close(self) -> None:
        """Let it end what it is at, and go."""
        try:
            if self.popen.stdin is not None:
                self.popen.stdin.close()
        except OSError:
            pass
        try:
            self.popen.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()
