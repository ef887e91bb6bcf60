"""MNIST and Fashion-MNIST: finding, reading, refusing bad files; images by the batch."""
from __future__ import annotations

import gzip
import hashlib
import shutil
import struct

import numpy as np
import pytest

from minigrad.autograd.tensor import Tensor
from minigrad.data import DataLoader
from minigrad.errors import DataError
from minigrad.vision.datasets import MNIST, FashionMNIST
from minigrad.vision.idx import read_idx

N = 12
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 28, 28), dtype=np.uint8)
LABELS = (np.arange(N) % 10).astype(np.uint8)


class Small(MNIST):
    """MNIST with 12 images. Nothing is ever downloaded: there is no mirror."""

    counts = {"train": N, "t10k": N}
    mirrors = ()


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write(folder, images=None, labels=None, suffix=".gz"):
    """The two files of the training set; bytes given here are taken as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    pack = (lambda data: gzip.compress(data, mtime=0)) if suffix else (lambda data: data)
    (folder / f"train-images-idx3-ubyte{suffix}").write_bytes(images or pack(idx(PIXELS)))
    (folder / f"train-labels-idx1-ubyte{suffix}").write_bytes(labels or pack(idx(LABELS)))


# ── images and labels ─────────────────────────────────────────────────────────────────────────────

def test_samples_and_batches(tmp_path, no_data):
    write(tmp_path / "mnist")
    data = Small(tmp_path)
    assert len(data) == N and data.data.dtype == np.uint8 and data.data.shape == (N, 28, 28)
    assert data.targets.dtype == np.int64 and data.targets.tolist() == LABELS.tolist()
    image, label = data[3]
    assert isinstance(image, Tensor) and image.dtype == np.float32 and image.shape == (1, 28, 28)
    assert type(label) is int and label == 3
    expected = PIXELS[:, None].astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(image.numpy(), expected[3])
    images, labels = data.get_batch(np.array([5, 1]))
    np.testing.assert_array_equal(images.numpy(), expected[[5, 1]])
    assert images.dtype == np.float32 and labels.tolist() == [5, 1]
    images, labels = data.tensors()
    np.testing.assert_array_equal(images.numpy(), expected)
    assert labels.dtype == np.int64 and images.numpy().max() <= 1
    assert data.class_to_idx["7 - seven"] == 7 and "12 images" in repr(data)
    assert len(list(data)) == N


def test_loader_yields_whole_batches(tmp_path, no_data):
    write(tmp_path / "mnist")
    shapes = [(x.shape, y.shape) for x, y in DataLoader(Small(tmp_path), 5)]
    assert shapes == [((5, 1, 28, 28), (5,)), ((5, 1, 28, 28), (5,)), ((2, 1, 28, 28), (2,))]


def test_transforms_by_image_and_by_batch(tmp_path, no_data):
    write(tmp_path / "mnist")
    seen = []

    def negative(image):
        seen.append(tuple(image.shape))
        return 1 - image.numpy()

    data = Small(tmp_path, transform=negative, target_transform=lambda label: label % 2)
    images, labels = data.get_batch(np.array([0, 3]))
    assert seen == [(1, 28, 28)] * 2 and images.shape == (2, 1, 28, 28) and labels.tolist() == [0, 1]
    assert data[3][1] == 1
    np.testing.assert_array_equal(images.numpy()[1], data[3][0])
    seen.clear()
    negative.batched = True
    batch, _ = data.get_batch(np.array([0, 3]))
    assert seen == [(2, 1, 28, 28)]
    np.testing.assert_array_equal(batch, images.numpy())


def test_data_may_be_cut_by_hand(tmp_path, no_data):
    write(tmp_path / "mnist")
    data = Small(tmp_path)
    data.data, data.targets = Tensor(data.data.numpy()[:4]), Tensor(data.targets.numpy()[:4])
    assert len(data) == 4 and len(DataLoader(data, 2)) == 2


# ── where files are found ─────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("layout", ["mnist", "Small/raw"])
@pytest.mark.parametrize("by", ["root", "environment"])
def test_layouts(tmp_path, no_data, monkeypatch, suffix, layout, by):
    write(tmp_path / "d" / layout, suffix=suffix)
    if by == "environment":
        monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "d"))
    data = Small(tmp_path / "d" if by == "root" else None)
    np.testing.assert_array_equal(data.data.numpy(), PIXELS)


def test_the_two_sets_do_not_take_each_others_files(tmp_path, no_data):
    write(tmp_path / "mnist")
    with pytest.raises(DataError, match="fashion-mnist"):
        FashionMNIST(tmp_path, download=False)


def test_missing_files_say_where_and_what_to_do(tmp_path, no_data):
    with pytest.raises(DataError) as caught:
        Small(tmp_path, train=False, download=False)
    text = str(caught.value)
    for part in ("t10k-images", str(tmp_path / "mnist"), str(no_data / "mnist"), "MINIGRAD_DATA",
                 "download=False"):
        assert part in text
    with pytest.raises(DataError, match="no mirror"):
        Small()


def test_download_goes_to_the_cache_or_to_root(tmp_path, no_data, monkeypatch):
    asked = []

    def fake(file, mirrors, folder):
        asked.append((file.name, mirrors, folder))
        write(folder)
        return folder / file.name

    monkeypatch.setattr("minigrad.vision.mnist.download", fake)
    with pytest.raises(DataError):           # the labels are found, and are not the true bytes
        Small()
    assert asked == [("train-images-idx3-ubyte.gz", (), no_data / "mnist")]
    shutil.rmtree(no_data)
    Small(tmp_path / "r")
    assert asked[1][2] == tmp_path / "r" / "Small" / "raw" and len(asked) == 2


def test_file_in_the_cache_must_be_the_downloaded_one(no_data, monkeypatch):
    write(no_data / "mnist")
    with pytest.raises(DataError, match="train-images.*expected 9912422 bytes"):
        Small()
    sums = {}
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        data = (no_data / "mnist" / f"{name}.gz").read_bytes()
        sums[name] = (len(data), hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(Small, "files", sums)
    assert len(Small()) == N
    monkeypatch.setitem(sums, "train-labels-idx1-ubyte", (sums[name][0], "0" * 64))
    with pytest.raises(DataError, match="train-labels.*SHA-256"):
        Small()


# ── bad files ─────────────────────────────────────────────────────────────────────────────────────

GZ = gzip.compress(idx(PIXELS), mtime=0)
BAD_CHECKSUM = GZ[:-8] + bytes(4) + GZ[-4:]


def zipped(content):
    """The same bytes at any time of day, so that the tests have the same names in every process."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize("content, text", [
    (GZ[:200], "truncated"), (GZ[:-4], "truncated"), (b"", "expected an IDX file.*nothing"),
    (GZ[:100] + b"\x00\xff" * 50 + GZ[200:], "corrupt"), (BAD_CHECKSUM, "corrupt.*CRC"),
    (b"<html>not found</html>", "corrupt.*Not a gzipped file"),
    (zipped(idx(LABELS)), "begins with 00 00 08 03.*got a file that begins with 00 00 08 01"),
    (zipped(b"\x00\x00\x0d\x03" + idx(PIXELS)[4:]), "00 00 0d 03"),
    (zipped(idx(PIXELS)[:9]), "header of 16 bytes, got 9"),
    (zipped(idx(PIXELS[:-1])), r"shape \(12, 28, 28\), got \(11, 28, 28\)"),
    (zipped(idx(PIXELS)[:-1]), "9408 bytes of data.*9407 .truncated"),
    (zipped(idx(PIXELS) + b"x"), "9408 bytes of data.*more"),
])
def test_bad_image_file_is_named(tmp_path, no_data, content, text):
    write(tmp_path / "mnist")
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"(?s)train-images-idx3-ubyte.gz: .*{text}.*[Dd]elete"):
        Small(tmp_path)


def test_bad_plain_file_is_named(tmp_path, no_data):
    write(tmp_path / "mnist", images=idx(PIXELS)[:-5], suffix="")
    with pytest.raises(DataError, match="ubyte: .*truncated"):
        Small(tmp_path)


def test_label_out_of_range(tmp_path, no_data):
    labels = LABELS.copy()
    labels[7] = 10
    write(tmp_path / "mnist", labels=gzip.compress(idx(labels)))
    with pytest.raises(DataError, match="train-labels.*label 7 is 10, expected 0 to 9"):
        Small(tmp_path)


def test_a_gzip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(idx(np.zeros(5, np.uint8)) + bytes(50_000_000)))
    taken = []
    real = gzip.GzipFile.read

    def counting(self, size=-1):
        data = real(self, size)
        taken.append(len(data))
        return data

    monkeypatch.setattr(gzip.GzipFile, "read", counting)
    with pytest.raises(DataError, match="5 bytes of data.*more"):
        read_idx(path, (5,))
    assert sum(taken) == 8 + 5 + 1


# ── the real files ────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("cls, first, mean", [(MNIST, [7, 2, 1, 0, 4], 0.1325),
                                              (FashionMNIST, [9, 2, 1, 1, 6], 0.2868)])
def test_real_test_set(real_data, cls, first, mean):
    data = cls(train=False, download=False)
    assert len(data) == 10000 and data.targets.tolist()[:5] == first
    images, labels = data.tensors()
    assert images.shape == (10000, 1, 28, 28)
    assert abs(float(images.numpy().mean()) - mean) < 1e-3
    if cls is FashionMNIST:
        assert np.bincount(labels.numpy()).tolist() == [1000] * 10


def test_real_training_set(real_data):
    data = MNIST(train=True, download=False)
    assert np.bincount(data.targets.numpy()).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918,
                                                          6265, 5851, 5949]
    assert hashlib.md5(idx(data.data.numpy())).hexdigest() == "6bbc9ace898e44ae57da46a324031adb"
