"""Steps: neither truncation nor rounding, kinks nor the end of a domain fool the measurement."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad.check import Report, gradcheck, gradcheck_function
from minigrad.errors import GradCheckError, RangeError

Array = Any


def sech2(x: Array) -> Array:
    return 1 / np.cosh(x) ** 2


# f, f′ and the places where they are checked.
SMOOTH: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[float]]] = {
    "log": (np.log, lambda x: 1 / x, [1e-8, 1e-3, 1.0, 1e8]),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x ** 2, [1e-8, -1e-4, 3.0, 1e8]),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-8, 1e-2, 1e8]),
    "x²": (lambda x: x * x, lambda x: 2 * x, [0.0, 1e-8, 1.0, 1e8]),
    "x³": (lambda x: x ** 3, lambda x: 3 * x * x, [0.0, 1e-3, -1e8, 2.0]),
    "sin": (np.sin, np.cos, [0.0, 1e-8, 1e8, -12345.678]),
    "sin 1e4 x": (lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), [0.0, 0.3, 1e-8]),
    "sin 1e8 x": (lambda x: np.sin(1e8 * x), lambda x: 1e8 * np.cos(1e8 * x), [1e-8, 2e-8, 0.0]),
    "exp 50 x": (lambda x: np.exp(50 * x), lambda x: 50 * np.exp(50 * x), [0.0, 0.3, -0.2]),
    "steep tanh": (lambda x: np.tanh(1e6 * (x - 1)), lambda x: 1e6 * sech2(1e6 * (x - 1)), [1.0, 1 + 1e-7]),
    "narrow bell": (lambda x: np.exp(-(x / 1e-8) ** 2),
                    lambda x: -2e16 * x * np.exp(-(x / 1e-8) ** 2), [1e-8, -3e-9]),
    "far out": (lambda x: np.exp(-x / 1e8), lambda x: -1e-8 * np.exp(-x / 1e8), [1e8, 3e8]),
    "1e9 + sin": (lambda x: 1e9 + np.sin(x), np.cos, [0.5, -2.0]),
    "coarse inside": (lambda x: np.log(1 - 1 / (1 + np.exp(-x))), lambda x: -1 / (1 + np.exp(-x)),
                      [24.0, 25.0, 26.1423]),
    "(x + 1e7) − 1e7": (lambda x: ((x + 1e7) - 1e7) * 3, lambda x: 3 + 0 * x, [0.5, 1e-3]),
}


def check(f: Callable[..., Any], df: Callable[..., Any], x: list[float], **options: Any) -> Report:
    return gradcheck_function(f, lambda g, x: g * df(x), [np.array(x)], raise_exception=False, **options)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_right_derivative_passes_and_every_entry_is_compared(name: str) -> None:
    f, df, places = SMOOTH[name]
    for seed in range(3):
        for x in [places, *([place] for place in places)]:
            report = check(f, df, x, seed=seed)
            assert report.passed, report
            assert report.comparisons[0].compared == len(x)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_derivative_that_is_a_little_off_does_not(name: str) -> None:
    """One per cent in one entry: measured with one fixed step, half of these drown in its error."""
    f, df, places = SMOOTH[name]
    for place in places:
        report = check(f, lambda x: df(x) * 1.01, [place])
        assert report.passed is bool(df(np.array(place)) == 0), report


# f, a derivative, the places, and those that are left out, because no derivative exists there.
KINKED: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[float], list[bool]]] = {
    "abs": (np.abs, lambda x: np.where(x < 0, -1.0, 1.0), [0.0, 1e-9, -1e-5, 2.0],
            [True, False, False, False]),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, [0.0, 1e-9, -1e-9], [True, False, False]),
    "small relu": (lambda x: 1e-6 * np.maximum(x, 0), lambda x: (x > 0) * 1e-6, [0.0, 1.0], [True, False]),
    "bent abs": (lambda x: np.abs(x) + 1000 * x * x, lambda x: np.where(x < 0, -1.0, 1.0) + 2000 * x,
                 [0.0, 0.1], [True, False]),
    "floor": (np.floor, lambda x: 0 * x, [2.0, 2.5, -1.0], [True, False, True]),
    "clip": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) <= 1) * 1.0, [1.0, 0.3, -1.0, 4.0],
             [True, False, True, False]),
    "sqrt |x|": (lambda x: np.sqrt(np.abs(x)), lambda x: np.where(x == 0, 0.0, 0.5 / np.sqrt(np.where(
        x == 0, 1, np.abs(x)))) * np.sign(x) - 3.0 * (x == 0), [0.0, 0.5, -0.5], [True, False, False]),
    "√x at its end": (np.sqrt, lambda x: np.where(x == 0, 0.0, 0.5 / np.sqrt(np.where(x == 0, 1, x))),
                      [0.0, 0.5], [True, False]),
}


@pytest.mark.parametrize("name", KINKED)
def test_kinks_are_left_out_and_nothing_else(name: str) -> None:
    f, df, places, left_out = KINKED[name]
    report = check(f, df, places)
    assert report.passed, report
    assert report.comparisons[0].left_out.tolist() == left_out


@pytest.mark.parametrize("name", ["abs", "relu", "small relu", "bent abs", "clip"])
def test_what_lies_beyond_both_slopes_of_a_kink_is_wrong(name: str) -> None:
    f, df, places, left_out = KINKED[name]
    for factor in (-1.5, 1.5):
        report = check(f, lambda x: np.where(left_out, np.abs(df(x)).max() * factor, df(x)), places)
        assert report.comparisons[0].wrong.tolist() == left_out


def test_a_tie_may_go_to_one_of_the_equal_entries_or_be_shared_but_not_count_twice() -> None:
    x = np.array([[1.0, 5, 2], [5, 0, 5]])

    def largest(x: Array) -> Array:
        return (x == x.max(1, keepdims=True)) * 1.0

    def first(x: Array) -> Array:
        return np.eye(3)[x.argmax(1)]
    for mask, passed in ((first, True), (lambda x: largest(x) / largest(x).sum(1, keepdims=True), True),
                         (largest, False)):
        report = gradcheck_function(lambda x: x.max(1), lambda g, x: mask(x) * g[:, None], [x],
                                    raise_exception=False)
        assert report.passed is passed
    assert report.kind == "tie" and "2 entries are equal, 5" in report.text


def test_a_special_value_that_is_treated_wrongly_is_told_apart() -> None:
    report = check(lambda x: x ** 2, lambda x: np.where(x == 1, 7, 2 * x), [0.0, 1, -1])
    assert report.kind == "this_point" and report.comparisons[0].wrong.tolist() == [False, True, False]
    report = check(np.abs, lambda x: np.where(x == 0, 3, np.sign(x)), [0.0, 1, -1])
    assert report.kind == "this_point"


def test_the_end_of_a_domain_where_f_raises_an_error() -> None:
    target = minigrad.tensor([0.3, 0.6], dtype=minigrad.float64)
    p = minigrad.tensor([1 - 1e-9, 0.4], dtype=minigrad.float64, requires_grad=True)
    assert gradcheck(lambda p: minigrad.nn.functional.binary_cross_entropy(p, target), p)
    outside = minigrad.tensor([1.5], dtype=minigrad.float64, requires_grad=True)
    with pytest.raises(RangeError):
        gradcheck(lambda p: minigrad.nn.functional.binary_cross_entropy(p, target[:1]), outside)


def test_a_function_that_is_not_finite_is_not_blamed_on_the_gradient() -> None:
    with np.errstate(all="ignore"):
        report = check(lambda x: np.log(x), lambda x: 1 / x, [0.0])
    assert not report.passed and "NaN" in report.text or "infin" in report.text


def test_a_given_step_is_used_first() -> None:
    seen = []

    def f(x: Array) -> Array:
        seen.append(float(x[0]))
        return x * x
    assert check(f, lambda x: 2 * x, [1.0], eps=1e-3).passed
    assert 1.001 in seen and 0.999 in seen


def test_how_many_calls_a_check_takes() -> None:
    """Two for each entry where all is well. Only entries that seem wrong cost more."""
    calls = 0

    def f(x: Array) -> Array:
        nonlocal calls
        calls += 1
        return np.sin(x)
    assert check(f, np.cos, [0.1] * 50).passed
    assert calls <= 2 * 50 + 4
    with pytest.raises(GradCheckError):
        check(f, lambda x: 2 * np.cos(x), [0.1]).raise_if_failed()
