"""A network as one C file computes what the network computes."""
from __future__ import annotations

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.backend.c import toolchain
from minigrad.errors import GraphError

MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(20, 16), nn.GELU(), nn.LayerNorm(16), nn.Dropout(0.5),
                                  nn.Linear(16, 5), nn.Softmax(1)), (1, 20)),
    "cnn": (lambda: nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
                                  nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, stride=2, bias=False), nn.Tanh(),
                                  nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 10)), (2, 1, 12, 12))}


@pytest.mark.parametrize("name", MODELS)
def test_the_file_alone_computes_what_the_network_does(name, tmp_path):
    compiler = toolchain.compiler()
    if compiler is None or shutil.which(compiler[0]) is None:
        pytest.skip("no C compiler")
    make, shape = MODELS[name]
    minigrad.manual_seed(0)
    model = make()
    text = minigrad.export_c(model, minigrad.zeros(*shape), tmp_path / "net.c")
    assert model.training and '"functions.h"' not in text
    assert text.startswith("// Written by minigrad.export_c")
    subprocess.run([*compiler, "-O2", "-std=gnu11", "-shared", "-fPIC", str(tmp_path / "net.c"), "-o",
                    str(tmp_path / "net.so"), "-lm"], check=True)
    library = ctypes.CDLL(str(tmp_path / "net.so"))
    model.eval()
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal(shape).astype("f")
        with minigrad.no_grad():
            right = model(minigrad.from_numpy(x)).numpy()
        found = np.empty(right.shape, "f")
        library.predict(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(found.ctypes.data))
        np.testing.assert_allclose(found, right, rtol=2e-5, atol=1e-6)


def test_what_has_no_loop_is_refused_by_name():
    with pytest.raises(GraphError, match="export_c: .* has no loop in C yet"):
        minigrad.export_c(nn.Sequential(nn.Embedding(5, 3)), minigrad.tensor([[1, 2]]))
