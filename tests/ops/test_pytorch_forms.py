"""Forms in which programs for PyTorch call: Tensor(2, 3), size=, out=, new_zeros, x.unsqueeze_(0)."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import Tensor
from minigrad.errors import DTypeError, GraphError, RangeError, ShapeError


def test_tensor_of_a_list_is_floating_and_of_ints_has_these_sizes() -> None:
    assert Tensor([1, 2]).dtype == minigrad.float32 and Tensor([[True]]).tolist() == [[1.0]]
    assert Tensor(3).shape == (3,) and Tensor(2, 3).shape == (2, 3) and Tensor().shape == (0,)
    assert Tensor(minigrad.zeros(2, 3).shape).shape == (2, 3)
    assert Tensor(2, 3).isnan().all()                       # nobody computes with it unnoticed
    assert Tensor(np.arange(3)).dtype == minigrad.int64     # an array is shared, and keeps its dtype
    for wrong in ((2, -1), (2, "a"), ([1.0], 2), (minigrad.ones(1), True)):
        with pytest.raises(TypeError, match="expected data or sizes"):
            Tensor(*wrong)


def test_a_tensor_of_one_entry_in_a_list_counts_as_a_number() -> None:
    one, two = minigrad.tensor([1.0]), minigrad.tensor([2.0])
    assert minigrad.tensor([[one], [two]]).shape == (2, 1)
    assert minigrad.tensor([one, two]).tolist() == [1, 2]
    assert minigrad.tensor(one).shape == (1,)


@pytest.mark.parametrize("make", [
    lambda: minigrad.zeros(3, 4).t().view(12), lambda: minigrad.zeros(3, 4)[:, :2].view(6),
    lambda: minigrad.zeros(3, 1).expand(3, 4).view(12),
    lambda: minigrad.zeros(3, 4, requires_grad=True).T.view(-1)])
def test_view_refuses_what_needs_a_copy(make: Any) -> None:
    with pytest.raises(ShapeError, match=r"view: .*needs a copy.*contiguous\(\)"):
        make()


def test_view_takes_what_can_be_a_view() -> None:
    x = minigrad.arange(12).view(3, 4)
    assert x.t().t().view(12).tolist() == list(range(12)) and x[1:].view(8).shape == (8,)
    assert minigrad.zeros(2, 3, 4).transpose(0, 1).view(3, 2, 2, 2).shape == (3, 2, 2, 2)
    y = minigrad.nn.Conv2d(1, 20, 3)(minigrad.zeros(5, 1, 8, 8))            # laid out as convolution likes
    assert not y.is_contiguous() and y.view(5, -1).shape == (5, 720)


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_size_by_keyword(name: str) -> None:
    make = getattr(minigrad, name)
    assert make(size=(2, 3), dtype=minigrad.float64).shape == (2, 3)
    assert make(2, 3, memory_format=minigrad.contiguous_format, pin_memory=True).shape == (2, 3)


@pytest.mark.parametrize("call", [
    lambda: minigrad.randint(5, (99,)), lambda: minigrad.randint(5, size=(99,)),
    lambda: minigrad.randint(high=5, size=(99,)), lambda: minigrad.randint(0, 5, (99,)),
    lambda: minigrad.randint(low=0, high=5, size=(99,))])
def test_the_forms_of_randint(call: Any) -> None:
    x = call()
    assert x.shape == (99,) and set(x.tolist()) == {0, 1, 2, 3, 4}


def test_normal_by_size_and_by_tensors() -> None:
    minigrad.manual_seed(0)
    x = minigrad.normal(5.0, 2.0, size=(10000,))
    assert abs(x.mean().item() - 5) < 0.1 and abs(x.std().item() - 2) < 0.1
    assert minigrad.normal(minigrad.zeros(3, 1), minigrad.ones(4)).shape == (3, 4)
    with pytest.raises(RangeError, match="std"):
        minigrad.normal(0.0, -1.0, (2,))


@pytest.mark.parametrize("name, options, mean, spread", [
    ("normal_", (2.0, 3.0), 2, 3), ("uniform_", (-1.0, 3.0), 1, 4 / 12 ** 0.5),
    ("exponential_", (0.5,), 2, 2),
    ("bernoulli_", (0.3,), 0.3, 0.21 ** 0.5), ("geometric_", (0.5,), 2, 2 ** 0.5),
    ("random_", (5,), 2, 2 ** 0.5), ("random_", (2, 5), 3, (2 / 3) ** 0.5),
    ("log_normal_", (0.0, 0.5), np.exp(1 / 8), 0.604)])
def test_redrawing_in_place(name: str, options: Any, mean: float, spread: float) -> None:
    x = minigrad.zeros(40000, dtype=minigrad.float64)
    random = minigrad.Generator(0)
    assert getattr(x, name)(*options, generator=random) is x
    assert abs(x.mean().item() - mean) < 0.05 * spread and abs(x.std().item() - spread) < 0.05 * spread
    again = getattr(minigrad.zeros(40000, dtype=minigrad.float64), name)(*options,
                                                                        generator=minigrad.Generator(0))
    assert minigrad.equal(x, again)


def test_redrawing_takes_its_options_by_name() -> None:
    x = minigrad.zeros(20000)
    assert abs(x.normal_(std=0.02).mean().item()) < 0.001 and abs(x.std().item() - 0.02) < 0.001
    assert abs(x.normal_(std=0.5, mean=7).mean().item() - 7) < 0.05 and abs(x.std().item() - 0.5) < 0.05
    assert 0 <= x.uniform_(to=0.25).min().item() and x.max().item() < 0.25
    assert abs(x.exponential_(lambd=4.0).mean().item() - 0.25) < 0.02
    assert minigrad.zeros(5000, dtype=minigrad.uint8).random_().max() == 255
    for call in (lambda: x.normal_(sigma=1), lambda: x.normal_(0, 1, 2), lambda: x.geometric_()):
        with pytest.raises(TypeError, match="arguments are"):
            call()


@pytest.mark.parametrize("name", ["normal_", "log_normal_", "uniform_", "exponential_", "cauchy_"])
def test_numbers_between_integers_are_not_cut_to_integers(name: str) -> None:
    with pytest.raises(DTypeError, match=f"{name}.*int64"):
        getattr(minigrad.zeros(3, dtype=minigrad.int64), name)()
    with pytest.raises(DTypeError, match="int64"):
        minigrad.normal(minigrad.tensor([1, 2]), 1.0)
    assert set(minigrad.zeros(99, dtype=minigrad.int64).bernoulli_().tolist()) == {0, 1}


def test_the_mode_of_nan_and_of_nothing() -> None:
    nan = minigrad.nan
    values, indices = minigrad.tensor([[nan, nan, nan], [1.0, nan, nan], [2.0, nan, 2.0]]).mode()
    assert np.array_equal(values.numpy(), [nan, 1, 2], equal_nan=True) and indices.tolist() == [0, 0, 2]
    values, indices = minigrad.zeros(0, 3).mode()
    assert values.shape == indices.shape == (0,) and indices.dtype == np.int64
    assert minigrad.zeros(2, 0, 3).mode(0, keepdim=True).values.shape == (1, 0, 3)


def test_redrawing_refuses() -> None:
    x = minigrad.zeros(3)
    for call in (lambda: x.uniform_(2, 1), lambda: x.normal_(0, -1), lambda: x.exponential_(0),
                 lambda: x.random_(0), lambda: x.bernoulli_(2), lambda: x.cauchy_(0, 0)):
        with pytest.raises(RangeError):
            call()
    with pytest.raises(GraphError, match="normal_"):
        minigrad.zeros(2, requires_grad=True).normal_()


def test_out_is_written_and_returned() -> None:
    x, y = minigrad.tensor([1.0, 4.0]), minigrad.empty(2)
    for call, expected in ((lambda: minigrad.add(x, x, out=y), [2, 8]),
                           (lambda: minigrad.sqrt(x, out=y), [1, 2]),
                           (lambda: minigrad.matmul(minigrad.eye(2), x, out=y), [1, 4]),
                           (lambda: minigrad.sum(minigrad.ones(2, 2), 0, out=y), [2, 2]),
                           (lambda: minigrad.clamp(x, max=2, out=y), [1, 2]),
                           (lambda: minigrad.cat([x[:1], x[:1]], out=y), [1, 1]),
                           (lambda: minigrad.lt(x, 2, out=y), [1, 0]),
                           (lambda: minigrad.zeros(2, out=y), [0, 0])):
        assert call() is y and y.tolist() == expected
    part = minigrad.zeros(2, 2)
    minigrad.exp(minigrad.zeros(2), out=part[:, 1])
    assert part.tolist() == [[0, 1], [0, 1]]
    values, indices = minigrad.max(minigrad.eye(2), 1, out=(y, minigrad.zeros(2, dtype=minigrad.int64)))
    assert values is y and indices.tolist() == [0, 1]
    grown = minigrad.empty(0)
    assert minigrad.mul(x, 2, out=grown) is grown and grown.tolist() == [2, 8]


def test_out_refuses_what_would_be_wrong() -> None:
    x = minigrad.ones(2)
    with pytest.raises(ShapeError, match="add: .*out"):
        minigrad.add(x, x, out=minigrad.empty(3))
    with pytest.raises(DTypeError, match="exp: .*out"):
        minigrad.exp(x, out=minigrad.zeros(2, dtype=minigrad.int64))
    with pytest.raises(GraphError, match="no_grad"):
        minigrad.exp(minigrad.ones(2, requires_grad=True), out=minigrad.empty(2))
    with pytest.raises(TypeError, match="out must be a tensor"):
        minigrad.exp(x, out=[0.0, 0.0])


def test_new_tensors_take_dtype_from_the_old_one() -> None:
    x = minigrad.zeros(1, dtype=minigrad.float64)
    assert x.new_zeros(2, 3).dtype == x.new_ones((2,)).dtype == x.new_full((2,), 3).dtype == minigrad.float64
    assert x.new_tensor([1, 2]).dtype == minigrad.float64 and x.new_empty(2).shape == (2,)
    assert x.new_zeros(2, dtype=minigrad.int64).dtype == minigrad.int64


def test_reshaping_in_place_keeps_memory_and_gradient() -> None:
    x = minigrad.arange(6.0)
    y = x.unsqueeze_(0)
    assert y is x and x.shape == (1, 6) and x.squeeze_().shape == (6,)
    assert minigrad.zeros(2, 3).t_().shape == minigrad.zeros(2, 3).transpose_(0, 1).shape == (3, 2)
    w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    z = w * 3
    z.unsqueeze_(1)
    (z * z).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [18, 36]
    part = (w * 2)
    view = part[:1]
    with pytest.raises(GraphError, match="unsqueeze_: .*shares its memory"):
        part.unsqueeze_(0)
    with pytest.raises(GraphError, match="unsqueeze_"):
        view.unsqueeze_(0)


def test_every_operation_of_entries_has_its_form_in_place() -> None:
    x = minigrad.tensor([0.5, 0.25])
    for name in ("sin", "add", "floor", "lerp", "logical_not", "tril", "cumsum", "index_add", "scatter"):
        assert getattr(Tensor, f"{name}_").__doc__ == f"``{name}`` in place."
    assert x.sin_() is x and x.tolist() == pytest.approx([0.4794, 0.2474], abs=1e-4)
    i = minigrad.tensor([1, 2])
    with pytest.raises(DTypeError, match="exp_"):
        i.exp_()


def test_facts() -> None:
    x = minigrad.zeros(2, 3, dtype=minigrad.float64)
    assert x.nelement() == 6 and x.ndimension() == 2 and x.element_size() == 8 and x.nbytes == 48
    assert x.stride() == (3, 1) and x.t().stride() == (1, 3) and x.t().stride(0) == 1
    assert not x.is_cuda and not x.is_complex() and x.data_ptr() == x[:1].data_ptr() != x[1:].data_ptr()
    assert x.T.shape == x.H.shape == x.mT.shape == (3, 2)


@pytest.mark.parametrize("call", [
    lambda x, f: x.clone(memory_format=f), lambda x, f: x.contiguous(memory_format=f),
    lambda x, f: x.to(memory_format=f), lambda x, f: x.cpu(memory_format=f),
    lambda x, f: minigrad.empty_like(x, memory_format=f).copy_(x)])
def test_memory_formats_are_accepted(call: Any) -> None:
    x = minigrad.randn(2, 3, 4, 5)
    for form in (minigrad.channels_last, minigrad.contiguous_format, minigrad.preserve_format):
        assert minigrad.equal(call(x, form), x)
    assert x.is_contiguous(memory_format=minigrad.channels_last)


def test_the_graph_is_walked_by_next_functions() -> None:
    w = minigrad.ones(2, requires_grad=True)
    loss = (w * 2).sum()
    ((product, _),) = loss.grad_fn.next_functions
    (leaf, _), constant = product.next_functions
    assert repr(product).startswith("<MulBackward0 object at 0x") and leaf.variable is w
    assert repr(leaf).startswith("<AccumulateGrad") and leaf.next_functions == () and constant == (None, 0)


@pytest.mark.parametrize("dtype", ["bfloat16", "complex64", "cfloat"])
def test_dtypes_that_numpy_lacks_may_be_named_but_not_used(dtype: str) -> None:
    missing = getattr(minigrad, dtype)
    for use in (lambda: minigrad.zeros(2, dtype=missing), lambda: minigrad.ones(2).to(missing),
                lambda: minigrad.tensor([1.0], dtype=missing),
                lambda: minigrad.ones(1).new_zeros(1, dtype=missing)):
        with pytest.raises(DTypeError, match="NumPy has no such numbers"):
            use()
    with pytest.raises(AttributeError, match="no complex tensors"):
        minigrad.view_as_complex


@pytest.mark.parametrize("dtype", [minigrad.int32, minigrad.int16, minigrad.int8])
def test_labels_of_another_integer_dtype_are_refused(dtype: Any) -> None:
    with pytest.raises(DTypeError, match=r"\.long\(\)"):
        minigrad.nn.functional.cross_entropy(minigrad.zeros(2, 3), minigrad.tensor([0, 1], dtype=dtype))


@pytest.mark.parametrize("name, second, options", [
    ("sum", None, {"dim": 1}), ("mean", None, {}), ("argmax", None, {"dim": 0}), ("std", None, {}),
    ("sort", None, {"descending": True}), ("norm", None, {"p": 1}), ("unsqueeze", None, {"dim": 0}),
    ("fliplr", None, {}), ("ravel", None, {}), ("exp", None, {}), ("softmax", None, {"dim": 1}),
    ("matmul", "other", {}), ("mm", "mat2", {}), ("add", "other", {"alpha": 2}), ("mul", "other", {}),
    ("div", "other", {}), ("pow", "exponent", {}), ("atan2", "other", {}), ("eq", "other", {})])
def test_arguments_by_pytorchs_names(name: str, second: str | None, options: Any) -> None:
    x, y = minigrad.tensor([[1.0, 2.0], [4.0, 3.0]]), minigrad.tensor([[2.0, 2.0], [1.0, 3.0]])
    function = getattr(minigrad, name)
    by_place, by_name = ((), {}) if second is None else ((y,), {second: y})
    got, want = function(input=x, **by_name, **options), function(x, *by_place, **options)
    for a, b in zip(*(t if isinstance(t, tuple) else (t,) for t in (got, want))):
        assert minigrad.equal(a, b)
