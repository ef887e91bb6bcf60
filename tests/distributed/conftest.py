"""Jobs of several processes, each in a subprocess with a limit: pytest itself never runs inside of MPI."""
from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable

import pytest
from kills import environment

HEAD = """
import json, sys
import numpy as np
import minigrad
import minigrad.distributed as dist
from minigrad import nn, optim
from minigrad.nn.parallel import DistributedDataParallel

def report(**values):
    open(sys.argv[1] + f"/{dist.get_rank()}.json", "w").write(json.dumps(values))

def network(dtype=minigrad.float64, seed=0):            # C3's
    minigrad.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(32 * 13 * 13, 64), nn.ReLU(), nn.Linear(64, 10)).to(dtype)

def hash_of(model):
    import hashlib
    tensors = model.state_dict().values()
    return hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in tensors)).hexdigest()
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip jobs of several processes where they cannot be started."""
    if find_spec("mpi4py") is None:
        for item in items:
            if item.get_closest_marker("mpi"):
                item.add_marker(pytest.mark.skip(reason='mpi4py is not installed: pip install -e ".[mpi]"'))


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """``job(ranks, source, *arguments)``: what each rank reported, rank 0 first."""
    def run(ranks: int, source: str, *arguments: str, limit: float = 120) -> list[dict[str, Any]]:
        script = tmp_path / "job.py"
        script.write_text(HEAD + textwrap.dedent(source), encoding="utf-8")
        for old in tmp_path.glob("*.json"):
            old.unlink()
        done = subprocess.run([sys.executable, "-m", "minigrad.launch", "-n", str(ranks), str(script),
                               str(tmp_path), *arguments], env=environment(), capture_output=True,
                              encoding="utf-8", timeout=limit)
        assert done.returncode == 0, done.stderr
        return [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(ranks)]
    return run
