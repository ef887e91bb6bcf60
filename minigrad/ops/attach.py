"""What all operations share: becoming methods of Tensor, NumPy's names of arguments, dimensions."""
from __future__ import annotations

from functools import wraps
from inspect import signature
from operator import index
from typing import Any, Callable, TypeVar

from ..autograd.tensor import Tensor
from ..backend.dtypes import float16, float32
from ..errors import RangeError

F = TypeVar("F", bound=Callable[..., Any])


def attach(**methods: Callable[..., Any] | property) -> None:
    """Give Tensor these methods and operators: ``attach(exp=exp, __neg__=neg)``."""
    for name, method in methods.items():
        setattr(Tensor, name, method)


def numpy_names(function: F) -> F:
    """Accept NumPy's ``axis`` and ``keepdims`` for PyTorch's ``dim`` (or ``dims``) and ``keepdim``.

    And ``out=None``, which NumPy adds: ``np.sum(x)`` calls ``x.sum(axis=None, out=None)``.
    """
    own = "dims" if "dims" in signature(function).parameters else "dim"

    @wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            for name, numpy_name in ((own, "axis"), ("keepdim", "keepdims")):
                if numpy_name in kwargs:
                    if name in kwargs:
                        raise TypeError(f"{function.__name__}: give {name} or {numpy_name}, not both.")
                    kwargs[name] = kwargs.pop(numpy_name)
            if kwargs.get("out", 0) is None:
                del kwargs["out"]
        return function(*args, **kwargs)
    return renamed  # type: ignore[return-value]


def in_single(function: F) -> F:
    """Compute float16 inputs in float32 and round the result once: for functions of several operations.

    Each operation does so by itself, but results passed from one to the next would be rounded: the squares of
    [1e4, −1e4, 0] overflow float16, the root of their mean does not.
    """
    def widened(x: Any) -> Any:
        return x.to(float32) if isinstance(x, Tensor) and x._array.dtype is float16 else x

    @wraps(function)
    def computed(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else next((x for x in kwargs.values() if isinstance(x, Tensor)), None)
        if not isinstance(first, Tensor) or first._array.dtype is not float16:
            return function(*args, **kwargs)
        return function(*map(widened, args), **{k: widened(v) for k, v in kwargs.items()}).to(float16)
    return computed  # type: ignore[return-value]


def normal_dim(dim: int, ndim: int, name: str) -> int:
    """``dim`` counted from the front; RangeError names the range when it lies outside."""
    n = max(ndim, 1)
    if type(dim) is not int:
        dim = _as_int(dim, name)
    if not -n <= dim < n:
        raise RangeError(f"{name}: dim must be in [{-n}, {n - 1}] for {ndim} dimensions, got {dim}.")
    return dim % n


def _as_int(dim: Any, name: str) -> int:
    try:
        return index(dim)
    except TypeError:
        raise TypeError(f"{name}: dim must be an int, got {dim!r}.") from None


def normal_dims(dims: int | tuple[int, ...] | None, ndim: int, name: str,
                none_is_all: bool = False) -> tuple[int, ...]:
    """All of ``dims`` counted from the front; None means every dimension, () too with ``none_is_all``."""
    if dims is None:
        return tuple(range(ndim))
    given = tuple(dims) if isinstance(dims, (tuple, list, range)) else (dims,)
    if none_is_all and not given:               # as PyTorch's reductions read dim=()
        return tuple(range(ndim))
    result = tuple(normal_dim(d, ndim, name) for d in given)
    if len(set(result)) != len(result):
        raise RangeError(f"{name}: dim {given} names a dimension twice.")
    return result if ndim else ()


def own_dim(dim: int, ndim: int, name: str) -> int:
    """``normal_dim`` for an operation that a 0-d tensor has no dimension for."""
    if not ndim:
        raise RangeError(f"{name}: dim {dim} of a 0-d tensor, which has no dimensions. Use "
                         "x.reshape(1).")
    return normal_dim(dim, ndim, name)
