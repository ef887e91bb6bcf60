"""Tables of numbers as pictures: orange above 0, blue below, white at 0; and the parts of a convolution.

Of an array (N, C, H, W), the first sample's first channel is shown.
"""
from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backend.arrays import Array, to_numpy
from ..ops.convolution import Conv2d
from .graph import Vertex
from .steps import Step
from .wording import number

ABOVE, BELOW, UNKNOWN = (230, 159, 0), (86, 180, 233), (153, 153, 153)      # black text is legible on each
WRITTEN = 5             # rows and columns up to which the numbers stand in the picture


def table_of(array: Array | None) -> np.ndarray | None:
    """(H, W): the first channel of the first sample, if the array is (N, C, H, W) and more than a number."""
    if array is None or array.ndim != 4 or array.shape[2] * array.shape[3] < 2 or not array.size:
        return None
    return np.asarray(to_numpy(array[0, 0]), dtype=np.float64)


def colors(table: np.ndarray) -> np.ndarray:
    """(H, W, 3) bytes: the further from 0, the stronger; gray for what is not finite.

    >>> import numpy as np
    >>> from minigrad.trace.heat import colors
    >>> colors(np.array([[-2.0, 0.0, 1.0]])).tolist()
    [[[86, 180, 233], [255, 255, 255], [242, 207, 127]]]
    """
    finite = np.isfinite(table)
    safe = np.where(finite, table, 0.0)
    strength = np.abs(safe) / (np.abs(safe).max() or 1.0)
    ends = np.where((safe > 0)[..., None], np.array(ABOVE), np.array(BELOW))
    mixed = 255 - strength[..., None] * (255 - ends)
    return np.where(finite[..., None], mixed, np.array(UNKNOWN)).astype(np.uint8)


def uri(table: np.ndarray) -> str:
    """The table as a PNG of one dot for each number, in an address of its own (data:…)."""
    dots = colors(table)
    height, width = dots.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in dots)
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
                           (b"IDAT", zlib.compress(rows)), (b"IEND", b"")))
    return "data:image/png;base64," + b64encode(content).decode("ascii")


@dataclass(frozen=True)
class Map:
    """A table with what it is, and perhaps a window in it: row, column, height, width."""

    caption: str
    table: np.ndarray
    window: tuple[int, int, int, int] | None = None

    def data(self) -> dict[str, Any]:
        """For the page's script."""
        rows, columns = self.table.shape
        small = max(rows, columns) <= WRITTEN
        return {"caption": self.caption, "image": uri(self.table), "size": [rows, columns],
                "window": self.window,
                "numbers": [[number(v, 2) for v in row] for row in self.table.tolist()] if small else []}


def maps_of(step: Step, vertex: Vertex) -> list[Map]:
    """The pictures for a step of a convolution: filter, window and result, or the gradients; else none."""
    if not isinstance(vertex.node, Conv2d) or len(vertex.inputs) < 2:
        return []
    image, kernel = vertex.inputs[0], vertex.inputs[1]
    if image is None or kernel is None:
        return []
    x, w, y = (table_of(v.value) for v in (image, kernel, vertex))
    if x is None or w is None or y is None:
        return []
    if step.phase == "forward":
        return _window(vertex, x, w, y)
    arriving = table_of(step.upstream._array if step.upstream is not None else None)
    total = table_of(step.total._array if step.total is not None else None)
    if arriving is None:
        return []
    maps = [Map("arriving [0, 0]", arriving)]
    if step.input == kernel.name and total is not None:
        maps += [Map("image [0, 0]", x), Map("filter's gradient [0, 0]", total)]
    elif step.input == image.name and total is not None:
        maps += [Map("filter [0, 0]", w), Map("image's gradient [0, 0]", total)]
    return maps


def _window(vertex: Vertex, x: np.ndarray, w: np.ndarray, y: np.ndarray) -> list[Map]:
    """Where the result is furthest from 0: the window, the filter, and their product number by number."""
    geometry = vertex.node.geometry
    row, column = divmod(int(np.abs(np.nan_to_num(y)).argmax()), y.shape[1])
    padded = np.pad(x, geometry.padding)
    rows, columns = (place * stride + dilation * np.arange(size) for place, stride, dilation, size in zip(
        (row, column), geometry.stride, geometry.dilation, w.shape))
    window = padded[np.ix_(rows, columns)]
    frame = int(rows[0]), int(columns[0]), int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    return [Map("image [0, 0]" if padded.shape == x.shape else "image [0, 0], padded", padded, frame),
            Map("a window", window), Map("filter [0, 0]", w),
            Map(f"product, sum {number((window * w).sum(), 3)}", window * w),
            Map("result [0, 0]", y, (row, column, 1, 1))]
