"""What programs ask of a tensor, under all of PyTorch's names: how large it is, where and how it lies."""
from __future__ import annotations

import numpy as np

from .tensor import Tensor


def nbytes(x: Tensor) -> int:
    """How many bytes the entries take."""
    return int(x._array.nbytes)


def element_size(x: Tensor) -> int:
    """How many bytes one entry takes."""
    return int(x._array.itemsize)


def is_cuda(x: Tensor) -> bool:
    """Whether the tensor is on a GPU."""
    return not isinstance(x._array, np.ndarray)


def is_complex(x: Tensor) -> bool:
    """False: there are no complex tensors."""
    return False


def stride(x: Tensor, dim: int | None = None) -> int | tuple[int, ...]:
    """How many entries further in memory the next one along each dimension is; or along one."""
    steps = tuple(step // x._array.itemsize for step in x._array.strides)
    return steps if dim is None else steps[dim]


def data_ptr(x: Tensor) -> int:
    """The address of the first entry: equal for tensors that show the same memory from the same entry."""
    if isinstance(x._array, np.ndarray):
        return int(x._array.__array_interface__["data"][0])
    return int(x._array.data.ptr)


for name, fact in {"nbytes": property(nbytes), "element_size": element_size,
                   "itemsize": property(element_size),
                   "is_cuda": property(is_cuda), "is_complex": is_complex, "stride": stride,
                   "data_ptr": data_ptr, "nelement": Tensor.numel, "ndimension": Tensor.dim}.items():
    setattr(Tensor, name, fact)
