# ---
# title: wrong gradients that learn, and XOR
# documents: B §4.3
# time: 5 s
# needs:
# ---

# %% [markdown]
"""
# Wrong gradients, and XOR

**You will know** that a wrong gradient may still learn, how to notice it, and
what hidden units do.
**Time:** 40 minutes. **You need:** lesson 11 (backpropagation).

The document's rules differ from the measured ones in four places. What does
each of the mistakes do to the training?
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import plot
from minigrad.trace import draw

options = read_options("xor_network",
                       "Backpropagation by hand: mistakes, and XOR.")
begin(options)
carried = earlier("backpropagation")
(J, W1, W2, alpha, at_h, at_z, b1, b2, by_hand, dJ_dW1, dJ_dW2, dJ_db1,
 dJ_db2, h, loss_of, names, sigmoid, t, x, x_other, y) = map(
    carried.get, ("J W1 W2 alpha at_h at_z b1 b2 by_hand dJ_dW1 dJ_dW2 dJ_db1 "
                  "dJ_db2 h loss_of names sigmoid t x x_other y").split())


# %% [markdown]
"""
## One mistake at a time

What does each mistake do to the gradient? Plant one of them in the correct
rules, and divide by the correct gradient. Where the column says 1 nothing
happened.
"""


# %%
def gradient_with(sign: float = 1, at: np.ndarray = at_z,
                  output_slope: bool = True, factor: float = 1,
                  x: np.ndarray = x, h: np.ndarray = h,
                  y: np.ndarray = y) -> list[np.ndarray]:
    """The gradient of J for (W1, b1, W2, b2), with mistakes if asked for."""
    d2 = sign * (y - t) * (y * (1 - y) if output_slope else 1)       # (1,)
    d1 = (W2 @ d2) * at                                              # (3,)
    return [factor * g for g in (np.outer(x, d1), d1, np.outer(h, d2), d2)]


mistakes = {"none": {}, "sign of Δy": {"sign": -1},
            "no slope at the output": {"output_slope": False},
            "σ′ taken at h": {"at": at_h}, "α = 0.1 twice": {"factor": alpha}}
print(f"  {'mistake':26}{'W2':>7}{'b2':>7}    W1 and b1 of unit 1, 2, 3")
for name, mistake in mistakes.items():
    wrong = gradient_with(**mistake)
    ratios = [wrong[2][0, 0] / dJ_dW2[0, 0], (wrong[3] / dJ_db2).item(),
              *(wrong[1] / dJ_db1)]
    print(f"  {name:26}" + "".join(f"{r:7.2f}" for r in ratios[:2]) + "    "
          + "".join(f"{r:7.2f}" for r in ratios[2:]))
assert np.allclose(gradient_with()[0], dJ_dW1)

# %% [markdown]
"""
The sign turns the direction around. α twice and the missing slope multiply the
whole gradient by one number: they change how long the step is, not where it
goes. Is that so with more than one example? Take a second one, (4, 2) with the
same target, and add the two gradients.
"""

# %%
h_other = sigmoid(W1.T @ x_other + b1)                               # (3,)
other = {"x": x_other, "h": h_other, "y": sigmoid(W2.T @ h_other + b2),
         "at": h_other * (1 - h_other)}


def of_both(**mistake) -> np.ndarray:
    """∂J/∂W2 (3, 1), added up over the two examples."""
    return gradient_with(**mistake)[2] + gradient_with(**mistake, **other)[2]


both = {}
for name in ("α = 0.1 twice", "no slope at the output"):
    both[name] = (of_both(**mistakes[name]) / of_both()).ravel()
    print(f"  {name:26}" + "".join(f"{r:7.2f}" for r in both[name])
          + "    W2, two examples")
assert np.allclose(both["α = 0.1 twice"], 0.1)
assert np.ptp(both["no slope at the output"]) > 0.1

# %% [markdown]
"""
α twice is still one factor. The missing slope is not: y (1 − y) differs from
example to example, so each part of the sum is stretched by its own number, and
the sum points elsewhere.

σ′ at h is the sneaky one. Even with one example each hidden unit has its own
factor, so the direction is a little wrong, and the loss still falls. Only a
gradient check finds that.

## As printed, and corrected step by step

Now the whole rules, from the same start, with α = 0.5. First exactly as printed
(σ′(h) read kindly, as h (1 − h), and Δh with W⁽²⁾ᵢ); then with one correction
more each time.
"""


# %%
def run(sign: float, factor: float, output_slope: bool, alpha: float,
        steps: int) -> np.ndarray:
    """The loss at the start, and after each step by these rules."""
    U1, c1, U2, c2 = W1.copy(), b1.copy(), W2.copy(), b2.copy()
    losses = [loss_of(U1, c1, U2, c2)]
    for _ in range(steps):
        h = sigmoid(U1.T @ x + c1)                                   # (3,)
        y = sigmoid(U2.T @ h + c2)                                   # (1,)
        d2 = sign * (y - t) * (y * (1 - y) if output_slope else 1)   # (1,)
        d1 = (U2 @ d2) * h * (1 - h)                                 # (3,)
        for p, g in ((U1, np.outer(x, d1)), (c1, d1), (U2, np.outer(h, d2)),
                     (c2, d2)):
            p -= factor * g
        losses.append(loss_of(U1, c1, U2, c2))
    return np.array(losses)


rate, steps = 0.5, 40
versions = {"as printed": run(-1, rate ** 2, False, rate, steps),
            "sign of Δy corrected": run(1, rate ** 2, False, rate, steps),
            "and α only once": run(1, rate, False, rate, steps),
            "and σ′ of the output": run(1, rate, True, rate, steps)}
shown_steps = (0, 1, 2, 5, 10, 20, 40)
print(f"  {'loss J after step':21}" + "".join(f"{k:8}" for k in shown_steps))
for name, losses in versions.items():
    print(f"  {name:21}" + "".join(f"{losses[k]:8.4f}" for k in shown_steps))

# %%
printed_run = versions["as printed"]
corrected_run = versions["and σ′ of the output"]
with plot.figure(10, 4.5, "The rules of B §4.3, corrected in steps") as fig:
    ax = fig.subplots()
    looks = ((plot.ORANGE, "-", "s"), (plot.PURPLE, "--", "v"),
             (plot.GREEN, ":", "D"), (plot.BLUE, "-", "o"))
    for (name, losses), (color, line, marker) in zip(versions.items(), looks):
        ax.plot(losses, color=color, linestyle=line, marker=marker,
                markevery=5, label=name)
    ax.set(xlabel="step", ylabel="loss J", xlim=(0, steps + 0.4), yscale="log",
           ylim=(5e-5, 1))
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
    picture(fig, options, "rules")

# %% [markdown]
"""
Look at the last two lines. Without the slope of the output the loss falls
*faster* than with it. That doesn't make the formula right: the step is simply
five times as large at the start, and more later. But it is a hint. The slope y
(1 − y) goes to 0 when y goes to 0 or 1, also when that is the wrong side, and
the squared error then learns very slowly. The cross-entropy does not have the
factor. That is one reason why it is preferred for classes.

## Autograd does the same

We write down the forward pass only. Each operation knows its own small
derivative, and `backward` walks the chain from J to the parameters, as we did
on paper. x is a row now, (1, 2): x W1 has the same numbers as W1ᵀ x, and
nothing needs to be transposed.
"""

# %%
# float64, as W1 is
leaves = [minigrad.tensor(p, requires_grad=True) for p in (W1, b1, W2, b2)]
tW1, tb1, tW2, tb2 = leaves
tx, tt = minigrad.tensor(x[None]), minigrad.tensor(t)  # (1, 2), (1,)
tz1 = tx @ tW1 + tb1  # (1, 2) @ (2, 3) → (1, 3)
th = tz1.sigmoid()                                                  # (1, 3)
tz2 = th @ tW2 + tb2  # (1, 3) @ (3, 1) → (1, 1)
ty = tz2.sigmoid()                                                  # (1, 1)
tJ = (ty - tt) ** 2 / 2                                             # (1, 1)
tJ.backward()

print(f"  J   by hand {J:.6f}   autograd {tJ.item():.6f}")
for name, leaf, mine in zip(names, leaves, by_hand):
    difference = np.abs(leaf.grad.numpy() - mine).max()
    print(f"  ∂J/∂{name}   largest difference "
          f"{'below 1e-12' if difference < 1e-12 else difference}")
    assert np.allclose(leaf.grad.numpy(), mine, rtol=0, atol=1e-12), name

# %% [markdown]
"""
The picture shows what autograd has remembered: a box for each operation with
its value, and in orange the gradient that came back to it. Read it from the
bottom to the top, beside the formulas on paper: the gradient of z2 is δ2, that
of z1 is δ1.
"""

# %%
called = {"x": tx, "W1": tW1, "b1": tb1, "W2": tW2, "b2": tb2, "t": tt,
          "z1": tz1, "h": th, "z2": tz2, "y": ty, "J": tJ}
picture(draw(tJ, names=called, title="The 2-3-1 network after backward"),
        options, "graph")

# %% [markdown]
"""
## XOR

XOR (异或, exclusive or) is 1 where exactly one of its two inputs is 1:

| x₁ | x₂ | t |
| --- | --- | --- |
| 0 | 0 | 0 |
| 0 | 1 | 1 |
| 1 | 0 | 1 |
| 1 | 1 | 0 |

With four examples we compute all at once. Each example is a row, so X has the
shape (4, 2), and column vectors become rows: W1ᵀx turns into X W1. The rules
stay the same. The gradient of a weight is the sum over the examples, and the
matrix product Xᵀ δ1 does that sum.
"""

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)         # (4, 2)
T = np.array([[0], [1], [1], [0]], dtype=float)                     # (4, 1)


def forward(P: list[np.ndarray],
            X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activations (N, 3) and outputs (N, 1) for X (N, 2)."""
    W1, b1, W2, b2 = P
    H = sigmoid(X @ W1 + b1)  # (N, 2) @ (2, 3) + (3,) → (N, 3)
    return H, sigmoid(H @ W2 + b2)  # (N, 3) @ (3, 1) + (1,) → (N, 1)


def gradients(P: list[np.ndarray], X: np.ndarray,
              T: np.ndarray) -> list[np.ndarray]:
    """∂J/∂(W1, b1, W2, b2) for J = ½ Σ (y − t)²: B's rules, corrected."""
    H, Y = forward(P, X)
    D2 = (Y - T) * Y * (1 - Y)                  # (N, 1)
    D1 = D2 @ P[2].T * H * (1 - H)              # (N, 1) @ (1, 3) → (N, 3)
    return [X.T @ D1, D1.sum(0), H.T @ D2, D2.sum(0)]


one = gradients([W1, b1, W2, b2], x[None], t[None])  # one row: as before
assert all(np.allclose(a, b) for a, b in zip(one, by_hand))

# %% [markdown]
"""
The weights start at random: if all were equal, all hidden units would compute
the same and get the same gradient, and would stay equal forever. Then 4000
steps with α = 1.
"""

# %%
rng = np.random.default_rng(options.seed)
P = [rng.normal(size=(2, 3)), np.zeros(3),
     rng.normal(size=(3, 1)), np.zeros(1)]
history = []
for step_number in range(4001):
    Y = forward(P, X)[1]
    history.append(0.5 * ((Y - T) ** 2).sum())
    if step_number in (0, 100, 300, 1000, 4000):
        print(f"  step {step_number:5}   J = {history[-1]:.4f}   y = "
              + "  ".join(f"{v:.3f}" for v in Y.ravel()))
    for p, g in zip(P, gradients(P, X, T)):
        p -= 1.0 * g

assert history[-1] < history[0], "the loss has not fallen"
if options.seed == 0:
    assert np.array_equal(Y > 0.5, T > 0.5), "XOR was not learned"

# %% [markdown]
"""
Does it always work? No. The loss of a network is not a bowl, and from some
starts the descent gets stuck, or needs very long. Here are 100 starts at once
(an axis more in front, else nothing new).
"""

# %%
starts = [np.random.default_rng(seed) for seed in range(100)]
many = [np.stack([r.normal(size=(2, 3)) for r in starts]),
        np.zeros((100, 1, 3)),
        np.stack([r.normal(size=(3, 1)) for r in starts]),
        np.zeros((100, 1, 1))]
for _ in range(2000):
    H = sigmoid(X @ many[0] + many[1])  # (100, 4, 3)
    Y100 = sigmoid(H @ many[2] + many[3])  # (100, 4, 1)
    D2 = (Y100 - T) * Y100 * (1 - Y100)
    D1 = D2 @ many[2].transpose(0, 2, 1) * H * (1 - H)
    for p, g in zip(many,
                    (X.T @ D1, D1.sum(1, keepdims=True),
                     H.transpose(0, 2, 1) @ D2, D2.sum(1, keepdims=True))):
        p -= g
learned = ((Y100 > 0.5) == (T > 0.5)).all((1, 2))                    # (100,)
print(f"  after 2000 steps {learned.sum()} of 100 starts have all four "
      "answers right")
assert learned.sum() > 50

# %% [markdown]
"""
## What the hidden units do

A hidden unit computes w₁x₁ + w₂x₂ + b and bends it with σ. It is ½ along a
straight line, the black line in its picture, near 1 on one side of the line and
near 0 on the other. One unit can only cut the plane in two. The output adds
three such cuts up with its weights, so its border can be two lines, with a band
between them. That is what XOR needs.
"""

# %%
H, Y = forward(P, X)
print("  x            h₁      h₂      h₃        y    t")
for point, hidden, out, target in zip(X, H, Y, T):
    units = "".join(f"{v:8.3f}" for v in hidden)
    print(f"  ({point[0]:.0f}, {point[1]:.0f})  {units}  {out[0]:7.3f}    "
          f"{target[0]:.0f}")
weights = "".join(f"{v:8.1f}" for v in P[2].ravel())
print(f"  W2    {weights}    b2 = {P[3][0]:.1f}")

# %%
side = np.linspace(-0.5, 1.5, 81)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)    # (6561, 2)
grid_H, grid_Y = forward(P, grid)
title = "XOR: what the units compute, for every point of the plane"
with plot.figure(10, 3.5, title) as fig:
    axes = fig.subplots(1, 4, sharey=True)
    surfaces = [*grid_H.T, grid_Y[:, 0]]
    units = ("hidden unit 1", "hidden unit 2", "hidden unit 3", "output y")
    for ax, surface, name in zip(axes, surfaces, units):
        values = surface.reshape(81, 81)
        filled = ax.contourf(side, side, values, levels=np.linspace(0, 1, 11),
                             cmap="cividis")
        ax.contour(side, side, values, levels=[0.5], colors="black",
                   linewidths=1.5)
        for target, marker, color in ((0, "o", "white"),
                                      (1, "X", plot.ORANGE)):
            chosen = X[T[:, 0] == target]
            ax.scatter(*chosen.T, marker=marker, s=110, color=color,
                       edgecolor="black", zorder=3, label=f"t = {target}")
        ax.set(title=name, xlabel="x₁", aspect="equal", xticks=(0, 1),
               yticks=(0, 1))
    axes[0].set_ylabel("x₂")
    fig.colorbar(filled, ax=axes, ticks=(0, 0.5, 1), shrink=0.75)
    fig.legend(*axes[0].get_legend_handles_labels(),
               loc="outside lower center", ncols=2)
    picture(fig, options, "xor")

# %% [markdown]
"""
## Why it does not go without a hidden layer

Without a hidden layer y = σ(w₁x₁ + w₂x₂ + b): one line. For XOR it would have
to hold

    b < 0                   for (0, 0)
    w₂ + b > 0              for (0, 1)
    w₁ + b > 0              for (1, 0)
    w₁ + w₂ + b < 0         for (1, 1)

Add the two in the middle: w₁ + w₂ + 2b > 0, so w₁ + w₂ + b > −b > 0. The last
line says the opposite. No numbers can do it. With the cross-entropy, descent
finds the smallest value there is: it says ½ to everything.
"""

# %% tags=["hidden"]
w, b = rng.normal(size=(2, 1)), np.zeros(1)  # (2, 1), (1,)
for _ in range(4000):
    D = sigmoid(X @ w + b) - T  # (4, 1): ∂C/∂z of the cross-entropy
    w, b = w - 0.5 * X.T @ D, b - 0.5 * D.sum(0)
alone = sigmoid(X @ w + b)
print("  without a hidden layer, trained:   y = "
      + "  ".join(f"{v:.3f}" for v in alone.ravel()))
assert np.allclose(alone, 0.5, atol=1e-6)

lines = rng.normal(size=(100_000, 3))  # w₁, w₂, b at random
right = ((lines[:, :2] @ X.T + lines[:, 2:] > 0) == (T.T > 0.5)).sum(1)
print(f"  of 100,000 random lines, the best has {right.max()} of the 4 "
      "answers right")
assert right.max() == 3

write_results(options.output / "results.json", options,
              lesson="xor_network", loss=J,
              printed_rules_after_40_steps=printed_run[40],
              corrected_rules_after_40_steps=corrected_run[40],
              xor_loss_at_start=history[0],
              xor_loss_after_4000_steps=history[-1],
              xor_learned_of_100_starts=int(learned.sum()))

# %% [markdown]
"""
## What to remember

- A wrong gradient often still learns, only worse. Measure slopes; do not
  trust a falling loss.
- A hidden unit is a line. XOR needs two lines, so it needs a hidden layer.

## Things to try

- In the cell with the 100 starts, leave out `* Y100 * (1 - Y100)`: that is
  the cross-entropy. How many starts have learned XOR after 200 steps, with it
  and without it? And after 2000?
- In the same cell, give the hidden layer two units instead of three. How many
  learn it now?
"""

# %% tags=["hidden", "audit"]
appendix("xor_network", {**carried, **globals()})
