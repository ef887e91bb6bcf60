"""no_grad and its relatives, and detect_anomaly."""
import threading

import numpy as np
import pytest

import minigrad
from minigrad.autograd import detect_anomaly
from minigrad.autograd.watch import Watcher, watching
from minigrad.errors import AnomalyError


def recorded():
    return (minigrad.ones(1, requires_grad=True) * 2).requires_grad


def test_blocks_nest_and_end_after_an_error():
    with minigrad.no_grad():
        assert not recorded() and not minigrad.is_grad_enabled()
        with minigrad.enable_grad():
            assert recorded()
        assert not recorded()
    assert recorded()
    with pytest.raises(KeyError):
        with minigrad.no_grad():
            raise KeyError
    assert recorded()


def test_one_object_entered_again():
    block = minigrad.no_grad()
    with block:
        with block:
            assert not recorded()
        assert not recorded()
    assert recorded()


def test_decorators():
    @minigrad.no_grad()
    def without(depth):
        return recorded() or (depth > 0 and without(depth - 1))

    @minigrad.enable_grad()
    def with_graph():
        return recorded()
    assert without(3) is False and without(0) is False and recorded()
    with minigrad.no_grad():
        assert with_graph() and not recorded()


def test_set_grad_enabled_as_statement_block_and_decorator():
    minigrad.set_grad_enabled(False)
    assert not recorded()
    minigrad.set_grad_enabled(True)
    assert recorded()
    with minigrad.set_grad_enabled(False):
        assert not recorded()
    assert recorded()

    @minigrad.set_grad_enabled(False)
    def without():
        return recorded()
    assert recorded(), "decorating must not switch anything"
    assert [without(), without()] == [False, False] and recorded()
    with minigrad.no_grad():
        with minigrad.set_grad_enabled(True):
            assert recorded()
        assert not recorded()


def test_each_thread_has_its_own_mode():
    seen = []
    with minigrad.no_grad():
        thread = threading.Thread(target=lambda: seen.append(recorded()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_decorated_function_in_two_threads_at_once():
    """Both are inside at the same time; neither may leave with the other's mode."""
    inside = threading.Barrier(2, timeout=20)
    after = {}

    @minigrad.no_grad()
    def work():
        inside.wait()
        inside.wait()

    def run(name, enabled):
        minigrad.set_grad_enabled(enabled)
        for _ in range(20):
            work()
            after.setdefault(name, set()).add(minigrad.is_grad_enabled())
    threads = [threading.Thread(target=run, args=item) for item in (("on", True), ("off", False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert after == {"on": {True}, "off": {False}}


def test_results_without_recording_need_no_gradient():
    x = minigrad.ones(2, requires_grad=True)
    with minigrad.no_grad():
        y = x * 2
    assert y.is_leaf and not y.requires_grad and y.grad_fn is None
    assert x.detach().requires_grad is False and x.requires_grad


# ── anomalies ─────────────────────────────────────────────────────────────────────────────────────

def test_forward_names_operation_and_line_of_the_first_nan():
    x = minigrad.tensor([1.0, -1.0], requires_grad=True)
    with detect_anomaly():
        y = x * 2
        with pytest.raises(AnomalyError) as caught:
            y.sqrt().exp()                      # the culprit is on this line
    text = str(caught.value)
    assert text.startswith("Sqrt: the result of this operation holds NaN in 1 of 2 entries")
    assert "test_modes.py:" in text and "the culprit is on this line" in text


def test_forward_names_infinity_and_works_without_gradients():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"Div: .*infinity in 2 of 2"):
        minigrad.ones(2) / 0.0


def test_backward_names_the_operation_and_the_line_of_its_call():
    x = minigrad.tensor([0.0, 4.0], requires_grad=True)
    with detect_anomaly():
        root = x.sqrt()                         # its slope at 0 is infinite
        loss = (root * 1.0).sum()
        with pytest.raises(AnomalyError) as caught:
            loss.backward()
    text = str(caught.value)
    assert text.startswith("Sqrt: a gradient from this operation holds infinity in 1 of 2 entries")
    assert "its slope at 0 is infinite" in text
    loss = x.sqrt().sum()
    loss.backward()                             # outside of the block nothing is checked
    assert np.isinf(x.grad.numpy()[0])


def test_backward_with_create_graph_is_checked_too():
    x = minigrad.tensor([0.0], requires_grad=True)
    with detect_anomaly(), pytest.raises(AnomalyError):
        x.sqrt().sum().backward(create_graph=True)


def test_integers_and_masks_are_no_anomaly():
    with detect_anomaly():
        minigrad.tensor([1, 2]) * 2
        minigrad.nn.functional.pad(minigrad.ones(2), (1, 1), value=-float("inf"))
        x = minigrad.randn(1, 1, 4, 4, requires_grad=True)
        minigrad.nn.functional.max_pool2d(x, 3, 1, 1).sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_a_watcher_sees_each_result_and_each_gradient_until_its_block_ends():
    seen = []

    class Seen(Watcher):
        def result(self, op, out, inputs):
            seen.append((op.name, len(inputs), out.tolist()))

        def gradient(self, op, i, array):
            seen.append((op.name, i, array.tolist()))

        def contribution(self, op, i, g, part, total):
            seen.append((op.name, i, g.tolist(), part.tolist(), total.tolist()))

    x = minigrad.tensor(3.0, requires_grad=True)
    with watching(Seen()):
        y = x * minigrad.tensor([1.0, 2.0])                     # x is broadcast
        (y.sum() + x).backward()
    (x * 2).backward()
    assert seen == [("Mul", 2, [3.0, 6.0]), ("Sum", 1, 9.0), ("Add", 2, 12.0),
                    ("Add", 0, 1.0), ("Add", 0, 1.0, 1.0, 1.0), ("Add", 1, 1.0), ("Add", 1, 1.0, 1.0, 1.0),
                    ("Sum", 0, [1.0, 1.0]), ("Sum", 0, 1.0, [1.0, 1.0], [1.0, 1.0]),
                    ("Mul", 0, [1.0, 2.0]), ("Mul", 0, [1.0, 1.0], 3.0, 4.0)]
