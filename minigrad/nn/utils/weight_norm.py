"""Weight norm as a hook that computes the weight before every call: PyTorch's older form."""
from __future__ import annotations

from typing import Any

from ..module import Module
from ..parameter import Parameter
from .parametrizations import WeightNorm, lengths


class WeightNormHook:
    """Computes weight = g · v / ‖v‖ before each call."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def compute(self, module: Module) -> Any:
        """g · v / ‖v‖ now."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return WeightNorm(self.dim)(g, v)

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """w = g · v / ‖v‖ for each row of a weight, computed before every call; returns the module.

    The parameters are module.weight_g and weight_v. ``parametrizations.weight_norm`` is the newer form.
    Raises RuntimeError when it has one already. Source: Salimans and Kingma 2016.

    >>> layer = minigrad.nn.utils.weight_norm(minigrad.nn.Linear(3, 2))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight_g', 'weight_v']
    """
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNormHook) and hook.name == name:
            raise RuntimeError(f"weight_norm: {name} has a weight norm already.")
    own, weight = WeightNormHook(name, dim), getattr(module, name)
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(lengths(weight.detach(), dim)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    setattr(module, name, own.compute(module))
    module.register_forward_pre_hook(own)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight an ordinary parameter again; returns the module. Raises ValueError when it has no
    weight norm.

    >>> layer = minigrad.nn.utils.weight_norm(minigrad.nn.Linear(3, 2))
    >>> [name for name, _ in minigrad.nn.utils.remove_weight_norm(layer).named_parameters()]
    ['bias', 'weight']
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNormHook) and hook.name == name:
            weight = hook.compute(module)
            delattr(module, name)
            del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"remove_weight_norm: {type(module).__name__} has no weight norm of {name!r}.")
