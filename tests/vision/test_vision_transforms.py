"""Transforms: the same on images, batches, arrays and Tensors; random ones repeatable."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from minigrad.autograd.tensor import Tensor, wrap
from minigrad.backend.random import Generator, manual_seed
from minigrad.data import DataLoader
from minigrad.errors import DTypeError, RangeError, ShapeError
from minigrad.vision.images import ImageDataset
from minigrad.vision.transforms import (Compose, Normalize, RandomCrop, RandomHorizontalFlip,
                                        RandomShift, ToTensor)


def pictures(n=6, c=2, h=5, w=4):
    """No two pixels are equal, and none is 0."""
    return np.arange(1, n * c * h * w + 1, dtype=np.float32).reshape(n, c, h, w)


def shifted(image, down, right):
    """``image`` (C, H, W) moved, pixel by pixel: the slow reference."""
    out = np.zeros_like(image)
    _, h, w = image.shape
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                out[:, i, j] = image[:, i - down, j - right]
    return out


@given(st.integers(0, 3), st.integers(0, 1000))
def test_random_shift_moves_every_image_by_itself(pixels, seed):
    x = pictures()
    out = RandomShift(pixels, Generator(seed))(x)
    assert out.dtype == x.dtype
    steps = range(-pixels, pixels + 1)
    for before, after in zip(x, out):
        assert any((after == shifted(before, i, j)).all() for i in steps for j in steps)


def test_random_shift_reaches_all_places_in_a_batch():
    x = np.zeros((2000, 1, 7, 7), np.float32)
    x[:, :, 3, 3] = 1
    places = RandomShift(2, Generator(0))(x).sum((0, 1))
    assert places.sum() == 2000 and (places[1:6, 1:6] > 40).all() and places[1:6, 1:6].sum() == 2000


def test_random_crop():
    x = pictures(h=6, w=6)
    out = RandomCrop((3, 4), generator=Generator(0))(x)
    assert out.shape == (6, 2, 3, 4)
    for before, after in zip(x, out):
        assert any((after == before[:, i:i + 3, j:j + 4]).all() for i in range(4) for j in range(3))
    padded = RandomCrop(6, padding=2, generator=Generator(1))(x)
    assert padded.shape == x.shape and (padded == 0).any()
    with pytest.raises(ShapeError, match="9×9 does not fit into images of 6×6.*at least 2"):
        RandomCrop(9, padding=1)(x)
    np.testing.assert_array_equal(RandomCrop(9, padding=2, generator=Generator(0))(x).max((1, 2, 3)),
                                  x.max((1, 2, 3)))


def test_random_flip():
    x = pictures(n=400)
    out = RandomHorizontalFlip(generator=Generator(0))(x)
    flipped = np.array([(b == a[..., ::-1]).all() for a, b in zip(x, out)])
    same = np.array([(b == a).all() for a, b in zip(x, out)])
    assert (flipped ^ same).all() and 150 < flipped.sum() < 250
    np.testing.assert_array_equal(RandomHorizontalFlip(1)(x), x[..., ::-1])
    np.testing.assert_array_equal(RandomHorizontalFlip(0)(x), x)


def test_normalize():
    x = pictures(c=3)
    out = Normalize((1, 2, 3), (2, 4, 8))(x)
    expected = (x - np.array([1, 2, 3]).reshape(3, 1, 1)) / np.array([2, 4, 8]).reshape(3, 1, 1)
    np.testing.assert_allclose(out, expected, rtol=1e-6)
    assert out.dtype == np.float32 and Normalize(0.5, 2)(x.astype(np.float64)).dtype == np.float64
    np.testing.assert_allclose(Normalize([0.5], [2])(x), (x - 0.5) / 2)
    with pytest.raises(ShapeError, match="mean is for 2 channels"):
        Normalize((0, 0), 1)(x)
    with pytest.raises(DTypeError, match="ToTensor"):
        Normalize(0, 1)(x.astype(np.uint8))
    with pytest.raises(RangeError, match="std"):
        Normalize(0, (1, 0))
    here = wrap(x.copy())
    assert Normalize((1, 2, 3), (2, 4, 8), inplace=True)(here) is here
    np.testing.assert_allclose(here.numpy(), expected, rtol=1e-6)


def test_to_tensor():
    gray, color = np.full((5, 4), 255, np.uint8), np.zeros((5, 4, 3), np.uint8)
    color[1, 2] = (255, 51, 0)
    assert ToTensor()(gray).shape == (1, 5, 4) and ToTensor()(gray).numpy().max() == 1
    out = ToTensor()(color)
    assert isinstance(out, Tensor) and out.dtype == np.float32 and out.shape == (3, 5, 4)
    np.testing.assert_allclose(out.numpy()[:, 1, 2], [1, 0.2, 0])
    assert ToTensor()(color[None]).shape == (1, 3, 5, 4)
    image = wrap(pictures()[0])
    np.testing.assert_array_equal(ToTensor()(image).numpy(), image.numpy())
    assert ToTensor()(wrap(color.transpose(2, 0, 1))).numpy().max() == 1
    with pytest.raises(ShapeError, match="ToTensor"):
        ToTensor()(np.zeros(3))


ALL = [Normalize(0.5, 2), RandomCrop(3, 1), RandomShift(2), RandomHorizontalFlip(),
       Compose([RandomShift(1), Normalize(0.1, 0.3)])]


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_kind_and_dimensions_are_kept(transform):
    x = pictures()
    before = x.copy()
    results = []
    for images in (x, wrap(x)):
        manual_seed(0)
        results.append(transform(images))
        assert type(results[-1]) is type(images)
        assert tuple(transform(images[0] if isinstance(images, np.ndarray) else wrap(x[0])).shape) \
            == tuple(results[-1].shape[1:])
    np.testing.assert_array_equal(results[0], results[1].numpy())
    np.testing.assert_array_equal(x, before)
    assert transform.batched and not np.shares_memory(results[0], x)


@pytest.mark.parametrize("transform", ALL[:4], ids=repr)
def test_wrong_dimensions_are_named(transform):
    with pytest.raises(ShapeError, match=rf"{type(transform).__name__}.*\(5, 4\)"):
        transform(np.zeros((5, 4), np.float32))


@pytest.mark.parametrize("make", [lambda: RandomShift(-1), lambda: RandomShift(1.5),
                                  lambda: RandomCrop(0), lambda: RandomCrop((1, 2, 3)),
                                  lambda: RandomCrop(3, padding=-1), lambda: RandomCrop(2.5),
                                  lambda: RandomHorizontalFlip(1.5), lambda: RandomShift(True)])
def test_bad_arguments_are_named(make):
    with pytest.raises(RangeError, match="Random.*got"):
        make()


def test_compose_is_batched_only_if_all_are():
    assert not Compose([RandomShift(1), lambda x: x]).batched
    assert Compose([RandomShift(1)]).batched and "RandomShift(pixels=1)" in repr(Compose([RandomShift(1)]))


def test_random_transform_in_a_loader_is_repeatable_and_never_twice_the_same():
    class Dots(ImageDataset):
        def __init__(self):
            super().__init__(transform=RandomShift(3))
            self.data = wrap(np.full((32, 7, 7), 255, np.uint8))
            self.targets = wrap(np.zeros(32, np.int64))

    def epoch(loader):
        return np.concatenate([x.numpy() for x, _ in loader])

    def loaders(seed):
        for workers in (0, 1):
            yield DataLoader(Dots(), 8, shuffle=True, num_workers=workers, generator=Generator(seed))

    plain, threaded = loaders(1)
    first = epoch(plain)
    np.testing.assert_array_equal(first, epoch(threaded))
    assert (first != epoch(plain)).any(), "another epoch must be shifted otherwise"
    assert (first[:8] != first[8:16]).any(), "another batch must be shifted otherwise"
    assert (first != epoch(next(loaders(2)))).any()
