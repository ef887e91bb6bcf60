"""Pictures from folders, made-up pictures, and the data sets that are not there."""
from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import minigrad
from minigrad.data import DataLoader
from minigrad.errors import DataError, RangeError
from minigrad.vision import datasets, models, transforms


def picture(path, color):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), color).save(path)


def test_a_folder_for_each_class(tmp_path):
    picture(tmp_path / "dog" / "b.png", (0, 0, 255))
    picture(tmp_path / "cat" / "deep" / "a.PNG", (255, 0, 0))
    (tmp_path / "cat" / "notes.txt").write_text("not a picture")
    data = datasets.ImageFolder(tmp_path, transforms.ToTensor(), target_transform=lambda t: t + 10)
    assert data.classes == ["cat", "dog"] and data.class_to_idx == {"cat": 0, "dog": 1}
    assert data.targets == [0, 1]
    images, labels = next(iter(DataLoader(data, batch_size=2)))
    assert images.shape == (2, 3, 4, 6) and labels.tolist() == [10, 11]
    assert images[0, :, 0, 0].tolist() == [1, 0, 0] and images[1, :, 0, 0].tolist() == [0, 0, 1]


def test_what_is_wrong_with_a_folder_is_said(tmp_path):
    with pytest.raises(DataError, match="a folder for each class, found none"):
        datasets.ImageFolder(tmp_path)
    with pytest.raises(DataError, match="expected a folder"):
        datasets.ImageFolder(tmp_path / "nowhere")
    (tmp_path / "cat").mkdir()
    with pytest.raises(DataError, match="cat: found no file"):
        datasets.ImageFolder(tmp_path)
    (tmp_path / "cat" / "a.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="a.png: expected a picture"):
        datasets.ImageFolder(tmp_path)[0]


def test_made_up_pictures_are_the_same_each_time():
    data = datasets.FakeData(5, (3, 8, 9), num_classes=4, transform=transforms.ToTensor())
    assert minigrad.equal(data[3][0], data[3][0]) and not minigrad.equal(data[3][0], data[2][0])
    assert data[0][0].shape == (3, 8, 9) and {data[i][1] for i in range(5)} <= set(range(4))
    with pytest.raises(RangeError, match="no picture 5"):
        data[5]


def test_data_sets_and_weights_that_are_not_here_say_so():
    with pytest.raises(NotImplementedError, match="EMNIST is not among.*ImageFolder"):
        datasets.EMNIST("root", split="letters")
    with pytest.raises(AttributeError, match="MINST"):
        datasets.MINST  # noqa: B018
    for options in (dict(pretrained=True), dict(weights="DEFAULT")):
        with pytest.raises(NotImplementedError, match="load_state_dict"):
            models.resnet18(**options)


def test_a_resize_before_to_tensor_rounds_and_one_after_it_does_not():
    class Noise(datasets.ImageDataset):
        def __init__(self, *steps):
            super().__init__(transforms.Compose(steps))
            self.data = minigrad.tensor(np.random.default_rng(0).integers(0, 256, (4, 6, 6)).astype(np.uint8))
            self.targets = minigrad.zeros(4).long()

    before = Noise(transforms.Resize(9), transforms.ToTensor())
    after = Noise(transforms.ToTensor(), transforms.Resize(9))
    for index in range(4):
        picture = Image.fromarray(before.data[index].numpy()).resize((9, 9), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(before[index][0].numpy()[0], np.float32(picture) / np.float32(255))
    x, y = (next(iter(DataLoader(data, 4)))[0].numpy() for data in (before, after))
    assert np.array_equal(x[2], before[2][0].numpy()) and 0 < abs(x - y).max() <= 1.01 / 255
    floats = Noise(transforms.Resize(9))
    assert floats[0][0].dtype == np.float32 and float(floats[0][0].max()) <= 1


ODD = [transforms.RandomApply([transforms.Pad(1)], p=0.0), transforms.RandomOrder([transforms.Pad(1)]),
       transforms.RandomChoice([transforms.CenterCrop(2), transforms.Pad(1)], p=[0, 1])]


def test_choices_among_transforms():
    x = minigrad.ones(1, 4, 4)
    assert [t(x).shape[-1] for t in ODD] == [4, 6, 6] and not any(t.batched for t in ODD)


@pytest.mark.parametrize("transform", [
    transforms.ColorJitter(0.5, 0.5, 0.5, 0.3), transforms.RandomResizedCrop(5),
    transforms.RandomErasing(p=0.5),
    transforms.RandomGrayscale(0.5), transforms.GaussianBlur(3, (0.5, 3.0)), transforms.RandomVerticalFlip()],
    ids=lambda t: type(t).__name__)
def test_a_batch_is_changed_image_by_image(transform):
    x = np.repeat(np.random.default_rng(0).random((1, 3, 8, 8)).astype(np.float32), 30, 0)
    before = x.copy()
    out = transform(x)
    assert len(out) == 30 and len({image.tobytes() for image in out}) > 1
    assert np.array_equal(x, before), "the batch that came in stays"
    minigrad.manual_seed(0)
    again = transform(minigrad.tensor(x))
    minigrad.manual_seed(0)
    assert minigrad.equal(again, transform(minigrad.tensor(x)))


def test_erasing_fills_the_share_it_was_given():
    erase = transforms.RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1, 1), value=(7, 8, 9))
    out = erase(np.zeros((3, 8, 8), np.float32))
    assert [(plane == v).sum() for plane, v in zip(out, (7, 8, 9))] == [16, 16, 16]
