"""The stand-in's functions: those of CuPy, no others, with CuPy's arguments, computed by NumPy."""
from __future__ import annotations

from types import ModuleType
from typing import Any, Callable

import numpy as np

from .array import (GIVES_HOST_SHAPE, NAMES, SCALARS, arguments, compute, copy_from, ndarray, unwrapped,
                    wrapped)
from .monitor import monitor

FROM_HOST = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray"}
JOINS = {"concatenate", "stack", "vstack", "hstack", "dstack", "column_stack"}      # upload pointers
KEEP_ORDER = {"empty_like", "zeros_like", "ones_like", "full_like", "copy"} | FROM_HOST
SCATTERS = {"add": "int32 int64 uint32 uint64 float16 float32 float64".split(),
            "maximum": "int32 int64 uint32 uint64 float32 float64".split(),
            "minimum": "int32 int64 uint32 uint64 float32 float64".split(),
            "subtract": ["int32", "uint32"]}


class ufunc:
    """CuPy's ufunc: ``out``, ``dtype`` and ``casting`` only; ``where`` is refused."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self._numpy = getattr(np, name)
        self.nin = self._numpy.nin

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        wrong = set(kwargs) - {"out", "dtype", "casting"}
        if wrong:
            raise TypeError(f"Wrong arguments {sorted(wrong)} for {self.__name__}")
        for x in args:
            if not isinstance(x, (ndarray, *SCALARS)):
                raise TypeError(f"{self.__name__}: Unsupported type {type(x)}")
        return compute(self._numpy, self.__name__, args, kwargs)

    def at(self, a: ndarray, indices: Any, b: Any = None) -> None:
        if str(a.dtype) not in SCATTERS.get(self.__name__, ()):
            raise NotImplementedError(f"`{self.__name__}.at` is not supported for {a.dtype}")
        from .array import _index
        index, value = _index(indices), unwrapped(b, "at")
        monitor.launch(lambda: self._numpy.at(a._host, index, value))

    def reduce(self, array: ndarray, axis: Any = 0, dtype: Any = None, out: Any = None,
               keepdims: bool = False) -> Any:
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`cupy_{self.__name__}.reduce` is not supported yet")
        return compute(self._numpy.reduce, "reduce", (array, axis, dtype), {"keepdims": keepdims})

    def accumulate(self, array: ndarray, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`cupy_{self.__name__}.accumulate` is not supported yet")
        return compute(self._numpy.accumulate, "accumulate", (array, axis, dtype), {})


def function(name: str, allowed: Any, numpy_function: Callable[..., Any]) -> Callable[..., Any]:
    """CuPy's function of that name."""
    def call(*args: Any, **kwargs: Any) -> Any:
        arguments(name, allowed, args, kwargs)
        if name in FROM_HOST:
            return _from_host(name, numpy_function, args, kwargs)
        if name in GIVES_HOST_SHAPE or name == "where" and len(args) + len(kwargs) == 1:
            monitor.wait(f"{name}()")
        if name in JOINS and _sends_pointers(args[0]):
            monitor.upload(f"{name}() of more than eight arrays, which sends a table of pointers,")
        if name in ("sort", "argsort") and kwargs.get("kind") not in (None, "stable"):
            raise ValueError("kind can only be None or 'stable'")
        if name == "repeat" and isinstance(args[1], ndarray):
            raise ValueError("cupy.ndarray cannot be specified as `repeats` argument.")
        if name in ("allclose", "array_equal", "isclose"):          # 0-d, on the device
            out = compute(numpy_function, name, args, kwargs)
            return out if isinstance(out, ndarray) else wrapped(np.asarray(out))
        out = compute(numpy_function, name, args, kwargs, row_major=name not in KEEP_ORDER)
        monitor.launches -= name in ("empty", "empty_like")         # memory alone is no launch
        return out
    call.__name__ = name
    return call


def _sends_pointers(arrays: Any) -> bool:
    """Whether CuPy joins the arrays in one kernel, as it does with many small ones."""
    return (len(arrays) > 8 and len({x.dtype for x in arrays}) == 1
            and sum(x.nbytes for x in arrays) < (2 << 20) * len(arrays))


def _from_host(name: str, numpy_function: Callable[..., Any], args: tuple[Any, ...],
               kwargs: dict[str, Any]) -> Any:
    source, rest = args[0], args[1:]
    if isinstance(source, ndarray):
        result = numpy_function(source._host, *rest, **kwargs)
        if result is source._host:
            return source
        return compute(numpy_function, name, args, kwargs, row_major=False)
    if isinstance(source, (list, tuple)) and any(isinstance(x, ndarray) for x in source):
        return compute(numpy_function, name, args, kwargs)
    blocking = kwargs.pop("blocking", False)
    found = np.array(numpy_function(source, *rest, **kwargs))
    if not found.ndim:                                  # a number travels with the launch that fills it
        out = wrapped(found)
        monitor.computed(lambda: out._host.fill(found[()]))
        return out
    monitor.upload(f"{name}() of a {type(source).__name__}")
    out = wrapped(np.empty_like(found))
    copy_from(out, source if isinstance(source, np.ndarray) and source.dtype == found.dtype else found)
    if blocking:
        monitor.synchronize(f"{name}(blocking=True)")
    return out


def fill(module: ModuleType, table: dict[str, Any], library: Any) -> None:
    """Give ``module`` every name of the snapshot that ``library`` (a part of NumPy) has, too."""
    for name, allowed in table.items():
        known = getattr(library, name, None)
        if hasattr(module, name) or known is None or isinstance(known, ModuleType):
            continue
        if isinstance(known, np.ufunc):
            setattr(module, name, ufunc(name))
        elif isinstance(known, type) or not callable(known):
            setattr(module, name, known)            # dtypes, constants
        else:
            setattr(module, name, function(name, allowed, known))


def asnumpy(a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> Any:
    """A copy on the host."""
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def scatter_add(a: ndarray, slices: Any, value: Any) -> None:
    """``cupyx.scatter_add``."""
    a.scatter_add(slices, value)


def names_of(part: str) -> dict[str, Any]:
    """The snapshot's names of a module."""
    return NAMES[part]
