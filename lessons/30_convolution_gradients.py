# ---
# title: convolution, pooling, batch norm: gradients
# documents: C §5.3
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Backward through a convolution

**You will know** what goes back through a convolution, a max-pooling and a
batch normalization.
**Time:** 60 minutes. **You need:** lesson 29 (fast convolution).

The way forward is done. Here is what goes back, by hand, and against measured
slopes.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import minigrad
from lessons.figures.convolution import there_and_back
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import nn

options = read_options("convolution_gradients",
                       "Gradients of convolution, pooling and batch norm.")
begin(options)
carried = earlier("fast_convolution")
A, flop, kernel, large, rng, size_of, small, times = map(
    carried.get, "A flop kernel large rng size_of small times".split())


# %% [markdown]
"""
## The gradients, by hand

The layer after this one hands us g = ∂L/∂y, a number for each pixel of the
result: (N, O, OH, OW). The definition says which weight met which pixel:

    y[n, o, r, s] = b[o] + Σ w[o, c, i, j] · x[n, c, r + i, s + j]

**The weights.** w[o, c, i, j] was multiplied with x[n, c, r + i, s + j] in
every image and at every place. Slopes of all paths add up:

    ∂L/∂w[o, c, i, j] = Σ_n Σ_r Σ_s g[n, o, r, s] · x[n, c, r + i, s + j]

Compare: this is again a cross-correlation, of x with g as the filter. In
columns it is one product, G @ columnsᵀ. And the row of ones gives the bias for
free, since b met a 1 everywhere:

    ∂L/∂b[o] = Σ_n Σ_r Σ_s g[n, o, r, s]

**The pixels.** Pixel (p, q) was under weight (i, j) when the filter lay at
(p − i, q − j):

    ∂L/∂x[n, c, p, q] = Σ_o Σᵢ Σⱼ w[o, c, i, j] · g[n, o, p − i, q − j]

There are the minus signs of the mathematician: this one is a true convolution.
It is computed backward: each place (r, s) adds g[r, s] · w to the window it
came from. That is col2im, the way back.
"""


# %%
def windows(x: np.ndarray, k: int, stride: int, padding: int) -> np.ndarray:
    """All windows: (N, C, H, W) → (N, C, OH, OW, K, K)."""
    border = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    return sliding_window_view(np.pad(x, border), (k, k),
                               axis=(2, 3))[:, :, ::stride, ::stride]


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: int,
            padding: int) -> np.ndarray:
    """y (N, O, OH, OW)."""
    view = windows(x, w.shape[2], stride, padding)
    return np.einsum("ncrsij,ocij->nors", view, w) + b[:, None, None]


def gradients(x: np.ndarray, w: np.ndarray, g: np.ndarray, stride: int,
              padding: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """∂L/∂x, ∂L/∂w, ∂L/∂b, each of the shape of its array."""
    k, (oh, ow) = w.shape[2], g.shape[2:]
    dw = np.einsum("nors,ncrsij->ocij", g, windows(x, k, stride, padding))
    back = np.einsum("nors,ocij->ncrsij", g, w)     # for each window
    dx = np.pad(np.zeros_like(x),
                ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    for i in range(k):                      # col2im: add where they overlap
        for j in range(k):
            dx[:, :, i:i + stride * oh:stride,
               j:j + stride * ow:stride] += back[..., i, j]
    height, width = x.shape[2:]
    return dx[:, :, padding:padding + height,
              padding:padding + width], dw, g.sum(axis=(0, 2, 3))


# %% [markdown]
"""
Three ways to the same numbers: measured, by hand, and by minigrad. g is random:
if it were all ones, a mistake that only moves numbers around would not be seen.
"""


# %%
def measured(loss: Callable[[], float], array: np.ndarray,
             h: float = 1e-5) -> np.ndarray:
    """The slope of the loss along each entry of the array."""
    slopes = np.empty_like(array)
    for at in np.ndindex(array.shape):
        value = array[at]
        array[at] = value + h
        above = loss()
        array[at] = value - h
        slopes[at] = (above - loss()) / (2 * h)
        array[at] = value
    return slopes


# %% tags=["hidden"]
square = np.zeros((1, 1, 9, 9))
square[..., 3:6, 2:7] = 1.0
edges = np.array([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]])
result = forward(square, edges, np.zeros(1), 1, 0)
upstream = np.zeros_like(result)
upstream[0, 0, 3, 1:6] = 1.0
back = gradients(square, edges, upstream, 1, 0)
picture(there_and_back(square, edges, result, upstream, back[0], back[1]),
        options, "there_and_back")

# %%
print("\nThe gradients of L = Σ g · y, largest difference")
print("  stride  padding   of      shape         measured − hand   "
      "minigrad − hand")
by_hand = {}
for stride, padding in ((1, 0), (2, 1)):
    x, w = rng.normal(size=(2, 3, 7, 7)), rng.normal(size=(4, 3, 3, 3))
    b = rng.normal(size=4)
    # (2, 4, OH, OW)
    g = rng.normal(size=forward(x, w, b, stride, padding).shape)
    ours = gradients(x, w, g, stride, padding)
    tensors = [minigrad.tensor(a, requires_grad=True) for a in (x, w, b)]
    minigrad.conv2d(*tensors, stride=stride,
                    padding=padding).backward(minigrad.tensor(g))
    for name, array, mine, tensor in zip("xwb", (x, w, b), ours, tensors):
        slopes = measured(
            lambda: float((g * forward(x, w, b, stride, padding)).sum()),
            array)
        gaps = abs(slopes - mine).max(), abs(tensor.grad.numpy() - mine).max()
        print(f"  {stride:6}  {padding:7}   ∂L/∂{name}   "
              f"{str(mine.shape):12}  {gaps[0]:15.0e}   {gaps[1]:15.0e}")
        assert gaps[0] < 1e-7 and gaps[1] < 1e-12 and mine.shape == array.shape
    by_hand[stride] = (x, w, g, ours[0])

# %% [markdown]
"""
## The transposed convolution

Remember the matrix A of the picture, y = A x. The slope of yₐ along xₚ is
A[a, p], so by the chain rule

    ∂L/∂x = Aᵀ g

which is why the way back is called a transposed convolution (转置卷积). It
turns small images into large ones and can be used as a layer of its own
(`nn.ConvTranspose2d`). Written out, it is a convolution again:

1. With stride s, put s − 1 zeros between the numbers of g.
2. Put k − 1 zeros around it, so that the filter can also lie over the edge.
3. Turn the filters by 180°, let input and output channels change places, and
   correlate.
"""


# %%
def transposed(g: np.ndarray, w: np.ndarray, stride: int,
               padding: int) -> np.ndarray:
    """∂L/∂x by the three steps: g (N, O, OH, OW) → (N, C, H, W)."""
    (n, o, oh, ow), k = g.shape, w.shape[2]
    spread = np.zeros((n, o, (oh - 1) * stride + 1, (ow - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = g                            # 1
    turned_w = w[:, :, ::-1, ::-1].swapaxes(0, 1)  # 3: (C, O, K, K)
    full = forward(spread, turned_w, np.zeros(w.shape[1]), 1, k - 1)        # 2
    return full[:, :, padding:full.shape[2] - padding,
                padding:full.shape[3] - padding]


small_g = np.array([[1.0, 2.0], [3.0, 4.0]])  # for the 4×4 image above
way_back = transposed(small_g[None, None], kernel[None, None], 1, 0)[0, 0]
assert np.array_equal((A.T @ small_g.ravel()).reshape(4, 4), way_back)
print("\nThe way back: Aᵀ g for g = [1 2; 3 4] and the edge filter")
for row in way_back:
    print("  " + "".join(f"{v:5.0f}" for v in row))

for stride, (x, w, g, dx) in by_hand.items():
    padding = stride - 1
    as_layer = minigrad.conv_transpose2d(minigrad.tensor(g),
                                         minigrad.tensor(w), stride=stride,
                                         padding=padding).numpy()
    assert np.allclose(transposed(g, w, stride, padding), dx)
    assert np.allclose(as_layer, dx)
    print(f"  stride {stride}: {g.shape} → {dx.shape}: all three agree")

# %% [markdown]
"""
## Max-pooling: where the gradient goes

Max-pooling (最大池化) keeps the largest number of each window. If the largest
grows by h, the result grows by h; if another one does, nothing changes. So

    ∂y/∂x = 1 for the largest, 0 for the others

and the gradient of each window goes to its winner alone. Forward must remember
who won. Windows may overlap (3×3 with stride 1, say); then a pixel can win
several times, and its gradients add up.
"""


# %%
def max_pool(x: np.ndarray, k: int,
             stride: int) -> tuple[np.ndarray, np.ndarray]:
    """The maxima and who won, 0 … K·K − 1: both (N, C, OH, OW)."""
    view = windows(x, k, stride, 0)
    flat = view.reshape(*view.shape[:4], k * k)  # (N, C, OH, OW, K·K)
    # argmax: the first of equal ones
    return flat.max(axis=-1), flat.argmax(axis=-1)


def max_pool_gradient(g: np.ndarray, winners: np.ndarray, shape: tuple,
                      k: int, stride: int) -> np.ndarray:
    """∂L/∂x (N, C, H, W): each g is added where its window's winner was."""
    n, c, r, s = np.indices(g.shape)
    dx = np.zeros(shape)
    np.add.at(dx, (n, c, r * stride + winners // k, s * stride + winners % k),
              g)
    return dx


print("\nMax-pooling, largest difference")
print("  window  stride   measured − by hand   minigrad − by hand")
for k, stride in ((2, 2), (3, 1), (3, 2)):
    # no two numbers are equal
    x = rng.permutation(2 * 2 * 7 * 7).reshape(2, 2, 7, 7) / 10
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
What if two are equally large? There the result has a kink: to the right it
rises, to the left it stays. No derivative exists, and every choice from 0 to 1
is defensible. minigrad, like PyTorch, gives all to the first one, row by row.
In images this happens often: in an empty corner all pixels are equal, and after
a ReLU whole windows are 0.
"""

# %%
tie = np.array([[1.0, 5.0], [5.0, 0.0]])
g = np.array([[[[2.0]]]])  # (1, 1, 1, 1)
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
    print(f"  {at}   {left:17.1f}   {right:12.1f}   {ours[at]:7.1f}   "
          f"{theirs[at]:8.1f}")
assert np.array_equal(ours, [[0, 2], [0, 0]]) and np.array_equal(theirs, ours)

# %% [markdown]
"""
## Batch normalization: three ways back

Between the convolutions of larger networks stands a batch normalization
(批归一化). Each feature, a column x of N numbers, is brought to mean 0 and
spread 1 over the batch, then scaled and shifted:

    μ = mean of x    s² = mean of (x − μ)²  x̂ = (x − μ) / √(s² + ε)  y = γ x̂ + β

γ and β meet every sample, so their gradients are sums: ∂L/∂γ = Σ g x̂,
∂L/∂β = Σ g. For x there are three ways to the loss, because each sample has a
share in μ and in s²: directly, through μ, and through s². We cut ways with
detach, which makes a constant of a number, and see what is lost.
"""

# %%
draw = np.random.default_rng(options.seed)
# N = 6 samples of 2 features
x, g = draw.normal(size=(6, 2)) * 3 + 1, draw.normal(size=(6, 2))
gamma = np.array([1.0, -2.0])


def normalized(x: minigrad.Tensor, mean: bool = True,
               spread: bool = True) -> minigrad.Tensor:
    """y (N, features) with β = 0; what is False counts as a constant."""
    mu = x.mean(0)  # (features,)
    s2 = ((x - mu) ** 2).mean(0)
    mu, s2 = mu if mean else mu.detach(), s2 if spread else s2.detach()
    return minigrad.tensor(gamma) * (x - mu) / (s2 + 1e-5) ** 0.5


slopes = measured(
    lambda: float((g * normalized(minigrad.tensor(x)).numpy()).sum()), x)
print("\nBatch normalization: the gradient of the first feature, and its sum")
print("  measured             "
      f"{' '.join(f'{v:7.3f}' for v in slopes[:, 0])}   "
      f"{slopes[:, 0].sum():7.3f}")
found = {}
for name, ways in (("all three ways", (True, True)),
                   ("without that by s²", (True, False)),
                   ("without that by μ", (False, True)),
                   ("directly only", (False, False))):
    tensor = minigrad.tensor(x, requires_grad=True)
    normalized(tensor, *ways).backward(minigrad.tensor(g))
    found[name] = tensor.grad.numpy()                               # (6, 2)
    column = found[name][:, 0]
    print(f"  {name:18}   {' '.join(f'{v:7.3f}' for v in column)}   "
          f"{column.sum():7.3f}")
assert np.allclose(found["all three ways"], slopes, atol=1e-6)
assert np.allclose(found["all three ways"].sum(0), 0, atol=1e-9)
assert abs(found["directly only"].sum(0)).min() > 1e-3

# %% [markdown]
"""
Only all three together are what was measured, and only then the column adds up
to 0. It has to: shifting all samples by the same number does not change y. That
is a check without a computer, and it sees when the way through μ is missing. It
does not see the one through s². For that there is another: with ε = 0, making
x − μ twice as large does not change y either, so Σ x̂ · ∂L/∂x is 0 as well.
"""

# %%
centered = (x - x.mean(0)) / np.sqrt(x.var(0))
print("\nΣ x̂ · ∂L/∂x of both features")
for name, gradient in found.items():
    print(f"  {name:18}   "
          f"{' '.join(f'{v:8.4f}' for v in (centered * gradient).sum(0))}")
assert np.allclose((centered * found["all three ways"]).sum(0), 0, atol=1e-4)
assert abs((centered * found["without that by s²"]).sum(0)).min() > 1e-3

# %% [markdown]
"""
## The document, tested

Document C (§5.3) explains its pooling layer with one half-sentence. We count.
"""


# %% tags=["hidden"]
def parameters(pooled: bool) -> list[int]:
    """The parameters of each layer of C §5.2, with or without pooling."""
    side = size_of(28, 3)                                           # 26
    side = size_of(side, 2, 2) if pooled else side                  # 13
    layers = [nn.Conv2d(1, 32, 3),
              nn.MaxPool2d(2) if pooled else nn.Identity(),
              nn.Linear(32 * side * side, 64), nn.Linear(64, 10)]
    return [sum(p.numel() for p in layer.parameters()) for layer in layers]


write_results(options.output / "results.json", options,
              lesson="convolution_gradients",
              seconds={size: dict(found)
                       for size, found in times.items()},
              flop={"small": flop(*small), "large": flop(*large)})

# %% [markdown]
"""
## What to remember

- Its gradients are convolutions again: ∂L/∂w correlates x with g, ∂L/∂x adds
  w · g back into the windows.
- Max-pooling passes the gradient to the winner of each window, the first one
  if there are several.
- In a batch normalization every sample moves μ and s², so its gradient has
  three ways back; the gradients of a column add up to 0.
"""

# %% tags=["hidden", "audit"]
appendix("convolution_gradients", {**carried, **globals()})
