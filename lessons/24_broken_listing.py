# ---
# title: a listing that cannot run
# documents: E §5.2
# time: 3 s
# needs:
# ---

# %% [markdown]
"""
# A listing that cannot run

**You will know** how to read a shape error, and how to find the smallest
correction of a program.
**Time:** 25 minutes. **You need:** lesson 23 (MNIST CNN).

Document E (§5.2) prints a program that sorts the photographs of CIFAR-10 into
ten classes with a convolutional network (卷积神经网络), and then its result
(§5.4):

    Finished Training
    Accuracy of the network on the 10000 test images: 52 %

But the program cannot have printed this: it stops at the first batch. We let it
stop, read the error, and look for the smallest correction. Lesson 25 (cifar10)
then trains the corrected network.
"""

# %% tags=["hidden"]
import sys
import textwrap
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


import minigrad
from lessons.figures.map_sides import map_sides
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn
from minigrad.errors import ShapeError
from minigrad.nn.summary import summary

DOCUMENT = 0.52

options = read_options("broken_listing", "A listing that cannot run (E §5.2).",
                       epochs=10, quick_epochs=2, quick_images=500,
                       data="cifar10", resumable=True)
begin(options)

# %% [markdown]
"""
## The listing

This is the network as printed, letter by letter, but for the first line:
`import torch.nn as nn` has become `from minigrad import nn`. It is a subclass
of `nn.Module`: `__init__` makes the layers that have parameters, `forward` says
what happens to a batch.
"""


# %%
class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.conv1 = nn.Conv2d(3, 64, 3)
        self.conv2 = nn.Conv2d(64, 128, 3)
        self.fc1 = nn.Linear(128 * 6 * 6, 256)
        self.fc2 = nn.Linear(256, 10)
        self.dropout = nn.Dropout(p=0.5)

    def forward(self, x):
        x = self.dropout(nn.functional.relu(self.conv1(x)))
        x = self.dropout(nn.functional.relu(self.conv2(x)))
        x = nn.functional.max_pool2d(x, 2)
        x = x.view(-1, 128 * 6 * 6)
        x = self.dropout(nn.functional.relu(self.fc1(x)))
        x = self.fc2(x)
        return x


# %% [markdown]
"""
A batch has 100 images of 3 colors and 32×32 pixels. What is in them does not
matter yet:
"""

# %%
minigrad.manual_seed(options.seed)
listing = CNN()
batch = minigrad.zeros(100, 3, 32, 32)

try:
    listing(batch)
    stops = ""
except ShapeError as error:
    stops = str(error)
    print(textwrap.fill(f"ShapeError: {error}", 79))

# %% [markdown]
"""
## Where it goes wrong

Follow the shapes. A 3×3 convolution without padding takes one pixel off each
side, a 2×2 pooling (池化) halves:
"""

# %%
relu, max_pool2d = nn.functional.relu, nn.functional.max_pool2d
first = relu(listing.conv1(batch))  # (100, 3, 32, 32) → (100, 64, 30, 30)
second = relu(listing.conv2(first))         # → (100, 128, 28, 28)
pooled = max_pool2d(second, 2)              # → (100, 128, 14, 14)
print("                                  numbers for one image")
for name, x in (("images", batch), ("conv1", first), ("conv2", second),
                ("max_pool2d", pooled)):
    print(f"{name:12} {str(tuple(x.shape)):20} {x.numel() // 100:8,}")
print(f"{'the view':12} {'(-1, 4608)':20} {128 * 6 * 6:8,}")

rows = pooled.numel() / (128 * 6 * 6)
print(f"\n{pooled.numel():,} numbers / 4,608 = {rows:.3f} rows")
assert pooled.shape == (100, 128, 14, 14) and rows != int(rows)

# %% [markdown]
"""
## A −1 that hides mistakes

The −1 in `view(-1, 4608)` asks for as many rows as come out. With 100 images
none fit. But 9 images have 225,792 numbers, and those are 49 rows of 4,608. The
view says nothing; each row is a piece of an image and the beginning of the
next. The mistake shows only at the loss, far from its place:
"""

# %%
outputs = listing(batch[:9])            # (49, 10) from 9 images
print(f"{len(batch[:9])} images give outputs of shape {tuple(outputs.shape)}")
try:
    nn.CrossEntropyLoss()(outputs, minigrad.zeros(9, dtype=minigrad.int64))
    raise AssertionError("49 rows of scores for 9 labels must be an error")
except ShapeError as error:
    print(textwrap.fill(f"ShapeError: {error}", 79))
assert outputs.shape == (49, 10)

# %% [markdown]
"""
`x.flatten(1)` keeps the first axis, the images, and lays only the rest in a
row. It can never mix two images, and the linear layer then names the mistake:
"the last axis must be 4608, got 25088".

## Two corrections

The sizes in `__init__` may be right and a line missing in `forward`, or
`forward` may be right and a size wrong:

    (a)  one more max_pool2d, after the first convolution  32 → 30 → 15 → 13 → 6
    (b)  nn.Linear(128 * 14 * 14, 256) instead of 6 * 6    32 → 30 → 28 → 14

(a) keeps every number that is printed, and the document's other network (§4.4)
pools twice in just this way. So we take it for what was meant, and train it.
Both dropouts are 0.5 as printed, until we change them further below.
"""


# %%
class TwoPools(CNN):
    """Correction (a): the printed layers, and one more pooling."""

    def __init__(self, conv_dropout: float = 0.5,
                 dropout: float = 0.5) -> None:
        super().__init__()
        self.conv_dropout = nn.Dropout(conv_dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        x = self.conv_dropout(relu(self.conv1(x)))      # → (N, 64, 30, 30)
        x = max_pool2d(x, 2)                # new:      # → (N, 64, 15, 15)
        x = self.conv_dropout(relu(self.conv2(x)))      # → (N, 128, 13, 13)
        x = max_pool2d(x, 2)                            # → (N, 128, 6, 6)
        x = x.view(-1, 128 * 6 * 6)                     # → (N, 4608)
        x = self.dropout(relu(self.fc1(x)))             # → (N, 256)
        return self.fc2(x)                              # → (N, 10)


class OnePool(CNN):
    """Correction (b): the printed forward, and a linear layer that fits."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(128 * 14 * 14, 256)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        x = self.dropout(relu(self.conv1(x)))           # → (N, 64, 30, 30)
        x = self.dropout(relu(self.conv2(x)))           # → (N, 128, 28, 28)
        x = max_pool2d(x, 2).view(-1, 128 * 14 * 14)    # → (N, 25088)
        x = self.dropout(relu(self.fc1(x)))             # → (N, 256)
        return self.fc2(x)


# %% [markdown]
"""
What each costs: the parameters, and the multiplications for one image. A
convolution multiplies its whole filter at every place of its output; a linear
layer uses each weight once.
"""


# %%
def multiplications(side1: int, side2: int, flat: int) -> int:
    """For one image: the sides of both results, the linear layer's inputs."""
    return (side1 ** 2 * 64 * 3 * 9 + side2 ** 2 * 128 * 64 * 9
            + flat * 256 + 256 * 10)


cost_a, cost_b = multiplications(30, 13, 4608), multiplications(30, 28, 25088)
parameters_a, parameters_b = (sum(p.numel() for p in model.parameters())
                              for model in (TwoPools(), OnePool()))
print("                       (a) two pools     (b) one pool")
print(f"parameters            {parameters_a:14,} {parameters_b:16,}")
print(f"multiplications       {cost_a:14,} {cost_b:16,}   "
      f"{cost_b / cost_a:.1f} times as many")
assert OnePool()(batch[:2]).shape == TwoPools()(batch[:2]).shape == (2, 10)
assert parameters_a == 1_258_122 and parameters_b == 6_501_002

print("\n(a) in detail")
layers = summary(TwoPools(), (3, 32, 32))
print(layers)

# %% [markdown]
"""
## The text about the network

Below the listing (§5.3) the network is described in words. We count the layers,
and look at what comes out of the first linear layer. A sigmoid lies between 0
and 1 and is never exactly 0; ReLU is exactly 0 for every negative input.
"""

# %%
kinds = [type(module).__name__ for module in CNN().modules()]
count = {kind: kinds.count(kind) for kind in ("Conv2d", "Linear", "Dropout")}
print("layers:", ", ".join(f"{n} {kind}" for kind, n in count.items()))

model = TwoPools()
minigrad.manual_seed(0)
hidden = relu(model.fc1(minigrad.randn(100, 4608)))     # (100, 256)
zeros = (hidden == 0).sum().item()
print(f"after the first linear layer {zeros / hidden.numel():.0%} of the "
      f"numbers are exactly 0;\nthe largest is {hidden.max().item():.2f}")

# %% tags=["hidden"]
first = [("image", 32), ("conv1", 30)]
fig = map_sides({
    "as printed: 128·14·14 = 25,088 numbers come":
        [*first, ("conv2", 28), ("max_pool2d", 14)],
    "one more pooling: 128·6·6 = 4,608, as the linear layer wants":
        [*first, ("max_pool2d", 15), ("conv2", 13), ("max_pool2d", 6)]})
picture(fig, options, "map_sides")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="broken_listing")

# %% [markdown]
"""
## What to remember

- Write the shapes beside the lines of `forward`. A −1 in `view` takes
  whatever comes; `flatten(1)` keeps the images apart.
"""
