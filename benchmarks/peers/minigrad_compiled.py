"""The steps in minigrad, compiled: each whole step is one program."""
from __future__ import annotations

from typing import Any

import minigrad
from workloads import Workload

from peers import minigrad as eager


class Step(eager.Step):
    """One workload; a batch goes in, the loss comes out."""

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        super().__init__(work, seed, threads, options)
        self.run = minigrad.compile(self.whole)

    def whole(self, x: Any, t: Any) -> Any:
        """Forward, loss, backward, update."""
        if self.optimizer is None:
            x.grad = None
        else:
            self.optimizer.zero_grad()
        loss = self.forward(x, t)
        loss.backward()
        if self.optimizer is not None:
            self.optimizer.step()
        return loss

    def step(self, i: int) -> Any:
        return self.run(*self.batches[i % len(self.batches)])


class Untuned(eager.Untuned):
    """A step of ``untuned.py``. The number of the batch is a constant, so each batch has a program."""

    def __init__(self, key: str, seed: int, threads: int, options: dict[str, Any]) -> None:
        super().__init__(key, seed, threads, options)
        self.loss = minigrad.compile(self.loss)
