"""The stand-in's ``RawModule``: the very CUDA source, compiled by g++ and run on the CPU."""
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.backend.gpu.on_cpu import CompiledOnCPU

from .array import ndarray
from .monitor import monitor


class RawModule:
    """CUDA source whose kernels run on the host's memory of the arrays."""

    def __init__(self, *, code: str | None = None, path: str | None = None, options: tuple[str, ...] = (),
                 backend: str = "nvrtc", translate_cucomplex: bool = False,
                 enable_cooperative_groups: bool = False, name_expressions: Any = None,
                 jitify: bool = False) -> None:
        assert code is not None
        self.compiled = CompiledOnCPU(code, options)

    def get_function(self, name: str) -> Any:
        return Function(self.compiled, name)


class Function:
    """A kernel: called with (grid, block, arguments)."""

    def __init__(self, compiled: CompiledOnCPU, name: str) -> None:
        self.compiled, self.name = compiled, name

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...], *,
                 shared_mem: int = 0, stream: Any = None) -> None:
        assert all(isinstance(n, int) and n > 0 for n in (*grid, *block)), f"{self.name}: {grid} {block}"
        assert np.prod(block) <= 1024 and all(n <= 65535 for n in grid[1:]), f"{self.name}: {grid} {block}"
        hosts = []
        for arg in args:
            if isinstance(arg, np.ndarray) and arg.size != 1:
                raise TypeError("You are trying to pass a numpy.ndarray as a kernel parameter.")
            hosts.append(arg._host if isinstance(arg, ndarray) else arg)
        monitor.launch(lambda: self.compiled.run(self.name, grid, block, hosts))
