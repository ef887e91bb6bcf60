"""Entries of the functions that are lines of the table: only where each may be tried is said here."""
import numpy as np
from hypothesis import assume, strategies as st
from op_table import SAVES, Case, away_from, binary, entry, nonzero, normal, positive, unary

from minigrad.ops.pointwise import TABLE, Pairwise


def between(low, high):
    """Values within these limits."""
    return lambda random, shape: random.uniform(low, high, shape)


WHOLE = away_from(-2, -1, 0, 1, 2)
WHERE = {**dict.fromkeys(["Log", "Log2", "Log10", "Log1p", "Sqrt", "Rsqrt", "Lgamma", "Digamma"], positive),
         **dict.fromkeys(["Reciprocal", "Abs", "Sign", "Sinc", "Softsign"], nonzero),
         **dict.fromkeys(["Floor", "Ceil", "Trunc", "Frac"], WHOLE),
         **dict.fromkeys(["Asin", "Acos", "Atanh", "Erfinv"], between(-0.8, 0.8)),
         "Acosh": between(1.2, 3.0), "Tan": between(-1.2, 1.2), "Logit": between(0.1, 0.9)}


@st.composite
def apart(draw, of=lambda x, y: x - y, second=normal):
    """Two inputs for which ``of`` is nowhere near a whole number, where the function jumps."""
    x, y = draw(binary(nonzero, second)).inputs
    distance = of(x, y)
    assume(not distance.size or np.abs(distance - np.round(distance)).min() > 0.01)
    return Case([x, y])


@st.composite
def never_equal(draw):
    """Two inputs of broadcasting shapes on two grids 0.1 wide that are 0.05 apart."""
    x, y = draw(binary()).inputs
    return Case([np.asarray(np.round(x, 1)), np.asarray(np.round(y, 1) + 0.05)])


PAIRS = {**dict.fromkeys(["Maximum", "Minimum", "Fmax", "Fmin"], never_equal()),
         "Fmod": apart(lambda x, y: x / y, nonzero), "Xlogy": binary(nonzero, positive)}

for op in TABLE:
    saves = not op.kept.start and op.kept.stop != 0
    cases = PAIRS.get(op.__name__, binary(nonzero, nonzero)) if issubclass(op, Pairwise) else \
        unary(WHERE.get(op.__name__, normal))
    entry(op, cases, tags=SAVES if saves else set())
