"""Whether a student's file is still the stub, told from its code without running it."""
from __future__ import annotations

import ast
from pathlib import Path

from .catalog import Entry


def untouched(path: Path, entry: Entry) -> bool:
    """Whether every function of the exercise still raises NotImplementedError and does no more."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return False                        # the student has begun, or grading will say what is wrong
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return all(name in found and unwritten(found[name]) for name in entry.functions)


def unwritten(function: ast.FunctionDef) -> bool:
    """Whether a function's body is its docstring, pass, and raise NotImplementedError."""
    return all(isinstance(line, ast.Pass)
               or isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
               or isinstance(line, ast.Raise) and "NotImplementedError" in ast.dump(line)
               for line in function.body)
