# ---
# title: save, load, deploy
# documents: E §4.3-4.4
# time: 10 min
# needs:
# ---

# %% [markdown]
"""
# What is left when the training is over

**You will know** what a trained network is on disk, what can go wrong with the
file, and how another program uses it.
**Time:** 50 minutes. **You need:** lesson 23 (MNIST CNN).

Document E (§4.4) trains a convolutional network for 1000 classes and ends with
one line:

    torch.save(model.state_dict(), 'cnn_model.pth')

This line is the subject here. What is a state_dict, what is in the file, what
can go wrong with it, and how does another program, on another day, get the same
answers from it? The document calls this deployment (部署) and names its steps
in §10.4. First there must be something to save: we train the document's
network.
"""

# %% tags=["hidden"]
import json
import os
import pickle
import pickletools
import subprocess
import sys
import textwrap
from copy import copy
from pathlib import Path
from unittest import mock

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.player.catalog import FOLDER
from lessons.support import (Data, appendix, begin, checkpoint,
                             classify as deployed, picture, read_options,
                             recorded, write_results)
from minigrad import nn, optim, plot
from minigrad.errors import DataError
from minigrad.nn.summary import summary
from minigrad.train import LearningRate, evaluate, fit, one_cycle, predict
from minigrad.vision.datasets import RenderedGlyphs
from minigrad.vision.transforms import Normalize

options = read_options("save_and_deploy", "Save, load, deploy.", epochs=20,
                       quick_epochs=4, quick_images=600, data="rendered",
                       resumable=True)
begin(options)

# %% [markdown]
"""
## A thousand classes

"A data set of 1000 classes, each with 100 pictures" (§4.3: 数据集包含 1000
个类别，每个类别有 100 张图片). We draw such a set ourselves: `RenderedGlyphs`
has 1000 characters, in eight fonts, in random colors, shifted, turned and
stretched, 32×32 pixels. We take 15 of each, so that the training takes minutes
and not an hour, and 5 others for the test. As in the document's other listing
(§5.2), (x − 0.5) / 0.5 brings the numbers from 0 … 1 to −1 … 1.
"""

# %%
data = Data(options, "rendered")
kinds = len(data.train.classes)                 # 1000; fewer with --quick
print(f"{data}, {kinds} classes")

x, y = data.train.get_batch(np.arange(24))      # (24, 3, 32, 32), (24,)
assert x.shape[1:] == (3, 32, 32) and 0 <= x.min().item()
picture(plot.image_grid(x, columns=6,
                        title=f"24 of {len(data.train):,} images"),
        options, "images")

normalize = Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
train_set, test_set = copy(data.train), copy(data.test)
train_set.transform = test_set.transform = normalize

# %% [markdown]
"""
## The network

As printed, but for `from minigrad import nn`:
"""


# %%
class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.conv1 = nn.Conv2d(3, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.fc1 = nn.Linear(64 * 6 * 6, 128)
        self.fc2 = nn.Linear(128, 1000)

    def forward(self, x):
        x = nn.functional.relu(self.conv1(x))
        x = nn.functional.max_pool2d(x, 2)
        x = nn.functional.relu(self.conv2(x))
        x = nn.functional.max_pool2d(x, 2)
        x = x.view(-1, 64 * 6 * 6)
        x = nn.functional.relu(self.fc1(x))
        x = self.fc2(x)
        return x


layers = summary(CNN(), (3, 32, 32))
print(layers)
# %% [markdown]
"""
## Training, as printed and with momentum

Plain gradient descent (lesson 5, gradient descent), rate 0.01, batches of 64,
20 epochs. One in a thousand is right by chance, and the loss of guessing is
ln 1000 = 6.908. The steps are small, and in 20 epochs there are not many of
them. Momentum (lesson 18, optimizers) adds up the gradients of past steps: with
0.9, steps in a steady direction become ten times as long. So we train a second
network with it, and with a rate that rises to 0.05 and falls to 0 again.
"""

# %%
PEAK_RATE, MOMENTUM = 0.05, 0.9


def train(rate: float, momentum: float, *callbacks) -> tuple:
    """The document's network, trained by SGD, and its history."""
    minigrad.manual_seed(options.seed)
    model = CNN().to(options.device)
    sgd = optim.SGD(model.parameters(), lr=rate, momentum=momentum)
    history = fit(model, train_set, nn.CrossEntropyLoss(), sgd,
                  epochs=options.epochs, batch_size=64, validation=test_set,
                  callbacks=callbacks, progress=True)
    return model, history


print("as printed: SGD, learning rate 0.01")
printed, printed_history = train(
    0.01, 0.0, checkpoint("as_printed", options, data))
print(f"momentum {MOMENTUM}, learning rate up to {PEAK_RATE} and down to 0")
network, history = train(
    PEAK_RATE, MOMENTUM, LearningRate(one_cycle(PEAK_RATE, warmup=0.2)),
    checkpoint("momentum", options, data, peak_rate=PEAK_RATE,
               momentum=MOMENTUM))
both = {"as printed": printed_history, "with momentum": history}
picture(plot.learning_curves(
    both, title=f"{kinds} classes, {len(data.train):,} images"),
    options, "learning_curves")
printed_test = evaluate(printed, test_set, nn.CrossEntropyLoss())
test = evaluate(network, test_set, nn.CrossEntropyLoss())
print(f"\ntest accuracy: as printed {printed_test.accuracy:.4f}, "
      f"with momentum {test.accuracy:.4f}")


# %% [markdown]
"""
## The state_dict

The state_dict is a dict of names and tensors: all parameters, and nothing else.
Not the class `CNN`, not `forward`, not the optimizer.
"""

# %%
state = network.state_dict()
for name, tensor in state.items():
    print(f"{name:14} {str(tuple(tensor.shape)):16} {tensor.numel():9,}")
total = sum(tensor.numel() for tensor in state.values())
print(f"{'':14} {'':16} {total:9,} numbers · 4 bytes = "
      f"{4 * total / 1e6:.2f} MB")
assert total == 443_432

# %% [markdown]
"""
## The file

`minigrad.save` writes the format safetensors, which other libraries read, too.
It is simple enough to be read by hand: 8 bytes say how long the header is; the
header is JSON and says for every name which bytes are its numbers; then come
the numbers.
"""

# %%
weights = options.output / "cnn_model.safetensors"
minigrad.save(state, weights)

content = weights.read_bytes()
length = int.from_bytes(content[:8], "little")
header = json.loads(content[8:8 + length])
numbers = content[8 + length:]
print(f"{len(content):,} bytes = 8 + {length} header + "
      f"{len(numbers):,} numbers")
print("conv1.bias:", header["conv1.bias"])

begin_at, end_at = header["conv1.bias"]["data_offsets"]
bias = np.frombuffer(numbers[begin_at:end_at], np.float32)      # (32,)
assert np.array_equal(bias, network.conv1.bias.detach().to("cpu").numpy())
assert len(numbers) == 4 * total

# %% [markdown]
"""
## Why not a pickle

`torch.save` writes a pickle (in a zip archive). A pickle isn't a list of values
but a small program for rebuilding objects, and one of its instructions calls
any function with any arguments. Whoever can put such a file in your way runs
their code on your machine at the moment you load it.

We make one, and do *not* load it. `pickletools.dis` only reads the instructions
aloud:
"""


# %%
class Trap:
    """Pickles as a call: unpickling it would run the command."""

    def __reduce__(self) -> tuple:
        return os.system, ("echo your files could be gone now",)


trap = pickle.dumps({"conv1.bias": Trap()}, protocol=2)
pickletools.dis(trap)

# %% [markdown]
"""
GLOBAL fetches the function `system`, REDUCE calls it. In a safetensors file the
worst is bad numbers. `minigrad.load` refuses a pickle:
"""


# %%
def error_of(action, *arguments) -> str:
    """Print the error that a call ends with."""
    try:
        action(*arguments)
    except (DataError, RuntimeError, TypeError, ValueError) as error:
        message = f"{type(error).__name__}: {error}"
        message = message.replace(str(options.output), "…")
        for line in message.splitlines():
            print(textwrap.fill(line, 79, subsequent_indent="    "))
        return message
    raise AssertionError(f"{action} should have refused {arguments}")


poisoned = options.output / "poisoned.pth"
poisoned.write_bytes(trap)
message = error_of(minigrad.load, poisoned)
poisoned.unlink()
assert "is a pickle" in message

# %% [markdown]
"""
## Loading

Loading needs the class, to make a network of the same shape; then the values
are copied in by name. With another architecture this fails, and says where.
Nothing is loaded then, not even what fits:
"""

# %%
loaded = CNN()
print(loaded.load_state_dict(minigrad.load(weights)))
loaded.eval()

ten_classes = CNN()
ten_classes.fc2 = nn.Linear(128, 10)
before = ten_classes.conv1.weight.detach().clone()
message = error_of(ten_classes.load_state_dict, minigrad.load(weights))
assert "fc2.weight" in message
assert (ten_classes.conv1.weight == before).all().item()

# %% [markdown]
"""
## A file that is only half there

Computers are switched off and disks fill up in the middle of writing. Two
questions: is half a file noticed, and is the old file lost? We cut a copy in
half; and then let the disk be "full" while the good file is being replaced:
"""

# %%
half = options.output / "half.safetensors"
half.write_bytes(content[:len(content) // 2])
message = error_of(minigrad.load, half)
half.unlink()
assert "not a complete safetensors file" in message

full = OSError(28, "No space left on device")
with mock.patch("os.fsync", side_effect=full):
    error_of(minigrad.save, CNN().state_dict(), weights)
assert weights.read_bytes() == content, "the old file is there, whole"

# %% [markdown]
"""
`save` writes to another file first and gives it the right name only when all of
it is on the disk. Renaming is one step: whoever looks sees the old file or the
new one, never half of one.

## Deployment

§10.4 names four steps: save the parameters to a file (模型固化), set up the
environment, load the model (模型加载), feed it data (模型推理). We save with
the weights what the other program also needs: the names of the classes. It gets
what this lesson has in memory: the class CNN, the normalization, and a check of
its input. In training the images came from us; now they come from anybody.
"""

# %%
PROGRAM = (FOLDER / "support" / "classify.py").read_text(encoding="utf-8")
print(PROGRAM)
program = options.output / "classify.py"
program.write_text(PROGRAM, encoding="utf-8")
model_file = options.output / "model.safetensors"
classes = RenderedGlyphs.classes                # 1000 characters
minigrad.save({"weights": state, "classes": classes}, model_file)

# %% [markdown]
"""
Ten test pictures go into a file, and the program into a process of its own,
which knows nothing of this one. Its scores must be the same as here, bit for
bit:
"""

# %%
shown, truth = data.test.get_batch(np.arange(10))   # (10, 3, 32, 32), (10,)
shown = shown.to("cpu")
pictures_file = options.output / "ten.safetensors"
scores_file = options.output / "scores.safetensors"
minigrad.save({"pictures": shown}, pictures_file)

here = str(Path(minigrad.__file__).resolve().parents[1])    # has minigrad
done = subprocess.run(
    [sys.executable, program, model_file, pictures_file, scores_file],
    capture_output=True, text=True, encoding="utf-8",
    env={**os.environ, "PYTHONPATH": here, "PYTHONIOENCODING": "utf-8"})
assert done.returncode == 0, done.stderr
print("right:", " ".join(classes[k] for k in truth.tolist()))
print(done.stdout.strip())

theirs = minigrad.load(scores_file)["scores"]
with minigrad.no_grad():
    ours = loaded(normalize(shown))
identical = np.array_equal(theirs.numpy(), ours.numpy())
print(f"scores {tuple(theirs.shape)}, the same in every bit: {identical}")

# %% [markdown]
"""
## What comes in is checked

A network answers everything. Bytes from 0 to 255 instead of 0 to 1, a wrong
order of the axes, a NaN: it gives scores, and they mean nothing. So the check
comes first. Each of these is refused:
"""

# %%
model, its_classes = deployed.load(model_file)
assert its_classes == classes and not model.training

answers, nonsense = (model(normalize(x)).argmax(1).tolist()
                     for x in (shown, shown * 255))
for name, found in (("from 0 to 1", answers), ("from 0 to 255", nonsense)):
    print(f"{name:14}", " ".join(classes[k] for k in found))
print("The second has no error, and no meaning.\n")

wrong_inputs = {"one picture without the first axis": shown[0],
                "channels last": shown.permute(0, 2, 3, 1),
                "bytes": (shown * 255).to(minigrad.uint8),
                "from 0 to 255": shown * 255,
                "normalized to -1 … 1": shown * 2 - 1,
                "a NaN": minigrad.where(shown > 0.5, minigrad.nan, shown)}
for name, bad in wrong_inputs.items():
    print(name)
    error_of(deployed.classify, model, bad)

# %% [markdown]
"""
## How large

The size of the file is 4 bytes for each parameter. Half of it will do: as
float16 a weight keeps about three decimal digits.
"""

# %%
halves = {name: tensor.to("cpu").to(minigrad.float16)
          for name, tensor in state.items()}
half_file = options.output / "half_size.safetensors"
minigrad.save(halves, half_file)
small = CNN()
small.load_state_dict(minigrad.load(half_file))     # float32, to compute with
whole_scores, half_scores = predict(model, test_set), predict(small, test_set)
agree = whole_scores.argmax(1) == half_scores.argmax(1)
same = agree.float().mean().item()
sizes = [path.stat().st_size / 1e6 for path in (weights, half_file)]
print(f"float32 {sizes[0]:.2f} MB, float16 {sizes[1]:.2f} MB; of "
      f"{len(data.test):,} test images {same:.2%} get the same label")
assert sizes[1] < 0.51 * sizes[0] and same > 0.95

# %% tags=["hidden"]
test_images, test_labels = data.test.tensors()
picture(plot.mistakes(test_images, test_labels, whole_scores.softmax(1),
                      count=15, classes=classes,
                      title="The mistakes it was most certain of"),
        options, "mistakes")

record = recorded("save_and_deploy")
write_results(
    options.output / "results.json", options, lesson="save_and_deploy",
    data=data.name, classes=kinds, train_images=len(data.train),
    test_images=len(data.test), accuracy_as_printed=printed_test.accuracy,
    accuracy_momentum=test.accuracy, parameters=total, bytes=len(content),
    as_printed={"test_loss": printed_test.loss,
                **printed_history.state_dict()},
    momentum={"test_loss": test.loss, **history.state_dict()})
print(f"\nWeights and results.json are in {options.output}.")
assert test.accuracy == history["val_accuracy"][-1]
assert history["loss"][-1] < printed_history["loss"][-1] < 6.91
if options.epochs >= 20:
    assert test.accuracy > 20 / kinds, "better than chance"

# %% [markdown]
"""
## What to remember

- Save the state_dict, not the model; keep the class, the class names and the
  preparation with it.
- A pickle is a program. Load weights from a format that holds numbers only.
- A file is written under another name and then renamed: there is never half
  of one.
- After loading: `eval()`, `no_grad()`, and a check of what comes in.
- Compare the loaded model with the one that was saved, bit for bit, before
  you rely on it.

## Things to try

- Change one byte in the middle of cnn_model.safetensors and load it. Is it
  noticed? How would a checksum help (`hashlib.sha256`)?
- Load the weights into a network with another `fc2`: lesson 44 (transfer).
"""

# %% tags=["hidden", "audit"]
appendix("save_and_deploy", globals())
