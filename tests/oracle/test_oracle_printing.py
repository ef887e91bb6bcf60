"""Tensors and shapes print as PyTorch prints them, with minigrad's name for a dtype and a shape."""
from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

SHAPES = [(), (1,), (5,), (0,), (3, 4), (2, 0), (0, 3), (2, 3, 4), (40,), (3, 50), (1001,), (40, 40),
          (12, 12, 12), (2, 600), (1, 2000), (500, 3), (2, 2, 2, 2)]


def lines(text: str) -> str:
    """Where the notes behind the numbers break depends on the length of the library's name."""
    return re.sub(r",\n {7}(dtype|size|requires|grad)", r", \1", text.replace("torch.", "minigrad."))


def disagreement(array: Any, **options: Any) -> str | None:
    ours, theirs = (lines(repr(library.tensor(array, **options))) for library in (minigrad, torch))
    return None if ours == theirs else f"{ours}\nPyTorch {theirs}"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_numbers(shape: tuple[int, ...]) -> None:
    rng, found = np.random.default_rng(0), []
    for scale in (1, 1e-3, 1e-6, 1e3, 1e5, 1e9):
        for dtype in (np.float32, np.float64, np.float16):
            with np.errstate(all="ignore"):
                x = np.asarray(rng.standard_normal(shape) * scale)
                found += [disagreement(x.astype(dtype)), disagreement(np.round(x).astype(dtype))]
    for values in ([0.0, np.inf, -np.inf, np.nan], [0.0, 1, 2, np.nan], [1e-5, 1000, 3e9, -2.5, np.inf]):
        found.append(disagreement(np.asarray(rng.choice(values, shape)).astype(np.float32)))
    for dtype in (np.int64, np.int32, np.int8, np.uint8):
        found.append(disagreement(np.asarray(rng.integers(0, 100, shape)).astype(dtype)))
    found += [disagreement(np.asarray(rng.integers(-100, 100, shape))), disagreement(np.asarray(
        rng.random(shape) < 0.5)), disagreement(np.asarray(rng.standard_normal(shape)), requires_grad=True)]
    assert not any(found), "\n".join(filter(None, found))[:2000]


def test_results_of_operations_and_shapes() -> None:
    texts = []
    for library in (minigrad, torch):
        x = library.tensor([[1.0, 2.5]], requires_grad=True)
        texts.append(lines(f"{x * 2} {(x + 1).exp()} {x.shape} {x.size()} {x.shape[:1]} {x.shape + (3,)} "
                           f"{x.T.shape} {x.sum().shape} {[x.shape]}"))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("options", [{"precision": 2}, {"threshold": 5}, {"edgeitems": 1, "threshold": 3},
                                     {"linewidth": 40}, {"sci_mode": True}, {"sci_mode": False},
                                     {"profile": "short"}, {"profile": "full"}], ids=str)
def test_options(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    try:
        for library in (minigrad, torch):
            library.set_printoptions(**options)
        found = [disagreement(rng.standard_normal(shape) * scale)
                 for shape in ((3,), (4, 20), (1100,), (3, 3, 3)) for scale in (1, 1e5)]
    finally:
        for library in (minigrad, torch):
            library.set_printoptions(profile="default", sci_mode=None)
    assert not any(found), "\n".join(filter(None, found[:3]))
