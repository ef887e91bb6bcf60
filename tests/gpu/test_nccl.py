"""NCCL's messages on the stand-in: on a stream of their own, after what they send, before what needs them."""
from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest

import minigrad
import minigrad.distributed as dist
from minigrad import nn, optim
from minigrad.nn.parallel import DistributedDataParallel

from .stand_in import nccl as fake
from .stand_in.monitor import no_waiting

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log(stand_in_cuda: Any) -> Iterator[list]:
    dist.init_process_group("nccl")
    fake.log.clear()
    yield fake.log
    dist.destroy_process_group()


def test_a_message_waits_for_what_was_computed_and_is_waited_for(log: list) -> None:
    x = minigrad.ones(3).cuda()
    work = dist.all_reduce(x, async_op=True)
    (begun, computing, before), (held, stream, event), (call, sending), (done, where, after) = log
    assert (begun, held, call, done) == ("record", "wait", "allReduce", "record")
    assert event is before and stream == sending == where != computing
    log.clear()
    work.wait()
    assert log == [("wait", computing, after)], "the computing stream waits, the host does not"


def test_a_training_step_sends_its_buckets_in_order_and_the_host_never_waits(log: list) -> None:
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)).cuda()
    ddp = DistributedDataParallel(net, bucket_cap_mb=0)
    told: list[tuple[str, int]] = []
    ddp.reducer.tell = lambda what, number: told.append((what, number))
    x = minigrad.randn(5, 4).cuda()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    log.clear()
    with no_waiting():
        ddp(x).sum().backward()
        optimizer.step()
    assert [number for what, number in told if what == "sent"] == [0, 1, 2, 3]
    calls = [entry[0] for entry in log if entry[0] not in ("record", "wait")]
    assert calls == ["allReduce"] * 4
    streams = {entry[1] for entry in log if entry[0] == "allReduce"}
    assert len(streams) == 1
    waited = [entry for entry in log if entry[0] == "wait" and entry[1] not in streams]
    assert len(waited) == 4, "before the step the computing stream waits for each bucket"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_every_call_moves_what_it_should(log: list, dtype: str) -> None:
    x = minigrad.tensor([[1, 2], [3, 4]], dtype=getattr(minigrad, dtype)).cuda().t()
    dist.all_reduce(x)
    dist.broadcast(x)
    found = [minigrad.zeros(2, 2, dtype=getattr(minigrad, dtype)).cuda()]
    dist.all_gather(found, x)
    dist.barrier()
    assert x.cpu().tolist() == found[0].cpu().tolist() == [[1, 3], [2, 4]]
    host = minigrad.ones(2)
    dist.all_reduce(host)
    assert host.tolist() == [1, 1]


RANKS = """
import sys
sys.path.insert(0, sys.argv[1] + "/tests/gpu/..")
from gpu import stand_in
from gpu.stand_in import cublas
stand_in.install(); cublas.install()
import numpy as np, minigrad, minigrad.distributed as dist
from minigrad import nn, optim
from minigrad.nn.parallel import DistributedDataParallel
dist.init_process_group("nccl")
rank, ranks = dist.get_rank(), dist.get_world_size()
random = np.random.default_rng(0)
x = random.normal(size=(7, 4)).astype("float32")

def train(model, part):
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(10):
        optimizer.zero_grad()
        (model(minigrad.tensor(x[part]).cuda()) ** 2).mean().backward()
        optimizer.step()

def network(seed):
    minigrad.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)).cuda()

shared, alone = network(rank), network(0)
train(DistributedDataParallel(shared), slice(rank, None, ranks))
train(alone, slice(None))
far = max(float(abs(p.detach().cpu() - q.detach().cpu()).max())
          for p, q in zip(shared.parameters(), alone.parameters()))
assert far < 1e-6, far
print("same")
"""


@pytest.mark.mpi
@pytest.mark.skipif(find_spec("mpi4py") is None, reason='mpi4py is not installed: pip install -e ".[mpi]"')
def test_two_ranks_with_a_device_each_train_as_one(stand_in_cuda: Any, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(RANKS, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "minigrad.launch", "-n", "2", str(script), str(ROOT)],
                          cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0 and done.stdout.count("same") == 2, done.stderr


@pytest.mark.gpu
def test_on_a_real_gpu_at_world_size_one() -> None:
    if not minigrad.cuda.is_available():
        pytest.skip("no GPU")
    dist.init_process_group("nccl")
    try:
        x = minigrad.tensor([1.0, 2.0]).cuda()
        dist.all_reduce(x)
        ddp = DistributedDataParallel(nn.Linear(2, 1).cuda())
        ddp(minigrad.ones(3, 2).cuda()).sum().backward()
        assert x.cpu().tolist() == [1, 2] and np.allclose(ddp.module.bias.grad.cpu().numpy(), 3)
    finally:
        dist.destroy_process_group()
