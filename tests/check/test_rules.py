"""What the check has to accept, refuse or call unknown: rules for rounding, kinks, ties and empty tests."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hard_functions import FAMILIES, median_back, pooled, pooled_back
from odd_functions import ODD

import minigrad
from minigrad import Tensor
from minigrad.autograd import Function
from minigrad.check import GradCheckError, NotMeasurable, Report, examine, gradcheck, gradcheck_function

Array = Any


def check(forward: Any, backward: Any, *inputs: Any, **options: Any) -> Report:
    return gradcheck_function(forward, backward, [np.asarray(x) for x in inputs], raise_exception=False,
                              **options)


@pytest.mark.parametrize("family", [*FAMILIES, *ODD])
def test_right_gradients_that_are_hard_to_measure_raise_no_alarm(family: str) -> None:
    """The first of thousands: benchmarks/gradcheck_families.py"""
    for seed in range(1 if family.startswith("many") else 12):
        hard = {**FAMILIES, **ODD}[family](np.random.default_rng([seed, len(family)]))
        with np.errstate(all="ignore"):
            report = check(hard.forward, hard.backward, hard.x)
        assert report.passed or not report.measurable, f"seed {seed}: {report}"


def test_a_step_that_a_large_output_absorbs_says_nothing() -> None:
    square = lambda x: (x ** 2).sum()
    report = check(square, lambda v, x: 2 * v * x, [0.3, 1e8])
    assert report.passed and report.comparisons[0].unknown.tolist() == [True, False]
    assert not check(square, lambda v, x: 2 * v * x * [1, 1.01], [0.3, 1e8]).passed
    report = check(square, lambda v, x: 2 * v * x * [0, 1], [0.3, 1e8])
    assert report.comparisons[0].unknown.tolist() == [True, False], "0 is not what was measured"


@pytest.mark.parametrize("f, x", [(lambda x: np.round(x, 3), 55.12344), (np.floor, 123456.7),
                                  (np.floor, 20.5),
                                  (lambda x: np.round(8 * x) / 8, 900.3), (np.floor, 500.0),
                                  (np.floor, 20.0)])
def test_a_piecewise_constant_function_has_slope_0_far_from_0(f: Any, x: float) -> None:
    assert check(f, lambda v, x: 0 * x, [x]).passed


def test_the_end_of_a_domain_is_measured_where_two_steps_agree() -> None:
    """A step there is as short as what x is rounded to, times a few."""
    for x in (1 - 1e-12, 1 - 5e-13):
        report = check(np.arcsin, lambda v, x: v / np.sqrt((1 - x) * (1 + x)), [x])
        assert report.passed and report.comparisons[0].compared == 1
        assert not check(np.arcsin, lambda v, x: 2 * v / np.sqrt((1 - x) * (1 + x)), [x]).passed


def test_fine_stairs_are_not_taken_for_a_slope() -> None:
    """At 10⁶ the first step is 6: three steps agree that ⌊x⌋ has the slope 1."""
    for seed in (9017, 9071, 9074, 9118):
        hard = FAMILIES["piecewise_constant"](np.random.default_rng([seed, len("piecewise_constant")]))
        report = check(hard.forward, hard.backward, hard.x)
        assert report.passed or not report.measurable, report


def test_an_infinite_gradient_is_not_a_limit_of_infinite_ones() -> None:
    """Beside a slope of 0 it is +∞ and −∞, and everything lies between them."""
    infinite = lambda v, x: -v * np.sin(x) / np.array([0.0, 1.0])
    for x in (1e-5, -1e-5, 2e-4):
        assert check(np.cos, infinite, [x, 0.7]).kind == "not_finite"


def test_a_few_slopes_measured_with_a_short_step_do_not_blur_the_diagnosis() -> None:
    """Half of all explanations held where all that differs was taken for rounding."""
    for seed in range(3, 7):
        x = np.random.default_rng(seed).standard_normal((6, 6)) + 0.1
        assert check(np.sin, lambda v, x: (v * np.cos(x)).astype(np.float16), x).kind == "single_precision"


def test_a_jump_at_a_large_number_is_a_kink_beside_which_the_gradient_is_right() -> None:
    assert check(np.trunc, lambda v, x: 0 * x, [1234.0, 43210.0]).passed


def test_what_is_rounded_inside_of_f_is_not_taken_for_a_slope() -> None:
    """Three steps may agree by chance on a slope that is off by 10⁻⁴."""
    for seed in range(30):
        hard = ODD["rounded_inside"](np.random.default_rng([seed, len("rounded_inside")]))
        report = check(hard.forward, hard.backward, hard.x)
        assert report.passed or not report.measurable, f"seed {seed}: {report}"


def test_a_gradient_that_is_limited_where_the_slope_goes_on_is_wrong() -> None:
    """As PyTorch's of binary_cross_entropy, for probabilities nearer than 10⁻¹² to 0."""
    x = minigrad.tensor([-40.0], dtype="float64", requires_grad=True)
    loss = lambda x: minigrad.nn.functional.binary_cross_entropy(x.sigmoid(), minigrad.ones_like(x))
    assert not examine(loss, x).passed
    assert examine(loss, x.detach().requires_grad_() / 2).passed


@pytest.mark.parametrize("x", [5e-324, 1e-310, -1e-310, 0.0, 1e-200])
def test_subnormal_inputs_at_a_kink(x: float) -> None:
    assert check(lambda x: np.maximum(x, 0), lambda v, x: v * (x > 0), [x]).passed
    assert not check(lambda x: np.maximum(x, 0), lambda v, x: v * 3, [x]).passed


def test_limits_of_gradients_are_right_at_ties_and_sums_too_large_are_not() -> None:
    x = np.array([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
    assert check(pooled, pooled_back, x).passed
    assert check(lambda x: np.median(x, -1), median_back, x).passed
    rank = lambda x: np.argsort(np.argsort(x, -1, kind="stable"), -1, kind="stable")
    assert check(lambda x: np.sort(x, -1), lambda v, x: np.take_along_axis(v, rank(x), -1), x).passed
    double = lambda v, x: v[:, None] * (x == x.max(-1, keepdims=True))
    assert check(lambda x: x.max(-1), double, [[1.0, 1.0, 0.0]]).kind == "tie"


def test_a_gradient_rounded_to_three_digits_is_not_taken_for_a_limit() -> None:
    x = np.random.default_rng(0).standard_normal((8, 5))
    rounded = lambda v, x: (v * (x > 0)).astype(np.float16)
    assert not check(lambda x: np.maximum(x, 0), rounded, x).passed


def test_small_slopes_are_not_lost_beside_the_point() -> None:
    """Their gradient, wrong nearby as well, was taken for a limit of right ones."""
    report = check(lambda x: 1e-8 * np.sin(x), lambda v, x: 2e-8 * v * np.cos(x), [0.3, 1.0, 2.0])
    assert not report.passed and report.measurable and report.kind == "factor"


def test_an_output_that_is_nan_leaves_the_others_right() -> None:
    with np.errstate(all="ignore"):
        report = check(np.log, lambda v, x: v / x, [-1.0, 2.0, 3.0])
        assert report.passed and "NaN or infinity in 1 entries" in " ".join(report.text.split())
        assert not check(np.log, lambda v, x: 2 * v / x, [-1.0, 2.0, 3.0]).passed


def test_a_function_that_changes_after_some_calls_is_random() -> None:
    calls = []

    def tired(x: Array) -> Array:
        calls.append(1)
        return np.sin(x) * (1 if len(calls) < 9 else 1.5)
    assert check(tired, lambda v, x: v * np.cos(x), [0.3, 0.4, 0.5]).kind == "random"


@pytest.mark.parametrize("x", [1e-9, 1e-12])
def test_a_function_faster_than_any_step_is_not_called_wrong(x: float) -> None:
    report = check(lambda x: np.sin(1 / x), lambda v, x: -v * np.cos(1 / x) / x ** 2, [x])
    assert report.passed or not report.measurable


def test_a_lost_entry_is_found_where_f_rounds_inside() -> None:
    """1 + x² stands still below 10⁻⁸, and log of it with that: not the slope."""
    x = np.array([-0.0321, 0.7, 0.5])
    lost = lambda v, x: v * 2 * x / (1 + x * x) * [0, 1, 1]
    report = check(lambda x: np.log(1 + x * x), lost, x)
    assert report.comparisons[0].wrong.tolist() == [True, False, False]


@pytest.mark.parametrize("change", [np.abs, lambda v: np.clip(v, -3, 3), lambda v: v * (v > 0),
                                    lambda v: v ** 2])
def test_a_backward_that_is_not_linear_in_the_upstream_fails(change: Any) -> None:
    x = np.random.default_rng(0).standard_normal(4)
    for seed in range(4):
        assert not check(np.sin, lambda v, x: change(v) * np.cos(x), x, seed=seed).passed


def test_an_input_that_tests_nothing_is_said_so_and_fails_under_strict() -> None:
    nothing = lambda v, x: 0 * x
    for f, x in ((np.tanh, [40.0, 50.0]), (lambda x: np.exp(x) / np.exp(x).sum(), [0.0, 800.0 - 1400.0]),
                 (lambda x: x ** 3, [0.0, 1e-160])):
        report = check(f, nothing, x)
        assert report.passed and "tests nothing" in report.text, report
        with pytest.raises(NotMeasurable, match="tests nothing"):
            gradcheck_function(f, nothing, [np.array(x)], strict=True)
    assert "tests nothing" not in check(np.sin, lambda v, x: v * np.cos(x), [1.0]).text
    assert check(np.sin, lambda v, x: v * np.cos(x), [1.0], strict=True).passed


def test_not_measurable_is_another_error_than_wrong() -> None:
    with pytest.raises(NotMeasurable, match="was not compared"):
        gradcheck_function(lambda x: x + 1e30, lambda v, x: v, [1.0])
    assert not issubclass(NotMeasurable, GradCheckError) and not issubclass(GradCheckError, NotMeasurable)


def test_a_gradient_of_the_wrong_shape_is_diagnosed_for_tensors_too() -> None:
    class Repeat(Function):
        def forward(self, x: Any) -> Any:
            return np.stack([x, x])

        def backward(self, g: Any) -> Any:
            return g[0, :2]
    x = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    assert gradcheck(Repeat.apply, x, raise_exception=False) is False
    report = examine(Repeat.apply, x)
    assert report.kind == "wrong_shape" and "got (2,), expected (3,)" in report.text
    assert examine(lambda x: Repeat.apply(x * 2).sum(), x).kind == "wrong_shape"


def test_many_entries_take_few_calls_and_one_wrong_entry_is_found() -> None:
    calls = 0

    def f(x: Array) -> Array:
        nonlocal calls
        calls += 1
        return np.sin(x)
    x = np.random.default_rng(0).standard_normal(100_000)
    assert check(f, lambda v, x: v * np.cos(x), x).passed and calls < 40
    calls = 0
    off = np.where(np.arange(x.size) == 70_001, 1.05, 1)
    report = check(f, lambda v, x: off * v * np.cos(x), x)
    assert np.flatnonzero(report.comparisons[0].wrong).tolist() == [70_001] and calls < 400
    report = check(f, lambda v, x: -v * np.cos(x), x[:5000])
    assert report.kind == "sign" and report.comparisons[0].compared <= 144


@pytest.mark.parametrize("change", [lambda a: -a, lambda a: 0 * a, lambda a: 1.0001 * a,
                                    lambda a: np.where(np.arange(a.size) % 1001 == 7, 2 * a, a),
                                    lambda a: np.where(np.arange(a.size) // 1000 == 2, 0, a),
                                    lambda a: np.where(np.arange(a.size) == 5, np.nan, a)])
def test_a_wrong_gradient_of_many_entries_takes_a_bounded_number_of_calls(change: Any) -> None:
    calls = 0

    def f(x: Array) -> Array:
        nonlocal calls
        calls += 1
        return np.sin(x)
    x = np.random.default_rng(0).standard_normal(20_000)
    report = check(f, lambda v, x: change(v * np.cos(x)), x)
    assert not report.passed and report.measurable and report.kind and calls < 4000


def test_a_time_limit_ends_a_long_check() -> None:
    clock = iter(range(10_000_000))

    def f(x: Array) -> Array:
        next(clock)
        return np.abs(x)
    x = np.random.default_rng(0).standard_normal(600)
    assert check(f, lambda v, x: v * np.sign(x), x, time_limit=10).passed and next(clock) < 60
    report = check(f, lambda v, x: v * np.sign(x) * 1.5, x, time_limit=0)
    assert not report.passed and not report.measurable and report.comparisons[0].unfinished == 600


def test_undefined_gradients_and_dtypes() -> None:
    x = minigrad.tensor([0.5, 2.0], requires_grad=True)
    assert gradcheck(lambda x: (x.sin(), x * x), x, check_undefined_grad=True, check_grad_dtypes=True)
    assert minigrad.check.gradgradcheck(lambda x: x.sin(), x, gen_non_contig_grad_outputs=True)
    with pytest.raises(NotImplementedError, match="check_batched_grad"):
        gradcheck(lambda x: x, x, check_batched_grad=True)


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2), (0, 2), (2,)])
def test_a_wrong_gradient_of_any_number_of_axes_is_looked_at(axes: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal((3, 2, 4))
    noise = np.random.default_rng(1).standard_normal(x.shape)
    wrong = lambda v, x: (x > 0.2) * noise * np.expand_dims(v, axes)
    assert not check(lambda x: np.maximum(x, 0).sum(axes), wrong, x).passed
    assert check(lambda x: np.maximum(x, 0).sum(axes), wrong, x).kind in ("wrong", "region")


def test_the_report_prints_as_its_text() -> None:
    report = check(np.sin, lambda v, x: -v * np.cos(x), [1.0, 2.0])
    assert repr(report) == str(report) == report.text
