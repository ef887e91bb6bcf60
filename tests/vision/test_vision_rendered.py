"""RenderedDigits: drawn digits, the same every time, kept in the cache."""
from __future__ import annotations

import importlib
import subprocess
import sys

import numpy as np
import pytest

from minigrad.data import DataLoader
from minigrad.errors import RangeError
from minigrad.vision import rendered
from minigrad.vision.datasets import RenderedDigits


@pytest.fixture(scope="module")
def drawn():
    """2,000 training pictures and 1,000 test pictures."""
    return rendered.draw(2000, True), rendered.draw(1000, False)


def test_pictures_look_like_mnist(drawn):
    (images, labels), _ = drawn
    assert images.shape == (2000, 28, 28) and images.dtype == labels.dtype == np.uint8
    assert np.bincount(labels).tolist() == [200] * 10
    lit = images > 60
    assert 0.08 < lit.mean() < 0.3 and (lit.sum((1, 2)) > 15).all(), "ink, but not too much"
    border = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    assert border.mean() < 8, "digits keep off the border"
    middle = images.astype(float).mean(0)
    center = (middle.sum(0) @ np.arange(28), middle.sum(1) @ np.arange(28)) / middle.sum()
    np.testing.assert_allclose(center, 13.5, atol=0.8)


def test_glyphs_are_20_pixels_high_and_have_their_holes(drawn):
    glyphs = importlib.import_module("minigrad.vision.drawing").glyphs()
    ink = glyphs.fields > 0
    pixel = 30 / 63                      # a field of 64 points spans 30 pixels
    high = ink.any(3).sum(2) * pixel
    assert (np.abs(high - 20) < 1).all()
    middle = ink[:, :, 30:34, 30:34].any((2, 3))
    assert not middle[0].any() and middle[1].mean() > 0.7 and middle[8].mean() > 0.7
    assert (glyphs.thin <= glyphs.thick).all() and (glyphs.thin > 0).all()


def test_no_two_pictures_are_the_same(drawn):
    (images, _), (test, _) = drawn
    both = np.concatenate([images, test]).reshape(3000, -1)
    assert len(np.unique(both, axis=0)) == 3000


def test_digits_can_be_told_apart_but_not_trivially(drawn):
    """Nearest class mean, the weakest of classifiers: far better than chance, far from perfect."""
    (images, labels), (test, truth) = drawn
    x, t = images.reshape(2000, -1) / 255, test.reshape(1000, -1) / 255
    means = np.stack([x[labels == d].mean(0) for d in range(10)])
    guess = ((t[:, None] - means) ** 2).sum(2).argmin(1)
    assert 0.6 < (guess == truth).mean() < 0.95


def test_count_gives_the_first_pictures(no_data, drawn):
    (images, labels), _ = drawn
    data = RenderedDigits(count=1500)
    np.testing.assert_array_equal(data.data.numpy(), images[:1500])
    np.testing.assert_array_equal(data.targets.numpy(), labels[:1500])
    assert not no_data.exists(), "a part of the set is not kept"
    x, y = next(iter(DataLoader(data, 64)))
    assert x.shape == (64, 1, 28, 28) and x.dtype == np.float32 and y.dtype == np.int64


@pytest.mark.parametrize("count", [0, -1, 60001, 1.5, True])
def test_bad_count(no_data, count):
    with pytest.raises(RangeError, match="count must be an integer from 1 to 60000"):
        RenderedDigits(count=count)


def test_matplotlib_is_imported_only_to_draw(no_data):
    code = ("import sys; from minigrad.vision.datasets import RenderedDigits\n"
            "assert 'matplotlib' not in sys.modules\n"
            "RenderedDigits(count=3)\n"
            "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)
