"""Environments by the names that gymnasium gives them."""
from __future__ import annotations

from typing import Any, Callable

from .cart_pole import CartPole
from .cart_poles import CartPoles
from .cliff_walking import CliffWalking
from .env import Env
from .frozen_lake import FrozenLake

KNOWN: dict[str, tuple[Callable[..., Env[Any]], dict[str, Any]]] = {
    "CartPole-v1": (CartPole, {}),
    "CliffWalking-v1": (CliffWalking, {}),
    "CliffWalkingSlippery-v1": (CliffWalking, {"is_slippery": True}),
    "FrozenLake-v1": (FrozenLake, {}),
    "FrozenLake8x8-v1": (FrozenLake, {"map_name": "8x8", "max_episode_steps": 200}),
}
HINTS = {"CartPole-v0": " Version 0 stops after 200 steps and counts as solved at 195; version 1 after 500, "
                        "at 475: make('CartPole-v1')."}


def make(id: str, **options: Any) -> Env[Any]:
    """An environment by name: CartPole-v1, CliffWalking-v1, FrozenLake-v1, FrozenLake8x8-v1 and more.

    ``options`` go to its class. With one seed it runs step by step as gymnasium's environment of that name.
    Raises ValueError for a name that isn't known here.

    >>> from minigrad import envs
    >>> lake = envs.make("FrozenLake-v1", is_slippery=False)
    >>> lake.observation_space, lake.action_space, lake.max_episode_steps
    (Discrete(16), Discrete(4), 100)
    """
    if id not in KNOWN:
        raise ValueError(f"make: there is no environment {id!r}; there are {', '.join(KNOWN)}."
                         + HINTS.get(id, ""))
    kind, defaults = KNOWN[id]
    return kind(**{**defaults, **options})


def make_vec(id: str, num_envs: int = 1) -> CartPoles:
    """``num_envs`` environments in one batch; so far only CartPole-v1 has such a class.

    Raises ValueError for another name.

    >>> from minigrad import envs
    >>> envs.make_vec("CartPole-v1", num_envs=8).reset(seed=0)[0].shape
    (8, 4)
    """
    if id != "CartPole-v1":
        raise ValueError(f"make_vec: only CartPole-v1 runs in a batch, got {id!r}. Call make({id!r}) as "
                         "often as you need it.")
    return CartPoles(num_envs)
