"""PyTorch options that minigrad doesn't have: refused by name, never ignored."""
from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import Any, Callable, TypeVar

from .other_names import ARGUMENTS
from .suggestions import nearest

F = TypeVar("F", bound=Callable[..., Any])
EITHER: Any = object()      # the "default" of an option that changes no result: any value is accepted


def old_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """The ``reduction`` that PyTorch's old flags mean.

    >>> from minigrad.errors.options import old_reduction
    >>> old_reduction(None, False), old_reduction(False, None), old_reduction(True, None)
    ('none', 'sum', 'mean')
    """
    return "none" if reduce is False else "sum" if size_average is False else "mean"


def refuses(**defaults: Any) -> Callable[[F], F]:
    """Let a function accept more options, but only with PyTorch's default: ``@refuses(inplace=False)``.

    Any other value raises NotImplementedError that names the function and the option, even when it is passed
    by position after the function's own parameters. An option that only chooses between implementations with
    the same result is given as ``EITHER``, and then takes any value. The old flags ``size_average`` and
    ``reduce`` of losses are accepted by name: they say which ``reduction`` is meant.
    """
    def decorated(function: F) -> F:
        method = "." in function.__qualname__
        parameters = signature(function).parameters.values()
        names = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
        named = [*names, *(p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY), *defaults]
        open_ended = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
        own = len(names)

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not kwargs and len(args) <= own:
                return function(*args)
            given = dict(zip(defaults, args[own:]))
            given.update({option: kwargs.pop(option) for option in defaults if option in kwargs})
            average, reduce = given.pop("size_average", None), given.pop("reduce", None)
            name = type(args[0]).__name__ if method and args else function.__name__
            if average is not None or reduce is not None:
                if "reduction" in names[:len(args)]:
                    raise NotImplementedError(f"{name}: size_average and reduce are old words for reduction, "
                                              "which was given, too. Leave them out.")
                kwargs["reduction"] = old_reduction(average, reduce)
            for option, value in given.items():
                if value is not None and defaults[option] is not EITHER and value != defaults[option]:
                    raise NotImplementedError(f"{name}: {option}={value!r} is not supported.")
            try:
                return function(*args[:own + max(0, len(args) - own - len(defaults))], **kwargs)
            except TypeError:
                unknown = [] if open_ended else [option for option in kwargs if option not in named]
                if not unknown:
                    raise
            wrong = unknown[0]
            meant = ARGUMENTS.get(wrong) or nearest(wrong, named)
            raise TypeError(f"{name}: got an unexpected keyword argument {wrong!r}."
                            + (f" Did you mean {meant}?" if meant in named else ""))
        return checked  # type: ignore[return-value]
    return decorated
