# ---
# title: which network is best, and how good is it?
# documents: B §3.2-3.3, C §3.2, E §3.2
# time: 2 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Choosing a network, and saying how good it is

**You will know** how to choose a network without fooling yourself, and how
exact a measured accuracy is.
**Time:** 40 minutes. **You need:** lesson 22 (regularization).

Two questions that sound alike, and must not be answered with the same images.
Three documents say what to do in a few lines each:

    B §3.2, §3.3  tune the hyper-parameters (超参数调优), validate, then test
    C §3.2        normalization, cross-validation (交叉验证), test set (测试集)
    E §3.2        evaluate, adjust (调整模型参数)

A hyper-parameter (超参数) is a number that training does not find by itself:
learning rate, width, number of epochs. So there are three sets of images, each
with one task:

    training set (训练集)    finds the weights
    validation set (验证集)  chooses among networks and hyper-parameters
    test set (测试集)        says how good the chosen one is, once, at the end
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (Data, appendix, begin, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.train import evaluate, fit, predict

options = read_options("model_selection",
                       "Choosing a network (documents B §3, C §3.2, E §3.2).",
                       epochs=20, quick_epochs=4, quick_images=1200)
begin(options)
past = recorded("model_selection")

# %% [markdown]
"""
# How exact is an accuracy?

A test is a sample. Suppose a network gets a share p of all digits right, and we
ask it n of them. Each answer is right (1) with probability p, else wrong (0),
so it has the mean p and the variance

    p · (1 − p)² + (1 − p) · p² = p (1 − p)

The mean of n independent answers has the same mean, and 1/n of the variance.
Its standard deviation is called the standard error:

    s = √( p (1 − p) / n )

We check the formula with a network made of dice that is right with p = 0.9.
"""

# %%
TRUE = 0.9
dice = np.random.default_rng(0)
print("n test images   standard error by the formula   measured, 2,000 tests")
for n in (200, 1000, 10_000):
    formula = np.sqrt(TRUE * (1 - TRUE) / n)
    # 2,000 tests of n images each
    measured = (dice.binomial(n, TRUE, size=2000) / n).std()
    print(f"{n:13,} {formula:24.4f} {measured:29.4f}")
    assert abs(measured / formula - 1) < 0.06

# %% [markdown]
"""
So with 10,000 images 0.90 means 0.90 ± 0.003, and 0.99 means 0.99 ± 0.001; with
200 images, ± 0.02. Two networks that differ by less than that may well be
equally good.

## The winner's luck

Now the trap. Let m networks be equally good, p = 0.9 each. We test all of them,
choose the best result, and report it. Each single result is right on average.
The best of them is not: it is the luckiest.
"""

# %%
MANY = [1, 2, 5, 10, 20, 50, 100]
luck = {}               # test size → the winner's accuracy for each m
for n in (200, 1000, 10_000):
    tests = dice.binomial(n, TRUE, size=(2000, max(MANY))) / n
    luck[n] = [tests[:, :m].max(1).mean() for m in MANY]

# the winner again, on 200 images of its own
fresh = dice.binomial(200, TRUE, size=2000) / 200
print("best of m equally good networks, all of which are right with 0.9000")
print("  m         " + "".join(f"{m:9}" for m in MANY))
for n, values in luck.items():
    print(f"  n = {n:6,}" + "".join(f"{v:9.4f}" for v in values))
print(f"the winner on 200 new images: {fresh.mean():.4f} on average")
assert luck[200][-1] > 0.93
assert abs(luck[200][0] - TRUE) < 0.003 and abs(fresh.mean() - TRUE) < 0.003

with plot.figure(8, 4, "The best of m equally good networks") as fig:
    ax = fig.subplots()
    looks = zip(luck.items(), (plot.ORANGE, plot.BLUE, plot.GREEN),
                ("-o", "--s", ":^"))
    for (n, values), color, style in looks:
        ax.plot(MANY, values, style, color=color, label=f"{n:,} test images")
    ax.axhline(TRUE, color=plot.BLACK, linewidth=1.5)
    ax.text(1.05, TRUE - 0.0028, "what they are worth", fontsize=11)
    ax.set(xscale="log", xlabel="m, networks tested",
           ylabel="accuracy reported", xticks=MANY, xticklabels=MANY,
           ylim=(0.894, None))
    ax.minorticks_off()
    ax.legend()
picture(fig, options, "winners_luck")

# %% [markdown]
"""
That is why choosing needs images of its own. The validation set may be too kind
to the network that it has chosen; the test set, which had no part in the
choice, is not.

The same with real networks. They differ in nothing but the seed; we look at
them through a small part of the test images, and check the winner on the rest.
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
x, y = data.train.tensors()                     # (N, 1, 28, 28) and (N,)
x_test, y_test = data.test.tensors()
POOL = min(1000, len(x) // 2)                   # all that this lesson has
print(f"{data.name}: {POOL:,} images to train and choose with, "
      f"{len(x_test):,} to test with")


def network(width: int = 64) -> nn.Sequential:
    """784-width-10, as in lesson 20 (MLP MNIST)."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(),
                         nn.Linear(width, 10)).to(options.device)


def train(images: minigrad.Tensor, labels: minigrad.Tensor, seed: int,
          width: int = 64, rate: float = 0.001,
          decay: float = 0.0) -> nn.Sequential:
    """A new network, trained with these hyper-parameters."""
    minigrad.manual_seed(seed)
    model = network(width)
    optimizer = optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    fit(model, (images, labels), nn.CrossEntropyLoss(), optimizer,
        epochs=options.epochs, batch_size=50, progress=False)
    return model


SMALL = len(x_test) // 50                       # 200 of the 10,000
TRIES = 4 if options.quick else 30
right = []                      # for each network: which images it gets right
for seed in range(options.seed, options.seed + TRIES):
    scores = predict(train(x[:500], y[:500], seed), x_test)     # (N, 10)
    right.append((scores.argmax(1) == y_test).cpu().numpy())
order = np.random.default_rng(options.seed).permutation(len(x_test))
right = np.stack(right)[:, order]               # (networks, test images)
on_small, on_rest = right[:, :SMALL].mean(1), right[:, SMALL:].mean(1)
winner = on_small.argmax()
print(f"{TRIES} networks with different seeds, tested on {SMALL} images and "
      f"on {len(x_test) - SMALL:,} others")
print(f"  mean of all   {on_small.mean():.4f}   {on_rest.mean():.4f}")
print(f"  the winner    {on_small[winner]:.4f}   {on_rest[winner]:.4f}   "
      "chosen by the first")
assert on_small[winner] - on_small.mean() >= on_small.std()

# %% [markdown]
"""
Compare the winner with the mean in each column. On the images that chose it, it
is far ahead. On the others it is about average.

# Cross-validation (交叉验证)

With few images, holding some back for validation hurts twice: there is less to
train on, and the measurement is coarse. k-fold cross-validation uses each image
for both, one after the other:

    part 1  part 2  part 3  part 4  part 5
    [test]  train   train   train   train        → accuracy a₁
    train   [test]  train   train   train        → accuracy a₂
    …

Five networks are trained, and each is measured on the part it has not seen. The
result is the mean of the aᵢ, and s / √k its standard error, with s the standard
deviation of the aᵢ. (The networks share most of their training images, so this
is a rough figure.)
"""


# %%
def folds(n: int, k: int, seed: int) -> list[np.ndarray]:
    """The numbers 0 … n − 1 in random order, cut into k parts."""
    return np.array_split(np.random.default_rng(seed).permutation(n), k)


parts = folds(10, 5, seed=0)
print("ten images in five parts:", *(part.tolist() for part in parts))
assert sorted(np.concatenate(parts)) == list(range(10)), "each exactly once"


def cross_validate(k: int, seed: int, **settings: Any) -> np.ndarray:
    """The accuracies (k,) of k networks, each on the part that it lacked."""
    found, parts = [], folds(POOL, k, seed)
    for i, held_out in enumerate(parts):
        others = np.concatenate(parts[:i] + parts[i + 1:])
        mean, std = x[others].mean(), x[others].std()   # of this part alone
        model = train((x[others] - mean) / std, y[others], seed, **settings)
        unseen = (x[held_out] - mean) / std, y[held_out]
        found.append(evaluate(model, unseen).accuracy)
    return np.array(found)


a = cross_validate(5, options.seed)
cv_mean, cv_error = float(a.mean()), float(a.std(ddof=1) / np.sqrt(5))
mean, std = x[:POOL].mean(), x[:POOL].std()
whole = train((x[:POOL] - mean) / std, y[:POOL], options.seed)
tested = evaluate(whole, ((x_test - mean) / std, y_test)).accuracy
print("five folds:", "  ".join(f"{v:.4f}" for v in a),
      f"   mean {cv_mean:.4f} ± {cv_error:.4f}")
print(f"trained on all {POOL:,}, on the test images: {tested:.4f}")

# %% [markdown]
"""
Which accuracy is it that counts? Document C says that cross-validation
"evaluates the model's performance on several training sets"
(评估模型在多个训练集上的表现). Let a model learn by heart: it looks for the
training sample most like the one it is asked about, and repeats its label. And
let the labels be random, so that there is nothing to be learned.
"""

# %%
random = np.random.default_rng(0)
samples = random.normal(size=(200, 5))                          # (200, 5)
labels = random.integers(0, 10, 200)                            # (200,)


def by_heart(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The label of the nearest known sample, for the numbers of samples."""
    distance = ((samples[asked, None] - samples[None, known]) ** 2).sum(2)
    return labels[known][distance.argmin(1)]


on_training, on_held_out = [], []
for held_out in folds(200, 5, seed=0):
    known = np.setdiff1d(np.arange(200), held_out)
    on_training.append((by_heart(known, known) == labels[known]).mean())
    on_held_out.append((by_heart(known, held_out) == labels[held_out]).mean())
print("random labels, learned by heart: right\n"
      f"  on the five training sets     {np.mean(on_training):.2f}\n"
      f"  on the five held-out parts    {np.mean(on_held_out):.2f}")

# %% [markdown]
"""
## Nothing may leak

In `cross_validate` mean and standard deviation come from the training part
only. Whatever is computed from data belongs to the training: scaling, choosing
pixels, filling gaps. For the scaling of digits it makes next to no difference.
For other things it makes all the difference. Here 60 samples have 2,000
features of pure noise, and labels thrown with a coin. Nobody can do better than
0.50. We keep the 10 features that go best with the labels, and classify by the
nearer class mean.
"""


# %%
def best_features(features: np.ndarray, coin: np.ndarray) -> np.ndarray:
    """The 10 features whose class means differ most: (10,) column numbers."""
    return np.abs(features[coin == 1].mean(0)
                  - features[coin == 0].mean(0)).argsort()[-10:]


def noise_experiment(seed: int, leak: bool) -> float:
    """Accuracy on noise; features chosen on all samples, or in each fold."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(60, 2000))                   # (60, 2000)
    coin = random.permutation(np.arange(60) % 2)                # (60,)
    found = []
    for held_out in folds(60, 5, seed):
        known = np.setdiff1d(np.arange(60), held_out)
        seen = np.arange(60) if leak else known     # what the choice may see
        f = features[:, best_features(features[seen], coin[seen])]  # (60, 10)
        means = [f[known][coin[known] == k].mean(0) for k in (0, 1)]
        to_zero, to_one = (((f[held_out] - m) ** 2).sum(1) for m in means)
        found.append(((to_one < to_zero) == coin[held_out]).mean())
    return float(np.mean(found))


leaking = np.mean([noise_experiment(seed, leak=True) for seed in range(20)])
clean = np.mean([noise_experiment(seed, leak=False) for seed in range(20)])
print("accuracy on noise, 20 experiments: features chosen")
print(f"  on all samples      {leaking:.2f}\n"
      f"  inside each fold    {clean:.2f}")

# %% [markdown]
"""
# Random search (超参数调优)

Which learning rate, which width, how much weight decay? Trying all combinations
of a grid is one way. Drawing them at random is a better one, if only some of
them matter: ten random tries see ten different learning rates, a grid of 3 × 3
sees three. Learning rates are drawn so that 0.0001 to 0.001 is as likely as
0.001 to 0.01: 10 to a random power.

Each combination is judged by cross-validation with 3 folds.
"""

# %%
TRIALS = 3 if options.quick else 16
random = np.random.default_rng(options.seed)
trials = []
print("  rate      width   decay     accuracy")
for _ in range(TRIALS):
    settings = {"rate": float(10 ** random.uniform(-4, -1.5)),
                "width": int(random.choice([16, 32, 64, 128, 256])),
                "decay": float(10 ** random.uniform(-4, 0))}
    a = cross_validate(3, options.seed, **settings)
    trials.append({**settings, "accuracy": float(a.mean()),
                   "error": float(a.std(ddof=1) / np.sqrt(3))})
    print(f"  {settings['rate']:.6f}  {settings['width']:5}   "
          f"{settings['decay']:.4f}    {trials[-1]['accuracy']:.4f} "
          f"± {trials[-1]['error']:.4f}", flush=True)

best = max(trials, key=lambda trial: trial["accuracy"])
chosen = train((x[:POOL] - mean) / std, y[:POOL], options.seed,
               **{key: best[key] for key in ("rate", "width", "decay")})
chosen_test = evaluate(chosen, ((x_test - mean) / std, y_test)).accuracy
print(f"chosen: rate {best['rate']:.5f}, width {best['width']}, decay "
      f"{best['decay']:.4f}; cross-validated {best['accuracy']:.4f}")
print(f"trained on all {POOL:,} images, and now tested, once: "
      f"{chosen_test:.4f}")

with plot.figure(10, 4, f"Random search, {TRIALS} trials, 3 folds") as fig:
    left, right_ax = fig.subplots(1, 2, sharey=True)
    for ax, key in ((left, "rate"), (right_ax, "width")):
        for trial in trials:
            chosen = trial is best
            mark = {"color": plot.ORANGE if chosen else plot.BLUE,
                    "marker": "D" if chosen else "o"}
            ax.errorbar(trial[key], trial["accuracy"], trial["error"],
                        capsize=3, **mark)
        ax.set(xscale="log",
               xlabel={"rate": "learning rate", "width": "width"}[key])
    left.set(ylabel="accuracy, cross-validated")
    right_ax.set(xticks=[16, 32, 64, 128, 256],
                 xticklabels=[16, 32, 64, 128, 256])
    right_ax.minorticks_off()
picture(fig, options, "random_search")

# %% [markdown]
"""
The picture says what matters: the learning rate decides, the width far less.
(The diamond is the chosen one.)
"""

# %% tags=["hidden"]
write_results(
    options.output / "results.json", options, lesson="model_selection",
    data=data.name, train_images=POOL, test_images=len(x_test),
    chosen_accuracy=chosen_test, cross_validated=best["accuracy"],
    default_accuracy=tested, default_cross_validated=cv_mean,
    default_error=cv_error, trials=trials,
    winner={"networks": TRIES, "small": SMALL,
            "mean_small": float(on_small.mean()),
            "mean_rest": float(on_rest.mean()),
            "winner_small": float(on_small[winner]),
            "winner_rest": float(on_rest[winner])})
print(f"\nPictures and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")

# %% [markdown]
"""
The lesson checks itself.
"""

# %%
assert abs(leaking - clean) > 0.3 and len(a) == 3
if data.name == "MNIST" and options.images is None and options.epochs == 20:
    assert abs(cv_mean - tested) < 0.03, "cross-validation predicts the test"
    lucky = on_small - on_rest
    assert lucky[winner] > lucky.mean()

# %% [markdown]
"""
## What to remember

- Training images find the weights, validation images choose, test images
  judge: once.
- An accuracy p from n images is exact to √(p(1 − p)/n).
- The best of many is partly lucky: what chose it is too kind to it.
- Cross-validation measures on what was held out. All that is computed from
  data is computed again in each fold.


## Things to try

- Let the random search vary the batch size as well (document C names it).
  Does it matter?
- Exercise 14 (`python -m lessons check 14`): a learning-rate schedule, one
  more thing to choose.

"""

# %% tags=["hidden", "audit"]
appendix("model_selection", globals())
