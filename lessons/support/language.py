"""A recurrent network that predicts the next symbol, and what its gates did."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

import minigrad
from minigrad import Tensor, nn
from minigrad.nn import functional as F


class Gated(nn.Module):
    """S networks side by side with the library's LSTM or GRU, x (T, S, N, 2) → (S, N, 1)."""

    def __init__(self, kind: Any, seeds: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList([kind(2, 8) for _ in range(seeds)])
        self.heads = nn.ModuleList([nn.Linear(8, 1) for _ in range(seeds)])

    def forward(self, x: Tensor) -> Tensor:
        return minigrad.stack([head(cell(x[:, s])[0][-1])
                               for s, (cell, head) in enumerate(zip(self.cells, self.heads))])


class Language(nn.Module):
    """ids (T, N) → scores of what comes next (T, N, V), and the state.

    Args:
        kind: nn.LSTM, nn.GRU or nn.RNN. symbols: V. hidden: units of the cell.
    """

    def __init__(self, kind: Any, symbols: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, 16)
        self.cell = kind(16, hidden)
        self.head = nn.Linear(hidden, symbols)

    def forward(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        h, state = self.cell(self.embedding(ids), state)
        return self.head(h), state


def columns(rows: Sequence[Sequence[int]], empty: int) -> np.ndarray:
    """Rows of ids as columns, filled up with ``empty``: (T, N)."""
    filled = np.full((max(map(len, rows)), len(rows)), empty)
    for n, row in enumerate(rows):
        filled[:len(row), n] = row
    return filled


def error_of(model: Language, rows: Sequence[Sequence[int]]) -> Tensor:
    """The cross-entropy of each next symbol; what was filled up doesn't count."""
    ids = columns(rows, -100)
    scores, _ = model(minigrad.tensor(np.maximum(ids[:-1], 0)))
    return F.cross_entropy(scores.reshape(-1, scores.shape[-1]), minigrad.tensor(ids[1:].reshape(-1)))


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z)."""
    return 1 / (1 + np.exp(-z))


def gru_gates(gru: nn.GRU, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """x (T, D) → the states h and the update gates z, both (T, H)."""
    w, u, b, d = (p.detach().numpy() for p in gru.parameters())
    h, rows = np.zeros(u.shape[1]), []
    for step in x:
        (r, z, n), (r2, z2, n2) = (np.split(v, 3)
                                   for v in (w @ step + b, u @ h + d))
        z = sigmoid(z + z2)
        h = z * h + (1 - z) * np.tanh(n + sigmoid(r + r2) * n2)
        rows.append((h, z))
    return tuple(map(np.array, zip(*rows)))


def invent(model: Language, symbols: str, count: int, temperature: float,
           random: np.random.Generator) -> list[str]:
    """Words drawn symbol by symbol until symbol 0 comes, which begins them, too; 20 symbols at most."""
    ids, state, words = np.zeros((1, count), int), None, [""] * count
    for _ in range(20):
        with minigrad.no_grad():
            scores, state = model(minigrad.tensor(ids), state)
        p = F.softmax(scores[0] / temperature, -1).numpy().cumsum(1)            # (count, V)
        ids = (random.random((count, 1)) * p[:, -1:] > p).sum(1)[None]
        words = [w if w.endswith(symbols[0]) else w + symbols[i] for w, i in zip(words, ids[0])]
    return [w.rstrip(symbols[0]) for w in words]
