"""What is measured: each training step as data, so that every peer builds the same one.

A workload is a list of layers, a loss and an optimizer, in words that every library knows. Weights,
inputs and targets are drawn here, once, with NumPy: all peers start from the same numbers.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Layer = tuple[Any, ...]
BATCHES = 4                 # different batches that the steps go through in turn


@dataclass(frozen=True)
class Workload:
    """One training step: forward, loss, backward, optimizer.

    Attributes:
        key, title: how the table names it.
        layers: ("conv", in, out, kernel), ("pool", window), ("linear", in, out), ("dropout", p),
            ("relu",), ("sigmoid",), ("flatten",); a chain has none.
        shape: of one sample.
        batch: samples in a step.
        loss: "labels" or "one-hot" for cross-entropy, "mse", or "sum" for the chain.
        optimizer: ("adam", lr), ("sgd", lr, momentum), or None.
        chain: how many operations with a constant follow each other, instead of layers.
        extra: measured only when it is asked for by name.
    """

    key: str
    title: str
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    batch: int
    loss: str
    optimizer: tuple[Any, ...] | None
    chain: int = 0
    extra: bool = False

    def weights(self, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """(weight, bias) of each layer that has them, uniform in ±1/√fan_in, float32."""
        rng = np.random.default_rng(seed)
        result = []
        for kind, *sizes in self.layers:
            if kind == "linear":
                shape: tuple[int, ...] = (sizes[1], sizes[0])
            elif kind == "conv":
                shape = (sizes[1], sizes[0], sizes[2], sizes[2])
            else:
                continue
            bound = 1 / math.sqrt(math.prod(shape[1:]))
            result.append((rng.uniform(-bound, bound, shape).astype(np.float32),
                           rng.uniform(-bound, bound, shape[0]).astype(np.float32)))
        return result

    def data(self, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """``BATCHES`` pairs (inputs, targets): inputs in [0, 1) as pixels are, float32."""
        rng = np.random.default_rng(seed + 1)
        outputs = next((layer[2] for layer in reversed(self.layers) if layer[0] == "linear"), 1)
        result = []
        for _ in range(BATCHES):
            x = rng.random((self.batch, *self.shape), dtype=np.float32)
            t: np.ndarray = rng.integers(0, outputs, self.batch)
            if self.loss == "one-hot":
                t = np.eye(outputs, dtype=np.float32)[t]
            elif self.loss == "mse":
                t = rng.random((self.batch, outputs), dtype=np.float32)
            result.append((x, t))
        return result


WORKLOADS = (
    Workload("C3", "CNN on MNIST, Adam",
             (("conv", 1, 32, 3), ("relu",), ("pool", 2), ("flatten",), ("linear", 5408, 64), ("relu",),
              ("linear", 64, 10)),
             (1, 28, 28), 128, "labels", ("adam", 1e-3)),
    Workload("A2", "MLP 784-500-10, Adam",
             (("linear", 784, 500), ("relu",), ("linear", 500, 10)),
             (784,), 128, "labels", ("adam", 1e-3)),
    Workload("B4", "MLP 784-128-10, one-hot, Adam",
             (("flatten",), ("linear", 784, 128), ("relu",), ("linear", 128, 10)),
             (28, 28), 128, "one-hot", ("adam", 1e-3)),
    Workload("D4", "MLP 784-128-64-10, dropout, SGD",
             (("linear", 784, 128), ("relu",), ("dropout", 0.2), ("linear", 128, 64), ("relu",),
              ("dropout", 0.2), ("linear", 64, 10)),
             (784,), 100, "labels", ("sgd", 1e-3, 0.9)),
    Workload("B3", "2-3-1 sigmoid network, SGD",
             (("linear", 2, 3), ("sigmoid",), ("linear", 3, 1), ("sigmoid",)),
             (2,), 4, "mse", ("sgd", 0.1, 0.0)),
    Workload("chain", "200 operations on 3 numbers", (), (), 3, "sum", None, chain=200),
    Workload("E4", "CNN on CIFAR-10, dropout, Adam",
             (("conv", 3, 64, 3), ("relu",), ("dropout", 0.5), ("conv", 64, 128, 3), ("relu",),
              ("dropout", 0.5), ("pool", 2), ("flatten",), ("linear", 128 * 14 * 14, 256), ("relu",),
              ("dropout", 0.5), ("linear", 256, 10)),
             (3, 32, 32), 100, "labels", ("adam", 1e-3), extra=True),
)


def by_key(key: str) -> Workload:
    """The workload of that name."""
    found = [w for w in WORKLOADS if w.key.lower() == key.lower()]
    if not found:
        raise SystemExit(f"no step is called {key!r}; there are "
                         f"{', '.join(w.key for w in WORKLOADS)}")
    return found[0]
