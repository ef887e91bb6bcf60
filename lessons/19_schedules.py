# ---
# title: learning-rate schedules
# documents: B §3.2
# time: 7 s
# needs:
# ---

# %% [markdown]
"""
# Saddles, noise and schedules

**You will know** why a learning rate should change during training, and how.
**Time:** 40 minutes. **You need:** lesson 18 (optimizers).

All rules of lesson 18 (optimizers) have a rate α that stays the same. Here it
becomes a function of time (学习率调度).
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import math
from typing import Any, Callable

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import optim, plot
from minigrad.optim import lr_scheduler

options = read_options("schedules",
                       "Saddles, noise, and learning-rate schedules.")
begin(options)
carried = earlier("optimizers")
best, descend, looks, rules = map(carried.get,
                                  "best descend looks rules".split())


# %% [markdown]
"""
## A saddle (鞍点)

    J(θ) = ½ θ₁² − ½ θ₂² + ¼ θ₂⁴        ∂J/∂θ = (θ₁, −θ₂ + θ₂³)

At (0, 0) the slope is zero, but it isn't a minimum: along θ₂ it goes down, to
−¼ at θ₂ = ±1. With many parameters such points are much more frequent than bad
minima (Dauphin et al. 2014). We start almost on the ridge, at (1, 0.001), and
count the steps until J < −0.2, all with α = 0.05.
"""


# %%
def slope_of_saddle(theta: np.ndarray) -> np.ndarray:
    """∂J/∂θ of the saddle."""
    return np.array([theta[0], -theta[1] + theta[1] ** 3])


def J_saddle(theta: np.ndarray) -> np.ndarray:
    """½ θ₁² − ½ θ₂² + ¼ θ₂⁴ for (…, 2)."""
    return theta[..., 0]**2 / 2 - theta[..., 1]**2 / 2 + theta[..., 1]**4 / 4


ridge = np.array([1.0, 0.001])
saddle_paths = {name: descend(make(0.05), 300, ridge, slope_of_saddle)
                for name, make in rules.items()}
escaped = {name: int(np.argmax(J_saddle(path) < -0.2))
           for name, path in saddle_paths.items()}
for name, steps in escaped.items():
    print(f"  {name:12} {steps:4} steps")
assert escaped["SGD"] > escaped["momentum"] > escaped["Adam"] > 0

with plot.figure(10, 4.2, "From the ridge past the saddle, α = 0.05") as fig:
    left, right = fig.subplots(1, 2)
    across, up = np.meshgrid(np.linspace(-1.1, 1.2, 200),
                             np.linspace(-0.35, 1.35, 200))
    left.contour(across, up, J_saddle(np.stack([across, up], -1)), levels=16,
                 colors="#c8c8c8", linewidths=1, linestyles="solid")
    left.plot(0, 0, marker="x", color=plot.BLACK, markersize=9)
    left.annotate("saddle", (0, 0), (-8, -18), textcoords="offset points",
                  ha="right")
    left.plot(0, 1, marker="+", color=plot.BLACK, markersize=12)
    left.annotate("minimum", (0, 1), (-0.45, 1.2), ha="right",
                  arrowprops={"arrowstyle": "-", "color": plot.GRAY})
    for name, path in saddle_paths.items():
        color, marker, line = looks[name]
        left.plot(*path[:150].T, color=color, marker=marker, markersize=4,
                  markevery=6, linewidth=1.4, linestyle=line)
        right.plot(J_saddle(path)[:200], color=color, marker=marker,
                   markevery=20, linestyle=line,
                   label=f"{name}, {escaped[name]} steps")
    left.set(xlabel="θ₁", ylabel="θ₂", xlim=(-1.1, 1.2), ylim=(-0.35, 1.35))
    right.set(xlabel="step", ylabel="loss J", xlim=(0, 200))
    right.legend(loc="upper right", fontsize=11)
    picture(fig, options, "saddle")

# %% [markdown]
"""
SGD is slow: near the saddle the gradient is tiny, and so are its steps.
Momentum collects it. RMSprop and Adam divide by its size, so for them there is
hardly a saddle. (From exactly (1, 0) none of them leaves the ridge: the slope
across it is 0 there. Real gradients have noise, and noise helps.)

## Schedules (学习率调度)

Document B §3.2 names three: a fixed rate (固定学习率), exponential decay
(指数衰减学习率), and 学习率衰减周期, "learning-rate decay period". We add two
that are in common use. t counts the steps, from 0.

    fixed        α
    exponential  α γᵗ
    step decay   α γ^⌊t / T⌋                      times γ after each T steps
    warm-up      α (s + (1 − s) min(t / W, 1))    from s α up to α in W steps
    one-cycle    up to α along half a cosine, then down to almost 0

The one with the period can be read in two ways: the rate falls by a factor
after every period (step decay, as here), or it rises and falls periodically (a
cycle).
"""

# %%
STEPS, PEAK = 300, 0.2


def half_cosine(low: float, high: float, share: float) -> float:
    """From low (share 0) to high (share 1) along half a cosine."""
    return high + (low - high) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(t: int, up: float = 0.3 * STEPS - 1) -> float:
    """Up to PEAK within 30 % of the steps, then down."""
    if t <= up:
        return half_cosine(PEAK / 25, PEAK, t / up)
    return half_cosine(PEAK, PEAK / 25 / 1e4, (t - up) / (STEPS - 1 - up))


formulas: dict[str, Callable[[int], float]] = {
    "fixed, large": lambda t: PEAK,
    "fixed, small": lambda t: 0.01,
    "exponential": lambda t: PEAK * 0.98 ** t,
    "step decay": lambda t: PEAK * 0.3 ** (t // 75),
    "warm-up, then fixed": lambda t: PEAK * (0.04 + 0.96 * min(t / 60, 1)),
    "one-cycle": one_cycle}

# %% [markdown]
"""
Each is a class in `minigrad.optim.lr_scheduler`, by PyTorch's names: made with
the optimizer, and told with `step()` that a step is over. The numbers must be
those of the formulas.
"""

# %%
schedulers: dict[str, tuple[Any, dict[str, Any]]] = {
    "exponential": (lr_scheduler.ExponentialLR, {"gamma": 0.98}),
    "step decay": (lr_scheduler.StepLR, {"step_size": 75, "gamma": 0.3}),
    "warm-up, then fixed": (lr_scheduler.LinearLR,
                            {"start_factor": 0.04, "total_iters": 60}),
    "one-cycle": (lr_scheduler.OneCycleLR,
                  {"max_lr": PEAK, "total_steps": STEPS,
                   "cycle_momentum": False})}
marks = 0, 30, 75, 150, 299
print("  rate at step             " + "".join(f"{t:9}" for t in marks))
by_formula = {name: np.array([f(t) for t in range(STEPS)])
              for name, f in formulas.items()}
for name, values in by_formula.items():
    print(f"  {name:24}" + "".join(f"{values[t]:9.5f}" for t in marks))
    if name in schedulers:
        make, numbers = schedulers[name]
        optimizer = optim.SGD([minigrad.zeros(1)], lr=PEAK)
        scheduler, found = make(optimizer, **numbers), []
        for _ in range(STEPS):
            found.append(scheduler.get_last_lr()[0])
            scheduler.step()
        assert np.allclose(found, values, rtol=1e-9, atol=0), name

# %% [markdown]
"""
## A noisy descent

Now the S in SGD. J = ½ θ², but what we are told is not the slope θ: it is θ
plus noise of size 1, as from a small batch. We start at θ = 10 and take the
mean of J over 4000 descents.

What can be expected of a fixed α? In each step the noise adds α² to the
variance of θ, and the descent multiplies it with (1 − α)². In balance:

    V = (1 − α)² V + α²    →    V = α / (2 − α)   →  mean J = ½ V = α / (4 − 2α)

So the loss does not go to 0: it stays at a floor that α decides. Halve α, and
the floor halves.
"""


# %%
def noisy(rate: Callable[[int], float], runs: int = 4000) -> np.ndarray:
    """The mean of J = ½ θ² over many noisy descents: at the start, and after
    each step.
    """
    rng = np.random.default_rng(options.seed)
    theta = np.full(runs, 10.0)  # (runs,)
    means = [0.5 * (theta ** 2).mean()]
    for t in range(STEPS):
        g = theta + rng.normal(size=runs)
        theta = theta - rate(t) * g
        means.append(0.5 * (theta ** 2).mean())
    return np.array(means)


noisy_losses = {name: noisy(rate) for name, rate in formulas.items()}
marks = 10, 30, 100, 200, 300
print("  mean J after step        " + "".join(f"{t:9}" for t in marks))
for name, values in noisy_losses.items():
    print(f"  {name:24}" + "".join(f"{values[t]:9.4f}" for t in marks))
floor = PEAK / (4 - 2 * PEAK)
plateau = noisy_losses["fixed, large"][150:].mean()
print(f"  floor of the large fixed rate: measured {plateau:.4f}, "
      f"by the formula {floor:.4f}")
assert abs(plateau / floor - 1) < 0.03

# %% tags=["hidden"]
with plot.figure(10, 4.8, "Six schedules, a noisy descent with each") as fig:
    left, right = fig.subplots(1, 2)
    styles = ((plot.BLUE, "-"), (plot.SKY, ":"), (plot.ORANGE, "--"),
              (plot.GREEN, "-."), (plot.PURPLE, (0, (1, 1))),
              (plot.BLACK, (0, (6, 2))))
    for (name, values), (color, line) in zip(by_formula.items(), styles):
        left.plot(values, color=color, linestyle=line, label=name)
        right.plot(noisy_losses[name], color=color, linestyle=line)
    left.set(xlabel="step t", ylabel="learning rate", ylim=(0, 0.21),
             xlim=(0, STEPS))
    right.set(xlabel="step t", ylabel="mean of J", yscale="log",
              xlim=(0, STEPS), ylim=(3e-4, 60))
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center",
               ncols=3)
    picture(fig, options, "schedules")

# %% [markdown]
"""
The large fixed rate is down first and stays at its floor. The small one is
still on its way. The decaying ones have both: far at first, then a floor that
sinks with α. But a decay must not be too fast. With α γᵗ all steps together are
worth α / (1 − γ) at most; when that is used up, θ stands still wherever it is.
Here are three values of γ:
"""

# %%
for gamma in (0.98, 0.9, 0.8):
    total = PEAK / (1 - gamma)
    values = noisy(lambda t: PEAK * gamma ** t)
    print(f"  γ = {gamma:<5} sum of all rates {total:6.2f}   "
          f"mean J after 300 steps {values[-1]:8.4f}")
last = {name: values[-1] for name, values in noisy_losses.items()}

# %% [markdown]
"""
### What the warm-up (预热) is for

In the noisy bowl it was only slower. It is for beginnings that are too steep.
J = ¼ θ⁴ + ½ θ² is as gentle as the bowl near 0, but at θ = 5 its slope is 130.
A full step of α = 0.1 from there jumps to −8, the next one much farther. The
warm-up takes small steps until the worst is over.
"""

# %%
def warm_up(t: int) -> float:
    """From 0.004 to 0.1 in 50 steps."""
    return 0.1 * (0.04 + 0.96 * min(t / 50, 1))


for name, rate in (("fixed 0.1", lambda t: 0.1), ("warm-up to 0.1", warm_up)):
    theta, way = 5.0, [5.0]
    for t in range(100):
        if abs(theta) > 1e6:
            break
        theta -= rate(t) * (theta ** 3 + theta)
        way.append(theta)
    first = ", ".join(f"{v:.4g}" for v in way[:4]).replace("-", "−")
    print(f"  {name:14}  θ = {first}, …, after {len(way) - 1} steps "
          f"{way[-1]:.2g}" + " (exploded)" * (abs(theta) > 1e6))
assert abs(theta) < 0.01

# %% [markdown]
"""
## Does it converge?

Step 5 of §3.1 ends: "through many iterations the model gradually converges,
until it reaches the given performance"
(通过多次迭代训练，模型逐渐收敛，直至达到预定的性能指标). You have seen it
converge, explode, stay at a floor, and wait at a saddle, all with right
gradients.
"""

# %% tags=["hidden"]
goal = 0.01

write_results(options.output / "results.json", options, lesson="schedules",
              valley_best_steps=best, saddle_steps=escaped,
              noise_floor=plateau, noisy_loss_after_300_steps={
                  name: float(v) for name, v in last.items()})

# %% [markdown]
"""
## What to remember

- With noise, a fixed rate leaves a floor. Large steps first, small ones at
  the end.

## Things to try

- Combine RMSprop with a decaying rate in the valley. Does it settle now, from
  α = 0.1?
"""

# %% tags=["hidden", "audit"]
appendix("schedules", {**carried, **globals()})
