"""Stochastic gradient descent, with momentum."""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..backend.c import kernels as c
from ..backend.memory import blocks
from ..backend.noting import number_type
from ..errors.arguments import require_numbers
from ..errors.options import EITHER, refuses
from .optimizer import Optimizer


class SGD(Optimizer):
    """θ ← θ − lr · v  with the velocity  v ← momentum · v + g  (v = g without momentum).

    g is the gradient plus weight_decay · θ. With nesterov, g + momentum · v replaces v; dampening d
    uses (1 − d) · g from the second step on. As in PyTorch.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> opt = minigrad.optim.SGD([w], lr=0.1)
    >>> (w * 3).sum().backward(); opt.step()
    >>> w
    tensor([0.7000], requires_grad=True)
    """

    together = "sgd"
    state_names = ("momentum_buffer",)
    means = ("momentum_buffer",)

    @refuses(foreach=EITHER, differentiable=False, fused=EITHER)
    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0,
                 dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, *,
                 maximize: bool = False) -> None:
        require_numbers("SGD", momentum=momentum, dampening=dampening)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and no dampening.")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening,
                                  "weight_decay": weight_decay, "nesterov": nesterov,
                                  "maximize": maximize})

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one parameter."""
        number, momentum, velocity = number_type(p._array), group["momentum"], None
        if momentum:
            velocity = state.get("momentum_buffer")
        first = velocity is None
        if momentum and first:
            velocity = state["momentum_buffer"] = np.empty_like(p._array)
        if c.updates_in_one_pass(p._array, g, velocity):
            if first and velocity is not None:
                velocity.fill(0)
            return c.run("sgd", p._array, p._array, g, velocity, float(group["lr"]), float(momentum),
                         1.0 if first else 1.0 - group["dampening"], float(group["weight_decay"]),
                         float(group["nesterov"]), -1.0 if group["maximize"] else 1.0, g.size,
                         entries=g.size)
        for w, g, v in blocks(p._array, g, velocity):
            d = -g if group["maximize"] else g
            if group["weight_decay"]:
                d = d + w * number(group["weight_decay"])
            if v is not None:
                if first:
                    v[...] = d
                else:
                    v *= number(momentum)
                    v += d if not group["dampening"] else d * number(1 - group["dampening"])
                d = d + v * number(momentum) if group["nesterov"] else v
            w -= d * number(group["lr"])                    # θ ← θ − lr · v
