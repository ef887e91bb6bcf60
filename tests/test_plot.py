"""Pictures: written whole, of the size the functions state, without a display."""
from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import plot
from minigrad.errors import DataError, ShapeError
from minigrad.train import History

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(0, 10, 200)
PROBABILITIES = RANDOM.dirichlet(np.ones(10), 200).astype(np.float32)
IMAGES = RANDOM.random((200, 1, 28, 28)).astype(np.float32)


def history(epochs: int = 3) -> History:
    out = History()
    for k in range(epochs):
        out.add({"loss": 1 / (k + 1), "accuracy": 0.9, "val_loss": 2 / (k + 1), "val_accuracy": 0.8}, 1.0)
    return out


PICTURES: dict[str, tuple[Callable[..., Any], tuple[int, int] | None]] = {
    "curves": (lambda path: plot.learning_curves(history(), path), (1500, 675)),
    "compared": (lambda path: plot.learning_curves({"a": history(), "b": history().history}, path, "Two",
                                                   {"mark": 0.85}), (1500, 675)),
    "one epoch": (lambda path: plot.learning_curves({"loss": [1.0]}, path), (1500, 675)),
    "confusion": (lambda path: plot.confusion_matrix(TRUTH, PROBABILITIES.argmax(1), path=path),
                  (1200, 1200)),
    "all right": (lambda path: plot.confusion_matrix(TRUTH, TRUTH, list("abcdefghij"), path),
                  (1200, 1200)),
    "mistakes": (lambda path: plot.mistakes(IMAGES, TRUTH, PROBABILITIES, path=path), None),
    "no mistakes": (lambda path: plot.mistakes(IMAGES, PROBABILITIES.argmax(1), PROBABILITIES, path=path),
                    None),
    "tensors": (lambda path: plot.mistakes(minigrad.tensor(IMAGES), minigrad.tensor(TRUTH),
                                           minigrad.tensor(PROBABILITIES), path=path), None),
    "grid": (lambda path: plot.image_grid(IMAGES[:7], path=path), None),
    "color": (lambda path: plot.image_grid(IMAGES[:12].reshape(4, 3, 28, 28), ["x"] * 4, path=path), None),
    "filters": (lambda path: plot.filters(RANDOM.normal(size=(32, 1, 3, 3)), path), None),
    "maps": (lambda path: plot.feature_maps(RANDOM.random((5, 26, 26)), IMAGES[0], path), None),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_written_in_the_stated_size(name: str, tmp_path: Path) -> None:
    draw, size = PICTURES[name]
    path = tmp_path / "picture.png"
    figure = draw(path)
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and content[-8:-4] == b"IEND"
    found = struct.unpack(">II", content[16:24])
    inches = figure.get_size_inches()
    assert found == (int(inches[0] * 150 + 1e-6), int(inches[1] * 150 + 1e-6))
    assert size is None or found == size
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., 0]
    assert len(np.unique(pixels)) > 5                                  # not an empty page


def test_confusion_matrix_counts() -> None:
    figure = plot.confusion_matrix([0, 0, 1, 2], [0, 1, 1, 0])
    shown = {(int(t.get_position()[1]), int(t.get_position()[0])): t.get_text()
             for t in figure.axes[0].texts}
    assert shown == {(0, 0): "1", (0, 1): "1", (1, 1): "1", (2, 0): "1"}
    assert figure.axes[0].get_title("left") == "2 of 4 right, 2 wrong"


def test_mistakes_come_in_the_order_of_certainty() -> None:
    probabilities = np.float32([[0.9, 0.1], [0.3, 0.7], [0.05, 0.95], [0.4, 0.6]])
    figure = plot.mistakes(IMAGES[:4], np.array([0, 0, 0, 0]), probabilities, count=2)
    assert [t.get_text() for t in figure.axes[0].texts] == ["1 (95%)\nis 0", "1 (70%)\nis 0"]


def test_other_formats_and_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "curves.svg"
    figure = plot.learning_curves(history(), path)
    before = path.read_bytes()
    assert b"<svg" in before

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left"):
        plot.save_figure(figure, path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_bad_input_raises_a_named_error() -> None:
    with pytest.raises(DataError, match="empty"):
        plot.learning_curves(History())
    with pytest.raises(ShapeError, match="confusion_matrix"):
        plot.confusion_matrix([0, 1], [0])
    with pytest.raises(ShapeError, match="mistakes"):
        plot.mistakes(IMAGES, TRUTH[:5], PROBABILITIES)
    with pytest.raises(ShapeError, match="image_grid"):
        plot.image_grid(IMAGES[0, 0])
    with pytest.raises(ShapeError, match="titles"):
        plot.image_grid(IMAGES[:2], ["a"])
    with pytest.raises(ShapeError, match="filters"):
        plot.filters(IMAGES[0])
    with pytest.raises(ShapeError, match=r"output\[0\]"):
        plot.feature_maps(IMAGES)


def test_importing_minigrad_and_training_loads_no_matplotlib() -> None:
    code = ("import sys, minigrad, minigrad.train, minigrad.nn.summary; "
            "print('matplotlib' in sys.modules, end=' '); import minigrad.plot; "
            "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
