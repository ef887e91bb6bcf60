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

What the engine does, so that no operation has to: it calls the method only of inputs that need a
gradient, sums a broadcast gradient back to the shape of its input, checks shapes, frees what was
saved, and notices when it was changed.
"""
from __future__ import annotations

import copy
import inspect
import weakref
from functools import lru_cache
from typing import Any, Callable, ClassVar

import numpy as np

from ..backend.arrays import Array, device_of, is_array, mixed
from ..backend.dtypes import DType, default_dtype, float16, float32, float64, require_fitting, result_type
from ..errors import AnomalyError, DTypeError, DeviceError, GraphError, ShapeError
from .leaks import warn_if_kept_alive
from .mode import mode
from .source import PACKAGE, Position, SourceLine, caller, source_line
from .tensor import Tensor, clock, wrap
from .views import remember_view

NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"
ndarray = np.ndarray
_NEVER = [0]                # when something that is not a Tensor was changed
SMALL = 16                  # entries up to which a constant is kept for ``trace`` as it is


class Function:
    """Base class of every operation; an instance is one call of it.

    Attributes set by the engine when the call is recorded:
        edges: for each input the Function that made it, the leaf Tensor itself, or None when no
            gradient is needed.
        saved: what ``forward`` gave to ``save``; None once it was freed.
        order: when the call was recorded, on the engine's clock. The consumers of a result were all
            created after it, so walking from high to low order meets each node after all its consumers.
        identities: of each input's array, and of the result's; with them a saved array is recognized.
        version: when and where the result was last changed in place: a list shared with its Tensor.
        constants: the inputs without an edge, for ``trace`` to show: numbers and small arrays themselves,
            of large arrays a weak reference, so that nothing is kept alive for it.
        constant_versions: when each of them was last changed in place, shared with its Tensor.
        result_shape, result_dtype: of the result.

    >>> import minigrad
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

    __slots__ = ("edges", "saved", "identities", "version", "constants", "constant_versions", "order",
                 "result_shape", "result_dtype", "position", "hooks", "walked")

    #: ``promote``: bring all inputs to one dtype first, by PyTorch's rules ("float": a floating one).
    promote: ClassVar[bool | str] = False
    #: The result's dtype is an option, not that of the inputs.
    changes_dtype: ClassVar[bool] = False
    #: The result may share memory with the first input.
    makes_view: ClassVar[bool] = False
    #: The result may be infinite on purpose (a mask of −∞), which ``detect_anomaly`` then accepts.
    infinite_on_purpose: ClassVar[bool] = False
    #: False: ``backward`` works on arrays only, so that create_graph=True raises and names the op.
    twice_differentiable: ClassVar[bool] = True
    #: For each input the method that gives its gradient, collected when the class is created.
    backwards: ClassVar[Any] = ()
    #: The names of forward's inputs, for error messages.
    input_names: ClassVar[tuple[str, ...]] = ()
    #: backward returns g itself, a view, or an array that nothing else refers to: the tests hold the
    #: package's operations to it. Of any other operation's gradients the engine gives leaves a copy.
    fresh_gradients: ClassVar[bool] = False
    #: forward takes any number of inputs (``*xs``): backward is then called with their index, too.
    variadic: ClassVar[bool] = False

    edges: list[Function | Tensor | None]
    saved: Any                       # tuple of arrays, or None once freed
    identities: list[int]
    version: list[Any]
    constants: tuple[Any, ...]
    constant_versions: list[list[Any]]
    order: int
    result_shape: tuple[int, ...]
    result_dtype: DType
    position: Position | None
    hooks: dict[int, Callable[..., Any]] | None
    walked: bool                     # a backward pass came by, and did not retain the graph

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
                            f"method for each of them: {names}. Write these in place of backward.")
        cls.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        cls.input_names = tuple(p.name for p in parameters)
        alone = getattr(cls, "backward", None) if len(parameters) == 1 else None
        found = [getattr(cls, f"backward_{name}", alone) or _no_derivative(name)
                 for name in cls.input_names]
        cls.backwards = _EachOf(found[0]) if cls.variadic else tuple(found)

    @property
    def name(self) -> str:
        """The operation's name, as it stands in errors and in the repr of a Tensor."""
        return type(self).__name__

    @property
    def source(self) -> SourceLine | None:
        """The line outside of minigrad that called this operation."""
        return source_line(self.position)

    def forward(self, *arrays: Array) -> Array:
        """The result for raw arrays. Every operation defines it."""
        raise NotImplementedError(f"{self.name}.forward")

    def needs(self, i: int) -> bool:
        """Whether input i needs a gradient; forward asks, so as not to save what nobody will use."""
        return self.edges[i] is not None

    def save(self, *arrays: Any) -> None:
        """Keep inputs or the result for backward; None in place of one that will not be needed.

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
        """Compute; record if an input is a Tensor that needs a gradient."""
        arrays: Any = []
        edges: list[Function | Tensor | None] = []
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
        self.saved = ()
        self.edges = edges
        if self.promote:
            arrays = promoted(arrays, self.promote == "float")
            if type(arrays) is tuple:           # float16
                return self._in_single(inputs)
        try:
            out = self.forward(*arrays)
        except (TypeError, ValueError) as error:
            better = device_error(self.name, arrays) or self.explain(error, arrays)
            if better is error:
                raise
            raise better from None
        if not tensors:
            return out
        if type(out) is not ndarray and not is_array(out) or NUMPY_1 and not out.shape:
            out = self._zero_d(out, arrays)
        result = wrap(out)
        if self.makes_view and isinstance(inputs[0], Tensor) and shares(out, arrays[0]):
            remember_view(result, self, inputs[0], recording)
        if mode.anomaly:
            self._check_finite(out, "the result of")
        if needed:                          # become a node of the graph
            result._requires_grad = True
            result.grad_fn = self
            self.order = clock.tick()
            self.result_shape = out.shape
            self.result_dtype = out.dtype
            self.version = result._version
            self.hooks = None
            self.walked = False
            self.position = caller(2)
            self.constants = constants
            if constants and (type(constants[0]) is not float or len(constants) > 1):
                self._remember_constants(constants)
            if self.saved:
                self.identities = [*map(id, arrays), id(out)]
            if not out.shape:
                warn_if_kept_alive(self)
        return result

    def _in_single(self, inputs: tuple[Any, ...]) -> Any:
        """The result for float16 inputs: computed in float32 and rounded once, at the end, as in PyTorch.

        Rounded after every step, 1 / 70000 were 0 and the mean of three 60000 infinite. Both conversions
        are recorded, so that the gradient is computed in float32, too.
        """
        wide = [x.to(float32) if isinstance(x, Tensor) else
                x if type(x) is float or type(x) is int else np.asarray(x, float32) for x in inputs]
        if all(type(x) in (int, float) for x in wide):
            wide = [float32.type(x) for x in wide]
        out = self(*wide)
        return out.to(float16) if isinstance(out, Tensor) else np.asarray(out, float16)

    def _zero_d(self, out: Any, arrays: list[Any]) -> Array:
        """A 0-d result as an array: NumPy returns a scalar, and NumPy 1 widens it beside Python numbers."""
        result = np.asarray(out)
        if NUMPY_1 and result.dtype.kind == "f" and not self.changes_dtype:
            floating = [a.dtype for a in arrays if is_array(a) and a.dtype.kind == "f"]
            if floating:
                result = result.astype(np.result_type(*floating), copy=False)
        self.saved = tuple([result if array is out else array for array in self.saved])
        return result

    def replay(self, arrays: list[Any]) -> Any:
        """The result of ``forward`` for these inputs once more, as an array; nothing is recorded.

        An operation that draws random numbers overrides it to use those that it has drawn.
        """
        out = self.forward(*arrays)
        return out if is_array(out) and out.shape else self._zero_d(out, arrays)

    @classmethod
    def apply(cls, *inputs: Any) -> Any:
        """PyTorch's way to call a Function without options: ``MyFunction.apply(x, y)``."""
        return cls()(*inputs)

    def _remember_constants(self, constants: tuple[Any, ...]) -> None:
        """Keep the inputs without an edge, those that are large only by a weak reference."""
        self.constant_versions = [x._version if isinstance(x, Tensor) else _NEVER for x in constants]
        arrays = [x._array if isinstance(x, Tensor) else x for x in constants]
        self.constants = tuple([weakref.ref(x) if is_array(x) and (x.size > SMALL or x.base is not None)
                                else x for x in arrays])

    def changed(self) -> list[Any] | None:
        """When and where something saved was changed in place after the call; None if nothing was."""
        if not self.saved:
            return None
        constants = iter(getattr(self, "constant_versions", [_NEVER] * len(self.edges)))
        versions = [next(constants) if edge is None else edge._version if isinstance(edge, Tensor)
                    else edge.version for edge in self.edges]
        saved = {id(array) for array in self.saved}
        return next((version for version, identity in zip([*versions, self.version], self.identities)
                     if version[0] > self.order and identity in saved), None)

    def on_tensors(self) -> Function:
        """A copy whose saved arrays are the Tensors they came from, for ``create_graph``."""
        twin = copy.copy(self)
        twin.saved = tuple([self._as_tensor(array) for array in self.saved or ()])
        return twin

    def origin(self, array: Any) -> int | None:
        """What a saved array is: input i, -1 for the result, None for something else.

        A saved array lives, so nothing else can have its identity.
        """
        if id(array) == self.identities[-1]:
            return -1
        return self.identities.index(id(array)) if id(array) in self.identities else None

    def _as_tensor(self, array: Any) -> Any:
        """The vertex of the graph that a saved array belongs to; a constant stays an array."""
        origin = self.origin(array)
        if origin is None:
            return array
        edge: Function | Tensor | None = self if origin == -1 else self.edges[origin]
        if isinstance(edge, Tensor):
            if edge._array is array:
                return edge
            if edge.dtype != array.dtype:       # the operation computed with a promoted copy
                return edge.to(array.dtype)
        tensor = wrap(array)
        if isinstance(edge, Function):
            tensor.grad_fn, tensor._requires_grad = edge, True
        return tensor

    def _check_finite(self, array: Any, what: str) -> None:
        """Under detect_anomaly: raise at the first NaN or infinity."""
        if array.dtype.kind != "f" or self.infinite_on_purpose:
            return
        finite = np.isfinite(array)
        if bool(finite.all()):
            return
        kind = "NaN" if bool(np.isnan(array).any()) else "infinity"
        where = source_line(getattr(self, "position", None) or caller(1))
        raise AnomalyError(
            f"{self.name}: {what} this operation holds {kind} in "
            f"{int(array.size - finite.sum())} of {array.size} entries.\n  called at {where}")


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


def shares(out: Array, source: Array) -> bool:
    """Whether ``out`` is ``source`` or a view of its memory, told from their bases alone."""
    if out is source or out.base is source:
        return True
    return out.base is not None and out.base is getattr(source, "base", None)


def promoted(arrays: list[Any], floating: bool = False) -> Any:
    """All operands as arrays of one dtype, by PyTorch's rules; a floating dtype if asked for.

    A tuple instead of a list says that the dtype is float16 and the arrays NumPy's: computing in it would
    round too often (see ``_in_single``).
    """
    if len(arrays) == 2 and type(arrays[0]) is ndarray:
        # The two cases that nearly all calls are, without looking at the table of rules.
        first, second = arrays
        dtype = first.dtype
        if dtype is float32 or dtype is float64:
            if type(second) is ndarray:
                if second.dtype is dtype:
                    return arrays
            elif (type(second) is float or type(second) is int) and second:     # −0.0 equals 0.0
                return [first, constant(second, dtype)]
    elif len(arrays) == 1 and type(arrays[0]) is ndarray:
        dtype = arrays[0].dtype
        if dtype is float32 or dtype is float64 or not floating and dtype.kind != "f":
            return arrays
    for x in arrays:
        if not (is_array(x) or isinstance(x, (bool, int, float, np.generic))):
            raise DTypeError(f"expected tensors, arrays or numbers, got {type(x).__name__}.")
    dtype = result_type(*arrays)
    if floating and dtype.kind != "f":
        dtype = default_dtype()
    if dtype.kind in "iu":
        require_fitting(arrays)
    if any([is_array(x) and not isinstance(x, ndarray) for x in arrays]):
        # On a GPU: a number travels with the launch; as an array it would have to be copied.
        return [x.astype(dtype, copy=False) if is_array(x) else np.asarray(x).astype(dtype)[()]
                for x in arrays]
    if dtype == float16:
        with np.errstate(over="ignore"):
            return tuple([np.asarray(x, dtype) for x in arrays])
    return [np.asarray(x).astype(dtype, copy=False) if dtype.kind in "iu" else     # −1 as uint8 wraps to 255
            np.asarray(x, dtype) for x in arrays]


@lru_cache(maxsize=256)
def constant(value: float, dtype: DType) -> np.ndarray:
    """A number as a read-only 0-d array, made once: NumPy takes longer to convert than to compute."""
    array = np.asarray(value, dtype=dtype)
    array.setflags(write=False)
    return array


def device_error(name: str, arrays: list[Any]) -> DeviceError | None:
    """The error for arrays on different devices, or None when they share one."""
    devices = list(dict.fromkeys(device_of(a) for a in arrays if is_array(a)))
    return DeviceError(mixed(name.lower(), devices[0], devices[1])) if len(devices) > 1 else None
