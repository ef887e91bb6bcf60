"""What may be changed in place, and what is noticed when it was."""
import numpy as np
import pytest

import minigrad
from minigrad.errors import DTypeError, GraphError, RangeError, ShapeError


def leaf(*values):
    return minigrad.tensor(list(values), requires_grad=True)


def test_leaves_that_require_gradients_cannot_be_changed():
    x = leaf(1.0, 2.0)
    with pytest.raises(GraphError, match=r"x = x \+ y.*no_grad"):
        x += 1
    for change in (lambda: x.add_(1), lambda: x.zero_(), lambda: x.copy_(minigrad.ones(2)),
                   lambda: x.__setitem__(0, 5.0)):
        with pytest.raises(GraphError, match="no_grad"):
            change()
    assert x.tolist() == [1, 2]
    with minigrad.no_grad():
        x -= 0.5
        x[0] = 7
        x.mul_(2)
    assert x.tolist() == [14, 3] and x.is_leaf and x.requires_grad


def test_augmented_assignment_of_results_stays_in_the_graph():
    x = leaf(1.0, 2.0)
    y = x * 2
    before = y
    y += x
    y *= 3
    y -= 1
    y /= 2
    y.sum().backward()
    assert x.grad.tolist() == [4.5, 4.5] and before is y and y.tolist() == [4, 8.5]


def test_augmented_assignment_of_data_keeps_its_memory():
    x = minigrad.ones(2)
    view = x[:]
    x += 1
    assert view.tolist() == [2, 2]
    x += leaf(1.0, 1.0)                         # from here on a recorded result, and so is its view
    assert x.requires_grad and view.tolist() == [3, 3] and view.requires_grad


def changed(make, change):
    """The message when ``change`` is applied between the call and its backward."""
    x = leaf(1.0, 2.0, 3.0)
    h = x * 1
    y = make(h)
    with minigrad.no_grad():
        change(h, y)
    with pytest.raises(GraphError) as caught:
        y.sum().backward()
    return str(caught.value)


def test_a_changed_input_is_noticed_and_named():
    text = changed(lambda h: h * h, lambda h, y: h.add_(1))
    call, change = text.split("changed in place")
    assert call.startswith("backward: Mul (called at ") and "lambda h: h * h" in call
    assert "after the call, at " in change and "h.add_(1)" in change and "x.clone()" in change


def test_a_changed_result_is_noticed():
    assert "Exp (called at" in changed(lambda h: h.exp(), lambda h, y: y.mul_(2))


@pytest.mark.parametrize("view", [lambda h: h[1:], lambda h: h.reshape(3, 1), lambda h: h.detach(),
                                  lambda h: h.data, lambda h: h.unsqueeze(0).T,
                                  lambda h: h.expand(2, 3)[:, 1:], lambda h: h[0]])
def test_a_change_through_a_view_is_noticed(view):
    def change(h, y):
        part = view(h)
        if part._array.flags.writeable:
            part.fill_(5)
        else:
            h.fill_(5)
    assert "changed in place" in changed(lambda h: h * h, change)


def test_a_view_that_was_saved_is_noticed_when_its_base_changes():
    for view in (lambda h: h[:2], lambda h: h.expand(2, 3), lambda h: h.reshape(1, 3), lambda h: h.T):
        assert "changed in place" in changed(lambda h: view(h) * view(h), lambda h, y: h.zero_())


def test_setitem_and_optimizer_steps_count_as_changes():
    assert "changed in place" in changed(lambda h: h * h, lambda h, y: h.__setitem__(0, 9.0))
    w = leaf(1.0)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    minigrad.optim.SGD([w], lr=0.1).step()
    with pytest.raises(GraphError, match="changed in place"):
        loss.backward()


def test_changes_that_do_not_matter_are_allowed():
    x = leaf(1.0, 2.0)
    h = x * 1
    y = h + 3                                   # an addition needs no values
    with minigrad.no_grad():
        h.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]
    z = x.clone()
    w = (z * 2).sum()
    with minigrad.no_grad():
        z.zero_()
    w.backward()


def test_one_entry_is_a_view():
    x = minigrad.zeros(2, 2)
    x[0, 1].fill_(5)
    x[1].fill_(2)
    x[0][0] += 3
    assert x.tolist() == [[3, 5], [2, 2]]


def test_in_place_results_must_fit():
    x = minigrad.ones(2)
    with pytest.raises(ShapeError, match=r"\(3, 2\).*\(2,\)"):
        x.add_(minigrad.ones(3, 2))
    counts = minigrad.tensor([1, 2])
    with pytest.raises(DTypeError, match="float32 does not fit into a tensor of dtype int64"):
        counts.mul_(0.5)
    with pytest.raises(RangeError, match="out of bounds"):
        x[5] = 1
    with pytest.raises(ShapeError):
        x[:] = np.ones(3)
    assert x.tolist() == [1, 1] and counts.tolist() == [1, 2]


def test_in_place_methods_return_the_tensor():
    x = minigrad.ones(2)
    assert x.add_(1) is x and x.clamp_(max=1.5) is x and x.tolist() == [1.5, 1.5]
    assert x.copy_(minigrad.tensor([3, 4])) is x and x.tolist() == [3, 4]


def test_both_lines_are_named_for_a_recorded_change_and_for_an_optimizer_step():
    h = leaf(1.0, 2.0) * 1
    y = h * h
    h[0] = 5.0                                  # the change
    with pytest.raises(GraphError, match=r"Mul \(called at .*y = h \* h\).*at .*h\[0\] = 5.0"):
        y.sum().backward()
    w = leaf(1.0)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    optimizer = minigrad.optim.SGD([w], lr=0.1)
    optimizer.step()
    with pytest.raises(GraphError, match=r"at .*optimizer.step\(\)"):
        loss.backward()


def test_a_refusal_names_its_true_cause():
    w = leaf(1.0, 2.0, 3.0)
    with pytest.raises(GraphError, match="mul_: x is a leaf that requires a gradient"):
        w.mul_(2)
    with pytest.raises(GraphError, match="mul_: x is a view of a leaf that requires a gradient"):
        w[:2].mul_(2)
    c = minigrad.ones(3)
    c.mul_(w)                                   # data may become part of a graph
    assert c.requires_grad
    with pytest.raises(GraphError, match="fill_: x was expanded, so that one entry in memory"):
        minigrad.ones(3).expand(2, 3).fill_(2.0)
    fixed = np.ones(3)
    fixed.flags.writeable = False
    x = minigrad.from_numpy(fixed)
    with pytest.raises(GraphError, match=r"x \+= y: the memory of x is read-only.*NumPy"):
        x += 1
    shown = np.ones(3)[:]                       # a read-only window on memory that could be written
    shown.flags.writeable = False
    with pytest.raises(GraphError, match="read-only"):
        minigrad.from_numpy(shown).zero_()
    assert fixed.tolist() == shown.tolist() == [1, 1, 1]
    with pytest.raises(ShapeError, match="fill_: expected one number"):
        minigrad.ones(3).fill_(minigrad.ones(3))


def test_one_entry_takes_a_tensor_of_one_entry():
    x = minigrad.zeros(2, 2)
    x[0, 1] = minigrad.ones(1)
    x[1][0] = minigrad.ones(1, 1) * 2
    assert x.tolist() == [[0, 1], [2, 0]]


def test_a_row_of_an_expanded_tensor_can_be_changed():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1
    y.expand(2, 3)[1].mul_(2)
    y.sum().backward()
    assert y.tolist() == [2, 4, 6] and x.grad.tolist() == [2, 2, 2]


def test_a_refused_change_leaves_the_tensor_as_it_was():
    x = leaf(1.0, 2.0)
    y = x * 2
    node = y.grad_fn
    for index, value, error in ((5, 1.0, RangeError), (slice(None), minigrad.ones(3), ShapeError)):
        with pytest.raises(error):
            y[index] = value
    assert y.grad_fn is node and y.tolist() == [2, 4]


def test_every_operator_changes_in_place():
    for change in ("x += 2", "x -= 2", "x *= 2", "x /= 2", "x **= 2", "x //= 2", "x %= 2"):
        x = minigrad.tensor([1.0, 4.0])
        names = {"x": x}
        exec(change, names)
        assert names["x"] is x and x.tolist() != [1, 4], change
