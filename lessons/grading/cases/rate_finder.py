"""Exercise 21: a learning-rate finder."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array


def rates(count: int, low: float, high: float) -> np.ndarray:
    """Equal steps of the logarithm."""
    return np.geomspace(low, high, count)


def smooth(losses: np.ndarray, beta: float, corrected: bool = True) -> np.ndarray:
    """Weighted means of all losses so far, the weights falling by β with age."""
    found = []
    for t in range(1, len(losses) + 1):
        weights = beta ** np.arange(t)[::-1] if beta else np.eye(t)[-1]
        found.append(weights @ losses[:t] / weights.sum() if corrected else (1 - beta) * weights @ losses[:t])
    return np.array(found)


def suggestion(rates: np.ndarray, losses: np.ndarray, beta: float, smoothed: bool = True, by_log: bool = True,
               until: float = 4.0, after: int = 0) -> np.ndarray:
    """The rate where the loss falls fastest. The options are mistakes."""
    if not np.all(np.diff(rates) > 0) or rates[0] <= 0 or not losses.min() > 0:
        raise ValueError("no rates that rise, or no losses")        # as when inputs are made smaller
    means = smooth(losses, beta) if smoothed else losses
    worst = means > until * np.minimum.accumulate(means)
    end = int(worst.argmax()) if worst.any() else len(means)
    x = np.log(rates) if by_log else np.asarray(rates)
    slopes = np.diff(means[:end]) / np.diff(x[:end])
    return np.asarray(rates[int(slopes.argmin()) + after])


def recognize_rates(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    count, low, high = (attempt.arguments[name] for name in ("count", "low", "high"))
    if attempt.is_("rates", np.linspace(low, high, count)):
        yield Finding("straight", "The rates grow by the same amount. They are to grow by the same factor: "
                      "from 0.001 to 0.01 is as far as from 0.1 to 1.")
    if attempt.is_("rates", low * (high / low) ** (np.arange(count) / count)):
        yield Finding("last one", "The last rate is not high: count rates have count − 1 steps between them.")
    if attempt.is_("rates", low * (high / low) ** (np.arange(1, count + 1) / count)):
        yield Finding("first one", "The first rate is not low: k counts from 0.")
    if attempt.is_("rates", np.geomspace(low, high, count)[::-1]):
        yield Finding("reversed", "The rates fall; they begin with low.")
    if attempt.is_("rates", high ** (np.arange(count) / (count - 1)) * low):
        yield Finding("factor", "The whole factor from first to last is high / low, not high.")


def recognize_smooth(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    losses, beta = attempt.arguments["losses"], attempt.arguments["beta"]
    if not beta:
        return
    m = smooth(losses, beta, corrected=False)
    t = np.arange(len(losses))
    if attempt.is_("smooth", m):
        yield Finding("bias correction", "The correction is missing: m starts at 0, so the first means are "
                      "too small by the factor 1 − βᵗ.")
    if attempt.is_("smooth", m / (1 - beta)):
        yield Finding("t", "The correction does not depend on t: it divides by 1 − β, not by 1 − βᵗ.")
    with np.errstate(all="ignore"):
        if attempt.is_("smooth", m / (1 - beta ** t)):
            yield Finding("t off by one", "t counts from 1: the first correction divides by 1 − β¹, not by "
                          "1 − β⁰ = 0.")
    if attempt.is_("smooth", smooth(losses, 1 - beta)):
        yield Finding("exchanged", "β and 1 − β are exchanged: β stands before the past.")
    if attempt.is_("smooth", np.array(feedback(losses, beta))):
        yield Finding("state", "The corrected mean is carried on. The correction is for what is returned "
                      "only; the next m is made from the mean without it.")
    first = [losses[0]]
    for loss in losses[1:]:
        first.append(beta * first[-1] + (1 - beta) * loss)
    started = m + beta ** (t + 1) * losses[0]
    if attempt.is_("smooth", np.array(first)) or attempt.is_("smooth", started / (1 - beta ** (t + 1))):
        yield Finding("start", "The mean starts with the first loss. It starts at 0, and is corrected.")


def feedback(losses: np.ndarray, beta: float) -> list[float]:
    """What comes out when the corrected mean is carried on."""
    m, found = 0.0, []
    for t, loss in enumerate(losses, 1):
        m = (beta * m + (1 - beta) * loss) / (1 - beta ** t)
        found.append(m)
    return found


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    means = smooth(a["losses"], a["beta"])
    if attempt.is_("rate", float(np.flatnonzero(a["rates"] == attempt.expected["rate"])[0])):
        yield Finding("index", "This is k, the place; asked for is the rate there, rates[k].")
    for kind, wrong, text in (
            ("lowest", a["rates"][int(np.argmin(means))], "This is where the loss is lowest. There it has "
             "stopped falling, and a little more makes it explode: take the rate where it falls fastest."),
            ("by rate", suggestion(**a, by_log=False), "The slope is taken by the rate. That favors the "
             "tiny ones; divide by the difference of the logarithms."),
            ("not smoothed", suggestion(**a, smoothed=False), "The losses are not smoothed, so that one "
             "lucky batch decides."),
            ("exploded", suggestion(**a, until=np.inf), "What comes after the explosion is looked at, too. "
             "Stop where the smooth loss is larger than four times the smallest before it."),
            ("neighbor", suggestion(**a, after=1), "Of the two neighbors take the first, rates[k]."),
            ("steepest rise", a["rates"][int(np.argmax(np.diff(means)))], "This is where the loss rises "
             "fastest: the slope with the lowest number is asked for, the most negative.")):
        if attempt.is_("rate", wrong):
            yield Finding(kind, text)


TASKS = {
    "rates": Task("rates", ("count", "low", "high"), ("rates",), rates, recognize=recognize_rates),
    "smooth": Task("smooth", ("losses", "beta"), ("smooth",), smooth, recognize=recognize_smooth),
    "suggestion": Task("suggestion", ("rates", "losses", "beta"), ("rate",), suggestion, recognize=recognize),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    factor = "Each rate is the one before, times the same factor."
    mean = "First m, then what is returned: m / (1 − βᵗ), with t = 1 at the first loss."
    steep = "Smooth, stop before the explosion, then take the slopes by the logarithm of the rate."
    count = int(random.integers(30, 50))
    x = np.linspace(0, 1, count)
    noisy = 2.3 - 1.8 / (1 + np.exp(-25 * (x - 0.5))) + np.where(x > 0.85, np.exp(40 * (x - 0.85)), 0)
    noisy = np.round(noisy + random.normal(size=count) * 0.05, 3)
    run = {"rates": np.geomspace(1e-5, 10.0, count), "losses": noisy}
    return [
        Case("rates: two", "rates", {"count": 2, "low": 0.01, "high": 1.0}, factor),
        Case("rates: four", "rates", {"count": 4, "low": 0.001, "high": 1.0}, factor),
        Case("rates: a hundred", "rates", {"count": 100, "low": 1e-6, "high": 10.0}, factor),
        Case("smooth: two losses", "smooth", {"losses": array(4, 1), "beta": 0.5}, mean),
        Case("smooth: no β", "smooth", {"losses": array(3, 1, 2), "beta": 0.0}, mean),
        Case("smooth: three losses", "smooth", {"losses": array(8, 4, 2), "beta": 0.75}, mean),
        Case("smooth: random", "smooth", {"losses": noisy, "beta": 0.9}, mean),
        Case("suggestion: the steepest step", "suggestion",
             {"rates": 2 * 10.0 ** np.arange(6), "losses": array(4, 3, 1, 0.9, 1, 2.2), "beta": 0.0}, steep),
        Case("suggestion: by the logarithm", "suggestion",
             {"rates": array(0.001, 0.01, 0.1, 1), "losses": array(4, 3.5, 2, 1.8), "beta": 0.0}, steep),
        Case("suggestion: after the explosion", "suggestion",
             {"rates": array(1, 2, 4, 8, 16, 32), "losses": array(4, 3, 2, 9, 50, 3), "beta": 0.0}, steep),
        Case("suggestion: a lucky batch", "suggestion",
             {"rates": 2.0 ** np.arange(10), "losses": array(5, 5, 1.4, 5, 5, 4, 2, 1, 0.9, 0.9),
              "beta": 0.75}, steep),
        Case("suggestion: random", "suggestion", {**run, "beta": 0.8}, steep),
    ]


EXERCISE = Exercise(TASKS, cases)
