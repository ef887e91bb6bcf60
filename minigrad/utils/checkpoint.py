"""Less memory for more time: what a part of a network saves is dropped, and computed again in backward."""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..autograd import Tensor, enable_grad
from ..autograd.graph import saved_tensors_hooks
from ..backend.random import get_rng_state, set_rng_state
from ..errors import GraphError


class _Again:
    """What one call saved: only numbers are kept; the first that is asked for runs the function again."""

    def __init__(self, run: Callable[[], Any], state: Any) -> None:
        self.run, self.state, self.count = run, state, 0
        self.found: dict[int, Tensor] = {}

    def pack(self, x: Tensor) -> tuple[int, Any]:
        """The number of a saved tensor, and what it looks like."""
        self.count += 1
        return self.count - 1, (tuple(x.shape), x.dtype)

    def unpack(self, kept: tuple[int, Any]) -> Tensor:
        """The saved tensor with this number."""
        number, look = kept
        if number not in self.found:
            self.compute()
        x = self.found.get(number)
        if x is None or (tuple(x.shape), x.dtype) != look:
            raise GraphError("checkpoint: the function, run again in backward, computed something else than "
                             "the first time. It must depend on nothing that has changed since.")
        return x

    def compute(self) -> None:
        """Run the function again, with the random numbers of the first time, and keep what it saves."""
        self.found.clear()
        numbers = iter(range(self.count))

        def keep(x: Tensor) -> Tensor:
            number = next(numbers, None)
            if number is not None:
                self.found[number] = x
            return x
        now = get_rng_state()
        if self.state is not None:
            set_rng_state(self.state)
        try:
            with enable_grad(), saved_tensors_hooks(keep, lambda x: x):
                self.run()
        finally:
            if self.state is not None:
                set_rng_state(now)


def checkpoint(function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
               preserve_rng_state: bool = True, context_fn: Any = None, determinism_check: str = "default",
               debug: bool = False, early_stop: bool = True, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)``, of which nothing is saved: backward runs it again (Chen et al. 2016).

    Dropout draws the same numbers both times, unless ``preserve_rng_state`` is False. There are no gradients
    of gradients through it (GraphError). ``use_reentrant`` and the other options choose among PyTorch's ways
    to do it, and change nothing; a ``context_fn`` raises NotImplementedError.

    >>> from minigrad.utils.checkpoint import checkpoint
    >>> layer, x = minigrad.nn.Linear(2, 2), minigrad.ones(1, 2, requires_grad=True)
    >>> checkpoint(lambda x: layer(x).tanh(), x, use_reentrant=False).sum().backward()
    >>> x.grad.shape == x.shape, layer.weight.grad is not None
    (True, True)
    """
    if context_fn is not None:
        raise NotImplementedError("checkpoint: context_fn is not supported.")
    again = _Again(lambda: function(*args, **kwargs), get_rng_state() if preserve_rng_state else None)
    with saved_tensors_hooks(again.pack, again.unpack):
        return function(*args, **kwargs)


def checkpoint_sequential(functions: Sequence[Callable[[Any], Any]], segments: int, input: Any,
                          use_reentrant: bool | None = None, **options: Any) -> Any:
    """Layers one after the other, in ``segments`` parts of which each is a checkpoint.

    >>> from minigrad.utils.checkpoint import checkpoint_sequential
    >>> net = minigrad.nn.Sequential(minigrad.nn.Linear(2, 2), minigrad.nn.Tanh(), minigrad.nn.Linear(2, 1))
    >>> checkpoint_sequential(net, 2, minigrad.ones(1, 2)).shape == (1, 1)
    True
    """
    layers = list(functions)
    if not 1 <= segments <= max(1, len(layers)):
        raise ValueError(f"checkpoint_sequential: {len(layers)} layers cannot be cut into {segments} "
                         "segments.")
    size = len(layers) // segments
    for k in range(segments):
        part = layers[k * size:(k + 1) * size if k < segments - 1 else None]

        def run(x: Any, part: Any = part) -> Any:
            for layer in part:
                x = layer(x)
            return x
        input = checkpoint(run, input, **options)
    return input
