"""Noise that hides what a single example adds to a clipped sum."""
from __future__ import annotations

from typing import Iterable

from ..autograd import Tensor, no_grad
from ..backend.random import Generator
from ..errors import RangeError
from ..ops.create import zeros_like
from ..ops.sampling import randn


def add_noise(parameters: Iterable[Tensor], noise_multiplier: float, max_grad_norm: float,
              expected_batch_size: float, generator: Generator | None = None) -> None:
    """g ← (g + σ C z) / B with z ~ N(0, 1), in ``.grad`` of each parameter; without a gradient, g = 0.

    Args:
        noise_multiplier: σ, the noise in units of C; 0 is none, and guarantees nothing.
        max_grad_norm: C, the one that ``clipped_backward`` had.
        expected_batch_size: B, sample rate · number of examples. Not the size of this batch: it is private.

    The generator is meant for experiments: its seed must stay secret, and floats leak in their last digits
    (Mironov, 2012). Raises RangeError for numbers that make no sense.

    >>> w = minigrad.zeros(2, requires_grad=True)
    >>> w.grad = minigrad.tensor([8.0, 4.0])
    >>> minigrad.privacy.add_noise([w], noise_multiplier=0.0, max_grad_norm=1.0, expected_batch_size=4)
    >>> w.grad
    tensor([2., 1.])
    """
    for name, value, fine in (("noise_multiplier", noise_multiplier, noise_multiplier >= 0),
                              ("max_grad_norm", max_grad_norm, max_grad_norm > 0),
                              ("expected_batch_size", expected_batch_size, expected_batch_size > 0)):
        if not fine:
            least = "0 or more" if name == "noise_multiplier" else "positive"
            raise RangeError(f"add_noise: {name}={value} must be {least}.")
    with no_grad():
        for p in parameters:
            if not p.requires_grad:
                continue
            g = zeros_like(p) if p.grad is None else p.grad
            z = randn(p.shape, generator=generator, dtype=p.dtype, device=p.device)
            p.grad = (g + noise_multiplier * max_grad_norm * z) / expected_batch_size
