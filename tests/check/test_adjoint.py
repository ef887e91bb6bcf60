"""adjoint_check: pairs of linear operations, right ones of many shapes and planted mistakes."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad.check import GradCheckError, adjoint_check

SHAPES = [(1, 1, 2, 2), (1, 1, 3, 3), (2, 1, 3, 4), (2, 2, 5, 4)]


def im2col(x: Any) -> Any:
    """Windows of 2 × 2, one step apart: (N, C, H, W) → (N, C, 2, 2, OH, OW)."""
    n, c, h, w = x.shape
    out = np.zeros((n, c, 2, 2, h - 1, w - 1))
    for i in range(2):
        for j in range(2):
            out[:, :, i, j] = x[:, :, i:i + h - 1, j:j + w - 1]
    return out


def col2im(y: Any, shape: Any) -> Any:
    x = np.zeros(shape)
    _, _, h, w = shape
    for i in range(2):
        for j in range(2):
            x[:, :, i:i + h - 1, j:j + w - 1] += y[:, :, i, j]
    return x


def assigning(y: Any, shape: Any) -> Any:
    """= instead of +=."""
    x = np.zeros(shape)
    _, _, h, w = shape
    for i in range(2):
        for j in range(2):
            x[:, :, i:i + h - 1, j:j + w - 1] = y[:, :, i, j]
    return x


def averaging(y: Any, shape: Any) -> Any:
    return col2im(y, shape) / col2im(np.ones_like(y), shape)


def one_short(y: Any, shape: Any) -> Any:
    """The last kernel column is forgotten."""
    x = np.zeros(shape)
    _, _, h, w = shape
    for i in range(2):
        x[:, :, i:i + h - 1, :w - 1] += y[:, :, i, 0]
    return x


def turned(y: Any, shape: Any) -> Any:
    n, c, h, w = shape
    return col2im(y, shape).transpose(0, 1, 3, 2).reshape(shape) if h == w else col2im(y, shape)


def test_the_right_pair_passes_at_every_shape() -> None:
    assert adjoint_check(im2col, col2im, SHAPES).passed
    assert adjoint_check(lambda y: im2col(y).ravel(), lambda y, shape: col2im(y.reshape(
        shape[0], shape[1], 2, 2, shape[2] - 1, shape[3] - 1), shape), SHAPES)


@pytest.mark.parametrize("stride, padding", [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_minigrads_own_unfold_and_fold(stride: int, padding: int) -> None:
    unfold = lambda x: F.unfold(minigrad.tensor(x), 2, stride=stride, padding=padding)
    fold = lambda y, shape: F.fold(minigrad.tensor(y), shape[2:], 2, stride=stride, padding=padding)
    assert adjoint_check(unfold, fold, [(1, 1, 2, 2), (2, 2, 4, 5), (1, 3, 4, 3)])


PLANTED = {
    "not_accumulated": (im2col, assigning), "averaged": (im2col, averaging),
    "lost_entries": (im2col, one_short),
    "sign": (im2col, lambda y, shape: -col2im(y, shape)),
    "factor": (im2col, lambda y, shape: col2im(y, shape) / 4),
    "transposed": (im2col, turned),
    "reversed": (im2col, lambda y, shape: col2im(y, shape)[:, :, ::-1]),
    "transpose_missing": (lambda x: np.roll(x, 1, 3), lambda y: np.roll(y, 1, 3)),
    "inverse": (lambda x: 2 * np.roll(x, 1, 3) + 0.5 * x, lambda y: np.linalg.solve(
        2 * np.roll(np.eye(y.shape[3]), 1, 0) + 0.5 * np.eye(y.shape[3]), y[..., None])[..., 0]),
    "wrong_shape": (im2col, lambda y: y.sum((2, 3))),
    "not_adjoint": (im2col, lambda y, shape: col2im(y * np.arange(1, 1 + y.size).reshape(y.shape), shape)),
}


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_planted_mistake_is_named(kind: str, shape: Any) -> None:
    if kind == "transposed" and shape[2] != shape[3]:
        pytest.skip("axes of different lengths cannot be swapped unseen")
    report = adjoint_check(*PLANTED[kind], shape, raise_exception=False)
    assert not report.passed and report.kind == kind, report


def test_not_linear() -> None:
    cases = {"of zeros it makes 3": lambda x: x + 3, "is not linear: f(2u − 3v)": lambda x: x * x,
             "though f(2u) = 2 f(u)": np.abs}
    for words, f in cases.items():
        report = adjoint_check(f, lambda y: y, (3,), raise_exception=False)
        assert report.kind == "not_linear" and words in " ".join(report.text.split())
    report = adjoint_check(lambda x: 2 * x, lambda y: np.maximum(2 * y, 0), (3,), raise_exception=False)
    assert report.kind == "not_linear"


def test_random_and_careless_operations() -> None:
    random = np.random.default_rng(0)
    report = adjoint_check(lambda x: x * random.random(), lambda y: y, (2,), raise_exception=False)
    assert report.kind == "random"

    def careless(x: Any) -> Any:
        x *= 2
        return x
    assert adjoint_check(careless, lambda y: 2 * y, (2,), raise_exception=False).kind == "changes_input"
    assert adjoint_check(lambda x: "x", lambda y: y, (2,), raise_exception=False).kind == "wrong_type"


def test_the_message_is_of_the_smallest_shape_that_fails() -> None:
    text = adjoint_check(im2col, assigning, (3, 2, 6, 7), raise_exception=False).text
    assert "not the adjoint of im2col for x of shape (1, 1, 2, 3)" in text
    assert "⟨A x, y⟩ = " in text and "⟨x, Aᵀ y⟩ = " in text
    assert "first at x[0, 0, 0, 1] and y[0, 0, 0, 0, 0, 1]: weight 0, expected 1" in text
    with pytest.raises(GradCheckError, match="assigning: not the adjoint of im2col"):
        adjoint_check(im2col, assigning, (3, 2, 6, 7))


def test_several_shapes_are_tried_from_the_smallest_on() -> None:
    seen = []

    def op(x: Any) -> Any:
        seen.append(x.shape)
        return 2 * x
    assert adjoint_check(op, lambda y: 2 * y, [(4, 4), (2,), (1, 3)], draws=1).passed
    assert list(dict.fromkeys(seen)) == [(2,), (1, 3), (4, 4)]


def test_an_error_at_a_large_shape_only_is_found_by_that_shape() -> None:
    wrong_from_4 = lambda y: np.where(np.arange(len(y)) > 3, 0, 1) * y
    assert adjoint_check(lambda x: x, wrong_from_4, [(2,), (4,)]).passed
    report = adjoint_check(lambda x: x, wrong_from_4, [(2,), (9,)], raise_exception=False)
    assert report.kind == "lost_entries" and "for x of shape (5,)" in report.text or "(6,)" in report.text
