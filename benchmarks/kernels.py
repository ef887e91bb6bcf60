"""minigrad's kernels in C beside NumPy and PyTorch:  python benchmarks/kernels.py [--threads N]

Milliseconds of one call, the fastest of many, on arrays as they occur in a training step; each side in a
process of its own, in three turns. "NumPy" is minigrad without its kernels. The last column is what minigrad
with them reaches: GFLOP/s where it multiplies, GB/s of memory that must be read and written where it passes
over arrays. The last lines are the machine's limits: a large matrix product by NumPy's BLAS, and a copy of an
array larger than the cache.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np

import report
from sides import THREADS

SECONDS = 0.15              # of each measurement in a turn
TURNS = 3
Call = Callable[[], Any]


def arrays() -> dict[str, np.ndarray]:
    """What all sides compute with."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)
    return {"x": normal(64, 32, 16, 16), "w": normal(32, 32, 3, 3), "g": normal(64, 32, 16, 16),
            "deep": normal(64, 1, 3, 3), "wide": normal(64, 64, 16, 16), "channel": normal(32),
            "rows": normal(1024, 128), "gr": normal(1024, 128), "width": normal(128), "a": normal(512, 512),
            "b": normal(512, 512), "h": normal(32, 20, 128), "p": normal(400_000), "gp": normal(400_000),
            "w_ih": normal(1024, 128), "w_hh": normal(1024, 256), "batch_q": normal(64, 64, 32)}


#: Multiplications and additions of a call, or bytes that it must move.
FLOP = {"conv2d": 2 * 64 * 256 * 32 * 288, "conv2d, gradients": 4 * 64 * 256 * 32 * 288,
        "depthwise conv2d": 2 * 64 * 64 * 256 * 9, "matmul 512": 2 * 512 ** 3,
        "matmul, 64 small": 2 * 64 * 64 * 64 * 32,
        "LSTM, 32 steps": 2 * 32 * 20 * 1024 * (128 + 256)}
BYTES = {"batch norm": 8 * 64 * 32 * 256, "layer norm": 8 * 1024 * 128, "max pool": 5 * 64 * 32 * 256,
         "average pool": 5 * 64 * 32 * 256, "GELU": 8 * 1024 * 128, "sigmoid": 8 * 64 * 32 * 256,
         "SiLU": 8 * 64 * 32 * 256, "ReLU": 8 * 64 * 32 * 256, "Adam": 28 * 400_000,
         "SGD, momentum": 20 * 400_000}


def calls(lib: Any) -> dict[str, Call]:
    """Each kernel's work by a library with PyTorch's names."""
    F, given = lib.nn.functional, {k: lib.from_numpy(v) for k, v in arrays().items()}
    images = {}
    for k in ("x", "wide"):                                 # as a convolution leaves them in memory
        same = np.eye(given[k].shape[1], dtype=np.float32)[:, :, None, None]
        images[k] = F.conv2d(given[k], lib.from_numpy(same))
    leaf, weight = images["x"].detach().requires_grad_(), given["w"].clone().requires_grad_()
    out = F.conv2d(leaf, weight, padding=1)
    lstm = lib.nn.LSTM(128, 256)
    parameters = {name: lib.nn.Parameter(given["p"].clone()) for name in ("adam", "sgd")}
    for p in parameters.values():
        p.grad = given["gp"].clone()
    adam = lib.optim.Adam([parameters["adam"]])
    sgd = lib.optim.SGD([parameters["sgd"]], lr=1e-9, momentum=0.9)
    grad, gr = lib.autograd.grad, images["x"].detach()
    return {
        "conv2d": lambda: F.conv2d(images["x"], given["w"], padding=1),
        "conv2d, gradients": lambda: grad(out, (leaf, weight), gr, retain_graph=True),
        "depthwise conv2d": lambda: F.conv2d(images["wide"], given["deep"], padding=1, groups=64),
        "matmul 512": lambda: given["a"] @ given["b"],
        "matmul, 64 small": lambda: given["batch_q"] @ given["batch_q"].transpose(1, 2),
        "LSTM, 32 steps": lambda: lstm(given["h"]),
        "batch norm": lambda: F.batch_norm(images["x"], None, None, given["channel"], given["channel"], True),
        "layer norm": lambda: F.layer_norm(given["rows"], (128,), given["width"], given["width"]),
        "max pool": lambda: F.max_pool2d(images["x"], 2),
        "average pool": lambda: F.avg_pool2d(images["x"], 2),
        "GELU": lambda: F.gelu(given["rows"]), "sigmoid": lambda: lib.sigmoid(images["x"]),
        "SiLU": lambda: F.silu(images["x"]), "ReLU": lambda: F.relu(images["x"]),
        "Adam": adam.step, "SGD, momentum": sgd.step}


def limits() -> dict[str, Call]:
    """NumPy's fastest product, 2·1500³ operations, and a copy of 64 MB."""
    square, big = np.ones((1500, 1500), np.float32), np.ones(16 << 20, np.float32)
    target = np.empty_like(big)
    return {"product": lambda: square @ square, "copy": lambda: np.copyto(target, big)}


def fastest(call: Call) -> float:
    """Milliseconds of the fastest call."""
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def serve(side: str) -> None:
    """One side: its times as JSON."""
    if side == "limits":
        print(json.dumps({name: fastest(call) for name, call in limits().items()}))
        return
    sys.path.insert(1, str(Path(__file__).resolve().parents[1]))
    lib: Any = __import__("torch" if side == "PyTorch" else "minigrad")
    if side == "PyTorch":
        lib.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    found = calls(lib)
    with lib.no_grad():
        times = {name: fastest(call) for name, call in found.items() if "grad" not in name}
    times.update({name: fastest(call) for name, call in found.items() if "grad" in name})
    print(json.dumps(times))


def main() -> None:
    """Measure all sides in turns, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-save", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve)
    where = report.machine()
    report.warn_if_busy(where)
    best: dict[str, dict[str, float]] = {}
    for _ in range(TURNS):
        for side in ("NumPy", "C", "PyTorch", "limits"):
            env = {**os.environ, **dict.fromkeys(THREADS, str(args.threads)),
                   "MINIGRAD_C": "0" if side == "NumPy" else "1"}
            done = subprocess.run([sys.executable, __file__, "--serve", side], env=env, capture_output=True,
                                  text=True)
            if done.returncode:
                print(f"{side}: left out: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            for name, ms in json.loads(done.stdout).items():
                here = best.setdefault(side, {})
                here[name] = min(ms, here.get(name, ms))
    rows = [["kernel", "NumPy ms", "C ms", "PyTorch ms", "C reaches"]]
    for name in best["C"]:
        reached = f"{FLOP[name] / best['C'][name] / 1e6:.0f} GFLOP/s" if name in FLOP else \
            f"{BYTES[name] / best['C'][name] / 1e6:.0f} GB/s"
        rows.append([name, *[f"{best[s][name]:.3g}" if s in best else "" for s in ("NumPy", "C", "PyTorch")],
                     reached])
    limit = best["limits"]
    rows.append(["limit: product", "", "", "", f"{2 * 1500 ** 3 / limit['product'] / 1e6:.0f} GFLOP/s"])
    rows.append(["limit: copy", "", "", "", f"{(128 << 20) / limit['copy'] / 1e6:.0f} GB/s"])
    print(report.columns(rows))
    if not args.no_save:
        report.save("kernels", where, args, best)


if __name__ == "__main__":
    main()
