"""The third array library: its arrays note on a tape what is done with them.

An operation is given such an array instead of NumPy's and doesn't notice: operators, NumPy's functions and
methods do what they always do (on a copy of the numbers, so that every shape and dtype is known), and the
tape keeps a record of it. Only a look at a value is refused: the program would go on with what was seen once.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..backend.noting import NotingArray
from .program import Place


class Recorded(NDArrayOperatorsMixin, NotingArray):
    """An array on a tape: the numbers of this one run, and the place that they have in every run."""

    __slots__ = ("tape", "value", "place", "__weakref__")
    __hash__ = object.__hash__

    def __init__(self, tape: Any, value: np.ndarray, place: Place) -> None:
        self.tape, self.value, self.place = tape, value, place

    # ── what is known without a look at the numbers ───────────────────────────────────────────

    shape = property(lambda self: self.value.shape)
    strides = property(lambda self: self.value.strides)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    nbytes = property(lambda self: self.value.nbytes)
    itemsize = property(lambda self: self.value.itemsize)
    flags = property(lambda self: self.value.flags)
    library = property(lambda self: self.tape.library)

    @property
    def base(self) -> Any:
        """Another array with the same memory, or None: enough to tell a view from an array of its own."""
        return self.tape.owner(self)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    # ── what becomes a record ─────────────────────────────────────────────────────────────────

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return self.tape.ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return self.tape.function(function, args, options)

    def __getitem__(self, index: Any) -> Any:
        return self.tape.call(get, (self, index))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.tape.put(self, index, value)

    T = property(lambda self: self.transpose())

    def transpose(self, *axes: Any) -> Any:
        """A view."""
        return self.tape.call(np.ndarray.transpose, (self, *axes))

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """A view; where it can't be one, of a copy."""
        shape = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        if order != "C":
            return self.tape.call(np.reshape, (self, shape), {"order": order})
        if not np.may_share_memory(self.value.reshape(shape), self.value):      # these strides fit no view
            return self.tape.call(np.ndarray.reshape, (self.copy(), shape))
        return self.tape.call(np.ndarray.reshape, (self, shape))

    def astype(self, dtype: Any, order: str = "K", copy: bool = True, **_: Any) -> Any:
        """Entry by entry; itself if the dtype is right and no copy is asked for."""
        if not copy and self.dtype == np.dtype(dtype):
            return self
        return self.tape.copied(self, np.dtype(dtype), order)

    def copy(self, order: str = "C") -> Any:
        """Entry by entry."""
        return self.tape.copied(self, self.dtype, order)

    def fill(self, value: Any) -> None:
        """Every entry becomes ``value``."""
        self.tape.put(self, ..., value)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Σ over ``axis``."""
        return np.add.reduce(self, axis=axis, dtype=dtype, out=out, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Σ / n over ``axis``; of float16 in float32."""
        if self.dtype.kind != "f" or self.dtype.itemsize < 4 or dtype is not None or out is not None:
            return self.tape.call(np.mean, (self,), {"axis": axis, "dtype": dtype, "keepdims": keepdims})
        total = self.sum(axis=axis, keepdims=keepdims)
        return total / self.dtype.type(self.size / total.size if total.size else np.nan)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """The largest over ``axis``."""
        return np.maximum.reduce(self, axis=axis, out=out, keepdims=keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """The smallest over ``axis``."""
        return np.minimum.reduce(self, axis=axis, out=out, keepdims=keepdims)

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Whether one is true."""
        return np.logical_or.reduce(self, axis=axis, out=out, keepdims=keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Whether all are true."""
        return np.logical_and.reduce(self, axis=axis, out=out, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Π over ``axis``."""
        return np.multiply.reduce(self, axis=axis, dtype=dtype, out=out, keepdims=keepdims)

    def clip(self, low: Any = None, high: Any = None, out: Any = None) -> Any:
        """At least ``low``, at most ``high``."""
        z = self if low is None else np.maximum(self, low, out=out)
        return z if high is None else np.minimum(z, high, out=out)

    def __getattr__(self, name: str) -> Any:
        method = getattr(np.ndarray, name)                  # AttributeError as NumPy's
        if not callable(method) or name.startswith("__"):
            raise AttributeError(f"a recorded array has no {name}")
        return lambda *args, **options: self.tape.call(method, (self, *args), options)

    # ── numbers ───────────────────────────────────────────────────────────────────────────────

    def number(self, value: Any) -> Any:
        """``value``, of Python's or an option on the tape, in the dtype of this array."""
        return value.astype(self.dtype) if isinstance(value, Recorded) else self.dtype.type(value)

    def root(self) -> Any:
        """√ of this number."""
        return np.sqrt(self)

    # ── a look at a value ─────────────────────────────────────────────────────────────────────

    def __bool__(self) -> bool:
        return bool(self.tape.looked(self, "if", bool))

    def __float__(self) -> float:
        return float(self.tape.looked(self, "float()", float))

    def __int__(self) -> int:
        return int(self.tape.looked(self, "int()", int))

    def __index__(self) -> int:
        return int(self.tape.looked(self, "an index", int))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self.tape.refusal(f"the values of an array of shape {self.shape} are looked at")

    def item(self, *_: Any) -> Any:
        """Refused."""
        return self.tape.looked(self, "item()", float)

    def tolist(self) -> Any:
        """Refused."""
        raise self.tape.refusal("tolist() looks at values")

    def __repr__(self) -> str:
        return f"Recorded({self.dtype}, {self.shape})"


def get(x: Any, index: Any) -> Any:
    """x[index], as a function that a program can call."""
    return x[index]


def put(x: Any, index: Any, value: Any) -> None:
    """x[index] = value."""
    x[index] = value


class Library:
    """NumPy's names; what makes an array makes one on the tape."""

    def __init__(self, tape: Any) -> None:
        self.tape = tape
        self.lib = np.lib

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def empty(self, shape: Any, dtype: Any = float, order: str = "C") -> Any:
        """Not initialized."""
        return self.tape.fresh(np.empty(shape, dtype, order))   # type: ignore[call-overload]

    def full(self, shape: Any, value: Any, dtype: Any = None) -> Any:
        """Every entry ``value``."""
        out = self.empty(shape, np.asarray(value).dtype if dtype is None else dtype)
        self.tape.put(out, ..., value)
        return out

    def zeros(self, shape: Any, dtype: Any = float) -> Any:
        """Every entry 0."""
        return self.full(shape, 0, dtype)

    def ones(self, shape: Any, dtype: Any = float) -> Any:
        """Every entry 1."""
        return self.full(shape, 1, dtype)

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        """Of what is on the tape a conversion; of anything else NumPy's array."""
        if isinstance(value, Recorded):
            return value if dtype is None else value.astype(dtype, copy=False)
        return np.asarray(value, dtype)
