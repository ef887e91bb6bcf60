"""The steps in DeZero, with its own layers' functions and optimizers. It needs NumPy before 1.24."""
from __future__ import annotations

from importlib.metadata import version
from typing import Any

import dezero
import dezero.functions as F
import numpy as np
from dezero import Parameter, Variable, optimizers
from workloads import Workload

from peers.functional import Functional


class Step(Functional):
    """DeZero as the library of the steps."""

    versions = {"dezero": version("dezero"), "numpy (dezero's)": np.__version__}

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        if any(layer[0] == "encoder" for layer in work.layers):
            raise NotImplementedError("it has no products of stacks of matrices, which attention needs")
        super().__init__(work, seed, threads, options)
        if work.optimizer is None:
            return
        kind, lr, *rest = work.optimizer
        optimizer = (optimizers.Adam(lr) if kind == "adam" else
                     optimizers.MomentumSGD(lr, rest[0]) if rest[0] else optimizers.SGD(lr))
        self.optimizer = optimizer.setup(self)

    def params(self) -> list[Any]:
        """What the optimizer updates."""
        return self.parameters

    def constant(self, array: np.ndarray) -> Any:
        return Variable(array)

    def parameter(self, array: np.ndarray) -> Any:
        return Parameter(np.ascontiguousarray(array.T if array.ndim == 2 else array))   # its linear is x W

    def step(self, i: int) -> Any:
        x, t = self.batches[i % len(self.batches)]
        for p in [x, *self.parameters]:
            p.cleargrad()
        with dezero.using_config("train", self.training):
            loss = self.objective(self.parameters, x, t)
            loss.backward()
        if self.work.optimizer:
            self.optimizer.update()
        return loss

    def objective(self, parameters: list[Any], x: Any, t: Any) -> Any:
        if self.work.chain:
            return F.sum(self.chained(x))
        y = self.network(zip(parameters[::2], parameters[1::2]), x)
        if self.work.loss == "mse":
            return F.mean_squared_error(y, t) / y.shape[1]      # it divides by the number of rows alone
        if self.work.loss == "one-hot":
            return -F.sum(F.log_softmax(y) * t) / len(t)
        return F.softmax_cross_entropy(y, t)

    def chained(self, x: Any) -> Any:
        y = x
        for _ in range(self.work.chain // 4):
            y = (y * 1.01 + 0.5) / 1.02 - 0.3
        return y

    def linear(self, x: Any, w: Any, b: Any) -> Any:
        return F.linear(x, w, b)

    def flatten(self, x: Any) -> Any:
        return F.reshape(x, (x.shape[0], -1))

    def drop(self, x: Any, p: float) -> Any:
        return F.dropout(x, p)

    def relu(self, x: Any) -> Any:
        return F.relu(x)

    def sigmoid(self, x: Any) -> Any:
        return F.sigmoid(x)

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        return F.conv2d(x, w, b)

    def pool(self, x: Any, window: int) -> Any:
        return F.pooling(x, window, window)

    def value(self, loss: Any) -> float:
        return float(loss.data)
