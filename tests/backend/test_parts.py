"""Large arrays in parts: the same numbers as in one piece."""
from __future__ import annotations

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.backend import layer_norm, memory, products, tuning
from minigrad.backend.layout import flat, unflat
from minigrad.backend.pool import max_pool_forward, max_pool_scatter
from minigrad.backend.relu import relu_backward, relu_forward
from minigrad.backend.windows import Geometry, from_chwn
from minigrad.ops.indexing import IndexAdd
from minigrad.optim import Adam

BATCH_LAST, ROW_MAJOR = (1, 2, 3, 0), (0, 1, 2, 3)


def dense(shape: tuple[int, ...], order: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Random numbers in this shape, whose dimensions lie in memory in the given order."""
    random = np.random.default_rng(seed)
    x = random.standard_normal([shape[d] for d in order]).astype(np.float32)
    return x.transpose(np.argsort(order))


def test_parts_cover_everything_once() -> None:
    for length, nbytes in ((32, 11_000_000), (7, 100), (1, 1 << 30), (10_000_000, 40_000_000)):
        stops = [0] + [part.stop for part in memory.parts_of(length, nbytes)]
        assert [part.start for part in memory.parts_of(length, nbytes)] == stops[:-1]
        assert stops[-1] == length


@pytest.mark.parametrize("shape, order", [((128, 8, 26, 26), BATCH_LAST), ((128, 8, 26, 26), ROW_MAJOR),
                                          ((7, 1, 300, 300), BATCH_LAST), ((2, 3, 4, 5), BATCH_LAST)])
def test_relu_in_parts(shape: tuple[int, ...], order: tuple[int, ...]) -> None:
    x, g = dense(shape, order), dense(shape, order, 1)
    x[0, 0, 0, :2] = 0, np.nan
    y = relu_forward(x)
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    assert y.strides == x.strides
    for upstream in (g, np.ascontiguousarray(g), np.broadcast_to(g[:1], g.shape)):
        np.testing.assert_array_equal(relu_backward(upstream, y), upstream * (y != 0))
    assert relu_backward(g, y).strides == y.strides


def test_flat_is_a_view_in_the_order_of_memory() -> None:
    for order in (BATCH_LAST, ROW_MAJOR):
        x = dense((2, 3, 4, 5), order)
        entries = flat(x)
        assert entries is not None and np.shares_memory(entries, x)
        np.testing.assert_array_equal(unflat(entries, x), x)
    assert flat(dense((4, 4, 4, 4), ROW_MAJOR)[::2]) is None


@pytest.mark.parametrize("geometry, size", [(Geometry((2, 2), (2, 2)), 26), (Geometry((3, 3), (2, 2)), 27),
                                            (Geometry((2, 2), (2, 2), ((1, 1), (1, 1))), 26)])
def test_pooling_in_parts(geometry: Geometry, size: int) -> None:
    x = from_chwn(np.random.default_rng(0).integers(0, 3, (16, size, size, 64)).astype(np.float32))
    out_size = geometry.output_size((size, size))
    (top, bottom), (left, right) = geometry.padding
    framed = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=-np.inf)
    views = np.lib.stride_tricks.sliding_window_view(framed, geometry.kernel, (2, 3))
    cells = views[:, :, ::geometry.stride[0], ::geometry.stride[1]][:, :, :out_size[0], :out_size[1]]
    cells = cells.reshape(*cells.shape[:4], -1)                         # (N, C, OH, OW, KH·KW)
    values, winners = max_pool_forward(x, geometry, out_size)
    np.testing.assert_array_equal(values, cells.max(-1))
    np.testing.assert_array_equal(from_chwn(winners), cells.argmax(-1))     # the first maximum

    g = dense(values.shape, BATCH_LAST)
    back = max_pool_scatter(g, winners, geometry, (size, size))
    assert back.shape == x.shape
    np.testing.assert_allclose((back * x).sum(), (g * values).sum(), rtol=1e-4)
    assert np.count_nonzero(back) <= g.size


def test_adam_in_parts_is_adam_in_one_piece() -> None:
    p, g, m, v = (dense((600, 700, 1, 1), ROW_MAJOR, seed) for seed in range(4))
    v = abs(v)
    whole = [a.astype(np.float64) for a in (p, g, m, v)]
    optimizer, state = Adam([Tensor(p)], 0.01), {"step": 2, "exp_avg": m, "exp_avg_sq": v}
    optimizer.update(Tensor(p), g, state, optimizer.param_groups[0])
    p64, g64, m64, v64 = whole
    m64 = 0.9 * m64 + 0.1 * g64
    v64 = 0.999 * v64 + 0.001 * g64 ** 2
    p64 = p64 - 0.01 * (m64 / (1 - 0.9 ** 3)) / (np.sqrt(v64 / (1 - 0.999 ** 3)) + 1e-8)
    for found, expected in ((p, p64), (m, m64), (v, v64)):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


def test_large_results_begin_at_a_cache_line() -> None:
    for shape, dtype in (((64, 1000), np.float32), ((3, 333, 333), np.float64), ((100_001,), np.uint8)):
        x = memory.empty(np.zeros(0, dtype), shape)
        assert x.shape == shape and x.dtype == dtype and x.flags.writeable and x.flags.c_contiguous
        assert x.__array_interface__["data"][0] % tuning.LINE == 0
    assert memory.empty(x, (3,), np.float32).shape == (3,) and memory.empty(x, (0, 5), int).size == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layer_norm_in_parts_is_the_formula(dtype: type) -> None:
    rng = np.random.default_rng(0)
    rows = 5 * tuning.PART // (96 * np.dtype(dtype).itemsize) + 5       # six parts, the last one small
    x, g = (rng.standard_normal((rows, 96)).astype(dtype) for _ in range(2))
    w, b = (rng.standard_normal(96).astype(dtype) for _ in range(2))
    out, y, s = layer_norm.layer_norm_rows(x, w, b, 1e-5)
    found = layer_norm.standardize_rows_backward(g, w, y, s)
    x, g, w, b = (a.astype(np.float64) for a in (x, g, w, b))
    deviation = np.sqrt(x.var(1, keepdims=True) + 1e-5)
    standard = (x - x.mean(1, keepdims=True)) / deviation
    h = g * w
    expected = (h - h.mean(1, keepdims=True) - standard * (h * standard).mean(1, keepdims=True)) / deviation
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    for one, other in ((y, standard), (s, deviation), (out, standard * w + b), (found, expected)):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype, tolerance", [(np.float16, 2e-3), (np.float32, 1e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("shape", [(3, 4), (0, 3), (4000, 4), (300, 70), (1, 20000)])
def test_sums_as_products(shape: tuple[int, int], dtype: type, tolerance: float) -> None:
    x = np.random.default_rng(0).random(shape).astype(dtype)
    for rows in (x, np.asfortranarray(x), x[::-1]):
        found, exact = products.sum_rows(rows), rows.astype(np.float64).sum(0)
        assert found.dtype == dtype and found.shape == exact.shape
        np.testing.assert_allclose(found, exact, rtol=tolerance)


ROWS = [np.array([[4, 0], [-1, 4]]), np.zeros((0, 2), int), np.array([3], np.uint8)]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("as_tuple", [False, True])
def test_adding_rows_entry_by_entry(rows: np.ndarray, as_tuple: bool) -> None:
    y = np.random.default_rng(0).standard_normal((*rows.shape, 2, 3))
    expected = np.zeros((5, 2, 3))
    for index in np.ndindex(rows.shape):
        expected[rows[index]] += y[index]
    found = IndexAdd((rows,) if as_tuple else rows, (5, 2, 3)).forward(y)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
