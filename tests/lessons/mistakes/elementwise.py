"""Mistakes in exercise 2, backward of mul, pow and tanh."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="g * y, g * x",
        wrong="g * x, g * y",
        case="mul: 2 · 5", kind="wrong input",
        says="Each gradient has the wrong factor: x is multiplied by y, so a small step h"),
    Mistake(
        right="g * y, g * x",
        wrong="y, x",
        case="mul: 2 · 5", kind="upstream_ignored",
        says="grad_x: the upstream gradient is not in it: it is what ones in its place"),
    Mistake(
        right="g * y, g * x",
        wrong="-g * y, g * x",
        case="mul: 2 · 5", kind="sign",
        says="grad_x: got / expected is −1 everywhere: the sign is flipped."),
    Mistake(
        right="    if n == 0:\n"
              "        return np.zeros_like(x)\n",
        wrong="",
        case="pow: x⁰ at 0", kind="nan",
        says="x⁰ is 1 everywhere, so its slope is 0; but n·xⁿ⁻¹ at n = 0, x = 0 is 0 · ∞,"),
    Mistake(
        right="g * n * x ** (n - 1)",
        wrong="g * n * x ** n",
        case="pow: x²", kind="exponent",
        says="The exponent of x is one too high: differentiating lowers it by 1."),
    Mistake(
        right="g * n * x ** (n - 1)",
        wrong="g * x ** (n - 1)",
        case="pow: x²", kind="factor",
        says="The factor n is missing: differentiating puts the exponent in front."),
    Mistake(
        right="np.tanh(x) ** 2",
        wrong="x ** 2",
        case="tanh: near 0", kind="wrong place",
        says="1 − x² takes x for the result: the slope is 1 − z² with z = tanh x."),
    Mistake(
        right="np.tanh(x) ** 2",
        wrong="np.tanh(x)",
        case="tanh: near 0", kind="square",
        says="A square is missing: the slope is 1 − z², with z = tanh x."),
    Mistake(
        right="np.tanh(x) ** 2",
        wrong="((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2",
        case="tanh: at ±1000", kind="nan",
        says="Nothing here may overflow: e¹⁰⁰⁰ does, np.tanh does not."),
    Mistake(
        right="g * n * x ** (n - 1)",
        wrong="g * x ** n * np.log(x)",
        case="pow: x²", kind="wrong variable",
        says="xⁿ · ln x is the derivative by the exponent n."),
    Mistake(
        right="x ** (n - 1)",
        wrong="x ** n - 1",
        case="pow: x²", kind="parentheses",
        says="x ** n - 1 is (xⁿ) − 1, for a power is computed before a difference: the"),
    Mistake(
        right="(1 - np.tanh(x) ** 2)",
        wrong="np.tanh(x) * (1 - np.tanh(x))",
        case="tanh: near 0", kind="sigmoid's slope",
        says="z(1 − z) is the slope of the sigmoid."),
    Mistake(
        right="(1 - np.tanh(x) ** 2)",
        wrong="(1 + np.tanh(x) ** 2)",
        case="tanh: near 0", kind="plus",
        says="1 + z² has the wrong sign: the slope of tanh is at most 1, so it is 1 − z²."),
    Mistake(
        right="g * (1 - np.tanh(x) ** 2)",
        wrong="1 - np.tanh(x) ** 2",
        case="tanh: near 0", kind="upstream_ignored",
        says="grad_x: the upstream gradient is not in it: it is what ones in its place"),
    Mistake(
        right="np.tanh(x) ** 2",
        wrong="np.tanh(g) ** 2",
        case="tanh: near 0", kind="wrong input",
        says="tanh was taken of g."),
    Mistake(
        right="g * n * x ** (n - 1)",
        wrong="g * x ** n",
        case="pow: x²", kind="no derivative",
        says="This is g times xⁿ itself: its slope is asked for."),
    Mistake(
        right="(1 - np.tanh(x) ** 2)",
        wrong="np.tanh(x)",
        case="tanh: near 0", kind="no derivative",
        says="This is g times tanh x itself: its slope is asked for."),
    Mistake(
        right="return np.zeros_like(x)",
        wrong="return 0",
        case="pow: x⁰ at 0", kind="one number",
        says="grad_x, which pow_backward returns, is one number; expected is an array of"),
    Mistake(
        right="g * n * x",
        wrong="n * x",
        case="pow: x²", kind="upstream_ignored",
        says="grad_x: the upstream gradient is not in it: it is what ones in its place"),
    Mistake(
        right="    return g * n * x ** (n - 1)",
        wrong="    g *= n * x ** (n - 1)\n"
              "    return g",
        case="pow: x²", kind="changed",
        says="pow_backward changed its input g."),
    Mistake(
        right="return g * y, g * x",
        wrong="return g * y + g * x",
        case="mul: 2 · 5", kind="type",
        says="mul_backward returned one array of shape (1,); expected are 2 values: return"),
]
