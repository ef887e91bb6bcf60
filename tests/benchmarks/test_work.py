"""The work of a training step, counted: it may shrink, and must not grow unnoticed.

Time depends on the machine and on what else it does; these numbers do not. Where a change is worth more
memory or more calls, raise the limit in the same commit, and say why in benchmarks/NOTES.md.
"""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.backend.c.toolchain import library

from counting import counted_arrays, counted_calls

MIB = 1 << 20
CHAIN = 200


def document_c():
    """A training step of document C's network on a batch of 128, as a function."""
    mg.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = mg.optim.Adam(model.parameters())
    rng = np.random.default_rng(0)
    x = mg.tensor(rng.random((128, 1, 28, 28), dtype=np.float32))
    t = mg.tensor(rng.integers(0, 10, 128))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
    for _ in range(2):                  # the optimizer's state is made in the first
        step()
    return step


def document_e():
    """The same for a tiny multilayer perceptron, where Python's own work is all there is."""
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid())
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    x, t = mg.ones(4, 2), mg.zeros(4, 1)

    def step():
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), t).backward()
        optimizer.step()
    step()
    return step


def test_the_counter_counts():
    with counted_arrays() as arrays:
        a = np.ones(1000)
        b = a + 1
    assert arrays.count >= 2 and 16_000 <= arrays.bytes < 17_000
    before = arrays.bytes
    b = b + 1
    assert arrays.bytes == before

    def called():
        return len("no Python function")
    with counted_calls() as calls:
        called()
        called()
    assert 2 <= calls[0] <= 4


def test_a_step_of_document_c_allocates_no_more_than_it_did():
    step = document_c()
    with counted_arrays() as arrays:
        step()
    assert arrays.count <= 700
    assert arrays.bytes <= 44 * MIB


def test_convolution_activation_and_pooling_at_once_save_half_of_the_memory():
    step = document_c()
    with counted_arrays() as at_once:
        step()
    with mg.autograd.detect_anomaly(), counted_arrays() as one_by_one:     # it has the layers run alone
        step()
    assert at_once.bytes < 0.6 * one_by_one.bytes


@pytest.mark.parametrize("make, with_c, without", [(document_c, 435, 550), (document_e, 210, 240)])
def test_a_step_calls_no_more_python_functions_than_it_did(make, with_c, without):
    """Without kernels, products go in blocks, and NumPy's sums and maxima are Python functions, too."""
    limit = without if library() is None else with_c
    step = make()
    with counted_calls() as calls:
        step()
    assert calls[0] <= limit


def test_an_operation_costs_no_more_calls_than_it_did():
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)

    def chain():
        y = x
        for _ in range(CHAIN // 4):
            y = (y * 1.01 + 0.5) / 1.02 - 0.3
        return y.sum()
    chain().backward()
    with counted_calls() as forward:
        loss = chain()
    with counted_calls() as backward:
        loss.backward()
    most = 9.5 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 12.5      # looks at each result
    assert forward[0] <= most * CHAIN
    assert backward[0] <= 1.5 * CHAIN
    assert backward[0] >= CHAIN                     # each operation has its backward called
