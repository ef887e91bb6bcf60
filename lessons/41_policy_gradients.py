# ---
# title: policy gradients, from REINFORCE to PPO
# documents: E §3
# time: 2 min
# needs:
# ---

# %% [markdown]
"""
# Which way is up?

**You will know** why a policy can be improved without knowing the world, what
a baseline, a critic and PPO's clip are for, and why the loss says nothing.
**Time:** 60 minutes. **You need:** lesson 40 (value functions).

Lesson 40 (value functions) learned what actions are worth. Document E (§3.1)
also names methods that change the parameters of the policy itself (策略梯度方法
直接优化策略参数): go uphill on the return. But the return comes out of a world
that has no derivative. How can it have a slope?
"""

# %% tags=["hidden"]
import sys
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.reinforcement import curves_of_seeds, loss_beside_return
from lessons.support import (appendix, begin, picture, read_options,
                             write_results)
from lessons.support.agents import Networks, balance
from minigrad import Tensor, envs, optim

options = read_options("policy_gradients", "Policy gradients "
                                           "(document E §3).")
begin(options)
rng = np.random.default_rng(options.seed)

# %% [markdown]
"""
## A world small enough to count

A walker starts at 0 and takes four steps, left or right. Each step pays 3 plus
the place it leads to. There are 2⁴ = 16 walks, so nothing has to be sampled:
the expected return is a sum over all of them,

    J(θ) = Σ p(walk) · return(walk),    p(walk) = Π π(action | place)

The policy π is a softmax over two numbers for each place, θ (9, 2).
"""

# %%
STEPS = 4
walks = np.array(list(product((0, 1), repeat=STEPS)))       # (16, 4)
moves = 2 * walks - 1
places = np.cumsum(moves, 1) - moves + STEPS    # before each step, from 0
rewards = 3.0 + np.cumsum(moves, 1)             # (16, 4)
theta = rng.normal(size=(9, 2))


def log_policy(theta: Tensor) -> Tensor:
    """ln π of each step of each walk, (16, 4)."""
    table = theta.log_softmax(1)                            # (9, 2)
    return table[minigrad.tensor(places), minigrad.tensor(walks)]


def expected_return(theta: np.ndarray) -> float:
    """J, exactly."""
    chance = log_policy(minigrad.tensor(theta)).sum(1).exp()
    return float((chance.numpy() * rewards.sum(1)).sum())


slopes, h = np.zeros((9, 2)), 1e-5
for i in np.ndindex(9, 2):
    step = np.zeros((9, 2))
    step[i] = h
    slopes[i] = (expected_return(theta + step)
                 - expected_return(theta - step)) / (2 * h)
print(f"J = {expected_return(theta):.4f}, its slopes at three places:")
print(slopes[3:6].round(4))

# %% [markdown]
"""
## The estimator, and what it is on average

Since ∇p = p ∇ ln p, the slope of J is an average over walks:

    ∇J = Σ p(walk) · return(walk) · ∇ ln p(walk)
       = E[ Σₜ ∇ ln π(aₜ | sₜ) · return ]

An average can be sampled: play, and weight each ∇ ln π by a number A for how
well it went. The world is not differentiated. Which A is right? Four tries:

    the return              as derived
    what comes after        rewards before step t don't depend on aₜ
    … minus V(sₜ)           a baseline: what one gets there on average
    … minus Q(sₜ, aₜ)       the same with the action in it: wrong!

Here all walks can be counted, so the average and the variance of each are
exact.
"""

# %%
chance = np.exp(log_policy(minigrad.tensor(theta)).numpy().sum(1))  # (16,)
to_go = np.cumsum(rewards[:, ::-1], 1)[:, ::-1]             # (16, 4)
V, Q = np.zeros((16, 4)), np.zeros((16, 4))
for w, t in np.ndindex(16, STEPS):
    # the time matters, too: from one place, there may be more steps to come
    here = places[:, t] == places[w, t]
    same = here & (walks[:, t] == walks[w, t])
    V[w, t] = (chance * to_go[:, t])[here].sum() / chance[here].sum()
    Q[w, t] = (chance * to_go[:, t])[same].sum() / chance[same].sum()


def gradient(weights: np.ndarray) -> np.ndarray:
    """∇ of Σ weights · ln π, by backward: (9, 2)."""
    p = minigrad.tensor(theta, requires_grad=True)
    (minigrad.tensor(weights) * log_policy(p)).sum().backward()
    return np.array(p.grad.numpy())


tries = {"the return": np.repeat(rewards.sum(1)[:, None], STEPS, 1),
         "what comes after": to_go, "minus V": to_go - V,
         "minus Q": to_go - Q}
apart, variance = {}, {}
print(f"{'':17} average − slope   variance")
for name, A in tries.items():
    each = [gradient(A * (np.arange(16) == w)[:, None]) for w in range(16)]
    mean = np.einsum("w,wij->ij", chance, each)
    spread = ((np.array(each) - mean) ** 2).sum((1, 2))
    apart[name] = float(np.abs(mean - slopes).max())
    variance[name] = float(chance @ spread)
    print(f"{name:17} {apart[name]:12.1e} {variance[name]:12.2f}")
assert max(apart[name] for name in tries if name != "minus Q") < 1e-8
assert apart["minus Q"] > 0.1
assert variance["the return"] > variance["what comes after"]
assert variance["what comes after"] > 5 * variance["minus V"]

# %% [markdown]
"""
The first three are the slope, to rounding. They differ in how many walks one
needs: the variance falls, and the baseline takes most of it. The fourth has
little variance, too, and is wrong: a baseline may know the state, not the
action.

## CartPole: four methods, four settings

The cart of lesson 40 (value functions), solved at 475 of 500 steps. Actor and
critic are networks, five seeds side by side, each with eight carts. With r the
reward and V the critic, the advantage adds up the surprises δ that follow
(generalized advantage estimation, Schulman 2016):

    δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ)
    Aₜ = δₜ + γλ Aₜ₊₁               until the episode ends

λ = 1 and V = 0 make it the discounted return: REINFORCE (Williams 1992). λ = 1
with a critic is the return minus a baseline. λ < 1 trusts the critic, and need
not wait for the end of the episode: actor-critic. An episode that was cut off
would have gone on: there V(sₜ₊₁) counts, after a fall it doesn't.
"""

# %%
S, N, GAMMA = 2 if options.quick else 5, 8, 0.99
Arrays = dict[str, np.ndarray]


class Method(NamedTuple):
    """What distinguishes one method from another."""

    critic: bool
    lam: float
    steps: int              # played before each update; 0: whole episodes
    epochs: int = 1         # passes over what was played
    parts: int = 1          # batches in a pass
    clip: float = 0.0       # PPO's ε; 0: none
    lr: float = 1e-3


METHODS = {
    "REINFORCE": Method(False, 1.0, 0, lr=5e-3),
    "with a baseline": Method(True, 1.0, 0, lr=5e-3),
    "actor-critic": Method(True, 0.98, 128, 1, 4, lr=3e-3),
    "PPO": Method(True, 0.95, 128, 8, 4, 0.2),
    "PPO, no clip": Method(True, 0.95, 128, 8, 4),
}


def play(actor: Networks, carts: Any, seen: np.ndarray, steps: int) -> Arrays:
    """Observations, actions, … of some steps, each (T, S, N, …).

    With steps = 0 until every cart has ended one episode; ``counts`` is False
    for what it does afterwards.
    """
    rows: list[tuple[Any, ...]] = []
    alive = np.ones((S, N), bool)
    while len(rows) < steps or (not steps and alive.any()):
        with minigrad.no_grad():
            log_pi = actor(minigrad.tensor(seen)).log_softmax(-1).numpy()
        a = (rng.random((S, N)) > np.exp(log_pi[..., 0])).astype(int)
        chosen = np.take_along_axis(log_pi, a[..., None], -1)[..., 0]
        after, _, fell, cut, info = carts.step(a.ravel())
        final, fell, cut = (x.reshape(S, N, *x.shape[1:])
                            for x in (info["final_obs"], fell, cut))
        rows.append((seen, a, chosen, final, fell, cut, alive.copy()))
        seen = after.reshape(S, N, 4)
        if not steps:
            alive &= ~(fell | cut)
    names = ("seen", "action", "log_pi", "after", "fell", "cut", "counts")
    return {**dict(zip(names, map(np.array, zip(*rows)))), "next": seen}


def advantages(got: Arrays, V: np.ndarray, V_after: np.ndarray,
               lam: float) -> np.ndarray:
    """A (T, S, N); the reward is 1 for each step."""
    delta = 1 + GAMMA * V_after * ~got["fell"] - V
    goes_on = ~(got["fell"] | got["cut"])
    A, later = np.zeros_like(delta), np.zeros_like(delta[0])
    for t in reversed(range(len(delta))):
        A[t] = later = delta[t] + GAMMA * lam * goes_on[t] * later
    return A


four = {"fell": np.array([0, 0, 0, 1], bool).reshape(4, 1, 1),
        "cut": np.zeros((4, 1, 1), bool)}
by_hand = [1 + GAMMA + GAMMA**2 + GAMMA**3, 1 + GAMMA + GAMMA**2, 1 + GAMMA, 1]
guess = rng.normal(size=(4, 1, 1))
for V_any in (np.zeros((4, 1, 1)), guess):      # any V cancels when λ = 1
    A = advantages(four, V_any, np.roll(V_any, -1, 0), 1.0) + V_any
    assert np.abs(A.ravel() - by_hand).max() < 1e-12

# %% [markdown]
"""
## PPO: not too far at once

One gradient step for each batch of play is a waste. After that step, though,
the data is that of an older policy. PPO (Schulman 2017) weights by the ratio
of the two and stops where it has gone far enough:

    ratio = π(a | s) / π_old(a | s)
    loss = −mean min(ratio · A, clip(ratio, 1 − ε, 1 + ε) · A)

At the first step the ratio is 1, and the slope of ratio · A is A ∇ ln π: all
methods here are this one loss. That is checked, too.
"""


# %%
def policy_loss(log_pi: Tensor, old: Tensor, A: Tensor, weight: Tensor,
                clip: float) -> Tensor:
    """Of each seed, (S,), from (S, B); weight 0 for what doesn't count."""
    ratio = (log_pi - old).exp()
    gain = ratio * A
    if clip:
        gain = minigrad.minimum(gain, ratio.clamp(1 - clip, 1 + clip) * A)
    return -(gain * weight).sum(-1) / weight.sum(-1)


log_pi = minigrad.tensor(np.log(rng.uniform(0.2, 0.9, (1, 6))),
                         requires_grad=True)
A6, ones = minigrad.tensor(rng.normal(size=(1, 6))), minigrad.ones(1, 6)
policy_loss(log_pi, log_pi.detach(), A6, ones, 0.2).sum().backward()
difference = log_pi.grad + A6 / 6               # −A ∇ ln π / 6
assert np.abs(difference.numpy()).max() < 1e-8


def update(nets: tuple[Networks, Networks], optimizer: Any, batch: Arrays,
           method: Method) -> float:
    """One gradient step on (S, B); the median loss of the policy."""
    x, old, A, goal, weight = (
        minigrad.tensor(batch[name].astype(np.float32))
        for name in ("seen", "log_pi", "A", "goal", "counts"))
    chosen = minigrad.tensor(batch["action"][..., None])
    log_pi = nets[0](x).log_softmax(-1).gather(-1, chosen).squeeze(-1)
    losses = policy_loss(log_pi, old, A, weight, method.clip)       # (S,)
    loss = losses.sum()
    if method.critic:
        # in units of 1 / (1 − γ), the largest value: outputs from 0 to 1
        error = (nets[1](x).squeeze(-1) - goal * (1 - GAMMA)) ** 2
        loss = loss + 0.5 * ((error * weight).sum(-1) / weight.sum(-1)).sum()
    optimizer.zero_grad()
    loss.backward()
    for p in optimizer.param_groups[0]["params"]:
        if p.grad is not None:                  # each seed's, of norm ≤ 0.5
            norm = (p.grad ** 2).sum((1, 2), keepdim=True).sqrt()
            p.grad = p.grad * (0.5 / (norm + 1e-6)).clamp(max=1.0)
    optimizer.step()
    return float(np.median(losses.detach().numpy()))


def train(method: Method, budget: int) -> dict[str, list[Any]]:
    """Steps played, mean lengths (S,) and losses, twelve times on the way."""
    actor = Networks((4, 64, 64, 2), S, rng, last=0.1)
    critic = Networks((4, 64, 64, 1), S, rng)
    optimizer = optim.Adam([*actor.parameters(), *critic.parameters()],
                           lr=method.lr)
    carts = envs.make_vec("CartPole-v1", S * N)
    seen = carts.reset(seed=options.seed)[0].reshape(S, N, 4)
    played, log = 0.0, {"steps": [], "length": [], "loss": []}

    def choose(x: np.ndarray) -> np.ndarray:
        with minigrad.no_grad():
            return np.asarray(actor(minigrad.tensor(x)).numpy().argmax(-1))

    def value(x: np.ndarray) -> np.ndarray:
        if not method.critic:
            return np.zeros(x.shape[:-1])
        T = len(x)
        with minigrad.no_grad():
            flat = minigrad.tensor(x.swapaxes(0, 1).reshape(S, T * N, 4))
            V = critic(flat).numpy().reshape(S, T, N) / (1 - GAMMA)
        return np.asarray(V.swapaxes(0, 1))

    while played < budget:
        if not method.steps:
            seen = carts.reset()[0].reshape(S, N, 4)
        got = play(actor, carts, seen, method.steps)
        seen = got.pop("next")
        played += got["counts"].sum() / S
        V = value(got["seen"])
        A = advantages(got, V, value(got["after"]), method.lam)
        got["goal"] = A + V
        for s in range(S):                      # mean 0, deviation 1
            which = got["counts"][:, s]
            A[:, s] -= A[:, s][which].mean()
            A[:, s] /= A[:, s][which].std() + 1e-8
        got["A"] = A
        flat = {name: x.swapaxes(0, 1).reshape(S, -1, *x.shape[3:])
                for name, x in got.items()}     # (T, S, N, …) → (S, B, …)
        optimizer.param_groups[0]["lr"] = method.lr * max(
            0.05, 1 - played / budget)
        for _ in range(method.epochs):
            order = rng.permutation(flat["A"].shape[1])
            for part in np.array_split(order, method.parts):
                loss = update((actor, critic), optimizer,
                              {n: x[:, part] for n, x in flat.items()}, method)
        if played >= budget * (len(log["steps"]) + 1) / 12:
            log["steps"].append(played)
            log["length"].append(balance(choose, S, 10_000))
            log["loss"].append(loss)
    log["last"] = list(balance(choose, S, 20_000, 5 if options.quick else 100))
    return log


# %%
budget = 2500 if options.quick else 120_000
logs, summary = {}, {}
print(f"{'':17} steps balanced: median  (all seeds)")
for name, method in METHODS.items():
    logs[name] = train(method, budget)
    last = np.sort(logs[name]["last"]).round(1)
    summary[name] = last.tolist()
    print(f"{name:17} {np.median(last):23.0f}  "
          f"({', '.join(f'{x:.0f}' for x in last)})")
if not options.quick:
    assert np.median(summary["PPO"]) >= 475

# %% tags=["hidden"]
picture(curves_of_seeds({k: np.array(v["length"]) for k, v in logs.items()},
                        budget, "steps balanced (475: solved)"),
        options, "methods")

# %% [markdown]
"""
## The loss that means nothing

In all lessons before, a falling loss was good news. Here it isn't: A is made
of the same play as the policy, with mean 0. The loss is a device whose *slope*
is right; its value stays near 0 while the policy learns everything, or
nothing.
"""

# %%
ppo = logs["PPO"]
print("PPO, median of the seeds\n   steps    loss  balanced")
for at, loss, length in zip(ppo["steps"], ppo["loss"], ppo["length"]):
    print(f"{at:8.0f} {loss:7.3f} {np.median(length):8.0f}")

# %% tags=["hidden"]
picture(loss_beside_return(ppo["steps"], ppo["loss"],
                           [float(np.median(x)) for x in ppo["length"]]),
        options, "loss")
write_results(options.output / "results.json", options,
              lesson="policy_gradients", seeds=S, balanced=summary,
              variance={k: round(v, 3) for k, v in variance.items()})

# %% [markdown]
"""
## What to remember

- ∇J = E[A ∇ ln π]: only the policy is differentiated, never the world.
- A baseline of the state changes the variance, not the average. One that
  knows the action changes the average.
- PPO reuses its play, and the clip keeps it near the policy that played it.
  Without it, all else equal, the five seeds of this run got there later, and
  fell back on the way. With play enough, all methods arrive.
- Judge by the return, of the median of several seeds; the loss says nothing.

What would prove it wrong? A baseline V(s) that moves the average; runs of PPO
whose loss predicts their return.

## Things to try

- Give the actor-critic λ = 0.9 and one part. It trusts a critic that lags
  behind: how many seeds still balance?
- Leave out the division by the deviation of A. Which methods still learn?
"""

# %% tags=["hidden", "audit"]
appendix("policy_gradients", globals())
