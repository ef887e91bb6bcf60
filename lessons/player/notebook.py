"""--notebook: lessons as .ipynb files, with what their cells print and draw.

A lesson is run in a fresh kernel as it is written. One that takes minutes is run with --quick; its third cell
says so, and is where to change that.
"""
from __future__ import annotations

import ast
import copy
import io
import json
import os
import re
import shlex
import sys
import tempfile
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from tqdm import tqdm

from minigrad.files.writing import write_atomically

from .catalog import FOLDER, Lesson
from .cells import Cell, read_cells

Notebook = dict[str, Any]
TOOLS = "nbclient and ipykernel"

_CELL = re.compile(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py")

_INSTALL = '''\
# minigrad and its lessons: installed already, or installed now, from the clone
# or the package (.whl, .tar.gz) that lies in this folder or in one around it.
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("lessons") is None:
    found = [path for folder in (Path.cwd(), *Path.cwd().parents)
             for path in (*folder.glob("minigrad-*.whl"),
                          *folder.glob("minigrad-*.tar.gz"), folder)
             if path.is_file()
             or (path / "lessons" / "support" / "__init__.py").is_file()]
    if not found:
        raise ModuleNotFoundError(
            "minigrad is not installed for this notebook. Put its package "
            "(.whl or .tar.gz) beside the notebook, or the notebook into the "
            "clone, and run this cell again.")
    package = found[0]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet",
                    *(["-e"] if package.is_dir() else []), str(package)],
                   check=True)
    if package.is_dir():                # found at once, without a restart
        sys.path.insert(0, str(package))
    importlib.invalidate_caches()'''

_OPTIONS = '''\
# The lesson's options, as in a terminal: "--quick", "--seed 1", "--device cuda" …
OPTIONS = "{options}"{note}'''


def write_notebooks(lessons: list[Lesson], folder: Path, options: list[str], outputs: bool = True) -> int:
    """Write each lesson as ``folder/NN_name.ipynb``; 2 when that is not possible, 1 when a lesson fails.

    ``options`` are those of the lessons, for every one of them; without any, the longer ones get --quick.
    ``outputs``: run each lesson, and keep what it prints and draws.

    A file that is there already, with other cells, is left alone, for it may hold a student's work; the new
    one then gets a free name beside it.
    """
    if outputs and not _can_run():
        print(f'Notebooks are run by {TOOLS}: pip install -e ".[notebook]". With --no-outputs they are '
              "written without being run, which needs neither.", file=sys.stderr)
        return 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--notebook {folder}: cannot make this folder: {error.strerror}.", file=sys.stderr)
        return 2
    failed = 0
    for lesson in tqdm(lessons, desc="notebooks", unit="lesson", disable=None if outputs else True):
        notebook = notebook_of(lesson, options)
        if outputs:
            try:
                notebook = run(notebook)
            except LessonStopped as error:
                print(f"lesson {lesson.number} ({lesson.name}) failed:\n{error}", file=sys.stderr)
                failed = 1
                continue
        tqdm.write(str(_write(notebook, folder / f"{lesson.path.stem}.ipynb")))
    return failed


class LessonStopped(Exception):
    """A cell of a notebook failed; the message is the end of its traceback."""


def notebook_of(lesson: Lesson, options: list[str]) -> Notebook:
    """The lesson as a notebook that has not been run, the same on every machine."""
    cells = read_cells(lesson.path)
    long = "min" in lesson.time and not options
    chosen = "--quick" if long else shlex.join(options)
    note = f'\n# The shortest run that shows everything. OPTIONS = "" is the whole lesson: {lesson.time}.' \
        if long else ""
    before = [Cell(False, _INSTALL, 0, ("hidden",)),
              Cell(False, _OPTIONS.format(options=chosen.replace('"', '\\"'), note=note), 0, ())]
    made = [_cell(cell, f"cell-{number:02d}") for number, cell in enumerate([cells[0], *before, *cells[1:]])]
    return {"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"}}}


def _cell(cell: Cell, name: str) -> Notebook:
    metadata: Notebook = {}
    if cell.tags:
        metadata["tags"] = list(cell.tags)
    if "hidden" in cell.tags:                               # folded: a click opens it
        metadata["jupyter"] = {"source_hidden": True}
        if "audit" in cell.tags:
            metadata["jupyter"]["outputs_hidden"] = True
    source = cell.source if cell.is_text else _silent(cell.source)
    made: Notebook = {"cell_type": "markdown" if cell.is_text else "code", "id": name, "metadata": metadata,
                      "source": source.splitlines(keepends=True)}
    return made if cell.is_text else {**made, "execution_count": None, "outputs": []}


def _silent(source: str) -> str:
    """With a ; behind a call at the end: a notebook would show what it returns, a script does not."""
    end = ast.parse(source).body[-1]
    return f"{source};" if isinstance(end, ast.Expr) and source.endswith(")") else source


def _can_run() -> bool:
    try:
        import ipykernel  # noqa: F401
        import nbclient  # noqa: F401
    except ImportError:
        return False
    return True


def run(notebook: Notebook) -> Notebook:
    """The notebook with its outputs, from a kernel of this Python in an empty folder.

    Raises LessonStopped when a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    ran = nbformat.from_dict({**copy.deepcopy(notebook), "cells": [
        {**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]})
    path = os.pathsep.join(filter(None, (str(FOLDER.parent), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as empty, redirect_stderr(io.StringIO()):
        client = NotebookClient(ran, timeout=None, record_timing=False,
                                resources={"metadata": {"path": empty}},
                                extra_arguments=["--log-level=40"])     # errors only
        try:
            client.execute(env={**os.environ, "PYTHONPATH": path})
        except (CellExecutionError, DeadKernelError) as error:
            raise LessonStopped("\n".join(str(error).splitlines()[-20:])) from None
    made = json.loads(json.dumps(ran))
    for cell, before in zip(made["cells"], notebook["cells"]):
        cell["source"] = before["source"]
        if "outputs" in cell:
            cell["outputs"] = joined(cell["outputs"])
    return {**made, "metadata": notebook["metadata"]}


def joined(outputs: list[Notebook]) -> list[Notebook]:
    """Printed text in one piece, and of what a progress bar wrote over itself, nothing.

    >>> joined([{"output_type": "stream", "name": "stdout", "text": "a"},
    ...         {"output_type": "stream", "name": "stdout", "text": "b\\n  0%\\r 99%\\r   \\rc\\n"}])
    [{'output_type': 'stream', 'name': 'stdout', 'text': ['ab\\n', 'c\\n']}]
    """
    made: list[Notebook] = []
    for output in outputs:
        last = made[-1] if made else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            made.append(dict(output))
    for output in made:
        if output["output_type"] == "stream":
            lines = output["text"].replace("\r\n", "\n").split("\n")
            text = "\n".join(line.rpartition("\r")[2] if "\r" in line else line for line in lines)
            text = _CELL.sub("<cell>", text)            # as IPython calls it: another name in each run
            output["text"] = text.splitlines(keepends=True)
    return [output for output in made if output["output_type"] != "stream" or "".join(output["text"]).strip()]


def _write(notebook: Notebook, target: Path) -> Path:
    """Write the notebook to ``target``, or beside it where other cells are in the way."""
    if target.exists() and _cells_of(target) != [cell["source"] for cell in notebook["cells"]]:
        name, number = target.name, 2
        while target.exists():
            target = target.with_name(f"{Path(name).stem}-{number}.ipynb")
            number += 1
        tqdm.write(f"{name} is there already and differs; the new one is {target.name}")
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    write_atomically(target, (text + "\n").encode())
    return target


def _cells_of(path: Path) -> list[list[str]] | None:
    """The sources of a notebook's cells; None for a file that isn't one."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]).splitlines(keepends=True) for cell in cells]
    except (ValueError, LookupError, TypeError):
        return None
