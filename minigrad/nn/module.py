"""Module: parameters, sub-modules and a forward, as a tree."""
from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any, Callable, Iterator, Mapping, NamedTuple

import numpy as np

from ..autograd import Tensor, no_grad
from ..backend.arrays import device_of, is_array, move
from ..errors import DTypeError, GraphError
from ..errors.other_names import MODEL
from ..errors.options import refuses
from ..errors.suggestions import MissingName
from .hooks import Hooked, call_with_hooks
from .parameter import Buffer, Parameter


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict(strict=False)`` could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]


LAYERS = __name__.rpartition(".")[0] + "."

#: What is to be called, and is often assigned: ``model.train = False``, ``layer.requires_grad = False``.
CALLED = {"train": "train({})", "eval": "eval()", "requires_grad": "requires_grad_({})"}


class Module(Hooked):
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

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Tensor) and cls.__module__.startswith(LAYERS):
            cls._refuse_data(args)
        return super().__new__(cls)

    @classmethod
    def _refuse_data(cls, args: tuple[Any, ...]) -> None:
        """TypeError for ``nn.ReLU(x)``: a layer of minigrad's takes its data when it is called."""
        raise TypeError(f"{cls.__name__}: a layer is built first, and called with a tensor then: "
                        f"nn.{cls.__name__}()(x), with its sizes, if it has any, in the first parentheses.")

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
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
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
            if name in CALLED and isinstance(value, bool):
                warnings.warn(f"{type(self).__name__}.{name} = {value} changes nothing in the module. Call "
                              f"{CALLED[name].format(value)}.", stacklevel=2)
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

    def named_modules(self, memo: set[Module] | None = None, prefix: str = "",
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """This module and all below it with dotted names, each once unless ``remove_duplicate`` is False."""
        seen = {id(module) for module in memo or ()}
        waiting = [(prefix, self)]
        while waiting:
            name, module = waiting.pop()
            if remove_duplicate and id(module) in seen:
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

    def _named(self, table: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(None, prefix, once) if recurse else [(prefix, self)]
        for name, module in modules:
            for key, value in module.__dict__[table].items():
                if value is not None and (not once or id(value) not in seen):
                    seen.add(id(value))
                    yield (f"{name}.{key}" if name else key), value

    def named_parameters(self, prefix: str = "", recurse: bool = True,
                         remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters with dotted names, in the order of definition; shared ones once."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True,
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """All buffers with dotted names."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name, ``"encoder.layers.0"``; "" is this one. AttributeError if there is
        none."""
        module: Any = self
        for part in target.split(".") if target else ():
            if part not in getattr(module, "_modules", ()):
                raise AttributeError(f"{type(self).__name__}: no module {target!r}; {type(module).__name__} "
                                     f"has {list(module._modules)}.")
            module = module._modules[part]
        return module

    def set_submodule(self, target: str, module: Module) -> None:
        """Put ``module`` in the place of a dotted name."""
        parent, _, name = target.rpartition(".")
        self.get_submodule(parent).register_module(name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name, ``"encoder.weight"``. AttributeError if there is none."""
        return self._entry(target, "_parameters")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name. AttributeError if there is none."""
        return self._entry(target, "_buffers")

    def _entry(self, target: str, table: str) -> Any:
        parent, _, name = target.rpartition(".")
        found = self.get_submodule(parent).__dict__[table]
        if name not in found:
            raise AttributeError(f"{type(self).__name__}: {target!r} is not one of its {table.strip('_')}.")
        return found[name]

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

    def half(self) -> Module:
        """All floating parameters and buffers as float16."""
        return self.to(np.dtype(np.float16))

    def type(self, dst_type: Any) -> Module:
        """All floating parameters and buffers in another dtype."""
        return self.to(dst_type)

    def bfloat16(self) -> Module:
        """Refused: NumPy has no such numbers."""
        raise DTypeError("bfloat16: NumPy has no such dtype. Use half() for float16, or float().")

    def to_empty(self, *, device: Any, recurse: bool = True) -> Module:
        """Move to a device, as ``to`` does."""
        return self.to(device)

    def share_memory(self) -> Module:
        """Does nothing: processes here do not share tensors."""
        return self

    # ── state ─────────────────────────────────────────────────────────────────────────────────

    def state_dict(self, *, destination: Any = None, prefix: str = "",
                   keep_vars: bool = False) -> OrderedDict[str, Tensor]:
        """Name → tensor for every parameter and persistent buffer; memory is shared.

        ``prefix`` goes before every name, ``keep_vars`` gives the parameters themselves, ``destination`` is a
        dict to fill.
        """
        state: OrderedDict[str, Tensor] = OrderedDict() if destination is None else destination
        for key, value in {**self._parameters, **self._buffers}.items():
            if value is not None and key not in self.__dict__["_transient_buffers"]:
                state[prefix + key] = value if keep_vars else value.detach()
        for name, child in self.named_children():       # a shared module appears under both names
            child.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return state

    @refuses(assign=False)
    def load_state_dict(self, state_dict: Mapping[str, Tensor], strict: bool = True) -> IncompatibleKeys:
        """Copy values in by name. Everything is checked before anything is changed.

        Raises DTypeError for anything but a dict of tensors or arrays, RuntimeError that lists every missing
        or unexpected name (unless strict=False) and every wrong shape.
        """
        state = state_dict
        if not isinstance(state, Mapping):
            raise DTypeError(f"load_state_dict: expected a dict of tensors, got {type(state).__name__}.")
        for name, module in self.named_modules():
            module._before_loading(state, f"{name}." if name else "")
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

    def _before_loading(self, state: Mapping[str, Any], prefix: str) -> None:
        """For a layer whose shapes depend on the state that it loads: its names begin with ``prefix``."""

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
