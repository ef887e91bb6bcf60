"""A training run: where it stands, what it recorded, and the callbacks that follow it."""
from __future__ import annotations

import math
from typing import Any, Callable, Iterable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import is_array
from ..data import DataLoader
from ..errors import AnomalyError, DataError, RangeError
from ..errors.states import COUNT, FLAG, NUMBER, STATE, check_state, dict_of, list_of, optional
from ..distributed.group import world
from ..nn import Module
from .ranks import is_first, summed

Metric = Callable[[Tensor, Tensor], Any]


class Callback:
    """Base class: hooks that do nothing, and no state. Override what you need; each hook gets the ``Run``.

    >>> from minigrad.train import Callback
    >>> class GoodEnough(Callback):
    ...     def on_epoch_end(self, run):
    ...         run.stop = run.logs["loss"] < 0.1
    >>> GoodEnough().state_dict()
    {}
    """

    def on_fit_begin(self, run: Run) -> None:
        """Before the first epoch; the place to restore a checkpoint."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before the first batch of an epoch."""

    def on_batch_begin(self, run: Run) -> None:
        """Before each step; the place to set the learning rate."""

    def on_batch_end(self, run: Run) -> None:
        """After each step."""

    def on_evaluate_begin(self, run: Run) -> None:
        """Before validation; the place to give the model the weights to be judged."""

    def on_epoch_end(self, run: Run) -> None:
        """After validation; ``run.logs`` holds the epoch's numbers."""

    def on_evaluate_end(self, run: Run) -> None:
        """After ``on_epoch_end``; from here on the training weights must be in the model again."""

    def on_safe_point(self, run: Run) -> None:
        """Between two steps or two epochs, where everything can be saved."""

    def on_interrupt(self, run: Run) -> None:
        """After Ctrl-C, at a safe point: save now."""

    def on_fit_end(self, run: Run) -> None:
        """After the last epoch, with the model as it was evaluated."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must hold so that this callback continues as if nothing had happened."""
        return {}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        """Before ``load_state_dict``: raise DataError for a state that doesn't fit this run."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What ``state_dict`` returned."""


class History:
    """What ``fit`` recorded, one number for each epoch.

    ``history["loss"]``, ``"accuracy"``, and with validation ``"val_loss"``, ``"val_accuracy"`` are
    lists; ``history.history`` is the dict of them, as in Keras. ``seconds`` is the time of each epoch.
    Raises KeyError for a name that was not recorded.

    >>> from minigrad.train import History
    >>> history = History()
    >>> history.add({"loss": 0.5}, seconds=1.0)
    >>> history["loss"], len(history)
    ([0.5], 1)
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.seconds: list[float] = []

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.history:
            raise KeyError(f"History: nothing recorded under {name!r}; there is "
                           f"{', '.join(map(repr, self.history)) or 'nothing at all yet'}.")
        return self.history[name]

    def __contains__(self, name: str) -> bool:
        return name in self.history

    def __len__(self) -> int:
        return len(self.seconds)

    def add(self, logs: dict[str, float], seconds: float) -> None:
        """Record one more epoch."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        self.seconds.append(seconds)

    def state_dict(self) -> dict[str, Any]:
        return {"history": {k: list(v) for k, v in self.history.items()},
                "seconds": list(self.seconds)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What ``state_dict`` returned; DataError for anything else."""
        check_state("History", state, history=dict_of(list_of(NUMBER)), seconds=list_of(NUMBER))
        self.history = {k: list(v) for k, v in state["history"].items()}
        self.seconds = list(state["seconds"])

    def __repr__(self) -> str:
        last = ", ".join(f"{k} {v[-1]:.4f}" for k, v in self.history.items())
        return f"History({len(self)} epochs{': ' + last if last else ''})"


class Means:
    """The mean loss and accuracy over all samples seen, weighted by the size of each batch.

    The sums stay on the device where they are made: on a GPU, reading a number waits for all the work
    before it, so ``values`` is called now and then, not after every batch.
    """

    def __init__(self, metric: Metric | None) -> None:
        self.metric = metric
        self.samples, self.seconds = 0, 0.0
        self.loss: Any = 0.0
        self.correct: Any = None

    def add(self, output: Tensor, target: Any, loss: Any, n: int) -> None:
        """One batch of n samples; ``loss`` is its mean loss, or None."""
        if n == 0:
            return
        if loss is not None:
            self.loss = self.loss + array_of(loss) * np.float64(n)
        hits = self.metric(output, target) if self.metric is not None else None
        if hits is not None:
            hits = hits._array if isinstance(hits, Tensor) else hits if is_array(hits) else np.asarray(hits)
            self.correct = (0 if self.correct is None else self.correct) + hits.sum()
        self.samples += n

    def values(self) -> dict[str, float]:
        """{"loss": …, "accuracy": …}; the accuracy only where there are classes."""
        n = max(self.samples, 1)
        values = {"loss": float(self.loss) / n}
        if self.correct is not None:
            correct = float(self.correct)
            if not math.isnan(correct):         # on a GPU, targets that are not one-hot show only here
                values["accuracy"] = correct / n
        return values

    def total(self) -> Means:
        """The same over the samples of all ranks, which must all call."""
        if world().size == 1:
            return self
        total = Means(self.metric)
        total.seconds = self.seconds
        known = self.correct is not None
        samples, total.loss, knowing, correct = summed(
            [self.samples, float(self.loss), known, float(self.correct) if known else 0.0])
        total.samples, total.correct = int(samples), correct if knowing else None
        return total

    def state_dict(self) -> dict[str, Any]:
        """Of all ranks together."""
        self = self.total()
        return {"samples": self.samples, "seconds": self.seconds, "loss": float(self.loss),
                "correct": None if self.correct is None or math.isnan(float(self.correct))
                else int(self.correct)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        check_state("Means", state, samples=COUNT, seconds=NUMBER, loss=NUMBER, correct=optional(COUNT))
        self.seconds = state["seconds"]
        if is_first():                              # what all ranks counted together is counted once
            self.samples, self.loss, self.correct = state["samples"], state["loss"], state["correct"]


class Run:
    """A training run: what callbacks see, and what a checkpoint holds.

    Attributes:
        model, optimizer, loader, history: what is trained, with what, on what, and how it went.
        epoch: how many epochs are complete, of ``epochs``.
        batch: how many batches of the current epoch are done, of ``batches``.
        logs: the last epoch's numbers, in ``on_epoch_end``.
        stop: a callback sets this to True to end the training after this epoch.
    """

    def __init__(self, model: Module, optimizer: Any, loader: DataLoader, epochs: int,
                 callbacks: Iterable[Callback], metric: Metric | None) -> None:
        self.model, self.optimizer, self.loader, self.epochs = model, optimizer, loader, epochs
        self.callbacks = list(callbacks)
        self.history, self.means = History(), Means(metric)
        self.metric, self.batches = metric, len(loader)
        self.forward: Callable[[Any], Any] = model  # the model, or what shares its gradients with other ranks
        self.epoch = self.batch = 0
        self.logs: dict[str, float] = {}
        self.first_losses: list[Tensor] = []        # of the first epoch's batches, in order
        self.stop = False

    @property
    def progress(self) -> float:
        """The share of all batches of all epochs done so far, from 0 to 1."""
        return (self.epoch * self.batches + self.batch) / (self.epochs * self.batches)

    def call(self, hook: str) -> None:
        """Call one hook of every callback, in the order they were given."""
        for callback in self.callbacks:
            getattr(callback, hook)(self)

    def check_loss(self) -> None:
        """Raise AnomalyError when the sum of losses is no longer finite."""
        if not math.isfinite(float(self.means.loss)):
            raise AnomalyError(
                f"fit: the loss is no longer finite in epoch {self.epoch + 1}, batch "
                f"{self.batch + 1} of {self.batches}. Usual reasons: the learning rate is too large "
                "(try a tenth of it), or NaN in the data. To find the operation, train inside "
                "minigrad.autograd.detect_anomaly().")

    def state_dict(self) -> dict[str, Any]:
        """Where the run stands, apart from the model, the optimizer and the loader."""
        self.check_loss()
        return {"epoch": self.epoch, "epochs": self.epochs, "batch": self.batch, "stop": self.stop,
                "means": self.means.state_dict(), "history": self.history.state_dict(),
                "callbacks": [callback.state_dict() for callback in self.callbacks]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from there. The same callbacks must have been given in the same order.

        Raises DataError for a state that isn't a run's or doesn't fit a callback or the model; RangeError for
        a different number of callbacks.
        """
        check_state("Run", state, epoch=COUNT, epochs=COUNT, batch=COUNT, stop=FLAG, means=STATE,
                    history=STATE, callbacks=list_of(STATE))
        if state["epoch"] > self.epochs or state["batch"] > self.batches:
            raise DataError(f"Run.load_state_dict: the state is at epoch {state['epoch']} and batch "
                            f"{state['batch']}, of {self.epochs} epochs of {self.batches} batches.")
        if len(state["callbacks"]) != len(self.callbacks):
            raise RangeError(f"fit: the checkpoint is of a run with {len(state['callbacks'])} "
                             f"callbacks, this run has {len(self.callbacks)}. Pass the same ones.")
        for callback, values in zip(self.callbacks, state["callbacks"]):
            callback.check_state_dict(values, self)
        Means(self.metric).load_state_dict(state["means"])          # raises where it does not fit
        History().load_state_dict(state["history"])
        for callback, values in zip(self.callbacks, state["callbacks"]):
            callback.load_state_dict(values)
        self.epoch, self.batch, self.stop = state["epoch"], state["batch"], state["stop"]
        self.means.load_state_dict(state["means"])
        self.history.load_state_dict(state["history"])
