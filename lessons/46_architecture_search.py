# ---
# title: architecture search
# documents: E §2, E §3
# time: 2 min
# needs:
# ---

# %% [markdown]
"""
# Which network is the best?

**You will know** four ways to search for a network, how far each of them ends
from the best one, and against which baseline a search has to be judged.
**Time:** 60 minutes. **You need:** lesson 41 (policy gradients).

Architecture search (神经架构搜索, NAS) lets a program choose the layers.
Document E (§3.1) names three kinds: by reinforcement learning, by evolution,
and by optimization. Papers report what their search found. They can't say how
good that is: nobody knows the best network of a space of 10¹⁸.

So we take a space of 150 networks, small enough to train *all* of them, three
times each. Then the best is known, and a search that took 20 trainings can be
repeated a thousand times, in a second, by looking things up (Ying 2019).
"""

# %% tags=["hidden"]
import sys
from math import comb
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import searching as figures
from lessons.support import (appendix, begin, picture, read_options,
                             write_results)
from lessons.support.architectures import (BATCH, CHOICES, EPOCHS, SPACE,
                                           Network, build, operation,
                                           read_table, signals, train)
from lessons.support.ranks import rank_correlation
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F

options = read_options("architecture_search", "Architecture search "
                                              "(document E §3).")
begin(options)
rng = np.random.default_rng(options.seed)
Array = np.ndarray[Any, Any]

# %% [markdown]
"""
## A space, counted

Every network is a convolution, two cells, and a last layer, for the signals of
MNIST-1D. A cell has three edges, and each edge one operation:

    cell(x) = second(first(x)) + shortcut(x)

    first, second    identity, mean 3, max 3, conv 3, conv 7
    shortcut         one of these, or nothing

That makes 5 · 5 · 6 = 150. `benchmarks/architecture_table.py` trained each
with three seeds, ten epochs of 3,000 signals, and wrote down the accuracy on
1,000 more (validation) and on the test signals. Is the table right? We train
one of them here.
"""

# %%
table = read_table()["networks"]
rows = [table[", ".join(names)] for names in SPACE]
seen = np.array([row["validation"] for row in rows])        # (150, 3)
test = np.array([row["test"] for row in rows])              # (150, 3)
truth = test.mean(1)                                        # (150,)
ranking = truth.argsort()[::-1]

parts = signals()
again = train(SPACE[100], 0, parts)
print(f"{', '.join(SPACE[100])}: test accuracy {again[1]:.1f} %, in the table "
      f"{test[100, 0]:.1f} %")
assert abs(again[1] - test[100, 0]) < 8

print("      first     second    shortcut   accuracy of three seeds")
for place in (0, 1, 2, 74, 147, 148, 149):
    i = ranking[place]
    print(f"{place + 1:4}. " + "".join(f"{name:10}" for name in SPACE[i])
          + f" {truth[i]:5.1f} ({test[i].min():.1f} to {test[i].max():.1f})")

# %% [markdown]
"""
Differences between seeds are as large as between neighbors in the ranking. So
"the best" is what has the best mean of three (some pairs are the same network:
identity, mean 3 and mean 3, identity); the *regret* of a search is the
mean of the best minus the mean of what was chosen.

## What a search can see

It trains a network once and sees one validation accuracy. How well does that
number order the networks? We compare it with the test accuracy of the two
other seeds, by rank correlation (lesson 43, what did it look at). Beside it
stands the skeptic's measure, which trains nothing: the number of parameters.
"""

# %%
sight = [rank_correlation(seen[:, s], np.delete(test, s, 1).mean(1))
         for s in range(3)]
size = np.array([row["parameters"] for row in rows])
by_size = rank_correlation(size, truth)
spread_of_seeds = float(test.std(1, ddof=1).mean())
print(f"one validation accuracy, rank correlation {np.median(sight):.2f} "
      f"({min(sight):.2f} to {max(sight):.2f})")
print(f"number of parameters,    rank correlation {by_size:.2f}")
print(f"standard deviation of a network's seeds {spread_of_seeds:.1f}, "
      f"of the networks {truth.std():.1f} points")
biggest = int(np.lexsort((truth, size))[-1])
print(f"regret of the largest network, untrained: "
      f"{truth.max() - truth[biggest]:.1f}")

# %% [markdown]
"""
## Random search, exactly

Draw n of the 150 without repetition, and keep the best. If we saw the truth,
the mean of the best would be a formula: the network with k − 1 worse ones is
the best of n in C(k − 1, n − 1) of C(150, n) draws. Does the program, with
sight of the truth, agree? Only then it gets the noisy numbers.
"""

# %%
Look = Callable[[int], float]
RUNS = 100 if options.quick else 1000
BUDGET = 60


def chosen(order: list[int], values: list[float]) -> Array:
    """Whom one would choose after 1, 2, … trainings: the best seen."""
    best = np.maximum.accumulate(values)
    first = [int(np.flatnonzero(values == value)[0]) for value in best]
    return np.array(order)[first]


def random_search(look: Look) -> Array:
    """BUDGET networks without repetition."""
    order = rng.permutation(len(SPACE))[:BUDGET].tolist()
    return chosen(order, [look(i) for i in order])


def regrets(search: Callable[[Look], Array], noisy: bool = True) -> Array:
    """Of RUNS searches, after each training: (RUNS, BUDGET)."""
    def look(i: int) -> float:
        return float(seen[i, rng.integers(3)] if noisy else truth[i])
    return np.array([truth.max() - truth[search(look)] for _ in range(RUNS)])


def by_formula(n: int) -> float:
    """The mean regret of the best of n random networks."""
    weights = [comb(k, n - 1) / comb(150, n) for k in range(150)]
    return float(truth.max() - np.dot(weights, np.sort(truth)))


clear = regrets(random_search, noisy=False)
for n in (1, 5, 20, 60):
    error = clear[:, n - 1].std() / RUNS ** 0.5
    print(f"best of {n:2}: formula {by_formula(n):6.3f}, "
          f"{RUNS} searches {clear[:, n - 1].mean():6.3f} ± {error:.3f}")
    assert abs(by_formula(n) - clear[:, n - 1].mean()) < 4.5 * error + 1e-9

# %% [markdown]
"""
## Evolution

Regularized evolution (Real 2019): a population of ten; draw three, take the
best of them as parent, change one edge at random, train the child; the
*oldest* dies, however good.

## A controller that learns by reinforcement

Three distributions, one for each edge, with logits θ. The return is the
accuracy, and the slope of its expectation is E[(accuracy − baseline) ∇ ln p]
(lesson 41, policy gradients). Here 150 terms give the expectation exactly, so
that we can check it against a finite difference before we use it.
"""

# %%
places = [{name: i for i, name in enumerate(names)} for names in CHOICES]
codes = np.array([[places[e][name] for e, name in enumerate(names)]
                  for names in SPACE])                      # (150, 3)
index = {tuple(code): i for i, code in enumerate(codes.tolist())}


def evolution(look: Look) -> Array:
    """Ten at random, then children."""
    order = rng.permutation(len(SPACE))[:10].tolist()
    values = [look(i) for i in order]
    while len(order) < BUDGET:
        living = np.arange(len(order) - 10, len(order))
        three = rng.choice(living, 3, replace=False)
        child = codes[order[max(three, key=lambda j: values[j])]].copy()
        edge = rng.integers(3)
        others = [o for o in range(len(CHOICES[edge])) if o != child[edge]]
        child[edge] = rng.choice(others)
        order.append(index[tuple(child.tolist())])
        values.append(look(order[-1]))
    return chosen(order, values)


def distributions(theta: list[Array]) -> list[Array]:
    """Softmax of each edge's logits."""
    powers = [np.exp(t - t.max()) for t in theta]
    return [power / power.sum() for power in powers]


def slope(theta: list[Array], code: Array) -> list[Array]:
    """∇ ln p(code): 1 at the choice, minus the probabilities."""
    return [np.eye(len(p))[c] - p for p, c in zip(distributions(theta), code)]


def expected(theta: list[Array]) -> float:
    """J = Σ p · accuracy, over all 150."""
    p = distributions(theta)
    return float(sum(p[0][a] * p[1][b] * p[2][c] * truth[i]
                     for i, (a, b, c) in enumerate(codes)))


def controller(look: Look, rate: float = 0.05) -> Array:
    """REINFORCE, with the mean of what was seen as baseline."""
    theta = [np.zeros(len(names)) for names in CHOICES]
    order: list[int] = []
    values: list[float] = []
    while len(order) < BUDGET:
        code = np.array([rng.choice(len(p), p=p)
                         for p in distributions(theta)])
        order.append(index[tuple(code.tolist())])
        values.append(look(order[-1]))
        advantage = values[-1] - float(np.mean(values))
        theta = [t + rate * advantage * g
                 for t, g in zip(theta, slope(theta, code))]
    return chosen(order, values)


theta = [rng.normal(size=len(names)) for names in CHOICES]
p = distributions(theta)
weights = p[0][codes[:, 0]] * p[1][codes[:, 1]] * p[2][codes[:, 2]]
terms = [w * (t - 50) * slope(theta, code)[2]
         for w, t, code in zip(weights, truth, codes)]
average, measured = np.sum(terms, 0), np.zeros(6)           # the shortcut's
for o in range(6):
    ahead, back = ([*theta[:2], theta[2] + h * np.eye(6)[o]]
                   for h in (1e-5, -1e-5))
    measured[o] = (expected(ahead) - expected(back)) / 2e-5
print("the estimator's average", average.round(4))
print("finite difference      ", measured.round(4))
assert np.abs(average - measured).max() < 1e-6

# %% [markdown]
"""
## The three on one budget

Each search is repeated many times: the median, and in brackets the middle half
of all runs. The last column asks what a paper with one run each would have
said: how often one run of random search matches or beats it at 20. Beside
itself, random search gets more than 50 %, as ties count.
"""

# %%
searches = {"random": random_search, "evolution": evolution,
            "controller": controller}
regret = {name: regrets(search) for name, search in searches.items()}
AT = (10, 20, 40, 60)
print("regret after" + "".join(f"{n:14}" for n in AT) + "  random ≤")
at_least = {}
for name, found in regret.items():
    at_least[name] = float((regret["random"][:, 19]
                            <= rng.permutation(found[:, 19])).mean())
    cells = (np.percentile(found[:, n - 1], (50, 25, 75)) for n in AT)
    print(f"{name:12}" + "".join("{:4.1f} ({:.1f}–{:.1f})".format(*q).rjust(14)
                                 for q in cells) + f"{at_least[name]:10.0%}")
means = {name: found.mean(0) for name, found in regret.items()}

# %% tags=["hidden"]
picture(figures.regrets(means, [by_formula(n) for n in range(1, BUDGET + 1)],
                        float(truth.max() - truth[biggest])), options,
        "regret")

# %% [markdown]
"""
## All networks at once

DARTS (Liu 2018) trains a single network in which every edge is a mixture of
all its operations, weighted by softmax(α). Steps of the weights on training
data alternate with steps of α on validation data; in the end each edge keeps
the operation with the largest α. An exact check first: where α has decided,
the mixture must be the network of the space with the same weights.
"""


# %%
class Mixed(nn.Module):
    """Σ softmax(α)ₒ · operationₒ(x), (N, C, L) → (N, C, L)."""

    def __init__(self, names: tuple[str, ...], alpha: Tensor) -> None:
        super().__init__()
        self.operations = nn.ModuleList(operation(name) for name in names)
        self.alpha = [alpha]        # in a list: shared, not this module's own

    def forward(self, x: Tensor) -> Tensor:
        share = self.alpha[0].softmax(0)
        return sum((share[o] * operation(x)     # type: ignore[return-value]
                    for o, operation in enumerate(self.operations)),
                   start=minigrad.zeros(1))


def mixture() -> tuple[Network, list[Tensor]]:
    """A network of mixtures, and its α: three, for both cells."""
    alpha = [minigrad.zeros(len(names), requires_grad=True)
             for names in CHOICES]
    return Network([Mixed(names, a) for names, a in zip(CHOICES, alpha)]
                   for _ in range(2)), alpha


minigrad.manual_seed(options.seed)
net, alpha = mixture()
single = build(SPACE[100])
for a, c in zip(alpha, codes[100]):
    a.data[int(c)] = 200.0
single.stem, single.last = net.stem, net.last
for cell, mixed in zip(single.cells, net.cells):
    for e, c in enumerate(codes[100]):
        cell[e] = mixed[e].operations[int(c)]
x = parts["test"][0][:50]
with minigrad.no_grad():
    apart = float((net(x) - single(x)).abs().max().item())
print(f"decided mixture and network of the space: {apart:.1e} apart")
assert apart < 1e-5

# %% [markdown]
"""
The budget is that of 20 trainings. A step of the mixture has 16 operations in
a cell where a network has 3, and there are two kinds of steps. So each kind
gets the steps of 20 · 3 / 16 / 2, or 1.9 trainings. We also try a quarter.

The skeptic has 20 trainings as well: of random networks. A linear model with a
number for each choice, fitted to what they reached, orders all 150, too.
"""


# %%
def darts(seed: int, steps: int, rate: float = 0.02) -> list[Array]:
    """α of each edge after so many steps of weights, and as many of α."""
    minigrad.manual_seed(seed)
    draw = np.random.default_rng(seed)
    net, alpha = mixture()
    for_w = optim.Adam(net.parameters(), lr=0.01)
    for_a = optim.Adam(alpha, lr=rate, betas=(0.5, 0.999))
    schedule = optim.lr_scheduler.CosineAnnealingLR(for_w, steps)
    for _ in range(steps):
        for part, optimizer in (("validation", for_a), ("train", for_w)):
            x, y = parts[part]
            batch = draw.integers(len(x), size=BATCH)
            for_w.zero_grad()
            for_a.zero_grad()
            F.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()
        schedule.step()
    return [np.array(a.detach().numpy(), float) for a in alpha]


one = EPOCHS * len(parts["train"][0]) // BATCH          # steps of a training
fair = int(20 * one * 3 / 16 / 2)
SEEDS = range(options.seed, options.seed + (2 if options.quick else 5))
lengths = {"5 trainings": fair // 4, "20 trainings": fair}
if options.quick:
    lengths = {"20 trainings": fair // 20}
outcome: dict[str, dict[str, list[Any]]] = {}
choices = np.concatenate([np.eye(len(names))[codes[:, e]]
                          for e, names in enumerate(CHOICES)], 1)   # (150, 16)


def linear_model() -> Array:
    """A score for each network, (150,), from 20 trainings; ridge of 1."""
    tried = rng.permutation(len(SPACE))[:20]
    y = seen[tried, rng.integers(3, size=20)]
    X = choices[tried]
    return choices @ np.linalg.solve(X.T @ X + np.eye(16),
                                     X.T @ (y - y.mean()))


def judge(name: str, scores: list[Array]) -> None:
    """Of the orders that some runs found: regret and rank correlation."""
    first = [int(np.argmax(score)) for score in scores]
    off = truth.max() - truth[first]
    order = [rank_correlation(score, truth) for score in scores]
    outcome[name] = {"regret": off.tolist(), "order": order,
                     "is": [", ".join(SPACE[i]) for i in first]}
    print(f"{name:26} regret {np.median(off):.1f} ({off.min():.1f} to "
          f"{off.max():.1f}), order {np.median(order):.2f} "
          f"({min(order):.2f} to {max(order):.2f})", flush=True)


judge("linear model, 20 trainings", [linear_model() for _ in range(RUNS)])
for name, steps in lengths.items():
    found = [darts(seed, steps) for seed in SEEDS]
    judge(f"DARTS, {name}", [sum(a[codes[:, e]] for e, a in enumerate(alphas))
                             for alphas in found])
for choice in outcome["DARTS, 20 trainings"]["is"]:
    print(f"    {choice}")
score = sum(a[codes[:, e]] for e, a in enumerate(found[0]))

# %% tags=["hidden"]
picture(figures.orders(truth, seen[:, 0], size, score), options, "orders")
write_results(
    options.output / "results.json", options, lesson="architecture_search",
    runs=RUNS, sight=sight, by_size=by_size, at_least=at_least,
    optimum={"is": ", ".join(SPACE[ranking[0]]), "test": float(truth.max())},
    largest=float(truth.max() - truth[biggest]), darts={
        k: v for k, v in outcome.items() if k.startswith("DARTS")},
    regret={name: {n: np.percentile(found[:, n - 1], (50, 25, 75)).tolist()
                   for n in AT} for name, found in regret.items()})

# %% [markdown]
"""
## What to remember

- A search is judged by its regret, over many runs, at equal cost. After 20
  trainings random search matches or beats evolution in about half of all pairs
  of runs: one run of each shows nothing.
- After 60 trainings the clever searches lead by a mean of half a point to one.
- Much of what one training shows is noise: its rank correlation with the truth
  is 0.76. That limits every search; the picture's dashed line is random search
  without this noise.
- The number of parameters is a bad guide here (0.23).
- DARTS ends 2.3 points (0.0 to 4.7) from the best after 20 trainings, and not
  in skip connections, its known failure; after 5 it is 6.8 (2.3 to 6.8) away. A
  linear model of 20 networks orders all 150 about as well (0.66, DARTS 0.70).

What would prove it wrong? A search that beats random search in nearly every
pair of runs; or three other seeds of all 150 whose best network isn't among the
first ten of this table.

## Things to try

- Let evolution keep the best instead of the youngest. Is it better here?
- Which is the largest network that is bad, and why?
"""

# %% tags=["hidden", "audit"]
appendix("architecture_search", globals())
