"""Layers that draw: dropout in its forms, RReLU and the Gumbel softmax."""
import numpy as np
import pytest

import minigrad
from minigrad.nn import functional as F


def test_dropout2d_of_a_matrix_drops_entries_and_says_so():
    with pytest.warns(UserWarning, match=r"dropout2d: in \(50, 40\) every entry is a channel"):
        out = minigrad.nn.Dropout2d(0.25)(minigrad.ones(50, 40))
    assert {round(v, 4) for v in out.flatten().tolist()} == {0.0, 1.3333}
    assert 0.6 < float((out > 0).double().mean()) < 0.9
    assert minigrad.nn.Dropout2d(0.25).eval()(minigrad.ones(2, 2)).tolist() == [[1, 1], [1, 1]]


def test_alpha_dropout_keeps_mean_and_variance():
    minigrad.manual_seed(0)
    x = minigrad.randn(200, 200)
    for y in (F.alpha_dropout(x, 0.3, True), F.feature_alpha_dropout(x, 0.3, True)):
        assert abs(y.mean().item()) < 0.02 and abs(y.std().item() - 1) < 0.02


def test_rrelu_draws_a_slope_for_each_entry():
    x = -minigrad.ones(1000)
    y = -F.rrelu(x, 0.1, 0.3, training=True).numpy()
    assert 0.1 <= y.min() and y.max() <= 0.3 and len(np.unique(y)) > 900


def test_gumbel_softmax_draws_classes_by_their_probability():
    minigrad.manual_seed(0)
    logits = minigrad.tensor([0.2, 0.8]).log().expand(4000, 2).clone().requires_grad_()
    y = F.gumbel_softmax(logits, hard=True)
    assert np.array_equal(np.unique(y.detach().numpy()), [0, 1]) and (y.sum(1) == 1).all()
    assert abs(y[:, 1].mean().item() - 0.8) < 0.03
    (y * minigrad.tensor([1.0, 2.0])).sum().backward()
    assert logits.grad.abs().sum().item() > 0
