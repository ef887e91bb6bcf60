"""Mistakes in exercise 27, learning from a teacher."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="z = scores / T",
        wrong="z = scores * T",
        case="a temperature", kind="multiplied",
        says="The scores are multiplied by T. A high temperature brings them closer together: divide."),
    Mistake(
        right="return np.exp(log_soft(scores, T))",
        wrong="return np.exp(log_soft(scores, 1)) / T",
        case="a temperature", kind="after",
        says="The probabilities are divided by T. It divides the scores, before e is raised to them."),
    Mistake(
        right="return np.exp(log_soft(scores, T))",
        wrong="return np.exp(log_soft(scores, 1))",
        case="a temperature", kind="no temperature",
        says="T has no influence."),
    Mistake(
        right="return np.exp(log_soft(scores, T))",
        wrong="return np.exp(scores / T) / np.exp(scores / T).sum()",
        case="two rows", kind="all rows",
        says="All rows together add up to 1; each of them should."),
    Mistake(
        right="return np.exp(log_soft(scores, T))",
        wrong="return np.exp(scores / T) / np.exp(scores / T).sum(axis=1, keepdims=True)",
        case="large scores", kind="overflow",
        says="e to a large score is infinite. Subtract the row's maximum first; it cancels."),
    Mistake(
        right="return T ** 2 * each.mean()",
        wrong="return each.mean()",
        case="loss: T = 2", kind="T squared",
        says="The factor T² is missing."),
    Mistake(
        right="return T ** 2 * each.mean()",
        wrong="return T ** 2 * each.sum()",
        case="loss: two rows", kind="mean",
        says="The loss is the sum over the 2 rows; their mean is asked for."),
    Mistake(
        right="log_p, log_q = log_soft(teacher, T), log_soft(student, T)",
        wrong="log_q, log_p = log_soft(teacher, T), log_soft(student, T)",
        case="loss: T = 1", kind="direction",
        says="p and q are exchanged: the teacher's p weights the logarithms."),
    Mistake(
        right="(np.exp(log_p) * (log_p - log_q)).sum(axis=1)",
        wrong="(np.exp(log_p) * (log_p - log_q)).mean(axis=1)",
        case="loss: T = 1", kind="entries",
        says="This is the mean over all entries. The classes are summed up, and only the rows have"),
    Mistake(
        right="(log_p - log_q)",
        wrong="-log_q",
        case="loss: T = 1", kind="cross-entropy",
        says="This is the cross-entropy −Σ p ln q, which isn't 0 when the student agrees with the"),
    Mistake(
        right="    return T * (q - p) / len(student)",
        wrong="    return T * (p - q) / len(student)",
        case="backward: T = 1", kind="sign",
        says="The gradient has the wrong sign: where q is larger than p, a larger score raises"),
    Mistake(
        right="    return T * (q - p) / len(student)",
        wrong="    return T ** 2 * (q - p) / len(student)",
        case="backward: T = 2", kind="chain rule",
        says="The factor is T² here. One T cancels: softmax sees s / T, whose derivative by s is 1 / T."),
    Mistake(
        right="    return T * (q - p) / len(student)",
        wrong="    return T * (q - p)",
        case="backward: two rows", kind="mean",
        says="The gradient is 2 times too large: the loss is a mean over 2 rows."),
]
