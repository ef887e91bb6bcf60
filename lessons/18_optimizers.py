# ---
# title: optimizers
# documents: B §3.2
# time: 7 s
# needs:
# ---

# %% [markdown]
"""
# The step itself

**You will know** what SGD, momentum, RMSprop and Adam do in each step.
**Time:** 45 minutes. **You need:** lesson 17 (five steps).

The plain answer to what is done with a gradient is θ ← θ − α ∂J/∂θ. We see
where it fails, and what momentum (动量), RMSprop and Adam do about it; each by
hand in a few lines of NumPy, then proved equal to `minigrad.optim`.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

import minigrad
from lessons.figures import adam as adam_figures
from lessons.figures.valley import valley_paths
from lessons.support import begin, picture, read_options, write_results
from minigrad import optim, plot

options = read_options("optimizers", "SGD, momentum, RMSprop, Adam.")
begin(options)


# %% [markdown]
"""
## A narrow valley

To see what an optimizer does, two parameters are enough. The loss

    J(θ) = ½ (θ₁² + 100 θ₂²)            ∂J/∂θ = (θ₁, 100 θ₂)

is a valley: 100 times as steep across as along. Losses of real networks, too,
have steep and flat directions. Plain gradient descent multiplies each
coordinate by a constant in every step:

    θ₁ ← θ₁ − α θ₁       = (1 − α) θ₁
    θ₂ ← θ₂ − α 100 θ₂   = (1 − 100 α) θ₂

The second shrinks only if |1 − 100 α| < 1, that is α < 0.02. With α = 0.018 it
is multiplied by −0.8: it jumps from one wall of the valley to the other. And
the first by 0.982: it creeps.
"""

# %%
STEEP = 100.0
START = np.array([-4.0, 0.5])


def J(theta: Any) -> Any:
    """½ (θ₁² + 100 θ₂²), for arrays (…, 2) and tensors (2,)."""
    return (theta[..., 0] ** 2 + STEEP * theta[..., 1] ** 2) / 2


def slope_of_valley(theta: np.ndarray) -> np.ndarray:
    """∂J/∂θ, by hand."""
    return np.array([theta[0], STEEP * theta[1]])


h = 1e-5
for k, unit in enumerate(np.eye(2)):
    slope_k = (J(START + h * unit) - J(START - h * unit)) / (2 * h)
    print(f"  ∂J/∂θ{'₁₂'[k]} at the start   by hand "
          f"{slope_of_valley(START)[k]:8.4f}   measured {slope_k:8.4f}")
    assert abs(slope_k - slope_of_valley(START)[k]) < 1e-6

# %% [markdown]
"""
## Plain gradient descent, SGD

    θ ← θ − α g                         g = ∂J/∂θ

(The S in SGD, 随机梯度下降, is for *stochastic*: with real data g is computed
from a random batch. Here it is exact; the noise comes later.) Every rule below
is a function of θ, g, a dictionary for what it has to remember, and the number
t of the step.
"""

# %%
Rule = Callable[[np.ndarray, np.ndarray, dict[str, Any], int], np.ndarray]


def sgd(lr: float) -> Rule:
    """θ ← θ − lr · g."""
    def update(theta: np.ndarray, g: np.ndarray, memory: dict[str, Any],
               t: int) -> np.ndarray:
        return theta - lr * g
    return update


Slope = Callable[[np.ndarray], np.ndarray]
Maker = Callable[[list[minigrad.Tensor]], Any]


def descend(rule: Rule, steps: int, start: np.ndarray = START,
            slope: Slope = slope_of_valley) -> np.ndarray:
    """All θ on the way, (steps + 1, 2)."""
    theta, memory, path = start.copy(), {}, [start]
    for t in range(1, steps + 1):
        theta = rule(theta, slope(theta), memory, t)
        path.append(theta)
    return np.array(path)


def with_minigrad(make: Maker, steps: int) -> np.ndarray:
    """The same way, by minigrad's optimizer and autograd's gradients."""
    theta = minigrad.tensor(START, device=options.device, requires_grad=True)
    optimizer, path = make([theta]), [START]
    for _ in range(steps):
        optimizer.zero_grad()
        J(theta).backward()
        optimizer.step()
        path.append(theta.detach().cpu().numpy().copy())
    return np.array(path)


def compare(name: str, rule: Rule, make: Maker) -> np.ndarray:
    """Print the first steps; stop unless 100 steps by hand are minigrad's."""
    mine, theirs = descend(rule, 100), with_minigrad(make, 100)
    way = " → ".join(f"({a:.3f}, {b:.3f})"
                     for a, b in mine[:3]).replace("-", "−")
    print(f"  {name:9} θ = {way} → …\n"
          f"{'':12} J after 100 steps {J(mine[-1]):.4f}")
    assert np.allclose(mine, theirs, rtol=0, atol=1e-10), name
    return mine


paths = {"SGD": compare("SGD", sgd(0.018), lambda P: optim.SGD(P, lr=0.018))}
assert np.allclose(paths["SGD"][1], [-4 * 0.982, 0.5 * -0.8])

# %% [markdown]
"""
"Choosing a suitable learning rate is the key"
(选择合适的学习率是模型优化的关键), says document B §3.2. On this valley one can
see how much of a key it is:
"""

# %%
table = {}
for lr in (0.0001, 0.001, 0.01, 0.018, 0.021):
    table[lr] = J(descend(sgd(lr), 100)[-1])
    print(f"  α = {lr:<7}  J after 100 steps: " +
          (f"{table[lr]:10.4f}" if table[lr] < 1e4 else f"{table[lr]:10.1e}"))

# %% [markdown]
"""
## Momentum (动量)

Keep a velocity v, a fading sum of the gradients:

    v ← μ v + g                         v starts at 0, μ = 0.9
    θ ← θ − α v

Across the valley the gradients change sign in each step and cancel. Along it
they all point the same way and add up: for a constant g the velocity approaches
g (1 + μ + μ² + …) = g / (1 − μ) = 10 g.
"""


# %%
def momentum(lr: float, mu: float = 0.9) -> Rule:
    """v ← mu · v + g;  θ ← θ − lr · v."""
    def update(theta: np.ndarray, g: np.ndarray, memory: dict[str, Any],
               t: int) -> np.ndarray:
        memory["v"] = mu * memory.get("v", 0) + g
        return theta - lr * memory["v"]
    return update


paths["momentum"] = compare("momentum", momentum(0.005),
                            lambda P: optim.SGD(P, lr=0.005, momentum=0.9))
memory: dict[str, Any] = {}
for t in range(1, 101):
    momentum(0.005)(START, np.ones(2), memory, t)
print(f"  velocity after 100 gradients of 1: {memory['v'][0]:.4f}")
assert abs(memory["v"][0] - 10) < 1e-3

# %% [markdown]
"""
## Nesterov

Momentum runs past the lowest point before it notices. Nesterov's idea: look at
the gradient where the velocity is about to carry us, not where we are.

    v ← μ v + g(θ − α μ v)              the gradient at the point ahead
    θ ← θ − α v

Libraries store the point ahead instead of θ, so that backward needs no detour.
That gives

    v ← μ v + g
    θ ← θ − α (g + μ v)

The two are the same walk, seen from different points. The cell checks that,
too.
"""


# %%
def nesterov(lr: float, mu: float = 0.9) -> Rule:
    """v ← mu · v + g;  θ ← θ − lr · (g + mu · v)."""
    def update(theta: np.ndarray, g: np.ndarray, memory: dict[str, Any],
               t: int) -> np.ndarray:
        memory["v"] = mu * memory.get("v", 0) + g
        return theta - lr * (g + mu * memory["v"])
    return update


paths["Nesterov"] = compare(
    "Nesterov", nesterov(0.005),
    lambda P: optim.SGD(P, lr=0.005, momentum=0.9, nesterov=True))

theta, v, ahead = START.copy(), np.zeros(2), [START]
for _ in range(100):
    v = 0.9 * v + slope_of_valley(theta - 0.005 * 0.9 * v)
    theta = theta - 0.005 * v
    ahead.append(theta - 0.005 * 0.9 * v)
assert np.allclose(ahead, paths["Nesterov"], rtol=0, atol=1e-12)
print("  the points ahead of Nesterov's own form are the θ of the library "
      "form")

# %% [markdown]
"""
## RMSprop

Another idea: measure how large the gradients of each parameter usually are, and
divide by that. Then both directions of the valley get steps of the same length.

    s ← ρ s + (1 − ρ) g²                a fading mean of the squares, ρ = 0.9
    θ ← θ − α g / (√s + ε)              ε = 10⁻⁸, against division by 0

In the first step s = 0.1 g², so g / √s = ±1 / √0.1 = ±3.16: the length of the
step does not depend on the size of g at all. That is the strength, and the
weakness: near the minimum, where steps should become small, they do not.
"""


# %%
def rmsprop(lr: float, rho: float = 0.9, eps: float = 1e-8) -> Rule:
    """s ← rho · s + (1 − rho) · g²;  θ ← θ − lr · g / (√s + eps)."""
    def update(theta: np.ndarray, g: np.ndarray, memory: dict[str, Any],
               t: int) -> np.ndarray:
        memory["s"] = rho * memory.get("s", 0) + (1 - rho) * g ** 2
        return theta - lr * g / (np.sqrt(memory["s"]) + eps)
    return update


paths["RMSprop"] = compare("RMSprop", rmsprop(0.05),
                           lambda P: optim.RMSprop(P, lr=0.05, alpha=0.9))
assert np.allclose(paths["RMSprop"][1],
                   START + 0.05 / np.sqrt(0.1) * np.array([1, -1]))

# %% [markdown]
"""
## Adam

Both together: a fading mean m of the gradients, as in momentum, divided by the
root of a fading mean v of their squares, as in RMSprop.

    m ← β₁ m + (1 − β₁) g               β₁ = 0.9
    v ← β₂ v + (1 − β₂) g²              β₂ = 0.999
    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
    θ ← θ − α m̂ / (√v̂ + ε)

The third line is the bias correction (偏差修正). m and v start at 0, so at
first they are too small: after one step m is 0.1 g, and v is 0.001 g². And
1 − βᵗ is exactly the weight that the gradients have had so far.
"""


# %%
def adam(lr: float, beta1: float = 0.9, beta2: float = 0.999,
         eps: float = 1e-8, correct: bool = True) -> Rule:
    """Adam; ``correct=False`` leaves the bias correction out."""
    def update(theta: np.ndarray, g: np.ndarray, memory: dict[str, Any],
               t: int) -> np.ndarray:
        memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * g
        memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * g ** 2
        m, v = memory["m"], memory["v"]
        if correct:
            m, v = m / (1 - beta1 ** t), v / (1 - beta2 ** t)
        return theta - lr * m / (np.sqrt(v) + eps)
    return update


paths["Adam"] = compare("Adam", adam(0.1), lambda P: optim.Adam(P, lr=0.1))
assert np.allclose(paths["Adam"][1], START + 0.1 * np.array([1, -1]),
                   atol=1e-6)

# %% [markdown]
"""
### What the bias correction does

Take a gradient that is always the same. The right step then is α, each time.
Without the correction it is α (1 − β₁ᵗ) / √(1 − β₂ᵗ): in the first step 0.1 /
√0.001 = 3.16 α, and it gets worse before it gets better, since m recovers in
ten steps, but v needs a thousand.
"""

# %%
counts = np.arange(1, 5001)
constant = {}
for correct in (True, False):
    path = descend(adam(1.0, correct=correct), 5000, np.zeros(2),
                   lambda theta: np.array([2.0, 2.0]))
    # (5000,): the length of each step, as α is 1
    constant[correct] = -np.diff(path[:, 0])
marks = 1, 2, 3, 5, 10, 100, 1000, 5000
print("  step          " + "".join(f"{t:8}" for t in marks))
for correct, name in ((True, "corrected"), (False, "uncorrected")):
    print(f"  {name:14}" + "".join(f"{constant[correct][t - 1]:8.3f}"
                                   for t in marks))
formula = (1 - 0.9 ** counts) / np.sqrt(1 - 0.999 ** counts)
assert np.allclose(constant[True], 1, atol=1e-6)
assert np.allclose(constant[False], formula, atol=1e-5)
print(f"  largest, uncorrected: {constant[False].max():.2f} α, "
      f"in step {constant[False].argmax() + 1}")

# %% tags=["hidden"]
picture(adam_figures.step_lengths(constant), options, "bias_correction")

# %% [markdown]
"""
And Adam's terms at work, over 400 steps of a noisy gradient that in the middle
becomes ten times as large. m̂ follows it in ten steps. √v̂, the usual size, needs
a thousand, so for a while the steps are too long.
"""

# %% tags=["hidden"]
noisy_gradient = 1 + np.random.default_rng(0).normal(size=400) / 2  # (400,)
noisy_gradient[200:] *= 10
picture(adam_figures.terms(noisy_gradient), options, "adam_terms")


# %% [markdown]
"""
## The paths

From now on J is good if it is below 0.01. Count the steps after which it stays
there, for some learning rates each. (Such a table is the honest way to compare:
every method has its own scale of α.)
"""


# %%
def settled(values: np.ndarray, goal: float = 0.01) -> int | None:
    """The step from which on all values are below the goal, or None."""
    above = np.flatnonzero(~(values < goal))
    last = above[-1] + 1 if len(above) else 0
    return int(last) if last < len(values) else None


rules = {"SGD": sgd, "momentum": momentum, "Nesterov": nesterov,
         "RMSprop": rmsprop, "Adam": adam}
rates = (0.001, 0.002, 0.005, 0.01, 0.018, 0.05, 0.1, 0.2)
counted: dict[str, dict[float, int | None]] = {}
print("  α           " + "".join(f"{rate:8}" for rate in rates))
for name, make in rules.items():
    with np.errstate(over="ignore", invalid="ignore"):  # those that explode
        counted[name] = {rate: settled(J(descend(make(rate), 1000)))
                         for rate in rates}
    print(f"  {name:12}" + "".join(f"{counted[name][rate] or '—':>8}"
                                   for rate in rates))
best = {name: min(n for n in row.values() if n)
        for name, row in counted.items()}
assert max(best[k] for k in ("momentum", "Nesterov", "Adam")) < 100
assert best["SGD"] > 100

# %% [markdown]
"""
A dash: not within 1000 steps, or never. Momentum and Adam need less than half
the steps of plain descent. Adam and RMSprop take large α without exploding; but
RMSprop with a large α never settles, since its steps stay as long as α.
Something must make α smaller with time. That is what schedules are for.

In the pictures (θ₂ is drawn three times as large as θ₁): SGD zigzags; momentum
overshoots and comes back; Nesterov less so; RMSprop and Adam start diagonally,
as if the valley were round.
"""

# %%
used = {"SGD": 0.018, "momentum": 0.005, "Nesterov": 0.005, "RMSprop": 0.05,
        "Adam": 0.1}
looks = {"SGD": (plot.BLUE, "o", "-"), "momentum": (plot.ORANGE, "s", "--"),
         "Nesterov": (plot.GREEN, "D", "-."),
         "RMSprop": (plot.PURPLE, "^", ":"),
         "Adam": (plot.BLACK, "v", (0, (5, 1)))}
picture(valley_paths(J, paths, looks, used), options, "paths")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="optimizers")

# %% [markdown]
"""
## What to remember

- Momentum adds gradients up: what changes sign cancels, what stays the same
  grows.
- RMSprop and Adam divide by the usual size of a gradient, so each parameter
  gets its own step size. Adam's bias correction keeps the first steps from
  being several times too long.
- Compare optimizers only with a good learning rate for each.

## Things to try

- Exercises 7 and 8 (`python -m lessons check 7`): SGD with momentum, and
  Adam, written by you. Exercise 14: a learning-rate schedule.
- `descend(adam(0.1), 100, slope=lambda theta: theta)` walks in a round bowl.
  What is left there of the differences between the optimizers?
"""
