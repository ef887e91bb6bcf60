# ---
# title: gradients through many layers
# documents: A §4.1.2, B §3.2
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Gradients through many layers

**You will know** when gradients vanish in a deep network, when a ReLU dies, and
which activation to take.
**Time:** 25 minutes. **You need:** lesson 7 (activations).

One sigmoid has a slope of at most ¼. What remains after twenty of them?
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import plot

Curve = Callable[[np.ndarray], np.ndarray]  # number by number, any shape

options = read_options("deep_gradients",
                       "Vanishing gradients, and dead units.")
begin(options)
carried = earlier("activations")
functions, slopes = map(carried.get, "functions slopes".split())


# %% [markdown]
"""
## Through many layers

"This nonlinear property makes ReLU perform well in training deep networks,
because it can avoid the problem of vanishing gradients" (能够避免梯度消失问题),
writes document A. What is that problem?

Walking back through a layer z = W a, a′ = f(z), a gradient g is multiplied by
the slope of f and by W:

    g ← Wᵀ (g ⊙ f′(z))

Thirty layers do this thirty times. First one unit in each layer, all weights 1.
What is left of a gradient of 1?
"""

# %%
DEPTH = 30
print(f"\nOne unit per layer, all weights 1: a gradient after {DEPTH} layers")
chain = {}
for name, f in functions.items():
    value, gradient = np.array(1.0), 1.0
    for _ in range(DEPTH):
        gradient *= slopes[name](value)  # each layer multiplies by its slope
        value = f(value)
    x = minigrad.tensor(np.array(1.0), requires_grad=True)
    y = x
    for _ in range(DEPTH):
        y = {"ReLU": y.relu, "sigmoid": y.sigmoid, "tanh": y.tanh}[name]()
    y.backward()
    chain[name] = float(gradient)
    print(f"  {name:8} by hand {gradient:8.1e}   by minigrad "
          f"{x.grad.item():8.1e}")
    assert np.isclose(gradient, x.grad.item())

# %% [markdown]
"""
So far the document is right: ReLU's factor is 1, sigmoid's at most ¼, and ¼³⁰
is 10⁻¹⁸. Now real layers: 100 units, random weights. The size of the weights
counts as well. They are drawn with the variance c/100, first c = 1. Negative
inputs are as frequent as positive ones, so about half of the ReLUs have slope
0, and half of the squared length of g is lost in each layer. To make up for it,
the weights must be larger: c = 2 (He et al. 2015; minigrad has it as
`nn.init.kaiming_normal_`).
"""

# %%
UNITS = 100


def gradient_lengths(name: str, c: float) -> list[float]:
    """The gradient's length at the end, and after walking back 1, 2, … layers.
    """
    rng = np.random.default_rng(options.seed)
    weights = [rng.normal(size=(UNITS, UNITS)) * np.sqrt(c / UNITS)
               for _ in range(DEPTH)]
    a, zs = rng.normal(size=UNITS), []                              # (100,)
    for W in weights:                                               # forward
        zs.append(W @ a)  # (100, 100) @ (100,) → (100,)
        a = functions[name](zs[-1])
    g = rng.normal(size=UNITS)
    g /= np.linalg.norm(g)  # (100,), of length 1
    lengths = [1.0]
    for W, z in zip(weights[::-1], zs[::-1]):                       # backward
        g = W.T @ (g * slopes[name](z))  # Wᵀ (g ⊙ f′(z)) → (100,)
        lengths.append(float(np.linalg.norm(g)))
    return lengths


cases = (("sigmoid", 1), ("sigmoid", 100), ("tanh", 1), ("ReLU", 1),
         ("ReLU", 2), ("ReLU", 3))
lengths = {case: gradient_lengths(*case) for case in cases}
print(f"\nLayers of {UNITS} units: the length of the gradient, 1 at the end")
marks = 1, 5, 10, 20, 30
print("  layers back      " + "".join(f"{k:10}" for k in marks))
for (name, c), found in lengths.items():
    print(f"  {name:8} c = {c:<4}" + "".join(f"{found[k]:10.1e}"
                                             for k in marks))
last = {case: found[-1] for case, found in lengths.items()}
assert last["sigmoid", 1] < 1e-15 and last["ReLU", 1] < 1e-2 * last["tanh", 1]
assert 0.01 < last["ReLU", 2] < 100 < last["ReLU", 3] * 10

# %% [markdown]
"""
With the same weights (c = 1) ReLU loses *more* than tanh: it vanishes, too.
With c = 2 it neither vanishes nor grows, with c = 3 it explodes. So ReLU can
avoid vanishing gradients, if the weights have the right size. Sigmoid can be
helped in the same way, but only by enormous weights, with which most of its
units lie far out where they are flat.
"""

# %% tags=["hidden"]
with plot.figure(10, 4.5, "What is left of a gradient") as fig:
    ax = fig.subplots()
    for case, style, color, up in ((("sigmoid", 1), "-", plot.BLUE, -4),
                                   (("tanh", 1), "-", plot.GREEN, -11),
                                   (("ReLU", 1), ":", plot.ORANGE, -4),
                                   (("ReLU", 2), "-", plot.ORANGE, 0),
                                   (("ReLU", 3), "--", plot.ORANGE, -4)):
        ax.semilogy(lengths[case], style, color=color)
        ax.annotate(f"{case[0]}, c = {case[1]}", (DEPTH, last[case]), (6, up),
                    textcoords="offset points", color=color)
    ax.set(xlabel="layers walked back", ylabel="length of the gradient",
           xlim=(0, DEPTH + 6), xticks=range(0, DEPTH + 1, 5))
print()
picture(fig, options, "depth")

# %% [markdown]
"""
## A dead ReLU

Where sigmoid passes on little, a ReLU with negative input passes on nothing. If
its input is negative for *all* samples, its weights get the gradient 0 and
never change again: it is dead. One step that is too large is enough. One unit,
ŷ = ReLU(w x + b), four points on y = 2x:
"""

# %%
# (4,)
xs = minigrad.tensor(np.array([0.5, 1.0, 1.5, 2.0]), device=options.device)
ys = 2 * xs  # (4,)


def train(w: minigrad.Tensor, b: minigrad.Tensor, rate: float, steps: int,
          show: bool = False) -> float:
    """Gradient descent on ½ Σ (ReLU(w x + b) − y)²; the last loss."""
    for step in range(steps):
        z = w * xs + b  # (4,)
        loss = 0.5 * ((z.relu() - ys) ** 2).sum()  # ()
        w.grad = b.grad = None
        loss.backward()
        if show:
            print(f"  {step:4} {w.item():9.4f} {b.item():9.4f} "
                  f"{int((z > 0).sum()):12} {w.grad.item():9.4f} "
                  f"{loss.item():10.4f}")
        with minigrad.no_grad():
            w -= rate * w.grad
            b -= rate * b.grad
    return loss.item()


def unit() -> tuple[minigrad.Tensor, minigrad.Tensor]:
    """w = 1, b = 0."""
    w, b = (minigrad.tensor(np.array(value), device=options.device,
                            requires_grad=True) for value in (1.0, 0.0))
    return w, b


print("\nOne ReLU unit, learning rate 0.5")
print("  step         w         b   inputs > 0     ∂J/∂w       loss")
w, b = unit()
train(w, b, 0.5, 5, show=True)
stuck = train(w, b, 0.05, 1000)
fresh = train(*unit(), 0.05, 1000)
print(f"  1000 more steps with the rate 0.05:           loss {stuck:.4f}")
print(f"  from the beginning, 1000 steps with 0.05:     loss {fresh:.4f}")
dead_gradient = w.grad.item()
assert dead_gradient == 0 and stuck == 15 and fresh < 0.01

# %% [markdown]
"""
A remedy is to let a little through on the negative side: LeakyReLU has the
slope 0.01 there. Small, but not 0, so the unit can come back.
"""

# %%
w.grad = b.grad = None
((minigrad.nn.functional.leaky_relu(w * xs + b) - ys) ** 2).sum().backward()
print("\nThe dead unit, its gradient ∂J/∂w")
print(f"  with ReLU       {dead_gradient:9.4f}")
print(f"  with LeakyReLU  {w.grad.item():9.4f}")
assert w.grad.item() < 0, "a step against it makes w larger: the way back"

# %% [markdown]
"""
## Which one to choose

Document B (§3.2) says: different activation functions have different properties
and uses, and must be chosen for the problem at hand (需要根据具体问题进行选择).
A test: a hidden layer of 12 units f(x − cₖ) with fixed cₖ from −3 to 2.5, and
the best output weights for them, which a formula gives (`np.linalg.lstsq`).
There are three curves to fit: one with a bend, one smooth, one with a jump.
"""

# %%
grid = np.linspace(-3, 3, 61)                                       # (61,)
centers = np.linspace(-3, 2.5, 12)                                  # (12,)
curves = {"|x|": np.abs(grid), "sin 2x": np.sin(2 * grid),
          "step": (grid > 0) * 1.0}
choices: dict[str, Curve] = {"none": lambda x: x, **functions}

fits = {}
print("\nMean error of the best fit\n"
      "  hidden units  " + "".join(f"{name:>9}" for name in curves))
for name, f in choices.items():
    # (61, 13)
    units = np.column_stack([f(grid[:, None] - centers), np.ones(len(grid))])
    for curve, target in curves.items():
        best = np.linalg.lstsq(units, target, rcond=None)[0]        # (13,)
        error = units @ best - target                               # (61,)
        fits[name, curve] = float(np.sqrt((error ** 2).mean()))
    print(f"  {name:14}" + "".join(f"{fits[name, curve]:9.3f}"
                                   for curve in curves))

assert all(fits["none", curve] > 2 * fits[name, curve]
           for name in functions for curve in curves)
assert fits["ReLU", "|x|"] < 1e-9 < fits["tanh", "|x|"]
assert fits["tanh", "sin 2x"] < fits["ReLU", "sin 2x"] / 3

# %% [markdown]
"""
Without an activation nothing but a line is possible. ReLU, itself bent, meets
the bend exactly; the smooth functions are better at the smooth curve. In deep
networks ReLU and its relatives are the usual choice; tanh where numbers must
stay between −1 and 1; sigmoid at the end, where a probability is wanted. That
is lesson 9 (losses).
"""

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="deep_gradients",
              **{f"gradient_left_{name.lower()}_c{c}": value
                 for (name, c), value in last.items()})

# %% [markdown]
"""
## What to remember

- A gradient through many layers is a product: slopes and weights. Both decide
  whether it vanishes.
- ReLU does not saturate above 0, but below it may die.

## Things to try

- Which c is best for tanh in `gradient_lengths`? And what does sigmoid do
  with c = 16, which should make up for its ¼?
- Train the dead unit with `leaky_relu` instead of `relu`. How many steps does
  it need to come back?
"""

# %% tags=["hidden", "audit"]
appendix("deep_gradients", {**carried, **globals()})
