"""The context of an operation in PyTorch's form: what forward leaves for backward (see ``custom``)."""
from __future__ import annotations

from typing import Any

from ..errors import GraphError
from .node import clock
from .tensor import Tensor


class Context:
    """``ctx`` in ``forward(ctx, …)`` and ``backward(ctx, …)``. Other attributes may be set freely.

    >>> class Exp(minigrad.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         y = x.exp()
    ...         ctx.save_for_backward(y)
    ...         return y
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (y,) = ctx.saved_tensors
    ...         return g * y
    >>> x = minigrad.tensor(0.0, requires_grad=True)
    >>> Exp.apply(x).backward(); x.grad
    tensor(1.)
    """

    def __init__(self, name: str, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad        # for each input of forward
        self._name, self._began = name, clock.tick()
        self._saved: tuple[Any, ...] = ()               # during forward
        self._unpacked: tuple[Any, ...] | None = None   # during backward
        self._dirty: list[Any] = []
        self._constants: list[Any] = []
        self._materialize = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward: inputs, results, or others. A change of them in place is noticed.

        Raises TypeError for anything but tensors and None: a number is kept as an attribute, ctx.n = n.
        """
        for i, x in enumerate(tensors):
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(f"{self._name}: save_for_backward keeps tensors, got {type(x).__name__} as "
                                f"argument {i}. Keep it as an attribute: ctx.value = value.")
        self._saved = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Accepted; minigrad has no forward-mode derivatives, which would use them."""

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``save_for_backward`` kept, while backward runs. Raises GraphError elsewhere."""
        if self._unpacked is None:
            raise GraphError(f"{self._name}: saved_tensors are there while backward runs, not before and not "
                             "after.")
        return self._unpacked

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say that forward changed these inputs in place; it has to return them."""
        self._dirty = list(tensors)

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say that these results have no gradient, such as the places of maxima. (Integers never have.)"""
        self._constants = list(tensors)

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, the default) or None for a result without a gradient."""
        self._materialize = bool(value)
