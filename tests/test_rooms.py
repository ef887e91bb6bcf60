"""The rooms of the package: the maps name all of them, imports go only down, and never in a circle."""
from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from rooms import APART, PICTURE, ROOT, all_imports, drawn, modules, room_of, rooms

MAPS = {"README.md": "\n## The rooms\n", "ARCHITECTURE.md": "# Architecture\n"}


def named_in(file: str) -> list[str]:
    """What the table of rooms in a file names, in order: "minigrad/nn/", "minigrad/amp.py", "lessons/"."""
    section = (ROOT / file).read_text(encoding="utf-8").partition(MAPS[file])[2]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", section.partition("\n## ")[0], re.MULTILINE)
    return [path for row in rows for path in re.findall(r"`([\w/.]+)`", row)]


@pytest.mark.parametrize("file", MAPS)
def test_the_map_names_every_room_and_nothing_else(file: str) -> None:
    named = named_in(file)
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) == len(set(named))
    assert {Path(path).stem for path in named if path.startswith("minigrad/")} == set(rooms())


@pytest.mark.parametrize("file", MAPS)
def test_a_room_imports_only_from_rooms_before_it(file: str) -> None:
    order = [Path(path).stem for path in named_in(file) if path.startswith("minigrad/")]
    wrong = [f"{name} takes from {target}" for name, targets in all_imports().items() for target in targets
             if not {room_of(name), room_of(target)} & APART
             and order.index(room_of(target)) > order.index(room_of(name))]
    assert wrong == []


def test_no_circle_of_files() -> None:
    """Imports that are made for the type checker alone count, too."""
    imports = all_imports()
    assert sum(map(len, imports.values())) > 500            # the imports are seen at all
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(f"files import each other in a circle: {' → '.join(error.args[1])}") from None


def test_no_private_name_is_taken_from_another_file() -> None:
    taken = [f"{path.relative_to(ROOT)}:{node.lineno} takes {alias.name}"
             for path in modules().values() for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.ImportFrom)
             and (node.level or (node.module or "").startswith("minigrad"))
             for alias in node.names
             if re.match(r"_[^_]", alias.name) or any(re.match(r"_[^_]", part)
                                                      for part in (node.module or "").split("."))]
    assert taken == []


def test_the_picture_of_the_rooms_is_drawn_from_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(rooms()), "python tests/rooms.py draws it again"
