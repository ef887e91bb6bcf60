"""Mistakes in exercise 24, looking up words."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="np.add.at(grad, ids, g)",
        wrong="grad[ids] += g",
        case="backward: a word twice", kind="accumulate",
        says="A word that occurs several times has only its last share. (table[ids] += g adds once"),
    Mistake(
        right="np.add.at(grad, ids, g)",
        wrong="grad[ids] = g",
        case="backward: a word twice", kind="accumulate",
        says="A word that occurs several times has only its last share. (table[ids] += g adds once"),
    Mistake(
        right="    grad[pad] = 0\n",
        wrong="",
        case="backward: padding", kind="padding",
        says="The row of pad has a gradient. It is to stay as it is, so it gets 0."),
    Mistake(
        right="grad[pad] = 0",
        wrong="grad[0] = 0",
        case="backward: the padding is the last word", kind="pad is 0",
        says="Word 0 gets no gradient; the number that fills up is pad, which need not be 0."),
    Mistake(
        right="np.add.at(grad, ids, g)",
        wrong="np.add.at(grad, ids, np.ones_like(g))",
        case="backward: every word once", kind="upstream",
        says="Each place counts as 1. By the chain rule it hands on its g."),
    Mistake(
        right="    return grad\n",
        wrong="    count = np.bincount(ids.ravel(), minlength=words)\n"
              "    return grad / np.maximum(count, 1)[:, None]\n",
        case="backward: a word twice", kind="mean",
        says="The shares of a word that occurs several times add up; here their mean was taken."),
    Mistake(
        right="np.zeros((words, g.shape[2]))",
        wrong="np.zeros_like(g)",
        case="backward: every word once", kind="exception",
        says="IndexError at line 11 (np.add.at(grad, ids, g)): index 2 is out of bounds for axis 0"),
    Mistake(
        right="return table[ids]",
        wrong="return table[ids - 1]",
        case="one word", kind="counts from 1",
        says="The words are counted from 1; the first row of the table has the number 0."),
    Mistake(
        right="return table[ids]",
        wrong="return table[ids[0]]",
        case="one word", kind="reshaped",
        says="out, which embedding returns, has shape (1, 2); expected is (1, 1, 2). The numbers are"),
    Mistake(
        right="return table[ids]",
        wrong="return table[:, ids]",
        case="one word", kind="wrong_shape",
        says="out, which embedding returns, has shape (2, 1, 1); expected is (1, 1, 2)."),
    Mistake(
        right="    grad[pad] = 0\n",
        wrong="    np.delete(grad, pad, axis=0)\n",
        case="backward: padding", kind="padding",
        says="The row of pad has a gradient. It is to stay as it is, so it gets 0."),
]
