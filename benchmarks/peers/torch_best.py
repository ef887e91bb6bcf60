"""The steps in PyTorch with what is known to make it faster on a CPU, each on request.

    malloc          glibc keeps freed memory, as minigrad sets it (mallopt through ctypes)
    channels_last   images and weights as N, H, W, C in memory
    fused           the optimizer's update as one kernel
    compile         torch.compile of forward and loss; its backward comes with it

Subnormal numbers always count as 0 here (``set_flush_denormal``): the means in Adam's state that dead
ReLUs leave behind make its steps slow otherwise, but only after some 800 of them.
"""
from __future__ import annotations

import ctypes
import sys
from itertools import product
from typing import Any

import torch
from workloads import Workload

from peers import torch as eager

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


class Step(eager.Step):
    """PyTorch at its best."""

    @staticmethod
    def variants(work: Workload) -> list[dict[str, bool]]:
        """Options worth trying, the plain ones first; ``compile`` goes with the best of them."""
        images = any(layer[0] == "conv" for layer in work.layers)
        choices = {"malloc": sys.platform.startswith("linux"), "channels_last": images,
                   "fused": work.optimizer is not None}
        found = [dict(zip(choices, picked)) for picked in
                 product(*[(False, True) if possible else (False,) for possible in choices.values()])]
        return sorted(found, key=lambda v: v["malloc"])     # malloc cannot be set back

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        if options.get("malloc"):
            tune_allocator()
        torch.set_flush_denormal(True)          # before there are other threads: they inherit it
        self.fused = options.get("fused", False)
        super().__init__(work, seed, threads, options)
        if options.get("channels_last"):
            last = {"memory_format": torch.channels_last}
            self.model.to(**last)
            self.batches = [(x.contiguous(**last), t) for x, t in self.batches]
        self.run = torch.compile(super().forward) if options.get("compile") else super().forward
        self.details = {name: bool(on) for name, on in options.items()}

    def make_optimizer(self, kind: str, lr: float, momentum: float = 0.0, **options: Any) -> Any:
        if self.fused:
            options["fused"] = True
        return super().make_optimizer(kind, lr, momentum, **options)

    def forward(self, x: Any, t: Any) -> Any:
        return self.run(x, t)


def tune_allocator() -> None:
    """Keep freed memory in the process: blocks up to 1 GiB from the heap, which is not trimmed."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, 1 << 30)
    mallopt(M_TRIM_THRESHOLD, (2 << 30) - 1)


class Untuned(eager.Untuned):
    """PyTorch at its best on ``untuned.py``'s steps: the same options."""

    @staticmethod
    def variants(key: str) -> list[dict[str, bool]]:
        """Options worth trying, the plain ones first; ``compile`` goes with the best of them."""
        found = [dict(zip(("malloc", "channels_last", "fused"), picked))
                 for picked in product((False, True), repeat=3)]
        return sorted(found, key=lambda v: v["malloc"])     # malloc cannot be set back

    def __init__(self, key: str, seed: int, threads: int, options: dict[str, Any]) -> None:
        if options.get("malloc"):
            tune_allocator()
        torch.set_flush_denormal(True)
        self.details = {name: bool(on) for name, on in options.items()}
        self.compiled: dict[int, Any] = {}
        super().__init__(key, seed, threads, options)

    def tensors(self, arrays: list[Any]) -> list[Any]:
        found = super().tensors(arrays)
        if self.options.get("channels_last"):
            found = [x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x for x in found]
        return found

    def ready(self, model: Any) -> Any:
        model = super().ready(model)
        return model.to(memory_format=torch.channels_last) if self.options.get("channels_last") else model

    def adam(self, model: Any, lr: float = 1e-3, kind: str = "Adam", **options: Any) -> Any:
        if self.options.get("fused") and kind in ("Adam", "AdamW", "SGD"):
            options["fused"] = True
        return super().adam(model, lr, kind, **options)

    def call(self, model: Any, *inputs: Any) -> Any:
        if not self.options.get("compile"):
            return model(*inputs)
        if id(model) not in self.compiled:
            self.compiled[id(model)] = torch.compile(model)
        return self.compiled[id(model)](*inputs)
