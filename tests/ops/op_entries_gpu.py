"""Entries: operations that are one kernel on a GPU; here with the NumPy references of the kernels."""
import numpy as np
from hypothesis import strategies as st
from op_table import Case, array, entry, shapes

from minigrad.ops import cross_entropy, fusion


@st.composite
def label_cases(draw):
    n, classes = (max(size, 1) for size in draw(shapes(2, 2, 0, 7)))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    target = random.integers(0, classes, n)
    target[1:][random.random(n - 1) < 0.3] = -100           # ignored; the first one counts
    reduction = draw(st.sampled_from(["mean", "sum", "none"]))
    return Case([draw(array((n, classes)))], lambda: (target, -100, reduction))


@st.composite
def rectified_cases(draw):
    """z and b with every z + b at least 0.1 away from the kink."""
    shape = draw(shapes(2, 4))
    b = draw(array(shape[1:2]))
    z = draw(array(shape))
    total = z + b.reshape((-1,) + (1,) * (len(shape) - 2))
    away = np.where(np.abs(total) < 0.1, 0.3, 0.0)
    return Case([z + away, b])


entry(cross_entropy.FusedCrossEntropy, label_cases())
entry(fusion.BiasReLU, rectified_cases())
