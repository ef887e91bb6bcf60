"""Training steps on a GPU beside PyTorch:  python benchmarks/gpu.py

Both libraries run in this process, in turns, from the same weights on the same data, with TF32 off: eager,
and as one CUDA graph, PyTorch also with its fused optimizer; cuDNN chooses its algorithms by trying them. A
round is timed by events on the device, and holds many steps; the table shows the median of the rounds with
their quartiles, what the host needs to ask for a step, and the ratio within each round to PyTorch eager and
to PyTorch's best. Before, the losses of the first steps are compared. Then: a large MLP beside the time that
its matrix products take alone, and ten epochs of the CNN on MNIST, evaluation included, by the wall clock.

Needs a GPU; PyTorch is left out where it finds none. The results are kept in ``results/gpu-DATE.json``.
"""
from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import minigrad  # noqa: E402
import report  # noqa: E402
from minigrad.backend.arrays import cupy_module  # noqa: E402
from minigrad.backend.products import product  # noqa: E402
from minigrad.data import TensorDataset  # noqa: E402
from minigrad.errors import DataError  # noqa: E402
from minigrad.train import evaluate  # noqa: E402
from peers.steps import Steps  # noqa: E402
from workloads import Workload, by_key  # noqa: E402

MLP = Workload("MLP", "MLP 784-4096-4096-10, Adam",
               (("linear", 784, 4096), ("relu",), ("linear", 4096, 4096), ("relu",), ("linear", 4096, 10)),
               (784,), 8192, "labels", ("adam", 1e-3))
GPT = Workload("GPT", "GPT of 4 layers, 256 features, 4 heads, 128 tokens, AdamW",
               (("bert", 256, 256, 4, 4, 128),), (128,), 16, "labels", ("adamw", 5e-4))
TOLERANCE, CHECKED = 1e-3, 5            # of the losses, over so many first steps
WARM = 3                                # steps before PyTorch records, as minigrad takes
PEERS = ("PyTorch", "PyTorch, fused", "PyTorch, graph", "PyTorch, graph, fused")

Run = Callable[[int], Any]              # one step on batch i


class Language(Steps):
    """Steps that know a GPT, too: it predicts each token from those before."""

    def bert(self, vocabulary: int, features: int, layers: int, heads: int, length: int) -> Any:
        """Written once for both libraries; ``Steps`` asks for it where a network is no list of layers."""
        lib: Any = self.library

        class Model(lib.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.token = lib.nn.Embedding(vocabulary, features)
                self.place = lib.nn.Embedding(length, features)
                self.layers = lib.nn.ModuleList([lib.nn.TransformerEncoderLayer(
                    features, heads, 4 * features, 0.1, "gelu", batch_first=True, norm_first=True)
                    for _ in range(layers)])
                self.norm, self.head = lib.nn.LayerNorm(features), lib.nn.Linear(features, vocabulary)
                later = np.triu(np.ones((length, length), bool), 1)
                self.register_buffer("later", lib.from_numpy(later))        # True where nobody may look

            def forward(self, x: Any) -> Any:
                h = self.token(x) + self.place.weight
                for layer in self.layers:
                    h = layer(h, src_mask=self.later)
                return self.head(self.norm(h))
        return Model()

    def fill(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        with self.library.no_grad():
            for name, p in sorted(self.model.named_parameters()):
                shape = tuple(p.shape)
                values = rng.normal(0, 0.02, shape) if p.ndim > 1 else np.full(shape, "norm" in name)
                if not name.endswith("bias"):
                    p.copy_(self.library.from_numpy(values.astype(np.float32)))
                else:
                    p.zero_()

    def forward(self, x: Any, t: Any) -> Any:
        if not self.work.is_bert:
            return super().forward(x, t)
        scores = self.model(x)
        return self.loss(scores[:, :-1].reshape(-1, scores.shape[-1]), x[:, 1:].reshape(-1))


class Ours(Language):
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
    torch.backends.cudnn.benchmark = True
    return torch


def theirs(torch: Any, work: Workload, seed: int, graph: bool, fused: bool,
           dropout: bool = True) -> tuple[Any, Run]:
    """PyTorch's side of a workload: the built step, eager or as its own CUDA graph."""
    class Theirs(Language):
        library = torch
        versions = {"torch": torch.__version__}

    side: Any = Theirs(work, seed, 1, {})
    side.model.to("cuda")
    side.batches = [(x.cuda(), t.cuda()) for x, t in side.batches]
    side.dropout(dropout)
    assert work.optimizer is not None
    options = {"fused": True} if fused else {}
    if graph and work.optimizer[0] != "sgd":                    # SGD has nothing that changes
        options["capturable"] = True
    side.optimizer = side.make_optimizer(*work.optimizer, **options)
    if not graph:
        return side, side.step
    x, t = (v.clone() for v in side.batches[0])
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):                             # warm-up, as PyTorch's notes advise
        for i in range(WARM):
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


class Times(NamedTuple):
    """Milliseconds a step: on the device, and until the host had asked for it."""

    device: float
    host: float


def timed(run: Run, steps: int, library: Any) -> Times:
    """By events on the device around ``steps`` steps, and by the host's clock until all were asked for."""
    cupy: Any = cupy_module()
    events: list[Any] = [cupy.cuda.Event() if library is minigrad else library.cuda.Event(enable_timing=True)
                         for _ in range(2)]
    library.cuda.synchronize()
    began = time.perf_counter()
    events[0].record()
    for i in range(steps):
        run(i)
    host = time.perf_counter() - began
    events[1].record()
    events[1].synchronize()
    total = cupy.cuda.get_elapsed_time(*events) if library is minigrad else events[0].elapsed_time(events[1])
    return Times(float(total) / steps, 1000 * host / steps)


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
        for name in PEERS:
            sides[name] = theirs(torch, work, args.seed, "graph" in name, "fused" in name)[1], torch
    for run, library in sides.values():
        timed(run, max(10, args.steps // 2), library)
    times: dict[str, list[Times]] = {name: [] for name in sides}
    for _ in range(args.rounds):
        for name, (run, library) in sides.items():
            times[name].append(timed(run, args.steps, library))
    result: dict[str, Any] = {}
    for name, values in times.items():
        result[name] = {"ms": quartiles([t.device for t in values]),
                        "host ms": quartiles([t.host for t in values])}
        if torch is not None and not name.startswith("PyTorch"):
            for peer, of in (("PyTorch", PEERS[:1]), ("PyTorch's best", PEERS)):
                result[name][f"to {peer}"] = quartiles(
                    [t.device / min(times[p][k].device for p in of) for k, t in enumerate(values)])
    return result


def check(work: Workload, seed: int, torch: Any) -> None:
    """The first losses of both libraries, and of their graphs, agree; dropout is off for it."""
    runs: dict[str, tuple[Any, Run, int]] = {}
    for name in ("minigrad", "minigrad, graph"):
        side = Ours(work, seed, 1, {}).on_gpu()
        side.dropout(False)
        runs[name] = side, side.captured() if "graph" in name else side.step, 0
    if torch is not None:
        for name in PEERS:
            side, run = theirs(torch, work, seed, "graph" in name, "fused" in name, dropout=False)
            runs[name] = side, run, WARM if "graph" in name else 0      # the recording took these steps
    losses = {name: [side.value(run(i)) for i in range(skipped, CHECKED)]
              for name, (side, run, skipped) in runs.items()}
    for name, (_, _, skipped) in runs.items():
        if not np.allclose(losses[name], losses["minigrad"][skipped:], rtol=TOLERANCE):
            raise SystemExit(f"{work.key}: the losses differ: {losses}")


def floor(work: Workload, args: argparse.Namespace) -> list[float]:
    """Milliseconds of an MLP's matrix products alone: forward, ∂w, and ∂x but for the first layer."""
    sizes = [(layer[1], layer[2]) for layer in work.layers if layer[0] == "linear"]
    pairs: list[Any] = []
    random = np.random.default_rng(0)               # a product of ones draws less power, and runs faster
    for k, (inner, outer) in enumerate(sizes):
        shapes = (work.batch, inner), (outer, inner), (work.batch, outer)
        x, w, g = (minigrad.tensor(random.standard_normal(shape, np.float32), device="cuda")._array
                   for shape in shapes)
        pairs += [(x, w.T), (g.T, x), *([(g, w)] if k else [])]

    def products(i: int) -> None:
        for a, b in pairs:
            product(a, b)
    timed(products, 5, minigrad)
    return quartiles([timed(products, max(1, args.steps // 5), minigrad).device for _ in range(args.rounds)])


def pixels(data: Any) -> Any:
    """All images of a data set on the GPU: (N, 1, 28, 28) from 0 to 1."""
    return data.data.cuda().reshape(-1, 1, 28, 28).float() / 255


def digits(args: argparse.Namespace) -> tuple[str, Any, Any, Any, Any]:
    """(name, images and labels to train with, and to test with), on the GPU."""
    try:
        from minigrad.vision.datasets import MNIST
        train, test = MNIST(train=True, download=False), MNIST(train=False, download=False)
        return ("MNIST", pixels(train)[:args.images], train.targets[:args.images].cuda(), pixels(test),
                test.targets.cuda())
    except (DataError, ImportError) as error:
        print(f"{error}\nRandom pixels stand in for MNIST; their accuracy says nothing.", file=sys.stderr)
    random = np.random.default_rng(0)
    found: list[Any] = ["random pixels"]
    for count in (args.images, min(args.images, 10000)):
        found += [minigrad.tensor(random.random((count, 1, 28, 28), np.float32), device="cuda"),
                  minigrad.tensor(random.integers(0, 10, count), device="cuda")]
    return tuple(found)


def mnist(args: argparse.Namespace) -> dict[str, Any]:
    """Ten epochs of the CNN, the data on the GPU, the step a graph; seconds after start-up, and accuracy."""
    name, images, labels, *test = digits(args)
    held_out = TensorDataset(*test)
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
    evaluate(side.model, held_out, batch_size=1000, progress=False)         # compiles what it needs
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
    rows = [["step", "batch", "", "ms", "host ms", "to PyTorch", "to PyTorch's best"]]
    for key, result in results.items():
        for name, values in result["sides"].items():
            rows.append([key, str(result["batch"]), name, report.duration(values["ms"]),
                         report.duration(values["host ms"]),
                         *(report.spread(values[f"to {peer}"]) if f"to {peer}" in values else ""
                           for peer in ("PyTorch", "PyTorch's best"))])
    return report.columns(rows)


def work(key: str) -> Workload:
    """The workload of that name: the common ones, and those that only a GPU is asked for."""
    own = {"MLP": MLP, "GPT": GPT, "E4-1000": by_key("E4", batch=1000)}
    return own[key] if key in own else by_key(key)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, save; 2 without a GPU."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100, help="in a round (100)")
    parser.add_argument("--rounds", type=int, default=15, help="of each side (15)")
    parser.add_argument("--epochs", type=int, default=10, help="on MNIST (10); 0 leaves it out")
    parser.add_argument("--images", type=int, default=60000, help="of MNIST (60000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=["C3", "A2", "encoder", "GPT", "E4", "E4-1000", "MLP"],
                        metavar="STEP")
    args = parser.parse_args(arguments)
    if not minigrad.cuda.is_available():
        print(f"no GPU: {minigrad.cuda.why_not()}", file=sys.stderr)
        return 2
    torch, cupy = torch_or_none(), cupy_module()
    where = {**report.machine(), "gpu": minigrad.cuda.get_device_name(), "cupy": cupy.__version__,
             "driver": cupy.cuda.runtime.driverGetVersion(), "torch": getattr(torch, "__version__", None)}
    print(f"{where['gpu']}, driver {where['driver']}, CuPy {where['cupy']}, PyTorch {where['torch']}\n")
    steps = {key: {"batch": work(key).batch, "sides": step_rows(work(key), args, torch)} for key in args.only}
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
