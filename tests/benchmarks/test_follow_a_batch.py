"""The way of a batch through minigrad stays short: calls and files counted, and none of them for a GPU."""
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "follow_a_batch.py"
sys.path.insert(0, str(SCRIPT.parent))

from follow_a_batch import followed  # noqa: E402
from minigrad.backend.c.toolchain import library  # noqa: E402

ONE_BY_ONE, AT_ONCE = 4, 32             # filters: how the first three layers run
NUMPY_1 = np.__version__.startswith("1.")       # its results without dimensions need a second look: 14 calls


@pytest.mark.parametrize("filters, most_calls, most_files", [(ONE_BY_ONE, 333, 44), (AT_ONCE, 272, 36)])
def test_a_step_takes_few_calls_in_few_files(filters, most_calls, most_files):
    calls = followed(filters)
    assert ("nn/activation.py" in {call.file for call in calls}) == (filters == ONE_BY_ONE)
    by_numpy = 105 * (filters == AT_ONCE and library() is None)      # what is a single call of a kernel else
    assert len(calls) <= most_calls + 14 * NUMPY_1 + by_numpy
    assert len({call.file for call in calls}) <= most_files


@pytest.mark.parametrize("filters", [ONE_BY_ONE, AT_ONCE])
def test_data_on_the_cpu_meets_nothing_that_is_for_a_gpu(filters):
    assert [call for call in followed(filters) if "gpu" in call.file or "cuda" in call.file] == []


@pytest.mark.parametrize("filters", [ONE_BY_ONE, AT_ONCE])
def test_the_options_of_a_convolution_are_read_once(filters):
    functions = Counter(call.function for call in followed(filters))
    assert functions["conv_geometry"] == 1


def test_the_script_prints_the_walk():
    ran = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60)
    lines = ran.stdout.splitlines()
    assert not ran.returncode, ran.stderr
    parts = [line for line in lines[:-1] if not line.startswith(" ")]
    assert parts == ["zero_grad", "forward", "loss", "backward", "step"]
    assert lines[-1].split()[1:3] == ["calls", "in"]
    assert any(line.split()[0] == "optim/adam.py" and line.endswith("update") for line in lines)
