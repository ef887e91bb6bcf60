"""Drawn data sets are drawn once, kept in the cache, and drawn again when what is kept there is damaged."""
from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad.vision import glyphs, rendered
from minigrad.vision.datasets import RenderedDigits, RenderedGlyphs


@pytest.fixture(params=["digits", "glyphs"])
def drawn(request, monkeypatch):
    """A data set of 2,000 pictures, which takes noise for drawings and counts how often it draws."""
    random, calls = np.random.default_rng(0), []
    if request.param == "digits":
        make, module, shape, dtype, classes = RenderedDigits, rendered, (28, 28), np.uint8, 10
        monkeypatch.setattr(RenderedDigits, "counts", {True: 2000, False: 1000})
        file = "train-2000-v1.npz"
    else:
        make, module, shape, dtype, classes = RenderedGlyphs, glyphs, (3, 32, 32), np.int16, 100
        make = partial(RenderedGlyphs, num_classes=100, per_class=20)
        file = "train-100x20-v1.npz"
    images = random.integers(0, 256, (2000, *shape), np.uint8)
    labels = random.integers(0, classes, 2000).astype(dtype)

    def draw(*arguments):
        count = arguments[-2]
        calls.append(count)
        return images[:count].copy(), labels[:count].copy()

    monkeypatch.setattr(module, "draw", draw)
    return SimpleNamespace(make=make, calls=calls, images=images, labels=labels, classes=classes, file=file,
                           folder=f"rendered-{request.param}")


def same(data, drawn, count=2000):
    pixels = data.data.numpy() if data.data.ndim == 3 else data.data.numpy().transpose(0, 3, 1, 2)
    return np.array_equal(pixels, drawn.images[:count]) and np.array_equal(data.targets.numpy(),
                                                                           drawn.labels[:count])


def test_whole_set_is_drawn_once_and_kept(no_data, drawn):
    first, again, part = drawn.make(), drawn.make(), drawn.make(count=7)
    assert drawn.calls == [2000] and os.listdir(no_data / drawn.folder) == [drawn.file]
    assert same(first, drawn) and same(again, drawn) and same(part, drawn, 7)
    drawn.make(train=False)
    assert len(drawn.calls) == 2, "the test set is another"


def test_root_is_where_it_is_kept(tmp_path, no_data, drawn):
    drawn.make(tmp_path / "r")
    assert os.listdir(tmp_path / "r" / drawn.folder) == [drawn.file] and not no_data.exists()


def test_damaged_cache_is_drawn_again(no_data, drawn):
    drawn.make()
    path = no_data / drawn.folder / drawn.file
    good = path.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    for bad in (good[:1000], bytes(flipped), b"", b"PK\x03\x04 no zip"):
        path.write_bytes(bad)
        with pytest.warns(UserWarning, match=f"{drawn.file} is damaged") as warned:
            data = drawn.make()
        assert warned[0].filename == __file__, "the warning names the line that asked for the data"
        assert same(data, drawn) and path.read_bytes() == good


@pytest.mark.parametrize("change", [
    lambda d: {"labels": np.full(2000, d.classes, d.labels.dtype)},
    lambda d: {"labels": d.labels - d.labels.dtype.type(1)},
    lambda d: {"labels": d.labels[:3]}, lambda d: {"labels": d.labels.astype(np.int64)},
    lambda d: {"images": d.images[..., :27]}, lambda d: {"images": d.images.astype(np.int16)}],
    ids=["large", "negative", "few", "wide", "narrow", "other dtype"])
def test_other_arrays_in_the_cache_are_not_used(no_data, drawn, change):
    drawn.make()
    np.savez(no_data / drawn.folder / drawn.file,
             **{"images": drawn.images, "labels": drawn.labels, **change(drawn)})
    with pytest.warns(UserWarning, match="other arrays"):
        drawn.make()
    assert drawn.calls == [2000, 2000]


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_in_the_cache_is_not_run(tmp_path, no_data, drawn):
    path = no_data / drawn.folder / drawn.file
    path.parent.mkdir(parents=True)
    np.savez(path, images=np.array([Evil(tmp_path / "was_run")], object), labels=np.zeros(3))
    with pytest.warns(UserWarning, match="damaged"):
        drawn.make()
    assert not (tmp_path / "was_run").exists()


def test_unwritable_cache_only_warns(tmp_path, no_data, drawn):
    (tmp_path / "file").write_bytes(b"")
    with pytest.warns(UserWarning, match="not kept.*cannot write"):
        data = drawn.make(tmp_path / "file")
    assert same(data, drawn)
