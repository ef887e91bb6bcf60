"""PyTorch's own databases of operations, modules and optimizers, put to minigrad.

``torch.testing._internal`` holds for every operation the calls that it must answer (sample inputs) and those
that it must refuse (error inputs). A call is translated here: tensors, dtypes and devices into minigrad's
own, and the name of the operation into minigrad's function or method of that name.
"""
from __future__ import annotations

import re
import traceback
import warnings
from pathlib import Path
from typing import Any, Callable

import numpy as np

import minigrad
from minigrad.errors.other_names import TENSOR

PACKAGE = str(Path(minigrad.__file__).parent)


class NotThere(Exception):
    """Part of a call has no counterpart in minigrad: a complex or sparse tensor, a dtype, a layout."""


class Translation:
    """Arguments as minigrad takes them; the same tensor of PyTorch is the same tensor here."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.known: list[tuple[Any, Any]] = []              # PyTorch's tensor, minigrad's

    def __call__(self, value: Any) -> Any:
        torch = self.torch
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.dtype):
            name = str(value).replace("torch.", "").replace("bool", "bool_")
            if not isinstance(getattr(minigrad, name, None), np.dtype):
                raise NotThere(name)
            return getattr(minigrad, name)
        if isinstance(value, torch.device):
            return str(value)
        if isinstance(value, dict):
            return {key: self(part) for key, part in value.items()}
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
            return type(value)(self(part) for part in value)
        if isinstance(value, (torch.layout, torch.memory_format, torch.Generator, torch.nn.Module)):
            raise NotThere(str(value))
        return value

    def tensor(self, value: Any) -> Any:
        for theirs, ours in self.known:
            if theirs is value:
                return ours
        torch = self.torch
        if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized \
                or value.ndim > 32:                         # NumPy 1 has no more dimensions
            raise NotThere(f"{value.layout} on {value.device}, {value.ndim} dimensions")
        self(value.dtype)
        ours = minigrad.tensor(value.detach().resolve_neg().numpy())
        if isinstance(value, torch.nn.Parameter):
            ours = minigrad.nn.Parameter(ours, requires_grad=value.requires_grad)
        elif value.requires_grad:
            ours.requires_grad_()
        self.known.append((value, ours))
        return ours

    def leaves(self) -> list[tuple[Any, Any]]:
        """All tensors that require a gradient, in both libraries."""
        return [(theirs, ours) for theirs, ours in self.known if theirs.requires_grad and theirs.is_leaf]


def shown(value: Any) -> str:
    """A value in short: a tensor as its dtype and shape."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{str(value.dtype).replace('torch.', '')}{list(value.shape)}"
    if isinstance(value, dict):
        return ", ".join(f"{key}={shown(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(part) for part in value) + "]"
    return repr(value)[:80]


def entry_id(entry: Any) -> str:
    """``"scatter"``, or with the database's variant of it ``"max-binary"``."""
    variant = getattr(entry, "variant_test_name", "")
    return entry.name + ("-" + variant if variant else "")


#: The database gives the arguments of these, by name or by variant, in an order of its own.
IN_ANOTHER_ORDER: dict[str, Callable[..., Any]] = {
    "nn.functional.embedding": lambda weight, index, **options:
        minigrad.nn.functional.embedding(index, weight, **options),
    "nn.functional.embedding_bag": lambda weight, index, **options:
        minigrad.nn.functional.embedding_bag(index, weight, **options),
    "where": lambda x, condition, y: minigrad.where(condition, x, y),
    "einsum": lambda operands, equation: minigrad.einsum(equation, operands),
    "zero_": lambda x: x.clone().zero_(),
    "fill": lambda x, value: x.clone().fill_(value),
    **{name: lambda x, *args, name=name, **options: getattr(x.clone(), f"{name}_")(*args, **options)
       for name in ("uniform", "exponential", "cauchy", "geometric", "log_normal")},
    "normal-in_place": lambda x, *args: x.clone().normal_(*args),
    "polygamma": lambda x, n: minigrad.polygamma(n, x),
    "special.polygamma": lambda x, n: minigrad.special.polygamma(n, x),
    "linalg.lstsq-grad_oriented": lambda a, b, driver: minigrad.linalg.lstsq(a, b, driver=driver)[:2],
    "linalg.pinv-singular": lambda a, b: minigrad.linalg.pinv(a @ b.mT),
}

#: The entries of these places are in minigrad under the same name.
PLACES = {"nn.functional": minigrad.nn.functional, "linalg": minigrad.linalg, "special": minigrad.special}


def operation(name: str) -> Callable[..., Any] | None:
    """minigrad's function, or method, of a name of the database; None where there is none."""
    if name in IN_ANOTHER_ORDER:
        return IN_ANOTHER_ORDER[name]
    if name == "bfloat16" or name in TENSOR:            # names that only say what to use
        return None
    place, _, short = name.rpartition(".")
    if place:
        return getattr(PLACES.get(place), short, None)
    found = vars(minigrad).get(name)
    if callable(found) and not isinstance(found, (type, np.dtype)):
        return found
    if not any(name in vars(place) for place in minigrad.Tensor.__mro__):
        return None

    def method(x: Any, *args: Any, **kwargs: Any) -> Any:
        attribute = getattr(x, name)
        return attribute(*args, **kwargs) if callable(attribute) else attribute
    return method


def operation_of(entry: Any) -> Callable[..., Any]:
    """minigrad's counterpart of an entry: a variant of it may have a form of its own."""
    found = IN_ANOTHER_ORDER.get(entry_id(entry)) or operation(entry.name)
    assert found is not None
    return found


def quietly(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call without PyTorch's warnings about what the database does on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def raised(function: Callable[[], Any]) -> Exception | None:
    """What a call raises, if anything."""
    try:
        function()
    except NotThere:
        raise
    except Exception as error:
        return error
    return None


def untaught(error: Exception, name: str) -> str | None:
    """What is wrong with an error: it does not say what refused, or isn't a built-in one; else None."""
    message, place = str(error), traceback.extract_tb(error.__traceback__)[-1].filename
    words = [name, name.strip("_"), name.rpartition(".")[2]]
    if any(word in message for word in words) or re.match(r"[\w.\[\] ]+(\(.*?\))*: ", message):
        own = type(error).__module__ == "minigrad.errors"
        if own or type(error) in (TypeError, ValueError, NotImplementedError, AttributeError):
            return None
    return f"{type(error).__name__} at {Path(place).name}: {message}"
