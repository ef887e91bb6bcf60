"""Choosing between values: where, maximum and minimum, clamp, masked_fill."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.promotion import promoted
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, is_array, on_host, require_one_device
from ..backend.select import where as choose
from ..errors import DTypeError, ShapeError
from ..errors.arguments import require_numbers
from .attach import attach, takes_out
from .compare import gt, isfinite, isnan, lt
from .pointwise import pairwise


class Clamp(Function):
    """y = x limited to [low, high];  ∂L/∂x = g inside and on the limits, 0 outside."""

    __slots__ = ("low", "high")

    def __init__(self, low: float | None, high: float | None) -> None:
        self.low, self.high = low, high

    def forward(self, x: Array) -> Array:
        if x.dtype.kind != "f":         # a floating limit makes a floating result
            x = promoted([x, *(limit for limit in (self.low, self.high) if limit is not None)])[0]
        self.save(x)
        y = x if self.low is None else np.maximum(x, _as(x.dtype, self.low))
        return y if self.high is None else np.minimum(y, _as(x.dtype, self.high))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if self.low is not None:
            g = where(x >= self.low, g, 0.0)
        return g if self.high is None else where(x <= self.high, g, 0.0)


class ClampMin(Function):
    """z = max(x, low) for a tensor of limits;  g goes to x where x ≥ low, else to low, at NaN nowhere."""

    __slots__ = ()
    promote = True
    ufunc: Any = staticmethod(np.maximum)
    beyond: Any = staticmethod(lt)

    def forward(self, x: Array, limit: Array) -> Array:
        self.save(x, limit)
        return self.ufunc(x, limit)

    def backward_x(self, g: Any) -> Any:
        x, limit = self.saved
        return where(self.beyond(limit, x) | (x == limit), g, 0.0)

    def backward_limit(self, g: Any) -> Any:
        x, limit = self.saved
        return where(self.beyond(x, limit), g, 0.0)


class ClampMax(ClampMin):
    """z = min(x, high) for a tensor of limits;  g goes to x where x ≤ high, else to high, at NaN nowhere."""

    __slots__ = ()
    ufunc = staticmethod(np.minimum)
    beyond = staticmethod(gt)


def _as(dtype: Any, limit: float) -> Any:
    """A limit in x's dtype; one beyond its integers becomes the outermost integer, and limits nothing."""
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        limit = limits.min if limit < limits.min else limits.max if limit > limits.max else limit
    return dtype.type(limit)


@takes_out
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x with entries below ``min`` raised to it and above ``max`` lowered to it.

    The limits are numbers, or tensors that broadcast against x; where min is above max, max is taken.
    Raises ValueError without any limit.

    >>> minigrad.tensor([-1.0, 0.5, 3.0]).clamp(min=0, max=1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must be given.")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _clamp_tensors(x, min, max)
    return Clamp(min, max)(x)


def clamp_min(x: Any, min: Any) -> Any:
    """``clamp`` with a lower limit alone.

    >>> minigrad.tensor([-1.0, 0.5]).clamp_min(0)
    tensor([0.0000, 0.5000])
    """
    return clamp(x, min)


def clamp_max(x: Any, max: Any) -> Any:
    """``clamp`` with an upper limit alone.

    >>> minigrad.tensor([-1.0, 0.5]).clamp_max(0)
    tensor([-1.,  0.])
    """
    return clamp(x, None, max)


def _clamp_tensors(x: Any, low: Any, high: Any) -> Any:
    """Limits that are tensors: an entry equal to one gives its gradient to x, as in PyTorch."""
    if low is not None:
        x = ClampMin()(x, low)
    return x if high is None else ClampMax()(x, high)


clip = clamp


class Where(Function):
    """z = x where the condition holds, else y;  g goes to the one that was taken."""

    __slots__ = ("condition",)

    def __init__(self, condition: Array) -> None:
        self.condition = condition

    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        if not on_host(self.condition):     # a GPU takes plain numbers with the launch
            x, y = (v[()] if type(v) is np.ndarray and not v.ndim else v for v in (x, y))
        return choose(self.condition, x, y)

    def backward_x(self, g: Any) -> Any:
        return where(self.condition, g, 0.0)

    def backward_y(self, g: Any) -> Any:
        return where(self.condition, 0.0, g)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where ``condition`` is True, else y; all three broadcast.

    With a condition alone, the positions where it is True.

    >>> x = minigrad.tensor([-1.0, 2.0])
    >>> minigrad.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if x is None and y is None:
        return condition.nonzero(as_tuple=True)
    require_one_device("where", condition, x, y)
    if not isinstance(condition, Tensor):
        return Where(condition)(x, y)
    out = Where(condition._array)(x, y)
    return out if isinstance(out, Tensor) else wrap(out)


def no_slope(g: Any) -> Any:
    """The gradient of a flat function: 0, even where g is ±∞ or NaN and 0 · g would be NaN."""
    nowhere = array_module(array_of(g)).zeros((), bool)
    return where(nowhere, g, 0.0)


class MaskedFill(Where):
    """y = a value where the mask is True, else x;  ∂L/∂x = g outside the mask."""

    __slots__ = ()
    infinite_on_purpose = True


def mask_of(name: str, mask: Any) -> Array:
    """The array of a mask. Raises DTypeError unless it is boolean."""
    array = mask._array if isinstance(mask, Tensor) else mask if is_array(mask) else np.asarray(mask)
    if array.dtype.kind != "b":
        raise DTypeError(f"{name}: the mask must be boolean, got {array.dtype}. Use mask.bool().")
    return array


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """x with ``value`` wherever the mask (it broadcasts) is True; −inf is what attention uses.

    The value, a number or a 0-d tensor, is converted to the dtype of x. Raises DTypeError when the mask is
    not boolean, ShapeError for more than one value, TypeError for anything but a real number.

    >>> x = minigrad.tensor([1.0, 2.0])
    >>> x.masked_fill(x > 1, 0.0)
    tensor([1., 0.])
    """
    require_one_device("masked_fill", x, mask)
    array = mask_of("masked_fill", mask)
    if isinstance(value, Tensor) or is_array(value):
        if len(value.shape):
            raise ShapeError(f"masked_fill: the value must be a number or a 0-d tensor, but its shape is "
                             f"{tuple(value.shape)}. minigrad.where(mask, values, x) takes many.")
    else:
        require_numbers("masked_fill", value=value)
    value = value.to(x.dtype) if isinstance(value, Tensor) else np.asarray(value).astype(x.dtype)[()]
    return MaskedFill(array)(value, x)


maximum = pairwise(
    "maximum", "max(x, y)", np.maximum,
    ("1 for x > y, else 0 (½ if equal)", "1 for y > x, else 0 (½ if equal)"),
    (lambda g, x, y: where(x == y, g / 2, where(x < y, 0.0, g)),        # at NaN g goes to both
     lambda g, x, y: where(x == y, g / 2, where(y < x, 0.0, g))),
    "The larger of x and y; equal entries share the gradient.",
    ("[1, 5]", "[3, 2]"), "[3, 5]", keeps_dtype=True)
minimum = pairwise(
    "minimum", "min(x, y)", np.minimum,
    ("1 for x < y, else 0 (½ if equal)", "1 for y < x, else 0 (½ if equal)"),
    (lambda g, x, y: where(x == y, g / 2, where(x > y, 0.0, g)),
     lambda g, x, y: where(x == y, g / 2, where(y > x, 0.0, g))),
    "The smaller of x and y; equal entries share the gradient.",
    ("[1, 5]", "[3, 2]"), "[1, 2]", keeps_dtype=True)
fmax = pairwise(
    "fmax", "max(x, y)", np.fmax, ("1 for x ≥ y, else 0", "1 for x < y, else 0"),
    (lambda g, x, y: where((x >= y) | isnan(y), g, 0.0), lambda g, x, y: where((x >= y) | isnan(y), 0.0, g)),
    "The larger of x and y, and where one of them is NaN the other.",
    ("[1.0, minigrad.nan]", "[3.0, 2.0]"), "[3., 2.]", keeps_dtype=True)
fmin = pairwise(
    "fmin", "min(x, y)", np.fmin, ("1 for x ≤ y, else 0", "1 for x > y, else 0"),
    (lambda g, x, y: where((x <= y) | isnan(y), g, 0.0), lambda g, x, y: where((x <= y) | isnan(y), 0.0, g)),
    "The smaller of x and y, and where one of them is NaN the other.",
    ("[1.0, minigrad.nan]", "[3.0, 2.0]"), "[1., 2.]", keeps_dtype=True)


def nan_to_num(input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """x with NaN replaced by ``nan`` and ±∞ by the limits given, by default the dtype's; no gradient there.

    >>> minigrad.nan_to_num(minigrad.tensor([1.0, minigrad.nan, -minigrad.inf]), neginf=-9.0)
    tensor([ 1.,  0., -9.])
    """
    array = array_of(input)
    return where(isfinite(input), input, np.nan_to_num(array, nan=nan, posinf=posinf, neginf=neginf))


attach(clamp=clamp, clip=clamp, clamp_min=clamp_min, clamp_max=clamp_max, nan_to_num=nan_to_num,
       where=lambda x, condition, y: where(condition, x, y), masked_fill=masked_fill)
