"""Initial weights: PyTorch's functions, drawing from minigrad's generator.

If all weights of a layer were equal, they would get equal gradients and stay equal; random ones of the right
size preserve the variance of activations and gradients from layer to layer.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import device_of, move
from ..backend.random import Generator, generator_of
from ..errors import ShapeError


def _set(tensor: Tensor, values: Any) -> Tensor:
    array = np.asarray(values, dtype=tensor.dtype)
    tensor._array[...] = move(array, device_of(tensor._array))
    tensor._changed_in_place()
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0,
             generator: Generator | None = None) -> Tensor:
    """Uniform between a and b. In place; returns the tensor, of any shape.

    >>> w = minigrad.nn.init.uniform_(minigrad.empty(1000), -1, 1)
    >>> -1 <= w.min().item() and w.max().item() <= 1
    True
    """
    return _set(tensor, generator_of(generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0,
            generator: Generator | None = None) -> Tensor:
    """Normal with the given mean and standard deviation. In place; returns the tensor, of any shape.

    >>> w = minigrad.nn.init.normal_(minigrad.empty(10000), std=2.0)
    >>> abs(w.std().item() - 2) < 0.1
    True
    """
    return _set(tensor, generator_of(generator).normal(mean, std, tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every entry ``val``. In place; returns the tensor.

    >>> minigrad.nn.init.constant_(minigrad.empty(2), 5)
    tensor([5., 5.])
    """
    return _set(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Every entry 0. In place; returns the tensor.

    >>> minigrad.nn.init.zeros_(minigrad.empty(2))
    tensor([0., 0.])
    """
    return _set(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Every entry 1. In place; returns the tensor.

    >>> minigrad.nn.init.ones_(minigrad.empty(2))
    tensor([1., 1.])
    """
    return _set(tensor, 1)


LINEAR = ("linear", *(f"conv{t}{d}d" for t in ("", "_transpose") for d in (1, 2, 3)))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that makes up for how much an activation shrinks the standard deviation.

    Raises ValueError for an unknown activation.

    >>> round(minigrad.nn.init.calculate_gain("relu") ** 2, 4)      # ReLU halves the mean square
    2.0
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {**dict.fromkeys(LINEAR, 1.0), "sigmoid": 1.0, "tanh": 5 / 3,
             "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: {nonlinearity!r} is not one of "
                         f"{sorted([*gains, 'leaky_relu'])}.")
    return gains[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out): how many inputs each output sums, and how many outputs each input feeds.

    Raises ShapeError for fewer than 2 dimensions.

    >>> minigrad.nn.init.fans(minigrad.empty(32, 3, 5, 5))          # 3·5·5 and 32·5·5
    (75, 800)
    """
    if tensor.ndim < 2:
        raise ShapeError(f"init: fan_in and fan_out need at least 2 dimensions, got {tuple(tensor.shape)}.")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform ±gain·√(6/(fan_in + fan_out)) (Glorot and Bengio 2010).

    In place. Raises ShapeError for fewer than 2 dimensions.

    >>> w = minigrad.nn.init.xavier_uniform_(minigrad.empty(2, 4))
    >>> w.abs().max().item() <= 1                                   # √(6/(4 + 2))
    True
    """
    bound = gain * math.sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with std gain·√(2/(fan_in + fan_out)) (Glorot and Bengio 2010).

    In place. Raises ShapeError for fewer than 2 dimensions.

    >>> w = minigrad.nn.init.xavier_normal_(minigrad.empty(100, 100))
    >>> abs(w.std().item() - 0.1) < 0.01                            # √(2/200)
    True
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans(tensor))), generator)


def kaiming_uniform_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in",
                     nonlinearity: str = "leaky_relu", generator: Generator | None = None) -> Tensor:
    """Uniform ±gain·√(3/fan) (He et al. 2015).

    In place. Raises ShapeError for fewer than 2 dimensions, ValueError for another mode.

    >>> w = minigrad.nn.init.kaiming_uniform_(minigrad.empty(2, 6), nonlinearity="relu")
    >>> w.abs().max().item() <= 1                                   # √2 · √(3/6)
    True
    """
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0.0, mode: str = "fan_in",
                    nonlinearity: str = "leaky_relu", generator: Generator | None = None) -> Tensor:
    """Normal with std gain/√fan (He et al. 2015).

    In place. Raises ShapeError for fewer than 2 dimensions, ValueError for another mode.

    >>> w = minigrad.nn.init.kaiming_normal_(minigrad.empty(100, 200), nonlinearity="relu")
    >>> abs(w.std().item() - 0.1) < 0.01                            # √2 / √200
    True
    """
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def _fan(tensor: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"init: mode must be 'fan_in' or 'fan_out', got {mode!r}.")
    return fans(tensor)[mode == "fan_out"]


def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
                  generator: Generator | None = None) -> Tensor:
    """Normal, but only values from a to b: others are drawn again. In place; returns the tensor, of any
    shape.

    Raises ValueError when a is not below b, or when hardly any value lies between them.

    >>> w = minigrad.nn.init.trunc_normal_(minigrad.empty(1000), std=2.0)
    >>> -2 <= w.min().item() and w.max().item() <= 2
    True
    """
    if not a < b:
        raise ValueError(f"trunc_normal_: a must be below b, got {a} and {b}.")
    inside = 0.5 * (math.erf((b - mean) / (std * math.sqrt(2))) - math.erf((a - mean) / (std * math.sqrt(2))))
    if inside < 1e-4:
        raise ValueError(f"trunc_normal_: only a share of {inside:.1g} of the values lies in [{a}, {b}].")
    draw = generator_of(generator)
    values = np.asarray(draw.normal(mean, std, tuple(tensor.shape)))
    while (outside := (values < a) | (values > b)).any():
        values[outside] = draw.normal(mean, std, int(outside.sum()))
    return _set(tensor, values)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix, as far as a matrix has one. In place; raises ShapeError for other dimensions.

    >>> minigrad.nn.init.eye_(minigrad.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ShapeError(f"eye_: expected a matrix, got {tuple(tensor.shape)}.")
    return _set(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Filters of a convolution that leave the image as it is: a 1 in the middle, from each channel to its
    own.

    In place; (O, C, K…) with 3, 4 or 5 dimensions. Raises ShapeError for others, or when the groups do not
    divide the filters.

    >>> minigrad.nn.init.dirac_(minigrad.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5) or tensor.shape[0] % groups:
        raise ShapeError(f"dirac_: expected filters (O, C, …) with O a multiple of {groups}, got "
                         f"{tuple(tensor.shape)}.")
    values, each = np.zeros(tuple(tensor.shape)), tensor.shape[0] // groups
    middle = tuple(k // 2 for k in tensor.shape[2:])
    for group in range(groups):
        for k in range(min(each, tensor.shape[1])):
            place = (group * each + k, k, *middle)
            values[place] = 1
    return _set(tensor, values)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """gain times a random matrix with orthonormal rows, or columns if there are fewer (Saxe et al. 2014).

    In place; more dimensions than two count as columns. Raises ShapeError for fewer than 2 dimensions.

    >>> w = minigrad.nn.init.orthogonal_(minigrad.empty(3, 5))
    >>> minigrad.allclose(w @ w.T, minigrad.eye(3), atol=1e-5)
    True
    """
    if tensor.ndim < 2:
        raise ShapeError(f"orthogonal_: expected at least 2 dimensions, got {tuple(tensor.shape)}.")
    rows = tensor.shape[0]
    columns = tensor.numel() // max(rows, 1)
    flat = generator_of(generator).normal(0.0, 1.0, (rows, columns))
    q, r = np.linalg.qr(flat.T if rows < columns else flat)
    q = q * np.where(np.diag(r) < 0, -1, 1)                     # so that all such matrices are equally likely
    return _set(tensor, gain * (q.T if rows < columns else q).reshape(tuple(tensor.shape)))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal, with a share ``sparsity`` of each column set to 0 (Martens 2010).

    In place; raises ShapeError for anything but a matrix.

    >>> (minigrad.nn.init.sparse_(minigrad.empty(10, 3), 0.3) == 0).sum(0)
    tensor([3, 3, 3])
    """
    if tensor.ndim != 2:
        raise ShapeError(f"sparse_: expected a matrix, got {tuple(tensor.shape)}.")
    draw = generator_of(generator)
    values, zeros = draw.normal(0.0, std, tuple(tensor.shape)), math.ceil(sparsity * tensor.shape[0])
    for column in values.T:
        column[draw.permutation(len(column))[:zeros]] = 0
    return _set(tensor, values)


def default_weight_(weight: Tensor) -> Tensor:
    """PyTorch's default for Linear and Conv: uniform ±1/√fan_in. In place; (out, in, …).

    >>> w = minigrad.nn.init.default_weight_(minigrad.empty(2, 4))
    >>> w.abs().max().item() <= 0.5
    True
    """
    return kaiming_uniform_(weight, a=math.sqrt(5))


def default_bias_(bias: Tensor, weight: Tensor) -> Tensor:
    """PyTorch's default for the bias of Linear and Conv: uniform ±1/√fan_in of the weight.

    In place; (out).

    >>> b = minigrad.nn.init.default_bias_(minigrad.empty(2), minigrad.empty(2, 4))
    >>> b.abs().max().item() <= 0.5
    True
    """
    bound = 1 / math.sqrt(max(1, fans(weight)[0]))
    return uniform_(bias, -bound, bound)


# PyTorch's old names, which some programs still use.
uniform, normal, constant, eye, dirac = uniform_, normal_, constant_, eye_, dirac_
xavier_uniform, xavier_normal = xavier_uniform_, xavier_normal_
kaiming_uniform, kaiming_normal, orthogonal, sparse = kaiming_uniform_, kaiming_normal_, orthogonal_, sparse_
