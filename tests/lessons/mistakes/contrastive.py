"""Mistakes in exercise 32, the contrastive loss."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="return -(np.diag(rows).mean() + np.diag(columns).mean()) / 2",
        wrong="return -np.diag(rows).mean()",
        case="two pairs", kind="one way",
        says="Only the rows are asked: which b belongs to a[i]. The columns count as much."),
    Mistake(
        right="+ np.diag(columns).mean()) / 2",
        wrong="+ np.diag(columns).mean())",
        case="equal scores", kind="not halved",
        says="The two ways are added; the loss is half of that."),
    Mistake(
        right="return -(np.diag(rows).mean() + np.diag(columns).mean()) / 2",
        wrong="return -(np.diag(rows).sum() + np.diag(columns).sum()) / 2",
        case="equal scores", kind="sum",
        says="The losses of the pairs are added; their mean is asked for."),
    Mistake(
        right="    s = a @ b.T / tau\n    rows",
        wrong="    s = a @ b.T * tau\n    rows",
        case="two pairs, warm", kind="temperature",
        says="The scores are multiplied by τ. They are divided by it."),
    Mistake(
        right="    s = a @ b.T / tau\n    rows",
        wrong="    s = a @ b.T\n    rows",
        case="two pairs, warm", kind="temperature",
        says="The temperature is missing: S = a bᵀ / τ."),
    Mistake(
        right="    s = s - s.max(axis, keepdims=True)\n",
        wrong="",
        case="large scores", kind="overflow",
        says="exp of a large score is infinite. Subtract the largest score of the row (or column)"),
    Mistake(
        right="rows, columns = log_softmax(s, 1), log_softmax(s, 0)",
        wrong="rows = columns = log_softmax(s, None)",
        case="equal scores", kind="all pairs",
        says="The probabilities are taken over all pairs. Each row, and each column, is a softmax"),
    Mistake(
        right="p = (np.exp(log_softmax(s, 1)) + np.exp(log_softmax(s, 0))) / 2",
        wrong="p = np.exp(log_softmax(s, 1))",
        case="backward: two pairs", kind="one way",
        says="Only the rows' softmax is in it: the columns' has a gradient, too."),
    Mistake(
        right="/ len(a) / tau",
        wrong="/ len(a)",
        case="backward: two pairs, warm", kind="temperature",
        says="The step through S = a bᵀ / τ lacks 1/τ."),
    Mistake(
        right="/ len(a) / tau",
        wrong="/ tau",
        case="backward: two pairs", kind="mean",
        says="1/B is missing: the loss is a mean over B pairs."),
    Mistake(
        right="p - np.eye(len(a))",
        wrong="p",
        case="backward: two pairs", kind="diagonal",
        says="The right answers are missing: probabilities minus 1 on the diagonal."),
    Mistake(
        right="return g @ b, g.T @ a",
        wrong="return g @ b, g @ a",
        case="backward: two pairs", kind="transpose",
        says="grad_b needs S's gradient transposed: b[j] is in column j."),
    Mistake(
        right="return g @ b, g.T @ a",
        wrong="return g @ a, g.T @ b",
        case="backward: two pairs", kind="swapped",
        says="The gradient of a is made of b, and that of b of a."),
]
