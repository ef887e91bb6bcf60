"""How exactly float32 matrices are multiplied: in full, or rounded to TF32 for the tensor cores."""
from __future__ import annotations

from . import cublas

_names = {"highest": cublas.COMPUTE_32F, "high": cublas.COMPUTE_TF32}


def set_float32_matmul_precision(precision: str) -> None:
    """"highest" (the default): float32 throughout. "high": factors rounded to TF32, sums in float32.

    TF32 keeps 10 bits of the 23 behind the point, about three decimal digits, and is several times
    faster on GPUs from 2020 on. PyTorch's name for it. Raises ValueError for another word.

    >>> minigrad.cuda.set_float32_matmul_precision("highest")
    >>> minigrad.cuda.get_float32_matmul_precision()
    'highest'
    """
    if precision not in _names:
        raise ValueError(f"set_float32_matmul_precision: expected 'highest' or 'high', got {precision!r}.")
    cublas.precision["float32"] = _names[precision]


def get_float32_matmul_precision() -> str:
    """What ``set_float32_matmul_precision`` was called with: "highest" or "high".

    >>> minigrad.cuda.get_float32_matmul_precision()
    'highest'
    """
    return next(name for name, kind in _names.items() if kind == cublas.precision["float32"])
