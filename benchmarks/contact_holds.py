"""Part 3 of ``first_contact``: does it hold? Memory, load, other precisions, the test suite."""
from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from typing import Any

import numpy as np
from contact import ROOT, SMALL, Failed, Seen, check, near, refusal, size

import minigrad
from minigrad import nn, optim
from minigrad.backend.arrays import cupy_module
from minigrad.backend.gpu.recording import current
from minigrad.cuda import capture
from minigrad.data import DataLoader, TensorDataset


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
        if current() is not None:
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
    @check(3, f"pytest -m gpu: {label}", seconds=300)
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
            "import contact, contact_right; contact.SMALL[0] = True; contact_right.kernel_values()")
    done = subprocess.run([program, "--error-exitcode", "9", sys.executable, "-c", code], cwd=ROOT, text=True,
                          capture_output=True)
    if done.returncode:
        raise AssertionError((done.stdout + done.stderr)[-3000:])
    return {"says": done.stdout.strip().splitlines()[-1]}
