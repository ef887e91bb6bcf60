"""How spread out numbers are: the variance and the standard deviation."""
from __future__ import annotations

from typing import Any

import numpy as np

from .attach import attach, in_single, normal_dims, numpy_names
from .exponential import sqrt
from .reduce import Dims, Sum, mean
from .select import where


def _options(name: str, dim: Any, unbiased: Any, keepdim: Any, correction: Any) -> tuple[Any, bool, Any]:
    """(dim, keepdim, correction) as PyTorch reads them: (unbiased), (dim, unbiased, keepdim), or by keyword.

    The correction is 1 unless given or ``unbiased`` is False; no dimension means all of them.
    """
    if isinstance(dim, (bool, np.bool_)):           # var(False)
        if unbiased is not None:
            raise TypeError(f"{name}: dim is {dim}, but it must be an int, a tuple or None. {name}({dim}) "
                            "alone means unbiased.")
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}: give unbiased or correction, not both. unbiased=True is correction=1.")
    if isinstance(dim, (tuple, list)) and not len(dim):
        dim = None
    return dim, keepdim, (1 if unbiased is None or unbiased else 0) if correction is None else correction


@numpy_names
def var(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None) -> Any:
    """The variance over ``dim``: Σ (x − mean)² / (n − correction), correction 1 unless given.

    ``unbiased=False``, also as ``x.var(False)`` and ``x.var(dim, False)``, is correction 0. nan for a
    single entry, unless correction is 0. Raises TypeError for integers.

    >>> x = minigrad.tensor([1.0, 3.0, 5.0])
    >>> x.var(), x.var(correction=0), x.var(False)
    (tensor(4.), tensor(2.6667), tensor(2.6667))
    """
    return _var(x, *_options("var", dim, unbiased, keepdim, correction))


@in_single
def _var(x: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    centered = x - mean(x, dim, True)
    n = _count(x, dim) - correction
    return Sum(dim, keepdim)(centered * centered) / float(n if n > 0 else 0)


@numpy_names
def std(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None) -> Any:
    """The standard deviation over ``dim``: √var. Where all entries are equal, the gradient is 0.

    Options as for ``var``. Raises TypeError for integers.

    >>> minigrad.tensor([1.0, 3.0, 5.0]).std()
    tensor(2.)
    """
    return _std(x, *_options("std", dim, unbiased, keepdim, correction))


@in_single
def _std(x: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    variance = _var(x, dim, keepdim, correction)
    flat = variance == 0                                        # √ is infinitely steep at 0
    return where(flat, variance, sqrt(where(flat, variance + 1, variance)))


def _count(x: Any, dim: Dims) -> int:
    shape = tuple(x.shape)
    count = 1
    for d in normal_dims(dim, len(shape), "mean", True):
        count *= shape[d]
    return count


attach(var=var, std=std)
