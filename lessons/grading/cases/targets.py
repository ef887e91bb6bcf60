"""Exercise 25: what a Q-network learns from."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, integers
from ..oracle import tensor

Array = np.ndarray


def best(r: Array, q: Array, ended: Array, gamma: float) -> Array:
    """Q-learning."""
    return np.where(ended > 0, r, r + gamma * tensor(q).amax(1).numpy())


def taken(r: Array, q: Array, b: Array, ended: Array, gamma: float) -> Array:
    """SARSA."""
    ahead = tensor(q).gather(1, tensor(b)[:, None])[:, 0].numpy()
    return np.where(ended > 0, r, r + gamma * ahead)


def double(r: Array, chooser: Array, valuer: Array, ended: Array, gamma: float) -> Array:
    """One chooses, another values."""
    return taken(r, valuer, chooser.argmax(1), ended, gamma)


def recognize_all(attempt: Attempt, ahead: Array) -> Iterator[Finding]:
    """Mistakes that all three share; ``ahead`` is the value of what comes next, (N,)."""
    r, ended, gamma = (attempt.arguments[name] for name in ("r", "ended", "gamma"))
    goes_on = 1 - ended
    if ended.any():
        if attempt.is_("y", r + gamma * ahead):
            yield Finding("ended", "Something comes next after the end of an episode. Where ended is 1, the "
                          "target is the reward alone.")
        if attempt.is_("y", r + gamma * ahead * ended):
            yield Finding("goes on", "Only ended episodes have a future: take 1 − ended as factor.")
        if attempt.is_("y", (r + gamma * ahead) * goes_on):
            yield Finding("last reward", "The reward of the last step is lost: the factor 1 − ended belongs "
                          "to what comes next alone.")
    if attempt.is_("y", r):
        yield Finding("reward alone", "This is the reward alone. Where ended is 0, what comes next counts as "
                      "well.")
    if attempt.is_("y", r + ahead * goes_on):
        yield Finding("discount", "The discount is missing: what comes next counts γ.")
    if attempt.is_("y", gamma * (r + ahead * goes_on)):
        yield Finding("discounted reward", "The reward is discounted as well. It comes now; γ belongs to "
                      "what comes next.")
    if attempt.is_("y", gamma * ahead * goes_on):
        yield Finding("reward", "The reward is missing: y = r + γ · what comes next.")


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    r, q, ended, gamma = (attempt.arguments[name] for name in ("r", "q", "ended", "gamma"))
    yield from recognize_all(attempt, q.max(1))
    if attempt.is_("y", r + gamma * q.mean(1) * (1 - ended)):
        yield Finding("mean", "This is the mean of the actions' values. Q-learning takes the best.")
    if attempt.is_("y", r + gamma * q.argmax(1) * (1 - ended)):
        yield Finding("number", "argmax gives the number of the best action, not its value.")
    if len(q) > 1 and attempt.is_("y", r + gamma * q.max() * (1 - ended)):
        yield Finding("all steps", "The maximum was taken over all steps together. Each has its own: "
                      "max(axis=1).")


def recognize_sarsa(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    q, b = a["q"], a["b"]
    yield from recognize_all(attempt, q[np.arange(len(q)), b])
    rest = (a["r"], a["ended"], a["gamma"])
    if attempt.is_("y", best(rest[0], q, *rest[1:])):
        yield Finding("maximum", "This is Q-learning's target. SARSA takes the value of b, the action that "
                      "is taken next, even if another one is better.")
    if attempt.is_("y", rest[0] + rest[2] * b * (1 - rest[1])):
        yield Finding("number", "b is the number of an action; its value is q[n, b[n]].")


def recognize_double(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    r, first, second, ended, gamma = (a[name] for name in ("r", "chooser", "valuer", "ended", "gamma"))
    yield from recognize_all(attempt, second[np.arange(len(second)), first.argmax(1)])
    for other, kind, text in (
            (best(r, second, ended, gamma), "own choice", "The valuer chooses its own best action. The "
             "chooser's argmax says which of the valuer's values counts."),
            (best(r, first, ended, gamma), "one network", "The chooser values its own choice: so the "
             "luckiest error counts again. The value comes from the valuer."),
            (double(r, second, first, ended, gamma), "exchanged", "The two are exchanged: chooser gives the "
             "argmax, valuer the value.")):
        if attempt.is_("y", other):
            yield Finding(kind, text)


TASKS = {
    "q": Task("q_targets", ("r", "q", "ended", "gamma"), ("y",), best,
              axes={"r": "n", "q": "na", "ended": "n"}, recognize=recognize),
    "sarsa": Task("sarsa_targets", ("r", "q", "b", "ended", "gamma"), ("y",), taken,
                  axes={"r": "n", "q": "n ", "b": "n", "ended": "n"}, recognize=recognize_sarsa),
    "double": Task("double_targets", ("r", "chooser", "valuer", "ended", "gamma"), ("y",), double,
                   axes={"r": "n", "chooser": "na", "valuer": "na", "ended": "n"},
                   recognize=recognize_double),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    text = "y = r + γ · what comes next; r alone where the episode has ended."
    n = 8
    r, ended = integers(random, n), (np.arange(n) % 3 == 1) * 1.0
    q, other = np.round(5 * random.normal(size=(2, n, 4)), 1)
    one, end = array(0), array(1)
    return [
        Case("one step", "q", {"r": array(1), "q": array([2, 6]), "ended": one, "gamma": 0.5}, text),
        Case("the end", "q", {"r": array(3), "q": array([2, 6]), "ended": end, "gamma": 0.5}, text),
        Case("two steps", "q", {"r": array(1, -2), "q": array([2, 7, 3], [-8, -6, -9]),
                                "ended": array(0, 0), "gamma": 0.9}, text),
        Case("random", "q", {"r": r, "q": q, "ended": ended, "gamma": 0.98}, text),
        Case("sarsa: one step", "sarsa", {"r": array(1), "q": array([2, 6]), "b": np.array([0]),
                                          "ended": one, "gamma": 0.5}, text),
        Case("sarsa: the end", "sarsa", {"r": array(3, 1), "q": array([2, 7], [8, 5]), "b": np.array([1, 0]),
                                         "ended": array(1, 0), "gamma": 0.5}, text),
        Case("sarsa: random", "sarsa", {"r": r, "q": q, "b": random.integers(0, 4, n), "ended": ended,
                                        "gamma": 0.98}, text),
        Case("double: one step", "double", {"r": array(1), "chooser": array([2, 6]), "valuer": array([9, 4]),
                                            "ended": one, "gamma": 0.5}, text),
        Case("double: the end", "double", {"r": array(3, 1), "chooser": array([2, 7], [8, 5]),
                                           "valuer": array([1, 3], [4, 9]), "ended": array(1, 0),
                                           "gamma": 0.5}, text),
        Case("double: random", "double", {"r": r, "chooser": q, "valuer": other, "ended": ended,
                                          "gamma": 0.98}, text),
    ]


EXERCISE = Exercise(TASKS, cases)
