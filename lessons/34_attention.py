# ---
# title: attention
# documents: D §2.3-2.4
# time: 20 s
# needs:
# ---

# %% [markdown]
"""
# Attention: looking at what matters

**You will know** what attention computes, and what goes back through it.
**Time:** 40 minutes. **You need:** lesson 13 (ReLU network).

A linear layer mixes its inputs with fixed weights: input 3 always counts the
same. In a sentence that will not do. What matters depends on what is there, not
on where it stands: in "the film was not funny", the word to look at is "not",
at whatever place it comes.

Attention (注意力机制) computes the weights of the mixture from the inputs
themselves. Document D (§2.3) says in one line that it focuses on important
information (对重要信息进行聚焦). Here is how: first in numbers, then its
gradients by hand, then a task that nothing before could learn, with a picture
of what the network looks at. Lesson 36 (bert by hand) builds BERT from it.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.looking_up import queries_and_keys
from lessons.support import begin, picture, read_options, write_results
from minigrad import Tensor, nn, optim, plot
from minigrad.nn import functional as F

options = read_options("attention", "Attention, in numbers and at work.")
begin(options)

# %% [markdown]
"""
## In numbers

Think of a dictionary with S entries. Entry j has a key (键) kⱼ and a value (值)
vⱼ. A question comes, the query (查询) q. An ordinary dictionary returns the
value whose key equals q. Attention returns a mixture of all values, the more of
a value the better its key fits:

    scoreⱼ = q · kⱼ / √d      how well key j fits; d is the length of q and k
    p      = softmax(scores)  positive weights that add up to 1
    out    = Σⱼ pⱼ vⱼ

With L queries as rows of Q (L, d), keys as rows of K (S, d), values as rows of
V (S, E), that is

    out = softmax(Q Kᵀ / √d) V       softmax over each row

One query, three keys, d = 2:
"""


# %%
def softmax(z: np.ndarray) -> np.ndarray:
    """Over the last axis, without overflow: lesson 10 (softmax loss)."""
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


q = np.array([[2.0, 0.0]])                                  # (L, d) = (1, 2)
k = np.array([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0]])         # (S, d) = (3, 2)
v = np.array([[10.0], [20.0], [30.0]])                      # (S, E) = (3, 1)
scores = q @ k.T / np.sqrt(2)                               # (L, S)
p = softmax(scores)                                         # (L, S)
out = p @ v                                                 # (L, E)
print("key        score    weight   value")
for j in range(3):
    print(f"{str(k[j]):10}{scores[0, j]:7.4f}  {p[0, j]:8.4f}  {v[j, 0]:6.0f}")
print(f"out = {out[0, 0]:.4f}: nearly the value of the key that fits")
assert np.isclose(p.sum(), 1) and p[0].argmax() == 0 and out[0, 0] < 11

# %% tags=["hidden"]
two = np.vstack([q, [[-1.0, 1.5]]])  # (2, 2): another query
picture(queries_and_keys(two, k, softmax(two @ k.T / np.sqrt(2))), options,
        "queries_and_keys")

# %% [markdown]
"""
## Why divide by √d?

If the entries of q and k are independent, with mean 0 and variance 1, then each
product has variance 1, and q · k, a sum of d of them, has the variance d. With
d = 64 scores of ±8 are usual, and softmax then gives nearly everything to one
key. That looks like a clear decision, but at the start of training it is a
random one, and it hardly learns: the softmax's slope is p (1 − p), which is 0
where p is 0 or 1. Divided by √d, the scores have the variance 1 for every d.
"""

# %%
rng = np.random.default_rng(options.seed)
print("       deviation   largest of            divided by √d:")
print("   d   of q·k      10 weights   slope    weight   slope")
for d in (4, 64, 1024):
    queries, keys = rng.normal(size=(500, 1, d)), rng.normal(size=(500, 10, d))
    raw = (queries * keys).sum(-1)                          # (500, 10) scores
    row = []
    for z in (raw, raw / np.sqrt(d)):
        weights = softmax(z)
        row += [weights.max(-1).mean(), (weights * (1 - weights)).mean()]
    print(f"{d:4}   {raw.std():9.2f}   {row[0]:10.4f}  {row[1]:6.4f}    "
          f"{row[2]:6.4f}  {row[3]:6.4f}")
    assert abs(raw.std() / np.sqrt(d) - 1) < 0.06
assert row[1] < 0.02 < 0.05 < row[3], "without √d hardly any slope is left"

# %% [markdown]
"""
## The gradients, by hand

Let g = ∂L/∂out (L, E) come from above. Backward through the three formulas,
last one first:

    out = p V       ∂L/∂V = pᵀ g             ∂L/∂p = g Vᵀ
    p = softmax(s)  ∂L/∂s = p ⊙ (∂L/∂p − c)  c = Σⱼ pⱼ ∂L/∂pⱼ of a row
    s = Q Kᵀ / √d   ∂L/∂Q = (∂L/∂s) K / √d   ∂L/∂K = (∂L/∂s)ᵀ Q / √d

The second line: ∂pᵢ/∂sⱼ = pᵢ (1 if i = j, else 0) − pᵢ pⱼ, and so

    ∂L/∂sⱼ = Σᵢ ∂L/∂pᵢ · ∂pᵢ/∂sⱼ = pⱼ ∂L/∂pⱼ − pⱼ Σᵢ pᵢ ∂L/∂pᵢ

In words: a key's score should rise if its value helps more than the present
mixture does. We check against
central differences (lesson 1, tensors and gradients), then against autograd.
"""


# %%
def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The formula. q (L, d), k (S, d), v (S, E) → (L, E)."""
    return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v


def attention_backward(g: np.ndarray, q: np.ndarray, k: np.ndarray,
                       v: np.ndarray) -> tuple[np.ndarray, ...]:
    """g (L, E) → the gradients of q, k and v, in their shapes."""
    root = np.sqrt(q.shape[1])
    p = softmax(q @ k.T / root)                                     # (L, S)
    grad_v = p.T @ g                                                # (S, E)
    grad_p = g @ v.T                                                # (L, S)
    grad_s = p * (grad_p - (p * grad_p).sum(1, keepdims=True))      # (L, S)
    return grad_s @ k / root, grad_s.T @ q / root, grad_v


def slopes(f, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Central differences (f(x+h) − f(x−h)) / 2h for every entry of x."""
    found = np.empty_like(x)
    for i in np.ndindex(x.shape):
        keep = x[i]
        x[i] = keep + h
        high = f()
        x[i] = keep - h
        found[i] = (high - f()) / (2 * h)
        x[i] = keep
    return found


q, k, v, g = (rng.normal(size=shape)
              for shape in ((4, 3), (5, 3), (5, 2), (4, 2)))
hand = attention_backward(g, q, k, v)
tensors = [minigrad.tensor(x, dtype=minigrad.float64, requires_grad=True)
           for x in (q, k, v)]
F.scaled_dot_product_attention(*tensors).backward(
    minigrad.tensor(g, dtype=minigrad.float64))
print("largest difference of the gradient by hand")
print("      to measured slopes   to autograd")
for name, x, mine, tensor in zip("qkv", (q, k, v), hand, tensors):
    measured = slopes(lambda: (attention(q, k, v) * g).sum(), x)
    gaps = [np.abs(mine - other).max()
            for other in (measured, tensor.grad.numpy())]
    print(f"  {name}   {'below 1e-8' if gaps[0] < 1e-8 else gaps[0]:>16}   "
          f"{'below 1e-12' if gaps[1] < 1e-12 else gaps[1]:>11}")
    assert gaps[0] < 1e-8 and gaps[1] < 1e-12

# %% [markdown]
"""
## A task: look it up

Each sample is a list of six entries, a letter with a digit each, and then a
letter alone, the question:

    C7 A3 F0 B3 E9 D1   A ?        the answer: 3

The letters come in random order, the digits at random. To answer, one must find
the entry with that letter, wherever it stands, and pass on its digit. First a
network without attention: it sees the mean of all entries, and the question.
The mean says which letters and digits there are, but no longer which of them
belong together.
"""

# %%
LETTERS, DIGITS, ENTRIES = 8, 10, 6
STEPS = 250 if options.quick else 600


def samples(count: int, random: np.random.Generator) -> tuple[Tensor, ...]:
    """letters (N, 6), digits (N, 6), question (N,), answer (N,)."""
    shuffled = np.argsort(random.random((count, LETTERS)), axis=1)
    letters = shuffled[:, :ENTRIES]             # all different
    digits = random.integers(DIGITS, size=(count, ENTRIES))
    place = random.integers(ENTRIES, size=count)
    rows = np.arange(count)
    return tuple(minigrad.tensor(x).to(options.device) for x in (
        letters, digits, letters[rows, place], digits[rows, place]))


class Mean(nn.Module):
    """Without attention: the mean of the entries, beside the question."""

    def __init__(self, size: int = 32) -> None:
        super().__init__()
        self.letter = nn.Embedding(LETTERS, size)
        self.digit = nn.Embedding(DIGITS, size)
        self.head = nn.Sequential(nn.Linear(2 * size, 64), nn.ReLU(),
                                  nn.Linear(64, DIGITS))

    def forward(self, letters: Tensor, digits: Tensor,
                question: Tensor) -> Tensor:
        """→ scores (N, 10)."""
        entries = self.letter(letters) + self.digit(digits)  # (N, 6, size)
        both = [entries.mean(1), self.letter(question)]
        return self.head(minigrad.cat(both, 1))


class LookUp(nn.Module):
    """The question is the query, the letters are keys, the digits values."""

    def __init__(self, size: int = 32) -> None:
        super().__init__()
        self.letter = nn.Embedding(LETTERS, size)
        self.digit = nn.Embedding(DIGITS, size)
        self.query, self.key, self.value = (nn.Linear(size, size)
                                            for _ in range(3))
        self.head = nn.Linear(size, DIGITS)

    def forward(self, letters: Tensor, digits: Tensor,
                question: Tensor) -> Tensor:
        """→ scores (N, 10)."""
        q = self.query(self.letter(question)).unsqueeze(1)  # (N, 1, size)
        # (N, 6, size)
        k, v = self.key(self.letter(letters)), self.value(self.digit(digits))
        scores = q @ k.transpose(1, 2) / k.shape[-1] ** 0.5  # (N, 1, 6)
        self.weights = F.softmax(scores, -1)  # kept to be drawn
        return self.head((self.weights @ v).squeeze(1))


def train(model: nn.Module, batches, steps: int, rate: float = 3e-3) -> float:
    """Adam on ``steps`` fresh batches; the mean loss of the last 20."""
    optimizer, losses = optim.Adam(model.parameters(), lr=rate), []
    for _ in range(steps):
        *inputs, target = batches()
        optimizer.zero_grad()
        scores = model(*inputs)  # (N, 10), or (N, L, 10)
        loss = F.cross_entropy(scores.reshape(-1, scores.shape[-1]),
                               target.reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses[-20:]))


def accuracy(model: nn.Module, *inputs_and_target: Tensor) -> float:
    """The share of right answers."""
    *inputs, target = inputs_and_target
    with minigrad.no_grad():
        return (model(*inputs).argmax(-1) == target).float().mean().item()


test = samples(2000, np.random.default_rng(999))
found = {}
for kind in (Mean, LookUp):
    minigrad.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    model = kind().to(options.device)
    loss = train(model, lambda: samples(64, random), STEPS)
    found[kind.__name__] = accuracy(model, *test)
    count = sum(p.numel() for p in model.parameters())
    print(f"{kind.__name__:8} {count:6,} parameters   loss {loss:.4f}   "
          f"accuracy {found[kind.__name__]:.4f}")
print("guessing: 0.1; guessing one of the six digits: about 0.25")
assert found["LookUp"] > 0.99 > 0.5 > found["Mean"]

# %% [markdown]
"""
Nearly as many weights, and a different world. And attention shows what it does:
row i of the map below belongs to sample i; the weights on its six entries add
up to 1. The mark is where the answer stood.
"""

# %%
few = samples(8, np.random.default_rng(5))
with minigrad.no_grad():
    answers = model(*few[:3]).argmax(-1)                            # (8,)
map_ = model.weights[:, 0].cpu().numpy()                            # (8, 6)
letters, digits, question = (x.cpu().numpy() for x in few[:3])
right = letters == question[:, None]            # (8, 6), once in each row
on_the_answer = float(map_[right].mean())
assert np.allclose(map_.sum(1), 1, atol=1e-5)
assert (map_.argmax(1) == right.argmax(1)).all()
print("weight on the entry that was asked for, mean of 8 samples: "
      f"{on_the_answer:.4f}")

with plot.figure(8.5, 5.6, "Look it up: where each question looks") as fig:
    ax = fig.subplots()
    image = ax.imshow(map_, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(map_.shape):
        ax.text(j, i, f"{'ABCDEFGH'[letters[i, j]]}{digits[i, j]}",
                ha="center", va="center", fontsize=13,
                color="white" if map_[i, j] > 0.6 else plot.BLACK)
        if right[i, j]:
            ax.text(j + 0.36, i, "◂", ha="center", va="center", fontsize=14,
                    color=plot.ORANGE)
    ax.set_yticks(range(8), [f"{'ABCDEFGH'[question[i]]} ?  → "
                             f"{answers[i].item()}" for i in range(8)])
    ax.set_xticks(range(6), range(1, 7))
    ax.tick_params(length=0)
    ax.set(xlabel="entry")
    fig.colorbar(image, ax=ax, label="weight", fraction=0.04, pad=0.02)
picture(fig, options, "look_up")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="attention")

# %% [markdown]
"""
## What to remember

- out = softmax(Q Kᵀ / √d) V: a mixture of values, weighted by how well the
  keys fit the query.
- √d keeps the scores at variance 1; without it the softmax saturates and does
  not learn.
- The weights can be drawn: row i shows where position i looks.

## Things to try

- Exercise 15 (`python -m lessons check 15`): attention with a mask, forward
  and backward.
- Leave the division by √d out of `LookUp`, with size 512. Does it still
  learn?
"""
