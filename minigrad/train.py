"""Training in one call: ``fit``, ``evaluate``, ``predict``.

What ``fit`` does is the plain loop, and around it what one would otherwise write every time:

    for x, y in loader:
        optimizer.zero_grad()
        error = loss(model(x), y)
        error.backward()
        optimizer.step()

the mean loss and the accuracy of each epoch, validation, a progress bar, callbacks, and stopping
with Ctrl-C at a place where training can go on later.
"""
from __future__ import annotations

import math
import sys
import time
from typing import Any, Callable, Iterable, NamedTuple

import numpy as np
from tqdm import tqdm

from .autograd import Tensor, no_grad
from .backend.arrays import is_array, on_host
from .callbacks import (BestWeights, Callback, Checkpoint, EarlyStopping, LearningRate, Schedule,
                        WeightAveraging, one_cycle)
from .data import DataLoader
from .errors import AnomalyError, DataError, RangeError, ShapeError
from .evaluating import evaluating
from .feed import as_loader, device_of_model, input_of, pair_of, split_off
from .interrupts import DeferredInterrupts, Stopped
from .nn import Module
from .ops.join import cat
from .states import COUNT, FLAG, NUMBER, STATE, check_state, dict_of, list_of, optional

__all__ = ["BestWeights", "Callback", "Checkpoint", "EarlyStopping", "Evaluation", "History",
           "LearningRate", "Run", "Schedule", "WeightAveraging", "correct_classes", "evaluate", "fit",
           "one_cycle", "predict"]

Metric = Callable[[Tensor, Tensor], Any]


class Evaluation(NamedTuple):
    """What ``evaluate`` measured; None for what there was no way to measure.

    >>> from minigrad.train import Evaluation
    >>> Evaluation(loss=0.25, accuracy=0.9).accuracy
    0.9
    """

    loss: float | None
    accuracy: float | None


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
        """The number of epochs."""
        return len(self.seconds)

    def add(self, logs: dict[str, float], seconds: float) -> None:
        """Record one more epoch."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        self.seconds.append(seconds)

    def state_dict(self) -> dict[str, Any]:
        """Everything, for a checkpoint."""
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

    The sums stay on the device where they are made: on a GPU every look at a number waits for all
    the work before it, so ``values`` is called now and then, not after every batch.
    """

    def __init__(self, metric: Metric | None) -> None:
        self.metric = metric
        self.samples, self.seconds = 0, 0.0
        self.loss: Any = 0.0
        self.correct: Any = None

    def add(self, output: Tensor, target: Any, loss: Any, n: int) -> None:
        """One batch of n samples; ``loss`` is its mean loss, or None."""
        if loss is not None:
            self.loss = self.loss + (loss._array if isinstance(loss, Tensor) else loss) * np.float64(n)
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
            if not math.isnan(correct):         # on a GPU what is not one-hot shows only here
                values["accuracy"] = correct / n
        return values

    def state_dict(self) -> dict[str, Any]:
        return {"samples": self.samples, "seconds": self.seconds, "loss": float(self.loss),
                "correct": None if self.correct is None or math.isnan(float(self.correct))
                else int(self.correct)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        check_state("Means", state, samples=COUNT, seconds=NUMBER, loss=NUMBER, correct=optional(COUNT))
        self.samples, self.seconds = state["samples"], state["seconds"]
        self.loss, self.correct = state["loss"], state["correct"]


def correct_classes(output: Tensor, target: Any) -> Any:
    """Which samples have their largest output at the right class: bool (N,), or None.

    output (N, classes); target (N,) class numbers, or (N, classes) with a 1 at the class. For
    anything else, such as a regression, there is no accuracy: None.

    >>> import minigrad.train
    >>> scores = minigrad.tensor([[0.1, 0.9], [0.8, 0.2]])
    >>> minigrad.train.correct_classes(scores, minigrad.tensor([1, 1])).tolist()
    [True, False]
    """
    scores, labels = output._array, target._array
    if scores.ndim != 2 or scores.shape[1] < 2:
        return None
    if labels.ndim == 1 and labels.dtype.kind in "iu":
        return scores.argmax(axis=1) == labels
    if labels.shape != scores.shape:
        return None
    one_hot = ((labels == 0) | (labels == 1)).all() & (labels.sum(axis=1) == 1).all()
    hits = scores.argmax(axis=1) == labels.argmax(axis=1)
    if on_host(labels):
        return hits if bool(one_hot) else None
    return np.where(one_hot, hits, np.float64("nan"))       # NaN stands for None: nobody has to look yet


class Run:
    """A training run: what callbacks see, and what a checkpoint holds.

    Attributes:
        model, optimizer, loader, history: what is trained, with what, on what, and how it went.
        epoch: the number of epochs that are complete; ``epochs`` is how many there shall be.
        batch: the number of batches of the current epoch that are done, of ``batches``.
        logs: the last epoch's numbers, in ``on_epoch_end``.
        stop: a callback sets it to True to end the training after this epoch.
    """

    def __init__(self, model: Module, optimizer: Any, loader: DataLoader, epochs: int,
                 callbacks: Iterable[Callback], metric: Metric | None) -> None:
        self.model, self.optimizer, self.loader, self.epochs = model, optimizer, loader, epochs
        self.callbacks = list(callbacks)
        self.history, self.means = History(), Means(metric)
        self.metric, self.batches = metric, len(loader)
        self.epoch = self.batch = 0
        self.logs: dict[str, float] = {}
        self.stop = False

    @property
    def progress(self) -> float:
        """The share of all batches of all epochs that is done, from 0 to 1."""
        return (self.epoch * self.batches + self.batch) / (self.epochs * self.batches)

    def call(self, hook: str) -> None:
        """Call one hook of every callback, in the order they were given."""
        for callback in self.callbacks:
            getattr(callback, hook)(self)

    def check_loss(self) -> None:
        """Raise AnomalyError when the sum of losses is no longer a number."""
        if not math.isfinite(float(self.means.loss)):
            raise AnomalyError(
                f"fit: the loss is no longer finite in epoch {self.epoch + 1}, batch "
                f"{self.batch + 1} of {self.batches}. Usual reasons: the learning rate is too large "
                "(try a tenth of it), or NaN in the data. To find the operation, train inside "
                "minigrad.autograd.detect_anomaly().")

    def state_dict(self) -> dict[str, Any]:
        """Where the run stands, beside the model, the optimizer and the loader."""
        self.check_loss()
        return {"epoch": self.epoch, "epochs": self.epochs, "batch": self.batch, "stop": self.stop,
                "means": self.means.state_dict(), "history": self.history.state_dict(),
                "callbacks": [callback.state_dict() for callback in self.callbacks]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. The same callbacks must have been given in the same order.

        Raises DataError for a state of no run, or one that does not fit a callback or the model; RangeError
        for another number of callbacks.
        """
        check_state("Run", state, epoch=COUNT, epochs=COUNT, batch=COUNT, stop=FLAG, means=STATE,
                    history=STATE, callbacks=list_of(STATE))
        if state["epoch"] > self.epochs or state["batch"] > self.batches:
            raise DataError(f"Run.load_state_dict: the state is at epoch {state['epoch']} and batch "
                            f"{state['batch']}, of {self.epochs} epochs of {self.batches} batches.")
        if len(state["callbacks"]) != len(self.callbacks):
            raise RangeError(f"fit: the checkpoint is of a run with {len(state['callbacks'])} "
                             f"callbacks, this run has {len(self.callbacks)}. Give the same ones.")
        for callback, values in zip(self.callbacks, state["callbacks"]):
            callback.check_state_dict(values, self)
        Means(self.metric).load_state_dict(state["means"])          # raises where it does not fit
        History().load_state_dict(state["history"])
        for callback, values in zip(self.callbacks, state["callbacks"]):
            callback.load_state_dict(values)
        self.epoch, self.batch, self.stop = state["epoch"], state["batch"], state["stop"]
        self.means.load_state_dict(state["means"])
        self.history.load_state_dict(state["history"])


def fit(model: Module, data: Any, loss: Callable[[Any, Any], Any], optimizer: Any, epochs: int = 1,
        validation: Any = None, validation_split: float = 0.0, callbacks: Iterable[Callback] = (),
        batch_size: int | None = None, shuffle: bool = True, progress: bool | None = None,
        metric: Metric | None = correct_classes) -> History:
    """Train ``model``, and return what was recorded in each epoch.

    Args:
        data: a DataLoader, a Dataset, or a pair (x, y) of Tensors or arrays with N rows each.
        loss: takes (model(x), y), returns the mean loss of the batch.
        optimizer: made from ``model.parameters()``.
        validation: data, like ``data``, that is evaluated after each epoch.
        validation_split: from 0 to below 1: this share of the samples, the last ones, is held out
            for validation instead. For a Dataset or a pair.
        callbacks: see ``minigrad.callbacks``.
        batch_size: 32 when None; a DataLoader has its own.
        shuffle: a new order each epoch; a DataLoader has its own.
        progress: a bar on a terminal, and one line of numbers for each epoch. None: only on a
            terminal. False: nothing.
        metric: takes (model(x), y), returns which samples are right, bool (N,), or None.

    Ctrl-C stops after the current batch with KeyboardInterrupt; a ``Checkpoint`` among the callbacks
    has then saved everything. Press it twice to stop at once.

    Raises RangeError (no epochs, a split out of range, empty data), ShapeError (x and y of different
    lengths), DTypeError (what is no data), AnomalyError (the loss is NaN or infinite).

    >>> import minigrad.train
    >>> x, model = minigrad.tensor([[1.0], [2.0]]), minigrad.nn.Linear(1, 1)
    >>> sgd = minigrad.optim.SGD(model.parameters(), lr=0.1)
    >>> losses = minigrad.train.fit(model, (x, 2 * x), minigrad.nn.MSELoss(), sgd, epochs=20)["loss"]
    >>> len(losses), losses[-1] < losses[0]
    (20, True)
    """
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise RangeError(f"fit: epochs must be an integer from 1, got {epochs!r}.")
    if validation_split:
        if validation is not None:
            raise RangeError("fit: validation and validation_split both say what to validate on. "
                             "Give one.")
        data, validation = split_off(data, validation_split)
    loader = as_loader(data, "fit", batch_size, shuffle)
    held_out = None if validation is None else as_loader(validation, "fit: validation", None, False)
    run = Run(model, optimizer, loader, int(epochs), callbacks, metric)
    with DeferredInterrupts() as interrupts:
        try:
            run.call("on_fit_begin")
            while run.epoch < run.epochs and not run.stop:
                _train_epoch(run, loss, interrupts, progress)
                _close_epoch(run, loss, held_out, interrupts, progress)
            interrupts.check()
        except Stopped:
            run.call("on_interrupt")
            raise
    run.call("on_evaluate_begin")       # and no end: the model is left as it was evaluated
    run.call("on_fit_end")
    return run.history


def _train_epoch(run: Run, loss: Callable[[Any, Any], Any], interrupts: DeferredInterrupts,
                 progress: bool | None) -> None:
    """All batches of an epoch, or those that are left of it after resuming."""
    if run.batch == run.batches:        # resumed between the last batch and the validation
        return
    if run.batch == 0:
        run.means = Means(run.metric)
        run.call("on_epoch_begin")
    run.model.train()
    device, began, before = device_of_model(run.model), time.perf_counter(), run.means.seconds
    with _bar(f"epoch {run.epoch + 1}/{run.epochs}", run.batches, progress, run.batch) as bar:
        for batch in run.loader:
            x, y = pair_of(batch, "fit", device)
            run.call("on_batch_begin")
            run.optimizer.zero_grad()
            output = run.model(x)
            error = _one_number(loss(output, y))
            with no_grad():
                run.means.add(output, y, error.detach(), len(x))
            if device.type == "cpu":    # a GPU would have to be waited for
                run.check_loss()
            error.backward()
            run.optimizer.step()
            run.batch += 1
            run.means.seconds = before + time.perf_counter() - began
            run.call("on_batch_end")
            _advance(bar, run.means)
            if run.batch < run.batches:
                interrupts.check()
                run.call("on_safe_point")
    run.check_loss()


def _one_number(error: Any) -> Tensor:
    if not isinstance(error, Tensor) or error.numel() != 1:
        got = tuple(error.shape) if isinstance(error, Tensor) else type(error).__name__
        raise ShapeError(f"fit: the loss must return one number, the mean over the batch, as a "
                         f"Tensor; it returned {got}. Use reduction='mean', or .mean().")
    return error


def _close_epoch(run: Run, loss: Callable[[Any, Any], Any], held_out: DataLoader | None,
                 interrupts: DeferredInterrupts, progress: bool | None) -> None:
    """Validate, record, tell the callbacks."""
    began = time.perf_counter()
    run.call("on_evaluate_begin")
    try:
        run.logs = run.means.values()
        if held_out is not None:
            found = _evaluate(run.model, held_out, loss, run.metric, progress, interrupts)
            run.logs |= {f"val_{k}": v for k, v in found._asdict().items() if v is not None}
        run.history.add(run.logs, run.means.seconds + time.perf_counter() - began)
        run.epoch, run.batch = run.epoch + 1, 0
        _print_epoch(run, progress)
        run.call("on_epoch_end")
    finally:
        run.call("on_evaluate_end")
    interrupts.check()
    run.call("on_safe_point")


def evaluate(model: Module, data: Any, loss: Callable[[Any, Any], Any] | None = None,
             batch_size: int | None = None, progress: bool | None = None,
             metric: Metric | None = correct_classes) -> Evaluation:
    """The mean loss and the accuracy on ``data``: Evaluation(loss, accuracy).

    Runs in evaluation mode and without recording; the model's mode is restored afterwards. Without
    ``loss`` only the accuracy is measured. Arguments as for ``fit``; batch_size is 256 when None. Raises
    what ``fit`` raises for data.

    >>> import minigrad.train
    >>> data = minigrad.tensor([[0.1, 0.9], [0.8, 0.2]]), minigrad.tensor([1, 1])
    >>> minigrad.train.evaluate(minigrad.nn.Identity(), data)       # the inputs are the scores
    Evaluation(loss=None, accuracy=0.5)
    """
    loader = as_loader(data, "evaluate", batch_size, False)
    return _evaluate(model, loader, loss, metric, progress, None)


def _evaluate(model: Module, loader: DataLoader, loss: Callable[[Any, Any], Any] | None,
              metric: Metric | None, progress: bool | None,
              interrupts: DeferredInterrupts | None) -> Evaluation:
    means, device = Means(metric), device_of_model(model)
    with evaluating(model), no_grad(), _bar("evaluating", len(loader), progress) as bar:
        for batch in loader:
            x, y = pair_of(batch, "evaluate", device)
            output = model(x)
            means.add(output, y, None if loss is None else loss(output, y), len(x))
            _advance(bar, means)
            if interrupts is not None:
                interrupts.check()
    found = means.values()
    return Evaluation(None if loss is None else found["loss"], found.get("accuracy"))


def predict(model: Module, data: Any, batch_size: int | None = None,
            progress: bool | None = None) -> Tensor:
    """The model's output for every sample, in order: (N, …), in evaluation mode, not recorded.

    ``data``: a Tensor or array x (N, …), or a DataLoader, Dataset or pair, whose first field is x. Raises
    what ``fit`` raises for data.

    >>> import minigrad.train
    >>> minigrad.train.predict(minigrad.nn.Flatten(), minigrad.zeros(5, 2, 2)).shape
    (5, 4)
    """
    single = isinstance(data, (Tensor, np.ndarray))
    loader = as_loader((data,) if single else data, "predict", batch_size, False)
    outputs, device = [], device_of_model(model)
    with evaluating(model), no_grad(), _bar("predicting", len(loader), progress) as bar:
        for batch in loader:
            outputs.append(model(input_of(batch, device)))
            bar.update()
    return cat(outputs)


# ── showing ───────────────────────────────────────────────────────────────────────────────────────

def _bar(what: str, total: int, progress: bool | None, initial: int = 0) -> Any:
    """A progress bar that vanishes when it is done; invisible where there is no terminal."""
    return tqdm(total=total, initial=initial, desc=what, leave=False, unit="batch",
                disable=True if progress is False else None)


def _advance(bar: Any, means: Means) -> None:
    """One batch further; the numbers twice a second, because reading them makes a GPU wait."""
    bar.update()
    now = time.monotonic()
    if not bar.disable and now - getattr(bar, "shown", 0) > 0.5:
        bar.shown = now
        bar.set_postfix({k: f"{v:.4f}" for k, v in means.values().items()}, refresh=False)


def _print_epoch(run: Run, progress: bool | None) -> None:
    if progress or (progress is None and sys.stderr.isatty()):
        numbers = "  ".join(f"{k} {v:.4f}" for k, v in run.logs.items())
        width = len(str(run.epochs))
        print(f"epoch {run.epoch:{width}d}/{run.epochs}  {numbers}  "
              f"{run.history.seconds[-1]:.1f} s", flush=True)
