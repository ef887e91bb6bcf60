"""What the student calls each tensor: the names of the variables where the call is.

Intermediate results without a variable get letters, in the order they were computed.
"""
from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping

from ..autograd import Tensor
from ..errors import DTypeError
from ..nn import Module

LETTERS = "abcdfhkmnpqrsuv"         # without e (2.718…), g (the upstream gradient), i, j, l, o, t
FOLDER = str(Path(__file__).parents[1])
CONTAINER = 100                     # entries of a list or dict that are searched


def chosen_names(names: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
    """The given names, or those of the caller's variables.

    Raises DTypeError for a name of something other than a Tensor.
    """
    if names is None:
        return names_in_scope()
    for name, value in names.items():
        if not isinstance(value, Tensor):
            raise DTypeError(f"names: expected a Tensor for {name!r}, got {type(value).__name__}. "
                             'Write names={"w": w}.')
    return dict(names)


def names_in_scope() -> dict[str, Tensor]:
    """The tensors among the variables of the innermost function outside minigrad."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(FOLDER):
        frame = frame.f_back
    found: dict[str, Tensor] = {}
    for scope in (frame.f_locals, frame.f_globals):
        variables = [(n, v) for n, v in list(scope.items()) if n.isidentifier() and n[0] != "_"]
        for name, value in variables:
            if isinstance(value, Tensor):
                found.setdefault(name, value)
        for name, value in variables:
            for path, tensor in _inside(name, value):
                found.setdefault(path, tensor)
    return found


def _inside(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """Tensors in a list, a tuple, a dict or a module: params[0], net[2].weight."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Module):
        for path, tensor in value.named_parameters():
            yield re.sub(r"\.(\d+)\b", r"[\1]", f"{name}.{path}"), tensor
    elif type(value) in (list, tuple) and len(value) <= CONTAINER:
        items = enumerate(value)
    elif type(value) is dict and len(value) <= CONTAINER:
        items = value.items()
    for key, item in items:
        if isinstance(item, Tensor):
            yield f"{name}[{key!r}]", item
        elif isinstance(item, Module):
            yield from _inside(f"{name}[{key!r}]", item)


def letters(count: int, taken: Iterable[str]) -> list[str]:
    """Names for ``count`` results: a, b, c, … or, if there are too many, t1, t2, t3, …"""
    used = set(taken)
    free = [c for c in LETTERS if c not in used]
    if count <= len(free):
        return free[:count]
    return numbered("t", count, used)


def numbered(prefix: str, count: int, taken: Iterable[str]) -> list[str]:
    """``count`` names such as t1, t2, t3, none of them taken."""
    used, k = set(taken), 0
    names: list[str] = []
    while len(names) < count:
        k += 1
        if f"{prefix}{k}" not in used:
            names.append(f"{prefix}{k}")
    return names
