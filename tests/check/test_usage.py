"""gradcheck as it is called: PyTorch's options, what it says to misuse, and how a failure reads."""
from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import Tensor
from minigrad.autograd import Function
from minigrad.check import GradCheckError, NotMeasurable, examine, gradcheck, gradgradcheck
from minigrad.errors import GraphError


def leaf(*shape: int, seed: int = 0) -> Tensor:
    return Tensor(np.random.default_rng(seed).uniform(0.3, 2, shape), requires_grad=True)


class Twice(Function):
    """Wrong by a factor 2."""

    def forward(self, x: Any) -> Any:
        return x * 1.0

    def backward(self, g: Any) -> Any:
        return g * 2


def test_what_is_returned_that_has_no_gradient() -> None:
    x = leaf(3)
    returned = {"returned float": lambda x: x.sum().item(), "returned ndarray": lambda x: x.detach().numpy(),
                "a Tensor of int64": lambda x: x.argmax(), "returned NoneType": lambda x: None,
                "an empty tuple": lambda x: ()}
    for words, f in returned.items():
        with pytest.raises(GradCheckError, match=words):
            gradcheck(f, x)
        assert gradcheck(f, x, raise_exception=False) is False
        assert examine(f, x).kind == "wrong_type"


def test_several_outputs_some_of_whole_numbers() -> None:
    assert gradcheck(lambda x: x.max(0), leaf(4, 2))
    assert gradcheck(lambda x: [x.sin(), x.sum()], leaf(3))


def test_inputs_that_need_no_gradient_are_explained() -> None:
    with pytest.raises(GraphError, match="Input 0 is int64: whole numbers have no slope"):
        gradcheck(lambda x: x, minigrad.tensor([1, 2]))
    with pytest.raises(GraphError, match="gradcheck_function"):
        gradcheck(lambda x: x, [np.ones(2)])


def test_a_detached_path_is_named() -> None:
    report = examine(lambda x: x.detach() * 2 + 0 * minigrad.ones(3), leaf(3))
    assert report.kind == "no_gradient" and "the path is cut on the way" in " ".join(report.text.split())
    with minigrad.no_grad():
        assert gradcheck(lambda x: x * 2, leaf(3)), "recording is switched on for the check"

    def cut(x: Tensor) -> Tensor:
        with minigrad.no_grad():
            return x * 2
    assert examine(cut, leaf(2)).kind == "no_gradient"


def test_an_input_that_is_ignored_passes_with_slope_0() -> None:
    assert gradcheck(lambda x, y: x * 2, [leaf(2), leaf(3)])
    report = examine(lambda x, y: x * 2, [leaf(2), leaf(3)])
    assert not report.comparisons[1].recorded and not report.comparisons[1].numeric.any()


def test_float32_is_upcast_and_the_message_says_so() -> None:
    x = minigrad.rand(3, requires_grad=True)
    assert gradcheck(lambda x: x.exp(), x)
    with pytest.raises(GradCheckError, match="input 0 is float32; the check computed with a float64 copy"):
        gradcheck(Twice.apply, x)
    assert "float32" not in examine(Twice.apply, leaf(3)).text


def test_a_function_that_falls_back_to_float32_is_named() -> None:
    report = examine(lambda x: (x.to(minigrad.float32) * 1.1).exp(), leaf(4))
    assert report.kind == "single_precision" and "returns float32" in report.text


def test_nondeterminism() -> None:
    calls = []

    def drifting(x: Tensor) -> Tensor:
        calls.append(1)
        return x * (1 + 1e-6 * len(calls))
    with pytest.raises(GradCheckError, match="drifting: the function returned something else"):
        gradcheck(drifting, leaf(2))
    assert examine(drifting, leaf(2)).kind == "random"
    calls.clear()
    flickering = lambda x: x.sum() + 1e-9 * len(calls) * (calls.append(1) or 1)
    assert gradcheck(flickering, leaf(2), raise_exception=False) is False
    calls.clear()
    with pytest.raises((GradCheckError, NotMeasurable), match="wrong|not compared"):
        gradcheck(flickering, leaf(2), nondet_tol=1e-3)


def test_tolerances() -> None:
    class Rough(Function):
        def forward(self, x: Any) -> Any:
            return x * 1.0

        def backward(self, g: Any) -> Any:
            return g * 1.001
    x = leaf(3)
    assert not gradcheck(Rough.apply, x, raise_exception=False)
    assert gradcheck(Rough.apply, x, rtol=1e-2) and gradcheck(Rough.apply, x, atol=0.1)
    assert gradcheck(Rough.apply, x, eps=1e-3, atol=1e-5, rtol=2e-3)


def test_small_slopes_are_not_lost_in_the_absolute_tolerance() -> None:
    x = leaf(3)
    assert gradcheck(lambda x: 1e-9 * x.sin(), x)
    assert not gradcheck(lambda x: 1e-9 * Twice.apply(x), x, raise_exception=False)
    assert gradcheck(lambda x: 1e-9 * Twice.apply(x), x, atol=1e-7), "as it was asked for"


def test_options_of_pytorch_that_are_not_there_are_refused() -> None:
    assert gradcheck(lambda x: x.sin(), leaf(2), check_undefined_grad=True, masked=False)
    with pytest.raises(NotImplementedError, match="gradcheck: check_forward_ad=True"):
        gradcheck(lambda x: x.sin(), leaf(2), check_forward_ad=True)
    with pytest.raises(NotImplementedError, match="gradgradcheck: check_fwd_over_rev=True"):
        gradgradcheck(lambda x: x.sin(), leaf(2), check_fwd_over_rev=True)


def test_fast_mode_takes_few_calls_and_finds_the_same() -> None:
    calls = []

    def f(x: Tensor, y: Tensor) -> Tensor:
        calls.append(1)
        return (x * y.sin()).cumsum(0)
    x, y = leaf(20, 5), leaf(20, 5, seed=1)
    assert gradcheck(f, [x, y], fast_mode=True) and len(calls) < 30
    calls.clear()
    assert gradcheck(f, [x, y]) and len(calls) > 400
    with pytest.raises(GradCheckError, match="a factor 2 is too many"):
        gradcheck(Twice.apply, x, fast_mode=True)
    assert gradcheck(minigrad.relu, Tensor(np.array([0.0, 1.0]), requires_grad=True), fast_mode=True)
    assert gradgradcheck(lambda x: x ** 3, leaf(4), fast_mode=True)
    with pytest.raises(GradCheckError, match="returned something else"):
        gradcheck(lambda x: minigrad.dropout(x), leaf(50), fast_mode=True)


def test_second_derivatives_of_what_has_none() -> None:
    assert gradgradcheck(lambda x: x * 2, leaf(2))
    with pytest.raises(GradCheckError, match="second derivative: <lambda>: the outputs do not depend"):
        gradgradcheck(lambda x: minigrad.ones(2), leaf(2))

    class Wrong(Function):
        """x³, whose second derivative loses a factor 2."""

        def forward(self, x: Any) -> Any:
            self.save(x)
            return x ** 3

        def backward(self, g: Any) -> Any:
            (x,) = self.saved
            return g * 3 * x * (x.detach() if isinstance(x, Tensor) else x)
    assert gradcheck(Wrong.apply, leaf(3))
    with pytest.raises(GradCheckError, match="second derivative: Wrong: .*x(.|\n)*a factor 2 is missing"):
        gradgradcheck(Wrong.apply, leaf(3))


def test_a_method_a_class_and_a_module_are_called_by_their_names() -> None:
    class Model(minigrad.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return Twice.apply(x)
    with pytest.raises(GradCheckError, match="^Model: the gradient of input 0"):
        gradcheck(Model(), leaf(2))
    with pytest.raises(GradCheckError, match="^Twice: the gradient of input 0 \\(x, "):
        gradcheck(Twice.apply, leaf(2))


def test_layers_and_their_weights() -> None:
    layer = minigrad.nn.Linear(3, 2).double()
    x = leaf(4, 3)
    assert gradcheck(lambda x, w, b: minigrad.nn.functional.linear(x, w, b), [x, *[
        p.detach().requires_grad_() for p in layer.parameters()]])
    assert gradcheck(layer, x)


def test_where_the_wrong_entries_are_is_said() -> None:
    class Row(Function):
        def forward(self, x: Any) -> Any:
            return x * 1.0

        def backward(self, g: Any) -> Any:
            out = np.array(g)
            out[2] = np.random.default_rng(5).standard_normal(out[2].shape)
            return out
    text = examine(Row.apply, leaf(4, 3)).text
    assert "is wrong in 3 of 12 entries: all at index 2 of axis 0" in " ".join(text.split())
    assert "analytic / numeric lies between" in text


def test_wrong_for_a_range_of_values() -> None:
    class Threshold(Function):
        """max(x, 1) with the mask of max(x, 0)."""

        def forward(self, x: Any) -> Any:
            self.save(x)
            return np.maximum(x, 1)

        def backward(self, g: Any) -> Any:
            (x,) = self.saved
            return g * (x > 0)
    report = examine(Threshold.apply, Tensor(np.linspace(-2, 3, 41), requires_grad=True))
    assert report.kind == "region"
    assert re.search(r"It is wrong for all x from 0\.\d+ to 0\.\d+, and right up to ",
                     " ".join(report.text.split()))


def test_a_big_array_is_checked_without_its_jacobian() -> None:
    report = examine(lambda x: Twice.apply(x).reshape(30, 40), leaf(1200))
    assert report.kind == "factor"


def test_every_line_fits_a_terminal() -> None:
    for f in (Twice.apply, lambda x: x.detach() * x):
        assert max(map(len, examine(f, leaf(4, 3)).text.splitlines())) <= 80
