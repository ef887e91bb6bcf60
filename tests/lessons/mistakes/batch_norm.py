"""Mistakes in exercise 12, batch-norm backward."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="(grad_hat - grad_hat.mean(axis=0) - x_hat * (grad_hat * x_hat).mean(axis=0)) / s",
        wrong="grad_hat / s",
        case="two samples", kind="constants",
        says="μ and s² are treated as constants."),
    Mistake(
        right=" - x_hat * (grad_hat * x_hat).mean(axis=0)",
        wrong="",
        case="two samples", kind="variance",
        says="The way through s² is missing: each xᵢ changes s², and with it all x̂ of its"),
    Mistake(
        right="(grad_hat - grad_hat.mean(axis=0) - x_hat",
        wrong="(grad_hat - x_hat",
        case="two samples", kind="mean",
        says="The way through μ is missing: each xᵢ changes μ, and with it all x̂ of its"),
    Mistake(
        right="grad_hat = g * gamma",
        wrong="grad_hat = g",
        case="two features", kind="gamma",
        says="γ is missing in grad_x: x̂ is multiplied by it on the way to the loss."),
    Mistake(
        right="(g * x_hat).sum(axis=0)",
        wrong="g * x_hat",
        case="two samples", kind="not_summed",
        says="grad_gamma: gamma was broadcast from (1,) to (2, 1); sum the gradient over"),
    Mistake(
        right="g.sum(axis=0)",
        wrong="g.mean(axis=0)",
        case="two samples", kind="mean for sum",
        says="The gradients of γ and β are sums over the N samples, not means: both are"),
    Mistake(
        right="x.var(axis=0)",
        wrong="x.var(axis=0, ddof=1)",
        case="two samples", kind="divisor",
        says="s² is divided by N − 1 = 1."),
    Mistake(
        right="np.sqrt(x.var(axis=0) + eps)",
        wrong="x.std(axis=0) + eps",
        case="three samples", kind="epsilon",
        says="ε stands outside of the root: x̂ = (x − μ) / √(s² + ε)."),
    Mistake(
        right="(g * x_hat).sum(axis=0)",
        wrong="(g * x).sum(axis=0)",
        case="two samples", kind="x for x̂",
        says="grad_gamma is made with x."),
    Mistake(
        right="g.sum(axis=0)",
        wrong="g.sum(axis=1)",
        case="two samples", kind="not_summed",
        says="grad_beta: sum the gradient over axis 0."),
    Mistake(
        right="grad_hat.mean(axis=0) - x_hat * (grad_hat * x_hat).mean(axis=0)",
        wrong="grad_hat.sum(axis=0) - x_hat * (grad_hat * x_hat).sum(axis=0)",
        case="two samples", kind="sums",
        says="The two shares that all samples have are sums where means belong: each xᵢ"),
    Mistake(
        right="x_hat * (grad_hat * x_hat).mean(axis=0)) / s",
        wrong="x_hat * (grad_hat * x_hat).mean(axis=0)) / s ** 2",
        case="three samples", kind="spread",
        says="grad_x is divided by √(s² + ε) twice."),
    Mistake(
        right="* x_hat).mean(axis=0)) / s",
        wrong="* x_hat).mean(axis=0))",
        case="three samples", kind="spread",
        says="grad_x is not divided by √(s² + ε), though x̂ is x − μ divided by it."),
    Mistake(
        right="- x_hat * (grad_hat",
        wrong="+ x_hat * (grad_hat",
        case="two samples", kind="sign",
        says="The way through s² has the wrong sign: a larger s² makes all x̂ smaller."),
    Mistake(
        right="grad_x = (grad_hat",
        wrong="grad_hat = grad_hat * gamma\n"
              "    grad_x = (grad_hat",
        case="two features", kind="gamma",
        says="γ is in grad_x twice."),
    Mistake(
        right="x.var(axis=0) + eps",
        wrong="x.var(axis=0)",
        case="three samples", kind="epsilon",
        says="ε is missing: x̂ = (x − μ) / √(s² + ε)."),
    Mistake(
        right="return grad_x, grad_gamma, grad_beta",
        wrong="return grad_x, grad_beta, grad_gamma",
        case="two samples", kind="wrong_input",
        says="grad_gamma: it equals the gradient of input 2 (beta): two"),
    Mistake(
        right="grad_beta = g.sum(axis=0)",
        wrong="grad_beta = np.ones_like(gamma)",
        case="two features", kind="upstream",
        says="grad_beta is 1."),
    Mistake(
        right="grad_beta = g.sum(axis=0)",
        wrong="grad_beta = g",
        case="two samples", kind="not_summed",
        says="grad_beta: beta was broadcast from (1,) to (2, 1); sum the gradient over axis"),
    Mistake(
        right="x_hat * (grad_hat * x_hat)",
        wrong="x * (grad_hat * x)",
        case="two samples", kind="x for x̂",
        says="In the way through s² stands x where x̂ belongs."),
    Mistake(
        right="grad_x = (grad_hat - grad_hat.mean(axis=0) - x_hat * (grad_hat * x_hat).mean(axis=0)) / s",
        wrong="grad_x = g * gamma",
        case="two samples", kind="constants",
        says="μ and s² are treated as constants."),
    Mistake(
        right="np.sqrt(x.var(axis=0) + eps)",
        wrong="(x.var(axis=0) + eps)",
        case="three samples", kind="root",
        says="The root is missing: x − μ is divided by √(s² + ε), the spread, not by its"),
    Mistake(
        right="x.mean(axis=0)) / s",
        wrong="x.mean()) / s",
        case="two features", kind="one mean",
        says="μ is the mean of all of x."),
]
