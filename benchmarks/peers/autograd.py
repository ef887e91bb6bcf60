"""The steps in HIPS autograd, with the convolution of its own examples and the optimizer in NumPy."""
from __future__ import annotations

from importlib.metadata import version
from typing import Any

import autograd.numpy as np
import numpy
from autograd import value_and_grad
from autograd.scipy.signal import convolve
from autograd.scipy.special import logsumexp
from workloads import Workload

from peers.functional import Functional, Update


class Step(Functional):
    """HIPS autograd as the library of the steps."""

    versions = {"autograd": version("autograd"), "numpy": numpy.__version__}

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        super().__init__(work, seed, threads, options)
        self.slopes = value_and_grad(self.chain if work.chain else self.objective)
        if work.optimizer:
            self.update = Update(self.parameters, *work.optimizer)

    def step(self, i: int) -> Any:
        x, t = self.batches[i % len(self.batches)]
        if self.work.chain:
            return self.slopes(x)[0]
        loss, gradients = self.slopes(self.parameters, x, t)
        self.update(gradients)
        return loss

    def chain(self, x: Any) -> Any:
        return super().chain(x)

    def relu(self, x: Any) -> Any:
        return np.maximum(x, 0)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    def log_softmax(self, x: Any) -> Any:
        return x - logsumexp(x, axis=-1, keepdims=True)

    def softmax(self, x: Any) -> Any:
        return np.exp(self.log_softmax(x))

    def permute(self, x: Any, *axes: int) -> Any:
        return np.transpose(x, axes)

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        y = convolve(x, w[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
        return y + b.reshape(1, -1, 1, 1)               # (N, O, H, W)

    def pool(self, x: Any, window: int) -> Any:
        n, c, h, w = x.shape
        h, w = h // window, w // window
        x = x[:, :, :h * window, :w * window].reshape((n, c, h, window, w, window))
        return np.max(np.max(x, axis=3), axis=4)
