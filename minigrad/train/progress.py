"""The progress bar of a training run."""
from __future__ import annotations

import time
from typing import Any

from tqdm import tqdm

from .run import Means


def progress_bar(what: str, total: int, progress: bool | None, initial: int = 0) -> Any:
    """A progress bar that vanishes when it is done; invisible unless on a terminal."""
    return tqdm(total=total, initial=initial, desc=what, leave=False, unit="batch",
                disable=True if progress is False else None)


def advance(bar: Any, means: Means) -> None:
    """One batch done; the numbers change twice a second, because reading them waits for the GPU."""
    bar.update()
    now = time.monotonic()
    if not bar.disable and now - getattr(bar, "shown", 0) > 0.5:
        bar.shown = now
        bar.set_postfix({k: f"{v:.4f}" for k, v in means.values().items()}, refresh=False)
