"""The steps in MyGrad, with the optimizer in NumPy: it has none of its own."""
from __future__ import annotations

from typing import Any

import mygrad
import numpy as np
from mygrad.nnet.activations import logsoftmax, relu, sigmoid, softmax
from mygrad.nnet.layers import conv_nd, max_pool
from mygrad.nnet.losses import softmax_crossentropy
from workloads import Workload

from peers.functional import Functional, Update


class Step(Functional):
    """MyGrad as the library of the steps."""

    versions = {"mygrad": mygrad.__version__, "numpy": np.__version__}

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        super().__init__(work, seed, threads, options)
        if work.optimizer:
            self.update = Update([p.data for p in self.parameters], *work.optimizer)
        else:
            self.batches = [(self.parameter(x), t) for x, t in self.batches]

    def parameter(self, array: np.ndarray) -> Any:
        return mygrad.tensor(array)

    def step(self, i: int) -> Any:
        loss = self.objective(self.parameters, *self.batches[i % len(self.batches)])
        loss.backward()
        if self.work.optimizer:
            self.update([p.grad for p in self.parameters])
        return loss

    def cross_entropy(self, y: Any, t: Any) -> Any:
        return super().cross_entropy(y, t) if self.work.loss == "one-hot" else softmax_crossentropy(y, t)

    def relu(self, x: Any) -> Any:
        return relu(x)

    def sigmoid(self, x: Any) -> Any:
        return sigmoid(x)

    def log_softmax(self, x: Any) -> Any:
        return logsoftmax(x, axis=-1)

    def softmax(self, x: Any) -> Any:
        return softmax(x, axis=-1)

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        return conv_nd(x, w, stride=1) + b.reshape(1, -1, 1, 1)

    def pool(self, x: Any, window: int) -> Any:
        rows, columns = (n // window * window for n in x.shape[2:])     # it accepts no rest
        return max_pool(x[:, :, :rows, :columns], (window, window), window)
