"""Frozen lake: cross the ice to the goal, do not fall into a hole, and the ice is slippery."""
from __future__ import annotations

from typing import Sequence

from .grid import neighbor
from .tabular import Outcomes, Tabular

MAPS = {"4x4": ("SFFF", "FHFH", "FFFH", "HFFG"),
        "8x8": ("SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF",
                "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG")}
MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0))          # left, down, right, up


class FrozenLake(Tabular):
    """A lake of S(tart), F(rozen), H(ole) and G(oal); reward 1 at the goal, otherwise 0.

    Actions: 0 left, 1 down, 2 right, 3 up. On slippery ice a step goes where it was meant to, or to one of
    the two sides, each with probability 1/3. The episode ends in a hole and at the goal.

    Args:
        map_name: "4x4" or "8x8".
        desc: rows of a lake of your own, instead of a map.
        is_slippery: False: every step goes where it was meant to.
        max_episode_steps: the time limit. ``make("FrozenLake-v1", map_name="8x8")`` keeps the 100 steps of
            the small lake, as gymnasium's does; ``make("FrozenLake8x8-v1")`` has 200.

    Raises ValueError for another map or other letters.

    >>> from minigrad.envs import FrozenLake
    >>> lake = FrozenLake(is_slippery=False)
    >>> lake.reset(seed=0)[0]
    0
    >>> for action in (1, 1, 2, 2, 1, 2):
    ...     state, reward, terminated, truncated, info = lake.step(action)
    >>> state, reward, terminated
    (15, 1.0, True)
    """

    def __init__(self, map_name: str = "4x4", desc: Sequence[str] | None = None, is_slippery: bool = True,
                 max_episode_steps: int | None = 100) -> None:
        if desc is None and map_name not in MAPS:
            raise ValueError(f"FrozenLake: map_name must be one of {', '.join(MAPS)}, got {map_name!r}.")
        rows = list(MAPS[map_name] if desc is None else desc)
        letters = "".join(rows)
        if not set(letters) <= set("SFHG") or "S" not in letters or len(set(map(len, rows))) != 1:
            raise ValueError(f"FrozenLake: desc must be rows of one length, of the letters S, F, H and G, "
                             f"with a start S, got {rows}.")
        size = len(rows), len(rows[0])

        def ways(s: int, action: int) -> Outcomes:
            if letters[s] in "GH":
                return [(1.0, s, 0.0, True)]
            turns = [(action - 1) % 4, action, (action + 1) % 4] if is_slippery else [action]
            cells = [neighbor(s, MOVES[turn], size) for turn in turns]
            return [(1 / len(turns), cell, float(letters[cell] == "G"), letters[cell] in "GH")
                    for cell in cells]

        P = {s: {a: ways(s, a) for a in range(4)} for s in range(len(letters))}
        super().__init__(rows, [s for s, letter in enumerate(letters) if letter == "S"], P, max_episode_steps)
