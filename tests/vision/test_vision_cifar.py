"""CIFAR-10, and the reader that takes data out of a pickle without running it."""
from __future__ import annotations

import builtins
import hashlib
import io
import lzma
import os
import pickle
import tarfile
import warnings

import numpy as np
import pytest
from hypothesis import given, strategies as st

from minigrad.errors import DataError
from minigrad.vision.datasets import CIFAR10
from minigrad.files.plain_pickle import read_plain_pickle

M = 4
NAMES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def op_string(text):
    return b"U" + bytes([len(text)]) + text.encode("latin-1")


def numpy_array(raw, shape, dtype="u1", order=b"\x89"):
    """A uint8 array the way Python 2 pickled it: reconstruct(ndarray, (0,), 'b'), then its state."""
    sizes = b"".join(b"M" + s.to_bytes(2, "little") for s in shape)
    return (b"cnumpy.core.multiarray\n_reconstruct\nq\x10(cnumpy\nndarray\nq\x11K\x00\x85" + op_string("b")
            + b"tRq\x12(K\x01(" + sizes + b"tcnumpy\ndtype\n" + op_string(dtype) + b"K\x00K\x01\x87R"
            + b"(K\x03" + op_string("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb" + order
            + b"T" + len(raw).to_bytes(4, "little") + raw + b"tb")


def python2_batch(pixels, labels):
    """A batch of CIFAR-10 as Python 2's pickle wrote it, protocol 2."""
    return (b"\x80\x02}q\x01(" + op_string("batch_label") + b"q\x02" + op_string("batch 1")
            + op_string("labels") + b"](" + b"".join(b"K" + bytes([x]) for x in labels) + b"e"
            + op_string("data") + numpy_array(pixels.tobytes(), pixels.shape)
            + op_string("filenames") + b"](" + op_string("a.png") + b"eu.")


def small_set():
    """(pixels, labels, bytes) of every batch of a tiny CIFAR-10."""
    random = np.random.default_rng(0)
    out = {}
    for name in NAMES:
        pixels = random.integers(0, 256, (M, 3072), dtype=np.uint8)
        labels = random.integers(0, 10, M).tolist()
        out[name] = (pixels, labels, python2_batch(pixels, labels))
    return out


def known(data):
    return len(data), hashlib.sha256(data).hexdigest()


def binary(pixels, labels):
    return np.concatenate([np.array(labels, np.uint8)[:, None], pixels], 1).tobytes()


BATCHES = small_set()


class Small(CIFAR10):
    """CIFAR-10 with 4 images a batch, and no mirror."""

    mirrors = ()
    pickles = {name: known(data) for name, (_, _, data) in BATCHES.items()}
    binaries = {name: known(binary(p, y)) for name, (p, y, _) in BATCHES.items()}


def lay_out(folder, kind):
    """The batches under ``folder`` in one of the accepted ways."""
    folder.mkdir(parents=True)
    if kind == "archive":
        with tarfile.open(folder / "cifar-10-python.tar.gz", "w:gz") as tar:
            for name, (_, _, data) in reversed(BATCHES.items()):
                member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return
    sub = folder / ("cifar-10-batches-bin" if kind == "binary" else "cifar-10-batches-py")
    sub.mkdir()
    for name, (pixels, labels, data) in BATCHES.items():
        if kind == "plain":
            (sub / name).write_bytes(data)
        elif kind == "xz":
            (sub / f"{name}.xz").write_bytes(lzma.compress(data))
        else:
            (sub / f"{name}.bin").write_bytes(binary(pixels, labels))


@pytest.mark.parametrize("kind", ["plain", "xz", "binary", "archive"])
@pytest.mark.parametrize("sub", ["cifar10", "."])
@pytest.mark.parametrize("train", [True, False])
def test_every_layout_gives_the_same(tmp_path, no_data, kind, sub, train):
    lay_out(tmp_path / "d" / sub if sub != "." else tmp_path / "d", kind)
    data = Small(tmp_path / "d", train=train, download=False)
    names = NAMES[:5] if train else NAMES[5:]
    pixels = np.concatenate([BATCHES[name][0] for name in names])
    assert data.targets.tolist() == sum((BATCHES[name][1] for name in names), [])
    assert data.data.shape == (len(pixels), 32, 32, 3) and data.data.dtype == np.uint8
    # pixel (row 2, column 5) of image 1: red, green and blue lie 1024 apart
    assert data.data.numpy()[1, 2, 5].tolist() == pixels[1, [69, 69 + 1024, 69 + 2048]].tolist()
    images, _ = data.get_batch(np.array([1, 0]))
    assert images.shape == (2, 3, 32, 32) and images.numpy().flags.c_contiguous
    np.testing.assert_array_equal(images.numpy().reshape(2, -1),
                                  pixels[[1, 0]].astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(data[1][0].numpy(), images.numpy()[0])
    np.testing.assert_array_equal(data.tensors()[0].numpy()[0], images.numpy()[1])


def test_missing(tmp_path, no_data):
    with pytest.raises(DataError, match="(?s)Small: not found.*MINIGRAD_DATA"):
        Small(tmp_path, download=False)
    with pytest.raises(DataError, match="no mirror"):
        Small(tmp_path)


@pytest.mark.parametrize("kind, text", [("plain", "truncated"), ("binary", "truncated"),
                                        ("xz", "truncated or corrupt"), ("archive", "truncated")])
def test_truncated_files_are_named(tmp_path, no_data, kind, text):
    lay_out(tmp_path / "d", kind)
    path = sorted(p for p in (tmp_path / "d").rglob("*") if p.is_file())[-1]
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataError, match=f"{path.name}.*{text}"):
        Small(tmp_path / "d", train=kind == "archive")    # the archive's last batches are missing


@pytest.mark.parametrize("kind", ["plain", "binary", "xz"])
def test_changed_bytes_are_named(tmp_path, no_data, kind):
    lay_out(tmp_path / "d", kind)
    (path,) = (tmp_path / "d").rglob("test_batch*")
    data = bytearray(lzma.decompress(path.read_bytes()) if kind == "xz" else path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(lzma.compress(data) if kind == "xz" else data)
    with pytest.raises(DataError, match="test_batch.*expected SHA-256"):
        Small(tmp_path / "d", train=False)
    path.unlink()
    with pytest.raises(DataError, match="test_batch.*No such file"):
        Small(tmp_path / "d", train=False)


def test_xz_bomb_is_not_unpacked(tmp_path, no_data):
    lay_out(tmp_path / "d", "xz")
    (path,) = (tmp_path / "d").rglob("test_batch.xz")
    path.write_bytes(lzma.compress(bytes(60_000_000)))
    with pytest.raises(DataError, match=f"expected {Small.pickles['test_batch'][0]} bytes, got more"):
        Small(tmp_path / "d", train=False)


def test_archive_without_a_batch_or_with_a_link(tmp_path, no_data):
    (tmp_path / "d").mkdir()
    with tarfile.open(tmp_path / "d" / "cifar-10-python.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        member.size = Small.pickles["test_batch"][0]
        tar.addfile(member)
        member = tarfile.TarInfo("../../escaped")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    with pytest.raises(DataError, match="without a good test_batch"):
        Small(tmp_path / "d", train=False)
    assert not list(tmp_path.rglob("escaped"))


def test_label_out_of_range(tmp_path, no_data, monkeypatch):
    data = python2_batch(BATCHES["test_batch"][0], [0, 1, 99, 3])
    monkeypatch.setattr(Small, "pickles", {"test_batch": known(data)})
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(data)
    with pytest.raises(DataError, match="label 2 is 99"):
        Small(tmp_path, train=False)


@pytest.mark.parametrize("train", [False])
def test_real_batch(real_data, train):
    data = CIFAR10(train=train, download=False)
    assert np.bincount(data.targets.numpy()).tolist() == [1000] * 10
    assert data.targets.tolist()[:5] == [3, 8, 8, 0, 6]
    assert data.data.numpy()[0, 0, 0].tolist() == [158, 112, 49]


# ── reading pickles ───────────────────────────────────────────────────────────────────────────────

def test_our_python2_pickle_is_a_real_one():
    pixels, labels, data = BATCHES["test_batch"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")       # of the old names of NumPy's modules
        loaded = pickle.loads(data, encoding="bytes")
    np.testing.assert_array_equal(loaded[b"data"], pixels)
    assert loaded[b"labels"] == labels


_plain = st.recursive(st.none() | st.booleans() | st.integers(-2**31, 2**31 - 1),
                      lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
                      | st.dictionaries(st.integers(0, 9), inner, max_size=3), max_leaves=12)


@given(_plain)
def test_plain_values_are_read_as_pickle_reads_them(value):
    assert read_plain_pickle(pickle.dumps(value, protocol=2), "x") == value


class Evil:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("function", [os.system, eval, builtins.__import__, getattr, pickle.loads])
def test_malicious_pickles_are_refused_and_not_run(tmp_path, protocol, function):
    witness = tmp_path / "was_run"
    argument = {"eval": f"open({str(witness)!r}, 'w')", "system": f"touch {witness}"}
    evil = pickle.dumps(Evil(function, argument.get(function.__name__, "os")), protocol)
    with pytest.raises(DataError, match="evil.bin: refused"):
        read_plain_pickle(evil, "evil.bin")
    assert not witness.exists()


@pytest.mark.parametrize("data, text", [
    (b"\x80\x02cos\nsystem\nU\x02ls\x85R.", "import 'os system'"),
    (b"\x80\x02cnumpy\nload\nU\x01x\x85R.", "import 'numpy load'"),
    (b"\x80\x02U\x02ls\x85U\x01aR.", "broken"),
    (b"\x80\x02}U\x01ab.", "broken"),
    (b"\x80\x02}K\x01K\x02s", "broken"), (b"\x80\x02K\x01", "broken"), (b"", "broken"),
    (b".", "broken"), (b"\x80\x02(.", "broken"),
    (b"\x80\x02]q\x01h\x01a.", "nested"), (b"\x80\x02cnumpy\nndarray\n.", "name where"),
    (b"\x80\x02h\x05.", "broken"),
    (b"\x80\x02e.", "broken"), (b"\x80\x02\x86.", "broken"),
    (b"\x80\x02Nr\xff\xff\xff\x7f.", "numbers 2147483647 values"),
    (b"\x80\x02cnumpy\ndtype\n}b.", "broken"), (b"\x80\x02cnumpy\ndtype\n)R.", "name where"),
    (b"\x80\x02cnumpy\ndtype\n)\x81.", "NEWOBJ"),
    (b"\x80\x02K\x01K\x02a.", "broken"), (b"\x80\x02]}K\x01s.", "broken"),
    (b"\x80\x02T\xff\xff\xff\x7fabc.", "broken"),
    (b"\x80\x02Pid\n.", "PERSID"), (b"\x80\x02\x82\x01.", "EXT1"),
    (b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.", "FRAME"),
    (b"\x80\x02" + numpy_array(b"abcd", (4,), dtype="O8") + b".", "not one of bytes"),
    (b"\x80\x02" + numpy_array(b"abcd", (4,), order=b"\x88") + b".", "not one of bytes"),
    (b"\x80\x02" + numpy_array(b"abcd", (5,)) + b".", "not one of bytes"),
])
def test_broken_and_foreign_pickles_are_refused(data, text):
    with pytest.raises(DataError, match=text):
        read_plain_pickle(data, "x")


def test_what_is_shared_is_made_once():
    """Forty pairs of the pair before would be 2⁴⁰ values, if each were made anew."""
    pairs = b"".join(b"q\x01h\x01\x86" for _ in range(40))
    value = read_plain_pickle(b"\x80\x02K\x07\x85" + pairs + b".", "x")
    for _ in range(40):
        assert value[0] is value[1]
        value = value[0]
    assert value == (7,)


@given(st.binary(max_size=60))
def test_random_bytes_never_do_more_than_raise(data):
    try:
        read_plain_pickle(b"\x80\x02" + data, "x")
    except DataError:
        pass


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_never_does_more_than_raise(at, value):
    data = bytearray(BATCHES["test_batch"][2])
    data[at] = value
    try:
        read_plain_pickle(bytes(data), "x")
    except DataError:
        pass
