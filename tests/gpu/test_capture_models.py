"""Networks of every kind, captured: after twenty replays they are where the eager run is.

The step accumulates two halves of the batch, clips, and drops out; a schedule changes the rate, the
generator is seeded anew in the middle, and a checkpoint is saved and loaded.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import amp, nn, optim
from minigrad.backend.arrays import to_numpy
from minigrad.train import load_checkpoint, save_checkpoint
from minigrad.cuda import capture
from minigrad.errors import GraphError

WARMUP, REPLAYS = 2, 20
SEED_AT, SAVE_AT, LOAD_AT = 7, 11, 15
N = 4


class Encoder(nn.Module):
    """Embedding, an encoder layer with its LayerNorms and dropout, and a mean over the positions."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 8, padding_idx=0)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2, batch_first=True)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        return self.head(self.norm(self.layer(self.embedding(x)).mean(1)))


class Causal(Encoder):
    """Each position looks at those before it: a mask that is added, and one that forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("later", minigrad.triu(minigrad.ones(5, 5), 1).bool())

    def forward(self, x: Any) -> Any:
        h = self.layer(self.embedding(x), src_mask=self.later)
        h = F.scaled_dot_product_attention(h, h, h, is_causal=True)
        return self.head(self.norm(h)[:, -1])


class Recurrent(nn.Module):
    """An LSTM over more steps than CuPy joins without a table of addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(5, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        out, _ = self.lstm(x)
        return self.head(F.dropout(out[:, -1], 0.2, self.training))


def c3() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2),
                         nn.Linear(27, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def images(random: Any) -> np.ndarray:
    return random.random((N, 1, 8, 8))


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[Any], np.ndarray]]] = {
    "C3": (c3, images), "encoder": (Encoder, lambda random: random.integers(0, 11, (N, 5))),
    "causal": (Causal, lambda random: random.integers(0, 11, (N, 5))),
    "LSTM": (Recurrent, lambda random: random.normal(size=(N, 12, 5)))}
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "Adam": lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.1),
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9)}


def data(make: Callable[[Any], np.ndarray]) -> list[tuple[Any, Any]]:
    random = np.random.default_rng(0)
    return [(minigrad.tensor(make(random), device="cuda"),
             minigrad.tensor(random.integers(0, 3, N), device="cuda")) for _ in range(WARMUP + REPLAYS)]


def halves(model: nn.Module, optimizer: Any) -> Callable[..., Any]:
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        total = 0.0
        for part in (slice(None, N // 2), slice(N // 2, None)):
            loss = F.cross_entropy(model(x[part]), y[part]) / 2
            loss.backward()
            total = total + loss.detach()
        length = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return total, length
    return step


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_twenty_replays_are_twenty_steps(name: str, kind: str, device: str, tmp_path: Path) -> None:
    make, inputs = MODELS[name]
    runs = []
    for captured in (False, True):
        minigrad.manual_seed(0)
        model = make().double().cuda()
        optimizer = OPTIMIZERS[kind](model.parameters())
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.95)
        step: Any = halves(model, optimizer)
        step = capture(step, warmup=WARMUP) if captured else step
        file = tmp_path / f"{captured}.safetensors"
        seen = []
        for i, (x, y) in enumerate(data(inputs)):
            if i == SEED_AT:
                minigrad.manual_seed(5)
            if i == SAVE_AT:
                save_checkpoint(file, model=model, optimizer=optimizer)
            if i == LOAD_AT:
                load_checkpoint(file, model=model, optimizer=optimizer)
            seen.append([value.item() for value in step(x, y)])
            schedule.step()
        runs.append((seen, [to_numpy(t._array) for t in [*model.parameters(), *model.buffers()]],
                     [s.get("step") for s in optimizer.state_dict()["state"].values()],
                     minigrad.get_rng_state()))
    (seen, weights, counts, random), (mine, own, counted, drawn) = runs
    np.testing.assert_allclose(mine, seen, rtol=1e-8)
    for a, b in zip(weights, own, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-7, atol=1e-9)
    assert counted == counts and drawn == random
    assert step.replays == REPLAYS


def test_a_scaler_that_meets_an_infinity_leaves_the_same_steps_out(device: str) -> None:
    """float16: forward and backward are the graph; the look at the gradients, and the step, come after it."""
    runs = []
    for captured in (False, True):
        minigrad.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 8), nn.ReLU(),
                              nn.Dropout(0.2), nn.Linear(8, 3)).to(minigrad.float16).cuda()
        optimizer = optim.SGD(model.parameters(), lr=0.2, momentum=0.5)
        scaler = amp.GradScaler(2.0**22, growth_interval=4)

        def forward_and_backward(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x.half()).float(), y)
            scaler.scale(loss).backward()
            return loss
        step: Any = capture(forward_and_backward, warmup=WARMUP) if captured else forward_and_backward
        seen = []
        for x, y in data(images):
            loss = step(x, y).item()
            before = to_numpy(model[0].weight._array).copy()
            scaler.step(optimizer)
            scaler.update()
            seen.append((loss, scaler.get_scale(), np.array_equal(before, to_numpy(model[0].weight._array))))
        runs.append(seen)
    scales = [scale for _, scale, _ in runs[0]]
    assert max(scales) > min(scales) and [left_out for *_, left_out in runs[0]].count(True) in range(2, 12)
    np.testing.assert_allclose(np.array(runs[1], float), np.array(runs[0], float), rtol=1e-3)
    assert step.replays == REPLAYS


def test_a_scaler_s_step_is_refused_inside_of_a_recording(device: str) -> None:
    w = minigrad.ones(3, device="cuda", requires_grad=True)
    sgd, scaler = optim.SGD([w], lr=0.1), amp.GradScaler(4.0)

    def step(x: Any) -> Any:
        sgd.zero_grad()
        loss = (w * x).sum()
        scaler.scale(loss).backward()
        scaler.step(sgd)
        scaler.update()
        return loss
    captured, x = capture(step, warmup=1), minigrad.ones(3, device="cuda")
    captured(x)
    with pytest.raises(GraphError, match=r"capture: GradScaler looks at .* call scaler.step\(optimizer\)"):
        captured(x)
    assert step(x).item() == pytest.approx(2.7)     # one step was taken, none by the refused recording


def test_a_forward_pass_alone_may_be_captured(device: str) -> None:
    """Evaluation: no optimizer, attention over products of several layouts, float16, interpolation."""
    minigrad.manual_seed(0)
    model = Encoder().double().cuda().eval()
    x, _ = data(MODELS["encoder"][1])[0]

    def forward(x: Any) -> Any:
        with minigrad.no_grad():
            return model(x).softmax(1)
    step = capture(forward, warmup=1)
    for shift in range(4):
        given = (x + shift) % 11
        np.testing.assert_allclose(to_numpy(step(given)._array), to_numpy(forward(given)._array), rtol=1e-9)
    assert step.replays == 3
