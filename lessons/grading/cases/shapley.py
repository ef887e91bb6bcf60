"""Exercise 28: fair shares of a score."""
from __future__ import annotations

from itertools import permutations
from typing import Callable, Iterable, Iterator

import numpy as np

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals

Array = np.ndarray


def features(scores: Array) -> int:
    """How many there are, from the number of sets."""
    return int(np.log2(len(scores)))


def shapley(scores: Array) -> Array:
    """The mean over all orders, as the value is defined."""
    d = features(scores)
    found = [np.zeros(d)]
    for order in permutations(range(d)):
        sets = np.cumsum([0, *(2 ** i for i in order)])
        rises = np.zeros(d)
        rises[list(order)] = np.diff(scores[sets])
        found.append(rises)
    return np.mean(found[1:], axis=0)


def rises(scores: Array, mean: Callable[[Array, Array], float]) -> Array:
    """Of each feature what ``mean`` makes of its rises over all sets, given also the sets' sizes."""
    d, found = features(scores), []
    for i in range(d):
        sets = np.array([s for s in range(len(scores)) if not s >> i & 1])
        found.append(mean(scores[sets + 2 ** i] - scores[sets], np.array([bin(s).count("1") for s in sets])))
    return np.array(found)


def smaller(arguments: Arguments) -> Iterable[Arguments]:
    """The game without its last feature."""
    scores = arguments["scores"]
    if len(scores) > 2:
        yield {"scores": scores[:len(scores) // 2]}


def integrated(slopes: Array, x: Array, baseline: Array) -> Array:
    """Along the way."""
    return np.einsum("md,d->d", slopes, x - baseline) / len(slopes)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    scores = attempt.arguments["scores"]
    d = features(scores)
    if d == 1:
        if scores[0] and attempt.is_("shares", scores[1:]):
            yield Finding("the empty set", "Even no features have a score, scores[0]. A share is by how much "
                          "it rises.")
        return
    for kind, mean, text in (
            ("first", lambda r, n: r[n == 0].mean(), "This is what each feature adds when it comes first. "
             "Beside others it may add more, or less: all orders count."),
            ("last", lambda r, n: r[n == d - 1].mean(), "This is what each feature adds when it comes last. "
             "All orders count."),
            ("equal sets", lambda r, n: r.mean(), "All sets count alike here. A set of a middle size comes "
             "up in fewer orders than the empty one: |S|! (d − 1 − |S|)! / d!."),
            ("sum", lambda r, n: r.sum(), "This is the sum over all sets, without weights."),
            ("sizes", lambda r, n: sum(r[n == s].mean() for s in range(d)), "The mean for each size is "
             "right, but then the sizes have a mean as well: divide by d.")):
        if attempt.is_("shares", rises(scores, mean)):
            yield Finding(kind, text)
    if attempt.is_("shares", shapley(scores)[::-1]):
        yield Finding("bits", "The features are in the opposite order. Feature 0 is the last bit: s & 1.")
    if attempt.is_("shares", -shapley(scores)):
        yield Finding("sign", "The sign is wrong: score with i minus score without it.")


def recognize_path(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    slopes, x, baseline = (attempt.arguments[name] for name in ("slopes", "x", "baseline"))
    if baseline.any() and attempt.is_("shares", slopes.mean(0) * x):
        yield Finding("baseline", "The mean slope is multiplied by x. The way begins at the baseline, so its "
                      "length is x − baseline.")
    if attempt.is_("shares", slopes.mean(0)):
        yield Finding("slope alone", "This is the mean slope. How far x is from the baseline counts as well.")
    if len(slopes) > 1:
        if attempt.is_("shares", slopes.sum(0) * (x - baseline)):
            yield Finding("sum", "This is the sum of the slopes along the way; it is their mean.")
        if attempt.is_("shares", slopes[-1] * (x - baseline)):
            yield Finding("end", "This is the slope at x alone. It changes along the way: take the mean.")
    if attempt.is_("shares", slopes.mean(0) * (baseline - x)):
        yield Finding("sign", "The way leads from the baseline to x: x − baseline.")


TASKS = {
    "shapley": Task("shapley", ("scores",), ("shares",), shapley, recognize=recognize, smaller=smaller),
    "path": Task("integrated_gradients", ("slopes", "x", "baseline"), ("shares",), integrated,
                 axes={"slopes": "md", "x": "d", "baseline": "d"}, recognize=recognize_path),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    mean = "The mean, over all orders, of what the feature adds when it comes."
    way = "The mean slope, times x − baseline, feature by feature."
    a, b, c = (np.arange(8) >> i & 1 for i in range(3))
    return [
        Case("one feature", "shapley", {"scores": array(2, 5)}, mean),
        Case("two features", "shapley", {"scores": array(0, 1, 2, 7)}, mean),
        Case("three features: 6ab + c", "shapley", {"scores": 6.0 * a * b + c}, mean),
        Case("three features, random", "shapley", {"scores": decimals(random, 8)}, mean),
        Case("five features, random", "shapley", {"scores": decimals(random, 32)}, mean),
        Case("path: one feature", "path", {"slopes": array([1], [5]), "x": array(2),
                                          "baseline": array(0)}, way),
        Case("path: two features", "path", {"slopes": array([1, 3], [5, 3]), "x": array(2, 1),
                                            "baseline": array(0, 3)}, way),
        Case("path: random", "path", {"slopes": decimals(random, 10, 6), "x": decimals(random, 6),
                                      "baseline": decimals(random, 6)}, way),
    ]


EXERCISE = Exercise(TASKS, cases)
