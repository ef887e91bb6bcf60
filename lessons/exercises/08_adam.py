"""Exercise 8: one step of Adam with decoupled weight decay (Kingma and Ba 2015; AdamW,
Loshchilov and Hutter 2019).

    m ← β₁ · m + (1 − β₁) · g               a running mean of the gradients
    v ← β₂ · v + (1 − β₂) · g²              a running mean of their squares
    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)   t = 1, 2, 3 … counts the steps
    p ← p − lr · decay · p − lr · m̂ / (√v̂ + ε)             p on the right is the old one

m and v start at 0, so at first they are too small: after one step m = (1 − β₁) · g. Dividing
by 1 − β₁ᵗ corrects that. The corrected m̂ and v̂ are used for this step only; m and v themselves
are kept. The decay makes p smaller by itself; it is not in g, and so neither in m nor in v.

On paper: p = 1, g = 4, m = v = 0, t = 1, lr = 0.1, β₁ = ½, β₂ = 15/16, ε = 0, decay = ½. m = 2,
v = 1; m̂ = 4, v̂ = 16; p = 1 − 0.05 − 0.1 · 4 / 4 = 0.85. Apart from the decay the first step is as
long as lr, whatever the size of g.

Grade it:  python -m lessons check 8
"""
from __future__ import annotations

import numpy as np


def adam_step(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, t: int, lr: float,
              beta1: float, beta2: float, eps: float, decay: float
              ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step.

    Args:
        p: the parameter, an array; it stays as it is.
        g: its gradient; m, v: the running means after the last step. All of the shape of p.
        t: the number of this step, from 1.
        lr, beta1, beta2, eps, decay: numbers.

    Returns new_p, new_m, new_v: new arrays of that shape.

    >>> p, g, zero = np.array([1.0]), np.array([4.0]), np.array([0.0])
    >>> new_p, new_m, new_v = adam_step(p, g, zero, zero, 1, 0.1, 0.5, 15 / 16, 0.0, 0.5)
    >>> print(new_p, new_m, new_v)
    [0.85] [2.] [1.]
    """
    raise NotImplementedError
