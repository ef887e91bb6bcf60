"""Exercise 34, solved."""
from __future__ import annotations

import numpy as np


def add_up(chunks: np.ndarray) -> np.ndarray:
    p = len(chunks)
    chunks = chunks.copy()
    for s in range(p - 1):
        sent = [chunks[rank, (rank - s) % p].copy() for rank in range(p)]
        for rank in range(p):
            chunks[(rank + 1) % p, (rank - s) % p] += sent[rank]
    return chunks


def hand_round(chunks: np.ndarray) -> np.ndarray:
    p = len(chunks)
    chunks = chunks.copy()
    for s in range(p - 1):
        sent = [chunks[rank, (rank + 1 - s) % p].copy() for rank in range(p)]
        for rank in range(p):
            chunks[(rank + 1) % p, (rank + 1 - s) % p] = sent[rank]
    return chunks


def numbers_sent(p: int, n: int) -> int:
    return 2 * (p - 1) * (n // p)
