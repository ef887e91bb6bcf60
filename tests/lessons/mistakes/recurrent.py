"""Mistakes in exercise 29, a recurrent cell."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="np.tanh(x[t] @ w + h[t] @ u + b)",
        wrong="np.tanh(x[t] @ w + b)",
        case="two steps, one unit", kind="no memory",
        says="Each step sees its input only. The state of the step before goes in as well: h u."),
    Mistake(
        right="np.tanh(x[t] @ w + h[t] @ u + b)",
        wrong="x[t] @ w + h[t] @ u + b",
        case="two steps, one unit", kind="no tanh",
        says="The tanh is missing."),
    Mistake(
        right="np.tanh(x[t] @ w + h[t] @ u + b)",
        wrong="np.tanh(x[t] @ w + b) + h[t] @ u",
        case="two steps, one unit", kind="tanh",
        says="h u stands outside of the tanh"),
    Mistake(
        right="    return h[1:]\n",
        wrong="    return h[:-1]\n",
        case="two steps, one unit", kind="one step late",
        says="The states come one step late: h[0] is the state after the first input"),
    Mistake(
        right="(g[t] + later)",
        wrong="g[t]",
        case="backward: from the last state", kind="one way",
        says="A state is used twice, and one way back is missing: what comes from the next step"),
    Mistake(
        right="(g[t] + later)",
        wrong="(g[t] * (t == len(g) - 1) + later)",
        case="backward: from every state", kind="last state",
        says="Only the last state's g is used. Each state has its own."),
    Mistake(
        right=" * (1 - h[t + 1] ** 2)",
        wrong="",
        case="backward: one step", kind="tanh slope",
        says="The slope of tanh, 1 − hₜ², is missing."),
    Mistake(
        right="later = inside @ u.T",
        wrong="later = inside @ u",
        case="backward: from every state", kind="transpose",
        says="On the way to the step before comes uᵀ, not u."),
    Mistake(
        right="grad_w += x[t].T @ inside",
        wrong="grad_w = x[t].T @ inside",
        case="backward: from the last state", kind="one step",
        says="grad_w has the share of one step only. The same weights are used at every step"),
    Mistake(
        right="grad_u += h[t].T @ inside",
        wrong="grad_u += h[t + 1].T @ inside",
        case="backward: one step", kind="state after",
        says="grad_u is made with the state after the step. u was multiplied with the state before it"),
    Mistake(
        right="    return grad_x, grad_w, grad_u, grad_b\n",
        wrong="    return grad_x, grad_w / len(x), grad_u / len(x), grad_b / len(x)\n",
        case="backward: from the last state", kind="mean",
        says="is the sum over the steps, not the mean."),
]
