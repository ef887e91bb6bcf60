"""Random numbers that are easy on a reader: small integers without 0, or two digits after the point."""
from __future__ import annotations

import numpy as np


def integers(random: np.random.Generator, *shape: int) -> np.ndarray:
    """−3, −2, −1, 1, 2 or 3, as floats. A zero would hide a mistake."""
    return random.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], shape)


def decimals(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Normally distributed, rounded to two digits after the point."""
    return np.round(random.normal(size=shape), 2)


def array(*rows: object) -> np.ndarray:
    """What is written, as floats."""
    return np.array(rows, dtype=np.float64)
