"""The stand-in's ``cupy.ndarray``: opaque, over NumPy, and as unwilling as the real one.

It is not a ``numpy.ndarray``. It refuses NumPy arrays as operands and as indices, conversion by
``np.asarray``, every keyword that CuPy's method lacks, and it keeps 0-d results on the device. New
arrays are row-major where CuPy's are. In two places it is stricter than CuPy: host arrays as indices
and as values to assign are refused, where CuPy would silently copy them.
"""
from __future__ import annotations

import json
import operator
import weakref
from pathlib import Path
from typing import Any, Callable

import numpy as np

from .cuda import allocate
from .monitor import monitor

PINNED: weakref.WeakValueDictionary[int, np.ndarray] = weakref.WeakValueDictionary()
#: What CuPy leaves to cuBLAS for floats, and cuBLAS' handle refuses while a stream is captured.
PRODUCTS = {"matmul", "dot", "vdot", "inner", "tensordot", "einsum", "__matmul__", "ndarray.dot"}
NAMES = json.loads((Path(__file__).parents[1] / "cupy_names.json").read_text(encoding="utf-8"))["names"]
SCALARS = (bool, int, float, np.bool_, np.integer, np.floating)
GIVES_HOST_SHAPE = {"nonzero", "argwhere", "flatnonzero", "unique", "compress", "extract"}   # must wait


class Flags:
    """What ``ndarray.flags`` of CuPy tells; it has no ``writeable``."""

    def __init__(self, flags: Any) -> None:
        self.c_contiguous, self.f_contiguous, self.owndata = \
            flags.c_contiguous, flags.f_contiguous, flags.owndata


class Pointer:
    """``ndarray.data``: where the memory begins. Here it is the host's own memory."""

    def __init__(self, host: np.ndarray) -> None:
        self.ptr = host.__array_interface__["data"][0]


class FakeDevice:
    """``ndarray.device``."""

    id = 0


def arguments(what: str, allowed: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """TypeError for more positional arguments, or other keywords, than the real CuPy takes."""
    if not isinstance(allowed, list):
        return
    names = [name.rstrip("=") for name in allowed]
    if any(name.startswith("**") for name in names):
        return
    unknown = [key for key in kwargs if key not in names]
    if unknown:
        raise TypeError(f"{what}() got an unexpected keyword argument {unknown[0]!r}")
    if len(args) > len(names) and not any(name.startswith("*") for name in names):
        raise TypeError(f"{what}() takes at most {len(names)} positional arguments, {len(args)} given")


def unwrapped(value: Any, what: str) -> Any:
    """The host memory of a device array; scalars as they are; TypeError for arrays of the host."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"{what}: Unsupported type {type(value)}: a NumPy array of shape {value.shape} "
                        "beside CuPy arrays")
    if isinstance(value, (tuple, list)):
        return type(value)(unwrapped(v, what) for v in value)
    return value


def wrapped(result: Any, sources: tuple[Any, ...] = (), row_major: bool = False) -> Any:
    """A result of NumPy as a device array; a view keeps its base, a new array may become row-major."""
    if isinstance(result, (tuple, list)):           # also NumPy's named tuples, as CuPy's plain ones
        kind = list if isinstance(result, list) else tuple
        return kind(wrapped(r, sources, row_major) for r in result)
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    host = np.asarray(result)
    for source in sources:
        if isinstance(source, ndarray) and host.base is not None and np.may_share_memory(host, source._host):
            if isinstance(host.base, np.ndarray):       # CuPy's diagonal can be written, NumPy's cannot
                host.flags.writeable = source._host.flags.writeable
            return ndarray._of(host, source if source.base is None else source.base)
    if row_major and not host.flags.c_contiguous:
        host = np.ascontiguousarray(host)
    return ndarray._of(host, None)


def compute(function: Callable[..., Any], what: str, args: tuple[Any, ...], kwargs: dict[str, Any],
            row_major: bool = True) -> Any:
    """``function`` of NumPy on the arrays' memory: one launch, unless the result is a view."""
    host_args, host_kwargs = unwrapped(args, what), {k: unwrapped(v, what) for k, v in kwargs.items()}
    sources = tuple(flattened(args))
    arrays = [x for x in sources if isinstance(x, ndarray)]
    if what in PRODUCTS and len(arrays) > 1 and all(x.dtype.kind == "f" for x in arrays):
        monitor.product(what)
    given = kwargs.get("out")
    given = given[0] if isinstance(given, tuple) else given
    if given is not None:
        monitor.launch(lambda: function(*host_args, **host_kwargs))
        return given
    if monitor.recorded is None:
        result = function(*host_args, **host_kwargs)
    else:                                       # for its shape and dtype: the values are not there yet
        with np.errstate(all="ignore"):
            result = function(*host_args, **host_kwargs)
    out = wrapped(result, sources, row_major)
    if not (isinstance(out, ndarray) and out.base is not None):
        def again() -> None:
            _overwrite(out, function(*host_args, **host_kwargs))
        monitor.computed(again)
    return out


def _overwrite(out: Any, result: Any) -> None:
    if isinstance(out, ndarray):
        out._host[...] = result
    elif isinstance(out, (tuple, list)):
        for part, value in zip(out, result):
            _overwrite(part, value)


def copy_from(out: ndarray, source: np.ndarray) -> None:
    """From pageable memory at once, from pinned memory when the device gets to it."""
    if any(source is array for array in PINNED.values()):
        monitor.later(lambda: out._memory.__setitem__(..., source))
    else:
        out._memory[...] = source


def empty_pinned(shape: Any, dtype: Any = float, order: str = "C") -> np.ndarray:
    """``cupyx.empty_pinned``: an array of the host that copies are made from while the host goes on."""
    out = np.empty(shape, dtype, order)         # type: ignore[call-overload]
    PINNED[id(out)] = out
    return out


def flattened(args: Any) -> Any:
    """All values inside of nested tuples and lists."""
    for value in args:
        if isinstance(value, (tuple, list)):
            yield from flattened(value)
        else:
            yield value


class ndarray:
    """An array on the stand-in's device. Created by the module's functions, never directly."""

    __slots__ = ("_memory", "base", "__weakref__")
    __hash__ = None         # type: ignore[assignment]
    _memory: np.ndarray
    base: Any

    @property
    def _host(self) -> np.ndarray:
        """What the memory holds, once the copies that are under way have arrived."""
        if monitor.pending:
            monitor.arrive()
        return self._memory

    @classmethod
    def _of(cls, host: np.ndarray, base: Any) -> ndarray:
        if base is None:
            allocate(host.nbytes)
        out = cls.__new__(cls)
        out._memory, out.base = host, base
        return out

    # ── what it is ────────────────────────────────────────────────────────────────────────────

    shape = property(lambda self: self._memory.shape)
    dtype = property(lambda self: self._memory.dtype)
    ndim = property(lambda self: self._memory.ndim)
    size = property(lambda self: self._memory.size)
    nbytes = property(lambda self: self._memory.nbytes)
    itemsize = property(lambda self: self._memory.itemsize)
    strides = property(lambda self: self._memory.strides)
    flags = property(lambda self: Flags(self._memory.flags))
    data = property(lambda self: Pointer(self._memory))
    device = property(lambda self: FakeDevice())
    T = property(lambda self: wrapped(self._host.T, (self,)))
    real = property(lambda self: self)
    __cuda_array_interface__ = property(lambda self: {"shape": self.shape})

    def __len__(self) -> int:
        return len(self._memory)

    def __repr__(self) -> str:
        monitor.wait("repr()")
        return repr(self._host)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    # ── to the host: every one of them waits ──────────────────────────────────────────────────

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> Any:
        monitor.wait("get()")
        if out is not None:
            out[...] = self._host
            return out
        return self._host.copy(order)

    def item(self, *args: int) -> Any:
        monitor.wait("item()")
        return self._host.item(*args)

    def tolist(self) -> Any:
        monitor.wait("tolist()")
        return self._host.tolist()

    def __bool__(self) -> bool:
        monitor.wait("bool()")
        return bool(self._host)

    def __int__(self) -> int:
        monitor.wait("int()")
        return int(self._host)

    def __float__(self) -> float:
        monitor.wait("float()")
        return float(self._host)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to "
                        "construct a NumPy array explicitly.")

    # ── from the host ─────────────────────────────────────────────────────────────────────────

    def set(self, arr: np.ndarray, stream: Any = None) -> None:
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {arr.shape}")
        if not (self.flags.c_contiguous or self.flags.f_contiguous):
            raise RuntimeError("Cannot set to non-contiguous array")
        monitor.upload("set()")
        copy_from(self, arr)

    # ── changes in place ──────────────────────────────────────────────────────────────────────

    def fill(self, value: Any) -> None:
        value = unwrapped(value, "fill")
        monitor.launch(lambda: self._host.fill(value))

    def __setitem__(self, index: Any, value: Any) -> None:
        index, value = _index(index), unwrapped(value, "assignment")
        if isinstance(value, list):
            raise TypeError("assignment: a list of the host")
        monitor.launch(lambda: self._host.__setitem__(index, value))

    def scatter_add(self, slices: Any, value: Any) -> None:
        index, value = _index(slices), unwrapped(value, "scatter_add")
        monitor.launch(lambda: np.add.at(self._host, index, value))

    # ── reading parts ─────────────────────────────────────────────────────────────────────────

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(p, ndarray) and p.dtype.kind == "b" for p in parts):
            monitor.wait("indexing by a boolean mask")
        host_index = _index(index)
        result = self._host[host_index]
        if isinstance(result, np.generic):              # also a single entry stays a view
            result = self._host[(*(host_index if isinstance(host_index, tuple) else (host_index,)),
                                 Ellipsis)]
        out = wrapped(result, (self,))
        if out.base is None:
            monitor.computed(lambda: out._host.__setitem__(..., self._host[host_index]))
        return out

    # ── NumPy's functions, called on a device array ───────────────────────────────────────────

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        import cupy
        if "out" in kwargs and isinstance(kwargs["out"], tuple):
            (kwargs["out"],) = kwargs["out"]
        function = getattr(cupy, ufunc.__name__, None)
        if function is None:
            return NotImplemented
        if method != "__call__":
            function = getattr(function, method)
        known = (ndarray, np.ndarray, *SCALARS)
        if not all(isinstance(x, known) for x in inputs):
            return NotImplemented
        if ufunc.__name__ in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"):
            inputs = tuple(x.item() if isinstance(x, np.ndarray) and x.ndim == 0 else x for x in inputs)
        return function(*inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        import cupy
        module: Any = cupy
        for part in func.__module__.split(".")[1:]:
            module = getattr(module, part, None)
        function = getattr(module, func.__name__, None)
        if function is None or function is func or not all(issubclass(t, (ndarray, np.ndarray))
                                                           for t in types):
            return NotImplemented
        return function(*args, **kwargs)


def _index(index: Any) -> Any:
    """An index with device arrays as NumPy sees them; TypeError for arrays and lists of the host."""
    if isinstance(index, tuple):
        return tuple(_index(p) for p in index)
    if isinstance(index, ndarray):
        return index._host if index.ndim or index.dtype.kind == "b" else index._host[()]
    if isinstance(index, (np.ndarray, list)):
        raise TypeError(f"index: a {type(index).__name__} of the host; CuPy would copy it each time")
    return index


def _method(name: str) -> Callable[..., Any]:
    allowed = NAMES["cupy.ndarray"][name]
    function = getattr(np.ndarray, name)

    def method(self: ndarray, *args: Any, **kwargs: Any) -> Any:
        arguments(f"ndarray.{name}", allowed, args, kwargs)
        if name in ("sort", "argsort") and kwargs.get("kind") not in (None, "stable"):
            raise ValueError("kind can only be None or 'stable'")
        if name in GIVES_HOST_SHAPE:
            monitor.wait(f"{name}()")
        kept = name in ("copy", "astype")               # these say themselves which order
        if name == "astype" and kwargs.get("copy") is False and self.dtype == np.dtype(args[0]):
            return self
        return compute(function, f"ndarray.{name}", (self, *args), kwargs, row_major=not kept)
    method.__name__ = name
    return method


for _name, _allowed in NAMES["cupy.ndarray"].items():
    if not _name.startswith("_") and not hasattr(ndarray, _name) \
            and callable(getattr(np.ndarray, _name, None)):
        setattr(ndarray, _name, _method(_name))


def _operator(name: str, function: Callable[..., Any], swapped: bool) -> Callable[..., Any]:
    def method(self: ndarray, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            raise TypeError(f"Unsupported type {type(other)}")
        if not isinstance(other, (ndarray, *SCALARS)):
            return NotImplemented
        pair = (other, self) if swapped else (self, other)
        return compute(function, name, pair, {})
    return method


def _in_place(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: ndarray, other: Any) -> Any:
        if not isinstance(other, (ndarray, *SCALARS)):
            raise TypeError(f"{name}: Unsupported type {type(other)}")
        value = unwrapped(other, name)
        if name == "__imatmul__":
            monitor.product(name)
        monitor.launch(lambda: function(self._host, value))
        return self
    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor",
              "lshift", "rshift", "lt", "le", "gt", "ge", "eq", "ne"):
    _function = getattr(operator, _name + "_" if _name in ("and", "or") else _name)
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__", _function, False))
    if _name not in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(ndarray, f"__r{_name}__", _operator(f"__r{_name}__", _function, True))
        setattr(ndarray, f"__i{_name}__", _in_place(f"__i{_name}__", getattr(operator, f"i{_name}")))
for _name in ("neg", "pos", "abs", "invert"):
    _function = getattr(operator, _name)
    setattr(ndarray, f"__{_name}__",
            lambda self, _f=_function, _n=_name: compute(_f, _n, (self,), {}))

ndarray.__module__ = "cupy"
