"""What a captured step keeps right when the program around it does not stand still.

Generators are seeded, recordings refused or interrupted, parameters moved; streams come and go.
"""
from __future__ import annotations

import gc
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.backend.arrays import to_numpy
from minigrad.cuda import capture
from minigrad.errors import DeviceError, GraphError

from .stand_in import cublas as fake_cublas


def ones(*size: int, **options: Any) -> Any:
    return minigrad.ones(*size, device="cuda", **options)


def dropping(x: Any) -> Any:
    """Two masks in each step."""
    return F.dropout(F.dropout(x, 0.5) + x, 0.5)


# ── random numbers ────────────────────────────────────────────────────────────────────────────────

def seeded(step: Callable[[Any], Any], x: Any, events: dict[int, Callable[[], Any]]) -> list[Any]:
    minigrad.manual_seed(3)
    found = []
    for i in range(10):
        events.get(i, lambda: None)()
        found.append(step(x).tolist())
    return found


SAVED: list[str] = []
EVENTS: dict[str, dict[int, Callable[[], Any]]] = {
    "never": {}, "before the recording": {2: lambda: minigrad.manual_seed(4)},
    "after it": {5: lambda: minigrad.manual_seed(4), 7: lambda: minigrad.manual_seed(4)},
    "by a saved state": {4: lambda: SAVED.append(minigrad.get_rng_state()),
                         7: lambda: minigrad.set_rng_state(SAVED[-1])},
    "by a state without a device's stream": {1: lambda: SAVED.append(minigrad.Generator(8).get_state()),
                                             6: lambda: minigrad.set_rng_state(SAVED[-1])}}


@pytest.mark.parametrize("when", EVENTS)
def test_masks_follow_the_generator_that_is_seeded(when: str, device: str) -> None:
    x = ones(40)
    eager = seeded(dropping, x, EVENTS[when])
    step = capture(dropping, warmup=2)
    captured = seeded(step, x, EVENTS[when])
    assert captured == eager and step.replays == 8
    assert len({str(values) for values in eager}) > 3           # the masks are not always the same


def test_a_generator_of_its_own_is_followed_too(device: str) -> None:
    generator, x = minigrad.Generator(1), ones(40)
    step = capture(lambda x: F.dropout(x, 0.5, generator=generator), warmup=1)
    first = [step(x).tolist() for _ in range(4)]
    generator.manual_seed(1)
    assert [step(x).tolist() for _ in range(4)] == first


def test_a_plain_numpy_generator_is_refused(device: str) -> None:
    from minigrad.ops.dropout import Dropout
    random, x = np.random.default_rng(0), ones(8)
    step = capture(lambda x: Dropout(0.5, random)(x), warmup=1)
    step(x)
    with pytest.raises(GraphError, match="capture: the recorded call makes a stream of random .*anew"):
        step(x)


# ── refused and interrupted recordings ────────────────────────────────────────────────────────────

def adam_steps(fails: set[int], error: Any) -> tuple[list[float], Any, Callable[..., Any]]:
    """Ten steps of Adam and dropout, captured after two; at some calls the recording fails."""
    minigrad.manual_seed(0)
    w, calls = nn.Parameter(ones(30)), [0]
    optimizer = optim.Adam([w], lr=0.1)

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (F.dropout(w, 0.5) * x).sum()
        loss.backward()
        optimizer.step()
        if calls[0] in fails:
            error(loss)
        return loss
    step = capture(train, warmup=2)
    found = []
    for i in range(10):
        calls[0] = i
        try:
            found.append(step(ones(30)).item())
        except (GraphError, KeyError, KeyboardInterrupt):
            found.append(None)
    return found, optimizer, step


def interrupted(loss: Any) -> None:
    raise KeyboardInterrupt


def failed(loss: Any) -> None:
    raise KeyError("own")


def hidden(loss: Any) -> None:
    """An error that breaks the recording off, and that the step keeps to itself."""
    try:
        minigrad.cuda.synchronize()
    except RuntimeError:
        pass


@pytest.mark.parametrize("error", [lambda loss: loss.item(), lambda loss: minigrad.cuda.synchronize(),
                                   hidden, failed, interrupted])
def test_a_recording_that_fails_leaves_nothing_behind(error: Any, device: str) -> None:
    """Neither steps nor draws are counted: the later calls go on as if it had not been tried."""
    whole, _, _ = adam_steps(set(), error)
    found, optimizer, step = adam_steps({2, 3}, error)
    assert found[2:4] == [None, None] and found[:2] == whole[:2]
    np.testing.assert_allclose(found[4:], whole[2:8], rtol=1e-6)
    assert optimizer.state_dict()["state"][0]["step"] == 8 and step.replays == 6


def test_a_gradient_that_was_only_recorded_is_not_left_as_one(device: str) -> None:
    """Its array holds whatever the memory held: a later step would add that to the weights."""
    w = nn.Parameter(ones(3))
    optimizer = optim.SGD([w], lr=1.0)

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (w * x).sum()
        loss.backward()
        return loss.item()
    step = capture(train, warmup=1)
    step(ones(3))
    with pytest.raises(GraphError):
        step(ones(3))
    assert w.grad is None
    optimizer.step()
    assert w.tolist() == [1, 1, 1]


def test_the_first_gradient_of_a_parameter_is_refused_in_a_recording(device: str) -> None:
    """Its zeros would be made by each replay; so would a velocity's start."""
    for make in (lambda p: optim.Adam(p), lambda p: optim.SGD(p, lr=0.1, momentum=0.9)):
        a, b = nn.Parameter(ones(3)), nn.Parameter(ones(3))
        optimizer, calls = make([a, b]), [0]

        def train(x: Any) -> Any:
            calls[0] += 1
            optimizer.zero_grad()
            loss = (a * x).sum() + ((b * x).sum() if calls[0] > 1 else 0)
            loss.backward()
            optimizer.step()
            return loss
        step = capture(train, warmup=1)
        step(ones(3))
        with pytest.raises(GraphError, match="makes an optimizer's state .*warmup"):
            step(ones(3))


def test_out_of_memory_in_a_recording_frees_nothing_that_is_recorded(stand_in_cuda: Any) -> None:
    room: list[int | None] = [None]

    def train(x: Any) -> Any:
        stand_in_cuda.room = room[0]
        try:
            return (x * 2).sum()
        finally:
            stand_in_cuda.room = None
    step, x = capture(train, warmup=2), ones(1000)
    step(x)
    room[0] = 1000
    with pytest.raises(MemoryError):                    # outside of a recording the pool tried again
        step(x)
    with pytest.raises(DeviceError, match="capture: the GPU does not have 4,000 bytes left.*smaller batch"):
        step(x)
    assert not stand_in_cuda.freed_while_recording and stand_in_cuda.recorded is None
    room[0] = None
    assert step(x).item() == 2000.0 and step.replays == 1


# ── parameters that move ──────────────────────────────────────────────────────────────────────────

MOVES: dict[str, Callable[[nn.Module, Any], Any]] = {
    "model.cpu(); model.cuda()": lambda model, optimizer: model.cpu().cuda(),
    "p.data = …": lambda model, optimizer: setattr(model.weight, "data", ones(2, 3)),
    "a state that is empty": lambda model, optimizer: optimizer.load_state_dict(
        {**optimizer.state_dict(), "state": {}})}


@pytest.mark.parametrize("how", MOVES)
def test_a_parameter_that_moved_is_noticed_before_the_replay(how: str, device: str) -> None:
    model = nn.Linear(3, 2).cuda()
    optimizer = optim.Adam(model.parameters())

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        return loss
    step, x = capture(train, warmup=1), ones(4, 3)
    for _ in range(3):
        step(x)
    MOVES[how](model, optimizer)
    before = to_numpy(model.weight._array).copy()
    with pytest.raises(GraphError, match="capture: a parameter was moved.*Capture the step again"):
        step(x)
    assert np.array_equal(before, to_numpy(model.weight._array))


def trained(make: Any, captured: bool, change: dict[str, Any], schedule: Any = None) -> tuple[Any, Any]:
    """Eight steps, an option changed before the sixth: (the weights, the step)."""
    w = nn.Parameter(ones(3))
    optimizer = make([w])
    scheduled = None if schedule is None else schedule(optimizer)

    def train(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (w * w * x).sum()
        loss.backward()
        optimizer.step()
        return loss
    step: Any = capture(train, warmup=2) if captured else train
    for i in range(8):
        if i == 5:
            optimizer.param_groups[0].update(change)
        step(ones(3) * (i + 1))
        if scheduled is not None:
            scheduled.step()
    return w.tolist(), step


CHANGES: list[tuple[Any, dict[str, Any]]] = [
    (lambda p: optim.AdamW(p), {"weight_decay": 0.5}), (lambda p: optim.Adam(p, 0.1), {"betas": (0.5, 0.7)}),
    (lambda p: optim.Adam(p, 0.1), {"eps": 0.5}), (lambda p: optim.Adam(p, 0.1), {"maximize": True}),
    (lambda p: optim.SGD(p, 0.01, momentum=0.9), {"momentum": 0.5, "nesterov": True, "weight_decay": 1.0}),
    (lambda p: optim.SGD(p, 0.01, momentum=0.9), {"dampening": 0.5})]


@pytest.mark.parametrize("make, change", CHANGES)
def test_every_option_is_followed(make: Any, change: dict[str, Any], device: str) -> None:
    """A checkpoint may bring another weight decay, a schedule another momentum."""
    wanted, _ = trained(make, False, change)
    found, step = trained(make, True, change)
    assert step.replays == 6
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert not np.allclose(wanted, trained(make, False, {})[0], rtol=1e-6)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1, momentum=0.9), lambda p: optim.Adam(p, 0.1)])
def test_a_schedule_of_rate_and_momentum_is_followed(make: Any, device: str) -> None:
    def cycle(optimizer: Any) -> Any:
        return optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=9)
    found = [trained(make, captured, {}, cycle)[0] for captured in (False, True)]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


@pytest.mark.parametrize("make, change", [(lambda p: optim.SGD(p, 0.1), {"momentum": 0.9}),
                                          (lambda p: optim.Adam(p), {"amsgrad": True})])
def test_what_would_need_other_arrays_is_refused(make: Any, change: dict[str, Any], device: str) -> None:
    with pytest.raises(GraphError, match="capture: momentum or amsgrad was switched.*Capture the step"):
        trained(make, True, change)


def test_arrays_whose_address_is_in_the_graph_live_as_long_as_it(stand_in_cuda: Any) -> None:
    import weakref
    w = ones(3, 5)
    step, x = capture(lambda x: (x @ w).relu(), warmup=1), ones(4, 3)
    step(x), step(x)
    kept = weakref.ref(w._array)
    w.data = minigrad.zeros(3, 5, device="cuda")
    gc.collect()
    assert kept() is not None and step(x).sum().item() == 60.0
    del step
    gc.collect()
    assert kept() is None


# ── streams ───────────────────────────────────────────────────────────────────────────────────────

def test_a_captured_call_makes_no_events(stand_in_cuda: Any) -> None:
    step, x = capture(lambda x: x * 2, warmup=1), ones(3)
    step(x), step(x)
    stand_in_cuda.reset()
    for _ in range(5):
        step(x)
    assert stand_in_cuda.events == 0


def test_the_caller_s_stream_waits_even_when_the_step_fails(stand_in_cuda: Any,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    import cupy
    waited: list[Any] = []
    monkeypatch.setattr(cupy.cuda.Stream, "wait_event", lambda self, event: waited.append(self))
    outside = cupy.cuda.Stream()
    with outside:
        with pytest.raises(KeyError):
            capture(lambda x: failed(x))(ones(3))
    assert len(waited) == 2 and waited[0] is not outside and waited[1] is outside


def test_handles_of_streams_that_are_gone_are_destroyed(stand_in_cuda: Any) -> None:
    """Each has a workspace of 32 MiB; and another stream may get the address of one that is gone."""
    x = ones(2, 2)
    for _ in range(5):
        step = capture(lambda x: x @ x, warmup=1)
        step(x), step(x), step(x)
        del step
        gc.collect()
    # The last one, the default stream's, and one of a stream that is gone: destroyed before the next is made.
    assert len(fake_cublas.alive) <= 3


def test_no_handle_is_destroyed_while_a_step_is_recorded(stand_in_cuda: Any) -> None:
    """Destroying waits for the device, and the garbage collector asks nobody."""
    x, old = ones(2, 2), [capture(lambda x: x @ x, warmup=1)]
    old[0](x), old[0](x)

    def collects(x: Any) -> Any:
        if stand_in_cuda.recorded is not None:
            old.clear()
            gc.collect()
        return x @ x
    step = capture(collects, warmup=1)
    step(x), step(x)
    assert step(x).tolist() == [[2, 2], [2, 2]]
