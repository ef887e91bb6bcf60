# ---
# title: the five steps of training
# documents: B §3.1
# time: 7 s
# needs:
# ---

# %% [markdown]
"""
# Five steps, one after the other

**You will know** what each line of a training loop is for, and what happens
without a random start.
**Time:** 20 minutes. **You need:** lesson 12 (XOR network).

Lessons 11 (backpropagation) to 15 (sigmoid network) were about the gradient.
Where in the training are we, and what is done with it? Document B (§3.1) lists
five steps, which every training loop consists of.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

import minigrad
from lessons.support import (appendix, begin, picture, read_options,
                             write_results)
from minigrad import optim, plot

options = read_options("five_steps", "The five steps of training.")
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

We take them one at a time, with the 2-3-1 network and XOR from lesson 11
(backpropagation).
"""

# %%
X = minigrad.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=minigrad.float64,
                    device=options.device)
T = minigrad.tensor([[0], [1], [1], [0]], dtype=minigrad.float64,
                    device=options.device)
Parameters = list[minigrad.Tensor]


def initialize(seed: int | None) -> Parameters:
    """Step 1. W1 (2, 3), b1 (3,), W2 (3, 1), b2 (1,): random weights; without
    a seed all are 0.5.
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
curves = {}
for name, P in (("equal weights", equal_start),
                ("random weights", random_start)):
    losses = train(P, squared_error, optim.SGD(P, lr=2.0), 1000)
    curves[name] = losses
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

# %% tags=["hidden"]
with plot.figure(8, 4, "The same network, from two starts") as fig:
    ax = fig.subplots()
    for (name, losses), color in zip(curves.items(), plot.COLORS):
        ax.plot(losses, color=color, label=name)
    ax.set(xlabel="step", ylabel="J")
    ax.legend()
picture(fig, options, "two_starts")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="five_steps")

# %% [markdown]
"""
## What to remember

- `backward` computes the gradients, `step` moves the parameters, `zero_grad`
  forgets the gradients.
- Weights that start equal stay equal, and a layer of equal units is one unit.

## Things to try

- Leave out `optimizer.zero_grad()` in `train`. What happens, and why?
"""

# %% tags=["hidden", "audit"]
appendix("five_steps", globals())
