"""Learning rates that change during training; call ``step()`` after each epoch (or each batch).

A schedule is a formula for the rate after t steps, with PyTorch's names and numbers. ``state_dict`` says
where it stands.
"""
from __future__ import annotations

import copy
import math
from bisect import bisect_right
from typing import Any, Callable, Mapping, Sequence

from ..errors import DataError
from ..errors.states import check_state, kind_of
from .optimizer import Optimizer


class LRScheduler:
    """Base class: a schedule defines ``rate(base, t)``, the rate after t steps from the first rate.

    Raises TypeError for anything but an optimizer, KeyError when ``last_epoch`` continues no schedule.

    >>> class Halves(minigrad.optim.lr_scheduler.LRScheduler):
    ...     def rate(self, base, t, group):
    ...         return base / 2 ** t
    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = Halves(optimizer)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.25]
    """

    multiplies = True           # whether it scales a rate that another schedule has changed

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: expected an Optimizer, got {type(optimizer).__name__}.")
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(f"{type(self).__name__}: to continue at last_epoch={last_epoch}, every "
                               "parameter group needs its 'initial_lr'.")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.step()

    def rate(self, base: float, t: int, group: int) -> float:
        """The learning rate of a group after t steps, given its first rate. Each schedule defines it."""
        raise NotImplementedError

    def step(self) -> None:
        """Count one step, and set the rates.

        A rate that something else, such as a second schedule, has changed in the meantime is scaled by as
        much as this schedule scales its own: two schedules multiply.
        """
        self.last_epoch += 1
        t = self.last_epoch
        for i, group in enumerate(self.optimizer.param_groups):
            base, now = self.base_lrs[i], group["lr"]
            before, after = (self.rate(base, t - 1, i) if t else base), self.rate(base, t, i)
            alone = not self.multiplies or math.isclose(now, before, rel_tol=1e-9)
            group["lr"] = after if alone else self.carried_on(now, before, after)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def carried_on(self, now: float, before: float, after: float) -> float:
        """The rate ``now`` changed as this schedule changes its own from ``before`` to ``after``."""
        return now * after / before if before else now

    def get_last_lr(self) -> list[float]:
        """The rates that this schedule set last, one for each parameter group."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer" and not callable(v)
                and not (isinstance(v, list) and any(callable(x) for x in v))}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state. Raises DataError, with nothing changed, for one without a rate."""
        self.__dict__.update(self.continued(state_dict).__dict__)

    def continued(self, state_dict: dict[str, Any]) -> Any:
        """A copy of this schedule that continues from ``state_dict``, tried out: it has a rate."""
        trial = copy.copy(self)
        trial.__dict__.update(self.checked(state_dict))
        try:
            trial.rates_are_numbers()
        except Exception as error:
            raise DataError(f"{type(self).__name__}.load_state_dict: {state_dict!r:.200} gives no rate "
                            f"({type(error).__name__}: {error}).") from None
        return trial

    def checked(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """``state_dict`` without PyTorch's private names; DataError unless names and kinds fit."""
        own = {k: kind_of(v) for k, v in self.state_dict().items()}
        if isinstance(state_dict, Mapping):
            state_dict = {k: v for k, v in state_dict.items() if k in own or not str(k).startswith("_")}
        check_state(type(self).__name__, state_dict, **own)
        return dict(state_dict)

    def rates_are_numbers(self) -> None:
        """Raise ValueError unless the schedule, as it stands, has a rate for every parameter group."""
        if len(self.base_lrs) != len(self.optimizer.param_groups):
            raise ValueError(f"{len(self.base_lrs)} rates for {len(self.optimizer.param_groups)} groups")
        if not isinstance(self.last_epoch, int) or self.last_epoch < 0:
            raise ValueError(f"last_epoch must be an integer from 0, got {self.last_epoch!r}")
        for i, base in enumerate(self.base_lrs):
            rate = self.rate(base, self.last_epoch, i)
            if not math.isfinite(rate):
                raise ValueError(f"the rate is {rate}")


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
        count = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * count if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != count:
            raise ValueError(f"LambdaLR: {count} parameter groups, but {len(self.lr_lambdas)} functions.")
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        return base * float(self.lr_lambdas[group](t))


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
        count = len(optimizer.param_groups)
        highs = [max_lr] * count if isinstance(max_lr, (int, float)) else list(max_lr)
        for group, high in zip(optimizer.param_groups, highs):
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

    def step(self) -> None:
        """Count one step, and set the rates and the momenta."""
        super().step()
        if not self.cycle_momentum:
            return
        momentum = self._between((self.max_momentum, self.base_momentum, self.max_momentum), self.last_epoch)
        for group in self.optimizer.param_groups:
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            elif "momentum" in group:
                group["momentum"] = momentum
            else:
                raise ValueError("OneCycleLR: this optimizer has no momentum to cycle; pass "
                                 "cycle_momentum=False.")


class SequentialLR(LRScheduler):
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

    multiplies = False

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int],
                 last_epoch: int = -1) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"SequentialLR: {len(schedulers)} schedules need {len(schedulers) - 1} "
                             f"milestones, got {len(milestones)}.")
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, t: int, group: int) -> float:
        """The rate of the schedule in charge, at the steps since it took over."""
        i = bisect_right(self.milestones, t)
        since = t - self.milestones[i - 1] if i else t
        scheduler = self.schedulers[i]
        scheduler.last_epoch = since
        return scheduler.rate(scheduler.base_lrs[group], since, group)

    def step(self) -> None:
        """Count one step; the schedule in charge sets the rates."""
        super().step()
        self.schedulers[bisect_right(self.milestones, self.last_epoch)]._last_lr = list(self._last_lr)

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
        state = super().checked(state_dict)
        if len(state["schedulers"]) != len(self.schedulers) \
                or len(state["milestones"]) != len(self.milestones):
            raise DataError(f"SequentialLR.load_state_dict: {len(self.schedulers)} schedules, but the state "
                            f"is of {len(state['schedulers'])} and {len(state['milestones'])} milestones.")
        parts = [s.continued(saved) for s, saved in zip(self.schedulers, state["schedulers"])]
        return {**state, "schedulers": parts}


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
        count = len(optimizer.param_groups)
        self.min_lrs = [min_lr] * count if isinstance(min_lr, (int, float)) else list(min_lr)
        if len(self.min_lrs) != count:
            raise ValueError(f"ReduceLROnPlateau: {count} parameter groups, but {len(self.min_lrs)} min_lr.")
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

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state. Raises DataError, with nothing changed, for one that doesn't fit."""
        state = self.checked(state_dict)
        if len(state["min_lrs"]) != len(self.min_lrs) or state["mode"] not in ("min", "max") \
                or state["threshold_mode"] not in ("rel", "abs"):
            raise DataError(f"ReduceLROnPlateau.load_state_dict: expected {len(self.min_lrs)} min_lrs, mode "
                            f"'min' or 'max' and threshold_mode 'rel' or 'abs', got {state!r:.200}.")
        self.__dict__.update(state)
