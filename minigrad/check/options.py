"""What a check is told: tolerances, how long it may take, whether it shows how far it is."""
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Iterable, Iterator

PATIENCE = 2.0              # seconds before a progress bar appears


@dataclass(frozen=True)
class Options:
    """The arguments of ``gradcheck`` that decide how slopes are measured and compared."""

    eps: float | None = None            # the first step; None: 6·10⁻⁶, relative to entries above 1
    rtol: float = 1e-5
    atol: float | None = None           # None: 10⁻⁷, or less where all slopes are small
    nondet_tol: float = 1e-9            # two calls may add up in another order
    fast_mode: bool = False             # random directions first, whatever the size
    time_limit: float | None = None     # seconds
    progress: bool | None = None        # None: a bar on a terminal
    seed: int = 0


class Clock:
    """The time a check has: it ends a loop over entries that takes too long, and shows a bar meanwhile."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.end = float("inf") if options.time_limit is None else time.monotonic() + options.time_limit

    @property
    def out(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.end

    def bar(self, what: str, count: int, unit: str) -> Any:
        """A progress bar, seen only when this takes long."""
        from tqdm import tqdm           # only now: importing minigrad stays quick
        hidden = None if self.options.progress is None else not self.options.progress
        return tqdm(desc=what, total=count, leave=False, delay=PATIENCE, disable=hidden, unit=unit)

    def over(self, entries: Iterable[Any], count: int, what: str) -> Iterator[Any]:
        """The entries, as long as there is time."""
        with self.bar(what, count, "entry") as bar:
            for entry in entries:
                if self.out:
                    return
                yield entry
                bar.update()
