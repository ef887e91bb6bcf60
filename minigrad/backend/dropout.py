"""Which entries dropout keeps: masks drawn on the device of the array."""
from __future__ import annotations

import numpy as np

from .arrays import Array, array_module
from .gpu.dropout import dropout_mask
from .layout import flat, memory_order, unflat
from .noting import whole


@whole
def keep_mask(x: Array, p: float, generator: np.random.Generator) -> Array:
    """True with probability 1 − p, else False, in the shape of x; on a GPU 1 / (1 − p) and 0, in its dtype.

    Sixteen random bits for an entry are enough: p is met to 1/65,536.
    """
    if p >= 1:
        return array_module(x).zeros(x.shape, bool)
    if not isinstance(x, (np.ndarray, np.generic)):
        mask = dropout_mask(x, p, generator)
        return mask.reshape(x.shape) if flat(x) is None else unflat(mask, x)
    order = memory_order(x)                                 # drawn in the order of memory
    bits = random_bits(x.size, generator).reshape([x.shape[d] for d in order])
    mask = bits >= np.uint16(min(round(p * (1 << 16)), (1 << 16) - 1))
    return np.asarray(mask.transpose(np.argsort(order)))


def random_bits(count: int, generator: np.random.Generator) -> np.ndarray:
    """``count`` numbers of 16 random bits: what ``integers(0, 65536, dtype=uint16)`` draws, in half the time.

    Each 64-bit number of the generator makes four of them.
    """
    return generator.bit_generator.random_raw(-(-count // 4)).view(np.uint16)[:count]
