"""Matrix products. Everything that costs time in a network is one of these."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import Array
from ..backend.products import product, sum_rows
from ..backend.windows import is_batch_last
from ..errors import DTypeError, ShapeError
from .attach import attach, takes_out, written
from .matrix import matrix_transpose


class MatMul(Function):
    """z = x @ w;  ∂L/∂x = g @ wᵀ,  ∂L/∂w = xᵀ @ g.  x (…, n, k), w (…, k, m), z (…, n, m).

    Leading dimensions broadcast. A 1-D x counts as one row, a 1-D w as one column, as in PyTorch;
    ``matmul`` adds and removes that dimension.
    """

    __slots__ = ()
    promote = True

    def forward(self, x: Array, w: Array) -> Array:
        self.save(x if self.needs(1) else None, w if self.needs(0) else None)
        return product(x, w)

    def backward_x(self, g: Any) -> Any:
        _, w = self.saved
        return _product(g, matrix_transpose(w))

    def backward_w(self, g: Any) -> Any:
        x, _ = self.saved
        return _product(matrix_transpose(x), g)

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        x, w = (tuple(a.shape) for a in arrays)
        if x[-1] != w[-2]:
            return ShapeError(_inner_sizes(x, w, x[-1], w[-2]))
        return ShapeError(f"matmul: the leading dimensions of {x} and {w} do not broadcast.")


class Linear(Function):
    """z = x wᵀ + b;  ∂L/∂x = g w,  ∂L/∂w = gᵀ x,  ∂L/∂b = Σ g over the samples.

    x (…, in), w (out, in) as PyTorch stores it, b (out) or None, z (…, out).
    """

    __slots__ = ("batch_last",)

    def forward(self, x: Array, w: Array, b: Array | None) -> Array:
        self.batch_last = is_batch_last(x)
        self.save(x if self.needs(1) else None, w if self.needs(0) else None)
        z = product(_rows(x), w.T)                                # (N, out)
        if b is not None:
            if b.dtype is not z.dtype:
                require_one_dtype("linear", x, w, b)
            z += b
        return z if x.ndim == 2 else z.reshape(x.shape[:-1] + z.shape[1:])

    def backward_x(self, g: Any) -> Any:
        _, w = self.saved
        # The same product either way. Behind a convolution, x lies batch-last in memory, and the
        # gradient that goes back there should, too.
        if self.batch_last:
            return _product(w.T, g.T).T                           # (N, in)
        gx = _product(_rows(g), w)
        return gx if len(g.shape) == 2 else gx.reshape((*g.shape[:-1], w.shape[1]))

    def backward_w(self, g: Any) -> Any:
        x, _ = self.saved
        return _product(_rows(g).T, _rows(x))                     # (out, in)

    def backward_b(self, g: Any) -> Any:
        return sum_rows(_rows(g))                                 # (out,)


def _rows(x: Any) -> Any:
    """(…, n) as a matrix (N, n)."""
    return x if len(x.shape) == 2 else x.reshape((-1, x.shape[-1]))


def _product(a: Any, b: Any) -> Any:
    """a @ b for arrays in the ordinary backward pass, and for Tensors when it is recorded."""
    return a @ b if isinstance(a, Tensor) or isinstance(b, Tensor) else product(a, b)


def _inner_sizes(x: tuple[int, ...], w: tuple[int, ...], last: int, first: int) -> str:
    made = f"A vector made for it has shape ({last},)" if len(w) == 1 else \
        f"A weight made for x @ w has shape ({last}, …)"
    return f"matmul: inner sizes differ: {x} @ {w} has {last} ≠ {first}. {made}."


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """The matrix product x @ w: 1-D to batched, with broadcasting of leading dimensions.

    >>> minigrad.tensor([[1.0, 2.0]]) @ minigrad.tensor([[3.0], [4.0]])
    tensor([[11.]])
    """
    if out is not None:
        return written("matmul", out, matmul(input, other))
    xs = array_of(input).shape
    ws = array_of(other).shape
    if len(xs) > 1 and len(ws) > 1:
        return MatMul()(input, other)
    if xs and ws and xs[-1] != ws[-2 if len(ws) > 1 else -1]:
        raise ShapeError(_inner_sizes(tuple(xs), tuple(ws), xs[-1], ws[-2 if len(ws) > 1 else -1]))
    if not xs or not ws:
        raise ShapeError(f"matmul: expected at least 1 dimension each, got {tuple(xs)} @ {tuple(ws)}. "
                         "Multiply by a number with x * w.")
    z = MatMul()(input.reshape(1, -1) if len(xs) == 1 else input,
                 other.reshape(-1, 1) if len(ws) == 1 else other)
    zs = list(array_of(z).shape)
    if len(ws) == 1:
        zs.pop(-1)
    if len(xs) == 1:
        zs.pop(-1 if len(ws) == 1 else -2)
    return z.reshape(tuple(zs))


@takes_out
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, no batch.

    (n, k) @ (k, m) → (n, m). Raises ShapeError for anything else.

    >>> minigrad.mm(minigrad.ones(2, 3), minigrad.ones(3, 1))
    tensor([[3.],
            [3.]])
    """
    return _ranked("mm", matmul, input, mat2, 2)


@takes_out
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two batches of matrices, (B, n, k) and (B, k, m).

    Raises ShapeError for anything else.

    >>> minigrad.bmm(minigrad.ones(5, 2, 3), minigrad.ones(5, 3, 4)).shape
    minigrad.Size([5, 2, 4])
    """
    return _ranked("bmm", matmul, input, mat2, 3)


def dot(input: Any, tensor: Any) -> Any:
    """The inner product of two vectors. (n), (n) → (). Raises ShapeError for anything else.

    >>> minigrad.dot(minigrad.tensor([1.0, 2.0]), minigrad.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return _ranked("dot", matmul, input, tensor, 1)


def _ranked(name: str, function: Any, x: Any, w: Any, ndim: int) -> Any:
    for operand in (x, w):
        if operand.ndim != ndim:
            raise ShapeError(f"{name}: expected {ndim} dimensions each, got {tuple(x.shape)} and "
                             f"{tuple(w.shape)}. x @ w takes any.")
    if ndim == 3 and x.shape[0] != w.shape[0]:
        raise ShapeError(f"{name}: the batch sizes differ: {x.shape[0]} ≠ {w.shape[0]}.")
    return function(x, w)


def require_one_dtype(name: str, input: Any, weight: Any, bias: Any = None) -> None:
    """DTypeError unless all have one dtype: a layer does not convert its input silently."""
    if input.dtype != weight.dtype:
        raise DTypeError(f"{name}: the input is {input.dtype}, but the weight is {weight.dtype}. Convert the "
                         "input (x.to(weight.dtype)) or the model (model.double(), model.float()).")
    if bias is not None and bias.dtype != weight.dtype:
        raise DTypeError(f"{name}: the bias is {bias.dtype}, but the weight is {weight.dtype}. Use "
                         "bias.to(weight.dtype).")


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weightᵀ + bias.  input (…, in), weight (out, in), bias (out) or None; the result (…, out).

    Raises ShapeError when x's last size is not ``in``, DTypeError when the dtypes differ.

    >>> x, w, b = minigrad.tensor([1.0, 2.0]), minigrad.tensor([[3.0, 4.0]]), minigrad.tensor([0.5])
    >>> minigrad.nn.functional.linear(x, w, b)              # 1·3 + 2·4 + 0.5
    tensor([11.5000])
    """
    x, w = array_of(input), array_of(weight)
    xs, (out, inner) = x.shape, w.shape
    if not xs or xs[-1] != inner:
        hint = ""
        if len(xs) > 2 and int(np.prod(xs[1:])) == inner:
            hint = (f"\n  Put nn.Flatten() before this layer, or x.flatten(1): {xs} becomes "
                    f"({xs[0]}, {inner}).")
        raise ShapeError(f"Linear({inner} → {out}): the last axis of the input must be {inner}, but "
                         f"the input is {xs}.{hint}")
    if x.dtype != w.dtype:
        require_one_dtype(f"Linear({inner} → {out})", x, w)
    return Linear()(input, weight, bias)


attach(matmul=matmul, __matmul__=matmul, __rmatmul__=lambda x, w: matmul(w, x), mm=mm, bmm=bmm,
       dot=dot)
