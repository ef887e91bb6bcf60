# ---
# title: gradients of gradients
# documents: none, it goes beyond them
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Gradients of gradients

**You will know** what a gradient of a gradient is, and how Newton finds a
minimum with it.
**Time:** 45 minutes. **You need:** lesson 5 (gradient descent).

The gradient says which way is down. It does not say how far one may go: for
that one must know how fast the gradient itself changes, which is the second
derivative (二阶导数), or curvature (曲率).

A gradient is computed from the inputs by ordinary operations. So it has a graph
of its own, and can be differentiated again. This lesson does that, by hand and
by machine, and puts it to use four times: to find minima with few steps, to
know the largest learning rate before trying it, to solve large systems without
ever writing them down, and to train a network whose *slope* is in its loss.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from textwrap import fill, indent
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import begin, picture, read_options, write_results
from minigrad import Tensor, plot
from minigrad.autograd import grad
from minigrad.errors import GraphError
from minigrad.trace import draw

options = read_options("second_derivatives", "Gradients of gradients.")
begin(options)
rng = np.random.default_rng(options.seed)
Loss = Callable[[Tensor], Tensor]

# %% [markdown]
"""
## One variable, by hand

    f(x) = x² sin x

The product rule, once and twice:

    f′(x) = 2x sin x + x² cos x
    f″(x) = 2 sin x + 2x cos x + 2x cos x − x² sin x
          = 2 sin x + 4x cos x − x² sin x

f′ is the slope of f. f″ is the slope of f′: positive where the curve bends
upward, like a bowl, negative where it bends downward.

To measure f″, take the slope to the right, minus the slope to the left, divided
by the distance:

    f″ ≈ [(f(x + h) − f(x)) / h − (f(x) − f(x − h)) / h] / h
       = (f(x + h) − 2 f(x) + f(x − h)) / h²

Dividing by h² makes rounding errors larger than in lesson 1 (tensors and
gradients): with h = 10⁻⁵ only five or six digits are right. The best h is
larger here, near 10⁻⁴.
"""


# %%
def f(x: float) -> float:
    """x² sin x."""
    return x * x * np.sin(x)


def first_by_hand(x: float) -> float:
    """f′."""
    return 2 * x * np.sin(x) + x * x * np.cos(x)


def second_by_hand(x: float) -> float:
    """f″."""
    return 2 * np.sin(x) + 4 * x * np.cos(x) - x * x * np.sin(x)


def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """(f(x + h) − f(x − h)) / 2h."""
    return (f(x + h) - f(x - h)) / (2 * h)


def bend(f: Callable[[float], float], x: float, h: float = 1e-4) -> float:
    """(f(x + h) − 2 f(x) + f(x − h)) / h²."""
    return (f(x + h) - 2 * f(x) + f(x - h)) / (h * h)


at = 1.5
print("f(x) = x² sin x at x = 1.5")
print(f"  f″ by hand                      {second_by_hand(at):.8f}")
print("  f″ measured, and the error")
for h in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    print(f"    h = {h:.0e}                     {bend(f, at, h):.8f}"
          f"   {abs(bend(f, at, h) - second_by_hand(at)):.0e}")
assert abs(bend(f, at) - second_by_hand(at)) < 1e-6

# %% [markdown]
"""
## The same by machine

`grad(y, x)` returns ∂y/∂x as a tuple, and leaves `.grad` alone. Ordinarily the
walk backward takes no notes, for they cost time and memory. `create_graph=True`
makes it take notes: the gradient is then a result like any other, and can be
asked for its own gradient. As often as you like.

How does minigrad do it? An operation's backward is written with operations:
that of x · y returns `g * y`. On plain arrays this computes; on tensors it also
records. `create_graph` hands it tensors.
"""

# %%
x = minigrad.tensor(np.array(at), requires_grad=True)               # ()
y = x * x * x.sin()
(first,) = grad(y, x, create_graph=True)                            # ()
(second,) = grad(first, x, create_graph=True)
(third,) = grad(second, x)  # the last one needs no notes

print("\n          by hand     measured     minigrad")
print(f"  f′   {first_by_hand(at):10.6f}   {slope(f, at):10.6f}   "
      f"{first.item():10.6f}")
print(f"  f″   {second_by_hand(at):10.6f}   {bend(f, at):10.6f}   "
      f"{second.item():10.6f}")
print(f"  f‴                {slope(second_by_hand, at):10.6f}   "
      f"{third.item():10.6f}")
assert abs(first.item() - first_by_hand(at)) < 1e-12
assert abs(second.item() - second_by_hand(at)) < 1e-12
assert abs(third.item() - slope(second_by_hand, at)) < 1e-8

# %% [markdown]
"""
Here is the graph of f′, as the walk backward has written it. Read it from x: it
has computed x² cos x at the top, and sin x · x twice below, for x stands in
x · x twice. The 1 is ∂y/∂y, with which each walk begins.
"""

# %%
print()
picture(draw(first, names={"x": x, "f′": first}, title="The graph of f′"),
        options, "graph")

# %% [markdown]
"""
Without `create_graph` the gradient is only a number, with no way back to x:
"""

# %%
(without_notes,) = grad(x * x * x.sin(), x)
try:
    grad(without_notes, x)
except GraphError as error:
    message = fill(f"GraphError: {error}", 76)
    print(f"\nWithout create_graph\n{indent(message, '  ')}")
else:
    raise AssertionError("a gradient without notes has no gradient")

# %% [markdown]
"""
A whole curve at once: give a row of x, and differentiate the *sum* of the
results. f(x₁) depends on x₁ alone, so ∂(f(x₁) + f(x₂) + …)/∂x₁ = f′(x₁): one
walk gives the slope at every place.

The picture shows how the three belong together. Where f′ is 0, f has a top or a
bottom: a bottom where f″ is positive, a top where it is negative. Where f″ is 0
the bend changes its side.
"""

# %%
xs = minigrad.tensor(np.linspace(1.0, 7.0, 301), requires_grad=True)  # (301,)
ys = xs * xs * xs.sin()                                             # (301,)
(slopes,) = grad(ys.sum(), xs, create_graph=True)                   # (301,)
(bends,) = grad(slopes.sum(), xs)                                   # (301,)
assert np.allclose(slopes.detach().numpy(), first_by_hand(xs.detach().numpy()))
assert np.allclose(bends.numpy(), second_by_hand(xs.detach().numpy()))

place, values = xs.detach().numpy(), bends.numpy()
# where f′ is 0
turning = np.flatnonzero(np.diff(np.sign(slopes.detach().numpy())))
with plot.figure(10, 4.4, "A function, its slope, the slope's slope") as fig:
    ax = fig.subplots()
    ax.axhline(0, color=plot.GRAY, linewidth=1)
    for line, color, style, name in ((ys, plot.BLUE, "-", "f"),
                                     (slopes, plot.ORANGE, "--", "f′"),
                                     (bends, plot.GREEN, ":", "f″")):
        ax.plot(place, line.detach().numpy(), style, color=color, label=name)
    for i in turning:
        kind, side = ("bottom", "top") if values[i] > 0 else ("top", "bottom")
        ax.plot(place[i], f(place[i]), "o", color=plot.BLUE, markersize=9)
        label = f"a {kind}: f′ = 0, f″ = {values[i]:.0f}".replace("-", "−")
        ax.annotate(label, (place[i], f(place[i])), ha="center", va=side,
                    xytext=(0, -14 if kind == "bottom" else 12),
                    textcoords="offset points")
    ax.set(xlabel="x", ylim=(-42, 48))
    ax.legend(loc="upper left")
print()
picture(fig, options, "three_curves")

# %% [markdown]
"""
## Several variables: the Hessian

With n inputs the gradient has n entries, and each of them has a slope along
each input. These n × n numbers are the Hessian (黑塞矩阵):

    H[i, j] = ∂²f / ∂θᵢ ∂θⱼ

It is symmetric: the order of the two derivatives does not matter. Take
Rosenbrock's valley, a bent and narrow one, whose bottom is at (1, 1):

    f(x, y) = (1 − x)² + 10 (y − x²)²

    ∂f/∂x = −2 (1 − x) − 40 x (y − x²)            ∂f/∂y = 20 (y − x²)

    ∂²f/∂x² = 2 − 40 (y − x²) + 80 x²             ∂²f/∂x∂y = −40 x
    ∂²f/∂y∂x = −40 x                              ∂²f/∂y² = 20

By machine it is row by row: the gradient with notes, and then the gradient of
each of its entries.
"""


# %%
def valley(theta: Tensor) -> Tensor:
    """Rosenbrock's function; theta (2,) → ()."""
    x, y = theta[0], theta[1]
    return (1 - x) ** 2 + 10 * (y - x ** 2) ** 2


def valley_by_hand(x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Its gradient (2,) and its Hessian (2, 2)."""
    return (np.array([-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)]),
            np.array([[2 - 40 * (y - x * x) + 80 * x * x, -40 * x],
                      [-40 * x, 20.0]]))


def gradient_at(f: Loss, point: np.ndarray) -> np.ndarray:
    """∇f (n,) at a point (n,)."""
    theta = minigrad.tensor(point, requires_grad=True)
    return grad(f(theta), theta)[0].numpy()


def hessian_at(f: Loss, point: np.ndarray) -> np.ndarray:
    """H (n, n) at a point (n,), row by row."""
    theta = minigrad.tensor(point, requires_grad=True)
    (g,) = grad(f(theta), theta, create_graph=True)                 # (n,)
    return np.stack([grad(g[i], theta, retain_graph=True)[0].numpy()
                     for i in range(len(point))])


def measured_hessian(f: Loss, point: np.ndarray,
                     h: float = 1e-5) -> np.ndarray:
    """Column j: the slope of the gradient along θⱼ, measured."""
    ends = [(gradient_at(f, point + h * e), gradient_at(f, point - h * e))
            for e in np.eye(len(point))]
    return np.stack([(a - b) / (2 * h) for a, b in ends], axis=1)


start = np.array([-1.2, 1.0])
print("\nThe Hessian of Rosenbrock's valley at (−1.2, 1)")
print("              ∂²f/∂x²     ∂²f/∂x∂y    ∂²f/∂y∂x     ∂²f/∂y²")
for name, H in (("by hand", valley_by_hand(*start)[1]),
                ("measured", measured_hessian(valley, start)),
                ("minigrad", hessian_at(valley, start))):
    print(f"  {name:8}" + "".join(f"{v:12.5f}" for v in H.ravel()))
    assert np.allclose(H, valley_by_hand(*start)[1], rtol=1e-6)

# %% [markdown]
"""
The eigenvalues (特征值) of H are the curvatures along its own axes: the largest
across the valley, the smallest along it. At the bottom they are 0.4 and 101.6,
so the valley is more than 200 times as steep one way as the other. That is what
makes gradient descent slow (lesson 5, gradient descent): α must be small for
the steep direction, and is then too small for the flat one.
"""

# %%
bottom = np.array([1.0, 1.0])
low, high = np.linalg.eigvalsh(hessian_at(valley, bottom))
print("\nCurvatures at the bottom (1, 1)")
print(f"  smallest {low:8.3f}\n  largest  {high:8.3f}   "
      f"learning rates up to 2 / {high:.1f} = {2 / high:.4f}")
assert abs(low - 0.394) < 1e-3 and abs(high - 101.606) < 1e-3

# %% [markdown]
"""
## Newton's method

Near a point every smooth function is nearly a parabola, and we know all about
it:

    f(θ + d) ≈ f + gᵀd + ½ dᵀH d

The bottom of the parabola is where its gradient g + H d is 0. So step there at
once:

    H d = −g          θ ← θ + d

No learning rate: the curvature says how far to go, in each direction on its
own. Gradient descent starts at the same place, with a good learning rate.
"""


# %%
def newton(f: Loss, start: np.ndarray, steps: int) -> np.ndarray:
    """All points on the way: (steps + 1, n)."""
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - np.linalg.solve(hessian_at(f, path[-1]),
                                               gradient_at(f, path[-1])))
    return np.array(path)


def descend(f: Loss, start: np.ndarray, steps: int, rate: float) -> np.ndarray:
    """All points on the way: (steps + 1, n)."""
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient_at(f, path[-1]))
    return np.array(path)


RATE = 0.012
by_newton = newton(valley, start, 8)                                # (9, 2)
by_descent = descend(valley, start, 2000, RATE)                     # (2001, 2)
# (9,) distances from (1, 1)
newton_far = np.linalg.norm(by_newton - bottom, axis=1)
descent_far = np.linalg.norm(by_descent - bottom, axis=1)           # (2001,)

print("\nTo the bottom of the valley at (1, 1)")
print("                 Newton                 gradient descent, α = 0.012")
print("  step   distance   right digits         step   distance")
for step, other in enumerate((0, 1, 2, 5, 10, 100, 500, 1000, 2000)):
    digits = max(0.0, -np.log10(newton_far[step] + 1e-16))
    print(f"  {step:4}    {newton_far[step]:.1e}   {digits:12.1f}         "
          f"{other:4}    {descent_far[other]:.1e}")
assert newton_far[7] < 1e-5
assert newton_far[8] < 1e-10
assert 1e-5 < descent_far[2000] < 1e-3

# %% [markdown]
"""
Newton first wanders, since far away the parabola fits badly. Once it is near,
the number of right digits doubles with each step, until float64 has no more of
them. One says its order of convergence (收敛阶) is 2: the next error is about
the square of the last one. Gradient descent has order 1: each step multiplies
the error by the same number, near the end by 1 − α · (smallest curvature).
Measure both:

    order ≈ ln(eₖ₊₁ / eₖ) / ln(eₖ / eₖ₋₁)
"""

# %%
e = newton_far[5:8]
newton_order = np.log(e[2] / e[1]) / np.log(e[1] / e[0])
e = descent_far[[1998, 1999, 2000]]
descent_order = np.log(e[2] / e[1]) / np.log(e[1] / e[0])
factor = descent_far[2000] / descent_far[1999]
print("\nOrder of convergence")
print(f"  Newton            {newton_order:.2f}")
print(f"  gradient descent  {descent_order:.2f}   each step × {factor:.4f}; "
      f"1 − α · {low:.3f} = {1 - RATE * low:.4f}")
assert 1.8 < newton_order < 2.3 and abs(descent_order - 1) < 0.01
assert abs(factor - (1 - RATE * low)) < 1e-4

with plot.figure(10, 5, "2000 steps downhill, 8 of Newton's") as fig:
    ax = fig.subplots()
    gx, gy = np.meshgrid(np.linspace(-1.7, 1.8, 200),
                         np.linspace(-1.3, 2.3, 200))
    height = (1 - gx) ** 2 + 10 * (gy - gx ** 2) ** 2  # (200, 200)
    ax.contour(gx, gy, height, levels=[0.1, 0.5, 2, 5, 12, 25, 50, 90],
               colors=plot.GRAY, linewidths=0.9)
    ax.plot(*by_descent[::10].T, ".-", color=plot.BLUE, markersize=7,
            linewidth=1.2, label="gradient descent, every 10th step")
    ax.plot(*by_newton.T, "s--", color=plot.ORANGE, markersize=8,
            linewidth=1.8, label="Newton")
    for step in range(6):
        ax.annotate(str(step), by_newton[step], (9, 5 if step < 5 else -14),
                    color=plot.ORANGE, textcoords="offset points",
                    fontweight="bold")
    ax.plot(1, 1, "*", color=plot.BLACK, markersize=16, label="the bottom")
    ax.set(xlabel="x", ylabel="y", ylim=(-1.3, 2.3))
    ax.legend(loc="lower left")
print()
picture(fig, options, "newton")

# %% [markdown]
"""
Newton's method has a trap. It looks for a place where the gradient is 0, and
that may be a top, too. Take f(x) = x⁴ − 2x², with bottoms at ±1 and a top at 0.
Near 0 the parabola opens downward: its "bottom" is a top, and Newton climbs
there. It needs a positive curvature, or someone who checks.
"""


# %%
def two_bottoms(x: Tensor) -> Tensor:
    """x⁴ − 2x²; x (1,) → ()."""
    return (x ** 4 - 2 * x ** 2).sum()


print("\nx⁴ − 2x² from two places: f″ is negative for |x| < 0.577")
for begin_at in (0.4, 0.8):
    path = newton(two_bottoms, np.array([begin_at]), 6)[:, 0]
    curvature = hessian_at(two_bottoms, np.array([begin_at]))[0, 0]
    way = "  ".join(f"{v:7.4f}" for v in path[:5])
    print(f"  from {begin_at}   f″ = {curvature:5.2f}   {way}")
    assert abs(path[-1] - (0 if begin_at == 0.4 else 1)) < 1e-6

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="second_derivatives")

# %% [markdown]
"""
## What to remember

- A gradient computed with `create_graph=True` has a graph of its own, and so
  a gradient.
- The Hessian says how the gradient changes. Its largest eigenvalue sets the
  largest learning rate, 2 / λmax; the ratio of largest to smallest says how
  slow gradient descent will be.
- Newton's method solves H d = −g and doubles the right digits with each step,
  once it is near.

## Things to try

- Start `newton(valley, …)` at other places, such as (0, 1). At which points
  does H have a negative eigenvalue, so that the step does not lead downhill?
"""
