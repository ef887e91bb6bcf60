"""Reading the files that ``torch.save`` writes (.pt, .pth), without running anything in them.

Such a file is a zip archive: data.pkl, a pickle of the value, in which each tensor refers to a storage, and
the storages, data/0, data/1 …, as raw bytes. Before version 1.6 all of it stood in one file, pickle after
pickle, the storages last. ``plain_pickle`` reads the pickle; here stands what is made of its names: tensors
and plain containers. Everything else is refused by its name, and so are sizes that the file doesn't hold,
before anything of that size is allocated.
"""
from __future__ import annotations

import io
import math
import pickletools
import warnings
import zipfile
from collections import Counter, OrderedDict
from typing import Any, Callable, NamedTuple

import numpy as np

from ..autograd import Size, Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import Device
from ..errors import DataError
from ..nn.parameter import Parameter
from .plain_pickle import INSTRUCTIONS, Grammar, Maker, Noted, read_plain_pickle

MAGIC = 0x1950A86A20F9469CFC6C          # the first number of a file before version 1.6
MOST_DIMENSIONS = 32                    # of a NumPy 1 array
MORE = INSTRUCTIONS | frozenset(
    "BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINFLOAT LONG1 LONG4 BINPERSID STACK_GLOBAL MEMOIZE FRAME "
    "EMPTY_SET ADDITEMS BINBYTES SHORT_BINBYTES".split())
WORDS = "tensors, numbers, strings, dicts, lists and tuples (save weights, not a model: model.state_dict())"

#: Element types by the names of PyTorch's storages.
STORAGES = {"Float": "float32", "Double": "float64", "Half": "float16", "Long": "int64", "Int": "int32",
            "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool", "BFloat16": "bfloat16"}
BFLOAT16 = "bfloat16"                   # NumPy has no such dtype


class Storage(NamedTuple):
    """Raw bytes, writable, and what they are."""

    data: bytearray
    dtype: str

    def array(self, dtype: str) -> np.ndarray:
        """The elements, (n,); bfloat16 as float32, of which it is the upper half."""
        if dtype != BFLOAT16:
            return np.frombuffer(self.data, np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False)
        halves = np.frombuffer(self.data, "<u2").astype(np.uint32)
        return (halves << np.uint32(16)).view(np.float32)


class _File:
    """One file as it is read: where its storages are, and the arrays that were made of them."""

    def __init__(self, storage: Callable[[str], bytearray]) -> None:
        self.storage = storage
        self.arrays: dict[tuple[str, str], np.ndarray] = {}
        self.converted = 0

    def stored(self, noted: Noted, made: Callable[[Any], Any]) -> Any:
        """("storage", type, key, device, count) → what a tensor is cut from."""
        parts = noted.arguments[0]
        if not isinstance(parts, tuple) or len(parts) < 5 or parts[0] != "storage":
            raise ValueError(f"it refers to {str(parts)[:60]!r} outside of the pickle")
        if len(parts) > 5 and parts[5] is not None:
            raise ValueError("it holds a view of a storage, in the form of a very old PyTorch")
        kind, key = made(parts[1]), str(parts[2])
        return kind, key, parts[4]

    def tensor(self, noted: Noted, made: Callable[[Any], Any]) -> Tensor:
        """_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks), or v3 with a dtype."""
        (kind, key, count), offset, size, stride, *rest = map(made, noted.arguments)
        dtype = str(rest[2]) if noted.name.endswith("_v3") else kind
        if dtype not in STORAGES.values():
            raise ValueError(f"a tensor of {dtype}, which minigrad does not have")
        x = wrap(_strided(self.elements(key, dtype, count if kind == dtype else None), offset, size, stride))
        self.converted += dtype == BFLOAT16
        if rest and rest[0] is True:
            x.requires_grad = True
        return x

    def elements(self, key: str, dtype: str, count: Any) -> np.ndarray:
        """The elements of a storage; its size is checked."""
        if (key, dtype) not in self.arrays:
            data, width = self.storage(key), 2 if dtype == BFLOAT16 else np.dtype(dtype).itemsize
            if len(data) % width or count is not None and count != len(data) // width:
                raise ValueError(f"storage {key} has {len(data)} bytes, expected {count} × {width}")
            self.arrays[key, dtype] = Storage(data, dtype).array(dtype)
        return self.arrays[key, dtype]

    def grammar(self) -> Grammar:
        """What such a pickle may hold, and what is made of it."""
        makers: dict[str, Maker | None] = {
            "stored outside": self.stored,
            "torch._utils _rebuild_tensor": self.tensor, "torch._utils _rebuild_tensor_v2": self.tensor,
            "torch._utils _rebuild_tensor_v3": self.tensor,
            "torch._utils _rebuild_parameter": _parameter,
            "torch._utils _rebuild_parameter_with_state": _parameter,
            "collections OrderedDict": _ordered, "collections Counter": _counter,
            "torch Size": lambda noted, made: Size(made(noted.arguments[0])),
            "torch device": lambda noted, made: Device(":".join(map(str, made(noted.arguments)))),
            "__builtin__ set": _set, "builtins set": _set,
            "_codecs encode": lambda noted, made: str(noted.arguments[0]).encode("latin-1")}
        return Grammar(WORDS, MORE, makers, CONSTANTS)


def _strided(whole: np.ndarray, offset: Any, size: Any, stride: Any) -> np.ndarray:
    """A view of the elements; ValueError for one that reaches beyond them."""
    numbers = (offset, *size, *stride)
    if not all(type(n) is int and n >= 0 for n in numbers) or len(size) != len(stride) \
            or len(size) > MOST_DIMENSIONS:
        raise ValueError(f"a tensor of shape {size!r:.60} with strides {stride!r:.60} from {offset!r:.20}")
    entries = math.prod(size)
    if not entries:
        return np.empty(size, whole.dtype)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride))
    if last >= whole.size:
        raise ValueError(f"a tensor reaches to element {last} of a storage of {whole.size}")
    steps = [step * whole.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(whole[offset:], size, steps, writeable=entries <= whole.size)


def _parameter(noted: Noted, made: Callable[[Any], Any]) -> Any:
    data, requires_grad, *_ = map(made, noted.arguments)
    return Parameter(data.detach(), bool(requires_grad) and data.is_floating_point())


def _ordered(noted: Noted, made: Callable[[Any], Any]) -> Any:
    """An OrderedDict; the state that PyTorch hangs on it, versions of modules, is left out."""
    pairs = made(noted.arguments[0]) if noted.arguments else []
    return OrderedDict([*pairs, *((made(k), made(v)) for k, v in noted.items)])


def _counter(noted: Noted, made: Callable[[Any], Any]) -> Any:
    return Counter({**(made(noted.arguments[0]) if noted.arguments else {}),
                    **{made(k): made(v) for k, v in noted.items}})


def _set(noted: Noted, made: Callable[[Any], Any]) -> Any:
    return set(made(noted.arguments[0]) if noted.arguments else [])


CONSTANTS: dict[str, Any] = {
    **{f"torch {name}Storage": dtype for name, dtype in STORAGES.items()},
    "torch.storage UntypedStorage": "untyped", "torch UntypedStorage": "untyped",
    **{f"torch {name}": name if name == BFLOAT16 else np.dtype(name) for name in STORAGES.values()}}


def is_pytorch_file(content: bytes) -> bool:
    """Whether it looks like a file of ``torch.save``, of either form."""
    return content[:4] == b"PK\x03\x04" and content[8:9] != b"{" or content[:1] == b"\x80" \
        and MAGIC.to_bytes(10, "little") in content[:32]


def read_pytorch_file(content: bytes, what: str) -> Any:
    """The value in a file of ``torch.save``: tensors, numbers, strings, dicts, lists, tuples, sets.

    Tensors of bfloat16 become float32, with a warning. Raises DataError, which names the file, for anything
    else in it, and for a damaged file.
    """
    try:
        value, file = (_from_zip if content[:2] == b"PK" else _from_pickles)(content, what)
    except DataError:
        raise
    except Exception as error:          # zipfile and pickletools raise whatever the damage leads them to
        raise DataError(f"{what}: is not a complete file of torch.save ({error}). It may be truncated; save "
                        "or download it again.") from None
    if file.converted:
        warnings.warn(f"{what}: {file.converted} tensors of bfloat16, which NumPy doesn't have, became "
                      "float32. Their values are the same.", stacklevel=3)
    return value


def _from_zip(content: bytes, what: str) -> tuple[Any, _File]:
    """The archive of version 1.6 and later."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {info.filename: info for info in archive.infolist()}
        if len(entries) != len(archive.infolist()):
            raise ValueError("two of its entries have one name")
        pickles = [name for name in entries if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickles) != 1:
            raise ValueError(f"it holds {len(pickles)} pickles named data.pkl, expected one")
        root = pickles[0].partition("/")[0]
        if f"{root}/constants.pkl" in entries:
            raise DataError(f"{what}: refused, it is a TorchScript program, which is code. Save the weights: "
                            "torch.save(model.state_dict(), path).")
        if sum(info.file_size for info in entries.values()) > len(content) \
                or any(info.compress_type != zipfile.ZIP_STORED for info in entries.values()):
            raise ValueError("its entries are compressed, or claim to be larger than the file")
        if f"{root}/byteorder" in entries and archive.read(f"{root}/byteorder") != b"little":
            raise ValueError("its numbers are in big-endian order")
        file = _File(lambda key: bytearray(archive.read(f"{root}/data/{key}")))
        return read_plain_pickle(archive.read(pickles[0]), what, file.grammar()), file


def _from_pickles(content: bytes, what: str) -> tuple[Any, _File]:
    """The form before version 1.6: magic number, version, system, value, keys; then the storages.

    Each storage is a count and the elements, so that what an element is must be known to find the next one:
    the value is read a first time for that.
    """
    stream, ends = io.BytesIO(content), [0]
    for _ in range(5):
        for _instruction in pickletools.genops(stream):
            pass
        ends.append(stream.tell())
    magic, version, system, pickled, keys = (content[a:b] for a, b in zip(ends, ends[1:]))
    plain = Grammar("numbers and strings", MORE, {})
    head = [read_plain_pickle(part, what, plain) for part in (magic, version, system, keys)]
    if head[:2] != [MAGIC, 1001] or not isinstance(head[2], dict) or head[2].get("little_endian") is not True:
        raise ValueError("its head is not that of torch.save on a little-endian machine")
    sizing = _Sizing()
    read_plain_pickle(pickled, what, sizing.grammar())
    at, places = ends[-1], {}
    for key in map(str, head[3]):
        count = int.from_bytes(content[at:at + 8], "little")
        places[key] = (at + 8, at + 8 + count * sizing.widths.get(key, 1))
        at = places[key][1]
        if at > len(content):
            raise ValueError(f"storage {key} claims {count} elements, more than the file holds")
    file = _File(lambda key: bytearray(content[slice(*places[key])]))
    return read_plain_pickle(pickled, what, file.grammar()), file


class _Sizing(_File):
    """The first reading: only the element sizes of the storages are noted."""

    def __init__(self) -> None:
        super().__init__(lambda key: bytearray())
        self.widths: dict[str, int] = {}

    def tensor(self, noted: Noted, made: Callable[[Any], Any]) -> Any:
        (kind, key, _), *_ = map(made, noted.arguments)
        self.widths[key] = 2 if kind == BFLOAT16 else np.dtype(kind).itemsize
        return wrap(np.zeros(0, np.float32))
