# ---
# title: gradient descent
# documents: A §4.1.1, B §4.2, E §4.2
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Gradient descent

**You will know** how a loss is walked downhill, which way a step must go, and
how large it may be.
**Time:** 30 minutes. **You need:** lesson 4 (eight steps).

Lesson 1 (tensors and gradients) found out how a loss changes with a parameter.
Gradient descent (梯度下降) uses it: step to where the loss falls, look again,
step again. Documents A (§4.1.1), B (§4.2) and E (§4.2) all print the same
formula for the step:

    θ ← θ − α ∂J/∂θ

with θ a parameter (参数), J the loss, and α the learning rate (学习率).

A also works out the first step of an example. That step goes the wrong way. We
find out why, and how large a step may be.
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

options = read_options("gradient_descent",
                       "Gradient descent, its first step and its size.")
begin(options)

# %% [markdown]
"""
## The example of document A

A line through the origin, ŷ = θ x, is to fit points (xᵢ, yᵢ). The loss is half
the sum of the squared errors. (The document calls it the mean squared error;
what ½Σ and a mean differ in is the subject of lesson 9, losses.)

    J(θ) = ½ Σᵢ (yᵢ − θ xᵢ)²          θ₀ = 0,  α = 0.01

One point is enough to see what happens: x = 2, y = 4. The best θ is then 2,
where J = 0.
"""


# %%
def loss_at(theta: float, x: np.ndarray, y: np.ndarray) -> float:
    """J(θ)."""
    return float(0.5 * ((y - theta * x) ** 2).sum())


def minus(value: float, digits: int = 2) -> str:
    """A number with a minus sign as the formulas have it."""
    return f"{value:.{digits}f}".replace("-", "−")


x, y = np.array([2.0]), np.array([4.0])         # (1,), (1,)
print("J(θ) = ½ (4 − 2θ)²")
print("  θ  ", "".join(f"{theta:8.2f}" for theta in (-1, 0, 1, 2, 3)))
print("  J  ",
      "".join(f"{loss_at(theta, x, y):8.2f}" for theta in (-1, 0, 1, 2, 3)))
assert loss_at(0, x, y) == 8 and loss_at(2, x, y) == 0

# %% [markdown]
"""
## Its slope

By the chain rule (链式法则), with the error e as a step between:

    e = y − θx        ∂e/∂θ = −x
    J = ½ e²          ∂J/∂e = e             the 2 of the square and the ½ cancel

    ∂J/∂θ = e · (−x) = −(y − θx) · x    and with several points the sum of these

At θ = 0 that is −(4 − 0) · 2 = −8: a larger θ makes the loss smaller. We
measure it, as in lesson 1 (tensors and gradients), and let minigrad find it.
"""


# %%
def gradient_at(theta: float, x: np.ndarray, y: np.ndarray) -> float:
    """∂J/∂θ = −Σ (y − θx) x."""
    return float(-((y - theta * x) * x).sum())


def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The slope of f at x, measured: a central difference."""
    return (f(x + h) - f(x - h)) / (2 * h)


theta = minigrad.tensor(np.array(0.0), requires_grad=True)  # ()
errors = minigrad.tensor(y) - theta * minigrad.tensor(x)    # (1,)
(0.5 * (errors ** 2).sum()).backward()

derived = gradient_at(0, x, y)
measured = slope(lambda value: loss_at(value, x, y), 0)
print("\n∂J/∂θ at θ = 0")
for name, value in (("derived", derived), ("measured", measured),
                    ("by minigrad", theta.grad.item())):
    print(f"  {name:12}{value:8.4f}")
assert derived == theta.grad.item() == -8 and abs(measured - derived) < 1e-6

# %% [markdown]
"""
## The first step

The right one: θ₁ = 0 − 0.01 · (−8) = +0.08. Document A prints this instead:

    θ₁ = θ₀ − α ∇J(θ₀) = 0 − 0.01 · 2 · (y₁ − θ₀x₁) = −0.01 · (y₁ − θ₀x₁)

Compare its ∇J with ours. The factor x₁ is missing, and so is the minus sign,
which both come from ∂e/∂θ = −x. There is a 2, although the ½ should have
cancelled it, and in the last term it is gone without a reason. So what is
printed are two different steps, and both go the wrong way.
"""

# %%
RATE = 0.01
error = 4 - 0 * 2                               # y₁ − θ₀x₁
steps = {
    "right            θ₀ − 0.01 · (−(y₁ − θ₀x₁) x₁)": 0 - RATE * (-error * 2),
    "printed, middle  θ₀ − 0.01 · 2 · (y₁ − θ₀x₁)  ": 0 - RATE * 2 * error,
    "printed, last    −0.01 · (y₁ − θ₀x₁)          ": -RATE * error,
}
print("\nThe first step, from θ₀ = 0 with the loss 8.0000")
print(" " * 50 + "θ₁     loss")
for name, value in steps.items():
    print(f"  {name}  {value:+.2f}   {loss_at(value, x, y):.4f}")

right, middle, last = steps.values()
assert right == 0 - RATE * gradient_at(0, x, y)
assert np.allclose([right, middle, last], [0.08, -0.08, -0.04])
assert loss_at(right, x, y) < 8 < loss_at(last, x, y) < loss_at(middle, x, y)

# %% [markdown]
"""
Document A goes on: "by iterating, the parameters are gradually optimized, so
that the value of the loss gradually falls". With the printed step it does not.
Each step makes the error e larger, and a larger error makes the next step
larger.
"""


# %%
def printed_step(theta: float, x: np.ndarray, y: np.ndarray,
                 rate: float) -> float:
    """Document A's step as its last term prints it."""
    return theta - rate * (y[0] - theta * x[0])


paths: dict[str, list[float]] = {"right": [0.0], "printed": [0.0]}
for _ in range(100):
    at = paths["right"][-1]
    paths["right"].append(at - RATE * gradient_at(at, x, y))
    paths["printed"].append(printed_step(paths["printed"][-1], x, y, RATE))

print("\nThe step repeated\n                right              as printed")
print("  step         θ     loss           θ     loss")
for t in (0, 1, 2, 10, 50, 100):
    columns = (f"{paths[k][t]:10.4f} {loss_at(paths[k][t], x, y):8.4f}"
               for k in paths)
    print(f"  {t:4}" + "  ".join(columns))
losses = {name: [loss_at(value, x, y) for value in path]
          for name, path in paths.items()}
assert all(a > b for a, b in zip(losses["right"], losses["right"][1:]))
assert all(a < b for a, b in zip(losses["printed"], losses["printed"][1:]))

# %% [markdown]
"""
Is the printed step wrong for every point? It lacks the factor −x₁. So it is
exactly right where −x₁ = 1, and at least goes the right way where x₁ is
negative.
"""

# %%
print("\nThe first step for other points, y = 2x: does the loss fall?")
print("    x₁    loss before   right step   printed step")
for x1 in (2.0, 1.0, -0.5, -1.0, -2.0):
    point = np.array([x1]), np.array([2 * x1])
    with_right = loss_at(-RATE * gradient_at(0, *point), *point)
    with_printed = loss_at(printed_step(0, *point, RATE), *point)
    print(f"  {x1:4.1f}    {loss_at(0, *point):11.4f}   {with_right:10.4f}   "
          f"{with_printed:12.4f}")
    assert (with_printed < loss_at(0, *point)) == (x1 < 0)
    assert (abs(with_printed - with_right) < 1e-12) == (x1 == -1)

# %% [markdown]
"""
## Why against the gradient

Document A says in words: step "along the direction of the gradient"
(沿着损失函数的梯度方向). Document E says: "against the direction of the
gradient" (沿着梯度的反方向). Only one can be right. Near θ the loss is nearly a
straight line with the slope ∂J/∂θ:

    J(θ + Δ) ≈ J(θ) + ∂J/∂θ · Δ

Choose Δ = −α ∂J/∂θ, and the change is −α (∂J/∂θ)²: a square with a minus sign,
so the loss falls, whatever the sign of the slope. With Δ = +α ∂J/∂θ it rises.
For our step the fall should be about 0.01 · 8² = 0.64. It is a little less, for
the loss is not quite a straight line.
"""

# %%
against, along = loss_at(0 - RATE * -8, x, y), loss_at(0 + RATE * -8, x, y)
print("\nOne step from θ = 0, where the loss is 8 and its slope −8")
print(f"  predicted change     ∓{RATE * 8 ** 2:.4f}")
print(f"  against the gradient  {against - 8:+.4f}")
print(f"  along the gradient    {along - 8:+.4f}")
assert abs((8 - against) - 0.64) < 0.02 and along > 8 > against

# %% [markdown]
"""
## How large a step?

Now three points. The gradient is a sum over all of them. (Document A's step has
y₁ and x₁ only: either there is just one point, or the sum was lost.)

    ∂J/∂θ = −Σ (y − θx) x = −Σ xy + θ Σ x²

It is 0 at θ* = Σxy / Σx², the best θ. Write the gradient with it,
∂J/∂θ = Σx² · (θ − θ*), and a step does something simple to the distance from
θ*:

    θ ← θ − α Σx² (θ − θ*)        so        (θ − θ*) ← (1 − α Σx²) · (θ − θ*)

Each step multiplies the distance by the same factor, 1 − α Σx². It shrinks if
the factor lies between −1 and 1. So a learning rate is good between 0 and

    2 / Σx²

At 1 / Σx² the factor is 0: one step, and one is there. Above that each step
leaps over the valley, and above 2 / Σx² one lands higher than one was.
"""

# %%
x, y = np.array([1.0, 2.0, 3.0]), np.array([2.1, 3.9, 6.2])  # (3,), (3,)
best = (x * y).sum() / (x * x).sum()
limit = 2 / (x * x).sum()
print("\nThree points, (1, 2.1), (2, 3.9), (3, 6.2)")
print(f"  θ* = {best:.4f}, Σx² = {(x * x).sum():.0f}, learning rates up to "
      f"{limit:.4f}")
full, first_only = gradient_at(0, x, y), gradient_at(0, x[:1], y[:1])
print(f"  ∂J/∂θ at 0: all points {full:.2f}, the first point alone "
      f"{first_only:.2f}")
assert abs(gradient_at(best, x, y)) < 1e-12


def descend(rate: float, steps: int, theta: float = 0.0) -> list[float]:
    """All θ on the way, the start included."""
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient_at(path[-1], x, y))
    return path


# %%
lowest = loss_at(best, x, y)
rates = {"far too small": 0.0005, "small": 0.02, "one step": limit / 2,
         "leaping": 0.13, "the limit": limit, "too large": 0.15}
print(f"\n20 steps from θ = 0; the loss is {loss_at(0, x, y):.2f} there and "
      f"{lowest:.4f} at best")
print("                   α     factor        θ₁       θ₂₀      loss after 20")
for name, rate in rates.items():
    path = descend(rate, 20)
    factor = 1 - rate * (x * x).sum()
    print(f"  {name:13} {rate:.4f}   {factor:+7.3f}  {path[1]:8.4f}  "
          f"{path[-1]:8.4f}   {loss_at(path[-1], x, y):16.4f}")
    away = np.array(path) - best                            # (21,)
    assert np.allclose(away[1:], factor * away[:-1])
    falls = loss_at(path[-1], x, y) < loss_at(0, x, y) - 1e-6
    assert falls == (rate < limit - 1e-9)

# %% [markdown]
"""
In the picture each dot is one step. Small steps creep, since the slope, too,
gets smaller on the way down. Leaping is not bad in itself: at 0.13 the dots
change sides and still come down. At 0.15 they climb.
"""

# %% tags=["hidden"]
with plot.figure(10, 4.2, "Three learning rates; the limit is 0.143") as fig:
    for ax, rate, color, name in zip(fig.subplots(1, 3, sharey=True),
                                     (0.02, 0.13, 0.15),
                                     (plot.BLUE, plot.GREEN, plot.ORANGE),
                                     ("small", "leaping", "too large")):
        grid = np.linspace(-0.9, 5.0, 200)
        ax.plot(grid, [loss_at(t, x, y) for t in grid], color=plot.GRAY,
                linewidth=1.5)
        # inside the picture
        path = [t for t in descend(rate, 6) if loss_at(t, x, y) < 60]
        ax.plot(path, [loss_at(t, x, y) for t in path], "o-", color=color,
                linewidth=1.3)
        for t, value in enumerate(path[:3]):
            ax.annotate(str(t), (value, loss_at(value, x, y)), (5, 6),
                        textcoords="offset points")
        ax.set(xlabel="θ", title=f"α = {rate}: {name}", ylim=(-3, 62))
    fig.axes[0].set_ylabel("loss J(θ)")
print()
picture(fig, options, "learning_rates")

# %% [markdown]
"""
## How document B tells it

B (§4.2) prints the formula rightly, with one equation for each parameter θⱼ.
Then it says how to get the new value: "subtract from each parameter's update
amount the original parameter" (将每个参数的更新量 减去原始参数). The update
amount (更新量) is α ∂J/∂θ. So in words it is α ∂J/∂θ − θ, the other way round.
It is a slip of the pen. What if one writes a program by it?
"""

# %%
worded = [0.0]
for _ in range(200):
    worded.append(RATE * gradient_at(worded[-1], x, y) - worded[-1])
by_formula = descend(RATE, 200)[-1]
formula_loss = loss_at(by_formula, x, y)
worded_loss = loss_at(worded[-1], x, y)
print("\n200 steps, α = 0.01")
print(f"  θ − α ∂J/∂θ, the formula   θ = {by_formula:7.4f}   loss "
      f"{formula_loss:8.4f}")
print(f"  α ∂J/∂θ − θ, the words     θ = {worded[-1]:7.4f}   loss "
      f"{worded_loss:8.4f}")
assert abs(by_formula - best) < 1e-6 and worded_loss > loss_at(0, x, y)

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="gradient_descent")

# %% [markdown]
"""
## What to remember

- θ ← θ − α ∂J/∂θ: against the gradient, for the gradient points uphill.
- The derivative of ½ (y − θx)² is −(y − θx) x. The inner derivative −x is
  what gets lost.
- Too small a learning rate creeps, too large a one climbs. For a parabola the
  limit is 2 / its curvature, here 2 / Σx².

## Things to try

- Choose α just below and just above `limit`, and draw the paths with
  `descend(…)`.
- For which x₁ does document A's *middle* term, with its 2, give the right
  step? Compute, then check.
"""
