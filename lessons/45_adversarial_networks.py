# ---
# title: adversarial networks
# documents: E §2, E §3
# time: 3 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# A forger and an expert

**You will know** what two networks that play against each other converge to,
how a collapse looks and what cures it, and why their losses tell you little.
**Time:** 60 minutes. **You need:** lesson 20 (mlp mnist).

Document E (§2) lists adversarial networks (生成对抗网络, GAN): a *generator*
makes samples out of noise, a *discriminator* tells them from real ones, and
both learn from the contest (Goodfellow 2014). Nobody says what a good sample
is. How do we know, then, that one has learned anything? First a game that can
be solved on paper, then one where we can count, then digits.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import adversarial as figures
from lessons.support import (Data, appendix, begin, picture, read_options,
                             recorded, write_results)
from lessons.support.adversarial import (classifier, discriminator,
                                         gaussian_like, generator, nearest,
                                         small)
from lessons.support.agents import Networks
from lessons.support.ranks import rank_correlation
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F
from minigrad.train import fit

options = read_options("adversarial_networks", "Adversarial networks.",
                       epochs=5, quick_epochs=2, quick_images=2000)
begin(options)
past = recorded("adversarial_networks")
rng = np.random.default_rng(options.seed)
Array = np.ndarray[Any, Any]


def spread(values: Any, digits: int = 0) -> str:
    """Median, and the range of all seeds."""
    low, middle, high = (f"{f(values):.{digits}f}"
                         for f in (np.min, np.median, np.max))
    return f"{middle} ({low} to {high})"


# %% [markdown]
"""
## On paper

The real numbers are p = N(0, 1). The generator shifts noise: x = z + θ, so its
numbers are q = N(θ, 1). The discriminator D(x) is the probability that x is
real, and wants the largest

    V = E_p[ln D(x)] + E_q[ln(1 − D(x))]

For each x on its own, p ln D + q ln(1 − D) is largest at D = p / (p + q): the
sigmoid of ln p − ln q = θ²/2 − θx, a straight line. Does a line ax + b learn
that? The means are sums over 120 weighted points (Gauss and Hermite), right to
rounding: nothing here is random.
"""

# %%
z, weight = np.polynomial.hermite_e.hermegauss(120)
z, weight = minigrad.tensor(z), minigrad.tensor(weight / weight.sum())


def value(real: Tensor, fake: Tensor) -> Tensor:
    """V, from what D says before its sigmoid: −softplus(−s) is ln σ(s)."""
    return -(weight * (F.softplus(-real) + F.softplus(fake))).sum()


theta = 1.5
line = minigrad.zeros(2, dtype=minigrad.float64, requires_grad=True)
optimizer = optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe",
                        tolerance_grad=1e-9, tolerance_change=1e-14)


def closure() -> Tensor:
    """−V, and its slope."""
    optimizer.zero_grad()
    a, b = line
    loss = -value(a * z + b, a * (z + theta) + b)
    loss.backward()
    return loss


optimizer.step(closure)
print(f"learned: {line[0].item():+.6f} x {line[1].item():+.6f}")
print(f"theory:  {-theta:+.6f} x {theta ** 2 / 2:+.6f}")
assert np.allclose(line.detach().numpy(), [-theta, theta ** 2 / 2], atol=1e-5)

# %% [markdown]
"""
With this D, V = 2 JSD(p, q) − ln 4: twice the Jensen–Shannon divergence, 0
where p = q. So the generator that lowers V brings q to p. But it never sees D
move: it takes the slope with D *fixed*. Is that the slope of the divergence? A
finite difference over V, with the best D at each θ, must agree.

Goodfellow proposed another loss as well, −E_q[ln D]. Its slope should be that
of KL(q‖p) − 2 JSD, where KL = θ²/2.
"""


# %%
def best_value(theta: float) -> float:
    """V for the best discriminator."""
    return value(theta ** 2 / 2 - theta * z,
                 theta ** 2 / 2 - theta * (z + theta)).item()


def slopes(theta: float) -> list[float]:
    """Of ln(1 − D) and of −ln D, by backward, with D fixed."""
    found = []
    for loss in (lambda s: -F.softplus(s), lambda s: F.softplus(-s)):
        shift = minigrad.tensor(theta, dtype=minigrad.float64,
                                requires_grad=True)
        says = theta ** 2 / 2 - theta * (z + shift)
        (weight * loss(says)).sum().backward()
        found.append(shift.grad.item())
    return found


h = 1e-4
print("   θ    2 JSD   its slope  ln(1 − D)     −ln D   θ − slope")
for theta in (0.5, 1.0, 2.0, 4.0, 8.0):
    measured = (best_value(theta + h) - best_value(theta - h)) / (2 * h)
    saturating, other = slopes(theta)
    print(f"{theta:4.1f} {best_value(theta) + np.log(4):8.4f} {measured:11.6f}"
          f"{saturating:11.6f}{other:10.4f}{theta - measured:12.4f}")
    assert abs(saturating - measured) < 1e-6
    assert abs(other - (theta - measured)) < 1e-6
at_8 = slopes(8.0)

# %% [markdown]
"""
Exact. And the last row is the first failure: when p and q hardly overlap, the
divergence is flat at ln 4. The best D gives the generator hardly any slope:
0.0004, at a distance of 8 (梯度消失). −ln D still pulls, with 8: we take that.

## Eight modes on a ring

Real points now come from eight narrow Gaussians on a circle, and we can count:
a *mode* is there if a tenth of its share of 2,000 samples is within 3 σ of it,
and *good* samples are within 3 σ of any. First real points, and the skeptic's
single Gaussian with the right mean and covariance.
"""

# %%
S, SIGMA, COUNT = 2 if options.quick else 5, 0.05, 2000
angles = np.arange(8) * np.pi / 4
centers = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)     # (8, 2)


def ring(n: int) -> Array:
    """Real points (S, n, 2)."""
    chosen = centers[rng.integers(8, size=(S, n))]
    return chosen + SIGMA * rng.normal(size=(S, n, 2))


def count(x: Array) -> tuple[Array, Array]:
    """Modes found and percent good, both (S,), of points (S, n, 2)."""
    apart = np.linalg.norm(x[:, :, None] - centers, axis=-1)    # (S, n, 8)
    good = apart.min(-1) < 3 * SIGMA
    hits = (np.eye(8)[apart.argmin(-1)] * good[..., None]).sum(1)   # (S, 8)
    return (hits >= x.shape[1] / 80).sum(1), 100 * good.mean(1)


def made(G: nn.Module, *shape: int) -> Tensor:
    """Samples (*shape, …), each from 16 random numbers."""
    return G(minigrad.tensor(rng.standard_normal((*shape, 16), np.float32)))


def samples(G: nn.Module, *shape: int) -> Array:
    """The same as an array, without a graph."""
    with minigrad.no_grad():
        return np.asarray(made(G, *shape).numpy())


table = {"real points": count(ring(COUNT)),
         "one Gaussian": count(2 ** 0.5 * rng.normal(size=(S, COUNT, 2)))}
for name, found in table.items():
    print("{:17} modes {:14} good {} %".format(name, *map(spread, found)))
assert min(table["real points"][0]) == 8 and min(table["real points"][1]) > 95

# %% [markdown]
"""
## The contest, and its order

The discriminator takes a step, then the generator takes one, and so on. On
paper the discriminator was always at its best *before* the generator moved.
Turn that around: for a fixed discriminator the best generator puts everything
on the one point where D is highest. That is collapse (模式崩溃), and we make it
on purpose with eight steps of the generator for each of the discriminator.

The cure comes from the paper part: widen p and q until they overlap, by noise
on all that the discriminator sees, and let it fade (Sønderby 2017). All seeds
learn side by side, with an axis in front (lesson 40, value functions).
"""


# %%
def contest(G: nn.Module, D: nn.Module, real: Callable[[int], Array],
            shape: tuple[int, ...], judge: Callable[[nn.Module], Any],
            steps: int, turns: int = 1, fade: float = 0.0, lr: float = 1e-3
            ) -> dict[str, Array]:
    """Train both; ten looks on the way: the losses, and what judge says.

    ``shape``: of a batch, (S, n) or (n,). ``turns``: steps of G for each of D.
    ``fade``: the noise at the start; after 0.7 of the steps it is gone.
    """
    for_G, for_D = (optim.Adam(model.parameters(), lr=lr, betas=(0.5, 0.999))
                    for model in (G, D))
    log: dict[str, list[Any]] = {"D": [], "G": [], "judged": []}
    for step in range(1, steps + 1):
        sigma = fade * max(0.0, 1 - step / (0.7 * steps))

        def says(x: Tensor) -> Tensor:
            """D before its sigmoid, on x with noise: (S, n) or (n,)."""
            if sigma:
                noise = rng.standard_normal(x.shape, np.float32)
                x = x + sigma * minigrad.tensor(noise)
            return D(x).squeeze(-1)

        for turn in range(turns):
            fake = made(G, *shape)
            if turn == 0:
                x = minigrad.tensor(real(shape[-1]).astype(np.float32))
                loss_D = (F.softplus(-says(x))
                          + F.softplus(says(fake.detach()))).mean(-1)
                for_D.zero_grad()
                loss_D.sum().backward()     # a sum: the seeds stay apart
                for_D.step()
            loss_G = F.softplus(-says(fake)).mean(-1)       # −ln D
            for_G.zero_grad()
            loss_G.sum().backward()
            for_G.step()
        if step % (steps // 10) == 0:
            log["D"].append(loss_D.detach().numpy().copy())
            log["G"].append(loss_G.detach().numpy().copy())
            log["judged"].append(judge(G))
    return {name: np.array(found) for name, found in log.items()}


steps = 200 if options.quick else 3000
logs, points = {}, {"real points": ring(COUNT)}
for name, change in {"eight turns": {"turns": 8}, "one turn": {},
                     "fading noise": {"fade": 1.0}}.items():
    G = Networks((16, 64, 64, 2), S, rng, "relu")
    D = Networks((2, 64, 64, 1), S, rng, "relu")
    rounds = steps // 3 if "turns" in change else steps
    logs[name] = contest(G, D, ring, (S, 128),
                         lambda G: count(samples(G, S, COUNT)), rounds,
                         **change)
    points[name] = samples(G, S, COUNT)
    table[name] = logs[name]["judged"][-1]                          # (2, S)
    found = map(spread, table[name])
    print("{:17} modes {:14} good {} %".format(name, *found))
if not options.quick:
    assert np.median(table["eight turns"][0]) <= 4
    assert np.median(table["fading noise"][0]) == 8

# %% tags=["hidden"]
picture(figures.rings({name: x[0] for name, x in points.items()}), options,
        "ring")

# %% [markdown]
"""
## What the losses say

Where both are at their best, D is ½ everywhere: its loss is ln 4 = 1.386, and
the generator's ln 2 = 0.693. So are the losses of two networks that have
learned nothing. Here are the losses of the last third of the collapsed runs
and of the cured ones, and of the cured ones when they had just begun.
"""

# %%
beside = {}
print(f"{'medians of all seeds':26} loss D   loss G   good")
for name, looks in (("eight turns", slice(-3, None)),
                    ("one turn", slice(-3, None)),
                    ("fading noise", slice(0, 1)),
                    ("fading noise", slice(-3, None))):
    when = f"{name}, {'at the end' if looks.start else 'first look'}"
    D_G_good = (logs[name]["D"], logs[name]["G"], logs[name]["judged"][:, 1])
    beside[when] = [float(np.median(found[looks])) for found in D_G_good]
    print("{:26} {:6.2f} {:8.2f} {:5.0f} %".format(when, *beside[when]))

# %% [markdown]
"""
In the full run the collapsed generators have the losses of a perfect game: D
can't follow a point that jumps, and says ½. A loss can warn, when D's goes to
0; it can't tell you that all is well. Only the samples can.

## Digits, and a number for their quality

For digits there are no modes to count. A classifier can stand in: with p(y|x)
what it says about a sample, the *Inception Score* (Salimans 2016) is

    IS = exp( mean over x of KL( p(y|x) ‖ p(y) ) )

It is high if each sample is clearly one digit and all digits occur: 10 at best
for ten classes, 1 at worst. It means something only beside other scores from
the same classifier. Ours reads digits of 14 × 14 pixels. We score real test
digits with it, and four skeptics: noise, a Gaussian with the digits' mean and
covariance, ten real digits repeated, and nothing but 1s.
"""


# %%
def inception_score(p: Array) -> float:
    """Of what a classifier says, p (N, K)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(p > 0, p * np.log(p / p.mean(0)), 0.0)
    return float(np.exp(parts.sum(1).mean()))


assert np.isclose(inception_score(np.eye(10)), 10)
assert np.isclose(inception_score(np.eye(10)[[3] * 5]), 1)

data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
(x_train, y_train), (x_test, y_test) = small(data.train), small(data.test)
minigrad.manual_seed(options.seed)
reads = classifier()
fit(reads, (minigrad.tensor(x_train), minigrad.tensor(y_train)),
    nn.CrossEntropyLoss(), optim.Adam(reads.parameters(), lr=2e-3),
    epochs=options.epochs, batch_size=128, progress=False)


def judge(x: Array) -> tuple[float, float]:
    """Inception Score, and the rarest class's share in percent."""
    with minigrad.no_grad():
        says = reads(minigrad.tensor(x.astype(np.float32)))
        p = says.softmax(-1).numpy().astype(float)
    share = np.bincount(p.argmax(1), minlength=10) / len(p)
    return inception_score(p), 100 * float(share.min())


ten = np.array([np.flatnonzero(y_train == k)[0] for k in range(10)])
sets = {"real test digits": x_test[:COUNT],
        "noise": rng.uniform(-1, 1, (COUNT, 1, 14, 14)),
        "one Gaussian": gaussian_like(x_train, COUNT, rng),
        "ten, repeated": x_train[np.tile(ten, COUNT // 10)],
        "only 1s": x_test[y_test == 1]}
scores = {name: (*judge(x), nearest(x, x_train)) for name, x in sets.items()}
print("                   score   rarest   from nearest")
for name, found in scores.items():
    print("{:17} {:6.2f} {:7.1f} % {:8.2f}".format(name, *found))

# %% [markdown]
"""
The third skeptic wins: ten memorized images beat the real ones. The score does
not see memory, but the distance from the nearest training image does: 0 is a
copy. Good samples have a high score, all ten classes, *and* the distance that
real test digits have.

## Digits out of noise

Generator and discriminator are now convolutional (Radford 2015), as small as
can be. Each seed plays its own contest.
"""


# %%
def digits(n: int) -> Array:
    """Real digits (n, 1, 14, 14)."""
    return x_train[rng.integers(len(x_train), size=n)]


steps = 20 if options.quick else 1200
SEEDS = range(options.seed, options.seed + (1 if options.quick else 3))
digit_logs, made_digits, final = [], [], []
for seed in SEEDS:
    minigrad.manual_seed(seed)
    G = generator()
    digit_logs.append(contest(G, discriminator(), digits, (64,),
                              lambda G: judge(samples(G, COUNT)), steps,
                              fade=0.2, lr=2e-3))
    made_digits.append(samples(G, COUNT))
    final.append((*judge(made_digits[-1]), nearest(made_digits[-1], x_train)))
    print("seed {}: score {:.2f}, rarest class {:.1f} %, from nearest {:.2f}"
          .format(seed, *final[-1]), flush=True)
score = np.array([log["judged"][:, 0] for log in digit_logs])   # (seeds, 10)
if not options.quick:
    assert np.median(score[:, -1]) > scores["one Gaussian"][0] + 1
    assert min(rare for _, rare, _ in final) > 1

# %% tags=["hidden"]
picture(figures.digits(x_test[:16], made_digits[0][:48]), options, "digits")

# %% [markdown]
"""
Could one see in the losses that the score rose? A rank correlation of 1 means
that the score rises whenever the loss falls, −1 that they rise together.
"""

# %%
told = {name: [rank_correlation(-log[name], log["judged"][:, 0])
               for log in digit_logs] for name in ("D", "G")}
print("falling loss against rising score, rank correlation of ten looks:")
for name, values in told.items():
    print(f"  loss of {name}: {spread(values, 2)}")

# %% tags=["hidden"]
picture(figures.losses_beside_score(digit_logs, scores["real test digits"][0]),
        options, "losses")
write_results(
    options.output / "results.json", options, lesson="adversarial_networks",
    data=data.name, seeds=S, losses=beside, told=told, scores=scores,
    ring={name: dict(zip(("modes", "good"), np.array(found).tolist()))
          for name, found in table.items()}, digits=final)

# %% [markdown]
"""
## What to remember

- For fixed p and q the best discriminator is p / (p + q), and with it the
  generator goes down the slope of the Jensen–Shannon divergence.
- Where p and q don't overlap that slope is 0. −ln D and noise help.
- A generator that moves first collapses: in the full run it finds 1 of 8 modes
  (0 to 6), in turns 8 (6 to 8), with fading noise 8 in each of five seeds.
- A score has its own blindness. Show real data, baselines and the nearest
  images beside it. Ours is 6.7; real digits have 9.5, a Gaussian 4.0.

What would prove it wrong? Runs whose losses tell the collapsed from the cured;
a single Gaussian that scores as well as the network.

## Things to try

- Give G ten noise vectors and no others. What do score and distance say?
"""

# %% tags=["hidden", "audit"]
appendix("adversarial_networks", globals())
