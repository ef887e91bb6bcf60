"""Arrays as text: the brackets of their shape, and numbers that end below each other."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .layout import Block

NOTHING = 1e-15                 # what rounding leaves of 0
LARGEST = 9                     # an array with more rows or columns is not shown whole


def fits(array: np.ndarray) -> bool:
    """Whether an array is small enough to be shown whole."""
    if array.ndim <= 2 or not array.size:
        return bool(array.size == 0 or max(array.shape, default=0) <= LARGEST)
    return array.size <= 48 and array.shape[-1] <= LARGEST and array.size // array.shape[-1] <= 16


def decimals(arrays: Sequence[np.ndarray]) -> int:
    """How many digits after the point show these arrays, and tell them apart: 0 to 8."""
    numbers = np.concatenate([np.ravel(np.asarray(a, float)) for a in arrays] or [np.zeros(0)])
    numbers = numbers[np.isfinite(numbers)]
    for digits in range(5):
        if np.allclose(numbers, np.round(numbers, digits), rtol=0, atol=1e-9):
            return digits
    return 4


def array_lines(array: Any, digits: int | None = None) -> list[str]:
    """The lines of an array, with the brackets of its shape; numbers of a column end below each other."""
    array = np.asarray(array)
    if array.dtype.kind == "b":
        array = array.astype(int)
    if array.dtype.kind not in "if":
        return [str(array)]
    digits = decimals([array]) if digits is None else digits
    width = max((len(number_text(number, digits)) for number in array.ravel()), default=0)
    text = np.array2string(
        array, formatter={"all": lambda number: number_text(number, digits).rjust(width)},  # type: ignore
        max_line_width=10_000, threshold=10_000)
    return [line.rstrip() for line in text.splitlines()]


def number_text(number: float, digits: int) -> str:
    """One number; a very large or very small one as 1.2e+09. No minus zero."""
    value = float(number)
    value = 0.0 if abs(value) < NOTHING else value
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else "inf" if value > 0 else "-inf"
    if value and (abs(value) >= 1e7 or digits and abs(value) < 0.5 * 10.0 ** -digits):
        return f"{value:.3g}"
    return f"{value + 0.0:.{digits}f}" if round(value, digits) else f"{0.0:.{digits}f}"


def value_block(label: str, value: Any, digits: int | None = None) -> Block:
    """A label and an array, number or other value; of a large array the shape only."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "bif":
        alone = 0
        while value.ndim - alone > 2 and value.shape[alone] == 1:
            alone += 1
        if alone and value.size:
            label += f"[{', '.join('0' * alone)}]"              # x[0, 0]: the one image, its one channel
            value = value.reshape(value.shape[alone:])
        if not fits(value):
            return label, [f"shape {value.shape}"]
        return label, array_lines(value, digits)
    if isinstance(value, (float, np.floating)):
        return label, array_lines(np.asarray(float(value)), digits)
    return label, [str(value)]
