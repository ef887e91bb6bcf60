"""Drawing characters in color: outlines of fonts become stencils, stencils become many pictures.

A *stencil* is a character in one font, filled once on a fine grid: how much of each grid point is ink. A
picture looks its stencil up at coordinates that are shifted, turned, stretched and slanted, and mixes two
colors, paper and ink. All pictures of a chunk are computed together.

Importing this module imports matplotlib, for its fonts.
"""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import ft2font
from matplotlib.path import Path as Outline

from ..plot.needs_matplotlib import matplotlib
from .drawn import Pictures, look_up, pixel_places

SIDE = 32                # pixels of a picture
_GRID = 64               # points of a stencil along each side, two for a pixel
_BOX = 52                # points that a character takes up along its longer side
_FINE = 2                # the outline is filled on a grid this many times finer, then averaged

# Fonts that come with matplotlib. Where one lacks a character, one of the first four stands in for it; they
# have every character of RenderedGlyphs.
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique",
         "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold")


def draw_chunk(random: np.random.Generator, labels: np.ndarray, drawn: np.ndarray) -> Pictures:
    """A picture for each of ``labels`` (N,), in random order.

    ``drawn``: stencils (classes, fonts, _GRID, _GRID). Returns uint8 (N, 3, 32, 32) and the labels.
    """
    labels = random.permutation(labels)
    fonts = random.integers(0, len(FONTS), len(labels))
    x, y = _coordinates(random, len(labels))                                 # (N, 1024) each
    ink = look_up(drawn, labels * len(FONTS) + fonts, x, y) / np.float32(255)     # no ink at the border
    # the edge of a stencil is a ramp from 0 to 1: its steepness and middle make soft and hard,
    # thick and thin strokes
    middle = random.uniform(0.35, 0.6, (len(labels), 1)).astype(np.float32)
    steep = random.uniform(1.2, 2.5, (len(labels), 1)).astype(np.float32)
    ink = np.clip((ink - middle) * steep + np.float32(0.5), 0, 1)
    pictures = _colored(random, ink)                                         # (N, 3, 1024)
    return pictures.reshape(-1, 3, SIDE, SIDE), labels


# ── stencils ──────────────────────────────────────────────────────────────────────────────────────

@lru_cache(maxsize=2)
def stencils(characters: str) -> np.ndarray:
    """Every character in every font: uint8 (characters, fonts, _GRID, _GRID), 255 where everything is ink."""
    fonts = [_font(name) for name in FONTS]
    out = np.empty((len(characters), len(fonts), _GRID, _GRID), np.uint8)
    for filled, character in zip(out, characters):
        for k, font in enumerate(fonts):
            has_it = font.get_char_index(ord(character)) != 0
            filled[k] = _filled(_polygons(font if has_it else fonts[k % 4], character))
        filled[:] = _softened(filled)
    return out


def _font(name: str) -> Any:
    font = ft2font.FT2Font(str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")))
    font.set_size(100, 72)
    return font


def _polygons(font: Any, character: str) -> list[np.ndarray]:
    """The closed curves of a character, (P, 2) each, y upwards."""
    known = getattr(ft2font, "LoadFlags", None)         # matplotlib 3.10 and later
    flags = known.NO_HINTING if known is not None else getattr(ft2font, "LOAD_NO_HINTING")
    font.load_char(ord(character), flags=flags)
    points, codes = font.get_path()
    return [np.asarray(p) for p in Outline(points, codes).to_polygons(closed_only=True)]


def _filled(polygons: list[np.ndarray]) -> np.ndarray:
    """The ink at each grid point, uint8 (_GRID, _GRID) from 0 to _FINE²; the character fills the box.

    By winding numbers: along each row, every edge that is crossed upwards adds 1 to all points right
    of it, and every edge that is crossed downwards takes 1 away. Ink is where the sum is not 0.
    """
    points = np.concatenate(polygons)
    low, high = points.min(0), points.max(0)
    scale = _BOX / (high - low).max()
    fine = _GRID * _FINE
    loops = [((p - (low + high) / 2) * scale * (1, -1) + _GRID / 2) * _FINE for p in polygons]
    a = np.concatenate([p[:-1] for p in loops])                              # edges from a …
    b = np.concatenate([p[1:] for p in loops])                               # … to b, (E, 2)
    row = np.arange(fine) + 0.5
    below_a, below_b = a[:, 1:] <= row, b[:, 1:] <= row                      # (E, rows)
    edge, r = np.nonzero(below_a != below_b)
    share = (row[r] - a[edge, 1]) / (b[edge, 1] - a[edge, 1])
    x = a[edge, 0] + share * (b[edge, 0] - a[edge, 0])
    steps = np.zeros((fine, fine + 1), np.int32)
    np.add.at(steps, (r, np.ceil(x - 0.5).astype(int)), np.where(below_a[edge, r], 1, -1))
    inside = steps[:, :fine].cumsum(1, dtype=np.int32) != 0
    return inside.reshape(_GRID, _FINE, _GRID, _FINE).sum((1, 3), dtype=np.uint8)


def _softened(ink: np.ndarray) -> np.ndarray:
    """Each point mixed with its neighbors, 1 : 2 : 1 in both directions, so that edges become ramps.

    From 0 … _FINE² to 0 … 255, uint8 (fonts, _GRID, _GRID). The border, which has no ink, stays 0.
    """
    wide = ink.astype(np.uint16)
    for axis in (1, 2):
        wide = 2 * wide + np.roll(wide, 1, axis) + np.roll(wide, -1, axis)
    return (wide * 255 // (16 * _FINE ** 2)).astype(np.uint8)


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────

def _coordinates(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel of every picture, the point of the stencil that it shows: two (N, 1024)."""
    angle, slant = random.normal(0, 0.1, n), random.normal(0, 0.1, n)
    width, height = random.uniform(0.65, 1.05, (2, n)) * random.uniform(0.9, 1.1, (2, n))
    shift = random.uniform(-2, 2, (2, n, 1)).astype(np.float32)              # pixels
    places = pixel_places(SIDE, angle, slant, width, height)
    points, middle = _GRID / SIDE, np.float32((_GRID - 1) / 2)              # a pixel is two points
    x, y = (c * points + by * points + middle for c, by in zip(places, shift))
    return x, y


def _colored(random: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Ink (N, P) from 0 to 1 in colors: uint8 (N, 3, P).

    Paper is a light color that changes from one side to the other, ink a dark one. Noise on top.
    """
    n = len(ink)
    paper, pen = random.uniform(0, 1, (2, n, 3, 1))
    weights = np.array([0.3, 0.59, 0.11])[:, None]                           # brightness of r, g, b
    light, dark = random.uniform(0.65, 0.95, (n, 1, 1)), random.uniform(0.05, 0.35, (n, 1, 1))
    paper = np.clip(paper + light - (paper * weights).sum(1, keepdims=True), 0, 1)
    pen = np.clip(pen + dark - (pen * weights).sum(1, keepdims=True), 0, 1)
    axis = np.linspace(-0.5, 0.5, SIDE)
    plane = np.stack([c.ravel() for c in np.meshgrid(axis, axis)])           # (2, P)
    slope = random.normal(0, 0.1, (n, 2)) @ plane                            # (N, P)
    out = (paper + slope[:, None]).astype(np.float32)
    out += ink[:, None] * (pen.astype(np.float32) - out)
    out += random.standard_normal(out.shape, np.float32) * np.float32(0.04)
    return np.clip(out * 255, 0, 255).astype(np.uint8)
