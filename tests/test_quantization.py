"""Quantization: rounding, exact products of whole numbers, and layers that hold them."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DTypeError, GraphError, RangeError, ShapeError
from minigrad.nn.utils import prune
from minigrad.quantization import (QuantizedLinear, bytes_of, integer_product, quantize_dynamic,
                                   quantize_per_channel)

RANDOM = np.random.default_rng(0)


def int8(*shape: int) -> np.ndarray[Any, Any]:
    return RANDOM.integers(-128, 128, shape).astype(np.int8)


@pytest.mark.parametrize("k", [0, 1, 1023, 1024, 1025, 3000])
def test_products_of_whole_numbers_are_exact(k: int) -> None:
    x, w = int8(5, k), int8(7, k)
    found = integer_product(x, w)
    assert found.dtype == np.int32
    assert np.array_equal(found, x.astype(np.int64) @ w.astype(np.int64).T)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_products_are_exact_although_float32_cannot_hold_their_sum(sign: int) -> None:
    x = np.full((1, 5001), -128, np.int8)
    w = np.full((1, 5001), -128 if sign > 0 else 127, np.int8)
    x[0, 0] = w[0, 0] = 1
    right = int(x[0].astype(np.int64) @ w[0].astype(np.int64))
    assert integer_product(x, w)[0, 0] == right
    assert int(np.float32(right)) != right, "float32 alone would have rounded it"


def test_wrong_operands_of_a_product_are_refused() -> None:
    with pytest.raises(DTypeError, match="int8"):
        integer_product(int8(2, 3).astype(np.int32), int8(2, 3))
    with pytest.raises(ShapeError, match="integer_product"):
        integer_product(int8(2, 3), int8(2, 4))
    with pytest.raises(ShapeError, match="int32"):
        integer_product(np.zeros((0, 2**17), np.int8), np.zeros((0, 2**17), np.int8))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_each_slice_has_its_own_scale_and_is_at_most_half_of_it_off(axis: int) -> None:
    x = minigrad.tensor(RANDOM.normal(size=(3, 4, 5)).astype(np.float32) * np.arange(1, 5)[None, :, None])
    small = quantize_per_channel(x, axis=axis)
    integers, scales = small.int_repr().numpy(), small.q_per_channel_scales().numpy()
    assert integers.dtype == np.int8 and scales.shape == (x.shape[axis],)
    moved = np.moveaxis(x.numpy() - small.dequantize().numpy(), axis, -1)
    assert (np.abs(moved) <= scales / 2 * 1.0001).all()
    assert (np.abs(np.moveaxis(integers, axis, -1)).max((0, 1)) == 127).all()


def test_a_channel_of_zeros_and_a_tiny_one() -> None:
    small = quantize_per_channel(minigrad.tensor([[0.0, 0.0], [1e-44, 0.0]]))
    assert small.int_repr().numpy()[0].tolist() == [0, 0]
    assert np.isfinite(small.dequantize().numpy()).all()


@pytest.mark.parametrize(("arguments", "error"), [
    ({"scales": [1.0]}, ShapeError), ({"scales": [1.0, 0.0]}, RangeError),
    ({"zero_points": [0, 1]}, RangeError), ({"axis": 2}, RangeError), ({"dtype": np.uint8}, DTypeError)])
def test_wrong_arguments_are_refused(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="quantize_per_channel"):
        quantize_per_channel(minigrad.ones(2, 3), **arguments)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_without_a_whole_number_are_refused(value: float) -> None:
    bad = minigrad.tensor([[1.0, value]])
    with pytest.raises(RangeError, match="finite|infinite"):
        quantize_per_channel(bad)
    with pytest.raises(RangeError, match="finite"):
        quantize_per_channel(bad, scales=[1.0])
    with pytest.raises(RangeError, match="infinite"):
        QuantizedLinear(2, 1)(bad)
    with pytest.raises(DTypeError):
        quantize_per_channel(minigrad.tensor([[1, 2]]))


@pytest.mark.parametrize("shape", [(6,), (4, 6), (2, 3, 6), (0, 6)])
def test_a_quantized_layer_is_close_to_the_layer(shape: tuple[int, ...]) -> None:
    layer = nn.Linear(6, 3)
    x = minigrad.randn(*shape)
    y, small = layer(x).detach().numpy(), QuantizedLinear.from_float(layer)(x)
    assert small.shape == y.shape and small.dtype == np.float32
    assert np.abs(small.numpy() - y).max(initial=0) < 0.05


def test_a_row_does_not_depend_on_its_batch() -> None:
    layer, x = QuantizedLinear.from_float(nn.Linear(6, 3)), minigrad.randn(5, 6)
    x[4] = x[4] * 1000
    assert np.array_equal(layer(x).numpy()[:2], layer(x[:2]).numpy())


def test_the_layer_computes_what_its_formula_says() -> None:
    layer = QuantizedLinear.from_float(nn.Linear(50, 7))
    x = RANDOM.normal(size=(4, 50)).astype(np.float32)
    scale = (np.abs(x).max(1, keepdims=True) / np.float32(127)).astype(np.float32)
    whole = np.rint(x / scale).astype(np.int64) @ layer.weight.numpy().astype(np.int64).T
    expected = whole * (scale.astype(np.float64) * layer.scale.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(minigrad.tensor(x)).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_training_through_a_rounded_layer_is_refused() -> None:
    layer, x = QuantizedLinear(2, 1), minigrad.ones(1, 2, requires_grad=True)
    with pytest.raises(GraphError, match="no_grad"):
        layer(x)
    with minigrad.no_grad():
        assert layer(x).shape == (1, 1)
    with pytest.raises(ShapeError, match="QuantizedLinear"):
        layer(minigrad.ones(1, 3))


def test_a_model_is_copied_its_linears_replaced_and_shared_ones_stay_shared() -> None:
    shared = nn.Linear(4, 4)
    model = nn.Sequential(shared, nn.ReLU(), nn.Sequential(shared, nn.Linear(4, 2, bias=False)))
    small: Any = quantize_dynamic(model)
    assert isinstance(small[0], QuantizedLinear) and small[0] is small[2][0]
    assert small[2][1].bias is None and not small.training
    assert type(model[0]) is nn.Linear and model.training
    assert quantize_dynamic(model, {nn.Linear}, inplace=True) is model
    assert isinstance(model[0], QuantizedLinear)
    assert isinstance(quantize_dynamic(nn.Linear(2, 2)), QuantizedLinear)
    with pytest.raises(DTypeError):
        quantize_dynamic(model, {nn.Conv2d})


def test_a_pruned_layer_is_refused_until_its_weight_is_a_parameter_again() -> None:
    layer = prune.l1_unstructured(nn.Linear(4, 4), "weight", 8)
    with pytest.raises(GraphError, match="prune.remove"):
        quantize_dynamic(nn.Sequential(layer))
    small: Any = quantize_dynamic(prune.remove(layer, "weight"))
    assert (small.weight.numpy() == 0).sum() >= 8


def test_weights_take_a_quarter_also_in_a_file_and_come_back(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    small = quantize_dynamic(model)
    assert bytes_of(small) < 0.27 * bytes_of(model)
    sizes = []
    for name, which in (("large", model), ("small", small)):
        minigrad.save(which.state_dict(), tmp_path / f"{name}.safetensors")
        sizes.append((tmp_path / f"{name}.safetensors").stat().st_size)
    assert sizes[1] < 0.28 * sizes[0]
    other = quantize_dynamic(nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)))
    other.load_state_dict(minigrad.load(tmp_path / "small.safetensors"))
    x = minigrad.randn(3, 256)
    assert np.array_equal(other(x).numpy(), small(x).numpy())


def test_it_is_loaded_on_first_use() -> None:
    done = subprocess.run([sys.executable, "-c", "import sys, minigrad\n"
                           "assert 'minigrad.quantization' not in sys.modules\n"
                           "assert minigrad.quantization.integer_product"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
def test_the_same_whole_numbers_as_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = RANDOM.normal(size=(5, 40)).astype(np.float32)
    small = quantize_per_channel(minigrad.tensor(x))
    theirs = torch.quantize_per_channel(torch.from_numpy(x),
                                        torch.from_numpy(small.q_per_channel_scales().numpy().copy()),
                                        torch.zeros(5, dtype=torch.long), 0, torch.qint8)
    assert np.array_equal(small.int_repr().numpy(), theirs.int_repr().numpy())
    np.testing.assert_allclose(small.dequantize().numpy(), theirs.dequantize().numpy(), rtol=1e-6)
