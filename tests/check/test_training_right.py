"""Steps that are right: training_step says nothing, and leaves everything as it was, to the bit."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from right_steps import Step, right_step

import minigrad
from minigrad.check import training_step
from minigrad.nn import Module


def state(step: Step) -> list[Any]:
    """All numbers that a step could change."""
    found: list[Any] = [minigrad.get_rng_state()]
    if isinstance(step.model, Module):
        found += [t.numpy().tobytes() for t in step.model.state_dict().values()]
        found += [None if p.grad is None else p.grad.numpy().tobytes() for p in step.model.parameters()]
        found += [(m.training, dict(m._hooks)) for m in step.model.modules()]
    if step.optimizer is not None:
        found += [repr(step.optimizer.state_dict()), sorted(vars(step.optimizer))]
    return [*found, [np.asarray(part).tobytes() for part in step.batch]]


@pytest.mark.parametrize("seed", range(200))
def test_a_right_step_gives_no_finding_and_changes_nothing(seed: int) -> None:
    step = right_step(seed)
    before = state(step)
    report = training_step(step.model, step.loss, step.optimizer, step.batch, step=step.step)
    assert report.findings == [], f"{step.kind}\n{report}"
    assert state(step) == before
    assert len(report.losses) > 1
