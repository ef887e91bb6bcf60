"""Mistakes in exercise 22, weights in eight bits."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="np.abs(w).max(axis=1) / 127",
        wrong="np.full(len(w), np.abs(w).max()) / 127",
        case="two rows", kind="one scale",
        says="One scale for all of w. Each row has its own, so that small weights are not lost beside"),
    Mistake(
        right="np.abs(w).max(axis=1) / 127",
        wrong="w.max(axis=1) / 127",
        case="the largest is negative", kind="sign",
        says="The scale comes from the largest weight. It comes from the largest |w|: a weight of −5"),
    Mistake(
        right="max(axis=1) / 127",
        wrong="max(axis=1) / 128",
        case="one row", kind="range",
        says="The scale is divided by 128. So the largest weight would become 128, which eight bits"),
    Mistake(
        right="max(axis=1) / 127",
        wrong="max(axis=1) / 255",
        case="one row", kind="range",
        says="255 steps are for both signs together; to each side there are 127."),
    Mistake(
        right="    scale[scale == 0] = 1\n",
        wrong="",
        case="a row of zeros", kind="row of zeros",
        says="A row of zeros has the scale 1: 0/0 isn't a number."),
    Mistake(
        right="np.rint(w / scale[:, None])",
        wrong="np.trunc(w / scale[:, None])",
        case="the largest is negative", kind="rounding",
        says="The fractions are cut off. The nearest whole number is off by half a step at most;"),
    Mistake(
        right="np.rint(w / scale[:, None])",
        wrong="np.floor(w / scale[:, None])",
        case="the largest is negative", kind="rounding",
        says="The fractions are cut off. The nearest whole number is off by half a step at most;"),
    Mistake(
        right="np.rint(w / scale[:, None])",
        wrong="w / scale[:, None]",
        case="the largest is negative", kind="rounding",
        says="The numbers are not rounded: eight bits hold whole numbers only."),
    Mistake(
        right="np.rint(w / scale[:, None])",
        wrong="np.rint(w / scale[:, None]).astype(np.int8)",
        case="one row", kind="dtype",
        says="q has dtype int8, which cannot hold fractions; expected is float64. np.zeros(shape) and"),
    Mistake(
        right="np.rint(w / scale[:, None]), scale",
        wrong="np.rint(w / scale[:, None]), 1 / scale",
        case="one row", kind="upside down",
        says="The scale is upside down: it says what a step of 1 is worth, largest |w| / 127."),
    Mistake(
        right="np.abs(w).max(axis=1)",
        wrong="np.abs(w).max(axis=0)",
        case="one row", kind="wrong_shape",
        says="q has shape (2, 2); expected is (1, 2)."),
    Mistake(
        right="return q * scale[:, None]",
        wrong="return q * scale",
        case="back: two rows", kind="columns",
        says="The columns are multiplied by the scales. There is one for each row: scale[:, None] is"),
    Mistake(
        right="return q * scale[:, None]",
        wrong="return q / scale[:, None]",
        case="back: one row", kind="divided",
        says="q is divided by the scale. A step of 1 is worth scale, so it is multiplied."),
    Mistake(
        right="(x @ q.T) * scale",
        wrong="x @ q.T",
        case="linear: one sample", kind="no scale",
        says="The scales are missing: y[n, o] = scale[o] · Σᵢ x[n, i] · q[o, i]."),
    Mistake(
        right="(x @ q.T) * scale",
        wrong="(x @ q.T) * scale[:, None]",
        case="linear: one sample", kind="wrong_shape",
        says="y, which linear returns, has shape (2, 2); expected is (1, 2)."),
    Mistake(
        right="(x @ q.T) * scale",
        wrong="(x @ q) * scale",
        case="linear: one sample", kind="transpose",
        says="q is (O, I), a row for each output: y = x qᵀ."),
]
