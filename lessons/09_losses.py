# ---
# title: loss functions
# documents: A §4.1.3, B §4.2, E §4.1
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Loss functions

**You will know** which loss fits which task, and where its formula comes from.
**Time:** 35 minutes. **You need:** lesson 7 (activations).

A loss function (损失函数) says with one number how far the predictions are from
the truth. Documents A (§4.1.3), B (§4.2) and E (§4.1) print two of them: the
mean squared error (均方误差, MSE) and the cross-entropy (交叉熵). They do not
print the same formulas, though. We find out where each of them comes from, what
the printed versions compute, and how they are computed without overflow.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
import minigrad.nn.functional as F
from lessons.figures.losses import two_losses
from lessons.support import begin, picture, read_options, write_results

options = read_options("losses", "Squared errors and cross-entropy.")
begin(options)


def measured(f: Callable[[np.ndarray], float], x: np.ndarray,
             h: float = 1e-5) -> np.ndarray:
    """The gradient of f at x (n,), by central differences."""
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h)
                     for e in np.eye(len(x))])


def show(name: str, values: np.ndarray | float) -> None:
    """One line of numbers with a label."""
    print(f"  {name:26}" + "".join(f"{value:10.4f}"
                                   for value in np.atleast_1d(values)))


def minus(value: float, digits: int = 2) -> str:
    """A number with a minus sign as the formulas have it."""
    return f"{value:.{digits}f}".replace("-", "−")


# %% [markdown]
"""
## Half a sum, or a mean

Documents A and E print the first of these as "mean squared error", document B
the second:

    ½ Σ (yᵢ − ŷᵢ)²              ∂/∂ŷᵢ = ŷᵢ − yᵢ
    1/n Σ (ŷᵢ − yᵢ)²            ∂/∂ŷᵢ = (2/n) (ŷᵢ − yᵢ)

Both have the same minimum. But the first isn't a mean, and its gradient is n/2
times as long. (Each has its reason: ½ cancels the 2 of the square; 1/n makes
the size independent of the number of samples.)
"""

# %%
y = np.array([1.0, 3.0, 2.0, 5.0])                          # (4,) the truth
guess = np.array([1.5, 2.0, 2.5, 3.0])  # (4,) the predictions ŷ
n = len(y)


def half_sum(guess: np.ndarray) -> float:
    """½ Σ (y − ŷ)²."""
    return float(0.5 * ((y - guess) ** 2).sum())


def mean_square(guess: np.ndarray) -> float:
    """1/n Σ (ŷ − y)²."""
    return float(((guess - y) ** 2).mean())


t = minigrad.tensor(guess, requires_grad=True)              # (4,)
loss = F.mse_loss(t, minigrad.tensor(y))  # () 1/n Σ: the mean
loss.backward()
print("Squared errors, 4 samples")
show("½ Σ", half_sum(guess))
show("1/n Σ", mean_square(guess))
show("nn.functional.mse_loss", loss.item())
print("and their gradients")
show("½ Σ, derived", guess - y)
show("½ Σ, measured", measured(half_sum, guess))
show("1/n Σ, derived", 2 / n * (guess - y))
show("1/n Σ, measured", measured(mean_square, guess))
show("1/n Σ, by minigrad", t.grad.numpy())
assert np.allclose(measured(half_sum, guess), guess - y)
assert np.allclose(measured(mean_square, guess), 2 / n * (guess - y))
assert np.allclose(t.grad.numpy(), 2 / n * (guess - y))
assert np.isclose(loss.item(), mean_square(guess))
assert np.isclose(half_sum(guess), n / 2 * mean_square(guess))

# %% [markdown]
"""
So the learning rate means something else. A step of α against the gradient of
½Σ is the same as a step of α · n/2 against that of the mean. Two descents for
ŷ = θx, with these two rates, take the same path. And if every sample is there
ten times, ½Σ has a gradient ten times as long, and the same α becomes too large
(lesson 5, gradient descent: the limit is 2/Σx²). The mean does not notice.
"""


# %%
def descend(x: np.ndarray, y: np.ndarray, factor: float,
            rate: float) -> list[float]:
    """20 steps of gradient descent for factor · Σ (y − θx)²: all θ."""
    path = [0.0]
    for _ in range(20):
        gradient = -2 * factor * ((y - path[-1] * x) * x).sum()     # ()
        path.append(path[-1] - rate * gradient)
    return path


x = np.array([0.5, 1.0, 1.5, 2.0])                          # (4,)
half = descend(x, y, 1 / 2, rate=0.05)
mean = descend(x, y, 1 / n, rate=0.05 * n / 2)
# (40,), (40,): each sample ten times
ten_x, ten_y = np.tile(x, 10), np.tile(y, 10)
half_of_ten = descend(ten_x, ten_y, 1 / 2, rate=0.05)
mean_of_ten = descend(ten_x, ten_y, 1 / (10 * n), rate=0.05 * n / 2)

print("\nDescents for ŷ = θx: θ after 1, 2, 3 and 20 steps")
for name, path in (("½ Σ, α = 0.05", half), ("1/n Σ, α = 0.05 · n/2", mean),
                   ("½ Σ, samples ten times", half_of_ten),
                   ("1/n Σ, samples ten times", mean_of_ten)):
    print(f"  {name:26}" + "".join(f"{path[k]:12.4g}" for k in (1, 2, 3, 20)))
assert np.allclose(half, mean) and np.allclose(mean, mean_of_ten)
assert abs(half_of_ten[-1]) > 1e6, "the same learning rate now diverges"

# %% tags=["hidden"]
ratio = float(np.mean((guess - y) / (2 / n * (guess - y))))

# %% [markdown]
"""
## Cross-entropy: the least surprising explanation

For classification (分类) the truth is a class, and the model gives
probabilities (概率). Two classes: p is the probability of class 1, so 1 − p
that of class 0. How well do probabilities p₁ … pₙ explain the labels y₁ … yₙ
that were observed? The likelihood (似然) is the probability of just these
labels:

    Π pᵢ^yᵢ (1 − pᵢ)^(1 − yᵢ)    for yᵢ = 1 the factor is pᵢ, else it is 1 − pᵢ

A product of thousands of factors below 1 underflows to 0. So take the
logarithm, which turns it into a sum, and a minus sign, for losses are made
small. The result is the binary cross-entropy:

    L = −Σ [ yᵢ ln pᵢ + (1 − yᵢ) ln(1 − pᵢ) ]

ln is the natural logarithm, which the documents write as log. Note the
brackets. A coin shows heads in 7 of 10 throws; all pᵢ are the same p. Which p
is best?
"""

# %%
throws = np.array([1, 1, 1, 0, 1, 1, 0, 1, 0, 1])           # (10,)


def cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """−Σ [y ln p + (1 − y) ln(1 − p)]."""
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum())


print("\nA coin, 7 heads in 10 throws")
print("     p    likelihood    cross-entropy")
candidates = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
for p in candidates:
    likelihood = np.where(throws == 1, p, 1 - p).prod()
    print(f"  {p:4.1f}   {likelihood:11.6f}   "
          f"{cross_entropy(np.full(10, p), throws):14.4f}")
    assert np.isclose(-np.log(likelihood),
                      cross_entropy(np.full(10, p), throws))
best = min(candidates, key=lambda p: cross_entropy(np.full(10, p), throws))
assert best == 0.7
fair = cross_entropy(np.full(2000, 0.5), np.ones(2000))
print(f"  2000 fair throws: likelihood 0.5²⁰⁰⁰ = {0.5 ** 2000}, "
      f"cross-entropy {fair:.1f}")

# %% [markdown]
"""
Its gradient on paper: the slope of ln p is 1/p, that of ln(1 − p) is
−1/(1 − p), so

    ∂L/∂pᵢ = −yᵢ/pᵢ + (1 − yᵢ)/(1 − pᵢ)

The squared error has a likelihood behind it, too. If yᵢ is ŷᵢ plus noise of a
normal distribution (正态分布) with standard deviation 1, then −ln of the
likelihood is ½ Σ (yᵢ − ŷᵢ)² plus a constant. So the ½ isn't an accident.
"""

# %%
labels = np.array([0.0, 1.0, 0.0])                          # (3,)
p = np.array([0.2, 0.6, 0.3])                               # (3,)
t = minigrad.tensor(p, requires_grad=True)                  # (3,)
truth = minigrad.tensor(labels)                             # (3,)
F.binary_cross_entropy(t, truth, reduction="sum").backward()

print("\nThe gradient of the cross-entropy, labels 0, 1, 0, p 0.2, 0.6, 0.3")
derived = -labels / p + (1 - labels) / (1 - p)
found = measured(lambda p: cross_entropy(p, labels), p)
for name, value in (("derived", derived), ("by minigrad", t.grad.numpy()),
                    ("measured", found)):
    show(name, value)
    assert np.allclose(value, derived)

normal = np.exp(-0.5 * (y - guess) ** 2) / np.sqrt(2 * np.pi)  # (4,) densities
assert np.isclose(-np.log(normal).sum(),
                  half_sum(guess) + n / 2 * np.log(2 * np.pi))

# %% [markdown]
"""
## θx isn't a probability

Document A prints

    J(θ) = −Σ yᵢ log(θ·xᵢ)

with θx in the place of p. But θx can be any number. Where it is below 0 the
logarithm is nan, even if y = 0, for 0 · nan is nan. Where it is above 1 the
loss gets negative. And since only samples with y = 1 count, a larger θ is
always better: the loss falls without end, and what y = 0 says is never heard.
"""

# %%
inputs = np.array([-1.0, 0.8, 0.4, 2.0])                    # (4,)
targets = np.array([0.0, 0.0, 1.0, 1.0])                    # (4,)
with np.errstate(invalid="ignore"):
    all_four = -(targets * np.log(0.6 * inputs)).sum()
print("\nDocument A: −Σ y log(θx), labels 0, 0, 1, 1")
print("  θ = 0.6, θx = " + ", ".join(f"{v:.2f}" for v in 0.6 * inputs)
      + f":  loss {all_four}")
print("  without the negative input:")
unbounded = {}
for theta in (0.5, 1.0, 10.0, 1000.0):
    unbounded[theta] = -(targets[1:] * np.log(theta * inputs[1:])).sum()
    print(f"    θ = {theta:6.1f}   loss {unbounded[theta]:9.4f}")
assert np.isnan(all_four)
falling = list(unbounded.values())
assert falling == sorted(falling, reverse=True) and unbounded[1000] < 0

# %% [markdown]
"""
The repair is small: let the sigmoid of lesson 7 (activations) turn the score θx
into a probability, p = σ(θx), and use both terms. Then every input is allowed,
and there is a best θ.
"""


# %%
def sigmoid(s: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˢ)."""
    return 1 / (1 + np.exp(-s))


print("\nThe same four samples with p = σ(θx) and both terms")
curve = {}
for theta in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
    curve[theta] = cross_entropy(sigmoid(theta * inputs), targets)
    print(f"    θ = {theta:6.1f}   loss {curve[theta]:9.4f}")
best = min(curve, key=lambda theta: curve[theta])
assert 0 < best < 8, "the best θ lies between"

# %% [markdown]
"""
## Missing brackets

For two classes document A goes on:

    −Σ yᵢ log(θxᵢ)  =  −Σ yᵢ log(θ₁xᵢ) − (1 − yᵢ) log(1 − θ₁xᵢ)

First, the two sides are not equal: the left one lacks the samples with y = 0.
Second, how far does the Σ on the right reach? Three readings, with p for θ₁x:

    (a)  Σ up to the next −:   [−Σ yᵢ ln pᵢ] − (1 − yᵢ) ln(1 − pᵢ)    which i?
    (b)  over all of it:       −Σ [yᵢ ln pᵢ − (1 − yᵢ) ln(1 − pᵢ)]
    (c)  as it must be:        −Σ [yᵢ ln pᵢ + (1 − yᵢ) ln(1 − pᵢ)]

In (a) the second term stands outside of the sum, and its i is open; a program
would take the last. In (b) its sign is wrong. That is worse than leaving it
out: a sample with y = 0 is rewarded for a large p.
"""

# %%
log_p, log_q = np.log(p), np.log(1 - p)                     # (3,), (3,)
ones, zeros = labels * log_p, (1 - labels) * log_q          # (3,), (3,)
readings = {"left side, −Σ y ln p": -ones.sum(),
            "(a) second term outside": -ones.sum() - zeros[-1],
            "(b) Σ over a difference": -(ones - zeros).sum(),
            "(c) with brackets and +": -(ones + zeros).sum()}
likelihood = np.where(labels == 1, p, 1 - p).prod()
print("\nReadings, labels 0, 1, 0, p 0.2, 0.6, 0.3")
for name, value in readings.items():
    show(name, value)
show("−ln likelihood", -np.log(likelihood))
left_side, outside, difference, brackets = readings.values()
assert np.isclose(brackets, -np.log(likelihood))
assert not np.isclose(difference, brackets)


def reading_b(p: np.ndarray) -> float:
    """(b) for any p."""
    return -(labels * np.log(p) - (1 - labels) * np.log(1 - p)).sum()


slope_b = measured(reading_b, p)[0]
print("  the slope along p₁, where y = 0, and where descent pushes p:\n"
      f"  (b) {slope_b:+.4f}, up     (c) {derived[0]:+.4f}, down")
assert slope_b < 0 < derived[0]

# %% [markdown]
"""
## A sum over what?

Documents B and E print the same formula for the cross-entropy, but B explains
it so: "yᵢ is the true label of sample i, ŷᵢ the probability that the model
predicts for sample i" (第 i 个样本).

    −Σᵢ yᵢ log(ŷᵢ)

Taken at its word, samples with label 0 do not count, and a model that says "1"
with certainty for everything has the perfect loss 0. The formula is right in
another sense: for *one* sample, with i counting the *classes*. Then y is
one-hot (独热编码), 1 at the true class and 0 elsewhere, and ŷ has a probability
for each class. Over many samples one adds up, or takes the mean. So E's
explanation, "ŷ is the probability distribution that the model predicts", fits.

A careful model and one that shouts, four samples:
"""

# %%
label = np.array([1, 0, 1, 0])                              # (4,)
# (4,): p of class 1
careful, shouting = np.array([0.9, 0.1, 0.8, 0.2]), np.full(4, 1 - 1e-9)
onehot = np.eye(2)[label]  # (4, 2): row of sample i


def over_samples(p: np.ndarray) -> float:
    """Document B's formula at its word."""
    return float(-(label * np.log(p)).sum())


def over_classes(p: np.ndarray) -> float:
    """One-hot labels, sum over the classes, then over the samples."""
    both = np.column_stack([1 - p, p])  # (4, 2): class 0, class 1
    return float(-(onehot * np.log(both)).sum())


print("\nTwo models, labels 1, 0, 1, 0             careful  shouting")
for name, f in (("i counts samples", over_samples),
                ("i counts classes, one-hot", over_classes)):
    print(f"  {name:40}{f(careful):7.3f}   {f(shouting):7.3f}")
assert over_samples(shouting) < over_samples(careful)
assert over_classes(careful) < over_classes(shouting)
assert np.isclose(over_classes(careful), cross_entropy(careful, label))

# %% [markdown]
"""
Document B also tells in words how the formula comes about: "for each sample,
compute the logarithm of the predicted probability; add up all samples'
logarithms: that is the cross-entropy". Here yᵢ is forgotten, and so is the
minus sign. What comes out is negative, and is smallest for the worst model.
"""

# %%
worded = {"careful": np.log(careful).sum(),
          "p = 0.001 throughout": np.log(np.full(4, 0.001)).sum()}
print("\nDocument B's words, Σ log ŷ")
for name, value in worded.items():
    show(name, value)
assert worded["p = 0.001 throughout"] < worded["careful"] < 0

# %% tags=["hidden"]
picture(two_losses(), options, "two_losses")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="losses")

# %% [markdown]
"""
## What to remember

- ½Σ and 1/n Σ have the same minimum and other gradients. Ask which one,
  before taking over an α.
- Cross-entropy is −ln of the probability that the model gave to what really
  happened.
"""
