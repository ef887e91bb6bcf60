"""Recording a step: run it once on copies, put everything back, and know what a run must do around it."""
from __future__ import annotations

from functools import partial
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..autograd.views import changed
from ..autograd.watch import Watcher, watching
from ..autograd.tensor import wrap
from ..backend.noting import in_progress
from ..backend.random import default_generator
from ..errors import GraphError
from ..optim.optimizer import Optimizer
from ..optim.subnormal import SETTLE_EVERY
from .arrays import Recorded
from .program import Buffer, Place, Program, exchanged, places_in, root_of
from .reach import Reach, is_same
from .tape import Tape


class NotYet(Exception):
    """This step makes what later ones only update, an optimizer's state: run it as it is once more."""


class Again(Exception):
    """The step has used a tensor that ``Reach`` did not find: record once more, with this one known."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Recording:
    """One program of a step, with the tensors that it reads and writes, the options and the guards."""

    def __init__(self, step: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
        self.step = step
        extra: list[Tensor] = []
        made: set[tuple[int, int]] = set()
        while True:
            try:
                self._attempt(inputs, extra, made)
                return
            except Again as again:
                extra.append(again.tensor)

    def _attempt(self, inputs: tuple[Any, ...], extra: list[Tensor], made: set[Any]) -> None:
        self.reach = Reach(self.step)
        self.tape = tape = Tape()
        self.tensors = list({id(t): t for t in (*self.reach.tensors, *extra)}.values())
        given = {id(x) for x in inputs if isinstance(x, Tensor)}
        self.tensors = [t for t in self.tensors if t.device.type == "cpu"]
        for t in self.tensors:
            if t.grad_fn is not None and t.requires_grad:
                raise GraphError("compile: the step uses a tensor that was computed outside of it and has a "
                                 "graph behind it. Compute it inside of the step, or detach it: x.detach().")
        tape.outside = {id(root_of(a)) for a in self.reach.arrays}
        self.before: list[Any] = [(t, t._array, t._grad, None if t._grad is None else t._grad._array,
                        t._requires_grad) for t in self.tensors]
        self.options: list[Any] = []
        self.kept: list[Any] = []
        self.optimizers: list[Optimizer] = []
        random = default_generator.get_state(), legacy_random()
        places: list[Place] = []
        arguments: list[Any] = []
        old: list[Buffer] = []
        in_progress.append(tape)
        tape.update = self._update
        try:
            for x in inputs:
                if isinstance(x, Tensor):
                    noted = tape.input(x._array)
                    places.append(noted.place)
                    t = wrap(noted)
                    t._requires_grad = x._requires_grad
                    if x._grad is not None:
                        t._grad = wrap(tape.fresh(x._grad._array.copy()))
                        old.append(t._grad._array.place.buffer)
                    arguments.append(t)
                else:
                    arguments.append(x)
            for t in self.tensors:
                if t._grad is not None:
                    t._grad._array = tape.state(t._grad._array)
                t._array = tape.state(t._array)
            with watching(_Meeting(self.tensors, made)):
                results = self.step(*arguments)
            self._finish(results, arguments, places)
            if any(p.buffer in old for r in tape.records for p in (*r.reads, *r.written)):
                raise GraphError("compile: an input's gradient is added to the one that it has from an "
                                 "earlier call. Begin the step with x.grad = None.")
            if any(id(t) in given for t in self.written):
                raise GraphError("compile: an input of the step is also a tensor that the step changes. "
                                 "Let it be one or the other: parameters need not be given to the step.")
            del results, arguments
            self._check_random(random)
        finally:
            in_progress.pop()
            self._restore()
            default_generator.set_state(random[0])
        self._check_escapes()
        self.facts = [(t, array, grad is not None, flag) for t, array, grad, _, flag in self.before
                      if id(t) in self.used or flag]
        self.shapes = [(x._array.shape, x._array.dtype, x._requires_grad, x._grad is not None)
                       if isinstance(x, Tensor) else x for x in inputs]
        self.recording_mode = mode.grad

    def takes(self, inputs: tuple[Any, ...]) -> bool:
        """Whether these inputs are like those of the recording."""
        if len(inputs) != len(self.shapes) or mode.grad is not self.recording_mode:
            return False
        for x, known in zip(inputs, self.shapes):
            if isinstance(x, Tensor):
                array = x._array
                if x._grad is not None and self._own and not known[3]:
                    return False
                if type(known) is not tuple or array.shape != known[0] or array.dtype is not known[1] \
                        or x._requires_grad is not known[2]:
                    return False
            elif not is_same(x, known):
                return False
        return True

    # ── after the step: what it leaves behind ─────────────────────────────────────────────────

    def _finish(self, results: Any, arguments: list[Any], places: list[Place]) -> None:
        """Results, gradients and changed numbers become buffers that outlive the run."""
        tape = self.tape
        out = exchanged(results, Tensor, self._result)
        self.gradients: list[tuple[Tensor, Any]] = []
        for (t, array, grad, old, _) in self.before:
            now = t._array
            if isinstance(now, Recorded) and now.place != tape.state(array).place:
                tape.put(tape.state(array), ..., now)               # another array took its place
            if t._grad is None:
                self.gradients.append((t, None))
            elif t._grad is not grad:
                self.gradients.append((t, self._placed(t._grad._array)))
        self.input_gradients = [self._placed(t._grad._array) if isinstance(t, Tensor) and t._grad is not None
                                else None for t in arguments]
        self.numbers = [(table, key, kind, self._placed(value)) for table, key, kind, value in self.options]
        last = [out, [p for _, p in self.gradients], [p for *_, p in self.numbers], self.input_gradients]
        for place in places_in(last):
            if place.buffer.kind == "step":
                place.buffer.kind = "result"
        self.program = Program(tape.records, places, last)
        written = {p.buffer for r in tape.records for p in r.written}
        read = {p.buffer for r in tape.records for p in r.reads} | written
        self.used_gradients = [(t, old) for t, _, _, old, _ in self.before
                               if old is not None and tape.state(old).place.buffer in read]
        self.used = {id(t) for t, array, *_ in self.before if tape.state(array).place.buffer in read}
        self.written = [t for t, array, *_ in self.before if tape.state(array).place.buffer in written]

    def _result(self, t: Tensor) -> Any:
        """The place of a tensor that the step returns; a gradient can't be taken of it afterwards."""
        if t.requires_grad and mode.grad and not (t.grad_fn is not None and t.grad_fn.walked):
            raise GraphError("compile: the step returns a tensor that a gradient could be taken of, and a "
                             "program keeps no graph. Compile the whole step, backward included; or call "
                             "the compiled function inside of minigrad.no_grad(), or return x.detach().")
        return self._placed(t._array)

    def _placed(self, array: Any) -> Any:
        """The place of an array; one that the tape doesn't know is copied onto it."""
        if not isinstance(array, Recorded):
            array = self.tape.copied(self.tape._on_tape(np.asarray(array)), array.dtype, "K")
        elif array.place.buffer.kind in ("state", "number", "input"):
            array = array.copy()
        return array.place

    def _restore(self) -> None:
        for t, array, grad, grad_array, flag in self.before:
            t._array, t._grad, t._requires_grad = array, grad, flag
            if grad is not None:
                grad._array = grad_array
        self.side_effects = self.reach.changes()
        self.reach.restore()

    def _check_escapes(self) -> None:
        """GraphError for what Python would have changed, and the program would not."""
        effects = [name for name in self.side_effects if not name.endswith("._since_settled")]
        if effects:
            raise GraphError(
                f"compile: the step changes {', '.join(effects[:4])}. A compiled step runs no Python, so "
                "this would happen once only. Do it after the step, with what it returns (a list of "
                "losses, a count, scheduler.step()).")

    def _check_random(self, before: Any) -> None:
        if legacy_random() != before[1]:
            raise GraphError("compile: the step draws from np.random, and each run would use the same "
                             "numbers. Use minigrad's: minigrad.randn(…), minigrad.rand(…).")

    # ── before each run ───────────────────────────────────────────────────────────────────────

    def holds(self) -> bool:
        """Whether all that the program rests on is as it was when it was recorded."""
        for t, array, had_grad, flag in self.facts:
            if t._array is not array or t._requires_grad is not flag or (t._grad is not None) is not had_grad:
                return False
        for t, array in self.used_gradients:
            if t._grad is None or t._grad._array is not array:
                return False
        for state, key, array in self.kept:
            if state.get(key) is not array:
                return False
        for read, value in self.tape.conditions:
            if read() != value:
                return False
        return self.reach.same()

    # ── after each run ────────────────────────────────────────────────────────────────────────

    def attach(self, running: Any) -> None:
        """Look up once what ``after`` hands out."""
        results, gradients, numbers, inputs = self.program.results
        self._own = [(i, running.array(p)) for i, p in enumerate(inputs) if p is not None]
        self._single = running.array(results) if type(results) is Place else None
        self._results = exchanged(results, Place, running.array)
        self._gradients = [(t, None if place is None else wrap(running.array(place)))
                           for (t, _), place in zip(self.gradients, gradients)]
        self._counts = [(table, key, kind, running.array(place))
                        for (table, key, kind, _), place in zip(self.numbers, numbers)]

    def after(self, inputs: tuple[Any, ...]) -> Any:
        """Hand out what the run has computed: the results, gradients and counts."""
        for i, array in self._own:
            inputs[i]._grad = wrap(array.copy())
        for t, grad in self._gradients:
            t._grad = grad
        for table, key, kind, array in self._counts:
            table[key] = kind(array)
        for optimizer in self.optimizers:
            optimizer._since_settled += 1
            if optimizer._since_settled >= SETTLE_EVERY:
                optimizer._settle()
        if self.written:
            changed(self.written)
        if self._single is not None:
            return wrap(self._single.copy())
        return exchanged(self._results, np.ndarray, lambda array: wrap(array.copy()))

    # ── the optimizer ─────────────────────────────────────────────────────────────────────────

    def _update(self, optimizer: Optimizer, params: list[Tensor], group: dict[str, Any]) -> list[Tensor]:
        """One optimizer's step: its options and counts are numbers on the tape."""
        if optimizer._before or optimizer._after:
            raise GraphError("compile: the optimizer has hooks, which are Python. Remove them.")
        if optimizer not in self.optimizers:
            self.optimizers.append(optimizer)
        options = {key: self._option(partial(group.__getitem__, key), value) for key, value in group.items()
                   if key != "params"}
        for p in params:
            state = optimizer.state[p]
            if not state and optimizer.needed_state(group):
                raise NotYet
            lifted = {key: self.tape.state(value) if isinstance(value, np.ndarray) else
                      self._option(partial(state.__getitem__, key), value) for key, value in state.items()}
            before = dict(lifted)
            self.kept += [(state, key, a) for key, a in state.items() if isinstance(a, np.ndarray)]
            try:
                optimizer.update(p, p._grad._array, lifted, options)    # type: ignore[union-attr]
            except GraphError as error:
                raise GraphError(f"compile: a step of {type(optimizer).__name__} cannot be recorded, because "
                                 "its Python looks at values. SGD, Adam, AdamW, RMSprop can.") from error
            if set(lifted) - set(before):
                raise NotYet
            for key, value in lifted.items():
                if value is before[key]:
                    continue
                if isinstance(state[key], np.ndarray):
                    self.tape.put(before[key], ..., value)
                else:
                    self.options.append((state, key, type(state[key]), value))
        return []

    def _option(self, read: Callable[[], Any], value: Any) -> Any:
        if type(value) in (int, float):
            return self.tape.option(read)
        if type(value) is tuple:
            return tuple([self._option(lambda k=k: read()[k], part)            # type: ignore[misc]
                          for k, part in enumerate(value)])
        return value


class _Meeting(Watcher):
    """Sees each operation's inputs, and among them the tensors that ``Reach`` did not find."""

    looks_between = False

    def __init__(self, known: list[Tensor], made: set[Any]) -> None:
        self.known = {id(t) for t in known}
        self.made, self.count = made, 0

    def result(self, op: Any, out: Any, inputs: tuple[Any, ...]) -> None:
        """A tensor with an ordinary array is a constant that the step makes, or was there before."""
        self.count += 1
        for i, x in enumerate(inputs):
            if isinstance(x, Tensor) and not isinstance(x._array, Recorded) and id(x) not in self.known:
                if (self.count, i) not in self.made:
                    self.made.add((self.count, i))              # next time another is here: made inside
                    raise Again(x)


def legacy_random() -> tuple[bytes, int]:
    """The state of np.random, which minigrad never draws from."""
    state: Any = np.random.get_state()
    return state[1].tobytes(), state[2]
