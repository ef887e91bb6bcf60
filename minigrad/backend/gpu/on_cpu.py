"""Run CUDA kernels on the CPU: the same source, a small header, a C++ compiler.

Slow, and no proof of speed; but it shows whether a kernel computes what its reference says, on any
machine with g++. One thread after another: a race between threads is not seen.
"""
from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Sequence

import numpy as np

HEADER = Path(__file__).with_name("on_cpu.h")
#: Bytes of the types that kernels take; of ``real`` both are right.
WIDTHS = {"int": (4,), "unsigned": (4,), "long long": (8,), "unsigned long long": (8,), "float": (4,),
          "double": (8,), "real": (4, 8)}
KERNEL = re.compile(r'extern "C" __global__ void (\w+)\(([^)]*)\)', re.DOTALL)


def compiler() -> str | None:
    """The C++ compiler of this machine, or None."""
    return shutil.which("g++") or shutil.which("clang++")


def parameters(source: str) -> dict[str, list[str]]:
    """The types of each kernel's parameters: {"relu": ["const real *", "long"]}."""
    found = {}
    for name, text in KERNEL.findall(re.sub(r"//[^\n]*", "", source)):
        found[name] = [re.sub(r"\w+$", "", part.strip()).strip() for part in text.split(",")]
    return found


def with_entries(source: str) -> str:
    """The source behind the header, and for each kernel an entry ``run_NAME(sizes, arguments)``.

    The arguments come as pointers to their values, as CUDA's own launch takes them.
    """
    in_turns = "true" if re.search(r"__sync|__shfl", source) else "false"
    parts = [f'#include "{HEADER}"', source]
    for name, types in parameters(source).items():
        values = ", ".join(f"*({kind.replace('__restrict__', '')} *)a[{i}]" for i, kind in enumerate(types))
        parts.append(f'extern "C" void run_{name}(const unsigned *sizes, void **a) {{\n'
                     f"    run(sizes, [=] {{ {name}({values}); }}, {in_turns});\n}}")
    return "\n".join(parts)


@lru_cache(maxsize=None)
def library(source: str, options: tuple[str, ...]) -> ctypes.CDLL:
    """The kernels as a shared library, compiled once and kept in the folder for temporary files.

    Raises RuntimeError with the compiler's message, or when there is no compiler.
    """
    program = compiler()
    if program is None:
        raise RuntimeError("there is no C++ compiler (g++) to run kernels on the CPU with")
    text = with_entries(source)
    key = hashlib.sha256("\n".join([text, HEADER.read_text(), *options]).encode()).hexdigest()[:24]
    folder = Path(tempfile.gettempdir(), f"minigrad-kernels-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{key}.so"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            made = Path(work, "kernels.so")
            Path(work, "kernels.cpp").write_text(text, encoding="utf-8")
            done = subprocess.run([program, "-std=c++17", "-O2", "-shared", "-fPIC", "-w",
                                   "-U_FORTIFY_SOURCE", *options,       # it forbids _longjmp between stacks
                                   str(Path(work, "kernels.cpp")), "-o", str(made)],
                                  capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{program} does not compile the kernel:\n{done.stderr}")
            os.replace(made, path)
    return ctypes.CDLL(str(path))


class CompiledOnCPU:
    """A CUDA source whose kernels run on NumPy arrays.

    >>> import numpy as np
    >>> from minigrad.backend.gpu.on_cpu import CompiledOnCPU
    >>> source = '''extern "C" __global__ void twice(float *x, int n) {
    ...     int i = blockIdx.x * blockDim.x + threadIdx.x;
    ...     if (i < n) x[i] *= 2;
    ... }'''
    >>> x = np.arange(3, dtype=np.float32)
    >>> CompiledOnCPU(source).run("twice", (1, 1, 1), (32, 1, 1), [x, np.int32(3)])    # doctest: +SKIP
    >>> x                                                                              # doctest: +SKIP
    array([0., 2., 4.], dtype=float32)
    """

    def __init__(self, source: str, options: Sequence[str] = ()) -> None:
        self.types = parameters(source)
        self.library = library(source, tuple(options))

    def run(self, name: str, grid: tuple[int, ...], block: tuple[int, ...], arguments: Sequence[Any]) -> None:
        """All blocks and threads, one after the other. Arrays go by address, NumPy scalars by value.

        Raises TypeError for the wrong number of arguments, a Python number, whose width is unknown, or one
        whose width is not the parameter's, which a GPU would read as it comes.
        """
        if len(arguments) != len(self.types[name]):
            raise TypeError(f"{name}: expected {len(self.types[name])} arguments, got {len(arguments)}")
        sizes = np.array([*_three(grid), *_three(block)], np.uint32)
        kept, pointers = [], (ctypes.c_void_p * len(arguments))()
        for i, (value, kind) in enumerate(zip(arguments, self.types[name])):
            kept.append(_in_memory(name, value, kind))
            pointers[i] = kept[-1].ctypes.data
        getattr(self.library, f"run_{name}")(ctypes.c_void_p(sizes.ctypes.data), pointers)


def _in_memory(name: str, value: Any, kind: str) -> np.ndarray:
    """A 0-d array that holds the argument: an address, a number or a struct."""
    plain = kind.replace("const", "").replace("__restrict__", "").replace("*", "").strip()
    known = WIDTHS.get(plain)
    if known and isinstance(value, (np.generic, np.ndarray)) and value.itemsize not in known:
        raise TypeError(f"{name}: a parameter {kind!r} got {value.dtype}, which has another width")
    if kind.endswith("*"):
        if value is not None and not isinstance(value, np.ndarray):
            raise TypeError(f"{name}: expected an array for {kind!r}, got {type(value).__name__}")
        return np.array(0 if value is None else value.ctypes.data, np.uintp)
    if not isinstance(value, (np.generic, np.ndarray)):
        raise TypeError(f"{name}: a Python {type(value).__name__} has no width; pass np.int32(…) or the like")
    return np.ascontiguousarray(value)


def _three(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*sizes, 1, 1)[:3]
