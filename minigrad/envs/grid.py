"""A grid drawn as text: moves that stay inside of it, and marks in its cells."""
from __future__ import annotations

from typing import Mapping, Sequence


def neighbor(state: int, move: tuple[int, int], size: tuple[int, int]) -> int:
    """The cell that a move (rows, columns) leads to; a move against a wall leads nowhere.

    >>> from minigrad.envs.grid import neighbor
    >>> neighbor(0, (0, 1), (4, 4)), neighbor(0, (-1, 0), (4, 4))
    (1, 0)
    """
    row, column = divmod(state, size[1])
    row = min(max(row + move[0], 0), size[0] - 1)
    column = min(max(column + move[1], 0), size[1] - 1)
    return row * size[1] + column


def draw_grid(letters: Sequence[str], agent: int | None = None,
              marks: Mapping[int, str] | None = None) -> str:
    """The rows of a grid as text.

    Args:
        letters: a string for each row, a letter for each cell.
        agent: the cell in brackets, counted row by row from 0; None: none.
        marks: a character for some cells, instead of their letters: a path, or the arrows of a policy.

    Raises ValueError for a cell outside of the grid.

    >>> from minigrad import envs
    >>> print(envs.draw_grid(["SF", "HG"], agent=1, marks={0: ">"}))
     > [F]
     H  G
    """
    width, marks = len(letters[0]), marks or {}
    cells = "".join(letters)
    outside = [cell for cell in (*marks, *([] if agent is None else [agent])) if not 0 <= cell < len(cells)]
    if outside:
        raise ValueError(f"draw_grid: expected cells from 0 to {len(cells) - 1}, got {outside}.")
    drawn = [f"[{mark}]" if cell == agent else f" {mark} "
             for cell, letter in enumerate(cells) for mark in [marks.get(cell, letter)]]
    return "\n".join("".join(drawn[i:i + width]).rstrip() for i in range(0, len(drawn), width))
