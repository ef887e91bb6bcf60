"""Parameter: a tensor that a module owns and an optimizer changes."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor


class Parameter(Tensor):
    """A leaf that requires a gradient; a Module finds it when it is assigned as an attribute.

    Args:
        data: the initial values, a Tensor or anything that makes one (memory is shared).
        requires_grad: False freezes it.

    Raises DTypeError when the data cannot have a gradient (integers).

    >>> minigrad.nn.Parameter(minigrad.zeros(2)).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that is state but not learned; a Module registers it when it is assigned as an attribute.

    Args:
        data: the initial values (memory is shared).
        persistent: whether ``state_dict`` holds it.

    >>> layer = minigrad.nn.Module()
    >>> layer.count = minigrad.nn.Buffer(minigrad.zeros(2))
    >>> list(layer.state_dict())
    ['count']
    """

    __slots__ = ("persistent",)

    def __init__(self, data: Any, *, persistent: bool = True) -> None:
        super().__init__(data)
        self.persistent = persistent
