"""The inputs of an operation brought to one dtype, by PyTorch's rules; and its result as an array of it."""
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..backend.arrays import Array, device_of, is_array, mixed
from ..backend.dtypes import DType, default_dtype, float16, float32, float64, require_fitting, result_type
from ..backend.noting import NotingArray
from ..errors import DTypeError, DeviceError
from .tensor import Tensor

NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"
ndarray = np.ndarray


def promoted(arrays: list[Any], kind: bool | str = True) -> Any:
    """All operands as arrays of one dtype, by PyTorch's rules; a floating one if ``kind`` is "float".

    A tuple instead of a list means NumPy arrays of float16: an operation is better computed ``in_single``.
    """
    if len(arrays) == 2 and type(arrays[0]) is ndarray:
        # The two common cases, without a look at the table of rules.
        first, second = arrays
        dtype = first.dtype
        if dtype is float32 or dtype is float64:
            if type(second) is ndarray:
                if second.dtype is dtype:
                    return arrays
            elif (type(second) is float or type(second) is int) and second:     # −0.0 equals 0.0
                return [first, constant(second, dtype)]
    elif len(arrays) == 1 and type(arrays[0]) is ndarray:
        dtype = arrays[0].dtype
        if dtype is float32 or dtype is float64 or kind != "float" and dtype.kind != "f":
            return arrays
    for x in arrays:
        if not (is_array(x) or isinstance(x, (bool, int, float, np.generic))):
            raise DTypeError(f"expected tensors, arrays or numbers, got {type(x).__name__}.")
    dtype = result_type(*arrays)
    if kind == "float" and dtype.kind != "f":
        dtype = default_dtype()
    if dtype.kind in "iu":
        require_fitting(arrays)
    if any([is_array(x) and not isinstance(x, ndarray) for x in arrays]):
        # On a GPU: a number travels with the launch; as an array it would have to be copied.
        return [x.astype(dtype, copy=False) if is_array(x) else np.asarray(x).astype(dtype)[()]
                for x in arrays]
    if dtype == float16:
        with np.errstate(over="ignore"):
            return tuple([np.asarray(x, dtype) for x in arrays])
    return [np.asarray(x).astype(dtype, copy=False) if dtype.kind in "iu" else     # −1 as uint8 wraps to 255
            np.asarray(x, dtype) for x in arrays]


@lru_cache(maxsize=256)
def constant(value: float, dtype: DType) -> np.ndarray:
    """A number as a read-only 0-d array, made once: NumPy takes longer to convert than to compute."""
    array = np.asarray(value, dtype=dtype)
    array.setflags(write=False)
    return array


def in_single(op: Any, inputs: tuple[Any, ...]) -> Any:
    """The result for float16 inputs: computed in float32 and rounded once, at the end, as in PyTorch.

    Otherwise 1 / 70000 would be 0, and the mean of three 60000 infinite. Both conversions are recorded, so
    the gradient is computed in float32, too.
    """
    wide = [x.to(float32) if isinstance(x, Tensor) else
            x if type(x) is float or type(x) is int else np.asarray(x, float32) for x in inputs]
    if all(type(x) in (int, float) for x in wide):
        wide = [float32.type(x) for x in wide]
    out = op(*wide)
    return out.to(float16) if isinstance(out, Tensor) else np.asarray(out, float16)


def as_result(op: Any, out: Any, arrays: list[Any]) -> Array:
    """The result as an array: NumPy makes scalars of 0-d results, and NumPy 1 widens them beside numbers."""
    if is_array(out) and (out.shape or not NUMPY_1 or isinstance(out, NotingArray)):
        return out
    result = np.asarray(out)
    if NUMPY_1 and result.dtype.kind == "f" and not op.changes_dtype:
        floating = [a.dtype for a in arrays if is_array(a) and a.dtype.kind == "f"]
        if floating:
            result = result.astype(np.result_type(*floating), copy=False)
    op.saved = tuple([result if array is out else array for array in op.saved])
    return result


def device_error(name: str, arrays: list[Any]) -> DeviceError | None:
    """The error for arrays on different devices, or None when they share one."""
    devices = list(dict.fromkeys(device_of(a) for a in arrays if is_array(a)))
    return DeviceError(mixed(name.lower(), devices[0], devices[1])) if len(devices) > 1 else None
