"""Extreme inputs: huge logits, zeros under roots and powers, ties, empty and size-1 dimensions, nan and inf.

Values and gradients are PyTorch's, so finite where PyTorch's are finite.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from oracle_calls import Call, Const
from oracle_compare import disagreements

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

inf, nan = np.inf, np.nan
HUGE = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [1e-4, -1e-4, 1e300],
                 [800, -800, 37]])
ZEROS = np.array([0.0, -0.0, 1.0, 4.0])
SPECIAL = np.array([inf, -inf, nan, 0.0, -1.0, 1e300, 1e-300, 5e-324])
TIES = np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 3.0, 3.0]])
LABELS = np.array([0, 1, 2, 0, 1])
CHANCES = np.array([0.0, 1.0, 0.5, 1e-300, 1.0 - 1e-16])


def check(name: str, *args: Any, **kwargs: Any) -> None:
    found = disagreements(torch, Call(name, args, kwargs))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["F.relu", "F.sigmoid", "F.tanh", "F.silu", "F.gelu", "F.logsigmoid",
                                  "F.softplus", "F.elu", "F.leaky_relu", "F.hardtanh", "F.relu6", "exp",
                                  "erf", "expm1", "abs", "F.mish", "F.hardswish", "F.hardsigmoid", "F.celu",
                                  "F.selu", "F.softsign", "F.tanhshrink", "F.hardshrink", "F.softshrink",
                                  "exp2", "atan", "asinh"])
def test_activations_of_huge_numbers(name: str) -> None:
    check(name, HUGE[:3])
    check(name, HUGE[4])
    if name != "F.gelu":                        # x³ overflows, see the next test
        check(name, np.array([1e200, -1e200]))


def test_gelu_of_huge_numbers() -> None:
    for approximate in ("none", "tanh"):
        check("F.gelu", np.array([1e4, -1e4, 1e100, -1e100, 0.0]), approximate=approximate)


@pytest.mark.parametrize("name", ["F.softmax", "F.log_softmax", "logsumexp"])
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_of_huge_logits(name: str, dim: int) -> None:
    check(name, HUGE, dim=dim)
    check(name, HUGE[:, :1], dim=dim)
    check(name, np.array([[-inf, 0.0, 1.0], [-inf, -inf, 2.0]]), dim=1)


@pytest.mark.parametrize("name", ["F.softmax", "F.log_softmax", "logsumexp"])
def test_softmax_of_nothing_but_minus_infinity(name: str) -> None:
    check(name, Const(np.array([[-inf, -inf], [0.0, 1.0]])), dim=1)
    check(name, Const(np.array([[inf, 0.0], [nan, 1.0]])), dim=1)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_huge_logits(reduction: str) -> None:
    check("F.cross_entropy", HUGE, LABELS, reduction=reduction)
    check("F.cross_entropy", HUGE[:3], LABELS[:3], label_smoothing=0.1, reduction=reduction)
    check("F.cross_entropy", HUGE[:3], np.full((3, 3), 1 / 3), reduction=reduction)
    check("F.cross_entropy", HUGE, LABELS, Const(np.array([1.0, 0.0, 2.0])), reduction=reduction)
    check("F.cross_entropy", np.array([[-inf, 0.0, 1.0]]), np.array([1]), reduction=reduction)


def test_cross_entropy_of_only_ignored_labels_is_nan() -> None:
    check("F.cross_entropy", HUGE, np.full(5, -100))
    check("F.cross_entropy", HUGE, np.full(5, -100), reduction="sum")
    check("F.nll_loss", HUGE[:3], np.full(3, 2), ignore_index=2)


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_binary_cross_entropy_at_the_limits(reduction: str) -> None:
    for target in (0.0, 1.0, 0.5):
        check("F.binary_cross_entropy", CHANCES, Const(np.full(5, target)), reduction=reduction)
        same = Const(np.full((3, 3), target))
        check("F.binary_cross_entropy_with_logits", HUGE[:3], same, reduction=reduction)
        check("F.binary_cross_entropy_with_logits", HUGE[:3], same, reduction=reduction,
              pos_weight=Const(np.array([2.0, 0.5, 1.0])))
    check("F.binary_cross_entropy", np.array([0.3, 0.6]), np.array([0.0, 1.0]), reduction=reduction)


def test_kl_div_at_zero() -> None:
    check("F.kl_div", np.array([-1.0, -2.0, 0.0]), Const(np.array([0.0, 1.0, 0.5])), reduction="sum")
    check("F.kl_div", np.array([-1.0, -2.0]), np.array([-inf, 0.0]), reduction="sum", log_target=True)


@pytest.mark.parametrize("name", ["sqrt", "rsqrt", "log", "log1p", "reciprocal", "abs", "sign", "square",
                                  "sigmoid", "tanh", "floor", "round", "exp", "relu", "neg", "expm1", "log2",
                                  "log10", "exp2", "sinc", "tan", "sin", "cosh", "sinh", "atan", "asin",
                                  "acos", "acosh", "asinh", "atanh", "logit", "nan_to_num", "frac",
                                  "F.hardswish", "F.hardsigmoid", "F.hardshrink", "F.softshrink"])
def test_zeros_and_special_numbers(name: str) -> None:
    check(name, ZEROS)
    check(name, np.zeros(()))
    no_number = name in ("F.hardshrink", "F.softshrink")        # PyTorch's slope at nan is 0
    check(name, SPECIAL[~np.isnan(SPECIAL)] if no_number else SPECIAL)


@pytest.mark.parametrize("name", ["atan2", "hypot", "copysign", "fmod", "logaddexp", "xlogy", "fmax", "fmin",
                                  "logaddexp2"])
def test_pairs_of_zeros_and_special_numbers(name: str) -> None:
    numbers = np.array([0.0, -0.0, 1.0, -2.0, inf, -inf, nan])
    check(name, *(np.ascontiguousarray(side.ravel()) for side in np.meshgrid(numbers, numbers)))


@pytest.mark.parametrize("name", ["F.hardswish", "F.hardsigmoid", "F.hardshrink", "F.softshrink", "F.celu",
                                  "F.selu", "F.softsign", "F.tanhshrink"])
def test_activations_at_their_kinks(name: str) -> None:
    check(name, np.array([-3.0, -0.5, -0.0, 0.0, 0.5, 3.0]))


@pytest.mark.parametrize("exponent", [2, 3, 1, 0, 0.5, -1, 2.0, 1.5, 0.0, 4])
def test_powers_of_zero(exponent: float) -> None:
    check("pow", np.abs(ZEROS) if exponent == 0.5 else ZEROS, exponent)     # (−0)^−½ is −∞ in PyTorch
    check("pow", np.array([-2.0, -0.5, 0.0, inf]), exponent)
    check("pow", ZEROS, np.full(4, float(exponent)))
    check("pow", exponent, ZEROS)
    check("pow", 0.0, np.array([0.0, 1.0, 2.0]))


@pytest.mark.parametrize("p", [2, 1, 3, 1.5, inf, -inf, 0, "fro"])
def test_norm_of_zeros(p: Any) -> None:
    check("norm", np.zeros((2, 3)), p=p)
    check("norm", np.array([[0.0, 0.0], [3.0, -4.0], [0.0, 2.0]]), p=p, dim=1)
    check("norm", TIES, p=p, dim=0, keepdim=True)
    check("norm", np.array([1e-200, 1e-200]), p=p)


def test_the_norm_of_nothing() -> None:
    check("norm", np.zeros((0,)))
    check("norm", np.zeros((2, 0)), p=2, dim=1)
    check("norm", np.zeros((2, 0)), p=1, dim=1)


def test_normalize_and_cosine_of_zeros() -> None:
    check("F.normalize", np.zeros((2, 3)))
    check("F.normalize", np.array([[1e-20, 0.0], [3.0, 4.0]]))
    check("F.cosine_similarity", np.zeros((2, 3)), np.ones((2, 3)))
    check("F.cosine_similarity", np.zeros((2, 3)), np.zeros((2, 3)))


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "sort", "argmax", "argmin", "topk", "median",
                                  "cumsum", "prod", "argsort"])
@pytest.mark.parametrize("dim", [0, 1])
def test_ties(name: str, dim: int) -> None:
    if name == "topk":
        pytest.skip("PyTorch leaves open which of equal entries come first")
    if name == "median":                        # which of equal entries is named, is open; the value is not
        return check("median", np.array([[1.0, 1.0, 1.0]]).T if dim == 0 else np.array([[5.0]]), dim)
    stable = {"stable": True} if name in ("sort", "argsort") else {}
    check(name, TIES, dim=dim, **stable)
    if stable:
        check(name, TIES, dim=dim, descending=True, **stable)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "maximum", "minimum", "argmax", "argmin"])
def test_nan_and_ties_of_everything(name: str) -> None:
    two = name in ("maximum", "minimum")
    check(name, TIES, *([TIES[::-1].copy()] if two else []))
    with_nan = np.array([1.0, nan, 3.0, nan])
    check(name, Const(with_nan), *([Const(np.ones(4))] if two else []))
    if not two:
        check(name, Const(with_nan), dim=0)


def test_sorting_nan() -> None:
    x = Const(np.array([[nan, 1.0, inf, -inf, nan, 0.0]]))
    for descending in (False, True):
        check("sort", x, descending=descending, stable=True)
        check("topk", Const(np.array([nan, 1.0, 2.0])), 2, largest=descending)


def test_clamp_at_its_limits() -> None:
    check("clamp", np.array([0.0, 1.0, 0.5, -1.0, 2.0]), 0.0, 1.0)
    check("clamp", Const(SPECIAL), -1.0, 1.0)
    check("clamp", np.array([0.0, 1.0]), np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    check("F.hardtanh", np.array([-1.0, 1.0, 0.0, 2.0]))
    check("F.relu6", np.array([0.0, 6.0, 3.0]))


def test_losses_at_their_kinks() -> None:
    x, y = np.array([0.0, 1.0, 2.0, -1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    for name in ("F.l1_loss", "F.smooth_l1_loss", "F.huber_loss", "F.mse_loss"):
        check(name, x, y)
        check(name, x * 1e4, y)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "any", "all", "argsort", "cumsum", "logsumexp",
                                  "sort"])
def test_empty_dimensions(name: str) -> None:
    x: Any = np.zeros((2, 0))
    if name in ("any", "all"):
        x = x.astype(bool)
    for dim in (0, 1):
        check(name, x, dim=dim)
    if name in ("sum", "mean", "prod", "any", "all"):
        check(name, x)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "argmax", "argmin", "median"])
def test_the_extreme_of_an_empty_set_raises(name: str) -> None:
    for library in (minigrad, torch):
        with pytest.raises((RuntimeError, IndexError, ValueError)):
            getattr(library, name)(library.zeros(2, 0), dim=1)
    check(name, np.zeros((0, 2)), dim=1)


def test_sizes_of_one() -> None:
    one = np.array([[3.0]])
    for name in ("sum", "mean", "logsumexp", "amax", "softmax", "log_softmax", "cumsum"):
        check(name, one, 1)
    check("std", one, correction=0)
    check("var", Const(one), correction=1)                  # 0 / 0
    check("std", Const(np.array([2.0])))
    check("F.layer_norm", one, (1,))
    check("F.group_norm", np.ones((2, 2, 1)), 1)
    check("F.batch_norm", np.ones((4, 2)), None, None, training=True)
    check("F.cross_entropy", one, np.array([0]))


def test_std_of_equal_numbers() -> None:
    check("std", np.full(3, 2.0))
    check("std", np.full((2, 3), 1.0), dim=1)
    check("var", np.full(3, 2.0))


@pytest.mark.parametrize("name", ["div", "remainder", "floor_divide", "operator.truediv", "operator.floordiv",
                                  "operator.mod"])
def test_division_by_zero(name: str) -> None:
    x, y = np.array([1.0, -1.0, 0.0, 5.0, inf, -inf, 3.0]), np.array([0.0, 0.0, 0.0, inf, 2.0, inf, -inf])
    check(name, Const(x), Const(y))
    check(name, Const(x), 0.0)
    if name == "div":
        check(name, x[:4], np.array([0.5, 1e-300, 3.0, inf]))


def test_where_and_masks_with_infinities() -> None:
    check("where", np.array([True, False]), np.array([1.0, 2.0]), np.array([inf, nan]))
    check("masked_fill", np.array([1.0, 2.0]), np.array([True, False]), -inf)


def test_products_with_zeros() -> None:
    for x in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [1.0, 2.0, 0.0]):
        check("prod", np.array(x))
        check("prod", np.array([x, x]), dim=1)


def test_attention_that_may_look_nowhere() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((2, 3, 4)) for _ in range(3))
    mask = np.array([[True, False, True], [False, False, False], [True, True, True]])
    check("F.scaled_dot_product_attention", Const(q), Const(k), Const(v), Const(mask))


def test_max_pooling_of_ties_and_infinities() -> None:
    x = np.array([[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0], [-inf, -inf, 0.0, 0.0],
                    [-inf, -inf, 0.0, -0.0]]]])
    check("F.max_pool2d", x, 2, return_indices=True)
    check("F.max_pool2d", np.maximum(x, -5), 3, 1, 1, return_indices=True)
    check("F.max_pool2d", Const(np.where(x == 1, nan, x)), 2)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_max_pooling_of_nothing_but_minus_infinity_takes_the_first_pixel(padding, stride, dilation) -> None:
    """Not the padding before it: values, indices and gradients."""
    import torch
    x = np.random.default_rng(0).standard_normal((2, 2, 7, 6))
    x[:, :, :3, :3] = x[1] = -inf
    ours, theirs = minigrad.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    options = dict(kernel_size=2, stride=stride, padding=padding, dilation=dilation, return_indices=True)
    y, at = minigrad.nn.functional.max_pool2d(ours, **options)
    expected, places = torch.nn.functional.max_pool2d(theirs, **options)
    g = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(minigrad.tensor(g))
    expected.backward(torch.tensor(g))
    assert np.array_equal(y.detach().numpy(), expected.detach().numpy())
    assert np.array_equal(at.numpy(), places.numpy())
    assert np.allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-12)
