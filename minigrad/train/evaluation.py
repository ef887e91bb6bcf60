"""Evaluation and prediction: the model as it is, in evaluation mode, without recording."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from ..autograd import Tensor, no_grad
from ..backend.arrays import on_host
from ..data import DataLoader
from ..data.distributed import DistributedSampler
from ..nn import Module
from ..nn.evaluating import evaluating
from ..ops.join import cat
from .feed import as_loader, device_of_model, input_of, pair_of, samples_of
from .interrupts import DeferredInterrupts
from .progress import advance, progress_bar
from .run import Means, Metric


class Evaluation(NamedTuple):
    """What ``evaluate`` measured; None for what could not be measured.

    >>> from minigrad.train import Evaluation
    >>> Evaluation(loss=0.25, accuracy=0.9).accuracy
    0.9
    """

    loss: float | None
    accuracy: float | None


def correct_classes(output: Tensor, target: Any) -> Any:
    """Which samples have their largest output at the right class: bool (N,), or None.

    output (N, classes); target (N,) class numbers, or (N, classes) with a 1 at the class. For
    anything else, such as a regression, accuracy has no meaning: None.

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
    return np.where(one_hot, hits, np.float64("nan"))       # NaN stands for None: nothing waits for the GPU


def evaluate(model: Module, data: Any, loss: Callable[[Any, Any], Any] | None = None,
             batch_size: int | None = None, progress: bool | None = None,
             metric: Metric | None = correct_classes) -> Evaluation:
    """The mean loss and the accuracy on ``data``: Evaluation(loss, accuracy).

    Runs in evaluation mode without recording, then restores the model's mode. Without ``loss`` only the
    accuracy is measured. Arguments as for ``fit``; batch_size is 256 when None. A loader with a
    ``DistributedSampler`` is measured over all ranks, which must all call. Raises what ``fit`` raises for
    data.

    >>> import minigrad.train
    >>> data = minigrad.tensor([[0.1, 0.9], [0.8, 0.2]]), minigrad.tensor([1, 1])
    >>> minigrad.train.evaluate(minigrad.nn.Identity(), data)       # the inputs are the scores
    Evaluation(loss=None, accuracy=0.5)
    """
    loader = as_loader(data, "evaluate", batch_size, False)
    return evaluated(model, loader, loss, metric, progress, None)


def evaluated(model: Module, loader: DataLoader, loss: Callable[[Any, Any], Any] | None,
              metric: Metric | None, progress: bool | None,
              interrupts: DeferredInterrupts | None) -> Evaluation:
    """``evaluate`` for a loader that exists already; between batches it lets Ctrl-C through."""
    means, device = Means(metric), device_of_model(model)
    with evaluating(model), no_grad(), progress_bar("evaluating", len(loader), progress) as bar:
        for batch in loader:
            x, y = pair_of(batch, "evaluate", device)
            output = model(x)
            means.add(output, y, None if loss is None else loss(output, y), samples_of(loader, x))
            advance(bar, means)
            if interrupts is not None:
                interrupts.check()
    shared = loader.ranks > 1 or isinstance(loader.sampler, DistributedSampler)
    found = (means.total() if shared else means).values()
    return Evaluation(None if loss is None else found["loss"], found.get("accuracy"))


def predict(model: Module, data: Any, batch_size: int | None = None,
            progress: bool | None = None) -> Tensor:
    """The model's output for every sample, in order: (N, …), in evaluation mode, without recording.

    ``data``: a Tensor or array x (N, …), or a DataLoader, Dataset or pair, whose first field is x. Raises
    what ``fit`` raises for data.

    >>> import minigrad.train
    >>> minigrad.train.predict(minigrad.nn.Flatten(), minigrad.zeros(5, 2, 2)).shape
    minigrad.Size([5, 4])
    """
    single = isinstance(data, (Tensor, np.ndarray))
    loader = as_loader((data,) if single else data, "predict", batch_size, False)
    outputs, device = [], device_of_model(model)
    with evaluating(model), no_grad(), progress_bar("predicting", len(loader), progress) as bar:
        for batch in loader:
            outputs.append(model(input_of(batch, device)))
            bar.update()
    return cat(outputs)
