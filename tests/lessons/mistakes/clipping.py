"""Mistakes in exercise 31, each example's gradient cut to a length."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="((x ** 2).sum(1) + 1)",
        wrong="(x ** 2).sum(1)",
        case="one example", kind="bias",
        says="The bias is missing: its gradient is g, and its squares count as well."),
    Mistake(
        right="np.sqrt((g ** 2).sum(1) * ((x ** 2).sum(1) + 1))",
        wrong="(g ** 2).sum(1) * ((x ** 2).sum(1) + 1)",
        case="one example", kind="squares",
        says="These are the sums of squares. The length is the root."),
    Mistake(
        right="np.sqrt((g ** 2).sum(1) * ((x ** 2).sum(1) + 1))",
        wrong="np.linalg.norm(g, axis=1) * (np.linalg.norm(x, axis=1) + 1)",
        case="one example", kind="sum of lengths",
        says="The lengths of W's and b's gradient are added. Add their squares, and take the root"),
    Mistake(
        right="np.sqrt((g ** 2).sum(1) * ((x ** 2).sum(1) + 1))",
        wrong="np.abs(g).sum(1) * (np.abs(x).sum(1) + 1)",
        case="one example", kind="absolute",
        says="The absolute values are added. A length is the root of the sum of squares."),
    Mistake(
        right="np.sqrt((g ** 2).sum(1) * ((x ** 2).sum(1) + 1))",
        wrong="np.full(len(x), np.sqrt(((g.T @ x) ** 2).sum() + (g.sum(0) ** 2).sum()))",
        case="two examples", kind="one length",
        says="This is the length of the sum of all gradients. Each example has a length of its own."),
    Mistake(
        right="(g ** 2).sum(1)",
        wrong="(g ** 2).sum()",
        case="two examples", kind="value",
        says="length² = the sum of the squares of g xᵀ and of g: ‖g‖² ‖x‖² + ‖g‖²."),
    Mistake(
        right="    g = g * factor[:, None]\n",
        wrong="",
        case="sum: one long example", kind="not cut",
        says="Nothing is cut: the factors min(1, C / length) are missing."),
    Mistake(
        right="    factor = np.minimum(1, limit / lengths(x, g))\n"
              "    g = g * factor[:, None]\n"
              "    return g.T @ x, g.sum(0)\n",
        wrong="    w, b = g.T @ x, g.sum(0)\n"
              "    factor = min(1, limit / np.sqrt((w ** 2).sum() + (b ** 2).sum()))\n"
              "    return w * factor, b * factor\n",
        case="sum: a long and a short one", kind="cut together",
        says="The sum is cut. Then one long gradient still decides where it points: cut each before"),
    Mistake(
        right="np.minimum(1, limit / lengths(x, g))",
        wrong="limit / lengths(x, g)",
        case="sum: one short example", kind="stretched",
        says="Short gradients are stretched to the length C. Only long ones are cut: the factor is 1"),
    Mistake(
        right="np.minimum(1, limit / lengths(x, g))",
        wrong="np.maximum(1, limit / lengths(x, g))",
        case="sum: one long example", kind="upside down",
        says="Short gradients are stretched, and long ones are left: min, not max."),
    Mistake(
        right="return g.T @ x, g.sum(0)",
        wrong="return g.T @ x / len(x), g.mean(0)",
        case="sum: a long and a short one", kind="mean",
        says="This is the mean of the cut gradients; their sum is asked for."),
    Mistake(
        right="    g = g * factor[:, None]\n    return g.T @ x, g.sum(0)\n",
        wrong="    return (g * factor[:, None]).T @ x, g.sum(0)\n",
        case="sum: one long example", kind="bias not cut",
        says="The bias' gradient has no factors: it belongs to the same examples."),
    Mistake(
        right="return g.T @ x, g.sum(0)",
        wrong="return x.T @ g, g.sum(0)",
        case="sum: one long example", kind="transposed",
        says="has shape (3, 2); expected is (2, 3). Transposed, it is right."),
]
