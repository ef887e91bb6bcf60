# ---
# title: gradients of gradients
# documents: none, it goes beyond them
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Gradients of gradients

**You will know** what a gradient of a gradient is, and four things that it is
good for.
**Time:** 70 minutes. **You need:** lesson 5 (gradient descent).

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
import time
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import begin, picture, read_options, write_results
from minigrad import Tensor, nn, optim, plot
from minigrad.autograd import grad
from minigrad.check import gradcheck, gradgradcheck
from minigrad.errors import GraphError
from minigrad.trace import draw

options = read_options("second_derivatives", "Gradients of gradients: "
                                             "curvature, Newton, penalty.")
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
has computed x² cos x at the top, and sin x · x twice below, for x stands in x ·
x twice. The 1 is ∂y/∂y, with which each walk begins.
"""

# %%
print()
picture(draw(first, names={"x": x, "f′": first}, title="The graph of "
                                                       "f′"), options, "graph")

# %% [markdown]
"""
Without `create_graph` the gradient is only a number, with no way back to x:
"""

# %%
(without_notes,) = grad(x * x * x.sin(), x)
try:
    grad(without_notes, x)
except GraphError as error:
    print(f"\nWithout create_graph\n  GraphError: {error}")
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
with plot.figure(10, 4.4, "A function, its slope, and the slope of its "
                          "slope") as fig:
    ax = fig.subplots()
    ax.axhline(0, color=plot.GRAY, linewidth=1)
    for line, color, style, name in ((ys, plot.BLUE, "-",
                                      "f"), (slopes, plot.ORANGE, "--", "f′"),
                                     (bends, plot.GREEN, ":", "f″")):
        ax.plot(place, line.detach().numpy(), style, color=color, label=name)
    for i in turning:
        kind, side = ("bottom", "top") if values[i] > 0 else ("top", "bottom")
        ax.plot(place[i], f(place[i]), "o", color=plot.BLUE, markersize=9)
        ax.annotate(
            f"a {kind}: f′ = 0, f″ = "
            f"{values[i]:.0f}".replace("-", "−"), (place[i], f(place[i])),
            (0, -14 if kind == "bottom" else 12), ha="center", va=side,
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
    return np.stack([
        grad(g[i], theta, retain_graph=True)[0].numpy()
        for i in range(len(point))
    ])


def measured_hessian(f: Loss, point: np.ndarray,
                     h: float = 1e-5) -> np.ndarray:
    """Column j: the slope of the gradient along θⱼ, (∇f(θ + h·eⱼ) − ∇f(θ −
    h·eⱼ)) / 2h.
    """
    return np.stack(
        [(gradient_at(f, point + h * e) - gradient_at(f, point - h * e)) /
         (2 * h) for e in np.eye(len(point))], axis=1)


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
print(f"  smallest {low:8.3f}\n"
      f"  largest  {high:8.3f}   the largest stable learning rate is "
      f"2 / {high:.1f} = {2 / high:.4f}")
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
          f"{other:4}    "
          f"{descent_far[other]:.1e}")
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

with plot.figure(10, 5, "Rosenbrock's valley: 2000 steps downhill, 8 of "
                        "Newton's") as fig:
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

# %% [markdown]
"""
## Times a vector, without the matrix

The network of lesson 14 (MNIST CNN) has 347,146 parameters. Its Hessian has
347,146² entries: 482 GB. So nobody computes it. But one often needs only H
times some vector v, and that is cheap:

    gᵀv = Σᵢ gᵢ vᵢ                    one number
    ∂(gᵀv)/∂θⱼ = Σᵢ ∂gᵢ/∂θⱼ · vᵢ = Σᵢ H[j, i] vᵢ = (H v)ⱼ

So: the gradient with notes, its product with v, and the gradient of that. Two
walks backward, whatever the number of parameters. We try it on a small network,
1 → 8 → 1 with tanh, whose 25 parameters lie in one vector, so that the full
Hessian can still be compared.
"""

# %%
inputs = np.linspace(-2, 2, 40)[:, None]                            # (40, 1)
targets = np.sin(2 * inputs) + 0.1 * rng.normal(size=(40, 1))       # (40, 1)
X, Y = minigrad.tensor(inputs), minigrad.tensor(targets)


def network_loss(theta: Tensor) -> Tensor:
    """The mean squared error of the network; theta (25,) → ()."""
    w1, b1, w2, b2 = theta[:8].reshape(1,
                                       8), theta[8:16], theta[16:24].reshape(
                                           8, 1), theta[24]
    # (40, 1) @ (1, 8) …
    return (((X @ w1 + b1).tanh() @ w2 + b2 - Y) ** 2).mean()


def hessian_times(f: Loss, point: np.ndarray, v: np.ndarray) -> np.ndarray:
    """H v (n,) at a point (n,), without H."""
    theta = minigrad.tensor(point, requires_grad=True)
    (g,) = grad(f(theta), theta, create_graph=True)                 # (n,)
    return grad((g * minigrad.tensor(v)).sum(), theta)[0].numpy()


theta = rng.normal(size=25) * 0.8
v = rng.normal(size=25)
H = hessian_at(network_loss, theta)                                 # (25, 25)
product = hessian_times(network_loss, theta, v)                     # (25,)
h = 1e-5
slope_along_v = (gradient_at(network_loss, theta + h * v)
                 - gradient_at(network_loss, theta - h * v)) / (2 * h)
print("\nH v for a network with 25 parameters, the first four entries")
for name, found in (("H, then H @ "
                     "v", H @ v), ("measured: ∇f along v", slope_along_v),
                    ("two walks", product)):
    print(f"  {name:22}" + "".join(f"{value:10.5f}" for value in found[:4]))
assert np.allclose(product, H @ v, atol=1e-12) and np.allclose(
    slope_along_v, product, atol=1e-7)
assert np.allclose(
    H, H.T) and abs(H - measured_hessian(network_loss, theta)).max() < 1e-7

entries = 347_146 ** 2
print(f"  its Hessian: {entries:,} numbers, {entries * 4 / 1e9:.0f} GB")


def milliseconds(run: Callable[[], object], rounds: int = 5) -> float:
    """The shortest time of several runs."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


cost = {"the gradient": milliseconds(lambda: gradient_at(network_loss, theta)),
        "H v": milliseconds(lambda: hessian_times(network_loss, theta, v)),
        "all of H": milliseconds(lambda: hessian_at(network_loss, theta))}
print("\nWhat it costs here")
for name, duration in cost.items():
    print(f"  {name:13} {duration:7.2f} ms")

# %% [markdown]
"""
## The largest learning rate, known beforehand

Lesson 5 (gradient descent) found that for a parabola the learning rate has a
limit, 2 / curvature. With many parameters it is the largest curvature that
counts, λmax, the largest eigenvalue of H. Power iteration (幂迭代) finds it
with products H v alone: multiply any vector again and again, and the part along
the largest eigenvalue grows fastest, until nothing else is left.

    v ← H v / |H v|          λ = vᵀ H v

First the very line of lesson 5 (gradient descent), 20 points with w and b; its
loss is a parabola. Then run gradient descent just below and just above the
limit.
"""


# %%
def largest_curvature(f: Loss, point: np.ndarray,
                      rounds: int = 200) -> tuple[float, np.ndarray]:
    """λmax of H, and its direction v (n,) of length 1."""
    v = np.ones(len(point)) / np.sqrt(len(point))
    for _ in range(rounds):
        v = hessian_times(f, point, v)
        v /= np.linalg.norm(v)
    return float(v @ hessian_times(f, point, v)), v


points = np.random.default_rng(options.seed)
px = points.uniform(0, 4, 20)  # (20,) as in lesson 5 (gradient descent)
py = 1.5 * px + 0.5 + 0.4 * points.normal(size=20)                  # (20,)


def line_loss(theta: Tensor) -> Tensor:
    """J(w, b) = ½ Σ (y − w x − b)²; theta (2,) → ()."""
    return 0.5 * ((minigrad.tensor(py) - theta[0] * minigrad.tensor(px)
                   - theta[1])**2).sum()


curvature, _ = largest_curvature(line_loss, np.zeros(2))
limit = 2 / curvature
best_line = np.polyfit(px, py, 1)                                   # (2,)
print("\nThe line of lesson 5 (gradient descent)")
print(f"  λmax = {curvature:.4f}, so the limit is 2 / λmax = {limit:.5f}")
print("     α / limit   error at first   after 300 steps")
errors = {}
for share in (0.5, 0.99, 1.01, 1.1):
    path = descend(line_loss, np.zeros(2), 300, share * limit)
    errors[share] = np.linalg.norm(path - best_line, axis=1)
    print(f"  {share:12}   {errors[share][0]:14.4f}   "
          f"{errors[share][-1]:15.4g}")
assert abs(curvature
           - np.linalg.eigvalsh(hessian_at(line_loss, np.zeros(2)))[-1]) < 1e-8
assert errors[0.99][-1] < 0.1 * errors[0.99][0] and errors[1.01][
    -1] > 10 * errors[1.01][0]

# %% [markdown]
"""
A network's loss is no parabola, but near a bottom it is one nearly. So train
the small network, take λmax there, push the parameters a little along v, and go
on with a rate below or above the limit. Along v each step should multiply the
distance by 1 − α λmax: with 95 % of the limit by −0.9, it comes back, each time
to the other side. With 105 % by −1.1: it leaves.
"""

# %%
trained = minigrad.tensor(theta, requires_grad=True)                # (25,)
optimizer = optim.Adam([trained], lr=0.02)
TRAINING = 1000                                                     # steps
for step in range(TRAINING):
    # down to 0, to settle
    optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / TRAINING)
    optimizer.zero_grad()
    network_loss(trained).backward()
    optimizer.step()
trained = trained.detach().numpy()                                  # (25,)

curvature_net, steepest = largest_curvature(network_loss, trained)
limit_net = 2 / curvature_net
print("\nA trained network, loss "
      f"{network_loss(minigrad.tensor(trained)).item():.5f}")
print(f"  λmax = {curvature_net:.3f}, so the limit is {limit_net:.4f}")
print("     α / limit   factor along v: 1 − α·λmax   found    loss after 40 "
      "steps")
assert abs(curvature_net
           - np.linalg.eigvalsh(hessian_at(network_loss, trained))[-1]) < 1e-4
leaving = {}
for share in (0.95, 1.05):
    # (41, 25)
    pushed = descend(network_loss, trained + 0.001 * steepest, 40,
                     share * limit_net)
    # what would happen anyway
    at_rest = descend(network_loss, trained, 5, share * limit_net)
    along = (pushed[:6] - at_rest) @ steepest                       # (6,)
    factor = float(np.mean(along[1:] / along[:-1]))
    leaving[share] = [network_loss(minigrad.tensor(p)).item() for p in pushed]
    print(f"  {share:12}   {1 - 2 * share:26.2f} {factor:7.2f}    "
          f"{leaving[share][40]:19.5f}")
    assert abs(factor - (1 - 2 * share)) < 0.02
assert leaving[0.95][40] < leaving[0.95][0]
assert leaving[1.05][40] > leaving[1.05][0]

# %% [markdown]
"""
## Solving H d = −g with products alone

Newton's step needs the solution of H d = −g. The method of conjugate gradients
(共轭梯度法) finds it without H: it only asks for products H p. It goes down the
parabola ½ dᵀH d + gᵀd like gradient descent, but chooses each direction p so
that it does not spoil what was reached along the earlier ones (pᵢᵀ H pⱼ = 0),
and along each it goes exactly to the lowest point. With n parameters it would
be done after n steps if nothing were rounded; in truth it takes one or two
more.

Here are 12 parameters whose inputs are of very different sizes. Gradient
descent has the best constant rate there is, 2 / (λmin + λmax).
"""


# %%
def conjugate_gradients(times: Callable[[np.ndarray], np.ndarray],
                        b: np.ndarray, steps: int) -> list[np.ndarray]:
    """Solve H d = b from products alone: all d (n,) on the way."""
    d, r = np.zeros_like(b), b  # r = b − H d, what is missing
    p, path = r, [d]
    for _ in range(steps):
        Hp = times(p)
        length = (r @ r) / (p @ Hp)  # to the lowest point along p
        d, new = d + length * p, r - length * Hp
        p = new + (new @ new) / (r @ r) * p  # the next direction
        r = new
        path.append(d)
    return path


features = rng.normal(size=(200, 12)) * np.geomspace(0.3, 3, 12)    # (200, 12)
answers = features @ rng.normal(size=12) + rng.normal(size=200)     # (200,)


def fit_loss(theta: Tensor) -> Tensor:
    """½ · the mean of (features θ − answers)²; theta (12,) → ()."""
    return 0.5 * ((minigrad.tensor(features) @ theta
                   - minigrad.tensor(answers))**2).mean()


zero = np.zeros(12)
solution = np.linalg.lstsq(features, answers, rcond=None)[0]        # (12,)
eigenvalues = np.linalg.eigvalsh(hessian_at(fit_loss, zero))
by_products = conjugate_gradients(lambda p: hessian_times(fit_loss, zero, p),
                                  -gradient_at(fit_loss, zero), 15)
step_by_step = descend(fit_loss, zero, 1000, 2 /
                       (eigenvalues[0] + eigenvalues[-1]))
print(f"\n12 parameters, curvatures from {eigenvalues[0]:.3f} to "
      f"{eigenvalues[-1]:.2f}: "
      "distance from the solution")
print("  step   conjugate gradients   gradient descent")
for step in (0, 4, 8, 11, 12, 13, 15, 100, 1000):
    first = " " * 19
    if step <= 15:
        first = f"{np.linalg.norm(by_products[step] - solution):19.1e}"
    print(f"  {step:4}   {first}   "
          f"{np.linalg.norm(step_by_step[step] - solution):16.1e}")
assert np.linalg.norm(by_products[15]
                      - solution) < 1e-9 < 1e-3 < np.linalg.norm(
                          step_by_step[100] - solution)

# %% [markdown]
"""
## A slope in the loss

Now a loss that contains a gradient. Let f(x) be a network's score. If it is
steep somewhere, a tiny change of x changes the answer. So punish steepness,
with a gradient penalty (梯度惩罚):

    loss = cross-entropy + λ · mean of |∂f/∂x|²

Note that the slope is along the *inputs*. To train, we need the gradient of
this loss with respect to the weights, and so the gradient of a gradient.

For a linear model it is an old acquaintance: f(x) = wᵀx + b has ∂f/∂x = w
everywhere, so the penalty is λ |w|², the L2 penalty of lesson 13
(regularization). One unit with tanh can still be done by hand:

    t = tanh(wᵀx)          ∂t/∂x = (1 − t²) w      P = |∂t/∂x|² = (1 − t²)² |w|²

    ∂P/∂w = 2 (1 − t²) · (−2t) (1 − t²) x · |w|²  +  (1 − t²)² · 2w
          = 2 (1 − t²)² (w − 2t |w|² x)

The first part comes from t, which depends on w, the second from |w|².
"""

# %%
w_values, x_values = rng.normal(size=4), rng.normal(size=4)  # (4,), (4,)


def penalty_of(w: np.ndarray) -> float:
    """P as in the formula."""
    t = np.tanh(w @ x_values)
    return float((1 - t * t) ** 2 * (w @ w))


t = np.tanh(w_values @ x_values)
# (4,)
by_hand = 2 * (1 - t * t)**2 * (w_values - 2 * t *
                                (w_values @ w_values) * x_values)
units = np.eye(4)
measured = [(penalty_of(w_values + h * u) - penalty_of(w_values - h * u)) /
            (2 * h) for u in units]

w, x = (minigrad.tensor(v, requires_grad=True) for v in (w_values, x_values))
# (4,) = (1 − t²) w
(slope_in_x,) = grad((w * x).sum().tanh(), x, create_graph=True)
penalty = (slope_in_x ** 2).sum()                                   # ()
penalty.backward()  # the second derivative
print("\nThe penalty of one unit, ∂P/∂w")
for name, found in (("by hand", by_hand), ("measured", measured),
                    ("minigrad", w.grad.tolist())):
    print(f"  {name:9}" + "".join(f"{v:11.6f}" for v in found))
assert np.allclose(measured, by_hand) and np.allclose(w.grad.tolist(), by_hand)

# %% [markdown]
"""
## Two moons

The data: two half-moons, 50 points each, so noisy that they overlap. With a
network of 1,185 parameters and 100 points, we may expect overfitting.

Before training, check what it will rely on. `gradcheck` compares gradients with
measured slopes, `gradgradcheck` does it with second derivatives: it measures
how the *gradient* moves. It does so for every input and parameter of a small
network of the same kind.
"""


# %%
def moons(count: int, noise: float) -> tuple[Tensor, Tensor]:
    """Points (count, 2) and their class 0 or 1 (count, 1), float32."""
    angle = rng.uniform(0, np.pi, count)
    lower = np.arange(count) % 2 == 1
    x = np.where(lower, 1 - np.cos(angle), np.cos(angle))
    y = np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], axis=1) + noise * rng.normal(size=(count, 2))
    return (minigrad.tensor(points.astype(np.float32), device=options.device),
            minigrad.tensor(lower[:, None].astype(np.float32),
                            device=options.device))


def small_net(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor) -> Tensor:
    """(N, 2) → (N, 1), with one hidden layer."""
    return (x @ w1 + b1).tanh() @ w2


parts = [minigrad.tensor(rng.normal(size=shape), requires_grad=True)
         for shape in ((3, 2), (2, 4), (4,), (4, 1))]
print("\nA small network, checked")
print("  gradcheck     ", gradcheck(small_net, parts))
print("  gradgradcheck ", gradgradcheck(small_net, parts))
assert sum(p.numel() for p in parts[1:]) == 16

# %% [markdown]
"""
## Training with a penalty

Three networks, the same data, the same random start, 400 steps of Adam:

1. without a penalty;
2. with λ = 0.003 times the mean of |∂f/∂x|² at the training points;
3. the same, but at places *around* the training points: in each step every
   point is moved at random.

λ was chosen from 0.003, 0.01 and 0.03 by the loss on test points with three
seeds; all three help.
"""


# %%
def steepness(model: nn.Module, x: Tensor) -> Tensor:
    """|∂f/∂x|² at each point, with notes: (N, 2) → (N,)."""
    x = x.detach().requires_grad_()
    (slopes,) = grad(model(x).sum(), x, create_graph=True)          # (N, 2)
    return (slopes ** 2).sum(dim=1)                                 # (N,)


def train(penalty: float, spread: float) -> nn.Module:
    """A trained network; the penalty is taken at places up to about ``spread``
    from the points.
    """
    minigrad.manual_seed(options.seed)
    model = nn.Sequential(
        nn.Linear(2, 32),
        nn.Tanh(),
        nn.Linear(32, 32),
        nn.Tanh(),
        # (N, 2) → (N, 1)
        nn.Linear(32, 1)).to(options.device)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    for _ in range(400):
        optimizer.zero_grad()
        loss = cross_entropy(model(train_x), train_y)
        if penalty:
            places = train_x + spread * minigrad.randn(*train_x.shape,
                                                       device=options.device)
            loss = loss + penalty * steepness(model, places).mean()
        loss.backward()  # through the slopes as well
        optimizer.step()
    return model


train_x, train_y = moons(100, 0.3)
test_x, test_y = moons(2000, 0.3)
cross_entropy = nn.BCEWithLogitsLoss()
models = {"no penalty": train(0, 0), "at the points": train(0.003, 0),
          "around them": train(0.003, 0.3)}

print("\nTwo moons: 100 points to train on, 2000 to test with")
print("                       loss              accuracy          mean "
      "|∂f/∂x|")
print("                  train    test       train    test       train    "
      "test")
measures = {}
for name, model in models.items():
    row = []
    for x, y in ((train_x, train_y), (test_x, test_y)):
        with minigrad.no_grad():
            scores = model(x)
        right = ((scores > 0) == (y > 0.5)).float().mean().item()
        row.append((cross_entropy(scores, y).item(), right,
                    steepness(model, x).sqrt().mean().item()))
    measures[name] = row
    print(f"  {name:13}" + "    ".join(f"{a:8.3f}"
                                       f"{b:8.3f}" for a, b in zip(*row)))
free, at_points, around = measures.values()
assert free[0][0] < around[0][
    0], "without a penalty the training points are fitted better …"
assert around[1][0] < free[1][0], "… and the test points worse"
assert around[1][2] < 0.5 * free[1][2]
assert at_points[1][2] > 2 * at_points[0][2]

# %% [markdown]
"""
Without a penalty the network gets all training points right, at the price of
walls between them: the score changes by tens over a distance of 1, and the loss
on test points is several times as large as with the penalty. It is not wrong
more often by much; but where it is wrong, it is very sure.

The second network shows what optimization does with a rule that has a hole. Its
slope at the training points is small, as asked for. Elsewhere it is as steep as
it likes: each point lies on a little terrace. The third one has nowhere to
hide.

In the picture the color is the probability of the lower moon; the black line is
where it is ½.
"""

# %% tags=["hidden"]
gx, gy = np.meshgrid(np.linspace(-1.9, 2.9, 150), np.linspace(-1.5, 2.0, 110))
# (16500, 2)
grid_points = np.stack([gx.ravel(), gy.ravel()], axis=1).astype(np.float32)
own = train_x.to("cpu").numpy(), train_y.to("cpu").numpy()[:, 0] > 0.5
with plot.figure(10, 3.9, "The same network and data, with and without a "
                          "gradient penalty") as fig:
    axes = fig.subplots(1, 3, sharey=True)
    for ax, (name, model) in zip(axes, models.items()):
        with minigrad.no_grad():
            probability = model(
                minigrad.tensor(grid_points, device=options.device)).sigmoid()
        surface = probability.to("cpu").numpy().reshape(gx.shape)
        shown = ax.contourf(gx, gy, surface, levels=np.linspace(0, 1, 21),
                            cmap="PuOr_r")
        ax.contour(gx, gy, surface, levels=[0.5], colors=plot.BLACK,
                   linewidths=2)
        for side, marker, color in ((False, "o", plot.PURPLE), (True, "s",
                                                                plot.YELLOW)):
            ax.plot(*own[0][own[1] == side].T, marker, color=color,
                    markersize=4.5, markeredgecolor="white",
                    markeredgewidth=0.6)
        ax.set(title=name, xlabel=f"test loss {measures[name][1][0]:.2f}")
        plot.bare(ax)
    fig.colorbar(shown, ax=axes, ticks=[0, 0.5, 1], fraction=0.03, pad=0.01)
print()
picture(fig, options, "moons")

write_results(
    options.output / "results.json", options, lesson="second_derivatives",
    newton_order=float(newton_order), descent_order=float(descent_order),
    curvature_line=curvature, curvature_network=curvature_net,
    test_loss={name: row[1][0]
               for name, row in measures.items()},
    test_accuracy={name: row[1][1]
                   for name, row in measures.items()},
    test_slope={name: row[1][2]
                for name, row in measures.items()})

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
- H v costs two walks backward. Power iteration and conjugate gradients need
  nothing else.
- A penalty on |∂f/∂x|² makes a network smooth, but only where it is applied.

## Things to try

- Start `newton(valley, …)` at other places, such as (0, 1). At which points
  does H have a negative eigenvalue, so that the step does not lead downhill?
- Take λ = 0.03 and 0.3 in `train`. When do the moons blur into a straight
  line?
- Replace `nn.Tanh()` by `nn.ReLU()`. Its second derivative is 0 nearly
  everywhere: does the penalty still work, and how does the surface look?
"""
