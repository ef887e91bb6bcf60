# ---
# title: convolution a thousand times as fast
# documents: none, it goes beyond them
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# A convolution, made fast

**You will know** what makes a convolution fast, how large its result is, and
how much a deep layer sees.
**Time:** 45 minutes. **You need:** lesson 28 (convolution).

The loops of lesson 28 (convolution) are right and slow. Four steps make them
thousands of times as fast.
"""

# %% tags=["hidden"]
import sys
import time
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import minigrad
from lessons.support import (begin, earlier, picture, read_options,
                             write_results)
from minigrad import nn, plot
from minigrad.backend.conv import column_blocks, conv_forward
from minigrad.backend.tuning import COLUMNS
from minigrad.backend.windows import Geometry, from_chwn

options = read_options("fast_convolution", "A convolution, made fast.")
begin(options)
carried = earlier("convolution")
(ROUNDS, by_im2col, flop, image, large, rng, seven_loops, small,
 window_by_window) = map(carried.get, (
    "ROUNDS by_im2col flop image large rng seven_loops small "
    "window_by_window").split())


# %% [markdown]
"""
## Windows without copying: strides

An array is a row of numbers in memory, and a rule how to walk through it: the
strides (步长), the number of bytes to the next row, to the next column. The
windows overlap in a regular way. So there is a rule for them, too, and no loop
is needed: to the next window along a row it is just one column further.
`sliding_window_view` sets these strides. Nothing is copied.

But a matrix product needs its columns really side by side. So `reshape` must
copy here, in one go, inside NumPy: this is im2col without Python's loops.
"""


# %%
def strided(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """As by_im2col, the columns made from a view."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(2, 3))  # (N, C, OH, OW, K, K)
    n, _, oh, ow = view.shape[:4]
    columns = view.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * k * k, oh * ow)
    return (w.reshape(o, -1) @ columns).reshape(n, o, oh, ow)


view = sliding_window_view(image, (3, 3))  # (2, 2, 3, 3)
print("\nWindows as a view of the image 0 … 15, float64 (8 bytes a number)")
print(f"  image     {str(image.shape):13} strides {image.strides}")
print(f"  windows   {str(view.shape):13} strides {view.strides}")
shared = np.shares_memory(image, view)
print(f"  memory    {image.size} numbers, shown as {view.size}; shared: "
      f"{shared}")
assert shared and not np.shares_memory(image, view.reshape(4, 9)), "a copy"
assert np.allclose(strided(*small), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## The batch last

The columns are 9 times as much as the images, so look at how they are copied.
In (N, C, H, W) a window's row is OW neighbors in memory, 26 numbers here. Then
comes a jump. Memory is fast only where it is read in long runs.

So turn the order round, to (C, H, W, N): pixel by pixel, and for each pixel all
images side by side. Now a run is OW·N numbers, 832 here. And there is one
product for the whole batch, whose result lies in the same order, ready for the
next layer:

    (O, C·K·K) @ (C·K·K, OH·OW·N) → (O, OH·OW·N)

To measure it, both run in turns, several times, and the best time of each
counts: what disturbs a run only makes it slower. minigrad keeps its activations
like this in memory. You do not see it: the shape stays (N, C, H, W), only the
strides differ (`minigrad/backend/windows.py`).
"""


# %%
def batch_last(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x (C, H, W, N), w (O, C, K, K) → (O, OH, OW, N)."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(1, 2))  # (C, OH, OW, N, K, K)
    _, oh, ow, n = view.shape[:4]
    columns = view.transpose(0, 4, 5, 1, 2, 3).reshape(c * k * k, oh * ow * n)
    return (w.reshape(o, -1) @ columns).reshape(o, oh, ow, n)


def race(runs: dict[str, Callable[[], object]],
         rounds: int) -> dict[str, float]:
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

as_tensor = minigrad.conv2d(minigrad.tensor(small[0]),
                            minigrad.tensor(small[1])).numpy()
print("\nA result of minigrad.conv2d, float32 (4 bytes a number)")
print(f"  shape    {as_tensor.shape}         images, filters, rows, columns")
print(f"  strides  {as_tensor.strides}   the next image is the next number")
assert as_tensor.strides[0] == 4
y = batch_last(turned(small[0]), small[1])  # (O, OH, OW, N)
assert np.allclose(y.transpose(3, 0, 1, 2), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## Blocks that stay in the cache, and a row of ones

The columns of the large layer are 12 MB. They are written to memory, read again
for the product, and thrown away. But a processor has a cache (缓存), a small
memory that is several times as fast, of one or two MB for each core. So make
the columns for a few rows of the result only, multiply, and use the *same*
small buffer for the next rows: it never leaves the cache.

The bias comes for free. Add a row of ones under the columns and the bias as one
more column of the weights; then the product adds it by itself:

    [W | b] @ [columns]  =  W @ columns + b
              [   1   ]

This is how minigrad does it (`minigrad/backend/conv.py`). In short:
"""


# %%
def blocked(x: np.ndarray, w: np.ndarray, b: np.ndarray,
            rows: int) -> np.ndarray:
    """x (C, H, W, N) → (O, OH, OW, N), some of the OH rows at a time."""
    o, c, k, _ = w.shape
    view = sliding_window_view(x, (k, k), axis=(1, 2))
    view = view.transpose(0, 4, 5, 1, 2, 3)     # (C, K, K, OH, OW, N)
    oh, ow, n = view.shape[3:]
    matrix = np.concatenate([w.reshape(o, -1), b[:, None]], axis=1)
    y = np.empty((o, oh * ow * n), x.dtype)
    wide = c * k * k + 1                        # matrix (O, wide)
    buffer = np.empty(wide * rows * ow * n, x.dtype)
    for first in range(0, oh, rows):
        part = view[:, :, :, first:first + rows]    # (C, K, K, rows, OW, N)
        height = part.shape[3]                  # the last block may be lower
        columns = buffer[:wide * height * ow * n].reshape(wide, -1)
        columns[:-1].reshape(part.shape)[...] = part
        columns[-1] = 1
        np.matmul(matrix, columns,
                  out=y[:, first * ow * n:(first + height) * ow * n])
    return y.reshape(o, oh, ow, n)


bias = rng.standard_normal(8).astype(np.float32)                    # (O,)
expected = seven_loops(*small) + bias[:, None, None]  # (N, O, OH, OW)
for rows in (1, 3, 100):
    y = blocked(turned(small[0]), small[1], bias, rows)  # (O, OH, OW, N)
    assert np.allclose(y.transpose(3, 0, 1, 2), expected, atol=1e-4)
theirs = minigrad.conv2d(*(minigrad.tensor(a) for a in (*small, bias))).numpy()
assert np.allclose(theirs, expected, atol=1e-4)

blocks = list(column_blocks(turned(large[0]), Geometry((3, 3)), (26, 26)))
print("\nThe large layer in minigrad")
print(f"  columns in all     {144 * 26 * 26 * 32 * 4 / 1e6:5.1f} MB")
print(f"  a buffer, at most  {COLUMNS / 1e6:5.1f} MB, or else one row of "
      "the result")
print(f"  so there are       {len(blocks):3} blocks of "
      f"{blocks[0][2].nbytes / 1e6:.1f} MB")

# %% [markdown]
"""
## The race

What passes through the main memory can be counted. An array that fits into the
cache costs nothing; a large one counts each time it is read or written. |x| and
|y| are the bytes of input and result.

    window by window             read |x|, write |y|: a window is small
    im2col, strided, batch last  read |x|, write and read the columns, write |y|
    in blocks                    read |x|, write |y|: a block is small

All versions run in turns, and the best time of each counts.
"""


# %%
def versions(x: np.ndarray, w: np.ndarray) -> dict[str, Callable[[], object]]:
    """All but the loops. Images that must lie batch-last do so already."""
    last, b = turned(x), np.zeros(len(w), x.dtype)
    row = 9 * last[:, 0].nbytes  # columns for one row of the result
    return {
        "window by window": lambda: window_by_window(x, w),
        "im2col": lambda: by_im2col(x, w),
        "strided view": lambda: strided(x, w),
        "batch last": lambda: batch_last(last, w),
        "in blocks": lambda: blocked(last, w, b, max(1, COLUMNS // row)),
        "minigrad": lambda: conv_forward(from_chwn(last), w, b,
                                         Geometry((3, 3))),
    }


loops_alone = race({"seven loops": lambda: seven_loops(*small)}, 1)
times = {"small": {**loops_alone, **race(versions(*small), 20)},
         "large": race(versions(*large), ROUNDS)}
x_bytes, y_bytes = large[0].nbytes, 32 * 32 * 26 * 26 * 4
columns_bytes = 16 * 9 * 26 * 26 * 32 * 4
traffic = dict.fromkeys(times["large"], x_bytes + y_bytes)
for name in ("im2col", "strided view", "batch last"):
    traffic[name] += 2 * columns_bytes

print("\nA convolution of 3×3")
print("                        small layer                   large layer   "
      "memory")
print("                       ms    MFLOP/s           ms    MFLOP/s       MB")
for name, seconds in times["small"].items():
    line = (f"  {name:16}{seconds * 1e3:9.3f}  "
            f"{flop(*small) / seconds / 1e6:9.1f}")
    if name in times["large"]:
        other = times["large"][name]
        line += (f"    {other * 1e3:9.1f}  {flop(*large) / other / 1e6:9.0f}"
                 f"{traffic[name] / 1e6:9.1f}")
    print(line)
guess = times["small"]["seven loops"] * flop(*large) / flop(*small)
print(f"  seven loops would take {guess:.0f} s for the large one")

# %% [markdown]
"""
Not every idea is a gain by itself. `im2col` with its loops lets go of the
cache: it is often slower on the large layer than a window at a time. What
counts is both together, few large products *and* little traffic. On the small
layer everything fits into the cache, and what you see is mostly the cost of
calling NumPy.

Mind the scale of the picture: from line to line it is ten times as fast.
"""

# %% tags=["hidden"]
with plot.figure(10, 4.6, "Floating-point operations per second") as fig:
    ax = fig.subplots()
    names = list(times["small"])
    bars = zip((-0.2, 0.2), (("small", plot.SKY), ("large", plot.BLUE)))
    for shift, (size, color) in bars:
        work = flop(*(small if size == "small" else large))
        speeds = [work / times[size].get(name, np.nan) for name in names]
        places = np.arange(len(names)) + shift
        bars = ax.barh(places, speeds, 0.38, color=color,
                       label=f"{size} layer")
        captions = [f"{v / 1e9:.1f} G" if v > 1e9 else
                    f"{v / 1e6:.1f} M" if v > 0 else "" for v in speeds]
        ax.bar_label(bars, captions, padding=4, fontsize=11)
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names,
           xlabel="FLOP/s, logarithmic")
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

- **stride** (步幅) s: the filter moves on by s pixels, so the result is s
  times smaller.
- **padding** (填充) p: p rows and columns of zeros on each side. With
  p = (k − 1) / 2 a result of stride 1 keeps the size of the image.
- **dilation** d: the weights lie d pixels apart. k weights then reach over
  d (k − 1) + 1 pixels.

Along each axis there are n + 2p pixels, of which the last d (k − 1) cannot
begin a window. Of the places that remain every s-th is taken:

    size = ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1

⌊ ⌋ rounds down: pixels at the end that make no full step are not looked at.
"""


# %%
def size_of(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """The formula above."""
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


print("\n    n   k   s   p   d   size   unused   where")
for n, k, s, p, d, where in (
        (28, 3, 1, 0, 1, "C §5.2, the convolution"),
        (26, 2, 2, 0, 1, "C §5.2, the pooling"),
        (32, 3, 1, 0, 1, "E §4.4, E §5.2, the first convolution"),
        (13, 2, 2, 0, 1, "E §4.4, second pooling: a row is lost"),
        (28, 3, 1, 1, 1, "padding 1 keeps the size"),
        (28, 5, 1, 2, 1, "so does 2 for 5×5"),
        (28, 3, 2, 1, 1, "stride 2 instead of pooling"),
        (28, 3, 1, 0, 2, "dilation 2: 3×3 over 5×5 pixels")):
    # where a window can begin: counted
    begins = range(0, n + 2 * p - d * (k - 1), s)
    y = minigrad.conv2d(minigrad.zeros(1, 1, n, n), minigrad.zeros(1, 1, k, k),
                        stride=s, padding=p, dilation=d)
    assert size_of(n, k, s, p, d) == len(begins) == y.shape[2] == y.shape[3]
    unused = n + 2 * p - (begins[-1] + d * (k - 1) + 1)
    print(f"  {n:3} {k:3} {s:3} {p:3} {d:3}   {len(begins):4}   {unused:6}   "
          f"{where}")

# %% [markdown]
"""
## How much of the image a pixel sees

A pixel of the first result sees 3×3 pixels of the image. A pixel of the next
convolution sees 3×3 of *those*, that is 5×5 of the image. After a pooling the
neighbors are two image pixels apart, so that from then on everything grows
twice as fast. What a pixel sees is its receptive field (感受野) r; the jump j
is how far neighbors are apart:

    r ← r + (k − 1) · j          j ← j · s          at first r = 1, j = 1

We check it with gradients: take one pixel of the result, and ask which pixels
of the image have a slope. With weights of 1, and the mean instead of the
maximum, the slope tells even more: the number of paths from there. Pixels in
the middle have many, those at the border few.
"""

# %%
# E §4.4
net = [("conv 3×3", 3, 1), ("pool 2×2", 2, 2), ("conv 3×3", 3, 1),
       ("pool 2×2", 2, 2)]
x = minigrad.zeros(1, 1, 32, 32).requires_grad_()  # (1, 1, 32, 32)
ones = minigrad.ones(1, 1, 3, 3)
field, jump, y, paths = 1, 1, x, []
print("\nThe network of E §4.4\n"
      "  layer       size   jump   field   field found")
for name, k, s in net:
    y = (minigrad.conv2d(y, ones) if s == 1 else
         nn.functional.avg_pool2d(y, 2) * 4)
    field, jump = field + (k - 1) * jump, jump * s
    middle = y.shape[2] // 2
    (slopes,) = minigrad.autograd.grad(y[0, 0, middle, middle], x,
                                        retain_graph=True)
    paths.append(slopes.numpy()[0, 0])                              # (32, 32)
    rows = np.flatnonzero(paths[-1].any(axis=1))
    found_field = rows[-1] - rows[0] + 1
    print(f"  {name}  {y.shape[2]:6} {jump:6} {field:7} {found_field:13}")
    assert found_field == field
assert (field, jump, y.shape[2]) == (10, 4, 6)

with plot.figure(10, 3.2, "What one pixel of the result sees") as fig:
    for ax, (name, _, _), count, last in zip(
            fig.subplots(1, 4), net, paths, (3, 4, 8, 10)):
        rows = np.flatnonzero(count.any(axis=1))
        center = (rows[0] + rows[-1]) / 2
        ax.imshow(count, cmap="Blues", vmin=0)
        ax.set(xlim=(center - 7, center + 7), ylim=(center + 7, center - 7))
        ax.set_title(f"after {name}", fontsize=13)
        ax.set_xlabel(f"{last}×{last} pixels")
        plot.bare(ax, frame=True)
print()
picture(fig, options, "receptive_field")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="fast_convolution")

# %% [markdown]
"""
## What to remember

- Written as columns (im2col), the windows make it a matrix product. It is
  fast when the product is large and the columns do not leave the cache.
- The size is ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1; the receptive field grows by
  (k − 1) · jump.

## Things to try

- Give `blocked` other numbers of rows for the large layer, 1, 2, 4, 26, and
  measure. Where does it leave the cache of your machine?
- Two convolutions of 3×3 see 5×5 pixels. How many weights do they have, and
  how many has one of 5×5?
"""
