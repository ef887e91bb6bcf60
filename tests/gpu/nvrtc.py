"""NVIDIA's run-time compiler through ctypes: it needs neither a GPU nor a driver."""
from __future__ import annotations

import ctypes
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Compiled(NamedTuple):
    """The machine code's size in bytes (0 when it does not compile), and what the compiler said."""

    size: int
    log: str


def libraries() -> list[Path]:
    """Every NVRTC that pip installed, as ``pip install nvidia-cuda-nvrtc-cu12`` does."""
    pattern = "nvidia/*/lib/libnvrtc.so.*"
    return sorted({path.resolve() for folder in sys.path for path in Path(folder).glob(pattern)})


@lru_cache(maxsize=None)
def opened(path: Path) -> ctypes.CDLL:
    """The library, its helper library first."""
    for helper in sorted(path.parent.glob("libnvrtc-builtins.so.*")):
        ctypes.CDLL(str(helper), mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(str(path))


def architectures(path: Path) -> list[int]:
    """The GPU generations that it compiles for: 70, 75, …"""
    library, count = opened(path), ctypes.c_int()
    library.nvrtcGetNumSupportedArchs(ctypes.byref(count))
    found = (ctypes.c_int * count.value)()
    library.nvrtcGetSupportedArchs(found)
    return list(found)


def compiled(path: Path, source: str, options: tuple[str, ...]) -> Compiled:
    """Machine code for ``-arch=sm_NN``, which the assembler sees as well."""
    library, program = opened(path), ctypes.c_void_p()
    library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None)
    try:
        texts = [option.encode() for option in options]
        status = library.nvrtcCompileProgram(program, len(texts), (ctypes.c_char_p * len(texts))(*texts))
        size = ctypes.c_size_t()
        library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value)
        library.nvrtcGetProgramLog(program, log)
        code = ctypes.c_size_t()
        if not status:
            library.nvrtcGetCUBINSize(program, ctypes.byref(code))
        return Compiled(code.value, log.value.decode())
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def spilled(log: str) -> int:
    """Bytes that registers were not enough for, from the assembler's verbose log."""
    return sum(int(n) for n in re.findall(r"(\d+) bytes spill stores", log))
