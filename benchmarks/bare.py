"""minigrad where safetensors and tqdm are not installed: the little of them that a measurement needs.

``install()`` puts modules of these names where Python finds none: the file format of safetensors, written
out, and a progress bar that shows nothing. Installed packages stay what they are.
"""
from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any, Iterator

import numpy as np

NAMES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I8": np.int8, "I16": np.int16,
         "I32": np.int32, "I64": np.int64, "U8": np.uint8, "BOOL": np.bool_}


class SafetensorError(Exception):
    """The bytes are no safetensors file."""


def save(tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    """Eight bytes with the header's length, the header in JSON, the arrays' bytes."""
    codes = {np.dtype(kind): code for code, kind in NAMES.items()}
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    parts, end = [], 0
    for name, array in tensors.items():
        parts.append(np.ascontiguousarray(array).tobytes())
        header[name] = {"dtype": codes[array.dtype], "shape": list(array.shape),
                        "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def load(data: bytes) -> dict[str, np.ndarray]:
    """What ``save`` wrote; SafetensorError for something else."""
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8:start])
        return {name: np.frombuffer(data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]],
                                    NAMES[entry["dtype"]]).reshape(entry["shape"]).copy()
                for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError) as error:
        raise SafetensorError(str(error)) from None


class tqdm:
    """Passes through what it is given."""

    def __init__(self, iterable: Any = (), *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __enter__(self) -> tqdm:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def install() -> list[str]:
    """The names that were missing."""
    missing = [name for name in ("safetensors", "tqdm") if importlib.util.find_spec(name) is None]
    if "safetensors" in missing:
        package: Any = ModuleType("safetensors")
        package.SafetensorError, package.numpy = SafetensorError, ModuleType("safetensors.numpy")
        package.numpy.load, package.numpy.save = load, save
        sys.modules.update({"safetensors": package, "safetensors.numpy": package.numpy})
    if "tqdm" in missing:
        bar: Any = ModuleType("tqdm")
        bar.tqdm = tqdm
        sys.modules["tqdm"] = bar
    return missing
