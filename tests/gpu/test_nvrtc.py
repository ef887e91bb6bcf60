"""Every kernel is compiled by NVIDIA's compiler for the GPU generations from 2017 to 2022."""
from __future__ import annotations

from typing import Any

import pytest

from minigrad.backend.gpu.kernels import options, source, sources
from minigrad.backend.gpu.on_cpu import parameters

from . import nvrtc

LIBRARIES = nvrtc.libraries()
pytestmark = pytest.mark.skipif(not LIBRARIES, reason="no NVRTC; pip install nvidia-cuda-nvrtc-cu12")
WANTED = (70, 75, 80, 86, 89, 90)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("file", sources())
def test_a_kernel_compiles_for_every_generation(file: str, wide: bool, dtype: str) -> None:
    assert parameters(source(file)), "no kernel found in the file"
    done = set()
    for library in LIBRARIES:
        for arch in set(WANTED) & set(nvrtc.architectures(library)):
            found = nvrtc.compiled(library, source(file), (
                *options(dtype, wide), f"-arch=sm_{arch}", "-std=c++17", "-ftz=true", "--ptxas-options=-v"))
            assert found.size > 0, f"sm_{arch}: {found.log}"
            assert not nvrtc.spilled(found.log), f"sm_{arch}: {found.log}"
            warnings = [line for line in found.log.splitlines() if "kernel.cu" in line and "warning" in line]
            assert not warnings, f"sm_{arch}: {warnings}"
            done.add(arch)
    assert done >= set(WANTED) - {70} and (70 in done or all(
        70 not in nvrtc.architectures(x) for x in LIBRARIES)), done


def test_a_mistake_is_found(capsys: Any) -> None:
    broken = source("bias_relu").replace("sum < 0", "summ < 0")
    found = nvrtc.compiled(LIBRARIES[0], broken, (*options("float32"), "-arch=sm_80"))
    assert found.size == 0 and 'identifier "summ" is undefined' in found.log and "kernel.cu(" in found.log
