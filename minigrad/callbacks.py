"""Callbacks: what else happens while ``fit`` trains.

A callback is an object with the hooks it needs; each gets the ``Run`` (see ``minigrad.train``):

    on_fit_begin        before the first epoch; the place to restore a checkpoint
    on_epoch_begin      before the first batch of an epoch
    on_batch_begin      before each step; the place to set the learning rate
    on_batch_end        after each step
    on_evaluate_begin   before validation; the model may be given the weights to be judged
    on_epoch_end        after it, with the epoch's numbers in run.logs
    on_evaluate_end     the training weights must be in the model again
    on_safe_point       between two steps, and between two epochs: here all can be saved
    on_interrupt        Ctrl-C: save now
    on_fit_end          after the last epoch, the model as it was evaluated

>>> from minigrad.train import Callback
>>> class Print(Callback):
...     def on_epoch_end(self, run):
...         print(run.epoch, run.logs["loss"])
"""
from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from .autograd import Tensor
from .backend.arrays import Array
from .checkpoint import load_checkpoint, require_settings, save_checkpoint
from .errors import RangeError
from .saving import save
from .states import COUNT, NUMBER, STATE, Kind, check_state, optional

if TYPE_CHECKING:
    from .nn import Module
    from .train import Run


class Callback:
    """Base class: hooks that do nothing, and no state.

    >>> from minigrad.train import Callback
    >>> class GoodEnough(Callback):
    ...     def on_epoch_end(self, run):
    ...         run.stop = run.logs["loss"] < 0.1
    >>> GoodEnough().state_dict()
    {}
    """

    def on_fit_begin(self, run: Run) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before the first batch of an epoch."""

    def on_batch_begin(self, run: Run) -> None:
        """Before each step."""

    def on_batch_end(self, run: Run) -> None:
        """After each step."""

    def on_evaluate_begin(self, run: Run) -> None:
        """Before validation."""

    def on_epoch_end(self, run: Run) -> None:
        """After validation; ``run.logs`` holds the epoch's numbers."""

    def on_evaluate_end(self, run: Run) -> None:
        """After ``on_epoch_end``."""

    def on_safe_point(self, run: Run) -> None:
        """Between two steps or two epochs."""

    def on_interrupt(self, run: Run) -> None:
        """After Ctrl-C, at a safe point."""

    def on_fit_end(self, run: Run) -> None:
        """After the last epoch."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must hold for this callback to go on as if nothing had happened."""
        return {}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        """Before ``load_state_dict``: raise DataError for a state that does not fit this run."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What ``state_dict`` returned."""


class LearningRate(Callback):
    """Sets the learning rate before each step: rate(t), t from 0 at the start to 1 at the end.

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
        monitor: the name in ``run.logs`` to hand to ReduceLROnPlateau.

    Raises RangeError for another ``every``, and in training for a monitor that is not recorded.

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


def monitored(callback: Callback, name: str, run: Run) -> float:
    """The epoch's number called ``name``; RangeError that says which there are."""
    if name not in run.logs:
        hint = " Give fit validation=… or validation_split=…." if "val_" in name else ""
        raise RangeError(f"{type(callback).__name__}: monitor={name!r} is not among the epoch's "
                         f"numbers: {', '.join(run.logs)}.{hint}")
    return run.logs[name]


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


class _Watch(Callback):
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


class EarlyStopping(_Watch):
    """Stops when ``monitor`` has not improved for ``patience`` epochs.

    Args:
        monitor: a name in ``run.logs``; the larger the better if it is an accuracy, else the smaller.
        min_delta: an improvement must be larger than this to count.
        restore_best: at the end give the model the weights of the best epoch. They are kept on
            the model's device.

    Raises RangeError for a patience below 1, and in training for a monitor that is not recorded.

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
        if patience < 1:
            raise RangeError(f"EarlyStopping: patience must be an integer from 1, got {patience!r}.")
        self.patience, self.min_delta, self.restore_best = patience, min_delta, restore_best
        self.weights: dict[str, Array] | None = None

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run, self.min_delta):
            if self.restore_best:
                self.weights = _copied(run.model)
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop = True

    def on_fit_end(self, run: Run) -> None:
        if self.weights is not None:
            _set(run.model, self.weights)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "weights": self.weights}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state("EarlyStopping", state, best=optional(NUMBER), best_epoch=COUNT,
                    weights=optional(_weights_of(run.model)))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.weights = _arrays(state["weights"])


class BestWeights(_Watch):
    """Saves the model's weights to ``path`` after each epoch that is the best so far.

    Raises RangeError in training for a monitor that is not recorded.

    >>> from minigrad.train import BestWeights
    >>> callback = BestWeights("best.safetensors", monitor="val_accuracy")
    """

    def __init__(self, path: str | os.PathLike[str], monitor: str = "val_loss") -> None:
        super().__init__(monitor)
        self.path = Path(path)

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            save(run.model.state_dict(), self.path)


class WeightAveraging(Callback):
    """Judges and returns the model with an average of its weights over the last steps.

        w̄ ← d · w̄ + (1 − d) · w        after each step, with d = min(decay, (1 + k) / (10 + k))

    k counts the steps: at first the average follows closely, so that the random initial weights are
    forgotten. Training itself goes on with w. The average is quieter than w, as if the learning rate
    were smaller (Polyak and Juditsky 1992; this form as in TensorFlow's ExponentialMovingAverage). Raises
    RangeError for a decay outside of [0, 1).

    >>> from minigrad import nn, ones, optim
    >>> from minigrad.train import WeightAveraging, fit
    >>> model, mean = nn.Linear(1, 1), WeightAveraging(0.99)
    >>> sgd = optim.SGD(model.parameters(), lr=0.1)
    >>> _ = fit(model, (ones(4, 1), ones(4, 1)), nn.MSELoss(), sgd, epochs=3, callbacks=[mean])
    >>> mean.steps, bool((model.weight.detach().numpy() == mean.average["weight"]).all())
    (3, True)
    """

    def __init__(self, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise RangeError(f"WeightAveraging: decay must be from 0 to below 1, got {decay!r}.")
        self.decay, self.steps = decay, 0
        self.average: dict[str, Array] | None = None
        self._training: dict[str, Array] | None = None     # w, while the average is in the model

    def on_batch_end(self, run: Run) -> None:
        if self.average is None:
            self.average = _copied(run.model)
        d = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for name, w in run.model.state_dict().items():
            mean = self.average[name]
            if w.is_floating_point():
                mean += (w._array - mean) * mean.dtype.type(1 - d)
            else:
                mean[...] = w._array                        # counters are not averaged

    def on_evaluate_begin(self, run: Run) -> None:
        if self.average is not None:
            self._training = _copied(run.model)
            _set(run.model, self.average)

    def on_evaluate_end(self, run: Run) -> None:
        if self._training is not None:
            _set(run.model, self._training)
            self._training = None

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps, "average": self.average}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state("WeightAveraging", state, steps=COUNT, average=optional(_weights_of(run.model)))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.steps, self.average = state["steps"], _arrays(state["average"])


class Checkpoint(Callback):
    """Saves the whole run to ``path`` after each epoch and on Ctrl-C, and goes on from there.

    Args:
        path: one file, replaced each time, never half written.
        resume: if the file exists, go on from it as if nothing had happened: the result is the same
            to the last bit. Without the file training starts from the beginning.
        every: also save after so many batches; None: only after epochs.
        settings: numbers and strings that must be the same when going on (a seed, a batch size).

    Raises DataError when the file belongs to a run with other settings or another number of epochs.
    RangeError for ``every`` below 1.

    >>> from minigrad.train import Checkpoint
    >>> callback = Checkpoint("run.safetensors", resume=True, settings={"seed": 0})
    """

    def __init__(self, path: str | os.PathLike[str], resume: bool = False, every: int | None = None,
                 settings: dict[str, Any] | None = None) -> None:
        if every is not None and every < 1:
            raise RangeError(f"Checkpoint: every must be a number of batches from 1, got {every!r}.")
        self.path, self.resume, self.every = Path(path), resume, every
        self.settings = settings or {}

    def on_fit_begin(self, run: Run) -> None:
        if not self.resume or not self.path.exists():
            return
        require_settings(self.path, {**self.settings, "epochs": run.epochs})
        load_checkpoint(self.path, model=run.model, optimizer=run.optimizer, loader=run.loader, run=run)

    def on_safe_point(self, run: Run) -> None:
        if run.batch == 0 or (self.every and run.batch % self.every == 0):
            self.save(run)

    def on_interrupt(self, run: Run) -> None:
        self.save(run)

    def save(self, run: Run) -> None:
        """Write the file now. The training weights must be in the model."""
        save_checkpoint(self.path, model=run.model, optimizer=run.optimizer, loader=run.loader, run=run,
                        settings={**self.settings, "epochs": run.epochs}, saved=time.time())


# ── weights as arrays ─────────────────────────────────────────────────────────────────────────────

def _copied(model: Module) -> dict[str, Array]:
    return {name: tensor._array.copy() for name, tensor in model.state_dict().items()}


def _set(model: Module, arrays: dict[str, Array]) -> None:
    for name, tensor in model.state_dict().items():
        tensor._array[...] = arrays[name]
        tensor._changed_in_place()


def _weights_of(model: Module) -> Kind:
    """A dict with one tensor of the right shape for each that the model has."""
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}

    def fit(value: Any) -> bool:
        return isinstance(value, dict) and own == {name: tuple(getattr(tensor, "shape", (-1,)))
                                                   for name, tensor in value.items()}

    return Kind(f"the weights of this {type(model).__name__}", fit)


def _arrays(state: dict[str, Any] | None) -> dict[str, Array] | None:
    """Loaded tensors as arrays of their own."""
    if state is None:
        return None
    return {name: (t._array if isinstance(t, Tensor) else t).copy() for name, t in state.items()}
