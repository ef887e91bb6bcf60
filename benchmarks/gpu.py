"""Training steps on a GPU beside PyTorch:  python benchmarks/gpu.py

Both libraries run in this process, in turns, from the same weights on the same data, with TF32 off: eager,
and as one CUDA graph. A round is timed by events on the device, and holds many steps; the table shows the
median of the rounds with their quartiles, and the ratio within each round to PyTorch eager. Before, the
losses of the first steps are compared. Then: a large MLP beside the time that its matrix products take
alone, and ten epochs of the CNN on MNIST, evaluation included, by the wall clock.

Needs a GPU; PyTorch is left out where it finds none. The results are kept in ``results/gpu-DATE.json``.
"""
from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import minigrad  # noqa: E402
import report  # noqa: E402
from minigrad.backend.arrays import cupy_module  # noqa: E402
from minigrad.data import TensorDataset  # noqa: E402
from minigrad.errors import DataError  # noqa: E402
from minigrad.train import evaluate  # noqa: E402
from minigrad.vision.datasets import MNIST, RenderedDigits  # noqa: E402
from peers.steps import Steps  # noqa: E402
from workloads import Workload, by_key  # noqa: E402

MLP = Workload("MLP", "MLP 784-4096-4096-10, Adam",
               (("linear", 784, 4096), ("relu",), ("linear", 4096, 4096), ("relu",), ("linear", 4096, 10)),
               (784,), 8192, "labels", ("adam", 1e-3))
TOLERANCE, CHECKED = 1e-3, 5            # of the losses, over so many first steps

Run = Callable[[int], Any]              # one step on batch i


class Ours(Steps):
    """minigrad on the GPU."""

    library = minigrad
    versions = {"minigrad": minigrad.__version__}

    def on_gpu(self) -> Ours:
        """Model and batches moved there."""
        self.model.to("cuda")
        self.batches = [(x.to("cuda"), t.to("cuda")) for x, t in self.batches]
        return self

    def captured(self) -> Run:
        """The step as a graph."""
        def train(x: Any, t: Any) -> Any:
            self.optimizer.zero_grad()
            loss = self.forward(x, t)
            loss.backward()
            self.optimizer.step()
            return loss
        step = minigrad.cuda.capture(train)
        return lambda i: step(*self.batches[i % len(self.batches)])


def torch_or_none() -> Any:
    """PyTorch, if it is installed and sees the GPU."""
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: only minigrad is measured", file=sys.stderr)
        return None
    if not torch.cuda.is_available():
        print("PyTorch sees no GPU: only minigrad is measured", file=sys.stderr)
        return None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return torch


def theirs(torch: Any, work: Workload, seed: int, graph: bool) -> tuple[Any, Run]:
    """PyTorch's side of a workload: the built step, eager or as its own CUDA graph."""
    class Theirs(Steps):
        library = torch
        versions = {"torch": torch.__version__}

    side: Any = Theirs(work, seed, 1, {})
    side.model.to("cuda")
    side.batches = [(x.cuda(), t.cuda()) for x, t in side.batches]
    if not graph:
        return side, side.step
    kind, lr = work.optimizer[:2] if work.optimizer else ("adam", 1e-3)
    side.optimizer = side.make_optimizer(kind, lr, capturable=True)
    x, t = (v.clone() for v in side.batches[0])
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):                             # warm-up, as PyTorch's notes advise
        for i in range(3):
            side.step(i)
    torch.cuda.current_stream().wait_stream(stream)
    recorded = torch.cuda.CUDAGraph()
    side.optimizer.zero_grad(set_to_none=True)
    with torch.cuda.graph(recorded):
        loss = side.forward(x, t)
        loss.backward()
        side.optimizer.step()

    def replay(i: int) -> Any:
        given = side.batches[i % len(side.batches)]
        x.copy_(given[0])
        t.copy_(given[1])
        recorded.replay()
        return loss
    return side, replay


def timed(run: Run, steps: int, library: Any) -> float:
    """Milliseconds a step, by events on the device around ``steps`` of them."""
    if library is minigrad:
        cupy: Any = cupy_module()
        first, last = cupy.cuda.Event(), cupy.cuda.Event()
    else:
        first, last = (library.cuda.Event(enable_timing=True) for _ in range(2))
    first.record()
    for i in range(steps):
        run(i)
    last.record()
    last.synchronize()
    total = cupy.cuda.get_elapsed_time(first, last) if library is minigrad else first.elapsed_time(last)
    return float(total) / steps


def quartiles(values: list[float]) -> list[float]:
    """(lower quartile, median, upper quartile)."""
    return [float(v) for v in np.percentile(values, (25, 50, 75))]


def step_rows(work: Workload, args: argparse.Namespace, torch: Any) -> dict[str, Any]:
    """All sides of a workload, in turns."""
    check(work, args.seed, torch)
    sides: dict[str, tuple[Run, Any]] = {
        "minigrad": (Ours(work, args.seed, 1, {}).on_gpu().step, minigrad),
        "minigrad, graph": (Ours(work, args.seed, 1, {}).on_gpu().captured(), minigrad)}
    if torch is not None:
        for name, graph in (("PyTorch", False), ("PyTorch, graph", True)):
            sides[name] = theirs(torch, work, args.seed, graph)[1], torch
    for run, library in sides.values():
        timed(run, max(10, args.steps // 2), library)
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(args.rounds):
        for name, (run, library) in sides.items():
            times[name].append(timed(run, args.steps, library))
    result: dict[str, Any] = {}
    for name, values in times.items():
        result[name] = {"ms": quartiles(values)}
        for peer in ("PyTorch", "PyTorch, graph"):
            if peer in times and not name.startswith("PyTorch"):
                result[name][f"to {peer}"] = quartiles([a / b for a, b in zip(values, times[peer])])
    return result


def check(work: Workload, seed: int, torch: Any) -> None:
    """The first losses of both libraries, and of the graph, agree; dropout is off for it."""
    sides = [Ours(work, seed, 1, {}).on_gpu(), Ours(work, seed, 1, {}).on_gpu()]
    runs: list[Run] = [sides[0].step, sides[1].captured()]
    if torch is not None:
        sides.append(theirs(torch, work, seed, False)[0])
        runs.append(sides[2].step)
    losses = []
    for side, run in zip(sides, runs):
        side.dropout(False)
        losses.append([side.value(run(i)) for i in range(CHECKED)])
    for other in losses[1:]:
        if not np.allclose(other, losses[0], rtol=TOLERANCE):
            raise SystemExit(f"{work.key}: the losses differ: {losses}")


def floor(work: Workload, args: argparse.Namespace) -> list[float]:
    """Milliseconds of an MLP's matrix products alone: forward, ∂w, and ∂x but for the first layer."""
    cupy: Any = cupy_module()
    sizes = [(layer[1], layer[2]) for layer in work.layers if layer[0] == "linear"]
    pairs = []
    for k, (inner, outer) in enumerate(sizes):
        shapes = (work.batch, inner), (outer, inner), (work.batch, outer)
        x, w, g = (cupy.ones(shape, np.float32) for shape in shapes)
        pairs += [(x, w.T), (g.T, x), *([(g, w)] if k else [])]

    def products(i: int) -> None:
        for a, b in pairs:
            a @ b
    timed(products, 5, minigrad)
    return quartiles([timed(products, max(1, args.steps // 5), minigrad) for _ in range(args.rounds)])


def pixels(data: Any) -> Any:
    """All images of a data set on the GPU: (N, 1, 28, 28) from 0 to 1."""
    return data.data.cuda().reshape(-1, 1, 28, 28).float() / 255


def mnist(args: argparse.Namespace) -> dict[str, Any]:
    """Ten epochs of the CNN, the data on the GPU, the step a graph; seconds after start-up, and accuracy."""
    try:
        train, test, name = MNIST(train=True, download=False), MNIST(train=False, download=False), "MNIST"
    except DataError as error:
        print(f"{error}\nRendered digits stand in for MNIST; their accuracy says nothing.", file=sys.stderr)
        train, test = RenderedDigits(train=True, count=args.images), RenderedDigits(train=False, count=1000)
        name = "RenderedDigits"
    images, labels = pixels(train)[:args.images], train.targets[:args.images].cuda()
    held_out = TensorDataset(pixels(test), test.targets.cuda())
    side = Ours(replace(by_key("C3"), batch=1), args.seed, 1, {}).on_gpu()
    count, batch = len(images), 128
    steps = args.epochs * math.ceil(count / batch)

    def train_on(index: Any) -> Any:
        side.optimizer.zero_grad()
        loss = side.forward(images[index], labels[index])
        loss.backward()
        side.optimizer.step()
        return loss
    step = minigrad.cuda.capture(train_on)
    minigrad.manual_seed(args.seed)
    began, done, accuracy = time.perf_counter(), 0, 0.0
    for epoch in range(args.epochs):
        order = minigrad.randperm(count, device="cuda")
        for start in range(0, count, batch):
            if done == 5:                       # kernels are compiled, the graph is recorded
                minigrad.cuda.synchronize()
                began = time.perf_counter()
            side.optimizer.param_groups[0]["lr"] = 2e-3 * (1 + math.cos(math.pi * done / steps)) / 2
            step(order[start:start + batch])
            done += 1
        accuracy = evaluate(side.model, held_out, batch_size=1000, progress=False).accuracy or 0.0
    minigrad.cuda.synchronize()
    return {"data": name, "epochs": args.epochs, "seconds": time.perf_counter() - began,
            "accuracy": accuracy}


def table(results: dict[str, Any]) -> str:
    """The steps as aligned text."""
    rows = [["step", "batch", "", "ms", "to PyTorch", "to PyTorch, graph"]]
    for key, result in results.items():
        for name, values in result["sides"].items():
            rows.append([key, str(result["batch"]), name, report.duration(values["ms"]),
                         *(report.spread(values[f"to {peer}"]) if f"to {peer}" in values else ""
                           for peer in ("PyTorch", "PyTorch, graph"))])
    return report.columns(rows)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, save; 2 without a GPU."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100, help="in a round (100)")
    parser.add_argument("--rounds", type=int, default=15, help="of each side (15)")
    parser.add_argument("--epochs", type=int, default=10, help="on MNIST (10); 0 leaves it out")
    parser.add_argument("--images", type=int, default=60000, help="of MNIST (60000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=["C3", "E4", "E4-1000", "MLP"], metavar="STEP")
    args = parser.parse_args(arguments)
    if not minigrad.cuda.is_available():
        print(f"no GPU: {minigrad.cuda.why_not()}", file=sys.stderr)
        return 2
    torch, cupy = torch_or_none(), cupy_module()
    where = {**report.machine(), "gpu": minigrad.cuda.get_device_name(), "cupy": cupy.__version__,
             "driver": cupy.cuda.runtime.driverGetVersion(), "torch": getattr(torch, "__version__", None)}
    print(f"{where['gpu']}, driver {where['driver']}, CuPy {where['cupy']}, PyTorch {where['torch']}\n")
    works = {"C3": by_key("C3"), "E4": by_key("E4"), "E4-1000": by_key("E4", batch=1000), "MLP": MLP}
    steps = {key: {"batch": works[key].batch, "sides": step_rows(works[key], args, torch)}
             for key in args.only}
    print(table(steps))
    results: dict[str, Any] = {"steps": steps}
    if "MLP" in args.only:
        results["MLP products alone, ms"] = alone = floor(MLP, args)
        ratio = steps["MLP"]["sides"]["minigrad"]["ms"][1] / alone[1]
        print(f"\nMLP: its products alone take {report.duration(alone)} ms, the step {ratio:.2f} times that")
    if args.epochs:
        results["mnist"] = found = mnist(args)
        print(f"\nCNN, {found['epochs']} epochs of {found['data']}: {found['seconds']:.2f} s after start-up, "
              f"evaluation included; accuracy {found['accuracy']:.4f}")
    report.save("gpu", where, args, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
