"""Schedules that go up and down."""
from __future__ import annotations

import math
from typing import Callable, Sequence

from ...errors.arguments import require_integers
from ..optimizer import Optimizer
from .schedule import LRScheduler, for_each_group, set_momentum


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to max_lr, then down to far below  (Smith and Topin 2018).

    Step it after each batch. Give total_steps, or epochs and steps_per_epoch. With cycle_momentum the
    momentum (or Adam's β₁) goes the opposite way. Raises ValueError without these, for an
    unknown anneal_strategy, and for one step too many.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], momentum=0.9)
    >>> schedule = minigrad.optim.lr_scheduler.OneCycleLR(
    ...     optimizer, max_lr=1.0, total_steps=8, pct_start=0.5, anneal_strategy="linear")
    >>> rates = []
    >>> for batch in range(8):
    ...     rates.append(round(schedule.get_last_lr()[0], 2)); schedule.step()
    >>> rates
    [0.04, 0.36, 0.68, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    multiplies = False

    def __init__(self, optimizer: Optimizer, max_lr: float | Sequence[float], total_steps: int | None = None,
                 epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
                 anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float = 0.85,
                 max_momentum: float = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
                 three_phase: bool = False, last_epoch: int = -1) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or both epochs and steps_per_epoch.")
            total_steps = epochs * steps_per_epoch
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError("OneCycleLR: anneal_strategy must be 'cos' or 'linear', got "
                             f"{anneal_strategy!r}.")
        self.total_steps, self.anneal_strategy = total_steps, anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.base_momentum, self.max_momentum = base_momentum, max_momentum
        self.div_factor, self.final_div_factor = div_factor, final_div_factor
        up = pct_start * total_steps - 1
        # Each phase: its last step, and the levels (low 0, high 1, final 2) it goes from and to.
        self.phases = ([(up, 0, 1), (2 * up, 1, 0), (total_steps - 1.0, 0, 2)] if three_phase else
                       [(up, 0, 1), (total_steps - 1.0, 1, 2)])
        for group, high in zip(optimizer.param_groups,
                               for_each_group("OneCycleLR", optimizer, "max_lr", max_lr)):
            if last_epoch == -1:
                group["initial_lr"] = high / div_factor
        super().__init__(optimizer, last_epoch)

    def _between(self, levels: Sequence[float], t: int) -> float:
        if t > self.total_steps:
            raise ValueError(f"OneCycleLR: step {t + 1} of only {self.total_steps}. Increase total_steps.")
        start, (end, a, b) = 0.0, self.phases[0]
        for following in self.phases[1:]:
            if t > end:
                start, (end, a, b) = end, following
        share = (t - start) / (end - start)
        if self.anneal_strategy == "cos":
            return levels[b] + (levels[a] - levels[b]) * (1 + math.cos(math.pi * share)) / 2
        return levels[a] + (levels[b] - levels[a]) * share

    def rate(self, base: float, t: int, group: int) -> float:
        """From base up to base · div_factor, then down to base / final_div_factor."""
        return self._between((base, base * self.div_factor, base / self.final_div_factor), t)

    def step(self, epoch: int | None = None) -> None:
        """Count one step, and set the rates and the momenta."""
        super().step(epoch)
        if not self.cycle_momentum:
            return
        momentum = self._between((self.max_momentum, self.base_momentum, self.max_momentum), self.last_epoch)
        for group in self.optimizer.param_groups:
            set_momentum("OneCycleLR", group, momentum)


class CyclicLR(LRScheduler):
    """Up and down between base_lr and max_lr, again and again  (Smith 2017).

    Step it after each batch: step_size_up steps up, step_size_down (as many, if not given) down. The height
    of cycle k is (max_lr − base_lr) · s, where s is 1 with mode="triangular", 1 / 2ᵏ⁻¹ with "triangular2",
    gammaᵗ with "exp_range", or scale_fn of k (of t with scale_mode="iterations"). With cycle_momentum the
    momentum (or Adam's β₁) goes the opposite way. Raises ValueError for an unknown mode, or without a
    momentum to cycle.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0, momentum=0.9)
    >>> schedule, rates = minigrad.optim.lr_scheduler.CyclicLR(optimizer, 0.0, 1.0, step_size_up=2), []
    >>> for batch in range(6):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """

    multiplies = False

    def __init__(self, optimizer: Optimizer, base_lr: float | Sequence[float],
                 max_lr: float | Sequence[float], step_size_up: int = 2000,
                 step_size_down: int | None = None, mode: str = "triangular",
                 gamma: float = 1.0, scale_fn: Callable[[float], float] | None = None,
                 scale_mode: str = "cycle", cycle_momentum: bool = True,
                 base_momentum: float | Sequence[float] = 0.8, max_momentum: float | Sequence[float] = 0.9,
                 last_epoch: int = -1) -> None:
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError("CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range', got "
                             f"{mode!r}. Another shape is given as scale_fn.")
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self.scale_fn = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        self.max_lrs = for_each_group("CyclicLR", optimizer, "max_lr", max_lr)
        self.base_momentums = for_each_group("CyclicLR", optimizer, "base_momentum", base_momentum)
        self.max_momentums = for_each_group("CyclicLR", optimizer, "max_momentum", max_momentum)
        lows = for_each_group("CyclicLR", optimizer, "base_lr", base_lr)
        for group, low in zip(optimizer.param_groups, lows):
            if last_epoch == -1:
                group["initial_lr"] = low
        super().__init__(optimizer, last_epoch)

    def height(self, t: int) -> float:
        """How far up step t is: 0 at the base, 1 at the top of a cycle of full height."""
        cycle = math.floor(1 + t / self.total_size)
        x = 1.0 + t / self.total_size - cycle               # the part of the cycle that is over
        up = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        k = cycle if self.scale_mode == "cycle" else t
        if self.scale_fn is not None:
            return up * float(self.scale_fn(k))
        return up * (1.0 if self.mode == "triangular" else 0.5 ** (k - 1) if self.mode == "triangular2" else
                     self.gamma ** k)

    def rate(self, base: float, t: int, group: int) -> float:
        return base + (self.max_lrs[group] - base) * self.height(t)

    def step(self, epoch: int | None = None) -> None:
        """Count one step, and set the rates and the momenta."""
        super().step(epoch)
        height = self.height(self.last_epoch)
        for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
            if self.cycle_momentum:
                set_momentum("CyclicLR", group, high - (high - low) * height)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from base to eta_min, again and again, each T_mult times as long  (SGDR,
    Loshchilov and Hutter 2017).

    The first takes T_0 steps. ``step(epoch)`` with a fraction sets the rate between epochs. Raises ValueError
    unless T_0 and T_mult are integers from 1.

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates.append(round(schedule.get_last_lr()[0], 6)); schedule.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    multiplies = False

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0,
                 last_epoch: int = -1) -> None:
        require_integers("CosineAnnealingWarmRestarts", T_0=T_0, T_mult=T_mult)
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        self.T_i = T_0
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def place(self, t: float) -> tuple[float, int]:
        """How many steps of the current half cosine are over, and how many it has."""
        if self.T_mult == 1:
            return t % self.T_0, self.T_0
        length = self.T_0
        while t >= length:
            t, length = t - length, length * self.T_mult
        return t, length

    def rate(self, base: float, t: float, group: int) -> float:
        return self.cosine(base, *self.place(t))

    def cosine(self, base: float, done: float, length: int) -> float:
        """The rate after ``done`` steps of a half cosine of that length."""
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * done / length)) / 2

    def step(self, epoch: float | None = None) -> None:
        """Count one step, or go to ``epoch``, and set the rates."""
        if epoch is not None and epoch < 0:
            raise ValueError(f"CosineAnnealingWarmRestarts.step: expected an epoch from 0, got {epoch}.")
        if epoch is None and self.last_epoch >= 0:
            epoch, self.T_cur = self.last_epoch + 1, self.T_cur + 1
            if self.T_cur >= self.T_i:                      # a restart
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            epoch = epoch or 0
            self.T_cur, self.T_i = self.place(epoch)
        self.last_epoch = math.floor(epoch)
        for base, group in zip(self.base_lrs, self.optimizer.param_groups):
            group["lr"] = self.cosine(base, self.T_cur, self.T_i)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
