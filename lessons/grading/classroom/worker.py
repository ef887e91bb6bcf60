"""A process that grades submissions, one after another, as the command tells it line by line.

It reads a student's files and has them run in a sandbox; so should a file bring down whoever reads it, it is
this process, and the command starts another one.
"""
from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lessons.player.catalog import all_lessons
from ..catalog import EXERCISES
from ..command import check, seed_of
from ..files import as_data
from ..reading import where
from ..report import Report, summary
from ..results import Result
from ..sandbox import Sandbox
from .matching import choose, helpers
from .reading import File, read
from .record import VERSION, Record, digest, dumps, load, write_whole
from .similarity import units

PATIENCE = 3                    # so many whole timeouts of one submission, then each is a fifth as long


def main() -> None:
    """Grade what standard input asks for, a line of JSON each; say of each that it is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # the command decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with Sandbox(ahead=True) as sandbox:
        for line in sys.stdin:
            request = json.loads(line)
            answers.write(json.dumps(graded(sandbox, request)) + "\n")
            answers.flush()


def graded(sandbox: Sandbox, request: dict[str, Any]) -> dict[str, Any]:
    """Grade one submission, unless its record says that this was done before."""
    path = Path(request["record"])
    files: list[File] = []
    notes: list[str] = []
    for place, own in request["paths"]:
        found, said = read(Path(place), own)
        files, notes = files + found, notes + said
    number = digest(files, [request[name] for name in ("student", "number", "late", "settings")])
    old = load(path) if request["resume"] else None
    if old is not None and old["digest"] == number:
        return {"key": request["key"], "again": False}
    record = made(sandbox, request, files, notes)
    write_whole(path, dumps({**record, "digest": number}))
    return {"key": request["key"], "again": True}


def made(sandbox: Sandbox, request: dict[str, Any], files: list[File], notes: list[str]) -> Record:
    """The record of a submission."""
    began = time.monotonic()
    settings = request["settings"]
    entries = [entry for entry in EXERCISES if entry.number in settings["exercises"]]
    chosen, said = choose(files, entries)
    seed = seed_of(settings["seed"], request["student"] if settings["own_cases"] else None) or 0
    results: list[Result] = []
    spent = 0.0
    with tempfile.TemporaryDirectory(prefix="submission-") as name:
        folder = Path(name)
        for file, text in helpers(files, chosen):
            (folder / file).write_text(text, encoding="utf-8", errors="replace")
        for entry in entries:
            if entry.name in chosen:
                (folder / entry.file).write_text(chosen[entry.name].text, encoding="utf-8", errors="replace")
        for entry in entries:
            seconds = settings["timeout"] if spent < PATIENCE * settings["timeout"] else \
                settings["timeout"] / 5
            result = check(sandbox, entry, folder / entry.file, seed, seconds, small=False)
            if any(case.kind == "timeout" for case in result.cases):
                spent += result.seconds
            result.path = chosen[entry.name].came_as if entry.name in chosen else ""
            if result.state in ("not started", "missing"):
                result.message = result.message.partition(" in ")[0] + "." \
                    if result.state == "not started" else f"There is no {entry.file}."
            results.append(result)
    lessons = all_lessons()
    report = "\n".join(str(Report(result, where(result.entry, lessons), brief=True)) for result in results)
    texts = {name: one.text for name, one in chosen.items()}
    return {"version": VERSION, "key": request["key"], "student": request["student"],
            "number": request["number"], "late": request["late"],
            "submitted": max((one.modified for one in chosen.values()), default=None),
            "notes": notes + said + ([] if files else ["no Python file"]),
            "exercises": as_data(results), "report": f"{report}\n\n{summary(results)}\n",
            "texts": texts, "units": {name: units(text) for name, text in texts.items()},
            "cpu": round(time.process_time(), 3), "seconds": round(time.monotonic() - began, 3)}


if __name__ == "__main__":
    main()
