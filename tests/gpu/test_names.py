"""Every name and keyword that the package uses of CuPy exists in the real one.

Checked against ``cupy_names.json``, and against CuPy itself where it is installed (without a GPU, too).
"""
from __future__ import annotations

import ast
import importlib
import importlib.util
from typing import Any

import pytest

from . import array_names, make_snapshot
from .stand_in.array import NAMES

USES = list(array_names.uses())
#: Functions of NumPy that CuPy lacks, or whose keywords it lacks: they are called on host values only.
HOST_ONLY = {"errstate", "dtype", "ndindex", "lib.NumpyVersion"}


def entry(name: str) -> Any:
    """What the snapshot says of a dotted name; KeyError when CuPy lacks it."""
    module, _, last = f"cupy.{name}".rpartition(".")
    if NAMES["cupy"].get(module.removeprefix("cupy.")) == "ufunc" and last in ("at", "reduce", "accumulate"):
        return None
    if module in NAMES:
        return NAMES[module][last]
    if module == "cupy.lib":
        return None                                     # a part on the way to lib.stride_tricks
    raise KeyError(name)


def complaint(use: array_names.Use) -> str | None:
    """What is wrong with a use, or None."""
    if use.name == "_core" or use.name.startswith("_"):
        return None
    try:
        allowed = entry(use.name)
    except KeyError:
        return f"{use.place}: cupy.{use.name} does not exist"
    if allowed == "ufunc":
        allowed = ["out=", "dtype=", "casting="]
    if not isinstance(allowed, list) or any(p.startswith("**") for p in allowed):
        return None
    known = {p.rstrip("=").lstrip("*") for p in allowed}
    wrong = [k for k in use.keywords if k not in known]
    return f"{use.place}: cupy.{use.name} has no {', '.join(wrong)}" if wrong else None


def test_every_name_and_keyword_exists() -> None:
    assert len(USES) > 80, "the search finds too little"
    assert not [text for text in map(complaint, USES) if text]


def test_functions_of_numpy_that_may_meet_device_arrays_exist_too() -> None:
    found = [use for use in array_names.numpy_uses() if use.name not in HOST_ONLY]
    assert len(found) > 80 and not [text for text in map(complaint, found) if text]


@pytest.mark.parametrize("code, wrong", [
    ("xp.errstate()", "cupy.errstate does not exist"), ("xp.sum(x, where=m)", "cupy.sum has no where"),
    ("array_module(x).maximum(x, y, where=m)", "cupy.maximum has no where"),
    ("cupy.cuda.Streams()", "cupy.cuda.Streams does not exist"), ("xp.zeros(3, dtype=d)", ""),
    ("cupy.cuda.Stream(blocking=True)", "cupy.cuda.Stream has no blocking"),
    ("xp.lib.stride_tricks.as_strided(x, shape=s)", "")])
def test_the_check_sees_a_mistake(code: str, wrong: str) -> None:
    call = ast.parse(code).body[0].value                # type: ignore[attr-defined]
    use = array_names.Use(array_names.dotted(call.func), tuple(k.arg for k in call.keywords), "here")
    assert (complaint(use) or "").removeprefix("here: ") == wrong


@pytest.mark.skipif(importlib.util.find_spec("cupy") is None, reason="CuPy is not installed")
def test_the_snapshot_is_that_of_the_installed_cupy() -> None:
    for name in ("cupy", "cupy.cuda", "cupy.lib.stride_tricks"):
        real = make_snapshot.members(importlib.import_module(name))
        used = {u.name.rpartition(".")[2] for u in USES}
        for member in used & set(NAMES[name]):
            assert member in real and real[member] == NAMES[name][member], f"{name}.{member}"
