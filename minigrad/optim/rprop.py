"""Rprop: each weight has a step size, which the signs of its gradients change; for full batches."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.noting import number_type
from ..errors.options import EITHER, refuses
from .optimizer import Optimizer


class Rprop(Optimizer):
    """Resilient backpropagation (Riedmiller and Braun 1993).

        g · g₋₁ > 0:  η ← min(η · etas[1], step_sizes[1])               the same way: faster
        g · g₋₁ < 0:  η ← max(η · etas[0], step_sizes[0]),  g ← 0       past the minimum: slower, and stay
        θ ← θ − η · sign(g)

    The step sizes η start at lr. Only signs count, so that the gradients of small batches mislead it. Raises
    ValueError unless 0 < etas[0] < 1 < etas[1].

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.Rprop([w], lr=0.1)
    >>> for step in range(2):
    ...     opt.zero_grad(); (w * 7).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 − 1.2 · 0.1
    tensor([0.7800], requires_grad=True)
    """

    state_names = ("prev", "step_size")

    @refuses(capturable=False, foreach=EITHER, differentiable=False)
    def __init__(self, params: Iterable[Any], lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def check_options(self, group: dict[str, Any]) -> None:
        """As for any optimizer; and 0 < etas[0] < 1 < etas[1]."""
        super().check_options(group)
        if len(group["etas"]) != 2 or not 0 < group["etas"][0] < 1 < group["etas"][1]:
            raise ValueError("Rprop: etas must be a factor between 0 and 1 and one above 1, got "
                             f"{group['etas']!r}.")

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps, the gradient before and the step sizes."""
        return "step", "prev", "step_size"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
            state["step_size"] += float(group["lr"])
        state["step"] += 1
        d = -g if group["maximize"] else g
        (slower, faster), (least, most) = group["etas"], group["step_sizes"]
        agreement, size = np.sign(d * state["prev"]), state["step_size"]
        size *= np.where(agreement > 0, number(faster), np.where(agreement < 0, number(slower), number(1)))
        size[...] = np.minimum(np.maximum(size, number(least)), number(most))
        state["prev"][...] = np.where(agreement < 0, number(0), d)
        p._array -= np.sign(state["prev"]) * size           # θ ← θ − η · sign(g)
