"""Running a module with its hooks: functions that look at, or change, what goes in and what comes out."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

from ..autograd import Function, Tensor
from ..autograd.hooks import RemovableHandle
from ..backend.arrays import Array
from ..errors.options import refuses

__all__ = ["Hooked", "RemovableHandle", "call_with_hooks"]


class Pass(Function):
    """y = x;  ∂L/∂x = g. A place of its own in the graph, for a backward hook."""

    __slots__ = ()
    makes_view = True

    def forward(self, x: Array) -> Array:
        return x[...]

    def backward(self, g: Any) -> Any:
        return g


class WithKwargs(NamedTuple):
    """A hook that also takes the arguments passed by name."""

    hook: Callable[..., Any]


class Hooked:
    """What has hooks: a Module's methods to add them."""

    _hooks: dict[str, dict[int, Callable[..., Any]]]

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; its result, if not None, replaces args.

        ``prepend``: before the other hooks. ``with_kwargs``: ``hook(module, args, kwargs)``, which may return
        (args, kwargs).
        """
        return self._add_hook("forward_pre", hook, prepend, with_kwargs)

    @refuses(always_call=False)
    def register_forward_hook(self, hook: Callable[..., Any], *, prepend: bool = False,
                              with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; its result, if not None, replaces output.

        ``prepend``: before the other hooks. ``with_kwargs``: ``hook(module, args, kwargs, output)``.
        """
        return self._add_hook("forward", hook, prepend, with_kwargs)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        Both are tuples with an entry for each tensor argument or result; a returned tuple replaces
        grad_input.
        """
        return self._add_hook("backward", hook, prepend)

    register_backward_hook = register_full_backward_hook

    def watched(self) -> bool:
        """Whether this module has a hook: one that was registered and not removed since."""
        return any(self._hooks.values())

    @property
    def _forward_pre_hooks(self) -> dict[int, Callable[..., Any]]:
        return self._hooks.get("forward_pre", {})

    @property
    def _forward_hooks(self) -> dict[int, Callable[..., Any]]:
        return self._hooks.get("forward", {})

    def _add_hook(self, kind: str, hook: Callable[..., Any], prepend: bool = False,
                  with_kwargs: bool = False) -> RemovableHandle:
        table = self._hooks.setdefault(kind, {})
        others = dict(table)
        own: Any = WithKwargs(hook) if with_kwargs else hook
        handle = RemovableHandle.add(table, own)
        if prepend:
            for key, other in others.items():           # to the end of the dict, after the new one
                del table[key]
                table[key] = other
        return handle


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Pre-hooks, forward, forward hooks; with backward hooks also watchers on inputs and results."""
    for hook in list(module._hooks.get("forward_pre", {}).values()):
        if isinstance(hook, WithKwargs):
            changed = hook.hook(module, args, kwargs)
            args, kwargs = (args, kwargs) if changed is None else changed
            continue
        changed = hook(module, args)
        if changed is not None:
            args = changed if isinstance(changed, tuple) else (changed,)
    watch = Watch(module) if module._hooks.get("backward") else None
    if watch is not None:
        args = watch.inputs(args)
    out = module.forward(*args, **kwargs)
    for hook in list(module._hooks.get("forward", {}).values()):
        if isinstance(hook, WithKwargs):
            changed = hook.hook(module, args, kwargs, out)
        else:
            changed = hook(module, args, out)
        out = out if changed is None else changed
    return out if watch is None else watch.outputs(out)


class Watch:
    """Collects the gradients of one call's results and inputs, then calls the backward hooks."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.grad_output: list[Tensor | None] = []
        self.grad_input: list[Tensor | None] = []
        self.waiting = 0                        # inputs whose gradient has not arrived yet

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, each tensor behind a Pass that reports its gradient."""
        passed = []
        for x in args:
            if isinstance(x, Tensor):
                place = len(self.grad_input)
                self.grad_input.append(None)
                if x.requires_grad:
                    x = Pass()(x)
                    self.waiting += 1
                    x.register_hook(lambda g, place=place: self._input(place, g))
            passed.append(x)
        return tuple(passed)

    def outputs(self, out: Any) -> Any:
        """The results, each tensor reporting its gradient."""
        results = [out] if isinstance(out, Tensor) else list(out) if isinstance(out, tuple) else []
        self.grad_output = [None] * len(results)
        passed = []
        for place, y in enumerate(results):
            if isinstance(y, Tensor) and y.requires_grad:
                y = Pass()(y)
                y.register_hook(lambda g, place=place: self._output(place, g))
            passed.append(y)
        if isinstance(out, Tensor):
            return passed[0]
        return tuple(passed) if isinstance(out, tuple) else out

    def _output(self, place: int, g: Tensor) -> None:
        self.grad_output[place] = g
        if not self.waiting:                    # no input needs a gradient: call the hooks now
            self._call()

    def _input(self, place: int, g: Tensor) -> Tensor | None:
        self.grad_input[place] = g
        self.waiting -= 1
        if not self.waiting:
            self._call()
        return self.grad_input[place]

    def _call(self) -> None:
        for hook in list(self.module._hooks.get("backward", {}).values()):
            changed = hook(self.module, tuple(self.grad_input), tuple(self.grad_output))
            if changed is not None:
                self.grad_input = list(changed) if isinstance(changed, tuple) else [changed]
