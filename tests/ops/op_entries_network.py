"""Entries: matrix products, convolution, pooling, losses."""
import numpy as np
from hypothesis import assume, strategies as st
from op_table import Case, array, broadcastable, distinct, entry, positive, shapes

from minigrad.backend.conv import conv_forward
from minigrad.backend.windows import Geometry
from minigrad.ops import convolution, cross_entropy, fusion, linalg, losses, pooling


@st.composite
def products(draw):
    n, k, m = draw(shapes(3, 3))
    batch = draw(shapes(max_dims=2, max_side=2))
    other = draw(broadcastable(batch))
    a, b = draw(st.permutations([batch, other]))
    return Case([draw(array((*a, n, k))), draw(array((*b, k, m)))])


@st.composite
def affine(draw):
    n, inner, out = draw(shapes(3, 3))
    inner, out = max(inner, 1), max(out, 1)
    bias = draw(array((out,))) if draw(st.booleans()) else None
    return Case([draw(array((n, inner))), draw(array((out, inner))), bias])


entry(linalg.MatMul, products())
entry(linalg.Linear, affine())


@st.composite
def geometries(draw, max_kernel=3, pad=2):
    pair = st.tuples(st.integers(1, max_kernel), st.integers(1, max_kernel))
    before_after = st.tuples(st.integers(0, pad), st.integers(0, pad))
    return Geometry(draw(pair), draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
                    (draw(before_after), draw(before_after)),
                    draw(st.tuples(st.integers(1, 2), st.integers(1, 2))))


@st.composite
def convolutions(draw):
    """(x, w, geometry): up to 2 images of up to 2 channels, where at least one window fits."""
    geometry = draw(geometries(max_kernel=2, pad=1))
    n, c, o = draw(st.integers(0, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    h, w = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    assume(min(geometry.output_size((h, w))) >= 1)
    return (n, c, h, w), (o, c, *geometry.kernel), geometry


@st.composite
def conv_cases(draw):
    x, w, geometry = draw(convolutions())
    bias = draw(array(w[:1])) if draw(st.booleans()) else None
    return Case([draw(array(x)), draw(array(w)), bias], lambda: (geometry,))


@st.composite
def conv_input_grad_cases(draw):
    x, w, geometry = draw(convolutions())
    g = (x[0], w[0], *geometry.output_size(x[2:]))
    return Case([draw(array(g)), draw(array(w))], lambda: (geometry, x[2:]))


@st.composite
def conv_weight_grad_cases(draw):
    x, w, geometry = draw(convolutions())
    g = (x[0], w[0], *geometry.output_size(x[2:]))
    return Case([draw(array(x)), draw(array(g))], lambda: (geometry,))


entry(convolution.Conv2d, conv_cases())
entry(convolution.Conv2dInputGrad, conv_input_grad_cases())
entry(convolution.Conv2dWeightGrad, conv_weight_grad_cases())


@st.composite
def pools(draw):
    """(shape, geometry) with at most half a window of padding, as max_pool2d demands."""
    geometry = draw(geometries(max_kernel=3, pad=0))
    pad = tuple((draw(st.integers(0, k // 2)),) * 2 for k in geometry.kernel)
    geometry = geometry._replace(padding=pad)
    if any(before for before, _ in pad):        # a dilated window may lie in the padding altogether
        geometry = geometry._replace(dilation=(1, 1))
    shape = draw(st.integers(0, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    assume(min(geometry.output_size(shape[2:])) >= 1)
    return shape, geometry


@st.composite
def pool_cases(draw):
    shape, geometry = draw(pools())
    return Case([draw(array(shape, distinct, repeats=False))], lambda: (geometry,))


@st.composite
def winner_cases(draw, scatter):
    """The two linear maps between images and windows, for the winners of a random image."""
    shape, geometry = draw(pools())
    op = pooling.MaxPool2d(geometry)
    windows = op(np.random.default_rng(draw(st.integers(0, 99))).random(shape))
    x = draw(array(windows.shape if scatter else shape))
    return Case([x], lambda: (geometry, shape[2:], op.winners))


@st.composite
def sum_pool_cases(draw, spread):
    shape, geometry = draw(pools())
    if not spread:
        return Case([draw(array(shape))], lambda: (geometry,))
    return Case([draw(array((*shape[:2], *geometry.output_size(shape[2:]))))], lambda: (geometry, shape[2:]))


entry(pooling.SumPool2d, sum_pool_cases(spread=False))
entry(pooling.SumPoolSpread, sum_pool_cases(spread=True))
entry(pooling.MaxPool2d, pool_cases())
entry(pooling.MaxPoolScatter, winner_cases(scatter=True))
entry(pooling.MaxPoolGather, winner_cases(scatter=False))


@st.composite
def conv_pool_cases(draw):
    """Windows whose entries keep a distance from each other and from 0, where the slope jumps."""
    x, w, geometry = draw(convolutions())
    pool = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    rows, columns = geometry.output_size(x[2:])
    assume(rows >= pool[0] and columns >= pool[1])
    case = Case([draw(array(x)), draw(array(w)), draw(array(w[:1])) if draw(st.booleans()) else None],
                lambda: (geometry, pool))
    levels = np.sort(np.append(conv_forward(*case.inputs, geometry), 0.0))
    assume(np.diff(levels).min(initial=1) > 1e-3)
    return case


entry(fusion.ConvReLUPool, conv_pool_cases())


@st.composite
def class_cases(draw):
    n, classes = draw(shapes(2, 2, 0, 7))
    classes = max(classes, 1)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    target = random.integers(0, classes, n)
    return Case([draw(array((n, classes)))], lambda: (target,))


@st.composite
def soft_cases(draw):
    n, classes = draw(shapes(2, 2, 0, 7))
    shape = n, max(classes, 1)
    return Case([draw(array(shape)), draw(array(shape, positive))])


@st.composite
def pair_cases(draw):
    shape = draw(shapes(min_side=1))
    return Case([draw(array(shape)), draw(array(shape))])


entry(losses.MeanSquaredError, pair_cases())
entry(cross_entropy.CrossEntropy, class_cases())
entry(cross_entropy.SoftCrossEntropy, soft_cases())
