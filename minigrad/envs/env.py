"""What every environment does: seed, count steps, and refuse a step that makes no sense."""
from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np

from ..errors import EpisodeError, RangeError
from .spaces import Discrete, Space

Observation = TypeVar("Observation")


class Env(Generic[Observation]):
    """A world that answers an action with an observation and a reward, as gymnasium's ``Env`` does.

        observation, info = env.reset(seed=0)
        observation, reward, terminated, truncated, info = env.step(action)

    ``terminated``: the episode ended by itself, nothing comes after it. ``truncated``: it was cut off after
    ``max_episode_steps``, and would have gone on; a value estimate must not count that as an end. A
    subclass writes ``start`` and ``move``.

    >>> from minigrad.envs import Discrete, Env
    >>> class Coin(Env):
    ...     action_space = observation_space = Discrete(2)
    ...     def start(self):
    ...         return 0, {}
    ...     def move(self, action):
    ...         side = int(self.np_random.integers(2))
    ...         return side, float(side == action), False, {}
    >>> coin = Coin(max_episode_steps=2)
    >>> coin.reset(seed=1), coin.step(0), coin.step(0)
    ((0, {}), (0, 1.0, False, False, {}), (1, 0.0, False, True, {}))
    """

    action_space: Discrete
    observation_space: Space
    np_random: np.random.Generator

    def __init__(self, max_episode_steps: int | None = None) -> None:
        self.max_episode_steps = max_episode_steps
        self.steps = 0                  # of this episode
        self._end: str | None = "is no episode yet"

    @property
    def unwrapped(self) -> Env[Observation]:
        """The environment itself; gymnasium's are wrapped, and have this name for what is inside."""
        return self

    def start(self) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode: the first observation and info. For a subclass to write."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say how an episode starts.")

    def move(self, action: int) -> tuple[Observation, float, bool, dict[str, Any]]:
        """Take an action: observation, reward, terminated, info. For a subclass to write."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say what an action does.")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None
              ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode: the first observation, and a dict of further information.

        ``seed``: start the random numbers over; without it they go on. ``options`` is there because
        gymnasium has it; no environment here takes any: ValueError.
        """
        if options:
            raise ValueError(f"{type(self).__name__}.reset: takes no options, got {options}.")
        if seed is not None or not hasattr(self, "np_random"):
            self.np_random = np.random.default_rng(seed)
        self.steps, self._end = 0, None
        return self.start()

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one action: observation, reward, terminated, truncated, info.

        Raises EpisodeError before ``reset`` and after the end of an episode, RangeError for anything but
        an action.
        """
        name = type(self).__name__
        if self._end is not None:
            raise EpisodeError(f"{name}.step: there {self._end}. Call reset() first.")
        if not self.action_space.contains(action):
            raise RangeError(f"{name}.step: expected an action of {self.action_space}, an integer, "
                             f"got {action!r}.")
        observation, reward, terminated, info = self.move(int(action))
        self.steps += 1
        truncated = self.max_episode_steps is not None and self.steps >= self.max_episode_steps
        if terminated or truncated:
            self._end = f"is nothing after the end of an episode ({self.steps} steps)"
        return observation, reward, terminated, truncated, info

    def render(self) -> str:
        """The state as text. For a subclass to write."""
        raise NotImplementedError(f"{type(self).__name__} can't be drawn.")

    def close(self) -> None:
        """Nothing to close; gymnasium's environments may have a window."""
