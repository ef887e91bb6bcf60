"""Entries: reductions, reshaping, joining, indexing."""
import numpy as np
from hypothesis import strategies as st
from op_table import SAVES, Case, array, dims_of, distinct, entry, nonzero, normal, shapes, unary

from minigrad.ops import convert, gather_scatter, indexing, join, pad, reduce, shape as sh


@st.composite
def reductions(draw, values=normal, several=True, min_side=0, repeats=True):
    x = draw(array(draw(shapes(min_side=min_side)), values, repeats))
    options = (dims_of(draw, x.ndim, several), draw(st.booleans()))
    return Case([x], lambda: options)


@st.composite
def with_zeros(draw):
    """No, one or several entries 0: the case where dividing the product by an entry fails."""
    case = draw(reductions(nonzero, several=False))
    x = np.array(case.inputs[0])
    zeros = draw(st.integers(0, 2))
    x.reshape(-1)[:zeros] = 0
    return Case([x], case.options)


entry(reduce.Sum, reductions())
entry(reduce.Mean, reductions(min_side=1))
entry(reduce.Prod, with_zeros(), tags=SAVES)
entry(reduce.Amax, reductions(distinct, min_side=1, repeats=False), tags=SAVES)
entry(reduce.Amin, reductions(distinct, min_side=1, repeats=False))


@st.composite
def reshapes(draw):
    x = draw(array(draw(shapes())))
    choices = [(x.size,), (1, x.size), (x.size, 1), x.shape[::-1], (*x.shape, 1)]
    if x.size:
        choices += [(-1,), (1, -1, 1)]
    if x.size == 1:
        choices.append(())
    options = (draw(st.sampled_from(choices)),)
    return Case([x], lambda: options)


@st.composite
def permutations(draw):
    x = draw(array(draw(shapes())))
    options = (tuple(draw(st.permutations(range(x.ndim)))),)
    return Case([x], lambda: options)


@st.composite
def expansions(draw):
    small = draw(shapes())
    wide = tuple(draw(st.integers(0, 3)) if n == 1 else n for n in small)
    full = draw(st.lists(st.integers(0, 2), max_size=1).map(tuple)) + wide
    return Case([draw(array(small))], lambda: (full,))


@st.composite
def joins(draw):
    shape = draw(shapes(min_dims=1))
    dim = draw(st.integers(0, len(shape) - 1))
    count = draw(st.integers(1, 3))
    sizes = [draw(st.integers(0, 3)) for _ in range(count)]
    xs = [draw(array(shape[:dim] + (n,) + shape[dim + 1:])) for n in sizes]
    return Case(xs, lambda: (dim,))


@st.composite
def flips(draw):
    x = draw(array(draw(shapes())))
    dims = tuple(sorted(draw(st.sets(st.integers(0, x.ndim - 1))))) if x.ndim else ()
    return Case([x], lambda: (dims,))


@st.composite
def pads(draw):
    x = draw(array(draw(shapes(min_dims=1, max_side=8))))
    widths = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in x.shape)
    value = draw(st.sampled_from([0.0, 1.5]))
    return Case([x], lambda: (widths, value))


entry(sh.Reshape, reshapes())
entry(sh.Permute, permutations())
entry(sh.BroadcastTo, expansions())
entry(join.Cat, joins())
entry(convert.Clone, unary(options=st.sampled_from([(), ("K",), ("C",)])))
entry(convert.Cast, unary(options=st.just((np.float64,))), tags={"changes dtype"})
entry(sh.Flip, flips())
entry(pad.Pad, pads())


def _part(draw, n):
    """An index into a dimension of n entries: a slice with any step, an int, or positions that repeat."""
    kinds = ["all", "slice", "backwards"] + ["int", "array", "mask"] * (n > 0)
    kind = draw(st.sampled_from(kinds))
    if kind == "int":
        return draw(st.integers(-n, n - 1))
    if kind == "array":
        return np.array(draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=4)))
    if kind == "mask":
        return np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return {"all": slice(None), "slice": slice(1, None, 2), "backwards": slice(None, None, -1)}[kind]


@st.composite
def indices(draw, shape):
    """What may stand in x[…]: a mixture with at most one array, None and … included."""
    parts, arrays = [], 0
    for n in shape[:draw(st.integers(0, len(shape)))]:
        part = _part(draw, n)
        arrays += isinstance(part, np.ndarray)
        parts.append(slice(None) if isinstance(part, np.ndarray) and arrays > 1 else part)
    parts += draw(st.sampled_from([[], [Ellipsis], [None], [Ellipsis, None]]))
    return tuple(parts)


@st.composite
def index_cases(draw):
    shape = draw(shapes())
    options = (draw(indices(shape)),)
    return Case([draw(array(shape))], lambda: options)


@st.composite
def index_add_cases(draw):
    shape = draw(shapes())
    index = draw(indices(shape))
    return Case([draw(array(np.zeros(shape)[index].shape))], lambda: (index, shape))


@st.composite
def gathers(draw):
    shape = draw(shapes(min_dims=1, min_side=1, max_side=5))
    dim = draw(st.integers(0, len(shape) - 1))
    sizes = tuple(draw(st.integers(0, 4 if k == dim else n)) for k, n in enumerate(shape))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    index = random.integers(0, shape[dim], sizes)
    return Case([draw(array(shape))], lambda: (dim, index))


entry(indexing.Index, index_cases())
entry(indexing.IndexAdd, index_add_cases())
entry(gather_scatter.Gather, gathers())
