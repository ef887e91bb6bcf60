# ---
# title: a small GPT
# documents: B §6.1, E §6.1
# time: 3 min
# needs:
# ---

# %% [markdown]
"""
# A small GPT

**You will know** what each part of a GPT brings, how it writes, and how to see
that it cheats.
**Time:** 75 minutes. **You need:** lesson 35 (self attention).

Document E (§6.1) names GPT and the texts that it writes (文本生成). A GPT does
one thing: it predicts the next token. We begin with pairs of letters and add
one part after the other, until it is the network of GPT-2; then it sorts.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydoc_data.topics import topics

import numpy as np

import minigrad
from lessons.figures.sequences import who_looks_where
from lessons.support import begin, picture, read_options, write_results
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F
from minigrad.text import (GPT, BytePairs, GPTConfig, generate,
                           next_probabilities)

options = read_options(
    "a_small_gpt", "From pairs of letters to a GPT.",
    more=lambda parser: parser.add_argument(
        "--weights", metavar="FOLDER", help="GPT-2's files, to write with"))
begin(options)
rng = np.random.default_rng(options.seed)
SEEDS = range(options.seed, options.seed + (1 if options.quick else 3))

# %% [markdown]
"""
## Pairs of letters

The text is Python's own manual, which `help()` shows: it ships with Python, in
a version for each. The last tenth is held out. The simplest model knows one
letter and has a row of scores for what follows it. Its best row can be counted:
the logarithm of how often each letter followed. That is an optimum, so there
the gradient must be zero:
"""

# %%
text = "\n".join(topics[name] for name in sorted(topics)).lower()
text = text.encode("ascii", "ignore").decode()[:200_000]
LETTERS = sorted(set(text))
V = len(LETTERS)
ids = np.array([LETTERS.index(c) for c in text])
train, held_out = ids[:180_000], ids[180_000:]

counts = np.zeros((V, V))
np.add.at(counts, (train[:-1], train[1:]), 1)
with np.errstate(divide="ignore"):
    best = np.log(counts / np.maximum(counts.sum(1, keepdims=True), 1))
table = minigrad.tensor(np.maximum(best, -30), requires_grad=True)
loss = F.cross_entropy(table[minigrad.tensor(train[:-1])],
                       minigrad.tensor(train[1:]))
loss.backward()
print(f"{len(text):,} letters, {V} different\n"
      f"pairs: {loss.item():.3f} nats for each letter on what was counted; "
      f"gradient {table.grad.abs().max().item():.0e}")
assert table.grad.abs().max().item() < 1e-9


def counted(length: int) -> float:
    """What a table of so many letters before costs, held out.

    One is added to each count, times the shorter table's probability.
    """
    p = np.full(len(held_out) - 3, 1 / V)
    for k in range(length + 1):
        keys = [sum(x[3 - j:len(x) - j] * V ** j for j in range(k + 1))
                for x in (train, held_out)]         # the letter, and k before
        before = [sum(x[3 - j:len(x) - j] * V ** (j - 1)
                      for j in range(1, k + 1)) + 0 * x[3:]
                  for x in (train, held_out)]
        both, seen = (np.bincount(key, minlength=V ** (k + 1))
                      for key in (keys[0], before[0]))
        p = (both[keys[1]] + 3 * p) / (seen[before[1]] + 3)
    return float(-np.log(p).mean())


tables = {k: counted(k) for k in (0, 1, 2, 3)}
print("held out, tables of 0, 1, 2, 3 letters before:  "
      + "  ".join(f"{loss:.3f}" for loss in tables.values()))

# %% [markdown]
"""
## Looking back

A table of ten letters would need V¹⁰ rows. Attention (lesson 34, attention)
mixes what came before instead, however much that is. It must not look ahead:
the weights of later places are 0, a lower triangle. With equal weights it is
the mean of all so far, by a loop or by one product:
"""

# %%
x = rng.normal(size=(6, 4))                                     # (L, D)
triangle = np.tril(np.ones((6, 6)))
triangle /= triangle.sum(1, keepdims=True)
assert np.allclose(triangle @ x, [x[:t + 1].mean(0) for t in range(6)])


def look_back(q: Tensor, k: Tensor, v: Tensor, mask: bool = True) -> Tensor:
    """softmax(q kᵀ / √d) v, each place from those up to it: (…, L, d)."""
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5       # (…, L, L)
    if mask:
        later = minigrad.triu(minigrad.ones(scores.shape[-2:]), 1).bool()
        scores = scores.masked_fill(later, -np.inf)
    return F.softmax(scores, -1) @ v


q, k, v = (minigrad.tensor(rng.normal(size=(2, 6, 4))) for _ in range(3))
same = F.scaled_dot_product_attention(q, k, v, is_causal=True)
assert np.allclose(look_back(q, k, v).numpy(), same.numpy(), atol=1e-12)
print("attention by hand equals the library's")

# %% [markdown]
"""
## One part after the other

- *pairs*: the table, learned;
- *attention*: letter and place as vectors, one look back, scores;
- *GPT*: two blocks of four heads each, and after each look a layer of its own
  for each place, with residuals and LayerNorms around them. That is
  `minigrad.text.GPT`, a hundred lines to read.

Beside them one that cheats: attention without the mask.
"""

# %%
L, D = 48, 64


class LooksBack(nn.Module):
    """One look back: ids (N, L) → scores (N, L, V)."""

    def __init__(self, mask: bool) -> None:
        super().__init__()
        self.mask = mask
        self.letter, self.place = nn.Embedding(V, D), nn.Embedding(L, D)
        self.qkv, self.head = nn.Linear(D, 3 * D), nn.Linear(D, V)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.letter(ids) + self.place.weight[:ids.shape[1]]     # (N, L, D)
        q, k, v = self.qkv(x).chunk(3, -1)
        return self.head(x + look_back(q, k, v, self.mask))


def small_gpt(symbols: int, positions: int, width: int) -> GPT:
    return GPT(GPTConfig(symbols, positions, width, n_layer=2, n_head=4,
                         embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0))


def cost(model: nn.Module, ids: np.ndarray, first: int = 0) -> Tensor:
    """The cross-entropy of each next id from place ``first`` on."""
    scores = model(minigrad.tensor(ids[:, :-1]))[:, first:]
    return F.cross_entropy(scores.reshape(-1, scores.shape[-1]),
                           minigrad.tensor(ids[:, first + 1:].reshape(-1)))


def learn(model: nn.Module, batch: Callable[[], np.ndarray], steps: int,
          first: int = 0, rate: float = 0.003) -> float:
    """The mean cost of the last ten batches."""
    optimizer, costs = optim.AdamW(model.parameters(), lr=rate), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(
            1, (step + 1) / 50, 2 - 2 * step / steps)
        loss = cost(model, batch(), first)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        costs.append(loss.item())
    return float(np.mean(costs[-10:]))


def pieces(source: np.ndarray, count: int, random: np.random.Generator
           ) -> np.ndarray:
    """Random pieces of the text, (count, L + 1)."""
    starts = random.integers(len(source) - L, size=count)
    return source[starts[:, None] + np.arange(L + 1)]


steps = 20 if options.quick else 1000
unseen = pieces(held_out, 20 if options.quick else 200,
                np.random.default_rng(99))
makers: dict[str, Callable[[], nn.Module]] = {
    "pairs": lambda: nn.Embedding(V, V), "attention": lambda: LooksBack(True),
    "GPT": lambda: small_gpt(V, L, D), "no mask": lambda: LooksBack(False)}
found, models = {}, {}
print(f"nats for each letter after {steps} steps   in training   held out")
for name, make in makers.items():
    rows = []
    for seed in SEEDS[:1 if name == "no mask" else 2]:
        minigrad.manual_seed(seed)
        random = np.random.default_rng(seed)
        models[name] = model = make()
        rate = 0.1 if name == "pairs" else 0.003
        trained = learn(model, lambda: pieces(train, 16, random), steps,
                        rate=rate)
        with minigrad.no_grad():
            rows.append((trained, cost(model, unseen).item()))
    found[name] = np.array(rows)
    low, high = found[name][:, 1].min(), found[name][:, 1].max()
    print(f"  {name:10}{'':24}{np.median(rows, axis=0)[0]:12.3f}"
          f"{np.median(rows, axis=0)[1]:11.3f}  ({low:.3f} to {high:.3f})")

# %% [markdown]
"""
Without the mask the cost falls, too, on held-out text as well: each place sees
the letter that it is to predict. No curve says why. A test does: change the
last letter, and no earlier score may change. And writing with it fails, as the
next section shows: there is nothing ahead to copy.
"""


# %%
def sees_ahead(model: nn.Module) -> float:
    """How much scores change when a letter after them changes."""
    other = unseen[:1, :L].copy()
    other[0, -1] = (other[0, -1] + 1) % V
    with minigrad.no_grad():
        a, b = (model(minigrad.tensor(x)) for x in (unseen[:1, :L], other))
    return float((a - b)[:, :-1].abs().max().item())


for name, model in models.items():
    print(f"{name:10} scores before the change differ by "
          f"{sees_ahead(model):.3f}")
    assert (sees_ahead(model) == 0) == (name != "no mask")

# %% [markdown]
"""
## Writing

The scores become probabilities, one token is drawn, appended, and so on. Three
knobs: *temperature* divides the scores; *top-k* keeps the k best; *top-p* the
best that together have probability p. On five scores:
"""

# %%
z = minigrad.tensor([[2.0, 1.5, 1.0, 0.0, -1.0]])
for name, knobs in (("as they are", {}), ("temperature 0.5", {
        "temperature": 0.5}), ("top-k 2", {"top_k": 2}), ("top-p 0.7", {
            "top_p": 0.7})):
    print(f"{name:16}" + "  ".join(f"{p:.3f}" for p in next_probabilities(
        z, **knobs)[0].tolist()))


def written(model: nn.Module, **knobs: Any) -> str:
    """What a model writes after the word "the"."""
    minigrad.manual_seed(options.seed)
    start = minigrad.tensor([[LETTERS.index(c) for c in "the "]])
    more = generate(model, start, 40, **knobs)
    return "".join(LETTERS[i] for i in more[0].tolist()).replace("\n", " ")


gpt = models["GPT"].eval()
for name, knobs in (("the best", {"temperature": 0}), ("temperature 0.7", {
        "temperature": 0.7}), ("temperature 2", {"temperature": 2.0}),
        ("top-p 0.8", {"top_p": 0.8})):
    print(f"{name:16}{written(gpt, cache=gpt.new_cache(), **knobs)}")
print(f"without mask    {written(models['no mask'], temperature=0)}")

# %% [markdown]
"""
## Reading each token once

The keys and values of a place never change once it is read: nothing looks
ahead. So they are kept (a cache), and only the new token goes through the
network. The result must be that of reading everything again. Two mistakes show
up here: a place counted from 0 again, and a position lost.
"""

# %%
ids = minigrad.tensor(unseen[:4, :L])
with minigrad.no_grad():
    whole = gpt.double()(ids).numpy()
    cache = gpt.new_cache()
    one_by_one = np.concatenate([gpt(ids[:, t:t + 1], cache).numpy()
                                 for t in range(L)], 1)
    cache.layers = [(k[:, :, 1:], v[:, :, 1:]) for k, v in cache.layers]
    lost = gpt(ids[:, -1:], cache).numpy()
apart = np.abs(one_by_one - whole).max()
print(f"cache and reading again: {apart:.0e} apart, {L} places read "
      f"instead of {L * (L + 1) // 2}\n"
      f"one position lost: {np.abs(lost - whole[:, -1:]).max():.4f} apart")
assert apart < 1e-10

# %% [markdown]
"""
## Tokens

GPT-2 doesn't read letters but pieces of words. Byte-pair encoding makes them:
the commonest pair of neighbors becomes a token, again and again. By hand, on a
word list, and by `minigrad.text.BytePairs`:
"""

# %%
words = [list(w) for w in "low low low lower newer newer wider".split()]
merges = []
for _ in range(4):
    pairs = [p for w in words for p in zip(w, w[1:])]
    a, b = max(sorted(set(pairs)), key=pairs.count)
    merges.append(a + b)
    for w in words:
        for i in range(len(w) - 1, 0, -1):
            if w[i - 1:i + 1] == [a, b]:
                w[i - 1:i + 1] = [a + b]
bpe = BytePairs.learn("low\nlow\nlow\nlower\nnewer\nnewer\nwider", 4)
print("by hand", merges, " library", [(a + b).decode() for a, b in bpe.merges])
assert merges == [(a + b).decode() for a, b in bpe.merges]
bpe = BytePairs.learn(text[:60_000 if options.quick else 180_000], 300)
sample = text[180_000:]
assert bpe.decode(bpe.encode(sample)) == sample
per_token = len(sample) / len(bpe.encode(sample))
print(f"300 merges: {per_token:.2f} letters for each token; "
      + " ".join(bpe.tokenize(" the return statement")))

# %% [markdown]
"""
## Sorting

Writing can't be right or wrong. Sorting can: six digits, then the same in
order; the loss counts the second half only. Three quarters of the million lists
may be learned from; 5,000 of the others are the test, right only if all six
digits are.
"""


# %%
def lists(count: int, held_out: bool, random: np.random.Generator
          ) -> np.ndarray:
    """Six digits and the same sorted: (count, 12)."""
    x = random.integers(10, size=(8 * count, 6))
    x = x[(x @ [1, 3, 7, 11, 13, 17] % 4 == 0) == held_out][:count]
    return np.concatenate([x, np.sort(x, 1)], 1)


def sorted_right(model: GPT, count: int) -> int:
    """How many held-out lists it sorts without a mistake."""
    test = lists(count, True, np.random.default_rng(98))
    said = generate(model, minigrad.tensor(test[:, :6]), 6, temperature=0,
                    cache=model.new_cache())
    return int((said.numpy() == test).all(1).sum())


sorting_steps, tests = (30, 200) if options.quick else (1200, 5000)
right, sorters = [], []
for seed in SEEDS:
    minigrad.manual_seed(seed)
    random = np.random.default_rng(seed)
    sorters.append(small_gpt(10, 12, 48))
    learn(sorters[-1], lambda: lists(64, False, random), sorting_steps,
          first=5)
    right.append(sorted_right(sorters[-1].eval(), tests))
by_chance = tests / 10 ** 6
print(f"sorted without a mistake, of {tests:,}: {right} (by chance "
      f"{by_chance:.3f})")

# %% [markdown]
"""
What does it look at? Its attention, the mean of four heads, taken from the
network step by step. In the full run (seed 0) the last row is plain: to write
the 9 it looks at the 9. Other rows tell no such story.
"""


# %%
def attention(model: GPT, ids: Tensor) -> list[np.ndarray]:
    """The weights of each block, the mean of its heads: (L, L)."""
    x, maps = model.wte(ids) + model.wpe.weight[:ids.shape[1]], []
    for i, block in enumerate(model.h):
        q, k, _ = (part.reshape(*ids.shape, 4, -1).transpose(1, 2) for part
                   in block.attn.c_attn(block.ln_1(x)).chunk(3, -1))
        eye = minigrad.eye(ids.shape[1])                # as values: weights
        maps.append(look_back(q, k, eye)[0].mean(0).detach().numpy())
        x = block(x, i, None)
    return maps


shown = lists(1, True, np.random.default_rng(5))
picture(who_looks_where(attention(sorters[0], minigrad.tensor(shown[:, :-1])),
                        shown[0]), options, "sorting")

# %% tags=["hidden"]
if not options.quick:
    assert min(right) == tests
    assert found["GPT"][:, 1].max() < tables[2]
if options.weights:
    gpt2 = GPT.from_pretrained(options.weights)
    bpe = BytePairs.from_pretrained(options.weights)
    print(bpe.decode(generate(
        gpt2, minigrad.tensor([bpe.encode("The meaning of life is")]), 40,
        top_p=0.9, cache=gpt2.new_cache())[0]))
write_results(options.output / "results.json", options, lesson="a_small_gpt",
              tables={k: round(v, 3) for k, v in tables.items()},
              held_out={k: v[:, 1].round(3).tolist()
                        for k, v in found.items()},
              sorted_right=right, tests=tests)

# %% [markdown]
"""
## What to remember

- A GPT predicts the next token; all else is a matter of drawing from that.
- A low cost doesn't show that a network looks ahead. Change the future to see.
- The keys and values of what was read don't change: read each token once.
- Compare with counting: tables of two and three letters are good, and cheap.

What would prove it wrong? A held-out list that a sorter gets wrong; a table of
two letters that beats the GPT on held-out text.

With GPT-2's files in a folder, `--weights FOLDER` writes with it.

## Things to try

- Sort eight digits with the same network. How many steps does it take?
- Leave out the places. What can it still do?
"""
