"""Write ``cupy_names.json``: every public name of the real CuPy and what it may be called with.

CuPy installs and imports without a GPU, so that this runs anywhere:

    pip install cupy-cuda13x && python tests/gpu/make_snapshot.py

The stand-in for CuPy takes its names from the file, and the check of the package's source does, too.
Each entry is ``null`` (not callable, or its arguments are unknown), ``"ufunc"``, or the list of its
parameters: a name, with ``=`` behind it when it has a default, ``*`` before it when it takes the rest.
"""
from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "cupy_names.json"
MODULES = ("cupy", "cupy.random", "cupy.linalg", "cupy.lib.stride_tricks", "cupy.cuda",
           "cupy.cuda.runtime", "cupy.cuda.nccl", "cupyx", "cupyx.profiler")
CLASSES = {"cupy.ndarray": ("cupy", "ndarray"), "cupy.RawKernel": ("cupy", "RawKernel"),
           "cupy.RawModule": ("cupy", "RawModule"), "cupy.cuda.Stream": ("cupy.cuda", "Stream"),
           "cupy.cuda.Graph": ("cupy.cuda", "Graph"), "cupy.cuda.Event": ("cupy.cuda", "Event"),
           "cupy.cuda.Device": ("cupy.cuda", "Device"),
           "cupy.cuda.MemoryPool": ("cupy.cuda", "MemoryPool"),
           "cupy.cuda.nccl.NcclCommunicator": ("cupy.cuda.nccl", "NcclCommunicator"),
           "cupy.cuda.nvrtc": ("cupy.cuda", "nvrtc")}          # an attribute, no module to import


def parameters(value: Any) -> Any:
    """The parameters of a function, method or class; from the first line of its docstring if need be."""
    if type(value).__name__ == "ufunc":
        return "ufunc"
    if not callable(value):
        return None
    try:
        found = inspect.signature(value).parameters.values()
    except (ValueError, TypeError):
        return from_docstring(value)
    return [written(p) for p in found if p.name != "self"]


def written(p: inspect.Parameter) -> str:
    if p.kind is p.VAR_POSITIONAL:
        return f"*{p.name}"
    if p.kind is p.VAR_KEYWORD:
        return f"**{p.name}"
    return p.name + ("" if p.default is p.empty else "=")


def from_docstring(value: Any) -> Any:
    """Cython writes the signature into the first line: ``_ndarray_base.sum(self, axis=None, …) -> …``."""
    first = (value.__doc__ or "").strip().partition("\n")[0]
    match = re.match(r"[\w.]+\((.*)\)(\s*->.*)?$", first)
    if not match:
        return None
    names = []
    for part in re.split(r",\s*(?![^(\[]*[)\]])", match.group(1)):
        name, equals, _ = part.partition("=")
        name = name.strip().split(" ")[-1]          # ``_ndarray_base out=None``: the type comes first
        if name not in ("", "self", "*", "/"):
            names.append(name + equals)
    return names


def members(owner: Any, private: bool = False) -> dict[str, Any]:
    names = [n for n in dir(owner) if private or not n.startswith("_")]
    return {n: parameters(getattr(owner, n)) for n in names if hasattr(owner, n)}


def main() -> None:
    """Look at the installed CuPy and write the file."""
    cupy = importlib.import_module("cupy")
    found = {name: members(importlib.import_module(name)) for name in MODULES}
    for name, (module, attribute) in CLASSES.items():
        found[name] = members(getattr(importlib.import_module(module), attribute), private=True)
    content = {"version": cupy.__version__, "names": found}
    lines = json.dumps(content, indent=0, sort_keys=True)
    lines = re.sub(r"\n(?=[\"\]][^\n]*[,\]]?\n?)(?![^\n]*[:{])", " ", lines)
    FILE.write_text(lines + "\n", encoding="utf-8")
    print(f"{FILE}: CuPy {cupy.__version__}, {sum(map(len, found.values()))} names", file=sys.stderr)


if __name__ == "__main__":
    main()
