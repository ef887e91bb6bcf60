"""Averages of the weights along the way of training (Izmailov et al. 2018), and what belongs to them."""
from __future__ import annotations

import copy
import math
from itertools import chain
from typing import Any, Callable, Iterable, Sequence

from ..autograd import Tensor, no_grad
from ..errors import RangeError
from ..errors.arguments import require_integers
from ..nn.module import Module
from ..ops.create import tensor
from .lr_scheduler.schedule import LRScheduler, for_each_group
from .optimizer import Optimizer

Average = Callable[[Tensor, Tensor, Any], Tensor]       # (w̄, w, how many w̄ stands for) → the next w̄


def get_swa_avg_fn() -> Average:
    """w̄ + (w − w̄) / (n + 1): the plain mean of all weights so far.

    >>> mean = minigrad.optim.swa_utils.get_swa_avg_fn()
    >>> mean(minigrad.tensor([1.0]), minigrad.tensor([4.0]), 2)             # of 1, 1 and 4
    tensor([2.])
    """
    return lambda averaged, current, count: averaged + (current - averaged) / (count + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """decay · w̄ + (1 − decay) · w: a mean that forgets. Raises RangeError for a decay outside [0, 1].

    >>> mean = minigrad.optim.swa_utils.get_ema_avg_fn(0.75)
    >>> mean(minigrad.tensor([1.0]), minigrad.tensor([5.0]), 2)
    tensor([2.])
    """
    if not 0 <= decay <= 1:
        raise RangeError(f"get_ema_avg_fn: decay must be from 0 to 1, got {decay}.")
    return lambda averaged, current, count: averaged * decay + current * (1 - decay)


def get_swa_multi_avg_fn() -> Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]:
    """The same as ``get_swa_avg_fn``, for lists of tensors and in place.

    >>> w = [minigrad.tensor([1.0])]
    >>> minigrad.optim.swa_utils.get_swa_multi_avg_fn()(w, [minigrad.tensor([4.0])], 2); w
    [tensor([2.])]
    """
    return _in_place(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]:
    """The same as ``get_ema_avg_fn``, for lists of tensors and in place.

    >>> w = [minigrad.tensor([1.0])]
    >>> minigrad.optim.swa_utils.get_ema_multi_avg_fn(0.75)(w, [minigrad.tensor([5.0])], 2); w
    [tensor([2.])]
    """
    return _in_place(get_ema_avg_fn(decay))


def _in_place(average: Average) -> Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]:
    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], count: Any) -> None:
        with no_grad():
            for mean, w in zip(averaged, current):
                mean.copy_(average(mean, w, count))
    return update


class AveragedModel(Module):
    """A copy of a model that holds the average of its weights; ``update_parameters(model)`` after each epoch.

    Args:
        avg_fn: gives the next average of one tensor, multi_avg_fn changes lists of them; the plain mean, if
            neither is given.
        use_buffers: average the buffers, too, instead of copying the model's; else call ``update_bn``.

    >>> model = minigrad.nn.Linear(1, 1, bias=False)
    >>> averaged = minigrad.optim.swa_utils.AveragedModel(model)
    >>> for w in (1.0, 2.0, 6.0):
    ...     _ = minigrad.nn.init.constant_(model.weight, w)
    ...     averaged.update_parameters(model)
    >>> averaged(minigrad.ones(1, 1)).item(), averaged.n_averaged.item()
    (3.0, 3)
    """

    def __init__(self, model: Module, device: Any = None, avg_fn: Average | None = None,
                 multi_avg_fn: Callable[..., None] | None = None, use_buffers: bool = False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: give avg_fn or multi_avg_fn, not both.")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the copy returns."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's weights into the average."""
        def tensors(module: Module) -> list[Tensor]:
            more = module.buffers() if self.use_buffers else ()
            return [x.detach() for x in chain(module.parameters(), more)]
        own, new, count = tensors(self.module), tensors(model), int(self.n_averaged.item())
        with no_grad():
            new = [w.to(mean.device) for mean, w in zip(own, new)]
            if count == 0:
                for mean, w in zip(own, new):
                    mean.copy_(w)
            else:
                (self.multi_avg_fn or _in_place(self.avg_fn or get_swa_avg_fn()))(own, new, count)
            if not self.use_buffers:
                for mean, w in zip(self.module.buffers(), model.buffers()):
                    mean.copy_(w.to(mean.device))
            self.n_averaged.add_(1)


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch normalizations of a model from the batches of a loader.

    Averaged weights give other means and variances than those that were seen in training. A batch that is
    a list or tuple counts by its first entry.

    >>> model = minigrad.nn.BatchNorm1d(1)
    >>> minigrad.optim.swa_utils.update_bn([minigrad.tensor([[1.0], [3.0]])], model)
    >>> model.running_mean, model.running_var
    (tensor([2.]), tensor([2.]))
    """
    layers = [m for m in model.modules() if getattr(m, "num_batches_tracked", None) is not None]
    if not layers:
        return
    before, training = [layer.momentum for layer in layers], model.training
    model.train()
    with no_grad():
        for layer in layers:
            layer.running_mean.zero_()
            layer.running_var.fill_(1)
            layer.num_batches_tracked.zero_()
            layer.momentum = None                       # the plain mean
        try:
            for batch in loader:
                x = batch[0] if isinstance(batch, (list, tuple)) else batch
                model(x if device is None else x.to(device))
        finally:
            for layer, momentum in zip(layers, before):
                layer.momentum = momentum
            model.train(training)


class SWALR(LRScheduler):
    """From the rate that is there to swa_lr in anneal_epochs steps, along a cosine or a line.

    Raises ValueError for another anneal_strategy than "cos" and "linear".

    >>> optimizer = minigrad.optim.SGD([minigrad.ones(1)], lr=1.0)
    >>> schedule = minigrad.optim.swa_utils.SWALR(optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates.append(schedule.get_last_lr()[0]); schedule.step()
    >>> rates
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(self, optimizer: Optimizer, swa_lr: float | Sequence[float], anneal_epochs: int = 10,
                 anneal_strategy: str = "cos", last_epoch: int = -1) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"SWALR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}.")
        require_integers("SWALR", 0, anneal_epochs=anneal_epochs)
        for group, rate in zip(optimizer.param_groups, for_each_group("SWALR", optimizer, "swa_lr", swa_lr)):
            group["swa_lr"] = rate
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def share(self, t: int) -> float:
        """The part of the way that is behind after t steps, from 0 to 1."""
        part = min(1.0, max(0, t) / self.anneal_epochs) if self.anneal_epochs else float(t >= 0)
        return part if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * part)) / 2

    def rate(self, base: float, t: int, group: int) -> float:
        end = self.optimizer.param_groups[group]["swa_lr"]
        return end * self.share(t) + base * (1 - self.share(t))

    def step(self, epoch: int | None = None) -> None:
        """Count one step, and go on from the rate that is there, whoever set it; or go to ``epoch``."""
        if epoch is not None:
            super().step(epoch)
            return
        self.last_epoch += 1
        before = self.share(self.last_epoch - 1)
        for i, group in enumerate(self.optimizer.param_groups):
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            group["lr"] = self.rate(start, self.last_epoch, i)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
