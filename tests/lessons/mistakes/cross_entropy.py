"""Mistakes in exercise 6, stable softmax cross-entropy."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="logits - logits.max(axis=1, keepdims=True)",
        wrong="logits",
        case="scores of 1000", kind="nan",
        says="Subtract the largest score of each row before e is raised to them, and"),
    Mistake(
        right="return loss, grad / n",
        wrong="return loss, grad",
        case="two samples", kind="mean",
        says="The gradient is 2 times too large: the loss is a mean over 2 samples."),
    Mistake(
        right=".mean()",
        wrong=".sum()",
        case="two samples", kind="mean",
        says="The loss is the sum over the 2 samples; their mean is asked for."),
    Mistake(
        right="    grad[np.arange(n), target] -= 1\n",
        wrong="",
        case="two equal scores", kind="one-hot",
        says="The gradient is the softmax alone."),
    Mistake(
        right="axis=1, keepdims=True",
        wrong="axis=0, keepdims=True",
        case="two equal scores", kind="axis",
        says="The softmax is taken over the samples."),
    Mistake(
        right="log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        wrong="p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)\n"
              "    log_p = np.log(p + 1e-12)",
        case="certain, and wrong", kind="clipped",
        says="The loss is too small: a probability that has become 0, or a small number"),
    Mistake(
        right="logits.max(axis=1, keepdims=True)",
        wrong="logits.max()",
        case="rows far apart", kind="nan",
        says="Each row has a largest score of its own: max(axis=1, keepdims=True), not that"),
    Mistake(
        right="logits.max(axis=1, keepdims=True)",
        wrong="logits.max(axis=1)",
        case="two samples", kind="keepdims",
        says="The maxima are subtracted from the columns, not from the rows: max(axis=1)"),
    Mistake(
        right="np.exp(shifted).sum(axis=1, keepdims=True)",
        wrong="np.exp(shifted).sum(axis=1)",
        case="random, 6 samples of 4 classes", kind="exception",
        says="Print the shapes of both, and compare them with those in the docstring."),
    Mistake(
        right="log_p[np.arange(n), target]",
        wrong="log_p[:, target]",
        case="random, 6 samples of 4 classes", kind="pairs",
        says="log_p[:, target] pairs every sample with the classes of all samples."),
    Mistake(
        right="grad[np.arange(n), target] -= 1",
        wrong="grad[:, target] -= 1",
        case="random, 6 samples of 4 classes", kind="pairs",
        says="grad[:, target] means the right classes of all samples, in every row."),
    Mistake(
        right="grad[np.arange(n), target] -= 1",
        wrong="grad = grad - target[:, None]",
        case="two equal scores", kind="class number",
        says="The number of the class was subtracted from every p."),
    Mistake(
        right="-log_p[",
        wrong="log_p[",
        case="two equal scores", kind="sign of the loss",
        says="The loss is negative: p is below 1, so ln p is below 0."),
    Mistake(
        right="-log_p[np.arange(n), target].mean()",
        wrong="-np.exp(log_p)[np.arange(n), target].mean()",
        case="two equal scores", kind="logarithm",
        says="The loss is made of p_t itself; the logarithm is missing."),
    Mistake(
        right="np.log(",
        wrong="np.log10(",
        case="two equal scores", kind="logarithm",
        says="This is the logarithm to another base; ln is np.log."),
    Mistake(
        right="return loss, grad / n",
        wrong="return loss, -grad / n",
        case="two equal scores", kind="sign",
        says="The gradient has the wrong sign: raising the right score lowers the loss, so"),
    Mistake(
        right="-log_p[np.arange(n), target].mean()",
        wrong="-log_p.mean()",
        case="three classes, the last one right", kind="all classes",
        says="This is the mean over all classes."),
    Mistake(
        right="grad / n",
        wrong="grad.mean(axis=0)",
        case="two equal scores", kind="reshaped",
        says="The numbers are right: reshape it, or keep the axis with keepdims=True."),
    Mistake(
        right="grad / n",
        wrong="grad / logits.size",
        case="two equal scores", kind="mean over classes",
        says="The gradient is divided by N·C."),
    Mistake(
        right="np.exp(shifted).sum(axis=1, keepdims=True)",
        wrong="np.exp(shifted).sum()",
        case="two samples", kind="axis",
        says="The sum runs over all samples."),
    Mistake(
        right="grad[np.arange(n), target] -= 1",
        wrong="grad[np.arange(n), target] += 1",
        case="two equal scores", kind="sign of the 1",
        says="1 is added at the right class, where it has to be subtracted: the loss falls"),
    Mistake(
        right="shifted = logits - logits.max(axis=1, keepdims=True)",
        wrong="logits -= logits.max(axis=1, keepdims=True)\n"
              "    shifted = logits",
        case="three classes, the last one right", kind="changed",
        says="softmax_cross_entropy changed its input logits."),
    Mistake(
        right="grad / n",
        wrong="grad * np.exp(log_p) / n",
        case="two equal scores", kind="softmax slope",
        says="The gradient is multiplied by p once too often: the slopes of logarithm and"),
]
