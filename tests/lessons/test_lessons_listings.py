"""The documents' listings differ from the printed text only where they say so, and they run."""
from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

import minigrad

LISTINGS = Path(__file__).resolve().parents[2] / "lessons" / "listings"
PYTORCH, KERAS = ("A2", "A6", "D4", "E3", "E4"), ("B4", "C3")
MARK = re.compile(r"# (left open in the document|corrected: \S.*)$")


def printed(name: str) -> str:
    """The listing as the document prints it."""
    return (LISTINGS / "printed" / f"{name}.txt").read_text(encoding="utf-8")


def listing(name: str) -> str:
    """The listing for minigrad."""
    return (LISTINGS / f"{name}.py").read_text(encoding="utf-8")


# ── what may differ ───────────────────────────────────────────────────────────────────────────────

def differences(text: str, original: str) -> list[str]:
    """What in ``text`` is neither as printed, nor an import line, nor marked, nor replaced by marked lines.

    The comment at the head of the file, down to the first empty line, does not count.
    """
    head, _, rest = text.partition("\n\n")
    found = [f"not a comment: {line}" for line in head.splitlines() if not line.startswith("#")]
    old, new = original.splitlines(), rest.splitlines()
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone = [line for line in old[a:b] if not is_import(line)]
        come = [line for line in new[c:d] if not is_import(line)]
        found += [f"not marked: {line}" for line in come if not MARK.search(line)]
        if len(gone) > len(come):
            found += [f"missing: {line}" for line in gone]
    return found + import_errors(rest, original)


def is_import(line: str) -> bool:
    """Whether the line is one import statement, and nothing else."""
    if not line.startswith(("import ", "from ")):
        return False
    try:
        statements = ast.parse(line).body
    except SyntaxError:
        return False
    return len(statements) == 1 and isinstance(statements[0], (ast.Import, ast.ImportFrom))


def import_errors(text: str, original: str) -> list[str]:
    """Imports must bind every name that the printed ones bind; new ones come from minigrad alone."""
    lines = [line for line in text.splitlines() if is_import(line)]
    found = [f"not minigrad: {line}" for line in lines
             if line not in original.splitlines() and not re.match(r"(import|from) minigrad\b", line)]
    missing = bound(original.splitlines()) - bound(lines)
    return found + [f"not imported: {name}" for name in sorted(missing)]


def bound(lines: list[str]) -> set[str]:
    """The names that import lines bind."""
    names: set[str] = set()
    for line in filter(is_import, lines):
        for alias in ast.parse(line).body[0].names:         # type: ignore[attr-defined]
            names.add(alias.asname or alias.name.partition(".")[0])
    return names


@pytest.mark.parametrize("name", PYTORCH)
def test_a_pytorch_listing_is_as_printed_except_where_it_says_so(name: str) -> None:
    assert differences(listing(name), printed(name)) == []
    assert not MARK.search(printed(name)) and "minigrad" not in printed(name)


@pytest.mark.parametrize("name", PYTORCH)
def test_without_any_mark_the_printed_text_differs_only_in_imports(name: str) -> None:
    """The count of changed lines, so that one more does not come in unseen."""
    marked = [line for line in listing(name).splitlines() if MARK.search(line)]
    assert len(marked) == {"A2": 7, "A6": 4, "D4": 1, "E3": 3, "E4": 1}[name]


PLANTED = {
    "a number": ("nn.Linear(784, 500)", "nn.Linear(784, 600)"),
    "a missing line": ("        optimizer.zero_grad()\n", ""),
    "a line more": ("        loss.backward()\n", "        loss.backward()\n        loss.backward()\n"),
    "two lines swapped": ("        loss.backward()\n        optimizer.step()\n",
                          "        optimizer.step()\n        loss.backward()\n"),
    "a comment": ("# 训练模型", "# train"),
    "an indentation": ("    print(f'Epoch", "        print(f'Epoch"),
    "a mark that says nothing": ("lr=0.001)", "lr=0.01)  # corrected:"),
    "a mark with an unmarked neighbor": ("num_epochs = 10  # left open in the document",
                                         "num_epochs = 10  # left open in the document\nlr = 1"),
    "lines dropped beside a mark": ("# 训练模型\nfor epoch in range(num_epochs):\n",
                                    "for epoch in [0]:  # corrected: x\n"),
    "something behind an import": ("import minigrad as torch", "import minigrad as torch; lr = 1"),
    "an import from elsewhere": ("import minigrad as torch", "import math as torch"),
    "an import less": ("import minigrad.optim as optim\n", ""),
    "code in the head": ("# Document A", "x = 1\n# Document A"),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_change_is_found(plant: str) -> None:
    old, new = PLANTED[plant]
    assert listing("A2").count(old) == 1
    assert differences(listing("A2").replace(old, new), printed("A2"))


@pytest.mark.parametrize("name", KERAS)
def test_a_keras_listing_quotes_every_printed_line_in_order(name: str) -> None:
    quoted = [line[4:] for line in listing(name).splitlines() if line.startswith("# | ")]
    assert quoted == [line for line in printed(name).splitlines() if line.strip()]
    assert "tensorflow" not in re.sub(r"(?m)^#.*$", "", listing(name))


# ── that they run ─────────────────────────────────────────────────────────────────────────────────

COUNTS = {"train": 200, "t10k": 100}
# Runs a listing as a script, after telling the data sets how many images the small files hold; then
# prints its numbers, so that the test can look at them.
RUNNER = """
import json, runpy, sys
import minigrad
from minigrad.vision.datasets import CIFAR10, MNIST
MNIST.counts, CIFAR10.binaries = json.loads(sys.argv[2])
minigrad.manual_seed(0)
names = runpy.run_path(sys.argv[1], run_name="__main__")
if "model" in names:
    names["parameters"] = sum(p.numel() for p in names["model"].parameters())
print(json.dumps({k: v for k, v in names.items() if isinstance(v, (int, float)) and k[0] != "_"}))
if "plt" in names:
    (image,) = names["plt"].gca().get_images()
    print(list(image.get_array().shape))
"""


@pytest.fixture(scope="module")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/ in the formats of MNIST and CIFAR-10: 200 + 100 images of bright rows."""
    folder = tmp_path_factory.mktemp("listings")
    random = np.random.default_rng(0)
    mnist, cifar = folder / "data" / "MNIST" / "raw", folder / "data" / "cifar-10-batches-bin"
    mnist.mkdir(parents=True)
    cifar.mkdir()
    for part, count in COUNTS.items():
        labels = random.permutation(np.arange(count) % 10).astype(np.uint8)
        images = random.integers(0, 40, (count, 28, 28)).astype(np.uint8)
        images[np.arange(count), 2 * labels + 4] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            with gzip.open(mnist / f"{part}-{kind}-ubyte.gz", "wb") as file:
                file.write(header + array.tobytes())
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        count = 100 if name == "test_batch" else 40
        labels = random.permutation(np.arange(count) % 10).astype(np.uint8)
        pixels = random.integers(0, 40, (count, 3, 32, 32)).astype(np.uint8)
        pixels[np.arange(count), :, 3 * labels + 1] = 255
        rows = np.concatenate([labels[:, None], pixels.reshape(count, -1)], axis=1)
        (cifar / f"{name}.bin").write_bytes(rows.tobytes())
    return folder


def shortened(name: str, old: str, new: str) -> str:
    """A listing with another number of epochs; fails when its code does not say ``old`` exactly once."""
    text = re.sub(r"(?m)^# \| .*\n", "", listing(name))
    assert text.count(old) == 1, f"{name}: {old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def run(name: str, text: str, folder: Path) -> list[str]:
    """Run ``text`` as a script in ``folder``, warnings being errors; the lines it prints."""
    batches = {path.stem: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
               for path in (folder / "data" / "cifar-10-batches-bin").iterdir()}
    script = folder / f"{name}.py"
    script.write_text(text, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if k not in ("MINIGRAD_DATA", "DISPLAY")}
    env |= {"XDG_CACHE_HOME": str(folder / "cache"), "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8",
            "PYTHONPATH": os.pathsep.join([str(LISTINGS.parents[1]), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-W", "error", "-c", RUNNER, str(script),
                           json.dumps([COUNTS, batches])], cwd=folder, env=env, capture_output=True,
                          text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def matches(pattern: str, line: str) -> float:
    """The number in a line of this form."""
    found = re.fullmatch(pattern, line)
    assert found, f"{line!r} is not {pattern!r}"
    return float(found.group(1))


def test_a2_runs_and_learns(small_data: Path) -> None:
    *epochs, accuracy, numbers = run("A2", shortened("A2", "num_epochs = 10", "num_epochs = 8"), small_data)
    losses = [matches(rf"Epoch \[{i}/8\], Loss: (\d\.\d{{4}})", line) for i, line in enumerate(epochs, 1)]
    assert losses[-1] < 0.5 * losses[0]
    assert matches(r"Accuracy: (\d+\.\d\d)%", accuracy) > 50
    assert json.loads(numbers)["total"] == 100


def test_d4_runs_and_draws(small_data: Path) -> None:
    *epochs, finished, accuracy, numbers, size = run(
        "D4", shortened("D4", "num_epochs = 10", "num_epochs = 30"), small_data)
    losses = [matches(rf"Epoch {i}, Loss: (\d\.\d+)", line) for i, line in enumerate(epochs, 1)]
    assert losses[-1] < losses[0] and finished == "Finished Training"
    assert 0 <= matches(r"Accuracy: (\d+\.\d+)%", accuracy) <= 100
    assert json.loads(numbers)["i"] == 1                      # two batches of 100
    assert json.loads(size) == [4 * 30 + 2, 8 * 30 + 2, 3]   # 25 images in rows of 8


def test_e3_runs_and_saves(small_data: Path) -> None:
    first, second, numbers = run("E3", shortened("E3", "range(20)", "range(2)"), small_data)
    for i, line in enumerate((first, second), 1):
        loss = matches(rf"Epoch \[{i}/20\], Loss: (\d\.\d{{4}}), Accuracy: \d+\.\d\d%", line)
        assert 0 < loss < 7                                  # ln 1000 = 6.91 is guessing
    weights = minigrad.load(small_data / "cnn_model.pth")
    assert weights["conv2.weight"].shape == (64, 32, 3, 3) and weights["fc2.bias"].shape == (1000,)
    assert json.loads(numbers)["total"] == 100


def test_e4_runs(small_data: Path) -> None:
    finished, accuracy, numbers = run("E4", shortened("E4", "range(10)", "range(1)"), small_data)
    assert finished == "Finished Training"               # and no loss: an epoch never has 2000 batches
    assert 0 <= matches(r"Accuracy of the network on the 10000 test images: (\d+) %", accuracy) <= 100
    found = json.loads(numbers)
    assert found["i"] == 1 and 0 < found["running_loss"] < 10 and found["total"] == 100


def test_e4_cannot_run_without_its_correction(small_data: Path) -> None:
    text = "".join(line for line in listing("E4").splitlines(keepends=True) if not MARK.search(line))
    with pytest.raises(AssertionError, match=r"ShapeError(?s:.*)4608"):
        run("E4", text, small_data)


def test_b4_runs(small_data: Path) -> None:
    *epochs, found, numbers = run("B4", shortened("B4", "epochs=10", "epochs=3"), small_data)
    losses = [matches(rf"epoch {i}/3  loss (\d\.\d+)  accuracy [\d.]+  val_loss .*", line)
              for i, line in enumerate(epochs, 1)]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert matches(r"Evaluation\(loss=\d\.\d+, accuracy=(\d\.\d+)\)", found) > 0.5
    assert json.loads(numbers)["parameters"] == 784 * 128 + 128 + 128 * 10 + 10


def test_c3_runs(small_data: Path) -> None:
    *epochs, accuracy, numbers = run("C3", shortened("C3", "epochs=10", "epochs=3"), small_data)
    losses = [matches(rf"epoch {i}/3  loss (\d\.\d+)  accuracy [\d.]+  val_loss .*", line)
              for i, line in enumerate(epochs, 1)]
    assert len(losses) == 3 and losses[-1] < losses[0]
    found = json.loads(numbers)
    assert found["parameters"] == 347_146 and found["test_acc"] > 0.5
    assert matches(r"Test accuracy: (\d\.\d{4})", accuracy) == round(found["test_acc"], 4)
