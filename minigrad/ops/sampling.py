"""Random tensors: uniform, normal, integers; and drawn from a distribution that a tensor describes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import as_array, wrap
from ..backend.arrays import Array, device_of, is_array, to_numpy
from ..backend.dtypes import default_dtype, native
from ..backend.random import Generator, generator_of
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_sizes
from .attach import attach
from .create import device_of_new, finished, made_like, shape_of_new, sized, zeros


def _floating(name: str, dtype: Any) -> np.dtype:
    """The floating dtype of random numbers."""
    dtype = np.dtype(dtype or default_dtype())
    if dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating dtype, got {dtype}. randint draws integers.")
    return dtype


def _drawn(array: np.ndarray, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    # converted on the host, so that a GPU gets the same numbers as a CPU
    dtype = np.dtype(dtype or default_dtype())
    array = array.astype(dtype, copy=False) if is_array(array) else np.asarray(array, dtype)
    return finished(array, None, device_of_new(device), requires_grad)


@sized
def rand(*size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:
    """Uniform random numbers in [0, 1). ``size``: ints or one tuple. The default dtype unless given.

    >>> x = minigrad.rand(1000)
    >>> 0 <= x.min().item() and x.max().item() < 1
    True
    """
    drawn_as = np.float32 if _floating("rand", dtype) == np.float32 else np.float64
    return _drawn(generator_of(generator).random(shape_of_new("rand", size), dtype=drawn_as), dtype, device,
                  requires_grad)


@sized
def randn(*size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None,
          requires_grad: bool = False) -> Tensor:
    """Normal random numbers: mean 0, standard deviation 1.

    ``size``: ints or one tuple. The default dtype unless given.

    >>> minigrad.randn(2, 3).shape
    minigrad.Size([2, 3])
    """
    drawn = generator_of(generator).standard_normal(shape_of_new("randn", size))
    return _drawn(drawn, _floating("randn", dtype), device, requires_grad)


def randint(low: Any = None, high: Any = None, size: Any = None, *, generator: Generator | None = None,
            dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Random integers from low up to, not including, high; ``randint(high, size)`` starts at 0.

    int64 unless given. Raises RangeError unless low < high.

    >>> sorted(set(minigrad.randint(1, 7, (1000,)).tolist()))            # a die
    [1, 2, 3, 4, 5, 6]
    """
    if size is None:
        low, high, size = 0, low, high              # (high, size)
    elif high is None:
        low, high = 0, low                          # (high, size=size)
    low = 0 if low is None else low
    require_sizes("randint", None, low=low, high=high)
    if high <= low:
        raise RangeError(f"randint: high must be above low, got low={low}, high={high}.")
    dtype = native(dtype or np.int64)
    if dtype.kind in "iu" and not np.iinfo(dtype).min <= low <= high - 1 <= np.iinfo(dtype).max:
        raise RangeError(f"randint: {low} to {high - 1} do not all fit {dtype}. Take a wider dtype.")
    drawn = generator_of(generator).integers(low, high, shape_of_new("randint", (size,)))
    return _drawn(drawn, dtype, device, requires_grad)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None,
             device: Any = None) -> Tensor:
    """The integers 0 … n − 1 in random order. int64 unless given.

    >>> sorted(minigrad.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    require_sizes("randperm", 0, n=n)
    return _drawn(generator_of(generator).permutation(n), dtype or np.int64, device, False)


def rand_like(x: Tensor, **options: Any) -> Tensor:
    """Uniform random numbers with the shape, dtype and device of x.

    >>> minigrad.rand_like(minigrad.zeros(2, 3)).shape
    minigrad.Size([2, 3])
    """
    return made_like(rand, x, options)


def randn_like(x: Tensor, **options: Any) -> Tensor:
    """Normal random numbers with the shape, dtype and device of x.

    >>> minigrad.randn_like(minigrad.zeros(2, 3)).shape
    minigrad.Size([2, 3])
    """
    return made_like(randn, x, options)


def randint_like(x: Tensor, low: int, high: Any = None, **options: Any) -> Tensor:
    """Random integers from low up to, not including, high, with the shape, dtype and device of x.

    >>> minigrad.randint_like(minigrad.zeros(2, 3), 1, 7).shape
    minigrad.Size([2, 3])
    """
    options = {"dtype": x.dtype, "device": x.device, **options}
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, tuple(x.shape), **options)


def multinomial(x: Tensor, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Tensor:
    """``num_samples`` positions of x, each drawn with a probability proportional to its weight.

    x: (m,) or (N, m), floating weights of at least 0, which need not add up to 1. The result: int64,
    (num_samples,) or (N, num_samples). Without replacement no position is drawn twice. It has no gradient.

    Raises DTypeError for weights that are not floating, ShapeError for other shapes, RangeError for weights
    that are negative, not finite, or all 0, and for more samples than there are weights to draw.

    >>> minigrad.multinomial(minigrad.tensor([0.0, 1.0, 0.0]), 4, replacement=True)
    tensor([1, 1, 1, 1])
    >>> sorted(minigrad.multinomial(minigrad.tensor([0.2, 0.5, 0.3]), 3).tolist())
    [0, 1, 2]
    """
    if x.dtype.kind != "f":
        raise DTypeError(f"multinomial: expected floating weights, got {x.dtype}. x.float() converts them.")
    if x.ndim not in (1, 2) or not x.shape[-1]:
        raise ShapeError(f"multinomial: expected weights of shape (m,) or (N, m), got {tuple(x.shape)}.")
    weights = to_numpy(x._array).astype(np.float64).reshape(-1, x.shape[-1])
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any(1).all()):
        raise RangeError("multinomial: expected finite weights from 0, not all of them 0 in a row. "
                         "softmax(-1) turns a network's scores into weights.")
    possible = (weights > 0).sum(1).min(initial=x.shape[-1])
    if num_samples < 1:
        raise RangeError(f"multinomial: expected num_samples from 1, got {num_samples}.")
    if not replacement and num_samples > possible:
        raise RangeError(f"multinomial: cannot draw {num_samples} samples without replacement from "
                         f"{possible} weights above 0. Pass replacement=True, or draw fewer.")
    draw = _again if replacement else _once
    drawn = draw(weights, num_samples, generator_of(generator)).reshape(*x.shape[:-1], num_samples)
    return wrap(as_array(drawn, np.int64, device_of(x._array)))


def _again(weights: Array, count: int, random: np.random.Generator) -> Array:
    """With replacement: where uniform numbers fall on a line of stretches as long as the weights."""
    ends = (weights / weights.max(1, keepdims=True)).cumsum(1)      # so that no sum overflows or vanishes
    points = random.random((len(weights), count)) * ends[:, -1:]
    drawn = [np.searchsorted(e, p, side="right") for e, p in zip(ends, points)]
    return np.array(drawn, np.int64).reshape(points.shape)


def _once(weights: Array, count: int, random: np.random.Generator) -> Array:
    """Without replacement: the first arrivals, when a position with weight w arrives after a time ~ Exp(w).

    The earliest is position k with probability w_k / Σ w, and the race goes on in the same way among the
    others (Efraimidis and Spirakis 2006). The logarithms of the times have the same order, and no weight is
    too small for them.
    """
    with np.errstate(divide="ignore"):
        times = np.log(random.exponential(size=weights.shape)) - np.log(weights)    # ∞ for a weight of 0
    return np.argsort(times, axis=1)[:, :count]


def bernoulli(x: Tensor, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that x gives, else 0; entry by entry, in the dtype of x. It has no gradient.

    Raises DTypeError for integers, RangeError for numbers outside of [0, 1].

    >>> minigrad.bernoulli(minigrad.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if x.dtype.kind != "f":
        raise DTypeError(f"bernoulli: expected floating probabilities, got {x.dtype}.")
    p = to_numpy(x._array)
    if not ((p >= 0) & (p <= 1)).all():
        raise RangeError("bernoulli: expected probabilities from 0 to 1. sigmoid() turns scores into some.")
    return wrap(as_array(generator_of(generator).random(p.shape) < p, x.dtype, device_of(x._array)))


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None,
           dtype: Any = None, device: Any = None) -> Tensor:
    """Normal random numbers; ``mean`` and ``std`` are numbers with a ``size``, or tensors that broadcast.

    Raises RangeError for a std below 0, TypeError when neither a size nor a tensor is given.

    >>> minigrad.normal(5.0, 0.0, (2,)), minigrad.normal(minigrad.tensor([1.0, 2.0]), 0.0)
    (tensor([5., 5.]), tensor([1., 2.]))
    """
    tensors = [t for t in (mean, std) if isinstance(t, Tensor)]
    if not tensors and size is None:
        raise TypeError("normal: give a size, or a tensor as mean or std.")
    shape = tuple(size) if size is not None else np.broadcast_shapes(*(tuple(t.shape) for t in tensors))
    like = tensors[0] if tensors else zeros(0, dtype=dtype, device=device)
    return like.new_empty(shape).normal_(mean, std, generator=generator)


def poisson(x: Tensor, generator: Generator | None = None) -> Tensor:
    """A random count for each entry, whose mean is the entry: P(k) = xᵏ e⁻ˣ / k!. No gradient.

    Raises RangeError for an entry below 0.

    >>> minigrad.poisson(minigrad.tensor([0.0]))
    tensor([0.])
    """
    if (rate := to_numpy(x._array)).size and not rate.min() >= 0:
        raise RangeError("poisson: expected rates of 0 or more.")
    return wrap(as_array(generator_of(generator).poisson(rate), x.dtype, device_of(x._array)))


attach(multinomial=multinomial, bernoulli=bernoulli)
