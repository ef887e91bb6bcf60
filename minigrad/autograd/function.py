"""Function: one operation, and the node of the graph that remembers it.

An operation is a class with ``forward`` on raw arrays and its derivative right under it:

    class Mul(Function):
        \"\"\"z = x · y;  ∂L/∂x = g · y,  ∂L/∂y = g · x.\"\"\"

        def forward(self, x, y):
            self.save(x, y)
            return x * y

        def backward_x(self, g):        # one method for each input, named after it …
            x, y = self.saved
            return g * y

        def backward_y(self, g):
            x, y = self.saved
            return g * x

With one input the method is called ``backward``. g is the upstream gradient ∂L/∂z. Calling an
instance runs ``forward``: on arrays it only computes; if one of the inputs is a Tensor, the result
is a Tensor, and the instance is kept as its ``grad_fn``.

A backward method is written with operators and operations that take arrays as well as Tensors.
In the ordinary backward pass it runs on arrays; under ``create_graph=True`` the engine hands it
Tensors, so that its own arithmetic is recorded and can be differentiated again.

The engine does the rest, so that no operation has to: it asks only for the gradients that are needed,
sums a broadcast gradient back to the shape of its input, checks shapes, frees what was saved, and notices
when it was changed.
"""
from __future__ import annotations

import inspect
import weakref
from typing import Any, Callable, ClassVar

import numpy as np

from ..backend.arrays import Array, is_array
from ..errors import GraphError, ShapeError
from .leaks import warn_if_kept_alive
from .mode import mode
from .node import Node, clock
from .promotion import NUMPY_1, as_result, device_error, in_single, promoted
from .saved import NEVER
from .source import PACKAGE, caller
from .tensor import Tensor, wrap
from .views import share_version

ndarray = np.ndarray
SMALL = 16                  # entries up to which a constant is kept for ``trace`` as it is


class Function(Node):
    """Base class of every operation. An instance is one call of it and, once recorded, a node of the graph.

    >>> class Cube(minigrad.autograd.Function):
    ...     def forward(self, x):
    ...         self.save(x)
    ...         return x * x * x
    ...     def backward(self, g):
    ...         (x,) = self.saved
    ...         return g * 3 * x * x
    >>> x = minigrad.tensor([2.0], requires_grad=True)
    >>> Cube()(x).sum().backward()
    >>> x.grad                              # 3 · 2²
    tensor([12.])
    """

    __slots__ = ()

    promote: ClassVar[bool | str] = False       # bring all inputs to one dtype first; "float": a floating one
    changes_dtype: ClassVar[bool] = False       # the result's dtype is an option, not that of the inputs
    makes_view: ClassVar[bool] = False          # the result may share memory with the first input
    infinite_on_purpose: ClassVar[bool] = False     # a result such as a mask of −∞: no anomaly
    twice_differentiable: ClassVar[bool] = True     # False: ``backward`` works on arrays only
    #: backward returns g itself, a view, or an array that nothing else refers to: the tests hold the
    #: package's operations to it. Of any other operation's gradients the engine gives leaves a copy.
    fresh_gradients: ClassVar[bool] = False

    # From the methods, when the class is created:
    backwards: ClassVar[Any] = ()               # for each input the method that gives its gradient
    input_names: ClassVar[tuple[str, ...]] = ()     # forward's parameters
    variadic: ClassVar[bool] = False            # forward takes ``*xs``: backward is given an index, too

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.fresh_gradients = cls.__module__.startswith(PACKAGE)
        if "forward" not in cls.__dict__:
            return
        if isinstance(cls.__dict__["forward"], staticmethod):
            raise TypeError(f"{cls.__name__}.forward: the operation itself is the context here. Write "
                            "def forward(self, x) without @staticmethod, and self.save(x) for "
                            "ctx.save_for_backward(x).")
        parameters = list(inspect.signature(cls.forward).parameters.values())[1:]
        if len(parameters) > 1 and "backward" in cls.__dict__:
            names = ", ".join(f"backward_{p.name}" for p in parameters)
            raise TypeError(f"{cls.__name__}.backward: an operation with {len(parameters)} inputs has one "
                            f"method for each of them: {names}. Write these instead of backward.")
        cls.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        cls.input_names = tuple(p.name for p in parameters)
        alone = getattr(cls, "backward", None) if len(parameters) == 1 else None
        found = [getattr(cls, f"backward_{name}", alone) or _no_derivative(name)
                 for name in cls.input_names]
        cls.backwards = _EachOf(found[0]) if cls.variadic else tuple(found)

    def forward(self, *arrays: Array) -> Array:
        """The result for raw arrays. Every operation defines it."""
        raise NotImplementedError(f"{self.name}.forward")

    def needs(self, i: int) -> bool:
        """Whether input i needs a gradient: forward asks, so that it saves only what will be used."""
        return self.edges[i] is not None

    def save(self, *arrays: Any) -> None:
        """Keep inputs or the result for backward; None for one that won't be needed.

        Save only inputs and the result themselves: under create_graph they stand for the Tensors
        they came from. A constant (a mask, a shape) is an ordinary attribute instead.
        """
        self.saved = arrays

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        """Turn what NumPy said about bad inputs into an error that teaches. Ops refine it."""
        shapes = ", ".join(str(tuple(np.shape(a))) for a in arrays)
        if isinstance(error, ValueError) and "broadcast" in str(error):
            return ShapeError(
                f"{self.name.lower()}: the shapes {shapes} do not broadcast. Compared from the last "
                "dimension, two sizes must be equal or one of them 1.")
        return error

    def __call__(self, *inputs: Any) -> Any:
        """Compute; become a node of the graph if an input needs a gradient."""
        arrays: Any = []
        edges: list[Node | Tensor | None] = []
        constants: tuple[Any, ...] = ()
        recording, tensors, needed = mode.grad, False, False
        for x in inputs:
            if isinstance(x, Tensor):
                tensors = True
                arrays.append(x._array)
                if recording and x._requires_grad:
                    needed = True
                    edges.append(x.grad_fn or x)
                    continue
            else:
                arrays.append(x)
            constants += (x,)
            edges.append(None)
        if not self.fresh_gradients and hasattr(self, "order"):     # minigrad's own are always new
            raise GraphError(f"{self.name}: an instance is one call, and this one is in a graph already. "
                             f"Make a new one for each call: {self.name}(…)(x).")
        self.edges, self.saved = edges, ()
        if self.promote:
            arrays = promoted(arrays, self.promote)
            if type(arrays) is tuple:                   # float16
                return in_single(self, inputs)
        try:
            out = self.forward(*arrays)
        except (TypeError, ValueError) as error:
            better = device_error(self.name, arrays) or self.explain(error, arrays)
            if better is error:
                raise
            raise better from None
        if not tensors:
            return out
        if type(out) is not ndarray or NUMPY_1:
            out = as_result(self, out, arrays)
        result = wrap(out, self if needed else None)
        if self.makes_view:
            share_version(result, self, inputs[0], recording)
        if mode.watch is not None:
            mode.watch.result(self, out, inputs)
        if needed:
            self.record(arrays, constants, result)
        return result

    def record(self, arrays: list[Any], constants: tuple[Any, ...], result: Tensor) -> None:
        """Become a node of the graph: remember what the backward pass and ``trace`` need to know."""
        out = result._array
        self.order = clock.tick()
        self.result_shape = out.shape
        self.result_dtype = out.dtype
        self.version = result._version
        self.hooks = None
        self.walked = False
        self.position = caller(3)
        self.constants = constants
        if constants and (type(constants[0]) is not float or len(constants) > 1):
            self._remember(constants)
        if self.saved:
            self.identities = [*map(id, arrays), id(out)]
        if not out.shape:
            warn_if_kept_alive(self)

    def _remember(self, constants: tuple[Any, ...]) -> None:
        """Keep the inputs without an edge, large ones only by a weak reference."""
        self.constant_versions = [x._version if isinstance(x, Tensor) else NEVER for x in constants]
        arrays = [x._array if isinstance(x, Tensor) else x for x in constants]
        self.constants = tuple([weakref.ref(x) if is_array(x) and (x.size > SMALL or x.base is not None)
                                else x for x in arrays])

    def replay(self, arrays: list[Any]) -> Any:
        """The result for these inputs once more, as an array; nothing is recorded.

        An operation that draws random numbers overrides it, to use those it has drawn.
        """
        arrays = promoted(arrays, self.promote) if self.promote else arrays
        return as_result(self, self.forward(*arrays), arrays)

    @classmethod
    def apply(cls, *inputs: Any) -> Any:
        """PyTorch's way to call a Function without options: ``MyFunction.apply(x, y)``."""
        return cls()(*inputs)


class _EachOf:
    """The backward methods of an operation with any number of inputs: one method that takes the index."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method

    def __getitem__(self, i: int) -> Callable[[Function, Any], Any]:
        return lambda node, g: self.method(node, g, i)


def _no_derivative(name: str) -> Callable[[Function, Any], Any]:
    """Stands for the backward method of an input that has none."""
    def missing(node: Function, g: Any) -> Any:
        raise GraphError(f"{node.name}: has no derivative for its input {name!r}. Detach it: x.detach().")
    return missing
