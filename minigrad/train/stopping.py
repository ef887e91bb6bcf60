"""Callbacks that watch a number: stop when it no longer improves, and keep the best weights."""
from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from ..backend.arrays import Array
from ..errors import RangeError
from ..errors.arguments import require_integers
from ..errors.states import COUNT, NUMBER, check_state, optional
from ..files.saving import save
from .run import Callback, Run
from .weights import copied_weights, kind_of_weights, set_weights, weights_of_state


class Watching(Callback):
    """Remembers the best value of one of the epoch's numbers: a smaller loss, a higher accuracy."""

    def __init__(self, monitor: str) -> None:
        self.monitor = monitor
        self.best: float | None = None
        self.best_epoch = 0

    def improved(self, run: Run, least: float = 0.0) -> bool:
        """Whether this epoch is the best so far, by more than ``least``; remembers it."""
        value = monitored(self, self.monitor, run)
        gain = math.inf if self.best is None else value - self.best
        if self.best is not None and "accuracy" not in self.monitor:
            gain = -gain
        if not gain > least:
            return False
        self.best, self.best_epoch = value, run.epoch
        return True

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state(type(self).__name__, state, best=optional(NUMBER), best_epoch=COUNT)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.best_epoch = state["best"], state["best_epoch"]


class EarlyStopping(Watching):
    """Stops when ``monitor`` has not improved for ``patience`` epochs.

    Args:
        monitor: a name in ``run.logs``; larger is better for an accuracy, smaller for anything else.
        min_delta: an improvement must be larger than this to count.
        restore_best: in the end give the model the weights of the best epoch, kept on its device until
            then.

    Raises RangeError unless patience is an integer from 1, and in training for an unknown monitor.

    >>> from minigrad import nn, ones, optim
    >>> from minigrad.train import EarlyStopping, fit
    >>> model, stop = nn.Linear(1, 1), EarlyStopping(patience=2, monitor="loss")
    >>> still = optim.SGD(model.parameters(), lr=0.0)          # learns nothing
    >>> len(fit(model, (ones(4, 1), ones(4, 1)), nn.MSELoss(), still, epochs=99, callbacks=[stop]))
    3
    """

    def __init__(self, patience: int = 1, monitor: str = "val_loss", min_delta: float = 0.0,
                 restore_best: bool = True) -> None:
        super().__init__(monitor)
        require_integers("EarlyStopping", patience=patience)
        self.patience, self.min_delta, self.restore_best = patience, min_delta, restore_best
        self.weights: dict[str, Array] | None = None

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run, self.min_delta):
            if self.restore_best:
                self.weights = copied_weights(run.model)
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop = True

    def on_fit_end(self, run: Run) -> None:
        if self.weights is not None:
            set_weights(run.model, self.weights)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "weights": self.weights}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state("EarlyStopping", state, best=optional(NUMBER), best_epoch=COUNT,
                    weights=optional(kind_of_weights(run.model)))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.weights = weights_of_state(state["weights"])


class BestWeights(Watching):
    """Saves the model's weights to ``path`` after each epoch that is the best so far.

    Raises RangeError in training for an unknown monitor.

    >>> from minigrad.train import BestWeights
    >>> callback = BestWeights("best.safetensors", monitor="val_accuracy")
    """

    def __init__(self, path: str | os.PathLike[str], monitor: str = "val_loss") -> None:
        super().__init__(monitor)
        self.path = Path(path)

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            save(run.model.state_dict(), self.path)


def monitored(callback: Callback, name: str, run: Run) -> float:
    """The epoch's number called ``name``; RangeError that lists the others where there is none."""
    if name not in run.logs:
        hint = " Pass validation=… or validation_split=… to fit." if "val_" in name else ""
        raise RangeError(f"{type(callback).__name__}: monitor={name!r} is not among the epoch's "
                         f"numbers: {', '.join(run.logs)}.{hint}")
    return run.logs[name]
