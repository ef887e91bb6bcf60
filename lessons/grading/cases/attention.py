"""Exercise 15: attention, forward and backward."""
from __future__ import annotations

from typing import Callable, Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients, tensor
from ..shrink import fewer
from ..slopes import Slopes


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray, scale: float | None = None
              ) -> np.ndarray:
    """minigrad's attention."""
    return F.scaled_dot_product_attention(tensor(q), tensor(k), tensor(v), tensor(mask), scale=scale).numpy()


def backward(g: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray,
             scale: float | None = None) -> tuple[np.ndarray, ...]:
    """Its gradients."""
    return gradients(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, tensor(mask), scale=scale),
                     g, q, k, v)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    q, k, v, mask = (a[name] for name in ("q", "k", "v", "mask"))
    d, count, open_mask = q.shape[1], len(q), np.ones_like(mask)
    for scale, text in ((1.0, "The scores are not divided by √d."),
                        (1.0 / d, "The scores are divided by d, not by its root."),
                        (count ** -0.5, "The scores are divided by √L. d is the number of columns of q, "
                         "q.shape[1]; len(q) is the number of queries.")):
        if attempt.is_("out", attention(q, k, v, mask, scale)):
            yield Finding("scale", text)
    nowhere = np.isnan(attempt.got["out"]).all() and np.abs(q @ k.T).max() < 50
    even = mask.all() and attempt.is_("out", attention(q * 0, k, v, mask))
    if nowhere or even or not mask.all() and attempt.is_("out", attention(q, k, v, ~mask)):
        yield Finding("mask inverted", "The mask is read the wrong way round: True is where a query may "
                      "look.")
    scores = tensor(q) @ tensor(k).t() * d ** -0.5
    p = F.softmax(scores, 1).numpy()
    if not mask.all():
        if attempt.is_("out", attention(q, k, v, open_mask)):
            yield Finding("mask ignored", "The mask is not used.")
        if attempt.is_("out", (p * mask) @ v):
            yield Finding("mask after softmax", "The mask is applied after the softmax, so that the rows no "
                          "longer add up to 1. Apply it to the scores, as −∞.")
        if attempt.is_("out", F.softmax(scores * tensor(mask.astype(float)), 1).numpy() @ v):
            yield Finding("mask of zeros", "A forbidden score is 0; but e⁰ is 1. It has to be −∞.")
        if any(attempt.is_("out", F.softmax(tensor(np.where(mask, scores.numpy(), -low)), 1).numpy() @ v)
               for low in (1.0, 10.0, 100.0)):
            yield Finding("mask too small", "A forbidden key still has a share: its score is not low enough. "
                          "Take −np.inf.")
    if mask.all() and attempt.is_("out", F.softmax(scores, 0).numpy() @ v):
        yield Finding("axis", "The softmax is taken over the queries. Each row belongs to a query and adds "
                      "up to 1.")
    masked = np.where(mask, scores.numpy(), -np.inf)
    if mask.all() and attempt.is_("out", masked @ v):
        yield Finding("no softmax", "The scores themselves are the weights: the softmax is missing.")
    e = np.exp(masked - masked.max(1, keepdims=True))
    if attempt.is_("out", e @ v):
        yield Finding("not divided", "The powers of e are not divided by their sum, so that the rows do not "
                      "add up to 1.")
    if len(q) == len(k) > 1 and attempt.is_("out", e / e.sum(1) @ v):
        yield Finding("keepdims", "The columns are divided by the sums of the rows: sum(axis=1) has shape "
                      "(L,). With keepdims=True it is (L, 1), one for each row.")


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    g, q, k, v, mask = (a[name] for name in ("g", "q", "k", "v", "mask"))
    d = q.shape[1]
    if attempt.right("grad_v") and d > 1:
        for times, text in ((d ** 0.5, "The factor 1/√d is missing in grad_q and grad_k."),
                            (d ** -0.5, "The factor 1/√d is in grad_q and grad_k twice.")):
            if all(attempt.is_(name, attempt.expected[name] * times) for name in ("grad_q", "grad_k")):
                yield Finding("scale", text)
    if attempt.is_("grad_v", backward(g, q, k, v, mask, 1.0)[2]):
        yield Finding("scale", "The scores are not divided by √d.")
    if not mask.all() and attempt.is_("grad_v", backward(g, q, k, v, np.ones_like(mask))[2]):
        yield Finding("mask ignored", "The mask is not used.")
    p = attention(q, k, np.eye(len(k)), mask)                   # with v = 1 the result is p itself
    slope = gradients(lambda p: p @ tensor(v), g, p)[0]         # gₚ
    row = (p * slope).sum(1, keepdims=True)                     # what each row shares
    for kind, scores, text in (
            ("softmax", p * slope, "In the softmax's backward pass the subtracted number is missing: raising "
             "one score lowers all other shares of its row."),
            ("entrywise", p * (1 - p) * slope, "p(1 − p) is the slope of one share by its own score. Raising "
             "one score also changes all other shares of its row."),
            ("no share", slope - row, "The factor p is missing: a share near 0 hardly changes."),
            ("softmax skipped", slope, "The softmax's backward pass is missing: this is the gradient for p, "
             "not for the scores."),
            ("mean", p * (slope - row / len(k)), "The subtracted number is the sum over the row, not the "
             "mean: p holds the weights already."),
            ("axis", p * (slope - (p * slope).sum(0)), "The subtracted number is summed over the queries. "
             "Each row of p is a softmax: sum over the keys, axis 1.")):
        found = gradients(lambda q, k: q @ k.t() * d ** -0.5, scores, q, k)
        if attempt.is_("grad_q", found[0]) or attempt.is_("grad_k", found[1]):
            yield Finding(kind, text)


def smaller(task: str) -> Callable[[Arguments], Iterator[Arguments]]:
    """Fewer rows and columns, as long as every query may look somewhere."""
    def candidates(arguments: Arguments) -> Iterator[Arguments]:
        """Without those in which a query may look nowhere."""
        return (x for x in fewer(TASKS[task], arguments) if x["mask"].any(1).all())
    return candidates


def all_of(queries: int, keys: int) -> np.ndarray:
    """A mask that forbids nothing."""
    return np.ones((queries, keys), bool)


AXES = {"g": "le", "q": "ld", "k": "sd", "v": "se", "mask": "ls"}
TASKS = {
    "forward": Task("attention", ("q", "k", "v", "mask"), ("out",), attention,
                    axes={name: AXES[name] for name in ("q", "k", "v", "mask")}, recognize=recognize,
                    smaller=smaller("forward")),
    "backward": Task("attention_backward", ("g", "q", "k", "v", "mask"), ("grad_q", "grad_k", "grad_v"),
                     backward, axes=AXES, recognize=recognize_backward,
                     slopes=Slopes(F.scaled_dot_product_attention,
                                   {"grad_q": "q", "grad_k": "k", "grad_v": "v"}),
                     smaller=smaller("backward")),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    rows = "Each row of p belongs to one query, is a softmax over the keys, and adds up to 1."
    forbid = "What the mask forbids (False) gets the score −∞, before the softmax."
    root = "d is the number of columns of q and k; the scores are divided by its root."
    back = "Go back step by step: out = p v, the softmax of each row, scores = q kᵀ / √d."
    some = random.random((4, 5)) < 0.6
    some[np.arange(4), random.integers(0, 5, 4)] = True
    some[0, 0], some[0, 1] = True, False
    inputs = {"q": decimals(random, 4, 3), "k": decimals(random, 5, 3), "v": decimals(random, 5, 2)}
    two = {"q": array([1], [0]), "k": array([1], [2]), "v": array([1], [3])}
    wide = {"q": array([1, 1, 1, 1]), "k": array([1, 0, 0, 0], [0, 0, 0, -1]), "v": array([1], [3])}
    return [
        Case("one query, two keys", "forward",
             {"q": array([1]), "k": array([0], [1]), "v": array([1], [3]), "mask": all_of(1, 2)}, rows),
        Case("two queries", "forward", {**two, "mask": all_of(2, 2)}, rows),
        Case("d = 4", "forward", {**wide, "mask": all_of(1, 2)}, root),
        Case("a causal mask", "forward", {**two, "mask": np.array([[True, False], [True, True]])}, forbid),
        Case("large scores", "forward",
             {"q": array([40], [-40]), "k": array([40], [39]), "v": array([1], [3]), "mask": all_of(2, 2)},
             "Subtract the largest score of each row, not that of all rows, before e is raised to them."),
        Case("random, with a mask", "forward", {**inputs, "mask": some}, forbid),
        Case("backward: one query, two keys", "backward",
             {"g": array([1]), "q": array([1]), "k": array([0], [1]), "v": array([1], [3]),
              "mask": all_of(1, 2)}, back),
        Case("backward: d = 4", "backward", {"g": array([2]), **wide, "mask": all_of(1, 2)}, root),
        Case("backward: a causal mask", "backward",
             {"g": array([1], [2]), **two, "mask": np.array([[True, False], [True, True]])}, forbid),
        Case("backward: random, with a mask", "backward",
             {"g": integers(random, 4, 2), **inputs, "mask": some}, back),
    ]


EXERCISE = Exercise(TASKS, cases)
