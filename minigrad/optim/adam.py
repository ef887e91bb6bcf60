"""Adam and AdamW: a step size of its own for each weight."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.c import kernels as c
from ..backend.memory import blocks
from ..backend.noting import floated, in_progress, number_type, root
from ..errors.options import EITHER, refuses
from .optimizer import Optimizer


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1).

        m ← β₁ m + (1 − β₁) g           the mean of recent gradients
        v ← β₂ v + (1 − β₂) g²          the mean of their squares
        m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)      m and v start at 0: correct for that
        θ ← θ − lr · m̂ / (√v̂ + ε)

    g is the gradient plus weight_decay · θ. With amsgrad, the largest v so far replaces v. Raises
    ValueError for a negative option or a beta outside of [0, 1).

    >>> w = minigrad.tensor([1.0, 1.0], requires_grad=True)
    >>> opt = minigrad.optim.Adam([w], lr=0.1)
    >>> (w * minigrad.tensor([100.0, -0.01])).sum().backward(); opt.step()
    >>> w                                   # the first step is lr, whatever the size of g
    tensor([0.9000, 1.1000], requires_grad=True)
    """

    decoupled = False
    together = "adam"
    state_names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    means = ("exp_avg",)
    squares = ("exp_avg_sq",)

    @refuses(foreach=EITHER, capturable=False, differentiable=False, fused=EITHER,
             decoupled_weight_decay=False)
    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
                 maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
                                  "amsgrad": amsgrad, "maximize": maximize})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps and both means; with amsgrad the largest v, too."""
        return "step", "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Step t for one parameter, in few passes: lr · m̂ / (√v̂ + ε) is size · m / (√v + small)."""
        if not state:
            self.begin(p, state, group)
        t = state["step"] = state["step"] + 1
        beta1, beta2, lr, decay = map(floated if in_progress else float,
                                      (*group["betas"], group["lr"], group["weight_decay"]))
        number = number_type(p._array)
        scale = 1 / root(1 - beta2 ** t)                    # √v̂ = scale · √v
        size, small = number(lr / (1 - beta1 ** t) / scale), number(group["eps"] / scale)
        keep1, keep2, new1, new2 = number(beta1), number(beta2), number(1 - beta1), number(1 - beta2)
        arrays = p._array, g, state["exp_avg"], state["exp_avg_sq"], state.get("max_exp_avg_sq")
        if c.updates_in_one_pass(*arrays):
            return c.run("adam", p._array, *arrays, beta1, beta2, 1 - beta1, 1 - beta2,
                         float(size), float(small), 1 - lr * decay if self.decoupled else 1.0,
                         0.0 if self.decoupled else decay,
                         -1.0 if group["maximize"] else 1.0, g.size, entries=g.size)
        for w, g, m, v, top in blocks(*arrays):
            d = -g if group["maximize"] else g
            if decay and self.decoupled:
                w *= number(1 - lr * decay)
            elif decay:
                d = d + w * number(decay)
            work = d * new1
            m *= keep1
            m += work                                       # m ← β₁ m + (1 − β₁) g
            np.multiply(d, d, out=work)
            work *= new2
            v *= keep2
            v += work                                       # v ← β₂ v + (1 − β₂) g²
            if top is not None:
                np.maximum(top, v, out=top)
            np.sqrt(v if top is None else top, out=work)
            work += small
            np.divide(m, work, out=work)
            work *= size
            w -= work                                       # θ ← θ − lr · m̂ / (√v̂ + ε)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): θ ← θ − lr · λ · θ beside the step.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * 0).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 · 0.5 · 1
    tensor([0.9500], requires_grad=True)
    """

    decoupled = True

    @refuses(foreach=EITHER, capturable=False, differentiable=False, fused=EITHER)
    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
                 maximize: bool = False) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
