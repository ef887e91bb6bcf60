"""A tensor as text, number by number as PyTorch prints it: ``tensor([1.0000, 2.5000])``."""
from __future__ import annotations

from typing import Any, Callable, Iterable

import numpy as np

#: Decimals; entries above which a tensor is shortened, and how many are left at each end then; characters in
#: a line; whether 0.00001 is written 1e-05 (None: where the numbers differ too much in size).
OPTIONS: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80,
                           "sci_mode": None}
DEFAULTS = dict(OPTIONS)


def set_printoptions(precision: int | None = None, threshold: float | None = None,
                     edgeitems: int | None = None, linewidth: int | None = None,
                     profile: str | None = None, sci_mode: bool | None = None) -> None:
    """How tensors are printed from now on; what is not given stays.

    Args:
        precision: decimals, 4 by default.
        threshold: a tensor with more entries than this, by default 1000, is shortened.
        edgeitems: how many entries are left at each end of a dimension that is shortened, 3 by default.
        linewidth: characters in a line, 80 by default.
        profile: "default" resets everything first; "full" also never shortens, "short" takes 2 decimals and
            2 entries at each end.
        sci_mode: True or False: always or never in the form 1e-05.

    >>> minigrad.set_printoptions(precision=2)
    >>> minigrad.tensor([0.123, 4.5])
    tensor([0.12, 4.50])
    >>> minigrad.set_printoptions(profile="default")
    """
    if profile is not None:
        profiles: dict[str, dict[str, Any]] = {"default": {}, "full": {"threshold": float("inf")},
                    "short": {"precision": 2, "edgeitems": 2}}
        if profile not in profiles:
            raise ValueError(f"set_printoptions: expected a profile of {list(profiles)}, got {profile!r}.")
        OPTIONS.update({**DEFAULTS, **profiles[profile]})
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth,
             "sci_mode": sci_mode}
    OPTIONS.update({name: value for name, value in given.items() if value is not None})


def printed(array: np.ndarray, notes: Iterable[str], prefix: str = "tensor(") -> str:
    """``tensor([1., 2.], requires_grad=True)``; notes that don't fit go to the next line."""
    text = prefix + (_nested(array, len(prefix), _writer(_cut(array))) if array.size else "[]")
    width = len(text) - text.rfind("\n") + 1
    for note in notes:
        if width + len(note) + 2 > OPTIONS["linewidth"]:
            text, width = f"{text},\n{' ' * len(prefix)}{note}", len(prefix) + len(note)
        else:
            text, width = f"{text}, {note}", width + len(note) + 2
    return text + ")"


def _is_cut(array: np.ndarray, size: int) -> bool:
    return array.size > OPTIONS["threshold"] and size > 2 * OPTIONS["edgeitems"]


def _cut(array: np.ndarray) -> np.ndarray:
    """The entries that are shown."""
    edge = OPTIONS["edgeitems"]
    out = array
    for d, n in enumerate(array.shape):
        if _is_cut(array, n):
            out = out.take([*range(edge), *range(n - edge, n)], d)
    return out


def _writer(shown: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """(what writes one entry, its width): one form for all entries, that of the one that needs most."""
    if shown.dtype.kind != "f":
        width = max(len(str(v)) for v in shown.ravel().tolist())
        return (lambda v: str(v).rjust(width)), width
    values = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
    if not values.size:
        return _whole, 1
    size, precision = np.abs(values), OPTIONS["precision"]
    with np.errstate(over="ignore"):
        apart = bool(size.max() / size.min() > 1000 or size.max() > 1e8 or size.min() < 1e-4)
    form: Callable[[float], str]
    if OPTIONS["sci_mode"] or OPTIONS["sci_mode"] is None and apart:
        form = f"{{:.{precision}e}}".format
    else:
        form = _whole if (values == np.ceil(values)).all() else f"{{:.{precision}f}}".format
    width = max(len(form(v)) for v in values.tolist())
    return (lambda v: form(v).rjust(width)), width


def _whole(value: float) -> str:
    return f"{value:.0f}." if np.isfinite(value) else str(value)


def _nested(array: np.ndarray, indent: int, writer: tuple[Callable[[Any], str], int],
            cut: bool | None = None) -> str:
    """The entries in brackets; each dimension but the last on lines of its own."""
    form, width = writer
    if not array.ndim:
        return form(array.item())
    edge, n = OPTIONS["edgeitems"], len(array)
    cut = array.size > OPTIONS["threshold"] if cut is None else cut
    cut_here = cut and n > 2 * edge
    at = [*range(edge), *range(n - edge, n)] if cut_here else list(range(n))
    if array.ndim > 1:
        parts = [_nested(array[k], indent + 1, writer, cut) for k in at]
        parts[edge:edge] = ["..."] * cut_here
        return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    parts = [form(v) for v in array[at].tolist()]
    parts[edge:edge] = [" ..."] * cut_here
    row = max(1, (OPTIONS["linewidth"] - indent) // (width + 2))
    lines = [", ".join(parts[k:k + row]) for k in range(0, len(parts), row)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
