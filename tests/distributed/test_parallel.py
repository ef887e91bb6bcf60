"""Several processes train as one does with the same batches, to rounding."""
from __future__ import annotations

from typing import Any, Callable

import pytest

Job = Callable[..., list[dict[str, Any]]]

# 100 steps: epochs of three batches, of which the last has 3 samples, so that of four ranks one has none.
HUNDRED = """
dtype, name, micro = getattr(minigrad, sys.argv[2]), sys.argv[3], int(sys.argv[4])
random = np.random.default_rng(0)
x, y = random.normal(size=(19, 1, 28, 28)).astype(dtype), random.integers(0, 10, 19)

def train(model, rank, ranks, hashes):
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9) if name == "SGD" else \\
        optim.Adam(model.parameters(), lr=1e-4)
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
    far = max(float(abs(p.detach() - q.detach()).max()) for p, q in
              zip(alone.parameters(), model.parameters()))
report(far=far, hashes=hashes)
"""


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("dtype, close", [("float32", 2e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("micro", [1, 2])
def test_a_hundred_steps_are_those_of_one_process(job: Job, ranks: int, name: str, dtype: str, close: float,
                                                  micro: int) -> None:
    """In float32 SGD comes to 1e-6, and Adam with a rate of 1e-3 to 1e-5: another order of summing, which
    Adam enlarges by dividing small gradients by small ones. In float64 the same code comes to 1e-12."""
    found = job(ranks, HUNDRED, dtype, name, str(micro), limit=300)
    assert found[0]["far"] <= close
    assert len(found[0]["hashes"]) == 34 and all(rank["hashes"] == found[0]["hashes"] for rank in found)


UNEQUAL = """
class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.common, self.odd, self.never = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)
    def forward(self, x, odd):
        x = self.common(x)
        return self.odd(x) if odd else x

minigrad.set_default_dtype(minigrad.float64)
dist.init_process_group()
rank = dist.get_rank()
minigrad.manual_seed(rank)
model = Branch()
before = hash_of(model)
ddp = DistributedDataParallel(model, bucket_cap_mb=0)
ddp(minigrad.ones(1 + rank, 3), odd=rank == 1).sum().backward()
# the loss's mean is over samples: 1 of rank 0, 2 of rank 1
x = minigrad.tensor([0.0, 0.0, 0.0])
x[rank] = 1.0
dist.all_reduce(x)
half = minigrad.full((2,), float(rank)).half()
dist.all_reduce(half)
flags = minigrad.tensor([rank == 1])
dist.all_reduce(flags, dist.ReduceOp.MAX)
rows = [minigrad.zeros(2, 2) for _ in range(2)]
dist.all_gather(rows, minigrad.full((2, 2), float(rank)).t())
strided = minigrad.zeros(2, 3).t()
strided += rank + 1.0
dist.broadcast(strided, src=1)
report(before=before, after=hash_of(model), common=model.common.bias.grad.tolist(),
       odd=model.odd.bias.grad.tolist(), never=model.never.bias.grad is None, x=x.tolist(),
       half=half.tolist(), flags=flags.tolist(), rows=[r.tolist() for r in rows], strided=strided.tolist())
"""


@pytest.mark.mpi
def test_ranks_of_different_sizes_and_branches_agree(job: Job) -> None:
    first, second = job(2, UNEQUAL)
    assert first["before"] != second["before"] and first["after"] == second["after"]
    for found in (first, second):
        assert found["never"], "a parameter that no rank used has no gradient"
        assert found["odd"] == pytest.approx([2 * 2 / 3] * 3)         # 2 of 3 samples, whose sum is 2
        assert found["x"] == [1, 1, 0] and found["half"] == [1, 1] and found["flags"] == [True]
        assert found["rows"] == [[[0, 0], [0, 0]], [[1, 1], [1, 1]]]
        assert found["strided"] == [[2, 2]] * 3
    assert first["common"] == second["common"]
