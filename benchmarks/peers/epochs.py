"""A whole epoch of document C's network with data set and loader, for libraries with PyTorch's names."""
from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np
from workloads import by_key


class Epochs:
    """One epoch a step: the loop of a tutorial, with the loss of every batch as a number."""

    library: ClassVar[Any]
    steps: ClassVar[Any]
    versions: ClassVar[dict[str, str]]

    def __init__(self, data: str, batch: int, workers: int, seed: int, threads: int,
                 options: dict[str, Any]) -> None:
        """``data``: a file of NumPy's with images (N, 1, 28, 28) float32 in [0, 1] and labels (N)."""
        lib = self.library
        self.network = self.steps(by_key("C3", batch=batch), seed, threads, {})
        with np.load(data) as arrays:
            self.images, self.labels = (lib.from_numpy(arrays[name]) for name in ("images", "labels"))
        dataset = lib.utils.data.TensorDataset(self.images, self.labels)
        self.loader = lib.utils.data.DataLoader(dataset, batch_size=batch, shuffle=True,
                                                num_workers=workers)
        self.batch, self.checking = batch, False

    def train(self, x: Any, t: Any) -> float:
        """Forward, loss, backward, update on one batch; the loss."""
        network = self.network
        loss = network.forward(x, t)
        network.optimizer.zero_grad()
        loss.backward()
        network.optimizer.step()
        return float(loss.item())

    def step(self, i: int) -> float:
        """An epoch, its mean loss; while checking, batch i in the order of the file, its loss."""
        if self.checking:
            part = slice(i * self.batch, (i + 1) * self.batch)
            return self.train(self.images[part], self.labels[part])
        losses = [self.train(x, t) for x, t in self.loader]
        self.last = sum(losses) / len(losses)
        return self.last

    def loading(self) -> dict[str, float]:
        """Seconds that an epoch of the loader takes when nothing is done with its batches."""
        start = time.perf_counter()
        count = sum(1 for _ in self.loader)
        return {"seconds": time.perf_counter() - start, "batches": count}

    def value(self, loss: float) -> float:
        """The loss as a number."""
        return loss

    def dropout(self, on: bool) -> None:
        """There is none; the order of batches is what has to be fixed for a comparison."""
        self.checking = not on

    @property
    def details(self) -> dict[str, float]:
        """The mean loss of the last epoch."""
        return {"loss": self.last}
