"""Grids of images: samples, mistakes, filters, feature maps."""
from __future__ import annotations

import os
from typing import Any, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..errors import ShapeError
from .style import array_of, bare, figure, finished

Path = str | os.PathLike[str]


def image_grid(images: Any, titles: Sequence[str] | None = None, columns: int = 5,
               path: Path | None = None, title: str = "") -> Figure:
    """Images side by side, with a caption above each if given.

    ``images``: (N, H, W), (N, 1, H, W) or, in color, (N, 3, H, W), values from 0 to 1 or bytes. Gray
    images are drawn dark on light. Each takes 240 × 240 pixels, and 40 more per line of caption.
    Raises ShapeError for other shapes.
    """
    pictures = _pictures(images, "image_grid")
    if titles is not None and len(titles) != len(pictures):
        raise ShapeError(f"image_grid: {len(pictures)} images, but {len(titles)} titles.")
    columns = min(columns, len(pictures))
    lines = 0 if titles is None else 1 + max(caption.count("\n") for caption in titles)
    top = 255 if pictures.dtype == np.uint8 else 1
    room = 0.18 * lines                                  # above each image, for its caption
    rows = -(-len(pictures) // columns)
    with figure(1.6 * columns, (1.6 + 1.5 * room) * rows + (0.5 if title else 0.1), title) as fig:
        _tiles(fig.subplots(), pictures, titles, columns, room, 12, frame=True, cmap="gray_r", vmin=0,
               vmax=top)
    return finished(fig, path)


def mistakes(images: Any, truth: Any, probabilities: Any, count: int = 25, columns: int = 5,
             classes: Sequence[str] | None = None, path: Path | None = None,
             title: str = "") -> Figure:
    """The wrongly labeled images of which the network was most certain.

    Args:
        images: (N, 1, H, W), (N, 3, H, W) or (N, H, W).
        truth: class numbers (N,).
        probabilities: (N, classes), such as ``softmax(output, 1)``.

    Above each: the label it was given, how sure the network was, and the right one. Without any mistakes the
    figure says so.
    """
    t, p = array_of(truth), array_of(probabilities)
    if p.ndim != 2 or t.shape != (len(p),) or len(images) != len(p):
        raise ShapeError(f"mistakes: expected N images, truth (N,) and probabilities (N, classes), "
                         f"got {len(images)}, {t.shape} and {p.shape}.")
    given, sure = p.argmax(axis=1), p.max(axis=1)
    wrong = np.flatnonzero(given != t)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:count]
    if not len(wrong):
        with figure(1.6 * columns, 2, title) as fig:
            fig.text(0.5, 0.4, f"no mistakes in {len(p):,} images", ha="center", fontsize=15)
        return finished(fig, path)
    names = [str(c) for c in (classes if classes is not None else range(p.shape[1]))]
    captions = [f"{names[given[i]]} ({sure[i]:.0%})\nis {names[t[i]]}" for i in wrong]
    return image_grid(array_of(images)[wrong], captions, columns, path, title)


def filters(weight: Any, path: Path | None = None, columns: int = 8, title: str = "") -> Figure:
    """The filters of a convolution: purple is positive, orange negative, white 0; one scale for all.

    ``weight``: (O, C, KH, KW). With several input channels their mean is shown.
    """
    w = array_of(weight)
    if w.ndim != 4:
        raise ShapeError(f"filters: the weight must be (O, C, KH, KW), but it is {w.shape}.")
    w = w.mean(axis=1)                                   # (O, KH, KW)
    return _map_grid(w, list(map(str, range(len(w)))), columns, path, title, "weight", True)


def feature_maps(maps: Any, image: Any = None, path: Path | None = None, columns: int = 8,
                 title: str = "") -> Figure:
    """Each channel's response to one image, on one scale; the image itself first.

    ``maps``: (C, H, W), a layer's output for one image; ``image``: (H, W) or (1, H, W).
    """
    m = array_of(maps)
    if m.ndim != 3:
        raise ShapeError(f"feature_maps: expected the maps of one image, (C, H, W), got {m.shape}. "
                         "Take one of the batch: output[0].")
    return _map_grid(m, list(map(str, range(len(m)))), columns, path, title, "output",
                     bool(m.min() < 0), None if image is None else array_of(image).squeeze())


def _map_grid(maps: np.ndarray, names: list[str], columns: int, path: Path | None, title: str,
              label: str, signed: bool, image: np.ndarray | None = None) -> Figure:
    """Arrays (C, H, W) as tiles with one color scale beside them."""
    rows = -(-len(maps) // columns)
    top = float(np.abs(maps).max()) or 1.0
    with figure(1.25 * (columns + (2.2 if image is not None else 0)) + 1.2, 1.5 * rows + 0.6,
                title) as fig:
        if image is None:
            ax = fig.subplots()
        else:
            first, ax = fig.subplots(1, 2, width_ratios=(2.2, columns))
            first.imshow(image, cmap="gray_r", vmin=0)
            first.set_title("the image", fontsize=12, loc="center")
            bare(first, frame=True)
        shown = _tiles(ax, maps, names, columns, 0.18, 11, cmap="PuOr" if signed else "magma",
                       vmin=-top if signed else 0, vmax=top)
        fig.colorbar(shown, ax=ax, label=label, fraction=0.03, pad=0.02, aspect=30)
    return finished(fig, path)


def _tiles(ax: Any, tiles: np.ndarray, captions: Sequence[str] | None, columns: int, room: float,
           fontsize: float, frame: bool = False, **look: Any) -> Any:
    """Arrays (N, H, W) or (N, H, W, 3) side by side on one axis, each one unit wide.

    ``room`` is left above each for its caption. One axis for all is ten times as fast as one each.
    """
    tall, gap = tiles.shape[1] / tiles.shape[2], 0.06
    for i, tile in enumerate(tiles):
        x, y = (i % columns) * (1 + gap), (i // columns) * (tall + gap + room) + room
        shown = ax.imshow(tile, extent=(x, x + 1, y + tall, y), interpolation="nearest", **look)
        if frame:
            ax.add_patch(Rectangle((x, y), 1, tall, fill=False, color="#d0d0d0", linewidth=1))
        if captions is not None:
            ax.text(x + 0.5, y - 0.03, captions[i], ha="center", va="bottom", fontsize=fontsize,
                    linespacing=1.1)
    rows = -(-len(tiles) // columns)
    ax.set(xlim=(-0.02, columns * (1 + gap) - gap + 0.02), aspect="equal",
           ylim=(rows * (tall + gap + room) - gap + 0.02, -0.02))
    bare(ax)
    return shown


def _pictures(images: Any, name: str) -> np.ndarray:
    """(N, H, W) for gray images, (N, H, W, 3) for color ones."""
    array = array_of(images)
    if array.ndim == 4 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim == 4 and array.shape[1] == 3:
        return array.transpose(0, 2, 3, 1)
    if array.ndim != 3 or not len(array):
        raise ShapeError(f"{name}: expected images (N, H, W), (N, 1, H, W) or (N, 3, H, W), got "
                         f"{array.shape}.")
    return array
