"""One process alone, and what is refused; nothing here needs MPI."""
from __future__ import annotations

import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
import minigrad.distributed as dist
from minigrad import nn
from minigrad.autograd.mode import mode
from minigrad.data import DataLoader, TensorDataset
from minigrad.distributed import group as groups
from minigrad.distributed.work import Group, Work
from minigrad.errors import DataError, DTypeError, GraphError, RangeError, ShapeError
from minigrad.nn.parallel import DistributedDataParallel
from minigrad.train import evaluate
from minigrad.utils.data.distributed import DistributedSampler


class Twin(Group):
    """Two processes that do the same: whatever is sent is summed with itself, when it arrives."""

    size = 2

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[np.ndarray] = []

    def all_reduce(self, array: Any, op: str = "sum") -> Work:
        self.count("all_reduce", array)
        self.sent.append(array)
        return Doubled(array)

    def broadcast(self, array: Any, source: int = 0) -> Work:
        self.count("broadcast", array)
        return Work()


class Doubled(Work):
    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def is_completed(self) -> bool:
        return False

    def wait(self) -> bool:
        self.array *= 2
        return True


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Twin:
    group = Twin()
    monkeypatch.setattr(groups, "_world", [group])
    return group


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))


def test_alone_everything_is_what_it_was() -> None:
    x = minigrad.tensor([1.0, 2.0])
    dist.init_process_group("mpi")
    try:
        with pytest.raises(GraphError, match="already"):
            dist.init_process_group()
        for op in ("sum", "prod", "min", "max"):
            assert dist.all_reduce(x, op) is None and x.tolist() == [1, 2]
        assert dist.all_reduce(x, async_op=True).wait() is True
        dist.broadcast(x, 0)
        found = [minigrad.zeros(2)]
        dist.all_gather(found, x)
        assert found[0].tolist() == x.tolist() == [1, 2]
        dist.barrier()
        assert dist.traffic() == {}
    finally:
        dist.destroy_process_group()
    assert not dist.is_initialized()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(RangeError, match="'mpi' or 'nccl'"):
        dist.init_process_group("gloo")
    with pytest.raises(RangeError, match="minigrad.launch -n 4"):
        dist.init_process_group(world_size=4)
    with pytest.raises(RangeError, match="mean of means"):
        dist.all_reduce(minigrad.ones(2), "avg")
    with pytest.raises(DTypeError, match="expected a Tensor"):
        dist.all_reduce(3.0)
    with pytest.raises(RangeError, match="from 0 to 0"):
        dist.broadcast(minigrad.ones(1), src=1)
    with pytest.raises(ShapeError, match="list of 1 tensors"):
        dist.all_gather([], minigrad.ones(1))
    with pytest.raises(ValueError, match="nothing to share"):
        DistributedDataParallel(nn.Tanh())


def test_one_of_several_processes_is_not_taken_for_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIGRAD_RANKS", "2")
    with pytest.raises(GraphError, match="2 processes, which have not met"):
        dist.get_rank()


def test_without_mpi4py_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIGRAD_RANKS", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(DataError, match=r'pip install -e "\.\[mpi\]"') as caught:
        dist.init_process_group()
    assert "\n" not in str(caught.value)


def test_training_alone_loads_neither_mpi_nor_the_launcher() -> None:
    code = ("import sys, minigrad; minigrad.distributed.init_process_group();"
            "print([m for m in sys.modules if m.startswith(('mpi4py', 'cupy', 'minigrad.launch'))])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=Path(__file__).resolve().parents[2])
    assert done.stdout.strip() == "[]", done.stderr


def test_messages_and_bytes_are_as_planned(twin: Twin) -> None:
    net = network()
    ddp = DistributedDataParallel(net, bucket_cap_mb=150 / 2**20)
    plan = [[p.numel() for p in bucket.parameters] for bucket in ddp.reducer.buckets]
    assert plan == [[2, 10, 5], [30, 6], [24]], "the last parameters first, each bucket up to 150 bytes"
    assert twin.messages == {"broadcast": 6}
    for _ in range(3):
        ddp(minigrad.randn(8, 4)).sum().backward()
    assert twin.messages["all_reduce"] == 3 * (3 + 2)
    assert twin.bytes["all_reduce"] == 3 * (4 * 77 + 8 + 4 * 6)     # gradients, samples, who has gradients


def test_buckets_are_sent_in_their_order_while_backward_goes_on(twin: Twin) -> None:
    ddp = DistributedDataParallel(network(), bucket_cap_mb=0)
    events: list[Any] = []
    ddp.reducer.tell = lambda what, number: events.append((what, number))
    ddp.module[0].register_full_backward_hook(lambda *_: events.append("first layer"))
    ddp(minigrad.randn(8, 4, requires_grad=True)).sum().backward()
    sent = [n for e in events if e[0] == "sent" for n in e[1:]]
    assert sent == list(range(6))
    assert events.index(("sent", 3)) < events.index("first layer"), "before the walk gets to the first layer"


def test_a_bucket_that_is_full_too_early_waits_for_its_turn(twin: Twin) -> None:
    """Used in another order than they were defined in: ready first, sent last."""
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.late, self.early = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)

        def forward(self, x: Any) -> Any:
            return self.late(self.early(x))
    ddp = DistributedDataParallel(Backwards(), bucket_cap_mb=0)
    ddp(minigrad.ones(2, 3)).sum().backward()
    buckets = [bucket.array for bucket in ddp.reducer.buckets]
    assert [i for array in twin.sent for i, b in enumerate(buckets) if array is b] == [0, 1]


@pytest.mark.parametrize("used", [True, False])
def test_parameters_that_nobody_used_keep_no_gradient(twin: Twin, used: bool) -> None:
    net = network()
    ddp = DistributedDataParallel(net)
    x = minigrad.randn(3, 4)
    (ddp(x).sum() if used else ddp.reducer.run(lambda: net[4](minigrad.ones(3, 5)), 3).sum()).backward()
    assert (net[0].weight.grad is not None) is used and net[4].weight.grad is not None


@pytest.mark.parametrize("steps", [1, 3])
def test_gradients_are_those_of_the_model_itself(twin: Twin, steps: int) -> None:
    """Both processes do the same, so the mean is what each of them has; without and with no_sync."""
    net = network()
    ddp = DistributedDataParallel(net)
    batches = [minigrad.randn(3, 4) for _ in range(steps)]
    for x in batches:
        (net(x) ** 2).mean().backward()
    expected = [p.grad.numpy().copy() for p in net.parameters()]
    net.zero_grad()
    for x in batches[:-1]:
        with ddp.no_sync():
            (ddp(x) ** 2).mean().backward()
    sent = len(twin.sent)
    (ddp(batches[-1]) ** 2).mean().backward()
    assert sent == steps - 1, "only the samples were counted"
    for p, g in zip(net.parameters(), expected):
        assert np.allclose(p.grad.numpy(), g, atol=1e-7)


def test_a_penalty_and_a_parameter_used_twice_are_sent_whole(twin: Twin) -> None:
    shared = nn.Linear(4, 4)
    net = nn.Sequential(shared, nn.Tanh(), shared)
    ddp = DistributedDataParallel(net)
    x = minigrad.randn(3, 4)
    (net(x).sum() + (shared.weight ** 2).sum()).backward()
    expected = shared.weight.grad.numpy().copy()
    net.zero_grad()
    (ddp(x).sum() + (shared.weight ** 2).sum()).backward()
    assert np.allclose(shared.weight.grad.numpy(), expected, atol=1e-6)


def test_two_models_in_one_loss_and_two_losses_of_one_model(twin: Twin) -> None:
    first, second = (DistributedDataParallel(nn.Linear(2, 2)) for _ in range(2))
    x = minigrad.ones(3, 2)
    a, b = first(x).sum(), first(2 * x).sum()
    (a + second(x).sum()).backward()
    assert first.module.bias.grad.tolist() == second.module.bias.grad.tolist() == [3, 3]
    b.backward()
    assert len(twin.sent) == 3 + 3 * 2, "each loss was sent"
    assert first.module.bias.grad.tolist() == [6, 6]
    assert mode.followers == () and first.reducer.counts == deque()


def test_mistakes_in_using_it_are_named(twin: Twin) -> None:
    ddp = DistributedDataParallel(nn.Linear(2, 1))
    x = minigrad.ones(3, 2)
    with pytest.raises(GraphError, match="create_graph"):
        ddp(x).sum().backward(create_graph=True)
    mode.followers = ()
    ddp(x)
    with pytest.raises(GraphError, match="not ddp.module"):
        ddp.module(x).sum().backward()
    mode.followers = ()


def test_evaluating_sends_nothing(twin: Twin) -> None:
    ddp = DistributedDataParallel(nn.Linear(2, 1))
    with minigrad.no_grad():
        ddp(minigrad.ones(3, 2))
    assert twin.sent == [] and mode.followers == ()


@pytest.mark.parametrize("n, ranks", [(10, 2), (11, 4), (3, 4), (1, 3)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_the_ranks_of_a_sampler_have_the_epoch_between_them(n: int, ranks: int, shuffle: bool) -> None:
    samplers = [DistributedSampler(range(n), ranks, rank, shuffle) for rank in range(ranks)]
    orders = []
    for epoch in (0, 1):
        for sampler in samplers:
            sampler.set_epoch(epoch)
        parts = [list(sampler) for sampler in samplers]
        whole = [i for group in zip(*parts) for i in group]
        assert sorted(set(whole)) == list(range(n)) and {len(p) for p in parts} == {-(-n // ranks)}
        assert sorted(whole[:n]) == list(range(n)), "the padding comes last"
        orders.append(whole)
    assert (orders[0] != orders[1]) is shuffle or n < 4


def test_what_a_sampler_dealt_out_is_measured_over_all_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rank 0 has one of two right; the other rank, whose numbers are added, both."""
    class Beside(Twin):
        def all_reduce(self, array: Any, op: str = "sum") -> Work:
            array += [2.0, 0.0, 1.0, 2.0]               # samples, loss, whether hits are known, hits
            return Work()
    monkeypatch.setattr(groups, "_world", [Beside()])
    scores, labels = minigrad.eye(4), minigrad.tensor([0, 0, 1, 0])
    loader = DataLoader(TensorDataset(scores, labels), sampler=DistributedSampler(labels, shuffle=False))
    assert evaluate(nn.Identity(), loader).accuracy == 3 / 4
    alone = DataLoader(TensorDataset(scores, labels))
    assert evaluate(nn.Identity(), alone).accuracy == 1 / 4, "of all samples, by this rank"


@pytest.mark.torch
@pytest.mark.parametrize("drop_last", [True, False])
def test_a_sampler_deals_as_pytorchs(drop_last: bool) -> None:
    theirs = pytest.importorskip("torch.utils.data").DistributedSampler
    for n, ranks in ((10, 2), (11, 4), (3, 4), (1, 3)):
        for rank in range(ranks):
            options = {"num_replicas": ranks, "rank": rank, "shuffle": False, "drop_last": drop_last}
            if drop_last and n < ranks:
                continue                                # PyTorch's own raises
            assert list(DistributedSampler(range(n), **options)) == list(theirs(range(n), **options))
