"""Capturing a training step: its kernels are recorded once as a CUDA graph, and then launched as one.

A small network's step is some thirty kernels of a few microseconds each, and Python needs longer to ask
for a kernel than the GPU to run it. A graph asks once for all of them.

    step = minigrad.cuda.capture(train)         # train(x, y) does a whole step and returns the loss
    for x, y in loader:
        loss = step(x, y)                       # the first calls run as ever, then one is recorded

A replay does exactly what was recorded, on the same memory: the inputs are copied to where the recorded
kernels read them, and what changes from step to step (learning rates, step counts, random numbers) lies
on the device, where the kernels look. What Python does between the kernels happens only while recording.
"""
from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Callable

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import cupy_module, device_of, on_host
from ..backend.gpu.cublas import handle_for
from ..backend.gpu.recording import Recording, current, recording
from ..errors import DeviceError, GraphError

Step = Callable[..., Any]


def capture(step: Step, warmup: int = 3) -> CapturedStep:
    """``step`` as a graph: called like it, with tensors on a GPU, and as good as free of Python's time.

    Args:
        step: takes tensors on the GPU, does a whole training step (zero_grad, loss, backward, optimizer
            step), and returns a tensor or a tuple of tensors, such as the loss.
        warmup: how many calls are run as they are, before one is recorded: kernels are compiled, and
            the optimizer's state is made, in the first. Each call, recorded or not, is one step.

    The returned tensors are the same at each replay and hold the newest values: clone what shall stay.
    Inputs of other shapes than the recorded ones (a smaller last batch) are run as they are.

    The step must launch the same kernels each time: nothing may be read from the device (``item()``,
    ``float(loss)``, an ``if`` on a value), nothing copied from or to the host, no random numbers drawn on
    the host; dropout, SGD, Adam, AdamW and schedules of their learning rates work. Calling it raises
    GraphError with the reason and the line when a step cannot be recorded, DeviceError for inputs that
    are not on a GPU.
    """
    return CapturedStep(step, warmup)


class CapturedStep:
    """What ``capture`` returns. ``captured`` says whether a graph is recorded; ``replays`` counts."""

    def __init__(self, step: Step, warmup: int) -> None:
        self.step, self.warmup = step, max(1, warmup)
        self.calls = self.replays = 0
        self._graph: Any = None
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
            raise GraphError("capture: a captured step was called inside of another one that is being "
                             "recorded. Capture the outer one only.")
        for i, x in enumerate(inputs):
            if not isinstance(x, Tensor) or on_host(x._array):
                where = f"a tensor on {x.device}" if isinstance(x, Tensor) else type(x).__name__
                raise DeviceError(f"capture: input {i} of the step must be a tensor on a GPU, got {where}. "
                                  "Move it: x.to('cuda').")
        if not inputs:
            raise GraphError("capture: the step needs at least one tensor as input, whose values change "
                             "from call to call.")

    def _prepare(self, inputs: tuple[Tensor, ...]) -> None:
        """A stream and memory of its own: addresses in a graph must not be given to other arrays."""
        self._cupy: Any = cupy_module()
        self._device = device_of(inputs[0]._array).index
        with self._cupy.cuda.Device(self._device):
            self._stream = self._cupy.cuda.Stream(non_blocking=True)
            self._pool = self._cupy.cuda.MemoryPool()
            with self._stream:
                handle_for(self._cupy, self._stream)

    def _in_order(self, work: Callable[[], Any], own_memory: bool = True) -> Any:
        """``work`` on the own stream, after what the caller's stream was given, and before what comes."""
        cupy = self._cupy
        with cupy.cuda.Device(self._device):
            outside = cupy.cuda.get_current_stream()
            self._stream.wait_event(outside.record())
            with self._stream:
                if own_memory:
                    with cupy.cuda.using_allocator(self._pool.malloc):
                        result = work()
                else:
                    result = work()
            outside.wait_event(self._stream.record())
        return result

    def _recorded(self, inputs: tuple[Tensor, ...]) -> Any:
        if self._graph is None:
            self._inputs = [wrap(x._array.copy()) for x in inputs]
            self._record()                          # nothing is computed yet
        for own, given in zip(self._inputs, inputs):
            own._array[...] = given._array
        for action in self._around.before:
            action()
        self._graph.launch()
        if self.replays:                            # while recording, Python has counted this step already
            for action in self._around.after:
                action()
        self.replays += 1
        return self._result

    def _record(self) -> None:
        self._stream.begin_capture()
        try:
            with recording() as around:
                self._result = self.step(*self._inputs)
            self._around: Recording = around
        except Exception as error:
            self._abandon()
            raise _refused(error) from error
        self._graph = self._stream.end_capture()

    def _abandon(self) -> None:
        """Bring the stream out of the broken recording; a later call may try again."""
        try:
            self._stream.end_capture()
        except RuntimeError:        # CUDA's says once more that the recording was broken
            pass


def _refused(error: Exception) -> Exception:
    """What cannot be recorded, why, and the line of the step that asked for it."""
    if isinstance(error, (GraphError, DeviceError)) and str(error).startswith("capture:"):
        return error
    text = str(error)
    broken = "cudaErrorStreamCapture" in text or isinstance(error, NotImplementedError)
    if not broken:
        return error
    line = _asking_line(error)
    return GraphError(
        "capture: the step cannot be recorded: it waits for the GPU, or copies between it and the host"
        f"{line} ({text.splitlines()[0]}). Inside of a captured step nothing may be read from the device "
        "(item(), float(), if), made from Python numbers (minigrad.tensor([…])) or drawn on the host; do "
        "that before or after the step.")


def _asking_line(error: Exception) -> str:
    """The last line outside of minigrad that called into it: not CuPy's, which come after."""
    own = str(Path(__file__).parents[1])
    frames = traceback.extract_tb(error.__traceback__)
    outside = [not frame.filename.startswith(own) for frame in frames]
    calls = [i for i, out in enumerate(outside) if out and i + 1 < len(frames) and not outside[i + 1]]
    if not calls:
        calls = [i for i, out in enumerate(outside) if out]
    return f" at {frames[calls[-1]].filename}:{frames[calls[-1]].lineno}: {frames[calls[-1]].line}" \
        if calls else ""
