"""Is there a usable GPU? And if not: what is missing, and what to install, in one sentence."""
from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Callable

TOOLKIT = "Install the libraries beside CuPy: pip install 'cupy-cuda13x[ctk]' (or 'cupy-cuda12x[ctk]')."
NO_DRIVER, NO_DEVICE = 35, 100          # cudaErrorInsufficientDriver, cudaErrorNoDevice

_found: list[tuple[ModuleType | None, str]] = []        # what the first look found


def find() -> tuple[ModuleType | None, str]:
    """(CuPy, "") when it works on this machine, else (None, the reason in one sentence).

    Never raises. The answer is kept: the first look costs an import and a few small kernels.
    """
    if not _found:
        _found.append(_look())
    return _found[0]


def forget() -> None:
    """Look again at the next call."""
    _found.clear()


def _look() -> tuple[ModuleType | None, str]:
    try:
        cupy = importlib.import_module("cupy")
    except ModuleNotFoundError as error:
        if error.name == "cupy":
            return None, ("CuPy is not installed. For an NVIDIA GPU: pip install 'minigrad[cuda13]' (or "
                          "'minigrad[cuda12]' for a driver of CUDA 12).")
        return None, f"CuPy cannot be imported ({error}). Install it again: pip install 'minigrad[cuda13]'."
    except Exception as error:          # a broken installation raises whatever it likes
        return None, (f"CuPy cannot be imported ({_brief(error)}). Install it again: "
                      "pip install 'minigrad[cuda13]'.")
    for check in (_device, _compiler, _products, _smoke):
        reason = check(cupy)
        if reason:
            return None, reason
    return cupy, ""


def _device(cupy: Any) -> str:
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        status = getattr(error, "status", None)
        if status == NO_DEVICE:
            count = 0
        elif status == NO_DRIVER:
            return ("there is no NVIDIA driver, or it is too old for this CuPy. Install the driver of your "
                    "GPU; nvidia-smi shows which one runs.")
        else:
            return f"CUDA does not start ({_brief(error)}). Check the driver: nvidia-smi."
    return "" if count else ("the NVIDIA driver runs, but finds no GPU. Check nvidia-smi and "
                             "CUDA_VISIBLE_DEVICES.")


def _compiler(cupy: Any) -> str:
    return _tried(lambda: cupy.cuda.nvrtc.getVersion(),
                  "NVRTC, the compiler of GPU kernels, is missing")


def _products(cupy: Any) -> str:
    return _tried(lambda: importlib.import_module("cupy.cublas"),
                  "cuBLAS, the library of matrix products, is missing")


def _smoke(cupy: Any) -> str:
    def right() -> None:
        a = cupy.arange(4, dtype="float32")
        if float((a * 2).sum()) != 12 or float((a[:, None] @ a[None, :]).sum()) != 36:
            raise ArithmeticError("2 · (0 + 1 + 2 + 3) is not 12")
    return _tried(right, "the GPU was found, but a first small computation fails")


def _tried(step: Callable[[], Any], complaint: str) -> str:
    try:
        step()
    except Exception as error:
        return f"{complaint} ({_brief(error)}). {TOOLKIT}"
    return ""


def _brief(error: BaseException) -> str:
    """The kind of an error and the first line of what it says, with no full stop of its own."""
    first = (str(error).strip().splitlines() or [""])[0][:120].rstrip(".")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
