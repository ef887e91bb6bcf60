"""Keeping gradients from growing too large; in ``nn.utils`` as in PyTorch."""
from __future__ import annotations

import math
from functools import reduce
from typing import Iterable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import array_module
from ..errors.options import refuses


def _with_gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    group = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p for p in group if p.grad is not None]


@refuses(foreach=False)
def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False) -> Tensor:
    """Scale all gradients, seen as one long vector, down to the length ``max_norm`` if it is longer.

    Returns the length before (Pascanu et al. 2013). ``norm_type`` may be inf: the largest entry. Raises
    RuntimeError for a NaN or infinite length with ``error_if_nonfinite``.

    >>> w = minigrad.tensor([0.0, 0.0], requires_grad=True)
    >>> (w * minigrad.tensor([3.0, 4.0])).sum().backward()
    >>> minigrad.nn.utils.clip_grad_norm_([w], max_norm=1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    params = _with_gradients(parameters)
    if not params:
        return wrap(np.zeros((), np.float32))
    arrays = [p.grad._array for p in params if p.grad is not None]
    xp = array_module(arrays[0])
    if math.isinf(norm_type):
        total = reduce(xp.maximum, [xp.abs(a).max() for a in arrays])
    else:
        total = sum((xp.abs(a) ** norm_type).sum() for a in arrays) ** (1 / norm_type)
    if error_if_nonfinite and not bool(xp.isfinite(total)):
        raise RuntimeError(f"clip_grad_norm_: the gradient's length is {float(total)}.")
    scale = xp.minimum(max_norm / (total + 1e-6), 1.0)
    for p in params:
        if p.grad is not None:
            p.grad._array *= scale.astype(p.grad.dtype)
            p.grad._changed_in_place()
    return wrap(xp.asarray(total, dtype=arrays[0].dtype))


@refuses(foreach=False)
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Limit every entry of every gradient to −clip_value … clip_value.

    >>> w = minigrad.tensor([0.0, 0.0], requires_grad=True)
    >>> (w * minigrad.tensor([3.0, -0.5])).sum().backward()
    >>> minigrad.nn.utils.clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    for p in _with_gradients(parameters):
        if p.grad is not None:
            array = p.grad._array
            array_module(array).clip(array, -clip_value, clip_value, out=array)
            p.grad._changed_in_place()
