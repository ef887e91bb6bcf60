"""Names that programs for PyTorch use out of habit, in one place, away from what there is to learn.

Most of them choose among devices or dtypes that minigrad has other words for; each does what can be done, or
says in one sentence that it cannot. ``minigrad.FloatTensor`` is found here, and so are modules such as
``minigrad.backends.cudnn`` and ``minigrad.utils.tensorboard``.

>>> from minigrad.autograd import Variable
>>> Variable(minigrad.FloatTensor([1, 2])).type()
'minigrad.FloatTensor'
"""
from __future__ import annotations

import importlib
import sys
import warnings
from contextlib import ContextDecorator, nullcontext
from types import ModuleType
from typing import Any, Callable

import numpy as np

from .. import amp, autograd, cuda, utils
from ..autograd import Tensor
from ..backend import random
from ..backend.arrays import Device
from ..backend.dtypes import default_dtype, set_default_dtype
from ..backend.random import manual_seed
from ..errors import DTypeError
from ..ops.create import tensor, zeros

__all__ = ["names"]

PACKAGE = "minigrad"


# ── one class for each dtype ──────────────────────────────────────────────────────────────────────

class _TypedTensor(type):
    """The type of FloatTensor and its like: ``dtype`` on ``device``; a Tensor is one if its dtype fits."""

    dtype: Any
    device: str

    def __call__(cls, *data: Any) -> Tensor:
        """From nested lists, an array or a Tensor; or of zeros, from sizes."""
        if len(data) == 1 and not isinstance(data[0], (int, np.integer, autograd.Size)):
            return tensor(data[0], dtype=cls.dtype, device=cls.device)
        return zeros(*data, dtype=cls.dtype, device=cls.device)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype == cls.dtype and x.device.type == cls.device


_DTYPES = {"Float": "float32", "Double": "float64", "Half": "float16", "Long": "int64", "Int": "int32",
           "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool"}
_TITLES = {np.dtype(dtype): f"{title}Tensor" for title, dtype in _DTYPES.items()}


def _typed(device: str) -> dict[str, Any]:
    """FloatTensor, LongTensor, … on a device."""
    return {f"{title}Tensor": _TypedTensor(f"{title}Tensor", (), {"dtype": np.dtype(dtype), "device": device})
            for title, dtype in _DTYPES.items()}


def _type(x: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of x's dtype, such as ``"minigrad.FloatTensor"``; or x in another ``dtype``, given as such a
    name, as FloatTensor, or as ``minigrad.float32``.

    Raises DTypeError for an unknown name.
    """
    place = "cuda." if x.device.type == "cuda" else ""
    if dtype is None:
        return f"minigrad.{place}{_TITLES[x.dtype]}"
    if isinstance(dtype, str) and dtype.endswith("Tensor"):
        title = dtype.rpartition(".")[2].removesuffix("Tensor")
        if title not in _DTYPES:
            raise DTypeError(f"type: there is no {dtype!r}; one of {', '.join(_TITLES.values())}.")
        return x.to(_DTYPES[title], device="cuda" if ".cuda." in dtype else None)
    if isinstance(dtype, _TypedTensor):
        return x.to(dtype.dtype, device=dtype.device)
    return x.to(dtype)


class _Variables(type):
    """Every Tensor is a Variable."""

    def __call__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Tensor:
        if requires_grad:
            return Tensor(data, requires_grad=True)
        return data if isinstance(data, Tensor) else tensor(data)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_Variables):
    """What Tensors that record their history were called until 2018.

    >>> x = minigrad.autograd.Variable(minigrad.ones(2), requires_grad=True)
    >>> x.requires_grad, isinstance(x, minigrad.autograd.Variable)
    (True, True)
    """


def _set_default_tensor_type(kind: Any) -> None:
    """``set_default_dtype`` by the name of a class."""
    set_default_dtype(kind.dtype if isinstance(kind, _TypedTensor) else _DTYPES[
        str(kind).rpartition(".")[2].removesuffix("Tensor")])


# ── what is accepted, and what is refused ─────────────────────────────────────────────────────────

def _nothing(*_: Any, **__: Any) -> None:
    """Accepted; here it would change nothing that a program can see."""


def _no(*_: Any, **__: Any) -> bool:
    return False


def _as_it_is(function: Any = None, *_: Any, **__: Any) -> Any:
    """The function or module itself: nothing is compiled, and the values are the same."""
    return function if callable(function) else _as_it_is


def _refused(what: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{what} is not part of minigrad. {instead}")
    return refuse


class _Backends:
    """Ways to compute attention, all with the same result; minigrad has one."""

    FLASH_ATTENTION, EFFICIENT_ATTENTION, MATH, CUDNN_ATTENTION = "flash", "efficient", "math", "cudnn"


class autocast(ContextDecorator):
    """Accepted, with a warning: every operation goes on in the dtype of its inputs, which is exact.

    >>> with minigrad.autocast("cpu", enabled=False):
    ...     minigrad.ones(1).dtype == minigrad.float32
    True
    """

    def __init__(self, device_type: str = "cuda", dtype: Any = None, enabled: bool = True,
                 cache_enabled: bool | None = None) -> None:
        if enabled:
            warnings.warn("autocast: minigrad computes in the dtype of the inputs; nothing is cast. "
                          "model.half() makes a model of float16.", stacklevel=2)

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


def _inference_mode(mode: Any = True) -> Any:
    """``no_grad``; Tensors made inside stay ordinary ones."""
    if callable(mode):
        return autograd.no_grad()(mode)
    return autograd.no_grad() if mode else nullcontext()


def _writer(*args: Any, **kwargs: Any) -> Any:
    """tensorboardX's SummaryWriter, which is handed arrays."""
    try:
        plain = importlib.import_module("tensorboardX").SummaryWriter
    except ImportError:
        raise ImportError("SummaryWriter writes through the package tensorboardX: pip install "
                          "'minigrad[tensorboard]'.") from None
    return _Writer(plain(*args, **kwargs))


class _Writer:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._writer, name)
        if name == "add_graph":
            return _refused("add_graph", "minigrad.trace draws a graph.")
        if not callable(method):
            return method
        return lambda *args, **kwargs: method(*_array(list(args)), **_array(kwargs))

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: Any) -> None:
        self._writer.close()


def _array(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _array(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_array(item) for item in value]
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else value


# ── modules by PyTorch's paths ────────────────────────────────────────────────────────────────────

def _module(path: str, /, **members: Any) -> ModuleType:
    """A module ``minigrad.<path>`` that can be imported, and is an attribute of its parent."""
    full = f"{PACKAGE}.{path}"
    module = sys.modules.get(full) or ModuleType(full, __doc__)
    module.__dict__.update(members)
    module.__dict__.setdefault("__path__", [])
    sys.modules[full] = module
    above, _, name = full.rpartition(".")
    if above != PACKAGE:
        setattr(sys.modules[above], name, module)
    return module


def _elsewhere(path: str, target: str) -> ModuleType:
    """A module whose names are those of another one, loaded when first asked."""
    return _module(path, __getattr__=lambda name: getattr(importlib.import_module(target), name))


def _offer(target: Any, **members: Any) -> None:
    """Names for a module or class that does not have them itself."""
    for name, value in members.items():
        if not hasattr(target, name):
            setattr(target, name, value)


def _seeded(seed: int) -> None:
    """The GPU draws from the same generator; seeding it is seeding minigrad."""
    manual_seed(seed)


def _modules() -> dict[str, ModuleType]:
    """The top-level ones by name; the others are reached through them."""
    found = {
        "backends": _module("backends"),
        "accelerator": _module("accelerator", is_available=cuda.is_available, device_count=cuda.device_count,
                               set_device_index=_nothing,
                               current_accelerator=lambda check_available=False: Device("cuda") if
                               cuda.is_available() else None, synchronize=_nothing,
                               current_device_index=lambda: 0),
        "mps": _module("mps", is_available=_no, manual_seed=_seeded, empty_cache=_nothing),
        "xpu": _module("xpu", is_available=_no, device_count=lambda: 0),
        "version": _module("version", cuda=None, hip=None),
        "serialization": _module("serialization", add_safe_globals=_nothing),
        "multiprocessing": _elsewhere("multiprocessing", "multiprocessing"),
        "jit": _module("jit", script=_as_it_is, trace=_as_it_is, ignore=_as_it_is, export=_as_it_is,
                       save=_refused("jit.save", "minigrad.save writes tensors and state_dict()s."),
                       load=_refused("jit.load", "minigrad.load reads tensors and state_dict()s.")),
        "onnx": _module("onnx", export=_refused("ONNX", "minigrad.save writes tensors for other programs.")),
        "hub": _module("hub", load=_refused("hub", "Weights come from files: see minigrad.load and "
                                            "load_state_dict.")),
    }
    modules = _elsewhere("nn.modules", "minigrad.nn")
    for name in ("activation", "batchnorm", "container", "conv", "dropout", "linear", "loss", "module",
                 "normalization", "pooling", "rnn", "sparse", "transformer"):
        setattr(modules, name, _elsewhere(f"nn.modules.{name}", "minigrad.nn"))
    _module("backends.cudnn", benchmark=False, deterministic=False, enabled=False, allow_tf32=False,
            is_available=_no, version=lambda: None)
    _module("backends.mps", is_available=_no, is_built=_no)
    _module("backends.cuda", is_built=_no, matmul=_module("backends.matmul", allow_tf32=False))
    for name in ("mkl", "mkldnn", "openmp"):
        _module(f"backends.{name}", is_available=_no)
    _offer(amp, autocast=autocast)
    _module("cuda.amp", **{name: getattr(amp, name) for name in dir(amp) if not name.startswith("_")})
    _module("cuda.random", manual_seed_all=_seeded, manual_seed=_seeded)
    _module("utils.tensorboard", SummaryWriter=_writer)
    data = {name: getattr(utils.data, name) for name in utils.data.__all__}
    _module("utils.data.dataloader", **data)
    _module("utils.data.dataset", **data)
    _module("utils.data.sampler", **data)
    return found


names: dict[str, Any] = {
    **_typed("cpu"), **_modules(), "set_num_threads": _nothing,
    "get_num_threads": lambda: 1, "use_deterministic_algorithms": _nothing, "numel": Tensor.numel,
    "set_default_tensor_type": _set_default_tensor_type, "finfo": lambda dtype=None: np.finfo(
        dtype or default_dtype()), "iinfo": np.iinfo, "strided": "strided",
    "autocast": autocast, "inference_mode": _inference_mode, "dtype": np.dtype,
    "initial_seed": lambda: 0, "DeviceObjType": Device,
    "set_float32_matmul_precision": cuda.set_float32_matmul_precision,
    "get_float32_matmul_precision": cuda.get_float32_matmul_precision,
    "is_floating_point": Tensor.is_floating_point, "is_complex": Tensor.is_complex,
}
"""What ``minigrad.__getattr__`` finds here."""

_offer(cuda, **_typed("cuda"), manual_seed=_seeded, manual_seed_all=_seeded, current_device=lambda: 0,
       set_device=_nothing, max_memory_allocated=cuda.memory_allocated, reset_peak_memory_stats=_nothing,
       is_initialized=cuda.is_available, ipc_collect=_nothing, is_bf16_supported=_no)
_offer(autograd, Variable=Variable)
_offer(sys.modules[f"{PACKAGE}.nn.attention"], SDPBackend=_Backends,
       sdpa_kernel=lambda *_, **__: nullcontext())
sys.modules.setdefault(f"{PACKAGE}.random", random)
_module("autograd.variable", Variable=Variable)
_offer(Tensor, type=_type, is_mps=False, is_xpu=False, is_sparse=False, is_quantized=False)
