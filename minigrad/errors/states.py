"""What a saved state must look like, checked before anything is changed by loading it.

A state comes from a file, and a file may be damaged, made by hand, or meant for another object. So each class
with a ``load_state_dict`` says what it expects, name by name, and ``check_state`` compares:

    check_state("GradScaler", state, scale=NUMBER, good_steps=COUNT)
"""
from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Callable, Mapping, NamedTuple

from . import DataError


class Kind(NamedTuple):
    """What a value may be: in words, and as a test."""

    words: str
    test: Callable[[Any], bool]


ANY = Kind("anything", lambda value: True)
FLAG = Kind("True or False", lambda value: isinstance(value, bool))
COUNT = Kind("an integer from 0", lambda value: isinstance(value, Integral) and not isinstance(value, bool)
             and int(value) >= 0)
NUMBER = Kind("a number", lambda value: isinstance(value, Real) and not isinstance(value, bool))
TEXT = Kind("a string", lambda value: isinstance(value, str))
STATE = Kind("a dict", lambda value: isinstance(value, Mapping))
LIST = Kind("a list", lambda value: isinstance(value, (list, tuple)))


def optional(kind: Kind) -> Kind:
    """``kind``, or None."""
    return Kind(f"{kind.words} or None", lambda value: value is None or kind.test(value))


def list_of(kind: Kind) -> Kind:
    """A list, or a tuple, of ``kind``."""
    return Kind(f"a list with each entry {kind.words}",
                lambda value: LIST.test(value) and all(map(kind.test, value)))


def dict_of(kind: Kind) -> Kind:
    """A dict from strings to ``kind``."""
    return Kind(f"a dict from names to {kind.words}",
                lambda value: STATE.test(value) and all(TEXT.test(k) and kind.test(v)
                                                        for k, v in value.items()))


def kind_of(value: Any) -> Kind:
    """The kind of ``value``, for an object that knows its state only from its current attributes."""
    for kind in (FLAG, NUMBER, TEXT, STATE):
        if kind.test(value):
            return kind
    if LIST.test(value):
        return list_of(kind_of(value[0])) if len(value) else LIST
    return ANY


def check_state(who: str, state: Any, **kinds: Kind) -> None:
    """Raise DataError unless ``state`` is a dict with exactly these names, each of its kind.

    >>> from minigrad.errors.states import COUNT, check_state
    >>> check_state("Counter", {"done": 3}, done=COUNT)
    """
    if not isinstance(state, Mapping):
        raise DataError(f"{who}.load_state_dict: expected a dict, as state_dict() returns it, got "
                        f"{type(state).__name__}.")
    missing = [name for name in kinds if name not in state]
    foreign = [str(name) for name in state if name not in kinds]
    if missing or foreign:
        found = [f"lacks {', '.join(missing)}"] * bool(missing) \
            + [f"holds {', '.join(foreign)}, which does not belong there"] * bool(foreign)
        raise DataError(f"{who}.load_state_dict: the state {' and '.join(found)}. Expected what "
                        f"{who}.state_dict() returned.")
    for name, kind in kinds.items():
        if not kind.test(state[name]):
            raise DataError(f"{who}.load_state_dict: {name} must be {kind.words}, got "
                            f"{str(state[name])[:60]!r}.")
