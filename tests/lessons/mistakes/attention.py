"""Mistakes in exercise 15, attention, forward and backward."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="k.T / np.sqrt(q.shape[1])",
        wrong="k.T",
        case="d = 4", kind="scale",
        says="The scores are not divided by √d."),
    Mistake(
        right="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
        wrong="np.where(mask, -1e9, q @ k.T / np.sqrt(q.shape[1]))",
        case="one query, two keys", kind="mask inverted",
        says="The mask is read the wrong way round: True is where a query may look."),
    Mistake(
        right="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
        wrong="q @ k.T / np.sqrt(q.shape[1])",
        case="a causal mask", kind="mask ignored",
        says="The mask is not used."),
    Mistake(
        right="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
        wrong="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), 0.0)",
        case="a causal mask", kind="mask of zeros",
        says="A forbidden score is 0; but e⁰ is 1."),
    Mistake(
        right="e / e.sum(axis=1, keepdims=True)",
        wrong="e / e.sum(axis=0, keepdims=True)",
        case="one query, two keys", kind="axis",
        says="The softmax is taken over the queries."),
    Mistake(
        right="np.exp(scores - scores.max(axis=1, keepdims=True))",
        wrong="np.exp(scores)",
        case="large scores", kind="nan",
        says="Subtract the largest score of each row, not that of all rows, before e is"),
    Mistake(
        right="(grad_p - (grad_p * p).sum(axis=1, keepdims=True))",
        wrong="grad_p",
        case="backward: one query, two keys", kind="softmax",
        says="In the softmax's backward pass the subtracted number is missing: raising one"),
    Mistake(
        right="keepdims=True)) / np.sqrt(q.shape[1])",
        wrong="keepdims=True))",
        case="backward: d = 4", kind="scale",
        says="The factor 1/√d is missing in grad_q and grad_k."),
    Mistake(
        right="np.sqrt(q.shape[1])",
        wrong="np.sqrt(len(q))",
        case="two queries", kind="scale",
        says="The scores are divided by √L."),
    Mistake(
        right="/ np.sqrt(q.shape[1]), -np.inf",
        wrong="/ q.shape[1], -np.inf",
        case="d = 4", kind="scale",
        says="The scores are divided by d, not by its root."),
    Mistake(
        right="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
        wrong="mask * (q @ k.T / np.sqrt(q.shape[1]))",
        case="a causal mask", kind="mask of zeros",
        says="A forbidden score is 0; but e⁰ is 1."),
    Mistake(
        right="return grad_scores @ k, grad_scores.T @ q",
        wrong="grad_scores /= np.sqrt(q.shape[1])\n"
              "    return grad_scores @ k, grad_scores.T @ q",
        case="backward: d = 4", kind="scale",
        says="The factor 1/√d is in grad_q and grad_k twice."),
    Mistake(
        right="grad_scores = p * (grad_p",
        wrong="grad_scores = (grad_p",
        case="backward: one query, two keys", kind="no share",
        says="The factor p is missing: a share near 0 hardly changes."),
    Mistake(
        right="p.T @ g",
        wrong="p @ g",
        case="backward: one query, two keys", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="grad_scores.T @ q",
        wrong="grad_scores @ q",
        case="backward: one query, two keys", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True))",
        wrong="p * (1 - p) * grad_p",
        case="backward: one query, two keys", kind="entrywise",
        says="p(1 − p) is the slope of one share by its own score."),
    Mistake(
        right="return grad_scores @ k, grad_scores.T @ q",
        wrong="return grad_scores.T @ q, grad_scores @ k",
        case="backward: one query, two keys", kind="wrong_input",
        says="grad_q: it is the gradient of input 1 (k): return the gradients in the order"),
    Mistake(
        right="q @ k.T / np.sqrt(q.shape[1]), -np.inf",
        wrong="q @ k / np.sqrt(q.shape[1]), -np.inf",
        case="one query, two keys", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="return e / e.sum(axis=1, keepdims=True)",
        wrong="return scores",
        case="one query, two keys", kind="no softmax",
        says="The scores themselves are the weights: the softmax is missing."),
    Mistake(
        right="e / e.sum(axis=1, keepdims=True)",
        wrong="e / e.sum(axis=1)",
        case="two queries", kind="keepdims",
        says="The columns are divided by the sums of the rows: sum(axis=1) has shape (L,)."),
    Mistake(
        right="(grad_p * p).sum(axis=1, keepdims=True)",
        wrong="(grad_p * p).sum(axis=0, keepdims=True)",
        case="backward: one query, two keys", kind="axis",
        says="The subtracted number is summed over the queries."),
    Mistake(
        right="(grad_p * p).sum(axis=1, keepdims=True)",
        wrong="(grad_p * p).mean(axis=1, keepdims=True)",
        case="backward: one query, two keys", kind="mean",
        says="The subtracted number is the sum over the row, not the mean: p holds the"),
    Mistake(
        right="-np.inf)",
        wrong="-10.0)",
        case="a causal mask", kind="mask too small",
        says="A forbidden key still has a share: its score is not low enough."),
    Mistake(
        right="return shares(q, k, mask) @ v",
        wrong="return shares(q, k, mask)",
        case="one query, two keys", kind="wrong_shape",
        says="Each row of p belongs to one query, is a softmax over the keys, and adds up"),
    Mistake(
        right="np.where(mask,",
        wrong="np.where(~mask,",
        case="one query, two keys", kind="mask inverted",
        says="The mask is read the wrong way round: True is where a query may look."),
    Mistake(
        right="np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)\n"
              "    e = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
              "    return e",
        wrong="q @ k.T / np.sqrt(q.shape[1])\n"
              "    e = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
              "    return mask * e",
        case="a causal mask", kind="mask after softmax",
        says="The mask is applied after the softmax, so that the rows no longer add up to 1."),
    Mistake(
        right="scores.max(axis=1, keepdims=True)",
        wrong="scores.max()",
        case="large scores", kind="nan",
        says="Subtract the largest score of each row, not that of all rows, before e is"),
    Mistake(
        right="return e / e.sum(axis=1, keepdims=True)",
        wrong="return e",
        case="one query, two keys", kind="not divided",
        says="The powers of e are not divided by their sum, so that the rows do not add up"),
    Mistake(
        right="grad_scores = p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True))",
        wrong="grad_scores = grad_p",
        case="backward: one query, two keys", kind="softmax skipped",
        says="The softmax's backward pass is missing: this is the gradient for p, not for"),
]
