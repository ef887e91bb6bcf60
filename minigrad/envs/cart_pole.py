"""Cart-pole: a cart on a track balances a pole by being pushed left and right.

Barto, Sutton and Anderson 1983, "Neuronlike adaptive elements that can solve difficult learning control
problems"; the equations of motion by Florian 2007, "Correct equations for the dynamics of the
cart-pole system".
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .env import Env
from .spaces import Box, Discrete

GRAVITY = 9.8                               # m/s²
CART, POLE = 1.0, 0.1                       # kg
TOTAL = CART + POLE
HALF_LENGTH = 0.5                           # m, from the joint to the middle of the pole
MOMENT = POLE * HALF_LENGTH                 # kg·m
PUSH = 10.0                                 # N
TIME = 0.02                                 # s, of a step
TRACK = 2.4                                 # m, to each side
TILT = 12 * 2 * math.pi / 360               # rad, 12°
LIMITS = np.array([2 * TRACK, np.inf, 2 * TILT, np.inf], np.float32)


def swing(state: Any, push: Any) -> tuple[Any, Any, Any, Any]:
    """The next (x, ẋ, θ, θ̇), by Euler's method: one cart with numbers, or many with arrays of shape (N,).

        t = (F + m l θ̇² sin θ) / (M + m)
        θ̈ = (g sin θ − t cos θ) / (l (4/3 − m cos² θ / (M + m)))
        ẍ = t − m l θ̈ cos θ / (M + m)

    >>> from minigrad.envs.cart_pole import swing
    >>> x, dx, angle, spin = swing((0.0, 0.0, 0.0, 0.0), 10.0)
    >>> bool(dx > 0 > spin), x, angle               # pushed right, the pole tips left
    (True, 0.0, 0.0)
    """
    x, dx, angle, spin = state
    cos, sin = np.cos(angle), np.sin(angle)
    t = (push + MOMENT * np.square(spin) * sin) / TOTAL
    turn = (GRAVITY * sin - cos * t) / (HALF_LENGTH * (4.0 / 3.0 - POLE * np.square(cos) / TOTAL))
    drive = t - MOMENT * turn * cos / TOTAL
    return x + TIME * dx, dx + TIME * drive, angle + TIME * spin, spin + TIME * turn


def fallen(x: Any, angle: Any) -> Any:
    """Whether a cart has left the track, or its pole is more than 12° from upright."""
    return (np.abs(x) > TRACK) | (np.abs(angle) > TILT)


class CartPole(Env[np.ndarray]):
    """Observation (4,), float32: position, velocity, angle, angular velocity. Reward 1 for each step.

    Actions: 0 pushes left, 1 right. The episode ends when the pole is more than 12° from upright or the cart
    2.4 m from the middle, and is cut off after 500 steps. Solved: a mean return of 475.

    >>> from minigrad.envs import CartPole
    >>> env = CartPole()
    >>> observation, info = env.reset(seed=0)
    >>> observation
    array([ 0.01369617, -0.02302133, -0.04590265, -0.04834723], dtype=float32)
    >>> observation, reward, terminated, truncated, info = env.step(0)
    >>> reward, terminated, truncated
    (1.0, False, False)
    """

    def __init__(self, max_episode_steps: int | None = 500) -> None:
        super().__init__(max_episode_steps)
        self.action_space = Discrete(2)
        self.observation_space = Box(-LIMITS, LIMITS)
        self.state: np.ndarray | None = None                # (4,), float64

    def start(self) -> tuple[np.ndarray, dict[str, Any]]:
        """All four numbers uniform between −0.05 and 0.05."""
        self.state = self.np_random.uniform(-0.05, 0.05, 4)
        return self.state.astype(np.float32), {}

    def move(self, action: int) -> tuple[np.ndarray, float, bool, dict[str, Any]]:
        """A push for 0.02 seconds."""
        self.state = np.array(swing(self.state, PUSH if action == 1 else -PUSH))
        return self.state.astype(np.float32), 1.0, bool(fallen(self.state[0], self.state[2])), {}

    def render(self) -> str:
        """The track from above, the cart on it, and the pole's angle.

        >>> from minigrad.envs import CartPole
        >>> env = CartPole()
        >>> observation, info = env.reset(seed=0)
        >>> print(env.render())
        |------------------------#------------------------|  cart +0.01 m, pole -2.6 degrees
        """
        if self.state is None:
            return "no episode yet"
        place = round(24 * (1 + float(np.clip(self.state[0] / TRACK, -1, 1))))
        return (f"|{'-' * place}#{'-' * (48 - place)}|  cart {self.state[0]:+.2f} m, "
                f"pole {math.degrees(self.state[2]):+.1f} degrees")
