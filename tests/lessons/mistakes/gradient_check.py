"""Mistakes in exercise 23, the gradient check."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="(f(right) - f(left)) / (2 * h)",
        wrong="(f(right) - f(x)) / h",
        case="one number", kind="one side",
        says="Moved to one side only: f(x + h) − f(x). Go to both sides, so that the error shrinks"),
    Mistake(
        right="(f(right) - f(left)) / (2 * h)",
        wrong="(f(right) - f(left)) / h",
        case="one number", kind="half",
        says="From left to right it is 2h, not h: the slopes are twice too large."),
    Mistake(
        right="(f(right) - f(left)) / (2 * h)",
        wrong="(f(right) - f(left)) / 2 * h",
        case="one number, h = ½", kind="half",
        says="/ 2 * h divides by 2 and multiplies by h. Write / (2 * h)."),
    Mistake(
        right="(f(right) - f(left)) / (2 * h)",
        wrong="f(right) - f(left)",
        case="one number", kind="not divided",
        says="The difference is not divided by the distance, 2h."),
    Mistake(
        right="(f(right) - f(left)) / (2 * h)",
        wrong="(f(left) - f(right)) / (2 * h)",
        case="one number", kind="sign",
        says="Left and right are exchanged: all slopes have the wrong sign."),
    Mistake(
        right="        right[place] += h\n"
              "        left[place] -= h\n",
        wrong="        right += h\n"
              "        left -= h\n",
        case="two numbers", kind="all at once",
        says="All entries are moved at once, so that all slopes are the same. Move one, measure, put"),
    Mistake(
        right="right, left = x.copy(), x.copy()",
        wrong="right, left = x, x",
        case="one number", kind="zero",
        says="slopes is 0. Move one entry to both sides, divide"),
    Mistake(
        right="    for place in np.ndindex(x.shape):\n"
              "        right, left = x.copy(), x.copy()",
        wrong="    x = x.copy()\n"
              "    for place in np.ndindex(x.shape):\n"
              "        right, left = x.copy(), x",
        case="two numbers", kind="not put back",
        says="The entries before stay moved. Put each one back before the next has its turn."),
    Mistake(
        right="for place in np.ndindex(x.shape):",
        wrong="for place in range(len(x)):",
        case="a matrix", kind="value",
        says="slopes is wrong in 4 of 4 entries."),
    Mistake(
        right="        right, left = x.copy(), x.copy()\n"
              "        right[place] += h\n"
              "        left[place] -= h\n",
        wrong="        right, left = x[place] + h, x[place] - h\n",
        case="one number", kind="exception",
        says="ValueError at line 9 (slopes[place] = (f(right) - f(left)) / (2 * h)): f takes an array"),
    Mistake(
        right="    slopes = np.zeros(x.shape)\n",
        wrong="    slopes, h = np.zeros(x.shape), 1e-5\n",
        case="one number", kind="a limit",
        says="The h that was given is not used, but another, smaller one."),
    Mistake(
        right=" / size if size else 0.0",
        wrong="",
        case="error: one entry differs", kind="absolute",
        says="This is the difference itself. Divide it by the largest number of both."),
    Mistake(
        right=" / size if size else 0.0",
        wrong=" / size",
        case="error: both zero", kind="both zero",
        says="Two gradients that are 0 everywhere agree: the error is 0. 0/0 isn't a number."),
    Mistake(
        right="np.abs(a - b).max() / size",
        wrong="(a - b).max() / size",
        case="error: one entry differs", kind="no |…|",
        says="The sign is still there: a − b may be negative where they differ most. Take |a − b|."),
    Mistake(
        right="max(np.abs(a).max(), np.abs(b).max())",
        wrong="np.abs(a).max()",
        case="error: a matrix", kind="one of both",
        says="Divided by the largest of a alone. Take the largest of both: either may be 0."),
    Mistake(
        right="np.abs(a - b).max() / size",
        wrong="np.abs(a - b).mean() / size",
        case="error: one entry differs", kind="mean",
        says="The mean of the differences hides a single wrong entry. Take the largest."),
    Mistake(
        right="max(np.abs(a).max(), np.abs(b).max())",
        wrong="np.abs(a).max() + np.abs(b).max()",
        case="error: one entry differs", kind="sum",
        says="Divided by the sum of both; take the larger of them."),
    Mistake(
        right="    size = max(np.abs(a).max(), np.abs(b).max())\n"
              "    return np.abs(a - b).max() / size if size else 0.0",
        wrong="    size = np.maximum(np.abs(a), np.abs(b))\n"
              "    return (np.abs(a - b) / size).max() if size.any() else 0.0",
        case="error: one entry differs", kind="entry by entry",
        says="Each difference is divided by its own entry, so that rounding in an entry near 0 looks"),
]
