"""Slopes along random directions: two calls of the function for all entries of an input at once.

A direction of random numbers u has the slope Σ gᵢ uᵢ. Entries whose sizes or gradients lie far apart would
hide each other in that sum, so that each order of magnitude has directions of its own. Where a direction
fails, its entries are halved, and halved again, down to the entries that it fails for; where those are more
than a few, some of them, and a grid of others, are measured.
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

# The steps, as multiples of the first, and how well L has to follow them. The large ones are for slopes that
# rounding hides at the small ones.
LADDER = ((1.0, 0.0), (0.125, 0.0), (500.0, 1e-3), (5000.0, 1e-2))


class Sight(NamedTuple):
    """What directions tell of one input."""

    agrees: bool
    directions: int                 # along how many it was compared
    unknown: np.ndarray             # entries whose slope is smaller than what rounding hides
    suspects: np.ndarray            # where to measure
    all_found: bool                 # False: there are more than were looked for


def search(line: Line, gradient: np.ndarray, clock: Clock, count: int = 3) -> Sight:
    """Compare along ``count`` directions for each order of magnitude, and find the entries that fail."""
    unknown, suspects = np.zeros(line.x.size, bool), np.zeros(line.x.size, bool)
    failed, blocks = [], list(_blocks(line.x, gradient))
    with clock.bar("directions", BUDGET, "call") as bar:
        probe = _Probe(line, gradient, clock, bar)
        for block in blocks:
            verdicts = [probe.agrees(block) for _ in range(count)]
            if not all(v is not False for v in verdicts):
                failed.append(block)
            elif None in verdicts:
                unknown[block] = True
        if failed:
            suspects[probe.halved(failed)] = True
    agrees = not failed and (not unknown.all() or not unknown.size)
    if not failed and not agrees:
        suspects = unknown                          # no direction shows anything: perhaps a single entry does
    return Sight(agrees, count * len(blocks), unknown.reshape(line.x.shape), suspects.reshape(line.x.shape),
                 probe.all_found)


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


class _Probe:
    """Directions in some entries of one input."""

    def __init__(self, line: Line, gradient: np.ndarray, clock: Clock, bar: Any) -> None:
        self.line, self.gradient, self.clock, self.bar = line, gradient, clock, bar
        self.random = np.random.default_rng([clock.options.seed, 314])
        self.calls, self.all_found = 0, True

    @property
    def ended(self) -> bool:
        """Whether a search has taken all the calls or the time that it may."""
        return self.calls > BUDGET or self.clock.out

    def agrees(self, entries: np.ndarray) -> bool | None:
        """Whether L moves as the gradient says; None where rounding hides it at every step."""
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
            if abs(change - float(np.sum(parts))) <= max(rtol,
                                                         SHARE * options.rtol) * size + absolute + rounding:
                return True
            failed = True
        return False if failed else None

    def halved(self, failed: list[np.ndarray]) -> list[int]:
        """The entries that a direction fails for, ``BEAM`` of them at most."""
        while any(part.size > 1 for part in failed) and not self.ended:
            self.all_found &= len(failed) <= BEAM
            halves = [half for part in failed[:BEAM] for half in np.array_split(part, min(2, part.size))]
            failed = [half for half in halves if self.agrees(half) is False or self.agrees(half) is False]
        self.all_found &= 0 < len(failed) <= BEAM and not self.ended
        return [int(part[0]) for part in failed[:BEAM]]
