# ---
# title: a 3-4-2 ReLU network in numbers
# documents: C §4.2, §4.3
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# A network of ReLUs, forward and backward

**You will know** forward and backward in matrices, one product for each layer.
**Time:** 30 minutes. **You need:** lesson 11 (backpropagation).

Document C (§4.3) describes a network with three inputs, four hidden units
(隐藏层) and two outputs, with ReLU as the activation function (激活函数) in
both layers. It prints the forward pass and two lines of the backward pass. §4.2
prints the parts of which such lines are made.

Lesson 11 (backpropagation) went through sums with an index for each unit. Here
we compute with whole layers: a layer is one matrix product, and so is its
backward pass. The numbers are chosen so that everything can be done in the
head. One hidden unit is switched off; watch what that does to the gradients.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

from lessons.support import begin, picture, read_options, write_results
from minigrad import plot

options = read_options("relu_network", "A ReLU network, forward and backward.")
begin(options)


def show(name: str, value: object, note: str = "") -> None:
    """Print a name, the shape, the numbers and a note, in columns."""
    array = np.asarray(value, dtype=float) + 0.0  # + 0.0 turns −0 into 0
    text = np.array2string(array, precision=4, suppress_small=True,
                           prefix=" " * 26)
    print(f"  {name:14}{str(array.shape):10}{text}"
          f"{'   ' + note if note else ''}")


# %% [markdown]
"""
## The network

    a0 (3,)  →  z1 = W1 a0 + b1 (4,)  →  a1 = max(0, z1) (4,)
             →  z2 = W2 a1 + b2 (2,)  →  a2 = max(0, z2) (2,)     target: y (2,)

Document C writes z = W a + b. So here the weights of a unit are a *row* of W:
W1 has the shape (4, 3), units × inputs. (Document B, in lesson 11,
backpropagation, had it the other way around. Both are in use; look at the
shapes.) a0 is the input, a2 the output. y is the target now, what the network
should say.
"""

# %%
a0 = np.array([1.0, 2.0, -1.0])                 # (3,) the input
y = np.array([1.0, 5.0])                        # (2,) the target

W1 = np.array([[1.0, 0.0, -1.0],
               [0.0, 1.0, 1.0],
               [-1.0, -1.0, 0.0],
               [0.5, 0.5, 1.0]])                # (4, 3): hidden units × inputs
b1 = np.array([1.0, 1.0, 1.0, 0.5])             # (4,)
W2 = np.array([[1.0, -1.0, 2.0, 1.0],
               [-1.0, 2.0, -1.0, 1.0]])  # (2, 4): outputs × hidden units
b2 = np.array([0.0, 1.0])                       # (2,)


def relu(z: np.ndarray) -> np.ndarray:
    """max(0, z), entry by entry."""
    return np.maximum(0, z)


# %% [markdown]
"""
## Forward (前向传播)

The first hidden unit: 1 · 1 + 0 · 2 − 1 · (−1) + 1 = 3. The third: −1 · 1 − 1 ·
2 + 0 + 1 = −2, which ReLU turns into 0: this unit is off. Do the others
yourself, then look.
"""

# %%
z1 = W1 @ a0 + b1                               # (4, 3) @ (3,) + (4,) → (4,)
a1 = relu(z1)                                   # (4,)
z2 = W2 @ a1 + b2                               # (2, 4) @ (4,) + (2,) → (2,)
a2 = relu(z2)                                   # (2,)

for name, value in (("z1", z1), ("a1", a1), ("z2", z2), ("a2", a2)):
    show(name, value)

# %% [markdown]
"""
§4.2 prints the forward pass twice: for a "linear layer" (线性层) in matrices,
and for a "nonlinear layer" (非线性层) with a sum over k. W_{l,k} in the sum
must be column k of W: column k times the k-th input, added up, is the matrix
product. So both say the same. And both end in σ.
"""

# %% [markdown]
"""
## The loss

C §4.3 names no loss. Its first backward line contains y − a₂, so we take the
loss whose derivative that is, up to the sign:

    L = ½ Σ (a2 − y)²  =  ½ ((2 − 1)² + (3 − 5)²)  =  ½ (1 + 4)  =  2.5
"""


# %%
Parameters = list[np.ndarray]                   # W1, b1, W2, b2


def forward(P: Parameters) -> tuple[np.ndarray, ...]:
    """z1, a1, z2, a2 for the input a0."""
    W1, b1, W2, b2 = P
    z1 = W1 @ a0 + b1
    a1 = relu(z1)
    z2 = W2 @ a1 + b2
    return z1, a1, z2, relu(z2)


def loss_of(P: Parameters) -> float:
    """L = ½ Σ (a2 − y)²."""
    return float(0.5 * ((forward(P)[-1] - y) ** 2).sum())


parameters = [W1, b1, W2, b2]
L = loss_of(parameters)
print(f"  L = {L}")
assert L == 2.5

# %% [markdown]
"""
## Backward (反向传播), on paper

δ of a layer is ∂L/∂z, the slope with respect to what enters its ReLU (lesson
11, backpropagation). ⊙ is the product entry by entry. The slope of ReLU is 1
where z > 0 and 0 where z < 0.

    ∂L/∂a2 = a2 − y                     = (2 − 1, 3 − 5)      = (1, −2)
    δ2     = ∂L/∂a2 ⊙ ReLU′(z2)         = (1, −2) ⊙ (1, 1)    = (1, −2)

A weight W2ⱼₖ multiplies a1ₖ and goes into z2ⱼ, so its slope is δ2ⱼ · a1ₖ. All
of them together are a column times a row:

    ∂L/∂W2 = δ2 a1ᵀ       (2, 1)(1, 4) → (2, 4)
    ∂L/∂b2 = δ2

a1ₖ goes into *both* outputs, with the weights in column k of W2. It has a share
in both, so the two contributions add up; the sum over a column is a product
with the transposed matrix:

    ∂L/∂a1 = W2ᵀ δ2                     = (1·1 + (−1)(−2), …)   = (3, −5, 4, −1)
    δ1     = ∂L/∂a1 ⊙ ReLU′(z1)         = … ⊙ (1, 1, 0, 1)      = (3, −5, 0, −1)
    ∂L/∂W1 = δ1 a0ᵀ,  ∂L/∂b1 = δ1

Hidden unit 3 got the 4: the loss would rise if its a1 rose. But the unit is
off, a small change of z1 does nothing to a1, and the 0 in ReLU′ stops the
gradient. Its row in ∂L/∂W1 is zero.
"""


# %%
def relu_slope(z: np.ndarray) -> np.ndarray:
    """ReLU′: 1 where z > 0, else 0."""
    return (z > 0).astype(float)


delta2 = (a2 - y) * relu_slope(z2)              # (2,)
dL_dW2 = np.outer(delta2, a1)                   # (2, 4)
dL_da1 = W2.T @ delta2                          # (4, 2) @ (2,) → (4,)
delta1 = dL_da1 * relu_slope(z1)                # (4,)
dL_dW1 = np.outer(delta1, a0)                   # (4, 3)

for name, value in (("δ2", delta2), ("∂L/∂W2", dL_dW2), ("∂L/∂b2", delta2),
                    ("∂L/∂a1", dL_da1), ("δ1", delta1), ("∂L/∂W1", dL_dW1),
                    ("∂L/∂b1", delta1)):
    show(name, value)

# %% [markdown]
"""
## Are they right? Measure

As in lesson 11 (backpropagation): move each of the 26 parameters a little to
both sides, and look at L. For the document we also need the slopes of a whole
vector, one for each pair of an output and an input: a matrix, the Jacobian
(雅可比矩阵). Both are the same central difference.
"""


# %%
def measured(f: Callable[[np.ndarray], Any], at: np.ndarray,
             h: float = 1e-5) -> np.ndarray:
    """∂f/∂x at ``at``, of the shape f's + x's, by central differences."""
    columns = []
    for index in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[index] += h
        down[index] -= h
        columns.append((np.asarray(f(up)) - np.asarray(f(down))) / (2 * h))
    return np.stack(columns, axis=-1).reshape(*np.shape(f(at)), *at.shape)


def with_one(k: int, p: np.ndarray) -> Parameters:
    """The parameters, with number k replaced by p."""
    return [p if i == k else q for i, q in enumerate(parameters)]


names = ["W1", "b1", "W2", "b2"]
by_hand = [dL_dW1, delta1, dL_dW2, delta2]
for k, name in enumerate(names):
    slopes = measured(lambda p: loss_of(with_one(k, p)), parameters[k])
    difference = np.abs(slopes - by_hand[k]).max()
    print(f"  ∂L/∂{name}   {by_hand[k].size:2} slopes   largest difference "
          f"{'below 1e-8' if difference < 1e-8 else f'{difference:.1e}'}")
    assert difference < 1e-8, name

# %% [markdown]
"""
In a picture: on the left the numbers go forward, on the right the δ go back
along the same lines. The wider a line on the right, the larger the gradient of
its weight. The lines of the unit that is off are gone: those *into* it because
of ReLU′ = 0, those *out of* it because its a1 is 0.
"""

# %%
heights = [np.linspace(1, -1, 3), np.linspace(1.4, -1.4, 4),
           np.array([0.6, -0.6])]
forward_values, backward_values = [a0, a1, a2], [None, delta1, delta2]


def draw_network(ax: Any, values: list[Any], weights: list[np.ndarray],
                 title: str) -> None:
    """Circles with values; lines as wide as the weights, dashed if negative.
    """
    for layer, matrix in enumerate(weights):
        for (j, k), w in np.ndenumerate(matrix):
            if w:
                ax.plot([layer, layer + 1],
                        [heights[layer][k], heights[layer + 1][j]],
                        color=plot.BLUE if w > 0 else plot.ORANGE,
                        linestyle="-" if w > 0 else "--",
                        linewidth=0.6 + 3 * abs(w) / np.abs(matrix).max(),
                        zorder=1)
    for layer, numbers in enumerate(values):
        for k, height in enumerate(heights[layer]):
            value = None if numbers is None else numbers[k] + 0.0
            off = value in (0, None)
            ax.scatter(layer, height, s=900, zorder=2,
                       color="#e8e8e8" if value == 0 else "white",
                       edgecolor=plot.GRAY if off else plot.BLACK)
            ax.text(layer, height,
                    "" if value is None else f"{value:.0f}".replace("-", "−"),
                    ha="center", va="center", zorder=3)
    ax.set(title=title, xlim=(-0.3, 2.3), ylim=(-1.8, 1.8), xticks=(0, 1, 2),
           yticks=[], xticklabels=("input", "hidden", "output"))
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)


with plot.figure(10, 5, "The 3-4-2 network, forward and backward") as fig:
    left, right = fig.subplots(1, 2)
    draw_network(left, forward_values, [W1, W2], "forward: a, and the weights")
    draw_network(right, backward_values, [dL_dW1, dL_dW2],
                 "backward: δ, and the gradients of the weights")
    fig.supxlabel("blue, solid: positive      orange, dashed: negative",
                  fontsize=12)
    picture(fig, options, "network")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="relu_network")

# %% [markdown]
"""
## What to remember

- Backward through z = W a + b: the gradient of W is δ aᵀ, of b it is δ, of a
  it is Wᵀ δ.
- Backward through a = σ(z): multiply by σ′(z), entry by entry. For ReLU that
  is 1 or 0.
- Every gradient has the shape of what it is the gradient of. Check that
  first.

## Things to try

- Exercise 4 (`python -m lessons check 4`): the backward pass of a matrix
  product.
- Change b1 so that hidden unit 3 is on (z1₃ > 0). Which gradients change?
  Compute them first.
"""
