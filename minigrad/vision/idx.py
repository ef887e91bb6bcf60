"""Reading IDX files, the format of MNIST: a header of a few integers, then the bytes of an array.

    0  0  8  d        magic: two zeros, the type (8 = unsigned byte), the number d of dimensions
    N1 … Nd           the sizes, four bytes each, the highest first
    bytes             N1 · … · Nd values, the last index running fastest

Format: http://yann.lecun.com/exdb/mnist/
"""
from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from ..files.folders import damaged, read_exactly, readable


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The uint8 array of this ``shape`` in an IDX file, plain or compressed (``.gz``).

    Never decompresses more bytes than ``shape`` needs. Raises DataError that names the file when it cannot be
    read, is truncated, corrupt or too long, or has another type or shape.
    """
    with readable(path):
        try:
            with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
                return _read(path, stream, shape)  # type: ignore[arg-type]
        except EOFError:
            raise damaged(path, "a whole gzip file", "one that is truncated") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise damaged(path, "a gzip file", f"one that is corrupt ({error})") from None


def _read(path: Path, stream: IO[bytes], shape: tuple[int, ...]) -> np.ndarray:
    magic = read_exactly(stream, 4).tobytes()
    if magic != bytes([0, 0, 8, len(shape)]):
        raise damaged(path, f"an IDX file of bytes in {len(shape)} dimensions (it begins with "
                      f"{bytes([0, 0, 8, len(shape)]).hex(' ')})", f"a file that begins with "
                      f"{magic.hex(' ') or 'nothing'}")
    header = read_exactly(stream, 4 * len(shape))
    if len(header) < 4 * len(shape):
        raise damaged(path, f"an IDX header of {4 + 4 * len(shape)} bytes",
                      f"{4 + len(header)} (truncated)")
    sizes = tuple(header.view(">u4").tolist())
    if sizes != shape:
        raise damaged(path, f"an array of shape {shape}", f"{sizes}: another file?")
    count = math.prod(shape)
    values = read_exactly(stream, count)
    if len(values) < count:
        raise damaged(path, f"{count} bytes of data after the header", f"{len(values)} (truncated)")
    if stream.read(1):          # at a gzip file's end this also compares its checksum
        raise damaged(path, f"{count} bytes of data after the header", "more")
    return values.reshape(shape)
