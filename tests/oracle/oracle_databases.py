"""PyTorch's own databases of operations, modules and optimizers, put to minigrad.

``torch.testing._internal`` holds for every operation the calls that it must answer (sample inputs) and those
that it must refuse (error inputs). A call is translated here: tensors, dtypes and devices into minigrad's
own, and the name of the operation into minigrad's function or method of that name.
"""
from __future__ import annotations

import re
import warnings
from typing import Any, Callable, Iterator

import numpy as np

import minigrad


class NotThere(Exception):
    """Part of a call has no counterpart in minigrad: a complex or sparse tensor, a dtype, a device."""


def translated(torch: Any, value: Any) -> Any:
    """An argument as minigrad takes it; NotThere for what cannot be said."""
    if isinstance(value, torch.nn.Parameter):
        return minigrad.nn.Parameter(translated(torch, value.data))
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
            raise NotThere(f"a tensor on {value.device}, {value.layout}")
        translated(torch, value.dtype)
        tensor = minigrad.tensor(value.detach().numpy())
        return tensor.requires_grad_() if value.requires_grad else tensor
    if isinstance(value, torch.dtype):
        name = str(value).replace("torch.", "")
        if not isinstance(getattr(minigrad, name, None), np.dtype):
            raise NotThere(name)
        return getattr(minigrad, name)
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, dict):
        return {key: translated(torch, part) for key, part in value.items()}
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(translated(torch, part) for part in value)
    if isinstance(value, (torch.layout, torch.memory_format, torch.Generator)):
        raise NotThere(str(value))
    return value


def shown(value: Any) -> str:
    """A value in short: a tensor as its dtype and shape."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{str(value.dtype).replace('torch.', '')}{list(value.shape)}"
    if isinstance(value, dict):
        return ", ".join(f"{key}={shown(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(part) for part in value) + "]"
    return repr(value)[:80]


def operation(name: str) -> Callable[..., Any] | None:
    """minigrad's function, or method, of a name of the database; None where there is none."""
    name = {"__getitem__": "__getitem__"}.get(name, name)
    if name.startswith("nn.functional."):
        return getattr(minigrad.nn.functional, name.removeprefix("nn.functional."), None)
    if "." in name:
        return None
    found = getattr(minigrad, name, None)
    if callable(found) and not isinstance(found, (type, np.dtype)):
        return found
    if getattr(minigrad.Tensor, name, None) is None:
        return None

    def method(x: Any, *args: Any, **kwargs: Any) -> Any:
        attribute = getattr(x, name)
        return attribute(*args, **kwargs) if callable(attribute) else attribute
    return method


def entry_id(entry: Any) -> str:
    """``"scatter"``, or with the database's variant of it ``"max-binary"``."""
    variant = getattr(entry, "variant_test_name", "")
    return entry.name + ("-" + variant if variant else "")


def quietly(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call without PyTorch's warnings about what the database does on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)
