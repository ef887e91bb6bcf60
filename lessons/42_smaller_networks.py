# ---
# title: smaller networks, pruned, rounded, distilled
# documents: none, it goes beyond them
# time: 5 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Smaller networks

**You will know** three ways to make a network smaller, what each one saves,
and what it does not save.
**Time:** 50 minutes. **You need:** lesson 20 (mlp mnist).

A network can lose most of its weights (剪枝, pruning), or most bits of each
(量化, quantization), or hand over what it knows to a smaller one (蒸馏,
distillation). We measure errors over several seeds, bytes on disk, and time,
each against the baseline that a skeptic would ask for.
"""

# %% tags=["hidden"]
import sys
from itertools import combinations
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

import minigrad
from lessons.figures import smaller as figures
from lessons.support import (Data, begin, picture, read_options,
                             write_results)
from lessons.support.weighing import (seconds, size_on_disk, spread,
                                      without_zeros)
from minigrad import nn, optim
from minigrad.nn import functional as F
from minigrad.nn.utils import prune
from minigrad.quantization import (QuantizedLinear, integer_product,
                                   quantize_dynamic, quantize_per_channel)
from minigrad.vision.datasets import MNIST1D

options = read_options("smaller_networks", "Smaller networks.",
                       epochs=4, quick_epochs=2, quick_images=2000)
begin(options)
Array = np.ndarray[Any, Any]
OUT = options.output
SEEDS = [options.seed + i for i in range(1 if options.quick else 3)]

# %% [markdown]
"""
## Which weights can go?

Say a layer's inputs are independent, with mean 0 and variance 1. Without the
weights in a set S its output y = Σ w x is off by Σ_S w x, the mean square of
which is Σ_S w². So the smallest |w| should go first. We try all 252 ways to
remove five weights of ten.
"""

# %%
random = np.random.default_rng(options.seed)
w = random.normal(size=10)
x = random.normal(size=(4000, 10))
x -= x.mean(0)
x = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / len(x))).T   # covariance 1
ways = list(combinations(range(10), 5))
damage = np.array([((x[:, way] @ w[list(way)]) ** 2).mean() for way in ways])
best = set(ways[damage.argmin()])
smallest = set(np.argsort(np.abs(w))[:5].tolist())
formula = np.array([(w[list(way)] ** 2).sum() for way in ways])
print(f"the best of {len(ways)} ways removes {sorted(best)}, the smallest")
print(f"formula and measurement: {np.abs(damage - formula).max():.0e} apart")
assert best == smallest and np.allclose(damage, formula)

# %% [markdown]
"""
Only for such inputs, though: a small weight on a large input matters.

## The lottery ticket (彩票假设)

Frankle and Carbin (2018): train a network, prune it by magnitude, *set what is
left back to the values that it began with*, and train again: it is as good.
The small network was in there from the start, like a winning ticket. We follow
the authors of MNIST-1D: signals of 40 numbers, a mask for each layer of an
MLP, pruned in rounds.
"""


# %%
HIDDEN, STEPS, ROUNDS = (100, 200, 2) if options.quick else (250, 1500, 7)
GONE = [1 - 12 ** (-i / ROUNDS) for i in range(1, ROUNDS + 1)]
(x_train, y_train), (x_test, y_test) = (
    [t.to(options.device) for t in MNIST1D(train=part).tensors()]
    for part in (True, False))


class MLP(nn.Module):
    """40 → h → h → 10; the second layer is added to the first."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.first = nn.Linear(40, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 10)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        h = self.first(x).relu()                            # (N, h)
        return self.last(h + self.second(h).relu())         # (N, 10)


def accuracy(model: nn.Module, x: Any, y: Any) -> float:
    """Percent of x that the model gets right."""
    with minigrad.no_grad():
        return 100 * float((model(x).argmax(1) == y).cpu().numpy().mean())


def hold(weights: list[Any], masks: list[Any]) -> None:
    """Set to 0 what is masked."""
    with minigrad.no_grad():
        for p, mask in zip(weights, masks):
            p.mul_(mask)


def train_masked(model: nn.Module, masks: list[Any]) -> float:
    """Train with some weights held at 0. The last accuracy in the test."""
    weights = [p for p in model.parameters() if p.ndim == 2]
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    hold(weights, masks)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = 0.01 * (1 - step / STEPS)
        i = step * 100 % len(x_train)
        optimizer.zero_grad()
        F.cross_entropy(model(x_train[i:i + 100]),
                        y_train[i:i + 100]).backward()
        optimizer.step()
        hold(weights, masks)
    return accuracy(model, x_test, y_test)


def magnitude_masks(model: nn.Module, gone: float) -> list[Any]:
    """For each layer 0 at its smallest weights, a share ``gone``; else 1."""
    masks = []
    for p in model.parameters():
        if p.ndim == 2:
            size = p.detach().abs().cpu().numpy()
            edge = np.quantile(size, gone)
            masks.append(minigrad.tensor((size > edge).astype(np.float32),
                                         device=options.device))
    return masks


def fresh(seed: int, hidden: int = HIDDEN) -> MLP:
    """A new network; the same one for the same seed."""
    minigrad.manual_seed(seed)
    return MLP(hidden).to(options.device)


# %% [markdown]
"""
Controls: the same mask on *other values*; as many weights at *other places*;
an ordinary *small and dense* network of h + h with as many, 50 h + h².
"""

# %%
narrow = int(np.sqrt(625 + (50 * HIDDEN + HIDDEN ** 2) / 12) - 25)
arms: dict[str, list[float]] = {}
for seed in SEEDS:
    model = fresh(seed)
    found = {"dense": train_masked(model, [])}
    for gone in GONE:
        masks = magnitude_masks(model, gone)
        model = fresh(seed)                     # the first values again
        found[f"ticket {gone:.0%}"] = train_masked(model, masks)
    mixed = [m.flatten()[minigrad.randperm(m.numel())].reshape(m.shape)
             for m in masks]
    found["other values"] = train_masked(fresh(seed + 1000), masks)
    found["other places"] = train_masked(fresh(seed), mixed)
    found["small and dense"] = train_masked(fresh(seed, narrow), [])
    for arm, value in found.items():
        arms.setdefault(arm, []).append(value)

print(f"percent right in the test, {len(SEEDS)} seeds: median (range)")
for arm, values in arms.items():
    print(f"  {arm:16} {spread(values)}")
ticket = f"ticket {GONE[-1]:.0%}"
left = sum(int(m.sum().item()) for m in masks)
total = sum(m.numel() for m in masks)
print(f"the ticket has {left:,} of {total:,} weights")
assert abs(total / left - 12) < 0.1
if not options.quick:
    assert np.median(arms[ticket]) > np.median(arms["dense"]) - 1.5
    for control in ("other values", "other places", "small and dense"):
        assert np.median(arms[ticket]) > np.median(arms[control]), control

# %% tags=["hidden"]
picture(figures.lottery(arms, GONE), options, "lottery")

# %% [markdown]
"""
A twelfth of the weights loses nothing, and none of the controls reaches it.
(Published: 60 to 66 % dense, and 75.6 % for a ticket of 500 units after a
hundred rounds of pruning. That gain we do not see with seven rounds.) A mask
at random places, or a small dense network, that does as well would falsify it.

## What a zero saves: nothing, until you change how it is stored

`nn.utils.prune` keeps the mask beside the weight. We save the network in four
ways, and time it.
"""

# %%
dense, layers = fresh(options.seed), (model.first, model.second, model.last)
for layer, mask in zip(layers, masks):
    prune.custom_from_mask(layer, "weight", mask)
bytes_on_disk = {"dense": size_on_disk(dense.state_dict(), OUT, "dense"),
                 "with masks": size_on_disk(model.state_dict(), OUT, "masks")}
times = {"dense": seconds(lambda: dense(x_test)),
         "with masks": seconds(lambda: model(x_test))}
for layer in layers:
    prune.remove(layer, "weight")
bytes_on_disk["zeros"] = size_on_disk(model.state_dict(), OUT, "zeros")
times["zeros"] = seconds(lambda: model(x_test))
sparse = without_zeros(dict(model.named_parameters()))
bytes_on_disk["what is left"] = size_on_disk(sparse, OUT, "sparse")
for name, count in bytes_on_disk.items():
    took = f"{1000 * times[name]:6.1f} ms" if name in times else ""
    print(f"  {name:14} {count:10,} bytes   {took}")
assert bytes_on_disk["with masks"] > 1.8 * bytes_on_disk["dense"]
assert bytes_on_disk["zeros"] > 0.99 * bytes_on_disk["dense"]
assert bytes_on_disk["what is left"] < bytes_on_disk["dense"] / 5

# %% [markdown]
"""
With its masks the file is twice as large; with zeros as large as before. It
is small only when zeros are not written, and not by 12: each number needs its
place. Time does not fall: multiplying by 0 takes as long as any product. Only
whole rows that go save time (`prune.ln_structured`, then a smaller layer).

## Eight bits

Write w ≈ s · q with a whole number q from −127 to 127: one byte, and a scale s
such that the largest |w| becomes 127. With one scale for a whole matrix, a
single large weight makes all others coarse. Hence a scale for each output
channel (每通道).
"""


# %%
def rounded(w: Array, per_channel: bool) -> tuple[Array, Array]:
    """q int8 (out, in) and s (out, 1) or (1, 1), so that w ≈ s · q."""
    s = np.abs(w).max(axis=1 if per_channel else None, keepdims=True) / 127
    return np.rint(w / s).astype(np.int8), s


w = random.normal(size=(64, 256)).astype(np.float32)
w[0] *= 100                                     # one large channel
for per_channel in (False, True):
    q, s = rounded(w, per_channel)
    off = np.abs(s * q - w)[1:].mean() / np.abs(w)[1:].mean()
    print(f"  {'a scale for each channel' if per_channel else 'one scale':25}"
          f" the other channels are off by {off:.1%}")
ours = quantize_per_channel(minigrad.tensor(w))
assert np.array_equal(ours.int_repr().numpy(), q) and off < 0.01

# %% [markdown]
"""
The layer multiplies whole numbers, and scales at the end. BLAS multiplies
floats only. But float32 holds every whole number up to 2²⁴ exactly, and 1,024
products of two bytes never add up to more: up to there a product in float32
*is* one of integers.
"""

# %%
a, b = (random.integers(-128, 128, (200, 1024)).astype(np.int8)
        for _ in range(2))
exact = a.astype(np.int64) @ b.astype(np.int64).T
as_floats = a.astype(np.float32) @ b.astype(np.float32).T
print(f"1,024 columns: {(as_floats != exact).sum()} of {exact.size:,} differ")
long = np.full((1, 5001), 127, np.int8)
right = 5001 * 127 * 127
in_one = int((long.astype(np.float32) @ long.astype(np.float32).T)[0, 0])
print(f"5,001 columns: in one {in_one:,}, "
      f"in blocks {integer_product(long, long)[0, 0]:,}, exactly {right:,}")
assert np.array_equal(as_floats, exact)
assert integer_product(long, long)[0, 0] == right != in_one
wide = a.astype(np.int64)
print(f"time: int64 {1000 * seconds(lambda: wide @ wide.T):.1f} ms, "
      f"blocks {1000 * seconds(lambda: integer_product(a, a)):.1f} ms")

# %% [markdown]
"""
Now a network that reads digits. Its weights, and what goes into each layer,
become bytes.
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
(images, labels), (test_images, test_labels) = (
    (x.flatten(1).to(options.device), y.to(options.device))
    for x, y in (data.train.tensors(), data.test.tensors()))


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers of these sizes, with ReLU between them."""
    layers: list[nn.Module] = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(options.device)


def learn(model: nn.Module, x: Any, loss_of: Callable[[Any, Any], Any],
          epochs: int, seed: int, rate: float = 1e-3) -> None:
    """Adam; ``loss_of`` gets the scores and the places of a batch in x."""
    optimizer = optim.Adam(model.parameters(), lr=rate)
    order = np.random.default_rng(seed)
    for _ in range(epochs):
        places = order.permutation(len(x))
        for i in range(0, len(x), 128):
            batch = places[i:i + 128]
            optimizer.zero_grad()
            loss_of(model(x[batch]), batch).backward()
            optimizer.step()


def hard(z: Any, batch: Array) -> Any:
    """Cross-entropy with the labels."""
    return F.cross_entropy(z, labels[batch])


losses = []
for seed in SEEDS:
    minigrad.manual_seed(seed)
    teacher = mlp(784, 300, 100, 10)
    learn(teacher, images, hard, options.epochs, seed)
    small = quantize_dynamic(teacher)
    before, after = (accuracy(m, test_images, test_labels)
                     for m in (teacher, small))
    losses.append(before - after)
    print(f"  float32 {before:.2f} %   int8 {after:.2f} %")
files = [size_on_disk(m.state_dict(), OUT, "mlp") for m in (teacher, small)]
took = [seconds(lambda m=m: m(test_images)) for m in (teacher, small)]
print(f"on disk {files[0]:,} → {files[1]:,} bytes, {files[0] / files[1]:.1f} "
      f"times smaller; {1000 * took[0]:.0f} → {1000 * took[1]:.0f} ms")
assert isinstance(small[0], QuantizedLinear) and files[1] < files[0] / 3.8
assert abs(np.median(losses)) < (1.0 if options.quick else 0.1)

# %% [markdown]
"""
A quarter of the bytes, and less than 0.1 points. Time is no argument here: we
multiply in float32. Bytes are fast where processor and library are made for it.

## A teacher and a student

Hinton (2015): scores know more than the label. A 7 that looks a little like a 1
says so. A student learns softmax(z / T) of a teacher; a temperature T above 1
lets the small ones be heard. The gradient at the student's scores is
(softmax(z_s / T) − softmax(z_t / T)) / T, small for large T; hence a factor T².
"""


# %%
def soft(z: Any, target: Any, T: float) -> Any:
    """T² · cross-entropy between softmax(target / T) and softmax(z / T)."""
    p = F.softmax(target / T, 1)
    return -T * T * (p * F.log_softmax(z / T, 1)).sum(1).mean()


for T in (1.0, 10.0, 1000.0):
    z, t = (minigrad.tensor(v) for v in random.normal(size=(2, 1, 10)))
    z.requires_grad = True
    soft(z, t, T).backward()
    p, q = (F.softmax(v.detach() / T, 1) for v in (z, t))
    assert np.allclose(z.grad.numpy(), (T * (p - q)).numpy())
    gradient, plain = z.grad.numpy(), (z.detach() - t).numpy() / 10
    plain -= plain.mean()
    print(f"  T = {T:6.0f}: gradient and (z_s − z_t) / 10 without its mean, "
          f"{np.abs(gradient - plain).max():.0e} apart")
assert np.allclose(gradient, plain, atol=1e-3)

# %% [markdown]
"""
So a very warm teacher asks for its scores themselves. Now students of 100
units, on few images, with and without the teacher; others never see a 3. The
skeptic's question: is the gain larger than the spread over seeds?
"""

# %%
T, few = 10.0, images[:10000]
with minigrad.no_grad():
    scores = teacher(few)                                   # (N, 10)
others = np.flatnonzero(labels[:10000].cpu().numpy() != 3)
threes = np.flatnonzero(test_labels.cpu().numpy() == 3)
errors: dict[str, list[float]] = {}
known: dict[str, list[float]] = {}
students: dict[str, tuple[Any, Callable[[Any, Array], Any]]] = {
    "labels": (few, hard),
    "teacher": (few, lambda z, batch: soft(z, scores[batch], T)),
    "labels, no 3": (few[others], lambda z, batch: hard(z, others[batch])),
    "teacher, no 3": (few[others], lambda z, batch: soft(
        z, scores[others[batch]], T))}
for seed in SEEDS:
    for name, (x_few, loss_of) in students.items():
        minigrad.manual_seed(seed)
        student = mlp(784, 100, 10)
        learn(student, x_few, loss_of, 5 * options.epochs, seed)
        errors.setdefault(name, []).append(
            100 - accuracy(student, test_images, test_labels))
        known.setdefault(name, []).append(accuracy(
            student, test_images[threes], test_labels[threes]))
print(f"teacher: {100 - before:.1f} % wrong; students of 100 units:")
for name in students:
    print(f"  {name:14} {spread(errors[name]):18} % wrong, "
          f"{spread(known[name]):19} % of 3s known")
gains = np.array(errors["labels"]) - errors["teacher"]
print(f"gain with the same seed: {spread(gains)} points")
assert max(known["labels, no 3"]) == 0 < max(known["teacher, no 3"])
if not options.quick:
    assert min(gains) > np.ptp(errors["labels"])
    assert min(known["teacher, no 3"]) > 50

# %% tags=["hidden"]
picture(figures.students(errors, known), options, "students")
write_results(options.output / "results.json", options,
              lesson="smaller_networks", lottery=arms,
              bytes_on_disk=bytes_on_disk, int8_lost=losses,
              int8_bytes=files, student_errors=errors, threes_known=known)

# %% [markdown]
"""
The student has not seen a single 3, and knows most of them: "a little like a
3" was in the teacher's scores of other digits. (Hinton's student, of 800 units
twice, knew 98.6 % after a correction of one bias.)

## What to remember

- A ticket needs its places and its first values.
- Zeros save bytes only where left out, and time only as whole rows.
- INT8, a scale for each channel: a quarter of the bytes; time needs hardware.
- Compare with a small network trained as long, over several seeds.

## Things to try

- Prune at once to a twelfth, without rounds. How much do the rounds give?
"""
