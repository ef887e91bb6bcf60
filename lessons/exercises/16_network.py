"""Exercise 16: the 2-3-1 network of document B (§4.3), with tanh in the hidden units.

One sample goes through two inputs, three hidden units and one output:

    z1 = x W1 + b1          (3,)        h = tanh z1
    z2 = h W2 + b2          (1,)        y = σ(z2)       σ(z) = 1 / (1 + e⁻ᶻ)
    loss = ½ (y − t)²

The document's backward pass is wrong in several places: the output's error has the wrong sign,
the slope of σ at the output is missing, the learning rate is multiplied in twice, and the bias of
the hidden units is missing from the list of parameters. Write the gradients that are right, all
four. (The learning rate has no part in them.)

    δ2 = ∂loss/∂z2          (1,)        begin with ∂loss/∂y, then through σ
    δ1 = ∂loss/∂z1          (3,)        from δ2 back through W2, then through tanh
    ∂loss/∂W = outer product of what came in and δ,   ∂loss/∂b = δ

On paper, with all weights and b2 0, b1 = ln 2 three times and t = 1: h = (0.6, 0.6, 0.6), y = ½,
loss = 0.125, δ2 = −0.125; the gradient of W2 is −0.075 three times, and that of W1 is 0, for W2
lets nothing through.

Grade it:  python -m lessons check 16
"""
from __future__ import annotations

import numpy as np


def forward(x: np.ndarray, t: np.ndarray, w1: np.ndarray, b1: np.ndarray,
            w2: np.ndarray, b2: np.ndarray) -> tuple[np.ndarray, float]:
    """The output and the loss.

    Args:
        x: (2,), the input.
        t: (1,), the target.
        w1: (2, 3), b1: (3,).
        w2: (3, 1), b2: (1,).

    Returns y (1,) and loss, a number.

    >>> zeros = np.zeros((2, 3)), np.zeros(3), np.zeros((3, 1)), np.zeros(1)
    >>> y, loss = forward(np.array([1.0, 2.0]), np.array([1.0]), *zeros)
    >>> print(y, float(loss))
    [0.5] 0.125
    """
    raise NotImplementedError


def gradients(x: np.ndarray, t: np.ndarray, w1: np.ndarray, b1: np.ndarray,
              w2: np.ndarray, b2: np.ndarray
              ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The gradient of the loss for each parameter.

    Args: as for ``forward``.

    Returns grad_w1 (2, 3), grad_b1 (3,), grad_w2 (3, 1), grad_b2 (1,).

    >>> zeros = np.zeros((2, 3)), np.full(3, np.log(2.0)), np.zeros((3, 1)), np.zeros(1)
    >>> x, t = np.array([1.0, 2.0]), np.array([1.0])
    >>> grad_w1, grad_b1, grad_w2, grad_b2 = gradients(x, t, *zeros)
    >>> print(grad_w2.ravel().round(9), grad_b2)
    [-0.075 -0.075 -0.075] [-0.125]
    """
    raise NotImplementedError
