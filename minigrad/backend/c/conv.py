"""The three maps of a convolution by ``conv.c``. The reference is ``backend/conv.py``."""
from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..memory import empty
from ..windows import Geometry, Pair, from_chwn, to_chwn
from .kernels import PRODUCTS_FOR_THREADS, has_kernels, run, threads

#: Multiplications from which a kernel is worth its call (and, the first time, the wait for the compiler).
LEAST = 1 << 17


def takes(x: Array, w: Array, positions: int) -> bool:
    """Whether a kernel computes the convolution of x with w, which has so many positions (n, row, column)."""
    return positions * w.size >= LEAST and has_kernels(x, w)


def shape(channels: int, size: Pair, samples: int, filters: int, out_size: Pair,
          geometry: Geometry) -> tuple[int, ...]:
    """``Shape`` in ``conv.c``: the sizes of one group."""
    (top, _), (left, _) = geometry.padding
    groups = geometry.groups
    return (channels // groups, *size, samples, filters // groups, *out_size, *geometry.kernel,
            *geometry.stride, top, left, *geometry.dilation, groups)


def conv_forward(x: Array, w: Array, b: Array | None, geometry: Geometry) -> Array:
    """y[n, o] = Σ w[o, c, i, j] · x[n, c, window] + b[o]."""
    size = (x.shape[2], x.shape[3])
    out_size = geometry.output_size(size)
    out = empty(x, (w.shape[0], *out_size, x.shape[0]))
    bias = None if b is None else np.ascontiguousarray(b)
    run("conv_forward", x, to_chwn(x), np.ascontiguousarray(w), bias, out,
        shape(x.shape[1], size, len(x), len(w), out_size, geometry),
        threads(out.size * w[0].size, PRODUCTS_FOR_THREADS))
    return from_chwn(out)


def conv_weight_grad(x: Array, g: Array, geometry: Geometry) -> tuple[Array, Array]:
    """∂L/∂w = Σ g · (the window it belongs to), and ∂L/∂b = Σ g."""
    shape_w = (g.shape[1], x.shape[1] // geometry.groups, *geometry.kernel)
    gradient, gw = to_chwn(g), np.zeros(shape_w)
    run("conv_weight_grad", x, to_chwn(x), gradient, gw,
        shape(x.shape[1], (x.shape[2], x.shape[3]), len(x), g.shape[1], (g.shape[2], g.shape[3]), geometry),
        threads(g.size * math.prod(shape_w[1:]), PRODUCTS_FOR_THREADS))
    return gw.astype(x.dtype), gradient.reshape(len(gradient), -1).sum(axis=1)


def conv_input_grad(g: Array, w: Array, geometry: Geometry, size: Pair) -> Array:
    """∂L/∂x: every window receives wᵀ g, added up where windows overlap."""
    channels = w.shape[1] * geometry.groups
    out = empty(g, (channels, *size, len(g)))
    run("conv_input_grad", g, to_chwn(g), np.ascontiguousarray(w), out,
        shape(channels, size, len(g), len(w), (g.shape[2], g.shape[3]), geometry),
        threads(g.size * w[0].size, PRODUCTS_FOR_THREADS))
    return from_chwn(out)
