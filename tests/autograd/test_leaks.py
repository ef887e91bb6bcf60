"""The warning about graphs that are kept alive across steps."""
import warnings

import pytest

import minigrad


def losses(count):
    w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(count):
        loss = (w * w).sum()
        yield loss


@pytest.mark.parametrize("add_first", [True, False])
def test_adding_up_losses_with_their_graphs_warns(add_first):
    total = 0.0
    with pytest.warns(UserWarning, match=r"keeps the graph of an earlier step alive: Sum .*loss\.item\(\)"):
        for loss in losses(2):
            if add_first:
                total += loss
            loss.backward()
            if not add_first:
                total += loss


@pytest.mark.parametrize("cut", [lambda loss: loss.item(), lambda loss: loss.detach()])
def test_adding_up_numbers_does_not_warn(cut):
    total = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in losses(3):
            loss.backward()
            total = total + cut(loss)
    assert float(total) == 15.0


def test_a_sum_of_losses_before_one_backward_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second, third = losses(3)
        (first + second + third).backward()


def test_a_retained_graph_may_be_used_again():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = losses(2)
        first.backward(retain_graph=True)
        (first + second).backward()


def test_one_operation_on_a_walked_number_twice_does_not_warn():
    x = minigrad.tensor(2.0, requires_grad=True)
    y = x + 1.0
    y.backward()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (y * y).item() == 9.0
