"""minigrad: an autograd engine to read, on NumPy, with PyTorch's names.

>>> import minigrad
>>> x = minigrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> loss = (x ** 2).sum()
>>> loss.backward()
>>> x.grad
tensor([2., 4., 6.])
"""
import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from . import autograd, backend, errors, ops
from .autograd import Size, Tensor, enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from . import amp, check, cuda, nn, optim, utils
from .backend.arrays import (Device as device, default_device as get_default_device,
                             set_default_device)
from .backend.dtypes import (bool_, default_dtype as get_default_dtype, float16, float32, float64, int8,
                             int16, int32, int64, promote_types, set_default_dtype, uint8)
from .backend.random import Generator, get_rng_state, manual_seed, set_rng_state
from .saving import load, save
from .summary import summary
from .ops.activation import dropout, log_softmax, relu, sigmoid, softmax, tanh
from .ops.arrange import (diag, diagonal, masked_fill, masked_select, repeat_interleave, roll, scatter,
                          scatter_add, take_along_dim, tile, tril, triu)
from .ops.compare import (allclose, eq, equal, ge, gt, isfinite, isinf, isnan, le, logical_and,
                          logical_not, logical_or, lt, ne, where)
from .ops.convolution import conv1d, conv2d, conv_transpose2d
from .ops.create import (arange, as_tensor, empty, empty_like, eye, from_numpy, full, full_like,
                         is_tensor, linspace, ones, ones_like, rand, rand_like, randint, randn,
                         randn_like, randperm, tensor, zeros, zeros_like)
from .ops.einsum import einsum, outer, tensordot
from .ops.elementwise import (abs, add, cos, div, exp, log, mul, neg, pow, sign, sin, sqrt, square,
                              sub)
from .ops.functions import (ceil, erf, expm1, floor, floor_divide, lerp, log1p, reciprocal, remainder,
                            round, rsqrt, trunc)
from .ops.indexing import gather, index_select, nonzero
from .ops.join import cat, chunk, hstack, meshgrid, split, stack, unbind, vstack
from .ops.limits import clamp, maximum, minimum
from .ops.linalg import bmm, dot, matmul, mm
from .ops.order import argsort, cosine_similarity, cumsum, median, norm, sort, topk
from .ops.reduce import all, amax, amin, any, argmax, argmin, logsumexp, max, mean, min, prod, sum
from .ops.sampling import bernoulli, multinomial
from .ops.shape import (broadcast_to, flatten, flip, movedim, permute, reshape, squeeze, t, transpose,
                        unflatten, unsqueeze)
from .ops.variance import std, var

if TYPE_CHECKING:
    from . import trace
else:
    def __getattr__(name: str) -> ModuleType:
        """``minigrad.trace`` is loaded when it is first used."""
        if name == "trace":
            return importlib.import_module(".trace", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

inf = float("inf")
nan = float("nan")
pi = 3.141592653589793

__version__ = "0.1.0"

float = float32
double = float64
half = float16
long = int64
int = int32
bool = bool_
