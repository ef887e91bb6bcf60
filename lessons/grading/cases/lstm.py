"""Exercise 18: an LSTM cell, forward and backward."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients, tensor
from ..slopes import Slopes

NAMES = ("x", "h", "c", "w", "u", "b")


def both(x: Tensor, h: Tensor, c: Tensor, w: Tensor, u: Tensor, b: Tensor, order: str = "ifgo",
         change: str = "") -> tuple[Tensor, Tensor]:
    """new_h and new_c. The options are mistakes: another order of the blocks, or a change."""
    z, n = x @ w + h @ u + b, h.shape[1]
    part = {name: z[:, k * n:(k + 1) * n] for k, name in enumerate(order)}
    i, f, o = (part[name].sigmoid() for name in "ifo")
    g = part["g"].sigmoid() if change == "g" else part["g"] if change == "no g" else part["g"].tanh()
    new_c = (c if change == "f" else f * c) + (g if change == "i" else i * g)
    return (o * new_c if change == "tanh" else o * new_c.tanh()), new_c


def forward(*arguments: Any, **options: Any) -> tuple[np.ndarray, ...]:
    """The same, of arrays."""
    return tuple(x.numpy() for x in both(*map(tensor, arguments), **options))


def cell(x: Any, h: Any, c: Any, w: Any, u: Any, b: Any) -> tuple[np.ndarray, ...]:
    """new_h and new_c."""
    return forward(x, h, c, w, u, b)


def loss(gh: Any, gc: Any, *inputs: Tensor) -> Tensor:
    """The number whose gradients are asked for."""
    new_h, new_c = both(*inputs)
    return (new_h * tensor(gh)).sum() + (new_c * tensor(gc)).sum()


def backward(gh: Any, gc: Any, x: Any, h: Any, c: Any, w: Any, u: Any, b: Any) -> tuple[np.ndarray, ...]:
    """The gradients."""
    return gradients(lambda *inputs: loss(gh, gc, *inputs), 1.0, x, h, c, w, u, b)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    inputs = [attempt.arguments[name] for name in NAMES]
    for kind, options, text in (
            ("no forgetting", {"change": "f"}, "The old memory is kept in full: f is missing before c."),
            ("input gate", {"change": "i"}, "g is written in full: i is missing before it."),
            ("candidate", {"change": "g"}, "g has the sigmoid; it has tanh, so that memory can also be "
             "taken away."),
            ("candidate", {"change": "no g"}, "g has no tanh."),
            ("tanh", {"change": "tanh"}, "new_h is o ⊙ tanh(new_c); the tanh is missing."),
            *(("gate order", {"order": order}, "The blocks are taken in another order: input gate, forget "
               "gate, g, output gate.") for order in ("figo", "ifog", "iofg", "gifo", "oifg"))):
        new_h, new_c = forward(*inputs, **options)
        if attempt.is_("new_c", new_c) or attempt.right("new_c") and attempt.is_("new_h", new_h):
            yield Finding(kind, text)


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    gh, gc = a["gh"], a["gc"]
    x, h, c, w, u, b = (a[name] for name in NAMES)
    z, n = x @ w + h @ u + b, h.shape[1]
    i, f, g, o = z[:, :n], z[:, n:2 * n], z[:, 2 * n:3 * n], z[:, 3 * n:]
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    g, shown = np.tanh(g), np.tanh(cell(x, h, c, w, u, b)[1])
    slope = 1 - shown ** 2

    def variant(memory: Any = None, slopes: tuple[Any, ...] = (), order: str = "ifgo") -> np.ndarray:
        """The gradient of b, with a mistake on the way there."""
        memory = gc + gh * o * slope if memory is None else memory
        slopes = slopes or (i * (1 - i), f * (1 - f), 1 - g ** 2, o * (1 - o))
        blocks = dict(zip("ifgo", (memory * g * slopes[0], memory * c * slopes[1], memory * i * slopes[2],
                                   gh * shown * slopes[3])))
        return np.concatenate([blocks[name] for name in order], 1).sum(0)

    for kind, wrong, text in (
            ("one way", variant(gc), "new_c is reached in two ways, and the one through new_h is missing: "
             "gh ⊙ o ⊙ (1 − tanh² new_c)."),
            ("one way", variant(gh * o * slope), "new_c is reached in two ways, and gc is missing."),
            ("tanh slope", variant(gc + gh * o), "On the way through new_h the slope of tanh(new_c) is "
                                   "missing."),
            ("gate slope", variant(slopes=(1.0, 1.0, 1 - g ** 2, 1.0)), "The slope of the sigmoid, σ(1 − "
             "σ), is missing at the gates."),
            ("candidate slope", variant(slopes=(i * (1 - i), f * (1 - f), 1.0, o * (1 - o))), "The slope of "
             "tanh, 1 − g², is missing at g."),
            ("candidate slope", variant(slopes=(i * (1 - i), f * (1 - f), g * (1 - g), o * (1 - o))),
             "g(1 − g) is the slope of a sigmoid; g is a tanh, with 1 − g²."),
            *(("gate order", variant(order=order), "The blocks of z's gradient are put together in another "
               "order: input gate, forget gate, g, output gate.") for order in ("figo", "ifog", "iofg"))):
        if attempt.is_("grad_b", wrong):
            yield Finding(kind, text)
    memory = gc + gh * o * slope
    if attempt.is_("grad_c", memory):
        yield Finding("grad_c", "grad_c is new_c's gradient. On the way to the old memory comes the factor "
                      "f.")
    if attempt.is_("grad_c", gc * f):
        yield Finding("one way", "grad_c lacks the way through new_h: gh ⊙ o ⊙ (1 − tanh² new_c).")
    if len(x) > 1 and attempt.is_("grad_b", attempt.expected["grad_b"] / len(x)):
        yield Finding("mean", "The gradients are sums over the batch, not means.")


FIRST = {"x": "nd", "h": "nm", "c": "nm"}
TASKS = {
    "forward": Task("lstm_cell", NAMES, ("new_h", "new_c"), cell, axes={**FIRST, "w": "d"},
                    recognize=recognize),
    "backward": Task("lstm_cell_backward", ("gh", "gc", *NAMES), tuple(f"grad_{name}" for name in NAMES),
                     backward, axes={**{name: value[:1] for name, value in FIRST.items()}, "gh": "n",
                                     "gc": "n"},
                     recognize=recognize_backward,
                     slopes=Slopes(lambda gh, gc, *inputs: loss(gh.numpy(), gc.numpy(), *inputs),
                                   {f"grad_{name}": name for name in NAMES}, inputs=lambda a: a)),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    zero = np.zeros((1, 1))
    empty = {"x": zero, "h": zero, "c": array([2]), "w": np.zeros((1, 4)), "u": np.zeros((1, 4)),
             "b": np.zeros(4)}
    gates = {**empty, "b": array(1, 2, -1, 0.5)}
    state = {**empty, "x": array([1]), "h": array([-1]), "w": array([1, 0, 2, -1]), "u": array([0, 1, 1, 2])}
    wide = {"x": decimals(random, 2, 3), "h": decimals(random, 2, 2), "c": decimals(random, 2, 2),
            "w": decimals(random, 3, 8), "u": decimals(random, 2, 8), "b": decimals(random, 8)}
    large = {"x": decimals(random, 5, 4), "h": decimals(random, 5, 3), "c": decimals(random, 5, 3),
             "w": decimals(random, 4, 12), "u": decimals(random, 3, 12), "b": decimals(random, 12)}
    order = "The blocks of z are, in this order: input gate, forget gate, g, output gate."
    back = ("new_c gets gc + gh ⊙ o ⊙ (1 − tanh² new_c). From there to f, c, i, g; each gate's own slope; "
            "then to x, w, h, u and b.")
    one = {"gh": array([1]), "gc": array([0])}
    return [
        Case("all weights zero", "forward", empty, order),
        Case("a different bias for each gate", "forward", gates, order),
        Case("input and state", "forward", state, order),
        Case("random, two sequences", "forward", wide, order),
        Case("backward: from the memory alone", "backward", {"gh": array([0]), "gc": array([1]), **gates},
             back),
        Case("backward: from the state alone", "backward", {**one, **gates}, back),
        Case("backward: from both", "backward", {"gh": array([1]), "gc": array([-2]), **state}, back),
        Case("backward: random", "backward",
             {"gh": integers(random, 2, 2), "gc": integers(random, 2, 2), **wide}, back),
        Case("backward: random, five sequences", "backward",
             {"gh": integers(random, 5, 3), "gc": integers(random, 5, 3), **large}, back),
    ]


EXERCISE = Exercise(TASKS, cases)
