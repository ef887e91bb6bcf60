"""Entries: element-wise operations, activations, selection."""
import numpy as np
from hypothesis import strategies as st
from op_entries_pointwise import never_equal
from op_table import SAVES, Case, array, away_from, binary, entry, nonzero, normal, positive, shapes, unary

from minigrad.ops import activation, arithmetic, dropout, select, softmax

entry(arithmetic.Add, binary())
entry(arithmetic.Sub, binary())
entry(arithmetic.Mul, binary(), tags=SAVES)
entry(arithmetic.Div, binary(second=nonzero), tags=SAVES)
entry(arithmetic.Neg, unary())
entry(arithmetic.Pow, binary(first=positive), tags=SAVES)
exponents = st.sampled_from([0, 1, 2, 3, -1, 0.5, -1.5, 2.0])
entry(arithmetic.PowScalar, unary(positive, exponents.map(lambda c: (c,))), tags=SAVES)
entry(select.Clamp, tags=SAVES, cases=unary(
    away_from(-0.5, 1.0), st.sampled_from([(-0.5, 1.0), (None, 1.0), (-0.5, None)])))


entry(select.ClampMin, never_equal())
entry(select.ClampMax, never_equal())


@st.composite
def where_cases(draw):
    case = draw(binary())
    x, y = case.inputs
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    shape = np.broadcast_shapes(x.shape, y.shape)
    wider = draw(st.sampled_from([shape, (2, *shape), shape[1:]]))
    condition = random.random(wider) < 0.5
    return Case([x, y], lambda: (condition,))


entry(select.Where, where_cases())

entry(activation.ReLU, unary(away_from(0)))
entry(activation.Sigmoid, unary())
entry(activation.Tanh, unary())


@st.composite
def along_a_dim(draw, values=normal, min_side=0):
    """One input with at least one entry along the dimension that is reduced."""
    shape = draw(shapes(min_dims=1, min_side=min_side))
    dim = draw(st.integers(0, len(shape) - 1))
    shape = tuple(max(n, 1) if k == dim else n for k, n in enumerate(shape))
    return Case([draw(array(shape, values))], lambda: (dim,))


entry(softmax.Softmax, along_a_dim())
entry(softmax.LogSoftmax, along_a_dim())
shares = st.sampled_from([0.0, 0.3, 0.9, 1.0]).map(lambda p: (p,))
entry(dropout.Dropout, unary(repeats=False, options=shares).map(
    lambda case: Case(case.inputs, lambda: (*case.options(), np.random.default_rng(3)))))
