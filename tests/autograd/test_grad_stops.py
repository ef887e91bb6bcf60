"""``autograd.grad`` walks no further than to what was asked for."""
import pytest

import minigrad
from minigrad.autograd import Function, grad


class Count(Function):
    """y = x, counting backward calls."""

    calls = 0

    def forward(self, x):
        self.shape, self.dtype = "mine", "mine"         # names that the engine leaves alone
        return x * 1

    def backward(self, g):
        assert self.shape == self.dtype == "mine"
        Count.calls += 1
        return g


def test_nothing_behind_an_intermediate_result_is_walked():
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    h = Count()(x)
    z = (h * h).sum()
    Count.calls = 0
    (g,) = grad(z, h, retain_graph=True)
    assert g.tolist() == [2.0, 4.0] and Count.calls == 0
    (g,) = grad(z, x)
    assert g.tolist() == [2.0, 4.0] and Count.calls == 1


def test_an_intermediate_result_whose_own_graph_was_freed():
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    h.sum().backward()
    assert grad((h * 3).sum(), h)[0].tolist() == [3.0, 3.0]


def test_two_intermediate_results_one_behind_the_other():
    x = minigrad.tensor(3.0, requires_grad=True)
    a = x * 2
    b = a * a
    to_a, to_b = grad(b * b, (a, b))
    assert to_b.item() == 72.0 and to_a.item() == 72.0 * 12.0


def test_one_backward_for_two_inputs_is_answered_with_their_names():
    with pytest.raises(TypeError, match="Both.backward: .* backward_x, backward_w"):
        class Both(Function):
            def forward(self, x, w):
                return x * w

            def backward(self, g):
                return g, g
