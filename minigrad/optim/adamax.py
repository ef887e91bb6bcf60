"""Adamax: Adam with the largest of recent gradients instead of their mean square."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.memory import blocks
from ..backend.noting import number_type
from ..errors.options import EITHER, refuses
from .descent import descent
from .optimizer import Optimizer


class Adamax(Optimizer):
    """Adamax (Kingma and Ba 2015, algorithm 2).

        m ← β₁ m + (1 − β₁) g           the mean of recent gradients
        u ← max(β₂ u, |g| + ε)          the largest of them, decaying
        θ ← θ − lr / (1 − β₁ᵗ) · m / u

    g is the gradient plus weight_decay · θ. Raises ValueError for a negative option or a beta outside of
    [0, 1).

    >>> w = minigrad.tensor([1.0, 1.0], requires_grad=True)
    >>> opt = minigrad.optim.Adamax([w], lr=0.1)
    >>> (w * minigrad.tensor([100.0, -0.01])).sum().backward(); opt.step()
    >>> w                                   # the first step is lr, whatever the size of g
    tensor([0.9000, 1.1000], requires_grad=True)
    """

    state_names = ("exp_avg", "exp_inf")
    means = ("exp_avg",)
    squares = ("exp_inf",)              # a size, never negative

    @refuses(foreach=EITHER, differentiable=False, capturable=False)
    def __init__(self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, *, maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
                                  "maximize": maximize})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps, the mean and the largest gradient."""
        return "step", "exp_avg", "exp_inf"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Step t for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
        t = state["step"] = state["step"] + 1
        beta1, beta2 = group["betas"]
        new, keep, eps, size = (number(x) for x in (1 - beta1, beta2, group["eps"],
                                                    group["lr"] / (1 - beta1 ** t)))
        for w, g, m, u in blocks(p._array, g, state["exp_avg"], state["exp_inf"]):
            d = descent(w, g, group)
            m += (d - m) * new                              # m ← β₁ m + (1 − β₁) g
            u *= keep
            np.maximum(u, np.abs(d) + eps, out=u)           # u ← max(β₂ u, |g| + ε)
            w -= m / u * size                               # θ ← θ − lr / (1 − β₁ᵗ) · m / u
