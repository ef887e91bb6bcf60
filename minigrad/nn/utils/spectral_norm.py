"""Spectral norm as a hook that computes the weight before every call: PyTorch's older form."""
from __future__ import annotations

from typing import Any

from ..conv import TransposedConvolution
from ..module import Module
from ..parameter import Parameter
from .parametrizations import direction, matrix_of, power_iteration


class SpectralNormHook:
    """Computes weight = weight_orig / σ before each call, after a step of power iteration in training."""

    def __init__(self, name: str, steps: int, dim: int, eps: float) -> None:
        self.name, self.steps, self.dim, self.eps = name, steps, dim, eps

    def compute(self, module: Module, iterate: bool) -> Any:
        """weight_orig / σ now."""
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = matrix_of(weight, self.dim)
        if iterate:
            power_iteration(matrix.detach().T, v, u, self.steps, self.eps)          # v first, as PyTorch here
        return weight / (u.clone() * (matrix @ v.clone())).sum()

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute(module, module.training))


def spectral_norm(module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Module:
    """A weight divided by its largest singular value, computed before every call; returns the module.

    The parameter is module.weight_orig; the buffers weight_u and weight_v are improved by
    ``n_power_iterations`` steps in every training call. ``parametrizations.spectral_norm`` is the newer form.
    Raises RuntimeError when it has one already, ValueError for fewer than one step. Source: Miyato et al.
    2018.

    >>> layer = minigrad.nn.utils.spectral_norm(minigrad.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if any(isinstance(h, SpectralNormHook) and h.name == name for h in module._forward_pre_hooks.values()):
        raise RuntimeError(f"spectral_norm: {name} has a spectral norm already.")
    if n_power_iterations < 1:
        raise ValueError(f"spectral_norm: n_power_iterations must be at least 1, got {n_power_iterations}.")
    if dim is None:
        dim = 1 if isinstance(module, TransposedConvolution) else 0
    own, weight = SpectralNormHook(name, n_power_iterations, dim, eps), module._parameters.pop(name)
    assert weight is not None
    matrix = matrix_of(weight.detach(), dim)
    module.register_parameter(f"{name}_orig", Parameter(weight.detach(), weight.requires_grad))
    for part, size in (("u", matrix.shape[0]), ("v", matrix.shape[1])):
        module.register_buffer(f"{name}_{part}", direction(size, weight, eps))
    setattr(module, name, weight.detach())
    module.register_forward_pre_hook(own)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight an ordinary parameter again; returns the module. Raises ValueError when it has no
    spectral norm.

    >>> layer = minigrad.nn.utils.spectral_norm(minigrad.nn.Linear(3, 2))
    >>> list(minigrad.nn.utils.remove_spectral_norm(layer).state_dict())
    ['bias', 'weight']
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNormHook) and hook.name == name:
            weight = hook.compute(module, False)
            delattr(module, name)
            del module._parameters[f"{name}_orig"], module._buffers[f"{name}_u"], module._buffers[f"{name}_v"]
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"remove_spectral_norm: {type(module).__name__} has no spectral norm of {name!r}.")
