"""Exercise 26: advantages, and PPO's clip."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

import minigrad

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array
from ..oracle import gradients, tensor

Array = np.ndarray
NAMES = ("r", "v", "v_after", "fell", "cut", "gamma", "lam")


def estimate(r: Array, v: Array, v_after: Array, fell: Array, cut: Array, gamma: float, lam: float,
             factor: float | None = None) -> Array:
    """Each advantage as the sum that its recursion stands for; ``factor`` is a mistake."""
    delta = r + gamma * np.where(fell > 0, 0.0, v_after) - v
    factor = gamma * lam if factor is None else factor
    return _sums(delta, (fell + cut) > 0, factor)


def _sums(delta: Array, ends: Array, factor: float) -> Array:
    """Σ factor^k δ from each step up to the end of its episode."""
    found = np.zeros(len(delta))
    for t in range(len(delta)):
        stop = next((k + 1 for k in range(t, len(delta)) if ends[k]), len(delta))
        found[t] = delta[t:stop] @ factor ** np.arange(stop - t)
    return found


def gain(ratio: Array, A: Array, epsilon: float) -> Array:
    """PPO's gain."""
    return _gain(tensor(ratio), tensor(A), epsilon).numpy()


def _gain(ratio: Any, A: Any, epsilon: float) -> Any:
    return minigrad.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)


def slope(ratio: Array, A: Array, epsilon: float) -> Array:
    """Its slope at the ratio, by autograd."""
    return gradients(lambda x: _gain(x, tensor(A), epsilon), 1.0, ratio)[0]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    r, v, after, fell, cut, gamma, lam = (a[name] for name in NAMES)
    delta = r + gamma * after * (1 - fell) - v
    nothing = np.zeros(len(r))
    if fell.any() and attempt.is_("A", _sums(r + gamma * after - v, (fell + cut) > 0, gamma * lam)):
        yield Finding("fallen", "After a fall nothing comes: δ = r − v where fell is 1, whatever v_after "
                      "says.")
    if cut.any():
        dropped = delta - gamma * after * (1 - fell) * cut
        if attempt.is_("A", _sums(dropped, (fell + cut) > 0, gamma * lam)):
            yield Finding("cut off", "An episode that was cut off counts as fallen. It would have gone on: "
                          "v_after belongs to its δ.")
        if attempt.is_("A", _sums(delta, fell > 0, gamma * lam)):
            yield Finding("next episode", "The advantage of a step that was cut off takes in the next step. "
                          "That one belongs to another episode.")
    if attempt.is_("A", _sums(delta, nothing > 0, gamma * lam)):
        yield Finding("next episode", "The sum goes on over the end of an episode, into the next one.")
    if len(r) > 1:
        if attempt.is_("A", delta):
            yield Finding("one surprise", "This is δ alone. The surprises that follow count as well, each "
                          "step later γλ times less.")
        if attempt.is_("A", estimate(**a, factor=gamma)):
            yield Finding("lambda", "λ is missing: Aₜ₊₁ counts γλ.")
        if attempt.is_("A", estimate(**a, factor=lam)):
            yield Finding("gamma", "γ is missing before Aₜ₊₁, which counts γλ.")
        if attempt.is_("A", _sums(delta[::-1], (fell + cut)[::-1] > 0, gamma * lam)[::-1]):
            yield Finding("forward", "The sum runs the wrong way, over what came before. Begin at the last "
                          "step.")
    if attempt.is_("A", _sums(r + gamma * after * (1 - fell), (fell + cut) > 0, gamma * lam)):
        yield Finding("no baseline", "v is not subtracted. An advantage says how much better than expected.")


def recognize_gain(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    ratio, A, epsilon = (attempt.arguments[name] for name in ("ratio", "A", "epsilon"))
    near = ratio.clip(1 - epsilon, 1 + epsilon)
    if attempt.is_("gain", near * A):
        yield Finding("no minimum", "This is the clipped term alone. The smaller of the two counts: where A "
                      "is negative and the ratio large, that is the one without the clip.")
    if attempt.is_("gain", ratio * A):
        yield Finding("no clip", "Nothing is clipped: beyond 1 ± ε a larger gain must not pay.")
    if attempt.is_("gain", np.maximum(ratio * A, near * A)):
        yield Finding("maximum", "This is the larger of the two terms; the gain is the smaller one.")
    if attempt.is_("gain", np.minimum(ratio, near) * A):
        yield Finding("factor", "The minimum was taken of the ratios. It is of the products: with a negative "
                      "A the order turns around.")


def recognize_slope(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    ratio, A, epsilon = (attempt.arguments[name] for name in ("ratio", "A", "epsilon"))
    inside = np.abs(ratio - 1) < epsilon
    if attempt.is_("slope", np.where(inside, A, 0.0)):
        yield Finding("inside", "The slope is 0 wherever the ratio is outside 1 ± ε. It is 0 only where the "
                      "clipped term is the smaller one: that depends on the sign of A, too.")
    if attempt.is_("slope", A):
        yield Finding("never 0", "The slope is A everywhere. Where the clipped term counts, the ratio has no "
                      "influence.")
    if attempt.is_("slope", np.where(ratio < 1 + epsilon, A, 0.0)):
        yield Finding("one side", "Only ratios above 1 + ε are treated. With a negative A it is those below "
                      "1 − ε that stop.")


TASKS = {
    "advantages": Task("advantages", NAMES, ("A",), estimate,
                       axes={name: "t" for name in NAMES[:5]}, recognize=recognize),
    "gain": Task("clipped_gain", ("ratio", "A", "epsilon"), ("gain",), gain, axes={"ratio": "n", "A": "n"},
                 recognize=recognize_gain),
    "slope": Task("clipped_slope", ("ratio", "A", "epsilon"), ("slope",), slope,
                  axes={"ratio": "n", "A": "n"}, recognize=recognize_slope),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def steps(*columns: object, gamma: float = 0.5, lam: float = 0.5) -> dict[str, Any]:
        return {**dict(zip(NAMES, map(np.array, columns))), "gamma": gamma, "lam": lam}

    add = "Aₜ = δₜ + γ λ Aₜ₊₁, and δₜ alone where the episode fell or was cut off."
    clip = "min(ratio · A, clip(ratio, 1 − ε, 1 + ε) · A), for each entry."
    flat = "A, or 0 where the clipped term is the smaller one."
    n = 12
    r, v, after = np.round(random.normal(size=(3, n)), 2) + 1.0
    place = np.arange(n)
    some = {"ratio": np.round(random.uniform(0.4, 1.6, n), 2) + 0.003,
            "A": np.round(random.normal(size=n), 2) + 0.005, "epsilon": 0.2}
    return [
        Case("one step", "advantages", steps([1.0], [2.0], [4.0], [0.0], [0.0]), add),
        Case("a fall", "advantages", steps([1.0], [2.0], [4.0], [1.0], [0.0]), add),
        Case("cut off", "advantages", steps([1.0], [2.0], [4.0], [0.0], [1.0]), add),
        Case("two steps", "advantages", steps([1.0, 3.0], [2.0, 1.0], [1.0, 5.0], [0.0, 0.0], [0.0, 0.0],
                                              gamma=0.5, lam=0.8), add),
        Case("two episodes", "advantages", steps([1.0, 2.0, 1.0], [2.0, 1.0, 3.0], [1.0, 3.0, 2.0],
                                                 [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]), add),
        Case("cut, and then another", "advantages", steps([1.0, 2.0], [2.0, 1.0], [1.0, 3.0], [0.0, 0.0],
                                                          [1.0, 0.0]), add),
        Case("random", "advantages", steps(r, v, after, (place == 3) * 1.0, (place == 8) * 1.0, gamma=0.99,
                                           lam=0.9), add),
        Case("gain: inside", "gain", {"ratio": array(1.1), "A": array(2), "epsilon": 0.2}, clip),
        Case("gain: too large", "gain", {"ratio": array(1.5), "A": array(2), "epsilon": 0.2}, clip),
        Case("gain: negative", "gain", {"ratio": array(1.5, 0.5), "A": array(-2, -2), "epsilon": 0.2}, clip),
        Case("gain: random", "gain", some, clip),
        Case("slope: inside", "slope", {"ratio": array(1.1), "A": array(2), "epsilon": 0.2}, flat),
        Case("slope: too large", "slope", {"ratio": array(1.5), "A": array(2), "epsilon": 0.2}, flat),
        Case("slope: negative", "slope", {"ratio": array(1.5, 0.5), "A": array(-2, -2),
                                          "epsilon": 0.2}, flat),
        Case("slope: random", "slope", some, flat),
    ]


EXERCISE = Exercise(TASKS, cases)
