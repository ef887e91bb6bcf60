"""Functions that see a gradient as it passes: ``register_hook`` and ``retain_grad``.

A hook belongs to the place in the graph where the gradient arrives: the operation that made a tensor,
or the leaf itself. It is called with the whole gradient, when all contributions have been added up.
"""
from __future__ import annotations

import weakref
from itertools import count
from typing import Any, Callable

import numpy as np

from ..errors import GraphError
from .node import Node
from .tensor import Tensor, wrap

Hook = Callable[[Tensor], Any]
_next_key = count().__next__


class RemovableHandle:
    """What registering returns: ``handle.remove()`` removes the hook; so does leaving a ``with`` block."""

    def __init__(self, hooks: dict[int, Any]) -> None:
        self._hooks, self._key = hooks, _next_key()

    @classmethod
    def add(cls, hooks: dict[int, Any], hook: Any) -> RemovableHandle:
        """Put ``hook`` into the dict and return its handle."""
        handle = cls(hooks)
        hooks[handle._key] = hook
        return handle

    def remove(self) -> None:
        """Remove the hook; a second time does nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.remove()


def hooks_of(place: Node | Tensor) -> dict[int, Hook]:
    """The hooks of an operation or a leaf, created when the first one comes."""
    if isinstance(place, Tensor):
        return place.__dict__.setdefault("_hooks", {})
    if place.hooks is None:
        place.hooks = {}
    return place.hooks


def register_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call ``hook(grad)`` when this tensor's gradient is known; what it returns, if not None, replaces it.

    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: g * 10)
    >>> (x * 2).backward()
    >>> x.grad
    tensor(20.)
    """
    if not self._requires_grad:
        raise GraphError("register_hook: this tensor needs no gradient (requires_grad is False).")
    return RemovableHandle.add(hooks_of(self.grad_fn or self), hook)


def retain_grad(self: Tensor) -> None:
    """Keep ``.grad`` of this intermediate result too; leaves keep theirs anyway."""
    if not self._requires_grad:
        raise GraphError("retain_grad: this tensor needs no gradient (requires_grad is False).")
    if self.grad_fn is None or any(isinstance(h, Retain) and h.tensor() is self
                                   for h in hooks_of(self.grad_fn).values()):
        return
    RemovableHandle.add(hooks_of(self.grad_fn), Retain(self))


class Retain:
    """A hook that adds the gradient to ``.grad`` of an intermediate result.

    It refers to the tensor weakly: the tensor refers to its operation, and a cycle would keep both, with all
    that the operation saved, until the garbage collector runs.
    """

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)

    def __call__(self, g: Tensor) -> None:
        tensor = self.tensor()
        if tensor is None:
            return
        before = tensor._grad
        if g.grad_fn is None:                                    # not recorded: values alone
            array = g._array if before is None else before._array + g._array
            tensor._grad = wrap(np.array(array) if isinstance(array, np.generic) else array.copy())
        else:
            tensor._grad = g.clone() if before is None else before + g


def move_retained(tensor: Tensor, old: Node | None, new: Node) -> None:
    """``retain_grad`` follows its tensor to its new node after a change in place; other hooks stay."""
    for key, hook in list((old.hooks or {}).items()) if old is not None else ():
        if isinstance(hook, Retain) and hook.tensor() is tensor:
            del old.hooks[key]                                  # type: ignore[union-attr]
            hooks_of(new)[key] = hook


def run_hooks(hooks: dict[int, Hook], g: Any) -> Any:
    """The gradient after all hooks, an array or a Tensor as it came."""
    for hook in sorted(hooks.values(), key=lambda hook: isinstance(hook, Retain)):     # these last
        seen = g if isinstance(g, Tensor) else wrap(np.asarray(g) if isinstance(g, np.generic) else g)
        changed = hook(seen)
        if changed is None:
            continue
        if not isinstance(changed, Tensor) or changed._array.shape != seen._array.shape:
            raise GraphError(f"register_hook: a hook must return None or a Tensor of the gradient's shape "
                             f"{tuple(seen.shape)}, got {getattr(changed, 'shape', type(changed).__name__)}.")
        g = changed if isinstance(g, Tensor) else changed._array
    return g


setattr(Tensor, "register_hook", register_hook)
setattr(Tensor, "retain_grad", retain_grad)
