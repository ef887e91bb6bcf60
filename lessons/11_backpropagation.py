# ---
# title: backpropagation by hand
# documents: B §4.3
# time: 5 s
# needs:
# ---

# %% [markdown]
"""
# Backpropagation, by hand

**You will know** the backward pass of a whole network by heart, with every
index, because you have done it on paper.
**Time:** 45 minutes. **You need:** lesson 9 (losses).

A network is a chain of formulas. Backpropagation (反向传播) finds the
derivative of the loss with respect to every number in that chain, by walking
from the loss back to the inputs and multiplying by one simple derivative at
each step. There is nothing else to it: it is the chain rule, in a good order.

Document B (§4.3) writes it down for a small network: two inputs, three hidden
units (隐藏层神经元), one output, for a task with two classes (二分类). It gives
formulas, but no numbers. Here we

1. put numbers in, and do every step on paper;
2. test each formula of the document against slopes that we measure;
3. compare with autograd, which does the same by itself;
4. let the corrected rules learn XOR, a task that needs the hidden layer.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from lessons.figures.slopes import derived_and_measured
from lessons.support import begin, picture, read_options, write_results

options = read_options("backpropagation", "Backpropagation by hand.")
begin(options)


def show(name: str, value: object, note: str = "") -> None:
    """Print a name, the shape, the numbers and a note, in columns."""
    # + 0.0 turns −0 into 0
    array = np.round(np.asarray(value, dtype=float), 4) + 0.0
    text = np.array2string(array, floatmode="fixed", precision=4,
                           suppress_small=True, prefix=" " * 26)
    print(f"  {name:14}{str(array.shape):10}{text}"
          f"{'   ' + note if note else ''}")


def number(value: float) -> str:
    """Four digits, with a minus sign that is as long as a plus sign."""
    return f"{value:.4f}".replace("-", "−")


# %% [markdown]
"""
## The network

    input           hidden layer                output
    x   (2,)   →    z1 = W1ᵀ x + b1   (3,)   →  z2 = W2ᵀ h + b2  (1,)
                    h  = σ(z1)        (3,)      y  = σ(z2)       (1,)  target: t

σ is the sigmoid of lesson 7 (activations), σ(z) = 1 / (1 + e⁻ᶻ), so that y lies
between 0 and 1 and can be read as the probability of class 1. The target t is 0
or 1.

The document calls the weights W⁽¹⁾ and W⁽²⁾, with W⁽¹⁾ ∈ ℝ²ˣ³: one row for each
input, one column for each hidden unit. So hidden unit i has the weights in
*column* i. As with the document, y is what the network says, and t is what it
should say.
"""

# %%
x = np.array([1.0, 2.0])                        # (2,)
t = np.array([1.0])                             # (1,)

W1 = np.array([[0.50, -0.50, 1.00],
               [0.25, 0.50, -1.00]])            # (2, 3): inputs × hidden units
b1 = np.array([0.0, 0.0, -0.5])                 # (3,)
W2 = np.array([[1.0],
               [-1.0],
               [2.0]])  # (3, 1): hidden units × outputs
b2 = np.array([0.5])                            # (1,)


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + e⁻ᶻ), entry by entry."""
    return 1 / (1 + np.exp(-z))


# %% [markdown]
"""
## Forward (正向传播)

Hidden unit 1 has the weights 0.50 and 0.25 and the bias 0, so with x = (1, 2):

    z1₁ = 0.50 · 1 + 0.25 · 2 + 0 = 1.0        h₁ = σ(1.0) = 0.7311

The others go the same way, and the output adds them up:

    z2 = 1 · 0.7311 − 1 · 0.6225 + 2 · 0.1824 + 0.5 = 0.9735
    y  = σ(0.9735) = 0.7258
"""

# %%
z1 = W1.T @ x + b1                              # (3, 2) @ (2,) + (3,) → (3,)
h = sigmoid(z1)                                 # (3,)
z2 = W2.T @ h + b2                              # (1, 3) @ (3,) + (1,) → (1,)
y = sigmoid(z2)                                 # (1,)

for name, value in (("z1", z1), ("h", h), ("z2", z2), ("y", y)):
    show(name, value)
assert np.allclose(z1, [1.0, 0.5, -1.5]) and np.allclose(y, 0.7258, atol=1e-4)

# %% [markdown]
"""
"σ stands for an activation function such as ReLU or sigmoid", the document
says, and uses one σ in both layers. In the hidden layer either will do. At the
output ReLU will not: with other inputs y leaves the range from 0 to 1, and is
no longer a probability.
"""


# %%
def relu(z: np.ndarray) -> np.ndarray:
    """max(0, z), entry by entry."""
    return np.maximum(0, z)


x_other = np.array([4.0, 2.0])
y_relu = relu(W2.T @ relu(W1.T @ x_other + b1) + b2)
y_sigmoid = sigmoid(W2.T @ sigmoid(W1.T @ x_other + b1) + b2)
show("ReLU", y_relu, "y for x = (4, 2), ReLU in both layers")
show("sigmoid", y_sigmoid, "y for x = (4, 2), sigmoid in both layers")

# %% [markdown]
"""
## The loss

The document names no loss J in §4.3. Its derivative, −(y − t), points to the
squared error with a factor ½, so we take that:

    J = ½ (y − t)²  =  ½ (0.7258 − 1)²  =  0.0376
"""


# %%
def loss_of(W1: np.ndarray, b1: np.ndarray, W2: np.ndarray,
            b2: np.ndarray) -> float:
    """J for the one example (x, t)."""
    y = sigmoid(W2.T @ sigmoid(W1.T @ x + b1) + b2)
    return (0.5 * (y - t) ** 2).item()


J = loss_of(W1, b1, W2, b2)
print(f"  J = {J:.4f}")
assert abs(J - 0.0376) < 1e-4

# %% [markdown]
"""
## Backward, on paper

From right to left, one derivative at a time. Each line uses the one above it.

    ∂J/∂y  = y − t                         J is ½ (y − t)²
    ∂y/∂z2 = y (1 − y)                     lesson 7 (activations)
    δ2     = ∂J/∂z2 = (y − t) · y (1 − y)  the chain rule

z2 = W2₁h₁ + W2₂h₂ + W2₃h₃ + b2 is a sum of products. The derivative with
respect to one factor is the other factor:

    ∂J/∂W2ᵢ = δ2 · hᵢ
    ∂J/∂b2  = δ2
    ∂J/∂hᵢ  = δ2 · W2ᵢ

and one layer further back the same again:

    δ1ᵢ      = ∂J/∂z1ᵢ = ∂J/∂hᵢ · hᵢ (1 − hᵢ)
    ∂J/∂W1ⱼᵢ = δ1ᵢ · xⱼ
    ∂J/∂b1ᵢ  = δ1ᵢ

The δ of a layer is the slope of J with respect to what enters its σ. Everything
else is a product with a δ. That is why δ is what is handed back from layer to
layer.
"""

# %%
dJ_dy = y - t                                   # (1,)
delta2 = dJ_dy * y * (1 - y)                    # (1,)
dJ_dW2 = np.outer(h, delta2)                    # (3, 1): hᵢ · δ2
dJ_db2 = delta2                                 # (1,)

dJ_dh = W2 @ delta2                             # (3, 1) @ (1,) → (3,)
delta1 = dJ_dh * h * (1 - h)                    # (3,)
dJ_dW1 = np.outer(x, delta1)                    # (2, 3): xⱼ · δ1ᵢ
dJ_db1 = delta1                                 # (3,)

for name, value in (("∂J/∂y", dJ_dy), ("δ2", delta2), ("∂J/∂W2", dJ_dW2),
                    ("∂J/∂b2", dJ_db2), ("∂J/∂h", dJ_dh), ("δ1", delta1),
                    ("∂J/∂W1", dJ_dW1), ("∂J/∂b1", dJ_db1)):
    show(name, value)

# %% [markdown]
"""
One of them on paper: (y − t) = −0.2742 and y (1 − y) = 0.1990, so δ2 = −0.0546.
Hidden unit 1 gets δ2 · W2₁ = −0.0546 · 1, times h₁ (1 − h₁) = 0.1966, which is
δ1₁ = −0.0107. Its weight from x₂ = 2 has the slope −0.0107 · 2 = −0.0215 (with
more digits): a little more of this weight, and the loss gets smaller.

## Are they right? Measure

A slope can be measured without any theory. Move one number a little to both
sides and see how much J changes (the central difference, 中心差分):

    ∂J/∂w ≈ (J(w + ε) − J(w − ε)) / 2ε
"""


# %%
def measured(which: int, step: float = 1e-5) -> np.ndarray:
    """∂J/∂(parameter number ``which``), moving one entry after the other."""
    slopes = np.zeros_like(parameters[which])
    for index in np.ndindex(slopes.shape):
        up, down = ([p.copy() for p in parameters] for _ in range(2))
        up[which][index] += step
        down[which][index] -= step
        slopes[index] = (loss_of(*up) - loss_of(*down)) / (2 * step)
    return slopes


parameters = [W1, b1, W2, b2]
names = ["W1", "b1", "W2", "b2"]
by_hand = [dJ_dW1, dJ_db1, dJ_dW2, dJ_db2]

print("  slopes of J           by hand     measured")
for k, name in enumerate(names):
    for index in np.ndindex(by_hand[k].shape):
        label = name + "[" + ", ".join(map(str, index)) + "]"
        print(f"  {label:18}{by_hand[k][index]:11.6f}  "
              f"{measured(k)[index]:11.6f}")
    assert np.allclose(by_hand[k], measured(k), atol=1e-9), name

# %% tags=["hidden"]
picture(derived_and_measured(dict(zip(names, by_hand)),
                             {n: measured(k) for k, n in enumerate(names)}),
        options, "slopes")

# %% [markdown]
"""
All 13 agree. Now we have something to test the document with.

## The document's backward pass, line by line

### Δy and its sign

The document: Δy = ∂J/∂y = −(y − t). And at the end: W⁽²⁾ = W⁽²⁾ − α · ΔW⁽²⁾.
Here y = 0.73 is below the target t = 1. A larger y makes J smaller, so ∂J/∂y
has to be negative. −(y − t) is positive.
"""

# %% tags=["hidden"]
step = 1e-6

# %% [markdown]
"""
### ΔW⁽²⁾ and the slope of the output

The document: ΔW⁽²⁾ = α · Δy · h. But h enters z2, not y. Between the two is σ,
and its slope y (1 − y) is missing: the document takes ∂J/∂y for ∂J/∂z2.

There is a loss for which no slope is needed. With the cross-entropy of lesson 9
(losses),

    C = −t ln y − (1 − t) ln(1 − y)         ∂C/∂y  = (y − t) / (y (1 − y))
                                            ∂C/∂z2 = ∂C/∂y · y (1 − y) = y − t

the slope of the sigmoid cancels. So the document's Δy, with its sign turned, is
exactly ∂C/∂z2. Under its own name, ∂J/∂y, it is right for neither loss.
"""


# %%
def cross_entropy(z2: np.ndarray) -> float:
    """C as a function of z2."""
    y = sigmoid(z2)
    return (-t * np.log(y) - (1 - t) * np.log(1 - y)).item()


dC_dz2 = (cross_entropy(z2 + step) - cross_entropy(z2 - step)) / (2 * step)
assert np.isclose(dC_dz2, dJ_dy.item(), atol=1e-6)

# %% [markdown]
"""
### Δh: three things in one line

The document: Δhᵢ = ∂J/∂hᵢ = σ′(hᵢ) · Δy · W⁽²⁾.

**W⁽²⁾ has three entries.** On the left is one number, for unit i. Only W⁽²⁾ᵢ
can stand on the right.

**The name.** ∂J/∂hᵢ = δ2 · W2ᵢ has no σ′ in it. With the σ′ it is ∂J/∂z1ᵢ,
which is also what the next lines need (we call it δ1ᵢ).

**σ′(hᵢ).** Taken literally, σ′ at the place hᵢ is σ(hᵢ)(1 − σ(hᵢ)): the
sigmoid applied twice. Meant is the slope at z1ᵢ, which can be *written* with
hᵢ, because σ′(z) = σ(z)(1 − σ(z)) = h (1 − h).
"""

# %%
at_h = sigmoid(h) * (1 - sigmoid(h))            # σ′ at h, word for word
at_z = sigmoid(z1) * (1 - sigmoid(z1))          # σ′ at z1
show("σ′(h)", at_h, "word for word")
show("σ′(z1)", at_z, "what the chain rule asks for")
show("h (1 − h)", h * (1 - h), "the same, written with h")

assert np.array_equal(relu(z1) > 0, z1 > 0)

# %% [markdown]
"""
### The learning rate, twice

The document: ΔW⁽²⁾ = α · …, and then W⁽²⁾ = W⁽²⁾ − α · ΔW⁽²⁾. The learning rate
α (学习率) is in both. What is subtracted is α² times the gradient. In §4.2 the
document itself has θ = θ − α ∂J/∂θ. For α = 1 nobody would notice; for α = 0.01
the steps are a hundred times too small.
"""

# %% tags=["hidden"]
alpha = 0.1

# %% [markdown]
"""
### What is right

ΔW⁽¹⁾ᵢ is Δhᵢ times x, and Δb⁽¹⁾ᵢ is Δhᵢ itself. With the Δhᵢ that was meant
(our δ1ᵢ), that is what we measured. The order is right as well: first all Δ,
then all updates. An update in between would change the W⁽²⁾ that Δhᵢ is
computed from, and the result would be the gradient of no point at all.
"""

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="backpropagation")

# %% [markdown]
"""
## What to remember

- Backpropagation is the chain rule, walked from the loss to the inputs. Each
  layer gets its δ, the slope with respect to what enters its σ; the gradients
  of its weights are δ times what came in.
- ∂J/∂y of ½(y − t)² is y − t. An update subtracts the gradient, and has the
  learning rate once.

## Things to try

- Exercise 16 (`python -m lessons check 16`): write the corrected rules of
  this network yourself.
"""
