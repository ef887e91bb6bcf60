"""Mistakes in exercise 33, a compiler."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="            if maker >= 0 and sums[maker] and loop[maker] == loop[k - 1]:\n",
        wrong="            if sums[k - 1]:\n",
        case="a sum that nobody waits for", kind="every sum ends",
        says="Every sum ends its loop. Only a line that reads the sum has to wait for it"),
    Mistake(
        right="maker = value - inputs",
        wrong="maker = value",
        case="two lines", kind="exception",
        says="IndexError at line 11 (if maker >= 0 and sums[maker]"),
    Mistake(
        right="maker >= 0 and sums[maker] and",
        wrong="maker >= 0 and",
        case="two lines", kind="every line waits",
        says="A line waits for every value of its loop."),
    Mistake(
        right="loop[k] = loop[k - 1] + 1",
        wrong="pass",
        case="a length", kind="one loop",
        says="All is one loop; but a sum is known only when its loop is over."),
    Mistake(
        right="    for k in range(len(operands)):\n",
        wrong="    for k in reversed(range(len(operands))):\n",
        case="last uses of a length", kind="first use",
        says="This is the first line that reads a value; the last one is asked for."),
    Mistake(
        right="    last[results] = len(operands)\n",
        wrong="",
        case="last uses of a length", kind="results",
        says="What the program returns is needed after its end: its last use is L."),
    Mistake(
        right="last[operands[k]] = k",
        wrong="last[operands[k][1]] = k",
        case="last uses of a length", kind="one operand",
        says="A line reads two values; only one of them was looked at."),
]
