# ---
# title: curvature without the matrix
# documents: none, it goes beyond them
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Curvature, without the matrix

**You will know** how to use a Hessian that is too large to be written down.
**Time:** 35 minutes. **You need:** lesson 31 (second derivatives).

A Hessian has a row and a column for each parameter. Mostly one needs only its
product with a vector.
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
from lessons.support import (begin, earlier, picture, read_options,
                             write_results)
from minigrad import Tensor, optim, plot
from minigrad.autograd import grad

options = read_options("curvature", "Curvature, without the matrix.")
begin(options)
carried = earlier("second_derivatives")
Loss, descend, gradient_at, hessian_at, measured_hessian, rng = map(
    carried.get,
    "Loss descend gradient_at hessian_at measured_hessian rng".split())


# %% [markdown]
"""
## Times a vector, without the matrix

The network of lesson 23 (MNIST CNN) has 347,146 parameters. Its Hessian has
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
    w1, b1 = theta[:8].reshape(1, 8), theta[8:16]
    w2, b2 = theta[16:24].reshape(8, 1), theta[24]
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
for name, found in (("H, then H @ v", H @ v),
                    ("measured: ∇f along v", slope_along_v),
                    ("two walks", product)):
    print(f"  {name:22}" + "".join(f"{value:10.5f}" for value in found[:4]))
assert np.allclose(product, H @ v, atol=1e-12)
assert np.allclose(slope_along_v, product, atol=1e-7)
assert abs(H - measured_hessian(network_loss, theta)).max() < 1e-7

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

First the very line of lesson 6 (fit a line), 20 points with w and b; its loss
is a parabola. Then run gradient descent just below and just above the limit.
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
px = points.uniform(0, 4, 20)           # (20,), as in lesson 6 (fit a line)
py = 1.5 * px + 0.5 + 0.4 * points.normal(size=20)                  # (20,)


def line_loss(theta: Tensor) -> Tensor:
    """J(w, b) = ½ Σ (y − w x − b)²; theta (2,) → ()."""
    line = theta[0] * minigrad.tensor(px) + theta[1]                # (20,)
    return 0.5 * ((minigrad.tensor(py) - line) ** 2).sum()


curvature, _ = largest_curvature(line_loss, np.zeros(2))
limit = 2 / curvature
best_line = np.polyfit(px, py, 1)                                   # (2,)
print("\nThe line of lesson 6 (fit a line)")
print(f"  λmax = {curvature:.4f}, so the limit is 2 / λmax = {limit:.5f}")
print("     α / limit   error at first   after 300 steps")
errors = {}
for share in (0.5, 0.99, 1.01, 1.1):
    path = descend(line_loss, np.zeros(2), 300, share * limit)
    errors[share] = np.linalg.norm(path - best_line, axis=1)
    print(f"  {share:12}   {errors[share][0]:14.4f}   "
          f"{errors[share][-1]:15.4g}")
exact = np.linalg.eigvalsh(hessian_at(line_loss, np.zeros(2)))[-1]
assert abs(curvature - exact) < 1e-8
assert errors[0.99][-1] < 0.1 * errors[0.99][0]
assert errors[1.01][-1] > 10 * errors[1.01][0]

# %% tags=["hidden"]
with plot.figure(8, 4, "Just below the limit, and just above it") as fig:
    ax = fig.subplots()
    for (share, path), color in zip(errors.items(), plot.COLORS):
        ax.semilogy(path, color=color, label=f"α = {share} of the limit")
    ax.set(xlabel="step", ylabel="distance from the best line")
    ax.legend()
picture(fig, options, "limit")

# %% [markdown]
"""
A network's loss isn't a parabola, but near a bottom it nearly is. So train
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
    optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / TRAINING)  # down to 0
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
exact = np.linalg.eigvalsh(hessian_at(network_loss, trained))[-1]
assert abs(curvature_net - exact) < 1e-4
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
    error = minigrad.tensor(features) @ theta - minigrad.tensor(answers)
    return 0.5 * (error ** 2).mean()


zero = np.zeros(12)
solution = np.linalg.lstsq(features, answers, rcond=None)[0]        # (12,)
eigenvalues = np.linalg.eigvalsh(hessian_at(fit_loss, zero))
by_products = conjugate_gradients(lambda p: hessian_times(fit_loss, zero, p),
                                  -gradient_at(fit_loss, zero), 15)
best_rate = 2 / (eigenvalues[0] + eigenvalues[-1])
step_by_step = descend(fit_loss, zero, 1000, best_rate)
print(f"\n12 parameters, curvatures from {eigenvalues[0]:.3f} to "
      f"{eigenvalues[-1]:.2f}: distance from the solution")
print("  step   conjugate gradients   gradient descent")
for step in (0, 4, 8, 11, 12, 13, 15, 100, 1000):
    first = " " * 19
    if step <= 15:
        first = f"{np.linalg.norm(by_products[step] - solution):19.1e}"
    print(f"  {step:4}   {first}   "
          f"{np.linalg.norm(step_by_step[step] - solution):16.1e}")
assert np.linalg.norm(by_products[15] - solution) < 1e-9
assert np.linalg.norm(step_by_step[100] - solution) > 1e-3

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="curvature")

# %% [markdown]
"""
## What to remember

- H v costs two walks backward. Power iteration and conjugate gradients need
  nothing else.
"""
