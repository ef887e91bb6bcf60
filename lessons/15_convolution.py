# ---
# title: convolution opened up
# documents: C §5.3
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Convolution, opened up

Lessons 11 and 12 used convolution as a ready layer. Here we take it apart. We write its definition
in loops, and then the same thing in five other ways, until it is thousands of times as fast. Then
come the gradients, by hand; the same for max-pooling and for batch normalization; and how much of the
image a deep layer sees.

Every version is compared with the loops, number by number. The times are measured on your machine.
"""

# %%
import sys
import time
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # so that the lesson also runs where minigrad is not installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.lib.stride_tricks import sliding_window_view

import minigrad
from lessons.support import begin, claim, picture, read_options, write_results
from minigrad import nn, plot
from minigrad.backend.conv import column_blocks, conv_forward
from minigrad.backend.tuning import COLUMNS
from minigrad.backend.windows import Geometry, from_chwn
from minigrad.vision.datasets import RenderedDigits

options = read_options("convolution", "Convolution opened up: loops, im2col, gradients, pooling.")
begin(options)
rng = np.random.default_rng(options.seed)
ROUNDS = 2 if options.quick else 5      # of each measurement of time

# %% [markdown]
"""
## One filter over one image

A filter, or kernel (卷积核), is a small table of weights w. Lay it on the image x at some place,
multiply each weight with the pixel under it, and add up. The sum is one pixel of the result. Then
move on.

    y[r, s] = Σᵢⱼ w[i, j] · x[r + i, s + j]

A 3×3 filter can lie on 4 − 3 + 1 = 2 rows of a 4×4 image, and on 2 columns: the result is 2×2.
"""


# %%
def correlate(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The formula above. x (H, W), w (KH, KW) → (H − KH + 1, W − KW + 1)."""
    kh, kw = w.shape
    y = np.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1))
    for r, s in np.ndindex(y.shape):
        for i, j in np.ndindex(kh, kw):
            y[r, s] += w[i, j] * x[r + i, s + j]
    return y


image = np.arange(16.0).reshape(4, 4)
kernel = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
print("One filter over one image")
for r in range(4):
    print("  " + "".join(f"{v:4.0f}" for v in image[r]) + "     "
          + ("".join(f"{v:4.0f}" for v in kernel[r]) if r < 3 else " " * 12) + "     "
          + ("".join(f"{v:5.0f}" for v in correlate(image, kernel)[r]) if r < 2 else ""))
print("  image 4×4             filter 3×3       result 2×2")
assert (correlate(image, kernel) == -8).all(), "2 pixels on it is 2 more: (1 + 2 + 1) · −2"

# %% [markdown]
"""
## Convolution or cross-correlation?

Strictly, the formula above is a cross-correlation (互相关). A mathematician's convolution (卷积) turns
the filter by 180° first:

    (x ∗ w)[r, s] = Σᵢⱼ w[i, j] · x[r − i, s − j]

Turned so, the order does not matter, x ∗ w = w ∗ x, which makes nice theorems. Libraries leave the
turning out and keep the name. For a network it makes no difference, since it learns the weights: it
would learn them turned. NumPy has both for one dimension.
"""

# %%
signal, weights = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 0.0, -1.0])
print("\nOne dimension: [1 2 4 8] with the filter [1 0 −1]")
print("  np.correlate ", np.correlate(signal, weights, "valid").tolist())
print("  np.convolve  ", np.convolve(signal, weights, "valid").tolist())
assert (np.convolve(signal, weights, "valid") == np.correlate(signal, weights[::-1], "valid")).all()

theirs = minigrad.conv2d(minigrad.tensor(image[None, None]), minigrad.tensor(kernel[None, None]))
assert np.array_equal(theirs.numpy()[0, 0], correlate(image, kernel)), "minigrad correlates, too"

# %% [markdown]
"""
## What a filter can find

The filter above has positive weights at the left and negative ones at the right. On an even surface
it gives 0; where the ink (1) ends and the paper (0) begins a large number, and where the ink begins
a large negative one. It finds vertical edges. Turned by 90° it finds horizontal ones. Filters of
this kind are what the first layer in lesson 11 has learned by itself.

The same weights are used at each place. So if the digit moves, its edges move along, and nothing
has to be learned anew.
"""

# %%
digits = RenderedDigits(count=10)
digit = digits.data.numpy()[5].astype(float) / 255                  # (28, 28)
edges = {"vertical edges": kernel, "horizontal edges": kernel.T, "blur": np.full((3, 3), 1 / 9)}
found = {name: correlate(digit, w) for name, w in edges.items()}    # each (26, 26)

moved = np.roll(digit, 2, axis=1)                                   # 2 pixels to the right
assert not digit[:, -2:].any(), "nothing went over the border"
for name, w in edges.items():
    assert np.allclose(correlate(moved, w)[:, 2:], found[name][:, :-2]), "the result moves along"

with plot.figure(10, 3.9, "One digit, three filters of 3×3") as fig:
    axes = fig.subplots(1, 4)
    axes[0].imshow(digit, cmap="gray_r")
    axes[0].set_title(f"a {int(digits.targets[5])}")
    for ax, (name, y) in zip(axes[1:], found.items()):
        top = np.abs(y).max()
        ax.imshow(y, cmap="PuOr", vmin=-top, vmax=top)
        ax.set_title(name)
        numbers = [["1/9" if name == "blur" else f"{v:3.0f}".replace("-", "−") for v in row]
                   for row in edges[name]]
        ax.set_xlabel("\n".join(" ".join(row) for row in numbers), family="monospace")
    for ax in axes:
        plot.bare(ax, frame=True)
print()
picture(fig, options, "edges")

# %% [markdown]
"""
## The whole layer, in seven loops

A layer has many images, several input channels (通道), several filters, and each filter has weights
for every channel. N images (N, C, H, W), O filters (O, C, KH, KW), and O biases give (N, O, OH,
OW):

    y[n, o, r, s] = b[o] + Σ_c Σᵢ Σⱼ w[o, c, i, j] · x[n, c, r + i, s + j]

Four loops for the place in the result, three for the sum. For the work, count the multiplications,
and with each goes one addition: 2 · N · O · OH · OW · C · KH · KW floating-point operations (FLOP).
"""


# %%
def seven_loops(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The definition. x (N, C, H, W), w (O, C, K, K) → (N, O, OH, OW); the bias comes later."""
    (n_images, channels, height, width), (filters, _, k, _) = x.shape, w.shape
    y = np.zeros((n_images, filters, height - k + 1, width - k + 1), x.dtype)
    for n in range(n_images):
        for o in range(filters):
            for r in range(y.shape[2]):
                for s in range(y.shape[3]):
                    total = 0.0
                    for c in range(channels):
                        for i in range(k):
                            for j in range(k):
                                total += w[o, c, i, j] * x[n, c, r + i, s + j]
                    y[n, o, r, s] = total
    return y


def layer(n: int, c: int, size: int, o: int) -> tuple[np.ndarray, np.ndarray]:
    """Random images (n, c, size, size) and filters (o, c, 3, 3), float32."""
    return (rng.standard_normal((n, c, size, size)).astype(np.float32),
            rng.standard_normal((o, c, 3, 3)).astype(np.float32))


def flop(x: np.ndarray, w: np.ndarray) -> int:
    """Multiplications and additions of the layer."""
    (n, c, height, width), (o, _, k, _) = x.shape, w.shape
    return 2 * n * o * (height - k + 1) * (width - k + 1) * c * k * k


small, large = layer(4, 3, 12, 8), layer(32, 16, 28, 32)
print("\nTwo layers to measure with")
for name, (x, w) in (("small", small), ("large", large)):
    print(f"  {name}  images {str(x.shape):16}  filters {str(w.shape):14}  {flop(x, w):12,} FLOP")

# %% [markdown]
"""
## A window at a time

In Python each turn of a loop costs far more than the multiplication in it. The three inner loops
are a dot product of two lists of C·K·K numbers, the window and the filter. For all images and all
filters at once it is a matrix product:

    (N, C·K·K) @ (C·K·K, O) → (N, O)

What is left are two loops, over the rows and columns of the result.
"""


# %%
def window_by_window(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Two loops and a matrix product for each place."""
    o, c, k, _ = w.shape
    oh, ow = x.shape[2] - k + 1, x.shape[3] - k + 1
    matrix = w.reshape(o, c * k * k).T                              # (C·K·K, O)
    y = np.empty((len(x), o, oh, ow), x.dtype)
    for r in range(oh):
        for s in range(ow):
            window = x[:, :, r:r + k, s:s + k].reshape(len(x), c * k * k)
            y[:, :, r, s] = window @ matrix                         # (N, C·K·K) @ (C·K·K, O)
    return y


assert np.allclose(window_by_window(*small), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## im2col: all windows at once

A matrix product (GEMM in the language of libraries) is fast when it is large: then each number that
was fetched from memory is used many times. So write out *every* window as a column of one matrix.
This is called im2col, "image to columns". Now the whole layer is one product for each image:

    (O, C·K·K) @ (C·K·K, OH·OW) → (O, OH·OW)

The price is memory: windows overlap, so most pixels are written K·K times.
"""


# %%
def im2col(x: np.ndarray, k: int) -> np.ndarray:
    """The windows as columns: (N, C, H, W) → (N, C·K·K, OH·OW)."""
    oh, ow = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.empty((len(x), x.shape[1] * k * k, oh * ow), x.dtype)
    for r in range(oh):
        for s in range(ow):
            columns[:, :, r * ow + s] = x[:, :, r:r + k, s:s + k].reshape(len(x), -1)
    return columns


def by_im2col(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """One matrix product for each image."""
    o, _, k, _ = w.shape
    y = w.reshape(o, -1) @ im2col(x, k)                 # (O, C·K·K) @ (N, C·K·K, OH·OW)
    return y.reshape(len(x), o, x.shape[2] - k + 1, x.shape[3] - k + 1)


assert np.allclose(by_im2col(*small), seven_loops(*small), atol=1e-4)
columns = im2col(image[None, None], 3)[0]                           # (1, 1, 4, 4) → (9, 4)
print("\nThe image 0 … 15 as columns (9 rows, 4 windows)")
for row in columns.astype(int):
    print("  " + "".join(f"{v:4d}" for v in row))
assert np.array_equal(columns[:, 0], [0, 1, 2, 4, 5, 6, 8, 9, 10])

# %% [markdown]
"""
The picture shows where each pixel goes: its number and its color stay. Pixels 5, 6, 9 and 10 lie in
all four windows, so they appear four times, the corners once.

Below it is the same layer as one large matrix A, with which y = A x, where x is the image as a
list of 16 numbers. Each row holds the filter at one place, and zeros elsewhere. Nobody computes
with A, as it is nearly all zeros; but it will tell us the gradient.
"""

# %%
units = np.eye(16).reshape(16, 4, 4)                                # images with a single 1
A = np.stack([correlate(unit, kernel).ravel() for unit in units], axis=1)       # (4, 16)
assert np.array_equal(A @ image.ravel(), correlate(image, kernel).ravel())
assert np.array_equal(kernel.ravel() @ columns, correlate(image, kernel).ravel())


def numbered(ax: Axes, table: np.ndarray, colors: np.ndarray, title: str) -> None:
    """A table of numbers on colored cells."""
    ax.imshow(colors, cmap="YlGnBu", vmin=-1, vmax=24)
    for (r, s), value in np.ndenumerate(table):
        ax.text(s, r, str(value), ha="center", va="center", fontsize=11)
    ax.set_title(title, fontsize=13)
    plot.bare(ax)


def frame(ax: Axes, width: float, height: float) -> None:
    """A frame around the first window."""
    ax.add_patch(Rectangle((-0.45, -0.45), width - 0.1, height - 0.1, fill=False, linewidth=3,
                           edgecolor=plot.ORANGE))


with plot.figure(10, 5.2, "im2col: where each pixel goes") as fig:
    axes = fig.subplot_mosaic([["image", "windows"], ["A", "windows"]], width_ratios=(2.6, 1))
    numbered(axes["image"], image.astype(int), image, "the image, and its first window")
    numbered(axes["windows"], columns.astype(int), columns, "4 windows as columns")
    frame(axes["image"], 3, 3)
    frame(axes["windows"], 1, 9)
    axes["image"].set_anchor("W")
    right = axes["A"]
    right.imshow(A, cmap="PuOr", vmin=-5, vmax=5)
    for (r, s), value in np.ndenumerate(A):
        if value:
            right.text(s, r, f"{value:.0f}".replace("-", "−"), ha="center", va="center")
    right.set(xticks=range(16), yticks=range(4), xlabel="pixel", ylabel="place")
    right.set_title("the same layer as one matrix A", fontsize=13)
print()
picture(fig, options, "im2col")

# %% [markdown]
"""
## Windows without copying: strides

An array is a row of numbers in memory, and a rule how to walk through it: the strides (步长), the
number of bytes to the next row, to the next column. The windows overlap in a regular way. So there
is a rule for them, too, and no loop is needed: to the next window along a row it is just one column
further. `sliding_window_view` sets these strides. Nothing is copied.

But a matrix product needs its columns really side by side. So `reshape` must copy here, in one go,
inside of NumPy: this is im2col without Python's loops.
"""


# %%
def strided(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """As by_im2col, the columns made from a view."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(2, 3))              # (N, C, OH, OW, K, K)
    n, _, oh, ow = view.shape[:4]
    columns = view.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * k * k, oh * ow)
    return (w.reshape(o, -1) @ columns).reshape(n, o, oh, ow)


view = sliding_window_view(image, (3, 3))                           # (2, 2, 3, 3)
print("\nWindows as a view of the image 0 … 15, float64 (8 bytes a number)")
print(f"  image     {str(image.shape):13} strides {image.strides}")
print(f"  windows   {str(view.shape):13} strides {view.strides}")
shared = np.shares_memory(image, view)
print(f"  memory    {image.size} numbers, shown as {view.size}; shared: {shared}")
assert shared and not np.shares_memory(image, view.reshape(4, 9)), "reshape had to copy"
assert np.allclose(strided(*small), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## The batch last

The columns are 9 times as much as the images, so look at how they are copied. In (N, C, H, W) a
window's row is OW neighbors in memory, 26 numbers here. Then comes a jump. Memory is fast only
where it is read in long runs.

So turn the order round, to (C, H, W, N): pixel by pixel, and for each pixel all images side by
side. Now a run is OW·N numbers, 832 here. And there is one product for the whole batch, whose
result lies in the same order, ready for the next layer:

    (O, C·K·K) @ (C·K·K, OH·OW·N) → (O, OH·OW·N)

To measure it, both run in turns, several times, and the best time of each counts: what disturbs a
run only makes it slower. minigrad keeps its activations like this in memory. You do not see it: the
shape stays (N, C, H, W), only the strides differ (`minigrad/backend/windows.py`).
"""


# %%
def batch_last(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x (C, H, W, N), w (O, C, K, K) → (O, OH, OW, N)."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(1, 2))              # (C, OH, OW, N, K, K)
    _, oh, ow, n = view.shape[:4]
    columns = view.transpose(0, 4, 5, 1, 2, 3).reshape(c * k * k, oh * ow * n)
    return (w.reshape(o, -1) @ columns).reshape(o, oh, ow, n)


def race(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The shortest time of each, in seconds."""
    best = dict.fromkeys(runs, np.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def turned(x: np.ndarray) -> np.ndarray:
    """(N, C, H, W) → (C, H, W, N), copied."""
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0))


first, last = large[0], turned(large[0])
copying = race({
    "(N, C, H, W)": lambda: sliding_window_view(first, (3, 3), axis=(2, 3))
    .transpose(0, 1, 4, 5, 2, 3).reshape(32, 144, 676),
    "batch last": lambda: sliding_window_view(last, (3, 3), axis=(1, 2))
    .transpose(0, 4, 5, 1, 2, 3).reshape(144, 676 * 32)}, ROUNDS)
print("\nMaking the columns of the large layer, 12 MB")
for name, seconds in copying.items():
    print(f"  {name:13} {seconds * 1e3:6.1f} ms")

as_tensor = minigrad.conv2d(minigrad.tensor(small[0]), minigrad.tensor(small[1])).numpy()
print("\nA result of minigrad.conv2d, float32 (4 bytes a number)")
print(f"  shape    {as_tensor.shape}         images, filters, rows, columns")
print(f"  strides  {as_tensor.strides}   the next image is the next number")
assert as_tensor.strides[0] == 4
y = batch_last(turned(small[0]), small[1])                          # (O, OH, OW, N)
assert np.allclose(y.transpose(3, 0, 1, 2), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## Blocks that stay in the cache, and a row of ones

The columns of the large layer are 12 MB. They are written to memory, read again for the product,
and thrown away. But a processor has a cache (缓存), a small memory that is several times as fast, of
one or two MB for each core. So make the columns for a few rows of the result only, multiply, and
use the *same* small buffer for the next rows: it never leaves the cache.

The bias comes for free. Add a row of ones under the columns and the bias as one more column of
the weights; then the product adds it by itself:

    [W | b] @ [columns]  =  W @ columns + b
              [   1   ]

This is how minigrad does it (`minigrad/backend/conv.py`). In short:
"""


# %%
def blocked(x: np.ndarray, w: np.ndarray, b: np.ndarray, rows: int) -> np.ndarray:
    """x (C, H, W, N), w (O, C, K, K), b (O,) → (O, OH, OW, N), some of the OH rows at a time."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(1, 2)).transpose(0, 4, 5, 1, 2, 3)
    oh, ow, n = view.shape[3:]                                      # view (C, K, K, OH, OW, N)
    matrix = np.concatenate([w.reshape(o, -1), b[:, None]], axis=1)             # (O, C·K·K + 1)
    y = np.empty((o, oh * ow * n), x.dtype)
    buffer = np.empty((c * k * k + 1) * rows * ow * n, x.dtype)
    for first in range(0, oh, rows):
        part = view[:, :, :, first:first + rows]                    # (C, K, K, rows, OW, N)
        height = part.shape[3]                                      # the last block may be lower
        columns = buffer[:(c * k * k + 1) * height * ow * n].reshape(c * k * k + 1, -1)
        columns[:-1].reshape(part.shape)[...] = part
        columns[-1] = 1
        np.matmul(matrix, columns, out=y[:, first * ow * n:(first + height) * ow * n])
    return y.reshape(o, oh, ow, n)


bias = rng.standard_normal(8).astype(np.float32)                    # (O,)
expected = seven_loops(*small) + bias[:, None, None]                # (N, O, OH, OW)
for rows in (1, 3, 100):
    y = blocked(turned(small[0]), small[1], bias, rows)             # (O, OH, OW, N)
    assert np.allclose(y.transpose(3, 0, 1, 2), expected, atol=1e-4)
theirs = minigrad.conv2d(*(minigrad.tensor(a) for a in (*small, bias))).numpy()
assert np.allclose(theirs, expected, atol=1e-4)

blocks = list(column_blocks(turned(large[0]), Geometry((3, 3)), (26, 26)))
print("\nThe large layer in minigrad")
print(f"  columns in all     {144 * 26 * 26 * 32 * 4 / 1e6:5.1f} MB")
print(f"  a buffer, at most  {COLUMNS / 1e6:5.1f} MB, or else one row of the result")
print(f"  so there are       {len(blocks):3} blocks of {blocks[0][2].nbytes / 1e6:.1f} MB")

# %% [markdown]
"""
## The race

What passes through the main memory can be counted. An array that fits into the cache costs nothing;
a large one counts each time it is read or written. |x| and |y| are the bytes of input and result.

    window by window               read |x|, write |y|: a window is small
    im2col, strided, batch last    read |x|, write the columns, read the columns, write |y|
    in blocks                      read |x|, write |y|: a block of columns is small

All versions run in turns, and the best time of each counts.
"""


# %%
def versions(x: np.ndarray, w: np.ndarray) -> dict[str, Callable[[], object]]:
    """All but the loops. Images that must lie batch-last do so already."""
    last, b = turned(x), np.zeros(len(w), x.dtype)
    row = 9 * last[:, 0].nbytes                                 # columns for one row of the result
    return {"window by window": lambda: window_by_window(x, w),
            "im2col": lambda: by_im2col(x, w),
            "strided view": lambda: strided(x, w),
            "batch last": lambda: batch_last(last, w),
            "in blocks": lambda: blocked(last, w, b, max(1, COLUMNS // row)),
            "minigrad": lambda: conv_forward(from_chwn(last), w, b, Geometry((3, 3)))}


loops_alone = race({"seven loops": lambda: seven_loops(*small)}, 1)
times = {"small": {**loops_alone, **race(versions(*small), 20)},
         "large": race(versions(*large), ROUNDS)}
x_bytes, y_bytes = large[0].nbytes, 32 * 32 * 26 * 26 * 4
columns_bytes = 16 * 9 * 26 * 26 * 32 * 4
traffic = dict.fromkeys(times["large"], x_bytes + y_bytes)
for name in ("im2col", "strided view", "batch last"):
    traffic[name] += 2 * columns_bytes

print("\nA convolution of 3×3")
print("                        small layer                   large layer")
print("                       ms    MFLOP/s           ms    MFLOP/s    MB through memory")
for name, seconds in times["small"].items():
    line = f"  {name:16}{seconds * 1e3:9.3f}  {flop(*small) / seconds / 1e6:9.1f}"
    if name in times["large"]:
        other = times["large"][name]
        line += (f"    {other * 1e3:9.1f}  {flop(*large) / other / 1e6:9.0f}"
                 f"    {traffic[name] / 1e6:9.1f}")
    print(line)
guess = times["small"]["seven loops"] * flop(*large) / flop(*small)
print(f"  at the speed of the small layer, seven loops would take {guess:.0f} s for the large one")

# %% [markdown]
"""
Not every idea is a gain by itself. `im2col` with its loops lets go of the cache: it is often slower
on the large layer than a window at a time. What counts is both together, few large products *and*
little traffic. On the small layer everything fits into the cache, and what you see is mostly the
cost of calling NumPy.

Mind the scale of the picture: from line to line it is ten times as fast.
"""

# %%
with plot.figure(10, 4.6, "Floating-point operations per second") as fig:
    ax = fig.subplots()
    names = list(times["small"])
    for shift, (size, color) in zip((-0.2, 0.2), (("small", plot.SKY), ("large", plot.BLUE))):
        work = flop(*(small if size == "small" else large))
        speeds = [work / times[size][name] if name in times[size] else np.nan for name in names]
        places = np.arange(len(names)) + shift
        bars = ax.barh(places, speeds, 0.38, color=color, label=f"{size} layer")
        captions = [f"{v / 1e9:.1f} G" if v > 1e9 else f"{v / 1e6:.1f} M" for v in speeds]
        captions = [c if v > 0 else "" for c, v in zip(captions, speeds)]
        ax.bar_label(bars, captions, padding=4, fontsize=11)
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names, xlabel="FLOP/s, logarithmic")
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    ax.margins(x=0.12)
    ax.invert_yaxis()
    ax.legend(loc="upper right")
print()
picture(fig, options, "race")

# %% [markdown]
"""
## Stride, padding, and the size of the result

Three more numbers say where the windows lie:

- **stride** (步幅) s: the filter moves on by s pixels, so the result is s times smaller.
- **padding** (填充) p: p rows and columns of zeros on each side. With p = (k − 1) / 2 a result of
  stride 1 keeps the size of the image.
- **dilation** d: the weights lie d pixels apart. k weights then reach over d (k − 1) + 1 pixels.

Along each axis there are n + 2p pixels, of which the last d (k − 1) cannot begin a window. Of the
places that remain every s-th is taken:

    size = ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1

⌊ ⌋ rounds down: pixels at the end that make no full step are not looked at.
"""


# %%
def size_of(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """The formula above."""
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


print("\n    n   k   s   p   d   size   unused   where")
for n, k, s, p, d, where in ((28, 3, 1, 0, 1, "C §5.2, the convolution"),
                             (26, 2, 2, 0, 1, "C §5.2, the pooling"),
                             (32, 3, 1, 0, 1, "E §4.4, E §5.2, the first convolution"),
                             (13, 2, 2, 0, 1, "E §4.4, the second pooling: the last row is lost"),
                             (28, 3, 1, 1, 1, "padding 1 keeps the size"),
                             (28, 5, 1, 2, 1, "so does 2 for 5×5"),
                             (28, 3, 2, 1, 1, "stride 2 instead of pooling"),
                             (28, 3, 1, 0, 2, "dilation 2: a 3×3 filter over 5×5 pixels")):
    begins = range(0, n + 2 * p - d * (k - 1), s)               # where a window can begin: counted
    y = minigrad.conv2d(minigrad.zeros(1, 1, n, n), minigrad.zeros(1, 1, k, k), stride=s, padding=p,
                        dilation=d)
    assert size_of(n, k, s, p, d) == len(begins) == y.shape[2] == y.shape[3]
    unused = n + 2 * p - (begins[-1] + d * (k - 1) + 1)
    print(f"  {n:3} {k:3} {s:3} {p:3} {d:3}   {len(begins):4}   {unused:6}   {where}")

# %% [markdown]
"""
## How much of the image a pixel sees

A pixel of the first result sees 3×3 pixels of the image. A pixel of the next convolution sees 3×3
of *those*, that is 5×5 of the image. After a pooling the neighbors are two image pixels apart, so
that from then on everything grows twice as fast. What a pixel sees is its receptive field (感受野) r;
the jump j is how far neighbors are apart:

    r ← r + (k − 1) · j          j ← j · s          at first r = 1, j = 1

We check it with gradients: take one pixel of the result, and ask which pixels of the image have a
slope. With weights of 1, and the mean instead of the maximum, the slope tells even more: the
number of paths from there. Pixels in the middle have many, those at the border few.
"""

# %%
net = [("conv 3×3", 3, 1), ("pool 2×2", 2, 2), ("conv 3×3", 3, 1), ("pool 2×2", 2, 2)]     # E §4.4
x = minigrad.zeros(1, 1, 32, 32).requires_grad_()                   # (1, 1, 32, 32)
ones = minigrad.ones(1, 1, 3, 3)
field, jump, y, paths = 1, 1, x, []
print("\nThe network of E §4.4\n  layer       size   jump   field   field found")
for name, k, s in net:
    y = minigrad.conv2d(y, ones) if s == 1 else nn.functional.avg_pool2d(y, 2) * 4
    field, jump = field + (k - 1) * jump, jump * s
    middle = y.shape[2] // 2
    (slopes,) = minigrad.autograd.grad(y[0, 0, middle, middle], x, retain_graph=True)
    paths.append(slopes.numpy()[0, 0])                              # (32, 32)
    rows = np.flatnonzero(paths[-1].any(axis=1))
    found_field = rows[-1] - rows[0] + 1
    print(f"  {name}  {y.shape[2]:6} {jump:6} {field:7} {found_field:13}")
    assert found_field == field
assert (field, jump, y.shape[2]) == (10, 4, 6)

with plot.figure(10, 3.2, "What one pixel of the result sees of the image") as fig:
    for ax, (name, _, _), count, last in zip(fig.subplots(1, 4), net, paths, (3, 4, 8, 10)):
        rows = np.flatnonzero(count.any(axis=1))
        center = (rows[0] + rows[-1]) / 2
        ax.imshow(count, cmap="Blues", vmin=0)
        ax.set(xlim=(center - 7, center + 7), ylim=(center + 7, center - 7))
        ax.set_title(f"after {name}", fontsize=13)
        ax.set_xlabel(f"{last}×{last} pixels")
        plot.bare(ax, frame=True)
print()
picture(fig, options, "receptive_field")

# %% [markdown]
"""
## The gradients, by hand

The layer after this one hands us g = ∂L/∂y, a number for each pixel of the result: (N, O, OH, OW).
The definition says which weight met which pixel:

    y[n, o, r, s] = b[o] + Σ w[o, c, i, j] · x[n, c, r + i, s + j]

**The weights.** w[o, c, i, j] was multiplied with x[n, c, r + i, s + j] in every image and at every
place. Slopes of all paths add up:

    ∂L/∂w[o, c, i, j] = Σ_n Σ_r Σ_s g[n, o, r, s] · x[n, c, r + i, s + j]

Compare: this is again a cross-correlation, of x with g as the filter. In columns it is one product,
G @ columnsᵀ. And the row of ones gives the bias for nothing, since b met a 1 everywhere:

    ∂L/∂b[o] = Σ_n Σ_r Σ_s g[n, o, r, s]

**The pixels.** Pixel (p, q) was under weight (i, j) when the filter lay at (p − i, q − j):

    ∂L/∂x[n, c, p, q] = Σ_o Σᵢ Σⱼ w[o, c, i, j] · g[n, o, p − i, q − j]

There are the minus signs of the mathematician: this one is a true convolution. It is computed
backward: each place (r, s) adds g[r, s] · w to the window it came from. That is col2im, the way
back.
"""


# %%
def windows(x: np.ndarray, k: int, stride: int, padding: int) -> np.ndarray:
    """All windows: (N, C, H, W) → (N, C, OH, OW, K, K), a view of the padded images."""
    border = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    return sliding_window_view(np.pad(x, border), (k, k), axis=(2, 3))[:, :, ::stride, ::stride]


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """y (N, O, OH, OW)."""
    view = windows(x, w.shape[2], stride, padding)
    return np.einsum("ncrsij,ocij->nors", view, w) + b[:, None, None]


def gradients(x: np.ndarray, w: np.ndarray, g: np.ndarray, stride: int,
              padding: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∂L/∂x, ∂L/∂w, ∂L/∂b, each of the shape of its array."""
    k, (oh, ow) = w.shape[2], g.shape[2:]
    dw = np.einsum("nors,ncrsij->ocij", g, windows(x, k, stride, padding))
    back = np.einsum("nors,ocij->ncrsij", g, w)                     # for each window, its gradient
    dx = np.pad(np.zeros_like(x), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    for i in range(k):                                              # col2im: add where they overlap
        for j in range(k):
            dx[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride] += back[..., i, j]
    height, width = x.shape[2:]
    return dx[:, :, padding:padding + height, padding:padding + width], dw, g.sum(axis=(0, 2, 3))


# %% [markdown]
"""
Three ways to the same numbers: measured, by hand, and by minigrad. g is random: if it were all
ones, a mistake that only moves numbers around would not be seen.
"""


# %%
def measured(loss: Callable[[], float], array: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The slope of the loss along each entry of the array: (f(x + h) − f(x − h)) / 2h."""
    slopes = np.empty_like(array)
    for at in np.ndindex(array.shape):
        value = array[at]
        array[at] = value + h
        above = loss()
        array[at] = value - h
        slopes[at] = (above - loss()) / (2 * h)
        array[at] = value
    return slopes


print("\nThe gradients of L = Σ g · y, largest difference")
print("  stride  padding   of       shape           measured − by hand   minigrad − by hand")
by_hand = {}
for stride, padding in ((1, 0), (2, 1)):
    x, w, b = rng.normal(size=(2, 3, 7, 7)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    g = rng.normal(size=forward(x, w, b, stride, padding).shape)            # (2, 4, OH, OW)
    ours = gradients(x, w, g, stride, padding)
    tensors = [minigrad.tensor(a, requires_grad=True) for a in (x, w, b)]
    minigrad.conv2d(*tensors, stride=stride, padding=padding).backward(minigrad.tensor(g))
    for name, array, mine, tensor in zip("xwb", (x, w, b), ours, tensors):
        slopes = measured(lambda: float((g * forward(x, w, b, stride, padding)).sum()), array)
        gaps = abs(slopes - mine).max(), abs(tensor.grad.numpy() - mine).max()
        print(f"  {stride:6}  {padding:7}   ∂L/∂{name}   {str(mine.shape):14}  {gaps[0]:18.0e}"
              f"   {gaps[1]:18.0e}")
        assert gaps[0] < 1e-7 and gaps[1] < 1e-12 and mine.shape == array.shape
    by_hand[stride] = (x, w, g, ours[0])

# %% [markdown]
"""
## The transposed convolution

Remember the matrix A of the picture, y = A x. The slope of yₐ along xₚ is A[a, p], so by the chain
rule

    ∂L/∂x = Aᵀ g

which is why the way back is called a transposed convolution (转置卷积). It turns small images into
large ones and can be used as a layer of its own (`nn.ConvTranspose2d`). Written out, it is a
convolution again:

1. With stride s, put s − 1 zeros between the numbers of g.
2. Put k − 1 zeros around it, so that the filter can also lie over the edge.
3. Turn the filters by 180°, let input and output channels change places, and correlate.
"""


# %%
def transposed(g: np.ndarray, w: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """∂L/∂x by the three steps: g (N, O, OH, OW), w (O, C, K, K) → (N, C, H, W)."""
    (n, o, oh, ow), k = g.shape, w.shape[2]
    spread = np.zeros((n, o, (oh - 1) * stride + 1, (ow - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = g                            # 1
    turned_w = w[:, :, ::-1, ::-1].swapaxes(0, 1)                   # 3: (C, O, K, K)
    full = forward(spread, turned_w, np.zeros(w.shape[1]), 1, k - 1)        # 2
    return full[:, :, padding:full.shape[2] - padding, padding:full.shape[3] - padding]


small_g = np.array([[1.0, 2.0], [3.0, 4.0]])                        # for the 4×4 image above
way_back = transposed(small_g[None, None], kernel[None, None], 1, 0)[0, 0]
assert np.array_equal((A.T @ small_g.ravel()).reshape(4, 4), way_back)
print("\nThe way back: Aᵀ g for g = [1 2; 3 4] and the edge filter")
for row in way_back:
    print("  " + "".join(f"{v:5.0f}" for v in row))

for stride, (x, w, g, dx) in by_hand.items():
    padding = stride - 1
    as_layer = minigrad.conv_transpose2d(minigrad.tensor(g), minigrad.tensor(w), stride=stride,
                                         padding=padding).numpy()
    assert np.allclose(transposed(g, w, stride, padding), dx) and np.allclose(as_layer, dx)
    print(f"  stride {stride}: {g.shape} → {dx.shape}: the steps, conv_transpose2d, ∂L/∂x agree")

# %% [markdown]
"""
## Max-pooling: where the gradient goes

Max-pooling (最大池化) keeps the largest number of each window. If the largest grows by h, the result
grows by h; if another one does, nothing changes. So

    ∂y/∂x = 1 for the largest, 0 for the others

and the gradient of each window goes to its winner alone. Forward must remember who won. Windows may
overlap (3×3 with stride 1, say); then a pixel can win several times, and its gradients add up.
"""


# %%
def max_pool(x: np.ndarray, k: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """The maxima and who won, 0 … K·K − 1: both (N, C, OH, OW)."""
    view = windows(x, k, stride, 0)
    flat = view.reshape(*view.shape[:4], k * k)                     # (N, C, OH, OW, K·K)
    return flat.max(axis=-1), flat.argmax(axis=-1)              # argmax: the first of equal ones


def max_pool_gradient(g: np.ndarray, winners: np.ndarray, shape: tuple[int, ...], k: int,
                      stride: int) -> np.ndarray:
    """∂L/∂x (N, C, H, W): each g is added where its window's winner was."""
    n, c, r, s = np.indices(g.shape)
    dx = np.zeros(shape)
    np.add.at(dx, (n, c, r * stride + winners // k, s * stride + winners % k), g)
    return dx


print("\nMax-pooling, largest difference")
print("  window  stride   measured − by hand   minigrad − by hand")
for k, stride in ((2, 2), (3, 1), (3, 2)):
    x = rng.permutation(2 * 2 * 7 * 7).reshape(2, 2, 7, 7) / 10     # no two numbers are equal
    y, winners = max_pool(x, k, stride)
    g = rng.normal(size=y.shape)
    dx = max_pool_gradient(g, winners, x.shape, k, stride)
    slopes = measured(lambda: float((g * max_pool(x, k, stride)[0]).sum()), x)
    tensor = minigrad.tensor(x, requires_grad=True)
    nn.functional.max_pool2d(tensor, k, stride).backward(minigrad.tensor(g))
    gaps = abs(slopes - dx).max(), abs(tensor.grad.numpy() - dx).max()
    print(f"  {k:6}  {stride:6}   {gaps[0]:18.0e}   {gaps[1]:18.0e}")
    assert gaps[0] < 1e-7 and gaps[1] < 1e-12

# %% [markdown]
"""
What if two are equally large? There the result has a kink: to the right it rises, to the left it
stays. No derivative exists, and every choice from 0 to 1 is defensible. minigrad, like PyTorch,
gives all to the first one, row by row. In images this happens often: in an empty corner all pixels
are equal, and after a ReLU whole windows are 0.
"""

# %%
tie = np.array([[1.0, 5.0], [5.0, 0.0]])
g = np.array([[[[2.0]]]])                                           # (1, 1, 1, 1)
tensor = minigrad.tensor(tie[None, None], requires_grad=True)
nn.functional.max_pool2d(tensor, 2).backward(minigrad.tensor(g))
theirs = tensor.grad.numpy()[0, 0]                                  # (2, 2)
_, winners = max_pool(tie[None, None], 2, 2)
ours = max_pool_gradient(g, winners, (1, 1, 2, 2), 2, 2)[0, 0]      # (2, 2)

print("\nA tie: the window [1 5; 5 0] with g = 2")
print("  pixel   slope to the left   to the right   by hand   minigrad")
for at in np.ndindex(2, 2):
    step = np.zeros((2, 2))
    step[at] = 0.001
    left = 2 * (tie.max() - (tie - step).max()) / 0.001
    right = 2 * ((tie + step).max() - tie.max()) / 0.001
    print(f"  {at}   {left:17.1f}   {right:12.1f}   {ours[at]:7.1f}   {theirs[at]:8.1f}")
assert np.array_equal(ours, [[0, 2], [0, 0]]) and np.array_equal(theirs, ours)

# %% [markdown]
"""
## Batch normalization: three ways back

Between the convolutions of larger networks stands a batch normalization (批归一化). Each feature, a
column x of N numbers, is brought to mean 0 and spread 1 over the batch, then scaled and shifted:

    μ = mean of x      s² = mean of (x − μ)²      x̂ = (x − μ) / √(s² + ε)      y = γ x̂ + β

γ and β meet every sample, so their gradients are sums: ∂L/∂γ = Σ g x̂, ∂L/∂β = Σ g. For x there are
three ways to the loss, because each sample has a share in μ and in s²: directly, through μ, and
through s². We cut ways with detach, which makes a constant of a number, and see what is lost.
"""

# %%
draw = np.random.default_rng(options.seed)
x, g = draw.normal(size=(6, 2)) * 3 + 1, draw.normal(size=(6, 2))    # N = 6 samples of 2 features
gamma = np.array([1.0, -2.0])


def normalized(x: minigrad.Tensor, mean: bool = True, spread: bool = True) -> minigrad.Tensor:
    """y (N, features) with β = 0; what is False is a constant for the gradient."""
    mu = x.mean(0)                                                  # (features,)
    s2 = ((x - mu) ** 2).mean(0)
    mu, s2 = mu if mean else mu.detach(), s2 if spread else s2.detach()
    return minigrad.tensor(gamma) * (x - mu) / (s2 + 1e-5) ** 0.5


slopes = measured(lambda: float((g * normalized(minigrad.tensor(x)).numpy()).sum()), x)
print("\nBatch normalization, the gradient of x for the first feature, and its sum over the batch")
print(f"  measured             {' '.join(f'{v:7.3f}' for v in slopes[:, 0])}   {slopes[:, 0].sum():7.3f}")
found = {}
for name, ways in (("all three ways", (True, True)), ("without that by s²", (True, False)),
                   ("without that by μ", (False, True)), ("directly only", (False, False))):
    tensor = minigrad.tensor(x, requires_grad=True)
    normalized(tensor, *ways).backward(minigrad.tensor(g))
    found[name] = tensor.grad.numpy()                               # (6, 2)
    column = found[name][:, 0]
    print(f"  {name:18}   {' '.join(f'{v:7.3f}' for v in column)}   {column.sum():7.3f}")
assert np.allclose(found["all three ways"], slopes, atol=1e-6)
assert np.allclose(found["all three ways"].sum(0), 0, atol=1e-9)
assert abs(found["directly only"].sum(0)).min() > 1e-3

# %% [markdown]
"""
Only all three together are what was measured, and only then the column adds up to 0. It has to:
shifting all samples by the same number does not change y. That is a check without a computer, and it
sees when the way through μ is missing. It does not see the one through s². For that there is
another: with ε = 0, making x − μ twice as large does not change y either, so Σ x̂ · ∂L/∂x is 0 as well.
"""

# %%
centered = (x - x.mean(0)) / np.sqrt(x.var(0))
print("\nΣ x̂ · ∂L/∂x of both features")
for name, gradient in found.items():
    print(f"  {name:18}   {' '.join(f'{v:8.4f}' for v in (centered * gradient).sum(0))}")
assert np.allclose((centered * found["all three ways"]).sum(0), 0, atol=1e-4)
assert abs((centered * found["without that by s²"]).sum(0)).min() > 1e-3

# %% [markdown]
"""
## The document, tested

Document C (§5.3) explains its pooling layer with one half-sentence. We count.
"""


# %%
def parameters(pooled: bool) -> list[int]:
    """The number of parameters of each layer of C §5.2, with or without its pooling."""
    side = size_of(28, 3)                                           # 26
    side = size_of(side, 2, 2) if pooled else side                  # 13
    layers = [nn.Conv2d(1, 32, 3), nn.MaxPool2d(2) if pooled else nn.Identity(),
              nn.Linear(32 * side * side, 64), nn.Linear(64, 10)]
    return [sum(p.numel() for p in layer.parameters()) for layer in layers]


with_pool, without = parameters(True), parameters(False)
claim("C §5.3", "what the pooling layer is for (减少参数数量)",
      printed="a max-pooling layer of 2×2, which reduces the number of parameters",
      computed="            convolution    pooling        linear   linear        all\n"
               + "\n".join(f"{name:9}   {n[0]:11,} {n[1]:10} {n[2]:13,} {n[3]:8,} {sum(n):10,}"
                           for name, n in (("with it", with_pool), ("without", without))),
      verdict="right", shown=sum(with_pool) == 347_146 < sum(without) and with_pool[1] == 0,
      why="Those of the linear layer behind it, to a quarter. The pooling itself has no "
          "parameters, and those of the convolution stay the same.")

write_results(options.output / "results.json", options, lesson="convolution",
              seconds={size: dict(found) for size, found in times.items()},
              flop={"small": flop(*small), "large": flop(*large)})

# %% [markdown]
"""
## What to remember

- A convolution lays the same few weights on every place of the image: y[r, s] = Σ w[i, j] · x[r +
  i, s + j].
- Written as columns (im2col), the windows make it a matrix product. It is fast when the product is
  large and the columns do not leave the cache.
- Its gradients are convolutions again: ∂L/∂w correlates x with g, ∂L/∂x adds w · g back into the
  windows.
- Max-pooling passes the gradient to the winner of each window, the first one if there are several.
- In a batch normalization every sample moves μ and s², so its gradient has three ways back; the
  gradients of a column add up to 0.
- The size is ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1; the receptive field grows by (k − 1) · jump.

## Things to try

- Exercise 9 (`python -m lessons check 9`): im2col and col2im with stride and padding. Exercise 10:
  the gradient of max-pooling. Exercise 12: that of batch normalization, as one formula.
- Give `blocked` other numbers of rows for the large layer, 1, 2, 4, 26, and measure. Where does it
  leave the cache of your machine?
- Two convolutions of 3×3 see 5×5 pixels. How many weights do they have, and how many has one of
  5×5?
"""
