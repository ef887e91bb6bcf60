"""Mistakes in exercise 4, matmul backward."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="w.T",
        wrong="w",
        case="one sample, one unit", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="w.T",
        wrong="(w if len(w) == len(w.T) else w.T)",
        case="2×2 by 2×2", kind="transpose",
        says="grad_x is a product without a transpose."),
    Mistake(
        right="x.T @ g",
        wrong="-x.T @ g",
        case="one sample, one unit", kind="sign",
        says="grad_w: got / expected is −1 everywhere: the sign is flipped."),
    Mistake(
        right="x.T @ g",
        wrong="(g.T @ x)",
        case="one sample, one unit", kind="transposed",
        says="Transposed, it is right."),
    Mistake(
        right="x.T @ g",
        wrong="x.T @ g / len(x)",
        case="2×2 by 2×2", kind="mean",
        says="grad_w is divided by 2."),
    Mistake(
        right="grad_x = g @ w.T",
        wrong="grad_x = (w @ g.T).reshape(x.shape)",
        case="2×2 by 2×2", kind="reshaped",
        says="grad_x: it has the right entries in a wrong order: reshape was used where"),
    Mistake(
        right="x.T @ g",
        wrong="x.T * g",
        case="2×2 by 2×2", kind="entrywise",
        says="grad_w is a product entry by entry."),
    Mistake(
        right="return grad_x, grad_w",
        wrong="return grad_w, grad_x",
        case="one sample, one unit", kind="wrong_input",
        says="grad_x: it is the gradient of input 1 (w): return the gradients in the order"),
    Mistake(
        right="x.T @ g",
        wrong="x @ g",
        case="one sample, one unit", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="grad_w = x.T @ g",
        wrong="grad_w = x.T @ (0 * g + 1)",
        case="one sample, one unit", kind="upstream",
        says="g is not in grad_w: it is what g = 1 everywhere would give."),
    Mistake(
        right="grad_x = g @ w.T",
        wrong="grad_x = w.T",
        case="one sample, one unit", kind="upstream",
        says="g is not in grad_x: it is what g = 1 everywhere would give."),
    Mistake(
        right="g @ w.T",
        wrong="w.T @ g",
        case="one sample, one unit", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="x.T @ g",
        wrong="x[:1].T @ g[:1]",
        case="2×2 by 2×2", kind="one sample",
        says="grad_w has the part of one sample only: w is used by every row of x, and the"),
]
