"""Attributions from slopes: at the input, near it, and along the way to it."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..errors import RangeError
from ..errors.arguments import require_integers
from ..nn import Module, ReLU
from ..ops.convert import to
from ..ops.create import zeros_like
from ..ops.sampling import randn_like
from .scores import Attribution, baseline_of, floats


class Saliency(Attribution):
    """|∂score/∂x|: which entries move the score most, for a small change (Simonyan et al. 2013).

    >>> model = minigrad.nn.Linear(2, 1)
    >>> minigrad.attribution.Saliency(model).attribute(minigrad.ones(1, 2)).shape
    minigrad.Size([1, 2])
    """

    def attribute(self, inputs: Tensor, target: Any = None, abs: bool = True) -> Tensor:
        """The slopes in the shape of ``inputs`` (N, …); with their sign when ``abs`` is False."""
        slope = self.slopes(inputs, target)
        return slope.abs() if abs else slope


class InputXGradient(Attribution):
    """x · ∂score/∂x: exact for a linear model without bias.

    >>> model = minigrad.nn.Linear(2, 1, bias=False)
    >>> x = minigrad.randn(1, 2)
    >>> parts = minigrad.attribution.InputXGradient(model).attribute(x)
    >>> bool(minigrad.allclose(parts.sum(1, keepdim=True), model(x), atol=1e-6))
    True
    """

    def attribute(self, inputs: Tensor, target: Any = None) -> Tensor:
        """In the shape of ``inputs`` (N, …)."""
        return inputs.detach() * self.slopes(inputs, target)


class IntegratedGradients(Attribution):
    """(x − b) · mean of ∂score/∂x along the line from b to x: the parts add up to score(x) − score(b).

    Of Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks" (2017); b is the baseline.

    >>> x = minigrad.randn(1, 2)
    >>> parts = minigrad.attribution.IntegratedGradients(lambda x: (x ** 2).sum(1)).attribute(x)
    >>> bool(minigrad.allclose(parts, x ** 2, atol=1e-5))
    True
    """

    def attribute(self, inputs: Tensor, baselines: Any = None, target: Any = None, n_steps: int = 50,
                  method: str = "gausslegendre", return_convergence_delta: bool = False) -> Any:
        """In the shape of ``inputs`` (N, …).

        Args:
            baselines: zeros, a number, or a tensor that broadcasts to the inputs.
            n_steps: points along the way; more of them make the delta smaller.
            method: where they lie, "gausslegendre" or "riemann_middle".
            return_convergence_delta: return Σ parts − (score(x) − score(b)), (N,), as well.
        """
        require_integers("IntegratedGradients", n_steps=n_steps)
        x = floats(inputs, "IntegratedGradients").detach()
        b = baseline_of(x, baselines)
        if method == "gausslegendre":
            points, weights = (np.asarray(v) for v in np.polynomial.legendre.leggauss(n_steps))
            points, weights = (points + 1) / 2, weights / 2
        elif method == "riemann_middle":
            points, weights = (np.arange(n_steps) + 0.5) / n_steps, np.full(n_steps, 1 / n_steps)
        else:
            raise RangeError(f"IntegratedGradients: method {method!r} is neither 'gausslegendre' nor "
                             "'riemann_middle'.")
        mean = zeros_like(x)
        for alpha, weight in zip(points, weights):
            mean = mean + float(weight) * self.slopes(b + float(alpha) * (x - b), target)
        parts = (x - b) * mean
        if not return_convergence_delta:
            return parts
        change = self.values(x, target) - self.values(b, target)
        sums = parts.cpu().numpy().reshape(len(change), -1).sum(1, dtype=np.float64)
        return parts, to(wrap((sums - change).astype(x.dtype)), x.device)


class NoiseTunnel:
    """The mean of an attribution over noisy copies of the input: SmoothGrad (Smilkov et al. 2017).

    >>> smooth = minigrad.attribution.NoiseTunnel(minigrad.attribution.Saliency(minigrad.nn.Linear(2, 1)))
    >>> smooth.attribute(minigrad.ones(1, 2), nt_samples=4, stdevs=0.1).shape
    minigrad.Size([1, 2])
    """

    def __init__(self, attribution_method: Any) -> None:
        self.attribution_method = attribution_method

    def attribute(self, inputs: Tensor, nt_type: str = "smoothgrad", nt_samples: int = 5, stdevs: float = 1.0,
                  **kwargs: Any) -> Tensor:
        """In the shape of ``inputs`` (N, …); ``kwargs`` go to the method.

        Args:
            nt_type: "smoothgrad", the mean; "smoothgrad_sq", of the squares; "vargrad", the variance.
            nt_samples: how many noisy copies.
            stdevs: the standard deviation of the noise, in the units of the input.
        """
        require_integers("NoiseTunnel", nt_samples=nt_samples)
        if nt_type not in ("smoothgrad", "smoothgrad_sq", "vargrad") or not stdevs >= 0:
            raise RangeError("NoiseTunnel: nt_type must be smoothgrad, smoothgrad_sq or vargrad, and stdevs "
                             f"at least 0, got {nt_type!r} and {stdevs}.")
        x = floats(inputs, "NoiseTunnel").detach()
        mean, squares = zeros_like(x), zeros_like(x)
        for _ in range(nt_samples):
            part = self.attribution_method.attribute(x + stdevs * randn_like(x), **kwargs)
            mean, squares = mean + part / nt_samples, squares + part ** 2 / nt_samples
        return {"smoothgrad": mean, "smoothgrad_sq": squares, "vargrad": squares - mean ** 2}[nt_type]


class GuidedBackprop(Attribution):
    """The slope, but each ReLU lets only positive gradients back (Springenberg et al. 2014).

    It draws sharp pictures, and is blind: they hardly change when the upper layers become random (Adebayo et
    al., "Sanity checks for saliency maps", 2018). Only ``nn.ReLU`` modules change, and only for the call.

    >>> from minigrad import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> minigrad.attribution.GuidedBackprop(model).attribute(minigrad.ones(1, 2)).shape
    minigrad.Size([1, 2])
    """

    def attribute(self, inputs: Tensor, target: Any = None) -> Tensor:
        """In the shape of ``inputs`` (N, …)."""
        if not isinstance(self.forward_func, Module):
            raise TypeError("GuidedBackprop: expected a Module, whose ReLU modules it can find.")
        handles = [module.register_forward_hook(_positive_only) for module in self.forward_func.modules()
                   if isinstance(module, ReLU)]
        try:
            return self.slopes(inputs, target)
        finally:
            for handle in handles:
                handle.remove()


def _positive_only(module: Module, arguments: Any, output: Tensor) -> None:
    """A forward hook: gradients that come back to this output lose their negative entries."""
    if output.requires_grad:
        output.register_hook(lambda g: g.clamp(min=0))
