"""Module: parameters, sub-modules and a forward, as a tree."""
from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Iterator, Mapping, NamedTuple

import numpy as np

from ..autograd import Tensor, no_grad
from ..backend.arrays import device_of, is_array, move
from ..errors import DTypeError, GraphError
from ..errors.habits import MODEL
from ..errors.suggestions import MissingName
from .hooks import RemovableHandle, call_with_hooks
from .parameter import Parameter


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict(strict=False)`` could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]


LAYERS = __name__.rpartition(".")[0] + "."


def refuse_data(cls: type, count: int) -> None:
    """TypeError for ``nn.ReLU(x)``, and for a loss called with (output, target) where it is made.

    The first argument of a loss may be a tensor: the weights.
    """
    name = cls.__name__
    if cls.__module__ == LAYERS + "losses":
        if count > 1 or name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "KLDivLoss"):
            raise TypeError(f"{name}: it is made first, and called with tensors then: "
                            f"loss = nn.{name}(); loss(output, target).")
    else:
        raise TypeError(f"{name}: a layer is built first, and called with a tensor then: nn.{name}()(x), "
                        "with its sizes, if it has any, in the first parentheses.")


class Module:
    """A piece of a network: assign Parameters and Modules as attributes, and write ``forward``.

    >>> from minigrad import nn
    >>> class Double(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.inner = nn.Linear(2, 3)
    ...     def forward(self, x):
    ...         return 2 * self.inner(x)
    >>> [name for name, _ in Double().named_parameters()]
    ['inner.weight', 'inner.bias']
    """

    training: bool
    _shown: tuple[str, ...] = ()
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _hooks: dict[str, dict[int, Callable[..., Any]]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Tensor) and cls.__module__.startswith(LAYERS):
            refuse_data(cls, len(args))
        return super().__new__(cls)

    def __init__(self) -> None:
        for name, value in (("_parameters", {}), ("_buffers", {}), ("_modules", {}),
                            ("_transient_buffers", set()), ("_hooks", {}), ("training", True)):
            object.__setattr__(self, name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes. Every module defines it; to run it, call the module."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x).")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooks and self.watched():      # hardly any module ever has a hook
            return call_with_hooks(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; its result, if not None, replaces args."""
        return self._add_hook("forward_pre", hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; its result, if not None, replaces output."""
        return self._add_hook("forward", hook)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        Both are tuples with an entry for each tensor argument or result; a returned tuple replaces
        grad_input.
        """
        return self._add_hook("backward", hook)

    def watched(self) -> bool:
        """Whether this module has a hook: one that was registered and not removed since."""
        return any(self._hooks.values())

    def _add_hook(self, kind: str, hook: Callable[..., Any]) -> RemovableHandle:
        return RemovableHandle.add(self._hooks.setdefault(kind, {}), hook)

    # ── attributes ────────────────────────────────────────────────────────────────────────────

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if "_parameters" not in tables:
            raise GraphError(f"{type(self).__name__}: call super().__init__() before assigning "
                             f"self.{name}.")
        if isinstance(value, Parameter):
            self._place(self._parameters, name, value)
        elif isinstance(value, Module):
            self._place(self._modules, name, value)
        elif name in self._buffers and (value is None or isinstance(value, Tensor)):
            self._buffers[name] = value
        elif name in self._parameters:
            if value is not None:
                raise TypeError(f"{type(self).__name__}.{name} is a parameter; assign a nn.Parameter, "
                                f"not {type(value).__name__}.")
            self._parameters[name] = None
        elif name in self._modules and value is None:
            self._modules[name] = None
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, ()):
                return self.__dict__[table][name]
        raise MissingName(type(self).__name__, name, self.__dir__, MODEL)

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def _place(self, table: dict[str, Any], name: str, value: Any) -> None:
        """Enter ``value`` under its name; a replacement of the same kind keeps its place in the order."""
        if isinstance(value, Module):
            self._require_tree(name, value)
        if name not in table:
            self._forget(name)
        table[name] = value

    def _require_tree(self, name: str, child: Module) -> None:
        """GraphError for a module that would contain itself: a walk over it would never end."""
        if any(module is self for module in child.modules()):
            raise GraphError(f"{type(self).__name__}.{name}: a module cannot contain itself, not even "
                             "through others. To refer to it without containing it, keep it in a list: "
                             "[module].")

    def _forget(self, name: str) -> bool:
        found = False
        for table in (self.__dict__, self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                found = True
        return found

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Add a parameter by name; None keeps the name without one (a layer without bias)."""
        self._parameters[name] = parameter

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but not learned, such as a running mean; saved if ``persistent``."""
        self._buffers[name] = tensor
        if not persistent:
            self.__dict__["_transient_buffers"].add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a sub-module by name, as assigning an attribute does."""
        if isinstance(module, Module):
            self._require_tree(name, module)
        self._modules[name] = module

    add_module = register_module

    # ── the tree ──────────────────────────────────────────────────────────────────────────────

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, each once, with dotted names."""
        seen: set[int] = set()
        waiting = [(prefix, self)]
        while waiting:
            name, module = waiting.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            waiting += [(f"{name}.{key}" if name else key, child)
                        for key, child in reversed(module._modules.items()) if child is not None]

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, with their names."""
        return ((name, m) for name, m in self._modules.items() if m is not None)

    def children(self) -> Iterator[Module]:
        """The modules directly below this one."""
        return (module for _, module in self.named_children())

    def _named(self, table: str, prefix: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for name, module in (self.named_modules(prefix) if recurse else [(prefix, self)]):
            for key, value in module.__dict__[table].items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{name}.{key}" if name else key), value

    def named_parameters(self, prefix: str = "",
                         recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters with dotted names, in the order of definition; shared ones once."""
        return self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """All buffers with dotted names."""
        return self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def apply(self, function: Callable[[Module], Any]) -> Module:
        """Call ``function`` on every module, children first; returns self."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # ── modes ─────────────────────────────────────────────────────────────────────────────────

    def train(self, mode: bool = True) -> Module:
        """Training mode, in which dropout drops, for this module and all below it."""
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self) -> Module:
        """Evaluation mode: the same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze (False) or unfreeze all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to 0."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = parameter.grad.detach().zero_()    # works for a grad from create_graph

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Move or convert all parameters and floating buffers in place: ``to("cuda")``, ``to(float64)``."""
        with no_grad():
            for module in self.modules():
                for table in (module._parameters, module._buffers):
                    for tensor in table.values():
                        if tensor is not None:
                            self._convert(tensor, args, kwargs)
        return self

    @staticmethod
    def _convert(tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        moved = tensor.detach().to(*args, **kwargs)
        if not tensor.is_floating_point():          # counters keep their dtype
            moved = moved.to(dtype=tensor.dtype)
        tensor.data = moved
        if tensor.grad is not None:
            tensor.grad = tensor.grad.to(*args, **kwargs)

    def cpu(self) -> Module:
        """All parameters and buffers to the CPU."""
        return self.to("cpu")

    def cuda(self, device: str = "cuda") -> Module:
        """All parameters and buffers to a GPU."""
        return self.to(device)

    def float(self) -> Module:
        """All floating parameters and buffers as float32."""
        return self.to(np.dtype(np.float32))

    def double(self) -> Module:
        """All floating parameters and buffers as float64."""
        return self.to(np.dtype(np.float64))

    # ── state ─────────────────────────────────────────────────────────────────────────────────

    def state_dict(self, prefix: str = "") -> OrderedDict[str, Tensor]:
        """Name → tensor for every parameter and persistent buffer; memory is shared."""
        state: OrderedDict[str, Tensor] = OrderedDict()
        dot = f"{prefix}." if prefix else ""
        for key, value in {**self._parameters, **self._buffers}.items():
            if value is not None and key not in self.__dict__["_transient_buffers"]:
                state[dot + key] = value.detach()
        for name, child in self.named_children():       # a shared module appears under both names
            state.update(child.state_dict(dot + name))
        return state

    def load_state_dict(self, state: Mapping[str, Tensor], strict: bool = True) -> IncompatibleKeys:
        """Copy values in by name. Everything is checked before anything is changed.

        Raises DTypeError for anything but a dict of tensors or arrays, RuntimeError that lists every missing
        or unexpected name (unless strict=False) and every wrong shape.
        """
        if not isinstance(state, Mapping):
            raise DTypeError(f"load_state_dict: expected a dict of tensors, got {type(state).__name__}.")
        own = self.state_dict()
        for name, value in state.items():
            if name in own and not isinstance(value, Tensor) and not is_array(value):
                raise DTypeError(f"load_state_dict: {name} must be a tensor, got {type(value).__name__}. "
                                 "Nothing was loaded.")
        missing = [k for k in own if k not in state]
        unexpected = [k for k in state if k not in own]
        wrong = [f"{k}: the model has {tuple(own[k].shape)}, the state_dict {tuple(state[k].shape)}"
                 for k in own if k in state and tuple(own[k].shape) != tuple(state[k].shape)]
        problems = [f"  wrong shape  {line}" for line in wrong]
        if strict:
            problems += [f"  missing      {k}" for k in missing]
            problems += [f"  unexpected   {k}" for k in unexpected]
        if problems:
            raise RuntimeError(f"load_state_dict: the state_dict does not fit {type(self).__name__}:\n"
                               + "\n".join(problems) + "\nNothing was loaded.")
        for key, tensor in own.items():
            if key in state:
                source = state[key]
                array = source._array if isinstance(source, Tensor) else np.asarray(source)
                tensor._array[...] = move(array, device_of(tensor._array))
                tensor._changed_in_place()
        return IncompatibleKeys(missing, unexpected)

    # ── printing ──────────────────────────────────────────────────────────────────────────────

    def extra_repr(self) -> str:
        """What the repr shows between the parentheses: the attributes named in ``_shown``."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)

    def __repr__(self) -> str:
        lines = [f"({name}): " + repr(child).replace("\n", "\n  ")
                 for name, child in self.named_children()]
        head = type(self).__name__
        if not lines:
            return f"{head}({self.extra_repr()})"
        extra = [self.extra_repr()] if self.extra_repr() else []
        return f"{head}(\n  " + "\n  ".join(extra + lines) + "\n)"
