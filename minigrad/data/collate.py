"""From a list of samples to one batch, sample by sample: the way that works for any data set.

Data sets made of arrays have ``get_batch`` and don't need it (see ``dataset``).
"""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import array_module
from ..errors import DTypeError, ShapeError


def default_collate(samples: Sequence[Any]) -> Any:
    """One batch from samples of the same structure.

    Args:
        samples: at least one sample. Numbers become a Tensor of shape (N,), arrays and Tensors of shape S one
            of shape (N, *S), strings stay a list; tuples, lists and dicts are collated field by field.

    Python floats become the default float (float32); PyTorch uses float64 here.
    Raises ShapeError when the samples differ in shape or length, DTypeError when they are of
    different kinds or of a kind that cannot be batched.

    >>> from minigrad.data import default_collate
    >>> default_collate([(1, "a"), (2, "b")])
    (tensor([1, 2]), ['a', 'b'])
    """
    first = samples[0]
    if isinstance(first, (Tensor, np.ndarray)):
        return _stack(samples)
    if isinstance(first, (bool, int, float, np.generic)):
        return wrap(as_array([_number(x) for x in samples]))
    if isinstance(first, (str, bytes)):
        return list(samples)
    if isinstance(first, dict):
        return {key: default_collate([_field(x, key) for x in samples]) for key in first}
    if isinstance(first, (tuple, list)):
        return _collate_fields(samples)
    raise DTypeError(f"default_collate: cannot batch samples of type {type(first).__name__}. Expected "
                     "numbers, arrays, Tensors, strings, or tuples, lists and dicts of these; "
                     "convert in the data set's __getitem__, or give DataLoader a collate_fn.")


def default_convert(sample: Any) -> Any:
    """A single sample with its arrays as Tensors, for ``DataLoader(batch_size=None)``.

    >>> import numpy as np
    >>> minigrad.data.default_convert((np.array([1, 2]), "a"))
    (tensor([1, 2]), 'a')
    """
    return mapped(sample, lambda x: wrap(np.asarray(x)) if isinstance(x, (np.ndarray, np.generic))
                  and x.dtype.kind in "biuf" else x)


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """``value`` with ``function`` applied to whatever its dicts, tuples and lists hold."""
    if isinstance(value, dict):
        return {key: mapped(item, function) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return rebuild(value, [mapped(item, function) for item in value])
    return function(value)


def _stack(samples: Sequence[Any]) -> Tensor:
    arrays = [as_array(x) for x in samples]
    first = arrays[0]
    for i, array in enumerate(arrays):
        if array.shape != first.shape:
            raise ShapeError(f"default_collate: sample 0 has shape {first.shape}, but sample {i} of "
                             f"the batch has {array.shape}. Bring all to one shape in the data set "
                             "(crop, pad), or give DataLoader a collate_fn that pads.")
    return wrap(array_module(first).stack(arrays))


def _number(value: Any) -> Any:
    if isinstance(value, (bool, int, float, np.generic)):
        return value
    raise DTypeError(f"default_collate: the first sample is a number, another is "
                     f"{type(value).__name__}. Return the same kind from every __getitem__.")


def _field(sample: Any, key: Any) -> Any:
    if not isinstance(sample, dict) or key not in sample:
        raise ShapeError(f"default_collate: the first sample of the batch has the key {key!r}, "
                         f"another does not: {sample!r:.80}. Return the same keys from every "
                         "__getitem__.")
    return sample[key]


def _collate_fields(samples: Sequence[Any]) -> Any:
    """Tuples or lists: field i of the batch collects field i of every sample."""
    first = samples[0]
    for sample in samples:
        if not isinstance(sample, (tuple, list)) or len(sample) != len(first):
            raise ShapeError(f"default_collate: the first sample has {len(first)} fields, another is "
                             f"{sample!r:.80}. Return the same number from every __getitem__.")
    return rebuild(first, [default_collate(field) for field in zip(*samples)])


def rebuild(like: Any, fields: list[Any]) -> Any:
    """``fields`` as the type of ``like``: list, tuple or namedtuple."""
    if hasattr(like, "_fields"):
        return type(like)(*fields)
    return fields if isinstance(like, list) else tuple(fields)
