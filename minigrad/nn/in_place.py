"""PyTorch's option ``inplace``: the result is written into the memory of the input.

It really changes the input, as ``x.relu_()`` does: whoever uses x afterwards sees the new entries, a leaf
that requires a gradient is refused, and an operation that needs the old entries for its derivative raises in
backward. It saves no time here: the result is computed as usual and then copied.
"""
from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import Any, Callable

from ..ops import activation, piecewise
from ..ops.inplace import changed_by
from .module import Module

Operation = Callable[..., Any]


def with_inplace(function: Operation) -> Operation:
    """``function`` with the option ``inplace``, by name or as its last argument by position."""
    own = [p for p in signature(function).parameters.values() if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    name = f"{function.__name__}_"

    @wraps(function)
    def called(input: Any, *args: Any, inplace: bool = False, **options: Any) -> Any:
        if len(args) == len(own):
            *args, inplace = args           # type: ignore[assignment]
        if inplace:
            return changed_by(function, input, name, *args, **options)
        return function(input, *args, **options)
    setattr(called, "__signature__", signature(function).replace(parameters=[
        *own, Parameter("inplace", Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation="bool"),
        *(p for p in signature(function).parameters.values() if p not in own)]))
    return called


def always_in_place(function: Operation) -> Operation:
    """``function`` under the name with an underscore: it changes its input and returns it."""
    @wraps(function)
    def called(input: Any, *args: Any, **options: Any) -> Any:
        return changed_by(function, input, called.__name__, *args, **options)
    called.__name__ = called.__qualname__ = f"{function.__name__}_"
    more = ", 0.0, 0.0" if function.__name__ == "threshold" else ""
    called.__doc__ = f"""``{function.__name__}`` in place: the input is changed and returned.

    Options as in ``{function.__name__}``. Raises GraphError for a leaf that requires a gradient.

    >>> x = minigrad.tensor([-1.0, 2.0])
    >>> minigrad.nn.functional.{function.__name__}_(x{more}) is x
    True
    """
    return called


relu, leaky_relu, silu, mish = (with_inplace(f) for f in (
    activation.relu, activation.leaky_relu, activation.silu, activation.mish))
elu, celu, selu = (with_inplace(f) for f in (activation.elu, activation.celu, activation.selu))
relu6, hardtanh, hardsigmoid, hardswish, threshold = (with_inplace(f) for f in (
    piecewise.relu6, piecewise.hardtanh, piecewise.hardsigmoid, piecewise.hardswish, piecewise.threshold))
relu_, leaky_relu_, elu_, celu_, selu_ = (always_in_place(f) for f in (
    activation.relu, activation.leaky_relu, activation.elu, activation.celu, activation.selu))
hardtanh_, threshold_ = always_in_place(piecewise.hardtanh), always_in_place(piecewise.threshold)


class InPlace(Module):
    """A module with the option ``inplace``, which its repr shows when it is True."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return ", ".join([super().extra_repr()] * bool(self._shown) + ["inplace=True"] * self.inplace)
