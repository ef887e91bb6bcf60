"""Entries: rectifiers, rounding, running sums, scatter, einsum, normalization, embedding, windows."""
import numpy as np
from hypothesis import assume, strategies as st
from op_entries_network import geometries
from op_entries_pointwise import apart
from op_entries_shape import reductions
from op_table import SAVES, Case, array, away_from, binary, distinct, entry, nonzero, shapes, unary

from minigrad.nn import hooks
from minigrad.ops import (activation, einsum, embedding, gather_scatter, indexing,
                          inplace, losses, matrix, norm, normalization, piecewise, recurrent,
                          rounding, scan, select, shape as sh, sort, unfold)

entry(hooks.Pass, unary())

entry(activation.LeakyReLU, unary(away_from(0), st.sampled_from([(0.01,), (0.3,)])))
entry(activation.ELU, unary(away_from(0), st.sampled_from([(1.0,), (0.5,), (2.0, 1.5), (2.0, 1.0, 0.5)])))
entry(activation.Softplus, unary(away_from(1.0), st.sampled_from([(1.0, 20.0), (2.0, 2.0)])))
entry(piecewise.Hardtanh, unary(away_from(-1.0, 0.5), st.just((-1.0, 0.5))))
entry(activation.GELU, unary())
entry(activation.GELUTanh, unary())
entry(activation.SiLU, unary())

entry(rounding.Round, unary(away_from(-1.5, -0.5, 0.5, 1.5), st.sampled_from([(), (0,)])))


entry(rounding.Remainder, apart(lambda x, y: x / y, nonzero))
entry(rounding.FloorDivide, apart(lambda x, y: x / y, nonzero))


@st.composite
def cumulative(draw):
    shape = draw(shapes(min_dims=1))
    options = (draw(st.integers(0, len(shape) - 1)),)
    return Case([draw(array(shape))], lambda: options)


entry(scan.CumSum, cumulative())
entry(norm.Norm, reductions(nonzero, min_side=1))


@st.composite
def rolls(draw):
    x = draw(array(draw(shapes())))
    amount = st.integers(-4, 4)
    if x.ndim == 0 or draw(st.booleans()):
        options = ((draw(amount),), None)
    else:
        dims = tuple(sorted(draw(st.sets(st.integers(0, x.ndim - 1), min_size=1))))
        options = (tuple(draw(amount) for _ in dims), dims)
    return Case([x], lambda: options)


@st.composite
def triangles(draw):
    options = (draw(st.booleans()), draw(st.integers(-2, 2)))
    return Case([draw(array(draw(shapes(min_dims=2))))], lambda: options)


@st.composite
def scatters(draw, distinct_index):
    """x, values and an index that names every place at most once, or any number of times."""
    shape = draw(shapes(min_dims=1, min_side=1))
    dim = draw(st.integers(0, len(shape) - 1))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    sizes = [draw(st.integers(0, n)) for n in shape]
    if distinct_index:
        index = np.argsort(random.random(shape), axis=dim)[tuple(slice(0, n) for n in sizes)]
    else:
        index = random.integers(0, shape[dim], sizes)
    return Case([draw(array(shape)), draw(array(index.shape))], lambda: (dim, index))


@st.composite
def diagonals(draw):
    offset = draw(st.integers(-3, 3))
    return Case([draw(array(draw(shapes(min_dims=2))))], lambda: (offset,))


@st.composite
def replacements(draw):
    """x, values, and a place: an index, sometimes of x transposed, one row of it, or laid out as a vector."""
    shape = draw(shapes(min_dims=2, max_dims=2, min_side=1))
    views, part = draw(st.sampled_from([
        ([], shape), ([sh.Permute((1, 0))], shape[::-1]),
        ([sh.Permute((1, 0)), indexing.Index(0)], shape[:1]),
        ([sh.Reshape((-1,))], (shape[0] * shape[1],)), ([matrix.Diagonal(0)], (min(shape),))]))
    index = draw(st.sampled_from([..., slice(0, 1), slice(None, None, 2), 0, np.array([-1, 0])[:part[0]]]))
    values = np.zeros(part)[index].shape
    values = draw(st.sampled_from([values, values[1:], (1, *values), ()]))
    return Case([draw(array(shape)), draw(array(values))], lambda: (views, index))


entry(sh.Roll, rolls())
entry(matrix.Triangle, triangles())
entry(matrix.Diagonal, diagonals())
entry(inplace.Replace, replacements())
entry(gather_scatter.Scatter, scatters(distinct_index=True))
entry(gather_scatter.ScatterAdd, scatters(distinct_index=False))


@st.composite
def fills(draw):
    """A number instead of x where a mask holds; the mask may be the larger one."""
    shape = draw(shapes())
    wider = draw(st.sampled_from([shape, (2, *shape), shape[1:]]))
    mask = np.random.default_rng(draw(st.integers(0, 99))).random(wider) < 0.5
    return Case([np.asarray(1.5), draw(array(shape))], lambda: (mask,))


entry(select.MaskedFill, fills())


@st.composite
def sums_of_products(draw):
    inputs, output = draw(st.sampled_from([
        (["ij", "jk"], "ik"), (["ij"], ""), (["ij"], "ji"), (["i", "j"], "ij"), (["bij", "bjk"], "bik"),
        (["i", "i", "i"], "i"), (["ij", "k"], "j"), (["", "i"], "i"), (["ij", "jk", "kl"], "il")]))
    size = {letter: draw(st.integers(0, 3)) for letter in "bijkl"}
    xs = [draw(array(tuple(size[letter] for letter in letters))) for letters in inputs]
    return Case(xs, lambda: (inputs, output))


entry(einsum.EinSum, sums_of_products())


@st.composite
def standardizations(draw):
    x = draw(array(draw(shapes(min_dims=1, min_side=1)), repeats=False))
    dims = tuple(sorted(draw(st.sets(st.integers(0, x.ndim - 1), min_size=1))))
    spread = x.std(axis=dims)
    count = int(np.prod([x.shape[d] for d in dims]))
    assume(count > 1 and float(spread.min()) > 0.1)
    return Case([x], lambda: (dims, 1e-5))


entry(normalization.Standardize, standardizations(), rtol=1e-4, atol=1e-6)


@st.composite
def layer_norms(draw):
    x = draw(array(draw(shapes(min_dims=1, min_side=1)), repeats=False))
    last = x.shape[draw(st.integers(0, x.ndim - 1)):]
    assume(np.prod(last) > 1 and float(x.reshape(-1, int(np.prod(last))).std(axis=1).min()) > 0.1)
    return Case([x, draw(array(last)), draw(array(last))], lambda: (1e-5,))


entry(normalization.LayerNorm, layer_norms(), rtol=1e-4, atol=1e-6)


@st.composite
def batches(draw):
    x = draw(array(draw(shapes(min_dims=2, min_side=1)), repeats=False))
    rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    assume(rows.shape[1] > 1 and float(rows.std(axis=1).min()) > 0.1)
    w, b = (draw(array((x.shape[1],))) if draw(st.booleans()) else None for _ in range(2))
    return Case([x, w, b], lambda: (1e-5,))


entry(normalization.BatchNorm, batches(), rtol=1e-4, atol=1e-6)


@st.composite
def sequences(draw, gates):
    length, samples, inputs, hidden = (draw(st.integers(1, 3)) for _ in range(4))
    states = [draw(array((samples, hidden))) for _ in range(2 if gates == 4 else 1)]
    weights = [draw(array((gates * hidden, n))) for n in (inputs, hidden)]
    biases = [draw(array((gates * hidden,))) if draw(st.booleans()) else None for _ in range(2)]
    reverse = draw(st.booleans())
    return Case([draw(array((length, samples, inputs))), *states, *weights, *biases], lambda: (reverse,))


entry(recurrent.LSTMSequence, sequences(4), rtol=1e-4, atol=1e-6, tags=SAVES)
entry(recurrent.GRUSequence, sequences(3), rtol=1e-4, atol=1e-6, tags=SAVES)


@st.composite
def lookups(draw):
    rows, width = draw(shapes(2, 2, 1, 8))
    index = np.array(draw(st.lists(st.integers(0, rows - 1), max_size=5)), np.int64)
    if draw(st.booleans()):
        index = index[:, None]
    unused = sorted(set(range(rows)) - set(index.reshape(-1).tolist()))    # its gradient is left out
    options = (index, draw(st.sampled_from([None, *unused])))
    return Case([draw(array((rows, width)))], lambda: options)


entry(embedding.Embedding, lookups())


@st.composite
def windows(draw, fold):
    geometry = draw(geometries(max_kernel=2, pad=1))
    n, c = draw(st.integers(0, 2)), draw(st.integers(1, 2))
    size = draw(shapes(2, 2, 1, 6))
    out = geometry.output_size(size)
    assume(min(out) >= 1)
    if not fold:
        return Case([draw(array((n, c, *size)))], lambda: (geometry,))
    columns = (n, c * geometry.kernel[0] * geometry.kernel[1], out[0] * out[1])
    return Case([draw(array(columns))], lambda: (geometry, size))


entry(unfold.Unfold, windows(fold=False))
entry(unfold.Fold, windows(fold=True))


def probability(random, shape):
    """Between 0.1 and 0.9."""
    return random.uniform(0.1, 0.9, shape)


entry(losses.BinaryCrossEntropy, binary(probability, probability))


@st.composite
def errors_off_the_kink(draw):
    """|x − t| is away from δ, where the second derivative jumps."""
    case = draw(binary(options=st.sampled_from([(1.0,), (0.5, 2.0)])))
    x, t = case.inputs
    away = np.abs(np.abs(x - t) - case.options()[0])
    assume(not away.size or away.min() > 0.01)
    return case


entry(losses.Huber, errors_off_the_kink())


entry(sort.Median, unary(distinct, st.just((None, False)), shapes(min_side=1), repeats=False))
