# ---
# title: a sigmoid network in numbers, checked
# documents: D §4.1, §4.2, §4.3
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# Checking a worked example

**You will know** how to check a worked example that somebody printed: run it, repair it, measure it.
**Time:** 50 minutes. **You need:** lesson 9 (ReLU network).

Document D (§4.3) does what few texts dare: it calculates a whole step of a three-layer network by
hand, with numbers. We check every one of them. Most do not follow, which happens easily when
nobody runs an example. Some of the mistakes are slips of the pen, others are misunderstandings
that many people share, and those are worth a closer look.

The plan:

1. the forward pass as printed: what comes out if one really calculates it;
2. the smallest change that turns the example into one that can be calculated;
3. forward and backward of that one by hand, measured, and with autograd;
4. the document's backward formulas (§4.2) and numbers (§4.3) against it;
5. the update, and whether the model is "better in the next round" after it.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # so that the lesson also runs where minigrad is not installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

import minigrad
from lessons.support import begin, claim, picture, read_options, write_results
from minigrad import plot
from minigrad.errors import ShapeError

options = read_options("sigmoid_network", "A sigmoid network in numbers (document D §4.1 to §4.3).")
begin(options)


def show(name: str, value: object, note: str = "") -> None:
    """Print a name, the shape, the numbers and a note, in columns."""
    array = np.round(np.asarray(value, dtype=float), 4) + 0.0           # + 0.0 turns −0 into 0
    text = np.array2string(array, floatmode="fixed", precision=4, suppress_small=True,
                           prefix=" " * 28)
    print(f"  {name:16}{str(array.shape):10}{text}{'   ' + note if note else ''}")


def numbers(values: Any, digits: int = 4) -> str:
    """Numbers with so many digits and a proper minus sign, in brackets if there are several."""
    texts = [f"{v:.{digits}f}".replace("-", "−") for v in np.ravel(values)]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e⁻ᶻ), entry by entry."""
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


# %% [markdown]
"""
## The formulas (§4.1)

    a⁽¹⁾ = σ(W⁽¹⁾x + b⁽¹⁾),   a⁽²⁾ = σ(W⁽²⁾a⁽¹⁾ + b⁽²⁾),   …,   a⁽ᴸ⁾ = σ(W⁽ᴸ⁾a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾)

One line for each layer, L layers, and the output is a⁽ᴸ⁾. In code that is a loop. W⁽ˡ⁾ has one row
for each unit of its layer and one column for each number that comes in.
"""

# %%
Layers = list[tuple[np.ndarray, np.ndarray]]            # (W, b) of each layer


def forward(layers: Layers, x: np.ndarray) -> list[np.ndarray]:
    """[x, a1, a2, …, aL]: the input and what each layer makes of it."""
    a = [x]
    for W, b in layers:
        a.append(sigmoid(W @ a[-1] + b))                # (n, m) @ (m,) + (n,) → (n,)
    return a


rng = np.random.default_rng(options.seed)
sizes = [3, 5, 4, 2]
random_layers = [(rng.normal(size=(n, m)), rng.normal(size=n)) for m, n in zip(sizes, sizes[1:])]
activations = forward(random_layers, np.array([1.0, 2.0, 3.0]))
print("  shapes of W:", *(W.shape for W, _ in random_layers))
print("  shapes of a:", *(a.shape for a in activations))

claim("D §4.1", "forward pass of L layers",
      printed="a⁽ˡ⁾ = σ(W⁽ˡ⁾a⁽ˡ⁻¹⁾ + b⁽ˡ⁾), a⁽⁰⁾ = x, l = 1 … L",
      computed="three layers of 5, 4 and 2 units on 3 inputs: W⁽ˡ⁾ is (5, 3), (4, 5), (2, 4); "
               "a⁽³⁾ is (2,)",
      verdict="right", shown=[a.shape for a in activations] == [(n,) for n in sizes]
      and all(((0 < a) & (a < 1)).all() for a in activations[1:]),
      why="Each layer needs as many columns as the layer before has units. Then the shapes fit "
          "for any L.")

claim("D §4.1", "the letter y",
      printed="输出向量为 y (the output vector is y)",
      computed="the formulas end with a⁽ᴸ⁾; in §4.2 and §4.3 y − a⁽ᴸ⁾ is the error",
      verdict="ambiguous", shown=len(activations) == len(random_layers) + 1,
      why="What the network puts out is a⁽ᴸ⁾. y is what it should put out, the target.")

# %% [markdown]
"""
## The example as printed (§4.3)

    x = [1, 2, 3]        W⁽¹⁾ = [0.1, 0.2; 0.3, 0.4]        b⁽¹⁾ = [0.1; 0.2]        y = [0, 1, 0]

Three layers, sigmoid, and the "mean squared error" as the loss. The first line to calculate is
W⁽¹⁾x + b⁽¹⁾:
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
    print(f"  {error}")

claim("D §4.3", "the shapes of W⁽¹⁾ and x",
      printed="x = [1, 2, 3], W⁽¹⁾ = [0.1, 0.2; 0.3, 0.4]",
      computed="W⁽¹⁾x is (2, 2)(3,): the product does not exist",
      verdict="wrong", shown=not fits,
      why="Three inputs need three columns of weights.")

claim("D §4.3", "what is given",
      printed="W⁽¹⁾ and b⁽¹⁾; later 0.5 and 0.7 appear for W⁽²⁾ and W⁽³⁾, 0.1, 0.2, 0.3 for the "
              "biases",
      computed="two numbers 0.5 × a₁, 0.5 × a₂: W⁽²⁾ could be the number 0.5 or the matrix 0.5 · "
               "I",
      verdict="ambiguous", shown=np.allclose(0.5 * np.eye(2) @ [0.55, 0.86], [0.275, 0.43]),
      why="W⁽²⁾, b⁽²⁾, W⁽³⁾, b⁽³⁾ are never given. From the printed sums one can guess which "
          "numbers were meant, but not which shape.")

# %% [markdown]
"""
Now every number of the forward pass. The middle column is what the document prints, the last one
what its own terms give. (In the second layer 0.55 and 0.86 go in, in the third 0.3625 and 0.665:
the numbers printed before, right or not.)
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
    tolerance = 0.005 if term.startswith("σ") else 1e-9            # σ is printed with two digits
    follows[term] = printed is not None and abs(printed - own) < tolerance
    text = f"{printed:10}" if printed is not None else f"{'—':>10}"
    print(f"  {term:22}{text}{own:20.5f}{'   follows' if follows[term] else ''}")
assert sum(follows.values()) == 3

# %% [markdown]
"""
Three of the ten printed numbers follow. But the sums are also the wrong sums. W⁽¹⁾x + b⁽¹⁾ has one
number for each unit, the sum over *all* inputs, plus its bias. Printed are four numbers, each one
weight times one input, and what is added is the weight once more, not the bias b⁽¹⁾ = [0.1; 0.2].
"""

# %%
claim("D §4.3", "the sums of layer 1",
      printed="[0.1×1+0.1, 0.2×2+0.2; 0.3×3+0.3, 0.4×3+0.4] = [0.2, 0.8; 1.2, 2.2]",
      computed="by its own terms [0.2, 0.6; 1.2, 1.6]",
      verdict="wrong", shown=[follows[row[0]] for row in forward_rows[:4]]
      == [True, False, True, False],
      why="Besides, W⁽¹⁾x + b⁽¹⁾ has two numbers and not four: each unit adds up all its inputs, "
          "then its bias. Printed is one weight times one input, plus the weight again.")

claim("D §4.3", "a⁽¹⁾",
      printed="σ([0.2, 0.8; 1.2, 2.2]) = σ([0.55, 0.86]), used as a⁽¹⁾ = [0.55, 0.86]",
      computed=f"σ of the four numbers is {numbers(sigmoid([0.2, 0.8, 1.2, 2.2]))}",
      verdict="wrong", shown=abs(sigmoid(0.2) - 0.55) < 0.005
      and all(abs(sigmoid(v) - 0.86) > 0.03 for v in (0.2, 0.8, 1.2, 2.2)),
      why="0.55 is σ(0.2); 0.86 is σ of none of them. Four numbers became two. And the σ in "
          "front of [0.55, 0.86] would apply it twice.")

claim("D §4.3", "the sums of layer 2",
      printed="[0.5×0.55+0.1, 0.5×0.86+0.2] = [0.3625, 0.665]",
      computed="by its own terms [0.3750, 0.6300]",
      verdict="wrong", shown=not follows["0.5 × 0.55 + 0.1"] and not follows["0.5 × 0.86 + 0.2"]
      and np.allclose([0.5 * 0.55 + 0.1, 0.5 * 0.86 + 0.2], [0.375, 0.63]),
      why="Arithmetic: 0.275 + 0.1 and 0.43 + 0.2.")

claim("D §4.3", "the sums of layer 3",
      printed="[0.7×0.3625+0.2, 0.7×0.665+0.3] = [0.45625, 0.8255]",
      computed="by its own terms [0.45375, 0.7655]",
      verdict="wrong", shown=np.allclose([0.7 * 0.3625 + 0.2, 0.7 * 0.665 + 0.3], [0.45375, 0.7655])
      and not follows["0.7 × 0.3625 + 0.2"] and not follows["0.7 × 0.665 + 0.3"],
      why="Arithmetic: 0.25375 + 0.2 and 0.4655 + 0.3. The first is off by 0.0025, the second by "
          "0.06.")

claim("D §4.3", "a⁽²⁾ and a⁽³⁾",
      printed="a⁽²⁾ = σ([0.3625, 0.665]), a⁽³⁾ = σ([0.45625, 0.8255]); used as a⁽²⁾ = [0.3625, "
              "0.665], a⁽³⁾ = [0.45625, 0.8255]",
      computed=f"σ([0.3625, 0.665]) = {numbers(sigmoid([0.3625, 0.665]))}, "
               f"σ([0.45625, 0.8255]) = {numbers(sigmoid([0.45625, 0.8255]))}",
      verdict="wrong", shown=np.abs(sigmoid([0.3625, 0.665]) - [0.3625, 0.665]).min() > 0.004
      and np.abs(sigmoid([0.45625, 0.8255]) - [0.45625, 0.8255]).max() > 0.1,
      why="From here on the document goes on with z, the numbers before the activation, as if "
          "they were a. In layers 2 and 3 no σ is ever applied.")

# %% [markdown]
"""
## The loss as printed

    J = ½ Σᵢ₌₁³ (yᵢ − aᵢ⁽³⁾)² = ½ Σᵢ₌₁³ (1 − 0.45625)² + (0 − 0.8255)² + (0 − 0.8255)² = 0.1300625

a⁽³⁾ has two numbers, y has three: 0.8255 is used twice. And y is not [0, 1, 0] any more, but [1,
0, 0]. On the right the Σ has been written out, but still stands in front. There are three ways to
read that:
"""

# %%
terms = np.array([1 - 0.45625, 0 - 0.8255, 0 - 0.8255]) ** 2            # (3,)
readings = {"½ · (the three squares)": 0.5 * terms.sum(),
            "½ · 3 · (first square) + the others": 0.5 * 3 * terms[0] + terms[1:].sum(),
            "½ · 3 · (the three squares)": 0.5 * 3 * terms.sum(),
            "½ · (the three squares), y = [0, 1, 0]":
                0.5 * ((np.array([0.45625, 0.8255, 0.8255]) - y) ** 2).sum()}
print("  printed                                  0.1300625")
for name, value in readings.items():
    print(f"  {name:40} {value:.4f}")

claim("D §4.3", "the number of outputs",
      printed="Σᵢ₌₁³ with a⁽³⁾ = [0.45625, 0.8255]: 0.8255 stands for outputs 2 and 3",
      computed="a⁽³⁾ has 2 numbers, y has 3",
      verdict="wrong", shown=len([0.45625, 0.8255]) != len(y),
      why="Three targets need three outputs, W⁽³⁾ with three rows.")

claim("D §4.3", "the targets in the loss",
      printed="y = [0, 1, 0] at the beginning; (1 − …)², (0 − …)², (0 − …)² in the loss",
      computed=f"with its own outputs: {readings['½ · (the three squares)']:.4f} for [1, 0, 0], "
               f"{readings['½ · (the three squares), y = [0, 1, 0]']:.4f} for [0, 1, 0]",
      verdict="wrong", shown=abs(list(readings.values())[0] - list(readings.values())[3]) > 0.1,
      why="The loss is calculated for y = [1, 0, 0], another class.")

claim("D §4.3", "the value of the loss",
      printed="J = 0.1300625",
      computed=f"by its own terms {readings['½ · (the three squares)']:.4f}; with the Σ taken at "
               f"its word {list(readings.values())[1]:.4f} or {list(readings.values())[2]:.4f}",
      verdict="wrong", shown=all(abs(v - 0.1300625) > 0.3 for v in readings.values()),
      why="No reading gives the printed value; the first term alone, ½ · 0.54375² = 0.1478, is "
          "larger.")

claim("D §4.3", "the name of the loss",
      printed="均方误差 (MSE, mean squared error): J = ½ Σ (yᵢ − aᵢ)²",
      computed=f"the mean of the three squares is {terms.mean():.4f}, ½ Σ is "
               f"{0.5 * terms.sum():.4f}",
      verdict="ambiguous", shown=not np.isclose(terms.mean(), 0.5 * terms.sum()),
      why="A mean divides by the number of terms, ½ Σ does not. Both have the same minimum, but "
          "their gradients differ by a factor (here 3/2).")

# %% [markdown]
"""
## The example, repaired

We change as little as possible. The only new numbers are zeros:

- W⁽¹⁾ gets the missing third column. Its entries are 0, so x₃ has no say yet; but they are weights
  like the others, and will be learned.
- W⁽²⁾ and W⁽³⁾ are read off the printed sums: 0.5 from each unit to the one after it, then 0.7,
  and 0 elsewhere. b⁽²⁾ = (0.1, 0.2) and b⁽³⁾ = (0.2, 0.3) stand in the same sums.
- A third output is needed. The document uses the second one's value for it, so it gets the same
  weights and the same bias as the second. Only their targets differ.
- y = [0, 1, 0], as given. J = ½ Σ (y − a)², as printed. η = 0.1.
"""


# %%
def repaired() -> Layers:
    """The three layers of the repaired example, as new arrays."""
    return [(np.array([[0.1, 0.2, 0.0],
                       [0.3, 0.4, 0.0]]), np.array([0.1, 0.2])),            # (2, 3), (2,)
            (np.array([[0.5, 0.0],
                       [0.0, 0.5]]), np.array([0.1, 0.2])),                 # (2, 2), (2,)
            (np.array([[0.7, 0.0],
                       [0.0, 0.7],
                       [0.0, 0.7]]), np.array([0.2, 0.3, 0.3]))]            # (3, 2), (3,)


layers = repaired()
(W1, b1), (W2, b2), (W3, b3) = layers

# %% [markdown]
"""
Forward, on paper:

    z⁽¹⁾ = (0.1·1 + 0.2·2 + 0·3 + 0.1,  0.3·1 + 0.4·2 + 0·3 + 0.2)  =  (0.6, 1.3)
    a⁽¹⁾ = (σ(0.6), σ(1.3))                                          =  (0.6457, 0.7858)
    z⁽²⁾ = (0.5·0.6457 + 0.1,  0.5·0.7858 + 0.2)                     =  (0.4228, 0.5929)
"""

# %%
z1 = W1 @ x + b1                                # (2, 3) @ (3,) + (2,) → (2,)
a1 = sigmoid(z1)                                # (2,)
z2 = W2 @ a1 + b2                               # (2, 2) @ (2,) + (2,) → (2,)
a2 = sigmoid(z2)                                # (2,)
z3 = W3 @ a2 + b3                               # (3, 2) @ (2,) + (3,) → (3,)
a3 = sigmoid(z3)                                # (3,)
for name, value, note in (("z1", z1, ""), ("a1", a1, "printed 0.55, 0.86"), ("z2", z2, ""),
                          ("a2", a2, "printed 0.3625, 0.665"), ("z3", z3, ""),
                          ("a3", a3, "printed 0.45625, 0.8255")):
    show(name, value, note)
J = 0.5 * ((y - a3) ** 2).sum()
print(f"  J = {J:.4f}   printed 0.1300625")
assert np.allclose(z1, [0.6, 1.3]) and np.allclose(a3, forward(layers, x)[-1])
assert abs(J - 0.494) < 1e-4

# %% [markdown]
"""
## Backward, on paper

As in lessons 8 (backpropagation) and 9 (ReLU network), with δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾ and σ′(z) = a (1 − a):

    ∂J/∂a⁽³⁾ = −(y − a⁽³⁾) = a⁽³⁾ − y
    δ⁽³⁾ = ∂J/∂a⁽³⁾ ⊙ a⁽³⁾(1 − a⁽³⁾)         ∂J/∂W⁽³⁾ = δ⁽³⁾ a⁽²⁾ᵀ      ∂J/∂b⁽³⁾ = δ⁽³⁾
    ∂J/∂a⁽²⁾ = W⁽³⁾ᵀ δ⁽³⁾
    δ⁽²⁾ = ∂J/∂a⁽²⁾ ⊙ a⁽²⁾(1 − a⁽²⁾)         ∂J/∂W⁽²⁾ = δ⁽²⁾ a⁽¹⁾ᵀ      ∂J/∂b⁽²⁾ = δ⁽²⁾
    ∂J/∂a⁽¹⁾ = W⁽²⁾ᵀ δ⁽²⁾
    δ⁽¹⁾ = ∂J/∂a⁽¹⁾ ⊙ a⁽¹⁾(1 − a⁽¹⁾)         ∂J/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ         ∂J/∂b⁽¹⁾ = δ⁽¹⁾

The second output should be 1 and is 0.6794: its δ is (0.6794 − 1) · 0.6794 · 0.3206 = −0.0698. The
others should be 0, and have a positive δ.
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
def measured(f: Callable[[np.ndarray], Any], at: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """∂f/∂x at ``at``, of the shape f's + x's, by central differences."""
    columns = []
    for index in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[index] += h
        down[index] -= h
        columns.append((np.asarray(f(up)) - np.asarray(f(down))) / (2 * h))
    return np.stack(columns, axis=-1).reshape(*np.shape(f(at)), *at.shape)


def loss_with(l: int, part: int, value: np.ndarray) -> float:
    """J when W (part 0) or b (part 1) of layer l, counted from 0, is ``value``."""
    changed = [tuple(value if (i, k) == (l, part) else p for k, p in enumerate(layer))
               for i, layer in enumerate(layers)]
    return float(0.5 * ((forward(changed, x)[-1] - y) ** 2).sum())


for l in range(3):
    for part, name in enumerate("Wb"):
        slopes = measured(lambda p: loss_with(l, part, p), layers[l][part])
        assert np.allclose(slopes, by_hand[l][part], rtol=0, atol=1e-9), f"{name}{l + 1}"
print("  all 23 slopes agree with the ones by hand, within 0.000000001")

# %% [markdown]
"""
## The document's formulas (§4.2)

    ∂J/∂W⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾
    ∂J/∂b⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂b⁽ˡ⁾

"where ∂J/∂a⁽ˡ⁺¹⁾ is the gradient of the output layer and ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ the derivative of the
activation function". In the first line the right side does not contain W⁽ˡ⁾ at all. By the chain
rule it is ∂J/∂a⁽ˡ⁾. We measure both factors for l = 2. A slope of three numbers with respect to
two is a (3, 2) matrix (the Jacobian of lesson 9, ReLU network).
"""

# %%
da3_da2 = measured(lambda a: sigmoid(W3 @ a + b3), a2)                   # (3, 2)
right_side = dJ_da3 @ da3_da2                                            # (3,) @ (3, 2) → (2,)
show("right side", right_side, "∂J/∂a3 · ∂a3/∂a2")
show("∂J/∂a2", dJ_da2)
show("∂J/∂W2", by_hand[1][0])

claim("D §4.2", "∂J/∂W⁽ˡ⁾",
      printed="∂J/∂W⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾",
      computed=f"l = 2: the right side is {numbers(right_side)} = ∂J/∂a⁽²⁾; ∂J/∂W⁽²⁾ has the "
               "shape (2, 2)",
      verdict="wrong", shown=np.allclose(right_side, dJ_da2) and right_side.shape != W2.shape,
      why="The last step is missing, from a⁽ˡ⁾ to W⁽ˡ⁾: ∂J/∂W⁽ˡ⁾ = (∂J/∂a⁽ˡ⁾ ⊙ σ′(z⁽ˡ⁾)) "
          "a⁽ˡ⁻¹⁾ᵀ. And for l = L there is no a⁽ᴸ⁺¹⁾.")

da3_db2 = measured(lambda b: sigmoid(W3 @ sigmoid(W2 @ a1 + b) + b3), b2)     # (3, 2)
claim("D §4.2", "∂J/∂b⁽ˡ⁾",
      printed="∂J/∂b⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂b⁽ˡ⁾",
      computed=f"l = 2: the right side is {numbers(dJ_da3 @ da3_db2)} = ∂J/∂b⁽²⁾",
      verdict="ambiguous", shown=np.allclose(dJ_da3 @ da3_db2, d2),
      why="A right chain rule for every layer but the last: for l = L there is no a⁽ᴸ⁺¹⁾. It "
          "also says nothing about how to get the second factor; δ⁽ˡ⁾ = ∂J/∂b⁽ˡ⁾ is simpler.")

slope3 = a3 * (1 - a3)                                                   # (3,) σ′(z3)
claim("D §4.2", "∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾",
      printed="∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ 是激活函数的导数 (is the derivative of the activation function)",
      computed=f"∂a⁽³⁾/∂a⁽²⁾ is a (3, 2) matrix, first row {numbers(da3_da2[0])}; σ′(z⁽³⁾) = "
               f"{numbers(slope3)}",
      verdict="wrong", shown=np.allclose(da3_da2, slope3[:, None] * W3)
      and da3_da2.shape != slope3.shape,
      why="Between a⁽ˡ⁾ and a⁽ˡ⁺¹⁾ lie the weights and the activation: each row of W⁽ˡ⁺¹⁾ times "
          "the slope of its unit.")

claim("D §4.2", "∂J/∂a⁽ˡ⁺¹⁾",
      printed="∂J/∂a⁽ˡ⁺¹⁾ 是输出层梯度 (is the gradient of the output layer)",
      computed=f"L = 3: for l = 2 it is ∂J/∂a⁽³⁾ = {numbers(dJ_da3)}, for l = 1 ∂J/∂a⁽²⁾ = "
               f"{numbers(dJ_da2)}",
      verdict="ambiguous", shown=dJ_da3.shape != dJ_da2.shape,
      why="Only for l = L − 1. In general it is the gradient of the layer behind, which the "
          "backward pass has just computed.")

# %% [markdown]
"""
The last formula of §4.2:

    ∂J/∂a⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾ · ∂z⁽ᴸ⁾/∂a⁽ᴸ⁾ = −(1/m) (y − a⁽ᴸ⁾)

The first equation is true: going from a back to z and from z to J is a detour, but a correct one,
as long as σ can be inverted. It is of no use, though. J is given as a function of a, so ∂J/∂a is
where one starts, and ∂J/∂z comes from it by multiplying with σ′. The document goes the other way
and divides. For the second equation one must know J and m, and §4.2 names neither.
"""

# %%
claim("D §4.2", "∂J/∂a⁽ᴸ⁾, the first equation",
      printed="∂J/∂a⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾ · ∂z⁽ᴸ⁾/∂a⁽ᴸ⁾",
      computed=f"δ⁽³⁾ / σ′(z⁽³⁾) = {numbers(d3 / slope3)} = ∂J/∂a⁽³⁾",
      verdict="right", shown=np.allclose(
          d3 / slope3, measured(lambda a: 0.5 * ((a - y) ** 2).sum(), a3)),
      why="True for a sigmoid, whose slope is never 0 (for ReLU it would divide by 0). But the "
          "backward pass goes the other way: ∂J/∂z⁽ᴸ⁾ = ∂J/∂a⁽ᴸ⁾ · σ′(z⁽ᴸ⁾).")

with_mean = measured(lambda a: ((a - y) ** 2).sum() / (2 * 3), a3)
with_sum = measured(lambda a: 0.5 * ((a - y) ** 2).sum(), a3)
claim("D §4.2", "∂J/∂a⁽ᴸ⁾, the second equation",
      printed="∂J/∂a⁽ᴸ⁾ = −(1/m) · (y − a⁽ᴸ⁾)",
      computed=f"m = 3: {numbers(-(y - a3) / 3)}. Measured for J = 1/(2m) Σ: "
               f"{numbers(with_mean)}, for J = ½ Σ: {numbers(with_sum)}",
      verdict="ambiguous", shown=np.allclose(-(y - a3) / 3, with_mean) and not np.allclose(
          with_mean, with_sum),
      why="J and m are not defined in §4.2. It is right for J = 1/(2m) Σ (y − a)²; the sign is "
          "right in any case.")

# %% [markdown]
"""
## The document's backward numbers (§4.3)

First the factor 1/m, with m = 3. §4.3 does define J, as ½ Σ, without 1/m.
"""

# %%
a3_printed, y_used = np.array([0.45625, 0.8255, 0.8255]), np.array([1.0, 0.0, 0.0])
printed_dJ_da3 = -(y_used - a3_printed) / 3
own_dJ_da3 = measured(lambda a: 0.5 * ((y_used - a) ** 2).sum(), a3_printed)
show("printed", printed_dJ_da3)
show("measured", own_dJ_da3, "of its own J, at its own numbers")

claim("D §4.3", "∂J/∂a⁽³⁾",
      printed="−(1/3) · (1 − 0.45625, −0.8255, −0.8255), with J = ½ Σ (yᵢ − aᵢ)²",
      computed=f"printed {numbers(printed_dJ_da3, 5)}; the slope of J is {numbers(own_dJ_da3, 5)}",
      verdict="wrong", shown=np.allclose(own_dJ_da3, 3 * printed_dJ_da3),
      why="½ Σ has the derivative −(y − a). 1/m would belong to 1/(2m) Σ; all later gradients "
          "are 3 times too small for this J. (The targets are [1, 0, 0], as in the loss.)")

# %% [markdown]
"""
Then comes the heart of it:

    ∂a⁽³⁾/∂a⁽²⁾ = ∂σ⁻¹(a⁽³⁾)/∂a⁽³⁾ = σ⁻¹(a⁽³⁾) = 1 / (1 + e^(−a⁽³⁾))

Between the equals signs stand four different things. σ⁻¹ is the *inverse* function: which z gave
this a? σ′ is the *slope*. And 1/(1 + e⁻ᵃ) is neither; it is σ once more. For the first number, a =
0.45625:
"""

# %%
a = 0.45625


def inverse(a: Any) -> Any:
    """σ⁻¹(a) = ln(a / (1 − a)): the z with σ(z) = a."""
    return np.log(a / (1 - a))


slope_of_inverse = float(measured(inverse, np.array([a]))[0, 0])
print(f"  ∂σ⁻¹(a)/∂a        {slope_of_inverse:8.4f}   the slope of the inverse, 1 / (a (1 − a))")
print(f"  σ⁻¹(a)            {inverse(a):8.4f}   the inverse itself: σ({inverse(a):.4f}) = {a}")
print(f"  1 / (1 + e⁻ᵃ)     {sigmoid(a):8.4f}   σ of a: the sigmoid applied twice to z")
print(f"  a (1 − a)         {a * (1 - a):8.4f}   σ′(z), the slope that is needed")
assert np.isclose(sigmoid(inverse(a)), a) and np.isclose(slope_of_inverse, 1 / (a * (1 - a)))

with plot.figure(10, 4.3, "Three functions of an activation a = σ(z)") as fig:
    ax = fig.subplots()
    grid = np.linspace(0.02, 0.98, 193)
    curves = ((sigmoid, "printed: 1 / (1 + e⁻ᵃ), σ of a", plot.ORANGE, "--", "s"),
              (lambda a: a * (1 - a), "needed: a (1 − a), the slope σ′(z)", plot.BLUE, "-", "o"),
              (inverse, "written: σ⁻¹(a), the inverse", plot.GREEN, ":", "D"))
    for f, label, color, line, marker in curves:
        ax.plot(grid, f(grid), color=color, linestyle=line, label=label)
        ax.plot(a, f(a), color=color, marker=marker, markersize=9)
        ax.annotate(f"{f(a):.2f}".replace("-", "−"), (a, f(a)), (9, -18 if f(a) < 0 else 7),
                    textcoords="offset points")
    ax.axvline(a, color=plot.GRAY, linewidth=1, zorder=0)
    ax.axhline(0, color=plot.GRAY, linewidth=1, zorder=0)
    ax.set(xlabel="a   (the document's first output is at the gray line)", xlim=(0, 1),
           ylim=(-1.5, 1.5))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
    picture(fig, options, "three_functions")

# %%
claim("D §4.3", "σ⁻¹ for σ′",
      printed="∂a⁽³⁾/∂a⁽²⁾ = ∂σ⁻¹(a⁽³⁾)/∂a⁽³⁾ = σ⁻¹(a⁽³⁾) = 1 / (1 + e^(−a⁽³⁾))",
      computed=f"at a = 0.45625: {numbers(slope_of_inverse)}, {numbers(inverse(a))} and "
               f"{numbers(sigmoid(a))}; needed is σ′(z) = a(1 − a) = {numbers(a * (1 - a))}",
      verdict="wrong", shown=len({round(float(v), 2) for v in (
          slope_of_inverse, inverse(a), sigmoid(a), a * (1 - a))}) == 4,
      why="The inverse function is not the slope, and 1/(1 + e⁻ᵃ) is neither. The weights W⁽³⁾, "
          "which belong into ∂a⁽³⁾/∂a⁽²⁾, are missing as well.")

sum3 = sigmoid(a3_printed).sum()                        # the document's ∂a3/∂a2
sum2 = sigmoid([0.3625, 0.665]).sum()                   # the document's ∂a2/∂a1
claim("D §4.3", "the sum over the units",
      printed="∂a⁽³⁾/∂a⁽²⁾ = 1/(1+e^(−0.45625)) + 1/(1+e^(−0.8255)) + 1/(1+e^(−0.8255))",
      computed=f"one number, {numbers(sum3)}; ∂a⁽³⁾/∂a⁽²⁾ has 3 × 2",
      verdict="wrong", shown=da3_da2.shape == (3, 2) and np.ndim(sum3) == 0,
      why="A derivative of three outputs with respect to two inputs is a matrix. Its entries "
          "must not be added: each output has its own error to multiply with.")

# %% [markdown]
"""
The document goes on with that sum. Its next lines again by their own terms:
"""

# %%
third = (1 - 0.45625) / 3
print(f"  ∂J/∂a2 printed   +(1/3)(1 − 0.45625) · {sum3:.4f}            = {third * sum3:7.4f}")
print(f"         own terms −(1/3)(1 − 0.45625) · {sum3:.4f}            = {-third * sum3:7.4f}")
print(f"  ∂J/∂a1 printed   +(1/3)(1 − 0.45625) · {sum2:.4f}            = {third * sum2:7.4f}")
print(f"         own terms ∂J/∂a2 · ∂a2/∂a1 = {third * sum3:.4f} · {sum2:.4f}     = "
      f"{third * sum3 * sum2:7.4f}")

claim("D §4.3", "∂J/∂a⁽²⁾",
      printed="(1/3) · (1 − 0.45625) · (sum of three)",
      computed=f"one number, {numbers(third * sum3)}; by its own ∂J/∂a⁽³⁾ it begins with −1/3. "
               f"For the repaired example ∂J/∂a⁽²⁾ = {numbers(dJ_da2)}",
      verdict="wrong", shown=printed_dJ_da3[0] < 0 < third and dJ_da2.shape == (2,),
      why="The minus sign and the errors of outputs 2 and 3 are lost. a⁽²⁾ has two numbers, so "
          "its gradient has two.")

claim("D §4.3", "∂a⁽²⁾/∂a⁽¹⁾",
      printed="∂a⁽²⁾/∂a⁽¹⁾ = σ⁻¹(a⁽²⁾) = 1 / (1 + e^(−a⁽²⁾)), as two terms added",
      computed=f"one number, {numbers(sum2)}; for the repaired example the matrix with the rows "
               f"{numbers(measured(lambda v: sigmoid(W2 @ v + b2), a1)[0])} and "
               f"{numbers(measured(lambda v: sigmoid(W2 @ v + b2), a1)[1])}",
      verdict="wrong", shown=np.allclose(measured(lambda v: sigmoid(W2 @ v + b2), a1),
                                         (a2 * (1 - a2))[:, None] * W2),
      why="As for ∂a⁽³⁾/∂a⁽²⁾: it is σ′(z⁽²⁾) times the rows of W⁽²⁾.")

claim("D §4.3", "∂J/∂a⁽¹⁾",
      printed="∂J/∂a⁽¹⁾ = ∂J/∂a⁽²⁾ · ∂a⁽²⁾/∂a⁽¹⁾ = (1/3) · (1 − 0.45625) · (sum of two)",
      computed=f"printed {numbers(third * sum2)}; by its own chain rule "
               f"{numbers(third * sum3 * sum2)}",
      verdict="wrong", shown=not np.isclose(third * sum2, third * sum3 * sum2, rtol=0.1),
      why="The factor ∂a⁽³⁾/∂a⁽²⁾ has dropped out: the gradient reaches layer 1 without having "
          "passed layer 3.")

# %% [markdown]
"""
## The update

    ΔW⁽³⁾ = η · ∂J/∂a⁽³⁾ · a⁽²⁾ᵀ,   Δb⁽³⁾ = η · ∂J/∂a⁽³⁾,   …,   W⁽³⁾ = W⁽³⁾ − ΔW⁽³⁾

η is in there once (document B, lesson 8, backpropagation, had it twice). But it must be ∂J/∂z, not ∂J/∂a: a⁽²⁾ goes
into z⁽³⁾. And look at the shapes of what the document then writes down.
"""

# %%
eta = 0.1
printed_update = {
    "ΔW3": (eta * third * sigmoid([0.45625, 0.8255]).sum() * np.array([[0.3625, 0.665]]), W3),
    "Δb3": (np.array(eta * third * sigmoid([0.45625, 0.8255]).sum()), b3),
    "ΔW2": (eta * third * sum2 * np.array([[0.55, 0.86]]), W2),
    "Δb2": (np.array(eta * third * sum2), b2),
    "ΔW1": (eta * third * sum2 * np.array([[1.0, 2.0, 3.0]]), W1),
    "Δb1": (np.array(eta * third * sum2), b1)}
print(f"  {'printed':9}{'value':28}{'shape':9}{'of the parameter':18}")
for name, (value, parameter) in printed_update.items():
    text = numbers(value) if value.size > 1 else f"{value.item():.4f}"
    print(f"  {name:9}{text:28}{str(value.shape):9}{parameter.shape}")

ratio = np.outer(dJ_da3, a2)[0, 0] / by_hand[2][0][0, 0]
claim("D §4.3", "the formula of ΔW⁽ˡ⁾ and Δb⁽ˡ⁾",
      printed="ΔW⁽ˡ⁾ = η · ∂J/∂a⁽ˡ⁾ · a⁽ˡ⁻¹⁾ᵀ,  Δb⁽ˡ⁾ = η · ∂J/∂a⁽ˡ⁾",
      computed=f"repaired example: {ratio:.4f} times the right entry for the first output, "
               f"1/σ′(z) = {1 / slope3[0]:.4f}",
      verdict="wrong", shown=np.isclose(ratio, 1 / slope3[0]),
      why="W⁽ˡ⁾ and b⁽ˡ⁾ act on z⁽ˡ⁾: it must be δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾ = ∂J/∂a⁽ˡ⁾ ⊙ σ′(z⁽ˡ⁾).")

factor = "0.1 · (1/3)(1 − 0.45625) · (sum of two terms)"
for l, a_printed, why in (
        (3, "[0.3625; 0.665]ᵀ",
         "Only the error of output 1 is in it, without its minus sign: all weights get smaller, "
         "also those of an output that is too small. Above, the sum had three terms."),
        (2, "[0.55; 0.86]ᵀ",
         "A number times a row is a row: both units would get the same step. Right is the column "
         "δ⁽²⁾ times the row a⁽¹⁾ᵀ."),
        (1, "[1; 2; 3]ᵀ",
         "The printed W⁽¹⁾ has 2 × 2 entries. The factor is the one of ΔW⁽²⁾: nothing was passed "
         "back through layer 2.")):
    (dW, W), (db, b), k = printed_update[f"ΔW{l}"], printed_update[f"Δb{l}"], "⁰¹²³"[l]
    claim("D §4.3", f"ΔW⁽{k}⁾ and Δb⁽{k}⁾ in numbers",
          printed=f"ΔW⁽{k}⁾ = {factor} · {a_printed}; Δb⁽{k}⁾ the same without the last factor",
          computed=f"a row {numbers(dW)} and one number {numbers(db)}; in the repaired example "
                   f"the gradients have the shapes {W.shape} and {b.shape}",
          verdict="wrong", shown=dW.shape != W.shape and db.shape != b.shape, why=why)
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
    for l in range(len(layers) - 1, -1, -1):            # from the last layer to the first
        result.append((np.outer(d, a[l]), d))
        d = (layers[l][0].T @ d) * a[l] * (1 - a[l])
    return result[::-1]


def loss_of(layers: Layers) -> float:
    """J = ½ Σ (y − a)²."""
    return float(0.5 * ((y - forward(layers, x)[-1]) ** 2).sum())


stepped = [(W - eta * dW, b - eta * db) for (W, b), (dW, db) in zip(layers, gradients(layers))]
for l, (W, b) in enumerate(stepped, start=1):
    show(f"new W{l}", W)
    show(f"new b{l}", b)
print(f"  J before {J:.4f}, after {loss_of(stepped):.4f}")
assert all(np.allclose(g, h) for mine, theirs in zip(gradients(layers), by_hand)
           for g, h in zip(mine, theirs)) and loss_of(stepped) < J

# %% [markdown]
"""
"With these steps … the model is better in the next round" (使得模型在下一轮迭代中性能更优). Is it, with the steps
as printed? Where a shape does not fit we let NumPy repeat the row for every unit. Then the same
formulas again and again, each round with the new numbers (and a = σ(z) this time).
"""


# %%
def printed_rules(layers: Layers, x: np.ndarray) -> Layers:
    """The document's Δ for all layers, with the numbers of this round."""
    _, a1, a2, a3 = forward(layers, x)
    third = (1 - a3[0]) / 3
    out, hidden = eta * third * sigmoid(a3[:2]).sum(), eta * third * sigmoid(a2).sum()
    return [(hidden * x[None], hidden), (hidden * a1[None], hidden), (out * a2[None], out)]


by_print = [(W - printed_update[f"ΔW{l}"][0], b - printed_update[f"Δb{l}"][0])
            for l, (W, b) in enumerate(layers, start=1)]
show("a3 before", a3, "targets 0, 1, 0")
show("after, right", forward(stepped, x)[-1], f"J {J:.4f} → {loss_of(stepped):.4f}")
show("after, printed", forward(by_print, x)[-1], f"J {J:.4f} → {loss_of(by_print):.4f}")

# %% [markdown]
"""
A surprise: the printed step lowers the loss, even by more than the right one. Look at the outputs.
It pushes *all* of them down, the second one as well, which should rise. Two of the three targets
happen to be 0, so that pays, at first. Go on:
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
        current = [(W - dW, b - db) for (W, b), (dW, db) in zip(current, change)]
    history[name] = losses, outputs

print(f"  {'J after round':18}" + "".join(f"{k:9}" for k in (0, 1, 10, 30, 100, 1000))
      + "   outputs")
for name, (losses, outputs) in history.items():
    print(f"  {name:18}" + "".join(f"{losses[k]:9.4f}" for k in (0, 1, 10, 30, 100, 1000))
          + "   " + ", ".join(f"{v:.3f}" for v in outputs[-1]))

# %%
printed_losses, printed_outputs = history["as printed"]
right_losses, right_outputs = history["right gradients"]
claim("D §4.3", "the last step: subtract Δ",
      printed="W⁽ˡ⁾ = W⁽ˡ⁾ − ΔW⁽ˡ⁾,  b⁽ˡ⁾ = b⁽ˡ⁾ − Δb⁽ˡ⁾, with η = 0.1 inside Δ",
      computed=f"with the right gradients: J {numbers(J)} → {numbers(loss_of(stepped))} in one "
               "step",
      verdict="right", shown=loss_of(stepped) < J,
      why="Gradient descent, with the learning rate once.")

claim("D §4.3", "better in the next round",
      printed="使得模型在下一轮迭代中性能更优 (so that the model is better in the next round)",
      computed=f"J = {numbers(J)} at first. The printed numbers: {numbers(loss_of(by_print))} "
               f"after one round. The printed formulas: {numbers(printed_losses[100])} after 100 "
               f"rounds, {numbers(printed_losses[1000])} after 1000. Right: "
               f"{numbers(loss_of(stepped))}, {numbers(right_losses[100])}, "
               f"{numbers(right_losses[1000])}",
      verdict="ambiguous", shown=loss_of(by_print) < J
      and printed_losses[1000] > J > right_losses[1000]
      and forward(by_print, x)[-1][1] < a3[1] < forward(stepped, x)[-1][1],
      why="One round is better by luck: the printed step lowers every output, and two of the "
          "three targets are 0. In the end all outputs are 0, and the class with target 1 is "
          "never found.")

with plot.figure(10, 4.3, "1000 rounds, as printed and with the right gradients") as fig:
    axes = fig.subplots(1, 2, sharey=True)
    for ax, (name, (losses, outputs)) in zip(axes, history.items()):
        looks = ((plot.BLUE, "-"), (plot.ORANGE, "--"), (plot.GREEN, "-."))
        for k, (color, line) in enumerate(looks):
            ax.plot(np.array(outputs)[:, k], color=color, linestyle=line,
                    label=f"output {k + 1}, target {y[k]:.0f}")
        ax.plot(losses, color=plot.BLACK, linestyle=":", label="loss J")
        ax.set(title=name, xlabel="round", ylim=(-0.03, 1.03), xlim=(0, rounds),
               xticks=(0, 250, 500, 750, 1000))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    picture(fig, options, "rounds")

# %% [markdown]
"""
## Small slopes

The right gradients take a thousand rounds for one single example. One reason shows in the sizes:
"""

# %%
for l, (dW, _) in enumerate(by_hand, start=1):
    print(f"  layer {l}   largest |∂J/∂W| = {np.abs(dW).max():.4f}   "
          f"largest |δ| = {np.abs(by_hand[l - 1][1]).max():.4f}")
assert np.abs(d3).max() > 3 * np.abs(d2).max() > 9 * np.abs(d1).max()

# %% [markdown]
"""
At each layer δ is multiplied with a weight and with σ′ ≤ ¼. From the output to the first layer it
has become more than nine times smaller; with ten layers nothing would be left. This is the
vanishing gradient (梯度消失), and the reason why ReLU, whose slope is 1, has replaced the sigmoid in
hidden layers.

## Autograd does the same
"""

# %% tags=["hidden"]
leaves = [[minigrad.tensor(p, requires_grad=True) for p in layer] for layer in layers]
activation = minigrad.tensor(x)
for W, b in leaves:
    activation = (W @ activation + b).sigmoid()
loss = ((minigrad.tensor(y) - activation) ** 2).sum() / 2
loss.backward()

print(f"  J   by hand {J:.10f}   autograd {loss.item():.10f}")
for l in range(3):
    for part, name in enumerate("Wb"):
        difference = np.abs(leaves[l][part].grad.numpy() - by_hand[l][part]).max()
        print(f"  ∂J/∂{name}{l + 1}   largest difference "
              f"{'below 1e-12' if difference < 1e-12 else difference}")
        assert difference < 1e-12

write_results(options.output / "results.json", options, lesson="sigmoid_network", loss=float(J),
              loss_after_one_step=loss_of(stepped), loss_after_one_printed_step=loss_of(by_print),
              loss_after_1000_rounds=right_losses[1000],
              loss_after_1000_printed_rounds=printed_losses[1000])

# %% [markdown]
"""
## What to remember

- Write the shape beside every quantity. Most mistakes in this example are visible in the shapes
  alone.
- σ′ is the slope, σ⁻¹ the inverse. With a = σ(z), the slope is a (1 − a).
- Between two activations lie the weights *and* the slope: ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ = diag(σ′(z⁽ˡ⁺¹⁾)) W⁽ˡ⁺¹⁾.
- A loss that falls once proves nothing. Look at the outputs, and go on for some rounds.

## Things to try

- Use y = [1, 0, 0], the targets of the document's loss. Does the printed rule learn that class?
- Replace the 0.5 and 0.7 by full matrices of random numbers. Are output 2 and 3 still equal at
  first?
- Exercise 2 (`python -m lessons check 2`): the backward pass of tanh, written with its own result,
  as a (1 − a) is for the sigmoid.
"""
