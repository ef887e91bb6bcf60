"""Training on the device: optimizers, schedules, random numbers, the loader, checkpoints, no waiting."""
from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.backend.arrays import set_default_device, to_numpy
from minigrad.backend.gpu.probe import find
from minigrad.train import evaluate, fit, load_checkpoint, predict, save_checkpoint
from minigrad.data import DataLoader, TensorDataset
from minigrad.errors import AnomalyError, DeviceError

from .stand_in import Synchronized, no_waiting

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.05}), ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}), ("SGD", {"lr": 1e-3, "maximize": True}),
    ("Adam", {"lr": 0.05}), ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "maximize": True}), ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.7}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.1})]


def network(dtype: Any = minigrad.float32) -> nn.Sequential:
    """A small network with every layer that has a kernel of its own."""
    minigrad.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(4 * 9, 16), nn.ReLU(), nn.Linear(16, 5))
    return model.to(dtype)


def images(n: int = 24, dtype: Any = np.float32) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((n, 1, 8, 8)).astype(dtype), random.integers(0, 5, n)


def batches(device: str, dtype: Any = np.float32) -> list[tuple[Any, Any]]:
    x, y = images(dtype=dtype)
    return [(minigrad.tensor(x[i:i + 8], device=device), minigrad.tensor(y[i:i + 8], device=device))
            for i in (0, 8, 16)]


def weights(model: nn.Module) -> list[np.ndarray]:
    return [to_numpy(p._array).copy() for p in model.parameters()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name, options", OPTIMIZERS)
def test_steps_on_the_device_are_those_on_the_cpu(name: str, options: dict[str, Any], dtype: Any,
                                                  device: str) -> None:
    found = []
    for where in ("cpu", device):
        model = network(np.dtype(dtype)).to(where)
        optimizer = getattr(optim, name)(model.parameters(), **options)
        schedule = optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
        losses = []
        for x, y in batches(where, dtype) * 2:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss)
        state = optimizer.state_dict()["state"]
        found.append(([loss.item() for loss in losses], weights(model),
                      [to_numpy(v._array) for s in state.values() for v in s.values()
                       if isinstance(v, minigrad.Tensor)]))
    close = dict(rtol=1e-9, atol=1e-10) if dtype == np.float64 else dict(rtol=2e-3, atol=2e-4)
    for a, b in zip(found[0], found[1]):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(y, x, **close)


def test_forty_parameters_and_parameters_without_gradient(device: str) -> None:
    """More than one launch holds, and steps that differ from parameter to parameter."""
    found = []
    for where in ("cpu", device):
        params = [nn.Parameter(minigrad.full((3,), float(i), device=where)) for i in range(40)]
        optimizer = optim.Adam(params, lr=0.1)
        for k in range(3):
            optimizer.zero_grad()
            sum((p * p).sum() for i, p in enumerate(params) if i % 2 or k != 1).backward()
            optimizer.step()
        found.append([p.tolist() for p in params])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


def test_nothing_waits_inside_of_a_step(stand_in_cuda: Any) -> None:
    model = network().cuda()
    model.append(nn.Dropout(0.2)).append(nn.BatchNorm1d(5))
    model.cuda()
    optimizer = optim.Adam(model.parameters())
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    losses = []
    for x, y in batches("cuda") * 2:
        with no_waiting():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        losses.append(loss)
    before = stand_in_cuda.waits
    assert losses[-1].item() > 0 and stand_in_cuda.waits == before + 1


LOSSES: list[Any] = [
    lambda x, y: F.cross_entropy(x, y), lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
    lambda x, y: F.cross_entropy(x, y, weight=minigrad.ones(5, device="cuda")),
    lambda x, y: F.cross_entropy(x, y, reduction="sum"), lambda x, y: F.nll_loss(x.log_softmax(1), y),
    lambda x, y: F.mse_loss(x, x.detach() * 2), lambda x, y: F.l1_loss(x, x.detach() * 2),
    lambda x, y: F.binary_cross_entropy(x.sigmoid(), x.detach().sigmoid()),
    lambda x, y: F.binary_cross_entropy_with_logits(x, x.detach().sigmoid()),
    lambda x, y: F.huber_loss(x, x.detach() * 2),
    lambda x, y: F.kl_div(x.log_softmax(1), x.detach().softmax(1)),
    lambda x, y: F.embedding(y, x.t()).mean(), lambda x, y: x.max(1).values.mean(),
    lambda x, y: x.std() + x.logsumexp(1).mean(), lambda x, y: x.sort(1).values[:, 0].sum()]


@pytest.mark.parametrize("loss", LOSSES)
def test_no_loss_waits(loss: Any, stand_in_cuda: Any) -> None:
    x = minigrad.randn(6, 5, device="cuda", requires_grad=True)
    y = minigrad.tensor([0, 1, 2, 3, 4, 0], device="cuda")
    with no_waiting():
        loss(x, y).backward()
    assert x.grad is not None and x.grad.device == "cuda"


@pytest.mark.parametrize("on_device", [True, False])
def test_fit_waits_once_an_epoch(on_device: bool, stand_in_cuda: Any) -> None:
    x, y = images()
    data = TensorDataset(minigrad.tensor(x), minigrad.tensor(y))
    if on_device:
        data.tensors = tuple(t.cuda() for t in data.tensors)
    model = network().cuda()
    counts = []
    for epochs in (1, 3):
        stand_in_cuda.reset()
        fit(model, DataLoader(data, batch_size=4), nn.CrossEntropyLoss(), optim.Adam(model.parameters()),
            epochs=epochs, validation=DataLoader(data, batch_size=8), progress=False)
        counts.append(stand_in_cuda.waits)
    each = (counts[1] - counts[0]) / 2
    assert each <= 6, stand_in_cuda.reasons          # the numbers of an epoch, however many batches


def test_fit_on_the_device_learns_what_it_learns_on_the_cpu(device: str) -> None:
    x, y = images()
    histories = []
    for where in ("cpu", device):
        model = network().to(where)
        history = fit(model, (minigrad.tensor(x), minigrad.tensor(y)), nn.CrossEntropyLoss(),
                      optim.Adam(model.parameters(), lr=0.01), epochs=3, batch_size=5, progress=False)
        histories.append(history.history)
        assert predict(model, minigrad.tensor(x)).device.type == ("cpu" if where == "cpu" else "cuda")
        assert evaluate(model, (minigrad.tensor(x), minigrad.tensor(y))).accuracy is not None
    for name in histories[0]:
        np.testing.assert_allclose(histories[1][name], histories[0][name], rtol=1e-3, atol=1e-3)


def test_a_wrong_label_shows_as_a_loss_that_is_no_number(device: str) -> None:
    x, y = images(8)
    y[3] = 5
    model = network().to(device)
    with pytest.raises(AnomalyError, match="no longer finite"):
        fit(model, (minigrad.tensor(x), minigrad.tensor(y)), nn.CrossEntropyLoss(),
            optim.SGD(model.parameters()), progress=False)


# ── random numbers ────────────────────────────────────────────────────────────────────────────────

def test_a_seed_gives_the_numbers_of_the_cpu(device: str) -> None:
    for make in (minigrad.rand, minigrad.randn):
        here = make(4, 3, generator=minigrad.Generator(3))
        there = make(4, 3, generator=minigrad.Generator(3), device=device)
        assert there.device == device and there.tolist() == here.tolist()
    minigrad.manual_seed(1)
    a = weights(nn.Linear(5, 4))
    minigrad.manual_seed(1)
    set_default_device(device)
    b = nn.Linear(5, 4)
    assert b.weight.device == device
    assert all(np.array_equal(p, q) for p, q in zip(a, weights(b)))


def test_dropout_on_the_device(device: str) -> None:
    x = minigrad.ones(100, 70, device=device, requires_grad=True)
    minigrad.manual_seed(4)
    a, b = F.dropout(x, 0.25), F.dropout(x, 0.25)
    minigrad.manual_seed(4)
    c = F.dropout(x, 0.25)
    assert a.tolist() == c.tolist() != b.tolist()
    values = to_numpy(a._array)
    assert set(np.unique(values).tolist()) == {0.0, np.float32(4 / 3)}
    assert abs((values == 0).mean() - 0.25) < 0.02
    c.sum().backward()
    assert x.grad is not None and x.grad.tolist() == c.tolist()


def test_the_state_of_random_numbers_holds_the_device_s(device: str) -> None:
    x = minigrad.ones(50, device=device)
    F.dropout(x)
    state = minigrad.get_rng_state()
    a = F.dropout(x).tolist()
    F.dropout(x)
    minigrad.set_rng_state(state)
    assert F.dropout(x).tolist() == a


def test_a_copy_of_a_generator_draws_what_it_would_on_the_device_too(device: str) -> None:
    x, generator = minigrad.ones(50, device=device), minigrad.Generator(3)
    F.dropout(x, generator=generator)
    twin = copy.deepcopy(generator)
    assert twin.get_state() == generator.get_state()
    assert F.dropout(x, generator=twin).tolist() == F.dropout(x, generator=generator).tolist()


# ── checkpoints and data ──────────────────────────────────────────────────────────────────────────

def trained(where: str, path: Path | None, steps: int) -> list[np.ndarray]:
    model = network().to(where)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    if path is not None:
        load_checkpoint(path, model=model, optimizer=optimizer)
    for x, y in (batches(where) * 2)[3 if path else 0:][:steps]:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    if path is None and steps == 3:
        save_checkpoint(CHECKPOINT[0], model=model, optimizer=optimizer)
    return weights(model)


CHECKPOINT: list[Path] = [Path()]


@pytest.mark.parametrize("first", ["cpu", "cuda"])
def test_a_checkpoint_goes_on_on_the_other_device(first: str, device: str, tmp_path: Path) -> None:
    CHECKPOINT[0] = tmp_path / "run.safetensors"
    second = "cuda" if first == "cpu" else "cpu"
    whole = trained(first, None, 6)
    trained(first, None, 3)
    there = trained(second, CHECKPOINT[0], 3)
    for a, b in zip(whole, there):
        np.testing.assert_allclose(b, a, rtol=2e-3, atol=2e-4)


def test_saved_weights_load_on_either_device(device: str, tmp_path: Path) -> None:
    model = network().to(device)
    minigrad.save(model.state_dict(), tmp_path / "w.safetensors")
    other = network()
    other.load_state_dict(minigrad.load(tmp_path / "w.safetensors"))
    other.to(device).load_state_dict(network().state_dict())
    assert all(p.device == device for p in other.parameters())


@pytest.mark.parametrize("workers", [0, 1])
def test_pinned_batches(workers: int, device: str) -> None:
    from minigrad.backend.gpu.pinned import is_pinned
    x, y = images()
    loader = DataLoader(TensorDataset(x, y), batch_size=7, pin_memory=True, num_workers=workers)
    for i, (a, b) in enumerate(loader):
        assert is_pinned(a._array) and is_pinned(b._array)
        there = a.to(device, non_blocking=True)
        assert np.array_equal(to_numpy(there._array), x[7 * i:7 * i + 7])


def test_fit_does_not_wait_for_pinned_batches(stand_in_cuda: Any) -> None:
    x, y = images()
    loader = DataLoader(TensorDataset(x, y), batch_size=4, pin_memory=True)
    model = network().cuda()
    counts = []
    for epochs in (1, 2):
        stand_in_cuda.reset()
        fit(model, loader, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), epochs=epochs,
            progress=False)
        counts.append(stand_in_cuda.waits)
        assert not [reason for reason in stand_in_cuda.reasons if "blocking" in reason]
    assert counts[1] - counts[0] <= 4


def test_without_a_gpu_pinning_is_left_out_with_a_warning() -> None:
    if find()[0] is not None:
        pytest.skip("this machine has a GPU")
    x, y = images()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (a, _), *_ = DataLoader(TensorDataset(x, y), batch_size=24, pin_memory=True)
    assert len(caught) == 1 and "pin_memory" in str(caught[0].message) and np.array_equal(a._array, x)


# ── mixing devices ────────────────────────────────────────────────────────────────────────────────

MIXES: list[Any] = [
    lambda a, b: a + b, lambda a, b: b + a, lambda a, b: a @ b, lambda a, b: minigrad.maximum(a, b),
    lambda a, b: a < b, lambda a, b: minigrad.where(a > 0, a, b), lambda a, b: F.mse_loss(a, b),
    lambda a, b: F.linear(a, b), lambda a, b: minigrad.cat([a, b]), lambda a, b: minigrad.stack([b, a]),
    lambda a, b: F.cross_entropy(a, b[:, 0].long()), lambda a, b: a.gather(1, b.long() * 0),
    lambda a, b: F.embedding(a.long() * 0, b), lambda a, b: a.masked_fill(b > 0, 0.0),
    lambda a, b: a.scatter_add(1, b.long() * 0, a), lambda a, b: F.conv1d(a.unsqueeze(0), b.unsqueeze(0)),
    lambda a, b: F.binary_cross_entropy(a * 0, b * 0), lambda a, b: F.layer_norm(a, 3, b[0]),
    lambda a, b: a.copy_(b) if False else a.add_(b), lambda a, b: minigrad.einsum("ij,jk->ik", a, b),
    lambda a, b: F.batch_norm(a, b[0], b[0] + 1), lambda a, b: a.index_select(0, b[0].long() * 0)]


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("first", ["cpu", "cuda"])
def test_mixing_devices_names_both_and_the_remedy(mix: Any, first: str, device: str) -> None:
    a = minigrad.ones(3, 3, device=first)
    b = minigrad.ones(3, 3, device="cuda" if first == "cpu" else "cpu")
    with pytest.raises(DeviceError) as caught:
        mix(a, b)
    text = str(caught.value)
    assert "cpu" in text and "cuda:0" in text and "x.to('cuda:0')" in text, text


def test_a_model_and_its_input_on_two_devices(device: str) -> None:
    x, _ = images()
    with pytest.raises(DeviceError, match=r"cpu and cuda:0.*x\.to\('cuda:0'\)"):
        network().to(device)(minigrad.tensor(x))


def test_reading_a_device_tensor_waits_and_is_caught(stand_in_cuda: Any) -> None:
    x = minigrad.ones(3, device="cuda")
    for read in (lambda: x.sum().item(), lambda: float(x[0]), lambda: x.tolist(), lambda: bool(x.all()),
                 lambda: x.cpu(), lambda: repr(x), lambda: x[x > 0]):
        with no_waiting(), pytest.raises(Synchronized):
            read()


# ── fused layers ──────────────────────────────────────────────────────────────────────────────────

def test_a_sequential_fuses_bias_and_relu_on_the_device(stand_in_cuda: Any) -> None:
    model, x = network(), minigrad.tensor(images(4)[0])
    wanted = model(x).tolist()
    model.cuda()
    stand_in_cuda.reset()
    with minigrad.no_grad():
        fused = model(x.cuda())
    few = stand_in_cuda.launches
    for layer in model:                     # a hook must see what is between the two
        layer.register_forward_hook(lambda module, args, output: None)
    stand_in_cuda.reset()
    with minigrad.no_grad():
        apart = model(x.cuda())
    assert few < stand_in_cuda.launches
    np.testing.assert_allclose(to_numpy(fused._array), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(to_numpy(apart._array), wanted, rtol=1e-5, atol=1e-6)


def test_float16_with_loss_scaling(device: str) -> None:
    found = []
    for where in ("cpu", device):
        model = network(np.dtype(np.float16)).to(where)
        optimizer, scaler = optim.SGD(model.parameters(), lr=0.1), minigrad.amp.GradScaler(1024.0)
        for x, y in batches(where, np.float16) * 2:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x).float(), y)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        assert scaler.get_scale() == 1024.0
        found.append([loss.item(), *weights(model)])
    for a, b in zip(*found):
        np.testing.assert_allclose(b, a, rtol=0.05, atol=5e-3)
