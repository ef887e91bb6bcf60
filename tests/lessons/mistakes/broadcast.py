"""Mistakes in exercise 3, summing a broadcast gradient."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="    return grad.sum(axis=repeated, keepdims=True)",
        wrong="    return grad",
        case="(2, 1) became (2, 3)", kind="not_summed",
        says="grad: the input was broadcast from (2, 1) to (2, 3); sum the gradient over"),
    Mistake(
        right="axis=repeated, keepdims=True",
        wrong="axis=repeated",
        case="(2, 1) became (2, 3)", kind="reshaped",
        says="The numbers are right: reshape it, or keep the axis with keepdims=True."),
    Mistake(
        right="grad.sum(axis=repeated",
        wrong="grad.mean(axis=repeated",
        case="(2, 1) became (2, 3)", kind="mean",
        says="This is the mean of the 3 copies' gradients."),
    Mistake(
        right="range(g.ndim - len(shape))",
        wrong="range(len(shape), g.ndim)",
        case="(3,) became (2, 3)", kind="wrong_shape",
        says="Broadcasting put an axis in front: sum over it."),
    Mistake(
        right="grad = g.sum(axis=tuple(range(g.ndim - len(shape))))",
        wrong="grad = g[(0,) * (g.ndim - len(shape))]",
        case="(3,) became (2, 3)", kind="not_summed",
        says="grad: it is not summed over axis 0 of the output: it equals the part of one"),
    Mistake(
        right="grad = g.sum(axis=tuple(range(g.ndim - len(shape))))",
        wrong="grad = g\n"
              "    while grad.ndim > len(shape):\n"
              "        grad.sum(axis=0)",
        case="(3,) became (2, 3)", kind="timeout",
        says="Does what the loop asks about change?"),
    Mistake(
        right="    return grad.sum(axis=repeated, keepdims=True)",
        wrong="    return g.sum(axis=0)",
        case="nothing was broadcast", kind="summed_too_much",
        says="grad: it is the gradient summed over axis 0, along which every entry of the"),
    Mistake(
        right="    return grad.sum(axis=repeated, keepdims=True)",
        wrong="    return g.sum() + 0 * grad.sum(axis=repeated, keepdims=True)",
        case="nothing was broadcast", kind="all summed",
        says="Everything was added up."),
    Mistake(
        right="    return grad.sum(axis=repeated, keepdims=True)",
        wrong="    return g.reshape(shape)",
        case="(3,) became (2, 3)", kind="exception",
        says="reshape only rearranges the numbers: it doesn't add any up or drop any."),
    Mistake(
        right="    return grad.sum(axis=repeated, keepdims=True)",
        wrong="    for axis in repeated:\n"
              "        grad = grad.sum(axis=axis)\n"
              "    return grad",
        case="(2, 1) became (2, 3)", kind="reshaped",
        says="The numbers are right: reshape it, or keep the axis with keepdims=True."),
    Mistake(
        right="grad = g.sum(axis=tuple(range(g.ndim - len(shape))))\n"
              "    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1)\n"
              "    return grad.sum(axis=repeated, keepdims=True)",
        wrong="for axis, size in enumerate(shape):\n"
              "        if size == 1:\n"
              "            g = g.sum(axis=axis, keepdims=True)\n"
              "    while g.ndim > len(shape):\n"
              "        g = g.sum(axis=0)\n"
              "    return g",
        case="(3, 1, 2) became (2, 3, 4, 2)", kind="wrong_shape",
        says="First the axes that were put in front, counted from the left; only then those"),
    Mistake(
        right="g.sum(axis=tuple(range(g.ndim - len(shape))))",
        wrong="g",
        case="(3,) became (2, 3)", kind="not_summed",
        says="grad: the input was broadcast from (3,) to (2, 3); sum the gradient over axis"),
    Mistake(
        right="axis=tuple(range(g.ndim - len(shape)))",
        wrong="axis=range(g.ndim - len(shape))",
        case="nothing was broadcast", kind="exception",
        says="Several axes are given as a tuple: axis=tuple(…)."),
    Mistake(
        right="axis=repeated, keepdims",
        wrong="axis=list(repeated), keepdims",
        case="nothing was broadcast", kind="exception",
        says="Several axes are given as a tuple: axis=tuple(…)."),
    Mistake(
        right="grad.sum(axis=repeated",
        wrong="grad.max(axis=repeated",
        case="(2, 1) became (2, 3)", kind="not summed",
        says="This is the largest of the copies' gradients."),
]
