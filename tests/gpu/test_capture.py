"""A captured step: what it computes, what it counts, and what it refuses."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.backend.arrays import to_numpy
from minigrad.train import load_checkpoint, save_checkpoint
from minigrad.cuda import CapturedStep, capture
from minigrad.errors import DeviceError, GraphError

from .stand_in import cublas as fake_cublas, no_waiting


def network(dropout: float = 0.0) -> nn.Sequential:
    minigrad.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(dropout),
                         nn.Linear(36, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 5)).double().cuda()


def batches(count: int = 8, size: int = 6) -> list[tuple[Any, Any]]:
    random = np.random.default_rng(0)
    return [(minigrad.tensor(random.random((size, 1, 8, 8)), device="cuda"),
             minigrad.tensor(random.integers(0, 5, size), device="cuda")) for _ in range(count)]


def training(model: nn.Module, optimizer: Any) -> Callable[..., Any]:
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss
    return step


MAKERS: list[Any] = [
    lambda p: optim.Adam(p, lr=0.01), lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1),
    lambda p: optim.SGD(p, lr=0.05), lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    lambda p: optim.Adam(p, lr=0.01, amsgrad=True)]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_captured_run_is_the_run(make: Any, dropout: float, device: str) -> None:
    """The same losses, weights, step counts, and random numbers, with a schedule that changes the rate."""
    results = []
    for captured in (False, True):
        model = network(dropout)
        optimizer = make(model.parameters())
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.7)
        step: Any = training(model, optimizer)
        step = capture(step, warmup=2) if captured else step
        losses = []
        for x, y in batches():
            losses.append(step(x, y).item())
            schedule.step()
        state = optimizer.state_dict()["state"]
        counts = [s["step"] for s in state.values() if "step" in s]
        buffers = [to_numpy(b._array) for b in model.buffers()]
        results.append((losses, [to_numpy(p._array) for p in model.parameters()], counts, buffers,
                        minigrad.get_rng_state()))
    (losses, weights, counts, buffers, random), (mine, own, counted, kept, drawn) = results
    np.testing.assert_allclose(mine, losses, rtol=1e-9)
    for a, b in zip([*weights, *buffers], [*own, *kept]):
        np.testing.assert_allclose(b, a, rtol=1e-7, atol=1e-9)
    assert counted == counts and drawn == random
    assert isinstance(step, CapturedStep) and step.captured and step.replays == 6


def test_a_replay_is_one_launch_and_waits_for_nothing(stand_in_cuda: Any) -> None:
    model = network()
    step = capture(training(model, optim.Adam(model.parameters())), warmup=1)
    data = batches()
    step(*data[0])
    step(*data[1])
    fake_cublas.calls.clear()
    stand_in_cuda.reset()
    with no_waiting():
        losses = [step(x, y) for x, y in data[2:]]
    assert stand_in_cuda.launches == 3 * 6              # two inputs copied, one graph
    assert stand_in_cuda.uploads == 0 and not fake_cublas.calls
    assert all(loss is losses[0] for loss in losses)    # static: always the newest value


def test_products_are_those_of_the_own_cublas_whether_recorded_or_not(stand_in_cuda: Any) -> None:
    model = network()
    step = capture(training(model, optim.Adam(model.parameters())), warmup=1)
    fake_cublas.calls.clear()
    stand_in_cuda.reset()
    for x, y in batches(2):
        step(x, y)
    # The stream is set before the workspace, which it would reset. Products: two of the convolution, whose
    # input needs no gradient, and three of each of the two linear layers.
    assert fake_cublas.calls[:2] == ["stream", "workspace"]
    assert fake_cublas.calls[2:] == ["gemm"] * 8 * 2 and not stand_in_cuda.products


def test_a_smaller_last_batch_is_run_as_it_is(device: str) -> None:
    model, twin = network(), network()
    step = capture(training(model, optim.SGD(model.parameters(), lr=0.1)), warmup=1)
    plain = training(twin, optim.SGD(twin.parameters(), lr=0.1))
    data = batches(3) + batches(1, size=4) + batches(2)
    for x, y in data:
        assert step(x, y).item() == pytest.approx(plain(x, y).item(), rel=1e-4)
    assert step.replays == 4


def test_a_checkpoint_may_be_loaded_between_replays(device: str, tmp_path: Path) -> None:
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    step = capture(training(model, optimizer), warmup=1)
    data = batches()
    for x, y in data[:3]:
        step(x, y)
    save_checkpoint(tmp_path / "c", model=model, optimizer=optimizer)
    first = [step(x, y).item() for x, y in data[3:6]]
    load_checkpoint(tmp_path / "c", model=model, optimizer=optimizer)
    again = [step(x, y).item() for x, y in data[3:6]]
    assert again == first and optimizer.state_dict()["state"][0]["step"] == 6


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────

def reads_a_number(x: Any, y: Any) -> Any:
    return (x * x).sum() if (x * x).sum().item() > 0 else x.sum()


def decides(x: Any, y: Any) -> Any:
    loss = (x * x).sum()
    if loss > 0:
        return loss
    return -loss


def copies_from_the_host(x: Any, y: Any) -> Any:
    return (x * minigrad.tensor([2.0], device="cuda")).sum()


def draws_on_the_host(x: Any, y: Any) -> Any:
    return (x + minigrad.randn(*x.shape, device="cuda")).sum()


def copies_to_the_host(x: Any, y: Any) -> Any:
    return x.cpu()


REFUSED = {reads_a_number: ".item() > 0", decides: "if loss > 0",
           copies_from_the_host: "minigrad.tensor([2.0]", draws_on_the_host: "minigrad.randn(",
           copies_to_the_host: "x.cpu()"}


@pytest.mark.parametrize("step", REFUSED, ids=lambda f: f.__name__)
def test_what_cannot_be_captured_is_refused_with_its_line(step: Any, device: str) -> None:
    captured = capture(step, warmup=1)
    x, y = batches(1)[0]
    captured(x, y)
    with pytest.raises(GraphError, match="cannot be recorded") as caught:
        captured(x, y)
    assert REFUSED[step] in str(caught.value) and "test_capture.py:" in str(caught.value)
    assert not captured.captured
    assert (x + 1).sum().item() > 0                 # the device works on


def test_an_optimizer_that_counts_on_the_host_is_refused(device: str) -> None:
    model = network()
    step = capture(training(model, optim.RMSprop(model.parameters())), warmup=1)
    (x, y), *_ = batches(1)
    step(x, y)
    with pytest.raises(GraphError, match="capture: RMSprop counts its steps.*Use SGD or Adam"):
        step(x, y)


def test_inputs_that_are_not_on_a_gpu_are_refused(device: str) -> None:
    step = capture(lambda x: x * 2)
    with pytest.raises(DeviceError, match=r"input 0 .* a tensor on cpu. Move it: x.to\('cuda'\)"):
        step(minigrad.ones(2))
    with pytest.raises(DeviceError, match="got float"):
        step(2.0)
    with pytest.raises(GraphError, match="at least one input tensor"):
        step()


def test_a_mistake_in_the_step_stays_what_it_is(device: str) -> None:
    calls = []

    def step(x: Any) -> Any:
        calls.append(x)
        if len(calls) > 1:
            raise KeyError("own")
        return x * 2
    captured = capture(step, warmup=1)
    x = minigrad.ones(2, device="cuda")
    captured(x)
    with pytest.raises(KeyError, match="own"):
        captured(x)


def test_a_captured_step_inside_of_another_is_refused(device: str) -> None:
    inner = capture(lambda x: x * 2)
    outer = capture(lambda x: inner(x) + 1, warmup=1)
    x = minigrad.ones(2, device="cuda")
    outer(x)
    with pytest.raises(GraphError, match="inside another one"):
        outer(x)


def test_what_is_returned_may_be_a_tuple(device: str) -> None:
    step = capture(lambda x: (x * 2, x + 1), warmup=1)
    for k in range(4):
        twice, more = step(minigrad.full((3,), float(k), device="cuda"))
        assert twice.tolist() == [2.0 * k] * 3 and more.tolist() == [k + 1.0] * 3


@pytest.mark.parametrize("shapes", [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)),
                                    ((2, 1, 3, 4), (5, 4, 2)), ((1, 4), (4, 1)), ((3, 1), (1, 5))])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_recorded_products_of_every_layout(shapes: Any, dtype: Any, device: str) -> None:
    random = np.random.default_rng(0)
    a, b = (random.normal(size=shape).astype(dtype) for shape in shapes)
    for left in (a, a.swapaxes(-1, -2).copy().swapaxes(-1, -2)):
        for right in (b, b.swapaxes(-1, -2).copy().swapaxes(-1, -2)):
            def on_gpu(x: np.ndarray) -> Any:
                dense = minigrad.tensor(x if x.flags.c_contiguous else x.swapaxes(-1, -2), device="cuda")
                return dense if x.flags.c_contiguous else dense.transpose(-1, -2)
            step = capture(lambda x, y: x @ y, warmup=1)
            for _ in range(2):
                z = step(on_gpu(left), on_gpu(right))
            np.testing.assert_allclose(to_numpy(z._array), np.matmul(a, b), rtol=1e-2 if dtype == np.float16
                                       else 1e-5, atol=1e-2 if dtype == np.float16 else 1e-5)
