"""Keeping gradients from growing too large; in ``nn.utils`` as in PyTorch."""
from __future__ import annotations

import math
from functools import reduce
from typing import Any, Iterable

import numpy as np

from ...autograd import Tensor
from ...autograd.tensor import wrap
from ...backend.arrays import array_module
from ...backend.products import sum_squares
from ...errors.options import refuses


def _with_gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    group = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p for p in group if p.grad is not None]


def _total(arrays: list[Any], norm_type: float, error_if_nonfinite: bool, name: str) -> Any:
    """The length of all gradients, seen as one long vector."""
    xp = array_module(arrays[0])
    if math.isinf(norm_type):
        total = reduce(xp.maximum, [xp.abs(a).max() for a in arrays])
    elif norm_type == 2:
        total = sum(sum_squares(a) for a in arrays) ** 0.5
    else:
        total = sum((xp.abs(a) ** norm_type).sum() for a in arrays) ** (1 / norm_type)
    if error_if_nonfinite and not bool(xp.isfinite(total)):
        raise RuntimeError(f"{name}: the gradient's length is {float(total)}.")
    return total


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
    total = _total(arrays, norm_type, error_if_nonfinite, "clip_grad_norm_")
    _scale(params, max_norm, total)
    return wrap(array_module(arrays[0]).asarray(total, dtype=arrays[0].dtype))


def _scale(params: list[Tensor], max_norm: float, total: Any) -> None:
    """All gradients scaled down so that ``total`` becomes ``max_norm``, if it is more."""
    for p in params:
        if p.grad is not None:
            scale = array_module(p.grad._array).minimum(max_norm / (total + 1e-6), 1.0)
            p.grad._array *= scale.astype(p.grad.dtype)
            p.grad._changed_in_place()


@refuses(foreach=False)
def get_total_norm(tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0,
                   error_if_nonfinite: bool = False) -> Tensor:
    """The length of all tensors, seen as one long vector; options and errors as in ``clip_grad_norm_``.

    >>> minigrad.nn.utils.get_total_norm([minigrad.tensor([3.0]), minigrad.tensor([4.0])])
    tensor(5.)
    """
    arrays = [t._array for t in ([tensors] if isinstance(tensors, Tensor) else tensors)]
    if not arrays:
        return wrap(np.zeros((), np.float32))
    total = _total(arrays, norm_type, error_if_nonfinite, "get_total_norm")
    return wrap(array_module(arrays[0]).asarray(total, dtype=arrays[0].dtype))


@refuses(foreach=False)
def clip_grads_with_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor) -> None:
    """Scale all gradients as ``clip_grad_norm_`` does for a length that is known already.

    >>> w = minigrad.tensor([0.0, 0.0], requires_grad=True)
    >>> (w * minigrad.tensor([3.0, 4.0])).sum().backward()
    >>> minigrad.nn.utils.clip_grads_with_norm_([w], 1.0, minigrad.tensor(10.0))
    >>> w.grad
    tensor([0.3000, 0.4000])
    """
    _scale(_with_gradients(parameters), max_norm, total_norm._array)


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
