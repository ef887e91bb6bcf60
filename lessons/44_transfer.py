# ---
# title: transfer learning
# documents: C §3.2, C §10.2, E §3.1, E §3.3
# time: 2 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# What one network can teach another

**You will know** what carries over from one task to another, and how to use a
network that somebody else has trained.
**Time:** 35 minutes. **You need:** lesson 23 (MNIST CNN).

A network that has learned one task knows things that help with another: this is
transfer learning (迁移学习). Document E (§3.1) names two ways:

    weight sharing (模型权重共享)  train all the old weights on: fine-tuning
    feature transfer (特征迁移)    train only a new last layer

Lesson 37 (text classifier) fine-tunes a network of millions of weights. Here
the networks are small, and so we can try both ways many times, and see where
they help and where they do harm.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (Data, appendix, begin, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.train import evaluate, fit

options = read_options("transfer", "What one network can teach another.",
                       epochs=20, quick_epochs=4, quick_images=1200)
begin(options)
past = recorded("transfer")

# %% [markdown]
"""
## An old task and a new one

The old task: the digits 0 to 4, of which there are plenty. The new one: the
digits 5 to 9, of which we have 1, 5, 20 or 100 each. Two kinds of network learn
the old task, a small CNN (lesson 23, MNIST CNN) and one of linear layers alone.
"""


# %%
def small_cnn() -> nn.Sequential:
    """Two convolutions, and a last layer for five classes."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),     # → (N, 8, 12, 12)
        nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),    # → (N, 16, 4, 4)
        nn.Flatten(), nn.Linear(256, 5)).to(options.device)     # → (N, 5)


def small_mlp() -> nn.Sequential:
    """Linear layers alone: 784-128-64-5."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 5)).to(options.device)


data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
x, y = data.train.tensors()                     # (N, 1, 28, 28) and (N,)
x_test, y_test = data.test.tensors()
digits, test_digits = y.cpu().numpy(), y_test.cpu().numpy()
low, high = np.flatnonzero(digits < 5)[:30_000], np.flatnonzero(digits >= 5)
new = np.flatnonzero(test_digits >= 5)
x_new, y_new = x_test[new], y_test[new] - 5     # the new task's test images


def learn(model: nn.Module, images: np.ndarray, epochs: int, parameters: list,
          first: int, watch: bool = False) -> list[float]:
    """Train ``parameters`` on these images, whose digits begin at ``first``.

    The accuracy after each epoch: in training, or (watch) on 500 of the new
    test images.
    """
    history = fit(model, (x[images], y[images] - first), nn.CrossEntropyLoss(),
                  optim.Adam(parameters, lr=0.003), epochs=epochs,
                  batch_size=50, progress=False,
                  validation=(x_new[:500], y_new[:500]) if watch else None)
    return history["val_accuracy" if watch else "accuracy"]


OLD_EPOCHS = 1 if options.quick else 2
old = {}
for make in (small_cnn, small_mlp):
    minigrad.manual_seed(options.seed)
    old[make] = make()
    curve = learn(old[make], low, OLD_EPOCHS, list(old[make].parameters()),
                  first=0)
    print(f"{make.__name__}: {len(low):,} images of 0 to 4, training accuracy "
          f"{curve[-1]:.4f}")

# %% [markdown]
"""
## The new task, in three ways

From scratch (random weights), fine-tuned, and with the old layers fixed. All
get the same images and about 150 steps. The last layer is new in all three: it
is for other classes.
"""


# %%
def start_from(make: Callable, model: nn.Module) -> None:
    """Load the old weights into a new network, all but the last layer's."""
    fresh, state = model.state_dict(), old[make].state_dict()
    last = list(state)[-2:]                     # its weight and bias
    model.load_state_dict({name: fresh[name] if name in last else state[name]
                           for name in state})


def new_task(make: Callable, way: str, each: int,
             seed: int) -> tuple[float, list[float]]:
    """``each`` images of each new digit: the test accuracy, and a curve."""
    random = np.random.default_rng(seed)
    images = np.concatenate([
        random.choice(high[digits[high] == d], each, replace=False)
        for d in range(5, 10)])
    minigrad.manual_seed(seed)
    model = make()
    if way != "from scratch":
        start_from(make, model)
    learned = model[-1] if way == "fixed" else model
    epochs = max(5, STEPS * 50 // max(50, len(images)))     # batches of 50
    curve = learn(model, images, epochs, list(learned.parameters()), first=5,
                  watch=each == 5)
    return evaluate(model, (x_new, y_new)).accuracy, curve


WAYS = ("from scratch", "fine-tuned", "fixed")
STEPS = 30 if options.quick else 150
COUNTS = [1, 5] if options.quick else [1, 5, 20, 100]
SEEDS = range(options.seed, options.seed + (1 if options.quick else 3))
transfer, curves = {way: [] for way in WAYS}, {}
print("images of each digit" + "".join(f"{way:>16}" for way in WAYS))
for each in COUNTS:
    for way in WAYS:
        found = [new_task(small_cnn, way, each, seed) for seed in SEEDS]
        transfer[way].append(float(np.mean([right for right, _ in found])))
        if each == 5:
            curves[way] = np.mean([curve for _, curve in found], axis=0)
    print(f"{each:20}" + "".join(f"{transfer[way][-1]:16.4f}" for way in WAYS),
          flush=True)

mlp = {way: float(np.mean([new_task(small_mlp, way, 5, seed)[0]
                           for seed in SEEDS])) for way in WAYS}
print("the MLP, 5 of each  " + "".join(f"{mlp[way]:16.4f}" for way in WAYS))

# %% tags=["hidden"]
with plot.figure(10, 4.4, "New digits, with what others taught") as fig:
    left, right_ax = fig.subplots(1, 2)
    for way, color, line, mark in zip(
            WAYS, (plot.BLACK, plot.BLUE, plot.ORANGE), (":", "--", "-"),
            "so^"):
        left.plot(COUNTS, transfer[way], line + mark, color=color, label=way)
        right_ax.plot(range(1, len(curves[way]) + 1), curves[way], line,
                      color=color)
    left.set(xscale="log", xlabel="images of each new digit",
             title="accuracy at the end", xticks=COUNTS, xticklabels=COUNTS)
    left.minorticks_off()
    right_ax.set(xlabel="epoch", title="5 images of each, while learning",
                 xlim=(0, 60))
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center",
               ncols=3)
picture(fig, options, "transfer")

# %% [markdown]
"""
How to read it (for the full run): the fewer images there are of the new digits,
the more the old layers are worth; with a hundred of each, not much is left of
the gain. The CNN's small filters find edges and corners, which all digits
consist of, so its layers are best kept as they are. The MLP's layers are made
for whole 0s to 4s: as a place to start from they help, kept fixed they do harm.
What can be transferred depends on what was learned.

It also saves time: how many epochs until seven in ten are right?
"""


# %%
def epochs_to(curve: np.ndarray, accuracy: float) -> int:
    """After how many epochs the curve first reaches it; 0 if never."""
    reached = np.flatnonzero(np.asarray(curve) >= accuracy)
    return int(reached[0]) + 1 if len(reached) else 0


GOAL = 0.7
speed = {way: epochs_to(curves[way], GOAL) for way in WAYS}
print(f"epochs to an accuracy of {GOAL}, 5 images of each")
for way, epochs in speed.items():
    print(f"  {way:14}{epochs or 'never':>6}")

# %% [markdown]
"""
## How good must the old network be?

The same with an old network that has seen only 50 images, and with one that has
learned nothing: random layers, kept fixed.
"""

# %%
quality = {}
FEW = COUNTS[-1 if options.quick else -2]       # 20 images, 5 with --quick
print(f"the new task, {FEW} images of each, layers fixed, after")
for name, images in (("random", low[:0]), ("50 images", low[:50]),
                     (f"{len(low):,} images", low)):
    minigrad.manual_seed(options.seed)
    old[small_cnn] = small_cnn()
    if len(images):
        learn(old[small_cnn], images, OLD_EPOCHS if len(images) > 50 else 20,
              list(old[small_cnn].parameters()), first=0)
    quality[name] = float(np.mean([new_task(small_cnn, "fixed", FEW, seed)[0]
                                   for seed in SEEDS]))
    print(f"  {name:14} {quality[name]:.4f}")

# %% tags=["hidden"]
write_results(
    options.output / "results.json", options, lesson="transfer",
    data=data.name, train_images=len(low), test_images=len(new),
    counts=COUNTS, transfer=transfer, mlp=mlp, quality=quality, goal=GOAL,
    epochs_to_goal=speed)
print(f"\nPictures and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")
if data.name == "MNIST" and options.images is None and not options.quick:
    helped = max(transfer["fine-tuned"][1], transfer["fixed"][1])
    assert helped > transfer["from scratch"][1]

# %% [markdown]
"""
## What to remember

- Fine-tuning starts from the old weights; feature transfer keeps them, and
  learns a new last layer.
- Transfer helps where data are few, and where what was learned fits the new
  task. With much data of its own, a network hardly needs it.

## Things to try

- Transfer the other way round: learn 5 to 9 first. Is it the same?
- Fix the first convolution only, and train the rest. Is that better than
  either of the two ways?
"""

# %% tags=["hidden", "audit"]
appendix("transfer", globals())
