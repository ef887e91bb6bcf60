"""Loss scaling: what it saves from rounding to 0, and what it does after an overflow."""
from __future__ import annotations

import numpy as np
import pytest

import minigrad
from minigrad import amp, nn, optim
from minigrad.errors import GraphError, RangeError


def weight(value: float = 1.0) -> minigrad.Tensor:
    return minigrad.tensor(np.array([value], np.float16), requires_grad=True)


def test_gradients_that_float16_would_round_to_0_are_kept() -> None:
    """Inside of the network the gradient is 10⁻⁸; the parameter's is 10⁻⁸ · 1,000 = 10⁻⁵."""
    found = []
    for scaler in (amp.GradScaler(enabled=False), amp.GradScaler(init_scale=4096.0)):
        w = weight()
        loss = ((w * 1000) * np.float16(1e-4)) * np.float16(1e-4)
        scaler.scale(loss.sum()).backward()
        scaler.unscale_(optim.SGD([w], lr=1.0))
        assert w.grad is not None and w.grad.dtype == np.float16
        found.append(w.grad.item())
    assert found[0] == 0 and found[1] == pytest.approx(1e-5, rel=0.02)


@pytest.mark.parametrize("scale", [2.0**24, 2.0**25, 2.0**30])
def test_a_scale_beyond_float16_is_divided_by_exactly(scale: float) -> None:
    """1 / 2²⁵ is 0 as a float16: every gradient would become 0, an infinity NaN."""
    for g, wanted in ((6e4, 6e4 / scale), (np.inf, np.inf)):
        w = weight()
        w.grad = minigrad.tensor(np.array([g], np.float16))
        amp.GradScaler(init_scale=scale).unscale_(optim.SGD([w], lr=1.0))
        assert w.grad.dtype == np.float16 and w.grad.item() == pytest.approx(wanted, rel=1e-3)


def test_an_overflow_leaves_the_step_out_and_halves_the_scale() -> None:
    w = weight()
    sgd, scaler = optim.SGD([w], lr=0.1), amp.GradScaler(init_scale=2.0**15, growth_interval=2)
    for scale, value in ((2.0**14, 1.0), (2.0**14, 0.7), (2.0**15, 0.4)):
        sgd.zero_grad()
        scaler.scale((w * 3).float().sum()).backward()
        scaler.step(sgd)
        scaler.update()
        assert scaler.get_scale() == scale and w.item() == pytest.approx(value, abs=1e-2)


def test_clipping_sees_true_gradients() -> None:
    w = minigrad.tensor([3.0], requires_grad=True)
    sgd, scaler = optim.SGD([w], lr=1.0), amp.GradScaler()
    scaler.scale((w * 4).sum()).backward()
    scaler.unscale_(sgd)
    assert nn.utils.clip_grad_norm_([w], 1.0).item() == 4.0
    with pytest.raises(GraphError, match="already been unscaled"):
        scaler.unscale_(sgd)
    scaler.step(sgd)
    scaler.update()
    assert w.item() == pytest.approx(2.0, rel=1e-5)
    with pytest.raises(GraphError, match="before any step"):
        scaler.update()


def test_state_and_arguments() -> None:
    scaler, other = amp.GradScaler(init_scale=8.0), amp.GradScaler()
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 8.0 and amp.GradScaler(enabled=False).get_scale() == 1.0
    for wrong in ({"init_scale": 0}, {"growth_factor": 1}, {"backoff_factor": 1}, {"growth_interval": 0}):
        with pytest.raises(RangeError, match="GradScaler"):
            amp.GradScaler(**wrong)
