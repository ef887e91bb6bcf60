"""The device under test: the stand-in for CuPy on every machine, and with ``-m gpu`` the real one."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np
import pytest

import minigrad
from minigrad.backend.arrays import set_default_device
from minigrad.backend.gpu import probe
from minigrad.backend.gpu.on_cpu import compiler

from . import stand_in
from .stand_in import cublas as fake_cublas

DEVICES = [pytest.param("stand-in", id="stand-in"), pytest.param("gpu", id="gpu", marks=pytest.mark.gpu)]


@pytest.fixture
def stand_in_cuda() -> Iterator[Any]:
    """``import cupy`` gives the stand-in during the test; its monitor is returned."""
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("CuPy 14 needs NumPy 2, and the stand-in computes as NumPy 2 does")
    if compiler() is None:
        pytest.skip("the stand-in runs kernels with g++, which is not there")
    stand_in.install()
    stand_in.monitor.reset()
    fake_cublas.install()
    yield stand_in.monitor
    set_default_device("cpu")
    fake_cublas.uninstall()
    stand_in.uninstall()
    assert stand_in.monitor.recorded is None, "the test left a stream capturing"


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of the device: "cuda", of the stand-in or of a real GPU."""
    if request.param == "stand-in":
        request.getfixturevalue("stand_in_cuda")
        yield "cuda"
        return
    if not minigrad.cuda.is_available():
        pytest.skip(f"no GPU: {probe.find()[1]}")
    yield "cuda"
    set_default_device("cpu")
