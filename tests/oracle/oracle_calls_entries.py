"""Calls of functions that work entry by entry, of comparisons, and of the functions that create."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from oracle_calls import (BROADCAST, SHAPES, Arguments, Const, Dtype, booleans, calls, distinct, integers,
                          normal, positive)


@calls("exp", "sin", "cos", "tanh", "sigmoid", "erf", "abs", "neg", "square", "sign", "expm1", "floor",
       "ceil", "trunc", "round", "relu", "operator.neg", "operator.abs", "operator.pos", "Tensor.clone",
       "Tensor.contiguous", "F.relu", "F.silu", "F.gelu", "F.logsigmoid", "F.sigmoid", "F.tanh",
       "F.softplus", "F.elu", "F.leaky_relu", "F.hardtanh", "F.relu6", "Tensor.double", "tan", "sinh", "cosh",
       "asinh", "atan", "sinc", "deg2rad", "rad2deg", "exp2", "frac", "positive", "negative", "sgn",
       "nan_to_num", "F.celu", "F.selu", "F.mish", "F.hardswish", "F.hardsigmoid", "F.hardshrink",
       "F.softshrink", "F.softsign", "F.tanhshrink")
def any_number(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        for scale in (1.0, 4.0):
            yield (normal(rng, *shape) * scale,), {}


@calls("log", "sqrt", "rsqrt", "reciprocal", "log1p", "log2", "log10", "acosh")
def positive_number(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        for scale in (1.0, 1e-3, 30.0):
            yield (positive(rng, *shape) * scale,), {}


@calls("asin", "acos", "atanh", "logit")
def between_limits(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (np.asarray(rng.uniform(0.0 if name == "logit" else -1.0, 1, shape)),), {}
        yield (normal(rng, *shape),), {}
        if name == "logit":
            yield (normal(rng, *shape), 0.1), {}


@calls("isnan", "isinf", "isfinite", "logical_not", "isposinf", "isneginf", "isreal", "signbit", "nan_to_num")
def special_number(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        x = np.asarray(rng.choice([0.0, 1.0, -2.0, np.inf, -np.inf, np.nan], shape))
        yield (Const(x),), {}
        yield (Const(x.astype(np.float32)),), {}
    yield (integers(rng, -2, 3, 4),), {}
    yield (booleans(rng, 4),), {}


@calls("operator.invert", "operator.and_", "operator.or_", "operator.xor", "bitwise_and", "bitwise_or",
       "bitwise_xor", "bitwise_not")
def bits(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    count = 1 if name in ("operator.invert", "bitwise_not") else 2
    for shape in SHAPES:
        yield tuple(booleans(rng, *shape) for _ in range(count)), {}
        yield tuple(integers(rng, -5, 9, *shape) for _ in range(count)), {}


@calls("add", "sub", "mul", "div", "maximum", "minimum", "operator.add", "operator.sub", "operator.mul",
       "operator.truediv", "operator.mod", "remainder", "multiply", "subtract", "true_divide")
def two_operands(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        x, y = normal(rng, *a) * 3, normal(rng, *b)
        yield (x, np.asarray(y + np.sign(y) * 0.3)), {}
    for shape in SHAPES:
        if name in ("maximum", "minimum"):
            yield (distinct(rng, *shape), normal(rng, *shape)), {}
            continue
        for number in (2.5, -3, True):
            if number is True and ("sub" in name):
                continue
            yield (normal(rng, *shape), number), {}
        if name.startswith("operator") and name != "operator.mod":
            yield (1.5, positive(rng, *shape)), {}
            yield (-2, positive(rng, *shape)), {}
    yield (integers(rng, 1, 9, 3, 4), integers(rng, 1, 5, 4)), {}
    yield (integers(rng, 1, 9, 3, 4), normal(rng, 4) + 4), {}


@calls("atan2", "hypot", "copysign", "fmod", "fmax", "fmin", "logaddexp", "logaddexp2", "xlogy")
def two_tensors(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        yield (normal(rng, *a) * 3, positive(rng, *b)), {}
        if name != "xlogy":
            yield (normal(rng, *a) * 3, normal(rng, *b)), {}
    if name == "fmod":
        yield (integers(rng, -9, 9, 3, 4), integers(rng, 1, 5, 4)), {}


@calls("bitwise_left_shift", "bitwise_right_shift", "operator.lshift", "operator.rshift")
def shifts(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        yield (integers(rng, -99, 99, *a), integers(rng, 0, 9, *b)), {}


@calls("float_power")
def double_power(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        yield (positive(rng, *a), normal(rng, *b)), {}
        yield (integers(rng, 1, 9, *a), -2), {}


@calls("floor_divide", "operator.floordiv")
def whole_quotient(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:                      # PyTorch has no derivative of it
        yield (Const(normal(rng, *a) * 5), Const(positive(rng, *b))), {}
        yield (Const(normal(rng, *a) * 5), -2.5), {}
        yield (integers(rng, -9, 9, *a), integers(rng, 1, 5, *b)), {}
        yield (integers(rng, -9, 9, *a), 2.0), {}
    yield (7, integers(rng, 1, 5, 4)), {}


@calls("add", "sub")
def with_alpha(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        yield (normal(rng, *a), normal(rng, *b)), {"alpha": 0.3}
        yield (normal(rng, *a), 2), {"alpha": -2}


@calls("pow", "operator.pow")
def power(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        for c in (2, 3, 0, 1, -1, 0.5, -1.5, 2.0, 0.0):
            yield (positive(rng, *shape), c), {}
    for c in (2, 3, 0, 1, 4.0):
        yield (normal(rng, 3, 4), c), {}
    for a, b in BROADCAST:
        yield (positive(rng, *a), normal(rng, *b)), {}
        yield (2.5, normal(rng, *b)), {}
    yield (integers(rng, -4, 5, 6), 3), {}
    yield (integers(rng, -4, 5, 6), 2.0), {}


@calls("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "operator.eq",
       "operator.ne", "operator.lt", "operator.le", "operator.gt", "operator.ge")
def comparison(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        yield (Const(integers(rng, 0, 3, *a) * 1.0), Const(integers(rng, 0, 3, *b) * 1.0)), {}
        yield (integers(rng, 0, 3, *a), integers(rng, 0, 3, *b)), {}
        if "logical" not in name:
            yield (Const(integers(rng, 0, 3, *a) * 1.0), 1), {}
            yield (integers(rng, 0, 3, *a), 1.5), {}


@calls("equal", "allclose", "isclose")
def whole_comparison(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        x = normal(rng, *shape)
        yield (Const(x), Const(x.copy())), {}
        yield (Const(x), Const(np.asarray(x + 1e-7))), {}
        if name != "equal":
            yield (Const(x), Const(np.asarray(x + 1e-3))), {"rtol": 0.0, "atol": 1e-2}
            yield (Const(x), Const(np.asarray(x + 1e-3))), {"rtol": 1e-9, "atol": 1e-9}
    if name != "equal":
        x = np.array([np.nan, 1.0])
        yield (Const(x), Const(x)), {}
        yield (Const(x), Const(x)), {"equal_nan": True}
    else:
        yield (Const(normal(rng, 3)), Const(normal(rng, 4))), {}


@calls("clamp_min", "clamp_max")
def one_limit(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (normal(rng, *shape), 0.3), {}
        yield (normal(rng, *shape), normal(rng, *shape)), {}


@calls("clamp", "clip")
def limits(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (normal(rng, *shape), -0.5, 0.5), {}
        yield (normal(rng, *shape),), {"min": 0}
        yield (normal(rng, *shape),), {"max": 0.2}
    yield (normal(rng, 3, 4), 1.0, -1.0), {}                    # min above max: max wins
    yield (normal(rng, 3, 4), normal(rng, 4), normal(rng, 4) + 1), {}
    yield (normal(rng, 3, 4),), {"min": normal(rng, 3, 4)}
    yield (integers(rng, -5, 5, 6), -1, 2), {}
    yield (integers(rng, -5, 5, 6), -1.5, 2.5), {}


@calls("where", "Tensor.where")
def choice(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    def ordered(condition: Any, x: Any, y: Any) -> tuple[Any, ...]:
        return (x, condition, y) if name.startswith("Tensor") else (condition, x, y)
    for a, b in BROADCAST:
        shape = np.broadcast_shapes(a, b)
        yield ordered(booleans(rng, *shape), normal(rng, *a), normal(rng, *b)), {}
        yield ordered(booleans(rng, *a), normal(rng, *a), 0.5), {}
    if not name.startswith("Tensor"):
        yield (booleans(rng, 3), 1.5, normal(rng, 3)), {}
        yield (booleans(rng, 3), 1, 2), {}
        yield (booleans(rng, 3), 1.0, 2.0), {}
        yield (booleans(rng, 3), integers(rng, 0, 9, 3), 0.5), {}


@calls("lerp")
def between(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for a, b in BROADCAST:
        for weight in (0.3, 0.9, -1.0):
            yield (normal(rng, *a), normal(rng, *b), weight), {}
        yield (normal(rng, *a), normal(rng, *b), normal(rng, *b)), {}


@calls("round")
def at_decimals(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for decimals in (0, 1, 2, -1):
        yield (normal(rng, 3, 4) * 30,), {"decimals": decimals}
    yield (np.array([0.5, 1.5, 2.5, -0.5, -1.5]),), {}


@calls("F.leaky_relu", "F.elu", "F.softplus", "F.gelu", "F.hardtanh", "F.celu", "F.hardshrink",
       "F.softshrink", "F.threshold")
def activation_options(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    options: dict[str, list[dict[str, Any]]] = {
        "F.leaky_relu": [{"negative_slope": 0.2}, {"negative_slope": 0.0}],
        "F.elu": [{"alpha": 0.5}, {"alpha": 2}],
        "F.softplus": [{"beta": 2.0}, {"beta": 0.5, "threshold": 1.0}, {"threshold": 2}],
        "F.gelu": [{"approximate": "tanh"}, {"approximate": "none"}],
        "F.hardtanh": [{"min_val": -0.5, "max_val": 2.0}, {"min_val": 0, "max_val": 1}],
        "F.celu": [{"alpha": 0.5}, {"alpha": 2.0}], "F.hardshrink": [{"lambd": 1.0}, {"lambd": 0.0}],
        "F.softshrink": [{"lambd": 1.0}, {"lambd": 0.0}],
        "F.threshold": [{"threshold": 0.5, "value": -1.0}, {"threshold": -1, "value": 20}]}
    for shape in SHAPES:
        for option in options[name]:
            yield (normal(rng, *shape) * 3,), option


@calls("F.prelu")
def with_a_slope(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (normal(rng, *shape), normal(rng, 1)), {}
        if len(shape) > 1:
            yield (normal(rng, *shape), normal(rng, shape[1])), {}


@calls("F.glu")
def gated(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(4,), (3, 4), (2, 0, 6), (2, 3, 4, 2)]:
        yield (normal(rng, *shape),), {}
        yield (normal(rng, *shape),), {"dim": -1 if len(shape) < 3 else 0}


@calls("softmax", "log_softmax", "F.softmax", "F.log_softmax", "F.softmin")
def along_dim(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        for dim in range(-max(1, len(shape)), max(1, len(shape))):
            yield (normal(rng, *shape) * 3,), {"dim": dim}
    yield (Const(normal(rng, 3, 4)), 1), {"dtype": Dtype("float32")}


@calls("zeros", "ones")
def constant(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        yield (shape,), {}
        yield tuple(shape) or ((),), {"dtype": Dtype("int64")}
        yield (list(shape),), {"dtype": Dtype("float64")}


@calls("full")
def filled(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in SHAPES:
        for value in (2, 2.5, True):
            yield (shape, value), {}
        yield (shape, 3), {"dtype": Dtype("float16")}


@calls("zeros_like", "ones_like", "full_like")
def alike(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    value = (3,) if name == "full_like" else ()
    for shape in SHAPES:
        yield (Const(normal(rng, *shape)), *value), {}
        yield (Const(normal(rng, *shape)), *value), {"dtype": Dtype("int32")}
    yield (booleans(rng, 3), *value), {}


@calls("arange")
def counting(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for args in [(5,), (0,), (2, 7), (2, 7, 2), (7, 2, -1), (0.0, 1.0, 0.25), (5.0,), (1, 2, 0.3), (-3, 3),
                 (10, 0, -3), (0, 1, 0.1), (3, 3)]:
        yield args, {}
        yield args, {"dtype": Dtype("float64")}
    yield (4,), {"dtype": Dtype("int32")}


@calls("linspace")
def spaced(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for args in [(0, 1, 5), (0.0, 1.0, 11), (3, -2, 7), (1, 1, 3), (0, 1, 1), (0, 1, 0), (-1, 1, 2)]:
        yield args, {"dtype": Dtype("float64")}
    yield (0, 1, 3), {}


@calls("eye")
def identity(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for args in [(3,), (2, 4), (4, 2), (0,), (1,)]:
        yield args, {}
        yield args, {"dtype": Dtype("int64")}


@calls("tensor", "as_tensor")
def from_lists(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for data in (3, 2.5, True, [1, 2], [1.0, 2], [[1, 2], [3, 4]], [True, False], [], [[]], [[1.5], [2]],
                 [1, True], (1, 2.5)):
        yield (data,), {}
        yield (data,), {"dtype": Dtype("float64")}
        yield (data,), {"dtype": Dtype("int16")}


@calls("promote_types")
def two_dtypes(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    for a in names:
        for b in names:
            yield (Dtype(a), Dtype(b)), {}
