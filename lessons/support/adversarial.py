"""Digits of 14 × 14 pixels, and two convolutional players for them (lesson 45, adversarial networks)."""
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import nn


def generator() -> nn.Sequential:
    """(N, 16) → (N, 1, 14, 14), from −1 to 1."""
    return nn.Sequential(
        nn.Linear(16, 32 * 49), nn.BatchNorm1d(32 * 49), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)),
        nn.Conv2d(32, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),         # → (N, 16, 7, 7)
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1), nn.Tanh())


def discriminator() -> nn.Sequential:
    """(N, 1, 14, 14) → (N, 1), before the sigmoid."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, stride=2, padding=1), nn.LeakyReLU(0.2),            # → (N, 32, 7, 7)
        nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.LeakyReLU(0.2),           # → (N, 64, 4, 4)
        nn.Flatten(), nn.Linear(64 * 16, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))


def classifier() -> nn.Sequential:
    """(N, 1, 14, 14) → (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),                        # → (N, 16, 6, 6)
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10))


def small(part: Any) -> tuple[np.ndarray, np.ndarray]:
    """Images of 28 × 28 as (N, 1, 14, 14) from −1 to 1, means of 2 × 2 pixels; and their labels."""
    x, y = (t.cpu().numpy() for t in part.tensors())
    return 2 * x.reshape(-1, 1, 14, 2, 14, 2).mean((3, 5)) - 1, y


def gaussian_like(x: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Images from one Gaussian with the mean and the covariance of x (N, 1, H, W), from −1 to 1."""
    flat = x.reshape(len(x), -1)
    root = np.linalg.cholesky(np.cov(flat.T) + 1e-6 * np.eye(flat.shape[1]))
    drawn = flat.mean(0) + rng.normal(size=(count, flat.shape[1])) @ root.T
    return np.asarray(np.clip(drawn, -1, 1).reshape(count, *x.shape[1:]))


def nearest(x: np.ndarray, known: np.ndarray) -> float:
    """Median distance of the first 200 images from the nearest of the first 20,000 known ones."""
    a, b = x[:200].reshape(len(x[:200]), -1), known[:20_000].reshape(len(known[:20_000]), -1)
    square = (a * a).sum(1)[:, None] - 2 * a @ b.T + (b * b).sum(1)
    return float(np.median(np.sqrt(np.maximum(square.min(1), 0))))
