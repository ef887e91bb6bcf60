"""A compiled step computes what the step computes; what changes behind its back is noticed, or refused."""
from __future__ import annotations

import warnings

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad import nn
from minigrad.backend.c import toolchain
from minigrad.errors import GraphError

HAS_C = toolchain.library() is not None
x4, y4 = minigrad.tensor([[0.5, -1.0], [2.0, 0.1], [-0.3, 0.7], [1.5, -0.2]]), minigrad.ones(4, 1)


@pytest.fixture(params=["c", "numpy"])
def machine(request, monkeypatch):
    """Loops in C, and the recorded program by NumPy."""
    if request.param == "c" and not HAS_C:
        pytest.skip(f"no compiler: {toolchain.why_not()}")
    if request.param == "numpy":
        monkeypatch.setattr("minigrad.compiler.running.library_of", lambda text: None)
    return request.param


def small(optimizer=lambda p: minigrad.optim.SGD(p, lr=0.1)):
    """A network of seven and four numbers, its optimizer, and its training step."""
    minigrad.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    opt = optimizer(model.parameters())

    def train(x, y):
        opt.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        opt.step()
        return loss
    return model, opt, train


def both(make, data, steps=8, **options):
    """Losses and parameters after some steps, as they are and compiled."""
    found = []
    for compiled in (False, True):
        model, _, train = make(**options)
        train = minigrad.compile(train) if compiled else train
        minigrad.manual_seed(5)
        losses = [float(train(*data).item()) for _ in range(steps)]
        found.append((losses, [p.detach().numpy().copy() for p in model.parameters()]))
        if compiled:
            assert train.runs >= steps - 2 and train.recordings <= 2
    return found


def assert_equal_training(make, data, steps=8, tolerance=2e-5, **options):
    (losses, params), (mine, own) = both(make, data, steps, **options)
    np.testing.assert_allclose(mine, losses, rtol=tolerance, atol=1e-6)
    for p, q in zip(params, own):
        np.testing.assert_allclose(q, p, rtol=tolerance, atol=tolerance * max(1e-3, float(abs(p).max())))


OPTIMIZERS = {
    "sgd": lambda p: minigrad.optim.SGD(p, lr=0.1),
    "momentum": lambda p: minigrad.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: minigrad.optim.Adam(p, lr=0.01),
    "amsgrad": lambda p: minigrad.optim.Adam(p, lr=0.01, amsgrad=True, weight_decay=0.01),
    "adamw": lambda p: minigrad.optim.AdamW(p, lr=0.01),
    "rmsprop": lambda p: minigrad.optim.RMSprop(p, lr=0.01, momentum=0.5),
    "adagrad": lambda p: minigrad.optim.Adagrad(p, lr=0.01),
    "radam": lambda p: minigrad.optim.RAdam(p, lr=0.01)}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_trains_as_it_does_without(name, machine):
    assert_equal_training(small, (x4, y4), optimizer=OPTIMIZERS[name], steps=12)


def test_a_small_network_is_one_call_of_c():
    if not HAS_C:
        pytest.skip(toolchain.why_not())
    _, _, train = small()
    step = minigrad.compile(train)
    for _ in range(2):
        step(x4, y4)
    assert "0 calls" in step.report()
    assert step.source.count("void part") == 1
    assert step.source.startswith("// Written by minigrad.compile")
    assert "loss = ((model(x) - y) ** 2).mean()" in step.source     # the student's line


def test_without_a_compiler_the_report_claims_no_c(monkeypatch):
    monkeypatch.setattr("minigrad.compiler.running.library_of", lambda text: None)
    step = minigrad.compile(small()[2])
    step(x4, y4), step(x4, y4)
    count = len(step.program.records)
    assert step.source == "" and f"0 loops and 0 small products in C, {count} calls" in step.report()


def deep():
    """Normalization, dropout, smooth activations, clipping."""
    minigrad.manual_seed(3)
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.GELU(), nn.Dropout(0.3), nn.Linear(16, 12),
                          nn.LayerNorm(12), nn.SiLU(), nn.Linear(12, 4))
    opt = minigrad.optim.SGD(model.parameters(), lr=0.05)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def train(x, y):
        opt.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        return loss
    return model, opt, train


def rows(n, width=6, classes=4):
    rng = np.random.default_rng(n)
    return (minigrad.tensor(rng.standard_normal((n, width)).astype("f")),
            minigrad.tensor(rng.integers(0, classes, n)))


def test_dropout_draws_the_same_numbers_and_batch_norm_keeps_the_same_statistics(machine):
    assert_equal_training(deep, rows(10), steps=10, tolerance=2e-4)
    kept = []
    for wrapped in (lambda f: f, minigrad.compile):
        model, _, train = deep()
        step = wrapped(train)
        minigrad.manual_seed(5)
        for _ in range(6):
            step(*rows(10))
        kept.append((model[1].running_mean.numpy().copy(), int(model[1].num_batches_tracked)))
    np.testing.assert_allclose(kept[1][0], kept[0][0], rtol=1e-4, atol=1e-6)
    assert kept[1][1] == kept[0][1] == 6


def images():
    """Convolution, pooling."""
    minigrad.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                          nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
                          nn.Linear(6, 4))
    opt = minigrad.optim.SGD(model.parameters(), lr=0.05)

    def train(x, y):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        return loss
    return model, opt, train


def test_convolution_and_pooling_stay_calls(machine):
    x = minigrad.tensor(np.random.default_rng(0).standard_normal((5, 1, 8, 8)).astype("f"))
    assert_equal_training(images, (x, rows(5)[1]), steps=6, tolerance=1e-4)


def recurrent():
    """An embedding, an LSTM, attention."""
    minigrad.manual_seed(3)
    embed, lstm = nn.Embedding(9, 8), nn.LSTM(8, 8, batch_first=True)
    encoder, out = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), nn.Linear(8, 4)
    model = nn.ModuleList([embed, lstm, encoder, out])
    opt = minigrad.optim.SGD(model.parameters(), lr=0.1)

    def train(x, y):
        opt.zero_grad()
        loss = F.cross_entropy(out(encoder(lstm(embed(x))[0]).mean(1)), y)
        loss.backward()
        opt.step()
        return loss
    return model, opt, train


@pytest.mark.slow
def test_sequences_and_attention(machine):
    words = minigrad.tensor(np.random.default_rng(0).integers(0, 9, (5, 7)))
    assert_equal_training(recurrent, (words, rows(5)[1]), steps=5, tolerance=1e-4)


@pytest.mark.slow
def test_two_hundred_steps_and_two_runs_bit_by_bit():
    data = rows(10)
    assert_equal_training(deep, data, steps=200, tolerance=5e-3)
    first, second = both(deep, data, steps=30)[1], both(deep, data, steps=30)[1]
    assert first[0] == second[0]
    assert all(np.array_equal(p, q) for p, q in zip(first[1], second[1]))


# ── what changes is noticed ────────────────────────────────────────────────────────────────────────

def beside(change, steps=3, make=small, data=(x4, y4)):
    """Train, change something, train on: as it is and compiled; the losses of both."""
    found = []
    for wrapped in (lambda f: f, minigrad.compile):
        model, opt, train = make()
        step = wrapped(train)
        minigrad.manual_seed(1)
        losses = [step(*data).item() for _ in range(steps)]
        change(model, opt)
        losses += [step(*data).item() for _ in range(steps)]
        found.append(losses)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4)
    return step


def test_an_input_gets_its_gradient():
    def f(x):
        x.grad = None
        (x ** 3).sum().backward()
    step = minigrad.compile(f)
    for k in range(4):
        x = minigrad.tensor([1.0, 2.0 + k], requires_grad=True)
        step(x)
        np.testing.assert_allclose(x.grad.numpy(), 3 * x.detach().numpy() ** 2, rtol=1e-6)


def test_a_learning_rate_is_read_before_each_run():
    step = beside(lambda model, opt: opt.param_groups[0].update(lr=0.5))
    assert step.runs == 5                               # no second recording


def test_weight_decay_switched_on_is_recorded_anew():
    beside(lambda model, opt: opt.param_groups[0].update(weight_decay=0.5))


def test_an_exchanged_parameter_is_noticed():
    def change(model, opt):
        opt.param_groups[0]["params"].remove(model[0].weight)
        model[0].weight = nn.Parameter(minigrad.ones(3, 2))
    beside(change)


def test_new_data_of_a_parameter_is_noticed():
    def change(model, opt):
        model[0].weight.data = minigrad.ones(3, 2)
    beside(change)


def test_loaded_weights_are_used():
    def change(model, opt):
        model.load_state_dict({k: v * 0.5 for k, v in model.state_dict().items()})
    step = beside(change)
    assert step.runs == 5                               # they were written into the arrays that it knows


def test_requires_grad_is_noticed():
    def change(model, opt):
        model[0].weight.requires_grad_(False)
        model[0].weight.grad = None
    beside(change)


def test_an_exchanged_layer_is_noticed():
    def change(model, opt):
        model[1] = nn.ReLU()
    beside(change)


def test_eval_and_another_dropout_rate_are_noticed():
    beside(lambda model, opt: model.eval(), make=deep, data=rows(10))

    def change(model, opt):
        model[3].p = 0.9
    beside(change, make=deep, data=rows(10))


def test_a_number_in_a_closure_is_noticed():
    scale = 1.0

    @minigrad.compile
    def f(x):
        return (x * scale).sum()
    assert [f(y4).item(), f(y4).item()] == [4.0, 4.0]
    scale = 3.0
    assert f(y4).item() == 12.0


SCALE = 1.0


def test_a_global_number_is_noticed(monkeypatch):
    step = minigrad.compile(lambda x: (x * SCALE).sum())
    assert [step(y4).item(), step(y4).item()] == [4.0, 4.0]
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert step(y4).item() == 8.0


def test_the_steps_python_runs_twice_and_then_never(capsys, machine):
    def f(x):
        print("here")
        return x.sum()
    step = minigrad.compile(f)
    assert [step(y4 * k).item() for k in range(5)] == [0, 4, 8, 12, 16]
    assert capsys.readouterr().out == "here\n" * 2           # the first call, and the recording


def test_a_clone_of_a_gradient_stays_and_the_next_run_overwrites_the_gradient(machine):
    model, _, train = small()
    step = minigrad.compile(train)
    step(x4, y4), step(x4, y4)
    grad = model[0].weight.grad
    kept, before = grad.clone(), grad.tolist()
    step(3 * x4, y4)
    assert model[0].weight.grad is grad and grad.tolist() != before
    assert kept.tolist() == before


def test_an_equal_number_is_the_same_constant():
    step = minigrad.compile(lambda x, scale: (x * scale).sum())
    for _ in range(5):
        assert step(y4, float("2.5")).item() == 10.0        # each time another object
    assert (step.recordings, step.runs) == (1, 4)
    assert step(y4, 3.0).item() == 12.0


def test_another_shape_and_another_dtype_have_programs_of_their_own():
    step = minigrad.compile(lambda x: (x * 2).sum(0))
    for x in (minigrad.ones(3, 2), minigrad.ones(5, 2), minigrad.ones(5, 2).double()):
        for _ in range(3):
            y = step(x)
            assert y.tolist() == [2.0 * len(x)] * 2 and y.dtype == x.dtype
    assert step.runs == 6


def test_gradients_add_up_over_calls():
    def make():
        model, opt, _ = small()

        def backward(x, y):
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            return loss
        return model, opt, backward
    grads = []
    for wrapped in (lambda f: f, minigrad.compile):
        model, _, train = make()
        step = wrapped(train)
        for k in range(9):
            if k == 6:
                model.zero_grad()
            step(x4, y4)
        grads.append([p.grad.numpy().copy() for p in model.parameters()])
    for a, b in zip(*grads):
        np.testing.assert_allclose(b, a, rtol=1e-5)


def test_a_program_each_for_a_bounded_number_of_values():
    class Counting:
        n = 0
    counting = Counting()
    step = minigrad.compile(lambda x: (x + counting.n).sum())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for k in range(12):
            counting.n = k
            assert step(y4).item() == 4.0 * (1 + k)
    assert any("recorded 8 times" in str(w.message) for w in caught)


# ── what cannot be compiled is refused ──────────────────────────────────────────────────────────────

def refused(function, *inputs, match):
    step = minigrad.compile(function)
    step(*inputs)
    with pytest.raises(GraphError, match=match) as caught:
        step(*inputs)
    return str(caught.value)


def test_a_list_as_an_argument_is_refused():
    step = minigrad.compile(lambda pair: pair[0] + pair[1])
    with pytest.raises(TypeError, match="compile: a step takes tensors.* got list. Pass tensors one by one"):
        step([y4, y4])


def test_a_look_at_a_value_is_refused_with_its_line():
    def f(x):
        total = x.sum()
        if total > 3:
            return total
        return total * 2
    assert "if total > 3:" in refused(f, y4, match="looks at a value|looked at")
    refused(lambda x: x * x.sum().item(), y4, match="item|looked at")
    refused(lambda x: minigrad.tensor(x.numpy() * 2), y4, match="looked at")


def test_a_list_that_grows_is_refused_and_left_as_it_was():
    losses = []

    def f(x):
        losses.append(x.sum())
        return losses[-1]
    refused(f, y4, match="changes losses")
    assert len(losses) == 1


def test_a_count_is_refused_and_left_as_it_was():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * count
    refused(f, y4, match="changes count")
    assert count == 1


def test_a_schedule_inside_of_the_step_is_refused_and_outside_followed():
    model, opt, train = small()
    schedule = minigrad.optim.lr_scheduler.StepLR(opt, 1, 0.5)

    def f(x, y):
        loss = train(x, y)
        schedule.step()
        return loss
    refused(f, x4, y4, match="changes")
    assert opt.param_groups[0]["lr"] == 0.05


def test_numbers_from_numpys_random_are_refused():
    refused(lambda x: x * minigrad.tensor(np.random.rand()), y4, match="np.random")


def test_random_numbers_are_drawn_anew_and_the_same_as_without():
    def f(x):
        return x + minigrad.randn(4, 1) + minigrad.rand_like(x)
    minigrad.manual_seed(0)
    plain = [f(y4).tolist() for _ in range(4)]
    step = minigrad.compile(f)
    minigrad.manual_seed(0)
    np.testing.assert_allclose([step(y4).tolist() for _ in range(4)], plain, rtol=1e-6)


def test_a_failed_recording_leaves_parameters_and_random_numbers_alone():
    model, opt, train = small(OPTIMIZERS["adam"])

    def f(x, y):
        loss = train(x, y) + F.dropout(x).sum()
        return loss.item()
    step = minigrad.compile(f)
    step(x4, y4)
    before = [p.detach().numpy().copy() for p in model.parameters()]
    state, counts = minigrad.get_rng_state(), [s["step"] for s in opt.state.values()]
    with pytest.raises(GraphError):
        step(x4, y4)
    assert all(np.array_equal(a, p.detach().numpy()) for a, p in zip(before, model.parameters()))
    assert minigrad.get_rng_state() == state and [s["step"] for s in opt.state.values()] == counts


def test_a_parameter_that_is_given_as_an_input_is_refused():
    w = minigrad.tensor([1.0, 2.0], requires_grad=True)
    opt = minigrad.optim.SGD([w], lr=0.1)

    def f(x):
        opt.zero_grad()
        (w * w).sum().backward()
        opt.step()
        return (x * 2).detach()
    refused(f, w, match="also a tensor that the step changes")
    step = minigrad.compile(lambda x: x.detach() + w.detach())      # read both ways: no harm
    for _ in range(3):
        assert step(w).tolist() == (2 * w).tolist()


def test_a_model_runs_compiled_without_gradients_and_as_it_is_with_them():
    model, _, _ = small()
    step = minigrad.compile(model)
    with minigrad.no_grad():
        found = [step(x4).tolist() for _ in range(3)]
        np.testing.assert_allclose(found, [model(x4).tolist()] * 3, rtol=1e-6)
    assert step.runs == 2
    assert step(x4).requires_grad and step.runs == 2
    refused(lambda x: model(x), x4, match="no_grad")


def test_results_of_one_call_do_not_change_with_the_next():
    step = minigrad.compile(lambda x: {"double": x * 2, "pair": (x + 1, x.T)})
    first = [step(y4 * k) for k in range(4)][1]
    assert first["double"].tolist() == [[2.0]] * 4 and first["pair"][0].tolist() == [[2.0]] * 4


def test_the_program_says_what_was_recorded():
    step = minigrad.compile(lambda x: (x * 3).exp().sum())
    with pytest.raises(GraphError, match="Call the step twice"):
        step.program
    step(y4), step(y4)
    assert [r.name for r in step.program.records] == ["multiply", "exp", "add"]
    assert "(x * 3).exp().sum()" in str(step.program)
