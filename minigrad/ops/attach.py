"""What all operations share: becoming methods of Tensor, NumPy's names of arguments, dimensions."""
from __future__ import annotations

import sys
from functools import wraps
from inspect import signature
from operator import index
from textwrap import indent
from typing import Any, Callable, TypeVar

from ..autograd.mode import mode
from ..autograd.tensor import Tensor
from ..backend.dtypes import float16, float32
from ..errors import DTypeError, GraphError, RangeError, ShapeError

F = TypeVar("F", bound=Callable[..., Any])


def attach(**methods: Callable[..., Any] | property) -> None:
    """Give Tensor these methods and operators: ``attach(exp=exp, __neg__=neg)``."""
    for name, method in methods.items():
        setattr(Tensor, name, method)


def numpy_names(function: F) -> F:
    """Accept NumPy's ``axis`` and ``keepdims`` for PyTorch's ``dim`` (or ``dims``) and ``keepdim``.

    And ``input`` for the first argument, and ``out=None``, which NumPy adds: ``np.sum(x)`` calls
    ``x.sum(axis=None, out=None)``.
    """
    own = "dims" if "dims" in signature(function).parameters else "dim"

    @wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if not args and "input" in kwargs:                  # PyTorch's name of the first argument
                args = (kwargs.pop("input"),)
            for name, numpy_name in ((own, "axis"), ("keepdim", "keepdims")):
                if numpy_name in kwargs:
                    if name in kwargs:
                        raise TypeError(f"{function.__name__}: give {name} or {numpy_name}, not both.")
                    kwargs[name] = kwargs.pop(numpy_name)
            if kwargs.get("out") is not None:
                out = kwargs.pop("out")
                _require_apart(function.__name__, out, args)
                z = function(*args, **kwargs)
                if isinstance(out, Tensor) and out.dtype != z.dtype:
                    raise DTypeError(f"{function.__name__}: out is {out.dtype}, but the result {z.dtype}.")
                return written(function.__name__, out, z)
            kwargs.pop("out", None)
        return function(*args, **kwargs)
    return renamed  # type: ignore[return-value]


def written(name: str, out: Any, result: Any) -> Any:
    """PyTorch's ``out=y``: the result is written into the memory of y, or y takes it over if y is empty.

    Raises ShapeError where it does not fit, DTypeError for floats into integers, GraphError for a result that
    is recorded: what is written so has no gradient.
    """
    if out is None:
        return result
    if isinstance(result, tuple):
        if [o.dtype for o in out] != [r.dtype for r in result]:
            raise DTypeError(f"{name}: out must have the dtypes {[str(r.dtype) for r in result]}.")
        return type(result)(*(written(name, o, r) for o, r in zip(out, result)))
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}: out must be a tensor, got {type(out).__name__}.")
    if result.requires_grad or out.requires_grad and mode.grad:
        raise GraphError(f"{name}: out= writes numbers alone, and a tensor here requires a gradient. Drop "
                         "out=, or compute inside minigrad.no_grad().")
    if result.dtype.kind == "f" and out.dtype.kind != "f":
        raise DTypeError(f"{name}: a result of dtype {result.dtype} does not fit out, which is {out.dtype}.")
    if out.shape != result.shape:
        if out.numel():
            raise ShapeError(f"{name}: the result has the shape {tuple(result.shape)}, but out has "
                             f"{tuple(out.shape)}.")
        out.data = result.to(out.dtype)
        return out
    return out.copy_(result)


def _require_apart(name: str, out: Any, inputs: Any) -> None:
    """GraphError when out shares memory with an input, which PyTorch refuses, too."""
    for x in inputs:
        if isinstance(x, (tuple, list)):
            _require_apart(name, out, x)
        elif isinstance(x, Tensor) and isinstance(out, Tensor) and x._version is out._version:
            raise GraphError(f"{name}: out shares its memory with an input. Use another tensor for out.")


def takes_out(function: F) -> F:
    """Accept ``out``, see ``written``; functions with ``numpy_names`` do so, too."""
    @wraps(function)
    def computed(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if not args and "input" in kwargs:
            args = (kwargs.pop("input"),)
        return written(function.__name__, out, function(*args, **kwargs))
    return computed  # type: ignore[return-value]


def combined(name: str, function: Callable[..., Any], about: str, call: str, printed: str,
             method: bool = True) -> Any:
    """A function that is one line of others, with its docstring and example from the same line of a table.

        fliplr = combined("fliplr", lambda x: flip(x, 1), "The columns in reverse order: flip(x, 1).",
                          "minigrad.tensor([[1, 2]]).fliplr()", "tensor([[2, 1]])")

    A parameter ``dim`` has NumPy's name, too. Unless ``method`` is False, Tensor has it as a method.
    """
    function.__name__ = function.__qualname__ = name
    function = (numpy_names if "dim" in signature(function).parameters else takes_out)(function)
    function.__module__ = sys._getframe(1).f_globals["__name__"]
    function.__doc__ = f"{about}\n\n    >>> {call}\n{indent(printed, '    ')}\n    "
    if method:
        attach(**{name: function})
    return function


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
