"""The steps, written once for every library that has PyTorch's names."""
from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from workloads import Workload


class Steps:
    """One workload, built and ready to step. A peer names its ``library`` and ``versions``."""

    library: ClassVar[Any]
    versions: ClassVar[dict[str, str]]

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        """Threads are set by the environment; a peer that has its own switch sets it first."""
        self.work, lib = work, self.library
        self.loss = (lib.nn.functional.mse_loss if work.loss == "mse" else
                     lib.nn.functional.cross_entropy)
        self.batches = [(lib.from_numpy(x), lib.from_numpy(t)) for x, t in work.data(seed)]
        self.optimizer: Any = None
        if work.chain:
            for x, _ in self.batches:
                x.requires_grad_()
            return
        if work.is_bert:
            self.model = self.bert(*work.layers[0][1:])
            self.fill(seed)
        else:
            self.model = lib.nn.Sequential(*[_layer(lib.nn, *layer) for layer in work.layers])
            self.model.to(getattr(lib, work.dtype))
            parameters = iter(self.model.parameters())
            with lib.no_grad():
                for pair in work.weights(seed):
                    for array in pair:
                        next(parameters).copy_(lib.from_numpy(array))
        if work.optimizer is not None:
            self.optimizer = self.make_optimizer(*work.optimizer)

    def bert(self, vocabulary: int, features: int, layers: int, heads: int, hidden: int) -> Any:
        """The library's classifier on BERT; its parameters have the original's names."""
        raise NotImplementedError(f"{type(self).__module__} has no BERT")

    def fill(self, seed: int) -> None:
        """The same numbers for every library whose parameters have the same names."""
        rng = np.random.default_rng(seed)
        with self.library.no_grad():
            for name, p in sorted(self.model.named_parameters()):
                if not ("LayerNorm" in name or name.endswith("bias")):
                    p.copy_(self.library.from_numpy(rng.normal(0, 0.02, tuple(p.shape)).astype(np.float32)))

    def make_optimizer(self, kind: str, lr: float, momentum: float = 0.0, **options: Any) -> Any:
        """The workload's optimizer for all parameters."""
        optim, parameters = self.library.optim, self.model.parameters()
        if kind in ("adam", "adamw"):
            return (optim.Adam if kind == "adam" else optim.AdamW)(parameters, lr=lr, **options)
        return optim.SGD(parameters, lr=lr, momentum=momentum, **options)

    def forward(self, x: Any, t: Any) -> Any:
        """The loss of one batch."""
        if self.work.chain:
            return _chain(x, self.work.chain)
        return self.loss(self.model(x), t)

    def step(self, i: int) -> Any:
        """Forward, loss, backward, update on batch i; the loss."""
        x, t = self.batches[i % len(self.batches)]
        loss = self.forward(x, t)
        if self.optimizer is None:
            x.grad = None
            loss.backward()
            return loss
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
    y = x
    for _ in range(length // 4):
        y = (y * 1.01 + 0.5) / 1.02 - 0.3
    for _ in range(length % 4):
        y = y * 1.01
    return y.sum()


def _layer(nn: Any, kind: str, *sizes: Any) -> Any:
    if kind == "encoder":
        return nn.TransformerEncoderLayer(*sizes, batch_first=True)
    return {"conv": nn.Conv2d, "pool": nn.MaxPool2d, "linear": nn.Linear, "dropout": nn.Dropout,
            "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[kind](*sizes)
