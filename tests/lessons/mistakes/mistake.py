"""What one mistake is."""
from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """A solution with one part replaced, and what the grader has to make of it.

    right, wrong: the part, and what stands in its place.
    case: the first case that fails; kind: the word for programs.
    says: words of the hint that belongs to this mistake, in what is told about that case.
    """

    right: str
    wrong: str
    case: str
    kind: str
    says: str
