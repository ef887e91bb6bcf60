"""Operations in PyTorch's form: static methods, with a context between forward and backward.

    class Scaled(minigrad.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):            # Tensors, and whatever else; nothing is recorded inside
            ctx.save_for_backward(x)
            ctx.factor = factor
            return x * x * factor

        @staticmethod
        def backward(ctx, g):                   # one gradient for each result …
            (x,) = ctx.saved_tensors
            return g * 2 * x * ctx.factor, None     # … gives one for each input of forward

    y = Scaled.apply(x, 3.0)

The engine knows operations with one result and one backward method for each input (``function``). A call in
this form becomes such a node, a ``Call``: it runs ``backward`` once in each walk and deals out what it
returned. Where forward has several results, each is a ``Result``, a node of its own, whose only input is
the call: the results' gradients travel there together, as ``Parts``.
"""
from __future__ import annotations

from functools import wraps
from typing import Any, Callable, ClassVar, Sequence, TypeVar
from weakref import ref

import numpy as np

from ..backend.arrays import array_module, is_array
from ..errors import DTypeError, GraphError
from . import function
from .context import Context
from .function import Function
from .mode import enable_grad, mode, no_grad
from .saved import on_tensors
from .tensor import Tensor, wrap
from .views import replaced, shares

F = TypeVar("F", bound=Callable[..., Any])


def apply(cls: Any, *inputs: Any) -> Any:
    """Call an operation without options: ``MyFunction.apply(x, y)``."""
    return _called(cls.call_kind, inputs) if cls.call_kind else cls()(*inputs)


def static_form(cls: Any) -> None:
    """Make a subclass of Function whose methods take a context ready for ``apply``.

    Raises TypeError for a method without ``@staticmethod``.
    """
    for name in ("forward", "backward", "setup_context"):
        own = cls.__dict__.get(name)
        if own is not None and not isinstance(own, (staticmethod, classmethod)):
            raise TypeError(f"{cls.__name__}.{name}: write @staticmethod above def {name}(…): a method that "
                            "takes a context, ctx, belongs to no instance. minigrad's own form has none: "
                            "def forward(self, x) with self.save(x).")
    cls.call_kind = type(cls.__name__, (Call,), {"__module__": cls.__module__, "made_from": cls})
    cls.__call__ = _not_an_instance


def _not_an_instance(self: Any, *inputs: Any) -> Any:
    name = type(self).__name__
    raise TypeError(f"{name}: an operation whose methods take a context is called through the class: "
                    f"{name}.apply(x), not {name}()(x).")


def _called(kind: Any, inputs: tuple[Any, ...]) -> Any:
    """Run forward, and put the call into the graph if an input needs a gradient."""
    call = kind(inputs)
    given = call.run(inputs)
    call.several = isinstance(given, (tuple, list))
    outputs = given if call.several else [given]
    arrays = call.arrays = call.separate(inputs, outputs)
    together = call(*inputs) if call.several or call.differentiable(given) else None
    results = []
    for k, (out, array) in enumerate(zip(outputs, arrays)):
        if array is None:                                   # not a Tensor: handed on as it is
            results.append(out)
        elif not call.differentiable(out):
            results.append(out if among(out, call.ctx._dirty) else wrap(array))
        else:
            made = Result(k, array, call.name)(together) if call.several else together
            results.append(call.replacing(out, made) if among(out, call.ctx._dirty) else made)
    call.arrays = []
    return tuple(results) if call.several else results[0]


def among(x: Any, tensors: Sequence[Any]) -> bool:
    """Whether x itself, and not its equal, is one of the tensors."""
    return any(x is other for other in tensors)


class Call(Function):
    """One call of an operation in PyTorch's form, as a node of the graph; ``made_from`` is the operation."""

    changes_dtype = True                # no dtype of a result follows from those of the inputs
    made_from: ClassVar[Any]
    several: bool                       # forward returns a tuple
    arrays: list[Any]                   # the results, until they are handed out

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        self.original = ref(self)       # under create_graph a copy of the node runs backward
        self.ctx = Context(self.name, tuple([isinstance(x, Tensor) and x._requires_grad for x in inputs]))
        self.dealt: tuple[Any, Any] = (None, None)          # g, and the gradients that backward made of it

    def run(self, inputs: Sequence[Any]) -> Any:
        """What forward returns for these inputs. Raises TypeError unless it holds a Tensor."""
        operation, ctx = self.made_from, self.ctx
        with no_grad():
            if hasattr(operation, "setup_context"):
                given = operation.forward(*inputs)
                operation.setup_context(ctx, tuple(inputs), given)
            else:
                given = operation.forward(ctx, *inputs)
        if not isinstance(given, Tensor) and not (
                isinstance(given, (tuple, list)) and any([isinstance(x, Tensor) for x in given])):
            came = "nothing. Is its return statement missing?" if given is None else type(given).__name__
            raise TypeError(f"{self.name}.forward: expected it to return a Tensor, or a tuple of them; it "
                            f"returned {came}")
        for i, x in enumerate(inputs):
            if ctx.needs_input_grad[i] and x._version[0] > ctx._began \
                    and not among(x, ctx._dirty):
                raise GraphError(f"{self.name}.forward: input {i} was changed in place. Say so, "
                                 "ctx.mark_dirty(x), and return x; or change a copy, x.clone().")
        return given

    def separate(self, inputs: tuple[Any, ...], outputs: Sequence[Any]) -> list[Any]:
        """The results' arrays, a copy of one that shares memory with an input; and what is kept of them."""
        arrays: list[Any] = []
        known = [x._array for x in inputs if isinstance(x, Tensor) and not among(x, self.ctx._dirty)]
        for out in outputs:
            array = out._array if isinstance(out, Tensor) else None
            if array is not None and any([shares(array, other) for other in known]):
                array = array.copy()
            arrays.append(array)
            known += [] if array is None else [array]
        saved = [None if x is None else x._array for x in self.ctx._saved]
        place = {id(out._array): k for k, out in enumerate(outputs) if isinstance(out, Tensor)}
        given = {id(x._array) for x in inputs if isinstance(x, Tensor) and not among(x, self.ctx._dirty)}
        self.results_saved = {i: place[id(x)] for i, x in enumerate(saved)
                              if id(x) in place and id(x) not in given}
        self.kept = tuple([arrays[self.results_saved[i]] if i in self.results_saved else x
                           for i, x in enumerate(saved)])
        self.like = [None if x is None else (x.shape, x.dtype, array_module(x)) for x in arrays]
        self.ctx._saved = ()
        return arrays

    def differentiable(self, out: Tensor) -> bool:
        """Whether a result has a gradient."""
        return out._array.dtype.kind == "f" and not among(out, self.ctx._constants)

    def forward(self, *arrays: Any) -> Any:
        """What ``run`` has computed; of several results a single 0, which stands for all of them."""
        self.saved = self.kept
        self.kept = ()
        return np.zeros((), np.float32) if self.several else self.arrays[0]

    def replay(self, arrays: list[Any]) -> Any:
        """The result for these inputs once more, as an array; what is saved is saved again."""
        inputs = tuple([wrap(x) if is_array(x) else x for x in arrays])
        self.ctx = Context(self.name, self.ctx.needs_input_grad)
        given = self.run(inputs)
        self.arrays = self.separate(inputs, given if self.several else [given])
        return self.forward()

    def replacing(self, x: Tensor, made: Tensor) -> Tensor:
        """The input x, changed in place, is the result from now on."""
        if made.grad_fn is None:
            return x
        if x._requires_grad and x.is_leaf:
            raise GraphError(f"{self.name}.forward: a leaf that requires a gradient was changed in place. "
                             "Change a copy, x.clone(), or call it under no_grad().")
        if self.saved:                                      # a saved x is the result, not the input
            *given, last = self.identities
            self.identities = [0 if i == id(x._array) else i for i in given] + [last]
        replaced(x, made.grad_fn)
        return x

    # ── the way back ──────────────────────────────────────────────────────────────────────────

    def backward_arrays(self, g: Any, i: int) -> Any:
        """∂L/∂(input i): the first that is asked for runs backward, the last forgets what it returned."""
        if self.dealt[0] is not g:
            self.dealt = (g, self.gradients(g))
        part = self.dealt[1][i]
        if all([edge is None for edge in self.edges[i + 1:]]):
            self.dealt = (None, None)
        return part

    def gradients(self, g: Any) -> list[Any]:
        """What backward returns, checked: arrays or None; Tensors where the walk is recorded."""
        operation, ctx = self.made_from, self.ctx
        if not hasattr(operation, "backward"):
            raise GraphError(f"{self.name}: has no backward. Write @staticmethod def backward(ctx, g), which "
                             "returns one gradient for each input of forward.")
        ctx._unpacked = self.unpacked()
        try:
            given = operation.backward(ctx, *self.upstream(g))
        finally:
            ctx._unpacked = None
        if given is None:
            raise GraphError(f"{self.name}.backward: returned nothing. Is its return statement missing? "
                             "None stands for an input without a gradient: return grad_x, None.")
        gradients = list(given) if isinstance(given, (tuple, list)) else [given]
        count = len(self.edges)
        if len(gradients) < count or any([x is not None for x in gradients[count:]]):
            raise GraphError(f"{self.name}.backward: returned {len(gradients)} gradients for the {count} "
                             "inputs of forward. Return one for each, in this order, None for an input "
                             "without a gradient.")
        for i, (x, edge) in enumerate(zip(gradients, self.edges)):
            if x is not None and not isinstance(x, Tensor):
                raise DTypeError(f"{self.name}.backward: the gradient of input {i} must be a Tensor or None, "
                                 f"got {type(x).__name__}.")
        return gradients if mode.grad else [x if x is None else x._array for x in gradients]

    def upstream(self, g: Any) -> list[Any]:
        """The gradient of each result; for one that nothing was computed from zeros, or None."""
        if not self.several:
            return [g if isinstance(g, Tensor) else wrap(as_ndarray(g))]
        found: list[Any] = []
        for k, like in enumerate(self.like):
            part = g.of.get(k)
            if part is None and self.ctx._materialize and like is not None:
                shape, dtype, library = like
                part = library.zeros(shape, dtype)
            found.append(part if part is None or isinstance(part, Tensor) else wrap(as_ndarray(part)))
        return found

    def unpacked(self) -> tuple[Any, ...]:
        """The saved tensors, each where it stands in the graph."""
        found = []
        for i, x in enumerate(self.saved if mode.grad else on_tensors(self).saved):
            x = wrap(x) if is_array(x) else x
            if self.several and i in self.results_saved:
                together = wrap(np.zeros((), np.float32), self.original())
                with enable_grad():
                    x = Result(self.results_saved[i], x._array, self.name)(together)
            found.append(x)
        return tuple(found)


def as_ndarray(g: Any) -> Any:
    """g as an array also where it is a NumPy scalar, such as the sum of two 0-d arrays."""
    return np.asarray(g) if isinstance(g, np.generic) else g


class Parts:
    """The gradients of several results, on their way to the one call they come from; they add up."""

    shape: tuple[int, ...] = ()                 # what the engine checks: those of the 0 that stands for all
    dtype = np.dtype(np.float32)

    def __init__(self, of: dict[int, Any]) -> None:
        self.of = of

    def __add__(self, other: Parts) -> Parts:
        both = {k: self.of[k] + other.of[k] for k in self.of.keys() & other.of.keys()}
        return Parts({**self.of, **other.of, **both})


class Result(Function):
    """Result k of a call."""

    changes_dtype = True
    infinite_on_purpose = True                  # its gradient is not an array that a watcher could look at

    def __init__(self, k: int, array: Any, call: str) -> None:
        self.k, self.array, self.call = k, array, call

    @property
    def name(self) -> str:
        return self.call

    def forward(self, together: Any) -> Any:
        """The array that the call computed."""
        array, self.array = self.array, None
        return array

    def backward(self, g: Any) -> Any:
        return Parts({self.k: g})


class Once(Function):
    """x as it is, but without a derivative."""

    def forward(self, x: Any, stop: Any) -> Any:
        return x

    def backward_x(self, g: Any) -> Any:
        raise GraphError("backward: a gradient comes from a backward that is marked with "
                         "@once_differentiable, and cannot be differentiated again.")

    backward_stop = backward_x


def once_differentiable(backward: F) -> F:
    """A decorator for ``backward``: nothing in it is recorded, so gradients of gradients stop there.

    They raise GraphError, instead of being wrong.

    >>> from minigrad.autograd.function import Function, once_differentiable
    >>> class Double(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     @once_differentiable
    ...     def backward(ctx, g):
    ...         return g * 2
    >>> x = minigrad.tensor(1.0, requires_grad=True)
    >>> Double.apply(x).backward(); x.grad
    tensor(2.)
    """
    @wraps(backward)
    def wrapped(ctx: Any, *gradients: Any) -> Any:
        with no_grad():
            given = backward(ctx, *gradients)
        if not mode.grad or given is None:
            return given
        stop = Tensor(np.zeros((), np.float32), requires_grad=True)
        several = isinstance(given, (tuple, list))
        marked = [Once()(x, stop) if isinstance(x, Tensor) else x for x in (given if several else [given])]
        return tuple(marked) if several else marked[0]
    return wrapped                                          # type: ignore[return-value]


setattr(Function, "apply", classmethod(apply))
setattr(Function, "static_form", classmethod(static_form))
setattr(function, "once_differentiable", once_differentiable)       # where PyTorch has them
setattr(function, "FunctionCtx", Context)
