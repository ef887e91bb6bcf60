"""Schedules that are one formula, base · f(t)."""
from __future__ import annotations

import math
from bisect import bisect_right
from typing import Sequence

from ..optimizer import Optimizer
from .schedule import LRScheduler


class StepLR(LRScheduler):
    """base · gamma^⌊t / step_size⌋.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule, rates = minigrad.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5), []
    >>> for epoch in range(5):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1,
                 last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """base · gamma^(how many milestones t has reached).

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule, rates = minigrad.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3], gamma=0.5), []
    >>> for epoch in range(4):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1,
                 last_epoch: int = -1) -> None:
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """base · gammaᵗ.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * self.gamma ** t


class ConstantLR(LRScheduler):
    """base · factor for total_iters steps, then base.

    Raises ValueError for a factor outside [0, 1].

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule, rates = minigrad.optim.lr_scheduler.ConstantLR(optimizer, 0.5, total_iters=2), []
    >>> for epoch in range(3):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [0.5, 0.5, 1.0]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5,
                 last_epoch: int = -1) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"ConstantLR: factor must be in [0, 1], got {factor}.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * self.factor if t < self.total_iters else base


class LinearLR(LRScheduler):
    """base · a factor that goes linearly from start_factor to end_factor in total_iters steps.

    Raises ValueError for a start_factor outside (0, 1] or an end_factor outside [0, 1].

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> schedule.step(); schedule.get_last_lr()             # halfway from 0.5 to 1
    [0.75]
    """

    def __init__(self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0,
                 total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError("LinearLR: start_factor must be in (0, 1] and end_factor in [0, 1], got "
                             f"{start_factor} and {end_factor}.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        share = min(t, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * share)


class PolynomialLR(LRScheduler):
    """base · (1 − t / total_iters)^power, and 0 after total_iters steps.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule, rates = minigrad.optim.lr_scheduler.PolynomialLR(optimizer, 4, power=2.0), []
    >>> for epoch in range(5):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0,
                 last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * (1 - min(t, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """eta_min + ½ (base − eta_min) (1 + cos(π t / T_max))  (Loshchilov and Hutter 2017).

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> schedule.step(); round(schedule.get_last_lr()[0], 6)        # cos(π/2) = 0
    0.5
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0,
                 last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        """Half a cosine from base to eta_min; beyond T_max it rises again, as in PyTorch."""
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2

    def carried_on(self, now: float, before: float, after: float) -> float:
        """The part above eta_min changes in proportion; from eta_min itself, by the difference."""
        low = self.eta_min
        if math.isclose(before, low, rel_tol=1e-9, abs_tol=1e-15):
            return now + after - before
        return low + (now - low) * (after - low) / (before - low)
