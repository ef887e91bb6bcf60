"""Cliff walking: the shortest way leads along a cliff (Sutton and Barto, example 6.6)."""
from __future__ import annotations

from .grid import neighbor
from .tabular import Outcomes, Tabular

LETTERS = ("............", "............", "............", "SCCCCCCCCCCG")
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))          # up, right, down, left


class CliffWalking(Tabular):
    """A grid of 4 × 12 cells: from S to G, the cliff C between them. Every step costs 1.

    Actions: 0 up, 1 right, 2 down, 3 left. A step into the cliff costs 100 and leads back to the start; the
    episode goes on. It ends at the goal; there is no time limit. The shortest way has a return of −13.

    Args:
        is_slippery: a step goes where it was meant to, or to one of the two sides, each with 1/3.
        max_episode_steps: None, unless you want a limit.

    >>> from minigrad.envs import CliffWalking
    >>> env = CliffWalking()
    >>> state, info = env.reset(seed=0)
    >>> sum(env.step(action)[1] for action in [0] + [1] * 11 + [2])
    -13.0
    >>> print(env.render())
     .  .  .  .  .  .  .  .  .  .  .  .
     .  .  .  .  .  .  .  .  .  .  .  .
     .  .  .  .  .  .  .  .  .  .  .  .
     S  C  C  C  C  C  C  C  C  C  C [G]
    """

    def __init__(self, is_slippery: bool = False, max_episode_steps: int | None = None) -> None:
        letters = "".join(LETTERS)
        start, goal = letters.index("S"), letters.index("G")

        def ways(s: int, action: int) -> Outcomes:
            turns = [(action - 1) % 4, action, (action + 1) % 4] if is_slippery else [action]
            cells = [neighbor(s, MOVES[turn], (4, 12)) for turn in turns]
            return [(1 / len(turns), start, -100.0, False) if letters[cell] == "C"
                    else (1 / len(turns), cell, -1.0, cell == goal) for cell in cells]

        P = {s: {a: ways(s, a) for a in range(4)} for s in range(len(letters))}
        super().__init__(LETTERS, [start], P, max_episode_steps)
