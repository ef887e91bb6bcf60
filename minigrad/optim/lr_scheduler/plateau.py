"""A schedule that looks at how training goes."""
from __future__ import annotations

import math
from typing import Any, Sequence

from ...errors import DataError
from ..optimizer import Optimizer
from .schedule import LRScheduler, for_each_group


class ReduceLROnPlateau(LRScheduler):
    """lr ← lr · factor when a measure has not improved for more than ``patience`` steps.

    ``step(measure)`` after each epoch. mode "min" or "max" says which is better; ``threshold``
    (relative to the best, or absolute) is what counts as an improvement; after a change ``cooldown``
    steps are not counted. Raises ValueError for factor ≥ 1 or an unknown mode.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 3.0, 3.0):                        # no better twice
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
                 threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0,
                 min_lr: float | Sequence[float] = 0.0, eps: float = 1e-8) -> None:
        if not factor < 1 or mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError("ReduceLROnPlateau: expected factor < 1, mode 'min' or 'max' and threshold_mode "
                             f"'rel' or 'abs', got {factor}, {mode!r}, {threshold_mode!r}.")
        self.optimizer = optimizer
        self.mode, self.factor, self.patience, self.threshold = mode, factor, patience, threshold
        self.threshold_mode, self.cooldown, self.eps = threshold_mode, cooldown, eps
        self.min_lrs = for_each_group("ReduceLROnPlateau", optimizer, "min_lr", min_lr)
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Look at the measure of an epoch, and lower the rates if it has stalled."""
        value = float(metrics)
        self.last_epoch += 1
        if self._better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs):
                new = max(group["lr"] * self.factor, least)
                if group["lr"] - new > self.eps:
                    group["lr"] = new
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _better(self, value: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if math.isinf(self.best):
            return sign * value < sign * self.best
        if self.threshold_mode == "rel":
            return sign * value < sign * self.best * (1 - sign * self.threshold)
        return sign * value < sign * self.best - self.threshold

    def checked(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """As for any schedule; and that the modes are known, and that there is a minimum for each group."""
        state = super().checked(state_dict)
        if len(state["min_lrs"]) != len(self.min_lrs) or state["mode"] not in ("min", "max") \
                or state["threshold_mode"] not in ("rel", "abs"):
            raise DataError(f"ReduceLROnPlateau.load_state_dict: expected {len(self.min_lrs)} min_lrs, mode "
                            f"'min' or 'max' and threshold_mode 'rel' or 'abs', got {state!r:.200}.")
        return state

    def rates_are_numbers(self) -> None:
        """Nothing to check: the rates are the optimizer's."""
