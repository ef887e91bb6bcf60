"""Tensor: an array, its gradient, and the operation that made it.

A Tensor here has no arithmetic: the room ``ops`` attaches ``+``, ``exp``, ``sum`` and all others,
and ``engine`` attaches ``backward``. What is left: data, flags, and where the tensor stands in the graph.
"""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..backend.arrays import Array, Device, device_of, is_array, move, to_numpy
from ..backend.dtypes import DType, bool_, default_dtype, int64, native
from ..errors import DTypeError, GraphError, ShapeError
from .methods import AttachedMethods
from .node import Node
from .printing import printed


class Size(tuple):
    """A shape: a tuple of ints that also counts its elements, as PyTorch's ``torch.Size`` does.

    >>> minigrad.zeros(2, 3).shape, minigrad.zeros(2, 3).shape.numel()
    (minigrad.Size([2, 3]), 6)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"minigrad.Size({list(self)})"

    def __getitem__(self, at: Any) -> Any:
        part = tuple.__getitem__(self, at)
        return Size(part) if type(at) is slice else part

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, other))

    def numel(self) -> int:
        """The number of elements: the product of the sizes, 1 for a 0-d shape."""
        count = 1
        for size in self:
            count *= size
        return count


class Tensor(AttachedMethods["Tensor"]):
    """An n-dimensional array that remembers how it was computed.

    Args:
        data: nested lists, which become float32, integers too (see ``set_default_dtype``); a NumPy or CuPy
            array (shared, not copied, and its dtype stays) or a Tensor (shared); or, as in PyTorch, the
            sizes of a tensor that isn't filled yet: ``Tensor(2, 3)``. It holds NaN, so that nobody computes
            with it unnoticed.
        requires_grad: whether ``backward`` computes ``.grad`` for this tensor.

    ``minigrad.tensor`` copies, and keeps integers as integers.

    >>> x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("_array", "_requires_grad", "grad_fn", "_grad", "_version", "__weakref__",
                 "__dict__")

    _array: Array
    _grad: Tensor | None
    _requires_grad: bool
    grad_fn: Node | None
    _version: list[Any]         # of the memory, shared by all that show it (see ``views``)
    _view: Any = None           # of a view: how it comes from its base (see ``views``)

    def __init__(self, *data: Any, requires_grad: bool = False) -> None:
        if len(data) == 1 and isinstance(data[0], Tensor):
            self._array, self._version = data[0]._array.view(), data[0]._version
        else:
            self._array, self._version = _from_data_or_sizes(data), [0]
        self._grad = None
        self.grad_fn = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = True

    # ── what it is ────────────────────────────────────────────────────────────────────────────

    @property
    def shape(self) -> Size:
        """The sizes along each dimension."""
        return Size(self._array.shape)

    @property
    def dtype(self) -> DType:
        """The element type, a NumPy dtype such as ``minigrad.float32``."""
        return self._array.dtype

    @property
    def device(self) -> Device:
        """``cpu`` or ``cuda:N``."""
        return device_of(self._array)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._array.ndim)

    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else int(self._array.shape[dim])

    def dim(self) -> int:
        """The number of dimensions."""
        return int(self._array.ndim)

    def numel(self) -> int:
        """The number of elements."""
        return int(self._array.size)

    def is_floating_point(self) -> bool:
        """True for float16, float32 and float64: the dtypes that can have a gradient."""
        return self._array.dtype.kind == "f"

    # ── where it stands in the graph ──────────────────────────────────────────────────────────

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to or through this tensor."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self.grad_fn is not None:
            if not value:
                raise GraphError(f"requires_grad: this tensor is the result of {self.grad_fn.name}, "
                                 "not a leaf. Use .detach() to get one that needs no gradient.")
            return
        if value and self._array.dtype.kind != "f":
            raise DTypeError(f"requires_grad: only floating tensors have gradients, this one is "
                             f"{self._array.dtype}. Convert it first: x.float().")
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """True unless the tensor is the recorded result of an operation."""
        return self.grad_fn is None

    @property
    def grad(self) -> Tensor | None:
        """∂(the last loss)/∂(this tensor), summed over all ``backward`` calls since it was None.

        Of a result of an operation it is None, with a warning, unless ``retain_grad`` was called before.
        """
        if self._grad is None and type(self) is Tensor and self.grad_fn is not None and self.grad_fn.walked \
                and not self.grad_fn.hooks:
            warnings.warn(f"grad: this tensor is the result of {self.grad_fn.name}, not a leaf, and backward "
                          "keeps the gradients of leaves. Call x.retain_grad() before backward.",
                          stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise DTypeError(f"grad: expected a Tensor or None, got {type(value).__name__}.")
            if value._array.dtype != self._array.dtype:
                raise DTypeError(f"grad: expected the tensor's own dtype {self.dtype}, got {value.dtype}. "
                                 "Convert it: g.to(x.dtype).")
            if value._array.shape != self._array.shape:
                raise ShapeError(f"grad: expected the tensor's own shape {tuple(self.shape)}, got "
                                 f"{tuple(value.shape)}.")
        self._grad = value

    @property
    def data(self) -> Tensor:
        """The same memory as a tensor outside of the graph."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise DTypeError(f"data: expected a Tensor, got {type(value).__name__}. "
                             "Wrap it: minigrad.tensor(value).")
        self._array, self._version, self._view = value._array, value._version, None

    def detach(self) -> Tensor:
        """The same memory, cut off from the graph: no gradient flows through the result."""
        out = wrap(self._array.view())      # an array of its own: an operation can tell it from self
        out._version = self._version
        return out

    def __copy__(self) -> Tensor:
        out = type(self).__new__(type(self))
        out.grad_fn, out._requires_grad, out._grad = self.grad_fn, self._requires_grad, self._grad
        out._array, out._version = self._array, self._version
        return out

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """For pickle: without the views, which live in the memory that is left behind."""
        own = {name: value for name, value in self.__dict__.items() if name != "_view"}
        return own, {"_array": self._array, "_requires_grad": self._requires_grad, "grad_fn": self.grad_fn,
                     "_grad": self._grad, "_version": [0]}

    # ── to Python and NumPy ───────────────────────────────────────────────────────────────────

    def numpy(self) -> np.ndarray:
        """The values as a NumPy array that shares memory with the tensor."""
        if self._requires_grad:
            raise GraphError("numpy: this tensor is part of a graph, and NumPy cannot record. "
                             "Use x.detach().numpy().")
        if self.device.type != "cpu":
            raise TypeError(f"numpy: this tensor is on {self.device}. Use x.cpu().numpy().")
        return np.asarray(self._array)

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number."""
        if self._array.size != 1:
            raise ShapeError(f"item: expected one element, but the shape is {tuple(self.shape)}. "
                             "Reduce it first (x.sum(), x.mean()), or use x.tolist().")
        return self._array.item()

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self._array.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        array = array if dtype is None else array.astype(dtype, copy=False)
        return array.copy() if copy and array is self._array else array

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __bool__(self) -> bool:
        if self._array.size != 1:
            raise ShapeError(f"bool: the truth value of a tensor with shape {tuple(self.shape)} is "
                             "ambiguous. Use x.any() or x.all().")
        return bool(self._array)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._array.dtype.kind not in "iu":
            raise TypeError(f"only integer tensors can be an index, this one is {self.dtype}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec and not self._array.ndim else str(self), spec)

    def __repr__(self) -> str:
        array, notes = self._array, []
        if not isinstance(array, np.ndarray):
            notes.append(f"device='{self.device}'")
        if not array.size and array.ndim != 1:
            notes.append(f"size={tuple(array.shape)}")
        if array.dtype not in ((default_dtype(), int64, bool_) if array.size else (default_dtype(),)):
            notes.append(f"dtype=minigrad.{array.dtype.name}")
        if self.grad_fn is not None:
            notes.append(f"grad_fn=<{self.grad_fn.printed_name}>")
        elif self._requires_grad:
            notes.append("requires_grad=True")
        return printed(to_numpy(array), notes)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.grad_fn is not None:
            raise GraphError("deepcopy: only leaves can be copied deeply. Use x.detach().clone().")
        out = type(self).__new__(type(self))
        out._array, out._version, out.grad_fn = self._array.copy(), [0], None
        out._requires_grad, out._grad = self._requires_grad, None
        memo[id(self)] = out
        if self._grad is not None:
            out._grad = self._grad.__deepcopy__(memo)
        return out


_new = Tensor.__new__


def wrap(array: Array, node: Node | None = None) -> Tensor:
    """A Tensor around ``array`` itself, without conversion or copy: the result of ``node``, if given."""
    out = _new(Tensor)
    out._array = array
    out._requires_grad = node is not None
    out.grad_fn = node
    out._grad = None
    out._version = [0]
    return out


def array_of(x: Any) -> Array:
    """The array of a Tensor; anything else as it is."""
    return x._array if isinstance(x, Tensor) else x


def _from_data_or_sizes(data: tuple[Any, ...]) -> Array:
    """The array of ``Tensor(…)``: of one argument that isn't an int its numbers, else NaN in this shape."""
    if len(data) == 1 and type(data[0]) is not int and not isinstance(data[0], Size):
        return as_array(data[0], default_dtype() if isinstance(data[0], (list, tuple)) else None)
    sizes = data[0] if data and isinstance(data[0], Size) else data or (0,)
    if not all(type(n) is int and n >= 0 for n in sizes):
        raise TypeError(f"Tensor: expected data or sizes from 0, got {', '.join(map(repr, data))}. "
                        "minigrad.tensor(data, dtype=…, requires_grad=True) takes options.")
    return np.full(sizes, np.nan, default_dtype())


NESTING = 32                # how deep lists may be nested: NumPy's own limit is 32 or 64 dimensions


def as_array(data: Any, dtype: Any = None, device: Device | str | None = None) -> Array:
    """``data`` as an array, copied only where it must be.

    Arrays, NumPy scalars and Tensors keep their dtype; Python numbers, also in nested lists, give
    bool, int64 or the default float. An array of a subclass (a matrix, a masked array) becomes a plain one,
    because its ``*`` may mean something else; one in foreign byte order is converted. Raises DTypeError for
    what isn't numbers, and for Python numbers that ``dtype`` cannot hold.
    """
    if isinstance(data, Tensor):
        data = data._array
    wanted = None if dtype is None else native(dtype)
    if not is_array(data):
        data = _from_python(data, wanted)
    elif type(data) is not np.ndarray and isinstance(data, np.ndarray):
        data = np.asarray(data)
    if data.dtype.kind not in "biuf" or data.dtype.itemsize > 8:
        raise DTypeError(f"tensor: expected numbers of up to 64 bits, got {data.dtype}. Strings, objects, "
                         "complex and longer numbers cannot be tensors.")
    if wanted is None and not data.dtype.isnative:
        wanted = native(data.dtype)
    if wanted is not None:
        with np.errstate(all="ignore"):         # what the dtype cannot hold becomes ±∞, as in PyTorch
            data = data.astype(wanted, copy=False)
    return data if device is None else move(data, Device(device))


def _from_python(data: Any, dtype: DType | None) -> np.ndarray:
    """Numbers and nested lists; a list may hold tensors and NumPy values, which keep their dtype."""
    plain = _without_tensors(data)
    first = data
    while isinstance(first, (list, tuple)) and len(first):
        first = first[0]
    try:
        array = np.asarray(plain)
    except ValueError as error:
        raise ShapeError(f"tensor: the rows of a nested list differ in length ({error}). "
                         "Pad them to one length.") from None
    if isinstance(first, (Tensor, np.generic, np.ndarray)):
        return array
    _require_held(array, dtype)
    if array.dtype.kind != "f" or dtype is not None:
        return array                # a dtype that was asked for is not reached through float32
    with np.errstate(over="ignore"):
        return array.astype(default_dtype())


def _without_tensors(data: Any, depth: int = 0) -> Any:
    if isinstance(data, Tensor):                # of one entry: a number, as in PyTorch
        return to_numpy(data._array if data._array.size != 1 or not depth else data._array.reshape(()))
    if not isinstance(data, (list, tuple)):
        return data
    if depth > NESTING:
        raise ShapeError(f"tensor: lists nested more than {NESTING} deep. Does a list contain itself?")
    return [_without_tensors(x, depth + 1) for x in data]


def _require_held(array: np.ndarray, dtype: DType | None) -> None:
    """DTypeError for Python numbers that an integer dtype cannot hold: 300 as uint8 would become 44.

    As in PyTorch, a negative number may wrap to an unsigned one.
    """
    kind = array.dtype.kind
    if kind == "u" or kind == "O":              # ints beyond int64: NumPy would make them uint64 or objects
        dtype = dtype or np.dtype(np.int64)
    if dtype is None or dtype.kind not in "iu" or kind not in "iufO" or not array.size:
        return
    limits = np.iinfo(dtype)
    low = limits.min if dtype.kind == "i" else -limits.max
    try:
        with np.errstate(all="ignore"):
            whole = np.trunc(array) if kind == "f" else array
            wrong = array[~((whole >= low) & (whole < limits.max + 1))]
    except TypeError:                           # objects that aren't numbers: as_array says so
        return
    if wrong.size:
        raise DTypeError(f"tensor: {wrong.flat[0]} does not fit {dtype}, which holds {limits.min} to "
                         f"{limits.max}. Take a wider dtype, or give floats.")
