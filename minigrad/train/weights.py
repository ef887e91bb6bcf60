"""A model's weights as plain arrays: copied, put back, and checked when they come from a file."""
from __future__ import annotations

from typing import Any

from ..autograd.tensor import array_of
from ..backend.arrays import Array
from ..errors.states import Kind
from ..nn import Module


def copied_weights(model: Module) -> dict[str, Array]:
    """Copies of all parameters and buffers, by name."""
    return {name: tensor._array.copy() for name, tensor in model.state_dict().items()}


def set_weights(model: Module, arrays: dict[str, Array]) -> None:
    """Put back what ``copied_weights`` returned, into the same memory."""
    for name, tensor in model.state_dict().items():
        tensor._array[...] = arrays[name]
        tensor._changed_in_place()


def kind_of_weights(model: Module) -> Kind:
    """A dict with one tensor of the right shape for each that the model has."""
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}

    def fit(value: Any) -> bool:
        return isinstance(value, dict) and own == {name: tuple(getattr(tensor, "shape", (-1,)))
                                                   for name, tensor in value.items()}

    return Kind(f"the weights of this {type(model).__name__}", fit)


def weights_of_state(state: dict[str, Any] | None) -> dict[str, Array] | None:
    """Loaded tensors as arrays of their own."""
    if state is None:
        return None
    return {name: array_of(t).copy() for name, t in state.items()}
