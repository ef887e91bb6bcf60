# ---
# title: convolution opened up
# documents: C §5.3
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Convolution, opened up

**You will know** a convolution from one filter to a whole layer, as loops and
as a matrix product.
**Time:** 45 minutes. **You need:** lesson 23 (MNIST CNN).

Lessons 23 (MNIST CNN) and 25 (CIFAR10) used convolution as a ready layer. Here
we take it apart. We write its definition in loops, and then the same thing in
five other ways, until it is thousands of times as fast. Then come the
gradients, by hand; the same for max-pooling and for batch normalization; and
how much of the image a deep layer sees.

Every version is compared with the loops, number by number. The times are
measured on your machine.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

import minigrad
from lessons.figures.sliding import filter_sliding
from lessons.support import begin, picture, read_options, write_results
from minigrad import plot
from minigrad.vision.datasets import RenderedDigits

options = read_options("convolution", "Convolution opened up: loops, im2col.")
begin(options)
rng = np.random.default_rng(options.seed)
ROUNDS = 2 if options.quick else 5      # of each measurement of time

# %% [markdown]
"""
## One filter over one image

A filter, or kernel (卷积核), is a small table of weights w. Lay it on the image
x at some place, multiply each weight with the pixel under it, and add up. The
sum is one pixel of the result. Then move on.

    y[r, s] = Σᵢⱼ w[i, j] · x[r + i, s + j]

A 3×3 filter can lie on 4 − 3 + 1 = 2 rows of a 4×4 image, and on 2 columns: the
result is 2×2.
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
result = correlate(image, kernel)
for r in range(4):
    parts = [image[r], kernel[r] if r < 3 else [], result[r] if r < 2 else []]
    columns = ["".join(f"{v:4.0f}" for v in part) for part in parts]
    print(f"  {columns[0]}     {columns[1]:12}     {columns[2]}".rstrip())
print("  image 4×4            filter 3×3       result 2×2")
assert (result == -8).all(), "2 pixels on it is 2 more: (1 + 2 + 1) · −2"

# %% tags=["hidden"]
edge = np.repeat([[0.0, 0.0, 4.0, 4.0, 4.0]], 4, axis=0)        # (4, 5)
picture(filter_sliding(edge, -kernel, correlate(edge, -kernel)), options,
        "sliding")

# %% [markdown]
"""
## Convolution or cross-correlation?

Strictly, the formula above is a cross-correlation (互相关). A mathematician's
convolution (卷积) turns the filter by 180° first:

    (x ∗ w)[r, s] = Σᵢⱼ w[i, j] · x[r − i, s − j]

Turned so, the order does not matter, x ∗ w = w ∗ x, which makes nice theorems.
Libraries leave the turning out and keep the name. For a network it makes no
difference, since it learns the weights: it would learn them turned. NumPy has
both for one dimension.
"""

# %%
signal, weights = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 0.0, -1.0])
print("\nOne dimension: [1 2 4 8] with the filter [1 0 −1]")
print("  np.correlate ", np.correlate(signal, weights, "valid").tolist())
print("  np.convolve  ", np.convolve(signal, weights, "valid").tolist())
turned = np.correlate(signal, weights[::-1], "valid")
assert (np.convolve(signal, weights, "valid") == turned).all()

theirs = minigrad.conv2d(minigrad.tensor(image[None, None]),
                         minigrad.tensor(kernel[None, None]))
assert np.array_equal(theirs.numpy()[0, 0], result), "minigrad correlates, too"

# %% [markdown]
"""
## What a filter can find

The filter above has positive weights at the left and negative ones at the
right. On an even surface it gives 0; where the ink (1) ends and the paper (0)
begins a large number, and where the ink begins a large negative one. It finds
vertical edges. Turned by 90° it finds horizontal ones. Filters of this kind are
what the first layer in lesson 23 (MNIST CNN) has learned by itself.

The same weights are used at each place. So if the digit moves, its edges move
along, and nothing has to be learned again.
"""

# %%
digits = RenderedDigits(count=10)
digit = digits.data.numpy()[5].astype(float) / 255                  # (28, 28)
edges = {"vertical edges": kernel, "horizontal edges": kernel.T,
         "blur": np.full((3, 3), 1 / 9)}
# each (26, 26)
found = {name: correlate(digit, w) for name, w in edges.items()}

moved = np.roll(digit, 2, axis=1)  # 2 pixels to the right
assert not digit[:, -2:].any(), "nothing went over the border"
for name, w in edges.items():                   # the result moves along
    assert np.allclose(correlate(moved, w)[:, 2:], found[name][:, :-2])

with plot.figure(10, 3.9, "One digit, three filters of 3×3") as fig:
    axes = fig.subplots(1, 4)
    axes[0].imshow(digit, cmap="gray_r")
    axes[0].set_title(f"a {int(digits.targets[5])}")
    for ax, (name, y) in zip(axes[1:], found.items()):
        top = np.abs(y).max()
        ax.imshow(y, cmap="PuOr", vmin=-top, vmax=top)
        ax.set_title(name)
        numbers = [["1/9" if name == "blur" else f"{v:3.0f}".replace("-", "−")
                    for v in row] for row in edges[name]]
        ax.set_xlabel("\n".join(" ".join(row) for row in numbers),
                      family="monospace")
    for ax in axes:
        plot.bare(ax, frame=True)
print()
picture(fig, options, "edges")

# %% [markdown]
"""
## The whole layer, in seven loops

A layer has many images, several input channels (通道), several filters, and
each filter has weights for every channel. N images (N, C, H, W), O filters
(O, C, KH, KW), and O biases give (N, O, OH, OW):

    y[n, o, r, s] = b[o] + Σ_c Σᵢ Σⱼ w[o, c, i, j] · x[n, c, r + i, s + j]

Four loops for the place in the result, three for the sum. For the work, count
the multiplications, each of which comes with an addition:
2 · N · O · OH · OW · C · KH · KW floating-point operations (FLOP).
"""


# %%
def seven_loops(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The definition, but for the bias: (N, C, H, W) → (N, O, OH, OW)."""
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
    print(f"  {name}  images {str(x.shape):16}  filters {str(w.shape):14}  "
          f"{flop(x, w):12,} FLOP")

# %% [markdown]
"""
## A window at a time

In Python each turn of a loop costs far more than the multiplication in it. The
three inner loops are a dot product of two lists of C·K·K numbers, the window
and the filter. For all images and all filters at once it is a matrix product:

    (N, C·K·K) @ (C·K·K, O) → (N, O)

What is left are two loops, over the rows and columns of the result.
"""


# %%
def window_by_window(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Two loops and a matrix product for each place."""
    o, c, k, _ = w.shape
    oh, ow = x.shape[2] - k + 1, x.shape[3] - k + 1
    matrix = w.reshape(o, c * k * k).T  # (C·K·K, O)
    y = np.empty((len(x), o, oh, ow), x.dtype)
    for r in range(oh):
        for s in range(ow):
            window = x[:, :, r:r + k, s:s + k].reshape(len(x), c * k * k)
            y[:, :, r, s] = window @ matrix  # (N, C·K·K) @ (C·K·K, O)
    return y


assert np.allclose(window_by_window(*small), seven_loops(*small), atol=1e-4)

# %% [markdown]
"""
## im2col: all windows at once

A matrix product (GEMM in the language of libraries) is fast when it is large:
then each number that was fetched from memory is used many times. So write out
*every* window as a column of one matrix. This is called im2col, "image to
columns". Now the whole layer is one product for each image:

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
            columns[:, :, r * ow + s] = x[:, :, r:r + k,
                                          s:s + k].reshape(len(x), -1)
    return columns


def by_im2col(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """One matrix product for each image."""
    o, _, k, _ = w.shape
    y = w.reshape(o, -1) @ im2col(x, k)  # (O, C·K·K) @ (N, C·K·K, OH·OW)
    return y.reshape(len(x), o, x.shape[2] - k + 1, x.shape[3] - k + 1)


assert np.allclose(by_im2col(*small), seven_loops(*small), atol=1e-4)
columns = im2col(image[None, None], 3)[0]  # (1, 1, 4, 4) → (9, 4)
print("\nThe image 0 … 15 as columns (9 rows, 4 windows)")
for row in columns.astype(int):
    print("  " + "".join(f"{v:4d}" for v in row))
assert np.array_equal(columns[:, 0], [0, 1, 2, 4, 5, 6, 8, 9, 10])

# %% [markdown]
"""
The picture shows where each pixel goes: its number and its color stay. Pixels
5, 6, 9 and 10 lie in all four windows, so they appear four times, the corners
once.

Below it is the same layer as one large matrix A, with which y = A x, where x is
the image as a list of 16 numbers. Each row holds the filter at one place, and
zeros elsewhere. Nobody computes with A, as it is nearly all zeros; but it will
tell us the gradient.
"""

# %%
units = np.eye(16).reshape(16, 4, 4)            # images with a single 1
A = np.stack([correlate(unit, kernel).ravel() for unit in units], axis=1)
assert np.array_equal(A @ image.ravel(), result.ravel())    # A is (4, 16)
assert np.array_equal(kernel.ravel() @ columns, result.ravel())


def numbered(ax: Axes, table: np.ndarray, colors: np.ndarray,
             title: str) -> None:
    """A table of numbers on colored cells."""
    ax.imshow(colors, cmap="YlGnBu", vmin=-1, vmax=24)
    for (r, s), value in np.ndenumerate(table):
        ax.text(s, r, str(value), ha="center", va="center", fontsize=11)
    ax.set_title(title, fontsize=13)
    plot.bare(ax)


def frame(ax: Axes, width: float, height: float) -> None:
    """A frame around the first window."""
    ax.add_patch(Rectangle((-0.45, -0.45), width - 0.1, height - 0.1,
                           fill=False, linewidth=3, edgecolor=plot.ORANGE))


with plot.figure(10, 5.2, "im2col: where each pixel goes") as fig:
    axes = fig.subplot_mosaic([["image", "windows"], ["A", "windows"]],
                              width_ratios=(2.6, 1))
    numbered(axes["image"], image.astype(int), image,
             "the image, and its first window")
    numbered(axes["windows"], columns.astype(int), columns,
             "4 windows as columns")
    frame(axes["image"], 3, 3)
    frame(axes["windows"], 1, 9)
    axes["image"].set_anchor("W")
    right = axes["A"]
    right.imshow(A, cmap="PuOr", vmin=-5, vmax=5)
    for (r, s), value in np.ndenumerate(A):
        if value:
            right.text(s, r, f"{value:.0f}".replace("-", "−"), ha="center",
                       va="center")
    right.set(xticks=range(16), yticks=range(4), xlabel="pixel",
              ylabel="place")
    right.set_title("the same layer as one matrix A", fontsize=13)
print()
picture(fig, options, "im2col")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="convolution")

# %% [markdown]
"""
## What to remember

- A convolution lays the same few weights on every place of the image: y[r, s]
  = Σ w[i, j] · x[r + i, s + j].

## Things to try

- Exercise 9 (`python -m lessons check 9`): im2col and col2im with stride and
  padding. Exercise 10: the gradient of max-pooling. Exercise 12: that of batch
  normalization, as one formula.
"""
