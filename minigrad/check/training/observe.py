"""Watching training steps: what was computed, by which loss, with which gradients, and what changed."""
from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from ...autograd import Tensor
from ...autograd.mode import mode
from ...autograd.source import caller
from ...autograd.tensor import array_of
from ...autograd.watch import Watcher
from ...backend.arrays import is_array, to_numpy
from ...nn import Module, functional as F

LOSSES = ("cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss",
          "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div")
CODES: dict[CodeType, str] = {inspect.unwrap(getattr(F, name)).__code__: name for name in LOSSES}
COPIES = ("Clone", "Cast", "Reshape", "Permute", "Index")       # of the same entries, perhaps in new memory


@dataclass(eq=False)
class LossCall:
    """One call of a loss of ``nn.functional``, by whatever way: its name, and what it was given."""

    name: str
    input: Any
    target: Any
    reduction: str


@dataclass(eq=False)
class Computed:
    """One operation: its inputs, its result, and where it was called."""

    op: Any
    inputs: tuple[Any, ...]
    out: Any
    recorded: bool                      # False under no_grad
    phase: str                          # "forward": inside of the model; "loss"; "update": after backward
    loss: LossCall | None
    position: Any

    @property
    def name(self) -> str:
        return str(self.op.name)


@dataclass(eq=False)
class LayerCall:
    """One call of a module of the model."""

    name: str
    module: Any
    inputs: tuple[Any, ...]
    output: Any
    training: bool
    recorded: bool


@dataclass(eq=False)
class Run:
    """One training step, as it was seen. Arrays are copies, in NumPy."""

    computed: list[Computed] = field(default_factory=list)
    layers: list[LayerCall] = field(default_factory=list)
    losses: list[LossCall] = field(default_factory=list)
    events: list[str] = field(default_factory=list)     # "forward", "backward", "zero_grad", "step" in order
    before: dict[str, Any] = field(default_factory=dict)        # each parameter at the start
    old: dict[str, Any] = field(default_factory=dict)           # the gradients when backward began, not None
    grads: dict[str, Any] = field(default_factory=dict)         # … when it had ended, not None
    after: dict[str, Any] = field(default_factory=dict)
    made: dict[int, Computed] = field(default_factory=dict)     # who computed the entries in this memory
    root: Any = None                                    # the operation at which backward began
    loss: float | None = None                           # … and its result, if that is a number
    value: Any = None                                   # what a loss function returned
    first_bad: tuple[Computed, str] | None = None       # the first NaN or infinity
    toward: dict[Any, Any] = field(default_factory=dict)        # operation → gradient of its result
    error: BaseException | None = None

    def producer(self, x: Any) -> Computed | None:
        """The operation that computed these entries; reshaping, copying and detaching don't count."""
        array = array_of(x)
        for _ in range(100):
            found = self.made.get(id(owner(array))) if is_array(array) else None
            if found is None or found.name not in COPIES or not found.inputs:
                return found
            array = array_of(found.inputs[0])
        return None

    def layer_of(self, found: Computed) -> LayerCall | None:
        """The innermost module that returned this result, if one did."""
        for call in self.layers:                        # inner ones end first
            out = array_of(call.output)
            if is_array(out) and isinstance(call.module, Module) and call.name \
                    and owner(out) is owner(found.out):
                return call
        return None


def owner(array: Any) -> Any:
    """The array that owns the memory of this one."""
    while is_array(getattr(array, "base", None)):
        array = array.base
    return array


class Recorder(Watcher):
    """Fills a Run while the engine works, and knows in which phase of the step it is."""

    def __init__(self, parameters: dict[str, Tensor]) -> None:
        self.parameters = parameters
        self.run = Run()
        self.depth = 0                                  # modules of the model that are running
        self._frames: dict[FrameType, LossCall] = {}
        self._by_op: dict[Any, Computed] = {}

    def start(self) -> Run:
        """A new run."""
        self.run, self.depth = Run(), 0
        self._frames, self._by_op = {}, {}
        self.run.before = self.values()
        return self.run

    def finish(self) -> None:
        """The step has ended."""
        self.run.after = self.values()
        if "backward" in self.run.events and not self.run.grads:
            self.run.grads = self.gradients()
        self._frames.clear()

    def values(self) -> dict[str, Any]:
        """A copy of each parameter."""
        return {name: np.array(to_numpy(p._array)) for name, p in self.parameters.items()}

    def gradients(self) -> dict[str, Any]:
        """A copy of each gradient that there is."""
        return {name: np.array(to_numpy(p._grad._array)) for name, p in self.parameters.items()
                if p._grad is not None}

    def event(self, name: str) -> None:
        """Note that something began; gradients are complete when anything follows backward."""
        events = self.run.events
        if events and events[-1] == "backward" and name != "backward":
            self.run.grads = self.gradients()
        if not events or events[-1] != name:
            events.append(name)

    # ── what the engine tells ────────────────────────────────────────────────────────────────

    def result(self, op: Any, out: Any, inputs: tuple[Any, ...]) -> None:
        run = self.run
        if self.depth == 0 and run.events and run.events[-1] == "backward":
            self.event("update")
        phase = "forward" if self.depth else "update" if run.events[-1:] == ["update"] else "loss"
        found = Computed(op, inputs, out, mode.grad, phase, self._loss_call(), caller(2))
        run.computed.append(found)
        self._by_op[op] = found
        first = array_of(inputs[0]) if inputs else None
        if not (op.makes_view and is_array(first) and owner(out) is owner(first)):
            run.made[id(owner(out))] = found
        if run.first_bad is None and not op.infinite_on_purpose and not _finite(out) \
                and all(_finite(array_of(x)) for x in inputs):
            run.first_bad = found, "result"

    def gradient(self, op: Any, i: int, array: Any) -> None:
        if self.run.events[-1:] != ["backward"]:
            self.run.old = self.gradients()
            self.event("backward")
            self.run.root = op
            if op in self._by_op and self._by_op[op].out.size == 1:
                self.run.loss = float(self._by_op[op].out.item())

    def contribution(self, op: Any, i: int, g: Any, part: Any, total: Any) -> None:
        self.run.toward[op] = array_of(g)
        if self.run.first_bad is None and op in self._by_op and _finite(array_of(g)) \
                and not _finite(array_of(part)):
            self.run.first_bad = self._by_op[op], "gradient"

    def _loss_call(self) -> LossCall | None:
        """The loss function that is running, seen on the stack."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            name = CODES.get(frame.f_code)
            if name is not None:
                if frame not in self._frames:
                    self._frames[frame] = call = call_in(frame, name)
                    self.run.losses.append(call)
                return self._frames[frame]
            frame = frame.f_back
        return None

    def failed(self, error: BaseException) -> None:
        """The step raised an error; it may have come from a loss."""
        self.run.error = error
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            name = CODES.get(trace.tb_frame.f_code)
            if name is not None:
                if trace.tb_frame not in self._frames:
                    self.run.losses.append(call_in(trace.tb_frame, name))
                return
            trace = trace.tb_next

    # ── what the model's modules tell ────────────────────────────────────────────────────────

    def enter(self, module: Any, args: Any) -> None:
        """A hook before forward."""
        if self.depth == 0:
            self.event("forward")
        self.depth += 1

    def leave(self, name: str, module: Any, args: Any, out: Any) -> None:
        """A hook after forward."""
        self.depth -= 1
        training = module.training if isinstance(module, Module) else True
        self.run.layers.append(LayerCall(name, module, args, first_tensor(out), training, mode.grad))


def first_tensor(out: Any) -> Any:
    """The first tensor of what a module returned."""
    while isinstance(out, (tuple, list)) and out:
        out = out[0]
    return out


def call_in(frame: FrameType, name: str) -> LossCall:
    """What a loss function was given, from its frame."""
    given = frame.f_locals
    return LossCall(name, given.get("input"), given.get("target"), str(given.get("reduction", "mean")))


def _finite(x: Any) -> bool:
    if not is_array(x) or x.dtype.kind != "f":
        return not isinstance(x, float) or np.isfinite(x)
    return bool(np.isfinite(x).all())
