# ---
# title: a line through points
# documents: B §4.2
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# A line through points

**You will know** how several parameters learn together, and why prepared data
make it faster.
**Time:** 20 minutes. **You need:** lesson 5 (gradient descent).

Lesson 5 (gradient descent) had one parameter and a parabola. With two the loss
is a valley, and its steepest direction sets the limit for both.
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

options = read_options("fit_a_line",
                       "A line through points, by gradient descent.")
begin(options)
carried = earlier("gradient_descent")
RATE, limit, slope = map(carried.get, "RATE limit slope".split())


# %% [markdown]
"""
## Two parameters: a line through points

A line has a slope w and a height b at x = 0. Each has its own gradient; both
are computed at the same point, and then both parameters step.

    ŷᵢ = w xᵢ + b        J = ½ Σ (yᵢ − ŷᵢ)²

    ∂J/∂w = −Σ (yᵢ − ŷᵢ) xᵢ          ∂ŷ/∂w = x
    ∂J/∂b = −Σ (yᵢ − ŷᵢ)             ∂ŷ/∂b = 1

The points lie around w = 1.5, b = 0.5, with noise. We start from a level line
at height 3. The gradient there by hand, measured, and by minigrad:
"""

# %%
rng = np.random.default_rng(options.seed)
xs = rng.uniform(0, 4, 20)                                          # (20,)
ys = 1.5 * xs + 0.5 + 0.4 * rng.normal(size=20)                     # (20,)


def line_loss(w: float, b: float) -> float:
    """J(w, b)."""
    return float(0.5 * ((ys - (w * xs + b)) ** 2).sum())


def line_gradient(w: float, b: float) -> tuple[float, float]:
    """∂J/∂w, ∂J/∂b."""
    error = ys - (w * xs + b)                                       # (20,)
    return float(-(error * xs).sum()), float(-error.sum())


START = 0.0, 3.0                        # w, b: a level line
X = minigrad.tensor(xs, device=options.device)                      # (20,)
Y = minigrad.tensor(ys, device=options.device)                      # (20,)


def start() -> tuple[minigrad.Tensor, minigrad.Tensor]:
    """w () and b () at the start, with a gradient to come."""
    w, b = (minigrad.tensor(np.array(value), device=options.device,
                            requires_grad=True) for value in START)
    return w, b


w, b = start()
(0.5 * ((Y - (w * X + b)) ** 2).sum()).backward()
rows = {"derived": line_gradient(*START),
        "measured": (slope(lambda v: line_loss(v, 3), 0),
                     slope(lambda v: line_loss(0, v), 3)),
        "by minigrad": (w.grad.item(), b.grad.item())}
print("\n20 points around a line: the gradient at w = 0, b = 3")
print("                  ∂J/∂w       ∂J/∂b")
for name, found in rows.items():
    print(f"  {name:12}{found[0]:11.4f} {found[1]:11.4f}")
    assert np.allclose(found, rows["derived"])

# %% [markdown]
"""
The descent, in minigrad. This is the loop of lesson 4 (eight steps) with
nothing but the line in it. There is also a formula for the best line
(`np.polyfit` has it), so we can see whether the descent gets there.
"""

# %%
w, b = start()
track = [(w.item(), b.item())]
for step in range(1000):
    loss = 0.5 * ((Y - (w * X + b)) ** 2).sum()         # (20,) → ()
    loss.backward()
    with minigrad.no_grad():
        for p in (w, b):
            p -= RATE * p.grad
            p.grad = None
    track.append((w.item(), b.item()))

exact = np.polyfit(xs, ys, 1)  # (2,): w, b
print("\nThe line, α = 0.01\n  step        w         b      loss")
for t in (0, 1, 2, 10, 100, 1000):
    print(f"  {t:4}  {track[t][0]:8.4f}  {track[t][1]:8.4f}  "
          f"{line_loss(*track[t]):8.4f}")
print(f"  best  {exact[0]:8.4f}  {exact[1]:8.4f}  {line_loss(*exact):8.4f}")
assert np.allclose(track[-1], exact, atol=1e-4)

# %% [markdown]
"""
Ten steps bring most of it; the rest takes a hundred more. The right side of the
picture shows why. The valley of this loss is long and narrow. The steepest
direction, across the valley, sets the limit for α. Along the valley the slope
is small, so there the steps are small.

It helps to move the points: subtract the mean from x. Then w and b no longer
pull at each other, the valley becomes nearly round, and a larger α, with which
the loss would climb otherwise, is just right. That is what the preparation of
the data in step 3 of lesson 4 (eight steps) was good for.
"""


# %%
def steps_needed(x: np.ndarray, rate: float, most: int) -> tuple[int, float]:
    """Steps until w and b are within 0.001 of the best, and how far then."""
    target = np.polyfit(x, ys, 1)
    w, b = START
    for step in range(most):
        away = max(abs(w - target[0]), abs(b - target[1]))
        if away < 1e-3:
            break
        error = ys - (w * x + b)                                    # (20,)
        w, b = w + rate * (error * x).sum(), b + rate * error.sum()
    return step, away


print("\nSteps until w and b are within 0.001 of the best")
needed = {}
for name, moved, rate in (("x as it is", xs, 0.01), ("x as it is", xs, 0.04),
                          ("x minus its mean", xs - xs.mean(), 0.04)):
    steps, away = steps_needed(moved, rate, most=300)
    needed[name, rate] = steps if away < 1e-3 else None
    print(f"  {name:17} α = {rate}   "
          f"{steps if away < 1e-3 else 'never: it climbs'}")
assert needed["x as it is", 0.04] is None
assert needed["x minus its mean", 0.04] < needed["x as it is", 0.01] / 5

# %% tags=["hidden"]
with plot.figure(10, 4.5, "A line through 20 points") as fig:
    left, right_ax = fig.subplots(1, 2)
    left.plot(xs, ys, "o", color=plot.GRAY)
    for t, style, color in ((1, ":", plot.ORANGE), (10, "--", plot.GREEN),
                            (1000, "-", plot.BLUE)):
        left.plot([0, 4], [track[t][1], 4 * track[t][0] + track[t][1]], style,
                  color=color, label=f"after {t} step" + "s" * (t > 1))
    left.set(xlabel="x", ylabel="y")
    left.legend(loc="upper left")
    # (200, 200)
    ws, bs = np.meshgrid(np.linspace(-0.2, 2.8, 200),
                         np.linspace(-1.0, 3.6, 200))
    # (200, 200)
    heights = 0.5 * ((ys - (ws[..., None] * xs + bs[..., None])) ** 2).sum(-1)
    right_ax.contour(ws, bs, heights, levels=[2, 5, 12, 30, 70, 150],
                     colors=plot.GRAY, linewidths=1)
    right_ax.plot(*np.array(track[:400]).T, "o-", color=plot.BLUE,
                  markersize=4, linewidth=1.3)
    right_ax.plot(*exact, "*", color=plot.ORANGE, markersize=15)
    right_ax.set(xlabel="w", ylabel="b",
                 title="Curves of equal loss; ★ the best line")
print()
picture(fig, options, "line")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="fit_a_line", limit=float(limit), w=track[-1][0],
              b=track[-1][1], loss=line_loss(*track[-1]),
              steps_as_it_is=needed["x as it is", 0.01],
              steps_mean_subtracted=needed["x minus its mean", 0.04])

# %% [markdown]
"""
## What to remember

- With several parameters the steepest direction sets the limit. Data of mean
  0 make the valley rounder.

## Things to try

- Take 1/n Σ instead of ½ Σ in `line_loss` and `line_gradient`. Which α now
  does what 0.01 did?
"""

# %% tags=["hidden", "audit"]
appendix("fit_a_line", {**carried, **globals()})
