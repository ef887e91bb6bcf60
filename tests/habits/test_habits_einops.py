"""einops on Tensors, whichever of the two is imported first."""
from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import minigrad
from minigrad import nn

einops = pytest.importorskip("einops")


def values():
    return np.random.default_rng(0).random((2, 3, 4, 6)).astype(np.float32)


@pytest.mark.parametrize("pattern, lengths", [
    ("b c h w -> b (h w) c", {}), ("b c (h p) (w q) -> b (h w) (p q c)", {"p": 2, "q": 3}),
    ("... h w -> ... w h", {})])
def test_rearranging(pattern, lengths):
    got = einops.rearrange(minigrad.tensor(values()), pattern, **lengths)
    assert isinstance(got, minigrad.Tensor)
    np.testing.assert_array_equal(got.numpy(), einops.rearrange(values(), pattern, **lengths))


@pytest.mark.parametrize("how", ["min", "max", "sum", "mean", "prod"])
def test_reducing(how):
    got = einops.reduce(minigrad.tensor(values()), "b c (h p) w -> b h", how, p=2)
    np.testing.assert_allclose(got.numpy(), einops.reduce(values(), "b c (h p) w -> b h", how, p=2),
                               rtol=1e-5)


def test_repeating_packing_and_einsum():
    x = minigrad.tensor(values())
    assert einops.repeat(x, "b c h w -> b c (h k) w", k=2).shape == (2, 3, 8, 6)
    packed, shapes = einops.pack([x[:, :, 0], x[:, :, 0, 0]], "b c *")
    assert packed.shape == (2, 3, 7) and einops.unpack(packed, shapes, "b c *")[1].shape == (2, 3)
    assert einops.einsum(x, x, "b c h w, b c h v -> b w v").shape == (2, 6, 6)


def test_gradients_flow_through():
    x = minigrad.tensor(values(), requires_grad=True)
    (einops.rearrange(x, "b c h w -> (b w) (c h)") ** 2).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * values(), rtol=1e-6)


def test_layers_stand_in_a_sequential():
    from einops.layers.minigrad import Rearrange, Reduce
    net = nn.Sequential(Rearrange("b c (h p) w -> b (h w) (p c)", p=2), nn.Linear(6, 5),
                        Reduce("b n d -> b d", "mean"))
    assert net(minigrad.tensor(values())).shape == (2, 5)
    assert len(list(net.parameters())) == 2 and "b c (h p) w" in repr(net)


@pytest.mark.parametrize("first, second", [("einops", "minigrad"), ("minigrad", "einops")])
def test_either_may_be_imported_first(first, second):
    code = f"import {first}, {second}; print(einops.rearrange(minigrad.ones(2, 3), 'a b -> b a').shape)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "minigrad.Size([3, 2])", out.stderr
