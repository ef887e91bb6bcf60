"""The tape: notes, in order, what is computed from what, while a step runs on copies of its arrays."""
from __future__ import annotations

import os
import sys
from typing import Any, Callable

import numpy as np

from ..autograd.source import FOLDER, SourceLine, source_line
from ..backend.products import product
from ..errors import GraphError
from .arrays import Library, Recorded, get, put
from .program import Buffer, Place, Record, exchanged, is_dense, memory_of, root_of

REDUCTIONS = {np.add, np.maximum, np.minimum, np.multiply, np.logical_or, np.logical_and}
#: NumPy's functions that write into their first argument, and those that return no array.
WRITERS = {np.copyto, np.put, np.putmask, np.place, np.put_along_axis, np.fill_diagonal, put,
           np.ndarray.sort, np.ndarray.partition, np.ndarray.put}
FACTS = {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.may_share_memory, np.shares_memory,
         np.iscomplexobj, np.isrealobj}
METHODS = {np.sum: "sum", np.mean: "mean", np.max: "max", np.min: "min", np.any: "any", np.all: "all",
           np.prod: "prod", np.clip: "clip", np.reshape: "reshape", np.copy: "copy", np.amax: "max",
           np.amin: "min", np.transpose: "transpose"}
NOT_THE_STUDENTS = (FOLDER, os.path.dirname(np.__file__) + os.sep)
NUMBERS = 4096              # options of optimizers that one step may read


class Tape:
    """A recording in progress."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.library = Library(self)
        self.states: dict[int, tuple[Buffer, np.ndarray]] = {}      # by id: an array's memory, and its copy
        self.numbers = np.zeros(NUMBERS)
        self.number_buffer = Buffer("number", self.numbers.nbytes, self.numbers)
        self.readers: list[Callable[[], float]] = []                # one for each number in use
        self.outside: set[int] = set()                              # ids of arrays that exist outside, too
        self.conditions: list[tuple[Callable[[], Any], Any]] = []   # what an ``if`` on an option has seen
        self.update: Callable[..., Any] = lambda *_: []             # an optimizer's step
        self.keep: list[Any] = [self.numbers]                       # so that no address is given twice

    # ── arrays that come from outside ─────────────────────────────────────────────────────────

    def input(self, array: np.ndarray) -> Recorded:
        """An input of the step: copied in before each run, row-major."""
        value = np.array(array, order="C")
        return self._own(value, Buffer("input", max(value.nbytes, 1)))

    def state(self, array: np.ndarray) -> Recorded:
        """An array that outlives the step, such as a parameter: read and written where it lies."""
        root = root_of(array)
        if id(root) not in self.states:
            if not is_dense(root):
                raise self.refusal("an array with gaps in memory outlives the step; give it a dense copy")
            buffer = Buffer("state", max(root.nbytes, 1), root)
            copy = root.copy(order="K")
            buffer.low = copy.ctypes.data
            self.states[id(root)] = buffer, copy
            self.keep.append((root, copy))
        buffer, copy = self.states[id(root)]
        offset = array.ctypes.data - root.ctypes.data
        value = np.ndarray(array.shape, array.dtype, memory_of(copy).data, offset, array.strides)
        return Recorded(self, value, Place(buffer, offset, array.shape, array.strides, array.dtype))

    def option(self, read: Callable[[], float]) -> Recorded:
        """A number that an optimizer reads: 0-d float64, read again before each run."""
        if len(self.readers) == NUMBERS:
            raise self.refusal(f"the optimizer's options are more than {NUMBERS} numbers")
        k = len(self.readers)
        self.readers.append(read)
        self.numbers[k] = read()
        return Recorded(self, self.numbers[k:k + 1].reshape(()),
                        Place(self.number_buffer, 8 * k, (), (), self.numbers.dtype))

    def generator(self, numpy: np.random.Generator) -> Any:
        """A generator whose draws are records: each run draws its own numbers."""
        return Draws(self, numpy)

    def fresh(self, value: np.ndarray) -> Recorded:
        """An array of the step's own."""
        return self._own(value, Buffer("step", 0))

    def _own(self, value: np.ndarray, buffer: Buffer) -> Recorded:
        """``value`` as all of the buffer, or, when it is a view of hidden memory, as a part."""
        low, reach = value.ctypes.data, value.itemsize
        for size, stride in zip(value.shape, value.strides):
            low += min(0, stride * (size - 1))
            reach += abs(stride) * (size - 1) if value.size else 0
        buffer.low, buffer.nbytes = low, max(reach, buffer.nbytes)
        place = Place(buffer, value.ctypes.data - low, value.shape, value.strides, value.dtype)
        return Recorded(self, value, place)

    def owner(self, x: Recorded) -> Any:
        """Something that tells memory apart: the buffer, unless x is all of it."""
        return x.place.buffer if x.nbytes < x.place.buffer.nbytes or x.place.offset else None

    # ── records ───────────────────────────────────────────────────────────────────────────────

    def note(self, kind: str, function: Any, arguments: Any, options: Any, out: Any,
             writes: Any = (), types: Any = ()) -> None:
        """Write a record down."""
        operation, line = where()
        name = getattr(function, "__name__", str(function))
        given, named, made = (exchanged(value, Recorded, lambda x: x.place)
                              for value in (tuple(arguments), options, out))
        self.records.append(Record(kind, name, function, given, named, made,
                                   [x.place for x in writes], operation, line, types))

    def ufunc(self, ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """A universal function: entry by entry, a reduction, or a product."""
        out = options.pop("out", None)
        out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
        inputs = tuple([self._on_tape(x) for x in inputs])
        if out is not None and not isinstance(out, (Recorded, tuple)):
            out = self._on_tape(out, written=True)
        values = [x.value if isinstance(x, Recorded) else x for x in inputs]
        if method == "reduce" and ufunc in REDUCTIONS and set(options) <= {"axis", "keepdims", "dtype"} \
                and out is None:
            return self._reduce(ufunc, inputs[0], options)
        if ufunc is np.matmul and method == "__call__" and not options:
            z = self.call(product if min(x.ndim for x in inputs) > 1 else np.matmul, inputs)
            return self._into(out, z)
        if method != "__call__" or ufunc.nout != 1 or ufunc.signature or options or isinstance(out, tuple):
            function = ufunc if method == "__call__" else getattr(ufunc, method)
            if method == "at":
                return self.call(function, inputs, options, writes=[inputs[0]])
            return self._into(out, self.call(function, inputs, options))
        target = None if out is None else out.value
        result = ufunc(*values) if target is None else ufunc(*values, out=target, casting="same_kind")
        if out is None:
            out = self.fresh(np.asarray(result))
        self.note("map", ufunc, inputs, {}, out, types=computed_in(ufunc, values, out.dtype))
        return out

    def _into(self, out: Any, z: Any) -> Any:
        """The result z, written to ``out`` if there is one."""
        if out is None:
            return z
        self.put(out, ..., z)
        return out

    def _reduce(self, ufunc: Any, x: Any, options: dict[str, Any]) -> Any:
        axis, keepdims = options.get("axis", 0), bool(options.get("keepdims"))
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(sorted(a % x.ndim for a in axes)) if x.ndim else ()
        dtype = options.get("dtype")
        out = self.fresh(np.asarray(ufunc.reduce(x.value, axis=axes, keepdims=keepdims, dtype=dtype)))
        self.note("reduce", ufunc, (x,), {"axis": axes, "keepdims": keepdims}, out,
                  types=(x.dtype, out.dtype))
        return out

    def function(self, function: Any, args: Any, options: dict[str, Any]) -> Any:
        """One of NumPy's other functions."""
        name = METHODS.get(function)
        if name:
            x = self._on_tape(args[0])
            if function is np.transpose and len(args) + len(options) > 1:
                return x.transpose(*([options["axes"]] if options else args[1:]))
            if function is np.clip:
                options = {{"a_min": "low", "a_max": "high", "min": "low", "max": "high"}.get(k, k): v
                           for k, v in options.items()}
            if "initial" not in options and "where" not in options:
                given = {k: v for k, v in options.items() if v is not np._NoValue}
                return getattr(x, name)(*args[1:], **given)
        if function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
            return self._like(function, args, dict(options))
        if function is np.where and len(args) == 3:
            return self._where(*[self._on_tape(a) for a in args])
        if function is np.copyto and not options:
            return self.put(self._on_tape(args[0], written=True), ..., args[1])
        if function in (np.concatenate, np.stack) and options.get("out") is None:
            return self._joined(function, *args, **options)
        return self.call(function, args, options)

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        values = [x.value if isinstance(x, Recorded) else x for x in (condition, a, b)]
        out = self.fresh(np.asarray(np.where(*values)))
        self.note("map", np.where, (condition, a, b), {}, out,
                  types=(np.dtype(bool), out.dtype, out.dtype, out.dtype))
        return out

    def _like(self, function: Any, args: Any, options: dict[str, Any]) -> Any:
        x = args[0].value if isinstance(args[0], Recorded) else args[0]
        fill = {np.zeros_like: 0, np.ones_like: 1}.get(function)
        if function is np.full_like:
            fill = args[1] if len(args) > 1 else options.pop("fill_value")
            args = args[:1]
        out = self.fresh(np.empty_like(x, *args[1:], **options))
        if fill is not None:
            self.put(out, ..., fill)
        return out

    def _joined(self, function: Any, xs: Any, axis: int = 0, **options: Any) -> Any:
        values = [x.value if isinstance(x, Recorded) else x for x in xs]
        out = self.fresh(function(values, axis=axis, **options))
        axis %= out.ndim
        start = 0
        for x, value in zip(xs, values):
            if function is np.stack:
                part: Any = start
                start += 1
            else:
                part = slice(start, start + value.shape[axis])
                start += value.shape[axis]
            self.put(out, (slice(None),) * axis + (part,), x)
        return out

    def copied(self, x: Recorded, dtype: Any, order: str) -> Any:
        """x entry by entry in an array of its own."""
        with np.errstate(all="ignore"):
            out = self.fresh(x.value.astype(dtype, order=order, copy=True))   # type: ignore[call-overload]
        self.note("map", np.positive, (x,), {}, out, types=(dtype, dtype))
        return out

    def put(self, x: Recorded, index: Any, value: Any) -> None:
        """x[index] = value: a map if the index is a plain one, else a call."""
        value = self._on_tape(value)
        if not plain(index):
            self.call(put, (x, index, value))
            return
        # A place even for a single entry, and no dimension in front that NumPy would drop.
        index = index if isinstance(index, tuple) else (index,)
        part = self.call(get, (x, index if Ellipsis in index else (*index, ...)))
        shape = np.shape(value.value if isinstance(value, Recorded) else value)
        if len(shape) > part.ndim:
            value = value.reshape(shape[len(shape) - part.ndim:])
        np.copyto(part.value, value.value if isinstance(value, Recorded) else value, casting="unsafe")
        if part.size and not (isinstance(value, Recorded) and value.place == part.place):
            self.note("map", np.positive, (value,), {}, part, types=(x.dtype, x.dtype))

    def call(self, function: Any, args: Any, options: Any = None, writes: Any = None) -> Any:
        """Any function: call it, and note the call, unless all it returns is a view or a fact."""
        options = options or {}
        args = tuple([self._on_tape(a) for a in args])
        if writes is None:
            writes = [args[0]] if function in WRITERS else []
        given, named = (exchanged(exchanged(value, Recorded, lambda x: x.value), Draws, lambda d: d.numpy)
                        for value in (args, options))
        result = function(*given, **named)
        if function in FACTS:
            return result
        known = _recorded_in((args, options))
        fresh: list[Recorded] = []
        out = exchanged(exchanged(result, np.generic, np.asarray), np.ndarray,
                        lambda value: self._result(value, known, fresh))
        if not fresh and not writes:
            if not isinstance(out, (Recorded, tuple, list, type(None))):
                raise self.refusal(f"{function.__name__} returns a {type(out).__name__} made from values")
            return out                                      # views: places, no work
        args, options = (exchanged(x, Draws, lambda d: d.numpy) for x in (args, options))
        kind = "matmul" if function is product else "call"
        if kind == "call":
            for x in fresh:
                x.place.buffer.called = True
        self.note(kind, function, args, options, out, writes)
        return out

    def _result(self, value: np.ndarray, known: list[Recorded], fresh: list[Recorded]) -> Recorded:
        """A view of something known, or an array of its own."""
        address = value.ctypes.data
        for x in known if value.size else ():
            buffer = x.place.buffer
            if buffer.low <= address < buffer.low + buffer.nbytes:
                return Recorded(self, value, Place(buffer, address - buffer.low, value.shape, value.strides,
                                                   value.dtype))
        fresh.append(self.fresh(value if is_dense(value) else value.copy(order="K")))
        return fresh[-1]

    def _on_tape(self, x: Any, written: bool = False) -> Any:
        """An array that is not on the tape counts as one that outlives the step, if it is known as one."""
        if isinstance(x, np.ndarray):
            root = root_of(x)
            if id(root) in self.states or id(root) in self.outside:
                return self.state(x)
            if written:
                raise self.refusal("a NumPy array that minigrad doesn't know is written to")
            if not x.ndim:
                return x[()]
            x = x if is_dense(x) else x.copy(order="K")
            self.keep.append(x)
            constant = self._own(x, Buffer("state", max(x.nbytes, 1), x))
            constant.place.buffer.array = x
            return constant
        return x

    # ── what cannot be recorded ───────────────────────────────────────────────────────────────

    def looked(self, x: Recorded, how: str, kind: Any) -> Any:
        """A look at one number: an option of an optimizer is compared again before each run."""
        if x.size != 1:
            raise self.refusal(f"{how} looks at values")
        value = kind(x.value.reshape(()))
        again = self._from_options(x.place)
        if again is not None:
            self.conditions.append((lambda: kind(again()), value))
            return value
        raise self.refusal(f"{how} looks at a value")

    def _from_options(self, place: Place) -> Callable[[], Any] | None:
        """How to compute a number again that depends on options alone; None for any other."""
        if place.buffer is self.number_buffer:
            return self.readers[place.offset // 8]
        record = next((r for r in reversed(self.records) if r.kind == "map" and r.out == place), None)
        if record is None:
            return None
        parts = [self._from_options(a) if type(a) is Place else (lambda a=a: a)            # type: ignore[misc]
                 for a in record.arguments]
        if None in parts:
            return None
        return lambda: record.function(*[part() for part in parts])                     # type: ignore[misc]

    def refusal(self, what: str) -> GraphError:
        """The error for what a program cannot do, with the student's line."""
        return GraphError(
            f"compile: {what}, at {where()[1]}. A compiled step runs no Python: what depends on a value "
            "must be written with operations (minigrad.where(loss > 3, a, b)), or be done after the step "
            "with what it returns.")


class Draws:
    """Stands for a generator of random numbers while a step is recorded."""

    def __init__(self, tape: Tape, numpy: np.random.Generator) -> None:
        self.tape, self.numpy = tape, numpy

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.numpy, name)
        return lambda *args, **options: self.tape.call(method, args, options)


def computed_in(ufunc: Any, values: list[Any], out: Any) -> tuple[Any, ...]:
    """The dtypes that a universal function converts its inputs to, and that of the result."""
    kinds = [v.dtype if isinstance(v, (np.ndarray, np.generic)) else type(v) for v in values]
    try:
        return tuple(ufunc.resolve_dtypes((*kinds, None))[:-1]) + (out,)
    except (TypeError, AttributeError):
        return ()


def plain(index: Any) -> bool:
    """Whether an index gives a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all([part is None or part is ... or isinstance(part, (slice, int, np.integer))
                and not isinstance(part, bool) for part in parts])


def _recorded_in(value: Any) -> list[Recorded]:
    found: list[Recorded] = []
    exchanged(value, Recorded, found.append)
    return found


def where() -> tuple[str, SourceLine | None]:
    """The operation of minigrad that is running, and the student's line that asked for it."""
    frame: Any = sys._getframe(2)
    operation, position = "", None
    while frame is not None:
        name, node = frame.f_code.co_name, frame.f_locals.get("self")
        if not operation and (name == "forward" or name.startswith("backward")) and hasattr(node, "edges"):
            operation, position = f"{node.name}.{name}", getattr(node, "position", None)
        elif not operation and name == "update" and hasattr(node, "param_groups"):
            operation = f"{type(node).__name__}.update"
        if position is None and not frame.f_code.co_filename.startswith(NOT_THE_STUDENTS):
            position = frame.f_code, frame.f_lasti
        if position is not None:
            break
        frame = frame.f_back
    return operation, source_line(position)
