"""Matrix products on either device, and sums as products with a vector: BLAS adds up faster than NumPy.

Most of the time that a network takes is spent here. On the CPU a kernel of minigrad's (``c/matmul.c``)
multiplies large matrices, and NumPy small ones, and all where there is no compiler. On a GPU all products of
floats go through ``gpu.products``, because CuPy's own cannot be recorded in a graph.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from .arrays import Array
from .c import kernels, matmul as c
from .memory import empty
from .gpu import products as gpu
from .noting import whole
from .tuning import SUM_BY_PRODUCT


@whole
def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """a @ b for arrays of two dimensions or more, leading ones broadcast.

    With ``out`` the result is written there. Raises ValueError when the shapes do not fit.
    """
    if type(a) is np.ndarray or type(a) is not type(b) or a.dtype.kind != "f" or b.dtype.kind != "f":
        if type(a) is type(b) and c.takes(a, b):
            return c.matmul(a, b, out)
        return np.matmul(a, b) if out is None else np.matmul(a, b, out=out)
    z = gpu.product(a, b)
    if out is None:
        return z
    out[...] = z
    return out


@whole
def contract(inputs: Sequence[str], output: str, xs: Sequence[Array]) -> Array:
    """einsum: Σ over the letters that ``output`` lacks of the products of all operands.

    On a GPU two operands after the other, each pair as one batched product: the letters that both have and
    that are needed later are the batch, those of one alone the rows and the columns.
    """
    if type(xs[0]) is np.ndarray or len(xs) == 1 or not all(
            type(x) is type(xs[0]) and x.dtype.kind == "f" for x in xs):
        return np.einsum(f"{','.join(inputs)}->{output}", *xs, optimize=True)
    left, result = inputs[0], xs[0]
    for k, (right, x) in enumerate(zip(inputs[1:], xs[1:]), 2):
        later = set(output).union(*inputs[k:])
        left, result = _pair(left, result, right, x, later)
    return np.einsum(f"{left}->{output}", result)


def _pair(left: str, a: Array, right: str, b: Array, later: set[str]) -> tuple[str, Array]:
    """The contraction of two operands, and its letters."""
    sizes = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
    left, a = _without(left, a, set(right) | later)
    right, b = _without(right, b, set(left) | later)
    batch = [c for c in left if c in right and c in later]
    inner = [c for c in left if c in right and c not in later]
    rows = [c for c in left if c not in right]
    columns = [c for c in right if c not in left]
    a = _arranged(left, a, batch, rows, inner)
    b = _arranged(right, b, batch, inner, columns)
    letters = batch + rows + columns
    return "".join(letters), product(a, b).reshape([sizes[c] for c in letters])


def _without(letters: str, x: Array, wanted: set[str]) -> tuple[str, Array]:
    """x summed over the letters that nobody else has."""
    alone = tuple(d for d, c in enumerate(letters) if c not in wanted)
    return "".join(c for c in letters if c in wanted), x.sum(axis=alone) if alone else x


def _arranged(letters: str, x: Array, *groups: list[str]) -> Array:
    """x with its letters in the order of three groups, each of which becomes one dimension."""
    sizes: dict[str, Any] = dict(zip(letters, x.shape))
    turned = x.transpose([letters.index(c) for group in groups for c in group])
    return turned.reshape([math.prod(sizes[c] for c in group) for group in groups])


def mean_over(x: Any, dims: tuple[int, ...]) -> Any:
    """The mean over ``dims``, kept with size 1; over the last one as a product with 1/n, four times as fast.

    >>> mean_over(np.array([[1.0, 2.0], [3.0, 6.0]]), (1,))
    array([[1.5],
           [4.5]])
    """
    if dims == (len(x.shape) - 1,) and type(x) is np.ndarray and x.itemsize >= 4 and x.shape[-1]:
        return np.matmul(x, np.full((x.shape[-1], 1), 1 / x.shape[-1], x.dtype))
    return x.mean(axis=dims, keepdims=True)             # of float16: computed in float32


def sum_products(x: Any, y: Any) -> Any:
    """Σ over the first dimension of x · y, (R, n) → (n,). NumPy's einsum does without the product's array.

    >>> sum_products(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [2.0, 0.5]]))
    array([7., 4.])
    """
    return np.einsum("ij,ij->j", x, y) if type(x) is np.ndarray else (x * y).sum(axis=0)


def sum_rows(x: Any) -> Any:
    """The sum over the first dimension, (R, n) → (n,). A product with ones takes half of the time of a sum.

    >>> sum_rows(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([4., 8.])
    """
    if type(x) is not np.ndarray:
        return x.sum(axis=0)
    if x.size > SUM_BY_PRODUCT and x.flags.c_contiguous and kernels.has_kernels(x):
        y = empty(x, x.shape[1:])
        kernels.run("sum_rows", x, x, y, *x.shape, entries=x.size)
        return y
    if x.itemsize < 4:
        return x.sum(axis=0, dtype=np.float32).astype(x.dtype)
    return np.matmul(np.ones(len(x), x.dtype), x) if x.size > SUM_BY_PRODUCT else x.sum(axis=0)


def sum_squares(x: Any) -> Any:
    """Σ x² over all entries.

    >>> float(sum_squares(np.array([3.0, 4.0])))
    25.0
    """
    if x.size > SUM_BY_PRODUCT and x.flags.c_contiguous and kernels.has_kernels(x):
        total = np.empty((), np.float64)
        kernels.run("sum_squares", x, x, total, x.size)
        return total.astype(x.dtype)[()]
    return (x * x).sum()
