"""Drawing data sets: pictures made in chunks, kept in the cache, and what all drawings do with pixels."""
from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ..files.writing import UnwritableError, atomic_write

CHUNK = 1000             # pictures drawn together; each chunk has its own random stream

Pictures = tuple[np.ndarray, np.ndarray]        # images, labels


def kept_or_drawn(name: str, path: Path, draw: Callable[[], Pictures], count: int, whole: tuple[int, ...],
                  labels: Any, classes: int) -> Pictures:
    """The first ``count`` pictures of a set: read from ``path`` if the set is kept there, else by ``draw()``.

    ``whole``: the shape of all images; ``labels``: the dtype of the labels 0 … classes − 1. A whole set that
    was drawn is kept. A file that is damaged, or a folder that cannot be written to, is only a warning.
    """
    try:
        if path.is_file():
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as kept:
                found = kept["images"], kept["labels"]           # compares each one's checksum
            held = found[0].shape, found[0].dtype, found[1].shape, found[1].dtype
            if held != (whole, np.uint8, whole[:1], labels) \
                    or found[1].min() < 0 or found[1].max() >= classes:
                raise ValueError("it holds other arrays")
            return found[0][:count], found[1][:count]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        warnings.warn(f"{name}: {path} is damaged ({error}); the pictures are drawn again.", stacklevel=3)
    pictures = draw()
    if count == whole[0]:
        try:
            with atomic_write(path) as out:
                np.savez(out, images=pictures[0], labels=pictures[1])
        except UnwritableError as error:
            warnings.warn(f"{name}: the pictures are not kept. {error}", stacklevel=3)
    return pictures


def draw_all(images: np.ndarray, labels: np.ndarray, train: bool, what: str,
             draw_chunk: Callable[[np.random.Generator, int], Pictures]) -> Pictures:
    """Fill ``images`` and ``labels`` chunk by chunk: ``draw_chunk(random, number of the first picture)``."""
    with tqdm(total=len(images), desc=f"drawing {what}", leave=False, disable=None) as bar:
        for number, start in enumerate(range(0, len(images), CHUNK)):
            random = np.random.Generator(np.random.PCG64([number, int(train)]))
            part, its_labels = draw_chunk(random, start)
            end = min(start + CHUNK, len(images))
            images[start:end], labels[start:end] = part[:end - start], its_labels[:end - start]
            bar.update(end - start)
    return images, labels


def pixel_places(side: int, angle: np.ndarray, slant: np.ndarray, width: np.ndarray,
                 height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel of N pictures, where it lies in the upright glyph: x and y, float32 (N, side²).

    From the middle, in pixels. Picture → glyph: turn by ``angle``, slant, then stretch; (N,) each.
    """
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    y, x = (c.ravel() for c in np.meshgrid(axis, axis, indexing="ij"))       # (side²,)
    cos, sin = np.cos(angle), np.sin(angle)
    a = np.stack([cos + slant * -sin, sin + slant * cos], 1) / width[:, None]
    b = np.stack([-sin, cos], 1) / height[:, None]
    plane = np.stack([x, y])                                                 # (2, side²)
    return a.astype(np.float32) @ plane, b.astype(np.float32) @ plane


def look_up(grids: np.ndarray, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grid ``which[n]`` of ``grids`` (…, G, G) at the grid points x, y (N, P), bilinear; float32 (N, P)."""
    size = grids.shape[-1]
    x, y = (np.clip(c, 0, np.float32(size - 1.001)) for c in (x, y))
    i, j = y.astype(np.int32), x.astype(np.int32)
    y -= i
    x -= j
    flat = grids.reshape(-1)
    at = i * size + j + (which.astype(np.int32) * size * size)[:, None]
    upper_left, upper_right, lower_left, lower_right = (
        flat[at + k].astype(np.float32, copy=False) for k in (0, 1, size, size + 1))
    upper = upper_left + x * (upper_right - upper_left)
    lower = lower_left + x * (lower_right - lower_left)
    return upper + y * (lower - upper)
