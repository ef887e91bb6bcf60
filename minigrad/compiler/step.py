"""``minigrad.compile``: a training step that is recorded once and runs as one program from then on."""
from __future__ import annotations

import warnings
from functools import partial, update_wrapper
from typing import Any, Callable

from numpy import copyto, ndarray

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.noting import in_progress
from ..cuda.capturing import capture
from ..errors import GraphError
from ..errors.options import EITHER, refuses
from ..nn.module import Module
from .recording import NotYet, Recording
from .report import report
from .running import Running

PROGRAMS = 8                # of one step: shapes of inputs, modes, values of what is baked in


@refuses(fullgraph=EITHER, dynamic=EITHER, backend=EITHER, mode=EITHER, options=EITHER)
def compile(step: Any = None, *, disable: bool = False) -> Any:
    """``step`` as a program: recorded at its second call, fused into loops, written in C, compiled, called.

    Args:
        step: takes tensors (other arguments count as constants), does a whole training step (zero_grad,
            loss, backward, optimizer.step) or computes something, and returns a tensor, or tensors in a
            tuple, list or dict. Also a module: its forward pass is compiled where no gradient is needed;
            in training it runs as it is, and so does a function in the middle of a graph. Compile the whole
            training step.
        mode, fullgraph, dynamic, backend, options: PyTorch's, without effect.
        disable: return the step as it is.

    The first call with inputs of a shape runs as it is; the second one is recorded. From then on the step's
    own Python doesn't run: a ``print`` in it prints nothing. What the program rests on is compared before
    each run: shapes, dtypes, parameters, requires_grad, train or eval, every number that the step can see; if
    something has changed, the step is recorded again. Options of an optimizer (a schedule) are read before
    each run, and each run draws new random numbers, the same as without compiling. The next run overwrites
    ``p.grad`` in place: keep a clone.

    On a GPU the step is captured as a CUDA graph (``cuda.capture``).

    Raises GraphError, with the line, for what no program can do: look at a value (``item()``, ``if``), append
    to a list, count. Where there is no C compiler, the recorded program runs by NumPy; ``python -m minigrad``
    says why.

    >>> w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = minigrad.optim.SGD([w], lr=0.1)
    >>> @minigrad.compile
    ... def train(x):
    ...     optimizer.zero_grad()
    ...     loss = ((w * x).sum() - 1) ** 2
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> [round(train(minigrad.ones(2)).item(), 4) for _ in range(3)]
    [4.0, 1.44, 0.5184]
    >>> train.runs                              # of the program; the first call ran as it is
    2
    """
    if step is None:                                        # @compile(mode=…)
        return partial(compile, disable=disable)
    return step if disable else CompiledStep(step)


class CompiledStep:
    """What ``compile`` returns, called as the step is. ``runs`` counts runs, ``recordings`` programs."""

    def __init__(self, step: Callable[..., Any]) -> None:
        if not callable(step):
            raise TypeError(f"compile: expected a function or a module, got {type(step).__name__}.")
        self.step, self.runs, self.recordings = step, 0, 0
        self._programs: dict[Any, list[tuple[Recording, Running]]] = {}
        self._latest: tuple[Recording, Running] | None = None
        self._captured: Any = None
        if hasattr(step, "__name__"):
            update_wrapper(self, step)

    def __getattr__(self, name: str) -> Any:
        """A compiled module still has what the module has, such as ``parameters``."""
        if name == "step" or not isinstance(self.step, Module):
            raise AttributeError(f"a compiled step has no attribute {name!r}")
        return getattr(self.step, name)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        if in_progress or named or self._in_a_graph(inputs):    # or inside of another compiled step
            return self.step(*inputs, **named)
        if self._on_gpu(inputs):
            return self._captured(*inputs)
        if self._latest is not None and self._latest[0].takes(inputs) and self._latest[0].holds():
            return self._run(*self._latest, inputs)
        key = (mode.grad, *[(x._array.shape, x._array.dtype, x._requires_grad) if isinstance(x, Tensor) else x
                            for x in inputs])
        try:
            programs = self._programs.get(key)
        except TypeError:
            kinds = ", ".join([type(x).__name__ for x in inputs])
            raise TypeError("compile: a step takes tensors, numbers, text and other constants with a hash, "
                            f"got {kinds}. Pass tensors one by one.") from None
        if programs is None:
            self._programs[key] = []
            return self.step(*inputs)
        for recording, running in programs:
            if recording.takes(inputs) and recording.holds():
                return self._run(recording, running, inputs)
        if self.recordings >= PROGRAMS:
            what = ", ".join(self._changes(programs)) or "shapes"
            warnings.warn(f"compile: the step was recorded {PROGRAMS} times, and what it rests on has "
                          f"changed again ({what}). It runs as it is.", stacklevel=2)
            return self.step(*inputs)
        return self._recorded(programs, inputs)

    def _in_a_graph(self, inputs: tuple[Any, ...]) -> bool:
        """Whether the result is part of a graph whose gradients come later."""
        if not mode.grad:
            return False
        given = [x for x in inputs if isinstance(x, Tensor)]
        if isinstance(self.step, Module):
            return any([x._requires_grad for x in (*given, *self.step.parameters())])
        return any([x.grad_fn is not None for x in given])

    def _on_gpu(self, inputs: tuple[Any, ...]) -> bool:
        """Whether the step runs on a GPU: then it is captured as a CUDA graph."""
        if self._captured is None:
            if not any([isinstance(x, Tensor) and x._array.__class__ is not ndarray
                        and x.device.type != "cpu" for x in inputs]):
                return False
            self._captured = capture(self.step)
        return True

    def _recorded(self, programs: list[tuple[Recording, Running]], inputs: tuple[Any, ...]) -> Any:
        try:
            recording = Recording(self.step, inputs)
        except NotYet:
            return self.step(*inputs)
        running = Running(recording.program)
        recording.attach(running)
        self.recordings += 1
        programs.insert(0, (recording, running))
        return self._run(recording, running, inputs)

    def _run(self, recording: Recording, running: Running, inputs: tuple[Any, ...]) -> Any:
        self._latest = recording, running
        k = 0
        for x in inputs:
            if isinstance(x, Tensor):
                copyto(running.input_arrays[k], x._array)
                k += 1
        tape = recording.tape
        if tape.readers:
            tape.numbers[:len(tape.readers)] = [read() for read in tape.readers]
        for action in running.actions:
            action()
        self.runs += 1
        return recording.after(inputs)

    def _changes(self, programs: list[tuple[Recording, Running]]) -> list[str]:
        return programs[0][0].reach.changes()[:3] if programs else []

    # ── what was made of it ───────────────────────────────────────────────────────────────────

    def _known(self) -> tuple[Recording, Running]:
        if self._latest is None:
            raise GraphError("compile: nothing is recorded yet. Call the step twice with inputs of one "
                             "shape: the first call runs as it is, the second one is recorded.")
        return self._latest

    @property
    def program(self) -> Any:
        """What was recorded, line by line: ``print(step.program)``."""
        return self._known()[0].program

    @property
    def source(self) -> str:
        """The C file; empty where there is no compiler."""
        return self._known()[1].source

    def report(self) -> str:
        """Records, loops, calls, and bytes that travel to memory and back, before and after fusion."""
        return report(*self._known())
