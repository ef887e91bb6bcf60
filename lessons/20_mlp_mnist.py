# ---
# title: three networks on MNIST
# documents: A §3.3, B §5.2, D §5
# time: 3 min
# needs: MNIST, 11 MB
# ---

# %% [markdown]
"""
# Three networks learn to read digits

**You will know** how a network is trained and tested on real images, in three
programs that differ in size and training.
**Time:** 50 minutes. **You need:** lesson 18 (optimizers).

Three of the documents print a program for one and the same task: recognize
handwritten digits. All three use a multilayer perceptron (多层感知机), layers
in which every unit is connected with every number of the layer before. They
differ in size and in training:

| | network | images as | optimizer | batch | written with |
| -- | -- | -- | -- | -- | -- |
| A2 | 784-500-10 | left open | Adam, rate 0.001 | left open| its own loop |
| B4 | 784-128-10 | 0 … 1 | Adam, rate 0.001 | 128 | `fit` (Keras) |
| D4 | 784-128-64-10 | −1 … 1 | SGD 0.001, momentum 0.9 | 100 | its own loop |

(A2 is the second example of document A, and so on.) All have ReLU between the
layers and the cross-entropy as loss. We run each as printed, see what its
program leaves out or gets wrong, and ask at the end which of the differences
matter.

The listings themselves, word for word and as they run on minigrad, are in
`lessons/listings`.
"""

# %% tags=["hidden"]
import logging
import sys
from copy import copy
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.player.catalog import FOLDER
from lessons.support import (Data, appendix, begin, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.data import DataLoader, TensorDataset
from minigrad.train.feed import split_off
from minigrad.train import evaluate, fit, predict
from minigrad.vision.transforms import Compose, Normalize, ToTensor
from minigrad.vision.utils import make_grid

options = read_options(
    "mlp_mnist", "Three networks on MNIST (documents A §3.3, B §5.2, D §5).",
    epochs=10, quick_epochs=1, quick_images=2000)
begin(options)
printed = {
    name: (FOLDER / "listings" / "printed"
           / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("A2", "B4", "D4")
}

# %% [markdown]
"""
## The data set (数据集)

MNIST is 70,000 gray images of 28×28 pixels, each with the digit that it shows.
60,000 are there to train on (训练集), 10,000 to test with (测试集). A test
image never takes part in the training.
"""

# %%
data = Data(options)
if data.notice:
    print(data.notice, end="\n\n")
print(data)

# (N, 1, 28, 28) from 0 to 1, and (N,) from 0 to 9
x_train, y_train = data.train.tensors()
x_test, y_test = data.test.tensors()
print(f"one image: {tuple(x_train[0].shape)} = {x_train[0].numel()} numbers "
      "from "
      f"{x_train.min().item():.0f} to {x_train.max().item():.0f}; the first "
      f"labels: {y_train[:8].tolist()}")
print(f"all pixels of the training images: mean {x_train.mean().item():.2f}, "
      f"standard deviation {x_train.std().item():.2f}")
assert x_train[0].shape == (1, 28, 28) and set(y_train.tolist()) == set(
    range(10))

# %% [markdown]
"""
# A2: the five lines

What a layer computes you know from lesson 13 (ReLU network): z = W x + b, once
for each image of the batch. `Linear` keeps W as (outputs, inputs). A linear
layer of n inputs and m outputs has

    n · m weights + m biases

so the network of document A has 784 · 500 + 500 + 500 · 10 + 10 parameters:
"""


# %%
class A2(nn.Module):
    """The network of document A §3.3."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        x = minigrad.relu(self.fc1(x))          # (N, 784) → (N, 500)
        return self.fc2(x)  # → (N, 10), a score for each digit


def count(model: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(p.numel() for p in model.parameters())


print(f"A2 has 784·500 + 500 + 500·10 + 10 = {count(A2()):,} parameters")
assert count(A2()) == 784 * 500 + 500 + 500 * 10 + 10 == 397_510

# %% [markdown]
"""
Now we let the document's listing run, word for word; only the import lines are
changed from torch to minigrad. Each time it stops we give it what it asked for,
and start again. A small part of the data will do to see whether it runs.
"""


# %%
def run_listing(code: str, **given: object) -> tuple[str, dict]:
    """Run a listing in which some names are given; how it ends, and all its
    names.
    """
    code = code.replace("import torch.", "import minigrad.")
    code = code.replace("import torch\n", "import minigrad as torch\n")
    names = dict(given)
    try:
        exec(code, names)
        return "runs to the end", names
    except Exception as error:
        return f"{type(error).__name__}: {error}", names


x_few, y_few = x_train[:500].cpu(), y_train[:500].cpu()
few = TensorDataset(x_few, y_few)
flat = TensorDataset(x_few.flatten(1), y_few)                   # (500, 784)
ends, given = [], {}
for note, more in (("as printed", {}), ("DataLoader", {
        "DataLoader": lambda _: DataLoader(few, batch_size=100)
}), ("num_epochs", {"num_epochs": 3}), ("flat images", {
        "DataLoader": lambda _: DataLoader(flat, batch_size=100)
})):
    given |= more
    minigrad.manual_seed(options.seed)
    end, names = run_listing(printed["A2"], **given)
    ends.append(end)
    print(f"{'given ' if more else ''}{note:{11 if more else 17}} "
          f"{end.partition(': the last')[0]}")

assert ends[0].startswith("NameError") and "DataLoader" in ends[0]
assert ends[1].startswith("NameError") and "num_epochs" in ends[1]
assert ends[2].startswith("ShapeError") and ends[3] == "runs to the end"

# %% [markdown]
"""
The loss that it printed after each epoch is `loss.item()`, and `loss` is what
the *last* batch left behind. We compare: the loss of each of the five batches,
with the trained network.
"""

# %%
with minigrad.no_grad():
    losses = [names["criterion"](names["model"](inputs), targets).item()
              for inputs, targets in DataLoader(flat, batch_size=100)]
print("loss of each batch:", "  ".join(f"{loss:.3f}" for loss in losses),
      f"   mean {np.mean(losses):.3f}")

# %% [markdown]
"""
Batch size and number of epochs are ours to choose; we take 100 and 10, as in
document D. And this is the loop. The five lines in its middle are what all
training of networks comes down to:

    optimizer.zero_grad()               forget the gradients of the last batch
    outputs = model(inputs)             forward: the ten scores of each image
    loss = criterion(outputs, targets)  one number: how wrong is the network?
    loss.backward()                     backward: ∂loss/∂θ for every parameter θ
    optimizer.step()                    a step downhill: θ ← θ − …

Around them: over all batches (批次), and over all epochs (轮). An epoch is one
pass over the training images.
"""

# %%
print("A2, Adam, rate 0.001, batches of 100")
minigrad.manual_seed(options.seed)
model = A2().to(options.device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)
# to compare with later
before = {"A2": model.fc1.weight.detach().cpu().numpy().copy()}
train_flat = TensorDataset(x_train.flatten(1), y_train)  # (N, 784) and (N,)
test_flat = TensorDataset(x_test.flatten(1), y_test)
curves = {"A2": {"loss": [], "last": [], "test": []}}

for epoch in range(options.epochs):
    running = 0.0
    for inputs, targets in DataLoader(train_flat, batch_size=100,
                                      shuffle=True):
        optimizer.zero_grad()
        outputs = model(inputs)  # (100, 784) → (100, 10)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(inputs)
    mean = running / len(train_flat)
    found = evaluate(model, test_flat)
    for name, value in (("loss", mean), ("last", loss.item()),
                        ("test", found.accuracy)):
        curves["A2"][name].append(value)
    print(f"epoch {epoch + 1:2}/{options.epochs}   last batch "
          f"{loss.item():.4f}   "
          f"mean of the epoch {mean:.4f}   test accuracy {found.accuracy:.4f}")

# %% [markdown]
"""
## Testing (评估模型)

The document counts by hand: the largest of the ten scores is the answer.
`evaluate` does the same.
"""


# %%
def test_as_printed(net: nn.Module, loader: DataLoader) -> float:
    """The test loop that A §3.3 and D §5.2 print; the accuracy in percent."""
    correct = total = 0
    with minigrad.no_grad():
        for inputs, targets in loader:
            outputs = net(inputs)
            # the largest score, and which: (N,)
            _, predicted = minigrad.max(outputs.data, 1)
            total += targets.size(0)
            correct += (predicted == targets).sum().item()
    return 100 * correct / total


by_hand = test_as_printed(model, DataLoader(test_flat, batch_size=100))
print(f"A2: {by_hand:.2f} % by the document's loop, {found.accuracy:.4f} by "
      "evaluate")
nets, accuracy = {"A2": model}, {"A2": found.accuracy}

# %% [markdown]
"""
# B4: one call

Document B uses Keras, where the loop is hidden in `fit`. minigrad has a `fit`
as well, which is the loop above with a progress bar. Three things are new.

**One-hot labels.** The digit 3 becomes (0, 0, 0, 1, 0, 0, 0, 0, 0, 0): the
probabilities that a perfect network would give. The categorical cross-entropy
(交叉熵) of a prediction p is then −Σ yₖ ln pₖ, of which one term is left: −ln
of the probability of the right digit. It is the loss of lesson 9 (losses).
"""

# %%
one_hot_train = nn.functional.one_hot(y_train, 10).float()      # (N, 10)
one_hot_test = nn.functional.one_hot(y_test, 10).float()
print("label", y_train[0].item(), "→", one_hot_train[0].int().tolist())

scores = minigrad.tensor(np.random.default_rng(0).normal(size=(4, 10)))
labels = minigrad.tensor([3, 1, 4, 1])
p = scores.softmax(1)  # (4, 10), each row sums to 1
target = nn.functional.one_hot(labels, 10).double()
with_vectors = -(target * p.log()).sum(1).mean().item()
with_numbers = nn.CrossEntropyLoss()(scores, labels).item()
print(f"−Σ y ln p: {with_vectors:.6f}   CrossEntropyLoss with class numbers: "
      f"{with_numbers:.6f}")
assert abs(with_vectors - nn.CrossEntropyLoss()(scores, target).item()) < 1e-9

# %% [markdown]
"""
**Held-out images.** `validation_split=0.2` keeps a fifth of the training images
out of the training. After each epoch the network is measured on them; this is
the validation set (验证集). Which fifth?
"""

# %%
first, last = split_off(
    (np.arange(10), np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])), 0.2)
print("ten samples, numbered and sorted by class:")
print("  trained on", [int(first[i][0]) for i in range(len(first))],
      "  held out", [int(last[i][0]) for i in range(len(last))])

# %% [markdown]
"""
**Initial weights.** Keras begins with weights drawn from ±√(6 / (inputs +
outputs)), Glorot's rule, and biases 0; PyTorch, and so minigrad, with
±1/√inputs for both. For B4 we follow Keras.
"""


# %%
def b4() -> nn.Sequential:
    """The network of document B §5.2, with initial weights as in Keras."""
    net = nn.Sequential(
        nn.Flatten(),                           # (N, 1, 28, 28) → (N, 784)
        nn.Linear(784, 128), nn.ReLU(),         # → (N, 128)
        nn.Linear(128, 10))  # → (N, 10); the softmax is in the loss
    for layer in (net[1], net[3]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return net


print("B4, as printed: Adam, batches of 128, the last fifth held out")
minigrad.manual_seed(options.seed)
model = b4().to(options.device)
before["B4"] = model[1].weight.detach().cpu().numpy().copy()
history = fit(model, (x_train, one_hot_train), nn.CrossEntropyLoss(),
              optim.Adam(model.parameters(), lr=0.001), epochs=options.epochs,
              batch_size=128, validation_split=0.2, progress=True)
found = evaluate(model, (x_test, one_hot_test), nn.CrossEntropyLoss())
print(f"test: loss {found.loss:.4f}, accuracy {found.accuracy:.4f}")
nets["B4"], accuracy["B4"] = model, found.accuracy
assert count(model) == 784 * 128 + 128 + 128 * 10 + 10 == 101_770

# %% [markdown]
"""
The held-out images have done their work when all settings are chosen. Before a
network goes into use one trains it once more, with the same settings, on all
images:
"""

# %%
print("B4 on all training images")
minigrad.manual_seed(options.seed)
model = b4().to(options.device)
history_all = fit(model, (x_train, one_hot_train), nn.CrossEntropyLoss(),
                  optim.Adam(model.parameters(),
                             lr=0.001), epochs=options.epochs, batch_size=128,
                  validation=(x_test, one_hot_test), progress=True)
accuracy["B4 on all"] = history_all["val_accuracy"][-1]
curves["B4 on all"] = {
    "loss": history_all["loss"], "test": history_all["val_accuracy"]
}

# %% [markdown]
"""
Document B (§5.3, and in the same words §3.1) says that the network "updates its
parameters through backpropagation". Look closely at what each of the two calls
does:
"""

# %%
minigrad.manual_seed(0)
tiny = nn.Linear(3, 2)
sgd = optim.SGD(tiny.parameters(), lr=0.1)
start = tiny.weight.detach().numpy().copy()
nn.CrossEntropyLoss()(tiny(minigrad.ones(4, 3)),
                      minigrad.tensor([0, 1, 1, 1])).backward()
after_backward = np.abs(tiny.weight.detach().numpy() - start).max()
sgd.step()
after_step = np.abs(tiny.weight.detach().numpy() - start).max()
print(f"largest change of a weight   by backward() {after_backward:.4f}   "
      f"by step() {after_step:.4f}")

found = evaluate(nets["B4"], (x_test[:100], one_hot_test[:100]),
                 nn.CrossEntropyLoss())

# %% [markdown]
"""
# D4: dropout, and a slow optimizer

Document D's images go through `Normalize((0.5,), (0.5,))`, which is (x − 0.5) /
0.5: paper is now −1 and ink +1. Its network has two hidden layers (隐藏层), and
after each of them dropout: in training, each number is set to 0 with
probability 0.2.
"""


# %%
class D4(nn.Module):
    """The network of document D §5.2."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)
        self.dropout = nn.Dropout(p=0.2)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        x = x.view(-1, 784)  # (N, 1, 28, 28) → (N, 784)
        x = self.dropout(nn.functional.relu(self.fc1(x)))       # → (N, 128)
        x = self.dropout(nn.functional.relu(self.fc2(x)))       # → (N, 64)
        return self.fc3(x)                                      # → (N, 10)


transform = Compose([ToTensor(), Normalize((0.5,), (0.5,))])
trainset, testset = copy(data.train), copy(data.test)
trainset.transform = testset.transform = transform
testloader = DataLoader(testset, batch_size=100, shuffle=False)
assert count(D4()) == 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10 == 109_386

# %% [markdown]
"""
The loop, as printed but for the test accuracy that we note after each epoch. It
is in a function, because we need it again with other numbers:
"""


# %%
def train_d4(name: str, lr: float, momentum: float) -> D4:
    """Train D4 from the seed on, and return it. The curve goes into
    ``curves[name]``.
    """
    minigrad.manual_seed(options.seed)
    net = D4().to(options.device)
    # the same each time
    before["D4"] = net.fc1.weight.detach().cpu().numpy().copy()
    trainloader = DataLoader(trainset, batch_size=100, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=lr, momentum=momentum)
    curves[name] = {"loss": [], "test": []}
    print(f"{name}: SGD, rate {lr}, momentum {momentum}")
    for epoch in range(options.epochs):
        running_loss = 0.0
        for i, (inputs, labels) in enumerate(trainloader, 0):
            optimizer.zero_grad()
            outputs = net(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        curves[name]["loss"].append(running_loss / len(trainloader))
        curves[name]["test"].append(evaluate(net, testset).accuracy)
        print(f"epoch {epoch + 1:2}/{options.epochs}   loss "
              f"{curves[name]['loss'][-1]:.4f}   "
              f"test accuracy {curves[name]['test'][-1]:.4f}")
    accuracy[name] = curves[name]["test"][-1]
    return net


nets["D4"] = train_d4("D4", lr=0.001, momentum=0.9)

# %%

weights = []
for _ in range(2):                              # twice the same short training
    minigrad.manual_seed(0)
    net = D4()
    fit(net, (x_train[:500], y_train[:500]), nn.CrossEntropyLoss(),
        optim.SGD(net.parameters(), lr=0.001, momentum=0.9), batch_size=100,
        progress=False)
    weights.append(net.fc1.weight.detach().numpy().copy())

# %% [markdown]
"""
## Is dropout off?

Dropout is for training alone. A network has two modes: `net.train()`, in which
it begins, and `net.eval()`, in which dropout passes everything on unchanged.
The document's program never calls `net.eval()`. So what it measures is a
network of which a random fifth is missing, another fifth for each image:
"""

# %%
net = nets["D4"]
minigrad.manual_seed(options.seed)
net.train()  # the mode in which the document tests
dropout_on = [test_as_printed(net, testloader) / 100 for _ in range(5)]
net.eval()
dropout_off = test_as_printed(net, testloader) / 100
print("test accuracy of D4")
print("  dropout on, five times  ", "  ".join(f"{a:.4f}" for a in dropout_on))
print(f"  after net.eval()         {dropout_off:.4f}")
assert abs(dropout_off
           - accuracy["D4"]) < 1e-9, "evaluate turns dropout off by itself"
assert dropout_off == test_as_printed(net, testloader) / 100

images = next(iter(testloader))[0]              # (100, 1, 28, 28)
net.train()
with minigrad.no_grad():
    one, two = net(images), net(images)         # (100, 10) each
net.eval()

past = recorded("mlp_mnist")

# %% [markdown]
"""
## The picture at the end

The document's last lines take the first batch of test images, keep 25, and show
them.
"""

# %%
dataiter = iter(testloader)
try:
    dataiter.next()
    old_way = "works"
except AttributeError as error:
    old_way = f"AttributeError: {error}"
print("dataiter.next()  ", old_way)
images, truth = next(dataiter)                  # as it is written today
images, truth = images[:25].view(25, 1, 28, 28), truth[:25]
grid = make_grid(images)
print(f"make_grid: {tuple(grid.shape)}, {(grid.shape[1] - 2) // 30} rows and "
      f"{(grid.shape[2] - 2) // 30} columns; from {grid.min().item():.0f} to "
      f"{grid.max().item():.0f}")

# it would warn that it cuts them off
logging.getLogger("matplotlib").setLevel(logging.ERROR)
ramp = minigrad.linspace(0, 1, 25).reshape(25, 1, 1, 1) * minigrad.ones(
    25, 1, 28, 28)
with plot.figure(3, 3) as fig:
    drawn = np.asarray(fig.subplots().imshow(
        make_grid(transform(ramp)).permute(1, 2, 0).numpy(),
        cmap="gray").get_array())
grays = np.unique(drawn)
print(f"25 images in 25 shades of gray are drawn with {len(grays)} shades")

# %%
answers = predict(net, images).argmax(1)                        # (25,)
captions = [f"{a}  ✓" if a == t else f"{a}  ✗  is {t}"
            for a, t in zip(answers.tolist(), truth.tolist())]
picture(
    plot.image_grid((images + 1) / 2, captions,
                    title="D4: the first 25 test images"), options,
    "predictions")
print(f"{(answers == truth).sum().item()} of 25 right")

# %% [markdown]
"""
## What its settings cost

D4 ends lower than the other two. Its network is not the reason. SGD with
momentum μ (lesson 18, optimizers) moves by

    v ← μ v + g        θ ← θ − α v

If the gradient g stays the same for a while, v grows until v = g / (1 − μ).
Each step then has the length α / (1 − μ) times g: for D4 0.001 / (1 − 0.9) =
0.01. That is small. Ten times as much can be had in two ways, which by this
formula should be alike: α = 0.01 with momentum 0.9, or α = 0.1 without.
"""

# %%
train_d4("D4, rate 0.01", lr=0.01, momentum=0.9)
train_d4("D4, rate 0.1, no momentum", lr=0.1, momentum=0.0)

# %% [markdown]
"""
# Side by side
"""

# %%
print(f"\ntest accuracy on {data.name}, {len(data.test):,} images, after "
      f"{options.epochs} epochs")
for name, value in accuracy.items():
    print(f"  {name:27} {value:.4f}")

looks = {
    "A2": (plot.BLUE, "-o"), "B4 on all": (plot.GREEN, "-s"),
    "D4": (plot.ORANGE, "-^"), "D4, rate 0.01": (plot.PURPLE, "--^"),
    "D4, rate 0.1, no momentum": (plot.BLACK, ":^")
}
with plot.figure(10, 4.8, f"Training on {data.name}") as fig:
    left, right = fig.subplots(1, 2)
    for name, (color, style) in looks.items():
        epochs = range(1, options.epochs + 1)
        left.plot(epochs, curves[name]["loss"], style, color=color, label=name,
                  markersize=5)
        right.plot(epochs, curves[name]["test"], style, color=color,
                   markersize=5)
    left.plot(epochs, curves["A2"]["last"], "o", color=plot.SKY, markersize=4,
              label="A2, last batch alone")
    left.set(title="loss on the training images", xlabel="epoch", yscale="log")
    right.set(title="accuracy on the test images", xlabel="epoch")
    right.grid(axis="y")
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center",
               ncols=3)
picture(fig, options, "learning_curves")

# %% [markdown]
"""
## What the first layer looks for

Each unit of the first layer has 784 weights, one for each pixel, so they can be
drawn as an image: purple is positive (ink here speaks for the unit), orange
negative, white 0.

Look at the border. In A2 and B4 the border pixels are always 0, so the gradient
of their weights, which is the pixel times something, is 0 as well: they keep
the noise they began with. In D4 these pixels are always −1, and their weights
do get gradients: the same one for all of them.
"""

# %%
layers = {
    "A2": nets["A2"].fc1.weight, "B4": nets["B4"][1].weight,
    "D4": nets["D4"].fc1.weight
}
after = {
    name: weight.detach().cpu().numpy()
    for name, weight in layers.items()
}
with plot.figure(10, 3.7,
                 "Ten units of the first layer, after training") as fig:
    rows = fig.subplots(3, 10)
    for row, (name, weight) in zip(rows, after.items()):
        top = np.abs(weight[:10]).max()
        for ax, unit in zip(row, weight[:10].reshape(10, 28, 28)):
            ax.imshow(unit, cmap="PuOr", vmin=-top, vmax=top)
            plot.bare(ax, frame=True)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center",
                          labelpad=10)
picture(fig, options, "first_layer")

if data.name == "MNIST":
    corner = [np.abs(after[name] - before[name])[:, 0].max() for name in after]
    print("largest change of a weight of the corner pixel: "
          + "  ".join(f"{name} {change:.4f}"
                      for name, change in zip(after, corner)))
    assert corner[0] == corner[1] == 0 < corner[2]

# %% tags=["hidden"]
with plot.figure(10, 4, "Weights of the first layer") as fig:
    for ax, name in zip(fig.subplots(1, 3), after):
        wide = max(np.abs(before[name]).max(), 3.5 * after[name].std())
        bins = np.linspace(-wide, wide, 80)
        ax.hist(before[name].ravel(), bins, histtype="step", color=plot.GRAY,
                linestyle="--", linewidth=2, label="before")
        ax.hist(after[name].ravel(), bins, color=plot.BLUE, alpha=0.6,
                label="after")
        ax.set(title=name, xlabel="weight", yticks=[])
        print(f"{name}: standard deviation of the weights "
              f"{before[name].std():.4f} before, "
              f"{after[name].std():.4f} after")
        if name == "A2":
            ax.legend(loc="upper left", fontsize=11)
picture(fig, options, "weights")

# %% [markdown]
"""
All begin with equally many of every size in a range. In A2 and B4 most weights
go a long way: Adam's steps have about the same length whatever the size of the
gradient. D4's hardly leave their places, and some of its units above are still
the noise they began as. And yet it gets more than nine in ten right: a network
that starts at random weights need not go far to be useful.
"""

# %% [markdown]
"""
The lesson checks itself. Guessing has the loss ln 10 = 2.303 and gets 1 in 10
right.
"""

# %% tags=["hidden"]
# plain SGD needs more than the few steps of --quick
for name, curve in curves.items():
    if not name.startswith("D4") or len(data.train) * options.epochs >= 60000:
        assert curve["loss"][-1] < 2.303
        assert curve["test"][-1] > 0.4, f"{name} has hardly learned"
if data.name == "MNIST" and options.images is None and options.epochs == 10:
    assert min(accuracy["A2"],
               accuracy["B4 on all"]) > 0.975 > accuracy["D4"] > 0.92
    assert np.mean(dropout_on) < dropout_off

keys = {name: name.lower().replace(",", "").replace(" ", "_").replace(".", "_")
        for name in accuracy}
write_results(
    options.output / "results.json", options, lesson="mlp_mnist",
    data=data.name, train_images=len(data.train), test_images=len(data.test),
    **{f"{keys[name]}_accuracy": value
       for name, value in accuracy.items()}, d4_dropout_on=float(
           np.mean(dropout_on)), curves=curves, b4=history.state_dict())
print(f"\nPictures and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")

# %% [markdown]
"""
## What to remember

- Training is a loop of five lines; `fit` is that loop with comfort around it.
- A printed loss may be one batch's or the epoch's mean. Ask which.
- `net.eval()` before every test, or dropout goes on. `no_grad()` does not do
  it.
- The three networks are of one kind and get about the same out of the data,
  if the optimizer lets them: D4's steps are ten times too short.
- Show images in the range they were made for, and predictions beside them.

## Things to try

- Run it with `--epochs 30`. Which loss goes on falling, and what does the
  test accuracy do?
- Exercise 7 (`python -m lessons check 7`): write SGD with momentum yourself.
- Exercise 11 (`python -m lessons check 11`): dropout, so that the mean stays
  the same.
"""

# %% tags=["hidden", "audit"]
appendix("mlp_mnist", globals())
