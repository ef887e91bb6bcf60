"""The kernels of convolution and pooling against their definitions in loops."""
import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from minigrad.backend import conv, pool
from minigrad.backend.conv import conv_forward, conv_input_grad, conv_weight_grad, loops
from minigrad.backend.layout import memory_order
from minigrad.backend.windows import Geometry, from_chwn, is_batch_last, padded, to_chwn


@st.composite
def cases(draw, max_pad=2):
    """(x, w, b, geometry): small images of any layout, every option, where at least one window fits."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = tuple(draw(st.tuples(st.integers(0, max_pad), st.integers(0, max_pad))) for _ in range(2))
    geometry = Geometry(kernel, stride, padding, draw(st.tuples(st.integers(1, 2), st.integers(1, 3))))
    n, c, o = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    assume(min(geometry.output_size(size)) >= 1)
    random = np.random.default_rng(draw(st.integers(0, 999)))
    x = random.standard_normal((n, c, *size))
    if draw(st.booleans()):
        x = from_chwn(to_chwn(x))
    b = random.standard_normal(o) if draw(st.booleans()) else None
    return x, random.standard_normal((o, c, *kernel)), b, geometry


@given(cases())
def test_forward_is_the_definition(case):
    x, w, b, geometry = case
    y = conv_forward(x, w, b, geometry)
    assert y.shape == (x.shape[0], w.shape[0], *geometry.output_size(x.shape[2:]))
    assert np.allclose(y, loops(x, w, b, geometry), rtol=1e-12, atol=1e-12)


@given(cases())
def test_gradients_are_the_adjoints(case):
    """⟨conv(x, w), g⟩ = ⟨x, input_grad(g, w)⟩ = ⟨w, weight_grad(x, g)⟩, and ⟨b, Σ g⟩ for the bias."""
    x, w, _, geometry = case
    y = conv_forward(x, w, None, geometry)
    g = np.random.default_rng(1).standard_normal(y.shape)
    inner = float((y * g).sum())
    back = conv_input_grad(g, w, geometry, x.shape[2:])
    weights, bias = conv_weight_grad(x, g, geometry)
    assert back.shape == x.shape and weights.shape == w.shape and bias.shape == w.shape[:1]
    assert float((x * back).sum()) == pytest.approx(inner, rel=1e-10, abs=1e-10)
    assert float((w * weights).sum()) == pytest.approx(inner, rel=1e-10, abs=1e-10)
    assert np.allclose(bias, g.sum((0, 2, 3)))


@pytest.mark.parametrize("geometry", [Geometry((3, 3)), Geometry((2, 3), (2, 1), ((1, 0), (2, 2)), (1, 2)),
                                      Geometry((3, 3), (3, 3), ((1, 1), (1, 1)))], ids=str)
def test_block_boundaries_do_not_show(geometry, monkeypatch):
    """One row at a time, a few rows, all rows: whole numbers, so that the sums are exact."""
    random = np.random.default_rng(0)
    x = random.integers(-3, 4, (4, 2, 11, 9)).astype(np.float32)
    w = random.integers(-3, 4, (3, 2, *geometry.kernel)).astype(np.float32)
    b = random.integers(-3, 4, 3).astype(np.float32)
    g = random.integers(-3, 4, (4, 3, *geometry.output_size((11, 9)))).astype(np.float32)
    row = x.shape[1] * geometry.kernel[0] * geometry.kernel[1] * g.shape[3] * 4 * x.itemsize
    results, steps = [], []
    for size in (1, 2 * row, 3 * row + 5, 1 << 30):
        monkeypatch.setattr(conv, "COLUMNS", size)
        blocks = conv.column_blocks(padded(to_chwn(x), geometry.padding), geometry, g.shape[2:])
        steps.append(sum(1 for _ in blocks))
        results.append((conv_forward(x, w, b, geometry), *conv_weight_grad(x, g, geometry),
                        conv_input_grad(g, w, geometry, (11, 9))))
    rows = g.shape[2]
    assert steps == [rows, -(-rows // 2), -(-rows // 3), 1]
    for result in results:
        for a, first in zip(result, results[0]):
            assert np.array_equal(a, first)
    assert np.array_equal(results[0][0], loops(x, w, b, geometry))


def test_results_stay_in_float32_and_batch_last():
    x, w = np.ones((4, 2, 5, 5), np.float32), np.ones((3, 2, 3, 3), np.float32)
    y = conv_forward(x, w, None, Geometry((3, 3)))
    assert y.dtype == np.float32 and memory_order(y) == [1, 2, 3, 0]
    assert np.shares_memory(to_chwn(y), y)                              # no copy on the way
    assert is_batch_last(y.reshape(4, -1)) and np.shares_memory(y.reshape(4, -1), y)
    values, _ = pool.max_pool_forward(y, Geometry((2, 2)), (2, 2))
    assert values.dtype == np.float32 and memory_order(values) == [1, 2, 3, 0]


# ── max pooling ───────────────────────────────────────────────────────────────────────────────────

def pool_loops(x, geometry):
    """(values, gradient of Σ g · values by x for g = 1, 2, 3 …) by the definition: the first maximum."""
    n, c, h, w = x.shape
    oh, ow = geometry.output_size((h, w))
    values, back = np.full((n, c, oh, ow), -np.inf), np.zeros(x.shape)
    for count, (i, k, r, s) in enumerate(np.ndindex(n, c, oh, ow)):
        best = None
        for a, b in np.ndindex(*geometry.kernel):
            row = r * geometry.stride[0] + a * geometry.dilation[0] - geometry.padding[0][0]
            column = s * geometry.stride[1] + b * geometry.dilation[1] - geometry.padding[1][0]
            if 0 <= row < h and 0 <= column < w and (best is None or x[i, k, row, column] > x[i, k][best]):
                best = row, column
        values[i, k, r, s] = x[i, k][best]
        back[i, k][best] += count + 1
    return values, back


@given(cases())
def test_max_pool_is_the_definition_also_with_ties(case):
    x, _, _, geometry = case
    pads = tuple((k // 2, k // 2) if p[0] else (0, 0) for k, p in zip(geometry.kernel, geometry.padding))
    geometry = geometry._replace(padding=pads, dilation=(1, 1))
    assume(min(geometry.output_size(x.shape[2:])) >= 1)
    x = np.round(x)                                                     # many equal maxima
    expected, back = pool_loops(x, geometry)
    values, winners = pool.max_pool_forward(x, geometry, geometry.output_size(x.shape[2:]))
    assert np.array_equal(values, expected)
    g = np.arange(1.0, values.size + 1).reshape(values.shape)
    assert np.array_equal(pool.max_pool_scatter(g, winners, geometry, x.shape[2:]), back)


def test_the_first_of_equal_maxima_receives_the_gradient():
    geometry = Geometry((2, 2), (2, 2))
    x = np.array([[[[1.0, 5.0, 7.0, 7.0], [5.0, 0.0, 7.0, 7.0]]]])
    _, winners = pool.max_pool_forward(x, geometry, (1, 2))
    back = pool.max_pool_scatter(np.array([[[[2.0, 3.0]]]]), winners, geometry, (2, 4))
    assert back.tolist() == [[[[0, 2, 3, 0], [0, 0, 0, 0]]]]


def test_padding_never_wins():
    geometry = Geometry((3, 3), (1, 1), ((1, 1), (1, 1)))
    x = -np.arange(1.0, 10.0).reshape(1, 1, 3, 3)                       # all negative: 0 would win
    values, winners = pool.max_pool_forward(x, geometry, (3, 3))
    assert values.max() < 0 and values[0, 0, 0, 0] == -1 and values[0, 0, 2, 2] == -5
    assert pool.max_pool_scatter(np.ones((1, 1, 3, 3)), winners, geometry, (3, 3)).sum() == 9


def test_nan_wins_its_window():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 3] = np.nan
    values, _ = pool.max_pool_forward(x, Geometry((2, 2), (2, 2)), (1, 2))
    assert values[0, 0, 0, 0] == 0 and np.isnan(values[0, 0, 0, 1])


def test_large_windows_have_room_for_their_index():
    x = np.arange(400.0).reshape(1, 1, 20, 20)
    geometry = Geometry((20, 20), (20, 20))
    values, winners = pool.max_pool_forward(x, geometry, (1, 1))
    assert values.item() == 399 and winners.item() == 399
    back = pool.max_pool_scatter(np.ones((1, 1, 1, 1)), winners, geometry, (20, 20))
    assert back[0, 0, 19, 19] == 1 and back.sum() == 1


@given(cases(max_pad=0))
def test_gather_is_the_adjoint_of_scatter(case):
    x, _, _, geometry = case
    values, winners = pool.max_pool_forward(x, geometry, geometry.output_size(x.shape[2:]))
    g = np.random.default_rng(2).standard_normal(values.shape)
    h = np.random.default_rng(3).standard_normal(x.shape)
    assert np.array_equal(pool.max_pool_gather(x, winners, geometry), values)
    left = (pool.max_pool_scatter(g, winners, geometry, x.shape[2:]) * h).sum()
    right = (g * pool.max_pool_gather(h, winners, geometry)).sum()
    assert float(left) == pytest.approx(float(right), abs=1e-10)
