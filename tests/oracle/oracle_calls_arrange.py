"""Calls of reductions, orders, shapes, indices and matrix products."""
from __future__ import annotations

from itertools import product
from typing import Any, Iterator

import numpy as np

from oracle_calls import (SHAPES, Arguments, Const, Dtype, booleans, calls, distinct, integers, normal,
                          positive)

FULL = [(), (1,), (5,), (3, 4), (2, 1, 3), (2, 3, 4, 2)]


def dims_of(shape: tuple[int, ...]) -> Iterator[int]:
    """Every dim that a shape has, from the front and from the end."""
    n = max(1, len(shape))
    yield from range(-n, n)


@calls("sum", "mean", "logsumexp", "amax", "amin")
def several_dims(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in FULL:
        for dim in dims_of(shape):
            yield (distinct(rng, *shape), dim), {}
            yield (distinct(rng, *shape),), {"dim": dim, "keepdim": True}
        if len(shape) > 1:
            yield (distinct(rng, *shape), (0, -1)), {}
            yield (distinct(rng, *shape), tuple(range(len(shape))), True), {}
    if name != "logsumexp":
        for shape in FULL:
            yield (distinct(rng, *shape),), {}
    if name in ("sum", "mean"):
        yield (Const(normal(rng, 3, 4)),), {"dtype": Dtype("float32")}
        yield (integers(rng, 0, 5, 3, 4), 1), {"dtype": Dtype("float64")}
        for shape in ((0,), (2, 0, 3)):
            yield (normal(rng, *shape),), {}
            yield (normal(rng, *shape), -1), {}
    if name == "sum":
        yield (integers(rng, 0, 5, 3, 4).astype(np.uint8), 1), {}
        yield (booleans(rng, 3, 4),), {}


@calls("var", "std")
def spread(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in FULL[2:]:
        for dim in dims_of(shape):
            if shape[dim] > 1:
                yield (normal(rng, *shape), dim), {}
                yield (normal(rng, *shape),), {"dim": dim, "keepdim": True, "correction": 0}
                yield (normal(rng, *shape), dim), {"unbiased": False}
                yield (normal(rng, *shape), dim), {"unbiased": True, "keepdim": True}
        yield (normal(rng, *shape),), {}
        if len(shape) > 1:
            yield (normal(rng, *shape), (0, -1)), {}
            yield (normal(rng, *shape), None), {"correction": 2, "keepdim": True}


@calls("prod", "max", "min", "argmax", "argmin", "any", "all", "cumsum", "median", "sort", "argsort")
def one_dim(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    ordered = name in ("cumsum", "sort", "argsort")
    for shape in FULL:
        for dim in dims_of(shape):
            x = distinct(rng, *shape)
            x = Const(x > 0) if name in ("any", "all") else x
            yield (x, dim), {}
            if not ordered:
                yield (x,), {"dim": dim, "keepdim": True}
            elif name != "cumsum":
                yield (x, dim, True), {}
                yield (x,), {"dim": dim, "descending": False, "stable": True}
        if name not in ("cumsum",):
            yield (x,), {}
    if name in ("any", "all"):
        yield (booleans(rng, 0),), {}
        yield (booleans(rng, 2, 0), 1), {}
        yield (booleans(rng, 2, 3, 4), (0, 2)), {}
        yield (integers(rng, 0, 2, 3, 4), 1), {}
    if name in ("prod", "cumsum"):
        yield (integers(rng, 1, 4, 3, 4), 1), {}
        yield (integers(rng, 1, 4, 3, 4).astype(np.uint8), 1), {}
        yield (Const(normal(rng, 3, 4)), 1), {"dtype": Dtype("float32")}
        yield (booleans(rng, 4), 0), {}
        yield (normal(rng, 0), 0), {}


@calls("max", "min")
def of_two(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    yield (normal(rng, 3, 4), normal(rng, 4)), {}
    yield (normal(rng, 3, 1), normal(rng, 3, 4)), {}


@calls("topk")
def largest_ones(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in FULL[1:]:
        for dim in dims_of(shape):
            for k, largest in product({1, shape[dim]}, (True, False)):
                yield (distinct(rng, *shape), k), {"dim": dim, "largest": largest}
    yield (distinct(rng, 3, 7), 3, -1, True, True), {}
    yield (distinct(rng, 3, 7), 0), {}


@calls("norm")
def lengths(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for p in (2, 1, 3, 1.5, 0.5, -1, 0, float("inf"), -float("inf"), "fro"):
        for dim in (None, 0, 1, -1, (0, 1)):
            yield (distinct(rng, 3, 4),), {"p": p, "dim": dim}
            yield (distinct(rng, 3, 4), p, dim, True), {}
    yield (normal(rng),), {}
    yield (normal(rng, 5),), {}


@calls("F.normalize")
def unit(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for p, dim in product((2.0, 1.0, 3.0), (0, 1, -1)):
        yield (normal(rng, 3, 4, 2),), {"p": p, "dim": dim}
    yield (normal(rng, 3, 4),), {}
    yield (normal(rng, 3, 4) * 1e-3,), {"eps": 0.1}
    yield (np.zeros((2, 3)),), {}


@calls("cosine_similarity", "F.cosine_similarity")
def cosine(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for dim in (0, 1, -1):
        yield (normal(rng, 3, 4), normal(rng, 3, 4)), {"dim": dim}
        yield (normal(rng, 3, 4), normal(rng, 1, 4)), {"dim": dim, "eps": 1e-3}
    yield (normal(rng, 3, 4), normal(rng, 3, 4)), {}
    yield (normal(rng, 2, 3, 4), normal(rng, 3, 4)), {"dim": -1}
    yield (normal(rng, 3, 4) * 1e-3, normal(rng, 3, 4)), {"eps": 0.5}
    yield (np.zeros((2, 3)), normal(rng, 2, 3)), {}


@calls("reshape", "Tensor.view", "Tensor.reshape")
def new_shapes(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for old, new in [((3, 4), (4, 3)), ((3, 4), (-1,)), ((3, 4), (2, -1)), ((2, 3, 4), (6, 4)), ((), (1,)),
                     ((1,), ()), ((1, 1), (1,)), ((0, 3), (3, 0)), ((2, 6), (2, 2, 3)), ((12,), (2, -1, 3))]:
        yield (normal(rng, *old), new), {}
        if name.startswith("Tensor") and new:
            yield (normal(rng, *old), *new), {}


@calls("flatten")
def made_flat(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (normal(rng, *shape),), {}
    for a, b in product((0, 1, -2), (2, -1, 3)):
        yield (normal(rng, 2, 3, 4, 2), a, b), {}


@calls("unflatten")
def made_deep(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    yield (normal(rng, 12, 2), 0, (3, 4)), {}
    yield (normal(rng, 12, 2), 0, (3, -1)), {}
    yield (normal(rng, 2, 12), -1, (2, 2, 3)), {}
    yield (normal(rng, 2, 12), 1, [-1, 6]), {}
    yield (normal(rng, 0, 2), 0, (0, 3)), {}


@calls("transpose", "Tensor.t", "t", "Tensor.T", "Tensor.mT")
def exchanged(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    if name == "transpose":
        for shape in FULL[3:]:
            for a, b in product(range(-len(shape), len(shape)), repeat=2):
                yield (normal(rng, *shape), a, b), {}
        return
    for shape in [(3, 4), (1, 4), (0, 2)] + ([(2, 3, 4)] if name.endswith("mT") else [(5,), ()][:2]):
        if name != "Tensor.T" or len(shape) == 2:       # other ranks are deprecated in PyTorch
            yield (normal(rng, *shape),), {}


@calls("permute", "Tensor.permute")
def order_of_dims(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in FULL:
        for _ in range(3):
            dims = tuple(int(d) for d in rng.permutation(len(shape)))
            yield (normal(rng, *shape), dims), {}
            yield (normal(rng, *shape), tuple(d - len(shape) for d in dims)), {}
            if name.startswith("Tensor") and dims:
                yield (normal(rng, *shape), *dims), {}


@calls("movedim")
def moved(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in product(range(-3, 3), repeat=2):
        yield (normal(rng, 2, 3, 4), a, b), {}
    yield (normal(rng, 2, 3, 4), (0, 1), (-1, 0)), {}


@calls("squeeze", "unsqueeze")
def ones_in_shape(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(), (1,), (1, 3), (3, 1), (2, 1, 3, 1), (0, 1), (2, 3)]:
        if name == "squeeze":
            yield (normal(rng, *shape),), {}
            for dim in dims_of(shape):
                yield (normal(rng, *shape), dim), {}
            if len(shape) > 1:
                yield (normal(rng, *shape), (0, 1)), {}
        else:
            for dim in range(-len(shape) - 1, len(shape) + 1):
                yield (normal(rng, *shape), dim), {}


@calls("broadcast_to", "Tensor.expand", "Tensor.expand_as", "Tensor.view_as", "Tensor.reshape_as")
def stretched(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    if name in ("Tensor.view_as", "Tensor.reshape_as"):
        yield (normal(rng, 3, 4), Const(normal(rng, 2, 6))), {}
        yield (normal(rng, 1), Const(normal(rng))), {}
        return
    for old, new in [((3,), (2, 3)), ((1,), (4,)), ((3, 1), (3, 4)), ((), (2, 2)), ((2, 1, 3), (2, 4, 3)),
                     ((1, 3), (0, 3)), ((3,), (3,))]:
        if name == "Tensor.expand_as":
            yield (normal(rng, *old), Const(normal(rng, *new))), {}
        else:
            yield (normal(rng, *old), new), {}
    if name == "Tensor.expand":
        yield (normal(rng, 3, 1), -1, 4), {}
        yield (normal(rng, 3, 1), 2, -1, 4), {}


@calls("Tensor.repeat", "tile", "Tensor.tile")
def tiles(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, counts in [((3,), (2,)), ((3,), (2, 2)), ((2, 3), (1, 2)), ((2, 3), (2, 1, 3)), ((), (3,)),
                          ((2, 3), (0, 1)), ((0, 2), (2, 2)), ((2, 1, 2), (2, 3, 1))]:
        yield (normal(rng, *shape), counts), {}
        if name.startswith("Tensor"):
            yield (normal(rng, *shape), *counts), {}
    if "tile" in name:
        yield (normal(rng, 2, 3), (2,)), {}


@calls("repeat_interleave")
def each_repeated(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for repeats, dim in product((1, 2, 0), (None, 0, 1, -1)):
        yield (normal(rng, 2, 3), repeats), {"dim": dim}
    yield (normal(rng), 3), {}
    yield (normal(rng, 3), np.array([1, 0, 2])), {}
    yield (normal(rng, 2, 3), np.array([1, 0, 2]), 1), {}


@calls("roll")
def rolled(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shift in (0, 1, -2, 7):
        yield (normal(rng, 3, 4), shift), {}
        for dim in (0, 1, -1):
            yield (normal(rng, 3, 4), shift, dim), {}
        yield (normal(rng, 3, 4), (shift, 1), (0, 1)), {}
        yield (normal(rng, 3, 4), shift), {"dims": -1}


@calls("flip", "Tensor.flip")
def reversed_dims(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in FULL[1:]:
        for dim in dims_of(shape):
            yield (normal(rng, *shape), (dim,)), {}
    yield (normal(rng, 2, 3, 4), [0, 2]), {}
    yield (normal(rng, 2, 3),), {"dims": (0, 1)}
    if name.startswith("Tensor"):
        yield (normal(rng, 2, 3, 4), 0, -1), {}


@calls("cat", "stack")
def joined(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((3,), (2, 3), (2, 0, 3), (2, 3, 4)):
        for dim in range(-len(shape), len(shape)):
            parts = []
            for size in (1, 2, 3):
                own = list(shape)
                if name == "cat":
                    own[dim] = size
                parts.append(normal(rng, *own))
            yield (parts, dim), {}
            yield (tuple(parts),), {"dim": dim}
    yield ([normal(rng, 2), np.arange(2)],), {}
    yield ([normal(rng, 2, 3)],), {}
    if name == "cat":
        yield ([normal(rng, 0), normal(rng, 2, 3)], 1), {}      # PyTorch leaves empty vectors out
    else:
        yield ([normal(rng), normal(rng)],), {}


@calls("hstack", "vstack")
def beside_and_below(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((), (1,), (3,), (2, 3), (2, 3, 4), (0, 2)):
        yield ([normal(rng, *shape) for _ in range(3)],), {}
    yield ((normal(rng, 2), normal(rng, 1, 2)) if name == "vstack" else (normal(rng, 2), normal(rng, 3)),), {}
    yield ([normal(rng, 2), np.arange(2)],), {}
    wide = [normal(rng, 2, 1), normal(rng, 2, 3)]
    yield (wide if name == "hstack" else [normal(rng, 2, 3), normal(rng, 3)],), {}


@calls("meshgrid")
def grids(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for sizes in ((3,), (2, 3), (3, 1, 2), (2, 0)):
        for indexing in ("ij", "xy"):
            yield tuple(normal(rng, n) for n in sizes), {"indexing": indexing}
            yield ([normal(rng, n) for n in sizes],), {"indexing": indexing}
    yield (normal(rng), normal(rng, 2)), {"indexing": "ij"}


@calls("split", "chunk", "unbind")
def parts(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((5,), (5, 4), (2, 6, 3), (0, 3)):
        for dim in range(-len(shape), len(shape)):
            if name == "unbind":
                yield (normal(rng, *shape), dim), {}
                continue
            for n in (1, 2, 3, 9):
                yield (normal(rng, *shape), n), {"dim": dim}
    if name == "split":
        yield (normal(rng, 5, 4), [1, 3], -1), {}
        yield (normal(rng, 5, 4), (2, 0, 3)), {}


@calls("F.pad")
def borders(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for pad in [(1, 2), (0, 0), (1, 0, 2, 1), (0, 1, 0, 0, 1, 1), (2, 2), (-1, 2), (-1, -1, 1, 0)]:
        for value in (None, 1.5, 0):
            yield (normal(rng, 2, 3, 4), pad), {"value": value}
        yield (normal(rng, 2, 3, 4), pad, "constant", -2.0), {}


@calls("tril", "triu")
def triangles(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, diagonal in product([(3, 3), (2, 4), (4, 2), (2, 3, 3), (0, 3)], (-2, -1, 0, 1, 2)):
        yield (normal(rng, *shape), diagonal), {}
    yield (normal(rng, 3, 3),), {}
    yield (booleans(rng, 3, 3),), {}


@calls("diagonal")
def diagonals(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for offset in (-2, -1, 0, 1, 3):
        yield (normal(rng, 3, 4), offset), {}
        yield (normal(rng, 2, 3, 4), offset, 1, 2), {}
        yield (normal(rng, 2, 3, 4),), {"offset": offset, "dim1": -1, "dim2": 0}


@calls("diag")
def diagonal_matrices(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for diagonal in (-2, -1, 0, 1, 3):
        yield (normal(rng, 3), diagonal), {}
        yield (normal(rng, 3, 4), diagonal), {}
        yield (normal(rng, 0),), {"diagonal": diagonal}
    yield (normal(rng, 2),), {}
    yield (np.arange(3),), {}


@calls("masked_fill", "masked_select")
def masks(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    values = (0.5, -1, np.asarray(2.5)) if name == "masked_fill" else ((),)
    for shape, mask in [((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 3, 4), (3, 1)), ((), ()), ((0, 3), (3,)),
                        ((5,), (5,)), ((3, 1), (3, 1))]:
        for value in values:
            rest = () if isinstance(value, tuple) else (value,)
            yield (normal(rng, *shape), booleans(rng, *mask), *rest), {}


@calls("gather", "take_along_dim", "scatter", "scatter_add", "index_select")
def by_index(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((5,), (3, 4), (2, 3, 4), (1, 1)):
        for dim in range(-len(shape), len(shape)):
            n = shape[dim]
            if name == "index_select":
                yield (normal(rng, *shape), dim, integers(rng, 0, n, 4)), {}
                yield (normal(rng, *shape), dim, integers(rng, 0, n, 0)), {}
                continue
            repeated = integers(rng, 0, n, *shape)
            order = np.argsort(rng.random(shape), axis=dim)
            if name == "gather":
                yield (normal(rng, *shape), dim, repeated), {}
                yield (normal(rng, *shape), dim, repeated[:1]), {}
            elif name == "take_along_dim":
                yield (normal(rng, *shape), repeated), {"dim": dim}
                yield (normal(rng, *shape), integers(rng, 0, 2, 6) % min(2, int(np.prod(shape)))), {}
            elif name == "scatter":
                yield (normal(rng, *shape), dim, order, normal(rng, *shape)), {}
                yield (normal(rng, *shape), dim, order[:1], Const(normal(rng, *shape))), {}
                yield (normal(rng, *shape), dim, order, 2.5), {}
            else:
                yield (normal(rng, *shape), dim, repeated, normal(rng, *shape)), {}
                yield (normal(rng, *shape), dim, repeated[:1], Const(normal(rng, *shape))), {}
    if name == "take_along_dim":
        yield (normal(rng, 3, 4), integers(rng, 0, 4, 1, 2), 1), {}
        yield (normal(rng, 1, 4), integers(rng, 0, 4, 3, 2), 1), {}


@calls("nonzero")
def positions(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (booleans(rng, *shape),), {}
        yield (integers(rng, 0, 2, *shape),), {}
    yield (booleans(rng, 3, 4),), {"as_tuple": True}


@calls("operator.getitem")
def index(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    x = (3, 4, 5)
    for item in [0, -1, slice(1, 3), slice(None, None, 2), Ellipsis, None, (0, 1), (0, slice(None), 2),
                 (Ellipsis, -1), (slice(None), None, 1), (slice(1), slice(1, 1)), (1, Ellipsis, None),
                 (2, 3, 4), [0, 2, 2], ([0, 1, 1], [2, 3, 3]), (slice(None), [1, 1, 0]),
                 ([0, 2], slice(1, 3)), (0, [1, 1]), ([1, 1], 0), ([0, 1], slice(None), [2, 2]),
                 (Ellipsis, [0, 0, 1]), True,
                 (None, [0, 1]), (slice(None), [0, 1], None)]:
        yield (normal(rng, *x), item), {}
    yield (normal(rng, *x), integers(rng, -3, 3, 2, 2)), {}
    yield (normal(rng, *x), integers(rng, 0, 3, 0)), {}
    yield (normal(rng, *x), np.asarray(1)), {}
    yield (normal(rng, *x), (integers(rng, 0, 3, 2, 1), integers(rng, 0, 4, 3))), {}
    yield (normal(rng, *x), (integers(rng, 0, 3, 2), slice(None), integers(rng, 0, 5, 2))), {}
    yield (normal(rng, *x), (slice(None), integers(rng, 0, 4, 2, 2))), {}
    for mask in ((3,), (3, 4), (3, 4, 5)):
        yield (normal(rng, *x), booleans(rng, *mask)), {}
    yield (normal(rng, *x), (slice(None), booleans(rng, 4))), {}
    yield (normal(rng, *x), (booleans(rng, 3), 0)), {}
    yield (normal(rng, *x), (Ellipsis, booleans(rng, 5))), {}
    yield (normal(rng, *x), (np.array([True, False, True]), np.array([1, 3]))), {}
    yield (normal(rng), ()), {}
    yield (normal(rng), None), {}


@calls("matmul", "operator.matmul", "mm", "bmm", "dot", "outer")
def products(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    pairs: dict[str, list[Any]] = {
        "mm": [((3, 4), (4, 2)), ((1, 1), (1, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3))],
        "bmm": [((2, 3, 4), (2, 4, 2)), ((1, 1, 3), (1, 3, 1)), ((0, 2, 3), (0, 3, 2))],
        "dot": [((3,), (3,)), ((1,), (1,)), ((0,), (0,))],
        "outer": [((3,), (4,)), ((1,), (2,)), ((0,), (3,))]}
    every = [p for some in list(pairs.values())[:3] for p in some] + [
        ((3,), (3, 2)), ((2, 3), (3,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((2, 3, 4), (4, 5)),
        ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 3, 4), (2, 4, 2)), ((2, 3, 0), (0, 2))]
    for a, b in pairs.get(name, every):
        for _ in range(3):
            yield (normal(rng, *a), normal(rng, *b)), {}


@calls("einsum")
def letters(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for equation, shapes in [
            ("ij,jk->ik", [(3, 4), (4, 2)]), ("ij,jk", [(3, 4), (4, 2)]),
            ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]),
            ("i,i->", [(3,), (3,)]), ("i,j->ij", [(3,), (2,)]), ("ij->ji", [(3, 4)]), ("ij->", [(3, 4)]),
            ("ij->i", [(3, 4)]), ("ii->i", [(3, 3)]), ("ii", [(3, 3)]),
            ("...ij,...jk->...ik", [(2, 3, 4), (4, 2)]),
            ("i...,i...->...", [(3, 2), (3, 2)]), ("ba", [(3, 4)]), ("ij,ij,ij->i", [(3, 4)] * 3),
            ("b i d, b j d -> b i j", [(2, 3, 4), (2, 5, 4)]), ("bhqd,bhkd->bhqk", [(1, 2, 3, 4)] * 2),
            ("ijj->i", [(2, 3, 3)]), ("ij,kl->ijkl", [(2, 1), (1, 3)]), ("iij,ik->kj", [(3, 3, 2), (3, 4)]),
            ("...->...", [(2, 3)]), ("ij,j->i", [(0, 3), (3,)]),
            ("abc,cd,de->abe", [(2, 2, 3), (3, 4), (4, 2)]),
            ("...i->...", [(2, 3)]), ("ij,k->ik", [(2, 3), (4,)])]:
        for _ in range(2):
            yield (equation, *[normal(rng, *s) for s in shapes]), {}
    yield ("ij,jk->ik", [normal(rng, 3, 4), normal(rng, 4, 2)]), {}


@calls("tensordot")
def contracted(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    yield (normal(rng, 3, 4), normal(rng, 4, 2), 1), {}
    yield (normal(rng, 2, 3, 4), normal(rng, 3, 4, 5)), {}
    yield (normal(rng, 2, 3), normal(rng, 2, 3)), {}
    yield (normal(rng, 2), normal(rng, 3)), {"dims": 0}
    yield (normal(rng, 2, 3, 4), normal(rng, 4, 2)), {"dims": ([0, 2], [1, 0])}
    yield (normal(rng, 2, 3, 4), normal(rng, 5, 3)), {"dims": ([1], [1])}
    yield (normal(rng, 2, 3, 4), normal(rng, 5, 3)), {"dims": ([-2], [-1])}


@calls("rsqrt", "sqrt")
def of_integers(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    yield (integers(rng, 1, 9, 5),), {}
    yield (positive(rng, 5).astype(np.float32),), {}
