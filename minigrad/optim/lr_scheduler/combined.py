"""Schedules made of schedules: one after the other, or all at once."""
from __future__ import annotations

import math
from bisect import bisect_right
from typing import Any, Sequence

from ...errors import DataError
from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .schedule import LRScheduler


class Combined(LRScheduler):
    """A schedule made of others, whose state holds theirs."""

    multiplies = False
    schedulers: list[LRScheduler]

    def parts(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> list[LRScheduler]:
        """The schedules; ValueError for none, for one of another optimizer, or one that needs a measure."""
        who = type(self).__name__
        if not schedulers:
            raise ValueError(f"{who}: expected at least one schedule.")
        for i, schedule in enumerate(schedulers):
            if not isinstance(schedule, LRScheduler) or isinstance(schedule, ReduceLROnPlateau):
                raise ValueError(f"{who}: schedule {i} is a {type(schedule).__name__}, whose step cannot be "
                                 "called without a measure.")
            if optimizer is not None and schedule.optimizer is not optimizer:
                raise ValueError(f"{who}: schedule {i} belongs to another optimizer.")
        return list(schedulers)

    def state_dict(self) -> dict[str, Any]:
        """Including the states of all schedules."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "schedulers")}
        return {**state, "schedulers": [s.state_dict() for s in self.schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state. Raises DataError, with nothing changed, for one without a rate."""
        schedulers, trial = self.schedulers, self.continued(state_dict)
        for scheduler, new in zip(schedulers, trial.schedulers):
            scheduler.__dict__.update(new.__dict__)
        self.__dict__.update(trial.__dict__)
        self.schedulers = schedulers

    def checked(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """As for any schedule; the states of the parts become copies of the parts, each tried out."""
        state, own = super().checked(state_dict), self.state_dict()
        for name in ("schedulers", "milestones"):
            if name in own and len(state[name]) != len(own[name]):
                raise DataError(f"{type(self).__name__}.load_state_dict: {len(own[name])} {name}, but the "
                                f"state is of {len(state[name])}.")
        parts = [s.continued(saved) for s, saved in zip(self.schedulers, state["schedulers"])]
        return {**state, "schedulers": parts}


class SequentialLR(Combined):
    """One schedule after the other; schedule i + 1 takes over at milestones[i], counting from 0.

    Raises ValueError for a wrong number of milestones.

    >>> from minigrad.optim.lr_scheduler import ExponentialLR, LinearLR, SequentialLR
    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> parts = [LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)]
    >>> schedule, rates = SequentialLR(optimizer, parts, milestones=[2]), []
    >>> for epoch in range(5):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int],
                 last_epoch: int = -1) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"SequentialLR: {len(schedulers)} schedules need {len(schedulers) - 1} "
                             f"milestones, got {len(milestones)}.")
        self.schedulers, self.milestones = self.parts(schedulers, optimizer), list(milestones)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        """The rate of the schedule in charge, at the steps since it took over."""
        i = bisect_right(self.milestones, t)
        since = t - self.milestones[i - 1] if i else t
        scheduler = self.schedulers[i]
        scheduler.last_epoch = since
        return scheduler.rate(scheduler.base_lrs[group], since, group)

    def step(self, epoch: int | None = None) -> None:
        """Count one step; the schedule in charge sets the rates."""
        super().step(epoch)
        self.schedulers[bisect_right(self.milestones, self.last_epoch)]._last_lr = list(self._last_lr)


class ChainedScheduler(Combined):
    """Several schedules at once: each step is one of every schedule, and their factors multiply.

    Raises ValueError for schedules of different optimizers.

    >>> from minigrad.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR
    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> parts = [ConstantLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)]
    >>> schedule, rates = ChainedScheduler(parts), []
    >>> for epoch in range(3):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [0.5, 0.25, 0.25]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.schedulers = self.parts(schedulers, optimizer)
        self.schedulers = self.parts(schedulers, self.schedulers[0].optimizer)
        self.optimizer = self.schedulers[0].optimizer
        self.base_lrs, self.last_epoch = self.schedulers[0].base_lrs, self.schedulers[0].last_epoch
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def rate(self, base: float, t: int, group: int) -> float:
        """base times the factors of all schedules."""
        factors = [s.rate(base, t, group) / base for s in self.schedulers] if base else [0.0]
        return base * math.prod(factors)

    def step(self, epoch: int | None = None) -> None:
        """One step of each schedule, in their order."""
        for schedule in self.schedulers:
            schedule.step(epoch)
        self.last_epoch = self.schedulers[0].last_epoch
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
