"""All parameters as one long vector, and back."""
from __future__ import annotations

from typing import Iterable

from ...autograd import Tensor
from ...errors import ShapeError
from ...ops.join import cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The entries of all parameters in a row; gradients flow back to them.

    >>> minigrad.nn.utils.parameters_to_vector([minigrad.ones(2), minigrad.zeros(1, 1)])
    tensor([1., 1., 0.])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the entries of a vector into the parameters: ``parameters_to_vector`` undone.

    Raises ShapeError when their numbers differ.

    >>> w, b = minigrad.zeros(1, 2), minigrad.zeros(1)
    >>> minigrad.nn.utils.vector_to_parameters(minigrad.tensor([1.0, 2.0, 3.0]), [w, b])
    >>> w, b
    (tensor([[1., 2.]]), tensor([3.]))
    """
    parameters = list(parameters)
    count = sum(p.numel() for p in parameters)
    if tuple(vec.shape) != (count,):
        raise ShapeError(f"vector_to_parameters: the parameters have {count} entries, the vector is "
                         f"{tuple(vec.shape)}.")
    start = 0
    for p in parameters:
        p.data = vec.detach()[start:start + p.numel()].reshape(p.shape)
        start += p.numel()
