# ---
# title: training in eight steps
# documents: A §3.1, C §4.1
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# A network in eight steps

**You will know** every step of a training loop, and have checked each by hand.
**Time:** 40 minutes. **You need:** lesson 2 (build an engine).

Document A (§3.1) trains a network in eight steps. Here they are, one after the
other, with a network that is small enough to print.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (appendix, begin, picture, read_options,
                             write_results)
from minigrad import plot

options = read_options("eight_steps", "Training a network, in eight steps.")
begin(options)


# %%
def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The slope of f at x, measured: lesson 1 (tensors and gradients)."""
    return (f(x + h) - f(x - h)) / (2 * h)


# %% [markdown]
"""
## Step 1: choose the architecture (选择模型架构)

Two inputs, a hidden layer of two, one output. Each layer does what document C
(§4.1) writes:

    aₗ = σ(Wₗ aₗ₋₁ + bₗ)          a₀ = x, the input

Wₗ are the weights (权重), bₗ the biases (偏置), and σ the activation function
(激活函数). We take the sigmoid, which presses any number into the range from 0
to 1. Lesson 7 (activations) derives its slope; here we believe it and check it:

    σ(z) = 1 / (1 + e⁻ᶻ)          σ′(z) = σ(z) (1 − σ(z))
"""


# %%
def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z), of any shape."""
    return 1 / (1 + np.exp(-z))


print("\nStep 1: the architecture\n  2 inputs → 2 hidden units → 1 output")
for z in (-2.0, 0.0, 1.0):
    value = sigmoid(z)
    print(f"  σ({z:4.1f}) = {value:.4f}   "
          f"slope σ(1 − σ) = {value * (1 - value):.4f}   "
          f"measured {slope(sigmoid, z):.4f}")
    assert abs(slope(sigmoid, z) - value * (1 - value)) < 1e-9

# %% [markdown]
"""
## Step 2: initialize the parameters (初始化参数)

The weights begin at random: if both hidden units began alike, they would
compute the same and get the same gradient, and stay alike forever. (We try it
at the end.) The biases may begin at 0.
"""

# %%
Parameters = dict[str, np.ndarray]                  # by name

rng = np.random.default_rng(options.seed)
start = {"W1": rng.normal(size=(2, 2)),             # (hidden, inputs)
         "b1": np.zeros(2),                         # (hidden,)
         "W2": rng.normal(size=(1, 2)),             # (outputs, hidden)
         "b2": np.zeros(1)}                         # (outputs,)
print("\nStep 2: the parameters")
for name, value in start.items():
    print(f"  {name} {str(value.shape):7} {np.round(value, 4).tolist()}")

# %% [markdown]
"""
## Step 3: prepare the training data (训练数据准备)

Four students: how many hours they slept and studied before an exam, and whether
they passed. To prepare means here: from each column subtract its mean and
divide by its standard deviation (归一化), so that both inputs are of the size
of 1 and neither drowns the other.
"""

# %%
# (4, 2): slept, studied
hours = np.array([[4.0, 2.0], [8.0, 1.0], [5.0, 7.0], [8.0, 6.0]])
passed = np.array([[0.0], [0.0], [1.0], [1.0]])  # (4, 1)
inputs = (hours - hours.mean(axis=0)) / hours.std(axis=0)  # (4, 2)

print("\nStep 3: the data\n  slept  studied    prepared           passed")
for raw, prepared, target in zip(hours, inputs, passed):
    print(f"  {raw[0]:5.0f}  {raw[1]:7.0f}    {prepared[0]:7.4f}  "
          f"{prepared[1]:7.4f}   {target[0]:6.0f}")
assert np.allclose(inputs.mean(axis=0), 0)
assert np.allclose(inputs.std(axis=0), 1)

# %% [markdown]
"""
## Step 4: forward propagation (前向传播)

Document C's formula, layer after layer, for the first student. z is what stands
inside σ.

    z₁ = W₁ x + b₁        a₁ = σ(z₁)
    z₂ = W₂ a₁ + b₂       a₂ = σ(z₂)        a₂ is the prediction
"""


# %%
def forward(p: Parameters, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """z₁, a₁, z₂, a₂ for one input x (2,)."""
    z1 = p["W1"] @ x + p["b1"]          # (2, 2) @ (2,) + (2,) → (2,)
    a1 = sigmoid(z1)                    # (2,)
    z2 = p["W2"] @ a1 + p["b2"]         # (1, 2) @ (2,) + (1,) → (1,)
    return z1, a1, z2, sigmoid(z2)      # a₂ (1,)


x0, y0 = inputs[0], passed[0]           # (2,), (1,): the first student
z1, a1, z2, a2 = forward(start, x0)
print("\nStep 4: forward, for the first student")
for name, value in (("z1", z1), ("a1", a1), ("z2", z2), ("a2", a2)):
    print(f"  {name} = {np.round(value, 4).tolist()}")

# %% [markdown]
"""
## Step 5: compute the loss (计算损失)

Half the squared difference between prediction and truth. (Why half, and which
other losses there are, is the subject of lesson 9, losses.)

    L = ½ (a₂ − y)²
"""


# %%
def loss_for(p: Parameters, x: np.ndarray, y: np.ndarray) -> float:
    """The loss of one student."""
    return float(0.5 * ((forward(p, x)[-1] - y) ** 2).sum())


print("\nStep 5: the loss of the first student\n"
      f"  ½ ({a2[0]:.4f} − {y0[0]:.0f})² = "
      f"{loss_for(start, x0, y0):.4f}")

# %% [markdown]
"""
## Step 6: backpropagation (反向传播)

Document C (§4.1) has this formula, where ⊙ multiplies number by number:

    δₗ = ∂L/∂aₗ ⊙ ∂aₗ/∂zₗ

The document calls δₗ the error (误差) of layer l. By the chain rule it is the
slope of the loss along zₗ. Two things are needed beside it, and both follow
from z = W a + b. Its slope along a weight is the number that the weight
multiplies, along the bias it is 1, and along an input it is the weight:

    ∂L/∂Wₗ = δₗ aₗ₋₁ᵀ        ∂L/∂bₗ = δₗ        ∂L/∂aₗ₋₁ = Wₗᵀ δₗ

So one walks back: from ∂L/∂a₂ = a₂ − y to δ₂, from there to ∂L/∂a₁, to δ₁, and
collects the gradients on the way.
"""


# %%
def backward(p: Parameters, x: np.ndarray, y: np.ndarray) -> Parameters:
    """The gradients of one student's loss, by the formulas above."""
    z1, a1, z2, a2 = forward(p, x)
    delta2 = (a2 - y) * a2 * (1 - a2)               # ∂L/∂a₂ ⊙ σ′(z₂)  (1,)
    grad_a1 = p["W2"].T @ delta2                    # (2, 1) @ (1,) → (2,)
    delta1 = grad_a1 * a1 * (1 - a1)                # ∂L/∂a₁ ⊙ σ′(z₁)  (2,)
    return {"W1": np.outer(delta1, x), "b1": delta1,        # (2, 2), (2,)
            "W2": np.outer(delta2, a1), "b2": delta2}       # (1, 2), (1,)


by_hand = backward(start, x0, y0)
delta1, delta2 = by_hand["b1"], by_hand["b2"]       # ∂L/∂b = δ
print("\nStep 6: backward, for the first student")
print(f"  δ2 = {np.round(delta2, 4).tolist()}    δ1 = "
      f"{np.round(delta1, 4).tolist()}")
for name, value in by_hand.items():
    print(f"  ∂L/∂{name} = {np.round(value, 4).tolist()}")

# %% [markdown]
"""
Are they right? Measure. Each of the 9 parameters is moved by ±h. And δ₁ itself
is measured by moving z₁, that is, by moving what the second half of the network
gets.
"""


# %%
def measured_gradients(p: Parameters, x: np.ndarray,
                       y: np.ndarray) -> Parameters:
    """Central differences along each parameter."""
    found = {name: np.zeros_like(value) for name, value in p.items()}
    for name, value in p.items():
        for k in np.ndindex(value.shape):
            def moved(number: float) -> float:
                changed = value.copy()
                changed[k] = number
                return loss_for({**p, name: changed}, x, y)
            found[name][k] = slope(moved, float(value[k]))
    return found


def loss_from_z1(z1: np.ndarray) -> float:
    """The rest of the network, from z₁ on."""
    a2 = sigmoid(start["W2"] @ sigmoid(z1) + start["b2"])
    return float(0.5 * ((a2 - y0) ** 2).sum())


measured = measured_gradients(start, x0, y0)
worst = max(np.abs(measured[name] - by_hand[name]).max() for name in start)
along_z1 = [slope(lambda v: loss_from_z1(np.where(np.arange(2) == k, v, z1)),
                  z1[k]) for k in (0, 1)]
print("  largest difference to the measured gradients, 9 parameters: "
      f"{worst:.0e}")
print(f"  ∂L/∂z1 measured: {np.round(along_z1, 4).tolist()}, which is δ1")
assert worst < 1e-9 and np.allclose(along_z1, delta1)

# %% [markdown]
"""
Now minigrad, and all four students at once. Each is a row: what was W x for a
column is x Wᵀ for rows. The loss is the sum over the students, so its gradient
is the sum of their four gradients.
"""


# %%
def predict(p: dict[str, minigrad.Tensor],
            x: minigrad.Tensor) -> minigrad.Tensor:
    """a₂ (N, 1) for inputs x (N, 2)."""
    # (N, 2) @ (2, 2) + (2,) → (N, 2)
    a1 = (x @ p["W1"].t() + p["b1"]).sigmoid()
    # (N, 2) @ (2, 1) + (1,) → (N, 1)
    return (a1 @ p["W2"].t() + p["b2"]).sigmoid()


def tensors(values: Parameters) -> dict[str, minigrad.Tensor]:
    """The parameters as tensors that want a gradient."""
    return {name: minigrad.tensor(value, device=options.device,
                                  requires_grad=True)
            for name, value in values.items()}


X = minigrad.tensor(inputs, device=options.device)              # (4, 2)
Y = minigrad.tensor(passed, device=options.device)              # (4, 1)
parameters = tensors(start)
loss = 0.5 * ((predict(parameters, X) - Y) ** 2).sum()          # (4, 1) → ()
loss.backward()
print("  all four students, by hand (added up), and minigrad below")
for name, p in parameters.items():
    total = sum(backward(start, x, y)[name] for x, y in zip(inputs, passed))
    print(f"    {name}  {np.round(total, 4).tolist()}\n"
          f"        {np.round(p.grad.tolist(), 4).tolist()}")
    assert np.allclose(total, p.grad.tolist())

# %% [markdown]
"""
## Step 7: update the weights (权重更新)

The gradient points to where the loss rises. So each parameter takes a small
step against it; α is the learning rate (学习率). The update itself isn't part
of the formula, hence `no_grad`.

    θ ← θ − α ∂L/∂θ
"""

# %%
RATE = 1.0
before = loss.item()
with minigrad.no_grad():
    for p in parameters.values():
        p -= RATE * p.grad
        p.grad = None
    after = 0.5 * ((predict(parameters, X) - Y) ** 2).sum().item()
print(f"\nStep 7: one update, learning rate {RATE}")
print(f"  the loss goes from {before:.4f} to {after:.4f}")
assert after < before

# %% [markdown]
"""
## Step 8: iterate (迭代训练)

Steps 4 to 7 again and again, until the loss is small or the patience ends. This
loop is all of training; the later lessons only give it better parts.
"""


# %%
def train(values: Parameters,
          rounds: int = 500) -> tuple[dict[str, minigrad.Tensor], list[float]]:
    """Steps 4 to 7, ``rounds`` times; the parameters and all losses."""
    parameters, losses = tensors(values), []
    for _ in range(rounds):
        loss = 0.5 * ((predict(parameters, X) - Y) ** 2).sum()  # steps 4, 5
        loss.backward()                                             # step 6
        with minigrad.no_grad():
            for p in parameters.values():                           # step 7
                p -= RATE * p.grad
                p.grad = None
        losses.append(loss.item())
    return parameters, losses


trained, losses = train(start)
print("\nStep 8: iterate\n  round    loss")
for k in (0, 1, 10, 100, 499):
    print(f"  {k + 1:5}  {losses[k]:.4f}")
predictions = [row[0] for row in predict(trained, X).tolist()]
right = sum((p > 0.5) == (t > 0.5) for p, t in zip(predictions, passed[:, 0]))
print("  predictions", "  ".join(f"{p:.3f}" for p in predictions),
      f"   {right} of 4 right")
assert right == 4 and losses[-1] < 0.02

# %%
with plot.figure(7, 4.5, "The network learns") as fig:
    ax = fig.subplots()
    ax.semilogy(np.arange(1, len(losses) + 1), losses, color=plot.BLUE)
    ax.set(xlabel="round", ylabel="loss")
print()
picture(fig, options, "loss")

# %% [markdown]
"""
Was it necessary to begin at random? Begin with both hidden units alike, and
compare the two after the training. Then give them equal weights but different
biases.
"""

# %%
alike = {name: np.full_like(value, 0.5) for name, value in start.items()}
other_bias = {**alike, "b1": np.array([0.5, -0.5])}
gaps = {}
print("\nHow far apart are the two hidden units' weights after 500 rounds?")
for name, values in (("random weights, biases 0", start), ("all alike", alike),
                     ("weights alike, biases not", other_bias)):
    # 2 rows of 2: one for each hidden unit
    rows = train(values)[0]["W1"].tolist()
    gaps[name] = max(abs(rows[0][k] - rows[1][k]) for k in (0, 1))
    print(f"  {name:26} {gaps[name]:.4f}")
assert gaps["all alike"] == 0

# %% [markdown]
"""
## Two unclear words

Document A (§3.1) also describes the forward pass as four steps: "3. pass the
input from layer to layer and compute the output of each hidden layer. 4.
Activation: apply the activation function". Read as a list to be worked off, the
activation comes after all layers. Its introduction says otherwise: weighted sum
*and* activation in each layer. It makes a difference.

And two documents use the word backpropagation for two things. In A's list of
eight it is step 6, and the update is step 7. In A's text above the list the
update belongs to backpropagation. Document B (§3.1) has both: its step 4 says
that backpropagation updates the parameters (更新网络参数), and its step 5
updates them (更新网络参数) with gradient descent or Adam. If you do both, you
make two steps.
"""

# %%
moved = {}
for steps in (1, 2):
    values = tensors(start)
    (0.5 * ((predict(values, X) - Y) ** 2).sum()).backward()
    with minigrad.no_grad():
        for p in values.values():
            for _ in range(steps):
                p -= RATE * p.grad
    moved[steps] = values["b2"].item() - start["b2"][0]

# %% tags=["hidden"]
write_results(options.output / "results.json", options, lesson="eight_steps",
              first_loss=losses[0], last_loss=losses[-1], right=int(right))

# %% [markdown]
"""
## What to remember

- A layer: aₗ = σ(Wₗ aₗ₋₁ + bₗ). Going back, δₗ = ∂L/∂aₗ ⊙ ∂aₗ/∂zₗ carries the
  slope, and each weight's is δ times what it multiplied.
- Never believe a derived gradient before you have measured it.
- Training is a loop: forward, loss, backward, update.

## Things to try

- Leave out `p.grad = None` in `train`. What happens to the loss, and why?
"""

# %% tags=["hidden", "audit"]
appendix("eight_steps", globals())
