"""fit, evaluate, predict, and the callbacks."""
from __future__ import annotations

import math
import signal
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.data import DataLoader, Dataset, TensorDataset
from minigrad.errors import AnomalyError, DTypeError, RangeError, ShapeError
from minigrad.nn import functional as F
from minigrad.train import (BestWeights, Callback, EarlyStopping, LearningRate, Schedule, WeightAveraging,
                            evaluate, fit, one_cycle, predict)


def samples(n: int = 60, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)
    return x, (x[:, 0] + x[:, 1] > 0).astype(np.int64)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))


def train(model: nn.Module, data: Any, **options: Any) -> Any:
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return fit(model, data, nn.CrossEntropyLoss(), optimizer, **options)


class Log(Callback):
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.rates: list[float] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_"):
            self.calls.append(name[3:])
        return super().__getattribute__(name)

    def on_batch_begin(self, run: Any) -> None:
        self.rates.append(run.optimizer.param_groups[0]["lr"])


# ── fit ───────────────────────────────────────────────────────────────────────────────────────────

def test_fit_is_the_plain_loop() -> None:
    x, y = samples()
    minigrad.manual_seed(3)
    plain = network()
    optimizer = optim.SGD(plain.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        total = 0.0
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True):
            optimizer.zero_grad()
            loss = F.cross_entropy(plain(xb), yb)
            total += float(loss) * len(xb)
            loss.backward()
            optimizer.step()
        losses.append(total / len(x))
    minigrad.manual_seed(3)
    model = network().eval()                          # fit turns training mode on
    history = train(model, (x, y), epochs=2, batch_size=16)
    for a, b in zip(plain.parameters(), model.parameters()):
        assert np.array_equal(a.detach().numpy(), b.detach().numpy())
    assert np.allclose(history["loss"], losses, rtol=1e-12)


@pytest.mark.parametrize("as_what", ["pair", "tensors", "dataset", "loader"])
def test_all_kinds_of_data_train_alike(as_what: str) -> None:
    x, y = samples()
    data: Any = {"pair": (x, y), "tensors": (minigrad.tensor(x), minigrad.tensor(y)),
                 "dataset": TensorDataset(x, y),
                 "loader": DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)}[as_what]
    minigrad.manual_seed(0)
    model = network()
    history = train(model, data, epochs=1)
    minigrad.manual_seed(0)
    again = train(network(), (x, y), epochs=1)
    assert history["loss"] == again["loss"]


def test_history_has_means_weighted_by_the_size_of_the_batch() -> None:
    x, y = samples(10)                                # batches of 8 and 2
    model = nn.Linear(4, 2)
    frozen = optim.SGD(model.parameters(), lr=0.0)
    history = fit(model, (x, y), nn.CrossEntropyLoss(), frozen, epochs=2, batch_size=8,
                  validation=(x, y))
    with minigrad.no_grad():
        output = model(minigrad.tensor(x))
        loss = F.cross_entropy(output, minigrad.tensor(y)).item()
    accuracy = (output.numpy().argmax(1) == y).mean()
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(history) == 2 and len(history.seconds) == 2
    for name, value in (("loss", loss), ("accuracy", accuracy)):
        assert np.allclose(history[name], value) and np.allclose(history[f"val_{name}"], value)
    with pytest.raises(KeyError, match="val_loss"):
        history["lr"]


def test_validation_split_takes_the_last_samples_and_never_trains_on_them() -> None:
    seen: list[int] = []

    class Numbers(Dataset):
        def __len__(self) -> int:
            return 10

        def __getitem__(self, i: int) -> Any:
            seen.append(i)
            return np.float32([i]), np.float32([i])

    class Marks(Callback):
        def on_evaluate_begin(self, run: Any) -> None:
            seen.append(-1)

    model = nn.Linear(1, 1)
    fit(model, Numbers(), nn.MSELoss(), optim.SGD(model.parameters(), lr=1e-4), validation_split=0.3,
        callbacks=[Marks()])
    middle = seen.index(-1)
    assert sorted(seen[:middle]) == list(range(7))
    assert seen[middle + 1:-1] == [7, 8, 9]


def test_regression_has_no_accuracy_and_one_hot_labels_have() -> None:
    x, y = samples()
    model = nn.Linear(4, 2)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    assert "accuracy" not in fit(model, (x, x[:, :2]), nn.MSELoss(), sgd)
    onehot = np.eye(2, dtype=np.float32)[y]
    assert evaluate(model, (x, onehot)).accuracy == evaluate(model, (x, y)).accuracy


@pytest.mark.parametrize("change, error, words", [
    ({"epochs": 0}, RangeError, "epochs"),
    ({"epochs": 1.5}, RangeError, "epochs"),
    ({"validation_split": 1.0}, RangeError, "validation_split"),
    ({"validation_split": -0.2}, RangeError, "validation_split"),
    ({"validation_split": 0.999}, RangeError, "at least one"),
    ({"validation_split": 0.5, "validation": samples()}, RangeError, "Give one"),
    ({"data": (np.zeros((0, 4), np.float32), np.zeros(0, np.int64))}, RangeError, "0 samples"),
    ({"data": (samples()[0], samples()[1][:-1])}, ShapeError, "same number"),
    ({"data": 3}, DTypeError, "DataLoader"),
    ({"data": samples()[0]}, DTypeError, "pair"),
    ({"data": (samples()[0],)}, DTypeError, "1 fields"),
    ({"data": DataLoader(TensorDataset(*samples())), "batch_size": 8}, RangeError, "its own"),
    ({"data": DataLoader(TensorDataset(*samples())), "validation_split": 0.5}, DTypeError, "random_split"),
    ({"batch_size": 0}, RangeError, "batch_size"),
    ({"loss": nn.CrossEntropyLoss(reduction="none")}, ShapeError, "mean"),
])
def test_bad_input_raises_a_named_error(change: dict[str, Any], error: type, words: str) -> None:
    model = network()
    arguments: dict[str, Any] = {"data": samples(), "loss": nn.CrossEntropyLoss(), "epochs": 1, **change}
    with pytest.raises(error, match=words):
        fit(model, optimizer=optim.SGD(model.parameters()), **arguments)


def test_nan_loss_stops_before_the_weights_are_spoiled() -> None:
    x, y = samples(96)
    x[70] = np.nan
    model = network()
    data = DataLoader(TensorDataset(x, y), batch_size=32)
    with pytest.raises(AnomalyError, match=r"epoch 1, batch 3 of 3.*learning rate"):
        train(model, data)
    assert all(np.isfinite(p.detach().numpy()).all() for p in model.parameters())


def test_progress_prints_one_line_for_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    train(network(), samples(), epochs=2, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[1].startswith("epoch 2/2  loss ")
    train(network(), samples(), epochs=2)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


# ── evaluate and predict ──────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("rate, offered", [(0.0, True), (0.1, False)])
def test_fit_offers_a_look_at_the_step_when_the_first_epoch_learned_nothing(
        rate: float, offered: bool, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = samples(200)
    model = network()
    fit(model, (x, y), nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=rate), epochs=2, batch_size=10,
        progress=True)
    assert capsys.readouterr().out.count("minigrad.check.training_step(") == offered


def test_fit_offers_nothing_where_it_prints_nothing_or_has_too_few_batches(
        capsys: pytest.CaptureFixture[str]) -> None:
    x, y = samples(200)
    for batch_size, progress in ((10, False), (100, True)):
        model = network()
        fit(model, (x, y), nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.0),
            batch_size=batch_size,
            progress=progress)
    assert "training_step" not in capsys.readouterr().out


def test_evaluate_and_predict_leave_the_model_as_it_was() -> None:
    x, y = samples()
    model = network()
    model[2].eval()
    state = minigrad.get_rng_state()
    found = evaluate(model, (x, y), nn.CrossEntropyLoss(), batch_size=7)
    output = predict(model, x, batch_size=7)
    assert model.training and not model[2].training
    assert minigrad.get_rng_state() == state
    assert output.shape == (60, 2) and not output.requires_grad
    assert found.accuracy == (output.numpy().argmax(1) == y).mean()
    assert math.isclose(found.loss, F.cross_entropy(output, minigrad.tensor(y)).item(), rel_tol=1e-6)
    assert np.array_equal(predict(model, (x, y)).numpy(), predict(model, TensorDataset(x, y)).numpy())
    assert evaluate(model, (x, y)).loss is None


# ── callbacks ─────────────────────────────────────────────────────────────────────────────────────

def test_hooks_come_in_order() -> None:
    log = Log()
    train(network(), samples(40), epochs=2, callbacks=[log])
    epoch = ["epoch_begin", "batch_begin", "batch_end", "safe_point", "batch_begin", "batch_end",
             "evaluate_begin", "epoch_end", "evaluate_end", "safe_point"]
    assert log.calls == ["fit_begin", *epoch, *epoch, "evaluate_begin", "fit_end"]


def test_learning_rate_is_set_before_each_step() -> None:
    log = Log()
    rate = one_cycle(0.1, warmup=0.25, start=0.0, end=0.2)
    train(network(), samples(64), epochs=2, callbacks=[LearningRate(rate), log])
    assert log.rates == [rate(0), rate(0.25), rate(0.5), rate(0.75)]
    assert rate(0) == 0 and math.isclose(rate(0.25), 0.1) and math.isclose(rate(1), 0.02)
    with pytest.raises(RangeError, match="warmup"):
        one_cycle(0.1, warmup=1.0)


class Script(Callback):
    """Puts given values in place of the epoch's numbers, and the epoch's number into the bias."""

    def __init__(self, values: list[float], name: str = "val_loss") -> None:
        self.values, self.name = values, name

    def on_epoch_end(self, run: Any) -> None:
        run.logs[self.name] = self.values[run.epoch - 1]
        run.model.bias._array[...] = run.epoch


@pytest.mark.parametrize("values, name, last, best", [
    ([3, 2, 1, 2, 2, 0], "val_loss", 5, 3), ([.1, .5, .5, .4, .9], "val_accuracy", 4, 2),
    ([3, 2, 1], "loss", 3, 3)])
def test_early_stopping(values: list[float], name: str, last: int, best: int) -> None:
    model = nn.Linear(4, 2)
    stopping = EarlyStopping(patience=2, monitor=name)
    history = train(model, samples(), epochs=len(values), callbacks=[Script(values, name), stopping])
    assert len(history) == last
    assert stopping.best_epoch == best
    assert model.bias.tolist() == [best, best]


def test_early_stopping_explains_what_it_misses() -> None:
    with pytest.raises(RangeError, match="validation"):
        train(network(), samples(), callbacks=[EarlyStopping()])
    with pytest.raises(RangeError, match="patience"):
        EarlyStopping(patience=0)


def test_best_weights_keeps_the_best_epoch(tmp_path: Any) -> None:
    model = nn.Linear(4, 2)
    path = tmp_path / "best.safetensors"
    train(model, samples(), epochs=3, callbacks=[Script([3, 1, 2]), BestWeights(path)])
    assert minigrad.load(path)["bias"].tolist() == [2, 2]


def test_weight_averaging_judges_the_average_and_trains_the_weights(tmp_path: Any) -> None:
    x, y = samples()
    minigrad.manual_seed(0)
    model = nn.Linear(4, 2)
    steps: list[np.ndarray] = []
    judged: list[np.ndarray] = []

    class Watch(Callback):
        def on_batch_end(self, run: Any) -> None:
            steps.append(run.model.weight.detach().numpy().copy())

        def on_epoch_end(self, run: Any) -> None:
            judged.append(run.model.weight.detach().numpy().copy())

    train(model, (x, y), epochs=2, batch_size=20, callbacks=[WeightAveraging(0.5), Watch()])
    minigrad.manual_seed(0)
    alone = nn.Linear(4, 2)
    train(alone, (x, y), epochs=2, batch_size=20)
    assert np.array_equal(alone.weight.detach().numpy(), steps[-1])     # training was not disturbed
    mean = steps[0]
    for k, w in enumerate(steps):
        d = min(0.5, (1 + k) / (10 + k))
        mean = d * mean + (1 - d) * w
        if k == 2:
            assert np.allclose(judged[0], mean, atol=1e-6)
    assert np.allclose(model.weight.detach().numpy(), mean, atol=1e-6)
    assert not np.allclose(mean, steps[-1], atol=1e-4)


def test_ctrl_c_stops_between_two_steps_and_restores_the_handler() -> None:
    before = signal.getsignal(signal.SIGINT)

    class Press(Log):
        def on_batch_begin(self, run: Any) -> None:
            if run.batch == 1:
                signal.raise_signal(signal.SIGINT)

    press = Press()
    with pytest.raises(KeyboardInterrupt):
        train(network(), samples(96), callbacks=[press])
    assert press.calls[-2:] == ["batch_end", "interrupt"]
    assert press.calls.count("batch_end") == 2
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_stops_at_once() -> None:
    class Press(Log):
        def on_batch_begin(self, run: Any) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    press = Press()
    with pytest.raises(KeyboardInterrupt):
        train(network(), samples(), callbacks=[press])
    assert press.calls[-1] == "batch_begin"


def test_schedule_steps_and_remembers_its_place() -> None:
    log = Log()
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.8)
    schedule = Schedule(optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5))
    fit(model, samples(64), nn.CrossEntropyLoss(), optimizer, epochs=3, callbacks=[schedule, log])
    assert log.rates == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    other = Schedule(optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5))
    other.load_state_dict(schedule.state_dict())
    assert other.scheduler.last_epoch == 3


def test_schedule_by_batch_and_by_a_monitored_number() -> None:
    log = Log()
    model = nn.Linear(4, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.8)
    by_batch = Schedule(optim.lr_scheduler.ExponentialLR(optimizer, 0.5), every="batch")
    fit(model, samples(64), nn.CrossEntropyLoss(), optimizer, callbacks=[by_batch, log])
    assert log.rates == [0.8, 0.4]
    optimizer = optim.SGD(model.parameters(), lr=0.8)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    fit(model, samples(32), nn.CrossEntropyLoss(), optimizer, epochs=4,
        callbacks=[Script([3, 2, 2, 1]), Schedule(plateau, monitor="val_loss")])
    assert optimizer.param_groups[0]["lr"] == 0.4
    with pytest.raises(RangeError, match="monitor"):
        Schedule(plateau, every="batch", monitor="val_loss")
