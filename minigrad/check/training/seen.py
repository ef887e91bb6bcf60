"""A few training steps on the user's own objects, watched, and then put back: the evidence for the rules."""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Iterator

import numpy as np

from ...autograd import Tensor, no_grad
from ...autograd.source import source_line
from ...autograd.tensor import array_of
from ...autograd.watch import watching
from ...backend.arrays import is_array, to_numpy
from ...nn import Module
from .observe import Computed, LayerCall, LossCall, Recorder, Run, first_tensor, owner
from .snapshot import Snapshot

RUNS = 5                    # steps that are tried: the loss after a step is seen in the next one


@dataclass(eq=False)
class Seen:
    """What the rules look at.

    Attributes:
        runs: the steps; the last one may hold an error. ``first`` and ``last`` are two of them.
        parameters: every tensor that could learn, by name: of the model, hidden in it, of the optimizer, or
            a variable that the user's functions refer to.
        registered: the names among them that ``model.parameters()`` gives.
        held: the names among them that the optimizer holds.
        x, y: the batch's first and last part.
        own_step: whether the step is the user's own.
        turned: model(x) and model(x with its samples in reverse order), after the steps; or None.
        called: the position of the call of ``training_step`` itself.
        other_losses: the loss of the model's output, and of three random outputs; empty if unknown.
    """

    model: Any
    optimizer: Any
    batch: Any
    own_step: bool
    parameters: dict[str, Tensor]
    registered: set[str]
    held: set[str]
    rebound: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    turned: tuple[Any, Any] | None = None
    other_losses: list[float] = field(default_factory=list)
    called: Any = None

    @property
    def first(self) -> Run:
        return self.runs[0]

    @property
    def last(self) -> Run:
        return self.runs[-1]

    @property
    def error(self) -> BaseException | None:
        """What stopped the steps, if anything did."""
        return self.last.error

    @property
    def losses(self) -> list[float]:
        """The loss of each step, on the same batch and with the same random numbers."""
        found = [run.loss for run in self.runs]
        return [value for value in found if value is not None]

    @property
    def x(self) -> Any:
        """The batch's first part as a NumPy array, or None."""
        return _numpy(self.batch[0] if isinstance(self.batch, (tuple, list)) and self.batch else self.batch)

    @property
    def y(self) -> Any:
        """The batch's last part, the targets, as a NumPy array, or None."""
        several = isinstance(self.batch, (tuple, list)) and len(self.batch) > 1
        return _numpy(self.batch[-1]) if several else None

    @property
    def model_call(self) -> LayerCall | None:
        """The first call of the model in the first step, or None."""
        return next((c for c in self.first.layers if c.module is self.model), None)

    @property
    def output(self) -> Any:
        """The first output of the model in the first step, or None."""
        return None if self.model_call is None else self.model_call.output

    @property
    def loss_call(self) -> LossCall | None:
        """The call of a loss function in the first step; None without one, or with several."""
        calls = self.first.losses
        return calls[0] if len(calls) == 1 else None

    @property
    def modules(self) -> list[tuple[str, Module]]:
        """The model's modules that ran, each once, with their names."""
        found = {id(c.module): (c.name, c.module) for run in self.runs for c in run.layers
                 if isinstance(c.module, Module)}
        return list(found.values())

    def trained(self) -> dict[str, Tensor]:
        """The parameters that want a gradient."""
        return {name: p for name, p in self.parameters.items() if p._requires_grad}

    def moved(self, run: Run) -> dict[str, Any]:
        """Of each parameter that a step changed, how it changed."""
        return {name: run.after[name] - run.before[name] for name in run.before
                if run.before[name].shape == run.after[name].shape
                and not np.array_equal(run.before[name], run.after[name], equal_nan=True)}

    def place(self, found: Computed | None) -> str:
        """Where an operation was called: the user's line, or the layer where that is all there is; or ""."""
        if found is None:
            return ""
        line = None if found.position == self.called else source_line(found.position)
        if line is not None:
            file = line.file.replace("\\", "/").rpartition("/")[2]
            return f"{file}:{line.line}: {line.text}"
        layer = next((call for run in self.runs for call in [run.layer_of(found)] if call is not None), None)
        return "" if layer is None else f"layer {layer.name}: {layer.module!r}".partition("\n")[0]

    def chain(self, run: Run) -> Iterator[Computed]:
        """The operations from the loss on, as long as each has a single input that wants a gradient."""
        by_op = {c.op: c for c in run.computed}
        op = run.root
        while op in by_op:
            yield by_op[op]
            edges = [edge for edge in op.edges if edge is not None]
            if len(edges) != 1:
                return
            op = edges[0]


def observe(model: Any, loss: Any, optimizer: Any, batch: Any, step: Any, called: Any = None) -> Seen:
    """Run ``RUNS`` steps, or up to the first that fails, and put everything back."""
    snapshot = Snapshot(model, loss, optimizer, batch, step)
    named, registered = _parameters(model, optimizer, snapshot)
    held = {id(p) for group in getattr(optimizer, "param_groups", []) for p in group["params"]}
    seen = Seen(model, optimizer, batch, step is not None, named, registered,
                {name for name, p in named.items() if id(p) in held}, called=called)
    recorder = Recorder(named)
    try:
        body = _body(model, loss, optimizer, batch, step, recorder)
        for _ in range(RUNS):
            snapshot.rewind_random()
            seen.runs.append(recorder.start())
            try:
                with watching(recorder), np.errstate(all="ignore"):
                    recorder.run.value = body()
            except Exception as error:
                recorder.failed(error)
            recorder.finish()
            if len(seen.runs) > 2:                      # what lies between is not looked at again
                seen.runs[-2].computed, seen.runs[-2].made = [], {}
            if seen.error is not None:
                break
        seen.rebound = _rebound(snapshot)
        snapshot.rewind_random()
        if seen.error is None:
            seen.turned = _turned(seen)
        if step is None:
            seen.other_losses = _other_losses(seen, loss)
    finally:
        snapshot.restore()
    return seen


def _body(model: Any, loss: Any, optimizer: Any, batch: Any, step: Any,
          recorder: Recorder) -> Callable[[], Any]:
    """One step, with everything that it calls reporting to the recorder."""
    runs = model
    if isinstance(model, Module):
        for name, module in list(model.named_modules()):
            module.register_forward_pre_hook(recorder.enter)
            module.register_forward_hook(partial(recorder.leave, name))
    else:
        def runs(*args: Any, **kwargs: Any) -> Any:
            recorder.enter(model, args)
            out = model(*args, **kwargs)
            recorder.leave("", model, args, out)
            return out
    for name in ("zero_grad", "step"):
        if optimizer is not None:
            setattr(optimizer, name, _reporting(getattr(optimizer, name), name, recorder))
    if step is not None:
        return lambda: step(runs, optimizer, batch)

    def plain() -> Any:
        optimizer.zero_grad()
        value = loss(runs(*batch[:-1]), batch[-1])
        value.backward()
        optimizer.step()
        return value
    return plain


def _reporting(method: Callable[..., Any], name: str, recorder: Recorder) -> Callable[..., Any]:
    def reported(*args: Any, **kwargs: Any) -> Any:
        recorder.event(name)
        return method(*args, **kwargs)
    return reported


def _parameters(model: Any, optimizer: Any, snapshot: Snapshot) -> tuple[dict[str, Tensor], set[str]]:
    """All tensors that could learn, by unique names, and which of them the model has registered."""
    own = dict(model.named_parameters()) if isinstance(model, Module) else {}
    found: dict[str, Tensor] = dict(own)
    known = {id(p) for p in own.values()}
    held = [p for group in getattr(optimizer, "param_groups", []) for p in group["params"]]
    learning = [x for x in snapshot.tensors.values() if Tensor.__dict__["_requires_grad"].__get__(x)
                and Tensor.__dict__["grad_fn"].__get__(x) is None]
    for p in [*held, *learning]:
        if id(p) not in known:
            known.add(id(p))
            name = snapshot.names.get(id(p), "").lstrip(".")
            if not name or name.startswith("[") or "param_groups" in name:
                name = f"tensor {tuple(p.shape)}"
            while name in found:
                name += "′"
            found[name] = p
    return found, set(own)


def _rebound(snapshot: Snapshot) -> list[str]:
    """Variables that were a tensor to learn and are another tensor now."""
    names = []
    for space, name, before in snapshot.variables:
        now = space.get(name)
        if isinstance(before, Tensor) and isinstance(now, Tensor) and now is not before \
                and before.is_leaf and before.requires_grad and not (now.is_leaf and now.requires_grad):
            names.append(name)
    return names


def _turned(seen: Seen) -> tuple[Any, Any] | None:
    """The model's output for the batch, and for its samples in reverse order, both as arrays."""
    call = seen.model_call
    if call is None or not isinstance(seen.model, Module) or not call.inputs:
        return None
    x = call.inputs[0]
    if not isinstance(x, Tensor) or x.ndim < 1 or len(x) < 2:
        return None
    found = []
    for entries in (x._array, x._array[::-1].copy()):
        try:
            with no_grad(), np.errstate(all="ignore"):
                out = first_tensor(seen.model(Tensor(entries), *call.inputs[1:]))
        except Exception:       # a model that takes this order only
            return None
        if not isinstance(out, Tensor):
            return None
        found.append(np.array(to_numpy(out._array)))
    return None if np.array_equal(to_numpy(x._array), to_numpy(x._array)[::-1]) else (found[0], found[1])


def _other_losses(seen: Seen, loss: Any) -> list[float]:
    out = seen.output
    if not isinstance(out, Tensor) or not out.is_floating_point():
        return []
    noise = np.random.default_rng(0)
    found = []
    for k in range(4):
        drawn = 3 * noise.standard_normal(tuple(out.shape))
        values = to_numpy(out._array) if k == 0 else drawn.astype(out.dtype)
        try:
            with no_grad(), np.errstate(all="ignore"):
                found.append(float(loss(Tensor(values.copy()).to(str(out.device)), seen.batch[-1])))
        except Exception:       # a loss that takes probabilities only
            return []
    return found


def _numpy(x: Any) -> Any:
    array = array_of(x)
    return to_numpy(array) if is_array(array) else None


def shares(run: Run, x: Any, y: Any) -> bool:
    """Whether x was computed from the memory of y, reshaped or copied at most."""
    a, b = array_of(x), array_of(y)
    if not is_array(a) or not is_array(b):
        return False
    if owner(a) is owner(b):
        return True
    first, second = run.producer(x), run.producer(y)
    return first is not None and first is second
