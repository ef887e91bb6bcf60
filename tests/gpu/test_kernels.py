"""Every kernel, compiled by a C++ compiler and run on the CPU, against the NumPy reference beside it."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest

from minigrad.backend.windows import Geometry
from minigrad import Tensor
from minigrad.backend.gpu import bias_relu, cross_entropy, dropout, max_pool, steps, windows
from minigrad.backend.gpu.kernels import options, source, sources
from minigrad.backend.gpu.on_cpu import CompiledOnCPU, compiler, parameters

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler to run kernels with")
both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
GEOMETRIES = [Geometry((3, 3)), Geometry((2, 3), (2, 1), ((1, 0), (0, 2))),
              Geometry((2, 2), (3, 2), ((1, 1), (1, 1)), (2, 1)), Geometry((2, 2), (2, 2))]


@pytest.fixture(autouse=True, params=["int", "long long"])
def wide(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every kernel counts entries in 32 bits, and in 64 where an array needs it."""
    WIDE[0] = request.param == "long long"
    yield
    WIDE[0] = False


WIDE = [False]


def run(file: str, name: str, dtype: Any, threads: int, *arguments: Any, rows: int = 1,
        block: int = 64) -> None:
    """The kernel in blocks of 64 threads (a block of 256 where threads meet in shared memory)."""
    block = 256 if name == "weighted_mean" else block
    compiled = CompiledOnCPU(source(file), options(dtype, WIDE[0]))
    compiled.run(name, (-(-threads // block), rows, 1), (block, 1, 1), arguments)


def close(a: np.ndarray, b: np.ndarray) -> None:
    tolerance = 1e-12 if a.dtype == np.float64 else 2e-5
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("file, names", [("adam", steps.ADAM), ("sgd", steps.SGD)])
def test_the_settings_stand_in_the_order_of_the_struct(file: str, names: tuple[str, ...]) -> None:
    declared = re.search(r"struct Settings \{\s*double ([^;]*);", source(file))
    assert declared and tuple(declared[1].split(", ")) == names


def test_every_kernel_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for file in sources():
        for name in parameters(source(file)):
            assert re.search(rf'run\("{file}", "{name}"', text), f"{file}.cu: {name} has no test here"


def test_arguments_of_another_width_are_refused() -> None:
    """A GPU would read eight bytes where four were passed."""
    z = np.zeros(4, np.float32)
    right = [z, None, z, np.int64(4), np.int64(1), np.int32(1)]
    run("bias_relu", "bias_relu", np.float32, 4, *right)
    for i, wrong in ((3, np.int32(4)), (5, np.int64(1)), (5, 1)):
        with pytest.raises(TypeError, match="width"):
            run("bias_relu", "bias_relu", np.float32, 4, *right[:i], wrong, *right[i + 1:])
    with pytest.raises(TypeError, match="width"):
        run("dropout", "dropout_mask", np.float32, 4, z, np.int64(4), np.array(1, np.int32), np.array(0),
            np.uint32(1), np.float64(1))


@both
@pytest.mark.parametrize("inner", [1, 5])
def test_bias_relu(dtype: Any, inner: int) -> None:
    random = np.random.default_rng(0)
    z, b = random.normal(size=6 * inner * 7).astype(dtype), random.normal(size=6).astype(dtype)
    z[0] = np.nan
    for bias in (b, None):
        y = np.empty_like(z)
        run("bias_relu", "bias_relu", dtype, z.size, z, bias, y, np.int64(z.size), np.int64(inner),
            np.int32(6))
        assert np.array_equal(y, bias_relu.bias_relu_reference(z, bias, inner), equal_nan=True)
    g, gx = random.normal(size=z.size).astype(dtype), np.empty_like(z)
    run("bias_relu", "relu_backward", dtype, g.size, g, y, gx, np.int64(g.size))
    assert np.array_equal(gx, bias_relu.relu_backward_reference(g, y))


@both
@pytest.mark.parametrize("classes", [1, 10, 33, 100])
def test_cross_entropy(dtype: Any, classes: int) -> None:
    random = np.random.default_rng(1)
    n = 7
    x = (random.normal(size=(n, classes)) * 30).astype(dtype)
    target = random.integers(0, classes, n)
    target[2], target[4] = -100, classes                # one that is ignored, one that is no class
    loss, lse, weight = (np.empty(n, dtype) for _ in range(3))
    run("cross_entropy", "cross_entropy", dtype, 32 * n, x, target, loss, lse, weight, np.int64(n),
        np.int32(classes), np.int64(-100))
    wanted = cross_entropy.rows_reference(x, target, -100)
    for found, right in zip((loss, lse, weight), wanted):
        close(found, right)
    assert np.isnan(loss[4]) and loss[2] == 0
    target[4] = 0
    rows = cross_entropy.rows_reference(x, target, -100)
    mean = np.empty(2, dtype)
    run("cross_entropy", "weighted_mean", dtype, 1, rows.loss, rows.weight, mean, np.int64(n))
    close(mean, cross_entropy.mean_reference(rows))
    for g, divisor in ((np.array(0.5, dtype), mean[1:]), (random.normal(size=n).astype(dtype), None)):
        gx = np.empty_like(x)
        run("cross_entropy", "cross_entropy_backward", dtype, x.size, x, target, rows.lse, g,
            np.int32(g.ndim), divisor, gx, np.int64(x.size), np.int32(classes), np.int64(-100))
        close(gx, cross_entropy.backward_reference(x, target, rows.lse, g, divisor, -100))


@both
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("ones", [True, False])
def test_windows(dtype: Any, geometry: Geometry, ones: bool) -> None:
    x = np.random.default_rng(2).normal(size=(2, 6, 7, 3)).astype(dtype)
    out_size = geometry.output_size((6, 7))
    wanted = windows.im2col_reference(x, geometry, out_size, ones)
    columns, shape = np.empty_like(wanted), windows.described(geometry, x.shape, out_size)
    run("windows", "im2col", dtype, columns.size, x, columns, shape, np.int64(columns.size), np.int32(ones))
    assert np.array_equal(columns, wanted)
    columns = columns[:len(columns) - ones].copy()
    back = np.empty_like(x)
    run("windows", "col2im", dtype, x.size, columns, back, shape, np.int64(x.size))
    close(back, windows.col2im_reference(columns, geometry, x.shape, out_size))


@both
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_max_pool(dtype: Any, geometry: Geometry) -> None:
    random = np.random.default_rng(3)
    x = random.integers(-3, 3, (2, 6, 7, 3)).astype(dtype)          # many ties
    x[0, 1, 1], x[1, 2:5, 2:5] = np.nan, -np.inf
    out_size = geometry.output_size((6, 7))
    wanted, wins = max_pool.max_pool_reference(x, geometry, out_size)
    values, winners = np.empty_like(wanted), np.empty_like(wins)
    shape = windows.described(geometry, x.shape, out_size)
    run("max_pool", "max_pool", dtype, values.size, x, values, winners, shape, np.int64(values.size))
    assert np.array_equal(values, wanted, equal_nan=True) and np.array_equal(winners, wins)
    g, gx = random.normal(size=values.shape).astype(dtype), np.empty_like(x)
    run("max_pool", "max_pool_backward", dtype, x.size, g, winners, gx, shape, np.int64(x.size))
    close(gx, max_pool.max_pool_backward_reference(g, winners, geometry, (6, 7)))


@both
def test_dropout_mask(dtype: Any) -> None:
    n, seed, count, limit = 1003, 0x0123456789ABCDEF, (7 << 32) + 5, 1 << 30
    mask = np.empty(n, dtype)
    run("dropout", "dropout_mask", dtype, n, mask, np.int64(n), np.array(seed, np.uint64),
        np.array(count, np.uint64), np.uint32(limit), np.float64(4 / 3))
    assert np.array_equal(mask, dropout.mask_reference(n, seed, count, limit, 4 / 3).astype(dtype))
    assert abs((mask == 0).mean() - 0.25) < 0.05


def test_philox_agrees_with_the_published_numbers() -> None:
    """The known answers of Random123 (kat_vectors, philox4x32 10): key and counter of 0, and of ones."""
    zeros = dropout.philox_reference(0, 0, np.array([0]))[0]
    assert [f"{int(v):08x}" for v in zeros] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]
    ones = dropout.philox_reference(2**64 - 1, 2**64 - 1, np.array([2**64 - 1], np.uint64))[0]
    assert [f"{int(v):08x}" for v in ones] == ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]


# decay, decoupled, maximize, amsgrad
OPTIONS = [(0.0, 0, 0, False), (0.1, 0, 1, True), (0.1, 1, 0, False)]


@both
@pytest.mark.parametrize("decay, decoupled, maximize, amsgrad", OPTIONS)
def test_adam(dtype: Any, decay: float, decoupled: int, maximize: int, amsgrad: bool) -> None:
    from minigrad.optim import Adam, AdamW
    random = np.random.default_rng(4)
    names = ("p", "g", "m", "v", "top") if amsgrad else ("p", "g", "m", "v")
    own = [{name: np.abs(random.normal(size=size)).astype(dtype) for name in names} for size in (5, 700, 1)]
    twin = [{name: a.copy() for name, a in piece.items()} for piece in own]
    values = dict(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=decay, decoupled=decoupled,
                  maximize=maximize)
    settings = np.array([values[name] for name in steps.ADAM])
    table = steps.pieces(("p", "g", "m", "v", "top"), own, lambda a: a.ctypes.data)
    step, corrections = np.array(2), np.empty(2)
    run("adam", "adam_begin", dtype, 1, step, corrections, settings, block=1)
    assert step == 3 and np.allclose(corrections, [1 - 0.9**3, (1 - 0.999**3) ** 0.5], rtol=1e-14)
    run("adam", "adam", dtype, 200, table, settings, corrections, rows=3)
    for piece, mine in zip(twin, own):
        p, state = Tensor(piece["p"]), {"step": 2, "exp_avg": piece["m"], "exp_avg_sq": piece["v"]}
        kind = AdamW if decoupled else Adam
        optimizer = kind([p], 0.01, (0.9, 0.999), 1e-8, decay, maximize=bool(maximize))
        if amsgrad:
            state["max_exp_avg_sq"] = piece["top"]
        optimizer.update(p, piece["g"], state, optimizer.param_groups[0])
        for name in names:
            close(mine[name], piece[name])


@both
@pytest.mark.parametrize("momentum, dampening, nesterov, maximize, first",
                         [(0, 0, 0, 0, 0), (0.9, 0, 0, 1, 1), (0.9, 0.5, 0, 0, 0), (0.9, 0, 1, 0, 0)])
def test_sgd(dtype: Any, momentum: float, dampening: float, nesterov: int, maximize: int,
             first: int) -> None:
    from minigrad.optim import SGD
    random = np.random.default_rng(5)
    names = ("p", "g", "v") if momentum else ("p", "g")
    own = [{name: random.normal(size=size).astype(dtype) for name in names} for size in (5, 700)]
    twin = [{name: a.copy() for name, a in piece.items()} for piece in own]
    values = dict(lr=0.01, momentum=momentum, weight_decay=0.1, dampening=dampening, nesterov=nesterov,
                  maximize=maximize)
    settings = np.array([values[name] for name in steps.SGD], np.float64)
    table = steps.pieces(("p", "g", "v"), own, lambda a: a.ctypes.data)
    run("sgd", "sgd", dtype, 200, table, settings, np.int32(first), rows=2)
    for piece, mine in zip(twin, own):
        p, state = Tensor(piece["p"]), {} if first or not momentum else {"momentum_buffer": piece["v"]}
        optimizer = SGD([p], 0.01, momentum, dampening, 0.1, bool(nesterov), maximize=bool(maximize))
        optimizer.update(p, piece["g"], state, optimizer.param_groups[0])
        if first:
            piece["v"] = state["momentum_buffer"]
        for name in names:
            close(mine[name], piece[name])
