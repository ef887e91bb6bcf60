"""The three maps of a convolution by ``conv.c``. The reference is ``backend/conv.py``."""
from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..memory import empty
from ..tuning import CONVOLUTION
from ..windows import Geometry, Pair, from_chwn, to_chwn
from .kernels import has_kernels, run

NONE = 255                  # in ``winners``: no entry of the window is above 0


def takes(x: Array, w: Array, positions: int) -> bool:
    """Whether a kernel computes a convolution that takes x and w, each number of w at so many positions."""
    return positions * w.size >= CONVOLUTION and has_kernels(x, w)


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
        products=out.size * w[0].size)
    return from_chwn(out)


def conv_weight_grad(x: Array, g: Array, geometry: Geometry) -> tuple[Array, Array]:
    """∂L/∂w = Σ g · (the window it belongs to), and ∂L/∂b = Σ g."""
    shape_w = (g.shape[1], x.shape[1] // geometry.groups, *geometry.kernel)
    gradient, gw = to_chwn(g), np.zeros(shape_w)
    run("conv_weight_grad", x, to_chwn(x), gradient, None, gw,
        shape(x.shape[1], (x.shape[2], x.shape[3]), len(x), g.shape[1], (g.shape[2], g.shape[3]), geometry),
        1, 1, products=g.size * math.prod(shape_w[1:]))
    return gw.astype(x.dtype), gradient.reshape(len(gradient), -1).sum(axis=1)


def conv_input_grad(g: Array, w: Array, geometry: Geometry, size: Pair) -> Array:
    """∂L/∂x: every window receives wᵀ g, added up where windows overlap."""
    channels = w.shape[1] * geometry.groups
    out = empty(g, (channels, *size, len(g)))
    run("conv_input_grad", g, to_chwn(g), np.ascontiguousarray(w), out,
        shape(channels, size, len(g), len(w), (g.shape[2], g.shape[3]), geometry),
        products=g.size * w[0].size)
    return from_chwn(out)


def conv_relu_pool_forward(x: Array, w: Array, b: Array | None, geometry: Geometry,
                           pool: Pair) -> tuple[Array, Array]:
    """The maxima (N, O, PH, PW) of 0 and windows of the convolution; and which entry each is, batch-last."""
    size = (x.shape[2], x.shape[3])
    out_size = geometry.output_size(size)
    shape_y = (len(w), out_size[0] // pool[0], out_size[1] // pool[1], len(x))
    values, winners = empty(x, shape_y), empty(x, shape_y, np.uint8)
    bias = None if b is None else np.ascontiguousarray(b)
    run("conv_relu_pool", x, to_chwn(x), np.ascontiguousarray(w), bias, values, winners,
        shape(x.shape[1], size, len(x), len(w), out_size, geometry), *pool,
        products=values.size * pool[0] * pool[1] * w[0].size)
    return from_chwn(values), winners


def conv_relu_pool_weight_grad(x: Array, g: Array, winners: Array, geometry: Geometry,
                               pool: Pair) -> tuple[Array, Array]:
    """∂L/∂w and ∂L/∂b from the gradient g (N, O, PH, PW) of the maxima."""
    size = (x.shape[2], x.shape[3])
    gradient, gw = to_chwn(g), np.zeros((g.shape[1], x.shape[1], *geometry.kernel))
    run("conv_weight_grad", x, to_chwn(x), gradient, winners, gw,
        shape(x.shape[1], size, len(x), g.shape[1], geometry.output_size(size), geometry), *pool,
        products=g.size * pool[0] * pool[1] * gw[0].size)
    gb = (gradient * (winners != NONE)).reshape(len(gradient), -1).sum(axis=1)
    return gw.astype(x.dtype), gb
