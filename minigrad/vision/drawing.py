"""Drawing digits: outlines of fonts become fields of distances, fields become many pictures.

Each glyph (a digit in a font) is turned once into its *distance field*: the distance from every point of a
grid to the outline, positive inside. Ink is where the field is above 0. That makes variation cheap: adding a
number makes the stroke thicker or thinner, and looking the field up at bent coordinates bends the digit. All
pictures of a chunk are computed together.

Importing this module imports matplotlib, for its fonts.
"""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from ..plot.needs_matplotlib import matplotlib
from .drawn import CHUNK, Pictures, look_up, pixel_places

SIDE = 28                # pixels of a picture
_HEIGHT = 20.0           # height of a digit before it is varied, in pixels, as in MNIST
_GRID = 64               # grid points of a field along each side
_SPAN = 15.0             # a field covers −15 … +15 pixels around the digit's center
_KNOTS = 4               # along each side, points whose random shifts bend a picture

_FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique",
          "DejaVuSansMono", "DejaVuSansMono-Oblique", "DejaVuSerif", "DejaVuSerif-Bold",
          "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic", "STIXGeneral", "STIXGeneralBol",
          "STIXGeneralItalic", "STIXGeneralBolIta", "cmr10", "cmb10", "cmss10", "cmtt10")

# The path of the pen for each digit: strokes through points (x, y), y upwards, in a box of about 10 × 16.
_STROKES: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = (
    (((5, 16), (1.5, 13), (0.5, 8), (2, 2), (5, 0), (8.5, 3), (9.5, 8), (8.5, 13), (5, 16)),),
    (((5, 16), (5, 8), (5, 0)),),
    (((0.5, 12), (2.5, 15.5), (6.5, 15.5), (8.5, 12), (6.5, 7.5), (3, 3.5), (0, 0.3), (0, 0.3),
      (4.5, 0.6), (10, 0.2)),),
    (((1, 14), (4, 16), (8, 14.5), (8, 11), (4, 8.7), (4, 8.7), (8, 7.5), (9.5, 4), (7, 0.7),
      (3.5, 0), (0.5, 2)),),
    (((2.5, 16), (1.2, 11), (0.5, 7), (0.5, 7), (5, 6.8), (10, 7.4)),
     ((8, 15.5), (7.8, 9), (7.3, 0))),
    (((9, 15.7), (5.5, 15.8), (2.5, 15.5), (2.5, 15.5), (1.8, 12), (1.3, 9), (1.3, 9), (5, 9.8),
      (8.5, 8), (9, 4), (6.5, 0.6), (3, 0), (0.5, 1.7)),),
    (((7.5, 16), (3.5, 12.5), (1, 7), (1.2, 2.5), (4, 0), (7.5, 1.5), (8.3, 5), (6, 7.6), (3, 6.8),
      (1.3, 4)),),
    (((0.5, 15), (4, 15.4), (9, 15.6), (9, 15.6), (6.5, 9.5), (4.2, 4), (3.2, 0)),
     ((2.6, 8), (5.5, 8.2), (8.6, 8.4))),
    (((8, 13.5), (5.5, 16), (2, 14.2), (2.2, 11), (5.5, 8.3), (8.6, 5), (7.8, 1.3), (4.5, 0),
      (1.2, 2), (1.8, 5.5), (5, 8.3), (7.6, 10.8), (8, 13.5)),),
    (((8.3, 12), (6.5, 15.5), (3.2, 15.7), (1, 12.8), (2.2, 9.6), (5.6, 9), (8, 11.6), (8.4, 13.5),
      (8.1, 8), (7, 3.5), (6, 0)),),
)
_PEN = 1.5               # half the width of the pen's stroke, pixels
_PENS = 6                # the pen is used as often as this many fonts


class Glyphs(NamedTuple):
    """Distance fields of every digit in every style (the pen, the fonts), in pixels."""

    fields: np.ndarray      # (10, styles, _GRID, _GRID) float32: distance to the outline, > 0 inside
    thick: np.ndarray       # (10, styles): half the width of the thickest stroke
    thin: np.ndarray        # (10, styles): half the width of the thin strokes


@lru_cache(maxsize=1)
def glyphs() -> Glyphs:
    """The glyphs of the pen, and of all fonts with plain digits that come with matplotlib."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fields = np.stack([[_pen_field(digit)] * _PENS
                       + [_font_field(str(digit), folder / f"{font}.ttf") for font in _FONTS]
                       for digit in range(10)])
    thick = fields.max((2, 3))
    thin = np.array([[np.percentile(field[_ridge(field)], 15) for field in row] for row in fields])
    return Glyphs(fields, thick, thin)


def _font_field(digit: str, font: Path) -> np.ndarray:
    """The field of a digit in a font: (_GRID, _GRID)."""
    path = TextPath((0, 0), digit, size=100, prop=FontProperties(fname=str(font)))
    polygons = [np.asarray(p) for p in path.to_polygons(closed_only=True)]
    if digit == "0":        # some fonts put a dot or a slash into their zero
        polygons = sorted(polygons, key=lambda p: -float(np.ptp(p[:, 1])))[:2]
    polygons = _fit(polygons)
    inside = np.zeros(_GRID * _GRID, bool)
    for polygon in polygons:
        inside ^= Outline(polygon).contains_points(_grid_points())      # a hole takes ink away
    distance = _distance(polygons)
    return np.where(inside.reshape(distance.shape), distance, -distance)


def _pen_field(digit: int) -> np.ndarray:
    """The field of a digit as a round pen writes it: (_GRID, _GRID)."""
    strokes = [_smooth(np.array(stroke, float)) for stroke in _STROKES[digit]]
    return np.float32(_PEN) - _distance(_fit(strokes, _HEIGHT - 2 * _PEN))


def _smooth(points: np.ndarray) -> np.ndarray:
    """A curve through ``points`` (P, 2), by Catmull and Rom; a repeated point makes a corner."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 12)[:, None]
    pieces = [b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
              for a, b, c, d in zip(p, p[1:], p[2:], p[3:])]
    return np.concatenate(pieces)


def _fit(curves: list[np.ndarray], height: float = _HEIGHT) -> list[np.ndarray]:
    """Curves (P, 2), y upwards, moved to the center, made ``height`` pixels high, y downwards."""
    points = np.concatenate(curves)
    low, high = points.min(0), points.max(0)
    scale = height / (high[1] - low[1])
    return [(curve - (low + high) / 2) * scale * (1, -1) for curve in curves]


@lru_cache(maxsize=1)
def _grid_points() -> np.ndarray:
    """The points (x, y) of a field's grid, row by row: (_GRID², 2)."""
    axis = np.linspace(-_SPAN, _SPAN, _GRID)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], 1)


def _distance(curves: list[np.ndarray]) -> np.ndarray:
    """Distance from every grid point to the nearest curve, float32 (_GRID, _GRID)."""
    dots = []                                                    # dots along the curves, close by
    for curve in curves:
        way = np.concatenate([[0], np.hypot(*np.diff(curve, axis=0).T).cumsum()])
        at = np.arange(0, way[-1], 0.2)
        dots.append(np.stack([np.interp(at, way, curve[:, 0]), np.interp(at, way, curve[:, 1])], 1))
    p = np.concatenate(dots).astype(np.float32)                                  # (P, 2)
    # |g − p|² = |g|² + (−2 p, |p|²) · (g, 1); row by row, which stays in the processor's cache
    rows = _grid_points().astype(np.float32).reshape(_GRID, _GRID, 2)
    terms = np.concatenate([-2 * p, (p ** 2).sum(1, keepdims=True)], 1).T        # (3, P)
    nearest = np.stack([(g @ terms[:2] + terms[2]).min(1) for g in rows])
    return np.sqrt(np.maximum(nearest + (rows ** 2).sum(2), 0))


def _ridge(field: np.ndarray) -> np.ndarray:
    """Where a field is inside and highest across rows or columns: the middle lines of the strokes."""
    padded = np.pad(field, 1, constant_values=-np.inf)
    middle = padded[1:-1, 1:-1]
    across = (middle >= padded[:-2, 1:-1]) & (middle > padded[2:, 1:-1])
    along = (middle >= padded[1:-1, :-2]) & (middle > padded[1:-1, 2:])
    return (across | along) & (field > 0.2)


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────

def draw_chunk(random: np.random.Generator, start: int = 0) -> Pictures:
    """CHUNK pictures, uint8 (CHUNK, 28, 28), and their digits, uint8 (CHUNK,), as many of each."""
    digits = random.permutation(np.arange(CHUNK) % 10)
    styles = random.integers(0, _PENS + len(_FONTS), CHUNK)
    drawn = glyphs()
    x, y = _bent_places(random)                                             # (N, 784) each
    distance = look_up(drawn.fields, digits * drawn.fields.shape[1] + styles, x, y)
    distance += _pen(random, drawn.thick[digits, styles], drawn.thin[digits, styles])
    # ink has a soft edge, about a pixel wide, blurred more or less
    softness = random.uniform(0.55, 1.1, (CHUNK, 1)).astype(np.float32)
    ink = np.clip(0.5 + distance / (2 * softness), 0, 1)
    ink *= random.uniform(0.75, 1.0, (CHUNK, 1)).astype(np.float32)
    noise = random.standard_normal((CHUNK, SIDE * SIDE), np.float32)
    ink += noise * (0.01 + 0.04 * ink)                                       # rough ink, clean paper
    pictures = np.clip(ink * 255, 0, 255).astype(np.uint8)
    pictures[pictures < 12] = 0
    return pictures.reshape(-1, SIDE, SIDE), digits.astype(np.uint8)


def _bent_places(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel of every picture, the point of the field that it shows: two (N, 784)."""
    angle, slant = random.normal(0, 0.13, CHUNK), random.normal(0.05, 0.18, CHUNK)
    width, height = random.uniform(0.8, 1.25, CHUNK), random.uniform(0.85, 1.12, CHUNK)
    shift = random.normal(0, 0.8, (2, CHUNK, 1)).astype(np.float32)
    places = pixel_places(SIDE, angle, slant, width, height)
    scale = np.float32((_GRID - 1) / (2 * _SPAN))
    x, y = ((c - by + _waves(random, 1.1) + np.float32(_SPAN)) * scale for c, by in zip(places, shift))
    return x, y


def _waves(random: np.random.Generator, size: float) -> np.ndarray:
    """A smooth random number for every pixel of every picture, deviation about ``size``: (N, 784)."""
    knots = random.standard_normal((CHUNK, _KNOTS, _KNOTS), np.float32) * np.float32(size)
    rise = _interpolation()                                                  # (28, knots)
    return (rise @ knots @ rise.T).reshape(CHUNK, -1)


@lru_cache(maxsize=1)
def _interpolation() -> np.ndarray:
    """Weights of the knots at each pixel, smooth bumps with the sum 1: (28, knots)."""
    at = np.linspace(0, _KNOTS - 1, SIDE)[:, None] - np.arange(_KNOTS)
    bump = np.where(np.abs(at) < 1, (1 + np.cos(np.pi * at)) / 2, 0)
    return (bump / bump.sum(1, keepdims=True)).astype(np.float32)


def _pen(random: np.random.Generator, thick: np.ndarray, thin: np.ndarray) -> np.ndarray:
    """What to add to the fields for each picture's pen, pressed unevenly: (N, 784)."""
    wanted = random.uniform(0.8, 1.9, CHUNK)                                 # half a stroke, pixels
    change = np.maximum(wanted - thick, np.minimum(0.55 - thin, 0))          # keep thin strokes
    return change[:, None].astype(np.float32) + _waves(random, 0.22)
