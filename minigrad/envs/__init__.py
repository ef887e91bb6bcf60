"""Environments for reinforcement learning, with gymnasium's interface and gymnasium's numbers.

>>> from minigrad import envs
>>> env = envs.make("CliffWalking-v1")
>>> state, info = env.reset(seed=0)
>>> state
36
>>> state, reward, terminated, truncated, info = env.step(1)    # right, into the cliff: back to the start
>>> state, reward, terminated, truncated
(36, -100.0, False, False)
"""
from .cart_pole import CartPole
from .cart_poles import CartPoles
from .cliff_walking import CliffWalking
from .env import Env
from .frozen_lake import FrozenLake
from .grid import draw_grid
from .registry import make, make_vec
from .spaces import Box, Discrete, Space
from .tabular import Tabular

__all__ = ["Box", "CartPole", "CartPoles", "CliffWalking", "Discrete", "Env", "FrozenLake", "Space",
           "Tabular", "draw_grid", "make", "make_vec"]
