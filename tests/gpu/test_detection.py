"""No GPU, in every way that there can be none: one sentence each, and never a crash."""
from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator

import pytest

import minigrad
from minigrad.__main__ import environment
from minigrad.backend.gpu import probe
from minigrad.errors import DeviceError

from .stand_in import CUDARuntimeError


@pytest.fixture(autouse=True)
def looks_again() -> Iterator[None]:
    probe.forget()
    yield
    probe.forget()


def broken(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """CuPy as it shows itself on a machine with that defect."""
    cupy: Any = ModuleType("cupy")
    cuda: Any = ModuleType("cupy.cuda")
    nvrtc: Any = ModuleType("cupy.cuda.nvrtc")
    cupy.cuda, cupy.__path__ = cuda, []
    cuda.runtime, cuda.nvrtc = ModuleType("cupy.cuda.runtime"), nvrtc
    cuda.runtime.getDeviceCount = lambda: 1
    nvrtc.getVersion = lambda: (13, 0)
    modules: dict[str, Any] = {"cupy": cupy, "cupy.cuda": cuda,
                               "cupy.cublas": ModuleType("cupy.cublas")}

    def fails(error: Exception) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            raise error
        return call

    if kind == "missing":
        modules = {"cupy": None}
    elif kind == "broken":
        modules = {}
        real = probe.importlib.import_module                      # type: ignore[attr-defined]
        monkeypatch.setattr(probe.importlib, "import_module",     # type: ignore[attr-defined]
                            lambda name: fails(OSError("libcuda.so.1: bad file"))() if name == "cupy"
                            else real(name))
    elif kind == "no driver":
        cuda.runtime.getDeviceCount = fails(CUDARuntimeError(35, "cudaErrorInsufficientDriver: too old"))
    elif kind == "no device":
        cuda.runtime.getDeviceCount = fails(CUDARuntimeError(100, "cudaErrorNoDevice: none"))
    elif kind == "zero devices":
        cuda.runtime.getDeviceCount = lambda: 0
    elif kind == "driver fails":
        cuda.runtime.getDeviceCount = fails(CUDARuntimeError(999, "cudaErrorUnknown: unknown error"))
    elif kind == "no nvrtc":
        nvrtc.getVersion = fails(RuntimeError("Failure finding libnvrtc.so"))
    elif kind == "no cublas":
        modules["cupy.cublas"] = None
    elif kind == "no headers":
        cupy.arange = fails(RuntimeError("cannot open cuda_fp16.h"))
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)


KINDS = {"missing": "CuPy is not installed.*pip install 'minigrad\\[cuda13\\]'",
         "broken": "CuPy cannot be imported.*bad file.*Install it again: pip install",
         "no driver": "no NVIDIA driver, or it is too old.*Install the driver",
         "no device": "finds no GPU.*nvidia-smi", "zero devices": "finds no GPU.*nvidia-smi",
         "driver fails": "CUDA does not start.*unknown error.*nvidia-smi",
         "no nvrtc": "NVRTC, the compiler.*missing.*pip install 'cupy-cuda13x\\[ctk\\]'",
         "no cublas": "cuBLAS, the library.*missing.*pip install 'cupy-cuda13x\\[ctk\\]'",
         "no headers": "first small computation fails.*cuda_fp16.h.*pip install 'cupy-cuda13x\\[ctk\\]'"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_defect_is_one_sentence_with_what_to_install(kind: str,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, kind)
    assert not minigrad.cuda.is_available() and minigrad.cuda.device_count() == 0
    reason = minigrad.cuda.why_not()
    assert "\n" not in reason and reason.endswith(".") and len(reason) < 330
    report = environment()["GPU"]
    assert report == f"no: {reason}"
    for ask in (lambda: minigrad.ones(1).to("cuda"), lambda: minigrad.zeros(2, device="cuda"),
                lambda: minigrad.set_default_device("cuda"), lambda: minigrad.nn.Linear(2, 1).cuda(),
                minigrad.cuda.synchronize, minigrad.cuda.memory_allocated):
        with pytest.raises(DeviceError, match=f"^device 'cuda': .*{KINDS[kind]}.*use device='cpu'"):
            ask()
    assert minigrad.get_default_device() == "cpu" and minigrad.ones(2).sum().item() == 2


@pytest.mark.skipif(importlib.util.find_spec("cupy") is None, reason="CuPy is not installed")
def test_the_real_cupy_is_found_or_its_defect_named() -> None:
    assert minigrad.cuda.is_available() or re.search("driver|NVIDIA GPU|no GPU|NVRTC|cuBLAS|computation",
                                                     minigrad.cuda.why_not())


def test_the_command_line_says_it_and_does_not_fail() -> None:
    done = subprocess.run([sys.executable, "-m", "minigrad"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("GPU")]
    assert done.returncode == 0 and "no: " in line


def test_a_lesson_says_it_too() -> None:
    if minigrad.cuda.is_available():
        pytest.skip("this machine has a GPU")
    done = subprocess.run([sys.executable, "-m", "lessons", "1", "--quick", "--device", "cuda"],
                          capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 2 and minigrad.cuda.why_not() in done.stderr.replace("\n", " ")


# ── with a GPU ────────────────────────────────────────────────────────────────────────────────────

def test_what_minigrad_cuda_tells(device: str) -> None:
    assert minigrad.cuda.is_available() and minigrad.cuda.device_count() >= 1 and not minigrad.cuda.why_not()
    assert minigrad.cuda.get_device_name() and environment()["GPU"].startswith("yes: ")
    x = minigrad.ones(1 << 16, device="cuda")
    assert minigrad.cuda.memory_allocated() <= minigrad.cuda.memory_reserved()
    minigrad.cuda.synchronize()
    del x
    minigrad.cuda.empty_cache()


def test_moving_there_and_back(device: str) -> None:
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    there = x.cuda()
    assert there.device == "cuda" and str(there.device) == "cuda:0" and there.requires_grad
    assert "device='cuda:0'" in repr(there) and there.cpu().tolist() == [1.0, 2.0]
    assert there.to("cuda") is there and x.to("cpu") is x and x.to(there).device == "cuda"
    assert there.cpu().device == "cpu" and minigrad.zeros_like(there).device == "cuda"
    model = minigrad.nn.Linear(2, 3)
    assert model.to("cuda").weight.device == "cuda" and model.cpu().weight.device == "cpu"
    with pytest.raises(TypeError, match="x.cpu\\(\\).numpy\\(\\)"):
        there.detach().numpy()
    count = minigrad.cuda.device_count()
    with pytest.raises(DeviceError, match=f"cuda:{count}.*cuda:0"):
        x.to(f"cuda:{count}")


def test_the_default_device(device: str) -> None:
    minigrad.set_default_device("cuda")
    made = [minigrad.zeros(2), minigrad.tensor([1.0]), minigrad.rand(2), minigrad.arange(3), minigrad.eye(2),
            minigrad.linspace(0, 1, 3), minigrad.full((2,), 1.0), minigrad.randperm(3),
            minigrad.randint(3, (2,)), minigrad.as_tensor([1]), minigrad.nn.Linear(2, 1).weight]
    assert all(x.device == "cuda" for x in made)
    assert minigrad.zeros(2, device="cpu").device == "cpu" and minigrad.get_default_device() == "cuda"
    minigrad.set_default_device("cpu")
    assert minigrad.zeros(2).device == "cpu"


def test_precision_of_products(device: str) -> None:
    from minigrad.backend.gpu import cublas
    assert minigrad.cuda.get_float32_matmul_precision() == "highest"
    try:
        minigrad.cuda.set_float32_matmul_precision("high")
        assert cublas.kind_of("float32").compute == cublas.COMPUTE_TF32
        x = minigrad.ones(4, 4, device="cuda")
        assert (x @ x).tolist() == [[4.0] * 4] * 4
    finally:
        minigrad.cuda.set_float32_matmul_precision("highest")
    with pytest.raises(ValueError, match="'highest' or 'high'"):
        minigrad.cuda.set_float32_matmul_precision("medium")
