"""Part 1 of ``first_contact``: is it right? Captured steps, kernels, products, refusals, seeds."""
from __future__ import annotations

import os
from typing import Any, Callable, Iterator

import numpy as np
from contact import MISSING, Seen, check, near, on_gpu, refusal, size
from contact_fast import times

import minigrad
import minigrad.nn.functional as F
from minigrad import amp, nn, optim
from minigrad.backend.arrays import cupy_module, to_numpy
from minigrad.backend.windows import Geometry
from minigrad.backend.gpu import bias_relu, cross_entropy, dropout, max_pool, windows
from minigrad.backend.gpu.pinned import pinned_copy
from minigrad.backend.products import product
from minigrad.cuda import capture


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
    for _ in range(size(50, 3)):
        batch = minigrad.from_numpy(pinned_copy(np.ones(size(1 << 22, 100), np.float32)))
        there = batch.to("cuda")
        batch.zero_()
        near("pinned", there.mean().item(), 1.0, 0.0)
    seen["1e-40 · 1"] = float((minigrad.tensor([1e-40], device="cuda") * 1).item())
    return seen
