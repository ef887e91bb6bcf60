"""Whether operations are recorded, and who watches."""
from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any, Callable, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound="Switch")


class _Mode(threading.local):
    """Each thread has its own settings, so that a loader's thread cannot turn off recording."""

    grad = True                     # operations are recorded
    watch: Any = None               # a ``watch.Watcher`` that sees each result and each gradient, or None
    followers: tuple[Any, ...] = ()     # each ``watch.Follower`` that waits for a backward pass


mode = _Mode()


class Switch(ContextDecorator):
    """Set ``mode.<name>`` to a value inside a ``with`` block or a decorated function."""

    name: str
    value: Any

    def __init__(self) -> None:
        self._before: list[Any] = []      # a stack: one object may be entered again

    def __enter__(self) -> None:
        self._before.append(getattr(mode, self.name))
        setattr(mode, self.name, self.value)

    def __exit__(self, *exc: Any) -> None:
        setattr(mode, self.name, self._before.pop())

    def _recreate_cm(self: S) -> S:
        """A switch for each call of a decorated function: threads must not share one."""
        return type(self)()


class Plain(Switch):
    """A switch without options, so that a decorator needs no parentheses: ``@no_grad``."""

    def __new__(cls, function: Any = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)


class no_grad(Plain):
    """Do not record: results need no gradient, and nothing is kept for a backward pass.

    >>> w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    >>> with minigrad.no_grad():
    ...     print((w * 2).requires_grad)
    False
    """

    name, value = "grad", False


class enable_grad(Plain):
    """Record again inside a ``no_grad`` block.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> with minigrad.no_grad(), minigrad.enable_grad():
    ...     print((w * 2).requires_grad)
    True
    """

    name, value = "grad", True


class set_grad_enabled(Switch):
    """Record or not, as ``enabled`` says.

    As a statement it takes effect at once, for good; in a ``with`` block until the block ends; as a
    decorator inside the function only.

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


def is_grad_enabled() -> bool:
    """True unless inside ``no_grad``.

    >>> with minigrad.no_grad():
    ...     print(minigrad.is_grad_enabled())
    False
    """
    return mode.grad
