"""The steps, written once for every library that has PyTorch's names."""
from __future__ import annotations

from typing import Any, ClassVar

from workloads import Workload


class Steps:
    """One workload, built and ready to step. A peer names its ``library`` and ``versions``."""

    library: ClassVar[Any]
    versions: ClassVar[dict[str, str]]

    def __init__(self, work: Workload, seed: int, threads: int) -> None:
        """Threads are set by the environment; a peer that has its own switch sets it first."""
        self.work, lib = work, self.library
        self.loss = (lib.nn.functional.mse_loss if work.loss == "mse" else
                     lib.nn.functional.cross_entropy)
        self.batches = [(lib.from_numpy(x), lib.from_numpy(t)) for x, t in work.data(seed)]
        if work.chain:
            for x, _ in self.batches:
                x.requires_grad_()
            return
        self.model = lib.nn.Sequential(*[_layer(lib.nn, *layer) for layer in work.layers])
        parameters = iter(self.model.parameters())
        with lib.no_grad():
            for pair in work.weights(seed):
                for array in pair:
                    next(parameters).copy_(lib.from_numpy(array))
        if work.optimizer is not None:
            self.optimizer = _optimizer(lib.optim, self.model.parameters(), *work.optimizer)

    def step(self, i: int) -> Any:
        """Forward, loss, backward, update on batch i; the loss."""
        x, t = self.batches[i % len(self.batches)]
        if self.work.chain:
            return _chain(x, self.work.chain)
        y = self.model(x)
        loss = self.loss(y, t)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss

    def value(self, loss: Any) -> float:
        """The loss as a number."""
        return float(loss.item())

    def dropout(self, on: bool) -> None:
        """Off for the comparison of losses: every library draws its own masks."""
        if not self.work.chain:
            self.model.train(on)


def _chain(x: Any, length: int) -> Any:
    x.grad = None
    y = x
    for _ in range(length // 4):
        y = (y * 1.01 + 0.5) / 1.02 - 0.3
    loss = y.sum()
    loss.backward()
    return loss


def _layer(nn: Any, kind: str, *sizes: Any) -> Any:
    return {"conv": nn.Conv2d, "pool": nn.MaxPool2d, "linear": nn.Linear, "dropout": nn.Dropout,
            "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[kind](*sizes)


def _optimizer(optim: Any, parameters: Any, kind: str, lr: float, momentum: float = 0.0) -> Any:
    if kind == "adam":
        return optim.Adam(parameters, lr=lr)
    return optim.SGD(parameters, lr=lr, momentum=momentum)
