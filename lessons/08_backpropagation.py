# ---
# title: backpropagation by hand, and XOR
# documents: B §4.3
# time: 5 s
# needs:
# ---

# %% [markdown]
"""
# Backpropagation, by hand

**You will know** the backward pass of a whole network by heart, with every
index, because you have done it on paper.
**Time:** 60 minutes. **You need:** lesson 7 (losses).

A network is a chain of formulas. Backpropagation (反向传播) finds the
derivative of the loss with respect to every number in that chain, by walking
from the loss back to the inputs and multiplying by one simple derivative at
each step. Nothing else is in it: it is the chain rule, in a good order.

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

import minigrad
from lessons.audit import appendix
from lessons.support import (begin, picture, read_options,
                             write_results)
from minigrad import plot
from minigrad.trace import draw

options = read_options("backpropagation", "Backpropagation by hand, and XOR "
                                          "(document B §4.3).")
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

σ is the sigmoid of lesson 6 (activations), σ(z) = 1 / (1 + e⁻ᶻ), so that y lies
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
Now read the document's list of parameters and its two lines for the forward
pass beside this.
"""

# %% [markdown]
"""
"σ stands for an activation function such as ReLU or sigmoid", the document
says, and uses one σ in both layers. In the hidden layer either will do. At the
output ReLU will not: with other inputs y leaves the range from 0 to 1, and is
no probability any more.
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
    ∂y/∂z2 = y (1 − y)                     lesson 6 (activations)
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
    """∂J/∂(parameter number ``which``), by moving one entry after the other.
    """
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

# %% [markdown]
"""
All 13 agree. Now we have something to test the document with.

## The document's backward pass, line by line

### Δy and its sign

The document: Δy = ∂J/∂y = −(y − t). And at the end: W⁽²⁾ = W⁽²⁾ − α · ΔW⁽²⁾.
Here y = 0.73 is below the target t = 1. A larger y makes J smaller, so ∂J/∂y
has to be negative. −(y − t) is positive.
"""

# %%
step = 1e-6

# %% [markdown]
"""
### ΔW⁽²⁾ and the slope of the output

The document: ΔW⁽²⁾ = α · Δy · h. But h enters z2, not y. Between the two is σ,
and its slope y (1 − y) is missing: the document takes ∂J/∂y for ∂J/∂z2.

There is a loss for which no slope is needed. With the cross-entropy of lesson 7
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

**σ′(hᵢ).** Taken at its word, σ′ at the place hᵢ is σ(hᵢ)(1 − σ(hᵢ)): the
sigmoid applied twice. Meant is the slope at z1ᵢ, which can be *written* with
hᵢ, because σ′(z) = σ(z)(1 − σ(z)) = h (1 − h).
"""

# %%
at_h = sigmoid(h) * (1 - sigmoid(h))  # σ′ at the place h, word for word
at_z = sigmoid(z1) * (1 - sigmoid(z1))          # σ′ at the place z1
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

# %%
alpha = 0.1

# %% [markdown]
"""
### What is right

ΔW⁽¹⁾ᵢ is Δhᵢ times x, and Δb⁽¹⁾ᵢ is Δhᵢ itself. With the Δhᵢ that was meant
(our δ1ᵢ), that is what we measured. The order is right as well: first all Δ,
then all updates. An update in between would change the W⁽²⁾ that Δhᵢ is
computed from, and the result would be the gradient of no point at all.
"""

# %% [markdown]
"""
## One mistake at a time

What does each mistake do to the gradient? Plant one of them in the correct
rules, and divide by the correct gradient. Where the column says 1 nothing
happened.
"""


# %%
def gradient_with(sign: float = 1, at: np.ndarray = at_z,
                  output_slope: bool = True, factor: float = 1,
                  x: np.ndarray = x, h: np.ndarray = h,
                  y: np.ndarray = y) -> list[np.ndarray]:
    """The gradient of J for (W1, b1, W2, b2), with room for the document's
    mistakes.
    """
    d2 = sign * (y - t) * (y * (1 - y) if output_slope else 1)       # (1,)
    d1 = (W2 @ d2) * at                                              # (3,)
    return [factor * g for g in (np.outer(x, d1), d1, np.outer(h, d2), d2)]


mistakes = {"none": {}, "sign of Δy": {"sign": -1},
            "no slope at the "
            "output": {"output_slope": False}, "σ′ taken at h": {"at": at_h},
            "α = 0.1 twice": {"factor": alpha}}
print(f"  {'mistake':26}{'W2':>7}{'b2':>7}    W1 and b1 of unit 1, 2, 3")
for name, mistake in mistakes.items():
    wrong = gradient_with(**mistake)
    ratios = [
        wrong[2][0, 0] / dJ_dW2[0, 0], (wrong[3] / dJ_db2).item(),
        *(wrong[1] / dJ_db1)
    ]
    print(f"  {name:26}" + "".join(f"{r:7.2f}" for r in ratios[:2]) + "    "
          + "".join(f"{r:7.2f}" for r in ratios[2:]))
assert np.allclose(gradient_with()[0], dJ_dW1)

# %% [markdown]
"""
The sign turns the direction around. α twice and the missing slope multiply the
whole gradient by one number: they change how long the step is, not where it
goes. Is that so with more than one example? Take a second one, (4, 2) with the
same target, and add the two gradients.
"""

# %%
h_other = sigmoid(W1.T @ x_other + b1)                               # (3,)
other = {"x": x_other, "h": h_other, "y": sigmoid(W2.T @ h_other + b2)}
# (3, 1)
right = gradient_with()[2] + gradient_with(at=h_other *
                                           (1 - h_other), **other)[2]
both = {}
for name in ("α = 0.1 twice", "no slope at the output"):
    mistake = mistakes[name]
    wrong = gradient_with(**mistake)[2] + gradient_with(
        at=h_other * (1 - h_other), **mistake, **other)[2]
    both[name] = (wrong / right).ravel()
    print(f"  {name:26}" + "".join(f"{r:7.2f}" for r in both[name])
          + "    W2, two examples")
assert np.allclose(both["α = 0.1 "
                        "twice"], 0.1) and np.ptp(both["no slope at the "
                                                       "output"]) > 0.1

# %% [markdown]
"""
α twice is still one factor. The missing slope is not: y (1 − y) differs from
example to example, so each part of the sum is stretched by its own number, and
the sum points elsewhere.

σ′ at h is the sly one. Even with one example each hidden unit has its own
factor, so the direction is a little wrong, and the loss still falls. Only a
gradient check finds that.

## As printed, and corrected step by step

Now the whole rules, from the same start, with α = 0.5. First exactly as printed
(σ′(h) read kindly, as h (1 − h), and Δh with W⁽²⁾ᵢ); then with one correction
more each time.
"""


# %%
def run(sign: float, factor: float, output_slope: bool, alpha: float,
        steps: int) -> np.ndarray:
    """The loss at the start and after each of ``steps`` steps by these rules.
    """
    U1, c1, U2, c2 = W1.copy(), b1.copy(), W2.copy(), b2.copy()
    losses = [loss_of(U1, c1, U2, c2)]
    for _ in range(steps):
        h = sigmoid(U1.T @ x + c1)                                   # (3,)
        y = sigmoid(U2.T @ h + c2)                                   # (1,)
        d2 = sign * (y - t) * (y * (1 - y) if output_slope else 1)   # (1,)
        d1 = (U2 @ d2) * h * (1 - h)                                 # (3,)
        for p, g in ((U1, np.outer(x, d1)), (c1, d1), (U2, np.outer(h, d2)),
                     (c2, d2)):
            p -= factor * g
        losses.append(loss_of(U1, c1, U2, c2))
    return np.array(losses)


rate, steps = 0.5, 40
versions = {"as printed": run(-1, rate ** 2, False, rate, steps),
            "sign of Δy corrected": run(1, rate ** 2, False, rate, steps),
            "and α only once": run(1, rate, False, rate, steps),
            "and σ′ of the output": run(1, rate, True, rate, steps)}
shown_steps = (0, 1, 2, 5, 10, 20, 40)
print(f"  {'loss J after step':24}" + "".join(f"{k:8}" for k in shown_steps))
for name, losses in versions.items():
    print(f"  {name:24}" + "".join(f"{losses[k]:8.4f}" for k in shown_steps))

# %%
printed_run, corrected_run = versions["as printed"], versions["and σ′ of the "
                                                              "output"]

with plot.figure(10, 4.5, "The rules of document B §4.3, corrected step by "
                          "step") as fig:
    ax = fig.subplots()
    looks = ((plot.ORANGE, "-", "s"), (plot.PURPLE, "--", "v"),
             (plot.GREEN, ":", "D"), (plot.BLUE, "-", "o"))
    for (name, losses), (color, line, marker) in zip(versions.items(), looks):
        ax.plot(losses, color=color, linestyle=line, marker=marker,
                markevery=5, label=name)
    ax.set(xlabel="step", ylabel="loss "
           "J", xlim=(0, steps + 0.4), yscale="log", ylim=(5e-5, 1))
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
    picture(fig, options, "rules")

# %% [markdown]
"""
Look at the last two lines. Without the slope of the output the loss falls
*faster* than with it. That doesn't make the formula right: the step is simply
five times as large at the start, and more later. But it is a hint. The slope y
(1 − y) goes to 0 when y goes to 0 or 1, also when that is the wrong side, and
the squared error then learns very slowly. The cross-entropy does not have the
factor. That is one reason why it is preferred for classes.

## Autograd does the same

We write down the forward pass only. Each operation knows its own small
derivative, and `backward` walks the chain from J to the parameters, as we did
on paper. x is a row now, (1, 2): x W1 has the same numbers as W1ᵀ x, and
nothing needs to be transposed.
"""

# %%
# float64, as W1 is
leaves = [minigrad.tensor(p, requires_grad=True) for p in (W1, b1, W2, b2)]
tW1, tb1, tW2, tb2 = leaves
tx, tt = minigrad.tensor(x[None]), minigrad.tensor(t)  # (1, 2), (1,)
tz1 = tx @ tW1 + tb1  # (1, 2) @ (2, 3) → (1, 3)
th = tz1.sigmoid()                                                  # (1, 3)
tz2 = th @ tW2 + tb2  # (1, 3) @ (3, 1) → (1, 1)
ty = tz2.sigmoid()                                                  # (1, 1)
tJ = (ty - tt) ** 2 / 2                                             # (1, 1)
tJ.backward()

print(f"  J   by hand {J:.6f}   autograd {tJ.item():.6f}")
for name, leaf, mine in zip(names, leaves, by_hand):
    difference = np.abs(leaf.grad.numpy() - mine).max()
    print(f"  ∂J/∂{name}   largest difference "
          f"{'below 1e-12' if difference < 1e-12 else difference}")
    assert np.allclose(leaf.grad.numpy(), mine, rtol=0, atol=1e-12), name

# %% [markdown]
"""
The picture shows what autograd has remembered: a box for each operation with
its value, and in orange the gradient that came back to it. Read it from the
bottom to the top, beside the formulas on paper: the gradient of z2 is δ2, that
of z1 is δ1.
"""

# %%
called = {"x": tx, "W1": tW1, "b1": tb1, "W2": tW2, "b2": tb2, "t": tt,
          "z1": tz1, "h": th, "z2": tz2, "y": ty, "J": tJ}
picture(draw(tJ, names=called, title="The 2-3-1 network after "
                                     "backward"), options, "graph")

# %% [markdown]
"""
## XOR

XOR (异或, exclusive or) is 1 where exactly one of its two inputs is 1:

| x₁ | x₂ | t |
| --- | --- | --- |
| 0 | 0 | 0 |
| 0 | 1 | 1 |
| 1 | 0 | 1 |
| 1 | 1 | 0 |

With four examples we compute all at once. Each example is a row, so X has the
shape (4, 2), and column vectors become rows: W1ᵀx turns into X W1. The rules
stay the same. The gradient of a weight is the sum over the examples, and the
matrix product Xᵀ δ1 does that sum.
"""

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)         # (4, 2)
T = np.array([[0], [1], [1], [0]], dtype=float)                     # (4, 1)


def forward(P: list[np.ndarray],
            X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activations (N, 3) and outputs (N, 1) for the rows of X (N, 2).
    """
    W1, b1, W2, b2 = P
    H = sigmoid(X @ W1 + b1)  # (N, 2) @ (2, 3) + (3,) → (N, 3)
    return H, sigmoid(H @ W2 + b2)  # (N, 3) @ (3, 1) + (1,) → (N, 1)


def gradients(P: list[np.ndarray], X: np.ndarray,
              T: np.ndarray) -> list[np.ndarray]:
    """∂J/∂(W1, b1, W2, b2) for J = ½ Σ (y − t)²: the rules of document B,
    corrected.
    """
    H, Y = forward(P, X)
    D2 = (Y - T) * Y * (1 - Y)                  # (N, 1)
    D1 = D2 @ P[2].T * H * (1 - H)              # (N, 1) @ (1, 3) → (N, 3)
    return [X.T @ D1, D1.sum(0), H.T @ D2, D2.sum(0)]


one = gradients([W1, b1, W2, b2], x[None], t[None])  # one row: as before
assert all(np.allclose(a, b) for a, b in zip(one, by_hand))

# %% [markdown]
"""
The weights start at random: if all were equal, all hidden units would compute
the same and get the same gradient, and would stay equal for ever. Then 4000
steps with α = 1.
"""

# %%
rng = np.random.default_rng(options.seed)
P = [
    rng.normal(size=(2, 3)),
    np.zeros(3),
    rng.normal(size=(3, 1)),
    np.zeros(1)
]
history = []
for step_number in range(4001):
    Y = forward(P, X)[1]
    history.append(0.5 * ((Y - T) ** 2).sum())
    if step_number in (0, 100, 300, 1000, 4000):
        print(f"  step {step_number:5}   J = {history[-1]:.4f}   y = "
              + "  ".join(f"{v:.3f}" for v in Y.ravel()))
    for p, g in zip(P, gradients(P, X, T)):
        p -= 1.0 * g

assert history[-1] < history[0], "the loss has not fallen"
if options.seed == 0:
    assert np.array_equal(Y > 0.5, T > 0.5), "XOR was not learned"

# %% [markdown]
"""
Does it always work? No. The loss of a network is not a bowl, and from some
starts the descent gets stuck, or needs very long. Here are 100 starts at once
(an axis more in front, else nothing new).
"""

# %%
starts = [np.random.default_rng(seed) for seed in range(100)]
many = [
    np.stack([r.normal(size=(2, 3)) for r in starts]),
    np.zeros((100, 1, 3)),
    np.stack([r.normal(size=(3, 1)) for r in starts]),
    np.zeros((100, 1, 1))
]
for _ in range(2000):
    H = sigmoid(X @ many[0] + many[1])  # (100, 4, 3)
    Y100 = sigmoid(H @ many[2] + many[3])  # (100, 4, 1)
    D2 = (Y100 - T) * Y100 * (1 - Y100)
    D1 = D2 @ many[2].transpose(0, 2, 1) * H * (1 - H)
    for p, g in zip(many,
                    (X.T @ D1, D1.sum(1, keepdims=True),
                     H.transpose(0, 2, 1) @ D2, D2.sum(1, keepdims=True))):
        p -= g
learned = ((Y100 > 0.5) == (T > 0.5)).all((1, 2))                    # (100,)
print(f"  after 2000 steps {learned.sum()} of 100 starts have all four "
      "answers right")
assert learned.sum() > 50

# %% [markdown]
"""
## What the hidden units do

A hidden unit computes w₁x₁ + w₂x₂ + b and bends it with σ. It is ½ along a
straight line, the black line in its picture, near 1 on one side of the line and
near 0 on the other. One unit can only cut the plane in two. The output adds
three such cuts up with its weights, so its border can be two lines, with a band
between them. That is what XOR needs.
"""

# %%
H, Y = forward(P, X)
print("  x            h₁      h₂      h₃        y    t")
for point, hidden, out, target in zip(X, H, Y, T):
    print(f"  ({point[0]:.0f}, "
          f"{point[1]:.0f})  " + "".join(f"{v:8.3f}" for v in hidden)
          + f"  {out[0]:7.3f}    {target[0]:.0f}")
print("  W2   "
      " " + "".join(f"{v:8.1f}" for v in P[2].ravel()) + "    b2 = "
                                                         f"{P[3][0]:.1f}")

# %%
side = np.linspace(-0.5, 1.5, 81)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)    # (6561, 2)
grid_H, grid_Y = forward(P, grid)
with plot.figure(10, 3.5, "XOR: what the units compute, for every point of "
                          "the plane") as fig:
    axes = fig.subplots(1, 4, sharey=True)
    surfaces = [*grid_H.T, grid_Y[:, 0]]
    for ax, surface, name in zip(axes, surfaces, ("hidden unit "
                                                  "1", "hidden unit "
                                                       "2", "hidden unit 3",
                                                  "output y")):
        values = surface.reshape(81, 81)
        filled = ax.contourf(side, side, values, levels=np.linspace(0, 1, 11),
                             cmap="cividis")
        ax.contour(side, side, values, levels=[0.5], colors="black",
                   linewidths=1.5)
        for target, marker, color in ((0, "o", "white"), (1, "X",
                                                          plot.ORANGE)):
            chosen = X[T[:, 0] == target]
            ax.scatter(*chosen.T, marker=marker, s=110, color=color,
                       edgecolor="black", zorder=3, label=f"t = {target}")
        ax.set(title=name, xlabel="x₁", aspect="equal", xticks=(0, 1),
               yticks=(0, 1))
    axes[0].set_ylabel("x₂")
    fig.colorbar(filled, ax=axes, ticks=(0, 0.5, 1), shrink=0.75)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower "
                                                         "center", ncols=2)
    picture(fig, options, "xor")

# %% [markdown]
"""
## Why it does not go without a hidden layer

Without a hidden layer y = σ(w₁x₁ + w₂x₂ + b): one line. For XOR it would have
to hold

    b < 0                   for (0, 0)
    w₂ + b > 0              for (0, 1)
    w₁ + b > 0              for (1, 0)
    w₁ + w₂ + b < 0         for (1, 1)

Add the two in the middle: w₁ + w₂ + 2b > 0, so w₁ + w₂ + b > −b > 0. The last
line says the opposite. No numbers can do it. With the cross-entropy, descent
finds the smallest value there is: it says ½ to everything.
"""

# %% tags=["hidden"]
w, b = rng.normal(size=(2, 1)), np.zeros(1)  # (2, 1), (1,)
for _ in range(4000):
    D = sigmoid(X @ w + b) - T  # (4, 1): ∂C/∂z of the cross-entropy
    w, b = w - 0.5 * X.T @ D, b - 0.5 * D.sum(0)
alone = sigmoid(X @ w + b)
print("  without a hidden layer, trained:   y "
      "= " + "  ".join(f"{v:.3f}" for v in alone.ravel()))
assert np.allclose(alone, 0.5, atol=1e-6)

lines = rng.normal(size=(100_000, 3))  # w₁, w₂, b at random
right = ((lines[:, :2] @ X.T + lines[:, 2:] > 0) == (T.T > 0.5)).sum(1)
print(f"  of 100,000 random lines, the best has {right.max()} of the 4 "
      "answers right")
assert right.max() == 3

write_results(options.output / "results.json", options,
              lesson="backpropagation", loss=J,
              printed_rules_after_40_steps=printed_run[40],
              corrected_rules_after_40_steps=corrected_run[40],
              xor_loss_at_start=history[0],
              xor_loss_after_4000_steps=history[-1],
              xor_learned_of_100_starts=int(learned.sum()))

# %% [markdown]
"""
## What to remember

- Backpropagation is the chain rule, walked from the loss to the inputs. Each
  layer gets its δ, the slope with respect to what enters its σ; the gradients
  of its weights are δ times what came in.
- ∂J/∂y of ½(y − t)² is y − t. An update subtracts the gradient, and has the
  learning rate once.
- A wrong gradient often still learns, only worse. Measure slopes; do not
  trust a falling loss.
- A hidden unit is a line. XOR needs two lines, so it needs a hidden layer.

## Things to try

- Exercise 16 (`python -m lessons check 16`): write the corrected rules of
  this network yourself.
- In the cell with the 100 starts, leave out `* Y100 * (1 - Y100)`: that is
  the cross-entropy. How many starts have learned XOR after 200 steps, with it
  and without it? And after 2000?
- In the same cell, give the hidden layer two units instead of three. How many
  learn it now?
"""

# %% tags=["hidden", "audit"]
appendix("backpropagation", globals())
