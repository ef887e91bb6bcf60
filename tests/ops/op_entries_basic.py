"""Entries: element-wise operations, activations, selection."""
import numpy as np
from hypothesis import strategies as st
from op_table import Case, array, away_from, binary, entry, nonzero, normal, positive, shapes, unary

from minigrad.ops import activation, arithmetic, dropout, exponential, select, softmax

entry(arithmetic.Add, binary())
entry(arithmetic.Sub, binary())
entry(arithmetic.Mul, binary())
entry(arithmetic.Div, binary(second=nonzero))
entry(arithmetic.Neg, unary())
entry(exponential.Exp, unary())
entry(exponential.Log, unary(positive))
entry(exponential.Sqrt, unary(positive))
entry(arithmetic.Abs, unary(nonzero))
entry(arithmetic.Sign, unary(nonzero))
entry(exponential.Sin, unary())
entry(exponential.Cos, unary())
entry(arithmetic.Pow, binary(first=positive))
exponents = st.sampled_from([0, 1, 2, 3, -1, 0.5, -1.5, 2.0])
entry(arithmetic.PowScalar, unary(positive, exponents.map(lambda c: (c,))))
entry(select.Clamp, unary(away_from(-0.5, 1.0), st.sampled_from([(-0.5, 1.0), (None, 1.0), (-0.5, None)])))


@st.composite
def separate(draw):
    """Two inputs of broadcasting shapes on two grids 0.1 wide that are 0.05 apart: never equal."""
    case = draw(binary())
    x, y = case.inputs
    return Case([np.asarray(np.round(x, 1)), np.asarray(np.round(y, 1) + 0.05)])


entry(select.Maximum, separate())
entry(select.Minimum, separate())
entry(select.ClampMin, separate())
entry(select.ClampMax, separate())


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
