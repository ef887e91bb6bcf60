"""The steps for libraries that have functions on arrays in place of layers.

The network is written once, over a dozen primitives. A peer gives those that its arrays do not have
as NumPy's do, and the backward pass with the update. A weight is (out, in), as in PyTorch.
"""
from __future__ import annotations

import math
from typing import Any, ClassVar, Iterator

import numpy as np
from workloads import Workload

Pair = tuple[Any, Any]


class Functional:
    """One workload as a function of parameters and a batch."""

    versions: ClassVar[dict[str, str]]

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        self.work = work
        self.has_dropout = any(layer[0] in ("dropout", "encoder") for layer in work.layers)
        self.dropout(True)
        self.random = np.random.default_rng(seed)
        self.batches: list[Pair] = [(self.constant(x), self.constant(t)) for x, t in work.data(seed)]
        self.parameters: list[Any] = [self.parameter(a) for pair in work.weights(seed) for a in pair]

    # ── what a peer gives ─────────────────────────────────────────────────────────────────────

    def constant(self, array: np.ndarray) -> Any:
        """Data of the batch in the library's own form."""
        return array

    def parameter(self, array: np.ndarray) -> Any:
        """A weight or bias."""
        return array

    def step(self, i: int) -> Any:
        """Forward, loss, backward, update on batch i; the loss."""
        raise NotImplementedError

    def relu(self, x: Any) -> Any:
        raise NotImplementedError

    def sigmoid(self, x: Any) -> Any:
        raise NotImplementedError

    def log_softmax(self, x: Any) -> Any:
        """Over the last dimension."""
        raise NotImplementedError

    def softmax(self, x: Any) -> Any:
        """Over the last dimension."""
        raise NotImplementedError

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        raise NotImplementedError

    def pool(self, x: Any, window: int) -> Any:
        raise NotImplementedError

    def sqrt(self, x: Any) -> Any:
        return x ** 0.5

    def permute(self, x: Any, *axes: int) -> Any:
        return x.transpose(*axes)

    def picked(self, x: Any, t: Any) -> Any:
        """x[i, tᵢ] for every row i."""
        return x[np.arange(len(t)), t]

    # ── the same for all ──────────────────────────────────────────────────────────────────────

    def objective(self, parameters: list[Any], x: Any, t: Any) -> Any:
        """The loss of one batch."""
        if self.work.chain:
            return self.chain(x)
        y = self.network(zip(parameters[::2], parameters[1::2]), x)
        if self.work.loss == "mse":
            return ((y - t) ** 2).mean()
        return self.cross_entropy(y, t)

    def cross_entropy(self, y: Any, t: Any) -> Any:
        """Labels, or probabilities where the workload says one-hot."""
        log = self.log_softmax(y)
        if self.work.loss == "one-hot":
            return -(log * t).sum(1).mean()
        return -self.picked(log, t).mean()

    def network(self, pairs: Iterator[Pair], x: Any) -> Any:
        """All layers, one after the other."""
        for kind, *sizes in self.work.layers:
            if kind in ("linear", "conv"):
                x = getattr(self, kind)(x, *next(pairs))
            elif kind == "dropout":
                x = self.drop(x, *sizes)
            elif kind == "encoder":
                x = self.encoder(x, [next(pairs) for _ in range(6)], *sizes)
            else:
                x = getattr(self, kind)(x, *sizes)
        return x

    def linear(self, x: Any, w: Any, b: Any) -> Any:
        return x @ w.T + b

    def flatten(self, x: Any) -> Any:
        return x.reshape(x.shape[0], -1)

    def dropout_mask(self, shape: tuple[int, ...], p: float) -> Any:
        """0 with probability p, else 1 / (1 − p)."""
        keep = self.random.random(shape, dtype=np.float32) >= p
        return keep * np.float32(1 / (1 - p))

    def drop(self, x: Any, p: float) -> Any:
        """Dropout, in training."""
        return x * self.dropout_mask(x.shape, p) if self.training else x

    def encoder(self, x: Any, pairs: list[Pair], features: int, heads: int, hidden: int, p: float) -> Any:
        """nn.TransformerEncoderLayer: attention, then two linear layers, each with residual and norm."""
        project, back, first, second, norm1, norm2 = pairs
        n, length, _ = x.shape
        qkv = self.linear(x, *project)                                          # (N, L, 3E)
        q, k, v = [self.permute(qkv[:, :, i * features:(i + 1) * features]
                                .reshape(n, length, heads, features // heads), 0, 2, 1, 3)
                   for i in range(3)]                                           # (N, heads, L, E / heads)
        scores = (q * (1 / math.sqrt(features / heads))) @ self.permute(k, 0, 1, 3, 2)
        mixed = self.drop(self.softmax(scores), p) @ v
        mixed = self.permute(mixed, 0, 2, 1, 3).reshape(n, length, features)
        x = self.norm(x + self.drop(self.linear(mixed, *back), p), *norm1)
        inner = self.drop(self.relu(self.linear(x, *first)), p)
        return self.norm(x + self.drop(self.linear(inner, *second), p), *norm2)

    def norm(self, x: Any, w: Any, b: Any) -> Any:
        """Layer normalization over the last dimension."""
        centered = x - x.mean(-1, keepdims=True)
        variance = (centered * centered).mean(-1, keepdims=True)
        return centered / self.sqrt(variance + 1e-5) * w + b

    def chain(self, x: Any) -> Any:
        y = x
        for _ in range(self.work.chain // 4):
            y = (y * 1.01 + 0.5) / 1.02 - 0.3
        return y.sum()

    def value(self, loss: Any) -> float:
        """The loss as a number."""
        return float(loss)

    def dropout(self, on: bool) -> None:
        """Off for the comparison of losses: every library draws its own masks."""
        self.training = on and self.has_dropout


class Update:
    """SGD and Adam in plain NumPy, for libraries that have none of their own."""

    def __init__(self, arrays: list[np.ndarray], kind: str, lr: float, momentum: float = 0.0) -> None:
        self.arrays, self.kind, self.lr, self.momentum, self.time = arrays, kind, lr, momentum, 0
        self.m = [np.zeros_like(a) for a in arrays]
        self.v = [np.zeros_like(a) for a in arrays] if kind == "adam" else []

    def __call__(self, gradients: list[np.ndarray]) -> None:
        """One update, in place."""
        self.time += 1
        if self.kind == "adam":
            for p, g, m, v in zip(self.arrays, gradients, self.m, self.v):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= self.lr / (1 - 0.9 ** self.time) * m / (np.sqrt(v / (1 - 0.999 ** self.time)) + 1e-8)
            return
        for p, g, m in zip(self.arrays, gradients, self.m):
            if self.momentum:
                m *= self.momentum
                m += g
                g = m
            p -= self.lr * g
