"""Environments with so few states that a table holds all that can happen."""
from __future__ import annotations

from itertools import accumulate
from typing import Any, Sequence

from .env import Env
from .grid import draw_grid
from .spaces import Discrete

#: (probability, next state, reward, terminated) for each way that an action can end.
Outcomes = list[tuple[float, int, float, bool]]


class Tabular(Env[int]):
    """A grid of states 0, 1, 2, … row by row, and ``P[state][action]``, a list of

        (probability, next state, reward, terminated)

    for each way that the action can end: the whole model, from which the optimum can be computed.

    >>> from minigrad import envs
    >>> envs.make("CliffWalking-v1").P[24][2]       # above the start, down
    [(1.0, 36, -1.0, False)]
    """

    def __init__(self, letters: Sequence[str], starts: Sequence[int],
                 P: dict[int, dict[int, Outcomes]], max_episode_steps: int | None = None) -> None:
        super().__init__(max_episode_steps)
        self.letters = list(letters)
        self.P = P
        self.observation_space = Discrete(len(P))
        self.action_space = Discrete(len(P[0]))
        self.state: int | None = None
        self._starts = list(starts)
        self._start_bounds = list(accumulate(1 / len(starts) for _ in starts))
        self._bounds = [[list(accumulate(outcome[0] for outcome in P[s][a])) for a in P[s]] for s in P]

    def start(self) -> tuple[int, dict[str, Any]]:
        """One of the starting states."""
        self.state = self._starts[self._draw(self._start_bounds)]
        return self.state, {"prob": 1}

    def move(self, action: int) -> tuple[int, float, bool, dict[str, Any]]:
        """One of the outcomes, by its probability; ``info["prob"]`` is the probability it had."""
        assert self.state is not None
        outcome = self._draw(self._bounds[self.state][action])
        probability, self.state, reward, terminated = self.P[self.state][action][outcome]
        return self.state, reward, terminated, {"prob": probability}

    def _draw(self, bounds: Sequence[float]) -> int:
        """The first i with p₀ + … + pᵢ above a uniform number; 0 if rounding leaves none."""
        u = self.np_random.random()
        return next((i for i, bound in enumerate(bounds) if bound > u), 0)

    def render(self) -> str:
        """The grid, the agent's cell in brackets."""
        return draw_grid(self.letters, self.state)
