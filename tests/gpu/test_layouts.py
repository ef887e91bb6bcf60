"""Arrays that do not lie row-major, and what a kernel, which sees an address only, makes of them."""
from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.backend.arrays import to_numpy
from minigrad.backend.gpu import bias_relu, cublas, kernels
from minigrad.backend.products import contract, product
from minigrad.cuda import capture
from minigrad.errors import DeviceError, GraphError
from minigrad.ops.fusion import BiasReLU

from .stand_in import cublas as fake_cublas


def pair(values: np.ndarray) -> tuple[Any, Any]:
    """The same on both devices."""
    return tuple(minigrad.tensor(values, device=where) for where in ("cpu", "cuda"))


def same(here: Any, there: Any) -> None:
    np.testing.assert_allclose(to_numpy(there._array), to_numpy(here._array), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_labels_may_be_a_column(reduction: str, dtype: Any, device: str) -> None:
    random = np.random.default_rng(0)
    found = []
    for x, table in zip(pair(random.normal(size=(6, 4))), pair(random.integers(0, 4, (6, 3)).astype(dtype))):
        x.requires_grad_()
        loss = F.cross_entropy(x, table[:, 1], reduction=reduction)
        loss.sum().backward()
        found.append((loss, x.grad))
    for here, there in zip(*found):
        same(here, there)


VIEWS: list[Any] = [
    lambda t: t[..., 0], lambda t: t.unbind(-1)[1], lambda t: t[:, ::2], lambda t: t.flip(0), lambda t: t.t(),
    lambda t: t[::2].t(), lambda t: t[0], lambda t: t[:1].expand(5, t.shape[1]), lambda t: t[:0], lambda t: t]


@pytest.mark.parametrize("view", VIEWS)
def test_relu_of_a_view(view: Any, device: str) -> None:
    values, g = np.random.default_rng(1).normal(size=(2, 6, 4))
    found = []
    for t, upstream in zip(pair(values), pair(g)):
        x = t.requires_grad_()
        y = view(x).relu()
        y.backward(view(upstream))
        found.append((y, x.grad))
    for here, there in zip(*found):
        same(here, there)


def test_a_bias_and_an_input_with_strides(device: str) -> None:
    random = np.random.default_rng(2)
    found = []
    for z, b in zip(pair(random.normal(size=(5, 8))), pair(random.normal(size=(4, 3)))):
        y = BiasReLU()(z[:, ::2], b[:, 1])
        found.append(y)
    same(*found)


def test_a_launch_refuses_an_array_that_is_not_row_major(device: str) -> None:
    x = minigrad.ones(4, 6, device="cuda")._array
    for view in (x.T, x[:, ::2], x[:, 0]):
        with pytest.raises(DeviceError, match="bias_relu: argument 0 .* strides .* address only.*row_major"):
            bias_relu.bias_relu(view, None, 1)
    bias_relu.bias_relu(x[1:3], None, 1), bias_relu.bias_relu(x[:0, 2], None, 1)


def test_a_parameter_in_column_order_is_trained(device: str) -> None:
    """Moved from the CPU it becomes row-major; made from a view on the GPU it is updated by itself."""
    values, g = np.random.default_rng(3).normal(size=(2, 3, 4))
    for make in (optim.Adam, lambda p: optim.SGD(p, lr=0.1, momentum=0.9)):
        found = []
        for where in ("cpu", "moved", "made"):
            p = nn.Parameter(minigrad.tensor(values, device="cuda" if where == "made" else "cpu").t())
            p = nn.Parameter(p.detach().cuda()) if where == "moved" else p
            assert where == "cpu" or p._array.flags.c_contiguous == (where == "moved")
            optimizer = make([p])
            for _ in range(3):
                optimizer.zero_grad()
                (p * minigrad.tensor(g.T.copy(), device=p.device)).sum().backward()
                optimizer.step()
            found.append(p)
        same(found[0], found[1]), same(found[0], found[2])

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.step()
        return x.sum()
    step, x = capture(train, warmup=1), minigrad.ones(4, 3, device="cuda", dtype=np.float64)
    step(x)
    with pytest.raises(GraphError, match="row-major"):
        step(x)


def test_two_groups_of_parameters(device: str) -> None:
    """Groups are told apart by what they are: comparing their parameters would look at the device."""
    found = []
    for where in ("cpu", "cuda"):
        a, b = (nn.Parameter(minigrad.ones(3, device=where)) for _ in range(2))
        optimizer = optim.Adam([{"params": [a]}, {"params": [b]}], lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            (a * 2 + b).sum().backward()
            optimizer.step()
        found.append((a, b))
    same(found[0][0], found[1][0]), same(found[0][1], found[1][1])


def test_an_own_formula_is_used_on_the_device_too(device: str) -> None:
    class Sign(optim.SGD):
        def update(self, p: Any, g: Any, state: Any, group: Any) -> None:
            p._array -= group["lr"] * np.sign(g)
    w = nn.Parameter(minigrad.ones(2, device="cuda"))
    optimizer = Sign([w], lr=0.25)
    (w * 7).sum().backward()
    optimizer.step()
    assert w.tolist() == [0.75, 0.75]


# ── products ──────────────────────────────────────────────────────────────────────────────────────

def layouts(x: np.ndarray) -> list[Any]:
    """x on the device, as it is, transposed in memory, and in steps of two."""
    import cupy
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)
    wide[..., ::2] = x
    turned = cupy.asarray(np.array(x.swapaxes(-1, -2), order="C")).swapaxes(-1, -2)
    return [cupy.asarray(x), turned, cupy.asarray(wide)[..., ::2]]


SHAPES = [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
          ((4, 5), (2, 5, 3)), ((1, 4), (4, 1)), ((3, 1), (1, 5)), ((0, 4), (4, 5)), ((3, 0), (0, 5)),
          ((2, 0, 3, 4), (4, 5)), ((2, 3, 0), (0, 5))]


@pytest.mark.parametrize("shapes", SHAPES)
def test_the_own_product_is_numpy_s(shapes: Any, stand_in_cuda: Any) -> None:
    random = np.random.default_rng(4)
    for dtype in (np.float16, np.float32, np.float64):
        a, b = (random.integers(-3, 4, shape).astype(dtype) for shape in shapes)        # exact in float16
        for left in layouts(a):
            for right in layouts(b):
                found = product(left, right)
                assert found.dtype == dtype and np.array_equal(found.get(), np.matmul(a, b))
                again = product(left, right, out=found)
                assert again is found and np.array_equal(found.get(), np.matmul(a, b))
    assert not stand_in_cuda.products


def test_products_of_two_dtypes_and_of_integers(stand_in_cuda: Any) -> None:
    import cupy
    a, b = np.arange(6).reshape(2, 3), np.arange(12).reshape(3, 4)
    for first, second in ((np.float32, np.float64), (np.float16, np.float32), (np.int64, np.int64)):
        found = product(cupy.asarray(a.astype(first)), cupy.asarray(b.astype(second)))
        assert np.array_equal(found.get(), a @ b) and found.dtype == np.promote_types(first, second)
    with pytest.raises(ValueError, match="inner sizes differ"):
        product(cupy.ones((2, 3)), cupy.ones((2, 3)))
    with pytest.raises(TypeError):
        product(cupy.ones((2, 3)), np.ones((3, 2)))


def test_a_layer_on_many_positions_is_one_product(stand_in_cuda: Any) -> None:
    """(batch, positions, features) times a matrix: one tall product, and nothing is copied for it."""
    x, w = minigrad.ones(8, 5, 6, device="cuda"), minigrad.ones(6, 7, device="cuda")
    fake_cublas.calls.clear()
    stand_in_cuda.reset()
    x @ w
    assert fake_cublas.calls[-1:] == ["gemm"] and stand_in_cuda.launches == 1


EINSUMS = ["ij,jk->ik", "ij,kj->ik", "bij,bjk->bik", "ij,ij->j", "ij,ij->", "i,j->ij", "bhid,bhjd->bhij",
           "ij,jk,kl->il", "ij,jk,ik->i", "ijk,k->ij", "ij,k->ik", "ij->ji", "ij,->ij"]


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum_goes_through_the_own_product(equation: str, stand_in_cuda: Any) -> None:
    import cupy
    random, sizes = np.random.default_rng(5), dict(zip("bdhijkl", (2, 3, 2, 4, 5, 3, 2)))
    inputs, output = equation.split("->")
    xs = [random.normal(size=[sizes[c] for c in letters]) for letters in inputs.split(",")]
    stand_in_cuda.reset()
    found = contract(inputs.split(","), output, [cupy.asarray(x) for x in xs])
    np.testing.assert_allclose(found.get(), np.einsum(equation, *xs), rtol=1e-12)
    assert not stand_in_cuda.products


@pytest.mark.parametrize("precision, kind", [("high", cublas.COMPUTE_TF32), ("highest", cublas.COMPUTE_32F)])
@pytest.mark.parametrize("shape", [(4, 4), (2, 4, 4), (2, 2, 4, 4)])
def test_the_precision_holds_for_products_of_any_dimension_recorded_or_not(
        precision: str, kind: int, shape: Any, stand_in_cuda: Any) -> None:
    minigrad.cuda.set_float32_matmul_precision(precision)
    assert minigrad.cuda.is_available()
    stand_in_cuda.reset()
    try:
        step, x = capture(lambda x: x @ x, warmup=1), minigrad.ones(*shape, device="cuda")
        for _ in range(3):
            step(x)
    finally:
        minigrad.cuda.set_float32_matmul_precision("highest")
    assert set(fake_cublas.computes) == {kind} and not stand_in_cuda.products


# ── large arrays, on paper ────────────────────────────────────────────────────────────────────────

class Paper:
    """An array that has a size and no memory."""

    def __init__(self, size: int) -> None:
        self.size, self.dtype, self.base = size, np.dtype(np.float32), None
        self.flags = SimpleNamespace(c_contiguous=True)


@pytest.mark.parametrize("size, threads, wide", [(10, 10, False), (1 << 30, 1 << 30, False),
                                                 (1 << 31, 1 << 20, True), (1 << 20, 1 << 31, True)])
def test_entries_are_counted_in_64_bits_where_32_are_too_few(
        size: int, threads: int, wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[Any] = []
    monkeypatch.setattr(kernels, "array_module", lambda array: None)
    monkeypatch.setattr(kernels, "_function", lambda *key: chosen.append(key) or (lambda *launch: None))
    kernels.launch("bias_relu", "bias_relu", Paper(4), threads, Paper(size), None)
    assert chosen[0][-1] is wide
    if not wide:            # the last block, and a step of the whole grid beyond, still fit
        assert max(size, threads) + (1 << 20) < 1 << 31
    chosen.clear()
    kernels.launch("adam", "adam", Paper(4), 1 << 18, np.zeros(1, [("p", "u8")]), entries=size)
    assert chosen[0][-1] is (size >= 1 << 31)


@pytest.mark.parametrize("file", kernels.sources())
def test_no_kernel_counts_rows_or_entries_in_a_type_that_is_too_small(file: str) -> None:
    """Sizes of single dimensions are int. Numbers of entries and rows come as long long, threads are counted
    and places computed in ``entry``."""
    text = re.sub(r"//[^\n]*", "", kernels.source(file))
    assert all(kind == "long long" for kind, _ in re.findall(r"(\w[\w ]*) (n|rows|inner|size)\b[,)\[]", text))
    text = text.replace("long long i,", "")                 # the place in a stream of random numbers
    assert not re.findall(r"\b(?:int|unsigned|long long) (?:i|at|first|rest|k)\b", text)
    for cast in re.findall(r"(?:blockIdx|gridDim)\.x \* ([^;]*?)blockDim", text):
        assert cast == "(entry)", f"{file}: {cast}blockDim"


# ── copies and devices ────────────────────────────────────────────────────────────────────────────

def test_a_blocking_copy_from_pinned_memory_is_through_when_it_returns(device: str) -> None:
    from minigrad.autograd.tensor import wrap
    from minigrad.backend.gpu.pinned import pinned_copy
    batch = wrap(pinned_copy(np.ones(1000, np.float32)))
    there = batch.to("cuda")
    batch.zero_()
    assert there.sum().item() == 1000.0


def test_a_copy_that_does_not_block_lets_the_host_go_on(stand_in_cuda: Any) -> None:
    from minigrad.autograd.tensor import wrap
    from minigrad.backend.gpu.pinned import pinned_copy

    from .stand_in import no_waiting
    batch = wrap(pinned_copy(np.ones(3, np.float32)))
    assert minigrad.cuda.is_available()
    with no_waiting():
        there = batch.to("cuda", non_blocking=True)
        minigrad.ones(3).to("cuda")                     # by way of a buffer of CuPy's: nobody waits
    assert there.tolist() == [1, 1, 1]


def test_a_second_gpu_is_refused_with_the_way_to_choose_it(stand_in_cuda: Any,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels would run on the first one."""
    import cupy
    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", lambda: 2)
    for ask in (lambda: minigrad.ones(2).to("cuda:1"), lambda: minigrad.zeros(2, device="cuda:1"),
                lambda: nn.Linear(2, 2).to("cuda:1")):
        with pytest.raises(DeviceError, match="one GPU.*CUDA_VISIBLE_DEVICES=1"):
            ask()
    assert minigrad.ones(2).to("cuda:0").device == "cuda"
    monkeypatch.setattr(cupy.cuda.runtime, "getDevice", lambda: 1)
    with pytest.raises(DeviceError, match="current device"):
        minigrad.ones(2).to("cuda")


@pytest.mark.parametrize("norm_type", [2.0, 1.0, float("inf")])
def test_clipping_and_long_joins_may_be_recorded(norm_type: float, device: str) -> None:
    """Nine gradients and more: no table of their addresses is sent."""
    params = [nn.Parameter(minigrad.full((2,), 1.0 + i, device="cuda")) for i in range(12)]
    optimizer = optim.SGD(params, lr=0.1)

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (minigrad.stack(params) * minigrad.cat([x] * 12).reshape(12, 2)).sum()
        loss.backward()
        return nn.utils.clip_grad_norm_(params, 1.0, norm_type)
    step = capture(train, warmup=1)
    for k in range(1, 5):
        x = minigrad.full((2,), float(k), device="cuda")
        assert step(x).item() == pytest.approx(np.linalg.norm(np.full(24, k), norm_type), rel=1e-5)
    assert step.replays == 3
