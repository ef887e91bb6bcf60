"""The score that is attributed, its gradient, and the input that stands for nothing."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor, enable_grad, grad, no_grad
from ..autograd.tensor import as_array, wrap
from ..errors import DTypeError, RangeError, ShapeError
from ..ops.convert import to
from ..ops.create import zeros_like

Forward = Callable[[Tensor], Tensor]


class Attribution:
    """A model, or any function of a batch, whose scores are attributed."""

    def __init__(self, forward_func: Forward) -> None:
        if not callable(forward_func):
            raise TypeError(f"{type(self).__name__}: expected a model or a function, got "
                            f"{type(forward_func).__name__}.")
        self.forward_func = forward_func

    def scores(self, x: Tensor, target: Any) -> Tensor:
        """The score of each sample, (N,): column ``target`` of the output (N, K).

        ``target`` is an int for all, or N ints; None where the output is (N,) or (N, 1).
        """
        owner, z = type(self).__name__, self.forward_func(x)
        if z.ndim == 0 or z.shape[0] != x.shape[0] or z.ndim > 2:
            raise ShapeError(f"{owner}: a score for each sample is needed, (N, K) or (N,) with N = "
                             f"{x.shape[0]}; the output has shape {tuple(z.shape)}.")
        if target is None:
            if z.ndim == 2 and z.shape[1] != 1:
                raise RangeError(f"{owner}: the output has {z.shape[1]} columns; say which one is meant, as "
                                 "in target=3, or a list with one for each sample.")
            return z.reshape(-1)
        if z.ndim == 1:
            raise RangeError(f"{owner}: the output {tuple(z.shape)} has no columns; leave target out.")
        columns = np.asarray(as_array(target).tolist() if isinstance(target, Tensor) else target)
        if columns.dtype.kind not in "iu" or columns.ndim > 1 or columns.size not in (1, z.shape[0]):
            raise RangeError(f"{owner}: target must be an int, or {z.shape[0]} of them, got {target!r}.")
        if columns.min() < 0 or columns.max() >= z.shape[1]:
            raise RangeError(f"{owner}: target must be from 0 to {z.shape[1] - 1}, got {target!r}.")
        return z[np.arange(z.shape[0]), np.broadcast_to(columns.reshape(-1), z.shape[:1])]

    def values(self, x: Tensor, target: Any) -> np.ndarray[Any, Any]:
        """``scores`` as a NumPy array of float64, without a graph."""
        with no_grad():
            return np.asarray(self.scores(x, target).cpu().numpy(), np.float64)

    def slopes(self, x: Tensor, target: Any) -> Tensor:
        """∂score/∂x, in the shape of x."""
        with enable_grad():
            x = floats(x, type(self).__name__).detach().requires_grad_()
            (slope,) = grad(self.scores(x, target).sum(), x)
        assert slope is not None
        return slope


def floats(x: Tensor, owner: str) -> Tensor:
    """x, if it is a batch of floats. Raises DTypeError, ShapeError."""
    if not isinstance(x, Tensor) or as_array(x).dtype.kind != "f":
        raise DTypeError(f"{owner}: expected a Tensor of floats, got "
                         f"{x.dtype if isinstance(x, Tensor) else type(x).__name__}.")
    if x.ndim < 2 or x.shape[0] == 0:
        raise ShapeError(f"{owner}: expected a batch (N, …) of at least one sample, got {tuple(x.shape)}.")
    return x


def baseline_of(x: Tensor, baselines: Any) -> Tensor:
    """What stands for nothing, in the shape of x: zeros, a number, or a tensor that broadcasts to x."""
    if baselines is None:
        return zeros_like(x)
    if not isinstance(baselines, Tensor):
        return zeros_like(x) + float(baselines)
    try:
        return to(wrap(np.broadcast_to(baselines.detach().cpu().numpy(), tuple(x.shape)).astype(x.dtype)),
                  x.device)
    except ValueError:
        raise ShapeError(f"attribute: baselines {tuple(baselines.shape)} do not broadcast to the inputs "
                         f"{tuple(x.shape)}.") from None


def one_of(target: Any, sample: int) -> Any:
    """The target of one sample."""
    if isinstance(target, Tensor):
        target = target.tolist()
    return target[sample] if isinstance(target, (list, tuple, np.ndarray)) and len(target) > 1 else target
