"""RenderedGlyphs: a thousand drawn characters, the same every time, kept in the cache."""
from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest

import minigrad
from minigrad.data import DataLoader
from minigrad.errors import RangeError
from minigrad.vision import glyphs
from minigrad.vision.datasets import CIFAR10, ImageDataset, RenderedGlyphs


@pytest.fixture(scope="module")
def drawn():
    """2,000 training pictures and 1,000 test pictures of 100 classes."""
    return glyphs.draw(100, 2000, 2000, True), glyphs.draw(100, 1000, 1000, False)


def test_a_thousand_different_characters_begin_with_the_digits():
    assert len(glyphs.CHARACTERS) == len(set(glyphs.CHARACTERS)) == 1000
    assert glyphs.CHARACTERS.startswith("0123456789ABC")
    assert not any(c.isspace() for c in glyphs.CHARACTERS)


def test_every_character_is_in_the_first_four_fonts():
    """A font that lacks a character draws a box instead, the same one for all."""
    drawing = importlib.import_module("minigrad.vision.glyph_drawing")
    for name in drawing.FONTS[:4]:
        font = drawing._font(name)
        assert [c for c in glyphs.CHARACTERS if not font.get_char_index(ord(c))] == []


def test_stencils_fill_the_box_and_have_their_holes():
    drawing = importlib.import_module("minigrad.vision.glyph_drawing")
    stencils = drawing.stencils("0I8=")
    assert stencils.shape == (4, 8, 64, 64) and stencils.dtype == np.uint8
    ink = stencils > 127
    long = np.maximum(ink.any(2).sum(2), ink.any(3).sum(2))
    assert (np.abs(long - 52) <= 1).all(), "the longer side is 52 points"
    assert not stencils[:, :, [0, -1]].any() and not stencils[..., [0, -1]].any()
    middle = ink[:, :4, 31:33, 31:33].any((2, 3))
    assert middle.tolist() == [[False] * 4, [True] * 4, [True] * 4, [False] * 4]


def test_pictures_are_as_many_of_each_class_and_in_color(drawn):
    (images, labels), _ = drawn
    assert images.shape == (2000, 3, 32, 32) and images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [20] * 100
    spread = images.reshape(2000, 3, -1).astype(float).std(2).max(1)
    assert (spread > 10).all(), "ink differs from paper"
    gray = np.ptp(images.astype(int).mean((2, 3)), 1)
    assert (gray > 30).mean() > 0.7, "most are colored"


def test_ink_is_told_from_paper_by_brightness_alone(drawn):
    """Where the stencil has ink, brightness is higher or lower than elsewhere, in every picture."""
    (images, _), _ = drawn
    bright = np.einsum("ncp,c->np", images.reshape(2000, 3, -1), [0.3, 0.59, 0.11])
    border = np.concatenate([bright[:, :64], bright[:, -64:]], 1)
    away = np.abs(bright - border.mean(1, keepdims=True))
    assert (np.quantile(away, 0.98, axis=1) > 30).mean() > 0.97


def test_no_two_pictures_are_the_same(drawn):
    (images, _), (test, _) = drawn
    both = np.concatenate([images, test]).reshape(3000, -1)
    assert len(np.unique(both, axis=0)) == 3000


def test_the_same_on_every_run(drawn):
    (images, labels), _ = drawn
    again, its_labels = glyphs.draw(100, 2000, 2000, True)
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, its_labels)


def test_classes_differ_and_can_be_told_apart_but_not_trivially(drawn):
    """Nearest class mean of the shape, colors taken away: far better than chance, far from perfect."""
    def shape_of(images):
        x = images.astype(np.float32).mean(1).reshape(len(images), -1)
        x = np.abs(x - np.median(x, 1, keepdims=True))
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    (images, labels), (test, truth) = drawn
    x, t = shape_of(images), shape_of(test)
    means = np.stack([x[labels == d].mean(0) for d in range(100)])
    apart = np.linalg.norm(means[:, None] - means, axis=2)[~np.eye(100, dtype=bool)]
    assert apart.min() > 0.1
    right = ((t @ means.T - (means ** 2).sum(1) / 2).argmax(1) == truth).mean()
    assert 0.2 < right < 0.9


def test_count_gives_the_first_pictures(no_data, drawn):
    (images, labels), _ = drawn
    data = RenderedGlyphs(num_classes=100, per_class=20, count=1500)
    assert isinstance(data, ImageDataset) and len(data.classes) == 100
    np.testing.assert_array_equal(data.data.numpy(), images[:1500].transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(data.targets.numpy(), labels[:1500])
    assert not no_data.exists(), "a part of the set is not kept"
    x, y = next(iter(DataLoader(data, 64)))
    assert x.shape == (64, 3, 32, 32) and x.dtype == np.float32 and y.dtype == np.int64
    np.testing.assert_array_equal(x.numpy(), images[:64] / np.float32(255))


def test_it_stands_in_for_cifar10(no_data):
    data = RenderedGlyphs(None, True, None, None, True, num_classes=10, count=3)
    assert list(inspect.signature(CIFAR10).parameters) == \
        list(inspect.signature(RenderedGlyphs).parameters)[:5]
    assert data.data.shape == (3, 32, 32, 3) and data.data.dtype == minigrad.uint8
    assert data.classes == [str(d) for d in range(10)] and data.class_to_idx["7"] == 7


@pytest.mark.parametrize("train,per_class,total", [(True, None, 200), (False, None, 40), (True, 7, 14)])
def test_how_many_there_are(tmp_path, train, per_class, total):
    data = RenderedGlyphs(tmp_path, train, num_classes=2, per_class=per_class)
    assert len(data) == total
    assert np.bincount(data.targets.numpy()).tolist() == [total // 2] * 2


# ── bad arguments ─────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("name,upto", [("num_classes", " to 1000"), ("per_class", ""),
                                       ("count", " to 100000")])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
def test_bad_numbers(no_data, name, upto, value):
    with pytest.raises(RangeError, match=f"{name} must be an integer from 1{upto}, got {value!r}"):
        RenderedGlyphs(**{name: value})
    assert not no_data.exists()


@pytest.mark.parametrize("options", [{"num_classes": 1001}, {"num_classes": 2, "count": 201},
                                     {"train": False, "num_classes": 5, "count": 101}])
def test_too_large_numbers(no_data, options):
    with pytest.raises(RangeError, match="must be an integer from 1 to"):
        RenderedGlyphs(**options)


def test_the_example_of_the_docstring(no_data):
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(RenderedGlyphs.__doc__), {}, "", None, 0)
    report = []
    assert not doctest.DocTestRunner(verbose=False).run(test, out=report.append).failed, report


def test_matplotlib_is_imported_only_to_draw(no_data):
    code = ("import sys; from minigrad.vision.datasets import RenderedGlyphs\n"
            "assert 'matplotlib' not in sys.modules\n"
            "RenderedGlyphs(num_classes=2, count=3)\n"
            "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)
