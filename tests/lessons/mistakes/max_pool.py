"""Mistakes in exercise 10, max-pool backward."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="            row, column = np.unravel_index(window.argmax(), window.shape)\n"
              "            grad_x[i * stride + row, j * stride + column] += g[i, j]\n",
        wrong="            rows, columns = np.nonzero(window == window.max())\n"
              "            grad_x[i * stride + rows, j * stride + columns] += g[i, j]\n",
        case="two equal maxima in one window", kind="tie",
        says="All equal maxima received the gradient; only the first one was passed on."),
    Mistake(
        right="window.argmax()",
        wrong="window.size - 1 - window.ravel()[::-1].argmax()",
        case="two equal maxima in one window", kind="tie",
        says="The gradient went to another one of the equal maxima; it goes to the first"),
    Mistake(
        right="column] += g",
        wrong="column] = g",
        case="two windows share a maximum", kind="overlap",
        says="Two windows have the same maximum, and the second gradient overwrites the"),
    Mistake(
        right="window.argmax()",
        wrong="np.maximum(window, 0).argmax()",
        case="all negative", kind="negative",
        says="Wrong where a window holds nothing but negative numbers: is 0 taken for the"),
    Mistake(
        right="+= g[i, j]",
        wrong="+= 1",
        case="one window", kind="upstream",
        says="The upstream gradient is missing: the maxima get 1 and not g."),
    Mistake(
        right="+= g[i, j]",
        wrong="+= window.max()",
        case="one window", kind="values",
        says="The maxima themselves were returned, where their gradients should be."),
    Mistake(
        right="            grad_x[i * stride + row, j * stride + column] += g[i, j]",
        wrong="            grad_x[i * stride:i * stride + k, j * stride:j * stride + k] += g[i, j] / k "
              "** 2",
        case="one window", kind="average",
        says="The gradient is spread over the whole window, as average-pooling does."),
    Mistake(
        right="i * stride:i * stride + k, j * stride:j * stride + k",
        wrong="i * k:i * k + k, j * k:j * k + k",
        case="two windows share a maximum", kind="stride",
        says="The windows were taken 2 apart."),
    Mistake(
        right="i * stride:i * stride + k, j * stride:j * stride + k",
        wrong="i:i + k, j:j + k",
        case="windows side by side", kind="stride",
        says="The windows were taken 1 apart."),
    Mistake(
        right="row, column = np.unravel_index(window.argmax(), window.shape)",
        wrong="row, column = window.argmax(), window.argmax()",
        case="one window", kind="argmax",
        says="argmax counts through all entries of the window; np.unravel_index makes row"),
    Mistake(
        right="grad_x[i * stride + row, j * stride + column]",
        wrong="grad_x[row, column]",
        case="windows side by side", kind="offset",
        says="The place within the window was taken for the place in x: window (i, j)"),
    Mistake(
        right="np.zeros_like(x)",
        wrong="np.zeros_like(g)",
        case="one window", kind="exception",
        says="Places count from 0 to the size minus 1."),
    Mistake(
        right="argmax",
        wrong="argmin",
        case="one window", kind="smallest",
        says="The smallest entry of each window gets the gradient; it is that of the"),
    Mistake(
        right="window.argmax()",
        wrong="np.abs(window).argmax()",
        case="all negative", kind="absolute value",
        says="This looks for the largest absolute value; of −4 and −2 the larger one is −2."),
    Mistake(
        right="range(g.shape[0])",
        wrong="range(x.shape[0] // stride)",
        case="two windows share a maximum", kind="exception",
        says="Places count from 0 to the size minus 1."),
    Mistake(
        right="            row, column = np.unravel_index(window.argmax(), window.shape)\n"
              "            grad_x[i * stride + row, j * stride + column] += g[i, j]\n",
        wrong="            best = window == window.max()\n"
              "            grad_x[i * stride:i * stride + k, j * stride:j * stride + k] += g[i, j] * "
              "best / best.sum()\n",
        case="two equal maxima in one window", kind="tie",
        says="The gradient was shared out among the equal maxima; it goes to the first one"),
    Mistake(
        right="grad_x[i * stride + row, j * stride + column] += g[i, j]",
        wrong="grad_x[i * stride + row, j * stride + column] += g[i, j] * window[row, column]",
        case="one window", kind="values",
        says="The gradients are multiplied by the maxima."),
    Mistake(
        right="np.zeros_like(x)",
        wrong="np.zeros(x.shape, dtype=int)",
        case="one window", kind="dtype",
        says="grad_x, which max_pool_backward returns, has dtype int64, which cannot hold"),
    Mistake(
        right="row, column = np",
        wrong="column, row = np",
        case="one window", kind="exchanged",
        says="Row and column within the window are exchanged."),
    Mistake(
        right="    return grad_x",
        wrong="            return grad_x",
        case="windows side by side", kind="first window",
        says="Only the first window passed its gradient on: is the return inside of the"),
]
