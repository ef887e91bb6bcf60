"""What all schedules share: counting steps, setting the rates, and saying where they stand."""
from __future__ import annotations

import copy
import math
from typing import Any, Mapping

from ...errors import DataError
from ...errors.states import check_state, kind_of
from ..optimizer import Optimizer


class LRScheduler:
    """Base class: a schedule defines ``rate(base, t, group)``, the rate after t steps from the first rate.

    Or, as in PyTorch, ``get_lr()``: the rates for all groups, from ``self.last_epoch`` and ``self.base_lrs``
    or ``self.optimizer``.

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

    def get_lr(self) -> list[float]:
        """The rates after ``last_epoch`` steps, one for each parameter group."""
        return [self.rate(base, self.last_epoch, i) for i, base in enumerate(self.base_lrs)]

    @property
    def _by_get_lr(self) -> bool:
        return type(self).get_lr is not LRScheduler.get_lr

    def step(self, epoch: int | None = None) -> None:
        """Count one step, or go to ``epoch``, and set the rates.

        A rate that something else, such as a second schedule, has changed in the meantime is scaled by as
        much as this schedule scales its own: two schedules multiply.
        """
        t = self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._by_get_lr or epoch is not None:
            for group, rate in zip(self.optimizer.param_groups, self.get_lr()):
                group["lr"] = rate
            self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
            return
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
        for rate in self.get_lr():
            if not math.isfinite(rate):
                raise ValueError(f"the rate is {rate}")


def for_each_group(who: str, optimizer: Optimizer, name: str, value: Any) -> list[Any]:
    """One value for each parameter group: the same for all, or those of a list.

    Raises ValueError for a list of another length.
    """
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise ValueError(f"{who}: {count} parameter groups, but {len(values)} values of {name}.")
    return values


def set_momentum(who: str, group: dict[str, Any], momentum: float) -> None:
    """Set the momentum of a parameter group, or Adam's β₁. Raises ValueError where there is neither."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    elif "momentum" in group:
        group["momentum"] = momentum
    else:
        raise ValueError(f"{who}: this optimizer has no momentum to cycle; pass cycle_momentum=False.")
