"""Running a module with its hooks: functions that look at, or change, what goes in and what comes out."""
from __future__ import annotations

from typing import Any

from ..autograd import Function, Tensor
from ..autograd.hooks import RemovableHandle
from ..backend.arrays import Array

__all__ = ["RemovableHandle", "call_with_hooks"]


class Pass(Function):
    """y = x;  ∂L/∂x = g. A place of its own in the graph, for a backward hook."""

    __slots__ = ()
    makes_view = True

    def forward(self, x: Array) -> Array:
        return x[...]

    def backward(self, g: Any) -> Any:
        return g


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Pre-hooks, forward, forward hooks; with backward hooks also watchers on inputs and results."""
    for hook in list(module._hooks.get("forward_pre", {}).values()):
        changed = hook(module, args)
        if changed is not None:
            args = changed if isinstance(changed, tuple) else (changed,)
    watch = Watch(module) if module._hooks.get("backward") else None
    if watch is not None:
        args = watch.inputs(args)
    out = module.forward(*args, **kwargs)
    for hook in list(module._hooks.get("forward", {}).values()):
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
