"""New tensors: from data, of constants, of sequences, of random numbers.

Every function takes ``dtype``, ``device`` and ``requires_grad`` as PyTorch's does; a floating dtype
defaults to float32 (see ``set_default_dtype``).
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, as_array, wrap
from ..backend.arrays import Device, default_device, device_of, is_array, module_of, on_host
from ..backend.dtypes import default_dtype, native
from ..backend.random import Generator, generator_of
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_sizes
from .shape import sizes_of


def _device(device: Any) -> Device:
    return default_device() if device is None else Device(device)


def _target(data: Any, device: Any) -> Device:
    """Where a tensor with ``data`` goes: as asked, else the GPU it is on already, else the default."""
    array = array_of(data)
    if device is None and is_array(array) and not on_host(array):
        return device_of(array)
    return _device(device)


def _finished(array: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    out = wrap(as_array(array, dtype, device))
    return out.requires_grad_() if requires_grad else out


def tensor(data: Any, *more: Any, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of ``data``: numbers, nested lists, an array.

    Python floats become float32, ints int64; NumPy arrays keep their dtype. Raises TypeError for several
    numbers that aren't in a list.

    >>> minigrad.tensor([[1, 2], [3, 4]]).dtype
    dtype('int64')
    """
    if more:
        raise TypeError(f"tensor: expected one list, got {1 + len(more)} arguments. Put them in brackets: "
                        "tensor([1.0, 2.0]).")
    array = as_array(data, dtype, _target(data, device))
    source = array_of(data)
    shared = array is source or (isinstance(source, np.ndarray) and isinstance(array, np.ndarray)
                                 and np.may_share_memory(array, source))
    return _finished(array.copy() if shared else array, None, None, requires_grad)


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


def _shape(name: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of a new tensor: ints, none below 0."""
    shape = sizes_of(size, name)
    if min(shape, default=0) < 0:
        raise ShapeError(f"{name}: sizes must not be negative, got {shape}.")
    return shape


def _floating(name: str, dtype: Any) -> np.dtype:
    """The floating dtype of random numbers."""
    dtype = np.dtype(dtype or default_dtype())
    if dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating dtype, got {dtype}. randint draws integers.")
    return dtype


def _filled(function: str, size: tuple[Any, ...], dtype: Any, device: Any, requires_grad: bool,
            *value: Any) -> Tensor:
    xp = module_of(_device(device))
    array = getattr(xp, function)(_shape(function, size), *value, dtype=np.dtype(dtype or default_dtype()))
    return _finished(array, None, device, requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """All 0. ``size``: ints or one tuple.

    >>> minigrad.zeros(2, 3).shape, minigrad.zeros((2, 3)).dtype
    ((2, 3), dtype('float32'))
    """
    return _filled("zeros", size, dtype, device, requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """All 1. ``size``: ints or one tuple.

    >>> minigrad.ones(2)
    tensor([1., 1.])
    """
    return _filled("ones", size, dtype, device, requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Not filled: whatever the memory held. ``size``: ints or one tuple.

    >>> minigrad.empty(2, 3).shape
    (2, 3)
    """
    return _filled("empty", size, dtype, device, requires_grad)


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


def _like(make: Any, x: Tensor, options: dict[str, Any]) -> Tensor:
    options.setdefault("dtype", x.dtype)
    options.setdefault("device", x.device)
    return make(tuple(x.shape), **options)


def zeros_like(x: Tensor, **options: Any) -> Tensor:
    """All 0, with the shape, dtype and device of x.

    >>> minigrad.zeros_like(minigrad.tensor([1, 2]))
    tensor([0, 0])
    """
    return _like(zeros, x, options)


def ones_like(x: Tensor, **options: Any) -> Tensor:
    """All 1, with the shape, dtype and device of x.

    >>> minigrad.ones_like(minigrad.tensor([5.0, 6.0]))
    tensor([1., 1.])
    """
    return _like(ones, x, options)


def empty_like(x: Tensor, **options: Any) -> Tensor:
    """Not filled, with the shape, dtype and device of x.

    >>> minigrad.empty_like(minigrad.zeros(2, 3)).shape
    (2, 3)
    """
    return _like(empty, x, options)


def full_like(x: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """All ``fill_value``, with the shape, dtype and device of x.

    >>> minigrad.full_like(minigrad.tensor([1.0, 2.0]), 5)
    tensor([5., 5.])
    """
    options.setdefault("dtype", x.dtype)
    options.setdefault("device", x.device)
    return full(tuple(x.shape), fill_value, **options)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Tensor:
    """start, start + step, … up to but not including end; a single argument is the end. Ints give int64.

    For an integer dtype, start and step are truncated first, and for int64 so is end, as in PyTorch.
    Raises RangeError for step 0 and for one that leads away from end.

    >>> minigrad.arange(1, 7, 2), minigrad.arange(0.0, 1.0, 0.5)
    (tensor([1, 3, 5]), tensor([0. , 0.5]))
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
    xp = module_of(_device(device))
    counted = xp.arange(count, dtype=np.int64 if type(start) is type(step) is int else np.float64)
    return _finished(counted * step + start, dtype, device, requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:
    """``steps`` numbers from start to end, evenly spaced, both ends included.

    Computed in float64, and counted from the nearer end, so that both ends are exact. For an integer
    dtype the ends are truncated first, then the results, as in PyTorch. Raises TypeError unless
    ``steps`` is an int, ShapeError for negative steps and for a start or end that is a vector.

    >>> minigrad.linspace(0, 1, 3)
    tensor([0. , 0.5, 1. ])
    """
    start, end, dtype = _number("linspace", start), _number("linspace", end), native(dtype or default_dtype())
    require_sizes("linspace", 0, steps=steps)
    if dtype.kind in "iu":
        start, end = int(start), int(end)
    xp = module_of(_device(device))
    i = xp.arange(steps, dtype=np.float64)
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    array = xp.where(i < max(1, steps // 2), start + i * step, end - (steps - 1 - i) * step)
    return _finished(array, dtype, device, requires_grad)


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
    array = module_of(_device(device)).eye(n, m, dtype=np.dtype(dtype or default_dtype()))
    return _finished(array, None, device, requires_grad)


def _drawn(array: np.ndarray, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    # converted on the host, so that a GPU gets the same numbers as a CPU
    return _finished(np.asarray(array, dtype or default_dtype()), None, _device(device), requires_grad)


def rand(*size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:
    """Uniform random numbers in [0, 1). ``size``: ints or one tuple. The default dtype unless given.

    >>> x = minigrad.rand(1000)
    >>> 0 <= x.min().item() and x.max().item() < 1
    True
    """
    drawn_as = np.float32 if _floating("rand", dtype) == np.float32 else np.float64
    return _drawn(generator_of(generator).random(_shape("rand", size), dtype=drawn_as), dtype, device,
                  requires_grad)


def randn(*size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None,
          requires_grad: bool = False) -> Tensor:
    """Normal random numbers: mean 0, standard deviation 1.

    ``size``: ints or one tuple. The default dtype unless given.

    >>> minigrad.randn(2, 3).shape
    (2, 3)
    """
    return _drawn(generator_of(generator).standard_normal(_shape("randn", size)), _floating("randn", dtype),
                  device, requires_grad)


def randint(low: int, high: Any, size: Any = None, *, generator: Generator | None = None,
            dtype: Any = None, device: Any = None) -> Tensor:
    """Random integers from low up to, not including, high; ``randint(high, size)`` starts at 0.

    int64 unless given. Raises RangeError unless low < high.

    >>> sorted(set(minigrad.randint(1, 7, (1000,)).tolist()))            # a die
    [1, 2, 3, 4, 5, 6]
    """
    if size is None:
        low, high, size = 0, low, high
    require_sizes("randint", None, low=low, high=high)
    if high <= low:
        raise RangeError(f"randint: high must be above low, got low={low}, high={high}.")
    dtype = native(dtype or np.int64)
    if dtype.kind in "iu" and not np.iinfo(dtype).min <= low <= high - 1 <= np.iinfo(dtype).max:
        raise RangeError(f"randint: {low} to {high - 1} do not all fit {dtype}. Take a wider dtype.")
    return _drawn(generator_of(generator).integers(low, high, _shape("randint", (size,))), dtype, device,
                  False)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None,
             device: Any = None) -> Tensor:
    """The integers 0 … n − 1 in random order. int64 unless given.

    >>> sorted(minigrad.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    require_sizes("randperm", 0, n=n)
    return _drawn(generator_of(generator).permutation(n), dtype or np.int64, device, False)


def rand_like(x: Tensor, **options: Any) -> Tensor:
    """Uniform random numbers with the shape, dtype and device of x.

    >>> minigrad.rand_like(minigrad.zeros(2, 3)).shape
    (2, 3)
    """
    return _like(rand, x, options)


def randn_like(x: Tensor, **options: Any) -> Tensor:
    """Normal random numbers with the shape, dtype and device of x.

    >>> minigrad.randn_like(minigrad.zeros(2, 3)).shape
    (2, 3)
    """
    return _like(randn, x, options)


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor.

    >>> minigrad.is_tensor(minigrad.ones(1)), minigrad.is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, Tensor)
