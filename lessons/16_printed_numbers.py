# ---
# title: printed formulas and numbers, checked
# documents: D §4.2, §4.3
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Printed formulas, and what they do

**You will know** how to tell a slip from a misunderstanding, and why a loss
that falls proves little.
**Time:** 35 minutes. **You need:** lesson 15 (sigmoid network).

The example is repaired, and its gradients are known: see lesson 15 (sigmoid
network). Now to what the document prints.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import plot

options = read_options("printed_numbers",
                       "Printed formulas and numbers, checked.")
begin(options)
carried = earlier("sigmoid_network")
(J, Layers, W1, W2, W3, a2, a3, b1, b2, b3, by_hand, d1, d2, d3, dJ_da2,
 dJ_da3, forward, layers, measured, numbers, repaired, show, sigmoid, x,
 y) = map(carried.get, (
    "J Layers W1 W2 W3 a2 a3 b1 b2 b3 by_hand d1 d2 d3 dJ_da2 dJ_da3 forward "
    "layers measured numbers repaired show sigmoid x y").split())


# %% [markdown]
"""
## The document's formulas (§4.2)

    ∂J/∂W⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾
    ∂J/∂b⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂b⁽ˡ⁾

"where ∂J/∂a⁽ˡ⁺¹⁾ is the gradient of the output layer and ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ the
derivative of the activation function". In the first line the right side does
not contain W⁽ˡ⁾ at all. By the chain rule it is ∂J/∂a⁽ˡ⁾. We measure both
factors for l = 2. A slope of three numbers with respect to two is a (3, 2)
matrix (the Jacobian of lesson 13, ReLU network).
"""

# %%
da3_da2 = measured(lambda a: sigmoid(W3 @ a + b3), a2)      # (3, 2)
right_side = dJ_da3 @ da3_da2                   # (3,) @ (3, 2) → (2,)
show("right side", right_side, "∂J/∂a3 · ∂a3/∂a2")
show("∂J/∂a2", dJ_da2)
show("∂J/∂W2", by_hand[1][0])

# %% [markdown]
"""
The last formula of §4.2:

    ∂J/∂a⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾ · ∂z⁽ᴸ⁾/∂a⁽ᴸ⁾ = −(1/m) (y − a⁽ᴸ⁾)

The first equation is true: going from a back to z and from z to J is a detour,
but a correct one, as long as σ can be inverted. It is of no use, though. J is
given as a function of a, so ∂J/∂a is where one starts, and ∂J/∂z comes from it
by multiplying with σ′. The document goes the other way and divides. For the
second equation one must know J and m, and §4.2 names neither.
"""

# %% [markdown]
"""
## The document's backward numbers (§4.3)

First the factor 1/m, with m = 3. §4.3 does define J, as ½ Σ, without 1/m.
"""

# %%
a3_printed = np.array([0.45625, 0.8255, 0.8255])            # (3,)
y_used = np.array([1.0, 0.0, 0.0])                          # (3,)
printed_dJ_da3 = -(y_used - a3_printed) / 3
own_dJ_da3 = measured(lambda a: 0.5 * ((y_used - a) ** 2).sum(), a3_printed)
show("printed", printed_dJ_da3)
show("measured", own_dJ_da3, "of its own J")

# %% [markdown]
"""
Then comes the heart of it:

    ∂a⁽³⁾/∂a⁽²⁾ = ∂σ⁻¹(a⁽³⁾)/∂a⁽³⁾ = σ⁻¹(a⁽³⁾) = 1 / (1 + e^(−a⁽³⁾))

Between the equals signs stand four different things. σ⁻¹ is the *inverse*
function: which z gave this a? σ′ is the *slope*. And 1/(1 + e⁻ᵃ) is neither; it
is σ once more. For the first number, a = 0.45625:
"""

# %%
a = 0.45625


def inverse(a: Any) -> Any:
    """σ⁻¹(a) = ln(a / (1 − a)): the z with σ(z) = a."""
    return np.log(a / (1 - a))


slope_of_inverse = float(measured(inverse, np.array([a]))[0, 0])
for formula, value, what in (
        ("∂σ⁻¹(a)/∂a", slope_of_inverse, "its slope, 1 / (a (1 − a))"),
        ("σ⁻¹(a)", inverse(a), f"the inverse: σ({inverse(a):.4f}) = {a}"),
        ("1 / (1 + e⁻ᵃ)", sigmoid(a), "σ of a: σ applied twice to z"),
        ("a (1 − a)", a * (1 - a), "σ′(z), the slope that is needed")):
    print(f"  {formula:17} {value:8.4f}   {what}")
assert np.isclose(sigmoid(inverse(a)), a)
assert np.isclose(slope_of_inverse, 1 / (a * (1 - a)))

with plot.figure(10, 4.3, "Three functions of an activation a = σ(z)") as fig:
    ax = fig.subplots()
    grid = np.linspace(0.02, 0.98, 193)
    for f, label, color, line, marker in (
            (sigmoid, "printed: 1 / (1 + e⁻ᵃ), σ of a",
             plot.ORANGE, "--", "s"),
            (lambda a: a * (1 - a), "needed: a (1 − a), the slope σ′(z)",
             plot.BLUE, "-", "o"),
            (inverse, "written: σ⁻¹(a), the inverse", plot.GREEN, ":", "D")):
        ax.plot(grid, f(grid), color=color, linestyle=line, label=label)
        ax.plot(a, f(a), color=color, marker=marker, markersize=9)
        ax.annotate(f"{f(a):.2f}".replace("-", "−"), (a, f(a)),
                    (9, -18 if f(a) < 0 else 7), textcoords="offset points")
    ax.axvline(a, color=plot.GRAY, linewidth=1, zorder=0)
    ax.axhline(0, color=plot.GRAY, linewidth=1, zorder=0)
    ax.set(xlabel="a   (the document's first output is at the gray line)",
           xlim=(0, 1), ylim=(-1.5, 1.5))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
    picture(fig, options, "three_functions")

# %% tags=["hidden"]
sum3 = sigmoid(a3_printed).sum()                # the document's ∂a3/∂a2
sum2 = sigmoid([0.3625, 0.665]).sum()           # the document's ∂a2/∂a1

# %% [markdown]
"""
The document goes on with that sum. Its next lines again by their own terms:
"""

# %%
third = (1 - 0.45625) / 3
chain = f"∂J/∂a2 · ∂a2/∂a1 = {third * sum3:.4f} · {sum2:.4f}"
for line, value in (
        (f"∂J/∂a2 printed   +(1/3)(1 − 0.45625) · {sum3:.4f}", third * sum3),
        (f"       own terms −(1/3)(1 − 0.45625) · {sum3:.4f}", -third * sum3),
        (f"∂J/∂a1 printed   +(1/3)(1 − 0.45625) · {sum2:.4f}", third * sum2),
        (f"       own terms {chain}", third * sum3 * sum2)):
    print(f"  {line:56} = {value:7.4f}")

# %% [markdown]
"""
## The update

    ΔW⁽³⁾ = η · ∂J/∂a⁽³⁾ · a⁽²⁾ᵀ,  Δb⁽³⁾ = η · ∂J/∂a⁽³⁾,  …
    W⁽³⁾ = W⁽³⁾ − ΔW⁽³⁾

η is in there once (document B, lesson 11, backpropagation, had it twice). But
it must be ∂J/∂z, not ∂J/∂a: a⁽²⁾ goes into z⁽³⁾. And look at the shapes of what
the document then writes down.
"""

# %%
eta = 0.1
outer = eta * third * sigmoid([0.45625, 0.8255]).sum()
inner = eta * third * sum2
printed_update = {
    "ΔW3": (outer * np.array([[0.3625, 0.665]]), W3),
    "Δb3": (np.array(outer), b3),
    "ΔW2": (inner * np.array([[0.55, 0.86]]), W2),
    "Δb2": (np.array(inner), b2),
    "ΔW1": (inner * np.array([[1.0, 2.0, 3.0]]), W1),
    "Δb1": (np.array(inner), b1),
}
print(f"  {'printed':9}{'value':28}{'shape':9}{'of the parameter':18}")
for name, (value, parameter) in printed_update.items():
    text = numbers(value) if value.size > 1 else f"{value.item():.4f}"
    print(f"  {name:9}{text:28}{str(value.shape):9}{parameter.shape}")

factor = "0.1 · (1/3)(1 − 0.45625) · (sum of two terms)"
assert (printed_update["ΔW3"][0] > 0).all() and (by_hand[2][0][1] < 0).all()

# %% [markdown]
"""
Now one step with the right gradients, and η = 0.1:

    W ← W − η ∂J/∂W,     b ← b − η ∂J/∂b
"""


# %%
def gradients(layers: Layers) -> Layers:
    """∂J/∂W and ∂J/∂b of each layer, for any number of layers."""
    a = forward(layers, x)
    d = (a[-1] - y) * a[-1] * (1 - a[-1])
    result = []
    # from the last layer to the first
    for l in range(len(layers) - 1, -1, -1):
        result.append((np.outer(d, a[l]), d))
        d = (layers[l][0].T @ d) * a[l] * (1 - a[l])
    return result[::-1]


def loss_of(layers: Layers) -> float:
    """J = ½ Σ (y − a)²."""
    return float(0.5 * ((y - forward(layers, x)[-1]) ** 2).sum())


stepped = [(W - eta * dW, b - eta * db)
           for (W, b), (dW, db) in zip(layers, gradients(layers))]
for l, (W, b) in enumerate(stepped, start=1):
    show(f"new W{l}", W)
    show(f"new b{l}", b)
print(f"  J before {J:.4f}, after {loss_of(stepped):.4f}")
assert loss_of(stepped) < J
for mine, theirs in zip(gradients(layers), by_hand):
    assert all(np.allclose(g, h) for g, h in zip(mine, theirs))

# %% [markdown]
"""
"With these steps … the model is better in the next round"
(使得模型在下一轮迭代中性能更优). Is it, with the steps as printed? Where a
shape does not fit we let NumPy repeat the row for every unit. Then the same
formulas again and again, each round with the new numbers (and a = σ(z) this
time).
"""


# %%
def printed_rules(layers: Layers, x: np.ndarray) -> Layers:
    """The document's Δ for all layers, with the numbers of this round."""
    _, a1, a2, a3 = forward(layers, x)
    third = (1 - a3[0]) / 3
    out = eta * third * sigmoid(a3[:2]).sum()
    hidden = eta * third * sigmoid(a2).sum()
    return [(hidden * x[None], hidden), (hidden * a1[None], hidden),
            (out * a2[None], out)]


by_print = [(W - printed_update[f"ΔW{l}"][0], b - printed_update[f"Δb{l}"][0])
            for l, (W, b) in enumerate(layers, start=1)]
for name, now in (("a3 before", layers), ("after, right", stepped),
                  ("after, printed", by_print)):
    show(name, forward(now, x)[-1], f"J = {loss_of(now):.4f}")

# %% [markdown]
"""
A surprise: the printed step lowers the loss, even by more than the right one.
Look at the outputs. It pushes *all* of them down, the second one as well, which
should rise. Two of the three targets happen to be 0, so that pays, at first. Go
on:
"""

# %%
rounds = 1000
history: dict[str, tuple[list[float], list[np.ndarray]]] = {}
for name in ("as printed", "right gradients"):
    current, losses, outputs = repaired(), [], []
    for _ in range(rounds + 1):
        losses.append(loss_of(current))
        outputs.append(forward(current, x)[-1])
        change = printed_rules(current, x) if name == "as printed" else \
            [(eta * dW, eta * db) for dW, db in gradients(current)]
        current = [(W - dW, b - db)
                   for (W, b), (dW, db) in zip(current, change)]
    history[name] = losses, outputs

marks = 0, 1, 10, 30, 100, 1000
print("  J after round  " + "".join(f"{k:8}" for k in marks))
for name, (losses, outputs) in history.items():
    print(f"  {name:15}" + "".join(f"{losses[k]:8.4f}" for k in marks))
    print(" " * 19 + "outputs " + numbers(outputs[-1], 3))

# %%
printed_losses, printed_outputs = history["as printed"]
right_losses, right_outputs = history["right gradients"]

with plot.figure(10, 4.3, "1000 rounds, as printed and right") as fig:
    axes = fig.subplots(1, 2, sharey=True)
    for ax, (name, (losses, outputs)) in zip(axes, history.items()):
        looks = ((plot.BLUE, "-"), (plot.ORANGE, "--"), (plot.GREEN, "-."))
        for k, (color, line) in enumerate(looks):
            ax.plot(np.array(outputs)[:, k], color=color, linestyle=line,
                    label=f"output {k + 1}, target {y[k]:.0f}")
        ax.plot(losses, color=plot.BLACK, linestyle=":", label="loss J")
        ax.set(title=name, xlabel="round", ylim=(-0.03, 1.03),
               xlim=(0, rounds), xticks=(0, 250, 500, 750, 1000))
    fig.legend(*axes[0].get_legend_handles_labels(),
               loc="outside right center")
    picture(fig, options, "rounds")

# %% [markdown]
"""
## Small slopes

The right gradients take a thousand rounds for one single example. One reason
shows in the sizes:
"""

# %%
for l, (dW, _) in enumerate(by_hand, start=1):
    print(f"  layer {l}   largest |∂J/∂W| = {np.abs(dW).max():.4f}   "
          f"largest |δ| = {np.abs(by_hand[l - 1][1]).max():.4f}")
assert np.abs(d3).max() > 3 * np.abs(d2).max() > 9 * np.abs(d1).max()

# %% [markdown]
"""
At each layer δ is multiplied with a weight and with σ′ ≤ ¼. From the output to
the first layer it has become more than nine times smaller; with ten layers
nothing would be left. This is the vanishing gradient (梯度消失), and the reason
why ReLU, whose slope is 1, has replaced the sigmoid in hidden layers.

## Autograd does the same
"""

# %% tags=["hidden"]
leaves = [[minigrad.tensor(p, requires_grad=True) for p in layer]
          for layer in layers]
activation = minigrad.tensor(x)
for W, b in leaves:
    activation = (W @ activation + b).sigmoid()
loss = ((minigrad.tensor(y) - activation) ** 2).sum() / 2
loss.backward()

print(f"  J   by hand {J:.10f}   autograd {loss.item():.10f}")
for l in range(3):
    for part, name in enumerate("Wb"):
        difference = np.abs(leaves[l][part].grad.numpy()
                            - by_hand[l][part]).max()
        print(f"  ∂J/∂{name}{l + 1}   largest difference "
              f"{'below 1e-12' if difference < 1e-12 else difference}")
        assert difference < 1e-12

write_results(options.output / "results.json", options,
              lesson="printed_numbers", loss=float(J),
              loss_after_one_step=loss_of(stepped),
              loss_after_one_printed_step=loss_of(by_print),
              loss_after_1000_rounds=right_losses[1000],
              loss_after_1000_printed_rounds=printed_losses[1000])

# %% [markdown]
"""
## What to remember

- Between two activations lie the weights *and* the slope: ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ =
  diag(σ′(z⁽ˡ⁺¹⁾)) W⁽ˡ⁺¹⁾.
- A loss that falls once proves nothing. Look at the outputs, and go on for
  some rounds.

## Things to try

- Use y = [1, 0, 0], the targets of the document's loss. Does the printed rule
  learn that class?
- Replace the 0.5 and 0.7 by full matrices of random numbers. Are output 2 and
  3 still equal at first?
"""

# %% tags=["hidden", "audit"]
appendix("printed_numbers", {**carried, **globals()})
