"""English-like sentences and the made-up language Lumi, and the rules that lead from one to the other."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

NOUNS = {"dog": "kano", "cat": "mira", "house": "tolo", "tree": "sela", "bird": "pivo", "river": "nuna",
         "boat": "bado", "stone": "lira", "girl": "fena", "boy": "goro"}          # -o and -a: two genders
ADJECTIVES = {"old": "vek", "small": "tin", "red": "rus", "quiet": "mol", "bright": "zar"}
VERBS = {"see": "oki", "find": "deni", "follow": "suri", "like": "ami", "paint": "teli"}
UNITS = dict(zip("two three four five six seven eight nine".split(),
                 "du tri kar pen ses sep ok nov".split()))
TENS = {f"{w}ty": f"{t}dek" for w, t in zip("twen thir for fif six seven eigh nine".split(), UNITS.values())}
ENGLISH = ("<pad>", "<end>", "the", "and", *NOUNS, *(f"{n}s" for n in NOUNS), *ADJECTIVES, *VERBS,
           *(f"{v}s" for v in VERBS), *UNITS, *TENS)
LUMI = ("<pad>", "<end>", "ke", "e", *NOUNS.values(), *(f"{n}i" for n in NOUNS.values()),
        *(f"{a}{end}" for a in ADJECTIVES.values() for end in ("o", "a", "oi", "ai")), *VERBS.values(),
        *(f"{v}n" for v in VERBS.values()), *UNITS.values(), *TENS.values())


class Thing(NamedTuple):
    """A noun with its number (1: "the", 2 to 99 except 10 to 19) and perhaps an adjective."""

    noun: str
    number: int
    adjective: str

    def english(self) -> list[str]:
        """Number, adjective, noun: "the old dog", "forty two old dogs"."""
        unit, ten = self.number % 10, self.number // 10
        words = ["the"] if self.number == 1 else []
        words += [list(TENS)[ten - 2]] if ten else []
        words += [list(UNITS)[unit - 2]] if unit > 1 else []
        words += [self.adjective] if self.adjective else []
        return [*words, self.noun + "s" * (self.number > 1)]

    def lumi(self) -> list[str]:
        """Noun, adjective, number: "kanoi vekoi du e kardek", two and forty; the adjective agrees."""
        noun, many = NOUNS[self.noun], "i" * (self.number > 1)
        unit, ten = self.number % 10, self.number // 10
        words = [noun + many]
        words += [ADJECTIVES[self.adjective] + noun[-1] + many] if self.adjective else []
        words += [list(UNITS.values())[unit - 2]] if unit > 1 else []
        words += ["e"] if unit > 1 and ten else []
        return words + ([list(TENS.values())[ten - 2]] if ten else [])


def pair(clauses: int, random: np.random.Generator) -> tuple[list[str], list[str]]:
    """A sentence and its translation: so many clauses, joined by "and" and "ke"; 0: a noun phrase alone.

    English has subject, verb, object; Lumi subject, object, verb. Both verbs agree with the subject.
    """
    english: list[str] = []
    lumi: list[str] = []
    if clauses == 0:
        alone = thing(random)
        return alone.english(), alone.lumi()
    for clause in range(clauses):
        subject, object = (thing(random) for _ in range(2))
        verb = list(VERBS)[random.integers(len(VERBS))]
        english += ["and"] * (clause > 0)
        lumi += ["ke"] * (clause > 0)
        english += [*subject.english(), verb + "s" * (subject.number == 1), *object.english()]
        lumi += [*subject.lumi(), *object.lumi(), VERBS[verb] + "n" * (subject.number > 1)]
    return english, lumi


def thing(random: np.random.Generator) -> Thing:
    """Half of the things are one; a number has tens, units or both, never 1 as a unit."""
    number = 1
    if random.random() < 0.5:
        ten, unit = random.integers(1, 10, 2)
        number = int(10 * (ten if ten > 1 else 0) + (unit if unit > 1 else 0)) or 2
    adjective = list(ADJECTIVES)[random.integers(len(ADJECTIVES))] if random.random() < 0.5 else ""
    return Thing(list(NOUNS)[random.integers(len(NOUNS))], number, adjective)


def back(lumi: list[str]) -> list[str]:
    """The sentence that a translation came from: nothing is lost."""
    english: list[str] = []
    nouns = {v: k for k, v in NOUNS.items()}
    verbs = {v: k for k, v in VERBS.items()}
    adjectives = {v: k for k, v in ADJECTIVES.items()}
    numbers = {v: k for k, v in (*UNITS.items(), *TENS.items())}
    things: list[list[str]] = []
    for word in lumi:
        stem, many = word.removesuffix("i"), word.endswith("i")
        if word == "ke":
            english.append("and")
        elif stem in nouns and word not in verbs:
            things.append([] if many else ["the"])
            things[-1].append(nouns[stem] + "s" * many)
        elif word.removesuffix("n") in verbs:
            plural = word not in verbs
            english += [*things[0], verbs[word.removesuffix("n")] + "s" * (not plural), *things[1]]
            things = []
        elif stem[:-1] in adjectives:
            things[-1].insert(-1, adjectives[stem[:-1]])
        elif word != "e":                               # tens come first in English
            things[-1].insert(0, numbers[word])
    return english + (things[0] if things else [])
