"""Calls that all ranks make together, in the same order. A rank that leaves one out makes the others wait."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..backend.arrays import array_module
from ..errors import DTypeError, RangeError, ShapeError
from .group import world
from .work import ReduceOp, Work


def all_reduce(tensor: Tensor, op: str = ReduceOp.SUM, group: Any = None,
               async_op: bool = False) -> Work | None:
    """The sum of the ranks' tensors (or the product, least, largest), in place in each of them.

    With ``async_op`` it returns at once; the tensor holds the sum after ``wait()``. The result is the same to
    the last bit on every rank. Raises DTypeError for anything but a Tensor, RangeError for another op.

    >>> x = minigrad.tensor([1.0, 2.0])
    >>> minigrad.distributed.all_reduce(x)
    >>> x                                       # of one process: its own
    tensor([1., 2.])
    """
    if op not in (ReduceOp.SUM, ReduceOp.PROD, ReduceOp.MIN, ReduceOp.MAX):
        raise RangeError(f"all_reduce: op must be ReduceOp.SUM, PROD, MIN or MAX, got {op!r}. For a mean, "
                         "sum, and divide by what was summed: a mean of means is wrong for unequal parts.")
    return _finish(world().all_reduce(_array("all_reduce", tensor), op), tensor, async_op)


def broadcast(tensor: Tensor, src: int = 0, group: Any = None, async_op: bool = False) -> Work | None:
    """Rank ``src``'s tensor, in place in each of them. DTypeError and RangeError as for ``all_reduce``.

    >>> x = minigrad.tensor([1.0, 2.0])
    >>> minigrad.distributed.broadcast(x, src=0)
    """
    if not 0 <= src < world().size:
        raise RangeError(f"broadcast: src must be a rank from 0 to {world().size - 1}, got {src}.")
    return _finish(world().broadcast(_array("broadcast", tensor), src), tensor, async_op)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None) -> None:
    """Tensor r of the list becomes rank r's tensor. All have one shape and dtype; ShapeError otherwise.

    >>> found = [minigrad.zeros(2)]
    >>> minigrad.distributed.all_gather(found, minigrad.tensor([1.0, 2.0]))
    >>> found
    [tensor([1., 2.])]
    """
    array, size = _array("all_gather", tensor), world().size
    if len(tensor_list) != size or any(t.shape != tensor.shape or t.dtype != tensor.dtype
                                       for t in tensor_list):
        raise ShapeError(f"all_gather: expected a list of {size} tensors, one for each rank, of shape "
                         f"{tuple(tensor.shape)} and {tensor.dtype}.")
    rows = array_module(array).empty((size, *array.shape), array.dtype)
    world().all_gather(array, rows).wait()
    for target, row in zip(tensor_list, rows):
        _array("all_gather", target)[...] = row
        target._changed_in_place()


def barrier(group: Any = None) -> None:
    """Return when every rank has got here.

    >>> minigrad.distributed.barrier()
    """
    world().barrier()


def _array(name: str, tensor: Any) -> Any:
    if not isinstance(tensor, Tensor):
        raise DTypeError(f"{name}: expected a Tensor, got {type(tensor).__name__}. Numbers: "
                         "minigrad.tensor([a, b]).")
    return tensor._array


def _finish(work: Work, tensor: Tensor, async_op: bool) -> Work | None:
    tensor._changed_in_place()
    if async_op:
        return work
    work.wait()
    return None
