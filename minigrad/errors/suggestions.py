"""Names that don't exist, and what was probably meant: "nn.Lineer" is "nn.Linear", Keras's "Dense" as well.

Nothing is looked up until somebody reads the message, so code that only asks (``hasattr``) pays nothing.

    offer_names(__name__, "nn")             at the end of a module: its own missing names
    raise MissingName("Linear", name, …)    in a class's __getattr__
    Elsewhere("Use x.to(dtype).")           a class attribute in the place of a name that others use: no
                                            __getattr__, which would slow every attribute down
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any, NoReturn

from ..terminal.spelling import printable
from .other_names import MODULES, PLACES


class MissingName(AttributeError):
    """An attribute that isn't there; its message, worked out when it is read, says what may be meant.

    >>> str(MissingName("nn", "Lineer", lambda: ["Linear", "ReLU"]))
    "nn has no attribute 'Lineer'. Did you mean nn.Linear?"
    """

    def __init__(self, owner: str, name: str, names: Callable[[], Iterable[str]] = tuple,
                 other_names: Mapping[str, str] | None = None, module: str = "") -> None:
        super().__init__(name=name, obj=None)           # else Python's traceback would suggest once more
        self.owner, self.names, self.module = owner, names, module
        self.other_names = other_names or {}

    def __str__(self) -> str:
        return printable(f"{self.owner} has no attribute {self.name!r}{self._hint()}")

    def __reduce__(self) -> tuple[Any, ...]:
        return AttributeError, (str(self),)

    def _hint(self) -> str:
        wrong = str(self.name)
        if wrong in self.other_names:
            return f". In minigrad it is {self.other_names[wrong]}."
        package = self.module and "__path__" in vars(sys.modules[self.module])
        if package and find_spec(f"{self.module}.{wrong}") is not None:
            return f" yet: write import {self.module}.{wrong} first."
        close = nearest(wrong, self.names())
        if close is not None and (plain(close) == plain(wrong) or not self.module):
            return f". Did you mean {self.owner}.{close}?"
        elsewhere = [f"{shown}.{found}" for place, shown in PLACES.items()
                     if self.module and place != self.module and place in sys.modules
                     for found in vars(sys.modules[place]).get("__all__", [])
                     if plain(found) == plain(wrong)]
        if elsewhere:
            return f". Did you mean {elsewhere[0]}?"
        return f". Did you mean {self.owner}.{close}?" if close is not None else "."


# What a traceback shows is the name that students know.
MissingName.__name__ = MissingName.__qualname__ = "AttributeError"
MissingName.__module__ = "builtins"


def plain(name: str) -> str:
    """A name without capitals and underscores: "Conv2D" and "conv_2d" are both "conv2d"."""
    return name.replace("_", "").lower()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The public name most like ``name``, or None; of ``relu`` and ``relu_`` the first.

    >>> nearest("Addam", ["Adam", "SGD"]), nearest("fit", ["Adam", "SGD"])
    ('Adam', None)
    """
    import difflib                                      # only when there is something to suggest
    known = {plain(known): known for known in sorted(names, key=lambda known: not known.endswith("_"))
             if not known.startswith("_")}
    found = difflib.get_close_matches(plain(name), known, n=1, cutoff=0.7)
    return known[found[0]] if found else None


def offer_names(module: str, shown: str) -> None:
    """Let a module's missing names say what may be meant; ``shown`` is what users call the module."""
    space = vars(sys.modules[module])

    def missing(name: str) -> NoReturn:
        raise missing_from(module, shown, name)
    space["__getattr__"] = missing


def missing_from(module: str, shown: str, name: str) -> AttributeError:
    """The error for a name that a module lacks."""
    space = vars(sys.modules[module])
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return MissingName(shown, name, lambda: space.get("__all__", list(space)), MODULES.get(shown), module)


class Elsewhere:
    """Stands for an attribute that the class doesn't have, but users of other libraries look for.

    Assigning it is an error, too: ``x.require_grad = True`` would do nothing. Only classes that users derive
    may have attributes of these names.
    """

    def __init__(self, hint: str) -> None:
        self.hint = hint
        self.__doc__ = f"Not here. In minigrad it is {hint}."
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if obj is None:
            return self
        if self.name in vars(obj):
            return vars(obj)[self.name]
        raise MissingName(type(obj).__name__, self.name, other_names={self.name: self.hint})

    def __set__(self, obj: Any, value: Any) -> None:
        if type(obj).__module__.partition(".")[0] == "minigrad":
            raise MissingName(type(obj).__name__, self.name, other_names={self.name: self.hint})
        vars(obj)[self.name] = value

    def __delete__(self, obj: Any) -> None:
        if self.name not in vars(obj):
            raise MissingName(type(obj).__name__, self.name, other_names={self.name: self.hint})
        del vars(obj)[self.name]


def offer_other_names(cls: type, other_names: Mapping[str, str]) -> None:
    """Put an ``Elsewhere`` in the place of each name that the class lacks."""
    for name, hint in other_names.items():
        if not hasattr(cls, name):
            stand_in = Elsewhere(hint)
            stand_in.__set_name__(cls, name)
            setattr(cls, name, stand_in)
