"""The public names of minigrad: what ``__all__`` of a room, or of a module that stands alone, lists."""
from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import minigrad
from minigrad.errors.suggestions import plain

ROOT = Path(minigrad.__file__).resolve().parents[1]
APART = ("backend", "terminal", "habits", "utils", "__main__")     # machinery, other doors to the same names
INNER = ("nn.hooks", "plot.needs_matplotlib", "errors.suggestions", "errors.other_names")
ALONE = ("data.distributed", "nn.init", "nn.utils.prune", "nn.utils.parametrize", "nn.parallel",
         "optim.swa_utils", "amp",
         "distributions.constraints", "files.saving", "vision.utils", "statistics", "special", "quantization")


class Name(NamedTuple):
    """One function or class: the name to use, what it is, and its other names."""

    path: str  # minigrad.nn.functional.conv2d
    value: Any
    aliases: tuple[str, ...]

    @property
    def short(self) -> str:
        """The last part: conv2d."""
        return self.path.rpartition(".")[2]

    @property
    def room(self) -> str:
        """The module that a user imports it from: minigrad.nn.functional."""
        return self.path.rpartition(".")[0]

    @property
    def module(self) -> str:
        """The module that it is written in, as a path: minigrad/ops/convolution."""
        return str(self.value.__module__).replace(".", "/")

    def source(self) -> tuple[str, int]:
        """The file, seen from the top, and the line; ("", 0) for what has none."""
        return _source(inspect.unwrap(self.value))

    def signature(self) -> str:
        """The call, as one writes it: conv2d(input, weight, bias=None, …)."""
        try:
            found = inspect.signature(self.value)
        except (TypeError, ValueError):
            return f"{self.short}(...)"
        bare = [
            parameter.replace(annotation=inspect.Parameter.empty) for parameter in found.parameters.values()
        ]
        text = str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
        return self.short + re.sub(r"<(?:class|function) '?([\w.]+)'?(?: at 0x\w+)?>", r"\1", text)


@cache
def _source(value: Any) -> tuple[str, int]:
    try:
        file = inspect.getsourcefile(value)
    except TypeError:
        return "", 0
    if file is None:
        return "", 0
    if inspect.isfunction(value):
        line = value.__code__.co_firstlineno
    else:                           # inspect would parse the file anew for every class
        found = re.search(rf"^class {value.__name__}\b", _text(file), re.MULTILINE)
        line = 1 + _text(file).count("\n", 0, found.start()) if found else 1
    return Path(file).resolve().relative_to(ROOT).as_posix(), line


@cache
def _text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


@cache
def modules() -> tuple[str, ...]:
    """The modules whose names are public: those with ``__all__``, and the ones in ALONE."""
    found = ["minigrad"]
    for info in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        inner = info.name.removeprefix("minigrad.")
        if inner.split(".")[0] in APART or inner.endswith("plugin") or inner in INNER:
            continue
        if hasattr(importlib.import_module(info.name), "__all__") or inner in ALONE:
            found.append(info.name)
    return tuple(found)


@cache
def public_names() -> tuple[Name, ...]:
    """Each function and class once, under the shortest of its names, in the order of these."""
    paths: dict[int, list[str]] = {}
    values: dict[int, Any] = {}
    for path in modules():
        module = importlib.import_module(path)
        listed = getattr(module, "__all__", None)
        names = vars(module) if listed is None or path == "minigrad" else listed
        for name in names:
            value = getattr(module, name)
            if _is_public(name, value, path, listed):
                paths.setdefault(id(value), []).append(f"{path}.{name}")
                values[id(value)] = value
    made = []
    for key, found in paths.items():
        found.sort(
            key=lambda path: (path.rpartition(".")[2] != values[key].__name__, path.count("."), path)
        )
        made.append(Name(found[0], values[key], tuple(found[1:])))
    return tuple(sorted(made, key=lambda name: name.path.lower()))


def _is_public(name: str, value: Any, path: str, listed: list[str] | None) -> bool:
    if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
        return False
    own = str(getattr(value, "__module__", ""))
    return (
        own.startswith("minigrad")
        and own.removeprefix("minigrad.") not in INNER
        and (listed is not None or own == path)
    )


def find(key: str) -> list[Name]:
    """The names meant by ``key``: a whole path, its end (nn.Linear), or its last part, however written."""
    key = key.removeprefix("minigrad.").removeprefix("F.").removeprefix("torch.")
    exact = [
        name
        for name in public_names()
        if any(path == key or path.endswith(f".{key}") for path in (name.path, *name.aliases))
    ]
    if exact:
        return exact
    return [name for name in public_names() if plain(name.short) == plain(key.rpartition(".")[2])]
