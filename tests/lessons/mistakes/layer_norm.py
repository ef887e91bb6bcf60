"""Mistakes in exercise 20, layer normalization."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="    s = np.sqrt(x.var(axis=1, keepdims=True) + eps)\n"
              "    return (x - x.mean(axis=1, keepdims=True)) / s, s",
        wrong="    s = np.sqrt(x.var(axis=0) + eps)\n"
              "    return (x - x.mean(axis=0)) / s, s",
        case="one row", kind="axis",
        says="Mean and spread are those of the columns, as in batch normalization. Here each row has"),
    Mistake(
        right="np.sqrt(x.var(axis=1, keepdims=True) + eps)",
        wrong="np.sqrt(x.var(axis=1, keepdims=True)) + eps",
        case="an ε of 3", kind="epsilon",
        says="ε stands outside of the root: x̂ = (x − μ) / √(s² + ε)."),
    Mistake(
        right="x.var(axis=1, keepdims=True)",
        wrong="x.var(axis=1, keepdims=True, ddof=1)",
        case="one row", kind="divisor",
        says="s² is divided by D − 1 = 1. Here it is the mean of the squares, divided by D = 2."),
    Mistake(
        right="np.sqrt(x.var(axis=1, keepdims=True) + eps)",
        wrong="(x.var(axis=1, keepdims=True) + eps)",
        case="two rows", kind="root",
        says="The root is missing: x − μ is divided by √(s² + ε), not by its square."),
    Mistake(
        right="x.var(axis=1, keepdims=True)",
        wrong="x.var(axis=1)",
        case="two rows", kind="keepdims",
        says="The columns are divided by the spreads of the rows: var(axis=1) has shape (N,). With"),
    Mistake(
        right="gamma * standardized(x, eps)[0] + beta",
        wrong="standardized(x, eps)[0] + beta",
        case="one row", kind="gamma",
        says="γ is missing: y = γ ⊙ x̂ + β."),
    Mistake(
        right="gamma * standardized(x, eps)[0] + beta",
        wrong="gamma * standardized(x, eps)[0]",
        case="one row", kind="beta",
        says="β is missing: y = γ ⊙ x̂ + β."),
    Mistake(
        right="(back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        wrong="back / s",
        case="backward: one row of two", kind="constants",
        says="μ and s² are treated as constants. Every xᵢ has a share in those of its row."),
    Mistake(
        right="(back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        wrong="(back - back.mean(axis=1, keepdims=True)) / s",
        case="backward: one row of two", kind="variance",
        says="The way through s² is missing: each xᵢ changes the spread of its row."),
    Mistake(
        right="(back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        wrong="(back - x_hat * along) / s",
        case="backward: one row of two", kind="mean",
        says="The way through μ is missing: each xᵢ changes the mean of its row."),
    Mistake(
        right="(back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        wrong="(back - back.mean(axis=1, keepdims=True) - x_hat * along)",
        case="backward: one row of two", kind="spread",
        says="grad_x is not divided by √(s² + ε), though x̂ is x − μ divided by it."),
    Mistake(
        right="    back = g * gamma\n",
        wrong="    back = g\n",
        case="backward: one row of two", kind="gamma",
        says="γ is missing in grad_x: x̂ is multiplied by it on the way to the loss."),
    Mistake(
        right="    back = g * gamma\n"
              "    along = (back * x_hat).mean(axis=1, keepdims=True)\n"
              "    grad_x = (back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        wrong="    back = g\n"
              "    along = (back * x_hat).mean(axis=1, keepdims=True)\n"
              "    grad_x = gamma * (back - back.mean(axis=1, keepdims=True) - x_hat * along) / s",
        case="backward: one row of two", kind="gamma too late",
        says="γ is multiplied in at the end. It differs from feature to feature, so it belongs to g"),
    Mistake(
        right="(g * x_hat).sum(axis=0), g.sum(axis=0)",
        wrong="(g * x).sum(axis=0), g.sum(axis=0)",
        case="backward: one row of two", kind="x for x̂",
        says="grad_gamma is made with x. γ multiplies x̂, so its gradient is made with x̂."),
    Mistake(
        right="(g * x_hat).sum(axis=0), g.sum(axis=0)",
        wrong="(g * x_hat).mean(axis=0), g.mean(axis=0)",
        case="backward: γ differs", kind="mean for sum",
        says="The gradients of γ and β are sums over the N samples, not means."),
    Mistake(
        right="(g * x_hat).sum(axis=0), g.sum(axis=0)",
        wrong="(g * x_hat).sum(axis=1), g.sum(axis=1)",
        case="backward: one row of two", kind="summed_too_much",
        says="grad_gamma has shape (1,); expected is (2,). grad_gamma: it is the gradient summed over"),
]
