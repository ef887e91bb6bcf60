"""Numbers at their limits: NaN, infinities, the largest and the smallest, in every dtype, beside PyTorch.

``test_extremes`` runs a table of calls on a few arrays that hold them all. Where minigrad's answer
differs, ``OTHERWISE`` says why: for example, the true value is finite and PyTorch's is not.
"""
from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from oracle_compare import flat

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

inf, nan = np.inf, np.nan
ROUNDING = {"float64": 1e-9, "float32": 3e-6, "float16": 2.5e-3}
FLOATS = ("float64", "float32", "float16")
F = "nn.functional."


def arrays(dtype: str) -> dict[str, np.ndarray]:
    """Extreme numbers of a dtype: one dimension each, and one matrix."""
    kind = np.dtype(dtype)
    if kind.kind != "f":
        i = np.iinfo(kind)
        return {"integers": np.array([i.min, i.max, 0, 1, 5, 7, i.max - 1, i.min + 1], kind),
                "matrix": np.array([[i.min, i.max], [i.max, i.max], [3, 2]], kind),
                "single": np.array(i.max, kind), "nothing": np.zeros(0, kind)}
    f = np.finfo(kind)
    top, tiny, least = float(f.max), float(f.tiny), float(f.smallest_subnormal)
    return {"special": np.array([inf, -inf, nan, 0, -0.0, 1, -1, 0.5, -2.5, 3], kind),
            "huge": np.array([top, -top, top / 2, -top / 2, top / 3, 1, 0, -top / 4, top / 8, -1], kind),
            "big": np.array([1e4, -1e4, 0, 3e4, -2e4, 100, 88, -88, 12, -12], kind),
            "small": np.array([tiny, -tiny, least, -least, tiny * 2, 0, -0.0, 1e-3, -1e-4, tiny * 7], kind),
            "matrix": np.array([[inf, 1, 2], [nan, 0, 1], [-inf] * 3, [1e4, -1e4, 0], [inf, -inf, 0],
                                [0, -0.0, 0]], kind),
            "nothing": np.zeros(0, kind), "single": np.array(nan, kind)}


def named(name: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """library.name(x, …, *args)."""
    def call(library: Any, *xs: Any) -> Any:
        found = library
        for part in name.split("."):
            found = getattr(found, part)
        return found(*xs, *args, **kwargs)
    return call


def image(x: Any) -> Any:
    return x.reshape(1, 1, 1, -1) if x.ndim < 2 else x.reshape(1, 1, *x.shape)


ENTRIES = {name: named(name) for name in (
    "exp", "log", "sqrt", "abs", "sign", "sin", "cos", "square", "log1p", "rsqrt", "reciprocal", "erf",
    "floor", "ceil", "trunc", "round", "relu", "neg", "isnan", "isinf", "isfinite", "logical_not")}
ENTRIES |= {f"x ** {c}": lambda lib, x, c=c: x ** c for c in (0, 1, 2, 3, -1, -2)}
ENTRIES |= {"clamp": named("clamp", -1, 1), "clamp below": named("clamp", min=0)}
SOME = {name: named(name) for name in ("sum", "prod", "max", "min", "any", "all", "argmax", "argmin",
                                       "median")}
SOME |= {f"{name} of a dimension": named(name, 0) for name in
         ("max", "min", "median", "argmax", "argmin", "cumsum", "any", "all")}
SOME |= {"sort": named("sort", stable=True), "sort down": named("sort", stable=True, descending=True)}
FLOATING = {name: named(name) for name in ("mean", "amax", "amin")}
FLOATING |= {F + n: named(F + n) for n in ("leaky_relu", "silu")}
FLOATING |= {f"norm {p}": named("norm", p) for p in (1, 2, 0, inf, -inf)}
FLOATING |= {"softmax": named(F + "softmax", -1), "log_softmax": named(F + "log_softmax", -1),
             "logsumexp": named("logsumexp", -1), "std": named("std", correction=0),
             "max_pool2d": lambda lib, x: lib.nn.functional.max_pool2d(image(x), (1, 3), 1, (0, 1),
                                                                       return_indices=True),
             "avg_pool2d": lambda lib, x: lib.nn.functional.avg_pool2d(image(x), (1, 3), 1, (0, 1)),
             "layer_norm": lambda lib, x: lib.nn.functional.layer_norm(x, x.shape[-1:])}
PAIRS = {"+": lambda lib, x, y: x + y, "-": lambda lib, x, y: x - y, "*": lambda lib, x, y: x * y,
         "/": lambda lib, x, y: x / y, "<": lambda lib, x, y: x < y, "==": lambda lib, x, y: x == y,
         "maximum": named("maximum"), "minimum": named("minimum"),
         "where": lambda lib, x, y: lib.where(x > y, x, y),
         "clamp to tensors": lambda lib, x, y: x.clamp(min=y),
         "add alpha": lambda lib, x, y: lib.add(x, y, alpha=2)}
LOSSES = {name: named(F + name, reduction="none")
          for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")}
LOSSES |= {"smooth_l1_loss, beta": named(F + "smooth_l1_loss", reduction="none", beta=0.3),
           "huber_loss, delta": named(F + "huber_loss", reduction="none", delta=2.0),
           "lerp": named("lerp", 0.25)}

OTHERWISE = {
    ("sum", "huge"): "the order of adding decides whether it overflows",
    ("mean", "huge"): "the order of adding decides whether it overflows",
    ("prod", "special"): "PyTorch's gradient of a product with NaN is 0 where there is a zero, too",
    ("prod", "huge"): "PyTorch divides the product, which overflows, by the entry",
    ("prod", "big"): "the order of multiplying decides whether it overflows",
    ("prod", "matrix"): "PyTorch's gradient of a product with NaN is 0 where there is a zero, too",
    ("median", "nothing"): "raises, as median of a dimension does in PyTorch",
    ("logsumexp", "matrix"): "PyTorch divides by the rounded sum",
    ("std", "huge"): "squares overflow in the one or the other order",
    ("std", "single"): "the gradient of NaN",
    ("layer_norm", "huge"): "squares overflow: NaN in PyTorch, 0 here",
    ("layer_norm", "single"): "PyTorch has no normalized_shape ()",
    ("layer_norm", "small"): "variances below eps: rounded otherwise",
    ("norm 2", "huge"): "where the norm is beyond float16 PyTorch's gradient is 0; here it is not",
}


def outcome(library: Any, call: Callable[..., Any], given: tuple[np.ndarray, ...]) -> tuple[list[Any], Any]:
    """Results and gradients, or the error instead of results."""
    xs = [library.tensor(np.array(x)) for x in given]
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            results = flat(call(library, *xs))
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            return error, None
        for k, y in enumerate(results):
            if getattr(y, "requires_grad", False):
                seed = np.asarray(np.random.default_rng(k).uniform(0.5, 1.5, tuple(y.shape)))
                y.backward(library.tensor(seed).to(y.dtype), retain_graph=True)
    return results, [x.grad for x in xs]


def differs(ours: Any, theirs: Any, loosely: bool = False) -> str | None:
    """Another dtype, shape or number; a missing gradient counts as zeros.

    ``loosely``: where large numbers cancel, only the absolute error counts.
    """
    if ours is None or theirs is None:
        there = theirs if ours is None else ours
        return None if there is None or not bool((there != 0).any()) else f"{ours}, PyTorch {theirs}"
    dtype = str(theirs.dtype).replace("torch.", "")
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    if a.dtype != dtype or a.shape != b.shape:
        return f"{a.dtype} {a.shape}, PyTorch {dtype} {b.shape}"
    if b.dtype.kind != "f":
        return None if np.array_equal(a, b) else f"{a.tolist()}, PyTorch {b.tolist()}"
    rtol = ROUNDING[dtype] * (10 if loosely else 1)
    atol = 4 * float(np.finfo(b.dtype).smallest_subnormal) + rtol * (1 if loosely else 1e-3)
    with np.errstate(all="ignore"):
        same = np.isclose(a.astype(float), b.astype(float), rtol, atol, equal_nan=True)
    return None if same.all() else f"{a[~same]}, PyTorch {b[~same]} at {np.argwhere(~same).tolist()}"


def compared(name: str, call: Callable[..., Any], given: dict[str, tuple[np.ndarray, ...]]) -> list[str]:
    """All differences of one call on several inputs."""
    found = []
    for key, xs in given.items():
        if (name, key) in OTHERWISE:
            continue
        theirs, their_gradients = outcome(torch, call, xs)
        if isinstance(theirs, NotImplementedError):                 # no kernel for the dtype
            continue
        ours, gradients = outcome(minigrad, call, xs)
        what = f"{name} of {key} {', '.join(str(x.dtype) for x in xs)}"
        if isinstance(ours, Exception) or isinstance(theirs, Exception):
            if not (isinstance(ours, Exception) and isinstance(theirs, Exception)):
                found.append(f"{what}: {ours!r}, PyTorch {theirs!r}")
            continue
        loosely = name in ("softmax", "log_softmax", "layer_norm")
        texts = [differs(a, b, loosely) for a, b in zip(ours, theirs, strict=True)]
        texts += [differs(a, b, loosely) for a, b in zip(gradients, their_gradients)]
        found += [f"{what}: {text}" for text in texts if text]
    return found


@pytest.mark.parametrize("dtype", [*FLOATS, "int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("name", [*ENTRIES, *SOME])
def test_extremes(name: str, dtype: str) -> None:
    if dtype == "uint8" and name.startswith(("any", "all", "clamp")):
        pytest.skip("PyTorch: any and all of uint8 are uint8; clamp to −1 wraps it to 255")
    if np.dtype(dtype).kind != "f" and "** -" in name:
        pytest.skip("PyTorch raises unless the tensor is empty")
    call = {**ENTRIES, **SOME}[name]
    given = {key: (x,) for key, x in arrays(dtype).items()
             if key != "single" or "dimension" not in name}
    found = compared(name, call, given)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", list(FLOATING))
def test_extremes_of_floating_functions(name: str, dtype: str) -> None:
    found = compared(name, FLOATING[name], {key: (x,) for key, x in arrays(dtype).items()})
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [*PAIRS, *LOSSES])
def test_pairs_of_extremes(name: str, dtype: str) -> None:
    x = arrays(dtype)
    beside = np.array([inf, inf, 1, nan, 0, nan, inf, 0.5, 2, 0], dtype)
    pairs = {"special and special": (x["special"], beside), "special and huge": (x["special"], x["huge"]),
             "huge and special": (x["huge"], x["special"]), "huge and small": (x["huge"], x["small"]),
             "huge and huge": (x["huge"], -x["huge"][::-1])}
    found = compared(name, {**PAIRS, **LOSSES}[name], pairs)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first", ["int8", "uint8", "int64", "float16", "float32"])
@pytest.mark.parametrize("name", [n for n in PAIRS if n != "-"])
def test_pairs_of_dtypes(name: str, first: str) -> None:
    given = {}
    for second in ("int8", "uint8", "int64", "float32"):
        x = next(iter(arrays(first).values()))[:8]
        y = np.resize(np.array([3, 5, 1, 2, 4, 7, 1, 2], second), x.shape)
        given[second] = (x, y)
    found = compared(name, PAIRS[name], given)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("expression", [
    "arange(2.1, -2.9, -1.0, dtype=L.int64)", "arange(0, 2.5, dtype=L.int64)",
    "arange(0, 2.5, dtype=L.int32)",
    "arange(-2.5, 3.7, dtype=L.int32)", "arange(0.3, 2, 0.1)", "arange(L.tensor(3.0))", "arange(1, 10, 3)",
    "linspace(4.3, 0, 50, dtype=L.int64)", "linspace(-7.9, 9.9, 24, dtype=L.int32)",
    "linspace(L.tensor(-2.0), 1, 50, dtype=L.float64)", "linspace(0.1, 0.7, 13, dtype=L.float64)",
    "linspace(0, 10, 5, dtype=L.uint8)", "linspace(3, 5, 1)", "linspace(3, 5, 0)",
    "ones(2, 3, dtype=L.bool).prod(1, dtype=L.bool)", "ones(2, 3).sum(1, dtype=L.int32)",
    "ones(2, 3, dtype=L.bool).sum(1, dtype=L.bool)", "ones(2, 3, dtype=L.int8).cumsum(1, dtype=L.int8)",
    "arange(6.0).reshape(2, 3).std(True)", "arange(6.0).reshape(2, 3).var(False)",
    "arange(6.0).reshape(2, 3).std(0, False, True)", "arange(6.0).reshape(2, 3).var(1, unbiased=False)",
    "arange(6.0).reshape(2, 3).std(correction=None)", "arange(6.0).reshape(2, 3).var((0, 1), keepdim=True)",
    "arange(6.0).reshape(2, 3).std(())", "arange(6.0).reshape(2, 3).sum(())", "arange(6.0).var(0, True)",
    "arange(6.0).reshape(2, 3).amax(())", "arange(6.0).reshape(2, 3).mean(())"])
def test_creation_and_reductions_with_options(expression: str) -> None:
    ours, theirs = (eval(f"L.{expression}", {"L": library}) for library in (minigrad, torch))
    text = differs(ours, theirs)
    assert text is None, text


@pytest.mark.parametrize("shape", [(3,), (5, 4), (2, 3, 5)])
def test_median_with_nan_and_ties(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(len(shape))
    for _ in range(20):
        x = random.permutation(int(np.prod(shape))).reshape(shape).astype(np.float64)
        x[random.random(shape) < 0.15] = nan
        for dim in range(-1, len(shape)):
            found = compared("median", named("median", dim), {"draw": (x,)})
            assert not found, found
        found = compared("median", named("median"), {"draw": (x,), "ties": (np.minimum(x, 1),)})
        assert not found, found


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_does_not_see_rows_that_do_not_count(reduction: str, label_smoothing: float) -> None:
    """Their loss and, unlike in PyTorch, their gradient is 0, whatever stands in them."""
    x = np.array([[nan, 1, 2], [1, 2, 3], [inf, 0, 1], [-inf, -inf, -inf], [0.5, 0, 1]])
    labels = np.array([-100, 1, -100, -100, 0])
    for weight in (None, np.array([1.0, 2.0, 0.5])):
        results = []
        for library in (minigrad, torch):
            leaf = library.tensor(x, requires_grad=True)
            loss = library.nn.functional.cross_entropy(
                leaf, library.tensor(labels), None if weight is None else library.tensor(weight),
                reduction=reduction, label_smoothing=label_smoothing)
            loss.sum().backward()
            results.append((loss.detach().numpy(), leaf.grad.numpy()))
        (loss, gradient), (their_loss, their_gradient) = results
        assert np.allclose(loss, their_loss)
        assert np.allclose(gradient[[1, 4]], their_gradient[[1, 4]]) and not gradient[[0, 2, 3]].any()


@pytest.mark.parametrize("kernel, stride, padding", [(2, 2, 0), (3, 1, 1), (3, 2, 1), (2, 1, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_max_pooling_sends_the_gradient_to_nan(kernel: int, stride: int, padding: int, dtype: str) -> None:
    random = np.random.default_rng(kernel)
    x = random.standard_normal((2, 3, 8, 6)).astype(dtype)
    x[random.random(x.shape) < 0.2] = nan
    x[:, 1, :4] = -inf
    call = named(F + "max_pool2d", kernel, stride, padding, return_indices=True)
    found = compared("max_pool2d", call, {"draw": (x,)})
    assert not found, found


def test_the_slope_of_gelu_vanishes_far_below_zero() -> None:
    x = np.array([-6, -7, -8, -9, -10, -13, -20, -1e4, -3e38, 6, 8, 20, 3e38], np.float32)
    ours, theirs = (library.tensor(x, requires_grad=True) for library in (minigrad, torch))
    minigrad.nn.functional.gelu(ours).backward(minigrad.ones(len(x)))
    torch.nn.functional.gelu(theirs.double()).backward(torch.ones(len(x), dtype=torch.float64))
    assert np.abs(ours.grad.numpy() - theirs.grad.numpy()).max() < 1e-7
    far = x <= -8
    assert np.abs(ours.grad.numpy()[far]).max() < 1e-12
    assert np.abs(ours.grad.numpy()[far] - theirs.grad.numpy()[far]).max() < 1e-14


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign", "clamp", "where", "maximum"])
def test_a_flat_place_passes_no_infinity_on(name: str) -> None:
    """0 · ∞ would be NaN: where a function is flat, the gradient is 0 whatever comes from above."""
    calls = {"clamp": lambda lib, x: x.clamp(0, 1), "where": lambda lib, x: lib.where(x > 9, x, 1.0),
             "maximum": lambda lib, x: lib.maximum(x, lib.tensor(9.0, dtype=lib.float64))}
    call = calls.get(name, named(name))
    results = []
    for library in (minigrad, torch):
        x = library.tensor(np.array([-2.5, -1.5, -0.5]), requires_grad=True)
        call(library, x).backward(library.tensor(np.array([inf, nan, -inf])))
        results.append(x.grad.numpy())
    assert np.array_equal(*results) and not results[0].any(), results


@pytest.mark.parametrize("name", ["max", "min", "median"])
def test_the_extreme_of_everything_sends_the_others_nothing(name: str) -> None:
    """0, also when what comes from above is infinite or NaN, for 0 · ∞ would be NaN."""
    for upstream in (inf, nan):
        results = []
        for library in (minigrad, torch):
            x = library.tensor(np.array([1.0, nan, 2.0]), requires_grad=True)
            named(name)(library, x).backward(library.tensor(upstream, dtype=library.float64))
            results.append(x.grad.numpy())
        assert np.array_equal(*results, equal_nan=True) and not results[0][[0, 2]].any(), results
