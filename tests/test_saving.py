"""Saving: what comes back, what is refused, and that an old file survives a failed save."""
import errno
import io
import json
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.files import replacing, saving
from minigrad.errors import DataError, DTypeError

NESTED = {"model": {"weight": minigrad.ones(2, 3), "count": minigrad.tensor(7)},
          "list": [1, 2.5, "text", None, True, minigrad.tensor([1.0])], "tuple": (1, (2, minigrad.zeros(0))),
          3: "int key", "3": minigrad.tensor(1.5, dtype=minigrad.float64), "empty": {}, "none": []}


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, minigrad.Tensor):
        assert a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a.numpy(), b.numpy())
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            same(x, y)
    else:
        assert a == b


def test_round_trip_of_a_nested_value(tmp_path):
    minigrad.save(NESTED, tmp_path / "file")
    same(minigrad.load(tmp_path / "file"), NESTED)


@pytest.mark.parametrize("value", [minigrad.tensor(3.0), [], {}, 5, None, "text", float("inf"),
                                   {"a": {"b": minigrad.ones(1)}, "a.b": minigrad.zeros(1)},
                                   {"a": minigrad.ones(2), "b": 1}, {"": minigrad.ones(1)},
                                   [[minigrad.ones(1)], minigrad.ones(2)]], ids=str)
def test_round_trip_of_corner_cases(value, tmp_path):
    minigrad.save(value, tmp_path / "file")
    same(minigrad.load(tmp_path / "file"), value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int16", "int32", "int64",
                                   "uint8", "bool"])
def test_every_dtype_and_layout(dtype, tmp_path):
    x = minigrad.tensor(np.arange(6).reshape(2, 3).astype(dtype))
    value = {"x": x, "turned": x.T, "reversed": minigrad.tensor(x.numpy()[::-1]), "0-d": x[0, 0],
             "wide": x[:1].expand(4, 3), "empty": x[:0]}
    minigrad.save(value, tmp_path / "file")
    loaded = minigrad.load(tmp_path / "file")
    assert list(loaded) == list(minigrad.load(tmp_path / "file"))       # the file's own order, every time
    same({key: loaded[key] for key in value}, value)
    for tensor in loaded.values():
        tensor.fill_(1)                             # what was loaded can be written to


def test_a_state_dict_is_an_ordinary_safetensors_file(tmp_path):
    from safetensors.numpy import load_file, save_file
    model = nn.Linear(3, 2)
    minigrad.save(model.state_dict(), tmp_path / "a.safetensors")
    arrays = load_file(tmp_path / "a.safetensors")
    assert list(arrays) == ["bias", "weight"] or list(arrays) == ["weight", "bias"]
    assert np.array_equal(arrays["weight"], model.weight.detach().numpy())
    save_file({"x": np.ones(3, np.float32)}, tmp_path / "b.safetensors", metadata={"format": "pt"})
    assert minigrad.load(tmp_path / "b.safetensors")["x"].tolist() == [1, 1, 1]


def test_any_length_of_header_is_read(tmp_path):
    """640 bytes begin with 80 02, as a pickle of protocol 2 does."""
    lengths = set()
    for count in range(570, 590):
        minigrad.save({"n" * count: minigrad.ones(1)}, tmp_path / "file")
        lengths.add((tmp_path / "file").read_bytes()[:2])
        assert minigrad.load(tmp_path / "file")["n" * count].tolist() == [1]
    assert b"\x80\x02" in lengths


@pytest.mark.parametrize("value", [{"a": object()}, {"a": lambda: 0}, {1.5: 1}, {"a": {1, 2}}, 1j, b"bytes"])
def test_other_types_are_refused_before_anything_is_written(value, tmp_path):
    with pytest.raises(DTypeError, match="save: "):
        minigrad.save(value, tmp_path / "file")
    assert not list(tmp_path.iterdir())


# ── files that are not right ──────────────────────────────────────────────────────────────────────

def test_truncated_at_every_length(tmp_path):
    path = tmp_path / "weights"
    minigrad.save({"x": minigrad.ones(4), "y": minigrad.zeros(2, 2)}, path)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match="weights"):
            minigrad.load(path)
    path.write_bytes(content + b"more")
    with pytest.raises(DataError):
        minigrad.load(path)


def test_corrupt_headers(tmp_path):
    path = tmp_path / "weights"
    minigrad.save({"x": [minigrad.ones(4)]}, path)
    content = path.read_bytes()
    for wrong in (b"", b"\x00" * 100, os.urandom(64), struct.pack("<Q", 2**62) + content[8:],
                  content.replace(b"F32", b"F99"), content.replace(b'"shape":[4]', b'"shape":[5]'),
                  content.replace(b"list", b"lost"), content.replace(b'\\"tensor\\"', b'\\"tentor\\"')):
        assert wrong != content
        path.write_bytes(wrong)
        with pytest.raises(DataError, match="weights"):
            minigrad.load(path)


def test_a_structure_of_another_program_is_refused(tmp_path):
    from safetensors.numpy import save_file
    for text in ("no json", json.dumps({"tensor": "missing"}), json.dumps([1]), json.dumps({"dict": 3})):
        save_file({"x": np.ones(1)}, tmp_path / "file", metadata={saving.STRUCTURE: text})
        with pytest.raises(DataError):
            minigrad.load(tmp_path / "file")


class Bomb:
    """Unpickled, it would leave a trace."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_pickles_are_refused_and_never_run(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Bomb(), protocol=protocol))
    with pytest.raises(DataError, match="pickle" if protocol >= 2 else "safetensors"):
        minigrad.load("model.pt")
    assert not (tmp_path / "exploded").exists()


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(DataError, match="nowhere: No such file"):
        minigrad.load(tmp_path / "nowhere")
    with pytest.raises(DataError):
        minigrad.load(tmp_path)
    minigrad.save({"x": minigrad.ones(1)}, tmp_path / "new" / "folder" / "file")
    assert minigrad.load(tmp_path / "new" / "folder" / "file")["x"].tolist() == [1]


# ── all or nothing ────────────────────────────────────────────────────────────────────────────────

def saved_before(tmp_path):
    path = tmp_path / "weights"
    minigrad.save({"x": minigrad.tensor([1.0])}, path)
    return path


def only_the_old_file(path):
    return [p.name for p in path.parent.iterdir()] == [path.name] and minigrad.load(path)["x"].tolist() == [1]


@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(place, tmp_path, monkeypatch):
    path = saved_before(tmp_path)

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(saving.os, place, full)
    with pytest.raises(DataError, match="No space left on device.*older file.*unchanged"):
        minigrad.save({"x": minigrad.tensor([2.0])}, path)
    monkeypatch.undo()
    assert only_the_old_file(path)


def test_a_disk_that_fills_while_writing(tmp_path, monkeypatch):
    path = saved_before(tmp_path)

    class Full(io.FileIO):
        def write(self, content):
            super().write(content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(replacing, "open", lambda path, mode: Full(path, mode[0]), raising=False)
    with pytest.raises(DataError, match="No space left"):
        minigrad.save({"x": minigrad.tensor([2.0])}, path)
    monkeypatch.undo()
    assert only_the_old_file(path)


def test_an_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    path = saved_before(tmp_path)

    def interrupt(*args):
        raise KeyboardInterrupt
    monkeypatch.setattr(saving.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        minigrad.save({"x": minigrad.tensor([2.0])}, path)
    monkeypatch.undo()
    assert only_the_old_file(path)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    path = saved_before(tmp_path)
    with pytest.raises(DataError, match="could not be written"):
        minigrad.save({"x": minigrad.ones(1)}, path / "below" / "a_file")
    if os.geteuid() == 0:                           # root may write everywhere: let the system refuse
        def refuse(*args, **kwargs):
            raise PermissionError(errno.EACCES, "Permission denied")
        monkeypatch.setattr(replacing, "open", refuse, raising=False)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DataError, match="Permission denied"):
            minigrad.save({"x": minigrad.tensor([2.0])}, path)
    finally:
        tmp_path.chmod(0o700)
    monkeypatch.undo()
    assert only_the_old_file(path)


def test_the_target_may_not_be_a_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError):
        minigrad.save({"x": minigrad.ones(1)}, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows kills in another way")
def test_what_a_killed_save_left_is_removed_by_the_next(tmp_path):
    path = saved_before(tmp_path)
    code = ("import minigrad, os, signal, sys; os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
            "minigrad.save({'x': minigrad.zeros(1000)}, sys.argv[1])")
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 2
    minigrad.save({"x": minigrad.tensor([1.0])}, path)
    assert only_the_old_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_device_or_a_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe could not be written: .*a device or a pipe"):
        minigrad.save({"x": minigrad.ones(1)}, tmp_path / "pipe")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and os.listdir(tmp_path) == ["pipe"]


def test_a_zero_byte_in_a_path_is_an_error_with_a_name(tmp_path):
    with pytest.raises(DataError, match="load: .*null (byte|character)"):
        minigrad.load(f"{tmp_path}/a\0b")
    with pytest.raises(DataError, match="save: .*null (byte|character)"):
        minigrad.save({"x": minigrad.ones(1)}, f"{tmp_path}/a\0b")
    assert not list(tmp_path.iterdir())


def test_deeply_nested_metadata_is_an_error_with_a_name(tmp_path):
    from safetensors.numpy import save_file
    for text in ("[" * 100_000, '{"list": [' * 20_000 + "0" + "]}" * 20_000):
        save_file({"x": np.ones(1)}, tmp_path / "deep", metadata={"minigrad": text})
        with pytest.raises(DataError, match="deep is not a complete safetensors file"):
            minigrad.load(tmp_path / "deep")


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        minigrad.save({"x": minigrad.ones(1)}, tmp_path / "file")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


# ── PyTorch ───────────────────────────────────────────────────────────────────────────────────────

def cnn(nn):
    """The convolutional network for MNIST, the same listing for both libraries."""
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 5 * 5, 128), nn.ReLU(),
                         nn.Linear(128, 10))


@pytest.mark.torch
def test_weights_travel_to_pytorch_and_back(tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    images = np.random.default_rng(0).random((16, 1, 28, 28), np.float32)

    def logits(model, library):
        return model(library.tensor(images)).detach().numpy()
    ours, theirs = cnn(nn), cnn(torch.nn)
    before = logits(theirs, torch)
    minigrad.save(ours.state_dict(), tmp_path / "ours.safetensors")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors"))
    assert np.abs(logits(theirs, torch) - logits(ours, minigrad)).max() < 1e-5
    assert np.abs(logits(theirs, torch) - before).max() > 1e-3

    fresh = cnn(torch.nn)
    safetensors.save_file(fresh.state_dict(), tmp_path / "theirs.safetensors")
    ours.load_state_dict(minigrad.load(tmp_path / "theirs.safetensors"))
    assert np.abs(logits(fresh, torch) - logits(ours, minigrad)).max() < 1e-5


@pytest.mark.torch
def test_bfloat16_is_refused_by_name(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file
    save_file({"x": torch.ones(2, dtype=torch.bfloat16)}, tmp_path / "half")
    with pytest.raises(DataError, match="half"):
        minigrad.load(tmp_path / "half")
