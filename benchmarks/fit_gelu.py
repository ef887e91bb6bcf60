"""The coefficients in ``minigrad/backend/gelu.py``, and how far Φ is off with them.

    python benchmarks/fit_gelu.py

Wanted: c₀ … c₆ such that Φ(x) ≈ ½ (1 + tanh(x · (c₀ + c₁ x² + … + c₆ x¹²))), the largest error as small as
possible. Least squares, again and again, with more weight where the error was large (Lawson's method).
"""
from __future__ import annotations

import math

import numpy as np

FAR, DEGREE, ROUNDS = 5.7, 6, 3000


def fit() -> tuple[np.ndarray, float]:
    """c₆ … c₀, and the largest error of x · Φ(x) or, for x below 1, of Φ(x)."""
    x = np.linspace(1e-3, FAR, 8000)
    inside = np.array([math.erf(v / math.sqrt(2)) for v in x])          # 2 Φ(x) − 1 = tanh(x · p)
    beyond = np.array([math.erfc(v / math.sqrt(2)) for v in x])         # 1 − that, with all its digits
    p = np.log((1 + inside) / beyond) / (2 * x)
    matters = 0.5 * (1 - inside ** 2) * x * np.maximum(x, 1)      # what an error of p does to the result
    matters = np.maximum(matters, 3e-9)
    powers, weight = np.vander(x * x, DEGREE + 1), np.ones_like(x)
    best, least = np.zeros(DEGREE + 1), math.inf
    for _ in range(ROUNDS):
        scale = matters * np.sqrt(weight)
        found = np.linalg.lstsq(powers * scale[:, None], p * scale, rcond=None)[0]
        error = abs(powers @ found - p) * matters
        if error.max() < least:
            best, least = found, error.max()
        weight *= (error / error.max() + 1e-3) ** 0.3
        weight /= weight.mean()
    return best, least


if __name__ == "__main__":
    coefficients, error = fit()
    for k, c in zip(range(DEGREE, -1, -1), coefficients):
        print(f"c{k} = {c:.9g}")
    print(f"largest error {error:.1e}")
