"""Activations made of straight lines, as modules. Each takes any shape and returns the same shape."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..errors import RangeError
from ..ops import piecewise as ops
from ..ops.create import rand_like
from ..ops.select import where
from . import in_place
from .in_place import InPlace, always_in_place, with_inplace
from .module import Module


class LeakyReLU(InPlace):
    """x for x > 0, else negative_slope · x.

    >>> minigrad.nn.LeakyReLU(0.1)(minigrad.tensor([-1.0, 2.0]))
    tensor([-0.1,  2. ])
    """

    _shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return in_place.leaky_relu(input, self.negative_slope, self.inplace)


def _rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Any:
    """x for x > 0, else a · x with a slope a drawn for each entry between lower and upper; not in training
    their mean. Any shape. Raises RangeError when lower is above upper. Source: Xu et al. 2015.

    >>> minigrad.nn.functional.rrelu(minigrad.tensor([-16.0, 2.0]), 0.125, 0.375)       # −16 · ¼
    tensor([-4.,  2.])
    """
    if not lower <= upper:
        raise RangeError(f"rrelu: lower {lower} is above upper {upper}.")
    slope: Any = (lower + upper) / 2
    if training:
        slope = rand_like(input) * (upper - lower) + lower
    return where(input > 0, input, input * slope)


_rrelu.__name__ = "rrelu"
rrelu, rrelu_ = with_inplace(_rrelu), always_in_place(_rrelu)


class RReLU(InPlace):
    """x for x > 0, else a · x: a leaky ReLU with a slope drawn for each entry, in evaluation the mean slope.

    Errors as in ``functional.rrelu``. Source: Xu et al. 2015.

    >>> minigrad.nn.RReLU(0.125, 0.375).eval()(minigrad.tensor([-16.0, 2.0]))           # −16 · ¼
    tensor([-4.,  2.])
    """

    _shown = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower, self.upper = lower, upper

    def forward(self, input: Tensor) -> Tensor:
        return rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Hardtanh(InPlace):
    """x limited to min_val … max_val. Raises ValueError when min_val is above max_val.

    >>> minigrad.nn.Hardtanh()(minigrad.tensor([-3.0, 0.5, 3.0]))
    tensor([-1. ,  0.5,  1. ])
    """

    _shown: tuple[str, ...] = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input: Tensor) -> Tensor:
        return in_place.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """x limited to 0 … 6.

    >>> minigrad.nn.ReLU6()(minigrad.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """

    _shown = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Hardsigmoid(InPlace):
    """A sigmoid of straight lines: 0 below −3, 1 above 3, x/6 + ½ between. Source: Howard et al. 2019.

    >>> minigrad.nn.Hardsigmoid()(minigrad.tensor([-4.0, 0.0, 4.0]))
    tensor([0. , 0.5, 1. ])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.hardsigmoid(input, self.inplace)


class Hardswish(InPlace):
    """x · hardsigmoid(x). Source: Howard et al. 2019.

    >>> minigrad.nn.Hardswish()(minigrad.tensor([1.0, 4.0]))
    tensor([0.6667, 4.    ])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.hardswish(input, self.inplace)


class Hardshrink(Module):
    """x where |x| > lambd, else 0.

    >>> minigrad.nn.Hardshrink()(minigrad.tensor([-1.0, 0.2, 2.0]))
    tensor([-1.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return f"{self.lambd}"

    def forward(self, input: Tensor) -> Tensor:
        return ops.hardshrink(input, self.lambd)


class Softshrink(Hardshrink):
    """x moved toward 0 by lambd, and 0 where |x| ≤ lambd. Errors as in ``functional.softshrink``.

    >>> minigrad.nn.Softshrink()(minigrad.tensor([-1.0, 0.2, 2.0]))
    tensor([-0.5,  0. ,  1.5])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.softshrink(input, self.lambd)


class Threshold(InPlace):
    """x where x > threshold, else ``value``.

    >>> minigrad.nn.Threshold(1.0, -7.0)(minigrad.tensor([0.5, 2.0]))
    tensor([-7.,  2.])
    """

    _shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold, self.value = threshold, value

    def forward(self, input: Tensor) -> Tensor:
        return in_place.threshold(input, self.threshold, self.value, self.inplace)
