"""NAdam: Adam with Nesterov's look ahead."""
from __future__ import annotations

import math
from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.dtypes import default_dtype
from ..backend.memory import blocks
from ..backend.noting import number_type
from ..errors.options import EITHER, refuses
from .descent import descent
from .optimizer import Optimizer


class NAdam(Optimizer):
    """NAdam (Dozat 2016): the step uses the momentum that the next step will have.

        μₜ = β₁ (1 − ½ · 0.96^(t · momentum_decay))     the momentum grows to β₁; Πμ is its product so far
        m ← β₁ m + (1 − β₁) g
        v ← β₂ v + (1 − β₂) g²,  v̂ = v / (1 − β₂ᵗ)
        θ ← θ − lr · ((1 − μₜ) / (1 − Πμ) · g + μₜ₊₁ / (1 − Πμ · μₜ₊₁) · m) / (√v̂ + ε)

    g is the gradient plus weight_decay · θ; with decoupled_weight_decay θ ← θ − lr · weight_decay · θ comes
    first instead. Raises ValueError for a negative option or a beta outside of [0, 1).

    >>> w = minigrad.tensor([1.0, 1.0], requires_grad=True)
    >>> opt = minigrad.optim.NAdam([w], lr=0.1)
    >>> (w * minigrad.tensor([100.0, -0.01])).sum().backward(); opt.step()
    >>> w                                   # steps of one length, whatever the size of g
    tensor([0.8944, 1.1056], requires_grad=True)
    """

    state_names = ("exp_avg", "exp_avg_sq")
    number_names = ("mu_product",)
    means = ("exp_avg",)
    squares = ("exp_avg_sq",)

    @refuses(foreach=EITHER, capturable=False, differentiable=False)
    def __init__(self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3,
                 decoupled_weight_decay: bool = False, *, maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
                                  "momentum_decay": momentum_decay, "maximize": maximize,
                                  "decoupled_weight_decay": decoupled_weight_decay})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps, the product of momenta and both means."""
        return "step", "mu_product", "exp_avg", "exp_avg_sq"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Step t for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
            state["mu_product"] = 1.0
        t = state["step"] = state["step"] + 1
        (beta1, beta2), lr, slow = group["betas"], group["lr"], group["momentum_decay"]
        now, following = (beta1 * (1 - 0.5 * 0.96 ** (k * slow)) for k in (t, t + 1))
        kept = default_dtype().type                         # PyTorch keeps the product in a tensor
        product = state["mu_product"] = float(kept(state["mu_product"]) * kept(now))
        by_g = number(lr * (1 - now) / (1 - product))
        by_m = number(lr * following / (1 - product * following))
        new1, keep2, new2, eps = (number(x) for x in (1 - beta1, beta2, 1 - beta2, group["eps"]))
        scale, decay = number(1 / math.sqrt(1 - beta2 ** t)), number(1 - lr * group["weight_decay"])
        for w, g, m, v in blocks(p._array, g, state["exp_avg"], state["exp_avg_sq"]):
            if group["decoupled_weight_decay"]:
                w *= decay
            d = descent(w, g, group)
            m += (d - m) * new1                             # m ← β₁ m + (1 − β₁) g
            v *= keep2
            v += d * d * new2                               # v ← β₂ v + (1 − β₂) g²
            w -= (d * by_g + m * by_m) / (np.sqrt(v) * scale + eps)
