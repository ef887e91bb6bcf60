# ---
# title: recurrent networks
# documents: A §7.3, B §7.3
# time: 2 min
# needs:
# ---

# %% [markdown]
"""
# Recurrent networks: one step at a time

**You will know** how a network reads a sequence, why it forgets, what gates do
about it, and how it writes one letter after the other.
**Time:** 60 minutes. **You need:** lesson 18 (optimizers).

A sentence has no fixed length, and a linear layer does. A recurrent network
(循环神经网络) has a layer for one step, the cell, and takes it again and again.
What it knows so far is in its state h:

    hₜ = tanh(xₜ W + hₜ₋₁ U + b)        the same W, U and b at every step
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.sequences import adding_curves, fading, gate_maps
from lessons.support import begin, picture, read_options, write_results
from lessons.support.agreement import ID, WORDS, agreement, sentence
from lessons.support.language import (Gated, Language, error_of, gru_gates,
                                      invent, sigmoid)
from lessons.support.places import PLACES
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F

options = read_options("recurrent_networks", "One step at a time.")
begin(options)
rng = np.random.default_rng(options.seed)
SEEDS = 2 if options.quick else 5

# %% [markdown]
"""
## A cell by hand

All inputs meet W at once; only the states have to wait for each other. Arrays
have an axis of S networks in front, as in lesson 40 (value functions), which
learn side by side later on.
"""


# %%
def walk(x: np.ndarray, w: np.ndarray, u: np.ndarray,
         b: np.ndarray) -> np.ndarray:
    """All states, h₀ = 0 first: (T + 1, S, N, H).

    x (T, S, N, D), w (S, D, H), u (S, H, H), b (S, 1, H).
    """
    a = x @ w + b                                           # (T, S, N, H)
    h = np.zeros((len(x) + 1, *a.shape[1:]), a.dtype)
    for t in range(len(x)):
        h[t + 1] = np.tanh(a[t] + h[t] @ u)
    return h


# %% [markdown]
"""
## Back through time

Unrolled, it is a network as deep as the sequence is long, with the same weights
in each layer. A state is used twice: by whoever reads it, and by the next step.
So two gradients meet there, and add up. W, U and b are used at every step:
theirs are sums over all steps.
"""


# %%
def walk_back(g: np.ndarray, x: np.ndarray, h: np.ndarray, w: np.ndarray,
              u: np.ndarray) -> tuple[np.ndarray, ...]:
    """From g (T, S, N, H), ∂L/∂hₜ from outside, to x, w, u and b."""
    ga, later = np.empty_like(g), np.zeros_like(g[0])
    for t in reversed(range(len(x))):
        ga[t] = (g[t] + later) * (1 - h[t + 1] ** 2)        # tanh's slope
        later = ga[t] @ u.swapaxes(1, 2)                    # to hₜ₋₁
    return (ga @ w.swapaxes(1, 2), (x.swapaxes(2, 3) @ ga).sum(0),
            (h[:-1].swapaxes(2, 3) @ ga).sum(0), ga.sum((0, 2))[:, None])


class Walk(minigrad.autograd.Function):
    """Both as one operation of the engine."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Tensor:
        x, w, u, b = (i.detach().numpy() for i in inputs)
        ctx.kept = x, walk(x, w, u, b), w, u
        return minigrad.tensor(ctx.kept[1][1:])

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, ...]:
        return tuple(map(minigrad.tensor, walk_back(g.numpy(), *ctx.kept)))


T, S, N, D, H = 6, 2, 3, 2, 4
leaves = [minigrad.tensor(rng.normal(size=shape), requires_grad=True)
          for shape in ((T, S, N, D), (S, D, H), (S, H, H), (S, 1, H))]
weight = minigrad.tensor(rng.normal(size=(T, S, N, H)))
(Walk.apply(*leaves) * weight).sum().backward()
by_hand = [leaf.grad.numpy().copy() for leaf in leaves]
state, total = minigrad.zeros(S, N, H, dtype="float64"), 0.0
for leaf in leaves:
    leaf.grad = None
for t in range(T):                      # the engine takes the same steps
    state = (leaves[0][t] @ leaves[1] + state @ leaves[2] + leaves[3]).tanh()
    total = total + (state * weight[t]).sum()
total.backward()
worst = max(float(np.abs(a - leaf.grad.numpy()).max())
            for a, leaf in zip(by_hand, leaves))
print(f"by hand and by the engine: gradients differ by {worst:.0e} at most")
assert worst < 1e-12

# %% [markdown]
"""
## Why it forgets

Each step back multiplies by U and by tanh's slope, which is 1 at most. Leave
tanh out and it is a power of U: with an orthogonal U times γ the gradient t
steps back is γᵗ times as long, exactly. γ = 0.9 leaves 0.00003 after 100 steps,
γ = 1.1 makes it 13,781 times as large.

What do real cells do? The gradient of the last state with respect to each
input, at the start of training:
"""

# %%
T = 100
q = np.linalg.qr(rng.normal(size=(8, 8)))[0]                # orthogonal
g = rng.normal(size=8)
for gamma in (0.9, 1.0, 1.1):
    back = g
    for _ in range(T):
        back = back @ (gamma * q).T
    ratio = float(np.linalg.norm(back) / np.linalg.norm(g))
    print(f"without tanh, γ = {gamma}: {ratio:12.5f} after {T} steps")
    assert np.isclose(ratio, gamma ** T)


def forget(lstm: nn.LSTM, bias: float) -> nn.LSTM:
    """Start the forget gate, the second of four blocks, with this bias."""
    lstm.bias_ih_l0.data[lstm.hidden_size:2 * lstm.hidden_size] = bias
    return lstm


def reach(cell: Any) -> np.ndarray:
    """|∂(g · h_T)/∂xₜ| for each t, the mean of 20 sequences: (T,)."""
    x = minigrad.tensor(np.random.default_rng(1).normal(size=(T, 20, 4)),
                        requires_grad=True)
    last = cell(x)[0][-1]                                   # (20, H)
    (last * minigrad.tensor(np.ones(last.shape[1]))).sum().backward()
    return np.linalg.norm(x.grad.numpy(), axis=2).mean(1)


minigrad.manual_seed(options.seed)
cells = {"plain": nn.RNN(4, 32), "GRU": nn.GRU(4, 32), "LSTM": nn.LSTM(4, 32),
         "LSTM, forget bias 3": forget(nn.LSTM(4, 32), 3.0)}
reached = {name: reach(cell.double()) for name, cell in cells.items()}
print("\ngradient at the first input, divided by that at the last")
for name, norms in reached.items():
    print(f"  {name:20} {norms[0] / norms[-1]:8.0e}")
picture(fading(reached), options, "fading")
assert reached["plain"][0] < 1e-6 * reached["LSTM, forget bias 3"][0]

# %% [markdown]
"""
## Gates

An LSTM (长短期记忆, Hochreiter and Schmidhuber 1997) carries a memory c beside
h. Nothing is multiplied with a matrix on c's way from step to step, only with a
gate f between 0 and 1:

    i, f, o = σ(…)    g = tanh(…)     of x W + h U + b, four blocks
    c ← f · c + i · g                 f: keep, i: write
    h ← o · tanh(c)                   o: show

Along c the gradient is the product of all f: with f = σ(3) = 0.95, 0.006 after
100 steps; with f near 1, learned where it matters, all of it. A GRU
(门控循环单元, Cho 2014) keeps everything in h, with a single gate z for keeping
and writing: h ← z · h + (1 − z) · n. The library has both; by hand, with the
gates to look at:
"""


# %%
def lstm_gates(lstm: nn.LSTM, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x (T, D) → the states h and the forget gates f, both (T, H)."""
    w, u, b, d = (p.detach().numpy() for p in lstm.parameters())
    h, c, rows = np.zeros(u.shape[1]), np.zeros(u.shape[1]), []
    for step in x:
        i, f, g, o = np.split(w @ step + u @ h + b + d, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append((h, sigmoid(f)))
    return tuple(map(np.array, zip(*rows)))


for cell, gates in ((nn.LSTM(4, 8).double(), lstm_gates),
                    (nn.GRU(4, 8).double(), gru_gates)):
    x = rng.normal(size=(20, 4))
    apart = np.abs(gates(cell, x)[0] - cell(minigrad.tensor(x))[0]
                   .detach().numpy()).max()
    print(f"{type(cell).__name__:4} by hand: states differ by {apart:.0e}")
    assert apart < 1e-12

# %% [markdown]
"""
## The adding problem

A hundred steps, at each a number from −1 to 1 and a mark. Two numbers are
marked, one in each half; what is their sum? Always saying 0 has a mean squared
error of 2/3, remembering only the second number 1/3. Below 0.04 it counts as
solved. All cells: eight units, Adam at one rate, gradients limited entry by
entry (so the networks stay apart). The LSTM's forget bias starts at 1.
"""


# %%
def sums(count: int, seeds: int, random: np.random.Generator
         ) -> tuple[np.ndarray, np.ndarray]:
    """x (T, S, N, 2): numbers and marks; y (S, N, 1)."""
    x = np.zeros((T, seeds, count, 2), np.float32)
    x[..., 0] = random.uniform(-1, 1, x.shape[:3])
    s, n = np.indices((seeds, count))
    first, second = (random.integers(a, a + T // 2, (seeds, count))
                     for a in (0, T // 2))
    x[first, s, n, 1] = x[second, s, n, 1] = 1
    return x, (x[first, s, n, :1] + x[second, s, n, :1])


class SideBySide(nn.Module):
    """S plain networks, by ``Walk``: (T, S, N, 2) → (S, N, 1)."""

    def __init__(self, seeds: int) -> None:
        super().__init__()
        for name, shape in (("w", (2, 8)), ("u", (8, 8)), ("b", (1, 8)),
                            ("v", (8, 1)), ("d", (1, 1))):
            start = rng.uniform(-1, 1, (seeds, *shape)) / 8 ** 0.5
            self.register_parameter(name, nn.Parameter(
                minigrad.tensor(start.astype(np.float32))))

    def forward(self, x: Tensor) -> Tensor:
        return Walk.apply(x, self.w, self.u, self.b)[-1] @ self.v + self.d


def learn_to_add(model: nn.Module, steps: int) -> np.ndarray:
    """The error on 500 other sequences, twenty times on the way: (20, S)."""
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    test, truth = sums(500, SEEDS, np.random.default_rng(99))
    random, errors = np.random.default_rng(options.seed), []
    for step in range(steps):
        x, y = map(minigrad.tensor, sums(32, SEEDS, random))
        loss = F.mse_loss(model(x), y, reduction="sum") / 32
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.param_groups[0]["lr"] = 0.02 * min(1, 2 - 2 * step / steps)
        optimizer.step()
        if (step + 1) % (steps // 20) == 0:
            with minigrad.no_grad():
                said = model(minigrad.tensor(test)).numpy()
            errors.append(((said - truth) ** 2).mean((1, 2)))
    return np.array(errors)


steps = 40 if options.quick else 1000
minigrad.manual_seed(options.seed)
models = {"plain": SideBySide(SEEDS), "LSTM": Gated(nn.LSTM, SEEDS),
          "GRU": Gated(nn.GRU, SEEDS)}
for lstm in models["LSTM"].cells:
    forget(lstm, 1.0)
errors = {name: learn_to_add(m, steps) for name, m in models.items()}
print(f"mean squared error after {steps} steps of 32 (always 0: 0.667)")
for name, e in errors.items():
    print(f"  {name:6} median {np.median(e[-1]):.4f}   all seeds: "
          + "  ".join(f"{x:.4f}" for x in np.sort(e[-1])))
picture(adding_curves(errors, steps), options, "adding")
if not options.quick:
    assert np.median(errors["plain"][-1]) > 0.04 > errors["LSTM"][-1].max()

# %% [markdown]
"""
## Gates over a sentence

"The keys near the old car wait": the verb agrees with a noun at the other end,
not with the one beside it. A small language of such sentences, made by rules;
the networks learn to predict the next word, with up to three nouns in between.
The skeptic's rule agrees with the nearest noun, and is right half the time.
"""

# %%
LENGTH = 30 if options.quick else 700
readers, learned = {}, {"LSTM": [], "GRU": []}
for name, kind in (("LSTM", nn.LSTM), ("GRU", nn.GRU)):
    for seed in range(options.seed, options.seed + 3 - options.quick):
        minigrad.manual_seed(seed)
        random = np.random.default_rng(seed)
        model = readers[name] = Language(kind, len(WORDS), 16)
        optimizer = optim.Adam(model.parameters(), lr=0.02)
        for step in range(LENGTH):
            optimizer.param_groups[0]["lr"] = 0.02 * min(1, 2 - 2 * step
                                                         / LENGTH)
            rows = [[ID[w] for w in sentence(int(random.integers(4)),
                                             random)[0]] for _ in range(64)]
            optimizer.zero_grad()
            error_of(model, rows).backward()
            optimizer.step()
        learned[name].append([agreement(model, k)[0] for k in (0, 1, 3, 6)])
print("the verb agrees, nouns between     0      1      3      6")
for name, found in learned.items():
    print(f"  {name:6} (median of all seeds)   "
          + "  ".join(f"{x:5.3f}" for x in np.median(found, axis=0)))
print("  the nearest noun's number      "
      + "  ".join(f"{agreement(model, k)[1]:5.3f}" for k in (0, 1, 3, 6)))
if not options.quick:
    assert np.median(learned["LSTM"], axis=0)[2] > 0.9

said = "the keys near the old car behind the teacher by the dog".split()
maps = {}
for name, gates in (("LSTM: forget gate f", lstm_gates),
                    ("GRU: update gate z", gru_gates)):
    model = readers[name.split(":")[0]]
    x = model.embedding.weight.detach().numpy()[[ID[w] for w in said]]
    maps[name] = gates(model.cell, x)[1]
picture(gate_maps(said, maps), options, "gates")

# %% [markdown]
"""
Which unit knows the subject's number? Read the sentence twice, once with "key"
and once with "keys": the unit whose state differs most at the end knows it.
Close its gate, and the network should forget the number. That is a test of the
explanation, not of the network.
"""


# %%
def last_state(model: Language, noun: str) -> np.ndarray:
    ids = [ID[noun if w == "keys" else w] for w in said]
    return model.cell(model.embedding(minigrad.tensor(ids)))[0][-1] \
        .detach().numpy()


reader = readers["LSTM"]
unit = int(np.abs(last_state(reader, "keys")
                  - last_state(reader, "key")).argmax())
kept = maps["LSTM: forget gate f"][2:, unit]
whole = agreement(reader, 3)[0]
saved = reader.cell.bias_ih_l0.data[16 + unit].item()
reader.cell.bias_ih_l0.data[16 + unit] = -20.0              # f = 0
closed = agreement(reader, 3)[0]
reader.cell.bias_ih_l0.data[16 + unit] = saved
print(f"unit {unit} keeps {kept.min():.2f} to {kept.max():.2f} at each word "
      f"after the subject;\nagreement {whole:.3f}, with its forget gate "
      f"closed {closed:.3f}")

# %% [markdown]
"""
## Names of places

The same network reads letters. It learns from 675 names of English towns and
predicts each next letter; 75 names are held out. (They also say when to stop,
which flatters the LSTM a little.) The skeptic's baseline counts pairs, and adds
1 to each count. To write, draw a letter from the softmax, feed it back, until a
dot comes.
"""

# %%
LETTERS = ".abcdefghijklmnopqrstuvwxyz"
order = np.random.default_rng(7).permutation(len(PLACES))
coded = [[LETTERS.index(c) for c in f".{PLACES[i]}."] for i in order]
train, held_out = coded[75:], coded[:75]
counts = np.ones((27, 27))
for row in train:
    np.add.at(counts, (row[:-1], row[1:]), 1)
odds = np.log(counts / counts.sum(1, keepdims=True))
pairs = -np.mean(np.concatenate([odds[r[:-1], r[1:]] for r in held_out]))

minigrad.manual_seed(options.seed)
model, random = Language(nn.LSTM, 27, 64), np.random.default_rng(options.seed)
optimizer, curve, best = optim.Adam(model.parameters(), lr=0.005), [], {}
for step in range(20 if options.quick else 800):
    loss = error_of(model, [train[i] for i in random.integers(675, size=64)])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (step + 1) % 20 == 0:
        with minigrad.no_grad():
            curve.append((error_of(model, train).item(),
                          error_of(model, held_out).item()))
        if curve[-1][1] == min(c for _, c in curve):
            best = {k: v.clone() for k, v in model.state_dict().items()}
lowest = int(np.argmin([c for _, c in curve]))
print(f"nats for each letter, held out: pairs {pairs:.3f}, LSTM "
      f"{curve[lowest][1]:.3f} after {20 * lowest + 20} steps")
print(f"trained longer, it memorizes: {curve[-1][0]:.3f} on the names it has "
      f"seen,\n{curve[-1][1]:.3f} on the others. So keep the best look.")
model.load_state_dict(best)


novelty = {}
for temperature in (0.3, 1.0, 2.0):
    names = invent(model, LETTERS, 200, temperature, random)
    novelty[temperature] = (len(set(names)) / 200,
                            float(np.mean([n not in PLACES for n in names])))
    print(f"T = {temperature}: {novelty[temperature][0]:4.0%} different, "
          f"{novelty[temperature][1]:4.0%} new:  " + " ".join(names[:3])[:46])

# %% tags=["hidden"]
if not options.quick:
    assert curve[lowest][1] < pairs and closed < whole
    assert curve[-1][0] < curve[lowest][0]
write_results(options.output / "results.json", options,
              lesson="recurrent_networks", seeds=SEEDS, steps=steps,
              adding={k: np.sort(e[-1]).astype(float).round(4).tolist()
                      for k, e in errors.items()},
              agreement={k: np.median(v, axis=0).round(3).tolist()
                         for k, v in learned.items()},
              pairs=round(float(pairs), 3), letters=round(curve[lowest][1], 3))

# %% [markdown]
"""
## What to remember

- A recurrent network is a deep network with shared weights: going back, a state
  gets two gradients, and each weight a sum over all steps.
- A hundred steps multiply a hundred factors. Gates near 1 keep the product.
- Adding, full run: LSTM below 0.002 in all five seeds, plain cell above 0.65.
- A GRU right with three nouns between may fail with six, which it never saw.
- A small text is memorized: watch names it has not seen.

What would prove it wrong? A plain cell that gets below 0.04 in the same time.

## Things to try

- Start the LSTM's forget bias at 0 in the adding problem.
- Give the adding problem 200 steps. Which cell fails first?
"""
