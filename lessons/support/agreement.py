"""A small language whose verb agrees with the first noun, made by rules."""
from __future__ import annotations

import numpy as np

import minigrad

from .language import Language, columns

NOUNS = tuple("key keys car cars dog dogs teacher teachers house houses".split())
VERBS = tuple("waits wait falls fall sleeps sleep moves move".split())
ADJECTIVES, PREPOSITIONS = ("old", "small"), ("near", "behind", "by")
WORDS = (*NOUNS, *VERBS, "the", *ADJECTIVES, *PREPOSITIONS, ".")
ID = {word: i for i, word in enumerate(WORDS)}
VERBS_AT = slice(len(NOUNS), len(NOUNS) + len(VERBS))      # singular and plural alternate


def sentence(between: int, random: np.random.Generator) -> tuple[list[str], int, int]:
    """The words, and the number (0: one, 1: more) of the subject and of the noun before the verb.

    ``between``: how many nouns stand between subject and verb, as in "the keys near the car wait .".
    """
    words: list[str] = []
    numbers = random.integers(2, size=between + 1)
    for k, number in enumerate(numbers):
        if k:
            words.append(PREPOSITIONS[random.integers(len(PREPOSITIONS))])
        words.append("the")
        if random.random() < 0.3:
            words.append(ADJECTIVES[random.integers(len(ADJECTIVES))])
        words.append(NOUNS[2 * random.integers(len(NOUNS) // 2) + number])
    verb = VERBS[2 * random.integers(len(VERBS) // 2) + numbers[0]]
    return [*words, verb, "."], int(numbers[0]), int(numbers[-1])


def agreement(model: Language, between: int) -> tuple[float, float]:
    """How often the verb's number is right, and how often the nearest noun has it, in 300 sentences."""
    random = np.random.default_rng(98)
    tests = [sentence(between, random) for _ in range(300)]
    rows = [[ID[w] for w in words[:-2]] for words, *_ in tests]
    with minigrad.no_grad():
        scores = model(minigrad.tensor(columns(rows, 0)))[0].numpy()
    right = sum(int(scores[len(row) - 1, n, VERBS_AT].argmax() % 2 == number)
                for n, (row, (_, number, _)) in enumerate(zip(rows, tests)))
    return right / 300, sum(number == nearest for _, number, nearest in tests) / 300
