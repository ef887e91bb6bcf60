"""Which operations ``ops.py`` measures, on which inputs: calls that mean the same in every library."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

Shapes = tuple[tuple[int, ...], ...]
SIZES = ("small", "medium", "large")
VARIABLE = ("normal", "positive", "unit")       # the kinds of inputs that get a gradient

# One shape for each of the sizes.
FLAT: Shapes = ((10, 10), (128, 128), (1024, 1024))
ROW: Shapes = ((10,), (128,), (1024,))
COLUMN: Shapes = ((10, 1), (128, 1), (1024, 1))
IMAGE: Shapes = ((2, 3, 8, 8), (32, 16, 14, 14), (128, 32, 26, 26))
MATRIX: Shapes = ((8, 8), (128, 128), (1024, 1024))
STACK: Shapes = ((4, 8, 8), (16, 64, 64), (64, 128, 128))
FILTERS: Shapes = ((4, 3, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3))
LOGITS: Shapes = ((10, 10), (128, 10), (1024, 1000))
BATCH: Shapes = ((10,), (128,), (1024,))


@dataclass(frozen=True)
class Entry:
    """An operation.

    Attributes:
        name: what the table calls it.
        call: ``call(library, *inputs)``.
        inputs: (kind, shapes) for each of them; see ``values``.
        backward: whether it has one.
        compare: whether two libraries must give the same numbers.
    """

    name: str
    call: Callable[..., Any]
    inputs: tuple[tuple[str, Shapes], ...]
    backward: bool = True
    compare: bool = True

    def arrays(self, size: int, dtype: str, random: np.random.Generator) -> list[np.ndarray]:
        """The inputs of that size."""
        return [values(kind, shapes[size], dtype, random) for kind, shapes in self.inputs]


def values(kind: str, shape: tuple[int, ...], dtype: str, random: np.random.Generator) -> np.ndarray:
    """normal, positive, unit (in 0 … 1) numbers; a mask; labels below 10; 0/1 as floats; shares of 1."""
    if kind == "mask":
        return random.random(shape) < 0.5
    if kind == "labels":
        return random.integers(0, 10, shape)
    if kind == "shares":
        return random.dirichlet(np.ones(shape[-1]), shape[:-1]).astype(dtype)
    if kind == "binary":
        return (random.random(shape) < 0.5).astype(dtype)
    if kind == "normal":
        return random.normal(size=shape).astype(dtype)
    low, high = {"positive": (0.3, 2.5), "unit": (0.1, 0.9)}[kind]
    return random.uniform(low, high, shape).astype(dtype)


def _each(kind: str, shapes: Shapes, **calls: Callable[..., Any]) -> list[Entry]:
    """Entries with one input of the same kind."""
    return [Entry(name, call, ((kind, shapes),)) for name, call in calls.items()]


def _with_a_row_of_zeros(x: Any) -> Any:
    y = x * 1.0
    y[0] = 0.0
    return y


X, Y, POSITIVE = ("normal", FLAT), ("normal", FLAT), ("positive", FLAT)

ENTRIES = [
    Entry("add", lambda lib, x, y: x + y, (X, Y)),
    Entry("add a row", lambda lib, x, y: x + y, (X, ("normal", ROW))),
    Entry("add a column", lambda lib, x, y: x + y, (X, ("normal", COLUMN))),
    Entry("add a number", lambda lib, x: x + 1.5, (X,)),
    Entry("sub", lambda lib, x, y: x - y, (X, Y)),
    Entry("mul", lambda lib, x, y: x * y, (X, Y)),
    Entry("mul by a number", lambda lib, x: x * 1.5, (X,)),
    Entry("div", lambda lib, x, y: x / y, (X, POSITIVE)),
    Entry("pow", lambda lib, x, y: x ** y, (POSITIVE, Y)),
    Entry("maximum", lambda lib, x, y: lib.maximum(x, y), (X, Y)),
    Entry("minimum", lambda lib, x, y: lib.minimum(x, y), (X, Y)),
    Entry("clamp between tensors", lambda lib, x, y: lib.clamp(x, y, y + 1.0), (X, Y)),
    Entry("where", lambda lib, c, x, y: lib.where(c, x, y), (("mask", FLAT), X, Y)),
    Entry("masked_fill", lambda lib, x, c: x.masked_fill(c, 0.0), (X, ("mask", FLAT))),
    *_each("normal", FLAT,
           neg=lambda lib, x: -x, square=lambda lib, x: x ** 2, cube=lambda lib, x: x ** 3,
           abs=lambda lib, x: x.abs(), sign=lambda lib, x: x.sign(), exp=lambda lib, x: x.exp(),
           expm1=lambda lib, x: lib.expm1(x), sin=lambda lib, x: x.sin(), cos=lambda lib, x: x.cos(),
           erf=lambda lib, x: lib.erf(x), clamp=lambda lib, x: x.clamp(-1.0, 1.0),
           floor=lambda lib, x: lib.floor(x), ceil=lambda lib, x: lib.ceil(x),
           trunc=lambda lib, x: lib.trunc(x), round=lambda lib, x: lib.round(x)),
    *_each("positive", FLAT,
           log=lambda lib, x: x.log(), log1p=lambda lib, x: lib.log1p(x), sqrt=lambda lib, x: x.sqrt(),
           rsqrt=lambda lib, x: lib.rsqrt(x), polygamma=lambda lib, x: lib.special.polygamma(1, x),
           reciprocal=lambda lib, x: lib.reciprocal(x)),
    *_each("normal", FLAT,
           relu=lambda lib, x: lib.relu(x), sigmoid=lambda lib, x: lib.sigmoid(x),
           tanh=lambda lib, x: lib.tanh(x), leaky_relu=lambda lib, x: lib.nn.functional.leaky_relu(x),
           elu=lambda lib, x: lib.nn.functional.elu(x), gelu=lambda lib, x: lib.nn.functional.gelu(x),
           gelu_tanh=lambda lib, x: lib.nn.functional.gelu(x, approximate="tanh"),
           silu=lambda lib, x: lib.nn.functional.silu(x),
           softplus=lambda lib, x: lib.nn.functional.softplus(x),
           logsigmoid=lambda lib, x: lib.nn.functional.logsigmoid(x),
           hardtanh=lambda lib, x: lib.nn.functional.hardtanh(x),
           softmax=lambda lib, x: lib.softmax(x, 1), log_softmax=lambda lib, x: lib.log_softmax(x, 1)),
    Entry("dropout", lambda lib, x: lib.nn.functional.dropout(x, 0.5), (X,), compare=False),
    *_each("normal", FLAT, **{
        "sum": lambda lib, x: x.sum(), "sum of rows": lambda lib, x: x.sum(1),
        "sum of columns": lambda lib, x: x.sum(0), "mean": lambda lib, x: x.mean(),
        "var": lambda lib, x: x.var(1), "amax": lambda lib, x: x.amax(1), "amin": lambda lib, x: x.amin(1),
        "max with indices": lambda lib, x: x.max(1)[0], "prod": lambda lib, x: x[:, :8].prod(1),
        "logsumexp": lambda lib, x: x.logsumexp(1), "cumsum": lambda lib, x: x.cumsum(1),
        "cumprod": lambda lib, x: x[:, :8].cumprod(1), "logcumsumexp": lambda lib, x: x.logcumsumexp(1),
        "norm": lambda lib, x: x.norm(), "median": lambda lib, x: x.median(),
        "sort": lambda lib, x: x.sort(1)[0]}),
    Entry("remainder", lambda lib, x, y: lib.remainder(x, y.detach()), (X, POSITIVE)),
    Entry("floor_divide", lambda lib, x, y: lib.floor_divide(x, y), (X, POSITIVE), backward=False),
    Entry("cast to the other dtype", lambda lib, x: x.to(lib.float64 if x.dtype == lib.float32 else
                                                         lib.float32), (X,), backward=False),
    Entry("argmax", lambda lib, x: x.argmax(1), (X,), backward=False),
    Entry("greater", lambda lib, x, y: x > y, (X, Y), backward=False),
    *_each("normal", FLAT, **{
        "reshape": lambda lib, x: x.reshape(-1), "transpose": lambda lib, x: x.t(),
        "transpose, copied": lambda lib, x: x.t() * 1.0, "flip": lambda lib, x: x.flip(1),
        "clone": lambda lib, x: x.clone(), "diagonal": lambda lib, x: x.diagonal(),
        "assign a row": lambda lib, x: _with_a_row_of_zeros(x), "slice": lambda lib, x: x[1:-1, ::2],
        "roll": lambda lib, x: x.roll(1, 1), "tril": lambda lib, x: x.tril(),
        "chunks": lambda lib, x: x.chunk(2, 1)[1], "pad": lambda lib, x: lib.nn.functional.pad(x, (1, 1))}),
    Entry("broadcast_to", lambda lib, x: lib.broadcast_to(x, (len(x), len(x))), (("normal", ROW),)),
    Entry("cat", lambda lib, x, y: lib.cat([x, y], 0), (X, Y)),
    Entry("stack", lambda lib, x, y: lib.stack([x, y], 0), (X, Y)),
    Entry("rows by index", lambda lib, x, i: x[i], (X, ("labels", BATCH))),
    Entry("gather", lambda lib, x, i: x.gather(1, i), (X, ("labels", FLAT))),
    Entry("scatter", lambda lib, x, i, y: x.scatter(1, i[:, :1], y),
          (X, ("labels", FLAT), ("normal", COLUMN))),
    Entry("scatter_add", lambda lib, x, i, y: x.scatter_add(1, i, y), (X, ("labels", FLAT), Y)),
    Entry("embedding", lambda lib, i, x: lib.nn.functional.embedding(i, x), (("labels", BATCH), X)),
    Entry("matmul", lambda lib, x, y: x @ y, (("normal", MATRIX), ("normal", MATRIX))),
    Entry("stack of matmuls", lambda lib, x, y: x @ y, (("normal", STACK), ("normal", STACK))),
    Entry("linear", lambda lib, x, w, b: lib.nn.functional.linear(x, w, b),
          (("normal", MATRIX), ("normal", MATRIX), ("normal", ((8,), (128,), (1024,))))),
    Entry("einsum bij,bkj->bik", lambda lib, x, y: lib.einsum("bij,bkj->bik", x, y),
          (("normal", STACK), ("normal", STACK))),
    Entry("conv2d", lambda lib, x, w: lib.nn.functional.conv2d(x, w),
          (("normal", IMAGE), ("normal", FILTERS))),
    Entry("conv2d, padded, stride 2", lambda lib, x, w: lib.nn.functional.conv2d(x, w, None, 2, 1),
          (("normal", IMAGE), ("normal", FILTERS))),
    Entry("conv_transpose2d", lambda lib, x, w: lib.nn.functional.conv_transpose2d(x, w),
          (("normal", ((2, 4, 8, 8), (32, 32, 14, 14), (32, 32, 26, 26))), ("normal", FILTERS))),
    *_each("normal", IMAGE, **{
        "max_pool2d": lambda lib, x: lib.nn.functional.max_pool2d(x, 2),
        "max_pool2d, overlapping": lambda lib, x: lib.nn.functional.max_pool2d(x, 3, 2),
        "avg_pool2d": lambda lib, x: lib.nn.functional.avg_pool2d(x, 2),
        "adaptive_avg_pool2d": lambda lib, x: lib.nn.functional.adaptive_avg_pool2d(x, 2),
        "unfold": lambda lib, x: lib.nn.functional.unfold(x[:, :4], 3),
        "group_norm": lambda lib, x: lib.nn.functional.group_norm(x, 1),
        "batch_norm": lambda lib, x: lib.nn.functional.batch_norm(x, None, None, training=True),
        "permute, copied": lambda lib, x: x.permute(0, 2, 3, 1) * 1.0}),
    Entry("layer_norm", lambda lib, x, w, b: lib.nn.functional.layer_norm(x, w.shape, w, b),
          (X, ("normal", ROW), ("normal", ROW))),
    Entry("attention", lambda lib, x: lib.nn.functional.scaled_dot_product_attention(x, x, x),
          (("normal", STACK),)),
    Entry("cross_entropy", lambda lib, x, t: lib.nn.functional.cross_entropy(x, t),
          (("normal", LOGITS), ("labels", BATCH))),
    Entry("cross_entropy, probabilities", lambda lib, x, t: lib.nn.functional.cross_entropy(x, t),
          (("normal", LOGITS), ("shares", LOGITS))),
    Entry("huber_loss", lambda lib, x, y: lib.nn.functional.huber_loss(x, y), (X, Y)),
    Entry("mse_loss", lambda lib, x, y: lib.nn.functional.mse_loss(x, y), (X, Y)),
    Entry("binary_cross_entropy", lambda lib, x, t: lib.nn.functional.binary_cross_entropy(
        lib.sigmoid(x), t), (X, ("binary", FLAT))),
]


def by_name(name: str) -> Entry:
    """The entry of that name."""
    found = [entry for entry in ENTRIES if entry.name == name]
    if not found:
        raise SystemExit(f"no operation is called {name!r}; there are "
                         f"{', '.join(entry.name for entry in ENTRIES)}")
    return found[0]
