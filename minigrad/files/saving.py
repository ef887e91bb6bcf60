"""Saving and loading tensors as safetensors: nothing that could run code, never half a file.

A flat dict of tensors becomes an ordinary safetensors file that PyTorch and others read. A nested
value (dicts and lists of tensors, numbers, strings, None) is stored in the same format: its tensors
under their paths, its structure as JSON in the file's metadata. Files of ``torch.save`` are read, too.
"""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse, save as serialize

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Device, is_array, to_numpy
from ..errors import DTypeError, DataError
from ..errors.options import EITHER, refuses
from .folders import whole_file
from .pytorch_files import is_pytorch_file, read_pytorch_file
from .writing import write_atomically

STRUCTURE = "minigrad"


@refuses(pickle_module=None, pickle_protocol=EITHER, _use_new_zipfile_serialization=EITHER)
def save(value: Any, path: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write tensors to a file, all or nothing: an existing file stays until the new one is complete.

    Args:
        value: a dict of tensors such as ``model.state_dict()``, or nested dicts and lists of tensors,
            numbers, strings, booleans and None.
        path: any file name, or a file that is open for writing bytes.

    Raises DTypeError for other types, DataError when the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     minigrad.save({"w": minigrad.ones(2), "epoch": 3}, folder + "/run.safetensors")
    ...     minigrad.load(folder + "/run.safetensors")
    {'w': tensor([1., 1.]), 'epoch': 3}
    """
    tensors: dict[str, np.ndarray] = {}
    structure = _take_apart(value, "", tensors)
    flat = isinstance(value, dict) and all(
        isinstance(key, str) and structure["dict"][i][1] == {"tensor": key}
        for i, key in enumerate(value))
    metadata = None if flat else {STRUCTURE: json.dumps(structure)}
    content = serialize(tensors, metadata=metadata)
    if hasattr(path, "write"):
        path.write(content)
    else:
        write_atomically(path, content)


@refuses(pickle_module=None, weights_only=EITHER, mmap=EITHER)
def load(path: str | os.PathLike[str] | IO[bytes], map_location: Any = None) -> Any:
    """Read what ``save`` wrote, any safetensors file (a dict of tensors), or a file of ``torch.save``.

    Args:
        path: a file name, or a file that is open for reading bytes.
        map_location: the device that the tensors come to (a device or its name); the CPU otherwise, also for
            a dict or a function, as PyTorch takes them.

    Of a file of ``torch.save`` tensors and plain containers are read. Nothing in it is run, so weights_only
    makes no difference. Raises DataError that names the file when it is missing, truncated, of another kind,
    or holds anything else.

    >>> from tempfile import TemporaryDirectory
    >>> model, other = minigrad.nn.Linear(2, 1), minigrad.nn.Linear(2, 1)
    >>> with TemporaryDirectory() as folder:
    ...     minigrad.save(model.state_dict(), folder + "/weights.safetensors")
    ...     other.load_state_dict(minigrad.load(folder + "/weights.safetensors"))
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    if hasattr(path, "read"):
        content, name = path.read(), str(getattr(path, "name", "the open file"))
        if not isinstance(content, bytes):
            raise DataError(f"load: {name} is open for reading text. Open it for bytes: open(path, 'rb').")
    else:
        content, name = whole_file(Path(path), "load"), str(Path(path))
    value = read_pytorch_file(content, f"load: {name}") if is_pytorch_file(content) \
        else _parsed(content, name)
    if isinstance(map_location, (str, Device)) and Device(map_location) != Device("cpu"):
        return _moved(value, Device(map_location))
    return value


def _parsed(content: bytes, name: str) -> Any:
    """The value in the bytes of a safetensors file."""
    try:
        arrays = parse(content)
        header = json.loads(content[8:8 + int.from_bytes(content[:8], "little")])
        tensors = {key: wrap(arrays[key]) for key in header if key in arrays}       # in the file's order
        text = (header.get("__metadata__") or {}).get(STRUCTURE)
        return tensors if text is None else _put_together(json.loads(text), tensors)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if content[:1] == b"\x80" and content[8:9] != b"{":
            raise DataError(f"load: {name} is a pickle, which can run any code when it is loaded. Save "
                            "tensors and plain containers instead: minigrad.save, or torch.save.") from None
        raise DataError(f"load: {name} is not a complete safetensors file ({len(content)} bytes: {error}). "
                        "It may be truncated; save or download it again.") from None


def _moved(value: Any, device: Device) -> Any:
    """The same value with its tensors on a device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return type(value)((key, _moved(part, device)) for key, part in value.items())
    if type(value) in (list, tuple):
        return type(value)(_moved(part, device) for part in value)
    return value


def _take_apart(value: Any, path: str, tensors: dict[str, np.ndarray]) -> Any:
    """The structure of ``value`` as JSON; its tensors go into ``tensors`` under their paths."""
    if isinstance(value, Tensor) or is_array(value):
        array = array_of(value)
        while path in tensors:                  # {"a": {"b": …}, "a.b": …}: two tensors, one path
            path += "'"
        tensors[path] = np.asarray(to_numpy(array), order="C")
        return {"tensor": path}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, int)):
                raise DTypeError(f"save: dict keys must be strings or ints, got {key!r}.")
        return {"dict": [[key, _take_apart(v, f"{path}.{key}" if path else str(key), tensors)]
                         for key, v in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_take_apart(v, f"{path}.{i}" if path else str(i), tensors)
                       for i, v in enumerate(value)]}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    raise DTypeError(f"save: {path or 'the value'} is a {type(value).__name__}; only tensors, numbers, "
                     "strings, None, dicts and lists can be saved.")


def _put_together(structure: dict[str, Any], tensors: dict[str, Tensor]) -> Any:
    """The inverse of ``_take_apart``."""
    (kind, content), = structure.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: _put_together(v, tensors) for key, v in content}
    if kind in ("list", "tuple"):
        items = [_put_together(v, tensors) for v in content]
        return items if kind == "list" else tuple(items)
    if kind != "value":
        raise ValueError(f"unknown kind {kind!r} in the structure")
    return content
