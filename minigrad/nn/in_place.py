"""PyTorch's option ``inplace``: the result is written into the memory of the input.

It changes the input truly, as ``x.relu_()`` does: whoever uses x afterwards sees the new entries, a leaf that
requires a gradient is refused, and an operation that needs the old entries for its derivative raises in
backward. It saves no time here: the result is computed as ever and then copied.
"""
from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import Any, Callable, TypeVar

from ..ops import activation, piecewise
from ..ops.inplace import changed_by
from .module import Module

F = TypeVar("F", bound=Callable[..., Any])


def with_inplace(function: F) -> F:
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
    called.__signature__ = signature(function).replace(parameters=[                    # type: ignore[attr-defined]
        *own, Parameter("inplace", Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation="bool"),
        *(p for p in signature(function).parameters.values() if p not in own)])
    return called   # type: ignore[return-value]


def always_in_place(function: F) -> F:
    """``function`` under the name with an underscore: it changes its input and returns it."""
    @wraps(function)
    def called(input: Any, *args: Any, **options: Any) -> Any:
        return changed_by(function, input, called.__name__, *args, **options)
    called.__name__ = called.__qualname__ = f"{function.__name__}_"
    called.__doc__ = f"""``{function.__name__}`` in place: the input is changed and returned.

    Options as in ``{function.__name__}``. Raises GraphError for a leaf that requires a gradient.

    >>> x = minigrad.tensor([-1.0, 2.0])
    >>> minigrad.nn.functional.{function.__name__}_(x{', 0.0, 0.0' if 'thresh' in function.__name__ else ''}) is x
    True
    """
    return called   # type: ignore[return-value]


celu, elu, hardsigmoid, hardswish, hardtanh, leaky_relu, mish, relu, relu6, selu, silu, threshold = map(
    with_inplace, (activation.celu, activation.elu, piecewise.hardsigmoid, piecewise.hardswish,
                   piecewise.hardtanh, activation.leaky_relu, activation.mish, activation.relu,
                   piecewise.relu6, activation.selu, activation.silu, piecewise.threshold))
celu_, elu_, hardtanh_, leaky_relu_, relu_, selu_, threshold_ = map(
    always_in_place, (activation.celu, activation.elu, piecewise.hardtanh, activation.leaky_relu,
                      activation.relu, activation.selu, piecewise.threshold))


class InPlace(Module):
    """A module with the option ``inplace``, which its repr shows when it is True."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return ", ".join([super().extra_repr()] * bool(self._shown) + ["inplace=True"] * self.inplace)
