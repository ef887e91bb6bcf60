"""Batch-last memory: the layout in which convolution and pooling are fast.

The shape everyone sees stays (N, C, H, W). In memory the activations of a convolution lie as
C, H, W, N: strides, not copies, make the difference. Every slice that im2col or pooling takes is
then a run of at least N neighboring floats, one GEMM writes its result in place, element-wise
operations keep the layout by themselves, and flattening to (N, C·H·W) is a view.
"""
from __future__ import annotations

from .arrays import Array, array_module


def to_chwn(x: Array) -> Array:
    """(N, C, H, W) as a C-contiguous (C, H, W, N) array; no copy if it lies batch-last already."""
    return array_module(x).ascontiguousarray(x.transpose(1, 2, 3, 0))


def from_chwn(x: Array) -> Array:
    """A (C, H, W, N) array as (N, C, H, W), batch-last in memory."""
    return x.transpose(3, 0, 1, 2)


def is_batch_last(x: Array) -> bool:
    """Whether a matrix (N, K) has the samples next to each other in memory."""
    return bool(x.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous)


def memory_order(x: Array) -> list[int]:
    """The dimensions from the slowest to the fastest in memory: [1, 2, 3, 0] for batch-last."""
    return sorted(range(x.ndim), key=lambda d: -abs(x.strides[d]))
