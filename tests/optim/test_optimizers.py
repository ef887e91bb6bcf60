"""Optimizers: their formulas, their groups, and their state."""
import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.backend.tuning import STEP
from minigrad.optim.subnormal import settle
from minigrad.errors import ShapeError


def parameter(*values):
    return nn.Parameter(minigrad.tensor(list(values), dtype=minigrad.float64))


def descend(optimizer, w, steps):
    """Steps on the loss ½ Σ w², whose gradient is w."""
    for _ in range(steps):
        optimizer.zero_grad()
        (w * w * 0.5).sum().backward()
        optimizer.step()
    return w.tolist()


def test_sgd_is_the_formula():
    w = parameter(1.0, -2.0)
    assert descend(optim.SGD([w], lr=0.1), w, 2) == pytest.approx([0.81, -1.62])
    w = parameter(1.0)                          # v = 1, w = 0.9; v = 0.9 + 0.9 = 1.8, w = 0.72
    assert descend(optim.SGD([w], lr=0.1, momentum=0.9), w, 2) == pytest.approx([0.72])
    w = parameter(1.0)
    assert descend(optim.SGD([w], lr=0.1, weight_decay=0.5), w, 1) == pytest.approx([1 - 0.1 * 1.5])


def test_adam_is_the_formula():
    w = parameter(1.0)
    values = []
    m = v = 0.0
    x = 1.0
    optimizer = optim.Adam([w], lr=0.1)
    for t in range(1, 6):
        m, v = 0.9 * m + 0.1 * x, 0.999 * v + 0.001 * x * x
        x -= 0.1 * (m / (1 - 0.9 ** t)) / ((v / (1 - 0.999 ** t)) ** 0.5 + 1e-8)
        values.append(descend(optimizer, w, 1)[0] - x)
    assert np.allclose(values, 0, atol=1e-12)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1, momentum=0.9), lambda p: optim.Adam(p, 0.1),
                                  lambda p: optim.AdamW(p, 0.1)])
def test_blocks_and_layouts_do_not_matter(make):
    """An update is done in blocks of 65,536 entries; columns of a matrix are another layout."""
    values = np.random.default_rng(0).standard_normal((70, 1000)).astype(np.float32)
    assert values.size > STEP
    whole = nn.Parameter(minigrad.tensor(values))                       # two blocks
    columns = nn.Parameter(minigrad.tensor(np.asfortranarray(values)))
    rows = [nn.Parameter(minigrad.tensor(row)) for row in values]
    for parameters in ([whole], [columns], rows):
        optimizer = make(parameters)
        for _ in range(3):
            optimizer.zero_grad()
            minigrad.cat([(p.reshape(-1) ** 2) for p in parameters]).sum().backward()
            optimizer.step()
    joined = np.stack([r.detach().numpy() for r in rows])
    assert np.allclose(whole.detach().numpy(), joined, rtol=1e-5, atol=1e-6)     # a kernel rounds otherwise
    assert np.allclose(columns.detach().numpy(), joined, rtol=1e-5, atol=1e-6)


def test_settle():
    least = np.finfo(np.float32).tiny
    values = np.array([0, 1, -1, least / 4, -least / 4, 500 * least, -500 * least, 2000 * least], np.float32)
    mean = values.copy()
    settle(mean)
    assert mean.tolist() == [0, 1, -1, 0, 0, 0, 0, 2000 * least]
    square = values.copy()
    settle(square, squares=True)
    assert square.tolist() == [0, 1, -1, 1024 * least, -least / 4, 1024 * least, -500 * least, 2000 * least]
    half = np.array([6e-8, 1], np.float16)
    settle(half)
    assert half.tolist() == np.array([6e-8, 1], np.float16).tolist()


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 1.0, momentum=0.9), lambda p: optim.Adam(p, 1.0),
                                  lambda p: optim.RMSprop(p, 1.0, alpha=0.9, centered=True, momentum=0.9)])
def test_means_of_dead_weights_do_not_become_subnormal(make):
    """Processors are slow with subnormal numbers; 0.9⁸³⁰ · 1 is one in float32."""
    w = nn.Parameter(minigrad.tensor([1.0, 1.0]))
    optimizer = make([w])
    for step in range(1200):
        w.grad = minigrad.tensor([1.0, 1.0 if step == 0 else 0.0])      # the second dies after a step
        optimizer.step()
        for name, values in optimizer.state[w].items():
            if name != "step":
                smallest = np.abs(values[values != 0]).min()
                assert smallest >= np.finfo(np.float32).tiny, (name, step, values)
    assert np.isfinite(w.detach().numpy()).all()


def test_parameters_without_gradient_stay():
    used, unused = parameter(1.0), parameter(1.0)
    optimizer = optim.Adam([used, unused])
    (used * 2).sum().backward()
    optimizer.step()
    assert unused.tolist() == [1.0] and list(optimizer.state_dict()["state"]) == [0]
    assert used.is_leaf and used.requires_grad


def test_groups_have_their_own_options():
    a, b, c = parameter(1.0), parameter(1.0), parameter(1.0)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [c], "lr": 0.0})
    (a + b + c).sum().backward()
    optimizer.step()
    assert (a.item(), b.item(), c.item()) == pytest.approx((0.9, 0.5, 1.0))
    optimizer.param_groups[1]["lr"] = 0.25
    optimizer.step()
    assert b.item() == pytest.approx(0.25)
    with pytest.raises(ValueError, match="more than one group"):
        optimizer.add_param_group({"params": [a]})


def test_closure():
    w = parameter(3.0)
    optimizer = optim.SGD([w], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss
    with minigrad.no_grad():
        assert optimizer.step(closure).item() == 9
    assert w.tolist() == [0.0]


@pytest.mark.parametrize("make, error", [
    (lambda: optim.SGD([], 0.1), "no parameters"), (lambda: optim.SGD(iter([]), 0.1), "no parameters"),
    (lambda: optim.SGD(parameter(1.0), 0.1), "iterable"), (lambda: optim.SGD([1.0], 0.1), "leaf tensors"),
    (lambda: optim.SGD([parameter(1.0) * 2], 0.1), "computed"),
    (lambda: optim.SGD([parameter(1.0)], -1), "lr must not be negative, got -1"),
    (lambda: optim.SGD([parameter(1.0)], float("nan")), "lr"),
    (lambda: optim.Adam([parameter(1.0)], betas=(0.9, 1.0)), r"\[0, 1\)"),
    (lambda: optim.Adam([parameter(1.0)], eps=-1), "eps"),
    (lambda: optim.SGD([parameter(1.0)], 0.1, nesterov=True), "momentum"),
    (lambda: optim.SGD(None, 0.1), "SGD: expected an iterable of tensors, got NoneType"),
    (lambda: optim.SGD([parameter(1.0)], "0.1"), "SGD: lr must be a number, got '0.1'"),
    (lambda: optim.SGD([parameter(1.0)], minigrad.ones(2)), r"SGD: lr must be one number, .*\(2,\)"),
    (lambda: optim.SGD([parameter(1.0)], 0.1, momentum=1j), "SGD: momentum must be a number"),
    (lambda: optim.SGD([parameter(1.0)], momentum=0.5, dampening="0"), "SGD: dampening must be a number"),
    (lambda: optim.Adagrad([parameter(1.0)], lr_decay=-0.5), "Adagrad: lr_decay must not be negative"),
    (lambda: optim.Adagrad([parameter(1.0)], initial_accumulator_value=-1), "initial_accumulator_value"),
    (lambda: optim.RMSprop([parameter(1.0)], alpha=-0.1), "RMSprop: alpha must not be negative"),
    (lambda: optim.Adam([parameter(1.0)], betas=(0.9, minigrad.tensor(0.99))), "Adam: betas: .*number"),
    (lambda: optim.AdamW([parameter(1.0)], betas=0.9), "AdamW: betas must be two numbers"),
    (lambda: optim.SGD([{"params": parameter(1.0), "lr": -1}]), "lr must not be negative, got -1"),
])
def test_mistakes_are_named(make, error):
    with pytest.raises((ValueError, TypeError), match=error):
        make()


def test_zero_grad():
    w = parameter(1.0)
    optimizer = optim.SGD([w], lr=0.1)
    (w ** 3).sum().backward(create_graph=True)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0] and not w.grad.requires_grad
    optimizer.zero_grad()
    assert w.grad is None


# ── state ─────────────────────────────────────────────────────────────────────────────────────────

MAKERS = {"sgd": lambda p: optim.SGD(p, 0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
          "adam": lambda p: optim.Adam(p, 0.05, amsgrad=True), "adamw": lambda p: optim.AdamW(p, 0.05)}


@pytest.mark.parametrize("name", MAKERS)
def test_resuming_continues_to_the_bit(name, tmp_path):
    start = np.random.default_rng(0).standard_normal((3, 2)).astype(np.float32)
    straight, first = (nn.Parameter(minigrad.tensor(start)) for _ in range(2))
    descend(MAKERS[name]([straight]), straight, 10)
    optimizer = MAKERS[name]([first])
    descend(optimizer, first, 6)
    minigrad.save(optimizer.state_dict(), tmp_path / "optimizer")
    second = nn.Parameter(first.detach().clone())
    resumed = MAKERS[name]([second])
    resumed.load_state_dict(minigrad.load(tmp_path / "optimizer"))
    descend(resumed, second, 4)
    assert np.array_equal(second.detach().numpy(), straight.detach().numpy())


def test_loading_copies_and_takes_the_options_over():
    w = parameter(1.0)
    optimizer = optim.Adam([w], lr=0.1, betas=(0.8, 0.9))
    descend(optimizer, w, 1)
    other = optim.Adam([parameter(5.0)])
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["lr"] == 0.1 and other.param_groups[0]["betas"] == (0.8, 0.9)
    before = other.state_dict()["state"][0]["exp_avg"].tolist()
    descend(optimizer, w, 1)
    assert other.state_dict()["state"][0]["exp_avg"].tolist() == before


def test_states_that_do_not_fit_are_refused_and_nothing_is_changed():
    w = parameter(1.0, 2.0)
    optimizer = optim.Adam([w], lr=0.1)
    descend(optimizer, w, 2)
    state = optimizer.state_dict()
    other = optim.Adam([parameter(1.0)], lr=0.3)
    with pytest.raises(ShapeError, match=r"exp_avg has shape \(2,\), the parameter \(1,\)"):
        other.load_state_dict(state)
    with pytest.raises(ValueError, match=r"\[1\] parameters, this optimizer's \[2\]"):
        optim.Adam([parameter(1.0), parameter(1.0)]).load_state_dict(state)
    with pytest.raises(ValueError, match="another optimizer's"):
        optim.SGD([parameter(1.0, 2.0)], momentum=0.9).load_state_dict(state)
    assert other.param_groups[0]["lr"] == 0.3 and not other.state


def test_printing():
    text = repr(optim.SGD([parameter(1.0)], lr=0.25))
    assert text.startswith("SGD(") and "lr=0.25" in text and "1 parameters" in text
