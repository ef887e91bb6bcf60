"""Transforms, grids and models against torchvision, where it is installed."""
from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

import minigrad
from minigrad.vision import models, transforms
from minigrad.vision.transforms import functional as ours
from minigrad.vision.utils import make_grid, save_image

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")
torchvision = pytest.importorskip("torchvision")
theirs = pytest.importorskip("torchvision.transforms.functional")
MODE = pytest.importorskip("torchvision.transforms").InterpolationMode

PIXELS = np.random.default_rng(0).integers(0, 256, (17, 23, 3)).astype(np.uint8)
COLOR, GRAY = Image.fromarray(PIXELS), Image.fromarray(PIXELS[..., 0])
FLOATS = (PIXELS.transpose(2, 0, 1) / 255).astype(np.float32)

CALLS = [
    ("resize", (8,)), ("resize", ([30, 11],)), ("resize", (9, "bicubic")), ("center_crop", (10,)),
    ("center_crop", ([30, 20],)), ("crop", (2, 3, 7, 9)), ("crop", (-2, 15, 12, 12)), ("hflip", ()),
    ("vflip", ()),
    ("pad", (2,)), ("pad", ([1, 2], 7)), ("pad", ([1, 2, 3, 0],)), ("pad", (2, 0, "reflect")),
    ("pad", (2, 0, "edge")), ("pad", (2, 0, "symmetric")), ("resized_crop", (2, 3, 9, 8, [12, 12])),
    ("gaussian_blur", ([3, 5],)), ("gaussian_blur", ([5, 5], [1.5, 1.5])),
    ("adjust_brightness", (0.6,)), ("adjust_brightness", (1.7,)), ("adjust_contrast", (0.5,)),
    ("adjust_contrast", (1.5,)), ("adjust_saturation", (0.3,)), ("adjust_saturation", (2.0,)),
    ("adjust_hue", (0.2,)), ("adjust_hue", (-0.4,)), ("invert", ()), ("rotate", (90,)),
    ("affine", (0, [2, 1], 1.0, [0.0]))]


def named(args):
    return [MODE(a) if a == "bicubic" else a for a in args]


@pytest.mark.parametrize("name, args", CALLS)
def test_pictures_have_torchvisions_pixels(name, args):
    got, expected = getattr(ours, name)(COLOR, *args), getattr(theirs, name)(COLOR, *named(args))
    assert got.mode == expected.mode
    np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


@pytest.mark.parametrize("name, args", CALLS)
def test_batches_of_floats_have_torchvisions_pixels(name, args):
    batch = np.stack([FLOATS, FLOATS[:, ::-1]])
    got = getattr(ours, name)(minigrad.tensor(batch), *args)
    expected = getattr(theirs, name)(torch.from_numpy(batch), *named(args))
    np.testing.assert_allclose(got.numpy(), expected.numpy(), atol=2e-6)


def test_gray_pictures_and_conversions():
    np.testing.assert_array_equal(np.asarray(ours.to_grayscale(COLOR)),
                                  np.asarray(theirs.to_grayscale(COLOR)))
    for picture in (COLOR, GRAY):
        for name in ("to_tensor", "pil_to_tensor"):
            got, expected = getattr(ours, name)(picture), getattr(theirs, name)(picture)
            np.testing.assert_array_equal(got.numpy(), expected.numpy())
    back = theirs.to_pil_image(torch.from_numpy(FLOATS))
    np.testing.assert_array_equal(np.asarray(ours.to_pil_image(minigrad.tensor(FLOATS))), np.asarray(back))


def test_rotation_by_any_angle_of_a_picture():
    got, expected = (np.asarray(f.rotate(COLOR, 20)) for f in (ours, theirs))
    assert (got == expected).all(-1).mean() > 0.99          # a tie between two pixels may fall either way


def test_grids_and_files_are_the_same(tmp_path):
    x = np.random.default_rng(1).random((7, 1, 5, 6)).astype(np.float32)
    each = dict(normalize=True, scale_each=True)
    for options in (dict(), dict(nrow=3, padding=1), dict(normalize=True), each):
        got = make_grid(minigrad.tensor(x), **options)
        expected = torchvision.utils.make_grid(torch.from_numpy(x), **options)
        np.testing.assert_allclose(got.numpy(), expected.numpy(), atol=1e-6)
    save_image(minigrad.tensor(x), tmp_path / "ours.png", nrow=3, normalize=True)
    torchvision.utils.save_image(torch.from_numpy(x), tmp_path / "theirs.png", nrow=3, normalize=True)
    a, b = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("ours", "theirs"))
    np.testing.assert_array_equal(a, b)


def test_windows_stay_in_torchvisions_ranges():
    random.seed(0)
    cut = transforms.RandomResizedCrop(8, scale=(0.25, 0.25), ratio=(1, 1))
    ramp = minigrad.arange(256.0).reshape(1, 16, 16)
    assert {tuple(cut(ramp).shape) for _ in range(3)} == {(1, 8, 8)}
    assert float(cut(ramp).max() - cut(ramp).min()) > 0


@pytest.mark.parametrize("name, side", [
    ("resnet18", 33), ("resnet50", 33), ("squeezenet1_1", 33), ("mobilenet_v2", 33),
    *(pytest.param(*args, marks=pytest.mark.slow) for args in (
        ("resnet34", 33), ("vgg11", 32), ("vgg11_bn", 32), ("alexnet", 80)))])
def test_networks_with_torchvisions_weights_give_its_outputs(name, side):
    plain = getattr(torchvision.models, name)(num_classes=7).eval()
    net = getattr(models, name)(num_classes=7).eval()
    state = {key: minigrad.tensor(value.numpy()) for key, value in plain.state_dict().items()}
    assert {key: tuple(value.shape) for key, value in net.state_dict().items()} == \
        {key: tuple(value.shape) for key, value in state.items()}
    for key, value in net.state_dict().items():          # initial weights are of the same size
        theirs = plain.state_dict()[key].double()
        if value.numel() > 1000:
            assert abs(float(value.std()) - float(theirs.std())) < 0.1 * float(theirs.std()) + 1e-9, key
    net.load_state_dict(state)
    x = np.random.default_rng(0).random((2, 3, side, side)).astype(np.float32)
    with torch.no_grad():
        expected = plain(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(net(minigrad.tensor(x)).detach().numpy(), expected, rtol=1e-3, atol=1e-4)
