"""Several agents that learn at once: every weight has an axis of agents in front."""
from __future__ import annotations

from typing import Callable

import numpy as np

import minigrad
from minigrad import Tensor, envs, nn


class Networks(nn.Module):
    """S networks side by side, x (S, N, first size) → (S, N, last size), that share nothing.

        h = tanh(x W + b)       W (S, in, out), b (S, 1, out)       one product for all S

    A sum of their S losses has for each network the gradient of its own loss.

    Args:
        sizes: as (4, 64, 64, 2). seeds: S. rng: gives the first weights.
        activation: between the layers, as "relu" or "tanh".
        last: a factor for the first weights of the last layer.
        scale: x is multiplied by it, an entry for each input.
    """

    def __init__(self, sizes: tuple[int, ...], seeds: int, rng: np.random.Generator,
                 activation: str = "tanh", last: float = 1.0, scale: tuple[float, ...] = ()) -> None:
        super().__init__()
        self.activation = activation
        self.scale = minigrad.tensor(scale or (1.0,) * sizes[0])
        self.layers = len(sizes) - 1
        for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
            bound = a ** -0.5 * (last if i == self.layers - 1 else 1.0)
            for name, shape in (("weight", (seeds, a, b)), ("bias", (seeds, 1, b))):
                start = rng.uniform(-bound, bound, shape).astype(np.float32)
                self.register_parameter(f"{name}{i}", nn.Parameter(minigrad.tensor(start)))

    def forward(self, x: Tensor) -> Tensor:
        x = x * self.scale
        for i in range(self.layers):
            x = x @ getattr(self, f"weight{i}") + getattr(self, f"bias{i}")      # (S, N, out)
            if i < self.layers - 1:
                x = getattr(x, self.activation)()
        return x


def balance(choose: Callable[[np.ndarray], np.ndarray], seeds: int, seed: int,
            episodes: int = 10) -> np.ndarray:
    """How many steps each of S agents keeps its pole up, (S,), the mean of some episodes.

    ``choose``: observations (S, episodes, 4) to actions (S, episodes).
    """
    carts = envs.make_vec("CartPole-v1", seeds * episodes)
    seen, _ = carts.reset(seed=seed)
    alive, length = np.ones(seeds * episodes, bool), np.zeros(seeds * episodes)
    while alive.any():
        seen, _, ended, cut, _ = carts.step(choose(seen.reshape(seeds, episodes, 4)).ravel())
        length += alive
        alive &= ~(ended | cut)
    return length.reshape(seeds, episodes).mean(1)
