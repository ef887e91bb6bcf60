"""Quantization: weights in 8 bits, and products of whole numbers that are exact.

A float w becomes the int8 q = round(w / s), w ≈ s · q, with one scale s for each output channel, chosen so
that the channel's largest |w| becomes 127. A linear layer then multiplies integers and scales at the end:

    y[n, o] = s_x[n] · s_w[o] · Σ_k q_x[n, k] · q_w[o, k] + b[o]

as in Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
inference" (2018), without zero points (symmetric). Weights take a quarter of the memory. They are not faster
here: NumPy has no fast product of whole numbers, and ``integer_product`` computes it in float32.

>>> from minigrad import nn, quantization
>>> model = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
>>> small = quantization.quantize_dynamic(model)
>>> quantization.bytes_of(model), quantization.bytes_of(small)
(318040, 80280)
"""
from __future__ import annotations

import copy
from typing import Any, Iterable

import numpy as np

from .autograd import Tensor, is_grad_enabled
from .autograd.tensor import as_array, wrap
from .backend.arrays import Array, array_module
from .errors import DTypeError, GraphError, RangeError, ShapeError
from .nn import Linear, Module

__all__ = ["QuantizedLinear", "QuantizedTensor", "bytes_of", "integer_product", "quantize_dynamic",
           "quantize_per_channel"]

LARGEST = 127                   # −127 … 127; −128 stays unused, so that −q is always there
BLOCK = 1024                    # 1024 · 128² = 2²⁴: up to here float32 holds every whole number


class QuantizedTensor:
    """Whole numbers and their scales, one for each slice along ``axis``; made by ``quantize_per_channel``.

    >>> w = minigrad.quantization.quantize_per_channel(minigrad.tensor([[1.0, -0.5], [0.1, 0.02]]))
    >>> w.int_repr().tolist(), w.dequantize().shape
    ([[127, -64], [127, 25]], minigrad.Size([2, 2]))
    """

    def __init__(self, integers: Tensor, scales: Tensor, axis: int) -> None:
        self._integers, self._scales, self._axis = integers, scales, axis

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the tensor that was quantized."""
        return tuple(self._integers.shape)

    def int_repr(self) -> Tensor:
        """The whole numbers, int8."""
        return self._integers

    def q_per_channel_scales(self) -> Tensor:
        """The scales, float32, one for each channel."""
        return self._scales

    def q_per_channel_axis(self) -> int:
        """The dimension along which each slice has its own scale."""
        return self._axis

    def dequantize(self) -> Tensor:
        """scale · whole number, float32: at most half a scale from what was quantized."""
        along = _along(as_array(self._scales), self._axis, len(self.shape))
        return wrap(as_array(self._integers) * along)

    def __repr__(self) -> str:
        return f"QuantizedTensor: int8 {self.shape}, a scale for each slice along {self._axis}"


def quantize_per_channel(input: Tensor, scales: Any = None, zero_points: Any = None, axis: int = 0,
                         dtype: Any = np.int8) -> QuantizedTensor:
    """round(input / scale) as int8, with one scale for each slice along ``axis``.

    Args:
        scales: one positive number for each slice. None: max |slice| / 127, so that all of it fits.
        zero_points: None or zeros: only symmetric quantization is here.

    What lies outside of ±127 scales is cut off there; PyTorch goes to −128. Raises ShapeError for a wrong
    number of scales, RangeError for scales that aren't positive, zero points, or values that aren't finite,
    and DTypeError for values that aren't floats and another dtype than int8.

    >>> w = minigrad.tensor([[0.5, -1.0], [100.0, 20.0]])
    >>> minigrad.quantization.quantize_per_channel(w).int_repr().tolist()
    [[64, -127], [127, 25]]
    """
    values = as_array(input)
    if np.dtype(dtype) != np.int8:
        raise DTypeError(f"quantize_per_channel: only int8 is here, got {np.dtype(dtype)}.")
    if values.dtype.kind != "f":
        raise DTypeError(f"quantize_per_channel: expected floats, got {values.dtype}.")
    if not -values.ndim <= axis < values.ndim:
        raise RangeError(f"quantize_per_channel: there is no dimension {axis} in shape {values.shape}.")
    if zero_points is not None and np.any(np.asarray(zero_points) != 0):
        raise RangeError("quantize_per_channel: zero points must be 0: it is symmetric. Leave them out.")
    axis %= values.ndim
    if scales is None:
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = _scale_of(values, others, "quantize_per_channel").reshape(-1)
    else:
        scale = as_array(scales) if isinstance(scales, Tensor) else np.asarray(scales)
        scale = scale.astype(np.float32)
        if scale.shape != (values.shape[axis],):
            raise ShapeError(f"quantize_per_channel: expected {values.shape[axis]} scales, one for each "
                             f"slice along {axis} of {values.shape}, got shape {scale.shape}.")
        if not (scale > 0).all() or not np.isfinite(scale).all() or not np.isfinite(values).all():
            raise RangeError("quantize_per_channel: scales must be positive, and all numbers finite.")
    return QuantizedTensor(wrap(_rounded(values, _along(scale, axis, values.ndim))), wrap(scale), axis)


def integer_product(x: Array, w: Array) -> Array:
    """x wᵀ of int8, exactly, as int32: x (N, K), w (M, K) → (N, M).

    BLAS multiplies floats only. But float32 holds every whole number up to 2²⁴, and no sum of up to 1,024
    products of int8 is larger; so each block of 1,024 columns is multiplied in float32, without any rounding,
    and the blocks are added in int32.

    >>> x = np.full((1, 3000), -128, np.int8)
    >>> minigrad.quantization.integer_product(x, x).tolist() == [[3000 * 128 * 128]]
    True
    """
    if x.dtype != np.int8 or w.dtype != np.int8:
        raise DTypeError(f"integer_product: expected int8 and int8, got {x.dtype} and {w.dtype}.")
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[1]:
        raise ShapeError(f"integer_product: expected (N, K) and (M, K), got {x.shape} and {w.shape}.")
    if x.shape[1] > 2 ** 31 // 128 ** 2 - 1:
        raise ShapeError(f"integer_product: K = {x.shape[1]} products of int8 may not fit into int32.")
    total: Array = _block(x[:, :BLOCK], w[:, :BLOCK])
    for start in range(BLOCK, x.shape[1], BLOCK):
        total += _block(x[:, start:start + BLOCK], w[:, start:start + BLOCK])
    return total


class QuantizedLinear(Module):
    """y = x Wᵀ + b with W in int8, a scale for each output; for inference only.  (…, in) → (…, out).

    Each row of x is quantized as it comes (dynamically), with a scale of its own, so that a row's result
    doesn't depend on the others. Buffers: weight int8 (out, in), scale float32 (out,), bias float32 (out,) or
    None.

    >>> layer = minigrad.nn.Linear(3, 2)
    >>> small = minigrad.quantization.QuantizedLinear.from_float(layer)
    >>> x = minigrad.randn(4, 3)
    >>> bool(((small(x) - layer(x)).abs() < 0.1).all())
    True
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.register_buffer("weight", wrap(np.zeros((out_features, in_features), np.int8)))
        self.register_buffer("scale", wrap(np.ones(out_features, np.float32)))
        self.register_buffer("bias", wrap(np.zeros(out_features, np.float32)) if bias else None)

    @classmethod
    def from_float(cls, mod: Linear) -> QuantizedLinear:
        """A Linear, quantized. Raises GraphError while its weight is pruned or otherwise computed."""
        _require_parameter(mod)
        layer = cls(mod.in_features, mod.out_features, mod.bias is not None)
        small = quantize_per_channel(mod.weight.detach())
        layer.weight, layer.scale = small.int_repr(), small.q_per_channel_scales()
        if mod.bias is not None:
            layer.bias = wrap(as_array(mod.bias).astype(np.float32))
        layer.eval()
        return layer

    def forward(self, input: Tensor) -> Tensor:
        x = as_array(input)                                                 # (…, in)
        if input.requires_grad and is_grad_enabled():
            raise GraphError("QuantizedLinear: round() has no slope, so nothing can be trained through it. "
                             "Call it within minigrad.no_grad(), or on x.detach().")
        if x.dtype.kind != "f":
            raise DTypeError(f"QuantizedLinear: expected floats, got {x.dtype}.")
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ShapeError(f"QuantizedLinear: expected (…, {self.in_features}), got {x.shape}.")
        rows = x.reshape(-1, self.in_features)                              # (N, in)
        scale = _scale_of(rows, (1,), "QuantizedLinear")                    # (N, 1)
        sums = integer_product(_rounded(rows, scale), as_array(self.weight))    # (N, out), int32
        y = sums.astype(np.float32) * (scale * as_array(self.scale))
        if self.bias is not None:
            y += as_array(self.bias)
        return wrap(y.reshape(x.shape[:-1] + (self.out_features,)))

    def extra_repr(self) -> str:
        return (f"in_features={self.in_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}, dtype=int8")


def quantize_dynamic(model: Module, qconfig_spec: Iterable[type] | None = None, dtype: Any = np.int8,
                     inplace: bool = False) -> Module:
    """The model with every Linear in it as a QuantizedLinear; a copy unless ``inplace``.

    Args:
        qconfig_spec: the kinds of layers to quantize; ``{nn.Linear}``, which is all that there is.

    Raises DTypeError for another dtype than int8 or another kind of layer. A Linear shared by two places
    stays shared. Layers derived from Linear are left as they are: their forward may be another.

    >>> from minigrad import nn
    >>> minigrad.quantization.quantize_dynamic(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    Sequential(
      (0): QuantizedLinear(in_features=2, out_features=3, bias=True, dtype=int8)
      (1): ReLU()
    )
    """
    if np.dtype(dtype) != np.int8 or set(qconfig_spec or {Linear}) != {Linear}:
        raise DTypeError("quantize_dynamic: only nn.Linear can be quantized, and only to int8.")
    for module in model.modules():
        if type(module) is Linear:
            _require_parameter(module)
    model = model if inplace else copy.deepcopy(model)
    return _replaced(model, {}).eval()


def bytes_of(model: Module) -> int:
    """How many bytes parameters and buffers take; shared ones count once.

    >>> minigrad.quantization.bytes_of(minigrad.nn.Linear(10, 2))
    88
    """
    arrays = {id(t): as_array(t) for t in [*model.parameters(), *model.buffers()]}
    return sum(int(a.size) * a.dtype.itemsize for a in arrays.values())


def _require_parameter(layer: Linear) -> None:
    """GraphError unless the weight is the layer's own parameter: what a hook computes may be out of date."""
    if "weight" not in dict(layer.named_parameters(recurse=False)):
        raise GraphError("quantization: the weight of a Linear is computed from others, as by pruning. Make "
                         "it a parameter first: nn.utils.prune.remove(layer, 'weight').")


def _replaced(module: Module, done: dict[int, Module]) -> Module:
    """``module`` with its Linears quantized; ``done`` knows those that were met before."""
    if id(module) not in done:
        done[id(module)] = QuantizedLinear.from_float(module) if type(module) is Linear else module
        for name, child in list(module.named_children()):
            new = _replaced(child, done)
            if new is not child:
                setattr(module, name, new)
    return done[id(module)]


def _along(scale: Array, axis: int, dimensions: int) -> Array:
    """A row of scales as an array that broadcasts along ``axis``."""
    return scale.reshape([-1 if i == axis else 1 for i in range(dimensions)])


def _scale_of(values: Array, over: tuple[int, ...], owner: str) -> Array:
    """max |values| / 127 over some dimensions, float32, which stay as 1; 1 where all are 0."""
    if values.size == 0:
        shape = [1 if i in over else n for i, n in enumerate(values.shape)]
        return array_module(values).ones(shape, np.float32)
    largest = abs(values).max(axis=over, keepdims=True).astype(np.float32)
    if not np.isfinite(largest).all():
        raise RangeError(f"{owner}: some values are NaN or infinite, and no int8 stands for them.")
    return np.where(largest > 0, np.maximum(largest / np.float32(LARGEST), np.float32(1e-38)), np.float32(1))


def _rounded(values: Array, scale: Array) -> Array:
    """round(values / scale), half to even, cut off at ±127, as int8."""
    return np.clip(np.rint(values / scale), -LARGEST, LARGEST).astype(np.int8)


def _block(x: Array, w: Array) -> Array:
    """x wᵀ of up to 1,024 columns: exact in float32."""
    return (x.astype(np.float32) @ w.astype(np.float32).T).astype(np.int32)
