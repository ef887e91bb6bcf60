"""Lists and dicts of parameters that are part of the tree."""
from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

from ..autograd import Tensor
from .module import Module
from .parameter import Parameter


def _as_parameter(value: Any) -> Any:
    """A tensor as a Parameter, as PyTorch does; other values as they are."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _shown(name: Any, value: Any) -> str:
    if isinstance(value, Tensor):
        kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
        return f"({name}): {kind} containing: [{value.dtype} of size {'x'.join(map(str, value.shape))}]"
    return f"({name}): Object of type: {type(value).__name__}"


class ParameterList(Module):
    """A list of parameters; tensors become parameters when they are put in.

    >>> weights = minigrad.nn.ParameterList([minigrad.zeros(2), minigrad.ones(3)])
    >>> len(weights), [name for name, _ in weights.named_parameters()], weights[-1].sum().item()
    (2, ['0', '1'], 3.0)
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(values or ())

    def append(self, value: Any) -> ParameterList:
        """Add a parameter at the end; returns self."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add all parameters at the end; returns self."""
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(self._size))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return ParameterList([self[k] for k in range(self._size)[index]])
        return getattr(self, str(range(self._size)[index]))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, str(range(self._size)[index]), _as_parameter(value))

    def extra_repr(self) -> str:
        return "\n".join(_shown(k, value) for k, value in enumerate(self))


class ParameterDict(Module):
    """A dict of parameters in the order of insertion; tensors become parameters when they are put in.

    Raises KeyError for a name that is not there.

    >>> weights = minigrad.nn.ParameterDict({"left": minigrad.zeros(2)})
    >>> weights["right"] = minigrad.ones(3)
    >>> list(weights), "left" in weights, [name for name, _ in weights.named_parameters()]
    (['left', 'right'], True, ['left', 'right'])
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(parameters or {})

    def update(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add or replace parameters by name."""
        pairs = parameters.items() if isinstance(parameters, (Mapping, ParameterDict)) else parameters
        for name, value in pairs:
            self[name] = value

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return [self[name] for name in self._keys]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and parameters."""
        return [(name, self[name]) for name in self._keys]

    def get(self, name: str, default: Any = None) -> Any:
        """The parameter of a name, or ``default``."""
        return self[name] if name in self else default

    def pop(self, name: str) -> Any:
        """Remove a parameter and return it."""
        value = self[name]
        del self[name]
        return value

    def clear(self) -> None:
        """Remove all parameters."""
        for name in list(self._keys):
            del self[name]

    def __getitem__(self, name: str) -> Any:
        if name not in self._keys:
            raise KeyError(f"ParameterDict: no parameter {name!r}; there are {list(self._keys)}.")
        return self._parameters[name] if name in self._parameters else self.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._keys[name] = None
        setattr(self, name, _as_parameter(value))

    def __delitem__(self, name: str) -> None:
        self[name]
        del self._keys[name]
        delattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def extra_repr(self) -> str:
        return "\n".join(_shown(name, value) for name, value in self.items())
