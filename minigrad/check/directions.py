"""Slopes along random directions: two calls of the function for all entries of an input at once.

A direction of random numbers u has the slope Σ gᵢ uᵢ. Entries whose sizes or gradients lie far apart would
hide each other in that sum, so that each order of magnitude has directions of its own. Where a direction
fails, its entries are halved, and halved again, down to the entries that it fails for.
"""
from __future__ import annotations

from typing import Iterator, NamedTuple

import numpy as np

from .options import Options
from .slopes import STEP, Line

MANY = 1_000                # entries; above, directions come first
BUDGET = 600                # calls of f that a search for wrong entries may take
SHARE = 0.03                # of rtol: the errors of many entries cancel, that of a single one has to be seen
SAMPLE = 144                # entries that are measured where too many are wrong to find each

# The steps, as multiples of the first, and how well L has to follow them. The large ones are for slopes that
# rounding hides at the small ones.
LADDER = ((1.0, 0.0), (0.125, 0.0), (500.0, 1e-3), (5000.0, 1e-2))


class Sight(NamedTuple):
    """What directions tell of one input."""

    agrees: bool
    directions: int                 # along how many it was compared
    unknown: np.ndarray             # entries whose slope is smaller than what rounding hides
    suspects: np.ndarray | None     # where to measure; None: too many to tell


def search(line: Line, gradient: np.ndarray, options: Options, count: int = 3) -> Sight:
    """Compare along ``count`` directions for each order of magnitude, and find the entries that fail."""
    random = np.random.default_rng([options.seed, 314])
    probe = _Probe(line, gradient, options, random)
    unknown, failed = np.zeros(line.x.size, bool), []
    blocks = list(_blocks(line.x, gradient))
    for block in blocks:
        verdicts = [probe.agrees(block) for _ in range(count)]
        if not all(v is not False for v in verdicts):
            failed.append(block)
        elif None in verdicts:
            unknown[block] = True
    mask = unknown.reshape(line.x.shape)
    if not failed:
        return Sight(not unknown.all() or not unknown.size, count * len(blocks), mask, mask)
    suspects = np.zeros(line.x.size, bool)
    for block in failed:
        for entry in probe.halved(block):
            suspects[entry] = True
    given_up = probe.calls > BUDGET
    return Sight(False, count * len(blocks), mask, None if given_up else suspects.reshape(line.x.shape))


def sample(shape: tuple[int, ...]) -> np.ndarray:
    """A grid of entries with the same places along equal axes, which swapped and reversed is itself."""
    mask = np.zeros(shape, bool)
    each = max(2, int(SAMPLE ** (1 / max(1, sum(n > 1 for n in shape)))))
    mask[np.ix_(*[np.unique(np.linspace(0, n - 1, min(n, each)).round().astype(int)) for n in shape])] = True
    return mask


def _blocks(x: np.ndarray, gradient: np.ndarray) -> Iterator[np.ndarray]:
    """The flat indices of the entries of like size and like gradient."""
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.floor(np.log10(np.max(np.abs(x), initial=1.0) / np.maximum(1.0, np.abs(x))) / 3)
        steep = np.max(np.abs(gradient), initial=0.0, where=np.isfinite(gradient))
        slope = np.where(gradient == 0, 1e3, np.floor(np.log10(steep / np.abs(gradient)) / 3))
    key = np.nan_to_num(place * 1e6 + slope, nan=1e9, posinf=1e9, neginf=1e9).ravel()
    for value in np.unique(key):
        yield np.flatnonzero(key == value)


class _Probe:
    """Directions in some entries of one input."""

    def __init__(self, line: Line, gradient: np.ndarray, options: Options,
                 random: np.random.Generator) -> None:
        self.line, self.gradient, self.options, self.random = line, gradient, options, random
        self.calls = 0

    def agrees(self, entries: np.ndarray) -> bool | None:
        """Whether L moves as the gradient says; None where rounding hides it at every step."""
        x, options = self.line.x, self.options
        direction = np.zeros(x.size)
        direction[entries] = self.random.standard_normal(entries.size)
        unit = (options.eps or STEP) * np.maximum(1.0, np.abs(x)) * direction.reshape(x.shape)
        atol = 1e-7 if options.atol is None else options.atol
        failed = False
        for factor, rtol in LADDER:
            if failed and factor > 1:
                break
            step = factor * unit
            distance = np.asarray((x + step) - (x - step))
            self.calls += 2
            change, _, _ = self.line.along(step)
            parts = self.gradient * distance
            rounding = 2 * self.line.noise(1.0, self.line.size)
            size, absolute = float(np.linalg.norm(parts)), atol * float(np.linalg.norm(distance))
            if rounding > 1e-2 * size + absolute:
                continue
            if abs(change - float(np.sum(parts))) <= max(rtol,
                                                         SHARE * options.rtol) * size + absolute + rounding:
                return True
            failed = True
        return False if failed else None

    def halved(self, entries: np.ndarray) -> Iterator[int]:
        """The entries that a direction fails for."""
        if self.calls > BUDGET:
            return
        if entries.size == 1:
            yield int(entries[0])
            return
        for half in (entries[:entries.size // 2], entries[entries.size // 2:]):
            if self.agrees(half) is False or self.agrees(half) is False:
                yield from self.halved(half)
