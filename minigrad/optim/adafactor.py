"""Adafactor: the mean squares of a matrix, kept as those of its rows and of its columns."""
from __future__ import annotations

import math
from typing import Any, Iterable

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..errors.arguments import require_not_negative, require_numbers
from ..errors.options import EITHER, refuses
from .optimizer import Optimizer


class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern 2018, algorithms 4 and 5), which keeps n + m numbers for an (n, m) matrix.

        κ = t^beta2_decay                               the weight of the newest gradient
        R ← (1 − κ) R + κ · mean of g² over each row            # (n, 1)
        C ← (1 − κ) C + κ · mean of g² over each column         # (1, m)
        V = R C / max(mean of R, ε₁)                    an estimate of the mean squares     # (n, m)
        U = g / max(√V, ε₁)
        α = max(ε₂, rms(θ)) · min(lr, 1/√t)             steps in proportion to the weights
        θ ← θ − lr · weight_decay · θ,  θ ← θ − α · U / max(1, rms(U) / d)

    Of a vector, V itself is kept. eps is (ε₁, ε₂); None for ε₁ is the dtype's own. Raises ValueError for a
    negative option, a beta2_decay above 0, or d below 1.

    >>> w = minigrad.ones(2, 3, requires_grad=True)
    >>> opt = minigrad.optim.Adafactor([w], lr=0.1)
    >>> (w * 5).sum().backward(); opt.step()
    >>> w.detach()[0]                       # 1 − 0.1
    tensor([0.9000, 0.9000, 0.9000])
    """

    state_names = ("row_var", "col_var", "variance")

    @refuses(foreach=EITHER)
    def __init__(self, params: Iterable[Any], lr: float = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
                 maximize: bool = False) -> None:
        super().__init__(params, {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d,
                                  "weight_decay": weight_decay, "maximize": maximize})

    def check_options(self, group: dict[str, Any]) -> None:
        """As for any optimizer; eps is a pair here."""
        super().check_options({name: value for name, value in group.items() if name != "eps"})
        require_numbers("Adafactor", beta2_decay=group["beta2_decay"], d=group["d"])
        if not isinstance(group["eps"], (tuple, list)) or len(group["eps"]) != 2:
            raise ValueError(f"Adafactor: eps must be a pair (eps1, eps2), got {group['eps']!r}.")
        require_not_negative("Adafactor", eps1=group["eps"][0] or 0.0, eps2=group["eps"][1])
        if not group["beta2_decay"] <= 0 or not group["d"] >= 1:
            raise ValueError("Adafactor: beta2_decay must be at most 0 and d at least 1, got "
                             f"{group['beta2_decay']} and {group['d']}.")

    def state_shape(self, p: Tensor, name: str) -> tuple[int, ...]:
        """Rows have one column, columns one row."""
        shape = p._array.shape
        return (*shape[:-1], 1) if name == "row_var" else (*shape[:-2], 1, shape[-1]) \
            if name == "col_var" else shape

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Step t for one parameter."""
        w, (tiny, least), lr = p._array, group["eps"], float(group["lr"])
        number = w.dtype.type
        tiny = float(np.finfo(w.dtype).eps) if tiny is None else tiny
        if not state:
            state["step"] = 0
            for name in ("row_var", "col_var") if w.ndim > 1 else ("variance",):
                state[name] = np.zeros_like(w, shape=self.state_shape(p, name))
        t = state["step"] = state["step"] + 1
        newest, d = number(t ** group["beta2_decay"]), -g if group["maximize"] else g
        alpha = max(least, rms(w)) * min(lr, 1 / math.sqrt(t))
        if group["weight_decay"]:
            w *= number(1 - lr * group["weight_decay"])
        if w.ndim > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows += ((d * d).mean(-1, keepdims=True) - rows) * newest           # (…, n, 1)
            columns += ((d * d).mean(-2, keepdims=True) - columns) * newest     # (…, 1, m)
            v = rows @ columns / np.maximum(rows.mean(-2, keepdims=True), number(tiny))
        else:
            state["variance"] += (d * d - state["variance"]) * newest
            v = state["variance"]
        u = d / np.sqrt(np.maximum(v, number(tiny * tiny)))
        w -= u * number(alpha / max(1.0, rms(u) / group["d"]))


def rms(x: Array) -> float:
    """√ of the mean square of the entries."""
    return math.sqrt(float((x * x).sum()) / max(x.size, 1))
