"""What a teacher may want to look at in a student's file, told from its code without running it.

It is evidence, not proof, and code can be written that hides from it.
"""
from __future__ import annotations

import ast
from typing import Iterator, NamedTuple, Sequence

OURS = ("minigrad", "lessons")
ENGINES = ("torch", "jax", "tensorflow", "autograd", "tinygrad", "mxnet", "theano")
BEYOND = ("builtins", "ctypes", "gc", "importlib", "inspect", "multiprocessing", "os", "runpy", "shutil",
          "signal", "site", "socket", "subprocess", "urllib")
CALLS = ("__import__", "compile", "eval", "exec", "open", "setattr")
ATTRIBUTES = {"sys": ("_getframe", "meta_path", "modules", "path", "settrace", "setprofile")}


class Evidence(NamedTuple):
    """A line (0 where there is none), and what it does, as "imports os"."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line} {self.what}" if self.line else self.what


def suspicious(source: bytes) -> list[Evidence]:
    """What is found, in the order of the lines; nothing in a file that Python cannot read.

    >>> suspicious(b"import numpy as np\\nnp.allclose = lambda *a: True")
    [Evidence(line=2, what='replaces np.allclose')]
    """
    try:
        tree = ast.parse(source)
        imported = {alias.asname or alias.name.partition(".")[0] for node in ast.walk(tree)
                    if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
        return sorted({Evidence(getattr(node, "lineno", 0), what) for node in ast.walk(tree)
                       for what in seen(node, imported)})
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def seen(node: ast.AST, imported: set[str]) -> Iterator[str]:
    """What is to be said about one piece of code."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for name in names:
            first = name.partition(".")[0]
            if first in OURS + BEYOND:
                yield f"imports {name}"
            elif first in ENGINES:
                yield f"imports {name}, which computes gradients"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield f"calls {node.func.id}"
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        whole = f"{node.value.id}.{node.attr}"
        if node.attr in ATTRIBUTES.get(node.value.id, ()):
            yield f"uses {whole}"
        elif isinstance(node.ctx, ast.Store) and node.value.id in imported:
            yield f"replaces {whole}"
    elif isinstance(node, ast.Constant) and node.value in OURS:
        yield f"names {node.value}"


def forbidden(found: Sequence[Evidence]) -> Evidence | None:
    """The first import of minigrad or its lessons: no exercise is meant to be written with them."""
    return next((x for x in found if x.what.startswith(tuple(f"imports {name}" for name in OURS))), None)
