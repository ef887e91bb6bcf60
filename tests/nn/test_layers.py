"""Layers with right inputs and with wrong ones: what they compute, and what their errors say."""
import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn
from minigrad.errors import DTypeError, RangeError, ShapeError


def message(error, call):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


# ── wrong shapes ──────────────────────────────────────────────────────────────────────────────────

def test_linear_names_both_sizes_and_the_remedy():
    text = message(ShapeError, lambda: nn.Linear(784, 128)(minigrad.zeros(128, 1, 28, 28)))
    assert "Linear(784 → 128)" in text and "784" in text and "(128, 1, 28, 28)" in text
    assert "nn.Flatten()" in text and "(128, 784)" in text
    text = message(ShapeError, lambda: nn.Linear(3, 2)(minigrad.zeros(5, 4)))
    assert "must be 3" in text and "(5, 4)" in text and "Flatten" not in text
    assert "must be 3" in message(ShapeError, lambda: nn.Linear(3, 2)(minigrad.tensor(1.0)))


def test_matmul_names_both_inner_sizes():
    text = message(ShapeError, lambda: minigrad.zeros(128, 784) @ minigrad.zeros(500, 10))
    assert text.startswith("matmul: inner sizes differ: (128, 784) @ (500, 10) has 784 ≠ 500")
    assert "(784, …)" in text
    text = message(ShapeError, lambda: minigrad.zeros(2, 2) @ minigrad.zeros(3))
    assert "(2, 2) @ (3,) has 2 ≠ 3" in text and "(2,)" in text         # a vector stays one
    assert "(3,) @ (2, 2) has 3 ≠ 2" in message(ShapeError, lambda: minigrad.zeros(3) @ minigrad.zeros(2, 2))
    text = message(ShapeError, lambda: minigrad.zeros(2, 3, 4) @ minigrad.zeros(3, 4, 5))
    assert "leading dimensions" in text and "(2, 3, 4)" in text and "(3, 4, 5)" in text


def test_conv2d_names_channels_window_and_dimensions():
    layer = nn.Conv2d(3, 8, 5)
    text = message(ShapeError, lambda: layer(minigrad.zeros(2, 1, 9, 9)))
    assert "for 3 channels" in text and "(2, 1, 9, 9) has 1" in text
    text = message(ShapeError, lambda: layer(minigrad.zeros(2, 3, 4, 9)))
    assert "(5, 5)" in text and "(4, 9)" in text
    text = message(ShapeError, lambda: layer(minigrad.zeros(28, 28)))
    assert "(N, C, H, W)" in text and "(28, 28)" in text
    text = message(ShapeError, lambda: F.conv2d(minigrad.zeros(1, 1, 4, 4), minigrad.zeros(2, 1, 3, 3),
                                                minigrad.zeros(3)))
    assert "(2,)" in text and "(3,)" in text
    assert "float" in message(DTypeError, lambda: layer(minigrad.zeros(2, 3, 9, 9, dtype=minigrad.int64)))


def test_max_pool2d_names_window_and_size():
    text = message(ShapeError, lambda: nn.MaxPool2d(5)(minigrad.zeros(2, 1, 4, 9)))
    assert "(5, 5)" in text and "(4, 9)" in text
    text = message(ShapeError, lambda: nn.MaxPool2d(2, padding=2)(minigrad.zeros(1, 1, 8, 8)))
    assert "(2, 2)" in text and "half" in text


def test_broadcasting_names_both_shapes():
    for f, name in ((lambda a, b: a + b, "add"), (lambda a, b: a * b, "mul"), (minigrad.maximum, "maximum"),
                    (lambda a, b: a < b, "lt"), (lambda a, b: minigrad.where(a > 0, a, b), "where")):
        text = message(ShapeError, lambda: f(minigrad.zeros(2, 3), minigrad.zeros(4)))
        assert name in text and "(2, 3)" in text and "(4,)" in text


def test_reshaping_names_shape_and_count():
    text = message(ShapeError, lambda: minigrad.zeros(2, 3).reshape(4, 2))
    assert "(2, 3)" in text and "6" in text and "(4, 2)" in text
    text = message(ShapeError, lambda: minigrad.zeros(2, 3).expand(4, 3))
    assert "(2, 3)" in text and "(4, 3)" in text
    text = message(ShapeError, lambda: minigrad.cat([minigrad.zeros(2, 3), minigrad.zeros(3, 2)]))
    assert "(2, 3)" in text and "(3, 2)" in text
    assert "(2, 3)" in message(ShapeError, lambda: minigrad.stack([minigrad.zeros(2, 3), minigrad.zeros(2)]))
    assert "[-2, 1]" in message(RangeError, lambda: minigrad.zeros(2, 3).sum(2))
    assert "(2, 3)" in message(RangeError, lambda: minigrad.zeros(2, 3)[5])


@pytest.mark.parametrize("make", [lambda: nn.Linear(0, 3), lambda: nn.Conv2d(0, 3, 3),
                                  lambda: nn.Conv2d(1, 3, 0), lambda: nn.Conv2d(1, 3, 3, stride=0),
                                  lambda: nn.Conv2d(1, 3, (3, 3, 3))])
def test_impossible_sizes(make):
    with pytest.raises(ShapeError):
        make()(minigrad.zeros(1, 1, 5, 5))


# ── losses ────────────────────────────────────────────────────────────────────────────────────────

LOGITS = minigrad.zeros(4, 10)


def test_labels_out_of_range_are_named():
    text = message(RangeError, lambda: F.cross_entropy(LOGITS, minigrad.tensor([0, 1, 2, 10])))
    assert "[0, 9]" in text and "10 classes" in text and text.endswith("got 10.")
    assert "got -1" in message(RangeError, lambda: F.cross_entropy(LOGITS, minigrad.tensor([0, -1, 2, 3])))


def test_labels_of_a_wrong_kind():
    text = message(DTypeError, lambda: F.cross_entropy(LOGITS, minigrad.tensor([0.0, 1.0, 2.0, 3.0])))
    assert "float32" in text and "target.long()" in text
    text = message(ShapeError, lambda: F.cross_entropy(LOGITS, minigrad.tensor([[0], [1], [2], [3]])))
    assert "(4, 1)" in text and "(4,)" in text and "squeeze(1)" in text
    text = message(ShapeError, lambda: F.cross_entropy(LOGITS, minigrad.tensor([0, 1])))
    assert "(4, 10)" in text and "(4,)" in text and "(2,)" in text


def test_empty_batches():
    none = minigrad.zeros(0, 10)
    assert "(0, 10)" in message(ShapeError, lambda: F.cross_entropy(none, minigrad.zeros(0, dtype="int64")))
    assert "empty" in message(ShapeError, lambda: F.mse_loss(none, none))
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(2 * 3 * 3, 5), nn.Dropout(), nn.Softmax(1))
    out = model(minigrad.zeros(0, 1, 8, 8))
    assert out.shape == (0, 5)
    out.sum().backward()
    assert all((p.grad.numpy() == 0).all() for p in model.parameters())


def test_mse_does_not_broadcast():
    text = message(ShapeError, lambda: F.mse_loss(minigrad.zeros(4, 1), minigrad.zeros(4)))
    assert "(4, 1)" in text and "(4,)" in text


def test_reduction_must_be_known():
    assert "'mean'" in message(ValueError, lambda: F.mse_loss(LOGITS, LOGITS, reduction="avg"))


def test_labels_of_both_dtypes_and_one_hot():
    logits = minigrad.randn(3, 4)
    labels = np.array([0, 3, 1])
    losses = [F.cross_entropy(logits, minigrad.tensor(labels.astype(d))).item()
              for d in (np.int64, np.uint8)]               # others are refused, as in PyTorch
    hot = minigrad.tensor(np.eye(4, dtype=np.float32)[labels])
    assert len(set(losses)) == 1 and F.cross_entropy(logits, hot).item() == pytest.approx(losses[0], rel=1e-6)
    p = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(1, keepdims=True)
    assert losses[0] == pytest.approx(-np.log(p[[0, 1, 2], labels]).mean(), rel=1e-5)


# ── dropout ───────────────────────────────────────────────────────────────────────────────────────

def test_dropout_drops_a_share_and_keeps_the_mean():
    x = minigrad.ones(200, 500, requires_grad=True)
    y = nn.Dropout(0.3)(x)
    values = y.detach().numpy()
    assert set(np.unique(values)) == {np.float32(0), np.float32(1 / 0.7)}
    # 100,000 draws: the share lies within five standard deviations, √(p(1 − p)/n).
    assert abs((values == 0).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / values.size)
    y.sum().backward()
    assert np.array_equal(x.grad.numpy(), values)
    assert not np.array_equal(nn.Dropout(0.3)(x).detach().numpy(), values)


def test_dropout_limits_and_evaluation():
    x = minigrad.randn(50)
    assert nn.Dropout(0.5).eval()(x) is x and nn.Dropout(0.0)(x) is x
    assert (nn.Dropout(1.0)(x).numpy() == 0).all()
    assert (nn.Dropout(0.9999999)(x).numpy() == 0).all()
    for p in (-0.1, 1.1):
        assert "[0, 1]" in message(RangeError, lambda: nn.Dropout(p))
    minigrad.manual_seed(1)
    first = nn.Dropout()(x).numpy()
    minigrad.manual_seed(1)
    assert np.array_equal(nn.Dropout()(x).numpy(), first)


def test_what_is_not_supported_says_so():
    with pytest.raises(NotImplementedError, match="sparse"):
        nn.Embedding(2, 2, sparse=True)


def test_softmax_without_dim_warns_and_takes_pytorchs_default():
    for shape, dim in (((4,), 0), ((2, 3), 1), ((2, 3, 2), 0), ((2, 3, 2, 2), 1)):
        x = minigrad.ones(*shape)
        for layer, function in ((nn.Softmax, F.softmax), (nn.LogSoftmax, F.log_softmax),
                                (nn.Softmin, F.softmin)):
            with pytest.warns(UserWarning, match=f"no dim was given, so dim={dim}"):
                y = layer()(x)
            assert np.array_equal(y.numpy(), function(x, dim).numpy())


def test_data_is_for_the_call_and_not_for_making_a_layer():
    x = minigrad.ones(2)
    for make, words in ((lambda: nn.ReLU(x), "a layer is built first"),
                        (lambda: nn.MSELoss(x), "it is made first"),
                        (lambda: nn.CrossEntropyLoss(x, x), "it is made first"),
                        (lambda: nn.SoftMarginLoss(x), "it is made first"),
                        (lambda: nn.PairwiseDistance(x, x), "a layer is built first")):
        with pytest.raises(TypeError, match=words):
            make()
    assert nn.NLLLoss(x, -100).weight is x and nn.BCELoss(x).weight is x
