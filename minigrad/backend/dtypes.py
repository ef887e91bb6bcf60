"""Element types, and PyTorch's rules for mixing them.

NumPy widens ``int64 + float32`` to float64; PyTorch answers float32, and a Python scalar or a
0-d tensor never widens a tensor of the same kind. ``result_type`` follows PyTorch on every NumPy.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DTypeError

DType = np.dtype[Any]

float16: DType = np.dtype(np.float16)
float32: DType = np.dtype(np.float32)
float64: DType = np.dtype(np.float64)
int8: DType = np.dtype(np.int8)
int16: DType = np.dtype(np.int16)
int32: DType = np.dtype(np.int32)
int64: DType = np.dtype(np.int64)
uint8: DType = np.dtype(np.uint8)
bool_: DType = np.dtype(np.bool_)


class MissingDType:
    """A dtype of PyTorch's that NumPy lacks: it may be named, and raises DTypeError when it is used.

    >>> try:
    ...     minigrad.zeros(2, dtype=minigrad.bfloat16)
    ... except minigrad.errors.DTypeError as error:
    ...     print(error)
    bfloat16: NumPy has no such numbers, and so minigrad has none. Use float16, or float32.
    """

    def __init__(self, name: str, instead: str) -> None:
        self.name, self.instead = name, instead

    @property
    def dtype(self) -> DType:
        """NumPy asks for it to learn which dtype this is."""
        raise DTypeError(f"{self.name}: NumPy has no such numbers, and so minigrad has none. Use "
                         f"{self.instead}.")

    def __repr__(self) -> str:
        return f"minigrad.{self.name}"


bfloat16 = MissingDType("bfloat16", "float16, or float32")
complex64 = MissingDType("complex64", "two real tensors")
complex128 = MissingDType("complex128", "two real tensors")

# Boolean < integer < floating: the order in which PyTorch ranks kinds.
_KIND = {"b": 0, "u": 1, "i": 1, "f": 2}
_default: list[DType] = [float32]


def default_dtype() -> DType:
    """The dtype of a float that has none of its own: float32 unless ``set_default_dtype`` was called.

    >>> minigrad.get_default_dtype()
    dtype('float32')
    """
    return _default[0]


def set_default_dtype(dtype: Any) -> None:
    """Make ``dtype`` (float16, float32 or float64) the dtype of new floating tensors.

    Raises TypeError for any other.

    >>> minigrad.set_default_dtype(minigrad.float64)
    >>> x = minigrad.tensor([1.0])
    >>> minigrad.set_default_dtype(minigrad.float32)
    >>> x.dtype
    dtype('float64')
    """
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"set_default_dtype: expected a floating dtype, got {np.dtype(dtype)}.")
    _default[0] = np.dtype(dtype)


def native(dtype: Any) -> DType:
    """``dtype`` in this machine's byte order: ``minigrad.float32`` itself, for example."""
    found = dtype.dtype if isinstance(dtype, MissingDType) else np.dtype(dtype)
    return found if found.isnative else np.dtype(found.name)


def require_fitting(operands: Any) -> None:
    """DTypeError for a Python number beyond int64 beside integer tensors: it would silently wrap."""
    for x in operands:
        if type(x) is int and not -1 << 63 <= x < 1 << 63:
            raise DTypeError(f"the number {x} does not fit int64, which holds −2⁶³ to 2⁶³ − 1. Use a "
                             "floating tensor: x.double().")


def scalar_dtype(value: Any) -> DType:
    """The dtype of a Python or NumPy scalar that stands alone: bool, int64, or the default float."""
    if isinstance(value, (bool, np.bool_)):
        return bool_
    return int64 if isinstance(value, (int, np.integer)) else default_dtype()


def promote_types(a: DType, b: DType) -> DType:
    """The dtype that holds both, by PyTorch's table: an integer never widens a float.

    >>> minigrad.promote_types(minigrad.int64, minigrad.float16)
    dtype('float16')
    """
    if a == b:
        return a
    if _KIND[a.kind] != _KIND[b.kind]:
        return a if _KIND[a.kind] > _KIND[b.kind] else b
    return np.promote_types(a, b)


def result_type(*operands: Any) -> DType:
    """The dtype of an operation on arrays and scalars, by PyTorch's rules.

    Arrays with dimensions decide; 0-d arrays, then Python scalars, count only if they are of a
    higher kind (bool < int < float). A NumPy scalar counts as a Python one beside an array; without
    any it is the 0-d result of arithmetic on arrays, and keeps its dtype.
    """
    groups: list[list[DType]] = [[], [], []]     # with dimensions, 0-d, Python scalars
    alone = all(isinstance(x, (bool, int, float, np.generic)) for x in operands)
    for x in operands:
        if alone and isinstance(x, np.generic):
            groups[1].append(x.dtype)
        elif isinstance(x, (bool, int, float, np.generic)):
            groups[2].append(scalar_dtype(x))
        else:
            groups[0 if x.ndim else 1].append(x.dtype)
    result: DType | None = None
    for group in groups:
        if not group:
            continue
        here = group[0]
        for dtype in group[1:]:
            here = promote_types(here, dtype)
        if result is None or _KIND[here.kind] > _KIND[result.kind]:
            result = here
    assert result is not None, "result_type needs at least one operand"
    return native(result)
