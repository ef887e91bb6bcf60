"""Mistakes in exercise 28, fair shares."""
from .mistake import Mistake

WEIGHT = "factorial(size) * factorial(d - 1 - size) / factorial(d)"
RISE = "(scores[s | 1 << i] - scores[s])"

MISTAKES = [
    Mistake(
        right=RISE, wrong="scores[s | 1 << i]",
        case="one feature", kind="the empty set",
        says="Even no features have a score, scores[0]. A share is by how much it rises."),
    Mistake(
        right=WEIGHT, wrong="float(size == 0)",
        case="two features", kind="first",
        says="This is what each feature adds when it comes first. Beside others it may add more, or"),
    Mistake(
        right=WEIGHT, wrong="float(size == d - 1)",
        case="two features", kind="last",
        says="This is what each feature adds when it comes last. All orders count."),
    Mistake(
        right=WEIGHT, wrong="1 / 2 ** (d - 1)",
        case="three features, random", kind="equal sets",
        says="All sets count alike here. A set of a middle size comes up in fewer orders than the"),
    Mistake(
        right=WEIGHT, wrong="1.0",
        case="two features", kind="sum",
        says="This is the sum over all sets, without weights."),
    Mistake(
        right=WEIGHT, wrong="factorial(size) * factorial(d - 1 - size) / factorial(d - 1)",
        case="two features", kind="sizes",
        says="The mean for each size is right, but then the sizes have a mean as well: divide by d."),
    Mistake(
        right="    return shares\n", wrong="    return shares[::-1]\n",
        case="two features", kind="bits",
        says="The features are in the opposite order. Feature 0 is the last bit: s & 1."),
    Mistake(
        right="* (x - baseline)", wrong="* x",
        case="path: two features", kind="baseline",
        says="The mean slope is multiplied by x. The way begins at the baseline, so its length is"),
    Mistake(
        right="slopes.mean(axis=0)", wrong="slopes.sum(axis=0)",
        case="path: one feature", kind="sum",
        says="This is the sum of the slopes along the way; it is their mean."),
    Mistake(
        right="slopes.mean(axis=0)", wrong="slopes[-1]",
        case="path: one feature", kind="end",
        says="This is the slope at x alone. It changes along the way: take the mean."),
    Mistake(
        right="slopes.mean(axis=0) * (x - baseline)", wrong="slopes.mean(axis=0)",
        case="path: one feature", kind="slope alone",
        says="This is the mean slope. How far x is from the baseline counts as well."),
]
