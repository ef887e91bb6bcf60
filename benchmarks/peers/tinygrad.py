"""The steps in tinygrad: the whole step captured by TinyJit, on its CPU device, which needs clang."""
from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

os.environ.setdefault("DEV", "CPU")

import numpy as np                                              # noqa: E402
from tinygrad import Context, Device, Tensor, TinyJit, nn       # noqa: E402
from workloads import Workload                                  # noqa: E402

from peers.functional import Functional                         # noqa: E402


class Step(Functional):
    """tinygrad as the library of the steps."""

    versions = {"tinygrad": version("tinygrad")}

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        super().__init__(work, seed, threads, options)
        Tensor.manual_seed(seed)
        if work.optimizer:
            kind, lr, *rest = work.optimizer
            self.optimizer = (nn.optim.Adam(self.parameters, lr=lr) if kind == "adam" else
                              nn.optim.SGD(self.parameters, lr=lr, momentum=rest[0]))
        self.compiled = TinyJit(self.whole_step)

    def constant(self, array: np.ndarray) -> Any:
        return Tensor(array).realize().is_param_(False)

    def parameter(self, array: np.ndarray) -> Any:
        return Tensor(array).realize()

    def dropout(self, on: bool) -> None:
        super().dropout(on)
        if self.has_dropout:
            self.compiled = TinyJit(self.whole_step)

    def step(self, i: int) -> Any:
        with Context(TRAINING=1):               # the optimizer insists on it; dropout is asked for below
            loss = self.compiled(*self.batches[i % len(self.batches)])
        Device[Device.DEFAULT].synchronize()
        return loss

    def whole_step(self, x: Any, t: Any) -> Any:
        """What is captured: loss, gradients, update."""
        if self.work.chain:
            loss = self.chain(x)
            return loss.realize(*loss.gradient(x))
        self.optimizer.zero_grad()
        loss = self.objective(self.parameters, x, t)
        loss.backward()
        return loss.realize(*self.optimizer.schedule_step())

    def drop(self, x: Any, p: float) -> Any:
        return x.dropout(p) if self.training else x

    def cross_entropy(self, y: Any, t: Any) -> Any:
        return y.cross_entropy(t) if self.work.loss == "one-hot" else y.sparse_categorical_crossentropy(t)

    def relu(self, x: Any) -> Any:
        return x.relu()

    def sigmoid(self, x: Any) -> Any:
        return x.sigmoid()

    def softmax(self, x: Any) -> Any:
        return x.softmax()

    def permute(self, x: Any, *axes: int) -> Any:
        return x.permute(*axes)

    def norm(self, x: Any, w: Any, b: Any) -> Any:
        return x.layernorm() * w + b

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        return x.conv2d(w, b)

    def pool(self, x: Any, window: int) -> Any:
        return x.max_pool2d((window, window))

    def value(self, loss: Any) -> float:
        return float(loss.item())
