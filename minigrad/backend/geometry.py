"""How a window moves over an image: its size, stride, padding and dilation."""
from __future__ import annotations

from typing import NamedTuple


class Geometry(NamedTuple):
    """Where the windows lie: kernel (KH, KW), stride, padding (before, after) per axis, dilation."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)

    def output_size(self, size: Pair) -> Pair:
        """(OH, OW) for an input of (H, W); may be 0 or negative when the window does not fit."""
        out = []
        for k, s, (before, after), d, n in zip(self.kernel, self.stride, self.padding, self.dilation,
                                               size):
            out.append((n + before + after - d * (k - 1) - 1) // s + 1)
        return out[0], out[1]


Pair = tuple[int, int]
