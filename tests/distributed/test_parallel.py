"""Several processes train as one does with the same batches, to rounding."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.data import DataLoader, TensorDataset
from minigrad.errors import GraphError, RangeError, ShapeError
from minigrad.nn.parallel import DistributedDataParallel
from minigrad.utils.data.distributed import DistributedSampler

Job = Callable[..., list[dict[str, Any]]]

# 100 steps: epochs of three batches, of which the last has 3 samples, so that of four ranks one has none.
HUNDRED = """
dtype, name, micro = minigrad.float64 if sys.argv[2] == "float64" else minigrad.float32, sys.argv[3], int(sys.argv[4])
random = np.random.default_rng(0)
x, y = random.normal(size=(19, 1, 28, 28)).astype(dtype), random.integers(0, 10, 19)

def train(model, rank, ranks, hashes):
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9) if name == "SGD" else \\
        optim.Adam(model.parameters(), lr=1e-3)
    steps = 0
    while steps < 100:
        order = np.random.default_rng(steps).permutation(19)
        for start in (0, 8, 16):
            optimizer.zero_grad()
            parts = np.array_split(order[start:start + 8], micro)
            for k, part in enumerate(parts):
                mine = part[rank::ranks]
                if ranks > 1:
                    model.samples = len(mine)
                if not len(mine):
                    mine = part[:1]
                def backward():
                    (nn.CrossEntropyLoss()(model(minigrad.tensor(x[mine])), minigrad.tensor(y[mine]))
                     / micro).backward()
                if ranks > 1 and k < micro - 1:
                    with model.no_sync():
                        backward()
                else:
                    backward()
            optimizer.step()
            steps += 1
        if hashes is not None:
            hashes.append(hash_of(model))

dist.init_process_group()
model, hashes = network(dtype, seed=dist.get_rank()), []
ddp = DistributedDataParallel(model, bucket_cap_mb=0.1)
train(ddp, dist.get_rank(), dist.get_world_size(), hashes)
far = None
if dist.get_rank() == 0:
    alone = network(dtype)
    train(alone, 0, 1, None)
    far = max(float(abs(p - q).max()) for p, q in
              zip((p.detach().numpy() for p in alone.parameters()), (p.detach().numpy() for p in model.parameters())))
report(far=far, hashes=hashes)
"""


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("dtype, close", [("float32", 1e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("micro", [1, 2])
def test_a_hundred_steps_are_those_of_one_process(job: Job, ranks: int, name: str, dtype: str, close: float,
                                                  micro: int) -> None:
    found = job(ranks, HUNDRED, dtype, name, str(micro), limit=300)
    assert found[0]["far"] <= close
    assert len(found[0]["hashes"]) == 34 and all(rank["hashes"] == found[0]["hashes"] for rank in found)
