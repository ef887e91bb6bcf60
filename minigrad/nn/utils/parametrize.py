"""Parametrizations: a parameter that is computed from others, at every use.

``register_parametrization(layer, "weight", f)`` keeps what was layer.weight as
layer.parametrizations.weight.original, and layer.weight is from then on f of it. Assigning to layer.weight
calls f.right_inverse, which finds the original that gives this value.
"""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Sequence

from ...autograd import Tensor, no_grad
from ...errors import ShapeError
from ..container import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

_cached: list[dict[Any, Any]] = []          # the values that ``cached()`` keeps; the innermost block's last


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, applied one after the other, and their originals.

    >>> layer = minigrad.nn.Linear(2, 2)
    >>> _ = minigrad.nn.utils.parametrize.register_parametrization(layer, "weight", minigrad.nn.Tanh())
    >>> type(layer.parametrizations.weight).__name__, layer.parametrizations["weight"].original.shape
    ('ParametrizationList', minigrad.Size([2, 2]))
    """

    def __init__(self, modules: Sequence[Module], original: Tensor) -> None:
        super().__init__(modules)
        value: Any = original
        with no_grad():
            for module in reversed(list(self)):
                value = module.right_inverse(value) if hasattr(module, "right_inverse") else value
        self.is_tensor = isinstance(value, Tensor)
        self.ntensors = 1 if self.is_tensor else len(value)
        for name, part in zip(self._names(), [value] if self.is_tensor else value):
            if isinstance(original, Parameter):
                own = part if isinstance(part, Parameter) else Parameter(part.detach(),
                                                                         original.requires_grad)
                self.register_parameter(name, own)
            else:
                self.register_buffer(name, part)

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{k}" for k in range(self.ntensors)]

    def forward(self) -> Any:
        """The value: all parametrizations of the originals."""
        first, *others = list(self)
        value = first(*(getattr(self, name) for name in self._names()))
        for module in others:
            value = module(value)
        return value

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals so that this value comes out, in place."""
        with no_grad():
            parts: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"{type(module).__name__} has no right_inverse, so its parameter "
                                       "cannot be assigned. Define right_inverse(self, value), or change "
                                       "the original.")
                parts = module.right_inverse(parts)
            for name, part in zip(self._names(), [parts] if self.is_tensor else parts):
                getattr(self, name).data = part.detach()


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *,
                             unsafe: bool = False) -> Module:
    """Let module.<tensor_name> be computed by ``parametrization`` from now on; returns the module.

    A second one is applied to the result of the first. Raises ValueError for a name that is neither a
    parameter nor a buffer, ShapeError when the shape would change (unless ``unsafe``).

    >>> class Symmetric(minigrad.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).transpose(-1, -2)
    >>> layer = minigrad.nn.Linear(3, 3)
    >>> _ = minigrad.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> minigrad.allclose(layer.weight, layer.weight.T)
    True
    """
    if is_parametrized(module, tensor_name):
        own: Any = module.parametrizations[tensor_name]
        if not unsafe:
            _require_shape(tensor_name, own(), parametrization(own()))
        own.append(parametrization)
        return module
    table: Any = next((t for t in (module._parameters, module._buffers) if t.get(tensor_name) is not None),
                      None)
    if table is None:
        raise ValueError(f"register_parametrization: {type(module).__name__} has no parameter or buffer "
                         f"{tensor_name!r}.")
    original = table[tensor_name]
    own = ParametrizationList([parametrization], original)
    if not unsafe:
        with no_grad():
            _require_shape(tensor_name, original, own())
    del table[tensor_name]
    if not is_parametrized(module):
        _give_own_class(module)
    module.parametrizations[tensor_name] = own
    setattr(type(module), tensor_name, _property(tensor_name))
    return module


def _require_shape(name: str, before: Tensor, after: Any) -> None:
    if not isinstance(after, Tensor) or after.shape != before.shape or after.dtype != before.dtype:
        raise ShapeError(f"register_parametrization: {name} is {tuple(before.shape)} of {before.dtype}, but "
                         f"would become {tuple(getattr(after, 'shape', ()))} of "
                         f"{getattr(after, 'dtype', type(after).__name__)}. "
                         "Pass unsafe=True to allow it.")


def _give_own_class(module: Module) -> None:
    """A class for this one module, with room for properties."""
    base = type(module)

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if "parametrizations" in self._modules and name in self.parametrizations:
            self.parametrizations[name].right_inverse(value)
        else:
            base.__setattr__(self, name, value)
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), {"__setattr__": set_attribute})
    module.parametrizations = ModuleDict()


def _property(name: str) -> property:
    def value(self: Any) -> Any:
        if not _cached:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cached[-1]:
            _cached[-1][key] = self.parametrizations[name]()
        return _cached[-1][key]
    return property(value)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module, or one tensor of it, has a parametrization.

    >>> minigrad.nn.utils.parametrize.is_parametrized(minigrad.nn.Linear(2, 2))
    False
    """
    own = module._modules.get("parametrizations")
    return isinstance(own, ModuleDict) and (len(own) > 0 if tensor_name is None else tensor_name in own)


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make module.<tensor_name> an ordinary parameter again; returns the module.

    With the value it has now, or with ``leave_parametrized=False`` with the original. Raises ValueError when
    it has no parametrization, or several originals.

    >>> layer = minigrad.nn.utils.parametrizations.weight_norm(minigrad.nn.Linear(2, 2))
    >>> minigrad.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=2, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"remove_parametrizations: {type(module).__name__} has no parametrization of "
                         f"{tensor_name!r}.")
    own: Any = module.parametrizations[tensor_name]
    if not leave_parametrized and not own.is_tensor:
        raise ValueError(f"remove_parametrizations: {tensor_name} has several originals; leave_parametrized "
                         "must be True.")
    with no_grad():
        value = own() if leave_parametrized else own.original
    original = getattr(own, own._names()[0])
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(original, Parameter):
        module.register_parameter(tensor_name, Parameter(value.detach(), original.requires_grad))
    else:
        module.register_buffer(tensor_name, value.detach())
    if not len(module.parametrizations):
        del module._modules["parametrizations"]
        module.__class__ = type(module).__bases__[0]
    return module


@contextmanager
def cached() -> Iterator[None]:
    """Inside the block each parametrized tensor is computed once and kept.

    >>> layer = minigrad.nn.utils.parametrizations.weight_norm(minigrad.nn.Linear(2, 2))
    >>> with minigrad.nn.utils.parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    _cached.append({})
    try:
        yield
    finally:
        _cached.pop()
