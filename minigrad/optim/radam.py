"""RAdam: Adam that divides by √v̂ only when v̂ has seen enough gradients to be trusted."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.memory import blocks
from ..backend.noting import number_type, root
from ..errors.options import EITHER, refuses
from .descent import descent
from .optimizer import Optimizer


class RAdam(Optimizer):
    """RAdam (Liu et al. 2020, algorithm 2): a warm-up that follows from the variance of v̂.

        m ← β₁ m + (1 − β₁) g,   m̂ = m / (1 − β₁ᵗ)
        v ← β₂ v + (1 − β₂) g²,  v̂ = v / (1 − β₂ᵗ)
        ρ∞ = 2 / (1 − β₂) − 1,   ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)       how many gradients v̂ stands for
        ρ > 5:  θ ← θ − lr · r · m̂ / √v̂   with  r² = (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ)
        else:   θ ← θ − lr · m̂

    (ε is added to √v.) g is the gradient plus weight_decay · θ; with decoupled_weight_decay
    θ ← θ − lr · weight_decay · θ comes first instead. Raises ValueError for a negative option or a beta
    outside of [0, 1).

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.RAdam([w], lr=0.1)
    >>> (w * 2).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 · 2: at first like SGD
    tensor([0.8000], requires_grad=True)
    """

    state_names = ("exp_avg", "exp_avg_sq")
    means = ("exp_avg",)
    squares = ("exp_avg_sq",)

    @refuses(foreach=EITHER, capturable=False, differentiable=False)
    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *,
                 maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
                                  "maximize": maximize, "decoupled_weight_decay": decoupled_weight_decay})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps and both means."""
        return "step", "exp_avg", "exp_avg_sq"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Step t for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
        t = state["step"] = state["step"] + 1
        (beta1, beta2), lr = group["betas"], group["lr"]
        most = 2 / (1 - beta2) - 1                          # ρ∞
        length = most - 2 * t * beta2 ** t / (1 - beta2 ** t)
        size = lr / (1 - beta1 ** t)
        if length > 5:                                      # v̂ can be trusted
            size *= root((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
            size *= root(1 - beta2 ** t)                    # 1/√v̂ = √(1 − β₂ᵗ) / √v
        new1, keep2, new2, eps = (number(x) for x in (1 - beta1, beta2, 1 - beta2, group["eps"]))
        for w, g, m, v in blocks(p._array, g, state["exp_avg"], state["exp_avg_sq"]):
            if group["decoupled_weight_decay"]:
                w *= number(1 - lr * group["weight_decay"])
            d = descent(w, g, group)
            m += (d - m) * new1                             # m ← β₁ m + (1 − β₁) g
            v *= keep2
            v += d * d * new2                               # v ← β₂ v + (1 − β₂) g²
            w -= (m / (np.sqrt(v) + eps) if length > 5 else m) * number(size)
