"""Callbacks that set the learning rate."""
from __future__ import annotations

import math
from typing import Any, Callable

from ..errors import RangeError
from ..errors.states import STATE, check_state
from .run import Callback, Run
from .stopping import monitored


class LearningRate(Callback):
    """Sets the learning rate before each step: rate(t), with t from 0 at the start to 1 at the end.

    >>> from minigrad.train import LearningRate
    >>> half_then_a_tenth = LearningRate(lambda t: 1e-3 if t < 0.5 else 1e-4)
    """

    def __init__(self, rate: Callable[[float], float]) -> None:
        self.rate = rate

    def on_batch_begin(self, run: Run) -> None:
        rate = self.rate(run.progress)
        for group in run.optimizer.param_groups:
            group["lr"] = rate


class Schedule(Callback):
    """Steps a schedule of ``minigrad.optim.lr_scheduler``, and keeps its place in checkpoints.

    Args:
        scheduler: made from the optimizer that ``fit`` gets.
        every: "epoch", or "batch" for schedules that count batches, such as OneCycleLR.
        monitor: the name in ``run.logs`` to pass to ReduceLROnPlateau.

    Raises RangeError for an unknown ``every``, and in training for an unknown monitor.

    >>> from minigrad import nn, ones, optim
    >>> from minigrad.train import Schedule, fit
    >>> model = nn.Linear(1, 1)
    >>> sgd = optim.SGD(model.parameters(), lr=0.5)
    >>> halved = Schedule(optim.lr_scheduler.StepLR(sgd, 1, gamma=0.5))
    >>> _ = fit(model, (ones(4, 1), ones(4, 1)), nn.MSELoss(), sgd, epochs=2, callbacks=[halved])
    >>> sgd.param_groups[0]["lr"]
    0.125
    """

    def __init__(self, scheduler: Any, every: str = "epoch", monitor: str | None = None) -> None:
        if every not in ("epoch", "batch") or (monitor is not None and every == "batch"):
            raise RangeError("Schedule: every must be 'epoch' or 'batch', and 'epoch' with monitor; got "
                             f"every={every!r}, monitor={monitor!r}.")
        self.scheduler, self.every, self.monitor = scheduler, every, monitor

    def on_batch_end(self, run: Run) -> None:
        if self.every == "batch":
            self.scheduler.step()

    def on_epoch_end(self, run: Run) -> None:
        if self.monitor is not None:
            self.scheduler.step(monitored(self, self.monitor, run))
        elif self.every == "epoch":
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        return {"scheduler": self.scheduler.state_dict()}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state("Schedule", state, scheduler=STATE)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scheduler.load_state_dict(state["scheduler"])


def one_cycle(peak: float, warmup: float = 0.1, start: float = 0.04,
              end: float = 0.0) -> Callable[[float], float]:
    """A rate for LearningRate: up in a straight line, then down along half a cosine.

        rate(t) = peak · (start + (1 − start) · t / warmup)                    for t < warmup
        rate(t) = peak · (end + (1 − end) · (1 + cos(π · s)) / 2)              after it

    with s = (t − warmup) / (1 − warmup). ``start`` and ``end`` are shares of ``peak``. After Smith and
    Topin 2018, "Super-convergence", without the momentum's cycle.

    >>> from minigrad.train import one_cycle
    >>> rate = one_cycle(0.01, warmup=0.5, start=0.0)
    >>> [round(rate(t), 4) for t in (0, 0.25, 0.5, 0.75, 1)]
    [0.0, 0.005, 0.01, 0.005, 0.0]
    """
    if not 0 <= warmup < 1:
        raise RangeError(f"one_cycle: warmup must be from 0 to below 1, got {warmup!r}.")

    def rate(t: float) -> float:
        if t < warmup:
            return peak * (start + (1 - start) * t / warmup)
        s = (t - warmup) / (1 - warmup)
        return peak * (end + (1 - end) * (1 + math.cos(math.pi * s)) / 2)

    return rate
