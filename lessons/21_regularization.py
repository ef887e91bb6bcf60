# ---
# title: regularization: from learning by heart to understanding
# documents: B §3.2, C §3.2, E §4.3
# time: 3 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Regularization

**You will know** how to see that a network learns by heart, and five things
that help against it.
**Time:** 50 minutes. **You need:** lesson 20 (MLP MNIST).

A network with 100,000 parameters and 1,000 images has more than enough room to
learn each image by heart. It then gets every training image right and many new
ones wrong: overfitting (过拟合). What is done against it is called
regularization (正则化). The documents name

    L1 and L2 penalties  E §4.3, B §3.2, C §3.2     keep the weights small
    dropout              B §3.2, C §3.2             train with random gaps
    data augmentation    B §3.2 (数据增强), C §3.2  vary each image a little

and we add early stopping: to end the training in time. First each of them by
hand, then all of them on the same 1,000 images, with everything else equal.
"""

# %% tags=["hidden"]
import sys
from copy import copy
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.audit import appendix
from lessons.support import (Data, begin, picture, read_options, recorded,
                             write_results)
from minigrad import nn, optim, plot
from minigrad.data import DataLoader, Subset
from minigrad.train import EarlyStopping, History, evaluate, fit
from minigrad.vision.transforms import RandomHorizontalFlip, RandomShift

options = read_options("regularization",
                       "Regularization (documents B §3.2, C §3.2, E §4.3).",
                       epochs=60, quick_epochs=4, quick_images=1500)
begin(options)

# %% [markdown]
"""
## Two penalties (E §4.3)

A penalty Ω is added to the loss, so that the training minimizes

    J = loss + Ω        L1:  Ω = λ Σ Σ |wᵢⱼ|        L2:  Ω = λ Σ Σ wᵢⱼ²

Large weights now cost something, and the network will have them only where the
data pay for it. λ says how much. We take the sum over the entries of all weight
matrices and leave out the biases, as is usual.

The derivatives, weight by weight. For L2 it is the power rule:

    ∂Ω/∂w = 2 λ w

For L1: |w| is w for w > 0 and −w for w < 0, so its slope is +1 or −1, which is
the sign of w:

    ∂Ω/∂w = λ sign(w)        for w ≠ 0

At w = 0 the function has a corner. From the right the slope is +λ, from the
left −λ. Every number in between is a "subgradient", the slope of a line that
touches the corner from below. Autograd must say something; it says 0, which
lets a weight that has reached 0 stay there.
"""

# %%
LAMBDA = 0.1
w = np.array([[1.5, -0.2, 0.0],
              [0.7, -2.0, 0.1]])                        # (2, 3)


def l1(w: np.ndarray) -> float:
    """λ Σ Σ |w|."""
    return LAMBDA * np.abs(w).sum()


def l2(w: np.ndarray) -> float:
    """λ Σ Σ w²."""
    return LAMBDA * (w ** 2).sum()


def slopes(f: Callable, w: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """∂f/∂w by central differences, (f(w + h) − f(w − h)) / 2h for one entry
    after the other.
    """
    g = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[i] = h
        g[i] = (f(w + step) - f(w - step)) / (2 * h)
    return g


by_hand = {"L1": LAMBDA * np.sign(w), "L2": 2 * LAMBDA * w}
weight = minigrad.tensor(w, requires_grad=True)         # float64
for name, f in (("L1", l1), ("L2", l2)):
    weight.grad = None
    omega = LAMBDA * (weight.abs().sum() if name == "L1" else
                      (weight**2).sum())
    omega.backward()
    print(f"{name}   Ω = {omega.item():.4f}")
    for kind, g in (("by hand", by_hand[name]), ("measured", slopes(f, w)),
                    ("autograd", weight.grad.numpy())):
        rows = "   ".join("  ".join(f"{v + 0.0:7.4f}" for v in row)
                          for row in np.round(g, 4))
        print(f"     {kind:9} {rows}")
        assert np.allclose(g, by_hand[name], atol=1e-6)

right = (l1(np.array([1e-6])) - l1(np.array([0.0]))) / 1e-6
left = (l1(np.array([0.0])) - l1(np.array([-1e-6]))) / 1e-6
print(f"L1 at w = 0: slope {right:+.2f} from the right, {left:+.2f} from the "
      "left, "
      f"{slopes(l1, np.array([0.0]))[0] + 0.0:.2f} by central differences")

# %% [markdown]
"""
## What the penalties do to a weight

Forget the loss for a moment, and let gradient descent see only Ω:

    L2:  w ← w − α · 2 λ w  =  (1 − 2 α λ) w  the same *share* each time
    L1:  w ← w − α λ sign(w)                  the same *amount* each time

Under L2 large weights shrink fast and small ones hardly; none ever gets to 0.
Under L1 all go towards 0 at the same pace and arrive. That is why L1 makes many
weights (nearly) 0, and L2 makes all of them small.
"""

# %%
rate, steps = 0.1, 150
paths = {"L1": [np.array([1.0, 0.6, 0.2])], "L2": [np.array([1.0, 0.6, 0.2])]}
for _ in range(steps):
    paths["L1"].append(paths["L1"][-1]
                       - rate * LAMBDA * np.sign(paths["L1"][-1]))
    paths["L2"].append((1 - 2 * rate * LAMBDA) * paths["L2"][-1])

with plot.figure(10, 3.8, "Three weights under a penalty alone") as fig:
    for ax, (name, path) in zip(fig.subplots(1, 2, sharey=True),
                                paths.items()):
        for k, (color, style) in enumerate(zip(plot.COLORS, ("-", "--", ":"))):
            ax.plot([values[k] for values in path], style, color=color)
        ax.set(
            title=f"{name}: "
            f"{'w ← w − αλ sign(w)' if name == 'L1' else 'w ← (1 − 2αλ) w'}",
            xlabel="step")
        ax.axhline(0, color=plot.GRAY, linewidth=1)
picture(fig, options, "penalties")

last = {name: np.abs(path[-1]) for name, path in paths.items()}
print(f"after {steps} steps   L1: "
      f"{', '.join(f'{v:.4f}' for v in last['L1'])}   "
      f"L2: {', '.join(f'{v:.4f}' for v in last['L2'])}")
assert last["L1"].max(
) <= rate * LAMBDA + 1e-9, "L1 stays within one step of 0"
assert last["L2"].min() > 0 and np.allclose(
    last["L2"], 0.98**steps * np.array([1.0, 0.6, 0.2]))

# %% [markdown]
"""
## The factor 2

Optimizers have an option `weight_decay`: they add weight_decay · w to the
gradient (or, as AdamW, take it off the weight directly). The document's penalty
adds 2 λ w. So its λ corresponds to

    weight_decay = 2 λ

One step of SGD from the same weights, three ways:
"""


# %%
def one_step(penalty: float = 0.0, weight_decay: float = 0.0) -> np.ndarray:
    """The weight after one step of SGD on a small regression."""
    minigrad.manual_seed(0)
    layer = nn.Linear(3, 2, bias=False)
    x, y = minigrad.randn(5, 3), minigrad.randn(5, 2)
    sgd = optim.SGD(layer.parameters(), lr=0.1, weight_decay=weight_decay)
    loss = nn.MSELoss()(layer(x), y) + penalty * (layer.weight ** 2).sum()
    loss.backward()
    sgd.step()
    return layer.weight.detach().numpy()


with_penalty = one_step(penalty=LAMBDA)
for decay in (LAMBDA, 2 * LAMBDA):
    difference = np.abs(one_step(weight_decay=decay) - with_penalty).max()
    print(f"penalty λ = {LAMBDA} against weight_decay = {decay}: "
          f"the weights differ by up to {difference:.4f}")
assert np.allclose(one_step(weight_decay=2 * LAMBDA), with_penalty, atol=1e-6)
assert not np.allclose(one_step(weight_decay=LAMBDA), with_penalty, atol=1e-4)

# %% [markdown]
"""
With Adam the two are different things. Adam divides the gradient by its usual
size (lesson 18, optimizers), the penalty's part with it; AdamW takes the decay
off outside of that. So λ must be chosen for the optimizer.

## Dropout (B §3.2)

In training each number x of a layer is set to 0 with probability p, and the
others are divided by 1 − p:

    y = m · x / (1 − p)        m = 0 with probability p, else 1

Why divided? So that the mean stays what it was: E[y] = p · 0 + (1 − p) · x / (1
− p) = x. In testing the layer can then simply do nothing. (This is called
inverted dropout.) The gradient goes through the same mask: ∂y/∂x = m / (1 − p).
"""

# %%
p = 0.5
x = np.array([1.0, 2.0, 3.0, 4.0])
random = np.random.default_rng(options.seed)
print("x             ", x)
for _ in range(3):
    m = random.random(4) >= p  # (4,) of True and False
    print("y, at random  ", m * x / (1 - p))
many = (random.random((100_000, 4)) >= p) * x / (1 - p)     # (100000, 4)
print("mean of 100,000", np.round(many.mean(0), 1))
assert np.allclose(many.mean(0), x, atol=0.05)

layer = nn.Dropout(p)  # minigrad's, in training mode
inputs = minigrad.tensor(x, requires_grad=True)
outputs = layer(inputs)
outputs.sum().backward()
print("minigrad: y   ",
      outputs.detach().numpy(), "   gradient", inputs.grad.numpy())
# y = x · m/(1 − p)
assert np.allclose(outputs.detach().numpy(), x * inputs.grad.numpy())
print("after eval()  ", layer.eval()(inputs).detach().numpy())

# %% [markdown]
"""
## Augmentation (数据增强)

A 7 moved by a pixel is still a 7. So from each image many can be made, and the
network sees another one every time. But which changes leave the label alone is
a matter of the task: document E (§4.3) names scaling, cropping and flipping
(缩放、裁剪和翻转) for photographs, and a cat in a mirror is a cat. Is a 2 in a
mirror a 2?
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
SMALL = min(1000, len(data.train) // 3)
LARGE = min(2 * SMALL, len(data.train) - SMALL)
train, held_out = Subset(data.train,
                         range(SMALL)), Subset(data.train,
                                               range(SMALL, SMALL + LARGE))
print(f"{data.name}: {len(train):,} images to train on, {len(held_out):,} "
      f"held out, {len(data.test):,} to test with")


def augmented(transform: Callable) -> Subset:
    """The training images, changed at random each time they are asked for."""
    changed = copy(data.train)
    changed.transform = transform
    return Subset(changed, range(SMALL))


shifted, flipped = augmented(RandomShift(2)), augmented(
    RandomHorizontalFlip(1.0))
chosen = [
    next(i for i in range(SMALL) if train[i][1] == digit)
    for digit in (2, 3, 5, 7)
]
minigrad.manual_seed(options.seed)
shown, captions = [], []
for i in chosen:
    shown += [train[i][0], *(shifted[i][0] for _ in range(3)), flipped[i][0]]
    captions += ["as it is", *["shifted"] * 3, "in a mirror"]
picture(
    plot.image_grid(minigrad.stack(shown), captions,
                    title="Shifted: still the same digit"), options,
    "augmentation")

# %% [markdown]
"""
## The experiment

The network 784-128-10 of document B, Adam with rate 0.001, batches of 50. All
runs with one seed begin with the same weights and see the images in the same
order. Only the regularization differs:

    none            nothing
    L1              Ω = λ Σ |w|
    L2              Ω = λ Σ w²
    dropout         after the hidden layer
    shifts          each image moved by up to 2 pixels, both ways
    mirror          each image mirrored, or not, at random
    early stopping  the weights with the smallest loss on the held-out images
    together        L2, dropout and shifts

The strengths were chosen by a few tries on the held-out images with seed 0;
several were about equally good. The test images are used only once, at the end.
Each run is repeated with two further seeds, because with so few images chance
plays a part.
"""

# %%
L1_STRENGTH, L2_STRENGTH, DROP, SHIFT = 1e-4, 1e-3, 0.5, 2
SEEDS = range(options.seed, options.seed + (1 if options.quick else 3))
cross_entropy = nn.CrossEntropyLoss()


def network(drop: float = 0.0) -> nn.Sequential:
    """The network of document B §5.2, with dropout after the hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(),
                         nn.Dropout(drop), nn.Linear(128,
                                                     10)).to(options.device)


def matrices(model: nn.Module) -> list[minigrad.Tensor]:
    """The weight matrices of a network, without its biases."""
    return [w for w in model.parameters() if w.ndim == 2]


def penalized(model: nn.Module, l1: float, l2: float) -> Callable:
    """The loss with the penalties, and without them where nothing is learned:
    in testing.
    """
    def loss(output: minigrad.Tensor,
             target: minigrad.Tensor) -> minigrad.Tensor:
        total = cross_entropy(output, target)
        if minigrad.is_grad_enabled():
            for w in matrices(model):
                if l1:
                    total = total + l1 * w.abs().sum()
                if l2:
                    total = total + l2 * (w ** 2).sum()
        return total
    return loss


def train_one(seed: int, images: Subset = train, l1: float = 0.0,
              l2: float = 0.0, drop: float = 0.0,
              stop_early: bool = False) -> tuple[nn.Sequential, History]:
    """Train a network; returns it and the history."""
    minigrad.manual_seed(seed)
    model = network(drop)
    loader = DataLoader(images, batch_size=50, shuffle=True,
                        generator=minigrad.Generator(seed))
    history = fit(model, loader, penalized(model, l1, l2),
                  optim.Adam(model.parameters(), lr=0.001),
                  epochs=options.epochs, validation=held_out, progress=False,
                  callbacks=[EarlyStopping(patience=10)] if stop_early else [])
    return model, history


runs = {
    "none": {}, "L1": {"l1": L1_STRENGTH}, "L2": {"l2": L2_STRENGTH},
    "dropout": {"drop": DROP},
    "shifts": {"images": augmented(RandomShift(SHIFT))},
    "mirror": {"images": augmented(RandomHorizontalFlip(0.5))},
    "early stopping": {"stop_early": True}, "together": {
        "l2": L2_STRENGTH / 10, "drop": DROP,
        "images": augmented(RandomShift(SHIFT))
    },
}
models, histories, accuracies, gaps = {}, {}, {}, {}
print(f"\n{'':16}{'training':>10}{'held out':>10}{'gap':>8}"
      f"{'test, each seed':>20}")
for name, settings in runs.items():
    on_train, on_held_out, accuracies[name] = [], [], []
    for seed in SEEDS:
        model, history = train_one(seed, **settings)
        if seed == SEEDS[0]:
            models[name], histories[name] = model, history
        # the images as they are, dropout off
        on_train.append(evaluate(model, train).accuracy)
        on_held_out.append(evaluate(model, held_out).accuracy)
        accuracies[name].append(evaluate(model, data.test).accuracy)
    gaps[name] = np.mean(on_train) - np.mean(on_held_out)
    print(f"{name:16}{np.mean(on_train):10.4f}{np.mean(on_held_out):10.4f}"
          f"{gaps[name]:8.4f}      "
          f"{'  '.join(f'{a:.4f}' for a in accuracies[name])}", flush=True)

# %% [markdown]
"""
How to read it (for the full run): "none" gets every training image right and
more than one new one in ten wrong. The gap between the two is the overfitting.

- The two penalties shrink the weights a great deal, as a picture below shows,
  and yet change the accuracy by no more than a seed does. Here they are no
  cure.
- Dropout helps a little; three seeds are hardly enough to tell it from
  chance.
- Shifts help most by far. They bring knowledge that is not in the 1,000
  images: that a moved digit is the same digit. Mirrors bring something that is
  not true, and do harm.
- Together is not better than shifts alone: what holds back overfitting holds
  back learning, too.
- Early stopping is no other training at all: up to where it stops, it is the
  run without anything. It takes half the time, and the loss on new images is
  lower; the accuracy is the same.
"""

# %%
stopped, whole = histories["early stopping"], histories["none"]
best = int(np.argmin(whole["val_loss"])) + 1
print(f"early stopping: {len(stopped)} epochs of {options.epochs}; its "
      "network is that of epoch "
      f"{int(np.argmin(stopped['val_loss'])) + 1}")
print("without it: the loss on the held-out images is "
      f"{min(whole['val_loss']):.4f} after epoch "
      f"{best}, and {whole['val_loss'][-1]:.4f} at the end")
assert stopped["val_loss"] == whole["val_loss"][:len(stopped)], \
    "the same run, up to the stop"

looks = {
    "none": (plot.BLACK, "-"), "L2": (plot.SKY, "--"),
    "dropout": (plot.ORANGE, "-."), "shifts": (plot.GREEN, "-"),
    "mirror": (plot.PURPLE, ":"), "together": (plot.BLUE, "--")
}
with plot.figure(10, 4.8,
                 f"{SMALL:,} training images: on the held-out images") as fig:
    losses_ax, accuracies_ax = fig.subplots(1, 2)
    for name, (color, style) in looks.items():
        epochs = range(1, len(histories[name]) + 1)
        losses_ax.plot(epochs, histories[name]["val_loss"], style, color=color,
                       label=name)
        accuracies_ax.plot(epochs, histories[name]["val_accuracy"], style,
                           color=color)
    losses_ax.plot(best, min(whole["val_loss"]), "o", color=plot.BLACK,
                   markersize=8, label="early stopping")
    low = min(min(h["val_loss"]) for h in histories.values())
    losses_ax.set(title="loss", xlabel="epoch", ylim=(low * 0.85, low * 4))
    accuracies_ax.set(title="accuracy", xlabel="epoch")
    accuracies_ax.grid(axis="y")
    fig.legend(*losses_ax.get_legend_handles_labels(),
               loc="outside lower center", ncols=4)
picture(fig, options, "learning_curves")

# %%
base = np.mean(accuracies["none"])
with plot.figure(10, 4.2,
                 "Test accuracy, beside that without regularization") as fig:
    ax = fig.subplots()
    for k, (name, found) in enumerate(accuracies.items()):
        better = np.mean(found) >= base
        ax.barh(k, np.mean(found) - base, left=base, height=0.6,
                color=plot.GREEN if better else plot.ORANGE)
        ax.plot(found, [k] * len(found), "o", color=plot.BLACK, markersize=5)
    ax.set(yticks=range(len(accuracies)), yticklabels=list(accuracies),
           xlabel="accuracy: bars for the mean, dots for the seeds")
    ax.invert_yaxis()
    ax.axvline(base, color=plot.BLACK, linewidth=1.5)
picture(fig, options, "accuracies")

# %% [markdown]
"""
## What the penalties did to the weights

All 101,632 weights of three networks. L1 has made most of them nearly 0: those
of pixels that are always paper among them, which the loss never asks for.
(Exactly 0 they rarely get: Adam's steps are too long to land there.) L2 has
made all of them smaller.
"""

# %%
small_share, sizes = {}, {}
with plot.figure(10, 3.8, "The weights after training") as fig:
    for ax, name in zip(fig.subplots(1, 3, sharey=True), ("none", "L1", "L2")):
        all_w = np.concatenate(
            [w.detach().cpu().numpy().ravel() for w in matrices(models[name])])
        small_share[name], sizes[name] = float(
            (np.abs(all_w) < 0.001).mean()), float(np.abs(all_w).sum())
        ax.hist(all_w, np.linspace(-0.15, 0.15, 76), color=plot.BLUE)
        ax.set(title=f"{name}: {small_share[name]:.0%} below 0.001",
               xlabel="weight", yscale="log")
        print(f"{name:5} Σ|w| = {sizes[name]:6.0f}   Σw² = "
              f"{(all_w ** 2).sum():5.0f}   "
              f"|w| < 0.001: {small_share[name]:.1%}")
picture(fig, options, "weights")
assert sizes["L1"] < sizes["none"] and sizes["L2"] < sizes["none"]
parameters = {
    name: sum(p.numel() for p in model.parameters())
    for name, model in models.items()
}
assert set(parameters.values()) == {
    101_770
}, "no regularization takes a parameter away"

# %% [markdown]
"""
## More of it?

The larger λ, the simpler the network and the smaller the gap. But look where
the gap closes: the training accuracy comes down, the other one does not go up.
"""

# %%
STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1]
sweep = {"training": [], "held out": [], "squares": []}
for strength in STRENGTHS:
    model, _ = train_one(options.seed, l2=strength)
    sweep["training"].append(evaluate(model, train).accuracy)
    sweep["held out"].append(evaluate(model, held_out).accuracy)
    sweep["squares"].append(
        sum((w.detach()**2).sum().item() for w in matrices(model)))
    print(f"L2, λ = {strength:<7g} training {sweep['training'][-1]:.4f}   "
          "held out "
          f"{sweep['held out'][-1]:.4f}   Σw² = {sweep['squares'][-1]:.1f}")
assert sweep["squares"] == sorted(
    sweep["squares"], reverse=True), "more penalty, smaller weights"

with plot.figure(8, 3.8, "L2: the larger λ, the smaller the gap") as fig:
    ax = fig.subplots()
    ax.plot(STRENGTHS, sweep["training"], "--s", color=plot.ORANGE,
            label="training images")
    ax.plot(STRENGTHS, sweep["held out"], "-o", color=plot.BLUE,
            label="held-out images")
    ax.set(xscale="log", xlabel="λ", ylabel="accuracy")
    ax.legend()
picture(fig, options, "strength")

# %% [markdown]
"""
## Dropout in the test phase?

Document B writes that dropout works by keeping a share of the units at random
"in the training and the test phase" (在训练和测试阶段). We test the network
that was trained with dropout in both ways.
"""

# %%
model = models["dropout"]
x, y = data.test.tensors()
minigrad.manual_seed(options.seed)
model.train()
with minigrad.no_grad():
    noisy = [(model(x).argmax(1) == y).float().mean().item() for _ in range(5)]
    one, two = model(x[:50]), model(x[:50])             # (50, 10) each
model.eval()
with minigrad.no_grad():
    quiet = (model(x).argmax(1) == y).float().mean().item()
    three, four = model(x[:50]), model(x[:50])
print("test accuracy with dropout on, five times: ",
      "  ".join(f"{a:.4f}" for a in noisy))
print(f"test accuracy with dropout off:             {quiet:.4f}")
assert (three == four).all().item()

# %% [markdown]
"""
## Beside the documents
"""

# %%
past = recorded("regularization")

# %% tags=["hidden"]
keys = {name: name.lower().replace(" ", "_") for name in runs}
write_results(
    options.output / "results.json", options, lesson="regularization",
    data=data.name, train_images=SMALL, held_out_images=LARGE,
    test_images=len(data.test), seeds=len(SEEDS), **{
        f"{keys[name]}_accuracy": float(np.mean(accuracies[name]))
        for name in runs
    }, **{f"{keys[name]}_gap": float(gaps[name])
          for name in runs}, each_seed=accuracies,
    dropout_on=float(np.mean(noisy)), dropout_off=quiet,
    weight_sum_none=sizes["none"], weight_sum_l1=sizes["L1"],
    weight_sum_l2=sizes["L2"], small_share_l1=small_share["L1"],
    small_share_l2=small_share["L2"], sweep={"strengths": STRENGTHS, **sweep
                                             }, stopped_after=len(stopped))
print(f"\nPictures and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")

if data.name == "MNIST" and options.images is None and options.epochs == 60:
    mean = {name: np.mean(found) for name, found in accuracies.items()}
    assert mean["shifts"] > mean["none"] + 0.03
    assert mean["mirror"] < mean["none"] - 0.01
    assert np.mean(noisy) < quiet and gaps["shifts"] < gaps["none"]
    assert small_share["L1"] > 0.5 > small_share["none"]

# %% [markdown]
"""
## What to remember

- Overfitting is the gap between what was trained on and what is new. Measure
  both.
- L2 takes a share off each weight, L1 an amount; L1 makes zeros. weight_decay
  is twice E's λ.
- Dropout is random in training and does nothing in testing.
- Augmentation brings in knowledge of the task. If it is true, it can help
  more than all the rest.
- Early stopping costs nothing but some images to watch.

## Things to try

- Exercise 11 (`python -m lessons check 11`): inverted dropout, forward and
  backward.
- Set SHIFT to 1, 3 and 6. Where does it begin to do harm, and why there?
- Give the network 4,000 images instead of 1,000 (SMALL). Which of the methods
  still help?
"""

# %% tags=["hidden", "audit"]
appendix("regularization", globals())
