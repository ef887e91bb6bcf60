"""Part 2 of ``first_contact``: is it fast? Steps beside PyTorch's, ten epochs of MNIST, single launches."""
from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import gpu
from contact import SMALL, Seen, check, size

import minigrad
from minigrad.cuda import capture

_torch: list[Any] = []


def torch_module() -> Any:
    if not _torch:
        _torch.append(gpu.torch_or_none())
    return _torch[0]


def times(key: str, rounds: int = 10) -> Seen:
    """A step beside PyTorch's, and whether the targets are met."""
    work = gpu.work(key)
    if SMALL[0]:
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
