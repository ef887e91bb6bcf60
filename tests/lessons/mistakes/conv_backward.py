"""Mistakes in exercise 19, the backward pass of a convolution."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="grad_x[:, :, met] += ",
        wrong="grad_x[:, :, met] = ",
        case="two places", kind="accumulate",
        says="A number of x is met by several weights, and what comes from them adds up: +=, not =."),
    Mistake(
        right="met = slice(i * dilation, i * dilation + steps)",
        wrong="met = slice(i, i + steps)",
        case="dilation 2", kind="dilation",
        says="The dilation is not used: weight i met x at t + i · dilation, not at t + i."),
    Mistake(
        right="w[:, :, i].T @ g",
        wrong="w[:, :, -1 - i].T @ g",
        case="one place", kind="flipped",
        says="The filter is turned around. Weight i met x at t + i · dilation, and goes back to there."),
    Mistake(
        right="grad_w[:, :, i] =",
        wrong="grad_w[:, :, -1 - i] =",
        case="one place", kind="flipped",
        says="The filter is turned around. Weight i met x at t + i · dilation, and goes back to there."),
    Mistake(
        right="g.sum(axis=(0, 2))",
        wrong="g.mean(axis=(0, 2))",
        case="two places", kind="mean",
        says="b is used at every place, so its gradient is the sum over all of them, not the mean."),
    Mistake(
        right="g.sum(axis=(0, 2))",
        wrong="g.sum(axis=0)",
        case="one place", kind="reshaped",
        says="grad_b has shape (1, 1); expected is (1,). The numbers are right: reshape it, or keep"),
    Mistake(
        right="grad_w[:, :, i] = np.tensordot(g, x[:, :, met], axes=((0, 2), (0, 2)))",
        wrong="grad_w[:, :, i] = g[0] @ x[0, :, met].T",
        case="two sequences", kind="first sequence",
        says="grad_w comes from the first sequence alone; all of them add up."),
    Mistake(
        right="np.tensordot(g, x[:, :, met], axes=((0, 2), (0, 2)))",
        wrong="np.tensordot(g, x[:, :, met], axes=((0, 2), (0, 2))) / len(x)",
        case="two sequences", kind="mean",
        says="The gradients of w and b are sums over the sequences, not means."),
    Mistake(
        right="w[:, :, i].T @ g",
        wrong="w[:, :, i] @ g",
        case="two channels in, one out", kind="exception",
        says="ValueError at line 11 (grad_x[:, :, met] += w[:, :, i] @ g): matmul: the sizes do not"),
    Mistake(
        right="grad_x, grad_w = np.zeros_like(x), np.zeros_like(w)",
        wrong="grad_x, grad_w = np.zeros_like(g), np.zeros_like(w)",
        case="one place", kind="wrong_shape",
        says="grad_x has shape (1, 1, 1); expected is (1, 1, 2)."),
    Mistake(
        right="return grad_x, grad_w, g",
        wrong="return grad_w, grad_x, g",
        case="one place", kind="wrong_input",
        says="grad_x: it equals the gradient of input 1 (w): two gradients are swapped, or the wrong"),
    Mistake(
        right="g.sum(axis=(0, 2))",
        wrong="np.ones(len(w))",
        case="one place", kind="upstream",
        says="grad_b is 1. By the chain rule it is multiplied by g, and all places add up."),
]
