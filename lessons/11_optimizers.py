# ---
# title: optimizers and learning-rate schedules
# documents: B §3.1, §3.2
# time: 7 s
# needs:
# ---

# %% [markdown]
"""
# The step itself

**You will know** what SGD, momentum, RMSprop and Adam do in each step, and when
the learning rate should change.
**Time:** 60 minutes. **You need:** lesson 5 (gradient descent).

Lessons 8 (backpropagation) to 10 (sigmoid network) were about the gradient.
This one is about what to do with it. The plain answer is θ ← θ − α ∂J/∂θ. We
will see where it fails, and what momentum (动量), RMSprop and Adam do about it;
each by hand in a few lines of NumPy, then proved equal to `minigrad.optim`.
After that the learning rate itself becomes a function of time: the schedules
(学习率调度) that document B names in §3.2.

First, where in the training are we? Document B §3.1 lists five steps.
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
from lessons.audit import appendix
from lessons.support import (begin, picture, read_options,
                             write_results)
from minigrad import optim, plot
from minigrad.optim import lr_scheduler

options = read_options("optimizers", "Optimizers and schedules (document B "
                                     "§3.1, §3.2).")
begin(options)

# %% [markdown]
"""
## The five steps of document B (§3.1)

1. **初始化网络结构**, initialize the structure of the network
2. **正向传播**, forward: layer by layer, each output is the next input
3. **计算损失**, compute the loss, such as mean squared error or
   cross-entropy
4. **反向传播**, backward: "pass the gradient of the loss back to each layer,
   update the parameters"
5. **优化参数**, optimize: "use an optimization algorithm (gradient descent,
   Adam, …) to update the parameters … the model gradually converges"

We take them one at a time, with the 2-3-1 network and XOR from lesson 8
(backpropagation).
"""

# %%
X = minigrad.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=minigrad.float64,
                    device=options.device)
T = minigrad.tensor([[0], [1], [1], [0]], dtype=minigrad.float64,
                    device=options.device)
Parameters = list[minigrad.Tensor]


def initialize(seed: int | None) -> Parameters:
    """Step 1. W1 (2, 3), b1 (3,), W2 (3, 1), b2 (1,): random weights, or all
    0.5 without a seed.
    """
    rng = np.random.default_rng(seed)
    W1, W2 = (np.full(shape, 0.5) if seed is None else rng.normal(size=shape)
              for shape in ((2, 3), (3, 1)))
    return [minigrad.tensor(p, device=options.device, requires_grad=True)
            for p in (W1, np.zeros(3), W2, np.zeros(1))]


def forward(P: Parameters) -> minigrad.Tensor:
    """Step 2. The outputs for the four points, (4, 1)."""
    W1, b1, W2, b2 = P
    H = (X @ W1 + b1).sigmoid()  # (4, 2) @ (2, 3) + (3,) → (4, 3)
    return (H @ W2 + b2).sigmoid()  # (4, 3) @ (3, 1) + (1,) → (4, 1)


def squared_error(Y: minigrad.Tensor) -> minigrad.Tensor:
    """Step 3. J = ½ Σ (y − t)²."""
    return ((Y - T) ** 2).sum() / 2


def cross_entropy(Y: minigrad.Tensor) -> minigrad.Tensor:
    """Step 3, the other loss. J = −Σ (t ln y + (1 − t) ln(1 − y))."""
    return -(T * Y.log() + (1 - T) * (1 - Y).log()).sum()


# %% [markdown]
"""
Now step 4, and a close look at what it does to the parameters. The document
says that backpropagation updates them, and that step 5 updates them, too.
"""

# %%
P = initialize(seed=0)
before = [p.detach().clone() for p in P]
loss = squared_error(forward(P))
loss.backward()  # step 4
unchanged = all((p == q).all().item() for p, q in zip(P, before))
print("  after backward():  parameters "
      f"{'unchanged' if unchanged else 'changed'}, "
      f"W2.grad = {np.round(P[2].grad.cpu().numpy().ravel(), 4)}")

optimizer = optim.SGD(P, lr=0.5)  # θ ← θ − 0.5 · ∂J/∂θ
optimizer.step()  # step 5
changed = all((p != q).all().item() for p, q in zip(P, before))
after = squared_error(forward(P))
print("  after step():      parameters "
      f"{'changed' if changed else 'unchanged'}, "
      f"J = {loss.item():.4f} → {after.item():.4f}")


# %%
def slope(p: minigrad.Tensor, index: tuple[int, ...],
          h: float = 1e-6) -> float:
    """∂J/∂p[index], by a central difference."""
    values = []
    with minigrad.no_grad():
        for shift in (h, -2 * h):
            p[index] = p[index] + shift
            values.append(squared_error(forward(P)).item())
        p[index] = p[index] + h
    return (values[0] - values[1]) / (2 * h)


optimizer.zero_grad()
squared_error(forward(P)).backward()
differences = [abs(slope(p, i) - p.grad[i].item())
               for p in P for i in np.ndindex(*p.shape)]
print(f"all {len(differences)} gradients, measured: "
      f"{max(differences):.0e} apart at most")

# %% [markdown]
"""
Step 1 speaks of the structure only: the layers and how they are connected. But
a network also needs first values for its weights, and not any will do. Train
twice, once from random weights, once from weights that are all 0.5:
"""


# %%
def learned(P: Parameters) -> bool:
    """Whether all four answers are right."""
    return bool(((forward(P) > 0.5) == (T > 0.5)).all().item())


def train(P: Parameters, loss_of: Callable[[minigrad.Tensor], minigrad.Tensor],
          optimizer: Any, steps: int) -> list[float]:
    """Steps 2 to 5, again and again. The loss before each step."""
    losses = []
    for _ in range(steps):
        loss = loss_of(forward(P))          # steps 2 and 3
        # forget the last gradients, or backward adds to them
        optimizer.zero_grad()
        loss.backward()                     # step 4
        optimizer.step()                    # step 5
        losses.append(loss.item())
    return losses


equal_start, random_start = initialize(seed=None), initialize(seed=0)
for name, P in (("equal "
                 "weights", equal_start), ("random weights", random_start)):
    losses = train(P, squared_error, optim.SGD(P, lr=2.0), 1000)
    answers = forward(P).detach().cpu().numpy().ravel()
    print(f"  {name:15} J = {losses[0]:.4f} → {losses[-1]:.4f}   y = "
          f"{np.round(answers, 3) + 0.0}")
W1_equal = equal_start[0].detach().cpu().numpy()  # (2, 3)
print("  W1 from equal weights:", *np.round(W1_equal, 3).tolist())

# %%
with minigrad.no_grad():
    W1, b1, W2, b2 = random_start
    whole = forward(random_start)
    by_layers = ((X @ W1 + b1).sigmoid() @ W2 + b2).sigmoid()

P = initialize(seed=0)
train(P, cross_entropy, optim.SGD(P, lr=1.0), 1000)

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
          f"{slope_of_valley(START)[k]:8.4f}   "
          f"measured {slope_k:8.4f}")
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


def descend(
        rule: Rule, steps: int, start: np.ndarray = START,
        slope: Callable[[np.ndarray],
                        np.ndarray] = slope_of_valley) -> np.ndarray:
    """All θ on the way, (steps + 1, 2)."""
    theta, memory, path = start.copy(), {}, [start]
    for t in range(1, steps + 1):
        theta = rule(theta, slope(theta), memory, t)
        path.append(theta)
    return np.array(path)


def with_minigrad(make: Callable[[list[minigrad.Tensor]], Any],
                  steps: int) -> np.ndarray:
    """The same way, by an optimizer of minigrad and with gradients from
    autograd.
    """
    theta = minigrad.tensor(START, device=options.device, requires_grad=True)
    optimizer, path = make([theta]), [START]
    for _ in range(steps):
        optimizer.zero_grad()
        J(theta).backward()
        optimizer.step()
        path.append(theta.detach().cpu().numpy().copy())
    return np.array(path)


def compare(name: str, rule: Rule, make: Callable[[list[minigrad.Tensor]],
                                                  Any]) -> np.ndarray:
    """Print the first steps; stop unless 100 steps by hand and by minigrad are
    the same.
    """
    mine, theirs = descend(rule, 100), with_minigrad(make, 100)
    way = " → ".join(f"({a:.3f}, "
                     f"{b:.3f})" for a, b in mine[:4]).replace("-", "−")
    print(f"  {name:9} θ = {way} → …\n"
          f"{'':12} J after 100 steps {J(mine[-1]):.4f}")
    assert np.allclose(mine, theirs, rtol=0,
                       atol=1e-10), f"{name} differs from minigrad.optim"
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
first they are too small: after one step m is 0.1 g, and v is 0.001 g². 1 − βᵗ
is exactly the weight that the gradients have had so far.
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
print("  step         "
      " " + "".join(f"{t:8}" for t in (1, 2, 3, 5, 10, 100, 1000, 5000)))
for correct, name in ((True, "corrected"), (False, "uncorrected")):
    print(f"  {name:14}" + "".join(f"{constant[correct][t - 1]:8.3f}"
                                   for t in (1, 2, 3, 5, 10, 100, 1000, 5000)))
formula = (1 - 0.9 ** counts) / np.sqrt(1 - 0.999 ** counts)
assert np.allclose(constant[True], 1, atol=1e-6)
assert np.allclose(constant[False], formula, atol=1e-5)
print(f"  largest, uncorrected: {constant[False].max():.2f} α, "
      f"in step {constant[False].argmax() + 1}")

with plot.figure(10, 4, "The length of Adam's steps for a constant "
                        "gradient") as fig:
    ax = fig.subplots()
    ax.plot(counts, constant[False], color=plot.ORANGE, linestyle="--",
            label="without bias correction")
    ax.plot(counts, constant[True], color=plot.BLUE, label="with bias "
                                                           "correction")
    ax.set(xscale="log", xlabel="step "
                                "t", ylabel="length, in units of "
                                            "α", ylim=(0, 8),
           xlim=(1, 5000))
    ax.legend(loc="upper right")
    picture(fig, options, "bias_correction")

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


rules = {
    "SGD": sgd, "momentum": momentum, "Nesterov": nesterov, "RMSprop": rmsprop,
    "Adam": adam
}
rates = (0.001, 0.002, 0.005, 0.01, 0.018, 0.05, 0.1, 0.2)
counted: dict[str, dict[float, int | None]] = {}
print("  α           " + "".join(f"{rate:8}" for rate in rates))
for name, make in rules.items():
    with np.errstate(over="ignore", invalid="ignore"):  # those that explode
        counted[name] = {
            rate: settled(J(descend(make(rate), 1000)))
            for rate in rates
        }
    print(f"  {name:12}" + "".join(f"{counted[name][rate] or '—':>8}"
                                   for rate in rates))
best = {
    name: min(n for n in row.values() if n)
    for name, row in counted.items()
}
assert max(best["momentum"], best["Nesterov"],
           best["Adam"]) < 100 < best["SGD"]

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
used = {
    "SGD": 0.018, "momentum": 0.005, "Nesterov": 0.005, "RMSprop": 0.05,
    "Adam": 0.1
}
looks = {
    "SGD": (plot.BLUE, "o", "-"), "momentum": (plot.ORANGE, "s", "--"),
    "Nesterov": (plot.GREEN, "D", "-."), "RMSprop": (plot.PURPLE, "^", ":"),
    "Adam": (plot.BLACK, "v", (0, (5, 1)))
}
across, up = np.meshgrid(np.linspace(-4.6, 2, 200),
                         np.linspace(-0.75, 0.75, 200))
surface = J(np.stack([across, up], axis=-1))  # (200, 200)
with plot.figure(10, 6, "A hundred steps in a narrow valley") as fig:
    axes = fig.subplots(2, 3)
    for ax in (*axes[0, 1:], axes[1, 1]):
        ax.set_yticklabels([])
    for ax, (name, path) in zip(axes.flat, paths.items()):
        color, marker, _ = looks[name]
        ax.contour(across, up, surface, levels=(0.05, 0.5, 2, 5, 10, 18),
                   colors="#c8c8c8", linewidths=1)
        ax.plot(*path.T, color=color, marker=marker, markersize=3.5,
                linewidth=1.2)
        ax.plot(0, 0, marker="+", color=plot.BLACK, markersize=11)
        ax.set(title=f"{name}, α = "
                     f"{used[name]}", xlim=(-4.6, 2), ylim=(-0.75, 0.75),
               yticks=(-0.5, 0, 0.5))
    for name, path in paths.items():
        color, marker, line = looks[name]
        axes[1, 2].plot(J(path), color=color, linestyle=line, marker=marker,
                        markevery=20, linewidth=1.6, label=name)
    axes[1, 2].set(yscale="log", xlabel="step", title="loss "
                                                      "J", ylim=(1e-5, 60))
    axes[1, 2].legend(fontsize=9, loc="lower left")
    for ax in axes[1, :2]:
        ax.set_xlabel("θ₁")
    for ax in axes[:, 0]:
        ax.set_ylabel("θ₂")
    axes[0, 2].set_xlabel("θ₁")
    picture(fig, options, "paths")

# %% [markdown]
"""
## A saddle (鞍点)

    J(θ) = ½ θ₁² − ½ θ₂² + ¼ θ₂⁴        ∂J/∂θ = (θ₁, −θ₂ + θ₂³)

At (0, 0) the slope is zero, but it is no minimum: along θ₂ it goes down, to −¼
at θ₂ = ±1. With many parameters such points are much more frequent than bad
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
escaped = {
    name: int(np.argmax(J_saddle(path) < -0.2))
    for name, path in saddle_paths.items()
}
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
    left.annotate("saddle", (0, 0), (-8, -18), textcoords="offset "
                                                          "points", ha="right")
    left.plot(0, 1, marker="+", color=plot.BLACK, markersize=12)
    left.annotate("minimum", (0, 1), (-0.45, 1.2), ha="right",
                  arrowprops={"arrowstyle": "-", "color": plot.GRAY})
    for name, path in saddle_paths.items():
        color, marker, line = looks[name]
        left.plot(*path[:150].T, color=color, marker=marker, markersize=4,
                  markevery=6, linewidth=1.4, linestyle=line)
        right.plot(
            J_saddle(path)[:200], color=color, marker=marker, markevery=20,
            linestyle=line, label=f"{name}, {escaped[name]} steps")
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
schedulers: dict[str, Callable[[Any], Any]] = {
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.98),
    "step decay": lambda o: lr_scheduler.StepLR(o, step_size=75, gamma=0.3),
    "warm-up, then fixed": lambda o: lr_scheduler.LinearLR(
        o, start_factor=0.04, total_iters=60),
    "one-cycle": lambda o: lr_scheduler.OneCycleLR(
        o, max_lr=PEAK, total_steps=STEPS, cycle_momentum=False)
}
print("  rate at "
      "step             " + "".join(f"{t:9}" for t in (0, 30, 75, 150, 299)))
by_formula = {
    name: np.array([f(t) for t in range(STEPS)])
    for name, f in formulas.items()
}
for name, values in by_formula.items():
    print(f"  {name:24}" + "".join(f"{values[t]:9.5f}"
                                   for t in (0, 30, 75, 150, 299)))
    if name in schedulers:
        optimizer = optim.SGD([minigrad.zeros(1)], lr=PEAK)
        scheduler, found = schedulers[name](optimizer), []
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
    """The mean of J = ½ θ² over many noisy descents, at the start and after
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
print("  mean J after "
      "step        " + "".join(f"{t:9}" for t in (10, 30, 100, 200, 300)))
for name, values in noisy_losses.items():
    print(f"  {name:24}" + "".join(f"{values[t]:9.4f}"
                                   for t in (10, 30, 100, 200, 300)))
floor = PEAK / (4 - 2 * PEAK)
plateau = noisy_losses["fixed, large"][150:].mean()
print(f"  floor of the large fixed rate: measured {plateau:.4f}, by the "
      f"formula {floor:.4f}")
assert abs(plateau / floor - 1) < 0.03

# %% tags=["hidden"]
with plot.figure(10, 4.8, "Six schedules, and a noisy descent with "
                          "each") as fig:
    left, right = fig.subplots(1, 2)
    styles = ((plot.BLUE, "-"), (plot.SKY, ":"), (plot.ORANGE, "--"),
              (plot.GREEN, "-."), (plot.PURPLE, (0, (1, 1))), (plot.BLACK,
                                                               (0, (6, 2))))
    for (name, values), (color, line) in zip(by_formula.items(), styles):
        left.plot(values, color=color, linestyle=line, label=name)
        right.plot(noisy_losses[name], color=color, linestyle=line)
    left.set(xlabel="step "
                    "t", ylabel="learning "
                                "rate", ylim=(0, 0.21), xlim=(0, STEPS))
    right.set(xlabel="step "
              "t", ylabel="mean of "
              "J", yscale="log", xlim=(0, STEPS), ylim=(3e-4, 60))
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower "
                                                      "center", ncols=3)
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

In the noisy bowl it was only slower. It is for beginnings that are too steep. J
= ¼ θ⁴ + ½ θ² is as gentle as the bowl near 0, but at θ = 5 its slope is 130. A
full step of α = 0.1 from there jumps to −8, the next one much farther. The
warm-up takes small steps until the worst is over.
"""

# %%
for name, rate in (("fixed 0.1", lambda t: 0.1),
                   ("warm-up to 0.1 in 50 steps", lambda t: 0.1 *
                    (0.04 + 0.96 * min(t / 50, 1)))):
    theta, way = 5.0, [5.0]
    for t in range(100):
        if abs(theta) > 1e6:
            break
        theta -= rate(t) * (theta ** 3 + theta)
        way.append(theta)
    print(f"  {name:28} θ "
          "= " + ", ".join(f"{v:.4g}" for v in way[:4]).replace("-", "−")
          + f", …  after {len(way) - 1} steps: "
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

write_results(
    options.output / "results.json", options, lesson="optimizers",
    valley_best_steps=best, saddle_steps=escaped, noise_floor=plateau,
    noisy_loss_after_300_steps={name: float(v)
                                for name, v in last.items()})

# %% [markdown]
"""
## What to remember

- `backward` computes the gradients, `step` moves the parameters, `zero_grad`
  forgets the gradients.
- Momentum adds gradients up: what changes sign cancels, what stays the same
  grows.
- RMSprop and Adam divide by the usual size of a gradient, so each parameter
  gets its own step size. Adam's bias correction keeps the first steps from
  being several times too long.
- With noise, a fixed rate leaves a floor. Large steps first, small ones at
  the end.
- Compare optimizers only with a good learning rate for each.

## Things to try

- Exercises 7 and 8 (`python -m lessons check 7`): SGD with momentum, and
  Adam, written by you. Exercise 14: a learning-rate schedule.
- `descend(adam(0.1), 100, slope=lambda theta: theta)` walks in a round bowl.
  What is left there of the differences between the optimizers?
- Combine RMSprop with a decaying rate in the valley. Does it settle now, from
  α = 0.1?
"""

# %% tags=["hidden", "audit"]
appendix("optimizers", globals())
