"""Initial weights and random tensors: the distributions that PyTorch states, and its numbers for gains.

Random numbers differ from PyTorch's; so bounds are compared exactly, and means and deviations within six
standard errors.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.nn import init

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

SHAPES = [(200, 300), (64, 32, 3, 3), (100, 50, 5)]


@pytest.fixture(autouse=True)
def seed() -> None:
    minigrad.manual_seed(0)
    torch.manual_seed(0)


def is_uniform(x: np.ndarray, low: float, high: float) -> None:
    """Within [low, high], close to both, and with the mean and deviation of the uniform distribution."""
    width, n = high - low, x.size
    near = 20 * width / n + 1e-7
    assert low <= x.min() < low + near and high - near < x.max() <= high + 1e-7
    assert abs(x.mean() - (low + high) / 2) < 6 * width / math.sqrt(12 * n)
    assert abs(x.std() / (width / math.sqrt(12)) - 1) < 6 * math.sqrt(0.8 / (4 * n)) + 1e-3


def is_normal(x: np.ndarray, mean: float, std: float) -> None:
    """The mean, deviation and share beyond one and two deviations of the normal distribution."""
    n = x.size
    assert abs(x.mean() - mean) < 6 * std / math.sqrt(n)
    assert abs(x.std() / std - 1) < 6 / math.sqrt(2 * n)
    for k, share in ((1, 0.317311), (2, 0.045500)):
        assert abs((np.abs(x - mean) > k * std).mean() - share) < 6 * math.sqrt(share / n)


def bound_of(name: str, shape: tuple[int, ...], **options: Any) -> float:
    """The bound of a uniform initialization, as PyTorch draws it: its largest entry, and its formula."""
    fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    if name.startswith("xavier"):
        return options.get("gain", 1.0) * math.sqrt(6 / (fan_in + fan_out))
    gain = torch.nn.init.calculate_gain(options.get("nonlinearity", "leaky_relu"), options.get("a", 0))
    return gain * math.sqrt(3 / (fan_out if options.get("mode") == "fan_out" else fan_in))


OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("xavier", {}), ("xavier", {"gain": 2.5}), ("kaiming", {}), ("kaiming", {"a": math.sqrt(5)}),
    ("kaiming", {"nonlinearity": "relu"}), ("kaiming", {"mode": "fan_out", "nonlinearity": "tanh"})]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name, options", OPTIONS)
def test_xavier_and_kaiming(name: str, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    bound = bound_of(name, shape, **options)
    for library, module in ((minigrad, init), (torch, torch.nn.init)):
        x = getattr(module, f"{name}_uniform_")(library.empty(shape), **options)
        is_uniform(x.numpy(), -bound, bound)
        x = getattr(module, f"{name}_normal_")(library.empty(shape), **options)
        is_normal(x.numpy(), 0.0, bound / math.sqrt(3))


def test_constants_and_plain_distributions() -> None:
    x = minigrad.empty(200, 300)
    assert (init.zeros_(x).numpy() == 0).all() and (init.ones_(x).numpy() == 1).all()
    assert (init.constant_(x, 2.5).numpy() == 2.5).all()
    assert init.uniform_(x, -1.0, 3.0) is x
    is_uniform(x.numpy(), -1.0, 3.0)
    is_uniform(init.uniform_(x).numpy(), 0.0, 1.0)
    is_normal(init.normal_(x, 2.0, 0.3).numpy(), 2.0, 0.3)
    is_normal(init.normal_(x).numpy(), 0.0, 1.0)


@pytest.mark.parametrize("name", ["linear", "conv1d", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu",
                                  "selu"])
def test_gains(name: str) -> None:
    assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-12)
    if name == "leaky_relu":
        assert init.calculate_gain(name, 0.3) == pytest.approx(torch.nn.init.calculate_gain(name, 0.3))


def test_unknown_names_raise_in_both() -> None:
    for module, empty in ((init, minigrad.empty), (torch.nn.init, torch.empty)):
        with pytest.raises(ValueError):
            module.calculate_gain("nothing")
        with pytest.raises(ValueError):
            module.kaiming_normal_(empty(3, 3), mode="fan_up")
        with pytest.raises(ValueError):
            module.xavier_uniform_(empty(3))


LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Linear", (300, 200), {}), ("Conv1d", (64, 64, 5), {}), ("Conv2d", (32, 64, 3), {"groups": 2}),
    ("ConvTranspose2d", (64, 32, 3), {}), ("Embedding", (300, 200), {}), ("RNN", (30, 100), {}),
    ("LSTM", (30, 100), {}), ("GRU", (30, 100), {}), ("MultiheadAttention", (120, 4), {}),
    ("BatchNorm2d", (50,), {}), ("LayerNorm", (50,), {}), ("GroupNorm", (5, 50), {}),
    ("TransformerEncoderLayer", (64, 4, 128), {})]


@pytest.mark.parametrize("name, args, options", LAYERS)
def test_the_first_weights_of_layers(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    ours, theirs = getattr(minigrad.nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    for (key, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters()):
        a, b = p.detach().numpy(), q.detach().numpy()
        assert key == other and a.shape == b.shape and a.dtype == b.dtype == np.float32
        if b.std() == 0:
            assert np.array_equal(a, b), key
            continue
        n = a.size
        assert abs(a.std() / b.std() - 1) < 6 * math.sqrt(1 / n), key
        assert abs(a.mean() - b.mean()) < 6 * b.std() * math.sqrt(2 / n), key
        if name != "Embedding":                             # uniform: the bounds, too
            assert np.abs(a).max() == pytest.approx(np.abs(b).max(), rel=12 / n + 1e-6), key


def test_random_tensors() -> None:
    n = 40_000
    for library in (minigrad, torch):
        is_uniform(library.rand(n).numpy(), 0.0, 1.0)
        is_normal(library.randn(200, 200).numpy(), 0.0, 1.0)
        is_normal(library.randn_like(library.zeros(n)).numpy(), 0.0, 1.0)
        is_uniform(library.rand_like(library.zeros(n)).numpy(), 0.0, 1.0)
        counts = np.bincount(library.randint(2, 7, (n,)).numpy(), minlength=8)
        assert counts[:2].sum() == counts[7:].sum() == 0
        assert (np.abs(counts[2:7] - n / 5) < 6 * math.sqrt(n * 0.16)).all()
        assert sorted(library.randperm(100).tolist()) == list(range(100)) != library.randperm(100).tolist()
        assert library.randint(5, (3, 2)).shape == (3, 2)
        assert library.rand(2, 3, dtype=library.float64).numpy().dtype == np.float64
        assert str(library.randperm(3).dtype).endswith("int64")
        assert str(library.rand(3).dtype).endswith("float32")


def test_drawing_by_weights() -> None:
    n = 20_000
    weights = np.array([[1, 0, 2, 5], [0.5, 0.25, 0, 0.25]])
    share = weights / weights.sum(1, keepdims=True)
    for library in (minigrad, torch):
        w = library.tensor(weights.tolist())
        drawn = library.multinomial(w, n, replacement=True)
        assert drawn.shape == (2, n) and str(drawn.dtype).endswith("int64")
        rows = [np.bincount(row, minlength=4) / n for row in drawn.numpy()]
        assert (np.abs(rows - share) <= 6 * np.sqrt(share * (1 - share) / n)).all()

        pairs = library.multinomial(w[0].reshape(1, 4) * library.ones(n, 1), 2).numpy()
        assert (pairs[:, 0] != pairs[:, 1]).all() and 1 not in pairs
        for first in (0, 2, 3):             # then the others, by their own weights
            seconds = pairs[pairs[:, 0] == first, 1]
            rest = np.where(np.arange(4) == first, 0, weights[0])
            found, expected = np.bincount(seconds, minlength=4) / len(seconds), rest / rest.sum()
            assert (np.abs(found - expected) <= 6 * np.sqrt(expected * (1 - expected) / len(seconds))).all()
        assert library.multinomial(w[0], 3).shape == (3,) and library.multinomial(w, 3).shape == (2, 3)

        ones = library.bernoulli(library.full((n,), 0.3)).numpy()
        assert set(ones.tolist()) == {0.0, 1.0} and abs(ones.mean() - 0.3) < 6 * math.sqrt(0.21 / n)
        assert library.tensor([[1.0, 0.0]]).bernoulli().tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("weights, samples, replacement, words", [
    ([1.0, -1.0], 1, True, "from 0"), ([0.0, 0.0], 1, True, "from 0"), ([math.inf, 1.0], 1, True, "finite"),
    ([math.nan, 1.0], 1, True, "finite"), ([1.0, 0.0], 2, False, "replacement=True"),
    ([1.0, 2.0], 0, True, "from 1"), ([1, 2], 1, True, "float"), ([[[1.0]]], 1, True, "shape"),
    (1.0, 1, True, "shape"), ([], 1, True, "shape")])
def test_weights_by_which_nothing_is_drawn(weights: Any, samples: int, replacement: bool, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        minigrad.multinomial(minigrad.tensor(weights), samples, replacement)
    if replacement:             # without, PyTorch draws positions of weight 0 when nothing else is left
        with pytest.raises(RuntimeError):
            torch.multinomial(torch.tensor(weights), samples, replacement)


@pytest.mark.parametrize("size", [5e-324, 1e308])
def test_weights_whose_sum_is_out_of_range(size: float) -> None:
    weights = minigrad.tensor([size, 0.0, size, size], dtype=minigrad.float64)
    for replacement, count in ((True, 100), (False, 3)):
        assert set(minigrad.multinomial(weights, count, replacement).tolist()) == {0, 2, 3}
    far_apart = minigrad.tensor([[0.0, 1e308, 0.0, 1e-20]] * 100, dtype=minigrad.float64)
    assert set(minigrad.multinomial(far_apart, 2).flatten().tolist()) == {1, 3}


def test_probabilities_that_are_none() -> None:
    for p in ([1.5], [-0.1], [math.nan]):
        with pytest.raises(minigrad.errors.RangeError, match="0 to 1"):
            minigrad.bernoulli(minigrad.tensor(p))
    with pytest.raises(minigrad.errors.DTypeError, match="floating"):
        minigrad.bernoulli(minigrad.tensor([1, 0]))


def test_a_seed_gives_the_same_numbers_again() -> None:
    for library in (minigrad, torch):
        runs = []
        for _ in range(2):
            library.manual_seed(5)
            runs.append([library.rand(3).tolist(), library.randn(3).tolist(), library.randperm(9).tolist()])
        assert runs[0] == runs[1]
        library.manual_seed(6)
        assert library.rand(3).tolist() != runs[0][0]
        own = library.Generator()
        own.manual_seed(1)
        a = library.rand(3, generator=own).tolist()
        own.manual_seed(1)
        assert library.rand(3, generator=own).tolist() == a
