"""What a training step cannot do without: operations of matrix products, and arrays read and written."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workloads import Workload


@dataclass(frozen=True)
class Cost:
    """One part of a step: multiplications and additions in matrix products, bytes of each array it passes.

    ``arrays`` holds an entry for every time that an array is read or written.
    """

    name: str
    flop: float
    arrays: tuple[float, ...]


def costs(work: Workload) -> list[Cost]:
    """All parts of a step: the layers forward and backward, the loss, the update."""
    item = np.dtype(work.dtype).itemsize
    if work.chain:
        size = work.batch * item
        return [Cost(f"{work.chain} operations", 0, (size,) * 4 * work.chain)]
    parts, shape, weights = [], work.shape, 0
    for k, layer in enumerate(work.layers):
        out = after(shape, layer)
        first = not any(kind in ("linear", "conv", "encoder") for kind, *_ in work.layers[:k])
        parts.append(_layer(layer, work.batch, shape, out, item, first))
        shape = out
    outputs = work.batch * math.prod(shape) * item
    parts.append(Cost(f"loss ({work.loss})", 0, (outputs,) * 3))        # read twice, its gradient written
    weights = sum(math.prod(s) + s[0] for s in work.weight_shapes()) * item
    kind, _, *momentum = work.optimizer or ("none", 0)
    passes = 7 if kind == "adam" else 5 if momentum and momentum[0] else 3 if kind == "sgd" else 0
    # Adam: p, g, m, v read; p, m, v written.
    parts.append(Cost(f"update ({kind})", 0, (weights,) * passes))
    return parts


def after(shape: tuple[int, ...], layer: tuple) -> tuple[int, ...]:
    """The shape of one sample behind a layer."""
    kind, *sizes = layer
    if kind == "conv":
        return (sizes[1], shape[1] - sizes[2] + 1, shape[2] - sizes[2] + 1)
    if kind == "pool":
        return (shape[0], shape[1] // sizes[0], shape[2] // sizes[0])
    if kind == "linear":
        return (*shape[:-1], sizes[1])
    return (math.prod(shape),) if kind == "flatten" else shape


def _layer(layer: tuple, n: int, shape: tuple[int, ...], out: tuple[int, ...], item: int,
           first: bool) -> Cost:
    kind, *sizes = layer
    x, y = n * math.prod(shape) * item, n * math.prod(out) * item
    name = f"{kind} {' '.join(map(str, sizes))}".strip()
    if kind in ("linear", "conv"):
        inner = sizes[0] * (sizes[2] ** 2 if kind == "conv" else 1)     # products summed for one output
        weight = inner * sizes[1] * item
        return _product(name, n * math.prod(out) * inner, x, weight, y, first)
    if kind == "encoder":
        return _encoder(name, n, shape, sizes, item, first)
    if kind == "pool":                          # which entry won: a byte each, written and read
        return Cost(name, 0, (x, y, y / item, y, y / item, x))
    if kind == "dropout":                       # the mask: a byte each, written and read twice
        return Cost(name, 0, (x, x, x / item, x / item, x, x / item, x))
    passes = 0 if kind == "flatten" else 5      # forward: x, y; backward: g, y, the gradient
    return Cost(name, 0, (x,) * passes)


def _product(name: str, multiplications: float, x: float, weight: float, y: float, first: bool) -> Cost:
    """y = x wᵀ; ∂L/∂w = gᵀ x; ∂L/∂x = g w, which the first layer does not need."""
    forward, by_weight, by_input = (x, weight, y), (y, x, weight), (y, weight, x)
    times = 2 if first else 3
    return Cost(name, 2.0 * multiplications * times, forward + by_weight + (() if first else by_input))


def _encoder(name: str, n: int, shape: tuple[int, ...], sizes: list, item: int, first: bool) -> Cost:
    """Projections, attention, two linear layers, two norms, two residuals, four dropouts."""
    length, features = shape
    _, heads, hidden, p = sizes
    tokens = n * length
    x, inner = tokens * features * item, tokens * hidden * item
    scores = n * heads * length * length * item
    square = features * features * item
    parts = [_product("qkv", tokens * 3 * features ** 2, x, 3 * square, 3 * x, first),
             _product("q kᵀ", tokens * length * features, x, x, scores, False),
             Cost("softmax", 0, (scores,) * 5),
             _product("shares · v", tokens * length * features, scores, x, x, False),
             _product("back", tokens * features ** 2, x, square, x, False),
             _product("first", tokens * features * hidden, x, features * hidden * item, inner, False),
             Cost("relu", 0, (inner,) * 5),
             _product("second", tokens * features * hidden, inner, features * hidden * item, x, False),
             Cost("residuals", 0, (x,) * 12),    # each: two read, one written; backward the same
             Cost("norms", 0, (x,) * 12)]        # each: read twice, written; backward: g, x twice, written
    for size in (scores, x, inner, x) if p else ():
        parts.append(Cost("dropout", 0, (size, size, size / item, size / item, size, size / item, size)))
    return Cost(name, sum(part.flop for part in parts), sum((part.arrays for part in parts), ()))
