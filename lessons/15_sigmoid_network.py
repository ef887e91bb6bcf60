# ---
# title: a sigmoid network in numbers, repaired
# documents: D §4.1, §4.2, §4.3
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Checking a worked example

**You will know** how to check a worked example that somebody printed: run it,
repair it, measure it.
**Time:** 40 minutes. **You need:** lesson 13 (ReLU network).

Document D (§4.3) does what few texts dare: it calculates a whole step of a
three-layer network by hand, with numbers. We check every one of them. Most do
not follow, which happens easily when nobody runs an example. Some of the
mistakes are slips of the pen, others are misunderstandings that many people
share, and those are worth a closer look.

The plan:

1. the forward pass as printed: what comes out if one really calculates it;
2. the smallest change that turns the example into one that can be
   calculated;
3. forward and backward of that one by hand, measured, and with autograd;
4. the document's backward formulas (§4.2) and numbers (§4.3) against it;
5. the update, and whether the model is "better in the next round" after it.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from textwrap import fill
from typing import Any, Callable

import numpy as np

import minigrad
from lessons.figures.slopes import derived_and_measured
from lessons.support import begin, picture, read_options, write_results
from minigrad.errors import ShapeError

options = read_options("sigmoid_network", "A worked example, checked.")
begin(options)


def show(name: str, value: object, note: str = "") -> None:
    """Print a name, the shape, the numbers and a note, in columns."""
    # + 0.0 turns −0 into 0
    array = np.round(np.asarray(value, dtype=float), 4) + 0.0
    text = np.array2string(array, floatmode="fixed", precision=4,
                           suppress_small=True, prefix=" " * 28)
    print(f"  {name:16}{str(array.shape):10}{text}"
          f"{'   ' + note if note else ''}")


def numbers(values: Any, digits: int = 4) -> str:
    """Numbers with a proper minus sign, several of them in brackets."""
    texts = [f"{v:.{digits}f}".replace("-", "−") for v in np.ravel(values)]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ), entry by entry."""
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


# %% [markdown]
"""
## The formulas (§4.1)

    a⁽¹⁾ = σ(W⁽¹⁾x + b⁽¹⁾),   a⁽²⁾ = σ(W⁽²⁾a⁽¹⁾ + b⁽²⁾),   …
    a⁽ᴸ⁾ = σ(W⁽ᴸ⁾a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾)

One line for each layer, L layers, and the output is a⁽ᴸ⁾. In code that is a
loop. W⁽ˡ⁾ has one row for each unit of its layer and one column for each number
that comes in.
"""

# %%
Layers = list[tuple[np.ndarray, np.ndarray]]            # (W, b) of each layer


def forward(layers: Layers, x: np.ndarray) -> list[np.ndarray]:
    """[x, a1, a2, …, aL]: the input and what each layer makes of it."""
    a = [x]
    for W, b in layers:
        a.append(sigmoid(W @ a[-1] + b))  # (n, m) @ (m,) + (n,) → (n,)
    return a


rng = np.random.default_rng(options.seed)
sizes = [3, 5, 4, 2]
random_layers = [(rng.normal(size=(n, m)), rng.normal(size=n))
                 for m, n in zip(sizes, sizes[1:])]
activations = forward(random_layers, np.array([1.0, 2.0, 3.0]))
print("  shapes of W:", *(W.shape for W, _ in random_layers))
print("  shapes of a:", *(a.shape for a in activations))

# %% [markdown]
"""
## The example as printed (§4.3)

    x = [1, 2, 3]  W⁽¹⁾ = [0.1, 0.2; 0.3, 0.4]  b⁽¹⁾ = [0.1; 0.2]  y = [0, 1, 0]

Three layers, sigmoid, and the "mean squared error" as the loss. The first line
to calculate is W⁽¹⁾x + b⁽¹⁾:
"""

# %%
x = np.array([1.0, 2.0, 3.0])                           # (3,)
y = np.array([0.0, 1.0, 0.0])                           # (3,)
W1_printed = np.array([[0.1, 0.2], [0.3, 0.4]])         # (2, 2)
fits = True
try:
    minigrad.tensor(W1_printed) @ minigrad.tensor(x)
except ShapeError as error:
    fits = False
    print(fill(f"  {error}", 78, subsequent_indent="  "))

# %% [markdown]
"""
Now every number of the forward pass. The middle column is what the document
prints, the last one what its own terms give. (In the second layer 0.55 and 0.86
go in, in the third 0.3625 and 0.665: the numbers printed before, right or not.)
"""

# %%
forward_rows = [
    ("0.1 × 1 + 0.1", 0.2, 0.1 * 1 + 0.1),
    ("0.2 × 2 + 0.2", 0.8, 0.2 * 2 + 0.2),
    ("0.3 × 3 + 0.3", 1.2, 0.3 * 3 + 0.3),
    ("0.4 × 3 + 0.4", 2.2, 0.4 * 3 + 0.4),
    ("σ(0.2)", 0.55, sigmoid(0.2)),
    ("σ(0.8)", 0.86, sigmoid(0.8)),
    ("σ(1.2)", None, sigmoid(1.2)),
    ("σ(2.2)", None, sigmoid(2.2)),
    ("0.5 × 0.55 + 0.1", 0.3625, 0.5 * 0.55 + 0.1),
    ("0.5 × 0.86 + 0.2", 0.665, 0.5 * 0.86 + 0.2),
    ("0.7 × 0.3625 + 0.2", 0.45625, 0.7 * 0.3625 + 0.2),
    ("0.7 × 0.665 + 0.3", 0.8255, 0.7 * 0.665 + 0.3)]

print(f"  {'term':22}{'printed':>10}{'by its own terms':>20}")
follows = {}
for term, printed, own in forward_rows:
    # σ is printed with two digits
    tolerance = 0.005 if term.startswith("σ") else 1e-9
    follows[term] = printed is not None and abs(printed - own) < tolerance
    text = f"{printed:10}" if printed is not None else f"{'—':>10}"
    print(f"  {term:22}{text}{own:20.5f}"
          f"{'   follows' if follows[term] else ''}")
assert sum(follows.values()) == 3

# %% [markdown]
"""
Three of the ten printed numbers follow. But they are also the wrong sums.
W⁽¹⁾x + b⁽¹⁾ has one number for each unit, the sum over *all* inputs, plus its
bias. Printed are four numbers, each one weight times one input, and what is
added is the weight once more, not the bias b⁽¹⁾ = [0.1; 0.2].
"""

# %% [markdown]
"""
## The loss as printed

    J = ½ Σᵢ₌₁³ (yᵢ − aᵢ⁽³⁾)²
      = ½ Σᵢ₌₁³ (1 − 0.45625)² + (0 − 0.8255)² + (0 − 0.8255)² = 0.1300625

a⁽³⁾ has two numbers, y has three: 0.8255 is used twice. And y is no longer
[0, 1, 0], but [1, 0, 0]. On the right the Σ has been written out, but still
stands in front. There are three ways to read that:
"""

# %%
terms = np.array([1 - 0.45625, 0 - 0.8255, 0 - 0.8255]) ** 2            # (3,)
as_given = np.array([0.45625, 0.8255, 0.8255]) - y                      # (3,)
readings = {
    "½ · (the three squares)": 0.5 * terms.sum(),
    "½ · 3 · (first square) + the others": 1.5 * terms[0] + terms[1:].sum(),
    "½ · 3 · (the three squares)": 0.5 * 3 * terms.sum(),
    "½ · (the three squares), y = [0, 1, 0]": 0.5 * (as_given ** 2).sum(),
}
print("  printed                                  0.1300625")
for name, value in readings.items():
    print(f"  {name:40} {value:.4f}")

# %% [markdown]
"""
## The example, repaired

We change as little as possible. The only new numbers are zeros:

- W⁽¹⁾ gets the missing third column. Its entries are 0, so x₃ has no say yet;
  but they are weights like the others, and will be learned.
- W⁽²⁾ and W⁽³⁾ are read off the printed sums: 0.5 from each unit to the one
  after it, then 0.7, and 0 elsewhere. b⁽²⁾ = (0.1, 0.2) and b⁽³⁾ = (0.2, 0.3)
  stand in the same sums.
- A third output is needed. The document uses the second one's value for it,
  so it gets the same weights and the same bias as the second. Only their
  targets differ.
- y = [0, 1, 0], as given. J = ½ Σ (y − a)², as printed. η = 0.1.
"""


# %%
def repaired() -> Layers:
    """The three layers of the repaired example, as new arrays."""
    W1 = np.array([[0.1, 0.2, 0.0], [0.3, 0.4, 0.0]])               # (2, 3)
    W2 = np.array([[0.5, 0.0], [0.0, 0.5]])                         # (2, 2)
    W3 = np.array([[0.7, 0.0], [0.0, 0.7], [0.0, 0.7]])             # (3, 2)
    return [(W1, np.array([0.1, 0.2])), (W2, np.array([0.1, 0.2])),
            (W3, np.array([0.2, 0.3, 0.3]))]


layers = repaired()
(W1, b1), (W2, b2), (W3, b3) = layers

# %% [markdown]
"""
Forward, on paper:

    z⁽¹⁾ = (0.1·1 + 0.2·2 + 0·3 + 0.1,  0.3·1 + 0.4·2 + 0·3 + 0.2)
         = (0.6, 1.3)
    a⁽¹⁾ = (σ(0.6), σ(1.3)) = (0.6457, 0.7858)
    z⁽²⁾ = (0.5·0.6457 + 0.1,  0.5·0.7858 + 0.2) = (0.4228, 0.5929)
"""

# %%
z1 = W1 @ x + b1                                # (2, 3) @ (3,) + (2,) → (2,)
a1 = sigmoid(z1)                                # (2,)
z2 = W2 @ a1 + b2                               # (2, 2) @ (2,) + (2,) → (2,)
a2 = sigmoid(z2)                                # (2,)
z3 = W3 @ a2 + b3                               # (3, 2) @ (2,) + (3,) → (3,)
a3 = sigmoid(z3)                                # (3,)
for name, value, note in (("z1", z1, ""), ("a1", a1, "printed 0.55, 0.86"),
                          ("z2", z2, ""), ("a2", a2, "printed 0.3625, 0.665"),
                          ("z3", z3, ""),
                          ("a3", a3, "printed 0.45625, 0.8255")):
    show(name, value, note)
J = 0.5 * ((y - a3) ** 2).sum()
print(f"  J = {J:.4f}   printed 0.1300625")
assert np.allclose(z1, [0.6, 1.3]) and np.allclose(a3, forward(layers, x)[-1])
assert abs(J - 0.494) < 1e-4

# %% [markdown]
"""
## Backward, on paper

As in lessons 11 (backpropagation) and 13 (ReLU network), with δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾
and σ′(z) = a (1 − a):

    ∂J/∂a⁽³⁾ = −(y − a⁽³⁾) = a⁽³⁾ − y
    δ⁽³⁾ = ∂J/∂a⁽³⁾ ⊙ a⁽³⁾(1 − a⁽³⁾)      ∂J/∂W⁽³⁾ = δ⁽³⁾ a⁽²⁾ᵀ  ∂J/∂b⁽³⁾ = δ⁽³⁾
    ∂J/∂a⁽²⁾ = W⁽³⁾ᵀ δ⁽³⁾
    δ⁽²⁾ = ∂J/∂a⁽²⁾ ⊙ a⁽²⁾(1 − a⁽²⁾)      ∂J/∂W⁽²⁾ = δ⁽²⁾ a⁽¹⁾ᵀ  ∂J/∂b⁽²⁾ = δ⁽²⁾
    ∂J/∂a⁽¹⁾ = W⁽²⁾ᵀ δ⁽²⁾
    δ⁽¹⁾ = ∂J/∂a⁽¹⁾ ⊙ a⁽¹⁾(1 − a⁽¹⁾)      ∂J/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ     ∂J/∂b⁽¹⁾ = δ⁽¹⁾

The second output should be 1 and is 0.6794: its δ is (0.6794 − 1) · 0.6794 ·
0.3206 = −0.0698. The others should be 0, and have a positive δ.
"""

# %%
dJ_da3 = a3 - y                                 # (3,)
d3 = dJ_da3 * a3 * (1 - a3)                     # (3,)
dJ_da2 = W3.T @ d3                              # (2, 3) @ (3,) → (2,)
d2 = dJ_da2 * a2 * (1 - a2)                     # (2,)
dJ_da1 = W2.T @ d2                              # (2, 2) @ (2,) → (2,)
d1 = dJ_da1 * a1 * (1 - a1)                     # (2,)
by_hand = [(np.outer(d1, x), d1),               # (2, 3), (2,)
           (np.outer(d2, a1), d2),              # (2, 2), (2,)
           (np.outer(d3, a2), d3)]              # (3, 2), (3,)

for l, (dW, db) in enumerate(by_hand, start=1):
    show(f"∂J/∂W{l}", dW)
    show(f"∂J/∂b{l}", db)

# %% [markdown]
"""
And measured, all 23 of them, by central differences:

    ∂J/∂w ≈ (J(w + h) − J(w − h)) / 2h
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


def loss_with(l: int, part: int, value: np.ndarray) -> float:
    """J when W (part 0) or b (part 1) of layer l, from 0, is ``value``."""
    changed = [tuple(value if (i, k) == (l, part) else p
                     for k, p in enumerate(layer))
               for i, layer in enumerate(layers)]
    return float(0.5 * ((forward(changed, x)[-1] - y) ** 2).sum())


derived, found = {}, {}
for l in range(3):
    for part, letter in enumerate("Wb"):
        name = f"{letter}{l + 1}"
        derived[name] = by_hand[l][part]
        found[name] = measured(lambda p: loss_with(l, part, p),
                               layers[l][part])
        assert np.allclose(found[name], derived[name], rtol=0, atol=1e-9), name
print("  all 23 slopes agree with the ones by hand, within 0.000000001")

# %% tags=["hidden"]
picture(derived_and_measured(derived, found), options, "slopes")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="sigmoid_network")

# %% [markdown]
"""
## What to remember

- Write the shape beside every quantity. Most mistakes in this example are
  visible in the shapes alone.
- σ′ is the slope, σ⁻¹ the inverse. With a = σ(z), the slope is a (1 − a).

## Things to try

- Exercise 2 (`python -m lessons check 2`): the backward pass of tanh, written
  with its own result, as a (1 − a) is for the sigmoid.
"""
