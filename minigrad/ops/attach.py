"""How an operation becomes a method of Tensor, and how NumPy's argument names are accepted."""
from __future__ import annotations

from functools import wraps
from inspect import signature
from operator import index
from typing import Any, Callable, TypeVar

from ..autograd.tensor import Tensor
from ..errors import RangeError

F = TypeVar("F", bound=Callable[..., Any])


def attach(**methods: Callable[..., Any] | property) -> None:
    """Give Tensor these methods and operators: ``attach(exp=exp, __neg__=neg)``."""
    for name, method in methods.items():
        setattr(Tensor, name, method)


def numpy_names(function: F) -> F:
    """Accept NumPy's ``axis`` and ``keepdims`` for PyTorch's ``dim`` (or ``dims``) and ``keepdim``."""
    own = "dims" if "dims" in signature(function).parameters else "dim"

    @wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        for name, numpy_name in ((own, "axis"), ("keepdim", "keepdims")):
            if numpy_name in kwargs:
                if name in kwargs:
                    raise TypeError(f"{function.__name__}: give {name} or {numpy_name}, not both.")
                kwargs[name] = kwargs.pop(numpy_name)
        return function(*args, **kwargs)
    return renamed  # type: ignore[return-value]


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


def normal_dims(dims: int | tuple[int, ...] | None, ndim: int, name: str) -> tuple[int, ...]:
    """All of ``dims`` counted from the front; None means every dimension."""
    if dims is None:
        return tuple(range(ndim))
    given = tuple(dims) if isinstance(dims, (tuple, list, range)) else (dims,)
    result = tuple(normal_dim(d, ndim, name) for d in given)
    if len(set(result)) != len(result):
        raise RangeError(f"{name}: dim {given} names a dimension twice.")
    return result if ndim else ()
