# ---
# title: CIFAR-10, the corrected listing and a better training
# documents: E §5.2-5.4
# time: 50 min
# needs: CIFAR-10, 163 MB
# ---

# %% [markdown]
"""
# Color photographs

**You will know** how a network is trained on color photographs, and what its
training does wrong.
**Time:** 40 minutes. **You need:** lesson 24 (broken listing).

The program of document E is corrected: see lesson 24 (broken listing). Now it
is trained exactly as the document does it, and then better.
"""

# %% tags=["hidden"]
import sys
import textwrap
from copy import copy
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (Data, appendix, begin, checkpoint, earlier,
                             picture, read_options, recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.data import DataLoader
from minigrad.train import LearningRate, evaluate, fit, one_cycle, predict
from minigrad.vision.transforms import (Compose, Normalize,
                                        RandomHorizontalFlip, RandomShift)

DOCUMENT = 0.52

options = read_options(
    "cifar10", "CIFAR-10: the corrected listing, and a better training.",
    epochs=10, quick_epochs=2, quick_images=500, data="cifar10",
    resumable=True)
begin(options)
carried = earlier("broken_listing")
TwoPools, max_pool2d, relu = map(carried.get,
                                 "TwoPools max_pool2d relu".split())


# %% [markdown]
"""
## The data

CIFAR-10 has 50,000 photographs to train on and 10,000 to test with: 32×32
pixels, red, green and blue, in ten classes. The listing passes them through

    transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

which computes (x − 0.5) / 0.5 for each color: what was from 0 to 1 is then from
−1 to 1.
"""

# %%
data = Data(options, "cifar10")
if data.notice:
    print(data.notice, end="\n\n")
print(data)

normalize = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
train, test = copy(data.train), copy(data.test)
train.transform = test.transform = normalize

image, label = train[0]
low, high = image.min().item(), image.max().item()
print(f"the first image: shape {tuple(image.shape)}, from {low:.2f} to "
      f"{high:.2f}, class {label}, {data.train.classes[label]}")
assert image.shape == (3, 32, 32) and -1 <= low < 0 < high <= 1

x, y = data.train.get_batch(np.arange(100))     # (100, 3, 32, 32), (100,)
names = [data.train.classes[k] for k in y[:18].tolist()]
picture(plot.image_grid(x[:18], names, columns=6,
                        title=f"{data.name}, the first 18 images"),
        options, "images")

# %% [markdown]
"""
The text below the listing (§5.3) says that the loading does "data augmentation
and normalization" (数据增强和归一化处理). Augmentation shows the network each
image a little differently every time: shifted, mirrored. The listing's
transform has nothing random:
"""

# %%
(once, _), (again, _) = train[0], train[0]
same = (once == again).all().item()
print(f"the same image taken twice is the same: {same}")

# %% [markdown]
"""
## Recipe one: as printed

Adam with the rate 0.001, batches of 100, 10 epochs, cross-entropy, dropout 0.5
after both convolutions and the first linear layer. `fit` is the listing's loop
(lesson 23, MNIST CNN), and measures the test accuracy after each epoch besides.
"""

# %%
print("Recipe one, as printed: Adam, learning rate 0.001, batches of 100, "
      "dropout 0.5")
minigrad.manual_seed(options.seed)
printed = TwoPools().to(options.device)
printed_history = fit(
    printed, train, nn.CrossEntropyLoss(),
    optim.Adam(printed.parameters(), lr=0.001), epochs=options.epochs,
    batch_size=100, validation=test, progress=True,
    callbacks=[checkpoint("as_printed", options, data)])
minigrad.save(printed.state_dict(), options.output / "as_printed.safetensors")
printed_test = evaluate(printed, test, nn.CrossEntropyLoss())

# %% [markdown]
"""
The listing prints the loss "every 2000 mini-batches". How many has an epoch?
"""

# %%
batches = 50000 // 100
lines = [i for i in range(batches) if i % 2000 == 1999]     # its condition
print(f"{batches} batches in an epoch; i % 2000 == 1999 holds {len(lines)} "
      "times")

# %% [markdown]
"""
## Testing with dropout on

In training, dropout sets each number to 0 with probability 0.5, at random, and
doubles the others. For testing it must be off: `model.eval()`. The listing
never calls it. So its test loop measures a network of which a random half is
missing. (`torch.no_grad()` only turns off the recording.) The document's other
listing, in §4.4, does call it.

We test the trained network in both ways. This loop is the listing's:
"""


# %%
def test_as_printed(model: nn.Module) -> float:
    """The accuracy by the listing's loop, in whatever mode the model is."""
    correct = total = 0
    with minigrad.no_grad():
        for images, labels in DataLoader(test, batch_size=100, shuffle=False):
            outputs = model(images)
            _, predicted = minigrad.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return correct / total


minigrad.manual_seed(options.seed)
assert printed.training                     # as the training loop has left it
with_dropout = test_as_printed(printed)
printed.eval()
without_dropout = test_as_printed(printed)
print(f"dropout on, as in the listing   {with_dropout:.4f}")
print(f"dropout off, after eval()       {without_dropout:.4f}")
assert without_dropout == printed_test.accuracy

printed.train()
with minigrad.no_grad():
    one, two = printed(normalize(x)), printed(normalize(x))  # (100, 10) each
differ = (one != two).any().item()
print(f"the same images twice with dropout on: the scores differ: {differ}")

# %% [markdown]
"""
## Dropout before a maximum

There is a second trouble with this dropout, and `eval()` does not cure it.
Dropout doubles what it keeps, so that the *mean* of a number is the same with
it and without. But next comes a max-pooling, and the mean of a maximum is
another matter. Take a window of four equal numbers 1. With dropout on, the
maximum is 2, unless all four are set to 0, which has the probability 1/16. With
dropout off it is 1:
"""

# %%
minigrad.manual_seed(0)
window = minigrad.ones(100000, 1, 2, 2)  # 100,000 windows
on = max_pool2d(nn.functional.dropout(window, 0.5), 2).mean().item()
off = max_pool2d(window, 2).mean().item()
print(f"the mean of the maximum: dropout on {on:.3f} "
      f"(2 · 15/16 = {2 * 15 / 16}), off {off:.3f}")
assert abs(on - 2 * 15 / 16) < 0.01 and off == 1

pools = {}
for mode in (True, False):
    printed.train(mode)
    with minigrad.no_grad():
        z = printed.conv_dropout(relu(printed.conv1(normalize(x))))
        pools[mode] = max_pool2d(z, 2).mean().item()
print("after the first pooling of the trained network:\n"
      f"  on {pools[True]:.3f}, off {pools[False]:.3f}, ratio "
      f"{pools[True] / pools[False]:.2f}")
assert pools[True] > 1.1 * pools[False]

# %% [markdown]
"""
So the layers behind the pooling have been trained on larger numbers than they
get in the test. Put dropout after the pooling, or before a linear layer, where
only the mean counts; or use little of it.

## Recipe two: the same network, trained otherwise

Four changes. The layers and their 1,258,122 parameters stay as they are.

1. **No dropout on the convolutions, 0.25 after the first linear layer.** A
   convolution's filter has few weights and is used at hundreds of places: it
   hardly overfits. Most parameters are in the first linear layer, so there
   dropout stays.
2. **Augmentation (数据增强), as the text says.** Images are mirrored with
   probability 0.5 and shifted by up to 2 pixels. A mirrored ship is a ship. (A
   mirrored 3 isn't a digit: what suits photographs would harm MNIST.)
3. **A learning rate that rises and falls** (lesson 19, schedules), up to
   0.002 and down to 0.
4. **Weight decay 0.01** (`AdamW`, lesson 18, optimizers).
"""

# %%
# Recipe two, in one place.
CONV_DROPOUT, DROPOUT = 0.0, 0.25
SHIFT = 2                   # pixels, at most, in each direction
PEAK_RATE = 0.002           # the learning rate, after a fifth of the training
SHRINK = 0.01               # weight decay
RECIPE = {"conv_dropout": CONV_DROPOUT, "dropout": DROPOUT, "shift": SHIFT,
          "peak_rate": PEAK_RATE, "shrink": SHRINK}

augmented = copy(data.train)
augmented.transform = Compose([RandomHorizontalFlip(), RandomShift(SHIFT),
                               normalize])
print(f"\nRecipe two: no dropout on convolutions, then {DROPOUT};\n"
      f"images mirrored and shifted by up to {SHIFT} pixels;\n"
      f"learning rate up to {PEAK_RATE} and down to 0, weight decay {SHRINK}")
minigrad.manual_seed(options.seed)
improved = TwoPools(CONV_DROPOUT, DROPOUT).to(options.device)
improved_history = fit(
    improved, augmented, nn.CrossEntropyLoss(),
    optim.AdamW(improved.parameters(), weight_decay=SHRINK),
    epochs=options.epochs, batch_size=100, validation=test,
    callbacks=[LearningRate(one_cycle(PEAK_RATE, warmup=0.2)),
               checkpoint("improved", options, data, **RECIPE)], progress=True)
minigrad.save(improved.state_dict(), options.output / "improved.safetensors")
improved_test = evaluate(improved, test, nn.CrossEntropyLoss())

# %% [markdown]
"""
## In pictures

The learning curves of both recipes; which class is taken for which; the
mistakes of which the network was most certain; the 64 filters of the first
convolution, in color, as each looks at red, green and blue.
"""

# %%
marks = {"document E": DOCUMENT} if data.name == "CIFAR-10" else None
histories = {"as printed": printed_history, "recipe two": improved_history}
picture(plot.learning_curves(histories, marks=marks,
                             title=f"Learning curves on {data.name}"),
        options, "learning_curves")

test_images, truth = data.test.tensors()
scores = predict(improved, normalize(test_images))              # (N, 10)
probabilities = scores.softmax(1)
assert (probabilities.sum(1) - 1).abs().max().item() < 1e-5
given, classes = probabilities.argmax(1), data.test.classes
picture(plot.confusion_matrix(truth, given, classes,
                              title=f"{data.name}, recipe two"),
        options, "confusion_matrix")
picture(plot.mistakes(test_images, truth, probabilities, count=15,
                      classes=classes,
                      title="The mistakes it was most certain of"),
        options, "mistakes")

weight = improved.conv1.weight.detach().to("cpu").numpy()       # (64, 3, 3, 3)
bright = 0.5 + weight / (2 * np.abs(weight).max())              # 0 is gray
tiles = np.ones((4, 16, 4, 4, 3))       # 4 rows of 16, with white margins
tiles[:, :, :3, :3] = bright.transpose(0, 2, 3, 1).reshape(4, 16, 3, 3, 3)
with plot.figure(10, 3.1, "The 64 filters of the first convolution") as figure:
    ax = figure.subplots()
    ax.imshow(tiles.transpose(0, 2, 1, 3, 4).reshape(16, 64, 3)[:-1, :-1])
    plot.bare(ax)
picture(figure, options, "filters")

print("\nof the test images of each class, right:")
for k, name in enumerate(classes):
    mine = truth == k
    right = (given[mine] == k).sum().item() / max(mine.sum().item(), 1)
    print(f"  {name:12} {right:.3f}")

# %% [markdown]
"""
## Beside the document
"""

# %%
comparable = data.name == "CIFAR-10" and options.images is None
print("test accuracy" if comparable else
      "test accuracy (other data, or few images: nothing to compare with)")
print(f"  document E, printed                   {DOCUMENT:.2f}")
print(f"  recipe one, tested with dropout on    {with_dropout:.4f}")
print(f"  recipe one, tested with dropout off   {without_dropout:.4f}")
print(f"  recipe two                            {improved_test.accuracy:.4f}")

# %% [markdown]
"""
What the document prints was not computed by the program it prints. Is 52 % at
least near? The last recorded full run of this lesson says:
"""

# %%
record = recorded("cifar10")
seen = ""
if record:
    on, off, better = (record[f"accuracy_{key}"]
                       for key in ("dropout_on", "as_printed", "recipe_two"))
    seen = ("with correction (a) and everything else as printed, after 10 "
            f"epochs: {on:.1%} tested with dropout on, {off:.1%} with dropout "
            f"off; with recipe two {better:.1%}")
print(textwrap.fill(seen or "There is no recorded full run yet.", 79))

# %% [markdown]
"""
The lesson checks itself. Guessing has the loss ln 10 = 2.303 and gets 1 in 10
right.
"""

# %%
for history, found in ((printed_history, printed_test),
                       (improved_history, improved_test)):
    assert found.accuracy == history["val_accuracy"][-1]
    if len(data.train) >= 3000:
        assert history["loss"][-1] < 2.303 and found.accuracy > 0.3

# %% tags=["hidden"]
write_results(
    options.output / "results.json", options, lesson="cifar10", data=data.name,
    train_images=len(data.train), test_images=len(data.test),
    document=DOCUMENT, accuracy_as_printed=printed_test.accuracy,
    accuracy_dropout_on=with_dropout,
    accuracy_recipe_two=improved_test.accuracy,
    as_printed={"test_accuracy": printed_test.accuracy,
                "test_loss": printed_test.loss,
                **printed_history.state_dict()},
    recipe_two={"test_accuracy": improved_test.accuracy,
                "test_loss": improved_test.loss, **RECIPE,
                **improved_history.state_dict()})
print(f"\nWeights and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")

# %% [markdown]
"""
## What to remember

- `model.eval()` before testing, `model.train()` before training. `no_grad()`
  is something else.
- Dropout keeps means, not maxima: it belongs behind a pooling, or before a
  linear layer.
- Augmentation must keep the class: mirror a ship, but not a digit.

## Things to try

1. Exercises 10 and 11 (`python -m lessons check 10`): the backward of
   max-pooling, and dropout.
2. Give `TwoPools` its dropout after the pooling instead of before, with
   `conv_dropout` 0.2, and compare the ratio of means above.
3. Train `OnePool` with `--images 2000`. What do four times the
   multiplications bring?
"""

# %% tags=["hidden", "audit"]
appendix("cifar10", {**carried, **globals()})
