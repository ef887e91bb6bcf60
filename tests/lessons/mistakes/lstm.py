"""Mistakes in exercise 18, the LSTM cell."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="new_c = f * c + i * g",
        wrong="new_c = c + i * g",
        case="all weights zero", kind="no forgetting",
        says="The old memory is kept in full: f is missing before c."),
    Mistake(
        right="new_c = f * c + i * g",
        wrong="new_c = f * c + g",
        case="a different bias for each gate", kind="input gate",
        says="g is written in full: i is missing before it."),
    Mistake(
        right="i, f, g, o = np.split(z, 4, axis=1)",
        wrong="f, i, g, o = np.split(z, 4, axis=1)",
        case="a different bias for each gate", kind="gate order",
        says="The blocks are taken in another order: input gate, forget gate, g, output gate."),
    Mistake(
        right="i, f, g, o = np.split(z, 4, axis=1)",
        wrong="i, f, o, g = np.split(z, 4, axis=1)",
        case="a different bias for each gate", kind="gate order",
        says="The blocks are taken in another order: input gate, forget gate, g, output gate."),
    Mistake(
        right="np.tanh(g), 1 / (1 + np.exp(-o))",
        wrong="1 / (1 + np.exp(-g)), 1 / (1 + np.exp(-o))",
        case="all weights zero", kind="candidate",
        says="g has the sigmoid; it has tanh, so that memory can also be taken away."),
    Mistake(
        right="return o * np.tanh(new_c), new_c",
        wrong="return o * new_c, new_c",
        case="all weights zero", kind="tanh",
        says="new_h is o ⊙ tanh(new_c); the tanh is missing."),
    Mistake(
        right="return o * np.tanh(new_c), new_c",
        wrong="return new_c, o * np.tanh(new_c)",
        case="all weights zero", kind="exchanged",
        says="The values are right, but not their order: return new_h, new_c."),
    Mistake(
        right="memory = gc + gh * o * (1 - shown ** 2)",
        wrong="memory = gc",
        case="backward: from the state alone", kind="one way",
        says="new_c is reached in two ways, and the one through new_h is missing: gh ⊙ o ⊙ (1 − tanh²"),
    Mistake(
        right="memory = gc + gh * o * (1 - shown ** 2)",
        wrong="memory = gh * o * (1 - shown ** 2)",
        case="backward: from the memory alone", kind="one way",
        says="new_c is reached in two ways, and gc is missing."),
    Mistake(
        right="memory = gc + gh * o * (1 - shown ** 2)",
        wrong="memory = gc + gh * o",
        case="backward: from the state alone", kind="tanh slope",
        says="On the way through new_h the slope of tanh(new_c) is missing."),
    Mistake(
        right="memory * i * (1 - g ** 2)",
        wrong="memory * i",
        case="backward: from the memory alone", kind="candidate slope",
        says="The slope of tanh, 1 − g², is missing at g."),
    Mistake(
        right="memory * i * (1 - g ** 2)",
        wrong="memory * i * g * (1 - g)",
        case="backward: from the memory alone", kind="candidate slope",
        says="g(1 − g) is the slope of a sigmoid; g is a tanh, with 1 − g²."),
    Mistake(
        right="memory * f, x.T @ z",
        wrong="memory, x.T @ z",
        case="backward: from the memory alone", kind="grad_c",
        says="grad_c is new_c's gradient. On the way to the old memory comes the factor f."),
    Mistake(
        right="memory * f, x.T @ z",
        wrong="gc * f, x.T @ z",
        case="backward: from the state alone", kind="one way",
        says="grad_c lacks the way through new_h: gh ⊙ o ⊙ (1 − tanh² new_c)."),
    Mistake(
        right="z.sum(axis=0)",
        wrong="z.mean(axis=0)",
        case="backward: random", kind="mean",
        says="The gradients are sums over the batch, not means."),
    Mistake(
        right="np.concatenate([memory * g * i * (1 - i), memory * c * f * (1 - f),",
        wrong="np.concatenate([memory * c * f * (1 - f), memory * g * i * (1 - i),",
        case="backward: from the memory alone", kind="gate order",
        says="The blocks of z's gradient are put together in another order: input gate, forget gate,"),
    Mistake(
        right="z @ w.T, z @ u.T",
        wrong="z @ w, z @ u",
        case="backward: from the memory alone", kind="exception",
        says="ValueError at line 23 (return z @ w, z @ u, memory * f, x.T @ z, h.T @ z,"),
]
