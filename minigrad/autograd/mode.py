"""Whether operations are recorded, and whether each result is checked for NaN and infinity."""
from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any, Callable, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound="_Switch")


class _Mode(threading.local):
    """Each thread has its own switches, so that a loader's thread cannot turn off recording."""

    grad = True
    anomaly = False


mode = _Mode()


class _Switch(ContextDecorator):
    """Set ``mode.<name>`` to a value inside a ``with`` block or a decorated function."""

    name: str
    value: bool

    def __init__(self) -> None:
        self._before: list[bool] = []     # a stack: one object may be entered again

    def __enter__(self) -> None:
        self._before.append(getattr(mode, self.name))
        setattr(mode, self.name, self.value)

    def __exit__(self, *exc: Any) -> None:
        setattr(mode, self.name, self._before.pop())

    def _recreate_cm(self: S) -> S:
        """A switch of its own for each call of a decorated function: threads must not share one."""
        return type(self)()


class no_grad(_Switch):
    """Do not record: results need no gradient, and nothing is kept for a backward pass.

    >>> w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    >>> with minigrad.no_grad():
    ...     print((w * 2).requires_grad)
    False
    """

    name, value = "grad", False


class enable_grad(_Switch):
    """Record again inside a ``no_grad`` block.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> with minigrad.no_grad(), minigrad.enable_grad():
    ...     print((w * 2).requires_grad)
    True
    """

    name, value = "grad", True


class set_grad_enabled(_Switch):
    """Record or not, as ``enabled`` says.

    Called as a statement it takes effect at once and stays; a ``with`` block ends it; as a decorator
    it counts inside of the function only.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> with minigrad.set_grad_enabled(False):
    ...     print((w * 2).requires_grad)
    False
    """

    name = "grad"

    def __init__(self, enabled: bool) -> None:
        super().__init__()
        self.value = bool(enabled)
        self._outside: bool | None = mode.grad      # what the block, or the decoration, returns to
        mode.grad = self.value

    def __enter__(self) -> None:
        super().__enter__()
        if self._outside is not None:
            self._before[-1], self._outside = self._outside, None

    def __call__(self, function: F) -> F:
        mode.grad, self._outside = bool(self._outside), None
        return super().__call__(function)

    def _recreate_cm(self: S) -> S:
        """The switch for one call: nothing changes before the call enters it."""
        fresh: Any = type(self).__new__(type(self))
        fresh.value, fresh._before, fresh._outside = self.value, [], None
        return fresh


class detect_anomaly(_Switch):
    """Check every result, forward and backward; the first NaN or infinity raises AnomalyError.

    The error names the operation and the source line that called it. Costs a pass over every
    result, so it is off by default.

    >>> x = minigrad.tensor([0.0], requires_grad=True)
    >>> try:
    ...     with minigrad.autograd.detect_anomaly():
    ...         x.log()
    ... except minigrad.errors.AnomalyError as error:
    ...     print(str(error).splitlines()[0])
    Log: the result of this operation holds infinity in 1 of 1 entries.
    """

    name, value = "anomaly", True


def is_grad_enabled() -> bool:
    """True unless inside ``no_grad``.

    >>> with minigrad.no_grad():
    ...     print(minigrad.is_grad_enabled())
    False
    """
    return mode.grad
