"""New tensors: from data, of constants, of sequences, of random numbers.

Every function takes ``dtype``, ``device`` and ``requires_grad`` as PyTorch's does; a floating dtype
defaults to float32 (see ``set_default_dtype``).
"""
from __future__ import annotations

import math
import warnings
from functools import wraps
from typing import Any, Callable, TypeVar

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, as_array, wrap
from ..backend.arrays import Device, default_device, device_of, is_array, module_of, on_host
from ..backend.dtypes import default_dtype, native
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_sizes
from .attach import attach, written
from .shape import sizes_of


F = TypeVar("F", bound=Callable[..., Any])


def device_of_new(device: Any) -> Device:
    """``device``, or where new tensors are made if it is None."""
    return default_device() if device is None else Device(device)


def _target(data: Any, device: Any) -> Device:
    """Where a tensor with ``data`` goes: as asked, else the GPU it is on already, else the default."""
    array = array_of(data)
    if device is None and is_array(array) and not on_host(array):
        return device_of(array)
    return device_of_new(device)


def finished(array: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """The new tensor with these entries, in ``dtype`` and on ``device`` where they are given."""
    out = wrap(as_array(array, dtype, device))
    return out.requires_grad_() if requires_grad else out


def tensor(data: Any, *more: Any, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of ``data``: numbers, nested lists, an array.

    Python floats become float32, ints int64; NumPy arrays keep their dtype. Raises TypeError for several
    numbers that aren't in a list. Warns when the copy leaves a graph behind, through which a gradient would
    have come.

    >>> minigrad.tensor([[1, 2], [3, 4]]).dtype
    dtype('int64')
    """
    if more:
        raise TypeError(f"tensor: expected one list, got {1 + len(more)} arguments. Put them in brackets: "
                        "tensor([1.0, 2.0]).")
    first = data[0] if isinstance(data, (list, tuple)) and data else data
    if isinstance(first, Tensor) and first.grad_fn is not None:
        joined = "" if first is data else ", or of the list minigrad.stack(list)"
        warnings.warn("tensor: copies numbers only, so no gradient flows back through the copy. Use the "
                      f"tensor itself{joined}; where that is meant, say x.detach().clone().", stacklevel=2)
    array = as_array(data, dtype, _target(data, device))
    source = array_of(data)
    shared = array is source or (isinstance(source, np.ndarray) and isinstance(array, np.ndarray)
                                 and np.may_share_memory(array, source))
    return finished(array.copy() if shared else array, None, None, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """``data`` as a tensor, sharing memory with an array where dtype and device allow.

    Raises DTypeError for anything but numbers.

    >>> import numpy as np
    >>> array = np.zeros(2)
    >>> minigrad.as_tensor(array)[0] = 5
    >>> array.tolist()
    [5.0, 0.0]
    """
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    return wrap(as_array(data, dtype, _target(data, device)))


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares memory with a NumPy array.

    Its dtype stays. Raises DTypeError for anything else.

    >>> import numpy as np
    >>> minigrad.from_numpy(np.array([1, 2]))
    tensor([1, 2])
    """
    if not isinstance(array, np.ndarray):
        raise DTypeError(f"from_numpy: expected a numpy.ndarray, got {type(array).__name__}. "
                         "minigrad.tensor takes lists and numbers.")
    if not array.dtype.isnative:
        raise DTypeError(f"from_numpy: an array in foreign byte order ({array.dtype.str}) cannot share its "
                         "memory. minigrad.tensor(array) copies and converts it.")
    return wrap(as_array(array))


def shape_of_new(name: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of a new tensor: ints, none below 0."""
    shape = sizes_of(size, name)
    if min(shape, default=0) < 0:
        raise ShapeError(f"{name}: sizes must not be negative, got {shape}.")
    return shape


def sized(function: F) -> F:
    """Accept the shape as ``size=(2, 3)``, too, ``out``, and PyTorch's options that change nothing here."""
    @wraps(function)
    def made(*args: Any, size: Any = None, out: Any = None, layout: Any = None, pin_memory: bool = False,
             memory_format: Any = None, **options: Any) -> Any:
        x = function(*(args if size is None else (*args, size)), **options)
        return x if out is None else written(function.__name__, out, x)
    return made  # type: ignore[return-value]


def _filled(function: str, size: tuple[Any, ...], dtype: Any, device: Any, requires_grad: bool,
            *value: Any) -> Tensor:
    xp = module_of(device_of_new(device))
    shape = shape_of_new(function, size)
    array = getattr(xp, function)(shape, *value, dtype=native(dtype or default_dtype()))
    return finished(array, None, device, requires_grad)


@sized
def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """All 0. ``size``: ints or one tuple.

    >>> minigrad.zeros(2, 3).shape, minigrad.zeros((2, 3)).dtype
    (minigrad.Size([2, 3]), dtype('float32'))
    """
    return _filled("zeros", size, dtype, device, requires_grad)


@sized
def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """All 1. ``size``: ints or one tuple.

    >>> minigrad.ones(2)
    tensor([1., 1.])
    """
    return _filled("ones", size, dtype, device, requires_grad)


@sized
def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Not filled: whatever the memory held. ``size``: ints or one tuple.

    >>> minigrad.empty(2, 3).shape
    minigrad.Size([2, 3])
    """
    return _filled("empty", size, dtype, device, requires_grad)


@sized
def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:
    """All ``fill_value``, in its own dtype unless given.

    Raises TypeError when ``size`` is not a tuple of ints, ShapeError for more than one value, DTypeError if
    ``dtype`` cannot hold it.

    >>> minigrad.full((2,), 7)
    tensor([7, 7])
    """
    value = as_array(fill_value, dtype)             # refused here if dtype cannot hold it
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full: size must be a tuple of ints, got {size!r}.")
    if value.ndim:
        raise ShapeError(f"full: expected one fill_value, got a tensor of shape {tuple(value.shape)}. "
                         "x.expand(size) repeats a tensor.")
    return _filled("full", (size,), value.dtype, device, requires_grad, value[()])


def made_like(make: Any, x: Tensor, options: dict[str, Any], *value: Any) -> Tensor:
    """``make(shape, *value)`` with the shape, and unless the options say otherwise dtype and device, of x."""
    return make(tuple(x.shape), *value, **{"dtype": x.dtype, "device": x.device, **options})


def zeros_like(x: Tensor, **options: Any) -> Tensor:
    """All 0, with the shape, dtype and device of x.

    >>> minigrad.zeros_like(minigrad.tensor([1, 2]))
    tensor([0, 0])
    """
    return made_like(zeros, x, options)


def ones_like(x: Tensor, **options: Any) -> Tensor:
    """All 1, with the shape, dtype and device of x.

    >>> minigrad.ones_like(minigrad.tensor([5.0, 6.0]))
    tensor([1., 1.])
    """
    return made_like(ones, x, options)


def empty_like(x: Tensor, **options: Any) -> Tensor:
    """Not filled, with the shape, dtype and device of x.

    >>> minigrad.empty_like(minigrad.zeros(2, 3)).shape
    minigrad.Size([2, 3])
    """
    return made_like(empty, x, options)


def full_like(x: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """All ``fill_value``, with the shape, dtype and device of x.

    >>> minigrad.full_like(minigrad.tensor([1.0, 2.0]), 5)
    tensor([5., 5.])
    """
    return made_like(full, x, options, fill_value)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Tensor:
    """start, start + step, … up to but not including end; a single argument is the end. Ints give int64.

    For an integer dtype, start and step are truncated first, and for int64 so is end, as in PyTorch.
    Raises RangeError for step 0 and for one that leads away from end.

    >>> minigrad.arange(1, 7, 2), minigrad.arange(0.0, 1.0, 0.5)
    (tensor([1, 3, 5]), tensor([0.0000, 0.5000]))
    """
    if end is None:
        start, end = 0, start
    start, end, step = (_number("arange", v) for v in (start, end, step))
    if not all(map(math.isfinite, (start, end, step))):
        raise RangeError(f"arange: start, end and step must be finite, got {start}, {end} and {step}.")
    if dtype is None:
        dtype = default_dtype() if any(isinstance(v, float) for v in (start, end, step)) else np.int64
    dtype = native(dtype)
    if dtype == np.int64:
        start, end, step = int(start), int(end), int(step)
    if step == 0 or dtype.kind in "iu" and int(step) == 0:
        raise RangeError("arange: the step must not be 0." + (f" As {dtype}, {step} is 0." if step else ""))
    if (end - start) * step < 0:
        raise RangeError(f"arange: step {step} leads away from end {end}, counted from start {start}.")
    count = -((start - end) // step) if isinstance(end - start, int) and isinstance(step, int) else \
        math.ceil((end - start) / step)
    if dtype.kind in "iu":
        start, step = int(start), int(step)
    xp = module_of(device_of_new(device))
    counted = xp.arange(count, dtype=np.int64 if type(start) is type(step) is int else np.float64)
    return finished(counted * step + start, dtype, device, requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:
    """``steps`` numbers from start to end, evenly spaced, both ends included.

    Computed in float64, and counted from the nearer end, so that both ends are exact. For an integer
    dtype the ends are truncated first, then the results, as in PyTorch. Raises TypeError unless
    ``steps`` is an int, ShapeError for negative steps and for a start or end that is a vector.

    >>> minigrad.linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    start, end, dtype = _number("linspace", start), _number("linspace", end), native(dtype or default_dtype())
    require_sizes("linspace", 0, steps=steps)
    if dtype.kind in "iu":
        start, end = int(start), int(end)
    xp = module_of(device_of_new(device))
    i = xp.arange(steps, dtype=np.float64)
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    array = xp.where(i < max(1, steps // 2), start + i * step, end - (steps - 1 - i) * step)
    return finished(array, dtype, device, requires_grad)


def _number(function: str, value: Any) -> Any:
    """A Python number: that inside of a 0-d tensor or NumPy scalar, or the value itself."""
    if getattr(value, "ndim", 0):
        raise ShapeError(f"{function}: expected numbers and 0-d tensors, got a tensor of shape "
                         f"{tuple(value.shape)}.")
    return value.item() if isinstance(value, (Tensor, np.generic)) else value


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None,
        requires_grad: bool = False) -> Tensor:
    """The n × m identity matrix. m is n unless given. Raises ShapeError for a negative size.

    >>> minigrad.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    require_sizes("eye", 0, n=n, m=n if m is None else m)
    array = module_of(device_of_new(device)).eye(n, m, dtype=np.dtype(dtype or default_dtype()))
    return finished(array, None, device, requires_grad)


def _new(make: Any) -> Any:
    """``x.new_zeros(2, 3)``: as ``zeros``, but with the dtype and the device of x unless given."""
    def method(x: Tensor, *args: Any, dtype: Any = None, device: Any = None, **options: Any) -> Tensor:
        return make(*args, dtype=x.dtype if dtype is None else dtype,
                    device=x.device if device is None else device, **options)
    method.__name__ = f"new_{make.__name__}"
    method.__doc__ = str(_new.__doc__).replace("zeros", make.__name__)
    return method


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor.

    >>> minigrad.is_tensor(minigrad.ones(1)), minigrad.is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, Tensor)


attach(**{f"new_{make.__name__}": _new(make) for make in (zeros, ones, empty, full, tensor)})
