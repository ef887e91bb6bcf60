"""The arguments of PyTorch's gradcheck and gradgradcheck, one by one: each works, or is refused."""
from __future__ import annotations

import inspect
import io
import sys
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import Tensor
from minigrad.autograd import Function
from minigrad.check import (GradCheckError, compare, examine, gradcheck, gradcheck_function, gradgradcheck,
                            gradient_test, options)

Check = Callable[..., bool]


def leaf(*shape: int, dtype: str = "float64") -> Tensor:
    return Tensor(np.random.default_rng(0).uniform(0.3, 2, shape).astype(dtype), requires_grad=True)


def cube(x: Any) -> Any:
    return x * x * x


class Seen(Function):
    """x · 1.001 with gradient 1, that keeps what it was given."""

    points: list[np.ndarray] = []
    upstream: list[np.ndarray] = []

    def forward(self, x: Any) -> Any:
        self.points.append(np.array(x))
        return x * 1.001

    def backward(self, g: Any) -> Any:
        self.upstream.append(g.detach().numpy() if isinstance(g, Tensor) else g)
        return g * 1.0


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    Seen.points.clear()
    Seen.upstream.clear()


REFUSED = [(gradcheck, name, value) for name, value in (
    ("check_batched_grad", True), ("check_batched_forward_grad", True), ("check_forward_ad", True),
    ("check_backward_ad", False), ("masked", True))] + [(gradgradcheck, name, value) for name, value in (
        ("check_batched_grad", True), ("check_fwd_over_rev", True), ("check_rev_over_rev", False),
        ("masked", True))]


@pytest.mark.parametrize("check, name, value", REFUSED)
def test_what_is_not_there_is_refused_by_name(check: Check, name: str, value: bool) -> None:
    with pytest.raises(NotImplementedError, match=f"{check.__name__}: {name}={value} is not supported"):
        check(cube, leaf(2), **{name: value})
    assert check(cube, leaf(2), **{name: not value})


@pytest.mark.torch
@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_every_argument_of_pytorch_is_known_with_its_default(check: Check) -> None:
    torch = pytest.importorskip("torch")
    parameters = inspect.signature(getattr(torch.autograd, check.__name__)).parameters
    given = {name: p.default for name, p in parameters.items() if p.default is not p.empty}
    assert list(parameters)[:2] == ["func", "inputs"] and len(given) > 10
    assert check(func=cube, inputs=leaf(2), **given)
    with pytest.raises(TypeError, match="check_everything"):
        check(cube, leaf(2), check_everything=True)


@pytest.mark.parametrize("fast_mode", [False, True])
def test_eps_is_the_first_step(fast_mode: bool) -> None:
    x = leaf(1)
    gradcheck(Seen.apply, x, eps=0.25, rtol=0.1, fast_mode=fast_mode)
    moved = np.unique(np.abs([float(p[0]) - float(x.detach().numpy()[0]) for p in Seen.points]))
    assert np.isclose(moved, 0.25).any() is np.bool_(not fast_mode)
    assert (moved[moved > 0] > 0.01).all(), "along directions the steps are random multiples of it"


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
@pytest.mark.parametrize("fast_mode", [False, True])
def test_rtol_and_atol_decide_what_is_accepted(check: Check, fast_mode: bool) -> None:
    f = lambda x: Seen.apply(x) * x
    for tolerances, passes in (({}, False), ({"rtol": 1e-2}, True), ({"atol": 0.1}, True),
                               ({"rtol": 1e-4, "atol": 1e-5}, False)):
        assert check(f, leaf(4), raise_exception=False, fast_mode=fast_mode, **tolerances) is passes


def test_raise_exception_false_returns_the_verdict() -> None:
    for check in (gradcheck, gradgradcheck):
        f = lambda x: Seen.apply(x) * x
        assert check(f, leaf(2), raise_exception=False) is False
        with pytest.raises(GradCheckError, match="is wrong in"):
            check(f, leaf(2))


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_nondet_tol_allows_two_calls_to_differ(check: Check) -> None:
    calls = iter(range(1_000_000))
    drifting = lambda x: cube(x) + 1e-6 * (next(calls) % 2)
    with pytest.raises(GradCheckError, match="returned something else"):
        gradcheck(drifting, leaf(2))
    assert examine(drifting, leaf(2), nondet_tol=1e-4).kind != "random"


def test_check_undefined_grad_lets_single_outputs_have_no_upstream_gradient() -> None:
    def f(x: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x * 2, x * 3
        a.register_hook(lambda g: g + 1)        # seen with an upstream gradient of 0, and not without one
        return a * 1, b * 1
    with pytest.raises(GradCheckError, match="with an upstream gradient for output 1 alone"):
        gradcheck(f, leaf(2))
    assert "alone" not in str(pytest.raises(GradCheckError, gradcheck, f, leaf(2),
                                            check_undefined_grad=False).value)


def test_check_grad_dtypes_wants_the_dtype_of_the_input() -> None:
    def f(x: Tensor) -> Tensor:
        x.register_hook(lambda g: g.to("float64"))
        return cube(x)
    x = leaf(2, dtype="float32")
    assert gradcheck(f, x)
    with pytest.raises(GradCheckError, match="a gradient is float64, but its input is float32"):
        gradcheck(f, x, check_grad_dtypes=True)
    assert gradcheck(cube, x, check_grad_dtypes=True) and gradgradcheck(cube, x, check_grad_dtypes=True)


def test_grad_outputs_are_the_upstream_gradients_of_the_first_derivative() -> None:
    given = minigrad.tensor([3.5, -7.25], dtype="float64")
    gradgradcheck(Seen.apply, leaf(2), given, raise_exception=False)
    assert any(np.array_equal(v, [3.5, -7.25]) for v in Seen.upstream)
    assert not given.requires_grad, "it is left as it was"


@pytest.mark.parametrize("strided", [False, True])
def test_gen_non_contig_grad_outputs(strided: bool) -> None:
    gradgradcheck(Seen.apply, leaf(3, 4), gen_non_contig_grad_outputs=strided, raise_exception=False)
    assert any(not v.flags.c_contiguous for v in Seen.upstream) is strided


def test_fast_mode_is_everywhere() -> None:
    """Few calls for 400 entries: two for each would be 800."""
    calls = 0

    def f(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return cube(x)
    x, few = leaf(20, 20), {"fast_mode": True}
    ways: list[Callable[[], Any]] = [
        lambda: gradcheck(f, x, **few), lambda: gradgradcheck(f, x, **few), lambda: examine(f, x, **few),
        lambda: compare(f, x, **few)[0].passed,
        lambda: gradcheck_function(f, lambda v, x: 3 * v * x * x, [x.detach().numpy()], **few),
        lambda: gradient_test(shapes=[(20, 20)], seeds=1, **few)(lambda: f)() is None]
    for k, way in enumerate(ways):
        calls = 0
        assert way() and 4 < calls < 80, f"{k}: {calls}"


class Terminal(io.StringIO):
    """Takes what is written, and says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream, progress, patience, shown", [
    (Terminal, None, 0.0, True), (io.StringIO, None, 0.0, False), (io.StringIO, True, 0.0, True),
    (Terminal, False, 0.0, False), (Terminal, None, 3600.0, False)])
def test_a_long_check_shows_a_bar_on_a_terminal_and_a_pipe_stays_empty(
        stream: type[io.StringIO], progress: bool | None, patience: float, shown: bool,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "PATIENCE", patience)
    for way in (lambda: gradcheck(cube, leaf(50), progress=progress),
                lambda: gradcheck(cube, leaf(50, 30), progress=progress),
                lambda: gradgradcheck(cube, leaf(5), progress=progress),
                lambda: gradcheck_function(cube, lambda v, x: 3 * v * x * x, [np.ones(4)],
                                           progress=progress)):
        out = stream()
        monkeypatch.setattr(sys, "stderr", out)
        assert way()
        assert ("slopes" in out.getvalue() and "entry" in out.getvalue()) is shown
        assert bool(out.getvalue()) is shown


def test_a_search_for_wrong_entries_shows_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "PATIENCE", 0.0)
    for off, bars in ((1.0, 1), (np.where(np.arange(2000) == 7, 2.0, 1.0), 2), (1.000009, 3)):
        out = Terminal()
        monkeypatch.setattr(sys, "stderr", out)
        gradcheck_function(np.sin, lambda v, x: off * v * np.cos(x),
                           [np.random.default_rng(0).standard_normal(2000)], raise_exception=False)
        assert out.getvalue().count("directions:   0%") == bars
