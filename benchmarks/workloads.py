"""What is measured: each training step as data, so that every peer builds the same one.

A workload is a list of layers, a loss and an optimizer, in words that every library knows. Weights,
inputs and targets are drawn here, once, with NumPy: all peers start from the same numbers.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
            ("relu",), ("sigmoid",), ("flatten",), ("encoder", features, heads, hidden, dropout); a
            chain has none. A classifier on BERT is one layer, ("bert", vocabulary, features, layers,
            heads, hidden), built by the libraries themselves, with their own dropout.
        shape: of one sample.
        batch: samples in a step.
        loss: "labels" or "one-hot" for cross-entropy, "mse", or "sum" for the chain.
        optimizer: ("adam", lr), ("sgd", lr, momentum), or None.
        chain: how many operations with a constant follow each other, instead of layers.
        extra: measured only when it is asked for by name.
        dtype: of weights and data.
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
    dtype: str = "float32"

    def weights(self, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """(weight, bias) of each layer that has them, uniform in ±1/√fan_in; a norm's are 1 and 0.

        An encoder has six pairs: projections to queries, keys and values in one; the one back; the two
        linear layers; the two norms.
        """
        rng = np.random.default_rng(seed)
        result = []
        for shape in self.weight_shapes():
            bound = 1 / math.sqrt(math.prod(shape[1:]))
            pair = ((np.ones(shape), np.zeros(shape)) if len(shape) == 1 else
                    (rng.uniform(-bound, bound, shape), rng.uniform(-bound, bound, shape[0])))
            result.append((pair[0].astype(self.dtype), pair[1].astype(self.dtype)))
        return result

    def weight_shapes(self) -> list[tuple[int, ...]]:
        """The shape of each weight in the order of ``weights``; its first size is that of the bias."""
        shapes: list[tuple[int, ...]] = []
        for kind, *sizes in self.layers:
            if kind == "linear":
                shapes.append((sizes[1], sizes[0]))
            elif kind == "conv":
                shapes.append((sizes[1], sizes[0], sizes[2], sizes[2]))
            elif kind == "encoder":
                features, _, hidden, _ = sizes
                shapes += [(3 * features, features), (features, features), (hidden, features),
                           (features, hidden), (features,), (features,)]
        return shapes

    @property
    def is_bert(self) -> bool:
        """Whether the whole network is one that the library builds, not a list of layers."""
        return bool(self.layers) and self.layers[0][0] == "bert"

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Of one sample."""
        for layer in reversed(self.layers):
            if layer[0] == "linear":
                return (layer[2],)
        return self.shape

    def data(self, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """``BATCHES`` pairs (inputs, targets): inputs in [0, 1) as pixels are."""
        rng = np.random.default_rng(seed + 1)
        if self.is_bert:
            return [(rng.integers(1, self.layers[0][1], (self.batch, *self.shape)),
                     rng.integers(0, 2, self.batch)) for _ in range(BATCHES)]
        outputs = self.output_shape
        result = []
        for _ in range(BATCHES):
            x = rng.random((self.batch, *self.shape), dtype=np.float32).astype(self.dtype)
            t: np.ndarray = rng.integers(0, outputs[-1] if outputs else 1, self.batch)
            if self.loss == "one-hot":
                t = np.eye(outputs[-1], dtype=self.dtype)[t]
            elif self.loss == "mse":
                t = rng.random((self.batch, *outputs), dtype=np.float32).astype(self.dtype)
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
    Workload("E4", "CNN on CIFAR-10, two pools, dropout, Adam",
             (("conv", 3, 64, 3), ("relu",), ("dropout", 0.5), ("pool", 2), ("conv", 64, 128, 3),
              ("relu",), ("dropout", 0.5), ("pool", 2), ("flatten",), ("linear", 128 * 6 * 6, 256),
              ("relu",), ("dropout", 0.5), ("linear", 256, 10)),
             (3, 32, 32), 100, "labels", ("adam", 1e-3)),
    Workload("2-3-1", "2-3-1 sigmoid network, SGD",
             (("linear", 2, 3), ("sigmoid",), ("linear", 3, 1), ("sigmoid",)),
             (2,), 4, "mse", ("sgd", 0.1, 0.0)),
    Workload("chain", "200 operations on 3 numbers", (), (), 3, "sum", None, chain=200),
    Workload("encoder", "transformer encoder layer, 128 features, 4 heads, 64 tokens, Adam",
             (("encoder", 128, 4, 512, 0.1),), (64, 128), 32, "mse", ("adam", 1e-3)),
    Workload("bert", "classifier on BERT, 2 layers, 128 features, 2 heads, 64 tokens, AdamW",
             (("bert", 30522, 128, 2, 2, 512),), (64,), 32, "labels", ("adamw", 5e-4), extra=True),
    Workload("E4-one", "CNN on CIFAR-10, one pool, dropout, Adam",
             (("conv", 3, 64, 3), ("relu",), ("dropout", 0.5), ("conv", 64, 128, 3), ("relu",),
              ("dropout", 0.5), ("pool", 2), ("flatten",), ("linear", 128 * 14 * 14, 256), ("relu",),
              ("dropout", 0.5), ("linear", 256, 10)),
             (3, 32, 32), 100, "labels", ("adam", 1e-3), extra=True),
)


def by_key(key: str, **changes: Any) -> Workload:
    """The workload of that name, with other values for some of its attributes."""
    found = [w for w in WORKLOADS if w.key.lower() == key.lower()]
    if not found:
        raise SystemExit(f"no step is called {key!r}; there are "
                         f"{', '.join(w.key for w in WORKLOADS)}")
    return replace(found[0], **changes)
