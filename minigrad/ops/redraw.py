"""Filling a tensor with random numbers, in place: ``x.normal_(0, 0.02)``. Each method returns x."""
from __future__ import annotations

from inspect import signature
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import as_array
from ..backend.arrays import device_of, to_numpy
from ..backend.random import Generator, generator_of
from ..errors import DTypeError, RangeError
from .attach import attach
from .inplace import store


def _method(name: str, about: str, draw: Callable[..., Any], holds: Callable[..., Any], expected: str,
            integers: bool = False) -> None:
    """``x.name(*options)``: what ``draw`` makes of a generator, a shape, and the options that holds names."""
    named_by = signature(holds)

    def method(x: Tensor, *given: Any, generator: Generator | None = None, **named: Any) -> Tensor:
        if x.dtype.kind != "f" and not integers:
            raise DTypeError(f"{name}: expected a floating tensor, got {x.dtype}, which cannot hold such "
                             "numbers. Use x.float(), or random_ for integers.")
        try:
            bound = named_by.bind(*given, **named)
        except TypeError as error:
            raise TypeError(f"{name}: {error}. The arguments are {named_by}.") from None
        bound.apply_defaults()
        options = [to_numpy(v._array) if isinstance(v, Tensor) else v for v in bound.args]
        if not np.all(holds(*options)):
            raise RangeError(f"{name}: expected {expected}, got {', '.join(map(str, options))}.")
        drawn = draw(generator_of(generator), x.shape, *options)
        return store(x, as_array(np.broadcast_to(drawn, x.shape), x.dtype, device_of(x._array)), name)
    method.__name__, method.__doc__ = name, f"{about} Raises RangeError unless {expected}."
    attach(**{name: method})


def random_(x: Tensor, low: int | None = None, high: int | None = None, *,
            generator: Generator | None = None) -> Tensor:
    """Integers from low up to, not including, high; ``random_(high)`` starts at 0.

    ``random_()`` draws from all integers, from 0 on, that x holds exactly.
    """
    if high is None:
        most = int(np.iinfo(x.dtype).max) + 1 if x.dtype.kind in "iu" else \
            2 if x.dtype.kind == "b" else 2 ** (np.finfo(x.dtype).nmant + 1)
        low, high = 0, most if low is None else low
    if not (low or 0) < high:
        raise RangeError(f"random_: expected low < high, got {low} and {high}.")
    drawn = generator_of(generator).integers(low or 0, high, x.shape)
    return store(x, as_array(drawn, x.dtype, device_of(x._array)), "random_")


_method("normal_", "Normal numbers with this mean and standard deviation.",
        lambda random, shape, mean, std: random.standard_normal(shape) * std + mean,
        lambda mean=0.0, std=1.0: np.asarray(std) >= 0, "a std of 0 or more")
_method("log_normal_", "eⁿ for normal numbers n with this mean and standard deviation.",
        lambda random, shape, mean, std: random.lognormal(mean, std, shape),
        lambda mean=1.0, std=2.0: std > 0, "a std above 0")
_method("uniform_", "Numbers from ``low`` up to ``to``, all equally likely.",
        lambda random, shape, low, to: random.random(shape) * (to - low) + low,
        lambda low=0.0, to=1.0: low <= to, "low ≤ to")
_method("bernoulli_", "1 with the probability p, a number or a tensor that broadcasts, else 0.",
        lambda random, shape, p: random.random(shape) < p,
        lambda p=0.5: (np.asarray(p) >= 0) & (np.asarray(p) <= 1), "probabilities from 0 to 1", True)
_method("exponential_", "Waiting times for what happens λ times per unit of time: p(x) = λ e^(−λx).",
        lambda random, shape, lambd: random.exponential(1 / lambd, shape),
        lambda lambd=1.0: lambd > 0, "λ > 0")
_method("geometric_", "How many trials it takes until one succeeds, each with the chance p.",
        lambda random, shape, p: random.geometric(p, shape), lambda p: 0 < p < 1, "0 < p < 1", True)
_method("cauchy_", "Numbers of a Cauchy distribution: a quotient of two normal ones, · sigma + median.",
        lambda random, shape, median, sigma: random.standard_cauchy(shape) * sigma + median,
        lambda median=0.0, sigma=1.0: sigma > 0, "a sigma above 0")
attach(random_=random_)
