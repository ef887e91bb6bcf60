# ---
# title: a printed backward pass, and a dead output
# documents: C §4.2, §4.3
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# A printed backward pass, and a dead output

**You will know** how a printed formula is tested factor by factor, and why a
ReLU is a bad output.
**Time:** 20 minutes. **You need:** lesson 13 (ReLU network).

The network, its numbers and its gradients are those of lesson 13 (ReLU
network).
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

options = read_options("dead_output", "A printed backward pass, tested.")
begin(options)
carried = earlier("relu_network")
(L, W1, W2, a0, a1, a2, b1, by_hand, dL_da1, delta1, loss_of, measured, names,
 parameters, relu, relu_slope, show, y, z1, z2) = map(
    carried.get, ("L W1 W2 a0 a1 a2 b1 by_hand dL_da1 delta1 loss_of measured "
                  "names parameters relu relu_slope show y z1 z2").split())


# %% [markdown]
"""
## The document's backward pass

### The first line and its sign

The document: δ₂ = (y − a₂) ⊙ ∂a₂/∂z₂. In §4.1 it defines δ = ∂L/∂a ⊙ ∂a/∂z.
Then y − a₂ would have to be ∂L/∂a₂. But the second output, 3, is below its
target, 5: L falls when it rises, the slope is negative, and y − a₂ = +2 is not.

Is it another convention? One may well hand back −∂L/∂z and *add* η δ aᵀ to the
weights. But the document prints no update, and its own definition says ∂L/∂a.
So let us try both updates.
"""

# %%
printed_delta2 = (y - a2) * relu_slope(z2)
slope_of_a2 = measured(lambda a: 0.5 * ((a - y) ** 2).sum(), a2)
show("∂L/∂a2", slope_of_a2.round(6), "measured")
show("y − a2", y - a2, "printed")


def after_one_step(d2: np.ndarray, eta: float) -> float:
    """The loss after a step against the gradient that d2 leads to."""
    d1 = (W2.T @ d2) * relu_slope(z1)
    steps = [np.outer(d1, a0), d1, np.outer(d2, a1), d2]
    return loss_of([p - eta * g for p, g in zip(parameters, steps)])


subtracted = after_one_step(printed_delta2, 0.005)
added = after_one_step(printed_delta2, -0.005)
print("\n  the loss before                          2.5000")
print(f"  a step of 0.005, printed δ₂ subtracted   {subtracted:.4f}")
print(f"                   printed δ₂ added        {added:.4f}")

# %% [markdown]
"""
### The second line and its last factor

The document: δ₁ = W₂ᵀδ₂ ⊙ ∂z₁/∂a₀. The first part is what we have. But ∂z₁/∂a₀
is the slope of what enters the units with respect to the *input*: since z₁ =
W₁a₀ + b₁ it is W₁ itself, (4, 3). What is needed is ∂a₁/∂z₁, the slope of the
ReLU, (4,). NumPy notices, at least as long as δ is (4,):
"""

# %%
dz1_da0 = measured(lambda a: W1 @ a + b1, a0)           # (4, 3)
try:
    print(dL_da1 * dz1_da0)
except ValueError as error:
    print(f"  (4,) ⊙ (4, 3):\n  {error}")
as_column = dL_da1[:, None] * dz1_da0                   # (4, 1) ⊙ (4, 3)
show("δ as a column", as_column.round(6), "(4, 1) ⊙ (4, 3)")

# %% [markdown]
"""
### The rules of §4.2

For the "linear layer": δ = ∂L/∂z and ∂z/∂a₋ = W, where a₋ is the layer's input.
Both are right.

For the "nonlinear layer":

    δ = ∂L/∂z ⊙ ∂z/∂a               printed
    δ = ∂L/∂a ⊙ ∂a/∂z               §4.1, and right

a is computed from z, so ∂a/∂z = ReLU′(z) is the slope to multiply with. ∂z/∂a
is its reciprocal: it goes through the ReLU in the wrong direction, and divides
by 0 where the unit is off.
"""

# %%
with np.errstate(divide="ignore", invalid="ignore"):
    dz_da = 1 / relu_slope(z1)                                           # (4,)
    printed_delta1 = delta1 * dz_da
show("∂z1/∂a1", dz_da, "1 / ReLU′(z1)")
show("∂L/∂z ⊙ ∂z/∂a", printed_delta1, "printed")
show("∂L/∂a ⊙ ∂a/∂z", delta1, "right")

# %% [markdown]
"""
The other line for the nonlinear layer: ∂z/∂a₋ = ∂σ(z)/∂z ⊙ W. On the left is
the slope of z, and that is W (the document's own line for the linear layer). On
the right every row of W is multiplied by the slope of its unit; that is the
slope of a = σ(z).
"""

# %%
da1_da0 = measured(lambda a: relu(W1 @ a + b1), a0)     # (4, 3)
right_side = relu_slope(z1)[:, None] * W1               # (4, 1) ⊙ (4, 3)
show("∂z1/∂a0", dz1_da0.round(6), "measured")
show("∂a1/∂a0", da1_da0.round(6), "measured")
show("σ′(z1) ⊙ W1", right_side, "printed for ∂z1/∂a0")

# %% [markdown]
"""
## ReLU at the output

In the hidden layer a unit may be off for one input and on for another. At the
output it is dangerous. If z2 is below 0, the output is 0 and *all* slopes on
the way to it are 0. When the target is 1, the error is plain to see, but there
is no gradient that says so. Such a unit is called dead (神经元死亡).

We set the first output's bias to −3, which gives z2 = −1, and train: with the
ReLU at the output as printed, and without it.
"""


# %%
def train(b2_start: list[float], output_relu: bool, steps: int = 100,
          eta: float = 0.005) -> tuple[list[float], np.ndarray]:
    """The loss before each step, and the output at the end."""
    U1, c1, U2, c2 = W1.copy(), b1.copy(), W2.copy(), np.array(b2_start)
    losses = []
    for _ in range(steps + 1):
        z1 = U1 @ a0 + c1                                               # (4,)
        a1 = relu(z1)
        z2 = U2 @ a1 + c2                                               # (2,)
        a2 = relu(z2) if output_relu else z2
        losses.append(0.5 * ((a2 - y) ** 2).sum())
        d2 = (a2 - y) * (relu_slope(z2) if output_relu else 1)          # (2,)
        d1 = (U2.T @ d2) * relu_slope(z1)                               # (4,)
        for p, g in ((U1, np.outer(d1, a0)), (c1, d1), (U2, np.outer(d2, a1)),
                     (c2, d2)):
            p -= eta * g
    return losses, a2


runs = {"ReLU at the output, alive": train([0.0, 1.0], True),
        "ReLU at the output, output 1 dead": train([-3.0, 1.0], True),
        "no ReLU at the output, same start": train([-3.0, 1.0], False)}
shown_steps = (0, 1, 5, 20, 100)
print("  loss after step" + "".join(f"{k:8}" for k in shown_steps)
      + "   output (target 1, 5)")
for name, (losses, out) in runs.items():
    print(f"  {name}\n" + " " * 17
          + "".join(f"{losses[k]:8.4f}" for k in shown_steps)
          + f"   {out[0]:.3f}, {out[1]:.3f}")

# %%
dead_losses, dead_out = runs["ReLU at the output, output 1 dead"]
free_losses, free_out = runs["no ReLU at the output, same start"]

with plot.figure(10, 4.2, "With and without ReLU at the output") as fig:
    ax = fig.subplots()
    looks = ((plot.BLUE, "-", "o"), (plot.ORANGE, "--", "s"),
             (plot.GREEN, ":", "D"))
    for (name, (losses, _)), (color, line, marker) in zip(runs.items(), looks):
        ax.plot(losses[:31], color=color, linestyle=line, marker=marker,
                markevery=3, label=name)
    ax.set(xlabel="step", ylabel="loss L", xlim=(-0.2, 30.2),
           ylim=(-0.05, 4.2))
    ax.legend(loc="upper right")
    picture(fig, options, "dead_output")

# %% [markdown]
"""
## Autograd does the same

Two lines for each layer, and `backward`. The sign, the transposed matrix and
the zero of the unit that is off come by themselves.
"""

# %% tags=["hidden"]
leaves = [minigrad.tensor(p, requires_grad=True) for p in parameters]
tW1, tb1, tW2, tb2 = leaves
ta1 = (tW1 @ minigrad.tensor(a0) + tb1).relu()                          # (4,)
ta2 = (tW2 @ ta1 + tb2).relu()                                          # (2,)
tL = ((ta2 - minigrad.tensor(y)) ** 2).sum() / 2
tL.backward()

for name, leaf, mine in zip(names, leaves, by_hand):
    same = np.array_equal(leaf.grad.numpy(), mine)
    print(f"  ∂L/∂{name}   autograd and by hand "
          f"{'are equal' if same else 'DIFFER'}")
    assert same, name

write_results(options.output / "results.json", options, lesson="dead_output",
              loss=L,
              loss_after_one_step=runs["ReLU at the output, alive"][0][1],
              loss_printed_sign_subtracted=subtracted,
              dead_output_loss=dead_losses[-1],
              linear_output_loss=free_losses[-1])

# %% [markdown]
"""
## What to remember

- A ReLU that is off passes nothing back. In a hidden layer that is its job;
  at the output it can stop all learning.

## Things to try

- `train` with a larger eta: from which on does the loss no longer fall?
"""

# %% tags=["hidden", "audit"]
appendix("dead_output", {**carried, **globals()})
