# ---
# title: cross-entropy from scores
# documents: A §4.1.3, B §4.2, E §4.1
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Cross-entropy, from scores

**You will know** what softmax does, why its loss has the gradient p − y, and
how both are computed without overflow.
**Time:** 30 minutes. **You need:** lesson 9 (losses).

A network ends in numbers of any size. Here they become probabilities, and the
loss is computed in a way that no score can break.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
import minigrad.nn.functional as F
from lessons.figures.temperature import softmax_temperature
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import plot

options = read_options("softmax_loss", "Softmax, cross-entropy, and overflow.")
begin(options)
carried = earlier("losses")
cross_entropy, measured, ratio, show, sigmoid = map(
    carried.get, "cross_entropy measured ratio show sigmoid".split())


# %% [markdown]
"""
## Many classes: softmax

A network ends in scores z, one for each class, any numbers (often called
logits). Softmax makes probabilities of them, all positive and of sum 1:

    pₖ = e^zₖ / Σⱼ e^zⱼ

Put it into the cross-entropy L = −Σ yₖ ln pₖ, where y is one-hot, and the
logarithm undoes the e:

    ln pₖ = zₖ − ln Σⱼ e^zⱼ
    L = −Σ yₖ zₖ + ln Σⱼ e^zⱼ                 for Σ yₖ = 1
    ∂L/∂zᵢ = −yᵢ + e^zᵢ / Σⱼ e^zⱼ
    ∂L/∂zᵢ = pᵢ − yᵢ

The probability minus the truth: it could not be simpler. This is why the two
belong together.
"""


# %%
def softmax(z: np.ndarray) -> np.ndarray:
    """e^z / Σ e^z, as it is written."""
    return np.exp(z) / np.exp(z).sum()


z, true_class = np.array([2.0, 1.0, -1.0]), 1  # (3,): three scores
target = np.eye(3)[true_class]                              # (3,): 0, 1, 0
t = minigrad.tensor(z, requires_grad=True)                  # (3,)
loss = F.cross_entropy(t, minigrad.tensor(true_class))      # ()
loss.backward()

print("\nThree classes, the second is true")
show("scores z", z)
show("softmax p", softmax(z))
show("loss −ln p₂", -np.log(softmax(z)[true_class]))
show("nn.functional", loss.item())
print("and the gradient ∂L/∂z")
derived = softmax(z) - target
slopes = measured(lambda z: -np.log(softmax(z)[true_class]), z)
for name, value in (("derived, p − y", derived),
                    ("by minigrad", t.grad.numpy()), ("measured", slopes)):
    show(name, value)
    assert np.allclose(value, derived)
assert np.isclose(loss.item(), -np.log(softmax(z)[true_class]))

# %% [markdown]
"""
A warning about lesson 4 (eight steps). There document C's formula was
δ = ∂L/∂a ⊙ ∂a/∂z, number by number. Softmax doesn't work number by number: each
p depends on all z. Then ⊙ is not enough, and one needs the whole table of
slopes ∂pₖ/∂zᵢ:

    ∂pₖ/∂zᵢ = pₖ (1 − pₖ) for i = k,   −pₖ pᵢ otherwise
"""

# %%
p3 = softmax(z)                                             # (3,)
grad_p = -target / p3                                       # (3,): ∂L/∂p
table = np.diag(p3) - np.outer(p3, p3)                      # (3, 3): ∂pₖ/∂zᵢ
print("\nFrom ∂L/∂p to ∂L/∂z")
by_entry = grad_p * (p3 * (1 - p3)) + 0.0       # (3,); + 0.0 makes −0 a 0
by_table = table.T @ grad_p                     # (3, 3) @ (3,) → (3,)
show("⊙ with pₖ (1 − pₖ)", by_entry)
show("with the whole table", by_table)
show("p − y", derived)
assert np.allclose(by_table, derived)
assert not np.allclose(by_entry, derived)

# %% [markdown]
"""
Divide the scores first by a number T, the temperature (温度). A small T lets
the best score win alone, a large one makes all alike; the order stays.
"""

# %% tags=["hidden"]
picture(softmax_temperature(z, softmax), options, "temperature")

# %% [markdown]
"""
## Without overflow

e^zₖ overflows for zₖ > 709 (in float32 for zₖ > 88), and then ∞/∞ is nan. The
way out: softmax does not change when the same number m is subtracted from all
scores, for e^(z − m) = e^z / e^m, and e^m cancels. Take the largest score for
m. Then all exponents are at most 0.

But a very small probability still rounds to 0, and ln 0 is −∞. So the logarithm
must not come after:

    ln Σ eᶻ = m + ln Σ e^(z − m)              log-sum-exp
    L = ln Σ eᶻ − z of the true class

minigrad's `cross_entropy` does this, and so it takes scores, not probabilities.
"""


# %%
def shifted_softmax(z: np.ndarray) -> np.ndarray:
    """Softmax with the largest score subtracted."""
    return softmax(z - z.max())


def log_sum_exp(z: np.ndarray) -> float:
    """ln Σ eᶻ without overflow."""
    return float(z.max() + np.log(np.exp(z - z.max()).sum()))


huge = np.array([1000.0, 0.0, -1000.0])         # (3,), the third is true
with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
    naive = -np.log(softmax(huge)[2])
    late = -np.log(shifted_softmax(huge)[2])
    naive_first = softmax(huge)[0]
safe = log_sum_exp(huge) - huge[2]
print("\nScores 1000, 0, −1000, the third is true: the loss should be 2000")
print(f"  softmax as written, then ln     {naive}   "
      f"(the first probability is {naive_first})")
print(f"  largest subtracted, then ln     {late}")
print(f"  log-sum-exp                     {safe}")

gradients = {}
for name in ("softmax, then log", "cross_entropy"):
    # (1, 3): a batch of one
    t = minigrad.tensor(huge[None], requires_grad=True)
    third = minigrad.tensor([2])                            # (1,)
    loss = (F.cross_entropy(t, third) if name == "cross_entropy"
            else -t.softmax(1).log()[0, 2])
    loss.backward()
    gradients[name] = t.grad.numpy()[0]                     # (3,)
    print(f"  minigrad, {name:18}    loss {loss.item():6.0f}   gradient "
          f"{gradients[name].tolist()}")
assert np.isnan(naive_first) and np.isinf(late) and safe == 2000
assert np.isnan(gradients["softmax, then log"]).all()
assert np.allclose(gradients["cross_entropy"], [1, 0, -1])

# %% [markdown]
"""
## Two classes, from the score

The same for two classes, where one score s is enough, p = σ(s). (It is the
softmax of the scores 0 and s.) With ln σ(s) = −ln(1 + e⁻ˢ) and
ln(1 − σ(s)) = −s − ln(1 + e⁻ˢ):

    L = −y ln σ(s) − (1 − y) ln(1 − σ(s))
      = ln(1 + e⁻ˢ) + (1 − y) s
      = max(s, 0) − s y + ln(1 + e^(−|s|))      all exponents are at most 0

    ∂L/∂s = σ(s) − y                              again: probability minus truth
"""


# %%
def from_score(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The binary cross-entropy of each score, without overflow."""
    return np.maximum(s, 0) - s * y + np.log1p(np.exp(-np.abs(s)))


s = np.array([-3.0, -0.5, 0.5, 2.0])                        # (4,)
bits = np.array([1.0, 0.0, 1.0, 1.0])                       # (4,)
t = minigrad.tensor(s, requires_grad=True)                  # (4,)
loss = F.binary_cross_entropy_with_logits(t, minigrad.tensor(bits),
                                          reduction="sum")
loss.backward()
print("\nFour scores, labels 1, 0, 1, 1")
show("from the probability", cross_entropy(sigmoid(s), bits))
show("from the score", from_score(s, bits).sum())
show("nn.functional", loss.item())
print("and the gradient ∂L/∂s")
slopes = measured(lambda s: float(from_score(s, bits).sum()), s)
for name, value in (("derived, σ(s) − y", sigmoid(s) - bits),
                    ("by minigrad", t.grad.numpy()), ("measured", slopes)):
    show(name, value)
    assert np.allclose(value, sigmoid(s) - bits)
assert np.isclose(from_score(s, bits).sum(), cross_entropy(sigmoid(s), bits))
assert np.isclose(loss.item(), from_score(s, bits).sum())
assert np.isclose(softmax(np.array([0.0, 2.0]))[1], sigmoid(np.array(2.0)))

# %%
with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
    at_forty = cross_entropy(sigmoid(np.array([40.0])), np.array([0.0]))
    at_thousand = cross_entropy(sigmoid(np.array([-1000.0])), np.array([1.0]))
by_score = [from_score(np.array(score), np.array(y))
            for score, y in ((40.0, 0.0), (-1000.0, 1.0))]
print("\nWrong and certain: the loss should be |s|")
print("                     from the probability   from the score")
print(f"  s =    40, y = 0   {at_forty:20}   {by_score[0]:14.0f}")
print(f"  s = -1000, y = 1   {at_thousand:20}   {by_score[1]:14.0f}")
assert not np.isfinite(at_forty) and not np.isfinite(at_thousand)

# %% [markdown]
"""
## Why not squared errors for classes?

Document E says: squared error for regression (回归), cross-entropy for
classification. And A says that cross-entropy makes the model pay more attention
to differences in the probabilities, and so raises the accuracy
(从而提高分类准确率). Look at a sample that is wrong and certain of it, y = 1
with a score far below 0:

    squared error ½ (p − y)²:   ∂/∂s = (p − y) · p (1 − p)    nearly 0 here
    cross-entropy:             ∂/∂s = p − y                nearly −1

So the worst mistakes teach the squared error the least. We start both from the
same bad θ.
"""

# %%
points = np.array([-2.0, -1.0, 1.0, 2.0])                   # (4,)
classes = np.array([0.0, 0.0, 1.0, 1.0])                    # (4,)


def learn(kind: str, theta: float, steps: int,
          rate: float = 0.5) -> tuple[float, int]:
    """θ after descent for p = σ(θx), and how many of the four are right."""
    for _ in range(steps):
        p = sigmoid(theta * points)                                     # (4,)
        along_s = p - classes  # cross-entropy
        if kind == "squared error":
            along_s = along_s * p * (1 - p)
        theta -= rate * float((along_s * points).sum())
    return theta, int(((theta * points > 0) == (classes == 1)).sum())


print("\nFrom θ = −8, certain and wrong in all four samples")
print("  steps       " + "".join(f"{k:>16}" for k in (1, 10, 200)))
learned = {}
for kind in ("squared error", "cross-entropy"):
    learned[kind] = [learn(kind, -8.0, steps) for steps in (1, 10, 200)]
    print(f"  {kind:14}" + "".join(f"  θ {theta:6.2f}, {k}/4"
                                   for theta, k in learned[kind]))
assert learned["squared error"][-1][1] == 0
assert learned["cross-entropy"][1][1] == 4

# %% [markdown]
"""
So cross-entropy does learn where the squared error does not. But "and so raises
the accuracy" goes too far: a lower cross-entropy does not always mean a higher
accuracy. Three samples of class 1, two models:
"""

# %%
just_right = np.array([0.51, 0.51, 0.51])                   # (3,)
two_of_three = np.array([0.99, 0.99, 0.49])                 # (3,)
print("\nThree samples of class 1                   cross-entropy   right")
both = []
for probabilities in (just_right, two_of_three):
    both.append((cross_entropy(probabilities, np.ones(3)),
                 int((probabilities > 0.5).sum())))
    name = ", ".join(map(str, probabilities))
    print(f"  {name:40}{both[-1][0]:13.4f}   {both[-1][1]} of 3")
(low_certainty, three_right), (high_certainty, two_right) = both
assert high_certainty < low_certainty and two_right < three_right

# %% tags=["hidden"]
with plot.figure(10, 4.3, "Losses of one sample with y = 1") as fig:
    first, second, third_ax = fig.subplots(1, 3)
    ps, scores = np.linspace(0.005, 1, 400), np.linspace(-8, 4, 400)
    sig = sigmoid(scores)
    by_score = from_score(scores, np.ones(400))
    for ax, xs, ce, se in (
            (first, ps, -np.log(ps), 0.5 * (1 - ps) ** 2),
            (second, scores, by_score, 0.5 * (1 - sig) ** 2),
            (third_ax, scores, sig - 1, (sig - 1) * sig * (1 - sig))):
        ax.plot(xs, ce, color=plot.BLUE, label="cross-entropy")
        ax.plot(xs, se, "--", color=plot.ORANGE, label="squared error")
    first.set(xlabel="probability p", ylabel="loss", title="By probability")
    second.set(xlabel="score s", ylabel="loss", title="By score")
    third_ax.set(xlabel="score s", ylabel="slope along s",
                 title="What it teaches")
    for ax in (second, third_ax):
        ax.set_xticks((-8, -4, 0, 4))
    first.legend(loc="upper right")
print()
picture(fig, options, "losses")

# %% [markdown]
"""
In the right panel: at a score of −8 the cross-entropy still pulls with nearly
full strength, the squared error no longer at all.
"""

# %% tags=["hidden"]
write_results(options.output / "results.json", options, lesson="softmax_loss",
              ratio_of_gradients=ratio,
              right_squared_error=learned["squared error"][-1][1],
              right_cross_entropy=learned["cross-entropy"][-1][1])

# %% [markdown]
"""
## What to remember

- Softmax with cross-entropy, and sigmoid with cross-entropy: the gradient is
  p − y.
- Give losses the scores, not the probabilities. ln and e together need not
  overflow.
- A lower loss is not yet a higher accuracy.

## Things to try

- Exercise 6 (`python -m lessons check 6`): softmax with cross-entropy,
  stable, forward and backward.
- Exercise 13 (`python -m lessons check 13`): binary cross-entropy from
  scores.
- In `learn`, from which θ on does the squared error learn within 200 steps?
"""

# %% tags=["hidden", "audit"]
appendix("softmax_loss", {**carried, **globals()})
