"""The suite of programs written for PyTorch: what it changes in them, and how it judges."""
from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import torch_programs  # noqa: E402
from torch_programs_list import HELD_OUT, PROGRAMS, Program  # noqa: E402


@pytest.mark.parametrize("line, changed", [
    ("import torch", "import minigrad as torch"),
    ("import torch.nn as nn", "import minigrad.nn as nn"),
    ("    import torch.optim", "    import minigrad.optim; import minigrad as torch"),
    ("from torch import nn, optim", "from minigrad import nn, optim"),
    ("from torch.utils.data import DataLoader", "from minigrad.utils.data import DataLoader"),
    ("import torchvision", "import minigrad.vision as torchvision"),
    ("from torchvision import datasets, transforms", "from minigrad.vision import datasets, transforms"),
    ("import torchvision.datasets as dset", "import minigrad.vision.datasets as dset"),
    ("from einops.layers.torch import Rearrange", "from einops.layers.minigrad import Rearrange"),
    ("import torch, math", "import minigrad as torch\nimport math"),
    ("import torch  # the library", "import minigrad as torch# the library"),
    ("import torchtext", "import torchtext"), ("x = torch.ones(2)", "x = torch.ones(2)"),
    ("# import torch", "# import torch"), ("import numpy as np, os", "import numpy as np, os")])
def test_only_lines_that_import_change(line, changed):
    assert torch_programs.for_minigrad(line) == changed


def test_a_notebooks_cells_become_a_program(tmp_path):
    cells = [{"cell_type": "markdown", "source": ["# text"]},
             {"cell_type": "code", "source": ["%matplotlib inline\n", "x = 1"]},
             {"cell_type": "code", "source": ["if x:\n", "    !ls\n", "print(x)"]}]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert torch_programs.code_of(path) == "pass\nx = 1\nif x:\n    pass\nprint(x)\n"


def test_the_list_names_each_program_once():
    names = [program.name for program in (*PROGRAMS, *HELD_OUT)]
    assert len(names) == len(set(names)) and len(PROGRAMS) >= 60


def test_a_constant_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "a+b").mkdir()
    (tmp_path / "a+b" / "p.py").write_text("epochs = 5")
    with pytest.raises(LookupError, match="does not contain 'epochs = 9'"):
        torch_programs.prepared(Program("a+b", "p.py", (("epochs = 9", "epochs = 1"),)), tmp_path, "torch",
                                tmp_path / "run")


def test_losses_are_compared_step_by_step():
    nan, inf = float("nan"), float("inf")
    assert torch_programs.difference([1.0, 2.0], [1.0, 2.0]) == 0
    assert torch_programs.difference([1.0, 2.2], [1.0, 2.0]) == pytest.approx(0.1)
    assert torch_programs.difference([nan, 1.0], [nan, 1.0]) == 0
    assert torch_programs.difference([nan], [1.0]) == inf == torch_programs.difference([1.0], [inf])
    assert torch_programs.difference([1e-9, 1.0], [0.0, 1.0]) < 1e-6, "a loss of 0 is no division by 0"


def test_chaos_is_allowed_only_as_far_as_pytorch_shows_it():
    theirs, control = [1.0] * 6, [1.0, 1.0, 1.0, 1.0, 1.01, 1.2]
    assert torch_programs.as_chaotic([1.0, 1.0, 1.05, 1.5, 1.5, 1.5], theirs, control)
    assert not torch_programs.as_chaotic([1.0, 1.05, 1.0, 1.0, 1.0, 1.0], theirs,
                                         control), "before PyTorch is"
    assert not torch_programs.as_chaotic([1.0, 1.0, 1.0, 1.0, 1.0, 4.0], theirs,
                                         control), "further than PyTorch"
    assert not torch_programs.as_chaotic(theirs, theirs, control[:2]), "no control"


def test_the_totals_tell_chaos_apart():
    row = {"torch": "ok", "runs": True, "agrees": True}
    said = torch_programs.totals([row, row, {**row, "chaotic": True}, {**row, "runs": False, "agrees": False},
                                  {"torch": "stopped"}])
    assert said.startswith("3 of 4 run, the losses of 2 agree within 0.001, of 1 more")
    assert said.endswith("1 do not run on PyTorch here")


SOURCE = """
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
loader = DataLoader(TensorDataset(torch.randn(20, 3), torch.rand(20, 1)), batch_size=5, shuffle=True)
for epoch in range(100):
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(torch.NAME)
"""


@pytest.mark.torch
def test_a_program_runs_on_both_with_the_same_numbers(tmp_path):
    pytest.importorskip("torch")
    folder = tmp_path / "a+b"
    folder.mkdir()
    (folder / "p.py").write_text(SOURCE)
    good = Program("a+b", "p.py", (("range(100)", "range(2)"), ("NAME", "float32")))
    row = torch_programs.judged(good, tmp_path, tmp_path / "keep")
    assert row["runs"] and row["agrees"] and row["steps"] == 8 and row["worst"] < 1e-5, row
    bad = Program("a+b", "p.py", (("range(100)", "range(2)"), ("NAME", "chalf")))
    row = torch_programs.judged(bad, tmp_path, None)
    assert not row["runs"] and "has no attribute 'chalf'" in row["reason"], row
