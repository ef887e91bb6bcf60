# ---
# title: without labels
# documents: B §2.5
# time: 3 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Without labels

**You will know** how a network learns from data that nobody has labeled, how
one measures that, how it collapses, and how images and words come to share one
space.
**Time:** 55 minutes. **You need:** lesson 23 (mnist cnn).

Labels are costly, data are cheap. Self-supervised learning (自监督学习) makes a
task out of the data alone: which two pictures show the same thing? What is
under the hole? The task is worthless; what a network must learn for it is not.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import unlabeled as figures
from lessons.support import Data, begin, picture, read_options, write_results
from minigrad import autograd, nn, optim
from minigrad.nn import functional as F
from minigrad.vision.datasets import MNIST1D

options = read_options("without_labels", "Without labels.",
                       epochs=25, quick_epochs=2, quick_images=3000)
begin(options)
Array = np.ndarray[Any, Any]
Tensor = minigrad.Tensor
SEEDS = [options.seed + i for i in range(1 if options.quick else 3)]

# %% [markdown]
"""
## The contrastive loss

Take a batch of B signals, and two random *views* of each: shifted, scaled, with
noise. A network makes a vector a_i of one view and b_i of the other. Which b
belongs to a_i? That is a classification with B classes, whose scores are
cosines, divided by a temperature τ; and so is the way back:

    S = a bᵀ / τ                 (B, B), rows of length 1
    loss = ½ (CE(S, diagonal) + CE(Sᵀ, diagonal))

Before any training, check it. If all vectors are equal, each of the B answers
has probability 1/B, and the loss is ln B, exactly. And its gradient at S is
known on paper: ½ (softmax of rows + softmax of columns) − I, divided by B.
"""


# %%
def of_scores(s: Tensor) -> Tensor:
    """½ (CE(S) + CE(Sᵀ)), where the diagonal is right."""
    right = minigrad.arange(len(s), device=s.device)
    return (F.cross_entropy(s, right) + F.cross_entropy(s.T, right)) / 2


def contrastive(a: Tensor, b: Tensor, tau: float = 0.2) -> Tensor:
    """The symmetric loss of pairs (B, D) and (B, D)."""
    return of_scores(F.normalize(a, dim=1) @ F.normalize(b, dim=1).T / tau)


same = minigrad.ones(256, 8)
even = contrastive(same, same).item()
print(f"256 equal vectors: loss {even:.4f}, ln 256 = {np.log(256):.4f}")
assert np.isclose(even, np.log(256), atol=1e-4)
s = minigrad.randn(6, 6, requires_grad=True)
(measured,) = autograd.grad(of_scores(s), s)
paper = ((F.softmax(s, 1) + F.softmax(s, 0)) / 2 - minigrad.eye(6)) / 6
assert np.allclose(measured.numpy(), paper.detach().numpy(), atol=1e-6)
print("its gradient is the one from paper")

# %% [markdown]
"""
## Signals

MNIST-1D: 4,000 signals of 40 numbers, each one of ten shapes, shifted, scaled,
sheared and noisy. A linear classifier gets a third of them right: it cannot
undo a shift.

How does one measure what a network has learned without labels? A *linear probe*
(线性探测): freeze the network, and train a linear classifier on its output. The
skeptic's baseline is a network with random weights, which nobody trained.
"""

# %%
(x, y), (x_test, y_test) = (
    [t.to(options.device) for t in MNIST1D(train=part).tensors()]
    for part in (True, False))
scale = float(x.std())
x, x_test = x[:, None] / scale, x_test[:, None] / scale     # (N, 1, 40)


def probe(features: Tensor, labels: Tensor, test: Tensor,
          test_labels: Tensor) -> float:
    """Percent right in the test of a linear classifier of features (N, D)."""
    middle, width = features.mean(0), features.std(0) + 1e-5
    features, test = (features - middle) / width, (test - middle) / width
    layer = nn.Linear(features.shape[1], 10).to(options.device)
    optimizer = optim.Adam(layer.parameters(), lr=0.03)
    for _ in range(150 if options.quick else 400):
        optimizer.zero_grad()
        F.cross_entropy(layer(features), labels).backward()
        optimizer.step()
    right = layer(test).argmax(1) == test_labels
    return 100 * float(right.cpu().numpy().mean())


def view(x: Tensor, random: Any) -> Tensor:
    """The signals (N, 1, 40), shifted, scaled, sheared and noisy."""
    a = x.cpu().numpy()[:, 0]
    n = len(a)
    places = (np.arange(40) + random.integers(0, 40, (n, 1))) % 40
    a = np.take_along_axis(a, places, 1) * random.uniform(0.7, 1.4, (n, 1))
    a = a + random.uniform(-1, 1, (n, 1)) * np.linspace(-1, 1, 40)
    a = a + random.normal(0, 0.15, a.shape)
    return minigrad.tensor(a[:, None].astype(np.float32),
                           device=options.device)


def new_encoder() -> nn.Sequential:
    """(N, 1, 40) → (N, 128): convolutions, and the mean over the places."""
    return nn.Sequential(
        nn.Conv1d(1, 32, 5, 2, 2), nn.ReLU(),
        nn.Conv1d(32, 64, 3, 2, 1), nn.ReLU(),
        nn.Conv1d(64, 128, 3, 1, 1), nn.ReLU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten()).to(options.device)


def new_head(width: int) -> nn.Sequential:
    """(N, width) → (N, 64): what the loss sees; thrown away afterwards."""
    return nn.Sequential(nn.Linear(width, 128), nn.ReLU(),
                         nn.Linear(128, 64)).to(options.device)


def pretrain(encoder: nn.Module, head: nn.Module, x: Tensor, seed: int,
             make: Callable[[Tensor, Any], Tensor] = view,
             loss: Callable[[Tensor, Tensor], Tensor] = contrastive,
             epochs: int = options.epochs) -> list[float]:
    """Learn from pairs of views; the loss of each step."""
    random, curve = np.random.default_rng(seed), []
    optimizer = optim.Adam([*encoder.parameters(), *head.parameters()],
                           lr=2e-3)
    for _ in range(epochs):
        order = random.permutation(len(x))
        for i in range(0, len(x) - 255, 256):
            batch = x[order[i:i + 256]]
            a, b = (head(encoder(make(batch, random))) for _ in range(2))
            optimizer.zero_grad()
            value = loss(a, b)
            value.backward()
            optimizer.step()
            curve.append(value.item())
    return curve


def frozen(network: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The network's output, without a graph."""
    with minigrad.no_grad():
        return network(x)


minigrad.manual_seed(options.seed)
table = {"the raw signal": [probe(x[:, 0], y, x_test[:, 0], y_test)]}
curves = []
for seed in SEEDS:
    minigrad.manual_seed(seed)
    encoder, head = new_encoder(), new_head(128)
    table.setdefault("random encoder", []).append(
        probe(frozen(encoder, x), y, frozen(encoder, x_test), y_test))
    curves.append(pretrain(encoder, head, x, seed))
    h, h_test = frozen(encoder, x), frozen(encoder, x_test)
    table.setdefault("encoder, contrastive", []).append(
        probe(h, y, h_test, y_test))
    table.setdefault("its projection head", []).append(
        probe(frozen(head, h), y, frozen(head, h_test), y_test))
print(f"the loss: {curves[0][0]:.2f} at first, ln 256 = {np.log(256):.2f}; "
      f"{curves[0][-1]:.2f} at last")
print("percent right by a linear probe")
for name, found in table.items():
    print(f"  {name:22} {np.median(found):5.1f}   "
          f"({min(found):.1f} to {max(found):.1f})")
raw, untrained, learned, projected = (np.median(v) for v in table.values())
assert 25 < raw < 40 and abs(curves[0][0] - np.log(256)) < 0.6
assert options.quick or learned > 3 + max(untrained, projected)

# %% [markdown]
"""
Two things to notice. The random convolutions with their mean over the places
already beat the raw signal by far: compare with the raw signal alone, and you
praise the wrong thing. And the head's output is worse than what goes into it.
The loss wants views of one signal to be equal; so the head throws away whatever
the views change, even what a label needs. So probe *before* it (SimCLR, 2020).

## Collapse

Why all these other signals in the loss? Leave them out: "two views of a signal
should be equal", loss = ‖a − b‖² of rows of length 1. There is a perfect
solution: a constant. The loss falls beautifully. Only the spread of the rows
over a batch, which one must print, tells what happened.
"""


# %%
def attract(a: Tensor, b: Tensor) -> Tensor:
    """Only: the two views should be equal."""
    return (F.normalize(a, dim=1) - F.normalize(b, dim=1)).square().sum(
        1).mean()


collapsed = {}
for name, loss in (("contrastive", contrastive), ("attraction only", attract)):
    minigrad.manual_seed(options.seed)
    encoder, head = new_encoder(), new_head(128)
    curve = pretrain(encoder, head, x, options.seed, loss=loss,
                     epochs=min(options.epochs, 8))
    z = F.normalize(frozen(head, frozen(encoder, x_test)), dim=1)
    spread = float(z.std(0).square().sum()) ** 0.5          # 1 at most
    collapsed[name] = [curve[0], curve[-1], spread]
    print(f"  {name:16} loss {curve[0]:.3f} → {curve[-1]:.5f}   spread of the "
          f"output {collapsed[name][2]:.5f}")
assert collapsed["attraction only"][2] < 0.2 * collapsed["contrastive"][2]

# %% [markdown]
"""
## Digits: pairs, or holes

Now pictures, of which we pretend to have labels for 200 only. Two tasks without
labels: *pairs*, as before, where a view is shifted and has a piece wiped out;
and *masked pixels* (掩码): cover half of the picture, and fill it in. A probe
on the 200 says what it was good for.
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
(images, digits), (test_images, test_digits) = (
    (F.avg_pool2d(p[:6000], 2), d[:6000])                   # (N, 1, 14, 14)
    for p, d in (data.train.tensors(), data.test.tensors()))


def moved(x: Tensor, random: Any) -> Tensor:
    """Pictures shifted by up to 2 pixels, a piece of 5 × 5 wiped out."""
    a = np.pad(x.cpu().numpy()[:, 0], ((0, 0), (2, 2), (2, 2)))
    n = len(a)
    rows, columns = (random.integers(0, 5, (n, 1, 1)) for _ in range(2))
    a = a[np.arange(n)[:, None, None], rows + np.arange(14)[:, None],
          columns + np.arange(14)]
    top, left = (random.integers(0, 10, (n, 1, 1)) for _ in range(2))
    down, across = np.arange(14)[:, None] - top, np.arange(14) - left
    hole = (down >= 0) & (down < 5) & (across >= 0) & (across < 5)
    return minigrad.tensor(np.where(hole, 0, a)[:, None],
                           device=options.device)


def image_encoder() -> nn.Sequential:
    """(N, 1, 14, 14) → (N, 128)."""
    return nn.Sequential(nn.Flatten(), nn.Linear(196, 256), nn.ReLU(),
                         nn.Linear(256, 128), nn.ReLU()).to(options.device)


def fill_in(encoder: nn.Module, decoder: nn.Module, seed: int) -> float:
    """Learn to fill covered pieces of 2 × 2; the last loss."""
    random = np.random.default_rng(seed)
    optimizer = optim.Adam([*encoder.parameters(), *decoder.parameters()],
                           lr=2e-3)
    for _ in range(options.epochs):
        order = random.permutation(len(images))
        for i in range(0, len(images) - 255, 256):
            whole = images[order[i:i + 256]]
            cover = np.kron(random.random((256, 1, 7, 7)) < 0.5,
                            np.ones((1, 1, 2, 2)))
            hidden = minigrad.tensor(np.float32(cover), device=options.device)
            guess = decoder(encoder(whole * (1 - hidden)))
            off = (guess.reshape(whole.shape) - whole) * hidden
            loss = off.square().sum() / hidden.sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return loss.item()


few = 200
scores: dict[str, list[float]] = {}
mean_picture = float((images - images.mean(0)).square().mean())
for seed in SEEDS:
    minigrad.manual_seed(seed)
    trained = {"raw pixels": nn.Flatten(), "random encoder": image_encoder(),
               "pairs": image_encoder(), "masked pixels": image_encoder()}
    pretrain(trained["pairs"], new_head(128), images, seed, moved)
    decoder = nn.Linear(128, 196).to(options.device)
    holes = fill_in(trained["masked pixels"], decoder, seed)
    for name, network in trained.items():
        scores.setdefault(name, []).append(probe(
            frozen(network, images[:few]), digits[:few],
            frozen(network, test_images), test_digits))
print(f"holes: error {holes:.4f}; by the mean picture {mean_picture:.4f}")
print(f"{few} labels: percent of the digits right")
for name, found in scores.items():
    print(f"  {name:16} {np.median(found):5.1f}   "
          f"({min(found):.1f} to {max(found):.1f})")
assert options.quick or holes < mean_picture / 2
assert options.quick or np.median(scores["pairs"]) > np.median(
    scores["random encoder"])

# %% [markdown]
"""
## Images and words

The same loss learns two kinds of data (多模态): a_i is made of a picture, b_i
of its caption. Our captions are generated: "a thick seven, tilted left". Ten
digits, thick or thin, upright or tilted to either side: 60 captions. Twelve are
*never* seen in training, no picture and no caption; but each of their words is,
in others. Does the network find the right one of 60 for a picture of a kind
that it has never seen? Chance is 1.7 %; by the digit alone one gets 16.7 %.

The control: a network that gets each caption as a number from 0 to 59, not as
words.
"""

# %%
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven",
         "eight", "nine", "thin", "thick", "upright", "tilted left",
         "tilted right"]
KINDS = [(d, thick, tilt) for d in range(10) for thick in (0, 1)
         for tilt in range(3)]
CAPTIONS = np.array([[d, 10 + thick, 12 + tilt] for d, thick, tilt in KINDS])
unseen = np.array([(d + 3 * thick + tilt) % 5 == 0 for d, thick, tilt
                   in KINDS])
seen = np.flatnonzero(~unseen)
assert set(CAPTIONS[seen].ravel()) == set(range(15))    # each word is known


def drawn(x: Tensor, thick: int, tilt: int) -> Tensor:
    """Pictures (N, 1, 28, 28) as a caption says, (N, 196)."""
    x = F.max_pool2d(x, 3, 1, 1) if thick else -F.max_pool2d(-x, 2, 1)
    a = x.cpu().numpy().copy()
    slope = (0, 0.35, -0.35)[tilt]              # stays within the margin
    for row in range(a.shape[2]):
        a[:, :, row] = np.roll(a[:, :, row], round(slope * (row - 14)), -1)
    a = np.pad(a, [(0, 0), (0, 0)] + [(0, 28 - a.shape[2])] * 2)
    return F.avg_pool2d(minigrad.tensor(a, device=options.device),
                        2).flatten(1)


def all_kinds(x: Tensor, labels: Tensor) -> list[Tensor]:
    """The pictures of each of the 60 captions, (N, 196) each."""
    of = labels.cpu().numpy()
    return [drawn(x[np.flatnonzero(of == d)], thick, tilt)
            for d, thick, tilt in KINDS]


shown = all_kinds(*(t[:6000] for t in data.train.tensors()))
asked = all_kinds(*(t[:1000] for t in data.test.tensors()))


class Pairs(nn.Module):
    """A picture and a caption in one space."""

    def __init__(self, words: bool) -> None:
        super().__init__()
        self.words = words
        self.image = nn.Sequential(nn.Linear(196, 256), nn.ReLU(),
                                   nn.Linear(256, 64))
        self.text = nn.Embedding(15 if words else 60, 64)

    def caption(self, which: Array) -> Tensor:
        """The captions with these numbers, (N, 64): the sum of the words."""
        ids = CAPTIONS[which] if self.words else which[:, None]
        return self.text(minigrad.tensor(ids, device=options.device)).sum(1)


def recall(model: Pairs, kinds: Array) -> float:
    """Percent of the pictures whose own caption is first of all 60."""
    texts = F.normalize(frozen(model.caption, np.arange(60)), dim=1)
    right = [(frozen(model.image, asked[k]) @ texts.T).argmax(1)
             .cpu().numpy() == k for k in kinds]
    return 100 * float(np.concatenate(right).mean())


found_by: dict[str, list[list[float]]] = {}
for name, words in (("words", True), ("numbers", False)):
    for seed in SEEDS:
        minigrad.manual_seed(seed)
        model = Pairs(words).to(options.device)
        random = np.random.default_rng(seed)
        optimizer = optim.Adam(model.parameters(), lr=2e-3)
        for _ in range(options.epochs * 60):    # one picture of each caption
            pictures = minigrad.stack([
                shown[k][int(random.integers(len(shown[k])))] for k in seen])
            optimizer.zero_grad()
            contrastive(model.image(pictures), model.caption(seen),
                        tau=0.1).backward()
            optimizer.step()
        found_by.setdefault(name, []).append(
            [recall(model, seen), recall(model, np.flatnonzero(unseen))])
    first = np.array(found_by[name])
    print(f"captions as {name:8} seen {np.median(first[:, 0]):5.1f} %   never "
          f"seen {np.median(first[:, 1]):5.1f} %   ({first[:, 1].min():.1f} "
          f"to {first[:, 1].max():.1f})")
    if name == "words":
        by_words = model
assert np.min(np.array(found_by["words"])[:, 1]) > 16.7
eight = np.flatnonzero(unseen)[:8]
examples = minigrad.stack([asked[k][0] for k in eight])
picture(figures.captions(
    examples.cpu().numpy(), eight,
    frozen(by_words.image, examples).cpu().numpy(),
    frozen(by_words.caption, np.arange(60)).cpu().numpy(),
    [f"a {WORDS[10 + t]} {WORDS[d]}, {WORDS[12 + w]}"
     for d, t, w in KINDS]), options, "captions")
picture(figures.probes(table, scores), options, "probes")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="without_labels", data=data.name, mnist1d=table,
              collapse=collapsed, digits=scores, captions=found_by)

# %% [markdown]
"""
## What to remember

- A contrastive loss begins at ln B. It says little about what was learned; a
  linear probe does, beside the same network untrained.
- Probe before the head: the head forgets what the views change.
- Without something that pushes apart all collapses. Print the spread.
- A network that reads words can find a caption that it never saw. One that has
  a number for each cannot.

What would prove it wrong? A random encoder that a probe likes as well.

## Things to try

- Leave the shift out of the views. What happens to the probe, and why?
- Try batches of 32. The task becomes easier; is the network better?
"""
