"""Modules that hold modules."""
from __future__ import annotations

from collections import OrderedDict
from typing import Any, Iterator

from .module import Module


class Sequential(Module):
    """Runs its modules one after the other.

    >>> import minigrad
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
                raise TypeError(f"Sequential: expected modules, got {type(module).__name__} at {name}. "
                                "Write a function as a Module with a forward.")
            self.register_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """The output of the last module."""
        for module in self.children():
            input = module(input)
        return input

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: Any) -> Any:
        items = list(self.named_children())[index]
        return Sequential(OrderedDict(items)) if isinstance(index, slice) else items[1]

    def append(self, module: Module) -> Sequential:
        """Add a module at the end; returns self."""
        self.register_module(str(len(self)), module)
        return self
