"""Optimizer steps on a GPU: all parameters of a group in one launch for 32 of them.

An optimizer that has a kernel says so by ``together``, the name of its function here; the others update one
parameter after the other with CuPy. The options of the group and the step count lie on the device, too
(``backend.gpu.mirror``): a recorded step follows them, and the host counts after each replay.
"""
from __future__ import annotations

from functools import partial
from typing import Any, Callable, Protocol, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array, array_module
from ..backend.gpu import steps
from ..backend.gpu.kernels import has_kernels
from ..backend.gpu.mirror import Mirror
from ..backend.gpu.recording import current, require_made_before, with_each_run
from ..backend.noting import NotingArray
from ..errors import GraphError

Group = dict[str, Any]                  # one of ``param_groups``
AGAIN = "Capture the step again: step = minigrad.cuda.capture(train)."


class Optimizer(Protocol):
    """What is used of an optimizer here."""

    together: str
    state: Any


def update(optimizer: Optimizer, params: list[Tensor], group: Group) -> list[Tensor]:
    """Update those that a kernel can; the others are returned, to be updated one by one.

    Raises GraphError for these while a step is recorded; and before a replay, when a parameter was moved, or
    momentum or amsgrad switched on or off, since the recording.
    """
    if params and isinstance(params[0]._array, NotingArray):
        noted: list[Tensor] = params[0]._array.tape.update(optimizer, params, group)
        return noted
    step = TOGETHER.get(optimizer.together)
    fit = [step is not None and p._array.flags.c_contiguous
           and has_kernels(p._array, p.grad._array) for p in params]        # type: ignore[union-attr]
    alone = [p for p, together in zip(params, fit) if not together]
    graph = current()
    if alone and graph is not None:
        raise GraphError(f"capture: {type(optimizer).__name__} counts its steps and keeps its learning rate "
                         "on the host, where a replayed graph does not look. Use SGD or Adam on float32 or "
                         "float64 parameters that lie row-major in memory, or do not capture the step.")
    together = [p for p, fits in zip(params, fit) if fits]
    if step is not None and together:
        step(optimizer, together, group)
    if graph is not None:
        graph.before.append(_unchanged(optimizer, together, group))
    return alone


def _unchanged(optimizer: Optimizer, params: list[Tensor], group: Group) -> Callable[[], None]:
    """A check for before each replay: the graph changes what the program sees, and all that it should."""
    recorded = [(p, p._array, optimizer.state.get(p)) for p in params]
    kept = _kept(group)

    def check() -> None:
        for p, array, state in recorded:
            if p._array is not array or optimizer.state.get(p) is not state:
                raise GraphError("capture: a parameter was moved, or lost its optimizer's state, since the "
                                 f"step was recorded; the graph would go on with the old ones. {AGAIN}")
        if _kept(group) != kept:
            raise GraphError("capture: momentum or amsgrad was switched on or off since the step was "
                             f"recorded, and the graph has no memory for it, or too much. {AGAIN}")
    return check


def _kept(group: Group) -> tuple[bool, bool]:
    """What decides which arrays a step keeps."""
    return bool(group.get("momentum")), bool(group.get("amsgrad"))


def _mirror(optimizer: Optimizer, key: Any, like: Array, dtype: Any, count: int = 1) -> Mirror:
    """Numbers that kernels read, kept from step to step under a key."""
    mirrors: dict[Any, Mirror] = optimizer.__dict__.setdefault("_mirrors", {})
    if key not in mirrors:
        mirrors[key] = Mirror(array_module(like), dtype, count)
    return mirrors[key]


def _settings(optimizer: Any, group: Group, like: Array, names: Sequence[str]) -> Array:
    """The options of a group on the device, in the kernel's order."""
    def read() -> list[float]:
        beta1, beta2 = group.get("betas", (0.0, 0.0))
        known = {**group, "beta1": beta1, "beta2": beta2, "decoupled": getattr(optimizer, "decoupled", False)}
        return [float(known[name]) for name in names]
    return _mirror(optimizer, ("settings", id(group)), like, np.float64, len(names)).follow(read)


def adam(optimizer: Any, params: list[Tensor], group: Group) -> None:
    """Adam and AdamW, one count of steps for the parameters of a launch."""
    states = [optimizer.state[p] for p in params]
    for p, state in zip(params, states):
        if not state:
            _require_state()
            optimizer.begin(p, state, group)
    like = params[0]._array
    settings = _settings(optimizer, group, like, steps.ADAM)
    for number, batch in enumerate(steps.batches(list(zip(params, states)), [s["step"] for s in states])):
        own = [state for _, state in batch]
        step = _mirror(optimizer, ("step", id(group), number), like, np.int64)
        step.follow(lambda first=own[0]: (first["step"],))              # type: ignore[misc]
        corrections = steps.adam_begin(batch[0][0]._array, step, settings)
        steps.adam([steps.piece(p=p._array, g=p.grad._array, m=state["exp_avg"], v=state["exp_avg_sq"],
                                top=state.get("max_exp_avg_sq")) for p, state in batch],
                   settings, corrections)
        with_each_run(partial(_count, own))


def sgd(optimizer: Any, params: list[Tensor], group: Group) -> None:
    """SGD, the parameters whose velocity starts in this step apart from the others."""
    momentum, firsts = group["momentum"], []
    for p in params:
        firsts.append(bool(momentum) and optimizer.state[p].get("momentum_buffer") is None)
        if firsts[-1]:
            _require_state()
            optimizer.state[p]["momentum_buffer"] = array_module(p._array).empty_like(p._array)
    settings = _settings(optimizer, group, params[0]._array, steps.SGD)
    for batch in steps.batches(list(zip(params, firsts)), firsts):
        steps.sgd([steps.piece(p=p._array, g=p.grad._array,
                               v=optimizer.state[p].get("momentum_buffer") if momentum else None)
                   for p, _ in batch], settings, batch[0][1])


def _require_state() -> None:
    require_made_before("an optimizer's state for a parameter that had no gradient before",
                        "Let the calls before it reach every parameter: capture(step, warmup=…).")


def _count(states: list[dict[str, Any]]) -> None:
    """One step more for each parameter."""
    for state in states:
        state["step"] += 1


TOGETHER: dict[str, Any] = {"adam": adam, "sgd": sgd}
