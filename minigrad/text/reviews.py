"""Sentences of film reviews made by a small grammar: a corpus that is always available.

    the plot was not really funny .                     negative
    nobody would call this film dull .                  positive
    the music is awful , but the acting is superb .     positive: what follows "but" counts

No single word decides: "not" and "nobody" reverse a judgment, so a network must see which word belongs to
which. The sentences say nothing about real reviews.
"""
from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from .wordpiece import SPECIAL

GOOD = ("superb funny moving brilliant charming clever gripping fresh delightful honest warm wonderful "
        "beautiful witty great touching").split()
BAD = ("awful dull boring clumsy stupid lifeless tedious shallow flat silly cold dreadful ugly lazy bad "
       "pointless").split()
THINGS = ("plot acting music dialogue camera ending script humor story cast film movie picture comedy drama "
          "thriller").split()
VERBS = "is was seems feels remains".split()
DEGREES = "very really quite truly rather so".split()
WHOLES = "film movie picture comedy drama thriller".split()
EXTRA = ("the this a an , . ! ? it its and but not never nobody would call i did find in way every is as "
         "watch to once again of all".split())


class RenderedReviews(Dataset):
    """``count`` different sentences with their labels; the split "dev" shares none with "train".

    ``texts`` and ``labels`` as in SST2, classes 0 negative and 1 positive, about half each. The same
    arguments give the same sentences on every machine.

    >>> from minigrad.text import RenderedReviews
    >>> data = RenderedReviews(count=100)
    >>> len(data), len(set(data.texts)), set(data.labels.tolist()) == {0, 1}
    (100, 100, True)
    """

    classes = ["negative", "positive"]

    def __init__(self, count: int = 4000, split: str = "train") -> None:
        self.split = split
        random = np.random.Generator(np.random.PCG64(0 if split == "train" else 1))
        made: dict[str, int] = {}
        while len(made) < count:
            text, label = sentence(random)
            if in_dev(text) == (split != "train"):
                made.setdefault(text, label)
        self.texts, self.labels = list(made), np.array(list(made.values()), np.int64)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> tuple[str, int]:
        """(text, label) of sample ``index``."""
        return self.texts[index], int(self.labels[index])

    @staticmethod
    def vocabulary() -> list[str]:
        """Pieces for these sentences: special tokens, their words, and letters for any other word."""
        letters = "abcdefghijklmnopqrstuvwxyz0123456789'-"
        words = [*EXTRA, *GOOD, *BAD, *THINGS, *VERBS, *DEGREES]
        return list(dict.fromkeys([*SPECIAL, *words, *letters, *(f"##{c}" for c in letters)]))


def in_dev(text: str) -> bool:
    """Whether a sentence belongs to the dev split: one in five, by its letters."""
    return sum(text.encode()) % 5 == 0


def sentence(random: np.random.Generator) -> tuple[str, int]:
    """A random sentence and its label."""
    def pick(words: list[str]) -> str:
        return words[int(random.integers(len(words)))]

    def judgment(label: int) -> str:
        """A clause that says something good (1) or bad (0), one time in three by denying the opposite."""
        kind = int(random.integers(6))
        degree = pick(DEGREES) + " " if random.integers(2) else ""
        said, denied = (pick(GOOD), pick(BAD)) if label else (pick(BAD), pick(GOOD))
        if kind == 0:
            return f"the {pick(THINGS)} {pick(VERBS)} not {degree}{denied}"
        if kind == 1:
            return f"nobody would call this {pick(WHOLES)} {denied}"
        if kind == 2:
            return f"i did find the {pick(THINGS)} {degree}{said}"
        if kind == 3:
            return f"this {pick(WHOLES)} {pick(VERBS)} {said} in its {pick(THINGS)}"
        return f"the {pick(THINGS)} {pick(VERBS)} {degree}{said}"

    label = int(random.integers(2))
    form = int(random.integers(4))
    if form == 0:
        return f"{judgment(1 - label)} , but {judgment(label)} .", label
    if form == 1:
        return f"{judgment(label)} and {judgment(label)} .", label
    return f"{judgment(label)} {'.' if random.integers(3) else '!'}", label
