"""Exercise 34, solved."""
from __future__ import annotations

import numpy as np


def add_up(chunks: np.ndarray) -> np.ndarray:
    ranks = len(chunks)
    chunks = chunks.copy()
    for s in range(ranks - 1):
        sent = [chunks[rank, (rank - s) % ranks].copy() for rank in range(ranks)]
        for rank in range(ranks):
            chunks[(rank + 1) % ranks, (rank - s) % ranks] += sent[rank]
    return chunks


def hand_round(chunks: np.ndarray) -> np.ndarray:
    ranks = len(chunks)
    chunks = chunks.copy()
    for s in range(ranks - 1):
        sent = [chunks[rank, (rank + 1 - s) % ranks].copy() for rank in range(ranks)]
        for rank in range(ranks):
            chunks[(rank + 1) % ranks, (rank + 1 - s) % ranks] = sent[rank]
    return chunks


def numbers_sent(p: int, n: int) -> int:
    return 2 * (p - 1) * (n // p)
