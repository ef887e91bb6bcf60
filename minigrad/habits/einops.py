"""einops on Tensors: ``rearrange(x, "b (h w) -> b h w", h=2)`` and layers such as Rearrange.

einops asks its back ends, one for each framework, whose tensor it was given; here is the one for minigrad.
It is added as soon as einops is imported, before or after minigrad. einops is not needed otherwise. Its
layers are ``einops.layers.minigrad``, as those for PyTorch are ``einops.layers.torch``.
"""
from __future__ import annotations

import importlib
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Sequence

from ..autograd import Tensor
from ..nn.module import Module
from ..ops.create import arange, from_numpy
from ..ops.einsum import einsum
from ..ops.join import cat, stack

_BACKENDS, _LAYERS = "einops._backends", "einops.layers.minigrad"


def _add_backend(backends: Any) -> None:
    """Define minigrad's back end; einops finds it among the subclasses of its own class."""

    class MinigradBackend(backends.AbstractBackend):  # type: ignore[misc]
        framework_name = "minigrad"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return isinstance(tensor, Tensor)

        def from_numpy(self, x: Any) -> Tensor:
            return from_numpy(x)

        def to_numpy(self, x: Tensor) -> Any:
            return x.detach().cpu().numpy()

        def arange(self, start: int, stop: int) -> Tensor:
            return arange(start, stop)

        def shape(self, x: Tensor) -> tuple[int, ...]:
            return tuple(x.shape)

        def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
            return x.permute(*axes)

        def reduce(self, x: Tensor, operation: str, axes: Sequence[int]) -> Tensor:
            if operation in ("min", "max"):
                return x.amin(tuple(axes)) if operation == "min" else x.amax(tuple(axes))
            for axis in sorted(axes, reverse=True):
                x = getattr(x, operation)(axis)
            return x

        def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
            return stack(tensors)

        def add_axis(self, x: Tensor, new_position: int) -> Tensor:
            return x.unsqueeze(new_position)

        def tile(self, x: Tensor, repeats: Sequence[int]) -> Tensor:
            return x.tile(tuple(repeats))

        def concat(self, tensors: list[Tensor], axis: int) -> Tensor:
            return cat(tensors, axis)

        def is_float_type(self, x: Tensor) -> bool:
            return x.is_floating_point()

        def einsum(self, pattern: str, *x: Tensor) -> Tensor:
            return einsum(pattern, *x)

        def layers(self) -> ModuleType:
            return importlib.import_module(_LAYERS)

    backends.MinigradBackend = MinigradBackend


def _add_layers(layers: ModuleType) -> None:
    """Rearrange and Reduce as modules."""
    mixins: Any = importlib.import_module("einops.layers")
    for name in ("Rearrange", "Reduce"):
        mixin = getattr(mixins, f"{name}Mixin")
        layer = type(name, (mixin, Module), {"forward": lambda self, x: self._apply_recipe(x),
                                             "__module__": layers.__name__, "__doc__": mixin.__doc__,
                                             "__repr__": mixin.__repr__})
        setattr(layers, name, layer)


class _Layers:
    """A loader, as importlib wants one; to inherit from importlib.abc would double what this file costs."""

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        _add_layers(module)


class _Then:
    """einops' own loader, and then our back end."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: Any) -> Any:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        _add_backend(module)


class _Finder:
    """Meets two imports, einops' back ends and the layers for minigrad, and lets all others pass."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname == _LAYERS:
            return importlib.machinery.ModuleSpec(fullname, _Layers())  # type: ignore[arg-type]
        if fullname != _BACKENDS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None:
            spec.loader = _Then(spec.loader)  # type: ignore[assignment]
        return spec


sys.meta_path.insert(0, _Finder())
if _BACKENDS in sys.modules:
    _add_backend(sys.modules[_BACKENDS])
