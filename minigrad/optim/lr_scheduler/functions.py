"""Schedules by functions of one's own."""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..optimizer import Optimizer
from .schedule import LRScheduler, for_each_group


class LambdaLR(LRScheduler):
    """base · f(t) for a function f, or one for each parameter group.

    Raises ValueError unless there is one for each.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + t))
    >>> schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    multiplies = False

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Any],
                 last_epoch: int = -1) -> None:
        self.lr_lambdas = for_each_group("LambdaLR", optimizer, "lr_lambda", lr_lambda)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * float(self.lr_lambdas[group](t))


class MultiplicativeLR(LRScheduler):
    """base · f(1) · f(2) · … · f(t) for a function f, or one for each parameter group.

    Raises ValueError unless there is one for each.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda t: 1 / t)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()            # 1 · ½
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Any],
                 last_epoch: int = -1) -> None:
        self.lr_lambdas = for_each_group("MultiplicativeLR", optimizer, "lr_lambda", lr_lambda)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        """base and all factors so far, multiplied."""
        for k in range(1, t + 1):
            base *= float(self.lr_lambdas[group](k))
        return base

    def step(self, epoch: int | None = None) -> None:
        """Count one step, and multiply the rates; or go to ``epoch``."""
        if epoch is not None:
            super().step(epoch)
            return
        self.last_epoch += 1
        for group, factor in zip(self.optimizer.param_groups, self.lr_lambdas):
            if self.last_epoch:
                group["lr"] *= float(factor(self.last_epoch))
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
