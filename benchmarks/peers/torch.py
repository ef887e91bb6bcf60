"""The steps in PyTorch, eager, as its tutorials write them."""
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from workloads import Workload


class Peer:
    """One workload, built and ready to step."""

    versions = {"torch": torch.__version__}

    def __init__(self, work: Workload, seed: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self.work = work
        self.batches = [(torch.from_numpy(x), torch.from_numpy(t)) for x, t in work.data(seed)]
        if work.chain:
            for x, _ in self.batches:
                x.requires_grad_()
            return
        self.model = nn.Sequential(*[_layer(*layer) for layer in work.layers])
        parameters = iter(self.model.parameters())
        with torch.no_grad():
            for pair in work.weights(seed):
                for array in pair:
                    next(parameters).copy_(torch.from_numpy(array))
        if work.optimizer is not None:
            self.optimizer = _optimizer(self.model.parameters(), *work.optimizer)

    def step(self, i: int) -> Any:
        """Forward, loss, backward, update on batch i; the loss."""
        x, t = self.batches[i % len(self.batches)]
        if self.work.chain:
            return _chain(x, self.work.chain)
        y = self.model(x)
        loss = F.mse_loss(y, t) if self.work.loss == "mse" else F.cross_entropy(y, t)
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


def _layer(kind: str, *sizes: Any) -> nn.Module:
    return {"conv": nn.Conv2d, "pool": nn.MaxPool2d, "linear": nn.Linear, "dropout": nn.Dropout,
            "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[kind](*sizes)


def _optimizer(parameters: Any, kind: str, lr: float, momentum: float = 0.0) -> Any:
    if kind == "adam":
        return torch.optim.Adam(parameters, lr=lr)
    return torch.optim.SGD(parameters, lr=lr, momentum=momentum)
