"""RMSprop and Adagrad: gradients divided by the size that they have had so far."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.noting import number_type
from ..errors.options import EITHER, refuses
from .descent import descent
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """v ← α v + (1 − α) g²,  θ ← θ − lr · g / (√v + ε)  (Hinton, lecture 6e).

    centered: v less the square of the mean gradient, an estimate of the variance. With momentum the
    quotient is added up in a velocity first. Raises ValueError for a negative option.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * 2).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 · 2 / √(0.25 · 2²)
    tensor([0.8000], requires_grad=True)
    """

    state_names = ("square_avg", "grad_avg", "momentum_buffer")
    means = ("grad_avg", "momentum_buffer")
    squares = ("square_avg",)

    @refuses(capturable=False, foreach=EITHER, differentiable=False)
    def __init__(self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *,
                 maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay,
                                  "momentum": momentum, "centered": centered, "maximize": maximize})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps and the mean square; the mean if centered, the velocity with momentum."""
        return ("step", "square_avg", *(["grad_avg"] if group["centered"] else []),
                *(["momentum_buffer"] if group["momentum"] else []))

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
        state["step"] += 1
        d = descent(p._array, g, group)
        alpha, rest = number(group["alpha"]), number(1 - group["alpha"])
        state["square_avg"] *= alpha
        state["square_avg"] += d * d * rest
        spread = state["square_avg"]
        if group["centered"]:
            state["grad_avg"] += (d - state["grad_avg"]) * rest
            spread = spread - state["grad_avg"] ** 2
        quotient = d / (np.sqrt(spread) + number(group["eps"]))
        if group["momentum"]:
            state["momentum_buffer"] *= number(group["momentum"])
            state["momentum_buffer"] += quotient
            quotient = state["momentum_buffer"]
        p._array -= quotient * number(group["lr"])


class Adagrad(Optimizer):
    """s ← s + g²,  θ ← θ − lr / (1 + (t − 1) · lr_decay) · g / (√s + ε)  (Duchi et al. 2011).

    Raises ValueError for a negative option.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.Adagrad([w], lr=0.1)
    >>> (w * 2).sum().backward(); opt.step()
    >>> w                                   # 1 − 0.1 · 2 / √2²
    tensor([0.9000], requires_grad=True)
    """

    state_names = ("sum",)

    @refuses(foreach=EITHER, differentiable=False, fused=EITHER)
    def __init__(self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0,
                 weight_decay: float = 0.0, initial_accumulator_value: float = 0.0, eps: float = 1e-10, *,
                 maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                                  "initial_accumulator_value": initial_accumulator_value,
                                  "maximize": maximize})

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The count of steps and the sum of squares."""
        return "step", "sum"

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number = number_type(p._array)
        if not state:
            self.begin(p, state, group)
            state["sum"] += group["initial_accumulator_value"]
        state["step"] += 1
        d = descent(p._array, g, group)
        rate = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        state["sum"] += d * d
        p._array -= d / (np.sqrt(state["sum"]) + number(group["eps"])) * number(rate)
