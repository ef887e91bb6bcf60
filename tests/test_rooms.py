"""The rooms of the package: README's map names all of them, and imports go only upwards in it."""
from __future__ import annotations

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Iterator, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from rooms import all_imports, room_of  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "minigrad"
FRONT = ("__init__", "__main__")        # the package's own names, from all rooms


class Import(NamedTuple):
    """``name``, taken by a file in ``room`` from a module of the package."""

    room: str
    place: str                          # "minigrad/nn/module.py:9"
    module: tuple[str, ...]             # ("autograd", "hooks")
    name: str


def rooms() -> list[str]:
    """What README's table names, in its order."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## The rooms\n")[2]
    named = re.findall(r"^\| (.+?) \| .+ \|$", section.partition("\n## ")[0], re.MULTILINE)
    return [path for row in named for path in re.findall(r"`([\w/.]+)`", row)]


def imports() -> Iterator[Import]:
    """Every import from within the package, but for those that are made for annotations alone."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        tree = ast.parse(path.read_text(encoding="utf-8"))
        idle = {inner for node in ast.walk(tree) if isinstance(node, ast.If)
                and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
                for statement in node.body for inner in ast.walk(statement)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node in idle:
                continue
            module = tuple((node.module or "").split(".")) if node.module else ()
            if node.level:
                module = (*inside[:len(inside) - node.level], *module)
            elif module[:1] == ("minigrad",):
                module = module[1:]
            else:
                continue
            for alias in node.names:
                yield Import(inside[0], f"minigrad/{'/'.join(inside)}.py:{node.lineno}",
                             module or (alias.name,), alias.name)


def test_the_map_names_every_room_and_nothing_else() -> None:
    named = rooms()
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) == len(set(named))
    found = {f"minigrad/{p.name}/" if p.is_dir() else f"minigrad/{p.name}" for p in PACKAGE.iterdir()
             if (p / "__init__.py").exists() or p.suffix == ".py" and p.stem not in FRONT}
    assert {path for path in named if path.startswith("minigrad/")} == found


def test_a_room_imports_only_from_rooms_before_it() -> None:
    order = [Path(path).stem for path in rooms() if path.startswith("minigrad/")]
    wrong = [f"{made.place} takes {made.name} from {made.module[0]}" for made in imports()
             if made.room not in FRONT and made.module[0] in order and made.room != made.module[0]
             and order.index(made.module[0]) > order.index(made.room)]
    assert wrong == []


def test_no_private_name_is_taken_from_another_file() -> None:
    found = list(imports())
    assert len(found) > 500                     # the imports are seen at all
    private = re.compile(r"_[^_]")
    assert [f"{made.place} takes {made.name}" for made in found
            if private.match(made.name) or any(private.match(part) for part in made.module)] == []


def test_no_file_of_the_engine_imports_itself_by_a_detour() -> None:
    """Not even for the type checker. ``prepare`` raises CycleError, which names the files."""
    found = {name: {t for t in targets if room_of(t) == "autograd"}
             for name, targets in all_imports().items() if room_of(name) == "autograd"}
    assert found["autograd.engine"] >= {"autograd.node", "autograd.tensor"}     # the imports are seen at all
    TopologicalSorter(found).prepare()
