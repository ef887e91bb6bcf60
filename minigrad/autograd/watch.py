"""Watching the engine at work: it tells a watcher about every result and every gradient.

``detect_anomaly`` is one such watcher; ``trace``, which explains a backward pass, another.
"""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..errors import AnomalyError
from .mode import Switch, mode as settings
from .source import caller, source_line


class Watcher:
    """What the engine tells: override what you want to see.

    ``looks_between``: layers that could run as one operation run one by one, so that it sees each.
    """

    looks_between = True

    def result(self, op: Any, out: Any, inputs: tuple[Any, ...]) -> None:
        """``op`` has computed the array ``out`` from its inputs; it is not recorded yet."""

    def gradient(self, op: Any, i: int, array: Any) -> None:
        """The backward method of ``op`` has returned this for input i."""

    def contribution(self, op: Any, i: int, g: Any, part: Any, total: Any) -> None:
        """The walk has added the same, in the input's shape and dtype, to its gradient, now ``total``; g is
        the upstream gradient."""


class Follower(Watcher):
    """A watcher of single backward passes, which may replace the leaves' gradients before they arrive.

    It waits among ``mode.followers``. ``nn.parallel.DistributedDataParallel`` sends gradients to other
    processes this way, while the walk goes on.
    """

    def begins(self, starts: Iterable[Any]) -> bool:
        """A walk begins at these vertices; whether to watch it."""
        return True

    def ends(self, gradients: dict[Any, Any]) -> None:
        """The walk is over: ``gradients`` holds those of the leaves, which go to ``.grad`` next."""


class Several(Watcher):
    """Tells what happens in a backward pass to several watchers."""

    def __init__(self, watchers: Iterable[Watcher]) -> None:
        self.watchers = list(watchers)

    def gradient(self, op: Any, i: int, array: Any) -> None:
        for watcher in self.watchers:
            watcher.gradient(op, i, array)

    def contribution(self, op: Any, i: int, g: Any, part: Any, total: Any) -> None:
        for watcher in self.watchers:
            watcher.contribution(op, i, g, part, total)


class watching(Switch):
    """Let ``watcher`` see what the engine does inside the ``with`` block."""

    name = "watch"

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.value = watcher


class Finite(Watcher):
    """Raises AnomalyError at the first NaN or infinity."""

    def result(self, op: Any, out: Any, inputs: tuple[Any, ...]) -> None:
        self._check(op, out, "the result of")

    def gradient(self, op: Any, i: int, array: Any) -> None:
        self._check(op, getattr(array, "_array", array), "a gradient from")

    def _check(self, op: Any, array: Any, what: str) -> None:
        if array is None or array.dtype.kind != "f" or op.infinite_on_purpose:
            return
        finite = np.isfinite(array)
        if bool(finite.all()):
            return
        kind = "NaN" if bool(np.isnan(array).any()) else "infinity"
        where = source_line(getattr(op, "position", None) or caller(1))
        raise AnomalyError(
            f"{op.name}: {what} this operation holds {kind} in "
            f"{int(array.size - finite.sum())} of {array.size} entries.\n  called at {where}")


class detect_anomaly(Switch):
    """Check every result, forward and backward; the first NaN or infinity raises AnomalyError.

    The error names the operation and the source line that called it. Costs a pass over every
    result, so it is off by default.

    >>> x = minigrad.tensor([0.0], requires_grad=True)
    >>> try:
    ...     with minigrad.autograd.detect_anomaly():
    ...         x.log()
    ... except minigrad.errors.AnomalyError as error:
    ...     print(str(error).splitlines()[0])
    Log: the result of this operation holds infinity in 1 of 1 entries.
    """

    name = "watch"

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__()
        self.value = Finite()


class set_detect_anomaly(detect_anomaly):
    """The same for good, or with False no more; in a ``with`` block until it ends.

    >>> _ = minigrad.autograd.set_detect_anomaly(True)
    >>> try:
    ...     minigrad.tensor([0.0]).log()
    ... except minigrad.errors.AnomalyError:
    ...     print("seen")
    seen
    >>> _ = minigrad.autograd.set_detect_anomaly(False)
    """

    def __init__(self, mode: bool = True, check_nan: bool = True) -> None:
        super().__init__()
        self._outside: Any = settings.watch
        self.value: Any = Finite() if mode else None
        settings.watch = self.value

    def __enter__(self) -> None:
        super().__enter__()
        self._before[-1] = self._outside
