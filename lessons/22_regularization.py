# ---
# title: regularization: from learning by heart to understanding
# documents: B §3.2, C §3.2, E §4.3
# time: 3 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# The same 1,000 images, again and again

**You will know** how to see that a network learns by heart, and what helps
against it.
**Time:** 40 minutes. **You need:** lesson 21 (penalties).

Each method is known by hand from lesson 21 (penalties). Now all of them get the
same 1,000 images, with everything else equal.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.data import DataLoader, Subset
from minigrad.train import EarlyStopping, History, evaluate, fit
from minigrad.vision.transforms import RandomHorizontalFlip, RandomShift

options = read_options("regularization", "The same 1,000 images, again.",
                       epochs=60, quick_epochs=4, quick_images=1500)
begin(options)
carried = earlier("penalties")
LARGE, SMALL, augmented, data, held_out, loss, train = map(
    carried.get, "LARGE SMALL augmented data held_out loss train".split())


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

The strengths were chosen in a few tries on the held-out images with seed 0;
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
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(),
        nn.Dropout(drop), nn.Linear(128, 10)).to(options.device)


def matrices(model: nn.Module) -> list[minigrad.Tensor]:
    """The weight matrices of a network, without its biases."""
    return [w for w in model.parameters() if w.ndim == 2]


def penalized(model: nn.Module, l1: float, l2: float) -> Callable:
    """The loss with penalties; in testing, where nothing is learned, without.
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


shifted = augmented(RandomShift(SHIFT))
runs = {
    "none": {},
    "L1": {"l1": L1_STRENGTH},
    "L2": {"l2": L2_STRENGTH},
    "dropout": {"drop": DROP},
    "shifts": {"images": shifted},
    "mirror": {"images": augmented(RandomHorizontalFlip(0.5))},
    "early stopping": {"stop_early": True},
    "together": {"l2": L2_STRENGTH / 10, "drop": DROP, "images": shifted},
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
    each = "  ".join(f"{a:.4f}" for a in accuracies[name])
    print(f"{name:16}{np.mean(on_train):10.4f}{np.mean(on_held_out):10.4f}"
          f"{gaps[name]:8.4f}      {each}", flush=True)

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
- Early stopping isn't a different training: up to where it stops, it is the
  run without anything. It takes half the time, and the loss on new images is
  lower; the accuracy is the same.
"""

# %%
stopped, whole = histories["early stopping"], histories["none"]
best = int(np.argmin(whole["val_loss"])) + 1
kept = int(np.argmin(stopped["val_loss"])) + 1
print(f"early stopping: {len(stopped)} epochs of {options.epochs}; "
      f"its network is that of epoch {kept}")
print("without it, the loss on the held-out images is\n"
      f"  {min(whole['val_loss']):.4f} after epoch {best}, "
      f"and {whole['val_loss'][-1]:.4f} at the end")
assert stopped["val_loss"] == whole["val_loss"][:len(stopped)], \
    "the same run, up to the stop"

looks = {"none": (plot.BLACK, "-"), "L2": (plot.SKY, "--"),
         "dropout": (plot.ORANGE, "-."), "shifts": (plot.GREEN, "-"),
         "mirror": (plot.PURPLE, ":"), "together": (plot.BLUE, "--")}
with plot.figure(10, 4.8, "On the held-out images") as fig:
    losses_ax, accuracies_ax = fig.subplots(1, 2)
    for name, (color, style) in looks.items():
        history = histories[name]
        epochs = range(1, len(history) + 1)
        losses_ax.plot(epochs, history["val_loss"], style, color=color,
                       label=name)
        accuracies_ax.plot(epochs, history["val_accuracy"], style,
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
with plot.figure(10, 4.2, "Test accuracy, beside that of “none”") as fig:
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
        all_w = np.concatenate([w.detach().cpu().numpy().ravel()
                                for w in matrices(models[name])])
        small_share[name] = float((np.abs(all_w) < 0.001).mean())
        sizes[name] = float(np.abs(all_w).sum())
        ax.hist(all_w, np.linspace(-0.15, 0.15, 76), color=plot.BLUE)
        ax.set(title=f"{name}: {small_share[name]:.0%} below 0.001",
               xlabel="weight", yscale="log")
        print(f"{name:5} Σ|w| = {sizes[name]:6.0f}   "
              f"Σw² = {(all_w ** 2).sum():5.0f}   "
              f"|w| < 0.001: {small_share[name]:.1%}")
picture(fig, options, "weights")
assert sizes["L1"] < sizes["none"] and sizes["L2"] < sizes["none"]
parameters = {name: sum(p.numel() for p in model.parameters())
              for name, model in models.items()}
assert set(parameters.values()) == {101_770}, "none takes a parameter away"

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
    sweep["squares"].append(sum((w.detach() ** 2).sum().item()
                                for w in matrices(model)))
    print(f"L2, λ = {strength:<7g} training {sweep['training'][-1]:.4f}   "
          f"held out {sweep['held out'][-1]:.4f}   "
          f"Σw² = {sweep['squares'][-1]:.1f}")
assert sweep["squares"] == sorted(sweep["squares"], reverse=True)

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
print("test accuracy\n  dropout on, five times  ",
      "  ".join(f"{a:.4f}" for a in noisy))
print(f"  dropout off              {quiet:.4f}")
assert (three == four).all().item()

# %% [markdown]
"""
## Beside the documents
"""

# %% tags=["hidden"]
past = recorded("regularization")
keys = {name: name.lower().replace(" ", "_") for name in runs}
write_results(
    options.output / "results.json", options, lesson="regularization",
    data=data.name, train_images=SMALL, held_out_images=LARGE,
    test_images=len(data.test), seeds=len(SEEDS),
    **{f"{keys[name]}_accuracy": float(np.mean(accuracies[name]))
       for name in runs},
    **{f"{keys[name]}_gap": float(gaps[name]) for name in runs},
    each_seed=accuracies, dropout_on=float(np.mean(noisy)), dropout_off=quiet,
    weight_sum_none=sizes["none"], weight_sum_l1=sizes["L1"],
    weight_sum_l2=sizes["L2"], small_share_l1=small_share["L1"],
    small_share_l2=small_share["L2"],
    sweep={"strengths": STRENGTHS, **sweep}, stopped_after=len(stopped))
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
- Augmentation brings in knowledge of the task. If it is true, it can help
  more than all the rest.
- Early stopping costs nothing but some images to watch.

## Things to try

- Set SHIFT to 1, 3 and 6. Where does it begin to do harm, and why there?
- Give the network 4,000 images instead of 1,000 (SMALL). Which of the methods
  still help?
"""

# %% tags=["hidden", "audit"]
appendix("regularization", {**carried, **globals()})
