"""Matrix products on either device; on a GPU all by cuBLAS, on a handle of our own.

CuPy's own products refuse to be recorded in a graph. So they are used nowhere: what a step computes is the
same whether it is recorded or not, and ``set_float32_matmul_precision`` holds for both.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..arrays import Array, array_module
from . import cublas


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """a @ b for arrays of two dimensions or more, leading ones broadcast; on the CPU NumPy's matmul.

    With ``out`` the result is written there. Raises ValueError when the shapes do not fit.
    """
    if type(a) is np.ndarray or type(a) is not type(b) or a.dtype.kind != "f" or b.dtype.kind != "f":
        return np.matmul(a, b) if out is None else np.matmul(a, b, out=out)
    z = _on_gpu(a, b)
    if out is None:
        return z
    out[...] = z
    return out


def _on_gpu(a: Array, b: Array) -> Array:
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul: inner sizes differ: {a.shape} @ {b.shape}")
    if a.dtype != b.dtype:
        dtype = np.promote_types(a.dtype, b.dtype)
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if a.ndim == 2 and b.ndim == 2:
        return cublas.gemm(a[None], b[None])[0]
    if b.ndim == 2 and a.flags.c_contiguous:                # one tall matrix in place of many
        tall = a.reshape(1, math.prod(a.shape[:-1]), a.shape[-1])
        return cublas.gemm(tall, b[None]).reshape(*a.shape[:-1], b.shape[-1])
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (_batch(x, leading) for x in (a, b))
    return cublas.gemm(a, b).reshape(*leading, a.shape[1], b.shape[2])


def _batch(x: Array, leading: tuple[int, ...]) -> Array:
    """x as (batch, rows, columns), its leading dimensions broadcast; a single matrix without a copy."""
    shape = (math.prod(leading), *x.shape[-2:])
    xp = array_module(x)
    if math.prod(x.shape[:-2]) == 1:
        return xp.broadcast_to(x.reshape(1, *x.shape[-2:]), shape)
    return xp.broadcast_to(x, leading + x.shape[-2:]).reshape(shape)


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
