"""Capturing a training step: its kernels are recorded once as a CUDA graph, and then launched together.

A small network's step is some thirty kernels of a few microseconds each, and Python takes longer to launch a
kernel than the GPU to run it. A graph launches all of them at once.

    step = minigrad.cuda.capture(train)         # train(x, y) does a whole step and returns the loss
    for x, y in loader:
        loss = step(x, y)                       # the first calls run normally, then one is recorded

A replay does exactly what was recorded, on the same memory: the inputs are copied to where the recorded
kernels read them, and what changes from step to step (the optimizer's options, step counts, seeds) is kept on
the device, where the kernels read it. What Python does between kernels happens only while recording.
"""
from __future__ import annotations

import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Callable

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import cupy_module, device_of, on_host
from ..backend.gpu.cublas import handle_for
from ..backend.gpu.recording import current, recording
from ..errors import DeviceError, GraphError

Step = Callable[..., Any]


def capture(step: Step, warmup: int = 3) -> CapturedStep:
    """``step`` as a graph: called the same way, with tensors on a GPU, and almost no Python overhead.

    Args:
        step: takes tensors on the GPU, does a whole training step (zero_grad, loss, backward, optimizer
            step), and returns a tensor or a tuple of tensors, such as the loss.
        warmup: how many calls run normally before one is recorded: the first ones compile kernels and create
            the optimizer's state. Each call, recorded or not, is one step.

    Each replay returns the same tensors with new values: clone what you want to keep. Inputs of other shapes
    than the recorded ones (a smaller last batch) run normally. The graph reads parameters and everything else
    where they were when it was recorded: GraphError when an optimizer's parameters have been moved since
    (``model.cpu(); model.cuda()``); then capture the step again.

    The step must launch the same kernels each time: nothing may be read from the device (``item()``,
    ``float(loss)``, an ``if`` on a value), nothing copied from or to the host, no random numbers drawn on the
    host. Dropout, SGD, Adam and AdamW work: the graph follows their options (a schedule, a checkpoint) and
    the generator's seed. With a ``GradScaler``, the step contains ``scale(loss).backward()``; ``step`` and
    ``update``, which look at the gradients, come after. Calling it raises GraphError with the reason and the
    line when a step cannot be recorded, DeviceError for inputs that are not on a GPU or too little memory.
    """
    return CapturedStep(step, warmup)


class CapturedStep:
    """What ``capture`` returns. ``captured`` says whether a graph is recorded; ``replays`` counts."""

    def __init__(self, step: Step, warmup: int) -> None:
        self.step, self.warmup = step, max(1, warmup)
        self.calls = self.replays = 0
        self._graph: Any = None
        self._result: Any = None
        self._key: Any = None
        self._stream: Any = None

    @property
    def captured(self) -> bool:
        """Whether calls with the recorded shapes replay a graph."""
        return self._graph is not None

    def __call__(self, *inputs: Tensor) -> Any:
        """One step."""
        self._check(inputs)
        if self._stream is None:
            self._prepare(inputs)
        key = [(tuple(x.shape), x.dtype, str(x.device)) for x in inputs]
        self._key = self._key or key
        if key != self._key:
            return self._in_order(lambda: self.step(*inputs), own_memory=False)
        self.calls += 1
        if self.calls <= self.warmup:
            return self._in_order(lambda: self.step(*inputs))
        return self._in_order(lambda: self._recorded(inputs))

    @staticmethod
    def _check(inputs: tuple[Any, ...]) -> None:
        if current() is not None:
            raise GraphError("capture: a captured step was called inside another one that is being "
                             "recorded. Capture only the outer one.")
        for i, x in enumerate(inputs):
            if not isinstance(x, Tensor) or on_host(x._array):
                where = f"a tensor on {x.device}" if isinstance(x, Tensor) else type(x).__name__
                raise DeviceError(f"capture: input {i} of the step must be a tensor on a GPU, got {where}. "
                                  "Move it: x.to('cuda').")
        if not inputs:
            raise GraphError("capture: the step needs at least one input tensor, whose values change "
                             "from call to call.")

    def _prepare(self, inputs: tuple[Tensor, ...]) -> None:
        """A stream and memory of its own: addresses in a graph must not be given to other arrays."""
        cupy: Any = cupy_module()
        self._cupy, self._device = cupy, device_of(inputs[0]._array).index
        with cupy.cuda.Device(self._device):
            stream = cupy.cuda.Stream(non_blocking=True)
            self._pool = cupy.cuda.MemoryPool(lambda size: _memory(cupy, size))
            self._ready, self._done = (cupy.cuda.Event(disable_timing=True) for _ in range(2))
            with stream:
                handle_for(cupy, stream)
        self._stream = stream

    def _in_order(self, work: Callable[[], Any], own_memory: bool = True) -> Any:
        """``work`` on the step's own stream, after all that the caller's stream has queued so far."""
        cupy = self._cupy
        with cupy.cuda.Device(self._device):
            outside = cupy.cuda.get_current_stream()
            self._ready.record(outside)
            self._stream.wait_event(self._ready)
            try:
                with self._stream, cupy.cuda.using_allocator(self._pool.malloc) if own_memory \
                        else nullcontext():
                    return work()
            finally:
                self._done.record(self._stream)
                outside.wait_event(self._done)

    def _recorded(self, inputs: tuple[Tensor, ...]) -> Any:
        if self._graph is None:
            self._inputs = [wrap(x._array.copy()) for x in inputs]
            self._record()                          # nothing is computed yet, and nothing counted
        for own, given in zip(self._inputs, inputs):
            own._array[...] = given._array
        for action in self._around.before:
            action()
        self._graph.launch()
        for action in self._around.after:
            action()
        self.replays += 1
        return self._result

    def _record(self) -> None:
        try:
            self._stream.begin_capture()
            with recording() as around:
                result = self.step(*self._inputs)
                graph = self._stream.end_capture()
            around.finish()
        except BaseException as error:              # not even Ctrl-C may leave the stream recording
            self._abandon()
            raise _refused(error) from error
        self._graph, self._result, self._around = graph, result, around

    def _abandon(self) -> None:
        """End the broken recording; a later call may try again."""
        try:
            self._stream.end_capture()
        except RuntimeError:        # CUDA repeats that the recording was broken, or never began
            pass


def _memory(cupy: Any, size: int) -> Any:
    """Memory from CUDA for the step's own pool.

    When there is none, a pool returns what it does not use and asks again. That must not happen while a step
    is recorded: what the recorded kernels used and freed belongs to the graph.
    """
    try:
        return cupy.cuda.MemoryPointer(cupy.cuda.Memory(size), 0)
    except cupy.cuda.runtime.CUDARuntimeError as error:
        if current() is None:
            raise
        raise DeviceError(f"capture: the GPU does not have {size:,} bytes left for the recording, which "
                          "keeps the memory of a whole step. Use a smaller batch, or free memory before the "
                          "first call: minigrad.cuda.empty_cache().") from error


def _refused(error: BaseException) -> BaseException:
    """What cannot be recorded, why, and the line of the step that asked for it."""
    text = str(error)
    if isinstance(error, MemoryError):
        return DeviceError(f"capture: the GPU's memory is too small for the recording ({text}).")
    if isinstance(error, (GraphError, DeviceError)) and text.startswith("capture:"):
        return error
    # CuPy says "the current stream is capturing", or that cuBLAS is "unsupported" then; CUDA its own names.
    if not ("captur" in text.lower() and isinstance(error, RuntimeError)):
        return error
    line = _asking_line(error)
    return GraphError(
        "capture: the step cannot be recorded: it waits for the GPU, or copies between it and the host"
        f"{line} ({text.splitlines()[0]}). Inside a captured step nothing may be read from the device "
        "(item(), float(), if), made from Python numbers (minigrad.tensor([…])) or drawn on the host; do "
        "that before or after the step.")


def _asking_line(error: BaseException) -> str:
    """The last line outside minigrad that called into it: not CuPy's lines, which come after."""
    own = str(Path(__file__).parents[1])
    frames = traceback.extract_tb(error.__traceback__)
    outside = [not frame.filename.startswith(own) for frame in frames]
    calls = [i for i, out in enumerate(outside) if out and i + 1 < len(frames) and not outside[i + 1]]
    if not calls:
        calls = [i for i, out in enumerate(outside) if out]
    return f" at {frames[calls[-1]].filename}:{frames[calls[-1]].lineno}: {frames[calls[-1]].line}" \
        if calls else ""
