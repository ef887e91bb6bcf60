"""Many cart-poles in one batch: one call moves all of them."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import EpisodeError, RangeError
from ..errors.arguments import require_sizes
from .cart_pole import LIMITS, PUSH, fallen, swing
from .spaces import Box, Discrete


class CartPoles:
    """``num_envs`` cart-poles side by side; an episode that ends is followed by the next at once.

        observations, infos = envs.reset(seed=0)                                    # (N, 4)
        observations, rewards, terminations, truncations, infos = envs.step(actions)    # (N, 4), (N,), …

    Where an episode ended, ``observations`` holds the first of the next one, and ``infos["final_obs"]`` the
    last of the ended one, (N, 4); elsewhere the two are equal. gymnasium calls that SAME_STEP. Environment i
    is seeded by seed + i, and runs as a ``CartPole`` with that seed would.

    >>> from minigrad.envs import CartPoles
    >>> carts = CartPoles(3)
    >>> observations, infos = carts.reset(seed=0)
    >>> observations, rewards, terminations, truncations, infos = carts.step([0, 1, 1])
    >>> observations.shape, rewards
    ((3, 4), array([1., 1., 1.]))
    """

    def __init__(self, num_envs: int, max_episode_steps: int = 500) -> None:
        require_sizes("CartPoles", num_envs=num_envs, max_episode_steps=max_episode_steps)
        self.num_envs, self.max_episode_steps = num_envs, max_episode_steps
        self.single_action_space = Discrete(2)
        self.single_observation_space = Box(-LIMITS, LIMITS)
        self.steps = np.zeros(num_envs, np.int64)           # of each one's episode
        self.state: np.ndarray | None = None                # (4, N), float64

    def reset(self, *, seed: int | None = None) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin an episode in each: observations (N, 4), float32, and an empty dict."""
        if seed is not None or self.state is None:
            self._rngs = [np.random.default_rng(None if seed is None else seed + i)
                          for i in range(self.num_envs)]
        self.state = np.empty((4, self.num_envs))
        self._start(range(self.num_envs))
        return self.state.T.astype(np.float32), {}

    def _start(self, which: Any) -> None:
        for i in which:
            self.state[:, i] = self._rngs[i].uniform(-0.05, 0.05, 4)        # type: ignore[index]
            self.steps[i] = 0

    def step(self, actions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Push every cart: observations (N, 4), rewards, terminations and truncations (N,), infos.

        Raises EpisodeError before ``reset``, RangeError unless ``actions`` is N integers, 0 or 1.
        """
        if self.state is None:
            raise EpisodeError("CartPoles.step: there is no episode yet. Call reset() first.")
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,) or actions.dtype.kind not in "iu" \
                or not ((actions == 0) | (actions == 1)).all():
            raise RangeError(f"CartPoles.step: expected {self.num_envs} integers, 0 or 1, got {actions}.")
        self.state = np.array(swing(self.state, np.where(actions == 1, PUSH, -PUSH)))       # (4, N)
        self.steps += 1
        terminated = fallen(self.state[0], self.state[2])
        truncated = self.steps >= self.max_episode_steps
        final = self.state.T.astype(np.float32)
        self._start(np.flatnonzero(terminated | truncated))
        return (self.state.T.astype(np.float32), np.ones(self.num_envs), terminated, truncated,
                {"final_obs": final})
