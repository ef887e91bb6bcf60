"""Ctrl-C in the middle of a backward pass leaves the settings as they were, wherever it comes."""
import sys

import numpy as np
import pytest

import minigrad
from minigrad.autograd.mode import mode


def interrupted_at(number, action):
    """Run ``action`` with Ctrl-C before the given instruction of minigrad; whether it came so far."""
    left = [number]

    def trace(frame, event, arg):
        if "minigrad" not in frame.f_code.co_filename or "tests" in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("create_graph", [True, False])
def test_an_interrupt_anywhere_in_backward_leaves_the_grad_mode(outside, create_graph):
    settings, number = np.geterr(), 0
    while True:
        x = minigrad.tensor([1.0, 2.0], requires_grad=True)
        loss = (x * x).sum()
        number += 1
        mode.grad = outside
        try:
            came = interrupted_at(number, lambda: loss.backward(create_graph=create_graph))
            assert mode.grad is outside, f"before instruction {number}"
        finally:
            mode.grad = True
            np.seterr(**settings)
        if not came:
            break
    assert number > 200
