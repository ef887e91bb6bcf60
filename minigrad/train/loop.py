"""Training in one call: ``fit``.

It runs the plain loop, and around it what you would otherwise write every time:

    for x, y in loader:
        optimizer.zero_grad()
        error = loss(model(x), y)
        error.backward()
        optimizer.step()

the mean loss and the accuracy of each epoch, validation, a progress bar, callbacks, and stopping
with Ctrl-C at a point where training can resume later.
"""
from __future__ import annotations

import sys
import time
from typing import Any, Callable, Iterable

from ..autograd import Tensor, no_grad
from ..data import DataLoader
from ..data.distributed import DistributedSampler
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_integers
from ..nn import Module
from .evaluation import correct_classes, evaluated
from .feed import as_loader, device_of_model, pair_of, samples_of, split_off
from .interrupts import DeferredInterrupts, Stopped
from .learned import OFFER, learned_nothing
from .progress import advance, progress_bar
from .ranks import dealt_out, forward_of, is_first
from .run import Callback, History, Means, Metric, Run

WIDTH = 80              # columns of a line for each epoch; in a narrower place the seconds are left out


def fit(model: Module, data: Any, loss: Callable[[Any, Any], Any], optimizer: Any, epochs: int = 1,
        validation: Any = None, validation_split: float = 0.0, callbacks: Iterable[Callback] = (),
        batch_size: int | None = None, shuffle: bool = True, progress: bool | None = None,
        metric: Metric | None = correct_classes) -> History:
    """Train ``model``, and return what was recorded in each epoch.

    Args:
        data: a DataLoader, a Dataset, or a pair (x, y) of Tensors or arrays with N rows each.
        loss: takes (model(x), y), returns the mean loss of the batch.
        optimizer: made from ``model.parameters()``.
        validation: data, like ``data``, to evaluate after each epoch.
        validation_split: from 0 to below 1: this share of the samples, the last ones, is held out
            for validation instead. For a Dataset or a pair.
        callbacks: see ``Callback``.
        batch_size: 32 when None; a DataLoader has its own.
        shuffle: a new order each epoch; a DataLoader has its own.
        progress: a bar on a terminal, and one line of numbers for each epoch. None: only on a
            terminal. False: nothing.
        metric: takes (model(x), y), returns which samples are right, bool (N,), or None.

    Where a line is printed for each epoch and the first one learned nothing, a sentence says how to look for
    mistakes: ``minigrad.check.training_step``.

    In a job of several processes (``python -m minigrad.launch -n 4 script.py``) each batch is dealt out to
    them, and the result is that of one process, to rounding; rank 0 prints and saves. Dropout and random
    transforms draw other numbers with another number of processes.

    Ctrl-C stops after the current batch with KeyboardInterrupt; a ``Checkpoint`` among the callbacks
    has then saved everything. Press it twice to stop at once.

    Raises RangeError (no epochs, a split out of range, empty data), ShapeError (x and y of different
    lengths), DTypeError (what is not data), AnomalyError (the loss is NaN or infinite).

    >>> import minigrad.train
    >>> x, model = minigrad.tensor([[1.0], [2.0]]), minigrad.nn.Linear(1, 1)
    >>> sgd = minigrad.optim.SGD(model.parameters(), lr=0.1)
    >>> losses = minigrad.train.fit(model, (x, 2 * x), minigrad.nn.MSELoss(), sgd, epochs=20)["loss"]
    >>> len(losses), losses[-1] < losses[0]
    (20, True)
    """
    require_integers("fit", epochs=epochs)
    if validation_split:
        if validation is not None:
            raise RangeError("fit: validation and validation_split both say what to validate on. "
                             "Give one.")
        data, validation = split_off(data, validation_split)
    loader = as_loader(data, "fit", batch_size, shuffle)
    held_out = None if validation is None else as_loader(validation, "fit: validation", None, False)
    with dealt_out(loader, held_out):
        run = Run(model, optimizer, loader, int(epochs), callbacks, metric)
        run.model, run.forward = forward_of(model, loader)
        _train(run, loss, held_out, progress if is_first() else False)
    return run.history


def _train(run: Run, loss: Callable[[Any, Any], Any], held_out: DataLoader | None,
           progress: bool | None) -> None:
    """All epochs, with the callbacks around them."""
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
    run.call("on_evaluate_begin")       # without an end: the model stays as it was evaluated
    run.call("on_fit_end")


def _train_epoch(run: Run, loss: Callable[[Any, Any], Any], interrupts: DeferredInterrupts,
                 progress: bool | None) -> None:
    """All batches of an epoch, or those left after resuming."""
    if run.batch == run.batches:        # resumed between the last batch and validation
        return
    if run.batch == 0:
        run.means = Means(run.metric)
        if isinstance(run.loader.sampler, DistributedSampler):
            run.loader.sampler.set_epoch(run.epoch)
        run.call("on_epoch_begin")
    run.model.train()
    device, began, before = device_of_model(run.model), time.perf_counter(), run.means.seconds
    with progress_bar(f"epoch {run.epoch + 1}/{run.epochs}", run.batches, progress, run.batch) as bar:
        for batch in run.loader:
            x, y = pair_of(batch, "fit", device)
            run.call("on_batch_begin")
            run.optimizer.zero_grad()
            output = run.forward(x)
            error = _one_number(loss(output, y))
            with no_grad():
                run.means.add(output, y, error.detach(), samples_of(run.loader, x))
            if run.epoch == 0:
                run.first_losses.append(error.detach())         # read at the end: no waiting for a GPU
            if device.type == "cpu":    # on a GPU this would wait
                run.check_loss()
            error.backward()
            run.optimizer.step()
            run.batch += 1
            run.means.seconds = before + time.perf_counter() - began
            run.call("on_batch_end")
            advance(bar, run.means)
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
    """Validate, record, and tell the callbacks."""
    began = time.perf_counter()
    run.call("on_evaluate_begin")
    try:
        run.logs = run.means.total().values()
        if held_out is not None:
            found = evaluated(run.model, held_out, loss, run.metric, progress, interrupts)
            run.logs |= {f"val_{k}": v for k, v in found._asdict().items() if v is not None}
        run.history.add(run.logs, run.means.seconds + time.perf_counter() - began)
        run.epoch, run.batch = run.epoch + 1, 0
        _print_epoch(run, progress)
        run.call("on_epoch_end")
    finally:
        run.call("on_evaluate_end")
    interrupts.check()
    run.call("on_safe_point")


def _print_epoch(run: Run, progress: bool | None) -> None:
    if progress or (progress is None and sys.stderr.isatty()):
        numbers = "  ".join(f"{k} {v:.4f}" for k, v in run.logs.items())
        line = f"epoch {run.epoch:{len(str(run.epochs))}d}/{run.epochs}  {numbers}"
        took = f"  {run.history.seconds[-1]:.1f} s"
        print(line + took if len(line + took) <= WIDTH else line, flush=True)
        if run.epoch == 1 and learned_nothing([loss.item() for loss in run.first_losses]):
            print(OFFER, flush=True)
