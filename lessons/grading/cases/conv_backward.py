"""Exercise 19: the backward pass of a convolution over sequences."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task
from ..numbers import array, integers
from ..oracle import gradients
from ..shrink import fewer
from ..slopes import Slopes


def conv(x: Tensor, w: Tensor, b: Tensor, dilation: int) -> Tensor:
    """The convolution."""
    steps = x.shape[2] - (w.shape[2] - 1) * dilation
    terms = [w[:, :, i] @ x[:, :, i * dilation:i * dilation + steps] for i in range(w.shape[2])]
    return sum(terms[1:], terms[0]) + b.reshape(-1, 1)


def conv_backward(g: np.ndarray, x: np.ndarray, w: np.ndarray, dilation: int) -> tuple[np.ndarray, ...]:
    """Its gradients."""
    return gradients(lambda x, w, b: conv(x, w, b, dilation), g, x, w, np.zeros(len(w)))


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, right = attempt.arguments, attempt.expected
    g, x, w, dilation = (a[name] for name in ("g", "x", "w", "dilation"))
    steps, size = g.shape[2], w.shape[2]
    part = {i: slice(i * dilation, i * dilation + steps) for i in range(size)}
    if size > 1:
        last, flipped, backward = np.zeros_like(x), np.zeros_like(x), np.zeros_like(w)
        for i in range(size):
            last[:, :, part[i]] = w[:, :, i].T @ g
            flipped[:, :, part[i]] += w[:, :, size - 1 - i].T @ g
            backward[:, :, i] = right["grad_w"][:, :, size - 1 - i]
        if attempt.is_("grad_x", last):
            yield Finding("accumulate", "A number of x is met by several weights, and what comes from them "
                          "adds up: +=, not =.")
        if attempt.is_("grad_x", flipped) or attempt.is_("grad_w", backward):
            yield Finding("flipped", "The filter is turned around. Weight i met x at t + i · dilation, and "
                          "goes back to there.")
    if dilation > 1 and size > 1:
        near, where = np.zeros_like(x), np.zeros_like(w)
        for i in range(size):
            near[:, :, i:i + steps] += w[:, :, i].T @ g
            where[:, :, i] = np.einsum("not,nct->oc", g, x[:, :, i:i + steps])
        if attempt.is_("grad_x", near) or attempt.is_("grad_w", where):
            yield Finding("dilation", "The dilation is not used: weight i met x at t + i · dilation, not at "
                          "t + i.")
    if len(x) > 1:
        if any(attempt.is_(name, right[name] / len(x)) for name in ("grad_w", "grad_b")):
            yield Finding("mean", "The gradients of w and b are sums over the sequences, not means.")
        if attempt.is_("grad_w", conv_backward(g[:1], x[:1], w, dilation)[1]):
            yield Finding("first sequence", "grad_w comes from the first sequence alone; all of them add up.")
    if attempt.is_("grad_b", g.mean((0, 2))) or attempt.is_("grad_b", g.sum(0).mean(1)):
        yield Finding("mean", "b is used at every place, so its gradient is the sum over all of them, not "
                      "the mean.")
    if attempt.is_("grad_b", np.ones(len(w))):
        yield Finding("upstream", "grad_b is 1. By the chain rule it is multiplied by g, and all places add "
                      "up.")
    if size == 1 or not right["grad_x"].any():
        return
    if attempt.is_("grad_x", right["grad_x"] / max(1, len(w))) and len(w) > 1:
        yield Finding("mean", "grad_x is a sum over the channels that go out, not a mean.")


def smaller(arguments: Arguments) -> Iterator[Arguments]:
    """Fewer sequences and channels, then shorter sequences."""
    yield from fewer(TASK, arguments)
    if arguments["g"].shape[2] > 1:
        yield {**arguments, "g": arguments["g"][:, :, :-1], "x": arguments["x"][:, :, :-1]}


TASK = Task("conv_backward", ("g", "x", "w", "dilation"), ("grad_x", "grad_w", "grad_b"), conv_backward,
            axes={"g": "no", "x": "nc", "w": "oc"}, recognize=recognize, smaller=smaller,
            slopes=Slopes(conv, {"grad_x": "x", "grad_w": "w", "grad_b": "b"},
                          inputs=lambda a: {"x": a["x"], "w": a["w"], "b": np.zeros(len(a["w"])),
                                            "dilation": a["dilation"]}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def case(name: str, g: np.ndarray, x: np.ndarray, w: np.ndarray, dilation: int, hint: str) -> Case:
        """A case."""
        return Case(name, "it", {"g": g, "x": x, "w": w, "dilation": dilation}, hint)

    met = "Which products does the number stand in? Add up g at each of their places, times the other factor."
    gaps = "Weight i met x at t + i · dilation, so its share goes back to there."
    channels = "w[o, c] leads from channel c to channel o: on the way back sum over o for x, over n for w."
    one = array([[1, 2, 3]])
    return [
        case("one place", array([[2]]), array([[3, 4]]), array([[10, 1]]), 1, met),
        case("two places", array([[1, 2]]), one, array([[10, 1]]), 1, met),
        case("a filter of three", array([[1, -1, 2]]), array([[1, 2, 3, 4, 5]]), array([[1, 2, 4]]), 1, met),
        case("dilation 2", array([[1, 2]]), array([[1, 2, 3, 5]]), array([[10, 1]]), 2, gaps),
        case("two sequences", array([[1, 2]], [[3, -1]]), array([[1, 2, 3]], [[4, 5, 6]]), array([[1, 2]]), 1,
             channels),
        case("two channels in, one out", array([[1, 2]]), array([[1, 2, 3], [0, 1, -1]]),
             array([[1, 2], [3, 1]]),
             1, channels),
        case("one channel in, two out", array([[1, 2], [-1, 1]]), one, array([[1, 2]], [[3, 1]]), 1,
             channels),
        case("random, dilation 1", integers(random, 2, 3, 5), integers(random, 2, 2, 7),
             integers(random, 3, 2, 3), 1, met),
        case("random, dilation 3", integers(random, 3, 2, 4), integers(random, 3, 4, 10),
             integers(random, 2, 4, 3), 3, gaps),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
