"""Entries: linear algebra, running products and derivatives of ln Γ."""
import numpy as np
from hypothesis import strategies as st
from op_table import Case, array, entry, nonzero, normal, positive, shapes, unary

from minigrad.linalg import decompositions, solving
from minigrad.ops import matrix, scan, special


def regular(random, shape):
    """Matrices far from singular, with singular values and eigenvalues 1 apart; (…, n, m)."""
    n, m = shape[-2:]
    x = random.uniform(-0.2, 0.2, shape)
    x[..., range(min(n, m)), range(min(n, m))] += 1.5 + np.arange(min(n, m))
    return x


def symmetric(x):
    """The symmetric part: of ``regular`` ones positive definite, with eigenvalues 1 apart."""
    return (x + matrix.matrix_transpose(x)) / 2


@st.composite
def drawn(draw, values, shape):
    """Matrices in row-major order, in column-major order, or every second one of more."""
    x = values(np.random.default_rng(draw(st.integers(0, 999))), (2, *shape))
    layout = draw(st.sampled_from(["rows", "columns", "steps"]))
    if layout == "columns":
        return np.swapaxes(np.ascontiguousarray(np.swapaxes(x[0], -1, -2)), -1, -2)
    return x[0].copy() if layout == "rows" else np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0)[0]


@st.composite
def matrices(draw, values=regular, tall=0, options=()):
    """(…, n + tall, n), up to two batch dimensions."""
    batch, n = draw(shapes(max_dims=2, max_side=3)), draw(st.integers(1, 3))
    more = draw(st.integers(0, tall)) if tall else 0
    return Case([draw(drawn(values, (*batch, n + more, n)))], lambda: options)


@st.composite
def equations(draw):
    batch, n, k = draw(shapes(max_dims=2, max_side=2)), draw(st.integers(1, 3)), draw(st.integers(0, 3))
    return Case([draw(drawn(regular, (*batch, n, n))), draw(array((*batch, n, k)))])


@st.composite
def running(draw, values=normal):
    shape = draw(shapes(min_dims=1, min_side=1))
    options = (draw(st.integers(0, len(shape) - 1)),)
    return Case([draw(array(shape, values))], lambda: options)


@st.composite
def running_zeros(draw):
    """No, one or several entries 0."""
    case = draw(running(nonzero))
    x = np.array(case.inputs[0])
    x.reshape(-1)[1:1 + draw(st.integers(0, 2))] = 0
    return Case([x], case.options)


entry(solving.Inv, matrices())
entry(solving.Solve, equations())
entry(solving.Det, matrices())
entry(solving.LogAbsDet, matrices())
entry(solving.Pinv, matrices(tall=2, options=(1e-12,)), rtol=1e-4, atol=1e-6)
entry(decompositions.Cholesky, matrices(), before=symmetric)
entry(decompositions.QR, matrices(tall=2))
entry(decompositions.EigH, matrices(options=("L",)), rtol=1e-4, atol=1e-6, before=symmetric)
entry(decompositions.SVD, matrices(tall=2), rtol=1e-4, atol=1e-6)
entry(scan.CumProd, running_zeros())
entry(scan.LogCumSumExp, running())
entry(special.Polygamma, unary(positive, st.sampled_from([(1,), (2,)])))
