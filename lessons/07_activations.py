# ---
# title: activation functions
# documents: A §4.1.2
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Activation functions

**You will know** what ReLU, sigmoid and tanh do to numbers and to slopes, and
how they are computed without overflow.
**Time:** 30 minutes. **You need:** lesson 5 (gradient descent).

Between two layers of a network stands a small function that is applied to each
number: the activation function (激活函数). Document A (§4.1.2) prints three of
them: ReLU, sigmoid and tanh. Here we look at their values, their slopes, where
their printed formulas fail on a computer, and at one sentence of the document:
that ReLU avoids vanishing gradients (梯度消失).
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import begin, picture, read_options, write_results
from minigrad import plot

Curve = Callable[[np.ndarray], np.ndarray]  # number by number, any shape

options = read_options("activations", "ReLU, sigmoid and tanh.")
begin(options)

# %% [markdown]
"""
## Why there must be one

Without it, a second layer adds nothing. Multiply out what two linear layers
(线性层) compute:

    W₂ (W₁ x + b₁) + b₂  =  (W₂W₁) x + (W₂b₁ + b₂)

That is one linear layer, with the weights W₂W₁. A hundred layers are one linear
layer, too.
"""

# %%
rng = np.random.default_rng(options.seed)
W1, b1 = rng.normal(size=(4, 3)), rng.normal(size=4)        # (4, 3), (4,)
W2, b2 = rng.normal(size=(2, 4)), rng.normal(size=2)        # (2, 4), (2,)
x = rng.normal(size=3)                                      # (3,)

two_layers = W2 @ (W1 @ x + b1) + b2                        # (2,)
one_layer = (W2 @ W1) @ x + (W2 @ b1 + b2)                  # (2,)
with_relu = W2 @ np.maximum(0, W1 @ x + b1) + b2            # (2,)
print("Two linear layers, 3 → 4 → 2, for one input")
for name, value in (("two layers", two_layers),
                    ("one layer with W₂W₁", one_layer),
                    ("with max(0, ·) between", with_relu)):
    print(f"  {name:23}" + "".join(f"{number:9.4f}" for number in value))
assert np.allclose(two_layers, one_layer)
assert not np.allclose(with_relu, one_layer)

# %% [markdown]
"""
With max(0, ·) between them the two layers can do what no line can. The absolute
value has a bend:

    |x| = max(0, x) + max(0, −x)

Two hidden units with the weights 1 and −1, added up. The best straight line
(`np.polyfit`, as in lesson 5, gradient descent) is far off.
"""

# %%
grid = np.linspace(-1, 1, 9)                                # (9,)
hidden = np.maximum(0, np.outer(grid, [1, -1]))             # (9, 2): two units
by_units = hidden @ np.array([1, 1])                        # (9,)
line = np.polyval(np.polyfit(grid, np.abs(grid), 1), grid)  # (9,)
print("\n|x| by two ReLU units and by the best line: the largest error")
units_error = np.abs(by_units - np.abs(grid)).max()
line_error = np.abs(line - np.abs(grid)).max()
print(f"  two units {units_error:.4f}\n  best line {line_error:.4f}")
assert units_error < 1e-12 and line_error > 0.4

# %% [markdown]
"""
## The three functions

As document A prints them:

    ReLU       f(x) = max(0, x)
    sigmoid    f(x) = 1 / (1 + e⁻ˣ)
    tanh       f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)

ReLU cuts off what is negative. Sigmoid presses everything into the range 0 to
1, tanh into −1 to 1. The last two are relatives: tanh x = 2 sigmoid(2x) − 1.
"""


# %%
def relu(x: np.ndarray) -> np.ndarray:
    """max(0, x)."""
    return np.maximum(0.0, x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), as printed."""
    return 1 / (1 + np.exp(-x))


def tanh(x: np.ndarray) -> np.ndarray:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), as printed."""
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


points = np.array([-4.0, -1.0, -0.1, 0.1, 1.0, 4.0])        # (6,)
functions: dict[str, Curve] = {"ReLU": relu, "sigmoid": sigmoid, "tanh": tanh}
print("\nValues\n  x       " + "".join(f"{number:9.1f}" for number in points))
for name, f in functions.items():
    print(f"  {name:8}" + "".join(f"{number:9.4f}" for number in f(points)))
assert np.allclose(tanh(points), 2 * sigmoid(2 * points) - 1)

# %% [markdown]
"""
## Their slopes

For the walk back through the network each function must know its slope. On
paper:

    ReLU       for x > 0 it is x, with slope 1; for x < 0 it is 0, with slope 0.

    sigmoid    Let u = 1 + e⁻ˣ, so f = 1/u.  ∂f/∂u = −1/u²,  ∂u/∂x = −e⁻ˣ.
               f′ = e⁻ˣ / u² = (1/u) · (e⁻ˣ/u),  and e⁻ˣ/u = (u − 1)/u = 1 − f.
               f′ = f (1 − f)

    tanh       Let p = eˣ − e⁻ˣ, q = eˣ + e⁻ˣ, so f = p/q.  p′ = q,  q′ = p.
               f′ = (p′q − pq′) / q² = (q² − p²) / q² = 1 − (p/q)²
               f′ = 1 − f²

The last two need only the value f, which the forward pass has computed already.
Measured by central differences, and found by minigrad:
"""

# %%
slopes: dict[str, Curve] = {"ReLU": lambda x: (x > 0) * 1.0,
                            "sigmoid": lambda x: sigmoid(x) * (1 - sigmoid(x)),
                            "tanh": lambda x: 1 - tanh(x) ** 2}


def measured_slope(f: Curve, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """A central difference at each point."""
    return (f(x + h) - f(x - h)) / (2 * h)


def row(label: str, numbers: np.ndarray, form: str) -> None:
    """One line of a table."""
    print(f"  {label:23}" + "".join(format(number, form)
                                   for number in numbers))


print("\nSlopes")
row("x", points, "9.1f")
for name, f in functions.items():
    x = minigrad.tensor(points, requires_grad=True)                 # (6,)
    y = {"ReLU": x.relu, "sigmoid": x.sigmoid, "tanh": x.tanh}[name]()
    y.sum().backward()
    found = {"derived": slopes[name](points),
             "measured": measured_slope(f, points),
             "by minigrad": np.array(x.grad.tolist())}
    for how, value in found.items():
        row(f"{name:8} {how}", value, "9.4f")
        assert np.allclose(value, found["derived"], atol=1e-9)

# %% [markdown]
"""
## ReLU at 0

Document A also writes ReLU as two cases: x if x ≥ 0, and 0 if x < 0. The 0 may
stand in either case, the value is 0. But what is the slope there? From the
right it is 1, from the left 0. At the bend there is no slope, and a rule has to
be chosen. Differentiate the document's cases one by one, and you get 1.
minigrad, like PyTorch, takes 0. And a central difference gives neither: it sees
both sides.
"""

# %%
h = 1e-5
zero = minigrad.tensor(0.0, requires_grad=True)                     # ()
zero.relu().backward()
at_zero = {"from the right": (relu(h) - relu(0)) / h,
           "from the left": (relu(0) - relu(-h)) / h,
           "central difference": (relu(h) - relu(-h)) / (2 * h),
           "the cases, x ≥ 0": 1.0,
           "minigrad": zero.grad.item()}
print("\nThe slope of ReLU at 0")
for name, value in at_zero.items():
    print(f"  {name:19}{value:4.1f}")
assert np.allclose(list(at_zero.values()), [1, 0, 0.5, 1, 0])

# %% [markdown]
"""
In practice it hardly matters: a sum of many random numbers is not exactly 0.
But a gradient check must stay away from bends, or it reports ½ as an error.

## Where the printed formulas fail

A float64 ends at about 1.8 · 10³⁰⁸, so eˣ overflows (溢出) to infinity when x
exceeds 709. A float32 ends at 3.4 · 10³⁸, and there it happens above 88, which
a network can well reach. What do the printed formulas do then? (`np.errstate`
silences NumPy's warnings, for here we want to see the results.)
"""


# %%
def stable_tanh(x: np.ndarray) -> np.ndarray:
    """Divided above and below by e^|x|: only e^(−2|x|) ≤ 1 is left."""
    small = np.exp(-2 * np.abs(x))
    return np.sign(x) * (1 - small) / (1 + small)


large = np.array([-1000.0, -710.0, -20.0, 20.0, 710.0, 1000.0])     # (6,)
with np.errstate(over="ignore", invalid="ignore"):
    rows = {"tanh as printed": tanh(large), "tanh, stable": stable_tanh(large),
            "np.tanh": np.tanh(large), "sigmoid as printed": sigmoid(large),
            "sigmoid by tanh": 0.5 * (1 + np.tanh(large / 2))}
    assert np.isnan(tanh(np.float32(89))), "in float32 it fails from 89 on"
print("\nLarge inputs")
row("x", large, "9.0f")
for name, value in rows.items():
    row(name, value, "9.4f")
assert np.isnan(rows["tanh as printed"][[0, -1]]).all()
assert np.allclose(rows["tanh, stable"], np.tanh(large))

# %% [markdown]
"""
tanh as printed is ∞/∞, and that is nan, "not a number". One nan in a network
makes all its numbers nan within one step. Divided above and below by e^|x|, the
same formula never sees a large number.

The printed sigmoid is right even for −1000: 1/(1 + ∞) = 0. But its gradient is
not. Let minigrad differentiate the formula as printed: the walk back meets
0 · ∞. So `x.sigmoid()` is an operation of its own, with the slope f (1 − f), in
which nothing is infinite.
"""

# %%
gradients = {}
for name in ("as printed", "x.sigmoid()"):
    x = minigrad.tensor(np.array(-1000.0), requires_grad=True)      # ()
    value = 1 / (1 + (-x).exp()) if name == "as printed" else x.sigmoid()
    value.backward()
    gradients[name] = x.grad.item()
    print(f"  sigmoid(-1000), {name:11}   value {value.item():.1f}   gradient "
          f"{x.grad.item():.1f}")
assert np.isnan(gradients["as printed"]) and gradients["x.sigmoid()"] == 0

# %% [markdown]
"""
## Saturation

Far from 0, sigmoid and tanh are nearly flat: they saturate (饱和). A flat
function lets no gradient through. And even at its steepest, sigmoid passes on
only a quarter:

    f (1 − f) is largest at f = ½, where it is ¼
    1 − f² is largest at f = 0, where it is 1
"""

# %%
far = np.array([0.0, 1.0, 2.0, 5.0, 10.0])                          # (5,)
print("\nSlopes, away from 0")
row("x", far, "10.0f")
for name, slope_of in slopes.items():
    row(name, slope_of(far), "10.6f")
dense = np.linspace(-6, 6, 2001)                                    # (2001,)
assert slopes["sigmoid"](dense).max() <= 0.25
assert slopes["tanh"](dense).max() <= 1

# %% tags=["hidden"]
with plot.figure(10, 4.2,
                 "Three activation functions and their slopes") as fig:
    for ax, (name, f), color in zip(fig.subplots(1, 3), functions.items(),
                                    (plot.ORANGE, plot.BLUE, plot.GREEN)):
        xs = np.linspace(-4, 4, 401)
        ax.axhline(0, color="#d0d0d0", linewidth=1)
        ax.plot(xs, f(xs), color=color, label="value")
        # the slope of ReLU jumps at 0: two pieces
        below, above = xs[xs < 0], xs[xs > 0]
        for part, label in ((below, "slope"), (above, None)):
            ax.plot(part, slopes[name](part), "--", color=plot.BLACK,
                    linewidth=1.6, label=label)
        ax.set(title=name, xlabel="x", ylim=(-1.2, 2.2), xticks=(-4, 0, 4))
        ax.legend(loc="upper left")
print()
picture(fig, options, "activations")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="activations")

# %% [markdown]
"""
## What to remember

- Without an activation between them, layers collapse into one.
- sigmoid′ = f (1 − f) ≤ ¼, tanh′ = 1 − f² ≤ 1, ReLU′ = 1 or 0.
- A formula that is right on paper may overflow. Look for a form whose
  exponents are never positive.

## Things to try

- Exercise 2 (`python -m lessons check 2`) includes the backward pass of tanh.
"""
