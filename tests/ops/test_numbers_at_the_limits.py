"""Numbers that no longer fit: float16, integers, and what enters a tensor."""
import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DivisionError, DTypeError, GraphError, RangeError, ShapeError

F = nn.functional
HALF = minigrad.float16


def half(values, **options):
    return minigrad.tensor(values, dtype=HALF, **options)


# ── float16 ───────────────────────────────────────────────────────────────────────────────────────

LARGE = [1e4, -1e4, 0.0]


@pytest.mark.parametrize("name", ["layer_norm", "layer_norm with weights", "normalize", "std", "norm", "var",
                                  "softplus", "mean", "sum", "cumsum", "cosine_similarity", "mse_loss",
                                  "avg_pool2d", "huber_loss", "group_norm", "batch_norm", "logsumexp"])
def test_float16_is_rounded_once_at_the_end_of_a_function(name):
    """The same as in float32, rounded: in value and gradient."""
    one = minigrad.ones(3)
    calls = {
        "layer_norm": lambda x: F.layer_norm(x, 3), "normalize": lambda x: F.normalize(x, dim=0),
        "layer_norm with weights": lambda x: F.layer_norm(x, 3, one.to(x.dtype), one.to(x.dtype)),
        "std": lambda x: x.std(), "norm": lambda x: x.norm(), "var": lambda x: (x / 256).var(),
        "softplus": lambda x: F.softplus(x / 1024), "mean": lambda x: (x + 5e4).mean(),
        "sum": lambda x: (minigrad.cat([x, x, -x]) * 3).sum(), "cumsum": lambda x: (x * 4).cumsum(0),
        "cosine_similarity": lambda x: F.cosine_similarity(x, x + 1, 0),
        "mse_loss": lambda x: F.mse_loss(x / 100, x * 0, reduction="none"),
        "avg_pool2d": lambda x: F.avg_pool2d((x.abs() * 5).reshape(1, 1, 1, 3), (1, 3)),
        "huber_loss": lambda x: F.huber_loss(x, x * 0, reduction="none"),
        "group_norm": lambda x: F.group_norm(x.reshape(1, 3), 1),
        "batch_norm": lambda x: F.batch_norm(x.reshape(3, 1), None, None, training=True),
        "logsumexp": lambda x: x.logsumexp(0)}
    results = []
    for dtype in (minigrad.float32, HALF):
        x = minigrad.tensor(LARGE, dtype=dtype, requires_grad=True)
        y = calls[name](x)
        y.sum().backward()
        assert y.dtype == x.grad.dtype == dtype
        results.append((y.detach().numpy().astype(np.float32), x.grad.numpy().astype(np.float32)))
    for single, rounded in zip(*results):
        with np.errstate(over="ignore"):
            expected = single.astype(np.float16).astype(np.float32)
        assert np.allclose(rounded, expected, rtol=3e-3, atol=1e-4), name


def test_a_number_beyond_float16_beside_a_float16_tensor_keeps_its_value():
    x = half([65504.0, 1.0], requires_grad=True)
    y = x / 2 ** 31
    assert np.allclose(y.detach().numpy(), [65504 / 2 ** 31, 0], atol=1e-7)
    assert (half([1e-7]) * 1e5).item() == pytest.approx(0.0119, rel=1e-2)       # 1e-7 is 1.19e-7 in float16
    assert (x / 70000).sum().backward() is None
    assert np.allclose(x.grad.numpy(), 1 / 70000, rtol=1e-2)


def test_the_mean_of_large_float16_is_finite():
    assert half([60000.0] * 3).mean().item() == 60000
    assert half(np.full((5000, 2), 10.0)).mean(0).tolist() == [10, 10]


def test_a_sum_of_many_float16_does_not_get_stuck():
    """In float16 2048 + 1 is 2048."""
    ones = half(np.ones((5000, 3)), requires_grad=True)
    assert ones.detach().sum(0).tolist() == [5000] * 3
    bias = half(np.zeros(3), requires_grad=True)
    (ones + bias).sum().backward()
    assert bias.grad.tolist() == [5000] * 3


def test_second_derivatives_in_float16():
    x = half([0.5, -1.0], requires_grad=True)
    for f in (lambda x: x.sigmoid(), lambda x: x.exp(), lambda x: x ** 3, lambda x: x.softmax(0)[0]):
        (first,) = minigrad.autograd.grad(f(x).sum(), x, create_graph=True)
        (second,) = minigrad.autograd.grad((first * first).sum(), x)
        wide = x.detach().float().requires_grad_()
        (first,) = minigrad.autograd.grad(f(wide).sum(), wide, create_graph=True)
        (expected,) = minigrad.autograd.grad((first * first).sum(), wide)
        assert second.dtype == HALF
        assert np.allclose(second.numpy(), expected.numpy(), rtol=1e-2, atol=1e-3)


# ── var, std, sums with a dtype ───────────────────────────────────────────────────────────────────

def test_a_lone_bool_of_var_and_std_means_unbiased():
    x = minigrad.arange(6.0).reshape(2, 3)
    assert x.std(True).item() == pytest.approx(1.8708287)
    assert x.var(False).item() == minigrad.var(x, False).item() == pytest.approx(35 / 12)
    assert x.std(0, True).tolist() == x.std(0).tolist()
    assert x.std(0, False, True).tolist() == [[1.5, 1.5, 1.5]]
    assert x.std(1, unbiased=False, keepdim=True).shape == (2, 1)
    assert x.std(correction=None).item() == x.std(()).item() == x.std(None, True).item() == x.std().item()
    assert x.var(correction=0.5).item() == pytest.approx(17.5 / 5.5)


@pytest.mark.parametrize("call", [lambda x: x.std(unbiased=True, correction=1), lambda x: x.var(True, False),
                                  lambda x: x.std(0, True, correction=0)])
def test_var_with_two_answers_to_one_question_raises(call):
    with pytest.raises(TypeError, match="unbiased"):
        call(minigrad.ones(2, 3))


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "float64"])
@pytest.mark.parametrize("name", ["sum", "prod", "cumsum"])
def test_the_dtype_that_was_asked_for_is_the_results(name, dtype):
    x = minigrad.ones(2, 3, dtype=minigrad.bool)
    y = getattr(x, name)(1, dtype=getattr(minigrad, dtype))
    assert y.dtype == getattr(minigrad, dtype)


# ── integers ──────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("call", [lambda x: x // 0, lambda x: x % 0, lambda x: 5 // (x - x),
                                  lambda x: x % (x - 1)])
def test_an_integer_over_zero_raises(call):
    with pytest.raises(DivisionError, match="by 0"):
        call(minigrad.tensor([1, 2]))
    with pytest.raises(ZeroDivisionError):
        call(minigrad.tensor([1, 2]))
    assert call(minigrad.zeros(0, dtype=minigrad.int64)).shape == (0,)


def test_floats_over_zero_are_infinite_or_nan():
    assert (minigrad.tensor([1.0]) // 0).item() == minigrad.inf


@pytest.mark.parametrize("number", [2 ** 63, -2 ** 63 - 1, 2 ** 64])
def test_a_number_beyond_int64_beside_integers_raises(number):
    for x in (minigrad.tensor([True]), minigrad.tensor([1]), minigrad.tensor([1], dtype=minigrad.uint8)):
        for call in (lambda: x + number, lambda: number * x, lambda: x < number, lambda: x.maximum(number)):
            with pytest.raises(DTypeError, match="does not fit int64"):
                call()
    with pytest.raises(DTypeError, match="does not fit int64"):
        minigrad.tensor([number])
    assert (minigrad.tensor([1.0]) + 2 ** 63).item() == 2.0 ** 63
    assert minigrad.tensor([2 ** 63 - 1, -2 ** 63]).tolist() == [2 ** 63 - 1, -2 ** 63]


@pytest.mark.parametrize("value, dtype", [(300, "uint8"), (-300, "uint8"), (128, "int8"), (-129.0, "int8"),
                                          (float("nan"), "int64"), (1e30, "int64")])
def test_a_number_that_a_dtype_cannot_hold_raises(value, dtype):
    dtype = getattr(minigrad, dtype)
    for call in (lambda: minigrad.tensor([value], dtype=dtype),
                 lambda: minigrad.full((2,), value, dtype=dtype)):
        with pytest.raises(DTypeError, match="does not fit"):
            call()


def test_numbers_that_just_fit_are_taken():
    assert minigrad.tensor([255.9, -0.5], dtype=minigrad.uint8).tolist() == [255, 0]
    assert minigrad.tensor([-128, 127], dtype=minigrad.int8).tolist() == [-128, 127]
    assert minigrad.tensor([-1], dtype=minigrad.uint8).item() == 255            # as in PyTorch


def test_randint_beyond_its_dtype_raises():
    with pytest.raises(RangeError, match="fit uint8"):
        minigrad.randint(0, 257, (3,), dtype=minigrad.uint8)
    assert minigrad.randint(0, 256, (3,), dtype=minigrad.uint8).dtype == minigrad.uint8


def test_a_limit_beyond_an_integer_dtype_limits_nothing():
    x = minigrad.tensor([0, 255], dtype=minigrad.uint8)
    assert x.clamp(-1, 300).tolist() == [0, 255]


def test_alpha_times_y_is_computed_in_the_dtype_of_the_sum():
    x, y = minigrad.tensor([0]), minigrad.tensor([100], dtype=minigrad.int8)
    assert minigrad.add(x, y, alpha=2).item() == 200
    assert minigrad.sub(x, y, alpha=2).item() == -200


# ── arrays at the door ────────────────────────────────────────────────────────────────────────────

@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_becomes_a_plain_array():
    matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    for x in (minigrad.tensor(matrix), minigrad.as_tensor(matrix), minigrad.from_numpy(matrix),
              minigrad.Tensor(matrix)):
        assert type(x.numpy()) is np.ndarray
        assert (x * x).tolist() == [[1, 4], [9, 16]]
    y = minigrad.ones(2, 2, dtype=minigrad.float64) * 2
    assert (y * matrix).tolist() == [[2, 4], [6, 8]] and type((y * matrix).numpy()) is np.ndarray
    minigrad.tensor(matrix)[0, 0] = 9.0
    assert matrix[0, 0] == 1                                    # tensor() copies
    minigrad.as_tensor(matrix)[0, 0] = 9.0
    assert matrix[0, 0] == 9                                    # as_tensor() shares


def test_a_masked_array_becomes_a_plain_array():
    x = minigrad.tensor(np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]))
    assert type(x.numpy()) is np.ndarray
    assert type((x + x).sum().numpy()) is np.ndarray


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i2", "i8"])
def test_an_array_in_foreign_byte_order_has_one_of_minigrads_dtypes(kind):
    native = np.dtype(kind)
    swapped = np.arange(3).astype(native.newbyteorder("S"))
    for x in (minigrad.tensor(swapped), minigrad.as_tensor(swapped), minigrad.Tensor(swapped),
              minigrad.tensor([0, 1, 2], dtype=swapped.dtype), minigrad.arange(3).to(swapped.dtype)):
        assert x.dtype is native and x.tolist() == [0, 1, 2]
    mixed = minigrad.arange(3, dtype=minigrad.uint8) + swapped
    assert mixed.dtype.isnative and mixed.tolist() == [0, 2, 4]
    with pytest.raises(DTypeError, match="byte order"):
        minigrad.from_numpy(swapped)


def test_numbers_of_more_than_64_bits_are_refused():
    if np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("here a long double is a double")
    with pytest.raises(DTypeError, match="64 bits"):
        minigrad.tensor(np.zeros(2, np.longdouble))


@pytest.mark.parametrize("make", [lambda: [], lambda: [1.0]])
def test_a_list_that_contains_itself_is_refused(make):
    loop = make()
    loop.append(loop)
    with pytest.raises(ShapeError, match="contain itself"):
        minigrad.tensor(loop)


def test_a_module_that_would_contain_itself_is_refused():
    model = nn.Module()
    inner = nn.Sequential(nn.Linear(1, 1))
    model.inner = inner
    for call in (lambda: setattr(model, "me", model), lambda: setattr(inner, "up", model),
                 lambda: inner.append(model), lambda: inner.register_module("up", model)):
        with pytest.raises(GraphError, match="contain itself"):
            call()
    assert list(model.state_dict()) == ["inner.0.weight", "inner.0.bias"]


# ── sequences ─────────────────────────────────────────────────────────────────────────────────────

def test_arange_of_an_integer_dtype_drops_the_fractions_first():
    assert minigrad.arange(2.1, -2.9, -1.0, dtype=minigrad.int64).tolist() == [2, 1, 0, -1]
    assert minigrad.arange(0, 2.5, dtype=minigrad.int32).tolist() == [0, 1, 2]
    with pytest.raises(RangeError, match="step"):
        minigrad.arange(1, 2.5, 0.5, dtype=minigrad.int64)
    assert minigrad.arange(minigrad.tensor(3.0)).dtype == minigrad.float32
    with pytest.raises(RangeError, match="finite"):
        minigrad.arange(minigrad.inf)


def test_linspace_meets_both_ends_and_keeps_double_precision():
    x = minigrad.linspace(minigrad.tensor(-2.0), 1, 50, dtype=minigrad.float64)
    assert np.allclose(x.numpy(), np.linspace(-2, 1, 50), rtol=1e-15, atol=1e-15)
    down = minigrad.linspace(4.3, 0, 50, dtype=minigrad.int64).tolist()
    assert down[:2] == [4, 3] and down[-1] == 0
    assert minigrad.linspace(0.1, 0.7, 7, dtype=minigrad.float64)[-1].item() == 0.7
    assert minigrad.linspace(3, 5, 1).tolist() == [3] and minigrad.linspace(3, 5, 0).tolist() == []


def test_two_schedules_each_know_the_rate_they_set_last():
    from minigrad.optim import SGD, lr_scheduler
    optimizer = SGD([minigrad.ones(1, requires_grad=True)], lr=1.0)
    first = lr_scheduler.ExponentialLR(optimizer, 0.5)
    second = lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    optimizer.step()
    first.step()
    second.step()
    assert first.get_last_lr() == [0.5] and second.get_last_lr() == pytest.approx([0.05])
    again = lr_scheduler.ExponentialLR(optimizer, 0.5)
    again.load_state_dict(first.state_dict())
    assert again.get_last_lr() == [0.5]


# ── far from 0 ────────────────────────────────────────────────────────────────────────────────────

def test_polygamma_is_right_far_below_zero():
    x = minigrad.tensor([-20000.25, -3.7, -0.5, 0.25], dtype=minigrad.float64)
    both = minigrad.polygamma(1, x) + minigrad.polygamma(1, 1 - x)
    np.testing.assert_allclose(both.numpy(), np.pi ** 2 / np.sin(np.pi * x.numpy()) ** 2, rtol=1e-9)
    step = minigrad.polygamma(4, x + 1) - minigrad.polygamma(4, x)
    np.testing.assert_allclose(step.numpy(), 24 * x.numpy() ** -5.0, rtol=1e-9, atol=1e-6)
    poles = minigrad.tensor([0.0, -1.0, -20000.0], dtype=minigrad.float64)
    assert minigrad.polygamma(1, poles).tolist() == [np.inf] * 3
    assert minigrad.polygamma(2, poles).tolist() == [-np.inf] * 3
