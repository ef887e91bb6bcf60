"""Averaged gradient descent: beside the weights, the mean of those along the way."""
from __future__ import annotations

from typing import Any, Iterable

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.dtypes import default_dtype
from ..backend.noting import number_type
from ..errors.options import EITHER, refuses
from .descent import descent
from .optimizer import Optimizer


class ASGD(Optimizer):
    """Averaged stochastic gradient descent (Polyak and Juditsky 1992).

        θ ← θ − η (g + lambd · θ)       with  η = lr / (1 + lambd · lr · t)^alpha,  at first lr
        θ̄ ← θ̄ + μ (θ − θ̄)               with  μ = 1 / max(1, t − t0): θ itself up to step t0, then the mean

    The mean is kept as ``optimizer.state[p]["ax"]``. g is the gradient plus weight_decay · θ. Raises
    ValueError for a negative option.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.ASGD([w], lr=0.1, lambd=0.5)
    >>> (w * 2).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 · (2 + 0.5 · 1)
    tensor([0.7500], requires_grad=True)
    """

    state_names = ("ax",)
    number_names = ("eta", "mu")

    @refuses(foreach=EITHER, differentiable=False, capturable=False)
    def __init__(self, params: Iterable[Any], lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
                 t0: float = 1e6, weight_decay: float = 0.0, *, maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0,
                                  "weight_decay": weight_decay, "maximize": maximize})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps, both rates and the mean."""
        return "step", "eta", "mu", "ax"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number, kept = number_type(p._array), default_dtype().type    # PyTorch keeps η and μ in tensors
        lr, lambd = float(group["lr"]), group["lambd"]
        if not state:
            self.begin(p, state, group)
            state.update(eta=float(kept(lr)), mu=1.0)
        t = state["step"] = state["step"] + 1
        d, mean = descent(p._array, g, group), state["ax"]
        p._array *= number(1 - lambd * state["eta"])
        p._array -= d * number(state["eta"])                # θ ← θ − η (g + lambd · θ)
        if state["mu"] == 1:
            mean[...] = p._array
        else:
            mean += (p._array - mean) * number(state["mu"])
        state["eta"] = float(kept(lr / (1 + lambd * lr * t) ** group["alpha"]))
        state["mu"] = float(kept(1 / max(1, t - group["t0"])))
