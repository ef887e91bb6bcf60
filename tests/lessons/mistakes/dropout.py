"""Mistakes in exercise 11, inverted dropout."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u >= p)",
        case="p = ½ by hand", kind="scale",
        says="What is kept is not divided by 1 − p, so that the sum shrinks in training."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u < p) / (1 - p)",
        case="p = ½ by hand", kind="inverted",
        says="What should be dropped is kept, and the other way round: keep where u ≥ p."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u > p) / (1 - p)",
        case="p = ½ by hand", kind="boundary",
        says="Wrong only where u equals p: there the entry is kept (u ≥ p)."),
    Mistake(
        right="    if not training:\n"
              "        return x\n",
        wrong="",
        case="evaluation", kind="evaluation",
        says="In evaluation nothing is dropped and nothing is scaled."),
    Mistake(
        right="g * (u >= p) / (1 - p)",
        wrong="g / (1 - p)",
        case="backward: p = ¼ by hand", kind="nothing dropped",
        says="The dropped entries have a gradient."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (__import__(\"numpy\").random.default_rng(1).random(x.shape) >= p) / (1 - p)",
        case="p = ½ by hand", kind="own numbers",
        says="Entries are dropped and scaled, but not those that u says."),
    Mistake(
        right="    if not training:\n"
              "        return x\n",
        wrong="    if not training:\n"
              "        return x * (1 - p)\n",
        case="evaluation", kind="evaluation",
        says="In evaluation nothing is dropped and nothing is scaled."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u >= p) / p",
        case="p = ¼ by hand", kind="scale",
        says="What is kept is divided by p; the share that is kept is 1 − p."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u >= p) / (u >= p).mean()",
        case="p = ½ by hand", kind="scale",
        says="What is kept is divided by the share that was kept this time."),
    Mistake(
        right="g * (u >= p) / (1 - p)",
        wrong="g * (u >= p)",
        case="backward: p = ¼ by hand", kind="scale",
        says="What is kept is not divided by 1 − p, so that the sum shrinks in training."),
    Mistake(
        right="g * (u >= p) / (1 - p)",
        wrong="g * u / (1 - p)",
        case="backward: p = ¼ by hand", kind="u as a factor",
        says="u itself is the factor."),
    Mistake(
        right="    if not training:\n"
              "        return g\n",
        wrong="    if not training:\n"
              "        return g * 0\n",
        case="backward: evaluation", kind="evaluation",
        says="In evaluation nothing is dropped and nothing is scaled."),
    Mistake(
        right="x * (u >= p)",
        wrong="x * (u < 1 - p)",
        case="p = ½ by hand", kind="inverted",
        says="What should be dropped is kept, and the other way round: keep where u ≥ p."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x[u >= p] / (1 - p)",
        case="p = ½ by hand", kind="wrong_shape",
        says="Keep where u ≥ p; divide what is kept by 1 − p; the rest is 0."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x / (1 - p) if u >= p else 0 * x",
        case="p = ½ by hand", kind="exception",
        says="if asks one question, but an array has many answers: np.where(condition, a,"),
    Mistake(
        right="    return x * (u >= p) / (1 - p)",
        wrong="    x[u < p] = 0\n"
              "    return x / (1 - p)",
        case="p = ½ by hand", kind="changed",
        says="dropout changed its input x."),
    Mistake(
        right="x * (u >= p) / (1 - p)",
        wrong="x * (u >= p) * (1 - p)",
        case="p = ½ by hand", kind="scale",
        says="What is kept is multiplied by 1 − p; divide by it, so that the sum stays the"),
    Mistake(
        right="if not training:\n"
              "        return x",
        wrong="if training:\n"
              "        return x",
        case="p = ½ by hand", kind="nothing dropped",
        says="Nothing was dropped: this is training."),
    Mistake(
        right="(u >= p) / (1 - p)",
        wrong="(u < p) / p",
        case="p = ½ by hand", kind="inverted",
        says="What should be dropped is kept, and the other way round: keep where u ≥ p."),
]
