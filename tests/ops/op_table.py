"""The op table: for every operation, inputs and options on which its properties are checked.

An entry names a Function class and a strategy that draws a Case: the options of one call and its
inputs, float64 arrays in many layouts. Files named ``op_entries_*.py`` beside this one hold the
entries; ``TABLE`` collects them, and ``test_op_table.py`` fails for an operation without one.
"""
from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import numpy as np
from hypothesis import strategies as st

Values = Callable[[np.random.Generator, tuple], np.ndarray]

#: The tag of an operation that saves an input, and so must notice when that is changed before backward.
SAVES = {"saves an input"}


@dataclass
class Case:
    """One call: ``make(op)(*inputs)``. An input that is None (no bias) stays None."""

    inputs: list
    options: Callable[[], tuple] = tuple        # made fresh for each call: generators have a state

    def __repr__(self):
        inputs = ", ".join("None" if x is None else f"{x.shape}{x.strides}" for x in self.inputs)
        return f"Case({inputs}; options {self.options()})"


@dataclass
class Entry:
    """An operation, the cases to try, and what it is exempt from."""

    op: type
    cases: Any                                   # a hypothesis strategy of Cases
    rtol: float = 1e-5
    atol: float = 1e-7
    gradient: bool = True                        # False: a gradient that is 0 by definition, see cases
    tags: set = field(default_factory=set)
    before: Any = None                           # what brings an input into the form that the operation needs

    @property
    def name(self):
        return self.op.__name__

    def __call__(self, case, *inputs):
        return self.op(*case.options())(*(inputs if self.before is None else map(self.before, inputs)))


# ── values ────────────────────────────────────────────────────────────────────────────────────────

def normal(random, shape):
    """Around 0, within ±2."""
    return random.uniform(-2, 2, shape)


def positive(random, shape):
    """Between 0.3 and 2.5: for logarithms, roots and divisors."""
    return random.uniform(0.3, 2.5, shape)


def nonzero(random, shape):
    """Of both signs, at least 0.3 away from 0."""
    return random.uniform(0.3, 2.0, shape) * random.choice([-1.0, 1.0], shape)


def distinct(random, shape):
    """All entries at least 0.05 apart: no ties, so that a maximum has a derivative."""
    count = int(np.prod(shape))
    return (random.permutation(count).reshape(shape) - count / 2) * 0.1 + random.uniform(0, 0.05, shape)


def away_from(*kinks):
    """Within ±2, and at least 0.05 away from every kink."""
    def values(random, shape):
        x = random.uniform(-2, 2, shape)
        for kink in kinks:
            near = np.abs(x - kink) < 0.05
            x = np.where(near, kink + np.where(x < kink, -0.1, 0.1), x)
        return x
    return values


# ── shapes and layouts ────────────────────────────────────────────────────────────────────────────

def shapes(min_dims=0, max_dims=3, min_side=0, max_side=4):
    """From 0-d to 3-D, with empty and size-1 dimensions; more often of many dimensions than of few.

    Drawn from a seed, because hypothesis by itself repeats the shapes of earlier examples.
    """
    def shape(seed):
        random = np.random.default_rng(seed)
        ndims = np.arange(min_dims, max_dims + 1)
        ndim = random.choice(ndims, p=(ndims + 1) / (ndims + 1).sum())
        return tuple(int(n) for n in random.integers(min_side, max_side + 1, ndim))
    return st.integers(0, 2**32 - 1).map(shape)


@st.composite
def array(draw, shape, values=normal, repeats=True):
    """A float64 array in one of the layouts that views make.

    ``repeats``: also broadcast ones (stride 0), whose entries repeat, so that maxima tie.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    make = lambda size: np.asarray(values(random, size))      # NumPy draws a 0-d number as a float
    layout = draw(st.sampled_from(["plain", "transposed", "reversed", "steps"]
                                  + ["broadcast"] * (repeats and len(shape) > 0)))
    if layout == "transposed":
        order = draw(st.permutations(range(len(shape))))
        stored = tuple(shape[d] for d in order)
        return make(stored).transpose(np.argsort(order).tolist())
    if layout == "reversed":
        return make(shape)[(slice(None, None, -1),) * len(shape) + (Ellipsis,)]
    if layout == "steps":
        return _every_second(make(shape))
    if layout == "broadcast":
        dim = draw(st.integers(0, len(shape) - 1))
        one = make(shape[:dim] + (1,) + shape[dim + 1:])
        return np.broadcast_to(one, shape)
    return make(shape)


def _every_second(x):
    """The same values, as every second entry of a larger array."""
    wide = np.full(tuple(2 * n for n in x.shape), np.nan)
    view = wide[(slice(None, None, 2),) * x.ndim + (Ellipsis,)]
    view[...] = x
    return view


@st.composite
def broadcastable(draw, shape):
    """A shape that broadcasts to ``shape``: sizes replaced by 1, leading dimensions dropped."""
    kept = shape[draw(st.integers(0, len(shape))):]
    return tuple(draw(st.sampled_from([n, 1])) for n in kept)


# ── cases ─────────────────────────────────────────────────────────────────────────────────────────

@st.composite
def unary(draw, values=normal, options=None, shape=None, repeats=True):
    """One input; ``options``: a strategy of option tuples."""
    x = draw(array(draw(shapes() if shape is None else shape), values, repeats))
    chosen = () if options is None else draw(options)
    return Case([x], lambda: chosen)


@st.composite
def binary(draw, first=normal, second=normal, options=None):
    """Two inputs of equal or broadcasting shapes, either of them the smaller one."""
    shape = draw(shapes())
    small = draw(st.one_of(st.just(shape), broadcastable(shape)))
    x_shape, y_shape = draw(st.permutations([shape, small]))
    x, y = draw(array(x_shape, first)), draw(array(y_shape, second))
    chosen = () if options is None else draw(options)
    return Case([x, y], lambda: chosen)


def dims_of(draw, ndim, several=True):
    """None, one dimension (also counted from the end) or several."""
    if ndim == 0:
        return draw(st.sampled_from([None, 0, -1]))
    one = st.integers(-ndim, ndim - 1)
    many = st.sets(st.integers(0, ndim - 1), min_size=1).map(lambda s: tuple(sorted(s)))
    return draw(st.one_of(st.none(), one, many) if several else st.one_of(st.none(), one))


# ── the table ─────────────────────────────────────────────────────────────────────────────────────

TABLE: list[Entry] = []


def entry(op, cases, **options):
    """Add an operation to the table."""
    TABLE.append(Entry(op, cases, **options))


def load():
    """Import every file of entries, so that TABLE is complete."""
    for path in sorted(Path(__file__).parent.glob("op_entries_*.py")):
        importlib.import_module(path.stem)
    return TABLE
