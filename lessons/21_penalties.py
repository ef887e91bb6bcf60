# ---
# title: regularization by hand
# documents: B §3.2, C §3.2, E §4.3
# time: 10 s
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Regularization

**You will know** what the L1 and L2 penalties, dropout and augmentation do,
each by hand.
**Time:** 35 minutes. **You need:** lesson 20 (MLP MNIST).

A network with 100,000 parameters and 1,000 images has more than enough room to
learn each image by heart. It then gets every training image right and many new
ones wrong: overfitting (过拟合). What is done against it is called
regularization (正则化). The documents name

    L1 and L2 penalties  E §4.3, B §3.2, C §3.2     keep the weights small
    dropout              B §3.2, C §3.2             train with random gaps
    data augmentation    B §3.2 (数据增强), C §3.2  vary each image a little

and we add early stopping: to end the training in time. Here is each of them by
hand; lesson 22 (regularization) then tries all of them on the same 1,000
images.
"""

# %% tags=["hidden"]
import sys
from copy import copy
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import Data, begin, picture, read_options, write_results
from minigrad import nn, optim, plot
from minigrad.data import Subset
from minigrad.vision.transforms import RandomHorizontalFlip, RandomShift

options = read_options("penalties", "Penalties, dropout, augmentation.",
                       epochs=60, quick_epochs=4, quick_images=1500)
begin(options)

# %% [markdown]
"""
## Two penalties (E §4.3)

A penalty Ω is added to the loss, so that the training minimizes

    J = loss + Ω        L1:  Ω = λ Σ Σ |wᵢⱼ|        L2:  Ω = λ Σ Σ wᵢⱼ²

Large weights now cost something, and the network will have them only where the
data pay for it. λ says how much. We take the sum over the entries of all weight
matrices and leave out the biases, as is usual.

The derivatives, weight by weight. For L2 it is the power rule:

    ∂Ω/∂w = 2 λ w

For L1: |w| is w for w > 0 and −w for w < 0, so its slope is +1 or −1, which is
the sign of w:

    ∂Ω/∂w = λ sign(w)        for w ≠ 0

At w = 0 the function has a corner. From the right the slope is +λ, from the
left −λ. Every number in between is a "subgradient", the slope of a line that
touches the corner from below. Autograd must say something; it says 0, which
lets a weight that has reached 0 stay there.
"""

# %%
LAMBDA = 0.1
w = np.array([[1.5, -0.2, 0.0],
              [0.7, -2.0, 0.1]])                        # (2, 3)


def l1(w: np.ndarray) -> float:
    """λ Σ Σ |w|."""
    return LAMBDA * np.abs(w).sum()


def l2(w: np.ndarray) -> float:
    """λ Σ Σ w²."""
    return LAMBDA * (w ** 2).sum()


def slopes(f: Callable, w: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """∂f/∂w by central differences, one entry after the other."""
    g = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[i] = h
        g[i] = (f(w + step) - f(w - step)) / (2 * h)
    return g


by_hand = {"L1": LAMBDA * np.sign(w), "L2": 2 * LAMBDA * w}
weight = minigrad.tensor(w, requires_grad=True)         # float64
for name, f in (("L1", l1), ("L2", l2)):
    weight.grad = None
    sizes = weight.abs() if name == "L1" else weight ** 2
    omega = LAMBDA * sizes.sum()                        # ()
    omega.backward()
    print(f"{name}   Ω = {omega.item():.4f}")
    for kind, g in (("by hand", by_hand[name]), ("measured", slopes(f, w)),
                    ("autograd", weight.grad.numpy())):
        rows = "   ".join("  ".join(f"{v + 0.0:7.4f}" for v in row)
                          for row in np.round(g, 4))
        print(f"     {kind:9} {rows}")
        assert np.allclose(g, by_hand[name], atol=1e-6)

right = (l1(np.array([1e-6])) - l1(np.array([0.0]))) / 1e-6
left = (l1(np.array([0.0])) - l1(np.array([-1e-6]))) / 1e-6
central = slopes(l1, np.array([0.0]))[0] + 0.0
print(f"L1 at w = 0: slope {right:+.2f} from the right, {left:+.2f} from the "
      f"left, {central:.2f} measured")

# %% [markdown]
"""
## What the penalties do to a weight

Forget the loss for a moment, and let gradient descent see only Ω:

    L2:  w ← w − α · 2 λ w  =  (1 − 2 α λ) w  the same *share* each time
    L1:  w ← w − α λ sign(w)                  the same *amount* each time

Under L2 large weights shrink fast and small ones hardly; none ever gets to 0.
Under L1 all go towards 0 at the same pace and arrive. That is why L1 makes many
weights (nearly) 0, and L2 makes all of them small.
"""

# %%
rate, steps = 0.1, 150
paths = {"L1": [np.array([1.0, 0.6, 0.2])], "L2": [np.array([1.0, 0.6, 0.2])]}
for _ in range(steps):
    paths["L1"].append(paths["L1"][-1]
                       - rate * LAMBDA * np.sign(paths["L1"][-1]))
    paths["L2"].append((1 - 2 * rate * LAMBDA) * paths["L2"][-1])

with plot.figure(10, 3.8, "Three weights under a penalty alone") as fig:
    for ax, (name, path) in zip(fig.subplots(1, 2, sharey=True),
                                paths.items()):
        for k, (color, style) in enumerate(zip(plot.COLORS, ("-", "--", ":"))):
            ax.plot([values[k] for values in path], style, color=color)
        rule = "w ← w − αλ sign(w)" if name == "L1" else "w ← (1 − 2αλ) w"
        ax.set(title=f"{name}: {rule}", xlabel="step")
        ax.axhline(0, color=plot.GRAY, linewidth=1)
picture(fig, options, "penalties")

last = {name: np.abs(path[-1]) for name, path in paths.items()}
print(f"after {steps} steps   L1: "
      f"{', '.join(f'{v:.4f}' for v in last['L1'])}   "
      f"L2: {', '.join(f'{v:.4f}' for v in last['L2'])}")
assert last["L1"].max() <= rate * LAMBDA + 1e-9, "within one step of 0"
assert last["L2"].min() > 0
assert np.allclose(last["L2"], 0.98 ** steps * np.array([1.0, 0.6, 0.2]))

# %% [markdown]
"""
## The factor 2

Optimizers have an option `weight_decay`: they add weight_decay · w to the
gradient (or, as AdamW, take it off the weight directly). The document's penalty
adds 2 λ w. So its λ corresponds to

    weight_decay = 2 λ

One step of SGD from the same weights, three ways:
"""


# %%
def one_step(penalty: float = 0.0, weight_decay: float = 0.0) -> np.ndarray:
    """The weight after one step of SGD on a small regression."""
    minigrad.manual_seed(0)
    layer = nn.Linear(3, 2, bias=False)
    x, y = minigrad.randn(5, 3), minigrad.randn(5, 2)
    sgd = optim.SGD(layer.parameters(), lr=0.1, weight_decay=weight_decay)
    loss = nn.MSELoss()(layer(x), y) + penalty * (layer.weight ** 2).sum()
    loss.backward()
    sgd.step()
    return layer.weight.detach().numpy()


with_penalty = one_step(penalty=LAMBDA)
for decay in (LAMBDA, 2 * LAMBDA):
    difference = np.abs(one_step(weight_decay=decay) - with_penalty).max()
    print(f"penalty λ = {LAMBDA} against weight_decay = {decay}: "
          f"the weights differ by up to {difference:.4f}")
assert np.allclose(one_step(weight_decay=2 * LAMBDA), with_penalty, atol=1e-6)
assert not np.allclose(one_step(weight_decay=LAMBDA), with_penalty, atol=1e-4)

# %% [markdown]
"""
With Adam the two are different things. Adam divides the gradient by its usual
size (lesson 18, optimizers), the penalty's part with it; AdamW takes the decay
off outside of that. So λ must be chosen for the optimizer.

## Dropout (B §3.2)

In training each number x of a layer is set to 0 with probability p, and the
others are divided by 1 − p:

    y = m · x / (1 − p)        m = 0 with probability p, else 1

Why divided? So that the mean stays what it was:
E[y] = p · 0 + (1 − p) · x / (1 − p) = x. In testing the layer can then simply
do nothing. (This is called inverted dropout.) The gradient goes through the
same mask: ∂y/∂x = m / (1 − p).
"""

# %%
p = 0.5
x = np.array([1.0, 2.0, 3.0, 4.0])
random = np.random.default_rng(options.seed)
print("x             ", x)
for _ in range(3):
    m = random.random(4) >= p  # (4,) of True and False
    print("y, at random  ", m * x / (1 - p))
many = (random.random((100_000, 4)) >= p) * x / (1 - p)     # (100000, 4)
print("mean of 100,000", np.round(many.mean(0), 1))
assert np.allclose(many.mean(0), x, atol=0.05)

layer = nn.Dropout(p)                           # minigrad's, in training mode
inputs = minigrad.tensor(x, requires_grad=True)
outputs = layer(inputs)
outputs.sum().backward()
y, mask = outputs.detach().numpy(), inputs.grad.numpy()     # m / (1 − p)
print("minigrad: y   ", y, "   gradient", mask)
assert np.allclose(y, x * mask)
print("after eval()  ", layer.eval()(inputs).detach().numpy())

# %% [markdown]
"""
## Augmentation (数据增强)

A 7 moved by a pixel is still a 7. So from each image many can be made, and the
network sees another one every time. But which changes leave the label alone is
a matter of the task: document E (§4.3) names scaling, cropping and flipping
(缩放、裁剪和翻转) for photographs, and a cat in a mirror is a cat. Is a 2 in a
mirror a 2?
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
SMALL = min(1000, len(data.train) // 3)
LARGE = min(2 * SMALL, len(data.train) - SMALL)
train = Subset(data.train, range(SMALL))
held_out = Subset(data.train, range(SMALL, SMALL + LARGE))
print(f"{data.name}: {len(train):,} images to train on, "
      f"{len(held_out):,} held out, {len(data.test):,} to test with")


def augmented(transform: Callable) -> Subset:
    """The training images, changed at random each time they are asked for."""
    changed = copy(data.train)
    changed.transform = transform
    return Subset(changed, range(SMALL))


shifted = augmented(RandomShift(2))
flipped = augmented(RandomHorizontalFlip(1.0))
chosen = [next(i for i in range(SMALL) if train[i][1] == digit)
          for digit in (2, 3, 5, 7)]
minigrad.manual_seed(options.seed)
shown, captions = [], []
for i in chosen:
    shown += [train[i][0], *(shifted[i][0] for _ in range(3)), flipped[i][0]]
    captions += ["as it is", *["shifted"] * 3, "in a mirror"]
grid = plot.image_grid(minigrad.stack(shown), captions,
                       title="Shifted: still the same digit")
picture(grid, options, "augmentation")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="penalties")

# %% [markdown]
"""
## What to remember

- L2 takes a share off each weight, L1 an amount; L1 makes zeros. weight_decay
  is twice E's λ.
- Dropout is random in training and does nothing in testing.

## Things to try

- Exercise 11 (`python -m lessons check 11`): inverted dropout, forward and
  backward.
"""
