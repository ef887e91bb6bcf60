"""Adadelta: the units of the step are those of the weights, so no learning rate has to fit."""
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


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012, algorithm 1).

        s ← ρ s + (1 − ρ) g²                the mean of squared gradients
        Δ = √(u + ε) / √(s + ε) · g         the step: u, s and g have units such that Δ has those of θ
        u ← ρ u + (1 − ρ) Δ²                the mean of squared steps
        θ ← θ − lr · Δ

    g is the gradient plus weight_decay · θ. Raises ValueError for a negative option or a rho above 1.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.Adadelta([w], rho=0.75, eps=0.0625)
    >>> (w * 2).sum().backward(); opt.step()
    >>> w                                   # 1 − √0.0625 / √(0.25 · 2² + 0.0625) · 2
    tensor([0.5149], requires_grad=True)
    """

    state_names = ("square_avg", "acc_delta")
    squares = ("square_avg", "acc_delta")

    @refuses(foreach=EITHER, capturable=False, differentiable=False)
    def __init__(self, params: Iterable[Any], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6,
                 weight_decay: float = 0.0, *, maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay,
                                  "maximize": maximize})

    def check_options(self, group: dict[str, Any]) -> None:
        """As for any optimizer; and rho is at most 1."""
        super().check_options(group)
        if group["rho"] > 1:
            raise ValueError(f"Adadelta: rho must be from 0 to 1, got {group['rho']}.")

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps and both means."""
        return "step", "square_avg", "acc_delta"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
        state["step"] += 1
        rho, rest, eps, lr = (number(x) for x in (group["rho"], 1 - group["rho"], group["eps"], group["lr"]))
        for w, g, s, u in blocks(p._array, g, state["square_avg"], state["acc_delta"]):
            d = descent(w, g, group)
            s *= rho
            s += d * d * rest                               # s ← ρ s + (1 − ρ) g²
            delta = np.sqrt(u + eps) / np.sqrt(s + eps) * d
            u *= rho
            u += delta * delta * rest                       # u ← ρ u + (1 − ρ) Δ²
            w -= delta * lr                                 # θ ← θ − lr · Δ
