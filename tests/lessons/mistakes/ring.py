"""Mistakes in exercise 34, the ring."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="(rank - s) % p] += sent[rank]",
        wrong="(rank - s) % p] = sent[rank]",
        case="add up: two ranks", kind="replaced",
        says="What comes replaces what is there. In these steps it is added."),
    Mistake(
        right="""        sent = [chunks[rank, (rank - s) % p].copy() for rank in range(p)]
        for rank in range(p):
            chunks[(rank + 1) % p, (rank - s) % p] += sent[rank]""",
        wrong="""        for rank in range(p):
            chunks[(rank + 1) % p, (rank + 1 - s) % p] += chunks[rank, (rank + 1 - s) % p]""",
        case="add up: two ranks", kind="chunk",
        says="In step s rank r sends its chunk (r − s) mod p; here it is the next one."),
    Mistake(
        right="    for s in range(p - 1):\n        sent = [chunks[rank, (rank - s)",
        wrong="    for s in range(p):\n        sent = [chunks[rank, (rank - s)",
        case="add up: two ranks", kind="a step too many",
        says="There is a step too many: p − 1 steps are enough."),
    Mistake(
        right="            chunks[(rank + 1) % p, (rank - s) % p] += sent[rank]",
        wrong="            chunks[(rank - 1) % p, (rank - s) % p] += sent[rank]",
        case="add up: three ranks", kind="to the left",
        says="The chunks go to the left. Rank r sends to rank r + 1."),
    Mistake(
        right="(rank + 1 - s) % p] = sent[rank]",
        wrong="(rank + 1 - s) % p] += sent[rank]",
        case="hand round: two ranks", kind="added",
        says="What comes is added. It is complete already, and replaces what is there."),
    Mistake(
        right="    return 2 * (p - 1) * (n // p)",
        wrong="    return (p - 1) * (n // p)",
        case="sent: two ranks", kind="one half",
        says="This is one half of the way: the sums are handed round, too."),
    Mistake(
        right="    return 2 * (p - 1) * (n // p)",
        wrong="    return 2 * (p - 1) * n",
        case="sent: two ranks", kind="whole",
        says="In each step a rank sends one chunk, not all of its numbers. (Or is this what all ranks send "
             "together? Asked for is one of them.)"),
    Mistake(
        right="    return 2 * (p - 1) * (n // p)",
        wrong="    return 2 * n",
        case="sent: two ranks", kind="steps",
        says="There are p − 1 steps of each kind, not p."),
]
