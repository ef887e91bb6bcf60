"""What was promised after so many noisy steps: ε, by Rényi differential privacy.

A training is (ε, δ)-private if taking one example out changes the probability of whatever comes out by a
factor of e^ε at most, except for a share δ. One step draws each example with probability q, and adds noise of
σ times the length C that one example can have. In units of C, the sums with and without it are distributed as

    p(z) = (1 − q) N(0, σ²) + q N(1, σ²)   and   p₀(z) = N(0, σ²)

Their Rényi divergence of order α, which just adds up over steps, is

    R(α) = log E₀[(p / p₀)^α] / (α − 1),    p / p₀ = 1 − q + q exp((2z − 1) / 2σ²)

(Mironov, Talwar & Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism", 2019). The
expectation is a smooth integral over one number: a sum over an even grid has it to all digits. Then

    ε = min over α of  R(α) + log((α − 1) / α) − (log δ + log α) / (α − 1)

(Balle et al., "Hypothesis Testing Interpretations and Rényi Differential Privacy", 2020).
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..errors import RangeError
from ..errors.arguments import require_integers

Array = np.ndarray[Any, Any]
ALPHAS = (*(1 + i / 10 for i in range(1, 100)), *range(12, 64))     # the orders that Opacus tries
REACH = 12                      # standard deviations to each side: beyond lies less than 1e-32


class RDPAccountant:
    """Notes noisy steps, and says which ε they come to.

    >>> accountant = minigrad.privacy.RDPAccountant()
    >>> for _ in range(1000):
    ...     accountant.step(noise_multiplier=1.1, sample_rate=0.01)
    >>> round(accountant.get_epsilon(delta=1e-5), 2)
    1.71
    """

    def __init__(self) -> None:
        self.history: list[tuple[float, float, int]] = []       # (σ, q, how often), as they came

    def step(self, *, noise_multiplier: float, sample_rate: float) -> None:
        """Note a step with noise σ, for which each example was drawn with probability q.

        Drawn independently, so that batches have different sizes. For the batches of a shuffled data set this
        ε does not hold: it may be too small.
        """
        _require(noise_multiplier, sample_rate)
        if self.history and self.history[-1][:2] == (noise_multiplier, sample_rate):
            self.history[-1] = noise_multiplier, sample_rate, self.history[-1][2] + 1
        else:
            self.history.append((noise_multiplier, sample_rate, 1))

    def get_epsilon(self, delta: float, alphas: Sequence[float] = ALPHAS) -> float:
        """ε for this δ, which should be well below 1 / number of examples; infinity without noise.

        Raises RangeError if δ isn't between 0 and 1, or an order isn't above 1.
        """
        if not 0 < delta < 1:
            raise RangeError(f"get_epsilon: delta must lie between 0 and 1, got {delta}.")
        orders = np.asarray(alphas, float)
        if orders.size == 0 or not (orders > 1).all():
            raise RangeError("get_epsilon: the orders alphas must be above 1, and there must be some.")
        total = sum((count * renyi(sigma, q, orders) for sigma, q, count in self.history),
                    np.zeros(len(orders)))
        if not self.history:
            return 0.0
        found = total + np.log1p(-1 / orders) - (math.log(delta) + np.log(orders)) / (orders - 1)
        return max(0.0, float(found.min()))


def get_noise_multiplier(*, target_epsilon: float, target_delta: float, sample_rate: float,
                         steps: int) -> float:
    """The smallest σ from 0.1, to four digits and rounded up, that keeps ``steps`` steps within ε.

    Raises RangeError for an ε that isn't positive or that no σ up to 10⁵ reaches, and for less than one step.

    >>> sigma = minigrad.privacy.get_noise_multiplier(target_epsilon=3.0, target_delta=1e-5,
    ...                                               sample_rate=0.01, steps=1000)
    >>> round(sigma, 2)
    0.86
    """
    def epsilon(sigma: float) -> float:
        accountant = RDPAccountant()
        accountant.history = [(sigma, sample_rate, steps)]
        return accountant.get_epsilon(target_delta)

    _require(1.0, sample_rate)
    require_integers("get_noise_multiplier", steps=steps)
    if not target_epsilon > 0:
        raise RangeError(f"get_noise_multiplier: target_epsilon must be positive, got {target_epsilon}.")
    low, high = 0.1, 0.2                                # halving is for an interval that holds the answer
    while epsilon(high) > target_epsilon:
        low, high = high, 2 * high
        if high > 1e5:
            raise RangeError(f"get_noise_multiplier: no noise reaches ε = {target_epsilon} at δ = "
                             f"{target_delta}. Take a larger ε.")
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if epsilon(middle) > target_epsilon else (low, middle)
    return high


def renyi(sigma: float, q: float, alphas: Array) -> Array:
    """R(α) of one step, for each order."""
    if q == 0:
        return np.zeros(len(alphas))
    if sigma == 0:
        return np.full(len(alphas), np.inf)
    if q == 1:
        return alphas / (2 * sigma ** 2)
    return np.array([_log_moment(sigma, q, a) / (a - 1) for a in alphas])


def _log_moment(sigma: float, q: float, alpha: float) -> float:
    """log E₀[(p / p₀)^α] by the trapezoidal rule, whose error falls as e^(−2πd/h) with the grid's step h.

    d is the distance of the nearest pole from the real axis, πσ²; the mass lies between z = 0 and z = α.
    """
    h = min(sigma / 4, sigma ** 2 / 2)
    z = np.arange(-REACH * sigma, alpha + REACH * sigma + h, h)
    log_ratio = np.logaddexp(math.log1p(-q), math.log(q) + (2 * z - 1) / (2 * sigma ** 2))
    logs = alpha * log_ratio - z ** 2 / (2 * sigma ** 2)
    most = logs.max()
    return float(most + np.log(np.exp(logs - most).sum() * h / (sigma * math.sqrt(2 * math.pi))))


def _require(sigma: float, q: float) -> None:
    if not sigma >= 0:
        raise RangeError(f"RDPAccountant: noise_multiplier must be 0 or more, got {sigma}.")
    if not 0 <= q <= 1:
        raise RangeError(f"RDPAccountant: sample_rate is a probability, from 0 to 1, got {q}.")
