"""Borders around sequences, images and volumes, as modules: more entries, or with negative sizes fewer."""
from __future__ import annotations

from typing import Sequence

from ..autograd import Tensor
from ..errors import ShapeError
from ..ops.pad import pad
from .module import Module


class _Padding(Module):
    """A border of (left, right, top, bottom, front, back) entries, or as many on each side."""

    dims = 1
    mode = "constant"

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        sizes = (padding,) * (2 * self.dims) if isinstance(padding, int) else tuple(padding)
        if len(sizes) != 2 * self.dims or any(not isinstance(n, int) for n in sizes):
            raise ShapeError(f"{type(self).__name__}: padding must be one int or {2 * self.dims}, got "
                             f"{padding!r}.")
        self.padding = sizes

    def extra_repr(self) -> str:
        return f"{self.padding}"

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (self.dims + 1, self.dims + 2):
            raise ShapeError(f"{type(self).__name__}: the input must have {self.dims + 1} or {self.dims + 2} "
                             f"dimensions, (C, …) or (N, C, …), but it is {tuple(input.shape)}.")
        return pad(input, self.padding, self.mode)


class ConstantPad1d(_Padding):
    """A border of one ``value`` around (N, C, L) or (C, L). Errors as in ``functional.pad``.

    >>> minigrad.nn.ConstantPad1d((2, 0), 7.0)(minigrad.tensor([[1.0, 2.0]]))
    tensor([[7., 7., 1., 2.]])
    """

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"

    def forward(self, input: Tensor) -> Tensor:
        return pad(input, self.padding, "constant", self.value)


class ConstantPad2d(ConstantPad1d):
    """A border of one ``value`` around (N, C, H, W) or (C, H, W). Errors as in ``functional.pad``.

    >>> minigrad.nn.ConstantPad2d(1, 7.0)(minigrad.zeros(1, 4, 4)).shape
    (1, 6, 6)
    """

    dims = 2


class ConstantPad3d(ConstantPad1d):
    """A border of one ``value`` around (N, C, D, H, W) or (C, D, H, W). Errors as in ``functional.pad``.

    >>> minigrad.nn.ConstantPad3d(1, 7.0)(minigrad.zeros(1, 4, 4, 4)).shape
    (1, 6, 6, 6)
    """

    dims = 3


class ZeroPad1d(_Padding):
    """A border of zeros around (N, C, L) or (C, L). Errors as in ``functional.pad``.

    >>> minigrad.nn.ZeroPad1d(1)(minigrad.zeros(1, 4)).shape
    (1, 6)
    """


class ZeroPad2d(_Padding):
    """A border of zeros around (N, C, H, W) or (C, H, W). Errors as in ``functional.pad``.

    >>> minigrad.nn.ZeroPad2d(1)(minigrad.zeros(1, 4, 4)).shape
    (1, 6, 6)
    """

    dims = 2


class ZeroPad3d(_Padding):
    """A border of zeros around (N, C, D, H, W) or (C, D, H, W). Errors as in ``functional.pad``.

    >>> minigrad.nn.ZeroPad3d(1)(minigrad.zeros(1, 4, 4, 4)).shape
    (1, 6, 6, 6)
    """

    dims = 3


class ReflectionPad1d(_Padding):
    """A border of the entries mirrored at the edge, which is not repeated. (N, C, L) or (C, L).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReflectionPad1d((2, 1))(minigrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2.]])
    """

    mode = "reflect"


class ReflectionPad2d(ReflectionPad1d):
    """``ReflectionPad1d`` in two dimensions. (N, C, H, W) or (C, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReflectionPad2d(1)(minigrad.zeros(1, 4, 4)).shape
    (1, 6, 6)
    """

    dims = 2


class ReflectionPad3d(ReflectionPad1d):
    """``ReflectionPad1d`` in three dimensions. (N, C, D, H, W) or (C, D, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReflectionPad3d(1)(minigrad.zeros(1, 4, 4, 4)).shape
    (1, 6, 6, 6)
    """

    dims = 3


class ReplicationPad1d(_Padding):
    """A border of the entry at the edge, again and again. (N, C, L) or (C, L).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReplicationPad1d((2, 1))(minigrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 1., 2., 3., 3.]])
    """

    mode = "replicate"


class ReplicationPad2d(ReplicationPad1d):
    """``ReplicationPad1d`` in two dimensions. (N, C, H, W) or (C, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReplicationPad2d(1)(minigrad.zeros(1, 4, 4)).shape
    (1, 6, 6)
    """

    dims = 2


class ReplicationPad3d(ReplicationPad1d):
    """``ReplicationPad1d`` in three dimensions. (N, C, D, H, W) or (C, D, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.ReplicationPad3d(1)(minigrad.zeros(1, 4, 4, 4)).shape
    (1, 6, 6, 6)
    """

    dims = 3


class CircularPad1d(_Padding):
    """A border of the entries of the other end. (N, C, L) or (C, L).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.CircularPad1d((2, 1))(minigrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 3., 1., 2., 3., 1.]])
    """

    mode = "circular"


class CircularPad2d(CircularPad1d):
    """``CircularPad1d`` in two dimensions. (N, C, H, W) or (C, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.CircularPad2d(1)(minigrad.zeros(1, 4, 4)).shape
    (1, 6, 6)
    """

    dims = 2


class CircularPad3d(CircularPad1d):
    """``CircularPad1d`` in three dimensions. (N, C, D, H, W) or (C, D, H, W).

    Errors as in ``functional.pad``.

    >>> minigrad.nn.CircularPad3d(1)(minigrad.zeros(1, 4, 4, 4)).shape
    (1, 6, 6, 6)
    """

    dims = 3
