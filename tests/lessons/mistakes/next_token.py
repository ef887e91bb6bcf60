"""Mistakes in exercise 30, the next token."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right=" / temperature)",
        wrong=" * temperature)",
        case="a temperature of 2", kind="upside down",
        says="The scores are multiplied by the temperature. They are divided by it"),
    Mistake(
        right=" / temperature)",
        wrong=")",
        case="a temperature of 2", kind="ignored",
        says="The temperature has no effect."),
    Mistake(
        right="(z - z.max(1, keepdims=True))",
        wrong="z",
        case="large scores", kind="overflow",
        says="e to a large power is inf, and inf / inf isn't a number."),
    Mistake(
        right="    return e / e.sum(1, keepdims=True)\n",
        wrong="    return e / e.sum()\n",
        case="a temperature of 2", kind="whole array",
        says="All rows together add up to 1. Each row is a distribution of its own"),
    Mistake(
        right="[-k]], p, 0.0)\n    return kept / kept.sum(1, keepdims=True)",
        wrong="[-k]], p, 0.0)\n    return kept",
        case="the best two", kind="sum",
        says="What is left doesn't add up to 1. Divide each row by its sum."),
    Mistake(
        right="p >= np.sort(p, 1)[:, [-k]]",
        wrong="p <= np.sort(p, 1)[:, [k - 1]]",
        case="the best two", kind="worst",
        says="The k worst are kept."),
    Mistake(
        right="p >= np.sort(p, 1)[:, [-k]]",
        wrong="p > np.sort(p, 1)[:, [-k]]",
        case="the best two", kind="one off",
        says="One too few is kept."),
    Mistake(
        right="p >= np.sort(p, 1)[:, [-k]]",
        wrong="p >= np.sort(p, None)[-k]",
        case="the best one of each row", kind="whole array",
        says="The k best of all rows are kept. Each row has its own."),
    Mistake(
        right="            if total >= share:\n",
        wrong="            if total + row[i] > share:\n",
        case="half is enough", kind="one too few",
        says="The token that reaches the share is left out."),
    Mistake(
        right="total >= share",
        wrong="total > share",
        case="the share is met exactly", kind="one too many",
        says="One too many is kept: those before it already had the share."),
    Mistake(
        right="np.argsort(-row)",
        wrong="range(len(row))",
        case="half is enough", kind="unsorted",
        says="The sum runs in the order of the tokens. It runs from the best on."),
]
