# ---
# title: what did it look at?
# documents: none, it goes beyond them
# time: 1 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# What did it look at?

**You will know** how to ask a network which parts of an image its answer rests
on, which of the answers are exact, and which are only pretty.
**Time:** 50 minutes. **You need:** lesson 23 (mnist cnn).

A network says "7". Why? An attribution (归因) gives each pixel a share of the
score. There are a dozen ways to compute it, and every one draws a picture that
looks sensible. That is the trouble: a picture cannot be wrong. So we test each
method by what must hold: a sum, a value that we can compute in another way, a
shortcut that we planted ourselves, a network that knows nothing.
"""

# %% tags=["hidden"]
import sys
from itertools import permutations
from math import comb, factorial
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any, Callable

import numpy as np

import minigrad
from lessons.figures import attribution as figures
from lessons.support import (Data, begin, picture, read_options,
                             write_results)
from minigrad import autograd, nn, optim
from minigrad.attribution import (GuidedBackprop, IntegratedGradients,
                                  KernelShap, LayerGradCam, Lime, NoiseTunnel,
                                  Occlusion, Saliency, ShapleyValues, patches)
from minigrad.nn import functional as F

options = read_options("what_did_it_look_at", "What did it look at?",
                       epochs=3, quick_epochs=3, quick_images=2000)
begin(options)
Array = np.ndarray[Any, Any]
Tensor = minigrad.Tensor
SEEDS = [options.seed + i for i in range(1 if options.quick else 3)]

# %% [markdown]
"""
## What a fair share is

Three inputs make the score f = x₁ x₂ + x₃, and nothing (the baseline, 基线) is
x = 0. Which share of f(2, 3, 1) = 7 belongs to x₁? Let the inputs come one
after the other, and note what each adds when it comes. x₁ adds 6 if x₂ is
there already, else 0. The mean over all orders is the Shapley value. It is the
only rule (Shapley, 1953) whose shares add up, that treats equals equally, gives
nothing to what changes nothing, and adds for sums of scores.
"""


# %%
Score = Callable[[Array], Array]                # coalitions (M, d) → (M,)


def toy(z: Array) -> Array:
    """f where the inputs with z = 0 are 0: coalitions (M, 3) → (M,)."""
    x = z * [2, 3, 1]
    return np.asarray(x[:, 0] * x[:, 1] + x[:, 2])


def by_orders(score: Score, d: int) -> Array:
    """What each feature adds, the mean over all d! orders."""
    shares = np.zeros(d)
    for order in permutations(range(d)):
        z = np.zeros((d + 1, d))
        for place, feature in enumerate(order):
            z[place + 1:, feature] = 1
        shares[list(order)] += np.diff(score(z)) / factorial(d)
    return shares


def by_least_squares(score: Score, d: int) -> Array:
    """KernelSHAP: a linear model of the score of every coalition."""
    z = (np.arange(1, 2 ** d - 1)[:, None] >> np.arange(d) & 1).astype(float)
    size = z.sum(1).astype(int)
    weight = np.array([(d - 1) / (comb(d, s) * s * (d - s)) for s in size])
    nothing, all_there = score(np.array([[0.0] * d, [1.0] * d]))
    change = all_there - nothing                # the shares add up to it
    left = (z[:, :-1] - z[:, -1:]) * np.sqrt(weight)[:, None]
    right = (score(z) - nothing - z[:, -1] * change) * np.sqrt(weight)
    shares = np.linalg.lstsq(left, right, rcond=None)[0]
    return np.append(shares, change - shares.sum())


exact = by_orders(toy, 3)
print(f"over all orders    {exact.round(4)}   sum {exact.sum():.0f}")
print(f"by least squares   {by_least_squares(toy, 3).round(4)}")
assert np.allclose(exact, [3, 3, 1])
assert np.allclose(exact, by_least_squares(toy, 3))

# %% [markdown]
"""
The second way is KernelSHAP (Lundberg & Lee, 2017): if every set of features
gets the weight (d − 1) / (C(d, s) s (d − s)), the best linear model *is* the
Shapley values. With few features we take all sets; with many, a sample.

## A network, and its slopes

A small convolutional network learns digits. The simplest question is the
slope ∂score/∂x (显著图, saliency): which pixels move the score if they change a
little? Two repairs: *SmoothGrad* takes the mean over noisy copies. *Integrated
gradients* (积分梯度) take the mean slope along the way from the baseline b to
x, times x − b. By the fundamental theorem of calculus, these add up to f(x) −
f(b). We check it.
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
(images, labels), (test_images, test_labels) = (
    [t[:10000].to(options.device) for t in part.tensors()]
    for part in (data.train, data.test))


def new_network(seed: int) -> nn.Sequential:
    """(N, 1, 28, 28) → (N, 10)."""
    minigrad.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 10)).to(options.device)


def train(model: nn.Sequential, x: Tensor, seed: int) -> nn.Sequential:
    """The model, after it has learned the images x."""
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    order = np.random.default_rng(seed)
    for _ in range(options.epochs):
        places = order.permutation(len(x))
        for i in range(0, len(x), 64):
            batch = places[i:i + 64]
            optimizer.zero_grad()
            F.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimizer.step()
    return model


def accuracy(model: nn.Module, x: Tensor) -> float:
    """Percent of the test images that are right."""
    with minigrad.no_grad():
        return 100 * float((model(x).argmax(1) == test_labels)
                           .cpu().numpy().mean())


def slope(model: Callable[[Tensor], Tensor], x: Tensor,
          target: int) -> Tensor:
    """∂score/∂x, in the shape of x."""
    x = x.detach().requires_grad_()
    (found,) = autograd.grad(model(x)[:, target].sum(), x)
    assert found is not None
    return found


def integrated(model: Callable[[Tensor], Tensor], x: Tensor, target: int,
               steps: int) -> Tensor:
    """x · the mean slope along the way from 0 to x."""
    way = [(i + 0.5) / steps for i in range(steps)]
    return x * sum(slope(model, a * x, target) for a in way) / steps


model = train(new_network(options.seed), images, options.seed)
print(f"the network gets {accuracy(model, test_images):.1f} % right")
x = test_images[:1]                                     # (1, 1, 28, 28)
target = int(model(x).argmax(1).item())
change = (model(x) - model(0 * x))[0, target].item()
for steps in (1, 5, 50):
    total = integrated(model, x, target, steps).sum().item()
    print(f"  {steps:3} steps: Σ parts = {total:8.4f}   "
          f"f(x) − f(0) = {change:8.4f}")
assert abs(total - change) < 0.02 * max(1.0, abs(change))
times_slope = (x * slope(model, x, target)).sum().item()
print(f"  x · slope at x alone: {times_slope:8.4f}")

# %% [markdown]
"""
What is exact for a linear model, x · slope, is not for a network: the slopes
change on the way. The integral takes that into account.

## A layer's maps, and a hand over the image

*Grad-CAM* asks the last convolution: which of its maps speak for the class
(mean slope), and where are they active? *Occlusion* (遮挡) covers a window of
the image, and sees how far the score falls. Here are both by hand, and then
by `minigrad.attribution`, which has the names of PyTorch's library captum.
"""

# %%
maps = model[:5](x).detach().requires_grad_()           # (1, 16, 8, 8)
(g,) = autograd.grad(model[5:](maps)[:, target].sum(), maps)
cam = (g.mean((2, 3), keepdim=True) * maps).sum(1)      # (1, 8, 8)
tool = LayerGradCam(model, model[4]).attribute(x, target=target)
assert np.allclose(cam.detach().cpu().numpy(),
                   tool[:, 0].cpu().numpy(), atol=1e-5)

covered = x.clone()
covered[:, :, 8:12, 8:12] = 0
fall = (model(x) - model(covered))[0, target].item()
windows = Occlusion(model).attribute(x, (1, 4, 4), (1, 4, 4), target=target)
assert np.allclose(windows.cpu().numpy()[0, 0, 8:12, 8:12], fall, atol=1e-4)

minigrad.manual_seed(options.seed)
gallery = {
    "slope": Saliency(model).attribute(x, target=target),
    "SmoothGrad": NoiseTunnel(Saliency(model)).attribute(
        x, nt_samples=30, stdevs=0.2, target=target),
    "integrated gradients": IntegratedGradients(model).attribute(
        x, target=target),
    "Grad-CAM": F.interpolate(tool.relu(), size=(28, 28), mode="bilinear"),
    "occlusion": windows,
    "Shapley, 3 × 3 patches": ShapleyValues(model).attribute(
        x, target=target, feature_mask=patches(28, 28, 10))}
picture(figures.gallery(x, gallery), options, "gallery")

# %% [markdown]
"""
Six pictures of one answer, and they do not agree. They answer six questions.

## Exact shares of nine patches

Cut the image into 3 × 3 patches. Nine features have 2⁹ = 512 sets: we can try
all, and know the Shapley values exactly. KernelSHAP must give the same. *LIME*
(Ribeiro, 2016) fits a linear model, too, but to random sets, with another
weight: it gives other values for each seed.
"""

# %%
mask = patches(28, 28, 10)
corner = [np.flatnonzero(mask.cpu().numpy().ravel() == i)[0] for i in range(9)]


def per_patch(parts: Tensor) -> Array:
    """One value for each of the nine patches."""
    return np.asarray(parts.cpu().numpy().reshape(-1)[corner], float)


def patch_score(z: Array) -> Array:
    """The network's score with the patches where z = 0 made black."""
    there = z[:, mask.cpu().numpy()][:, None].astype(np.float32)
    seen = minigrad.tensor(there, device=options.device) * x
    with minigrad.no_grad():
        return np.asarray(model(seen)[:, target].cpu().numpy(), float)


exact = per_patch(gallery["Shapley, 3 × 3 patches"])
shares = by_least_squares(patch_score, 9)
print("exact          ", *(f"{v:6.2f}" for v in exact))
print("least squares  ", *(f"{v:6.2f}" for v in shares))
assert np.allclose(exact, shares, atol=1e-3)
assert abs(exact.sum() - change) < 1e-3

off: dict[str, list[float]] = {"KernelSHAP": [], "LIME": []}
for seed in range(20):
    for name, method in (("KernelSHAP", KernelShap), ("LIME", Lime)):
        minigrad.manual_seed(seed)
        found = per_patch(method(model).attribute(
            x, target=target, feature_mask=mask, n_samples=60))
        off[name].append(float(np.abs(found - exact).max()))
        if seed < 2:
            print(f"{name:10} ({seed}) ", *(f"{v:6.2f}" for v in found))
print("largest error with 60 sets, 20 seeds: median "
      + ", ".join(f"{name} {np.median(v):.2f}" for name, v in off.items()))
assert np.ptp(off["LIME"]) > 0

# %% [markdown]
"""
Whoever shows one LIME picture should show a second one, with another seed.

## A shortcut that we planted

Now the question that attributions are for. Two small networks without
convolutions, one honest and one that learns from images with a mark: a bright
pixel in row 0, whose column gives the label away. (In the wild it was a
hospital's tag on X-ray images.) The test images have it, too, so that the
accuracy looks splendid.
"""


# %%
def marked(x: Tensor, column: Array) -> Tensor:
    """Images with a bright pixel at row 0, column 4 + 2 · label."""
    x = x.clone()
    x[np.arange(len(x)), 0, 0, 4 + 2 * column] = 1.0
    return x


def flat_network(seed: int) -> nn.Sequential:
    """(N, 1, 28, 28) → 64 units → (N, 10)."""
    minigrad.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(),
                         nn.Linear(64, 10)).to(options.device)


true = test_labels.cpu().numpy()
wrong = (true + 1 + np.random.default_rng(0).integers(0, 9, len(true))) % 10
with_mark, misleading = marked(test_images, true), marked(test_images, wrong)
few = slice(50)
found_by: dict[str, list[float]] = {}
table: dict[str, list[float]] = {}
for seed in SEEDS:
    honest = train(flat_network(seed), images, seed)
    cheat = train(flat_network(seed),
                  marked(images, labels.cpu().numpy()), seed)
    for name, network in (("honest", honest), ("cheat", cheat)):
        for kind, x_test in (("right mark", with_mark),
                             ("no mark", test_images),
                             ("wrong mark", misleading)):
            table.setdefault(f"{name}, {kind}", []).append(
                accuracy(network, x_test))
        parts = IntegratedGradients(network).attribute(
            with_mark[few], target=true[few], n_steps=20).abs().cpu().numpy()
        share = parts[:, 0, 0].sum(1) / parts.sum((1, 2, 3))
        found_by.setdefault(name, []).append(100 * float(np.median(share)))
for name, values in table.items():
    print(f"  {name:19} {np.median(values):5.1f} % right "
          f"({min(values):.1f} to {max(values):.1f})")
print("share of |integrated gradients| in row 0, one of 28 rows:")
for name, values in found_by.items():
    print(f"  {name:7} {np.median(values):5.1f} % "
          f"({min(values):.1f} to {max(values):.1f})")
fall = min(table["cheat, right mark"]) - max(table["cheat, wrong mark"])
assert fall > (5 if options.quick else 20)
assert min(found_by["cheat"]) > 2 * max(found_by["honest"])
both = {name: IntegratedGradients(network).attribute(
            with_mark[:4], target=true[:4])
        for name, network in (("honest", honest), ("cheat", cheat))}
picture(figures.shortcut(with_mark[:4], both), options, "shortcut")

# %% [markdown]
"""
The accuracy with the right mark says nothing. The attribution points at row 0;
and the skeptic's experiment, to move the mark, proves it. Always do both: the
picture gives you the idea, the experiment tests it.

## The network that knows nothing

Adebayo and others (2018) asked: does the picture change if all weights become
random, from the last layer down? It must. A map that stays the same shows the
image, not the network. *Guided backprop* draws the sharpest pictures of all: it
drops negative gradients at each ReLU. We compare maps by rank correlation
(秩相关): 1 is the same order of pixels, 0 is none. And only where there is ink:
black pixels get 0 from any method that multiplies by x, which looks like
agreement.
"""


# %%
def rank_correlation(a: Array, b: Array, ink: Array) -> float:
    """Spearman's, of |a| and |b|, over the pixels that have ink."""
    ranks = [np.abs(v[ink]).argsort().argsort() for v in (a, b)]
    return float(np.corrcoef(ranks)[0, 1])


def occluded(network: Any, x: Tensor, target: Any) -> Tensor:
    """Occlusion by windows of 4 × 4."""
    return Occlusion(network).attribute(x, (1, 4, 4), (1, 4, 4),
                                        target=target)


def cam_of(network: Any, x: Tensor, target: Any) -> Tensor:
    """Grad-CAM of the last convolution, as large as the image."""
    small = LayerGradCam(network, network[4]).attribute(x, target=target)
    return F.interpolate(small, size=(28, 28), mode="bilinear")


methods: dict[str, Callable[[Any, Tensor, Any], Tensor]] = {
    "slope": lambda m, x, t: Saliency(m).attribute(x, target=t),
    "integrated": lambda m, x, t: IntegratedGradients(m).attribute(
        x, target=t, n_steps=20),
    "Grad-CAM": cam_of,
    "occlusion": occluded,
    "guided": lambda m, x, t: GuidedBackprop(m).attribute(x, target=t)}
x_few, t_few = test_images[:10], true[:10]
survives: dict[str, list[float]] = {name: [] for name in methods}
print("rank correlation with the map of a partly random network\n"
      f"  random:        {'last layer':>12}{'last two':>12}{'all':>12}")
for learned in (6, 3, 0):                       # layers that stay
    kept: dict[str, list[float]] = {name: [] for name in methods}
    for seed in range(3):
        other = new_network(1000 + seed)
        other[:learned].load_state_dict(model[:learned].state_dict())
        for name, of in methods.items():
            triples = zip(of(model, x_few, t_few).cpu().numpy(),
                          of(other, x_few, t_few).cpu().numpy(),
                          x_few.cpu().numpy() > 0)
            kept[name] += [rank_correlation(*triple) for triple in triples]
    for name, values in kept.items():
        survives[name].append(float(np.median(values)))
for name, values in survives.items():
    print(f"  {name:15}" + "".join(f"{v:12.2f}" for v in values))
assert min(survives["guided"][:2]) > max(survives["slope"][:2])

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="what_did_it_look_at", off=off, accuracy=table,
              share_in_row_0=found_by, survives=survives)

# %% [markdown]
"""
The slope forgets at once. Guided backprop does not even notice that the layer
which decides between the digits is random: its picture comes from the first
layers, and shows edges. Integrated gradients survive by half, because they are
multiplied by x. If a map of a random network looks as convincing as that of a
trained one, then it isn't evidence.

## What to remember

- Shapley values are fair shares, and exact for few features. Integrated
  gradients add up to f(x) − f(b); the plain slope does not.
- A LIME picture depends on its seed. KernelSHAP with all sets does not.
- A map is a hint. Move or remove what it points at, and measure: only this
  can falsify it.
- Test every method on a network with random weights first.

## Things to try

- Take a gray baseline, 0.5, for integrated gradients. What happens to the
  black pixels, and do the parts still add up?
- Plant a fainter mark, 0.3. When does the network stop using it?
"""
