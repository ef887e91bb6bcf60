"""Exercise 9: im2col and col2im."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor
from minigrad.nn import functional as F

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task, same
from ..numbers import decimals
from ..oracle import tensor
from ..slopes import Slopes

Shape = tuple[int, int, int, int]


def im2col(x: np.ndarray, k: int, stride: int, padding: int) -> np.ndarray:
    """The rows."""
    return rows(tensor(x), k, stride, padding).numpy()


def col2im(cols: np.ndarray, shape: Shape, k: int, stride: int, padding: int) -> np.ndarray:
    """The images."""
    columns = cols.reshape(shape[0], -1, cols.shape[1]).transpose(0, 2, 1)
    return F.fold(tensor(columns), shape[2:], k, padding=padding, stride=stride).numpy()


def rows(x: Tensor, k: int, stride: int, padding: int) -> Tensor:
    """im2col of tensors."""
    columns = F.unfold(x, k, padding=padding, stride=stride)
    return columns.permute(0, 2, 1).reshape(-1, columns.shape[1])


def windows(shape: Shape, k: int, stride: int, padding: int) -> tuple[int, int]:
    """OH and OW."""
    oh, ow = ((size + 2 * padding - k) // stride + 1 for size in shape[2:])
    return oh, ow


def recognize_im2col(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, got, right = attempt.arguments, attempt.got["cols"], attempt.expected["cols"]
    x, k, stride, padding = (a[name] for name in ("x", "k", "stride", "padding"))
    n, channels = x.shape[:2]
    oh, ow = windows(x.shape, k, stride, padding)
    if not oh * ow:
        return
    for side, before in (("the end", 0), ("the beginning", 2 * padding)):
        moved = np.pad(x, ((0, 0), (0, 0), *((before, 2 * padding - before),) * 2))
        if padding and attempt.is_("cols", im2col(moved, k, stride, 0)):
            yield Finding("one side", f"All zeros were put at {side}. There are {padding} on each side.")
    if stride > 1 and attempt.is_("cols", crowded(x, k, stride, padding)):
        yield Finding("stride", "The windows follow each other pixel by pixel; the next one begins stride "
                      "pixels further on.")
    one = right.reshape(n, oh, ow, channels, k * k)
    mixed = one.transpose(0, 3, 1, 2, 4).reshape(n, oh, ow, channels, k * k).reshape(right.shape)
    if attempt.is_("cols", mixed):
        yield Finding("reshape", "Numbers of several windows are mixed: reshape does not exchange axes. "
                      "Bring them into the order (N, OH, OW, C, K, K) with transpose first.")
    if attempt.is_("cols", one.transpose(0, 1, 2, 4, 3).reshape(right.shape)):
        yield Finding("channels", "In each row the channels alternate. A row holds the whole window of the "
                      "first channel, then that of the second.")
    if same(np.sort(got, axis=1), np.sort(right, axis=1)):
        yield Finding("order", "Each row holds the right numbers in the wrong order: channel by channel, "
                      "each row by row.")
    if same(sorted_rows(got), sorted_rows(right)):
        yield Finding("order of rows", "The rows are right, but in the wrong order: image by image, and in "
                      "each image from left to right, then from top to bottom.")


def crowded(x: np.ndarray, k: int, stride: int, padding: int) -> np.ndarray:
    """The rows when as many windows as there should be lie pixel by pixel."""
    oh, ow = windows(x.shape, k, stride, padding)
    part = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))[:, :, :oh + k - 1, :ow + k - 1]
    return im2col(part, k, 1, 0)


def sorted_rows(rows: np.ndarray) -> np.ndarray:
    """The rows in the order of their numbers."""
    return rows[np.lexsort(rows.T[::-1])]


def recognize_col2im(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, wrong, got, right = attempt.arguments, attempt.wrong("x"), attempt.got["x"], attempt.expected["x"]
    shape, k, stride, padding = options = a["shape"], a["k"], a["stride"], a["padding"]
    covered = col2im(np.ones_like(a["cols"]), *options)
    n, c = shape[:2]
    h, w = shape[2:]
    oh, ow = windows(shape, k, stride, padding)
    if padding and attempt.is_("x", col2im(a["cols"], (n, c, h + 2 * padding, w + 2 * padding), k, stride, 0)
                               [:, :, :h, :w]):
        yield Finding("cut", "The padding was cut off at the wrong side: it lies on all four, so the image "
                      f"begins at row and column {padding}.")
    parts = a["cols"].reshape(n, c, oh, ow, k, k).transpose(0, 2, 3, 1, 4, 5)
    if attempt.is_("x", col2im(parts.reshape(a["cols"].shape), *options)):
        yield Finding("reshape", "Numbers of several windows are mixed: a row is one window. Reshape to (N, "
                      "OH, OW, C, K, K), and exchange axes with transpose only then.")
    parts = a["cols"].reshape(-1, c, k, k).transpose(0, 1, 3, 2)
    if attempt.is_("x", col2im(parts.reshape(a["cols"].shape), *options)):
        yield Finding("transposed", "Each window is put back transposed: rows and columns are exchanged.")
    if not (wrong & (covered <= 1)).any():
        if same(got, right / np.maximum(covered, 1)):
            yield Finding("average", "Where windows overlap, this is the mean of the parts. They add up.")
        else:
            yield Finding("overlap", "Wrong only where windows overlap: what is already there is "
                          "overwritten. The parts add up. (With an index array, += adds only once; "
                          "np.add.at adds all.)")


def smaller_im2col(arguments: Arguments) -> Iterator[Arguments]:
    """Without an image, a channel, a border row or column."""
    x, k, padding = arguments["x"], arguments["k"], arguments["padding"]
    for axis in range(4):
        size = x.shape[axis]
        if size > (1 if axis < 2 else max(1, k - 2 * padding)):
            for kept in (np.arange(1, size), np.arange(size - 1)):
                yield {**arguments, "x": np.take(x, kept, axis)}


def smaller_col2im(arguments: Arguments) -> Iterator[Arguments]:
    """Without an image, a channel, a border row or column of windows."""
    shape, k, stride, padding = (arguments[name] for name in ("shape", "k", "stride", "padding"))
    oh, ow = windows(shape, k, stride, padding)
    n, c = shape[:2]
    cols = arguments["cols"].reshape(n, oh, ow, c, k, k)
    for axis, image_axis, step in ((0, 0, 1), (3, 1, 1), (1, 2, stride), (2, 3, stride)):
        if cols.shape[axis] > 1:
            new = list(shape)
            new[image_axis] -= step
            less = np.take(cols, np.arange(cols.shape[axis] - 1), axis)
            yield {**arguments, "shape": tuple(new), "cols": less.reshape(-1, new[1] * k * k)}


TASKS = {
    "im2col": Task("im2col", ("x", "k", "stride", "padding"), ("cols",), im2col,
                   recognize=recognize_im2col, smaller=smaller_im2col),
    "col2im": Task("col2im", ("cols", "shape", "k", "stride", "padding"), ("x",), col2im,
                   recognize=recognize_col2im, smaller=smaller_col2im,
                   slopes=Slopes(rows, {"x": "image"}, upstream="cols", inputs=lambda a: {
                       "image": np.ones(a["shape"]), "k": a["k"], "stride": a["stride"],
                       "padding": a["padding"]})),
}


def counted(*shape: int) -> np.ndarray:
    """1, 2, 3 … in a shape."""
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def images(name: str, x: np.ndarray, k: int, stride: int, padding: int, hint: str) -> Case:
        """A case of im2col."""
        return Case(f"im2col: {name}", "im2col", {"x": x, "k": k, "stride": stride, "padding": padding}, hint)

    def columns(name: str, shape: Shape, k: int, stride: int, padding: int, hint: str, **how: Any) -> Case:
        """A case of col2im: counted numbers, or random ones."""
        oh, ow = windows(shape, k, stride, padding)
        size = shape[0] * oh * ow, shape[1] * k * k
        cols = decimals(random, *size) if how else counted(*size)
        return Case(f"col2im: {name}", "col2im",
                    {"cols": cols, "shape": shape, "k": k, "stride": stride, "padding": padding}, hint)

    count = "Check OH and OW with the formula of the exercise first."
    add = "Each number is added to the pixel it was copied from."
    return [
        images("3×3, windows of 2×2", counted(1, 1, 3, 3), 2, 1, 0, count),
        images("two channels", counted(1, 2, 2, 2), 2, 1, 0, "A row: channel by channel, each row by row."),
        images("stride 2", counted(1, 1, 4, 4), 2, 2, 0, "The next window begins stride pixels further on."),
        images("padding 1", counted(1, 1, 2, 2), 2, 1, 1, "Zeros on all four sides; then as before."),
        images("stride 2 that does not fit evenly", counted(1, 1, 4, 7), 2, 2, 0, count),
        images("two images, two channels", counted(2, 2, 2, 3), 2, 1, 0, "A row is one window, with all of "
               "its channels; the rows come image by image."),
        images("random, 3 images", decimals(random, 3, 2, 6, 4), 3, 2, 1, count),
        columns("windows side by side", (1, 1, 4, 4), 2, 2, 0, add),
        columns("overlapping windows", (1, 1, 3, 3), 2, 1, 0, add),
        columns("padding 1", (1, 1, 2, 2), 2, 1, 1, "Add into the padded image, then cut the padding off."),
        columns("a row of pixels in no window", (1, 1, 5, 4), 2, 2, 0, "A pixel in no window gets 0."),
        columns("two images, two channels", (2, 2, 2, 3), 2, 1, 0, "A row is one window, with all of its "
                "channels; the rows come image by image."),
        columns("random, 3 images", (3, 2, 6, 4), 3, 2, 1, add, random=True),
    ]


EXERCISE = Exercise(TASKS, cases)
