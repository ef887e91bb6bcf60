"""Slopes along random directions: two calls of the function for all entries of an input at once.

A direction of random numbers u has the slope Σ gᵢ uᵢ. Entries whose sizes or gradients lie far apart would
hide each other in that sum, so that each order of magnitude has directions of its own. Where a direction
fails, a grid of entries is measured. If most of them are right, the entries are halved, and halved again,
down to those that a direction fails for. If these are right as well, each is off by less than its tolerance,
but all to the same side: directions through small parts then have to be off by less than the sum of
tolerances.
"""
from __future__ import annotations

from typing import Any, Iterator, NamedTuple

import numpy as np

from .options import Clock
from .slopes import STEP, Line

MANY = 1_000                # entries; above, directions come first
BUDGET = 600                # calls of f that a search for wrong entries may take
SHARE = 0.03                # of rtol: the errors of many entries cancel, that of a single one has to be seen
BEAM = 5                    # parts that are looked into further: so many wrong entries are all found
SAMPLE = 81                 # entries that are measured where more are wrong
FEW = 36                    # at further points, where an explanation has to hold
PART = 200                  # entries of a small part
PARTS = 3                   # of those that fail, so many are measured

# The steps, as multiples of the first, and how well L has to follow them. The large ones are for slopes that
# rounding hides at the small ones.
LADDER = ((1.0, 0.0), (0.125, 0.0), (500.0, 1e-3), (5000.0, 1e-2))


class Look(NamedTuple):
    """Entries to measure, and when that is enough."""

    entries: np.ndarray
    sampled: bool                   # more may be wrong than are among these
    share: float                    # of those measured: if more than that are wrong, no other look is needed


def sample(shape: tuple[int, ...], count: int = SAMPLE) -> np.ndarray:
    """A grid of entries with the same places along equal axes, which swapped and reversed is itself."""
    mask = np.zeros(shape, bool)
    each = max(2, int(count ** (1 / max(1, sum(n > 1 for n in shape)))))
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


class Search:
    """Compares one input along ``count`` directions for each order of magnitude; finds entries that fail."""

    def __init__(self, line: Line, gradient: np.ndarray, clock: Clock, count: int = 3) -> None:
        self.line, self.gradient, self.clock = line, gradient, clock
        self.random = np.random.default_rng([clock.options.seed, 314])
        self.calls = 0
        self.failed: list[np.ndarray] = []
        self.unknown = np.zeros(line.x.shape, bool)     # their slopes are smaller than what rounding hides
        blocks = list(_blocks(line.x, gradient))
        self.directions = count * len(blocks)
        with clock.bar("directions", BUDGET, "call") as self.bar:
            for block in blocks:
                verdicts = [self.agrees(block) for _ in range(count)]
                if not all(v is not False for v in verdicts):
                    self.failed.append(block)
                elif None in verdicts:
                    self.unknown.flat[block] = True
        self.passed = not self.failed and (not self.unknown.all() or not self.unknown.size)

    def looks(self) -> Iterator[Look]:
        """What to measure, one after the other, until wrong entries are found."""
        if not self.failed:                         # no direction shows anything: perhaps a single entry does
            yield Look(self.unknown & (not self.passed), False, 0)
            return
        grid = sample(self.line.x.shape)
        yield Look(grid, True, 0.5)
        with self.clock.bar("directions", BUDGET, "call") as self.bar:
            found, all_found = self.halved()
        yield Look(self._mask(found) | (grid & (not all_found)), not all_found, 0)
        if not all_found:
            parts = np.array_split(np.arange(grid.size), -(-grid.size // PART))
            with self.clock.bar("directions", 2 * len(parts), "call") as self.bar:
                bad = [part for part in parts if self.clock.out or self.agrees(part, of_sum=True) is False]
            for part in bad[:PARTS]:
                yield Look(self._mask(part), True, 0)
            yield Look(np.full(grid.shape, bool(bad)), False, 0)

    def _mask(self, entries: Any) -> np.ndarray:
        mask = np.zeros(self.line.x.shape, bool)
        mask.flat[np.asarray(entries, int)] = True
        return mask

    @property
    def ended(self) -> bool:
        """Whether a search has taken all the calls or the time that it may."""
        return self.calls > BUDGET or self.clock.out

    def agrees(self, entries: np.ndarray, of_sum: bool = False) -> bool | None:
        """Whether L moves as the gradient says; None where rounding hides it at every step.

        ``of_sum``: it may be off by as much as if each entry were, to the same side.
        """
        options = self.clock.options
        x, gradient = self.line.x.ravel()[entries], self.gradient.ravel()[entries]
        unit = (options.eps or STEP) * np.maximum(1.0, np.abs(x)) * self.random.standard_normal(entries.size)
        atol = 1e-7 if options.atol is None else options.atol
        failed = False
        for factor, rtol in LADDER:
            if failed and factor > 1:
                break
            step = np.zeros(self.line.x.size)
            step[entries] = factor * unit
            distance = (x + step[entries]) - (x - step[entries])
            self.calls += 2
            self.bar.update(2)
            change, _, _ = self.line.along(step.reshape(self.line.x.shape))
            parts = gradient * distance
            rounding = 2 * self.line.noise(1.0, self.line.size)
            size, absolute = float(np.linalg.norm(parts)), atol * float(np.linalg.norm(distance))
            if rounding > 1e-2 * size + absolute:
                continue
            allowed = max(rtol, SHARE * options.rtol) * size + absolute
            if of_sum:
                allowed = max(allowed, options.rtol * float(np.sum(np.abs(parts))) + atol * float(
                    np.sum(np.abs(distance))))
            if abs(change - float(np.sum(parts))) <= allowed + rounding:
                return True
            failed = True
        return False if failed else None

    def halved(self) -> tuple[list[int], bool]:
        """The entries that a direction fails for, ``BEAM`` of them at most, and whether those are all."""
        failed, complete = self.failed, True
        while any(part.size > 1 for part in failed) and not self.ended:
            complete &= len(failed) <= BEAM
            halves = [half for part in failed[:BEAM] for half in np.array_split(part, min(2, part.size))]
            failed = [half for half in halves if self.agrees(half) is False or self.agrees(half) is False]
        complete &= 0 < len(failed) <= BEAM and not self.ended
        return [int(part[0]) for part in failed[:BEAM]], complete
