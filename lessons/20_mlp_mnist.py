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
layers and the cross-entropy as loss. We train each as printed, and ask at the
end which of the differences matter. The listings themselves, word for word and
as they run on minigrad, are in `lessons/listings`.
"""

# %% tags=["hidden"]
import sys
from copy import copy
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import mlp as figures
from lessons.support import (Data, appendix, begin, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.data import DataLoader, TensorDataset
from minigrad.train import evaluate, fit, predict
from minigrad.vision.transforms import Compose, Normalize, ToTensor

options = read_options("mlp_mnist", "Three networks on MNIST.", epochs=10,
                       quick_epochs=1, quick_images=2000)
begin(options)
past = recorded("mlp_mnist")

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
      f"from {x_train.min().item():.0f} to {x_train.max().item():.0f}\n"
      f"the first labels: {y_train[:8].tolist()}")

assert x_train[0].shape == (1, 28, 28)
assert set(y_train.tolist()) == set(range(10))

# %% [markdown]
"""
# A2: the five lines

What a layer computes you know from lesson 13 (ReLU network): z = W x + b, once
for each image of the batch. `Linear` keeps W as (outputs, inputs). A layer of n
inputs and m outputs has n · m weights and m biases.
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
        return self.fc2(x)                      # → (N, 10), scores


def count(model: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(p.numel() for p in model.parameters())


print(f"A2 has 784·500 + 500 + 500·10 + 10 = {count(A2()):,} parameters")
assert count(A2()) == 784 * 500 + 500 + 500 * 10 + 10 == 397_510

# %% [markdown]
"""
The listing leaves batch size and number of epochs open; we take 100 and 10, as
in document D. And this is the loop. The five lines in its middle are what all
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
before = {"A2": model.fc1.weight.detach().cpu().numpy().copy()}     # for later
train_flat = TensorDataset(x_train.flatten(1), y_train)     # (N, 784) and (N,)
test_flat = TensorDataset(x_test.flatten(1), y_test)
curves = {"A2": {"loss": [], "last": [], "test": []}}

for epoch in range(options.epochs):
    running = 0.0
    for inputs, targets in DataLoader(train_flat, batch_size=100,
                                      shuffle=True):
        optimizer.zero_grad()
        outputs = model(inputs)                 # (100, 784) → (100, 10)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(inputs)
    mean = running / len(train_flat)
    found = evaluate(model, test_flat)
    for name, value in (("loss", mean), ("last", loss.item()),
                        ("test", found.accuracy)):
        curves["A2"][name].append(value)
    print(f"epoch {epoch + 1:2}/{options.epochs}   loss: last batch "
          f"{loss.item():.4f}, mean {mean:.4f}   test accuracy "
          f"{found.accuracy:.4f}")

# %% [markdown]
"""
Look at the two losses. The listing prints `loss.item()` after each epoch, and
`loss` is what the *last* batch left behind, a hundred images. The mean over the
epoch says more, and jumps less.

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
            _, predicted = minigrad.max(outputs.data, 1)    # which: (N,)
            total += targets.size(0)
            correct += (predicted == targets).sum().item()
    return 100 * correct / total


by_hand = test_as_printed(model, DataLoader(test_flat, batch_size=100))
print(f"A2: {by_hand:.2f} % by the document's loop, {found.accuracy:.4f} "
      "by evaluate")
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


# %% [markdown]
"""
**Held-out images.** `validation_split=0.2` keeps a fifth of the training images
out of the training. After each epoch the network is measured on them; this is
the validation set (验证集). It is the last fifth, taken before shuffling.

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
        nn.Linear(128, 10))                     # → (N, 10); softmax: the loss
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

# %%
# The held-out images have done their work when all settings are chosen. Before
# a network goes into use one trains it once more, on all images.
print("B4 on all training images")
minigrad.manual_seed(options.seed)
model = b4().to(options.device)
history_all = fit(model, (x_train, one_hot_train), nn.CrossEntropyLoss(),
                  optim.Adam(model.parameters(), lr=0.001),
                  epochs=options.epochs, batch_size=128,
                  validation=(x_test, one_hot_test), progress=True)
accuracy["B4 on all"] = history_all["val_accuracy"][-1]
curves["B4 on all"] = {"loss": history_all["loss"],
                       "test": history_all["val_accuracy"]}

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
        x = x.view(-1, 784)                     # (N, 1, 28, 28) → (N, 784)
        x = self.dropout(nn.functional.relu(self.fc1(x)))       # → (N, 128)
        x = self.dropout(nn.functional.relu(self.fc2(x)))       # → (N, 64)
        return self.fc3(x)                                      # → (N, 10)


transform = Compose([ToTensor(), Normalize((0.5,), (0.5,))])
trainset, testset = copy(data.train), copy(data.test)
trainset.transform = testset.transform = transform
testloader = DataLoader(testset, batch_size=100, shuffle=False)
assert count(D4()) == 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10 == 109_386

def train_d4(name: str, lr: float, momentum: float) -> D4:
    """The loop as printed; the test accuracy is noted after each epoch."""
    minigrad.manual_seed(options.seed)
    net = D4().to(options.device)               # the same each time
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
        print(f"epoch {epoch + 1:2}/{options.epochs}   "
              f"loss {curves[name]['loss'][-1]:.4f}   "
              f"test accuracy {curves[name]['test'][-1]:.4f}")
    accuracy[name] = curves[name]["test"][-1]
    return net


nets["D4"] = train_d4("D4", lr=0.001, momentum=0.9)

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
net.train()                             # the mode in which the document tests
dropout_on = [test_as_printed(net, testloader) / 100 for _ in range(5)]
net.eval()
dropout_off = test_as_printed(net, testloader) / 100
print("test accuracy of D4")
print("  dropout on, five times  ", "  ".join(f"{a:.4f}" for a in dropout_on))
print(f"  after net.eval()         {dropout_off:.4f}")
assert abs(dropout_off - accuracy["D4"]) < 1e-9     # evaluate did that, too

# The first 25 answers. The images are shown in the range they were made for.
images, truth = (part[:25] for part in next(iter(testloader)))
answers = predict(net, images).argmax(1)        # (25,)
captions = [f"{a}  ✓" if a == t else f"{a}  ✗  is {t}"
            for a, t in zip(answers.tolist(), truth.tolist())]
picture(plot.image_grid((images + 1) / 2, captions,
                        title="D4: the first 25 test images"),
        options, "predictions")


# %% [markdown]
"""
## What its settings cost

D4 ends lower than the other two. Its network is not the reason. SGD with
momentum μ (lesson 18, optimizers) moves by

    v ← μ v + g        θ ← θ − α v

If the gradient g stays the same for a while, v grows until v = g / (1 − μ). A
step then has the length α / (1 − μ) times g: for D4 0.01. That is small. Two
ways to ten times as much: α = 0.01 with momentum 0.9, or α = 0.1 without.
"""

# %%
train_d4("D4, rate 0.01", lr=0.01, momentum=0.9)
train_d4("D4, rate 0.1, no momentum", lr=0.1, momentum=0.0)

print(f"\ntest accuracy on {data.name}, {len(data.test):,} images, after "
      f"{options.epochs} epochs")
for name, value in accuracy.items():
    print(f"  {name:27} {value:.4f}")

picture(figures.learning_curves(curves, data.name), options, "learning_curves")

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
after = {name: layer.weight.detach().cpu().numpy() for name, layer in (
    ("A2", nets["A2"].fc1), ("B4", nets["B4"][1]), ("D4", nets["D4"].fc1))}
picture(figures.first_layer(after), options, "first_layer")

corner = {name: np.abs(after[name] - before[name])[:, 0].max()
          for name in after}
print("largest change of a weight of the corner pixel: "
      + ", ".join(f"{name} {change:.4f}" for name, change in corner.items()))

# %% tags=["hidden"]
# Guessing has the loss ln 10 = 2.303. Plain SGD needs more steps than --quick.
for name, curve in curves.items():
    if not name.startswith("D4") or len(data.train) * options.epochs >= 60000:
        assert curve["loss"][-1] < 2.303 and curve["test"][-1] > 0.4, name
if data.name == "MNIST":
    assert corner["A2"] == corner["B4"] == 0 < corner["D4"]
if data.name == "MNIST" and options.images is None and options.epochs == 10:
    assert min(accuracy["A2"], accuracy["B4 on all"]) > 0.975
    assert 0.92 < accuracy["D4"] < 0.975 and np.mean(dropout_on) < dropout_off

keys = {name: name.lower().replace(",", "").replace(" ", "_").replace(".", "_")
        for name in accuracy}
write_results(
    options.output / "results.json", options, lesson="mlp_mnist",
    data=data.name, train_images=len(data.train), test_images=len(data.test),
    **{f"{keys[name]}_accuracy": value for name, value in accuracy.items()},
    d4_dropout_on=float(np.mean(dropout_on)), curves=curves,
    b4=history.state_dict())
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
- The three networks get about the same out of the data, if the optimizer lets
  them: D4's steps are ten times too short.
- Show images in the range they were made for, and predictions beside them.

## Things to try

- Run it with `--epochs 30`. Which loss goes on falling, and what does the
  test accuracy do?
- Exercises 7 and 11 (`python -m lessons check 7`): SGD with momentum, and
  dropout, written by you.
"""

# %% tags=["hidden", "audit"]
appendix("mlp_mnist", globals())
