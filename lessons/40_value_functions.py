# ---
# title: value functions, and what an action is worth
# documents: E §3
# time: 2 min
# needs:
# ---

# %% [markdown]
"""
# What is an action worth?

**You will know** how the best policy is computed where the world is known, and
learned where it isn't, and how one notices that a Q-network dreams.
**Time:** 60 minutes. **You need:** lesson 18 (optimizers).

So far every example came with its answer. In reinforcement learning nobody
knows the answers: an agent acts, and the world returns a reward, sometimes
much later. Document E (§3.1) names two families of methods: those that
estimate values (价值函数) and those that improve a policy directly
(策略梯度). This lesson is about the first, lesson 41 (policy gradients) about
the second.
"""

# %% tags=["hidden"]
import sys
from itertools import product
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.reinforcement import curves_of_seeds, paths_on_a_cliff
from lessons.support import (appendix, begin, picture, read_options,
                             write_results)
from lessons.support.agents import Networks, balance
from minigrad import envs, optim
from minigrad.nn import functional as F

options = read_options("value_functions", "Value functions (document E §3).")
begin(options)
rng = np.random.default_rng(options.seed)
SEEDS = 2 if options.quick else 5

# %% [markdown]
"""
## A lake to cross

An environment has the interface of the package gymnasium and gives the same
numbers; the functions below take gymnasium's environments, too. `reset` gives
a state, `step` takes an action and gives a state, a reward, and whether the
episode ended.

The goal G of this lake pays 1, a hole H ends the episode with nothing. The ice
is slippery: one step in three goes where it was meant to, the others to one of
the two sides.
"""

# %%
lake = envs.make("FrozenLake-v1")
lake.reset(seed=options.seed)
print(lake.render())
print("down, from the start:", [(f"{p:.2f}", s) for p, s, *_ in lake.P[0][1]])


def success(env: Any, policy: Callable[[int], int], episodes: int) -> float:
    """The mean return of some episodes."""
    total = 0.0
    for _ in range(episodes):
        (state, _), ended = env.reset(), False
        while not ended:
            state, reward, terminated, truncated, _ = env.step(policy(state))
            total += float(reward)
            ended = terminated or truncated
    return total / episodes


episodes = 500 if options.quick else 5000
luck = success(lake, lambda s: int(rng.integers(4)), episodes)
print(f"random actions reach the goal in {luck:.1%} of {episodes} episodes")

# %% [markdown]
"""
## The value of a policy, exactly

The value V(s) is the return that one may expect from state s on. It is the
next reward plus the value of where one gets to:

    V = R + P V        so        (1 − P) V = R

with P[s, t] the probability of going from s to t (0 when the episode ends), R
the expected reward. For a fixed policy that is a linear system. No learning, no
noise: what we measured must agree with it.
"""


# %%
def model_of(env: Any) -> tuple[np.ndarray, np.ndarray]:
    """P (S, A, S) without the steps that end the episode, R (S, A)."""
    S, A = int(env.observation_space.n), int(env.action_space.n)
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a in product(range(S), range(A)):
        for p, t, reward, terminated in env.unwrapped.P[s][a]:
            R[s, a] += p * reward
            P[s, a, t] += 0 if terminated else p
    return P, R


def value_of(P: np.ndarray, R: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """V (S,) of a policy (S, A): the probability of each action."""
    chain = np.einsum("sa,sat->st", policy, P)              # (S, S)
    return np.linalg.solve(np.eye(len(R)) - chain, (policy * R).sum(1))


P, R = model_of(lake)
V_random = value_of(P, R, np.full((16, 4), 1 / 4))
error = np.sqrt(V_random[0] * (1 - V_random[0]) / episodes)
print(f"random policy: V(start) = {V_random[0]:.4f}, measured {luck:.4f} "
      f"± {error:.4f}")
assert abs(luck - V_random[0]) < 4 * error

# %% [markdown]
"""
## The best policy, exactly

The best value takes the best action instead of the policy's. Put any V into
the right side, again and again, and it converges (value iteration):

    V(s) ← max over a of  R(s, a) + Σ P(s, a, t) V(t)

Is that really the optimum? With four cells of ice we can try *every* policy,
4⁴ = 256 of them, each with its own linear system.
"""


# %%
def iterate(P: np.ndarray, R: np.ndarray, rounds: int) -> np.ndarray:
    """V after so many rounds: the optimum of so many steps."""
    V = np.zeros(len(R))
    for _ in range(rounds):
        V = (R + P @ V).max(1)          # R + P V: (S, A)
    return V


P_small, R_small = model_of(envs.FrozenLake(desc=["SFH", "HFH", "HFG"]))
every, choice = [], np.zeros(9, int)
for actions in product(range(4), repeat=4):
    choice[[0, 1, 4, 7]] = actions                  # elsewhere it is over
    every.append(value_of(P_small, R_small, np.eye(4)[choice])[0])
best_small = iterate(P_small, R_small, 2000)[0]
print(f"{len(every)} policies of the small lake: the best {max(every):.6f}, "
      f"value iteration {best_small:.6f}")
assert abs(best_small - max(every)) < 1e-9

# %% [markdown]
"""
On the lake of 4 × 4 the literature says 0.74, and on 8 × 8 0.91. Value
iteration says 0.8235! Both are right: episodes are cut off after 100 and 200
steps, and V above counts walks of any length. After n rounds V is exactly the
best that n steps allow.
"""

# %%
optimum = {}
for name, limit in (("4x4", 100), ("8x8", 200)):
    world = model_of(envs.FrozenLake(name))
    optimum[name], endless = (iterate(*world, n)[0] for n in (limit, 3000))
    print(f"{name}: {optimum[name]:.4f} within {limit} steps, "
          f"{endless:.4f} without a limit")
assert abs(optimum["4x4"] - 0.74) < 0.005
assert abs(optimum["8x8"] - 0.91) < 0.005

Q_lake = R + P @ iterate(P, R, 3000)
greedy = Q_lake.argmax(1)
arrows = {s: "<v>^"[greedy[s]] for s in range(16)
          if lake.letters[s // 4][s % 4] in "SF"}
print(envs.draw_grid(lake.letters, marks=arrows))
reached = success(lake, lambda s: int(greedy[s]), episodes)
print(f"this policy reaches the goal in {reached:.1%} of {episodes} episodes")
assert abs(reached - optimum["4x4"]) < 0.08

# %% [markdown]
"""
The arrows look odd: beside a hole the policy walks *away* from it, even into a
wall: no slip leads back into the hole.

## Learning without the model

An agent that has no P can still correct its estimate after each step. With
Q(s, a), the value of an action, the target is reward plus what comes next:

    Q(s, a) ← Q(s, a) + α (r + next − Q(s, a))

    SARSA       next = Q(t, b)      b: the action that it takes next
    Q-learning  next = max Q(t, ·)  the best one, even if it takes another

The two differ only because the agent explores: with probability ε = 0.1 it
acts at random. On a cliff that difference is famous. Each step costs 1, a step
into the cliff C costs 100 and leads back to the start.
"""

# %%
EPSILON, ALPHA = 0.1, 0.5
cliff = envs.make("CliffWalking-v1")


def learn(method: str, episodes: int, seed: int
          ) -> tuple[np.ndarray, list[float]]:
    """Q (48, 4), and the return of each episode."""
    rng = np.random.default_rng(seed)
    Q, returns = np.zeros((48, 4)), []

    def choose(s: int) -> int:
        return int(rng.integers(4) if rng.random() < EPSILON
                   else Q[s].argmax())

    for _ in range(episodes):
        s, _ = cliff.reset()
        a, ended, total = choose(s), False, 0.0
        while not ended:
            t, reward, ended, _, _ = cliff.step(a)
            b = choose(t)
            ahead = Q[t, b] if method == "SARSA" else Q[t].max()
            Q[s, a] += ALPHA * (reward + (0 if ended else ahead) - Q[s, a])
            s, a, total = t, b, total + float(reward)
        returns.append(total)
    return Q, returns


def path_of(Q: np.ndarray) -> list[int]:
    """The cells of the greedy path, from the start, 60 steps at most."""
    state, _ = cliff.reset()
    path, ended = [state], False
    while not ended and len(path) < 60:
        state, _, ended, _, _ = cliff.step(int(Q[state].argmax()))
        path.append(state)
    return path


rounds = 300 if options.quick else 1000
walks, online = {}, {}
for method in ("SARSA", "Q-learning"):
    runs = [learn(method, rounds, options.seed + i) for i in range(SEEDS)]
    ends = [float(np.mean(returns[-200:])) for _, returns in runs]
    lengths = [len(path_of(Q)) - 1 for Q, _ in runs]
    online[method] = float(np.median(ends))
    walks[method] = path_of(runs[0][0])
    print(f"{method:10}  return while learning {np.median(ends):6.1f} "
          f"({min(ends):.1f} to {max(ends):.1f}), greedy path "
          f"{int(np.median(lengths))} steps")
    print(envs.draw_grid(cliff.letters,
                         marks={s: "*" for s in walks[method]}))
assert online["SARSA"] > online["Q-learning"]

# %% [markdown]
"""
Q-learning finds the shortest path, 13 steps, and while it explores it falls
from it. SARSA learns the value of what it does, exploring included, and keeps
away from the edge. Is that a story, or a number? The model knows: the exact
value of walking greedily with probability 1 − ε and at random otherwise.
"""

# %%
P_cliff, R_cliff = model_of(cliff)          # the start is cell 36
V_best = iterate(P_cliff, R_cliff, 100)


def exploring(greedy: np.ndarray) -> float:
    """The exact return of this policy, when one step in ten is random."""
    policy = (1 - EPSILON) * np.eye(4)[greedy] + EPSILON / 4
    return float(value_of(P_cliff, R_cliff, policy)[36])


soft = np.zeros(48)                 # the best policy among those that explore
for _ in range(2000):
    Q_soft = R_cliff + P_cliff @ soft
    soft = (1 - EPSILON) * Q_soft.max(1) + EPSILON * Q_soft.mean(1)
shortest = exploring((R_cliff + P_cliff @ V_best).argmax(1))
careful = exploring(Q_soft.argmax(1))
print(f"the shortest path {V_best[36]:.1f}, exploring {shortest:.1f}; "
      f"the best for one who explores {careful:.1f}")
assert V_best[36] == -13 and careful > shortest + 20

# %% tags=["hidden"]
picture(paths_on_a_cliff(cliff.letters, walks), options, "paths")

# %% [markdown]
"""
## The maximum is an optimist

Q-learning takes the largest of several *estimates*. Even if each is right on
average, their maximum isn't: it picks the luckiest error. Ten actions, all
worth 0, each estimated with an error of standard deviation 1:
"""

# %%
noise, other = rng.normal(size=(2, 100_000, 10))    # two estimates
single = noise.max(1).mean()
double = other[np.arange(len(other)), noise.argmax(1)].mean()
print(f"the maximum of ten: {single:+.3f}   (the truth: 0)")
print(f"its choice, valued by another estimate: {double:+.3f}")
assert single > 1.5 and abs(double) < 0.02

# %% [markdown]
"""
## A network instead of a table

CartPole has no table: four real numbers, a cart to be pushed left or right, 1
for each step until the pole falls, 500 at most. DQN (Mnih 2015) learns
Q(s, ·) with a network, with two additions:

- *replay*: it learns from random old steps, not from the last ones, which are
  all alike;
- a *target network*: the target r + γ max Q(t, ·) comes from a copy of the
  network that is renewed only now and then, or the network chases itself.

All seeds learn at once: each weight has an axis of seeds in front, (S, in,
out), and one product serves all (`lessons/support/agents.py`). Their losses are
added up, so the gradients stay apart. Each has eight carts.
"""

# %%
S, N, GAMMA = SEEDS, 8, 0.98


def best_of(q: Networks, seen: np.ndarray) -> np.ndarray:
    """The best action of each network: (S, N, 4) → (S, N)."""
    with minigrad.no_grad():
        return np.asarray(q(minigrad.tensor(seen)).numpy().argmax(-1))


def update(q: Networks, target: Networks, optimizer: Any, seen: Any,
           actions: Any, after: Any, fell: Any) -> float:
    """One step on a batch (S, B); the mean value that it believes in."""
    with minigrad.no_grad():
        ahead = target(minigrad.tensor(after)).numpy().max(-1)      # (S, B)
    y = minigrad.tensor((1 + GAMMA * ahead * ~fell).astype(np.float32))
    a = minigrad.tensor(actions[..., None])
    believed = q(minigrad.tensor(seen)).gather(-1, a).squeeze(-1)
    loss = F.mse_loss(believed, y, reduction="sum") / y.shape[1]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(np.median(ahead.mean(1)))


def dqn(steps: int, period: int = 50, replay: bool = True
        ) -> tuple[np.ndarray, list[float], Networks]:
    """Steps balanced (looks, S), the values believed, the best networks."""
    q, target, kept = (Networks((4, 64, 64, 2), S, rng, "relu",
                                scale=(1, 1, 10, 1)) for _ in range(3))
    target.load_state_dict(q.state_dict())
    optimizer = optim.Adam(q.parameters(), lr=5e-4)
    carts = envs.make_vec("CartPole-v1", S * N)
    seen = carts.reset(seed=options.seed)[0].reshape(S, N, 4)
    old, new = (np.zeros((S, steps, N, 4), np.float32) for _ in range(2))
    did, fell = np.zeros((S, steps, N), int), np.zeros((S, steps, N), bool)
    rows, lengths, beliefs, belief = np.arange(S)[:, None], [], [], 0.0
    for t in range(steps):
        epsilon = max(0.05, 1 - 3 * t / steps)
        explore, any_action = rng.random((S, N)), rng.integers(2, size=(S, N))
        actions = np.where(explore < epsilon, any_action, best_of(q, seen))
        after, _, ended, _, info = carts.step(actions.ravel())
        old[:, t], did[:, t] = seen, actions
        new[:, t] = info["final_obs"].reshape(S, N, 4)
        fell[:, t] = ended.reshape(S, N)        # cut off is not fallen
        seen = after.reshape(S, N, 4)
        if t >= 100:
            i, j = rng.integers([[[t + 1]], [[N]]], size=(2, S, 128))
            if not replay:
                i, j = np.full((S, N), t), np.arange(N)[None]
            belief = update(q, target if period else q, optimizer,
                            *(x[rows, i, j] for x in (old, did, new, fell)))
            if period and t % period == 0:
                target.load_state_dict(q.state_dict())
        if (t + 1) % (steps // 10) == 0:
            lengths.append(balance(lambda x: best_of(q, x), S, 10_000))
            beliefs.append(belief)
            better = lengths[-1] >= np.max(lengths, 0)          # (S,)
            for p, k in zip(q.parameters(), kept.parameters()):
                k.data[better] = p.data[better]
    return np.array(lengths), beliefs, kept


# %% [markdown]
"""
Rewards are 1, so no value can exceed 1 + γ + γ² + … = 1 / (1 − γ) = 50. A
network that believes in more dreams: that is how one notices. Beside DQN run
one without the target network and one without replay, and a random policy.

Values may improve while the policy gets worse: what matters is which of two
numbers is larger, by very little. So we look ten times on the way, keep each
seed's best network, and test it on a hundred *other* episodes.
"""

# %%
steps = 300 if options.quick else 8000
fresh = 10 if options.quick else 100
variants: dict[str, dict[str, Any]] = {
    "DQN": {}, "no target": {"period": 0}, "no replay": {"replay": False}}
lengths, beliefs, summary = {}, {}, {}
chance = balance(lambda x: rng.integers(2, size=x.shape[:2]), S, 1, fresh)
print(f"random actions balance {np.median(chance):.0f} steps\n"
      "           last look   best, tested: all seeds           believed")
for name, change in variants.items():
    lengths[name], beliefs[name], kept = dqn(steps, **change)
    tested = np.sort(balance(lambda x: best_of(kept, x), S, 20_000, fresh))
    summary[name] = tested.round(1).tolist()
    print(f"{name:10} {np.median(lengths[name][-1]):9.0f} "
          f"{np.median(tested):8.0f}     "
          + f"({', '.join(f'{x:.0f}' for x in tested)})".ljust(28)
          + f"{max(beliefs[name]):6.0f}")

# %% tags=["hidden"]
if not options.quick:
    assert np.median(summary["DQN"]) > 475
    assert max(beliefs["DQN"]) < 60 < max(beliefs["no target"])
picture(curves_of_seeds(lengths, N * steps, "steps balanced (500: the limit)"),
        options, "dqn")
write_results(options.output / "results.json", options,
              lesson="value_functions", seeds=SEEDS, balanced=summary,
              believed={k: round(max(v), 1) for k, v in beliefs.items()},
              optimum={k: round(v, 4) for k, v in optimum.items()},
              cliff={k: round(v, 1) for k, v in online.items()})

# %% [markdown]
"""
## What to remember

- A value is the next reward plus the value of what comes next. With the model
  that is a linear system; the optimum puts a maximum into it.
- An optimum belongs to its time limit: 0.74 within 100 steps, 0.82 without.
- SARSA learns the value of what it does, Q-learning of what it should do.
- The maximum of estimates is too high. Compare values with what is possible.
- One seed says nothing, nor does one look. In the full run (seed 0) the best
  DQNs balance 500 steps, the last 171. Without the target network values rise
  to 87 of 50. Replay isn't missed: eight carts at once vary enough.

What would prove it wrong? A policy that beats value iteration on a lake.

## Things to try

- Let ε shrink to 0 while SARSA learns. Which path does it end with?
"""

# %% tags=["hidden", "audit"]
appendix("value_functions", globals())
