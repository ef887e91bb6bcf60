"""Which of CuPy's names the package uses, read from its source, with the keywords of each call.

A name counts when it is reached from an array's own library (``xp.f``, ``array_module(x).f``) or from
``cupy``. Of NumPy's names, which are dispatched to CuPy when an argument is on the device, ``numpy_uses``
gives all; most of them are used on host values only.
"""
from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator, NamedTuple

PACKAGE = Path(__file__).parents[2] / "minigrad"
MODULES = {"xp", "cupy", "_cupy"}         # what a variable is called that holds CuPy
TABLES = {"pointwise", "pairwise", "comparison", "question", "_step"}
MAKERS = {"array_module", "array_module_of", "module_of", "cupy_module"}


class Use(NamedTuple):
    """One use: the dotted name below ``cupy``, the keywords of the call, and where it stands."""

    name: str
    keywords: tuple[str, ...]
    place: str


def uses(root: Path = PACKAGE) -> Iterator[Use]:
    """Every use in every file of the package."""
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or id(node) in inner:
                continue
            name = dotted(node)
            if name:
                call = called.get(id(node))
                words = tuple(k.arg for k in call.keywords if k.arg) if call else ()
                yield Use(name, words, f"{path.relative_to(root.parent)}:{node.lineno}")


def dotted(node: ast.expr) -> str:
    """``cuda.Stream`` for ``xp.cuda.Stream``; empty for what does not begin at CuPy."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
        if isinstance(node, ast.Name) and node.id in MODULES and parts:
            return ".".join(reversed(parts))
        if isinstance(node, ast.Attribute) and node.attr in MODULES and parts:
            return ".".join(reversed(parts))            # self._cupy.cuda.Stream
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
        return ".".join(reversed(parts))
    return ""


def numpy_uses(root: Path = PACKAGE, rooms: tuple[str, ...] = ("ops", "optim", "nn")) -> Iterator[Use]:
    """Every function of NumPy, called or in a line of a table, where arrays may be on the device."""
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TABLES:
                    yield from (Use(part.attr, (), f"{path.relative_to(root.parent)}:{node.lineno}")
                                for part in node.args if isinstance(part, ast.Attribute)
                                and isinstance(part.value, ast.Name) and part.value.id == "np")
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) \
                        and isinstance(node.func.value, ast.Name) and node.func.value.id == "np":
                    words = tuple(k.arg for k in node.keywords if k.arg)
                    yield Use(node.func.attr, words, f"{path.relative_to(root.parent)}:{node.lineno}")
