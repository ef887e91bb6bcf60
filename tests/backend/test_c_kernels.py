"""Every kernel in C against its NumPy reference: drawn shapes, dtypes, strides, extremes, any threads."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from minigrad.backend import (
    batch_norm, conv, fusion, gelu, layer_norm, pool, products, recurrent, relu, select, sigmoid,
    softmax, windows)
from minigrad.backend.c import conv as c_conv, dense, kernels, matmul, pointwise, pool as c_pool, toolchain
from minigrad.backend.products import product
from minigrad.backend.windows import Geometry, from_chwn
from minigrad.optim import SGD, Adam, AdamW

pytestmark = pytest.mark.skipif(toolchain.library() is None, reason=f"no kernels: {toolchain.why_not()}")

DTYPES = st.sampled_from([np.float32, np.float64])
THREADS = (1, 2, 3)


def close(got, expected, dtype, least=1e-30):
    """Equal to rounding: relative to the largest entry, or to ``least``, for sums cancel."""
    assert got.shape == expected.shape and got.dtype == dtype
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=least)
    tolerance = (3e-6 if dtype == np.float32 else 1e-13) * scale
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)


def reference(function, *arguments):
    """The same with all kernels switched off."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (c_conv, c_pool, matmul, kernels, batch_norm, layer_norm, pointwise, recurrent,
                       softmax, dense):
            patch.setattr(module, "has_kernels", lambda *arrays: False)
        return function(*arguments)


@pytest.fixture(autouse=True, scope="module")
def all_sizes():
    """Small arrays go through the kernels, too."""
    patch = pytest.MonkeyPatch()
    for module, name in ((c_conv, "CONVOLUTION"), (c_pool, "POOLING"), (dense, "DENSE"),
                         (batch_norm, "NORM"), (layer_norm, "NORM"), (pointwise, "POINTWISE"),
                         (select, "POINTWISE"), (recurrent, "GATES"), (softmax, "NORM"),
                         (kernels, "PRODUCTS_FOR_THREADS"), (kernels, "ENTRIES_FOR_THREADS")):
        patch.setattr(module, name, 0)
    yield
    patch.undo()


def with_threads(compute):
    """The result, the same to the bit for any number of threads."""
    results = []
    for count in THREADS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels, "CORES", count)
            results.append(compute())
    for other in results[1:]:
        for a, b in zip(results[0], other):
            np.testing.assert_array_equal(a, b)
    return results[0]


@given(DTYPES, st.tuples(*[st.integers(1, 20)] * 4), st.permutations(range(4)), st.booleans(), st.booleans(),
       st.integers(0, 99))
def test_batch_last_copies(dtype, shape, order, gaps, broadcast, seed):
    """Of images in any order in memory, with gaps, turned round, or with a repeated channel."""
    x = np.random.default_rng(seed).standard_normal([shape[d] for d in order]).astype(dtype)
    x = (np.repeat(x, 2, 0)[::-2] if gaps else x).transpose(np.argsort(order))
    x = np.broadcast_to(x[:, :1], x.shape) if broadcast else x
    found = with_threads(lambda: windows.to_chwn(x))
    assert found.flags.c_contiguous and found.dtype == dtype
    np.testing.assert_array_equal(found, x.transpose(1, 2, 3, 0))


@st.composite
def convolutions(draw):
    """(x, w, b, geometry), of any layout, with a window that fits."""
    dtype, rng = draw(DTYPES), np.random.default_rng(draw(st.integers(0, 99)))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    padding = tuple(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in range(2))
    size = [max(1, d * (k - 1) + 1 - sum(p)) + draw(st.integers(0, 9))
            for k, d, p in zip(kernel, dilation, padding)]
    n, c, o = draw(st.integers(1, 70)), groups * draw(st.integers(1, 5)), groups * draw(st.integers(1, 9))
    x = rng.standard_normal((n, c, *size)).astype(dtype)
    if draw(st.booleans()):
        x = from_chwn(np.ascontiguousarray(x.transpose(1, 2, 3, 0)))
    w = rng.standard_normal((o, c // groups, *kernel)).astype(dtype)
    if draw(st.booleans()):
        w = np.asfortranarray(w)
    b = rng.standard_normal(o).astype(dtype) if draw(st.booleans()) else None
    return x, w, b, Geometry(kernel, stride, padding, dilation, groups)


@given(convolutions())
def test_convolution(drawn):
    x, w, b, geometry = drawn
    (y,) = with_threads(lambda: [c_conv.conv_forward(x, w, b, geometry)])
    close(y, reference(conv.conv_forward, x, w, b, geometry), x.dtype)
    g = np.random.default_rng(1).standard_normal(y.shape).astype(x.dtype)
    gw, gb = with_threads(lambda: c_conv.conv_weight_grad(x, g, geometry))
    expected = reference(conv.conv_weight_grad, x, g, geometry)
    close(gw, expected[0], x.dtype)
    close(gb, expected[1], x.dtype)
    size = x.shape[2:]
    (gx,) = with_threads(lambda: [c_conv.conv_input_grad(g, w, geometry, size)])
    close(gx, reference(conv.conv_input_grad, g, w, geometry, size), x.dtype)


@given(convolutions(), st.sampled_from([(2, 2), (1, 2), (3, 1)]), st.booleans())
def test_convolution_relu_and_pooling_at_once(drawn, pool, nan):
    x, w, b, geometry = drawn
    geometry = geometry._replace(groups=1)
    x = x[:, :w.shape[1]]
    if nan:
        x = x.copy()
        x[0, 0, 0, 0] = np.nan
    size = geometry.output_size(x.shape[2:])
    if size[0] < pool[0] or size[1] < pool[1]:
        return
    values, winners = with_threads(lambda: c_conv.conv_relu_pool_forward(x, w, b, geometry, pool))
    expected, places = reference(fusion.conv_relu_pool_forward, x, w, b, geometry, pool)
    close(values, expected, x.dtype)
    assert (winners == places).mean() > 0.99                    # but for ties to rounding
    g = np.random.default_rng(1).standard_normal(values.shape).astype(x.dtype)
    clean = np.nan_to_num(x)
    gw, gb = with_threads(lambda: c_conv.conv_relu_pool_weight_grad(clean, g, places, geometry, pool))
    expected = reference(fusion.conv_relu_pool_weight_grad, clean, g, places, geometry, pool)
    close(gw, expected[0], x.dtype, least=1.0)
    close(gb, expected[1], x.dtype, least=1.0)


def test_convolution_in_loops():
    """The definition itself, once, with everything that an option can do."""
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((3, 4, 7, 6)), rng.standard_normal((6, 2, 3, 2)), rng.standard_normal(6)
    geometry = Geometry((3, 2), (2, 1), ((1, 2), (0, 1)), (1, 2), 2)
    close(c_conv.conv_forward(x, w, b, geometry), conv.loops(x, w, b, geometry), x.dtype)


def test_convolution_keeps_infinities_and_nan_where_they_belong():
    x, w = np.zeros((2, 1, 5, 5), np.float32), np.ones((1, 1, 3, 3), np.float32)
    x[0, 0, 0, 0], x[1, 0, 4, 4] = np.nan, np.inf
    y = c_conv.conv_forward(x, w, None, Geometry((3, 3)))
    assert np.isnan(y[0, 0, 0, 0]) and np.isinf(y[1, 0, 2, 2])
    assert np.isfinite(y[0, 0, 1:]).all() and np.isfinite(y[1, 0, :2, :2]).all()


@st.composite
def matrices(draw, rows, columns, batch, dtype, rng):
    """A batch that lies row-major, column-major, in reverse, with gaps, or repeated by broadcasting."""
    shape = (*batch, rows, columns)
    x = rng.standard_normal(shape).astype(dtype)
    kind = draw(st.sampled_from(["rows", "columns", "reversed", "gaps", "repeated"]))
    if kind == "columns":
        x = np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)
    elif kind == "reversed":
        x = np.ascontiguousarray(x[..., ::-1, ::-1])[..., ::-1, ::-1]
    elif kind == "gaps":
        x = np.repeat(np.repeat(x, 2, -1), 3, -2)[..., ::3, ::2]
    elif kind == "repeated":
        x = np.broadcast_to(x[..., :1, :], shape)
    return x


@given(DTYPES, st.data(), st.integers(0, 99))
def test_matrix_products(dtype, data, seed):
    rng = np.random.default_rng(seed)
    m, n, k = (data.draw(st.sampled_from([1, 2, 3, 5, 7, 16, 33, 64, 65, 130, 200, 600])) for _ in range(3))
    batch = data.draw(st.sampled_from([(), (), (3,), (2, 3)]))
    other = data.draw(st.sampled_from([batch, batch[1:], (1,) * len(batch)]))
    a = data.draw(matrices(m, k, batch, dtype, rng))
    b = data.draw(matrices(k, n, other, dtype, rng))
    (got,) = with_threads(lambda: [matmul.matmul(a, b)])
    close(got, a @ b, dtype)
    out = np.empty((n, *got.shape[:-2], m), dtype)                      # any place may be written to
    out = np.moveaxis(out, 0, -1) if got.ndim > 1 else out
    matmul.matmul(a, b, out)
    np.testing.assert_array_equal(out, got)


def test_a_product_takes_the_kernel_by_its_size_alone():
    small, large = np.ones((10, 10), np.float32), np.ones((100, 100), np.float32)
    assert not matmul.takes(small, small) and matmul.takes(large, large)
    assert not matmul.takes(large, large.astype(np.float64)) and not matmul.takes(large, np.ones((99, 100)))
    assert np.array_equal(product(large, large), large @ large)


@given(DTYPES, st.integers(1, 20_000), st.integers(0, 99))
def test_sum_of_squares(dtype, n, seed):
    x = np.random.default_rng(seed).standard_normal(n).astype(dtype)
    patch = pytest.MonkeyPatch()
    patch.setattr(products, "SUM_BY_PRODUCT", 0)
    found = products.sum_squares(x)
    patch.undo()
    assert found.dtype == dtype and found == pytest.approx((x.astype(np.longdouble) ** 2).sum(), rel=1e-6)


@given(DTYPES, st.integers(1, 40), st.integers(1, 200), st.integers(0, 99))
def test_sums_of_columns(dtype, rows, n, seed):
    x = np.random.default_rng(seed).standard_normal((rows, n)).astype(dtype)

    def summed():
        y = np.empty(n, dtype)
        kernels.run("sum_rows", x, x, y, rows, n)
        return [y]
    close(with_threads(summed)[0], x.sum(axis=0), dtype, least=1.0)


@st.composite
def poolings(draw):
    """(x, geometry): with ties, NaN and −∞ now and then."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple((p, p) for p in (draw(st.integers(0, k // 2)) for k in kernel))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    size = [max(1, d * (k - 1) + 1 - 2 * p[0]) + draw(st.integers(0, 6))
            for k, d, p in zip(kernel, dilation, padding)]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.integers(-3, 4, (draw(st.integers(1, 33)), draw(st.integers(1, 3)), *size)).astype(draw(DTYPES))
    if draw(st.booleans()):
        x[rng.random(x.shape) < 0.05] = draw(st.sampled_from([np.nan, -np.inf, np.inf]))
    return x, Geometry(kernel, stride, padding, dilation)


@given(poolings())
def test_pooling(drawn):
    x, geometry = drawn
    out_size = geometry.output_size(x.shape[2:])
    values, winners = with_threads(lambda: c_pool.max_pool_forward(x, geometry, out_size))
    expected = reference(pool.max_pool_forward, x, geometry, out_size)
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(winners, expected[1])
    g = np.random.default_rng(1).standard_normal(values.shape).astype(x.dtype)
    (gx,) = with_threads(
        lambda: [c_pool.max_pool_scatter(g, winners, geometry, x.shape[2:])])
    close(gx, reference(pool.max_pool_scatter, g, winners, geometry, x.shape[2:]), x.dtype)
    finite = np.where(np.isfinite(x), x, 0)
    (y,) = with_threads(lambda: [c_pool.sum_pool_forward(finite, geometry)])
    close(y, reference(pool.sum_pool_forward, finite, geometry), x.dtype)
    (gx,) = with_threads(lambda: [c_pool.sum_pool_spread(g, geometry, x.shape[2:])])
    close(gx, reference(pool.sum_pool_spread, g, geometry, x.shape[2:]), x.dtype)


def away_from_zero(x, dtype):
    """As rows with a spread: a constant row's x̂ is rounding alone."""
    return (x + np.linspace(0, 1, x.shape[1])).astype(dtype)


@given(DTYPES, st.integers(1, 6), st.integers(2, 200), st.sampled_from([0.0, 100.0]), st.booleans(),
       st.integers(0, 99))
def test_normalization(dtype, rows, n, mean, plain, seed):
    rng = np.random.default_rng(seed)
    x = away_from_zero(rng.standard_normal((rows, n)) + mean, dtype)
    g = rng.standard_normal(x.shape).astype(dtype)
    w, b = (None, None) if plain else rng.standard_normal((2, rows)).astype(dtype)
    slack = max(1.0, mean)                                  # digits that the mean takes away

    def forward_and_back():
        y, moments = batch_norm.batch_norm(x, w, b, 1e-5)
        return [y, *moments, *batch_norm.batch_norm_backward(g, x, w, moments, 1e-5, True)]
    for a, e in zip(with_threads(forward_and_back), reference(forward_and_back)):
        close(a / dtype(slack), e / dtype(slack), dtype, least=1.0)
    w, b = rng.standard_normal((2, n)).astype(dtype)

    def rows_forward_and_back():
        y, standard, s = layer_norm.layer_norm_rows(x, w, b, 1e-5)
        return [y, standard, s, layer_norm.standardize_rows_backward(g, w, standard, s)]
    for a, e in zip(with_threads(rows_forward_and_back), reference(rows_forward_and_back)):
        close(a / dtype(slack), e / dtype(slack), dtype, least=1.0)


@given(DTYPES, st.integers(1, 4), st.integers(1, 5), st.integers(1, 40), st.sampled_from([1.0, 30.0]),
       st.booleans(), st.booleans(), st.integers(0, 99))
def test_recurrent_layers(dtype, length, samples, hidden, scale, reverse, biases, seed):
    def numbers(*shape):
        turned = rng.standard_normal(shape[::-1]) if rng.random() < 0.5 else rng.standard_normal(shape).T
        return turned.T.astype(dtype)
    rng = np.random.default_rng(seed)
    x, g = scale * numbers(length, samples, 3), numbers(length, samples, hidden)
    h, c, gc = (numbers(samples, hidden) for _ in range(3))
    lstm, gru = (recurrent.Weights(numbers(k * hidden, 3), numbers(k * hidden, hidden) / dtype(hidden),
                                   *[numbers(k * hidden) if biases else None for _ in range(2)])
                 for k in (4, 3))

    def both_ways():
        kept = recurrent.lstm_forward(x, h, c, lstm, reverse)
        found = [*kept, *recurrent.lstm_backward(g, gc, x, h, c, lstm, reverse, *kept)]
        kept = recurrent.gru_forward(x, h, gru, reverse)
        return [*found, *kept, *recurrent.gru_backward(g, x, h, gru, reverse, *kept)]
    for a, e in zip(with_threads(both_ways), reference(both_ways)):
        if e is not None:                                   # a GRU has no c
            close(a, e, dtype, least=scale)                 # 1 − t² of a t near 1


def tanh_in_c(x):
    """h = o · tanh(f · c + i · g) of an LSTM whose gates are wide open, but for the input's; 50 units."""
    samples = x.reshape(-1, 50) if x.size > 50 else x[None]
    one, hidden = np.ones((1, *samples.shape[:1], 1), x.dtype), samples.shape[1]
    gates = np.repeat(np.array([-1e4, 1e4, 0, 1e4], x.dtype), hidden)                # i, f, g, o
    weights = recurrent.Weights(gates[:, None], np.zeros((4 * hidden, hidden), x.dtype), None, None)
    h = recurrent.lstm_forward(one, np.zeros_like(samples), samples, weights, False)[0]
    return h.reshape(-1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function, exact", [(sigmoid.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
                                             (tanh_in_c, np.tanh)])
def test_functions_to_units_in_the_last_place(dtype, function, exact):
    """At most 2.5 units from the value that twice the digits give, over all sizes; and at the ends."""
    wide = np.float64 if dtype == np.float32 else np.longdouble
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], 200_000)
    x = (signs * 10 ** rng.uniform(-6, 1.9, 200_000)).astype(dtype)
    x = x[x > -80] if function is sigmoid.sigmoid else x
    x = x[:len(x) // 50 * 50]
    y, true = function(x), exact(x.astype(wide))
    assert (np.abs(y - true) / np.spacing(np.abs(true).astype(dtype))).max() < 2.5
    ends = np.array([np.inf, -np.inf, np.nan, 0.0, 1e30, -1e30], dtype)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(function(ends), exact(ends))


POINTWISE = {
    "sigmoid": (sigmoid.sigmoid, sigmoid.sigmoid_backward), "tanh": (sigmoid.tanh, sigmoid.tanh_backward),
    "silu": (lambda x: sigmoid.silu_and_slope(x)[0], lambda g, x: sigmoid.silu_and_slope(x)[1]),
    "times": (lambda x: sigmoid.times(x, x), sigmoid.times),
    "relu": (relu.relu_forward, relu.relu_backward),
    "leaky_relu": (lambda x: relu.leaky_relu(x, 0.1), lambda g, x: relu.leaky_relu_backward(g, x, 0.1)),
    "gelu": (lambda x: gelu.gelu_and_slope(x)[0], lambda g, x: gelu.gelu_and_slope(x)[1])}


@pytest.mark.parametrize("name", POINTWISE)
@given(DTYPES, st.lists(st.integers(1, 7), min_size=1, max_size=4), st.booleans(), st.booleans(),
       st.booleans(), st.integers(0, 99))
def test_functions_of_one_number(name, dtype, shape, batch_last, gaps, other_order, seed):
    """Both ways, on arrays in row-major order, batch-last and with gaps, and g in another order than x."""
    dtype = np.float32 if name == "gelu" else dtype
    rng = np.random.default_rng(seed)

    def numbers():
        found = rng.standard_normal((*shape[1:], shape[0]) if batch_last else shape).astype(dtype)
        found = np.moveaxis(found, -1, 0) if batch_last else found
        return np.repeat(found, 2, 0)[::2] if gaps else found
    x, g = 5 * numbers(), numbers()
    g = g.copy() if other_order else g
    x[rng.random(x.shape) < 0.1] = rng.choice([np.inf, -np.inf, np.nan, 0, 40, -40])
    forward, backward = POINTWISE[name]
    with np.errstate(invalid="ignore"):                                 # −∞ · 0
        for function, arguments in ((forward, (x,)), (backward, (g, x))):
            for a, e in zip(with_threads(lambda: [function(*arguments)]),
                            reference(lambda: [function(*arguments)])):
                assert a.shape == e.shape and a.dtype == e.dtype == dtype
                digits = 1e-6 if dtype == np.float32 else 1e-13
                np.testing.assert_allclose(a, e, rtol=digits, atol=40 * digits)
        if batch_last and not gaps:
            assert forward(x).strides == x.strides


@given(DTYPES, st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 5), st.booleans(),
       st.sampled_from([0.0, -np.inf, np.nan, 2.5]), st.booleans(), st.integers(0, 99))
def test_where_with_a_number(dtype, shape, dims, first, number, expanded, seed):
    """The condition has the shape of some last dimensions of x, or one that broadcasts otherwise."""
    rng = np.random.default_rng(seed)
    x = rng.choice([-1.0, 0.0, 3.0, np.inf, np.nan], shape).astype(dtype)
    condition = rng.random(shape[max(0, len(shape) - dims):]) < 0.5
    condition = condition[..., :1] if expanded and condition.ndim else condition
    chosen = (dtype(number), x) if first else (x, np.array(number, dtype))
    found = with_threads(lambda: [select.where(condition, *chosen)])[0]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.where(condition, *chosen))


@given(DTYPES, st.lists(st.integers(1, 40), min_size=2, max_size=3), st.sampled_from([1.0, 30.0, 1e4]),
       st.booleans(), st.integers(0, 99))
def test_softmax(dtype, shape, scale, extremes, seed):
    rng = np.random.default_rng(seed)
    x, g = (scale * rng.standard_normal(shape)).astype(dtype), rng.standard_normal(shape).astype(dtype)
    if extremes:
        x[rng.random(shape) < 0.2] = rng.choice([np.inf, -np.inf, np.nan, -1e30])
    flat = x.reshape(-1, shape[-1])
    target = rng.integers(0, shape[-1], len(flat))

    def both_ways():
        y = softmax.softmax(x, x.ndim - 1)
        return [y, softmax.softmax_backward(g, y, x.ndim - 1), *softmax.log_softmax_at(flat, target)]
    with np.errstate(all="ignore"):
        for a, e in zip(with_threads(both_ways), reference(both_ways)):
            close(a, e, dtype, least=1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [
    lambda p: Adam(p, 0.1), lambda p: Adam(p, 0.1, weight_decay=0.1, amsgrad=True, maximize=True),
    lambda p: AdamW(p, 0.1, betas=(0.5, 0.9)), lambda p: Adam(p, 0.1, betas=(0, 0.9)),
    lambda p: AdamW(p, 1, weight_decay=0), lambda p: SGD(p, 0.1), lambda p: SGD(p, 0.1, momentum=0.9),
    lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True),
    lambda p: SGD(p, 0.1, momentum=0.9, dampening=0.5)])
@pytest.mark.parametrize("order", "CF")
def test_optimizers(monkeypatch, dtype, make, order):
    from minigrad import nn, tensor
    values = np.random.default_rng(0).standard_normal((40, 50)).astype(dtype)

    def trained():
        p = nn.Parameter(tensor(np.array(values, order=order)))
        optimizer = make([p])
        for k in range(1, 5):
            optimizer.zero_grad()
            ((p - k) ** 2 * 0.5).sum().backward()
            optimizer.step()
        return p.detach().numpy()
    got = trained()
    monkeypatch.setattr(kernels, "UPDATE", 1 << 60)
    close(got, trained(), dtype)
