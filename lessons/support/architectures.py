"""A space of 150 networks for MNIST-1D, and how each is trained: a benchmark tries all, a lesson searches."""
from __future__ import annotations

import json
from itertools import product
from typing import Any, Iterable, Sequence

import numpy as np

import minigrad
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F
from minigrad.vision.datasets import MNIST1D

from .results import RECORD

TABLE = RECORD.with_name("architectures.json")
OPERATIONS = ("identity", "mean 3", "max 3", "conv 3", "conv 7", "nothing")
CHOICES = (OPERATIONS[:5], OPERATIONS[:5], OPERATIONS)      # first, second, shortcut
SPACE = list(product(*CHOICES))                             # 5 · 5 · 6 = 150
CHANNELS, EPOCHS, BATCH, RATE, HELD_OUT = 8, 10, 100, 0.01, 1000


class Nothing(nn.Module):
    """An edge that isn't there: zeros in the shape of x."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 0.0


def operation(name: str) -> nn.Module:
    """One of OPERATIONS as a module, (N, C, L) → (N, C, L); its number is the width of the window."""
    if name.startswith("conv"):
        width = int(name[-1])
        return nn.Sequential(nn.Conv1d(CHANNELS, CHANNELS, width, padding=width // 2), nn.ReLU())
    found: dict[str, nn.Module] = {"identity": nn.Identity(), "mean 3": nn.AvgPool1d(3, 1, 1),
                                   "max 3": nn.MaxPool1d(3, 1, 1), "nothing": Nothing()}
    return found[name]


class Network(nn.Module):
    """Two cells of three edges each: (N, 40) → (N, 10).

        cell(x) = second(first(x)) + shortcut(x)

    Args:
        cells: the edges of each cell, modules (N, C, L) → (N, C, L).

    >>> from lessons.support.architectures import Network, operation
    >>> names = ("conv 3", "max 3", "identity")
    >>> Network([operation(name) for name in names] for _ in range(2))(minigrad.zeros(7, 40)).shape
    minigrad.Size([7, 10])
    """

    def __init__(self, cells: Iterable[Iterable[nn.Module]]) -> None:
        super().__init__()
        self.stem = nn.Conv1d(1, CHANNELS, 5, stride=2, padding=2)
        self.cells = nn.ModuleList(nn.ModuleList(edges) for edges in cells)
        self.shrink = nn.MaxPool1d(2)
        self.last = nn.Linear(CHANNELS * 5, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x[:, None]).relu()                    # (N, 40) → (N, C, 20)
        for cell in self.cells:
            first, second, shortcut = cell.children()
            x = self.shrink(second(first(x)) + shortcut(x))     # → (N, C, 10) → (N, C, 5)
        return self.last(x.flatten(1))


def build(architecture: Sequence[str]) -> Network:
    """The network of one architecture of SPACE, both cells alike."""
    return Network([operation(name) for name in architecture] for _ in range(2))


def signals() -> dict[str, tuple[Tensor, Tensor]]:
    """MNIST-1D in three parts: 3,000 signals to train on, 1,000 to choose by, 1,000 to test with."""
    x, y = MNIST1D().tensors()
    return {"train": (x[:-HELD_OUT], y[:-HELD_OUT]), "validation": (x[-HELD_OUT:], y[-HELD_OUT:]),
            "test": MNIST1D(train=False).tensors()}


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Percent that is right."""
    with minigrad.no_grad():
        return 100 * float((model(x).argmax(1) == y).numpy().mean())


def train(architecture: Sequence[str], seed: int, parts: dict[str, tuple[Tensor, Tensor]],
          epochs: int = EPOCHS) -> tuple[float, float]:
    """One network of the space, trained as all of them are; its validation and test accuracy, in percent."""
    minigrad.manual_seed(seed)
    model, random = build(architecture), np.random.default_rng(seed)
    x, y = parts["train"]
    steps = epochs * -(-len(x) // BATCH)
    optimizer = optim.Adam(model.parameters(), lr=RATE)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        order = random.permutation(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start:start + BATCH]
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
    return accuracy(model, *parts["validation"]), accuracy(model, *parts["test"])


def read_table() -> dict[str, Any]:
    """What ``benchmarks/architecture_table.py`` recorded: every network of SPACE, trained."""
    found: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return found
