"""A check must not cry wolf: right gradients pass, and what no mistake explains is not explained."""
from __future__ import annotations

import numpy as np
import pytest
from random_functions import Planted, RandomFunction, alarm
from test_diagnoses import (CUBE, DIV, EXP, LEAKY, LINEAR, LOG, MATMUL, MAX, MEAN, MUL, RELU, SIGMOID, SIN,
                            SQUARE, SQUARE_MATMUL, SUM, TANH, Op, signed, wrong)

from minigrad.check import compare, gradcheck_function

OPS = [EXP, SIN, SQUARE, CUBE, SIGMOID, TANH, LOG, RELU, LEAKY, MUL, DIV, SUM, MEAN, MATMUL, SQUARE_MATMUL,
       LINEAR, MAX]


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_right_gradients_of_random_functions_pass(first: int) -> None:
    """The first 500 of ten thousand: benchmarks/gradcheck_false_alarms.py"""
    for seed in range(first, first + 50):
        report = alarm(seed)
        assert report is None, f"seed {seed}: {report}"


@pytest.mark.parametrize("seed", [8412, 100498, 102975, 107603])
def test_functions_that_once_gave_an_alarm_pass(seed: int) -> None:
    """Kinks 10⁻⁸ and 10⁻⁹ away, log(1 − p) near p = 1 inside, and slopes that rounding hides."""
    assert alarm(seed) is None


def test_random_functions_are_many_kinds_of_functions() -> None:
    functions = [RandomFunction(np.random.default_rng(seed)) for seed in range(200)]
    assert {name for f in functions for name in f.used} == {
        "entrywise", "reduced", "along", "arranged", "network", "joined"}
    assert len({tuple(tuple(x.shape) for x in f.inputs) for f in functions}) > 100
    assert {len(f.inputs) for f in functions} == {1, 2, 3}
    moving = sum(any(np.any(c.numeric) for c in compare(f, f.inputs)) for f in functions[:60])
    assert moving > 45, "most have a gradient other than 0"


def test_one_wrong_entry_in_a_random_function_is_found() -> None:
    for seed in range(60):
        planted = Planted(seed)
        report = planted.report()
        if report.comparisons[planted.which].recorded:          # the output may not depend on that input
            assert [c.position for c in report.failed] == [planted.which]
            assert np.flatnonzero(report.failed[0].wrong).tolist() == [planted.entry]


@pytest.mark.parametrize("how", ["another", "disturbed", "in places"])
def test_a_random_wrong_gradient_is_not_explained(how: str) -> None:
    for seed in range(len(OPS) * 3):
        op = OPS[seed % len(OPS)]
        random = np.random.default_rng([seed, 1])
        shapes = [x.shape for x in op.draw(np.random.default_rng(seed))]
        which = int(random.integers(len(shapes)))
        noise = random.standard_normal(shapes[which])
        hit = random.random(shapes[which]) < 0.5
        hit.flat[0] = True
        change = {"another": lambda a, *_: noise, "disturbed": lambda a, *_: a + noise,
                  "in places": lambda a, *_: a * np.where(hit, 1 + noise, 1) + 0.1 * hit * noise}[how]
        bad = wrong(op, change, which)
        report = gradcheck_function(bad.forward, bad.backward, op.draw(np.random.default_rng(seed)),
                                    raise_exception=False)
        assert report.kind == "wrong" and not report.failed[0].diagnoses, f"seed {seed}: {report}"
        assert "worst at" in report.text and report.failed[0].position == which


def test_one_entry_alone_is_not_over_explained() -> None:
    """With a single number, some factor always fits: only those with a name are given."""
    for seed in range(60):
        random = np.random.default_rng(seed)
        x, off = random.uniform(0.3, 2, 1), random.uniform(0.3, 3)
        report = gradcheck_function(np.sin, lambda g, x: off * g * np.cos(x), [x], raise_exception=False)
        assert report.kind == "wrong", report


def test_what_lies_at_kinks_explains_nothing() -> None:
    """Moved by two rows, the two entries that were compared would meet only such that were not."""
    x = np.array([[1.0, 2], [0, 0], [0, 0], [0, 0]])
    slope = np.array([[1, 1.3], [0, 0], [0, 0], [0, 0]])
    report = gradcheck_function(lambda x: np.maximum(x, 0), lambda g, x: g * slope, [x],
                                raise_exception=False)
    assert report.failed[0].kinks.sum() == 6 and report.failed[0].compared == 2
    assert report.kind == "wrong", report


def test_all_that_fits_is_listed_where_the_numbers_cannot_tell() -> None:
    antisymmetric = np.array([[0.0, 2.0], [-2.0, 0.0]])
    fixed = Op(lambda x: np.sum(x * antisymmetric), lambda g, x: g * antisymmetric.T, signed)
    report = gradcheck_function(fixed.forward, fixed.backward, [np.ones((2, 2))], raise_exception=False)
    assert [d.kind for d in report.failed[0].diagnoses] == ["sign", "transposed"]
    assert "\n  Or: The gradient is transposed" in report.text
