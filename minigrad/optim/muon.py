"""Muon: the momentum of a matrix, with all its singular values made about 1."""
from __future__ import annotations

import math
from typing import Any, Iterable, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import Array
from ..errors import ShapeError
from ..errors.arguments import require_integers
from .optimizer import Optimizer

ADJUSTMENTS = (None, "original", "match_rms_adamw")


class Muon(Optimizer):
    """Muon (Jordan 2024), for the matrices of hidden layers; give all else to AdamW.

        b ← μ b + (1 − μ) g             the momentum
        u = (1 − μ) g + μ b             with nesterov; else u = b
        θ ← θ − lr · weight_decay · θ
        θ ← θ − lr · a · orthogonalized(u)

    a is √max(1, rows / columns); with adjust_lr_fn="match_rms_adamw" 0.2 · √max(rows, columns), with which
    Adam's rates fit. Computed in the parameter's own precision; PyTorch rounds to bfloat16 inside, so that
    its numbers agree to two digits only. Raises ShapeError for anything but matrices, ValueError for options
    out of range.

    >>> w = minigrad.eye(2).requires_grad_()
    >>> opt = minigrad.optim.Muon([w], lr=0.1, weight_decay=0.0)
    >>> (w * minigrad.tensor([[100.0, 0.0], [0.0, 0.01]])).sum().backward(); opt.step()
    >>> w.detach().round(decimals=1)        # a small gradient counts, too
    tensor([[0.9000, 0.0000],
            [0.0000, 1.0000]])
    """

    state_names = ("momentum_buffer",)
    means = ("momentum_buffer",)

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, weight_decay: float = 0.1,
                 momentum: float = 0.95, nesterov: bool = True,
                 ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315), eps: float = 1e-7,
                 ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum,
                                  "nesterov": nesterov, "ns_coefficients": ns_coefficients, "eps": eps,
                                  "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn})

    def check_options(self, group: dict[str, Any]) -> None:
        """As for any optimizer; and that the parameters are matrices."""
        super().check_options(group)
        require_integers("Muon", 0, 99, ns_steps=group["ns_steps"])
        if group["adjust_lr_fn"] not in ADJUSTMENTS or len(group["ns_coefficients"]) != 3:
            raise ValueError(f"Muon: adjust_lr_fn must be one of {ADJUSTMENTS} and ns_coefficients three "
                             f"numbers, got {group['adjust_lr_fn']!r} and {group['ns_coefficients']}.")
        for p in group["params"]:
            if p.ndim != 2:
                raise ShapeError(f"Muon: expected matrices, got a parameter of shape {tuple(p.shape)}. Give "
                                 "biases, embeddings and the like to AdamW.")

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The momentum."""
        return ("momentum_buffer",)

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step for one matrix."""
        w, momentum, lr = p._array, group["momentum"], float(group["lr"])
        number, (rows, columns) = w.dtype.type, w.shape
        b = state.setdefault("momentum_buffer", np.zeros_like(w))
        b += (g - b) * number(1 - momentum)
        u = g + (b - g) * number(momentum) if group["nesterov"] else b
        u = orthogonalized(u, group["ns_coefficients"], group["ns_steps"], group["eps"])
        size = 0.2 * math.sqrt(max(rows, columns)) if group["adjust_lr_fn"] == "match_rms_adamw" \
            else math.sqrt(max(1, rows / columns))
        w *= number(1 - lr * group["weight_decay"])
        w -= u * number(lr * size)


def orthogonalized(u: Array, coefficients: Sequence[float], steps: int, eps: float) -> Array:
    """About V Wᵀ for a matrix u = V S Wᵀ: the singular values S brought close to 1, without computing them.

    Each step turns every singular value s into a s + b s³ + c s⁵ by products of matrices alone
    (Newton and Schulz); the coefficients lift small s fastest, and end between 0.7 and 1.2.

    >>> from minigrad.optim.muon import orthogonalized
    >>> u = orthogonalized(np.diag([3.0, 4.0]), (1.5, -0.5, 0.0), 10, 1e-7)     # 3/5 and 4/5, then …
    >>> bool(np.allclose(u, np.eye(2)))
    True
    """
    a, b, c = (u.dtype.type(x) for x in coefficients)
    wide = u if u.shape[0] <= u.shape[1] else u.T           # so that the square below is the small one
    x = wide / u.dtype.type(max(math.sqrt(float((u * u).sum())), eps))
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x if wide is u else x.T
