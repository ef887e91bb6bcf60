"""Exercise 34: ring all-reduce, on simulated ranks.

p processes, the ranks, train one network. Each has a gradient, and all need the sum. In a ring,
rank r sends to rank r + 1 only, and the last one to rank 0. The n numbers of each rank are cut
into p chunks of the same size; chunk k of rank r is chunks[r, k].

First p − 1 steps that add up. In step s = 0, 1, … every rank r sends its chunk (r − s) mod p to
the right, all at the same time, and *adds* the chunk that comes from the left to its own with the
same number. After these, rank r has one complete chunk: number (r + 1) mod p.

Then p − 1 steps that hand round. In step s rank r sends its chunk (r + 1 − s) mod p to the right,
and *replaces* its own by the one that comes from the left.

At the same time: what a rank sends in a step is what it had before the step. Only one chunk moves
from each rank in each step; so a rank sends 2 (p − 1) chunks of n / p numbers in all.

On paper: p = 2, chunks = [[[1], [2]], [[10], [20]]]. One step that adds: rank 0 sends chunk 0,
rank 1 sends chunk 1: [[[1], [22]], [[11], [20]]]. One that hands round: [[[11], [22]], [[11],
[22]]].

Grade it:  python -m lessons check 34
"""
from __future__ import annotations

import numpy as np


def add_up(chunks: np.ndarray) -> np.ndarray:
    """The chunks after the steps that add up.

    Args:
        chunks: (p, p, m): for each rank its p chunks of m numbers. It stays as it is.

    Returns chunks (p, p, m).

    >>> add_up(np.array([[[1.0], [2.0]], [[10.0], [20.0]]])).tolist()
    [[[1.0], [22.0]], [[11.0], [20.0]]]
    """
    raise NotImplementedError


def hand_round(chunks: np.ndarray) -> np.ndarray:
    """The chunks after the steps that hand round.

    Args:
        chunks: (p, p, m): what ``add_up`` returned. It stays as it is.

    Returns chunks (p, p, m).

    >>> hand_round(np.array([[[1.0], [22.0]], [[11.0], [20.0]]])).tolist()
    [[[11.0], [22.0]], [[11.0], [22.0]]]
    """
    raise NotImplementedError


def numbers_sent(p: int, n: int) -> int:
    """How many numbers each rank sends in all.

    Args:
        p: how many ranks.
        n: how many numbers each rank has; p divides it.

    Returns sent, one number.

    >>> numbers_sent(2, 2)
    2
    """
    raise NotImplementedError
