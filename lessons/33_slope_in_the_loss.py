# ---
# title: a slope in the loss
# documents: none, it goes beyond them
# time: 10 s
# needs:
# ---

# %% [markdown]
"""
# Training on slopes

**You will know** how to train a network whose own slope is a part of its loss.
**Time:** 30 minutes. **You need:** lesson 32 (curvature).

A network that is smooth, because we ask for it: the penalty is on its slope.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (begin, earlier, picture, read_options,
                             write_results)
from minigrad import Tensor, nn, optim, plot
from minigrad.autograd import grad
from minigrad.check import gradcheck, gradgradcheck

options = read_options("slope_in_the_loss",
                       "A network whose slope is in its loss.")
begin(options)
carried = earlier("curvature")
curvature, curvature_net, descent_order, h, newton_order, rng = map(
    carried.get,
    "curvature curvature_net descent_order h newton_order rng".split())


# %% [markdown]
"""
## A slope in the loss

Now a loss that contains a gradient. Let f(x) be a network's score. If it is
steep somewhere, a tiny change of x changes the answer. So punish steepness,
with a gradient penalty (梯度惩罚):

    loss = cross-entropy + λ · mean of |∂f/∂x|²

Note that the slope is along the *inputs*. To train, we need the gradient of
this loss with respect to the weights, and so the gradient of a gradient.

For a linear model it is an old acquaintance: f(x) = wᵀx + b has ∂f/∂x = w
everywhere, so the penalty is λ |w|², the L2 penalty of lesson 22
(regularization). One unit with tanh can still be done by hand:

    t = tanh(wᵀx)          ∂t/∂x = (1 − t²) w      P = |∂t/∂x|² = (1 − t²)² |w|²

    ∂P/∂w = 2 (1 − t²) · (−2t) (1 − t²) x · |w|²  +  (1 − t²)² · 2w
          = 2 (1 − t²)² (w − 2t |w|² x)

The first part comes from t, which depends on w, the second from |w|².
"""

# %%
w_values, x_values = rng.normal(size=4), rng.normal(size=4)  # (4,), (4,)


def penalty_of(w: np.ndarray) -> float:
    """P as in the formula."""
    t = np.tanh(w @ x_values)
    return float((1 - t * t) ** 2 * (w @ w))


t, squares = np.tanh(w_values @ x_values), w_values @ w_values
by_hand = 2 * (1 - t * t) ** 2 * (w_values - 2 * t * squares * x_values)
measured = [(penalty_of(w_values + h * u) - penalty_of(w_values - h * u))
            / (2 * h) for u in np.eye(4)]

w, x = (minigrad.tensor(v, requires_grad=True) for v in (w_values, x_values))
(slope_in_x,) = grad((w * x).sum().tanh(), x, create_graph=True)    # (4,)
penalty = (slope_in_x ** 2).sum()                                   # ()
penalty.backward()                      # a gradient of a gradient
print("\nThe penalty of one unit, ∂P/∂w")
for name, found in (("by hand", by_hand), ("measured", measured),
                    ("minigrad", w.grad.tolist())):
    print(f"  {name:9}" + "".join(f"{v:11.6f}" for v in found))
assert np.allclose(measured, by_hand) and np.allclose(w.grad.tolist(), by_hand)

# %% [markdown]
"""
## Two moons

The data: two half-moons, 50 points each, so noisy that they overlap. With a
network of 1,185 parameters and 100 points, we may expect overfitting.

Before training, check what it will rely on. `gradcheck` compares gradients with
measured slopes, `gradgradcheck` does it with second derivatives: it measures
how the *gradient* moves. It does so for every input and parameter of a small
network of the same kind.
"""


# %%
def moons(count: int, noise: float) -> tuple[Tensor, Tensor]:
    """Points (count, 2) and their class 0 or 1 (count, 1), float32."""
    angle = rng.uniform(0, np.pi, count)
    lower = np.arange(count) % 2 == 1
    x = np.where(lower, 1 - np.cos(angle), np.cos(angle))
    y = np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], axis=1) + noise * rng.normal(size=(count, 2))
    return (minigrad.tensor(points.astype(np.float32), device=options.device),
            minigrad.tensor(lower[:, None].astype(np.float32),
                            device=options.device))


def small_net(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor) -> Tensor:
    """(N, 2) → (N, 1), with one hidden layer."""
    return (x @ w1 + b1).tanh() @ w2


parts = [minigrad.tensor(rng.normal(size=shape), requires_grad=True)
         for shape in ((3, 2), (2, 4), (4,), (4, 1))]
print("\nA small network, checked")
print("  gradcheck     ", gradcheck(small_net, parts))
print("  gradgradcheck ", gradgradcheck(small_net, parts))
assert sum(p.numel() for p in parts[1:]) == 16

# %% [markdown]
"""
## Training with a penalty

Three networks, the same data, the same random start, 400 steps of Adam:

1. without a penalty;
2. with λ = 0.003 times the mean of |∂f/∂x|² at the training points;
3. the same, but at places *around* the training points: in each step every
   point is moved at random.

λ was chosen from 0.003, 0.01 and 0.03 by the loss on test points with three
seeds; all three help.
"""


# %%
def steepness(model: nn.Module, x: Tensor) -> Tensor:
    """|∂f/∂x|² at each point, with notes: (N, 2) → (N,)."""
    x = x.detach().requires_grad_()
    (slopes,) = grad(model(x).sum(), x, create_graph=True)          # (N, 2)
    return (slopes ** 2).sum(dim=1)                                 # (N,)


def train(penalty: float, spread: float) -> nn.Module:
    """Trained, with the penalty at places about ``spread`` from the points."""
    minigrad.manual_seed(options.seed)
    model = nn.Sequential(                                # (N, 2) → (N, 1)
        nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(),
        nn.Linear(32, 1)).to(options.device)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    for _ in range(400):
        optimizer.zero_grad()
        loss = cross_entropy(model(train_x), train_y)
        if penalty:
            places = train_x + spread * minigrad.randn(*train_x.shape,
                                                       device=options.device)
            loss = loss + penalty * steepness(model, places).mean()
        loss.backward()  # through the slopes as well
        optimizer.step()
    return model


train_x, train_y = moons(100, 0.3)
test_x, test_y = moons(2000, 0.3)
cross_entropy = nn.BCEWithLogitsLoss()
models = {"no penalty": train(0, 0), "at the points": train(0.003, 0),
          "around them": train(0.003, 0.3)}

print("\nTwo moons: 100 points to train on, 2000 to test with")
print(" " * 23 + "loss              accuracy          mean |∂f/∂x|")
print(" " * 11 + "       train    test" * 3)
measures = {}
for name, model in models.items():
    row = []
    for x, y in ((train_x, train_y), (test_x, test_y)):
        with minigrad.no_grad():
            scores = model(x)
        right = ((scores > 0) == (y > 0.5)).float().mean().item()
        row.append((cross_entropy(scores, y).item(), right,
                    steepness(model, x).sqrt().mean().item()))
    measures[name] = row
    print(f"  {name:13}" + "    ".join(f"{a:8.3f}{b:8.3f}"
                                       for a, b in zip(*row)))
free, at_points, around = measures.values()
assert free[0][0] < around[0][0], "the training points are fitted better …"
assert around[1][0] < free[1][0], "… and the test points worse"
assert around[1][2] < 0.5 * free[1][2]
assert at_points[1][2] > 2 * at_points[0][2]

# %% [markdown]
"""
Without a penalty the network gets all training points right, at the price of
walls between them: the score changes by tens over a distance of 1, and the loss
on test points is several times as large as with the penalty. It is not wrong
more often by much; but where it is wrong, it is very sure.

The second network shows what optimization does with a rule that has a hole. Its
slope at the training points is small, as asked for. Elsewhere it is as steep as
it likes: each point lies on a little terrace. The third one has nowhere to
hide.

In the picture the color is the probability of the lower moon; the black line is
where it is ½.
"""

# %% tags=["hidden"]
gx, gy = np.meshgrid(np.linspace(-1.9, 2.9, 150), np.linspace(-1.5, 2.0, 110))
# (16500, 2)
grid_points = np.stack([gx.ravel(), gy.ravel()], axis=1).astype(np.float32)
own = train_x.to("cpu").numpy(), train_y.to("cpu").numpy()[:, 0] > 0.5
with plot.figure(10, 3.9, "With and without a gradient penalty") as fig:
    axes = fig.subplots(1, 3, sharey=True)
    for ax, (name, model) in zip(axes, models.items()):
        with minigrad.no_grad():
            probability = model(
                minigrad.tensor(grid_points, device=options.device)).sigmoid()
        surface = probability.to("cpu").numpy().reshape(gx.shape)
        shown = ax.contourf(gx, gy, surface, levels=np.linspace(0, 1, 21),
                            cmap="PuOr_r")
        ax.contour(gx, gy, surface, levels=[0.5], colors=plot.BLACK,
                   linewidths=2)
        for side, marker, color in ((False, "o", plot.PURPLE),
                                    (True, "s", plot.YELLOW)):
            ax.plot(*own[0][own[1] == side].T, marker, color=color,
                    markersize=4.5, markeredgecolor="white",
                    markeredgewidth=0.6)
        ax.set(title=name, xlabel=f"test loss {measures[name][1][0]:.2f}")
        plot.bare(ax)
    fig.colorbar(shown, ax=axes, ticks=[0, 0.5, 1], fraction=0.03, pad=0.01)
print()
picture(fig, options, "moons")

write_results(
    options.output / "results.json", options, lesson="slope_in_the_loss",
    newton_order=float(newton_order), descent_order=float(descent_order),
    curvature_line=curvature, curvature_network=curvature_net,
    test_loss={name: row[1][0]
               for name, row in measures.items()},
    test_accuracy={name: row[1][1]
                   for name, row in measures.items()},
    test_slope={name: row[1][2]
                for name, row in measures.items()})

# %% [markdown]
"""
## What to remember

- A penalty on |∂f/∂x|² makes a network smooth, but only where it is applied.

## Things to try

- Take λ = 0.03 and 0.3 in `train`. When do the moons blur into a straight
  line?
- Replace `nn.Tanh()` by `nn.ReLU()`. Its second derivative is 0 nearly
  everywhere: does the penalty still work, and how does the surface look?
"""
