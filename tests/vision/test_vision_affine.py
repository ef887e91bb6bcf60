"""Rotations, shifts, scalings and shears of batches; grids of images."""
import numpy as np
import pytest

import minigrad
from minigrad.errors import RangeError, ShapeError
from minigrad.vision.transforms.affine import inverse_maps, resampled
from minigrad.vision.transforms import RandomAffine, RandomRotation
from minigrad.vision.utils import make_grid


def through(images, angle=0.0, shift=(0.0, 0.0), scale=1.0, shear=(0.0, 0.0), interpolation="nearest",
            fill=0.0):
    n = len(images)
    maps = inverse_maps(np.full(n, angle), np.tile(shift, (n, 1)), np.full(n, scale), np.tile(shear, (n, 1)))
    return resampled(images, maps, interpolation, fill)


def batch(h, w, c=2):
    return np.random.default_rng(0).random((3, c, h, w)).astype(np.float32)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [(5, 5), (6, 6), (5, 8)])
def test_no_change_changes_nothing(interpolation, size):
    x = batch(*size)
    assert np.array_equal(through(x, interpolation=interpolation), x)


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_are_clockwise_and_exact(size, turns):
    x = batch(size, size)
    assert np.array_equal(through(x, angle=90.0 * turns), np.rot90(x, -turns, axes=(2, 3)))


def test_a_shift_moves_right_and_down_and_fills():
    x = batch(4, 5)
    y = through(x, shift=(2.0, 1.0), fill=7.0)
    assert np.array_equal(y[:, :, 1:, 2:], x[:, :, :-1, :-2])
    assert (y[:, :, 0] == 7).all() and (y[:, :, :, :2] == 7).all()


def test_half_a_pixel_is_the_mean_of_two():
    x = batch(4, 5)
    y = through(x, shift=(0.5, 0.0), interpolation="bilinear")
    assert np.allclose(y[:, :, :, 1:], (x[:, :, :, 1:] + x[:, :, :, :-1]) / 2, atol=1e-6)


def test_scaling_by_two_repeats_pixels():
    x = batch(4, 4)
    y = through(x, scale=2.0)
    assert np.array_equal(y, np.repeat(np.repeat(x[:, :, 1:3, 1:3], 2, 2), 2, 3))


def test_shear_moves_rows_by_their_height():
    x = np.zeros((1, 1, 5, 5), np.float32)
    x[0, 0, :, 2] = 1
    y = through(x, shear=(45.0, 0.0))[0, 0]         # tan 45° = 1: one pixel for each row
    assert [int(row.argmax()) for row in y] in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0])


def test_every_image_is_turned_by_itself_and_repeatably():
    x = batch(9, 9, 1)
    rotate = RandomRotation(30, generator=minigrad.Generator(0))
    same = RandomRotation(30, generator=minigrad.Generator(0))
    y = rotate(minigrad.tensor(np.repeat(x[:1], 3, 0)))
    assert np.array_equal(y.numpy(), same(np.repeat(x[:1], 3, 0)))
    assert not np.array_equal(y.numpy()[0], y.numpy()[1]) and y.shape == (3, 1, 9, 9)


def test_a_fixed_rotation_is_counter_clockwise():
    x = batch(6, 6)
    assert np.array_equal(RandomRotation((90, 90))(x), np.rot90(x, 1, axes=(2, 3)))


def test_affine_stays_in_its_ranges():
    x = np.zeros((200, 1, 21, 21), np.float32)
    x[:, :, 10, 10] = 1
    y = RandomAffine(0, translate=(0.2, 0.1), generator=minigrad.Generator(1))(x)
    rows, columns = np.nonzero(y[:, 0])[1:]
    assert len(rows) == 200 and abs(rows - 10).max() == 2 and abs(columns - 10).max() == 4


@pytest.mark.parametrize("options, error", [
    (dict(degrees=-1), RangeError), (dict(degrees=(5, 1)), RangeError),
    (dict(degrees=0, translate=(2, 0)), RangeError), (dict(degrees=0, scale=(0, 1)), RangeError),
    (dict(degrees=0, interpolation="cubic"), ValueError),
    (dict(degrees=0, center=(1, 1)), NotImplementedError)])
def test_bad_options(options, error):
    with pytest.raises(error):
        RandomAffine(**options)


def test_bilinear_bytes_stay_bytes():
    x = (batch(6, 6) * 255).astype(np.uint8)
    out = RandomAffine((30, 30), interpolation="bilinear")(x)
    floats = RandomAffine((30, 30), interpolation="bilinear")(x.astype(np.float32))
    assert out.dtype == np.uint8 and np.array_equal(out, np.round(floats))


def test_grid_layout():
    x = np.arange(5 * 3 * 2 * 2, dtype=np.float32).reshape(5, 3, 2, 2)
    grid = make_grid(minigrad.tensor(x), nrow=3, padding=1, pad_value=-1.0).numpy()
    assert grid.shape == (3, 7, 10)
    assert np.array_equal(grid[:, 1:3, 4:6], x[1]) and np.array_equal(grid[:, 4:6, 1:3], x[3])
    assert (grid[:, 4:6, 7:9] == -1).all() and (grid[:, 0] == -1).all()


def test_grid_of_gray_images_normalized():
    x = [np.array([[[2.0, 4.0]]]), np.array([[[6.0, 6.0]]])]
    grid = make_grid(x, padding=0, normalize=True).numpy()
    assert grid.shape == (3, 1, 4) and np.allclose(grid[0, 0], [0, 0.5, 1, 1])
    each = make_grid(x, padding=0, normalize=True, scale_each=True).numpy()
    assert np.allclose(each[0, 0], [0, 1, 0, 0])
    with pytest.raises(ShapeError, match="make_grid"):
        make_grid(np.zeros((0, 1, 2, 2)))
