"""Input at the edge of what operations take: numbers without dimensions, nothing, integers, short lists."""
import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn, tensor

NUMBER, VECTOR = tensor(3.0), tensor([1.0, 2.0, 3.0])
NOTHING = minigrad.zeros(2, 0, dtype=minigrad.int64)
IMAGE = minigrad.arange(-16, 0).reshape(1, 1, 4, 4)                     # integers below 0


# ── numbers without dimensions ────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("index, expected", [(tensor(0), 3.0), (tensor([0]), [3.0]),
                                             (tensor([0, 0]), [3.0, 3.0])])
def test_gather_from_a_number_has_the_shape_of_the_index(index, expected):
    assert NUMBER.gather(0, index).tolist() == expected


def test_gather_by_a_number_gives_a_number():
    assert VECTOR.gather(0, tensor(1)).tolist() == 2.0


@pytest.mark.parametrize("index, src, set_to, added", [
    (tensor(0), tensor(5.0), 5.0, 8.0), (tensor([0]), tensor([5.0]), 5.0, 8.0),
    (tensor([0, 0]), tensor([5.0, 5.0]), 5.0, 13.0)])
def test_scatter_into_a_number_stays_a_number(index, src, set_to, added):
    assert NUMBER.scatter(0, index, src).tolist() == set_to
    assert NUMBER.scatter_add(0, index, src).tolist() == added


def test_index_select_topk_and_batchmean_take_a_number():
    assert NUMBER.index_select(0, tensor([0])).tolist() == NUMBER.index_select(0, tensor(0)).tolist() == 3.0
    assert VECTOR.index_select(0, tensor(2)).tolist() == [3.0]
    for k in (0, 1):
        values, indices = NUMBER.topk(k)
        assert (values.tolist(), indices.tolist()) == (3.0, 0)
    assert F.kl_div(NUMBER, tensor(1.0), reduction="batchmean").item() == -3.0


@pytest.mark.parametrize("function", [
    lambda x: x.gather(0, tensor([0, 0])), lambda x: x.gather(0, tensor(0)), lambda x: x.topk(1).values,
    lambda x: x.scatter_add(0, tensor([0]), tensor([2.0], dtype=minigrad.float64)),
    lambda x: x.index_select(0, tensor([0]))])
def test_gradients_reach_a_number(function):
    assert minigrad.check.gradcheck(function, tensor(3.0, dtype=minigrad.float64, requires_grad=True))


# ── nothing ───────────────────────────────────────────────────────────────────────────────────────

def test_an_index_without_entries_may_have_any_dimensions():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x.gather(0, NOTHING)
    assert tuple(y.shape) == (2, 0)
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    assert VECTOR.scatter(0, NOTHING, VECTOR).tolist() == VECTOR.scatter_add(0, NOTHING, VECTOR).tolist() \
        == VECTOR.tolist()


def test_scatter_of_nothing_is_a_new_tensor():
    y = VECTOR.scatter(0, NOTHING, VECTOR)
    y[0] = 7
    assert VECTOR.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4), (2, 3, 0)])
def test_batch_norm_of_nothing_leaves_the_running_statistics(shape):
    layer = nn.BatchNorm1d(3)
    y = layer(minigrad.zeros(shape))
    assert tuple(y.shape) == shape
    y.sum().backward()
    assert layer.running_mean.tolist() == [0.0] * 3 and layer.running_var.tolist() == [1.0] * 3
    assert layer.weight.grad.tolist() == layer.bias.grad.tolist() == [0.0] * 3
    assert tuple(nn.BatchNorm2d(3)(minigrad.zeros(0, 3, 2, 2)).shape) == (0, 3, 2, 2)


@pytest.mark.parametrize("shape", [(0, 4), (2, 4, 0), (0, 4, 3)])
def test_group_norm_and_layer_norm_of_nothing(shape):
    assert tuple(nn.GroupNorm(2, 4)(minigrad.zeros(shape)).shape) == shape
    assert tuple(F.group_norm(minigrad.zeros(shape), 2).shape) == shape
    assert tuple(F.layer_norm(minigrad.zeros(shape), shape[-1]).shape) == shape


# ── counting from the end, sizes of 1, short lists ────────────────────────────────────────────────

def test_take_along_dim_counts_from_the_end():
    assert VECTOR.take_along_dim(tensor([-1, 0, -3]), 0).tolist() == [3.0, 1.0, 1.0]


def test_tensordot_sums_over_all_that_meets_a_size_of_1():
    a, b = np.arange(2.0).reshape(1, 1, 2), np.arange(12.0).reshape(3, 1, 4)
    result = minigrad.tensordot(tensor(a), tensor(b), ([0, 1], [0, 1]))
    assert result.tolist() == np.tensordot(np.broadcast_to(a, (3, 1, 2)), b, ([0, 1], [0, 1])).tolist()
    leaves = [tensor(x, requires_grad=True) for x in (a, b)]
    assert minigrad.check.gradcheck(lambda x, y: minigrad.tensordot(x, y, ([0, 1], [0, 1])), leaves)


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d])
def test_a_list_of_one_size_counts_for_both_axes(pool):
    x = minigrad.randn(1, 2, 6, 6)
    assert minigrad.equal(pool(x, [2], [2], [1]), pool(x, 2, 2, 1))
    assert minigrad.equal(pool(x, [3], []), pool(x, 3))


def test_pooling_layers_take_an_empty_list_for_the_stride():
    x = minigrad.randn(1, 2, 6, 6)
    for layer in (nn.MaxPool2d, nn.AvgPool2d):
        assert minigrad.equal(layer([2], [])(x), layer(2)(x))
    assert minigrad.equal(F.max_pool1d(x[0], [2], []), F.max_pool1d(x[0], 2))
    fused = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2, stride=()))
    assert minigrad.equal(fused(x), fused[2](fused[1](fused[0](x))))


def test_convolutions_take_lists_of_one_number():
    x, w = minigrad.randn(1, 2, 6, 6), minigrad.randn(3, 2, 2, 2)
    assert minigrad.equal(F.conv2d(x, w, None, [2], [1], [2]), F.conv2d(x, w, None, 2, 1, 2))
    assert minigrad.equal(F.conv_transpose2d(x, w.transpose(0, 1), None, [2], [1], [1]),
                          F.conv_transpose2d(x, w.transpose(0, 1), None, 2, 1, 1))


def test_sizes_may_be_numpy_integers():
    two = np.int64(2)
    assert minigrad.zeros(two).shape == (2,) and minigrad.ones(2, 2).sum(dim=np.int64(1)).shape == (2,)
    assert nn.Linear(two, two)(minigrad.zeros(1, 2)).shape == (1, 2)
    assert nn.MaxPool2d(two)(minigrad.zeros(1, 4, 4)).shape == (1, 2, 2)


# ── integers ──────────────────────────────────────────────────────────────────────────────────────

def test_integers_to_negative_powers_are_0_or_1():
    assert (tensor([2, 1, -1, -1, 0]) ** tensor([-1, -5, -3, -2, -2])).tolist() == [0, 1, -1, 1, 0]
    assert (2 ** tensor([-1, 3])).tolist() == [0, 8]
    assert (tensor([2, 4]) ** -1.0).tolist() == [0.5, 0.25]


def test_max_pooling_of_integers_below_0_ignores_the_border():
    y, at = F.max_pool2d(IMAGE, 3, padding=1, return_indices=True)
    assert y.dtype == minigrad.int64 and y.tolist() == [[[[-11, -9], [-3, -1]]]]
    assert at.tolist() == [[[[5, 7], [13, 15]]]]


def test_mean_pooling_of_integers_drops_the_fraction():
    sums = np.array([[-16 - 15 - 12 - 11, -14 - 13 - 10 - 9], [-8 - 7 - 4 - 3, -6 - 5 - 2 - 1]])
    y = F.avg_pool2d(IMAGE, 2)
    assert y.dtype == minigrad.int64 and y[0, 0].tolist() == np.trunc(sums / 4).tolist()
    assert F.avg_pool2d(IMAGE, 2, divisor_override=-3)[0, 0].tolist() == np.trunc(sums / -3).tolist()


@pytest.mark.parametrize("dtype", [minigrad.int64, minigrad.int32, minigrad.uint8])
def test_convolution_of_integers_gives_integers(dtype):
    x, w, b = (minigrad.randint(0, 9, shape, dtype=dtype) for shape in ((2, 4, 5, 5), (4, 2, 3, 3), (4,)))
    for function in (F.conv2d, F.conv_transpose2d):
        y = function(x, w, b, padding=1, groups=2)
        floats = function(x.double(), w.double(), b.double(), padding=1, groups=2)
        assert y.dtype == dtype and minigrad.equal(y, floats.long().to(dtype))
    assert F.conv1d(x[:, :, 0], w[:, :, 0], b, groups=2).dtype == dtype


# ── products ──────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("entries", [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 0.0, 4.0],
                                     [[1.0, 0.0], [3.0, 5.0]]])
@pytest.mark.parametrize("dim", [None, 0])
def test_prod_has_derivatives_of_every_order(entries, dim):
    """Against the product written out with *, which is differentiated entry by entry."""
    def written_out(x):
        rows = x if dim == 0 else x.reshape(-1)
        y = rows[0]
        for row in rows[1:]:
            y = y * row
        return y

    answers = []
    for function in (lambda x: x.prod(dim) if dim == 0 else x.prod(), written_out):
        x = tensor(entries, dtype=minigrad.float64, requires_grad=True)
        y, orders = (function(x) ** 2).sum() + function(x).sum(), []
        for _ in range(3):
            x.grad = None
            y.backward(create_graph=True)
            orders.append(x.grad.tolist())
            y = (x.grad * x.grad).sum() + x.grad.sum()
        x.grad = None
        answers.append(orders)
    for ours, expected in zip(*answers):
        assert np.allclose(ours, expected)
