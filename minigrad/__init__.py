"""minigrad: an autograd engine to read, on NumPy, with PyTorch's names.

>>> x = minigrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> loss = (x ** 2).sum()
>>> loss.backward()
>>> x.grad
tensor([2., 4., 6.])
"""
import importlib
from typing import TYPE_CHECKING, Any

from . import (amp, autograd, backend, cuda, distributed, errors, habits, linalg, nn, ops, optim, special,
               statistics, utils)
from .autograd import Size, Tensor, enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .backend.arrays import Device as device, default_device as get_default_device, set_default_device
from .backend.dtypes import (bfloat16, bool_, complex64, complex128, default_dtype as get_default_dtype,
                             float16, float32, float64, int16, int32, int64, int8, promote_types,
                             set_default_dtype, uint8)
from .backend import random
from .backend.random import Generator, default_generator, get_rng_state, manual_seed, set_rng_state
from .autograd.printing import set_printoptions
from .errors.other_names import TENSOR
from .errors.suggestions import missing_from, offer_other_names
from .files.saving import load, save
from .linalg import cholesky_inverse, cholesky_solve, matrix_power
from .linalg.products import addbmm, addmm, addmv, addr, baddbmm, cdist, cross, inner, kron, mv, vdot
from .linalg.solving import det, inverse, logdet, pinverse, slogdet
from .nn.summary import summary
from .ops.activation import relu, sigmoid, tanh
from .ops.arithmetic import (abs, add, copysign, div, float_power, lerp, mul, multiply, neg, negative,
                             positive, pow, reciprocal, sgn, sign, square, sub, subtract, true_divide)
from .ops.arrange import (atleast_1d, atleast_2d, atleast_3d, block_diag, broadcast_shapes,
                          broadcast_tensors, cartesian_prod, column_stack, combinations, diag_embed,
                          diagflat, dsplit, dstack, fliplr, flipud, hsplit, moveaxis, narrow, ravel, rot90,
                          row_stack, select, swapaxes, swapdims, tensor_split, tril_indices, triu_indices,
                          vsplit)
from .ops.compare import (allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or,
                          bitwise_right_shift, bitwise_xor, eq, equal, ge, gt, isclose, isfinite, isinf,
                          isnan, isneginf, isposinf, isreal, le, logical_and, logical_not, logical_or,
                          logical_xor, lt, ne, signbit)
from .ops.convert import channels_last, channels_last_3d, clone, contiguous_format, preserve_format
from .ops.convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from .ops.create import (arange, as_tensor, empty, empty_like, eye, from_numpy, full, full_like, is_tensor,
                         linspace, ones, ones_like, tensor, zeros, zeros_like)
from .ops.dropout import dropout
from .ops.einsum import einsum, outer, tensordot
from .ops.exponential import (erf, exp, exp2, expm1, log, log10, log1p, log2, logaddexp, logaddexp2, logit,
                              rsqrt, sqrt, xlogy)
from .ops.gather_scatter import gather, index_select, scatter, scatter_add, take_along_dim
from .ops.indexing import masked_select, nonzero
from .ops.join import cat, chunk, hstack, meshgrid, repeat_interleave, split, stack, tile, unbind, vstack
from .ops.linalg import bmm, dot, matmul, mm
from .ops.matrix import diag, diagonal, t, tril, triu
from .ops.norm import cosine_similarity, norm
from .ops.reduce import all, amax, amin, any, argmax, argmin, logsumexp, max, mean, min, prod, sum
from .ops.replace import (index_add, index_copy, index_fill, index_put, masked_scatter, put, scatter_reduce,
                          take)
from .ops.rounding import ceil, floor, floor_divide, fmod, frac, remainder, round, trunc
from .ops.sampling import (bernoulli, multinomial, normal, poisson, rand, rand_like, randint, randint_like,
                           randn, randn_like, randperm)
from .ops.scan import cummax, cummin, cumprod, cumsum, diff, logcumsumexp
from .ops.select import (clamp, clamp_max, clamp_min, clip, fmax, fmin, masked_fill, maximum, minimum,
                         nan_to_num, where)
from .ops.shape import (broadcast_to, flatten, flip, movedim, permute, reshape, roll, squeeze, transpose,
                        unflatten, unsqueeze)
from .ops.softmax import log_softmax, softmax
from .ops.sort import argsort, median, sort, topk
from .ops.special import (addcdiv, addcmul, digamma, erfc, erfinv, gcd, heaviside, lcm, lgamma,
                          polygamma)
from .ops.trigonometry import (acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, deg2rad, hypot,
                               rad2deg, sin, sinc, sinh, tan)
from .ops.variance import std, var
from .ops.volumes import conv3d, conv_transpose3d
from .statistics import (aminmax, bincount, bucketize, count_nonzero, histc, isin, kthvalue, mode, msort,
                             nanmean, nansum, quantile, searchsorted, std_mean, unique, unique_consecutive,
                             var_mean)

if TYPE_CHECKING:
    from . import attribution, check, distributions, privacy, quantization, trace
    from .compiler import compile, export_c
else:
    def __getattr__(name: str) -> Any:
        """What most first programs do without is loaded when it is first used; see also ``habits``."""
        if name in ("attribution", "check", "distributions", "privacy", "quantization", "trace"):
            return importlib.import_module(f".{name}", __name__)
        if name in ("compile", "export_c"):
            return getattr(importlib.import_module(".compiler", __name__), name)
        if name in habits.names:
            return habits.names[name]
        if name in ("complex", "fft", "polar", "view_as_complex", "view_as_real"):
            raise AttributeError(f"minigrad.{name}: there are no complex tensors. Use two real ones.")
        raise missing_from(__name__, "minigrad", name)

__all__ = ["Generator", "Size", "Tensor", "abs", "add", "all", "allclose", "amax", "amin", "amp", "any",
           "arange", "argmax", "argmin", "argsort", "as_tensor", "attribution", "autograd", "backend",
           "bernoulli", "bmm", "bool", "bool_", "broadcast_to", "cat", "ceil", "check", "chunk", "clamp",
           "compile", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
           "conv_transpose3d", "cos", "cosine_similarity", "cuda", "cumsum", "device", "diag", "diagonal",
           "distributions", "div", "dot", "double", "dropout", "einsum", "empty", "empty_like", "enable_grad",
           "eq", "equal", "erf", "errors", "exp", "expm1", "export_c", "eye", "flatten", "flip", "float",
           "float16", "float32", "float64", "floor", "floor_divide", "from_numpy", "full", "full_like",
           "gather", "ge", "get_default_device", "get_default_dtype", "get_rng_state", "gt", "half", "hstack",
           "index_select", "inf", "int", "int16", "int32", "int64", "int8", "is_grad_enabled", "is_tensor",
           "isfinite", "isinf", "isnan", "le", "lerp", "linspace", "load", "log", "log1p", "log_softmax",
           "logical_and", "logical_not", "logical_or", "logsumexp", "long", "lt", "manual_seed",
           "masked_fill", "masked_select", "matmul", "max", "maximum", "mean", "median", "meshgrid", "min",
           "minimum", "mm", "movedim", "mul", "multinomial", "nan", "ne", "neg", "nn", "no_grad", "nonzero",
           "norm", "ones", "ones_like", "ops", "optim", "outer", "permute", "pi", "pow", "privacy", "prod",
           "promote_types", "quantization", "rand", "rand_like", "randint", "randn", "randn_like", "randperm",
           "reciprocal", "relu", "remainder", "repeat_interleave", "reshape", "roll", "round", "rsqrt",
           "save", "scatter", "scatter_add", "set_default_device", "set_default_dtype", "set_grad_enabled",
           "set_rng_state", "sigmoid", "sign", "sin", "softmax", "sort", "split", "sqrt", "square", "squeeze",
           "stack", "std", "sub", "sum", "summary", "t", "take_along_dim", "tanh", "tensor", "tensordot",
           "tile", "topk", "trace", "transpose", "tril", "triu", "trunc", "uint8", "unbind", "unflatten",
           "unsqueeze", "utils", "var", "vstack", "where", "zeros", "zeros_like"]

offer_other_names(Tensor, TENSOR)

inf = float("inf")
nan = float("nan")
pi = 3.141592653589793

__version__ = "0.2.0"

float = float32
double = float64
half = float16
long = int64
int = int32
bool = bool_
short = int16
cfloat = complex64
cdouble = complex128
