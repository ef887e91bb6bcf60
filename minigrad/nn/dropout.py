"""Dropout: entries, channels or features set to 0 at random in training."""
from __future__ import annotations

import math
import warnings
from typing import Any

from ..autograd import Tensor
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_numbers
from ..ops import dropout as ops
from ..ops.create import ones
from ..ops.inplace import changed_by
from .in_place import InPlace

SATURATION = -1.7580993408473766        # SELU's limit for x → −∞: −scale · alpha


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *,
            generator: Any = None) -> Any:
    """A share p of the entries set to 0 and the rest divided by 1 − p; the input when not training.

    Any shape. Raises RangeError for p outside of [0, 1]. Source: Srivastava et al. 2014.

    >>> x = minigrad.ones(1000)
    >>> y = minigrad.nn.functional.dropout(x, 0.5)
    >>> sorted(set(y.tolist())), minigrad.nn.functional.dropout(x, training=False) is x
    ([0.0, 2.0], True)
    """
    if inplace and training and p:
        return changed_by(ops.dropout, input, "dropout_", p, training, generator=generator)
    return ops.dropout(input, p, training, generator=generator)


def _with_mask(name: str, input: Any, p: float, training: bool, inplace: bool, spatial: int | None,
               alpha: bool = False) -> Any:
    """A mask drawn for each channel (the dimensions before the last ``spatial``), or with None for each
    entry."""
    if not 0 <= p <= 1:
        raise RangeError(f"{name}: p must be in [0, 1], got {p}.")
    if not training or not p:
        return input
    shape = tuple(input.shape) if spatial is None else (*input.shape[:-spatial], *[1] * spatial)
    mask = ops.dropout(ones(shape, dtype=input.dtype, device=input.device), p)

    def masked(x: Any) -> Any:
        return _to_saturation(x, mask, p) if alpha else x * mask
    return changed_by(masked, input, f"{name}_") if inplace else masked(input)


def _to_saturation(x: Any, mask: Any, p: float) -> Any:
    """Dropped entries at SELU's limit, then a · x + b, so that mean 0 and variance 1 stay so."""
    a = 1 / math.sqrt((1 - p) * (1 + p * SATURATION ** 2)) if p < 1 else 0.0
    kept = (mask != 0).to(x.dtype)
    return x * (kept * a) + ((1 - kept) * (SATURATION * a) - a * p * SATURATION)


def _require_channels(name: str, input: Any, spatial: int) -> None:
    if input.ndim not in (spatial + 1, spatial + 2):
        raise ShapeError(f"{name}: the input must have {spatial + 1} or {spatial + 2} dimensions, (C, …) or "
                         f"(N, C, …), but it is {tuple(input.shape)}.")


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels set to 0 with probability p, the others divided by 1 − p. (N, C, L) or (C, L).

    Raises RangeError for p outside of [0, 1], ShapeError for other dimensions. Source: Tompson et al. 2015.

    >>> y = minigrad.nn.functional.dropout1d(minigrad.ones(100, 4))
    >>> sorted(set(y.sum(1).tolist()))                                      # all four or none
    [0.0, 8.0]
    """
    _require_channels("dropout1d", input, 1)
    return _with_mask("dropout1d", input, p, training, inplace, 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels set to 0 with probability p, the others divided by 1 − p. (N, C, H, W) or (C, H, W).

    A matrix (N, C) is taken, too, with a warning: every entry is a channel. Errors as in ``dropout1d``.
    Source: Tompson et al. 2015.

    >>> y = minigrad.nn.functional.dropout2d(minigrad.ones(100, 2, 2))
    >>> sorted(set(y.sum((1, 2)).tolist()))
    [0.0, 8.0]
    """
    if input.ndim == 2:
        if training:
            warnings.warn(f"dropout2d: in {tuple(input.shape)} every entry is a channel of its own. "
                          "nn.Dropout does the same and says so.", stacklevel=2)
        return _with_mask("dropout2d", input, p, training, inplace, None)
    _require_channels("dropout2d", input, 2)
    return _with_mask("dropout2d", input, p, training, inplace, 2)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels set to 0 with probability p, the others divided by 1 − p.

    (N, C, D, H, W) or (C, D, H, W). Errors as in ``dropout1d``.

    >>> y = minigrad.nn.functional.dropout3d(minigrad.ones(100, 1, 2, 2))
    >>> sorted(set(y.sum((1, 2, 3)).tolist()))
    [0.0, 8.0]
    """
    _require_channels("dropout3d", input, 3)
    return _with_mask("dropout3d", input, p, training, inplace, 3)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for SELU: dropped entries become its limit −1.7581, and a · x + b keeps mean 0 and variance 1.

    Any shape. Raises RangeError for p outside of [0, 1]. Source: Klambauer et al. 2017.

    >>> x = minigrad.randn(10000)
    >>> y = minigrad.nn.functional.alpha_dropout(x, 0.2, training=True)
    >>> abs(y.mean().item()) < 0.1 and abs(y.std().item() - 1) < 0.1
    True
    """
    return _with_mask("alpha_dropout", input, p, training, inplace, None, alpha=True)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """``alpha_dropout`` of whole channels: (N, C, …).

    Raises RangeError for p outside of [0, 1], ShapeError for fewer than 2 dimensions.

    >>> y = minigrad.nn.functional.feature_alpha_dropout(minigrad.ones(1, 50, 2, 2), 0.5, training=True)
    >>> len(set(y.flatten().tolist()))
    2
    """
    if training and input.ndim < 2:
        raise ShapeError("feature_alpha_dropout: the input must be (N, C, …), but it is "
                         f"{tuple(input.shape)}.")
    return _with_mask("feature_alpha_dropout", input, p, training, inplace, input.ndim - 2 or None,
                      alpha=True)


class Dropout(InPlace):
    """In training sets a share p of the entries to 0 and divides the rest by 1 − p; else the input.

    Any shape; the same shape. Raises RangeError for p outside [0, 1]. Source: Srivastava et al. 2014.

    >>> layer, x = minigrad.nn.Dropout(0.5), minigrad.ones(1000)
    >>> sorted(set(layer(x).tolist())), layer.eval()(x) is x
    ([0.0, 2.0], True)
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__(inplace)
        name = type(self).__name__
        require_numbers(name, p=p)
        if not 0 <= p <= 1:
            raise RangeError(f"{name}: p must be in [0, 1], got {p}.")
        self.p = p

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"

    def forward(self, input: Tensor) -> Tensor:
        if self.inplace:
            return dropout(input, self.p, self.training, True)
        return ops.dropout(input, self.p, self.training)


class Dropout1d(Dropout):
    """In training sets whole channels to 0 with probability p and divides the rest by 1 − p.

    (N, C, L) or (C, L); the same shape. Errors as in ``functional.dropout1d``. Source: Tompson et al. 2015.

    >>> y = minigrad.nn.Dropout1d(0.5)(minigrad.ones(1, 100, 4))
    >>> sorted(set(y.sum(dim=2).flatten().tolist()))                        # all four or none
    [0.0, 8.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    """In training sets whole channels to 0 with probability p and divides the rest by 1 − p.

    Neighboring pixels are so alike that dropping single ones would change little. (N, C, H, W) or (C, H, W);
    the same shape. Raises RangeError for p outside [0, 1]. Source: Tompson et al. 2015.

    >>> y = minigrad.nn.Dropout2d(0.5)(minigrad.ones(1, 100, 2, 2))
    >>> sorted(set(y.sum(dim=(2, 3)).flatten().tolist()))                   # all four or none
    [0.0, 8.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(Dropout):
    """In training sets whole channels to 0 with probability p and divides the rest by 1 − p.

    (N, C, D, H, W) or (C, D, H, W); the same shape. Errors as in ``functional.dropout3d``.

    >>> y = minigrad.nn.Dropout3d(0.5)(minigrad.ones(1, 100, 1, 2, 2))
    >>> sorted(set(y.sum(dim=(2, 3, 4)).flatten().tolist()))
    [0.0, 8.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(Dropout):
    """Dropout for SELU: dropped entries become its limit −1.7581, and mean 0 and variance 1 stay so.

    Any shape; the same shape. Source: Klambauer et al. 2017.

    >>> layer, x = minigrad.nn.AlphaDropout(0.2), minigrad.randn(10000)
    >>> abs(layer(x).mean().item()) < 0.1, layer.eval()(x) is x
    (True, True)
    """

    def forward(self, input: Tensor) -> Tensor:
        return alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(Dropout):
    """``AlphaDropout`` of whole channels. (N, C, …); the same shape.

    >>> y = minigrad.nn.FeatureAlphaDropout(0.5)(minigrad.ones(1, 50, 2, 2))
    >>> len(set(y.flatten().tolist()))
    2
    """

    def forward(self, input: Tensor) -> Tensor:
        return feature_alpha_dropout(input, self.p, self.training, self.inplace)
