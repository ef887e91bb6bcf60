"""Memory: training leaves nothing behind, and graphs are freed by reference counts alone."""
import gc
import resource
import sys
import weakref

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.autograd import Function, Tensor, engine


def leaf(*values):
    return minigrad.tensor(list(values), dtype=minigrad.float64, requires_grad=True)


def count(*kinds):
    """How many objects of these classes live; by type, for some objects of others warn at isinstance."""
    return sum(issubclass(type(o), kinds) for o in gc.get_objects())


def test_training_steps_leave_nothing_behind():
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 4))
    optimizer = minigrad.optim.Adam(model.parameters(), lr=1e-3)
    x, t = minigrad.randn(32, 8), minigrad.randint(0, 4, (32,))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss.item()
    first = step()
    gc.disable()                                # reference counts alone have to do it: no cycles
    try:
        gc.collect()
        before, blocks = count(Function, Tensor), sys.getallocatedblocks()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(1000):
            last = step()
        assert count(Function, Tensor) == before
    finally:
        gc.enable()
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 2000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 20_000      # KiB
    assert last < first


def test_a_graph_is_freed_with_its_result_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        y = x.exp()
        z = y * y
        seen = [weakref.ref(y), weakref.ref(z)]
        before = count(Function)
        assert before >= 2
        del y, z
        assert [r() for r in seen] == [None, None]
        assert count(Function) == before - 2
    finally:
        gc.enable()


def test_retain_grad_makes_no_circle():
    gc.collect()
    gc.disable()
    try:
        before = count(Function)
        h = leaf(1.0) * 2
        h.retain_grad()
        h.sum().backward()
        del h
        assert count(Function) == before
    finally:
        gc.enable()


def test_backward_frees_what_was_saved():
    big = minigrad.ones(1000, requires_grad=True)
    product = big * big
    array = weakref.ref(product._array)
    loss = (product * product).sum()
    del product
    assert array() is not None                  # saved for backward
    loss.backward()
    assert array() is None


def test_nothing_is_kept_under_no_grad():
    x = minigrad.ones(10, requires_grad=True)
    with minigrad.no_grad():
        y = x * 2
        array = weakref.ref(y._array)
        z = y * 3
        del y
        assert array() is None and z.grad_fn is None


@pytest.mark.parametrize("extra", [(), (2.0,), (2,)])
def test_a_graph_keeps_no_large_constant_alive(extra):
    class Touch(Function):                      # takes any inputs, and saves none of them
        def forward(self, *xs):
            return xs[0] * 2.0

        def backward(self, g, i):
            return g * 2.0

    large = minigrad.ones(1000)
    watch = weakref.ref(large._array)
    y = Touch()(minigrad.ones(3, requires_grad=True), *extra, large)
    del large
    gc.collect()
    assert watch() is None and y.grad_fn is not None


def test_a_large_gradient_is_handed_over_and_not_copied(monkeypatch):
    """A gradient that begins at a cache line is a view of its block; only what others look into is copied."""
    copied = []
    copy = engine._contiguous_copy
    monkeypatch.setattr(engine, "_contiguous_copy", lambda g, like: copied.append(g.shape) or copy(g, like))
    layer = nn.Linear(300, 200)
    layer(minigrad.rand(100, 300)).sum().backward()
    assert copied == []
    a, b = (minigrad.rand(200, 300, requires_grad=True) for _ in range(2))
    z = a.reshape(-1) + b.reshape(-1)
    z.backward(minigrad.rand(60_000))
    assert len(copied) >= 1 and not np.shares_memory(a.grad.numpy(), b.grad.numpy())
