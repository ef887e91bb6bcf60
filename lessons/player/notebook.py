"""--notebook: lessons as .ipynb files, by Jupytext."""
from __future__ import annotations

import sys
from pathlib import Path

from minigrad.files.writing import write_atomically

from .catalog import Lesson

_SETUP = '''\
# The lessons' shared parts: installed with minigrad, or in a clone of it around this notebook.
import importlib.util
import sys
from pathlib import Path

for folder in (Path.cwd(), *Path.cwd().parents):
    if (folder / "lessons" / "support" / "__init__.py").is_file():
        sys.path.insert(0, str(folder))
        break
else:
    if importlib.util.find_spec("lessons") is None:
        raise ModuleNotFoundError(
            "minigrad is not installed for this notebook. Run  %pip install -e FOLDER  in a cell, with the "
            "folder of the clone for FOLDER, restart the kernel, and run this cell again.")'''


def write_notebooks(lessons: list[Lesson], folder: Path) -> int:
    """Write each lesson as ``folder/NN_name.ipynb``; 2 when that is not possible.

    A file that is there already and differs is left alone, for it may hold a student's work; the new
    one then gets a free name beside it.
    """
    try:
        import jupytext
        import nbformat
    except ImportError:
        print('Notebooks are written by Jupytext: pip install -e ".[notebook]"', file=sys.stderr)
        return 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--notebook {folder}: cannot make this folder: {error.strerror}.", file=sys.stderr)
        return 2
    for lesson in lessons:
        notebook = jupytext.read(lesson.path, fmt="py:percent")
        first = 1 if notebook.cells and notebook.cells[0].cell_type == "raw" else 0
        del notebook.cells[:first]              # the header: what the list of lessons shows
        setup = nbformat.v4.new_code_cell(_SETUP)
        notebook.cells.insert(1, setup)         # after the title
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3",
                                           "language": "python"}
        for number, cell in enumerate(notebook.cells):
            if "hidden" in cell.metadata.get("tags", ()):
                folded = {"source_hidden": True}                # a click opens it
                if "audit" in cell.metadata["tags"]:
                    folded["outputs_hidden"] = True
                cell.metadata["jupyter"] = folded
            cell["id"] = f"cell-{number:02d}"   # the same file each time
        target = folder / f"{lesson.path.stem}.ipynb"
        content = nbformat.writes(notebook) + "\n"
        if target.exists() and target.read_text(encoding="utf-8") != content:
            target = _free_name(target)
            print(f"{lesson.path.stem}.ipynb is there already and differs; the new one is "
                  f"{target.name}")
        write_atomically(target, content.encode())
        print(target)
    return 0


def _free_name(path: Path) -> Path:
    number = 2
    while (found := path.with_name(f"{path.stem}-{number}.ipynb")).exists():
        number += 1
    return found
