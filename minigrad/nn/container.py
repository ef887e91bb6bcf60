"""Modules that hold modules."""
from __future__ import annotations

from collections import OrderedDict
from typing import Any, Iterable, Iterator, Mapping, TypeVar

from .fusion import runs
from .module import Module


R = TypeVar("R", bound="InARow")


class InARow(Module):
    """What Sequential and ModuleList share: modules in a row, edited like a list."""

    def __len__(self) -> int:
        return len(self._modules)

    def __setitem__(self, index: int, module: Module) -> None:
        self.register_module(list(self._modules)[index], module)

    def __delitem__(self, index: int | slice) -> None:
        self._renumber([m for k, m in enumerate(self) if k not in _positions(index, len(self))])

    def append(self: R, module: Module) -> R:
        """Add a module at the end; returns self."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self: R, modules: Iterable[Module]) -> R:
        """Add all modules at the end; returns self."""
        for module in modules:
            self.append(module)
        return self

    def insert(self: R, index: int, module: Module) -> R:
        """Add a module before position ``index``; returns self."""
        modules = list(self)
        modules.insert(index, module)
        self.append(module)                     # which refuses one that contains this one
        self._renumber(modules)
        return self

    def pop(self, index: int = -1) -> Module:
        """Remove a module and return it."""
        module = list(self)[index]
        del self[index]
        return module

    def _renumber(self, modules: list[Module]) -> None:
        self._modules.clear()
        self._modules.update({str(k): m for k, m in enumerate(modules)})

    def __iter__(self) -> Iterator[Module]:
        modules: list[Any] = list(self._modules.values())       # None, too, where a place is left empty
        return iter(modules)


class Sequential(InARow):
    """Runs its modules one after the other.

    Conv2d, ReLU and MaxPool2d in a row run as one operation where that is faster: on a large batch, unless a
    hook looks between them. The graph then shows ``ConvReLUPool``; values and gradients are the same.

    >>> from minigrad import nn
    >>> nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named: Any = enumerate(modules)
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            named = modules[0].items()
        for name, module in named:
            if not isinstance(module, Module):
                hint = ("Unpack it: nn.Sequential(*layers)." if isinstance(module, (list, tuple)) else
                        f"Make one of it: nn.{module.__name__}()." if isinstance(module, type) else
                        "Write a function as a Module with a forward.")
                raise TypeError(f"Sequential: expected modules, got {type(module).__name__} at {name}. "
                                f"{hint}")
            self.register_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """The output of the last module."""
        for run in runs(self._modules.values()):
            input = run(input)
        return input

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: Any) -> Any:
        items = list(self.named_children())[index]
        return Sequential(OrderedDict(items)) if isinstance(index, slice) else items[1]

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self, *other)


def _positions(index: int | slice, count: int) -> range:
    """The positions that an index or a slice names. Raises IndexError for an index outside."""
    if isinstance(index, slice):
        return range(count)[index]
    at = range(count)[index]
    return range(at, at + 1)


class ModuleList(InARow):
    """A list of modules that are part of the tree; index or loop over it in your own forward.

    >>> layers = minigrad.nn.ModuleList(minigrad.nn.Linear(n, n) for n in (2, 3))
    >>> len(layers), layers[1], [name for name, _ in layers.named_parameters()][:2]
    (2, Linear(in_features=3, out_features=3, bias=True), ['0.weight', '0.bias'])
    """

    def __init__(self, modules: Iterable[Module] | None = ()) -> None:
        super().__init__()
        self.extend(modules or ())

    def __getitem__(self, index: Any) -> Any:
        modules = list(self)[index]
        return ModuleList(modules) if isinstance(index, slice) else modules

    def __iadd__(self, modules: Iterable[Module]) -> ModuleList:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])


class ModuleDict(Module):
    """A dict of modules that are part of the tree, in the order of insertion.

    Raises KeyError for a name that is not there.

    >>> heads = minigrad.nn.ModuleDict({"digit": minigrad.nn.Linear(4, 10)})
    >>> heads["digit"], "letter" in heads
    (Linear(in_features=4, out_features=10, bias=True), False)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add or replace modules by name."""
        for name, module in modules.items() if isinstance(modules, Mapping) else modules:
            self[name] = module

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules."""
        return self._modules.items()

    def pop(self, name: str) -> Any:
        """Remove a module and return it."""
        return self._modules.pop(name)

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.register_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)
