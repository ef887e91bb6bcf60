"""Quantization and attributions on the GPU: the same numbers as on the CPU."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.attribution import IntegratedGradients, KernelShap, LayerGradCam, Lime, Occlusion, ShapleyValues
from minigrad.quantization import quantize_dynamic


def test_a_quantized_network_computes_the_same(device: str) -> None:
    minigrad.manual_seed(0)
    model: Any = quantize_dynamic(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))
    x = minigrad.randn(4, 6)
    on_cpu = model(x).numpy()
    found = model.to(device)(x.to(device))
    assert found.device.type == device
    np.testing.assert_allclose(found.cpu().numpy(), on_cpu, atol=1e-5)
    made_there: Any = quantize_dynamic(nn.Sequential(nn.Linear(6, 8)).to(device))
    assert made_there(x.to(device)).shape == (4, 8) and made_there(x[:0].to(device)).shape == (0, 8)


@pytest.mark.parametrize("method", [IntegratedGradients, ShapleyValues, KernelShap, Lime, Occlusion,
                                    LayerGradCam])
def test_an_attribution_is_the_same(method: Any, device: str) -> None:
    minigrad.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    x, options = minigrad.randn(2, 1, 4, 4), dict[str, Any]()
    if method in (ShapleyValues, KernelShap, Lime):
        options = {"feature_mask": minigrad.attribution.patches(4, 4, 2)}
    if method is Occlusion:
        options = {"sliding_window_shapes": (1, 2, 2)}
    layer: Any = (model[0],) if method is LayerGradCam else ()
    results: list[Any] = []
    for place in ("cpu", device):
        minigrad.manual_seed(1)
        model.to(place)
        parts = method(model, *layer).attribute(x.to(place), target=1, **options)
        assert parts.device.type == place
        results.append(parts.cpu().numpy())
    np.testing.assert_allclose(*results, atol=1e-5)
