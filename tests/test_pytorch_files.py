"""Files that torch.save wrote: read as PyTorch reads them, never run; whatever else is in them is refused."""
from __future__ import annotations

import collections
import io
import pickle
import struct
import warnings
import zipfile
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.errors import DataError

torch: Any = None
pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _torch() -> None:
    global torch
    torch = pytest.importorskip("torch")


FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before-1.6"])


def written(value: Any, zipped: bool = True, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=zipped, **options)
    return file.getvalue()


def read(content: bytes, **options: Any) -> Any:
    return minigrad.load(io.BytesIO(content), **options)


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minigrad.Tensor) and theirs.dtype == getattr(torch, ours.dtype.name)
        assert tuple(ours.shape) == tuple(theirs.shape) and ours.requires_grad == theirs.requires_grad
        assert np.array_equal(ours.detach().numpy(), theirs.detach().numpy())
        assert isinstance(ours, minigrad.nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
    elif isinstance(theirs, dict):
        assert list(map(str, ours)) == list(map(str, theirs)) and isinstance(ours, dict)
        assert isinstance(ours, collections.OrderedDict) == isinstance(theirs, collections.OrderedDict)
        for a, b in zip(ours.values(), theirs.values()):
            same(a, b)
    elif isinstance(theirs, (list, tuple)):
        assert isinstance(ours, type(theirs)) or isinstance(theirs, torch.Size)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            same(a, b)
    elif isinstance(theirs, torch.dtype):
        assert ours == getattr(minigrad, str(theirs).replace("torch.", "").replace("bool", "bool_"))
    elif isinstance(theirs, torch.device):
        assert str(ours) == str(theirs)
    else:
        assert ours == theirs and type(ours) is type(theirs)


def values() -> dict[str, Any]:
    x = torch.arange(24.0).reshape(2, 3, 4)
    return {
        "dtypes": [torch.tensor([0, 1, 2]).to(d) for d in (
            torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8,
            torch.uint8, torch.bool)],
        "layouts": [x.T if x.ndim == 2 else x.permute(2, 0, 1), x[:, 1], x[..., ::2], x[1, 2, 3], x[:0],
                    torch.ones(1).expand(4, 5), torch.tensor(7), torch.zeros(0, 3)],
        "parameter": torch.nn.Parameter(torch.randn(3)), "leaf": torch.ones(2, requires_grad=True),
        "frozen": torch.nn.Parameter(torch.ones(1), False),
        "plain": [1, -2, 10 ** 30, 2.5, float("inf"), "text ∂", None, True, (1, (2,)), [], {}, b"bytes"],
        "set": {1, 2, 3}, "counter": collections.Counter([1, 1, 2]), "size": torch.Size([2, 3]),
        "ordered": collections.OrderedDict(b=1, a=2), "dtype": torch.float16,
        "device": torch.device("cuda", 1),
        3: "int key", "shared": [x, x[0], x.view(-1)]}


@FORMS
@pytest.mark.parametrize("name", list(range(14)))
def test_whatever_is_plain_comes_back(name: int, zipped: bool) -> None:
    value = list(values().values())[name]
    same(read(written(value, zipped)), value)


@FORMS
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_all_of_it_at_once_in_every_protocol(zipped: bool, protocol: int) -> None:
    value = values()
    same(read(written(value, zipped, pickle_protocol=protocol)), value)


def test_tensors_share_memory_as_they_did() -> None:
    whole, part, flat = read(written(values()["shared"]))
    part._array[...] = -1
    assert flat[:12].tolist() == [-1.0] * 12 and whole[0, 0, 0].item() == -1


def test_bfloat16_becomes_float32_and_says_so() -> None:
    x = torch.tensor([1.0, -2.5, 3.14159, float("inf")]).bfloat16()
    for zipped in (True, False):
        with pytest.warns(UserWarning, match="1 tensors of bfloat16.* became float32"):
            y = read(written({"x": x}, zipped))["x"]
        assert y.dtype == minigrad.float32 and y.tolist() == x.float().tolist()


def nets(library: Any) -> Any:
    nn = library.nn
    return {"mlp": nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)),
            "cnn": nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(),
                                 nn.Linear(12, 2)),
            "lstm": nn.LSTM(4, 5, num_layers=2), "norm": nn.Sequential(nn.LayerNorm(4), nn.GELU()),
            "embedding": nn.Embedding(7, 3)}


INPUTS = {"mlp": np.ones((3, 4), np.float32), "cnn": np.ones((3, 1, 4, 4), np.float32),
          "lstm": np.ones((6, 2, 4), np.float32), "norm": np.arange(8, dtype=np.float32).reshape(2, 4),
          "embedding": np.array([[0, 6, 2]])}


@FORMS
@pytest.mark.parametrize("name", INPUTS)
def test_the_same_network_gives_pytorchs_outputs(name: str, zipped: bool, tmp_path: Any) -> None:
    theirs, ours = nets(torch)[name].eval(), nets(minigrad)[name].eval()
    torch.save(theirs.state_dict(), tmp_path / "net.pt", _use_new_zipfile_serialization=zipped)
    ours.load_state_dict(minigrad.load(tmp_path / "net.pt", map_location="cpu", weights_only=True))
    a, b = ours(minigrad.tensor(INPUTS[name])), theirs(torch.tensor(INPUTS[name]))
    a, b = (a[0], b[0]) if isinstance(b, tuple) else (a, b)
    assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "NAdam"])
def test_training_goes_on_from_a_checkpoint_of_pytorchs(name: str) -> None:
    start, options = np.random.default_rng(0).standard_normal((3, 2)), {"lr": 0.05}

    def step(library: Any, w: Any, optimizer: Any) -> None:
        optimizer.zero_grad()
        ((w - 1) ** 2).sum().backward()
        optimizer.step()
    w = torch.nn.Parameter(torch.tensor(start))
    optimizer = getattr(torch.optim, name)([w], **options)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 8], 0.5)
    for _ in range(5):
        step(torch, w, optimizer)
        schedule.step()
    saved = read(written({"epoch": 5, "w": w.data, "optimizer": optimizer.state_dict()}))
    v = minigrad.nn.Parameter(saved["w"])
    resumed = getattr(minigrad.optim, name)([v], lr=9.0)
    resumed.load_state_dict(saved["optimizer"])
    for _ in range(5):
        step(torch, w, optimizer)
        step(minigrad, v, resumed)
    assert saved["epoch"] == 5 and np.allclose(v.detach().numpy(), w.detach().numpy(), rtol=1e-10)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────

class Foreign:
    """Anything that isn't a tensor or a container."""


MARK: list[int] = []


class Runs:
    def __reduce__(self) -> Any:
        return MARK.append, (1,)


@FORMS
@pytest.mark.parametrize("make, message", [
    (lambda: Foreign(), "it wants to import '[a-z_. ]*test_pytorch_files Foreign'"),
    (lambda: Runs(), "refused"), (lambda: {"a": [Runs()]}, "refused"),
    (lambda: torch.nn.Linear(2, 2), r"(it wants to import 'torch.nn|refers to)"),
    (lambda: torch.ones(2, dtype=torch.complex64), "ComplexFloatStorage"),
    (lambda: torch.eye(2).to_sparse(), "sparse"),
    (lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "_rebuild_qtensor"),
    (lambda: np.float64(1.5), "numpy"), (lambda: np.ones(2), "numpy"), (lambda: print, "print"),
    (lambda: torch.Generator().get_state, "import|refused")])
def test_anything_else_is_refused_by_name_and_not_run(make: Any, message: str, zipped: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            content = written(make(), zipped)
        except Exception:
            pytest.skip("PyTorch does not save it")
    with pytest.raises(DataError, match=message):
        read(content)
    assert MARK == []


def test_uint16_and_float8_are_refused_by_name() -> None:
    for dtype in ("uint16", "uint32", "float8_e5m2"):
        with pytest.raises(DataError, match=dtype):
            read(written(torch.ones(2).to(getattr(torch, dtype))))


def test_a_torchscript_program_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = io.BytesIO()
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), file)
    with pytest.raises(DataError, match="TorchScript program"):
        read(file.getvalue())


# ── damage ────────────────────────────────────────────────────────────────────────────────────────

@FORMS
def test_cut_off_anywhere_it_is_an_error_with_a_name(zipped: bool, tmp_path: Any) -> None:
    content = written({"w": torch.arange(50.0), "n": 3}, zipped)
    path = tmp_path / "cut.pt"
    for end in [*range(0, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:end])
        with pytest.raises(DataError, match="cut.pt"):
            minigrad.load(path)


@FORMS
def test_flipped_bytes_are_an_error_or_leave_a_plain_value(zipped: bool) -> None:
    content = written({"w": torch.arange(6.0).reshape(2, 3), "n": [1, (2, "x")]}, zipped)
    rng = np.random.default_rng(0)
    for _ in range(600):
        broken = bytearray(content)
        for at in rng.integers(0, len(content), rng.integers(1, 4)):
            broken[at] = rng.integers(0, 256)
        try:
            value = read(bytes(broken))
        except DataError:
            continue
        except MemoryError as error:
            raise AssertionError("memory was asked for before the sizes were checked") from error
        assert isinstance(value, (dict, list, tuple, str, int, float, type(None), minigrad.Tensor))


def altered(content: bytes, change: Any, compress: int = zipfile.ZIP_STORED) -> bytes:
    """The archive with entries changed: change(name, data) → data, or a list of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", compress) as new, \
            warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in old.namelist():
            data = change(name, old.read(name))
            for part in data if isinstance(data, list) else [data]:
                new.writestr(name, part)
    return out.getvalue()


def rebuilt(offset: Any, size: Any, stride: Any, count: int = 6) -> bytes:
    """A file with a tensor of this geometry over a storage of six numbers."""
    def number(n: int) -> bytes:
        return b"J" + struct.pack("<i", n) if -2 ** 31 <= n < 2 ** 31 else \
            b"\x8a\x08" + n.to_bytes(8, "little", signed=True)

    def numbers(values: Any) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"
    pickled = (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
               b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + number(count) + b"tQ"
               + number(offset)
               + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)RtR.")
    return altered(written(torch.arange(6.0)),
                   lambda name, data: pickled if name.endswith("data.pkl") else data)


def test_the_geometry_of_a_tensor_is_checked() -> None:
    assert read(rebuilt(1, (2, 2), (3, 1))).tolist() == [[1.0, 2.0], [4.0, 5.0]]
    assert read(rebuilt(0, (4, 3), (0, 1))).shape == (4, 3)
    for bad in [(0, (7,), (1,)), (5, (2,), (1,)), (0, (2, 2), (5, 1)), (-1, (2,), (1,)), (0, (-2,), (1,)),
                (0, (2,), (-1,)), (0, (2, 2), (1,)), (0, (2 ** 40,), (1,)), (0, (2,), (2 ** 62,)),
                (2 ** 62, (1,), (1,)), (0, (1,) * 40, (1,) * 40), (7, (0, 2 ** 62), (1, 1))]:
        with pytest.raises(DataError, match="broken|complete"):
            read(rebuilt(*bad))
    with pytest.raises(DataError, match="storage 0 has 24 bytes, expected 7 × 4"):
        read(rebuilt(0, (2,), (1,), count=7))


def test_archives_that_are_not_as_torch_save_writes_them() -> None:
    content = written({"w": torch.zeros(1000)})
    for change, compress, message in [
            (lambda name, data: data, zipfile.ZIP_DEFLATED, "compressed"),
            (lambda name, data: [data, data] if name.endswith("data.pkl") else data, 0, "one name"),
            (lambda name, data: b"big" if name.endswith("byteorder") else data, 0, "big-endian"),
            (lambda name, data: data[:-1] if name.endswith("data/0") else data, 0, "has 3999 bytes"),
            (lambda name, data: [] if name.endswith("data/0") else data, 0, "data/0"),
            (lambda name, data: [] if name.endswith("data.pkl") else data, 0, "0 pickles")]:
        with pytest.raises(DataError, match=message):
            read(altered(content, change, compress))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/data.pkl", b"\x80\x02}.")
    with pytest.raises(DataError, match="0 pickles"):
        read(out.getvalue())


def test_a_count_that_the_file_does_not_hold() -> None:
    content = bytearray(written(torch.arange(6.0), zipped=False))
    at = len(content) - 24 - 8
    assert int.from_bytes(content[at:at + 8], "little") == 6
    content[at:at + 8] = (2 ** 60).to_bytes(8, "little")
    with pytest.raises(DataError, match="more than the file holds"):
        read(bytes(content))


def test_values_that_contain_themselves_and_bombs_of_references() -> None:
    def pickled(data: bytes) -> bytes:
        return altered(written(1), lambda name, old: data if name.endswith("data.pkl") else old)
    with pytest.raises(DataError, match="nested too deeply"):
        read(pickled(b"\x80\x02]q\x00h\x00a."))
    laughs = b"\x80\x02](K\x01K\x01eq\x00" + b"".join(
        b"](h%ch%ceq%c" % (k, k, k + 1) for k in range(60)) + b"."
    assert len(read(pickled(laughs))) == 2


# ── open files and options ────────────────────────────────────────────────────────────────────────

def test_open_files_and_options(tmp_path: Any) -> None:
    file = io.BytesIO()
    minigrad.save({"w": minigrad.ones(2), "n": 1}, file)
    for options in ({}, {"map_location": "cpu"}, {"map_location": minigrad.device("cpu")},
                    {"map_location": lambda storage, location: storage}, {"map_location": {"cuda:0": "cpu"}},
                    {"weights_only": False}, {"mmap": True}):
        file.seek(0)
        assert minigrad.load(file, **options)["w"].tolist() == [1.0, 1.0]
    with open(tmp_path / "w", "wb") as out:
        minigrad.save([minigrad.ones(1)], out, pickle_protocol=4)
    with open(tmp_path / "w", "rb") as source:
        assert minigrad.load(source)[0].tolist() == [1.0]
    with open(tmp_path / "w", encoding="latin-1") as text, pytest.raises(DataError, match="reading text"):
        minigrad.load(text)
    with pytest.raises(NotImplementedError, match="load: pickle_module"):
        minigrad.load(file, pickle_module=pickle)
    with pytest.raises(DataError, match="the open file is a pickle"):
        minigrad.load(io.BytesIO(pickle.dumps({"a": 1})))


def test_a_file_that_minigrad_wrote_and_pytorch_reads_as_safetensors(tmp_path: Any) -> None:
    from safetensors.torch import load_file
    minigrad.save({"w": minigrad.ones(2, 3)}, tmp_path / "w.safetensors")
    assert load_file(tmp_path / "w.safetensors")["w"].tolist() == [[1.0] * 3] * 2
