"""gradcheck_function: students' code on NumPy arrays. What it returns or does wrongly is said by name."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.check import GradCheckError, Report, gradcheck_function
from minigrad.errors import DTypeError

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])


def check(forward: Any, backward: Any, inputs: Any, **options: Any) -> Report:
    return gradcheck_function(forward, backward, inputs, raise_exception=False, **options)


def flat(report: Report) -> str:
    """The text in one line."""
    return " ".join(report.text.split())


def mul(x: Any, w: Any) -> Any:
    return x * w


def test_what_the_report_holds() -> None:
    report = check(mul, lambda g, x, w: (g * w, g * w), [X, X + 1])
    assert not report and report.passed is False and report.kind == "wrong_input"
    assert [c.name for c in report.comparisons] == ["x", "w"] and [c.name for c in report.failed] == ["w"]
    found = report.failed[0]
    assert found.position == 1 and found.shape == (2, 3) and found.wrong.all() and found.compared == 6
    assert report.text == str(report)
    assert report.text.startswith("mul: the gradient of input 1 (w, shape (2, 3))")
    right = check(mul, lambda g, x, w: (g * w, g * x), [X, X + 1])
    assert right and right.kind == "" and right.failed == [] and "agrees in 6 entries" in right.text


def test_a_failure_is_raised_unless_told_otherwise() -> None:
    with pytest.raises(GradCheckError, match="input 0 .*the sign is flipped|input 0"):
        gradcheck_function(np.sin, lambda g, x: -g * np.cos(x), [X])
    assert gradcheck_function(np.sin, lambda g, x: g * np.cos(x), X).passed


def test_every_wrong_input_is_told() -> None:
    text = check(mul, lambda g, x, w: (-g * w, 2 * g * x), [X, X + 1]).text
    assert "input 0 (x, shape (2, 3)) is wrong" in text and "also: the gradient of input 1 (w" in text


def test_numbers_lists_float32_and_options() -> None:
    assert check(lambda x, y: x * y, lambda g, x, y: (g * y, g * x), [2.0, 3.0])
    assert check(lambda x: np.sum(x ** 2), lambda g, x: 2 * g * x, [[1.0, 2.0]])
    assert check(lambda x, k: x ** k, lambda g, x, k: g * k * x ** (k - 1), [X, 3])
    assert check(lambda x, k: x ** k, lambda g, x, k: (g * k * x ** (k - 1), None), [X, 3])
    report = check(np.sin, lambda g, x: g * np.cos(x), [X.astype(np.float32)])
    assert report and report.notes == ["input 0 is float32; the check computed with a float64 copy"]
    assert check(lambda x, labels: x[[0, 1], labels], lambda g, x, labels: g[:, None] * (
        np.arange(3) == labels[:, None]), [X, np.array([2, 0])])


def test_targets_without_gradient_and_inputs_by_name() -> None:
    loss = lambda y_hat, y: ((y_hat - y) ** 2).sum()
    assert check(loss, lambda g, y_hat, y: (2 * g * (y_hat - y), None), [X, X + 1])
    assert check(loss, lambda g, y_hat, y: 2 * g * (y_hat - y), [X, X + 1], checked=["y_hat"])
    assert check(loss, lambda g, y_hat, y: 2 * g * (y_hat - y), [X, X + 1], checked=[0])
    report = check(loss, lambda g, y_hat, y: (2 * g * (y_hat - y), None), [X, X + 1], checked=["y_hat", "y"])
    assert report.kind == "no_gradient" and "backward returned None for it" in report.text


def test_several_outputs_have_several_upstream_gradients() -> None:
    forward = lambda x: (np.sin(x), x.sum(0))
    assert check(forward, lambda gs, x: gs[0] * np.cos(x) + gs[1], [X])
    assert check(forward, lambda gs, x: gs[0] * np.cos(x), [X]).kind == "one_output"


def test_tensors_may_be_returned() -> None:
    assert check(lambda x: minigrad.tensor(x).exp(), lambda g, x: minigrad.tensor(g * np.exp(x)), [X])


RETURNED = {
    "nothing": (lambda g, x, w: None, "wrong_type", "a return missing"),
    "one of two": (lambda g, x, w: g * w, "wrong_count", "1 gradient, expected 2: one for each of x, w"),
    "three": (lambda g, x, w: (g, g, g), "wrong_count", "returned 3 gradients, expected 2"),
    "text": (lambda g, x, w: ("a", "b"), "wrong_type", "expected an array of floating numbers"),
    "complex": (lambda g, x, w: (1j * g, g), "wrong_type", "complex128"),
    "ragged": (lambda g, x, w: ([[1.0], [1.0, 2.0]], g), "wrong_type", "gradient of x"),
}


@pytest.mark.parametrize("what", RETURNED)
def test_what_is_no_gradient_is_named(what: str) -> None:
    backward, kind, words = RETURNED[what]
    report = check(mul, backward, [X, X + 1])
    assert report.kind == kind and words in flat(report) and report.comparisons == []
    with pytest.raises(GradCheckError):
        gradcheck_function(mul, backward, [X, X + 1])


def test_forward_without_return() -> None:
    report = check(lambda x: None, lambda g, x: g, [X])
    assert report.kind == "wrong_type" and "forward returned None" in report.text


def test_inputs_changed_in_place_are_named() -> None:
    def shifting(x: Any) -> Any:
        x += 1
        return x

    def careless(g: Any, x: Any) -> Any:
        g *= np.cos(x)
        return g
    report = check(shifting, lambda g, x: g, [X])
    assert report.kind == "changes_input" and "forward changed input 0 in place" in report.text
    report = check(np.sin, careless, [X])
    assert report.kind == "changes_input" and "backward changed the upstream gradient in place" in report.text
    before = X.copy()
    check(shifting, careless, [X])
    assert np.array_equal(X, before)


def test_randomness_and_memory_are_noticed() -> None:
    random = np.random.default_rng(0)
    report = check(lambda x: x * random.random(x.shape), lambda g, x: g, [X])
    assert report.kind == "random" and "when it was called again" in report.text
    assert check(np.sin, lambda g, x: g * np.cos(x) + random.random(), [X]).kind == "random"
    collected = np.zeros_like(X)

    def accumulating(g: Any, x: Any) -> Any:
        nonlocal collected
        collected = collected + g * np.cos(x)
        return collected
    assert check(np.sin, accumulating, [X]).kind == "random"


def test_whole_numbers_have_no_slope() -> None:
    with pytest.raises(DTypeError, match="x has to be floating|Write 1.0 instead of 1"):
        gradcheck_function(mul, lambda g, x, w: (g, g), [1, 2])
    with pytest.raises(DTypeError, match="labels has to be floating"):
        gradcheck_function(lambda x, labels: x, lambda g, x, labels: g, [X, np.array([1])],
                           checked=["labels"])


def test_errors_of_the_code_itself_go_through() -> None:
    def broken(g: Any, x: Any) -> Any:
        raise NotImplementedError("write me")
    with pytest.raises(NotImplementedError, match="write me"):
        gradcheck_function(np.sin, broken, [X])


def test_a_function_that_ignores_an_input() -> None:
    assert check(lambda x, w: x * 2.0, lambda g, x, w: (2 * g, 0 * w), [X, X])
    report = check(lambda x, w: x * 2.0, lambda g, x, w: (2 * g, g), [X, X])
    assert [c.name for c in report.failed] == ["w"]


def test_sum_and_another_mistake_are_both_told() -> None:
    report = check(lambda x, b: x + b, lambda g, x, b: (g, -g), [X, X[0]])
    assert [d.kind for d in report.failed[0].diagnoses] == ["not_summed", "sign"]
    assert "Summed, it agrees in 0 of 3 entries" in flat(report) and "the sign is flipped" in flat(report)


def test_empty_inputs_pass() -> None:
    assert check(np.sin, lambda g, x: g * np.cos(x), [np.zeros((0, 3))])


def test_the_examples_of_the_sketch() -> None:
    """The two failures that the check was drawn up with."""
    def mul_backward(g: Any, x: Any, w: Any) -> Any:
        return g * w, g * x
    assert check(mul, mul_backward, [X, X[0]]).text == (
        "mul_backward: the gradient of input 1 (w, shape (3,)) has the wrong shape\n"
        "  got (2, 3), expected (3,)\n"
        "  w was broadcast from (3,) to (2, 3); sum the gradient over axis 0. Summed, it\n"
        "    agrees in 3 of 3 entries.")

    def mse_backward(g: Any, y_hat: Any) -> Any:
        return g * 2 * y_hat
    lines = check(lambda y_hat: (y_hat ** 2).mean(), mse_backward, [X[:, :2].ravel()]).text.splitlines()
    assert lines[:2] == ["mse_backward: the gradient of input 0 (y_hat, shape (4,)) is wrong in 4 of 4",
                         "  entries"]
    assert lines[2].startswith("  worst at [2]: analytic ")
    assert lines[3] == "  analytic / numeric is 4.0000 everywhere: a factor 1/n is missing (n = 4, the"
