"""What ``first_contact`` tries: each check raises with the values that it saw, or returns what to keep."""
from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import gpu
import numpy as np

import minigrad
import minigrad.nn.functional as F
from minigrad import amp, nn, optim
from minigrad.backend.arrays import cupy_module, is_array, to_numpy
from minigrad.backend.geometry import Geometry
from minigrad.backend.gpu import bias_relu, cross_entropy, dropout, max_pool, windows
from minigrad.backend.gpu.kernels import source, sources
from minigrad.backend.gpu.products import product
from minigrad.cuda import capture
from minigrad.errors import DeviceError, GraphError

ROOT = Path(__file__).resolve().parents[1]
SMALL = [False]                         # on the stand-in: sizes that a CPU can do
MISSING: list[str] = []                 # packages that ``bare`` replaces
Seen = dict[str, Any]


class Failed(AssertionError):
    """A check that failed and has more to tell."""

    def __init__(self, text: str, seen: Seen) -> None:
        super().__init__(text)
        self.seen = seen


@dataclass
class Check:
    """One check: its part, what it is called, what it does."""

    part: int
    name: str
    run: Callable[[], Seen | None]


CHECKS: list[Check] = []


def check(part: int, name: str) -> Callable[[Callable[[], Seen | None]], Any]:
    """Add a function to the plan; within a part they run in the order of the file."""
    def add(function: Callable[[], Seen | None]) -> Any:
        CHECKS.append(Check(part, name, function))
        return function
    return add


def size(large: int, small: int) -> int:
    return small if SMALL[0] else large


def on_gpu(*arrays: np.ndarray) -> list[Any]:
    return [cupy_module().asarray(a) for a in arrays]


def on_host(x: Any) -> np.ndarray:
    """Numbers, a list, an array or a tensor as a NumPy array."""
    x = getattr(x, "_array", x)
    return np.asarray(to_numpy(x) if is_array(x) else x)


def distance(found: Any, wanted: Any) -> float:
    """The largest difference, of the largest entry; nan and ∞ must stand in the same places."""
    a, b = (on_host(x).astype(np.float64) for x in (found, wanted))
    if a.shape != b.shape:
        raise AssertionError(f"the shapes are {a.shape} and {b.shape}")
    odd = ~np.isfinite(b)
    if not np.array_equal(a[odd], b[odd], equal_nan=True) or not np.isfinite(a[~odd]).all():
        raise AssertionError(f"not finite where the other is: {a[np.isfinite(a) != np.isfinite(b)][:5]}")
    if not b[~odd].size:
        return 0.0
    return float(np.abs(a[~odd] - b[~odd]).max() / (np.abs(b[~odd]).max() + 1e-30))


def near(what: str, found: Any, wanted: Any, tolerance: float) -> float:
    """The distance; AssertionError, with some values, when it is too large."""
    far = distance(found, wanted)
    if far > tolerance:
        a, b = (on_host(x).reshape(-1)[:5].tolist() for x in (found, wanted))
        raise AssertionError(f"{what}: {far:.3g} apart, {tolerance:g} allowed; begins {a}, expected {b}")
    return far


# ── part 1: is it right ───────────────────────────────────────────────────────────────────────────────

@check(1, "versions and the machine")
def versions() -> Seen:
    cupy = cupy_module()
    runtime, found = cupy.cuda.runtime, {}
    properties = runtime.getDeviceProperties(0)
    for name, ask in {
            "driver": runtime.driverGetVersion, "runtime": runtime.runtimeGetVersion,
            "nvrtc": cupy.cuda.nvrtc.getVersion, "memory": runtime.memGetInfo,
            "torch": lambda: __import__("torch").__version__,
            "cublas": lambda: cupy.cuda.cublas.getVersion(cupy.cuda.get_cublas_handle())}.items():
        try:
            found[name] = ask()
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"[:200]
    return {"gpu": properties["name"].decode(), "compute": f"{properties['major']}.{properties['minor']}",
            "devices": runtime.getDeviceCount(), "cupy": cupy.__version__, "numpy": np.__version__,
            "cores": os.cpu_count(), "not installed": MISSING, **found}


class Encoder(nn.Module):
    """Embedding, an encoder layer with its LayerNorms, a mean over positions."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 32)
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 10)

    def forward(self, x: Any) -> Any:
        return self.head(self.norm(self.layer(self.embedding(x)).mean(1)))


class Recurrent(nn.Module):
    """An LSTM over twenty steps."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(6, 16, batch_first=True), nn.Linear(16, 10)

    def forward(self, x: Any) -> Any:
        return self.head(self.lstm(x)[0][:, -1])


def cnn() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25),
                         nn.Linear(8 * 49, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10))


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Callable[[Any, int], Any]]] = {
    "CNN": (cnn, lambda random, n: random.random((n, 1, 16, 16))),
    "encoder": (Encoder, lambda random, n: random.integers(0, 50, (n, 12))),
    "LSTM": (Recurrent, lambda random, n: random.normal(size=(n, 20, 6)))}


def run_steps(name: str, where: str, captured: bool, dtype: Any, drop: bool, seed_again: bool) -> Seen:
    """Twenty steps with two half batches, clipping and a schedule: losses and weights."""
    make, inputs = NETWORKS[name]
    minigrad.manual_seed(0)
    model = make().to(dtype).to(where).train(drop)
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    random, n = np.random.default_rng(0), 8

    def train(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        total = 0.0
        for half in (slice(None, n // 2), slice(n // 2, None)):
            loss = F.cross_entropy(model(x[half]), y[half]) / 2
            loss.backward()
            total = total + loss.detach()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return total
    step: Any = capture(train, warmup=2) if captured else train
    losses = []
    for i in range(20):
        if i == 10 and seed_again:
            minigrad.manual_seed(1)
        x = inputs(random, n)
        x = minigrad.tensor(x.astype(dtype) if x.dtype.kind == "f" else x, device=where)
        losses.append(step(x, minigrad.tensor(random.integers(0, 10, n), device=where)).item())
        schedule.step()
    return {"losses": losses, "weights": [to_numpy(p._array) for p in model.parameters()],
            "random": minigrad.get_rng_state()}


for _name in NETWORKS:
    @check(1, f"{_name}: captured, eager and the CPU")
    def agree(name: str = _name) -> Seen:
        seen: Seen = {}
        for drop in (False, True):
            sides = {"eager": run_steps(name, "cuda", False, np.float64, drop, True),
                     "captured": run_steps(name, "cuda", True, np.float64, drop, True)}
            if not drop:                                    # the CPU draws other masks
                sides["cpu"] = run_steps(name, "cpu", False, np.float64, drop, True)
            for other in set(sides) - {"eager"}:
                what = f"{other}, dropout {drop}"
                seen[what] = near(f"losses, {what}", sides[other]["losses"], sides["eager"]["losses"], 1e-6)
                for a, b in zip(sides[other]["weights"], sides["eager"]["weights"]):
                    near(f"weights, {other}, dropout {drop}", a, b, 1e-5)
            if sides["captured"]["random"] != sides["eager"]["random"]:
                raise AssertionError(f"the generators differ: {[s['random'][-60:] for s in sides.values()]}")
        return seen


@check(1, "the CNN of the comparison: first times")
def first_times() -> Seen:
    return times("C3", rounds=3)


@check(1, "kernels beside NumPy")
def kernel_values() -> Seen:
    return {f"{name}, {np.dtype(dtype)}": far for dtype in (np.float32, np.float64)
            for name, far in kernels_beside_numpy(dtype)}


def kernels_beside_numpy(dtype: Any) -> Iterator[tuple[str, float]]:
    """(kernel, distance): more blocks than 65,535, many classes, windows that overlap."""
    random, close = np.random.default_rng(0), 1e-5 if dtype == np.float32 else 1e-12
    z = random.normal(size=(size(1 << 17, 64), size(160, 8))).astype(dtype)
    b = random.normal(size=z.shape[1]).astype(dtype)
    dz, db = on_gpu(z.reshape(-1), b)
    y = bias_relu.bias_relu(dz, db, 1)
    wanted = bias_relu.bias_relu_reference(z.reshape(-1), b, 1)
    yield "bias_relu", near("bias_relu", y, wanted, close)
    yield "relu_backward", near("relu_backward", bias_relu.relu_backward(dz, y),
                                bias_relu.relu_backward_reference(z.reshape(-1), wanted), close)
    x = (random.normal(size=(size(500, 7), size(50000, 300))) * 10).astype(dtype)
    t = random.integers(0, x.shape[1], len(x))
    t[1], t[2] = -100, x.shape[1]
    dx, dt = on_gpu(x, t)
    rows, right = cross_entropy.rows(dx, dt, -100), cross_entropy.rows_reference(x, t, -100)
    for name, found, expected in zip(rows._fields, rows, right):
        yield f"cross_entropy {name}", near(name, found, expected, close * 10)
    g = random.normal(size=len(x)).astype(dtype)
    t[2] = 0
    dt, dg, lse = on_gpu(t, g, right.lse)
    yield "cross_entropy_backward", near(
        "cross_entropy_backward", cross_entropy.backward(dx, dt, lse, dg, None, -100),
        cross_entropy.backward_reference(x, t, right.lse, g, None, -100), close * 100)
    rows = cross_entropy.Rows(*on_gpu(*cross_entropy.rows_reference(x, t, -100)))
    yield "weighted_mean", near("weighted_mean", cross_entropy.mean(rows),
                                cross_entropy.mean_reference(cross_entropy.rows_reference(x, t, -100)), close)
    images = random.integers(-3, 4, (3, 14, 15, size(64, 3))).astype(dtype)
    (device_images,) = on_gpu(images)
    for geometry in (Geometry((3, 3)), Geometry((2, 3), (2, 1), ((1, 0), (0, 2))),
                     Geometry((2, 2), (3, 2), ((1, 1), (1, 1)), (2, 1))):
        out = geometry.output_size((14, 15))
        columns = windows.im2col(device_images, geometry, out, True)
        wanted = windows.im2col_reference(images, geometry, out, True)
        yield "im2col", near("im2col", columns, wanted, 0.0)
        yield "col2im", near("col2im", windows.col2im(columns[:-1], geometry, images.shape, out),
                             windows.col2im_reference(wanted[:-1], geometry, images.shape, out), close)
        values, winners = max_pool.max_pool_forward(device_images.transpose(3, 0, 1, 2), geometry, out)
        some = images[..., :3]
        best, winner = max_pool.max_pool_reference(some, geometry, out)
        yield "max_pool", near("max_pool", values.transpose(1, 2, 3, 0)[..., :3], best, 0.0)
        yield "max_pool winners", near("winners", winners[..., :3], winner, 0.0)
        upstream = random.normal(size=best.shape).astype(dtype)
        g_nchw, w_chwn = on_gpu(upstream.transpose(3, 0, 1, 2).copy(), winner)
        spread = max_pool.max_pool_scatter(g_nchw, w_chwn, geometry, (14, 15))
        yield "max_pool_backward", near(
            "max_pool_backward", spread.transpose(1, 2, 3, 0),
            max_pool.max_pool_backward_reference(upstream, winner, geometry, (14, 15)), close)
    minigrad.manual_seed(1)
    like = cupy_module().empty(size(1 << 20, 1000), dtype)
    generator = minigrad.backend.random.default_generator.numpy
    mask = dropout.dropout_mask(like, 0.25, generator)
    yield "dropout_mask", near("dropout_mask", mask, dropout.mask_reference(
        like.size, generator.stream.seed or 0, 0, 1 << 30, 4 / 3).astype(dtype), 0.0)
    for name in ("Adam", "SGD"):            # larger than one grid, and more of them than one launch holds
        shapes = [(size(1 << 21, 70),), (3, 5), *[(2,)] * 40]
        starts = [random.normal(size=shape).astype(dtype) for shape in shapes]
        slopes = [random.normal(size=shape).astype(dtype) for shape in shapes]
        ends = []
        for where in ("cpu", "cuda"):
            params = [nn.Parameter(minigrad.tensor(start, device=where)) for start in starts]
            rule = optim.Adam(params, lr=0.1) if name == "Adam" else optim.SGD(params, lr=0.1, momentum=0.9)
            for _ in range(3):
                for p, slope in zip(params, slopes):
                    p.grad = minigrad.tensor(slope, device=where)
                rule.step()
            ends.append(params)
        yield name, max(near(name, b, a, close) for a, b in zip(*ends))


@check(1, "products beside NumPy, in every layout")
def product_values() -> Seen:
    cupy, random, seen = cupy_module(), np.random.default_rng(0), {}
    shapes = [((size(300, 30), 70), (70, 90)), ((6, 50, 30), (30, 20)), ((6, 50, 30), (6, 30, 20)),
              ((3, 1, 20, 30), (4, 30, 10)), ((1, 30), (30, 1)), ((0, 4), (4, 5)), ((3, 0), (0, 5))]
    for dtype, close in ((np.float16, 5e-3), (np.float32, 1e-5), (np.float64, 1e-13)):
        for first, second in shapes:
            a, b = random.normal(size=first).astype(dtype), random.normal(size=second).astype(dtype)
            wanted = np.matmul(a.astype(np.float64), b.astype(np.float64))
            for left in (cupy.asarray(a), cupy.asarray(a.swapaxes(-1, -2).copy()).swapaxes(-1, -2)):
                for right in (cupy.asarray(b), cupy.asarray(b.swapaxes(-1, -2).copy()).swapaxes(-1, -2)):
                    far = near(f"{np.dtype(dtype)} {first} @ {second}", product(left, right), wanted, close)
                    seen[str(np.dtype(dtype))] = max(far, seen.get(str(np.dtype(dtype)), 0.0))
    return seen


def refusal(step: Callable[..., Any], *inputs: Any) -> str:
    """What a recording says to a step that cannot be recorded; the device must work on after it."""
    captured = capture(step, warmup=1)
    captured(*inputs)
    try:
        captured(*inputs)
    except (GraphError, DeviceError) as error:
        text = str(error)
    else:
        raise AssertionError("it was recorded")
    if (minigrad.ones(3, device="cuda") * 2).sum().item() != 6 or captured.captured:
        raise AssertionError(f"the device does not go on after: {text}")
    return text


@check(1, "what a recording refuses, and how it says so")
def refusals() -> Seen:
    x = minigrad.ones(16, device="cuda")
    return {"item()": refusal(lambda x: x.sum() if x.sum().item() else x, x),
            "an if": refusal(lambda x: x.sum() if x.sum() > 0 else x, x),
            "to the host": refusal(lambda x: x.cpu(), x),
            "from the host": refusal(lambda x: x * minigrad.tensor([2.0], device="cuda"), x),
            "drawn on the host": refusal(lambda x: x + minigrad.randn(16, device="cuda"), x),
            "waiting": refusal(lambda x: (minigrad.cuda.synchronize(), x)[1], x)}


@check(1, "going on after a refused recording, and after Ctrl-C")
def after_refusal() -> Seen:
    found = {}
    for error in (None, ValueError, KeyboardInterrupt):
        minigrad.manual_seed(0)
        w, fails = nn.Parameter(minigrad.ones(64, device="cuda")), [False]
        rule = optim.Adam([w], lr=0.1)

        def train(x: Any) -> Any:
            rule.zero_grad()
            loss = (F.dropout(w, 0.5) * x).sum()
            loss.backward()
            rule.step()
            if fails[0] and error is not None:
                raise error
            return loss
        step, losses = capture(train, warmup=2), []
        for i in range(9):
            fails[0] = i == 2 and error is not None
            try:
                losses.append(step(minigrad.ones(64, device="cuda")).item())
            except (ValueError, KeyboardInterrupt):
                pass
        found[str(error)] = losses
    for name, losses in found.items():
        near(name, losses[:8], found["None"][:8], 1e-5)
    return found


@check(1, "seeds and saved states around a capture")
def seeds() -> Seen:
    sides = []
    for captured in (False, True):
        minigrad.manual_seed(7)
        x, state, masks = minigrad.ones(1000, device="cuda"), "", []
        step: Any = capture(lambda x: F.dropout(F.dropout(x, 0.3), 0.3), warmup=1) if captured else \
            (lambda x: F.dropout(F.dropout(x, 0.3), 0.3))
        for i in range(12):
            if i == 4:
                minigrad.manual_seed(8)
            if i == 6:
                state = minigrad.get_rng_state()
            if i == 9:
                minigrad.set_rng_state(state)
            masks.append(to_numpy(step(x)._array).copy())
        sides.append(masks)
    near("masks", sides[1], sides[0], 0.0)
    near("the state that was set", sides[1][9], sides[1][6], 0.0)
    return {"different masks": len({m.tobytes() for m in sides[1]})}


@check(1, "float16 with a scaler that meets an infinity")
def scaling() -> Seen:
    sides = []
    for captured in (False, True):
        minigrad.manual_seed(0)
        model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 10)).to(minigrad.float16).cuda()
        rule, scaler = optim.SGD(model.parameters(), lr=0.1), amp.GradScaler(2.0**24, growth_interval=5)
        random = np.random.default_rng(0)

        def forward_and_backward(x: Any, y: Any) -> Any:
            rule.zero_grad()
            loss = F.cross_entropy(model(x).float(), y)
            scaler.scale(loss).backward()
            return loss
        step: Any = capture(forward_and_backward, warmup=2) if captured else forward_and_backward
        seen = []
        for _ in range(20):
            x = minigrad.tensor(random.normal(size=(32, 20)).astype(np.float16), device="cuda")
            loss = step(x, minigrad.tensor(random.integers(0, 10, 32), device="cuda")).item()
            scaler.step(rule)
            scaler.update()
            seen.append([loss, scaler.get_scale()])
        sides.append(seen)
    near("losses and scales", np.array(sides[1]), np.array(sides[0]), 1e-3)
    scales = [scale for _, scale in sides[0]]
    if not min(scales) < 2.0**24:
        raise AssertionError(f"no infinity was met: {scales}")
    return {"scales": scales}


@check(1, "streams, strided labels, pinned memory, subnormals")
def odds_and_ends() -> Seen:
    cupy, seen = cupy_module(), {}
    other = cupy.cuda.Stream(non_blocking=True)
    step, x = capture(lambda x: (x @ x).relu().sum(), warmup=1), minigrad.ones(64, 64, device="cuda")
    with other:
        for k in range(5):
            x = x * 1.5
            seen["on another stream"] = near("stream", step(x).item(), 64.0**3 * 1.5**(2 * k + 2), 1e-4)
    other.synchronize()
    random = np.random.default_rng(0)
    values, table = random.normal(size=(50, 7)), random.integers(0, 7, (50, 3))
    losses = [F.cross_entropy(minigrad.tensor(values, device=place),
                              minigrad.tensor(table, device=place)[:, 1]) for place in ("cpu", "cuda")]
    seen["labels in a column"] = near("labels", losses[1].item(), losses[0].item(), 1e-9)
    from minigrad.backend.gpu.pinned import pinned_copy
    for _ in range(size(50, 3)):
        batch = minigrad.from_numpy(pinned_copy(np.ones(size(1 << 22, 100), np.float32)))
        there = batch.to("cuda")
        batch.zero_()
        near("pinned", there.mean().item(), 1.0, 0.0)
    seen["1e-40 · 1"] = float((minigrad.tensor([1e-40], device="cuda") * 1).item())
    return seen


# ── part 2: is it fast ────────────────────────────────────────────────────────────────────────────────

_torch: list[Any] = []


def torch_module() -> Any:
    if not _torch:
        _torch.append(gpu.torch_or_none())
    return _torch[0]


def times(key: str, rounds: int = 10) -> Seen:
    """A step beside PyTorch's, and whether the targets are met."""
    work = gpu.work(key)
    if SMALL[0]:
        from dataclasses import replace
        work = replace(work, batch=2)
        if key == "GPT":
            work = replace(work, layers=(("bert", 16, 8, 1, 2, 6),), shape=(6,))
        if key == "encoder":
            work = replace(work, layers=(("encoder", 8, 2, 16, 0.1),), shape=(5, 8))
        if key == "MLP":
            work = replace(work, layers=(("linear", 12, 8), ("relu",), ("linear", 8, 10)), shape=(12,))
    args = argparse.Namespace(steps=size(100, 1), rounds=size(rounds, 1), seed=0)
    sides = gpu.step_rows(work, args, torch_module())
    seen: Seen = {"title": work.title, "batch": work.batch, "sides": sides}
    graph = sides["minigrad, graph"]
    seen["graph ms"] = round(graph["ms"][1], 4)
    seen["host ms"] = round(graph["host ms"][1], 4)
    for peer, most in (("PyTorch", 0.25), ("PyTorch's best", 1.2)):
        if f"to {peer}" in graph:
            seen[f"to {peer}"] = round(graph[f"to {peer}"][1], 3)
            seen[f"target {most} of {peer}"] = graph[f"to {peer}"][1] <= most
    return seen


for _key in ("C3", "A2", "encoder", "GPT", "MLP"):
    @check(2, f"step {_key} beside PyTorch")
    def compared(key: str = _key) -> Seen:
        return times(key)


@check(2, "MNIST, ten epochs")
def ten_epochs() -> Seen:
    args = argparse.Namespace(epochs=size(10, 1), images=size(60000, 300), seed=0)
    seen = gpu.mnist(args)
    seen["target 3 s"] = seen["seconds"] <= 3
    return seen


@check(2, "the MLP's products alone")
def products_alone() -> Seen:
    from dataclasses import replace
    work = replace(gpu.MLP, batch=4, layers=(("linear", 12, 8),)) if SMALL[0] else gpu.MLP
    seen = {}
    for precision in ("highest", "high"):
        minigrad.cuda.set_float32_matmul_precision(precision)
        try:
            seen[precision] = gpu.floor(work, argparse.Namespace(steps=size(50, 1), rounds=size(5, 1)))
        finally:
            minigrad.cuda.set_float32_matmul_precision("highest")
    return seen


@check(2, "what single things cost")
def costs() -> Seen:
    n, seen = size(1000, 3), {}
    x = minigrad.ones(1000, device="cuda")
    w = minigrad.ones(64, 64, device="cuda")
    big = minigrad.ones(size(1 << 26, 100), device="cuda")
    replay = capture(lambda x: x * 2, warmup=1)
    replay(x), replay(x)
    with minigrad.no_grad():
        for name, run in {"x * 2": lambda i: x * 2, "a product": lambda i: w @ w, "relu": lambda i: x.relu(),
                          "a replay of one kernel": lambda i: replay(x),
                          "256 MB read and written": lambda i: big.relu()}.items():
            gpu.timed(run, size(20, 1), minigrad)
            found = gpu.timed(run, n if big.numel() < n or name[0] != "2" else 20, minigrad)
            seen[name] = {"device µs": 1000 * found.device, "host µs": 1000 * found.host}
    return seen


# ── part 3: does it hold ──────────────────────────────────────────────────────────────────────────────

def captured_once() -> None:
    """A model is made, captured, stepped, and dropped."""
    model = nn.Linear(256, 256).cuda()
    rule = optim.Adam(model.parameters())

    def train(x: Any) -> Any:
        rule.zero_grad()
        loss = model(x).relu().sum()
        loss.backward()
        rule.step()
        return loss
    step, x = capture(train, warmup=1), minigrad.ones(64, 256, device="cuda")
    for _ in range(3):
        step(x)


@check(3, "memory over many captures")
def many_captures() -> Seen:
    used = []
    for _ in range(size(40, 4)):
        captured_once()
        gc.collect()
        free, total = cupy_module().cuda.runtime.memGetInfo()
        used.append((total - free) >> 20)
    half = len(used) // 2
    if used[-1] - used[half] > 64 + 4 * half:
        raise AssertionError(f"MB in use after each capture: {used}")
    return {"MB": used}


@check(3, "out of memory while recording")
def out_of_memory() -> Seen:
    if SMALL[0]:
        return {"left out": "the stand-in has memory enough"}
    free = cupy_module().cuda.runtime.memGetInfo()[0]

    def greedy(x: Any) -> Any:
        kept = [x.sum()]
        if minigrad.backend.gpu.recording.current() is not None:
            kept += [minigrad.zeros(free // 16, device="cuda") for _ in range(6)]
        return kept[0]
    text = refusal(greedy, minigrad.ones(8, device="cuda"))
    minigrad.cuda.empty_cache()
    return {"says": text}


@check(3, "TF32: recorded and eager alike, and how far off")
def tf32() -> Seen:
    random, seen = np.random.default_rng(0), {}
    for shape in ((256, 256), (4, 128, 128)):
        values = random.normal(size=shape).astype(np.float32)
        x, wanted = minigrad.tensor(values, device="cuda"), np.matmul(values, values, dtype=np.float64)
        for precision, most in (("highest", 1e-5), ("high", 1e-2)):
            minigrad.cuda.set_float32_matmul_precision(precision)
            try:
                step = capture(lambda x: x @ x, warmup=1)
                step(x)
                far = near(precision, step(x), wanted, most)
                near("recorded and eager", step(x), x @ x, 1e-6)
            finally:
                minigrad.cuda.set_float32_matmul_precision("highest")
            seen[f"{precision} {shape}"] = far
    return seen


@check(3, "copies from pinned memory under load")
def pinned_under_load() -> Seen:
    from minigrad.data import DataLoader, TensorDataset
    n = size(20000, 60)
    x = np.arange(n, dtype=np.float32)[:, None].repeat(size(500, 3), 1)
    loader = DataLoader(TensorDataset(x, np.arange(n)), batch_size=size(500, 20), pin_memory=True)
    busy, total, began = minigrad.ones(size(2048, 4), size(2048, 4), device="cuda"), 0.0, time.perf_counter()
    sums = []
    for a, b in loader:
        busy = (busy @ busy) * 1e-4
        there, labels = a.to("cuda", non_blocking=True), b.to("cuda", non_blocking=True)
        sums.append((there[:, 0] - labels).abs().sum())
    total = float(sum(s.item() for s in sums))
    if total:
        raise AssertionError(f"batches were spoiled: {total}")
    return {"seconds": time.perf_counter() - began}


def tests(label: str, files: list[str]) -> None:
    """The test suite's tests on a GPU, where pytest is installed."""
    @check(3, f"pytest -m gpu: {label}")
    def run() -> Seen:
        absent = [n for n in ("pytest", "hypothesis") if importlib.util.find_spec(n) is None]
        if absent or SMALL[0]:
            return {"left out": f"not installed: {', '.join(absent)}" if absent else "these want a GPU"}
        workers = ["-n", "6"] if importlib.util.find_spec("xdist") else []
        cache = {"CUPY_CACHE_DIR": str(ROOT / "build" / "cupy-cache")}
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-m", "gpu", *workers,
                               *(f"tests/gpu/{f}" for f in files)], cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, **cache})
        lines = done.stdout.strip().splitlines()
        failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
        if done.returncode:
            raise Failed(f"{lines[-1:]}: {failed[:5]}", {"failed": failed, "output": done.stdout[-20000:]})
        return {"summary": lines[-1]}


tests("capture", ["test_capture.py", "test_capture_models.py", "test_capture_state.py", "test_layouts.py"])
tests("training and detection", ["test_detection.py", "test_device_training.py"])
tests("operations", ["test_device_ops.py"])
tests("functions", ["test_device_functions.py"])


@check(3, "compute-sanitizer on the kernels")
def sanitized() -> Seen:
    program = shutil.which("compute-sanitizer")
    if program is None or SMALL[0]:
        return {"left out": "compute-sanitizer is not installed"}
    code = ("import sys; sys.path[:0] = ['benchmarks', '.']; import bare; bare.install(); "
            "import contact_checks as c; c.SMALL[0] = True; c.kernel_values()")
    done = subprocess.run([program, "--error-exitcode", "9", sys.executable, "-c", code], cwd=ROOT, text=True,
                          capture_output=True)
    if done.returncode:
        raise AssertionError((done.stdout + done.stderr)[-3000:])
    return {"says": done.stdout.strip().splitlines()[-1], "kernels": [s for s in sources() if source(s)]}
