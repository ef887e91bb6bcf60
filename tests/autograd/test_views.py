"""Changes in place in a recorded graph, and the views that follow them. Expected values: PyTorch's."""
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import minigrad
from minigrad.autograd import Tensor
from minigrad.check import gradcheck, gradgradcheck
from minigrad.errors import GraphError


def leaf(count=4):
    return minigrad.tensor(np.arange(1.0, count + 1), requires_grad=True)


def test_a_change_through_a_view_reaches_the_base_and_the_gradient():
    x = leaf()
    y = x * 2
    v = y[:2]
    v *= 3
    y.sum().backward()
    assert y.tolist() == [6, 12, 6, 8] and x.grad.tolist() == [6, 6, 2, 2]


def test_data_becomes_part_of_the_graph_through_a_view():
    x, b = leaf(), minigrad.zeros(4, dtype=minigrad.float64)
    other = b[1:]
    v = b[:2]
    v += x[:2] * 3
    assert b.tolist() == [3, 6, 0, 0] and b.requires_grad and other.requires_grad and not b.is_leaf
    (other * other).sum().backward()
    assert x.grad.tolist() == [0, 36, 0, 0]


def test_a_view_taken_before_gets_the_gradient_of_the_changed_base():
    x = leaf()
    y = x * 2
    v = y[1:].unsqueeze(0)
    y *= 5
    (v * v).sum().backward()
    assert v.tolist() == [[20, 30, 40]] and x.grad.tolist() == [0, 400, 600, 800]


def test_assignment_cuts_the_gradient_of_what_was_there():
    x, z = leaf(), leaf(2)
    y = x * 2
    y[1:3] = z * 10
    y[0] = 7.0
    (y * y).sum().backward()
    assert y.tolist() == [7, 10, 20, 8]
    assert x.grad.tolist() == [0, 0, 0, 32] and z.grad.tolist() == [200, 400]


def test_assigning_a_part_to_itself_changes_nothing():
    x = leaf()
    y = x * 2
    y[:2] *= 3
    assert y.grad_fn.name == "Replace" and y.grad_fn.edges[0].name == "Mul"     # one change and not two
    y.sum().backward()
    assert x.grad.tolist() == [6, 6, 2, 2]


def test_the_diagonal_is_a_view():
    c = minigrad.ones(2, 3)
    c.diagonal().zero_()
    c.diagonal(1)[1] = 5.0
    assert c.tolist() == [[0, 1, 1], [1, 0, 5]]
    x = minigrad.ones(3, 3, requires_grad=True)
    y = x * 2
    y.diagonal().mul_(x[0])
    (y.T.diagonal() * minigrad.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert np.diag(x.grad.numpy()).tolist() == [4, 4, 6] and x.grad[0].tolist() == [4, 4, 6]
    d = minigrad.diag(c)
    d.zero_()
    assert c[1, 2].item() == 5 and minigrad.diag(c).data.tolist() == [0, 0]


FUNCTIONS = {
    "assign": lambda y, z: y.__setitem__(slice(1, 3), z[:2] * z[1:]),
    "assign one number": lambda y, z: y.__setitem__((Ellipsis, 0), (z * z).sum()),
    "assign at an array": lambda y, z: y.__setitem__(minigrad.tensor([2, 0]), z[:2].sin()),
    "assign at a mask": lambda y, z: y.__setitem__(y.detach() > 1, z[0] ** 2),
    "scale a part": lambda y, z: y[1:].mul_(z[0]),
    "divide by itself": lambda y, z: y[:2].div_(y[0].clone()),
    "views of views": lambda y, z: y.reshape(2, -1).T[0].unsqueeze(0).add_(z[:1] ** 3),
    "exp": lambda y, z: y[:2].exp_().mul_(z[1]),
    "power": lambda y, z: y.pow_(3).clamp_(-2, 2),
    "mask": lambda y, z: y.masked_fill_(y.detach() > 1, 0.5).mul_(z.sum()),
    "fill": lambda y, z: y[2].fill_(z[0] * z[1] * z[2]),
    "alpha": lambda y, z: y.add_(z.sin().sum(), alpha=0.5),
    "tanh": lambda y, z: y.mul_(z[0]).tanh_(),
    "sigmoid": lambda y, z: y[1:].sigmoid_(),
    "root": lambda y, z: y[1:].sqrt_(),
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_first_and_second_derivatives_are_those_of_the_slopes(name):
    def function(x, z):
        y, w = x * x, minigrad.ones(4, dtype=minigrad.float64) * 2
        seen = y[1:].T
        FUNCTIONS[name](y, z)
        w.mul_(y)                               # data into which a recorded value comes
        w[:3] += seen
        return w * y
    x = minigrad.tensor([0.6, -0.8, 1.3, 1.1], dtype=minigrad.float64, requires_grad=True)
    z = minigrad.tensor([0.7, -0.4, 0.9], dtype=minigrad.float64, requires_grad=True)
    gradcheck(function, (x, z))
    gradgradcheck(function, (x, z))


def test_column_major_bases_and_vectors_of_them():
    x = minigrad.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = x.T * 2                                 # laid out column by column, as x.T is
    assert not y.is_contiguous()
    y.T.reshape(-1)[1:3].mul_(x[0, 1:])         # a view in this layout alone
    y.sum().backward()
    assert x.grad.tolist() == [[2, 4, 8], [2, 2, 2]]


def test_hooks_stay_with_the_old_values_and_retain_grad_follows():
    x = leaf()
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.retain_grad()
    y[:2].mul_(3)
    (y * y).sum().backward()
    assert seen == [[36, 72, 12, 16]] and y.grad.tolist() == [12, 24, 12, 16]


@pytest.mark.parametrize("change", [lambda y, v: v.mul_(3), lambda y, v: y.mul_(3),
                                    lambda y, v: y.detach().mul_(3)])
def test_a_view_changed_under_no_grad_keeps_retain_grad_and_drops_hooks(change):
    x = leaf()
    y = x * 2
    v = y[:2]
    seen = []
    v.retain_grad()
    v.register_hook(seen.append)
    with minigrad.no_grad():
        change(y, v)
    (v * 3).sum().backward()
    assert v.grad.tolist() == [3, 3] and not seen and x.grad.tolist() == [6, 6, 0, 0]


def test_a_view_taken_under_no_grad_is_refused_where_it_would_be_ambiguous():
    y = leaf() * 2
    with minigrad.no_grad():
        v = y[:2]
        v += 1                                  # inside: a change of y's values alone
    with pytest.raises(GraphError, match="mul_: x is a view that was taken under no_grad"):
        v.mul_(2)
    assert (v * 1).tolist() == [3, 5] and not (v * 1).requires_grad
    y.mul_(3)
    with pytest.raises(GraphError, match="view: this view was taken under no_grad.*take it again"):
        v * 1
    assert v.detach().tolist() == [9, 15]


def test_a_detached_tensor_shares_values_and_not_the_graph():
    x = leaf()
    y = x * 2
    d = y.detach()
    part = d[:2]
    d.mul_(x)
    assert y.tolist() == [2, 8, 18, 32] and part.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [2, 2, 2, 2]
    x.grad = None
    part.sum().backward()
    assert x.grad.tolist() == [2, 4, 0, 0]


def test_new_data_makes_a_view_a_tensor_of_its_own():
    x = leaf()
    y = x * 2
    v = y[:2]
    v.data = minigrad.zeros(2, dtype=minigrad.float64)
    v += 1
    assert y.tolist() == [2, 4, 6, 8] and v.tolist() == [1, 1]


def test_a_change_is_shown_by_trace():
    x = leaf(2)
    y = x * 2
    y[0] = 5.0
    text = str(minigrad.trace.explain((y * y).sum()))
    assert "replace(" in text and "0 at what was replaced" in text


def test_views_cost_no_work_until_somebody_asks():
    """A thousand rows changed one after another derive each other's place in the graph only when used."""
    x = minigrad.ones(300, 2, requires_grad=True)
    rows = (x * 1).unbind()
    derived = []
    original = minigrad.autograd.views.replayed

    def counting(operations, base):
        derived.append(len(operations))
        return original(operations, base)
    minigrad.autograd.views.replayed = counting
    try:
        for row in rows:
            row *= 2
    finally:
        minigrad.autograd.views.replayed = original
    assert len(derived) <= 2 * len(rows)
    minigrad.stack(rows).sum().backward()
    assert (x.grad == 2).all()


def test_views_that_are_gone_leave_nothing_behind():
    w = minigrad.ones(3, requires_grad=True)
    for _ in range(1000):
        (w[:2] * 2).sum()
    assert len(w._version) < 70
    gc.collect()
    gc.disable()
    try:
        x = leaf()
        y = x * 2
        v = y[:2]
        v *= 3
        seen = [weakref.ref(t) for t in (y, v)]
        del y, v
        assert [r() for r in seen] == [None, None]          # no circle
    finally:
        gc.enable()


def test_views_and_their_bases_can_be_copied_and_pickled():
    b = minigrad.ones(4)
    v = b[:2]
    for again in (pickle.loads(pickle.dumps(v)), copy.deepcopy(v), pickle.loads(pickle.dumps(b))[:2]):
        again += 1
        assert again.tolist() == [2, 2] and b.tolist() == [1, 1, 1, 1] and type(again) is Tensor


def test_the_base_lives_as_long_as_its_view():
    x = leaf()
    v = (x * 2)[:2]
    w = v[:1]
    v.mul_(3)
    (v.sum() + w.sum()).backward()
    assert x.grad.tolist() == [12, 6, 0, 0]


def test_one_number_can_be_overwritten():
    x = minigrad.tensor(2.0, requires_grad=True)
    y = x * 1
    y.copy_(x * 3)
    (y * 2 + y * 3).backward()                  # two contributions, whose sum is a NumPy scalar
    assert x.grad.item() == 15


@pytest.mark.parametrize("alias", [lambda y: y.detach(), lambda y: y.data, Tensor])
def test_a_second_derivative_tells_a_tensor_from_its_detached_self(alias):
    x = minigrad.tensor([2.0, 3.0], requires_grad=True)
    y = x ** 3
    (first,) = minigrad.autograd.grad((y * alias(y)).sum(), x, create_graph=True)      # 3x² · c, with c = x³
    (second,) = minigrad.autograd.grad(first.sum(), x)
    assert second.tolist() == [6 * 2.0 ** 4, 6 * 3.0 ** 4]                              # 6x · c
