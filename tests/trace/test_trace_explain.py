"""explain and steps: the text as it stands in a terminal, its numbers, and what it refuses."""
from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.autograd import Function
from minigrad.errors import DTypeError, GraphError
from minigrad.trace import Step, explain, steps


def leaf(value: Any) -> minigrad.Tensor:
    return minigrad.tensor(value, requires_grad=True)


class Twice(Function):
    """y = 2x."""

    calls = 0

    def forward(self, x: Any) -> Any:
        return x * 2

    def backward(self, g: Any) -> Any:
        Twice.calls += 1
        return g * 2


class Noise(Function):
    """y = x + n with random numbers n; with them again in ``replay``."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng(0)

    def forward(self, x: Any) -> Any:
        self.noise = self.generator.standard_normal(x.shape).astype(x.dtype)
        return x + self.noise

    def replay(self, arrays: list[Any]) -> Any:
        return arrays[0] + self.noise

    def backward(self, g: Any) -> Any:
        return g


class Forgetful(Noise):
    """The same, but it would draw again."""

    replay = Function.replay


def test_an_operation_replays_the_random_numbers_that_it_has_drawn() -> None:
    x = leaf([1.0, -2.0, 0.5])
    loss = (Noise()(x) ** 2).sum()
    before = explain(loss, names={"x": x})
    loss.backward()
    after = explain(loss, names={"x": x})
    assert "computed again from the leaves" in after
    assert [line for line in after.splitlines() if "computed again" not in line] == before.splitlines()
    loss = (Forgetful()(x) ** 2).sum()
    loss.backward()
    with pytest.raises(GraphError, match="random numbers"):
        explain(loss)


def test_the_shared_node_word_for_word() -> None:
    x, y = leaf(2.0), leaf(3.0)
    loss = (x * y + x) ** 2
    title, _, rest = explain(loss).partition("\n")
    assert re.fullmatch(r"loss = \(x·y \+ x\)²   test_trace_explain.py:\d+  "
                        r"loss = \(x \* y \+ x\) \*\* 2", title)
    assert rest == """
forward
  1  a = x · y   2 · 3 = 6
  2  b = a + x   6 + 2 = 8
  3  loss = b²   8²    = 64

backward, from ∂loss/∂loss = 1
  3  loss = b²   ∂loss/∂b = 2b = 16   b.grad = 1 · 16      = 16
  2  b = a + x   ∂b/∂a = 1            a.grad = 16 · 1      = 16
                 ∂b/∂x = 1            x.grad = 16 · 1      = 16
  1  a = x · y   ∂a/∂x = y = 3        x.grad = 16 + 16 · 3 = 64   x is used twice: the parts add up
                 ∂a/∂y = x = 2        y.grad = 16 · 2      = 32"""
    assert repr(explain(loss)) == str(explain(loss))
    assert x.grad is None


def test_arrays_broadcasting_and_matrices() -> None:
    minigrad.manual_seed(0)
    x, w, b = minigrad.ones(4, 3), minigrad.randn(3, 2, requires_grad=True), leaf([0.5, -0.5])
    z = x @ w + b
    loss = (z ** 2).mean()
    text = explain(loss)
    assert "(4, 3) @ (3, 2) = (4, 2)" in text
    assert "∂loss/∂w = xᵀ @ g" in text and "w.grad = (4, 3)ᵀ @ (4, 2)" in text
    assert "b.grad = Σ g" in text and "summed over dim 0: b (2,) was broadcast to (4, 2)" in text
    assert "∂c/∂z = 2z " in text and "z.grad = g · 2z" in text
    assert "; g is the upstream gradient" in text
    assert "g · 0.125" in text


def columns(text: str, pattern: str) -> set[int]:
    """Where something begins in each line."""
    return {m.start() for line in text.splitlines() for m in [re.search(pattern, line)] if m}


def test_columns_line_up() -> None:
    u, v, length = leaf(-2.0), leaf(0.125), leaf(3.0)
    loss = (u * v - length).tanh() * u / length
    forward, backward = explain(loss).split("backward, ")
    assert len(columns(forward.partition("forward")[2], "= [^=]*$")) == 1
    assert len(columns(backward, "∂")) == 2 and len(columns(backward.partition("\n")[2], "∂")) == 1
    assert len(columns(backward.partition("\n")[2], r"\b\w+\.grad")) == 1


def test_long_names_and_long_results_keep_the_lines_short() -> None:
    w, x = leaf(np.random.default_rng(0).normal(size=(3, 3))), leaf(np.ones((2, 3)))
    loss = (x @ w).tanh().mean()
    text = explain(loss, names={"encoder.layers[0].self_attention.weight": w, "the_input_of_the_network": x})
    assert max(map(len, text.splitlines())) <= 110
    assert "\n  w1 is encoder.layers[0].self_attention.weight\n" in text
    assert text.count("self_attention") == 1 and "a = the_input_of_the_network @ w1" in text
    assert "\n" + " " * 20 in text and "= (2, 3) mean" in text          # a result in a line of its own


def test_steps_carry_what_the_text_says() -> None:
    x, y = leaf(2.0), leaf(3.0)
    loss = x * y + x
    told = list(steps(loss))
    assert [(s.phase, s.number, s.op, s.output) for s in told] == [
        ("forward", 1, "Mul", "a"), ("forward", 2, "Add", "loss"), ("backward", 2, "Add", "loss"),
        ("backward", 2, "Add", "loss"), ("backward", 1, "Mul", "a"), ("backward", 1, "Mul", "a")]
    assert told[0].inputs == ("x", "y") and told[0].value is not None and told[0].value.item() == 6
    step = told[4]
    assert step.input == "x" and (step.use, step.uses) == (2, 2)
    numbers = [t.item() for t in (step.upstream, step.local, step.contribution, step.total) if t is not None]
    assert numbers == [1, 3, 3, 4]
    assert step.source is not None and step.source.text == "loss = x * y + x"
    assert step.place == f"test_trace_explain.py:{step.source.line}"
    assert str(step).startswith("backward 1   a = x · y   ∂a/∂x = y = 3   x.grad = 1 + 1 · 3 = 4   x is used")
    assert repr(step).startswith("<Step backward 1") and isinstance(step, Step)


def test_steps_come_one_at_a_time_and_leave_recording_as_it_is() -> None:
    walk = steps((leaf(3.0) * 2 + 1).exp())
    for _ in walk:
        assert minigrad.is_grad_enabled()
    assert next(walk, None) is None


def test_source_lines_of_several_lines() -> None:
    x = leaf(3.0)
    a = x * 2
    b = a.exp()
    text = explain(b)
    assert re.search(r"1  a = x · 2    3 · 2  = 6       test_trace_explain.py:\d+  a = x \* 2\n", text)
    assert re.search(r"2  b = exp\(a\)   exp\(6\) = 403.4   test_trace_explain.py:\d+  b = a.exp\(\)\n", text)


def test_after_backward_it_is_computed_again() -> None:
    minigrad.manual_seed(1)
    net, data = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5), nn.Tanh()), minigrad.randn(5, 3)
    loss = (net(data) + 1).square().mean()
    before = explain(loss)
    loss.backward()
    gradient = net[0].weight.grad.numpy().copy()
    after = explain(loss)
    assert "backward has freed the graph: the values were computed again from the leaves" in after
    assert after.partition("\nforward\n")[2] == before.partition("\nforward\n")[2] != ""
    assert (net[0].weight.grad.numpy() == gradient).all()
    with minigrad.no_grad():
        net[0].weight.mul_(0.9)
    with pytest.raises(GraphError, match="explain: backward has freed this graph, and it cannot be computed "
                                         r"again: .*a leaf was changed since.* Call explain\(loss\) before"):
        explain(loss)


def test_a_changed_tensor_is_noticed_before_backward() -> None:
    x = leaf([1.0, 2.0])
    y = x.exp()
    loss = (y * y).sum()
    with minigrad.no_grad():
        y.add_(1)
    with pytest.raises(GraphError, match="changed in place"):
        explain(loss)


def test_a_leaf_changed_without_a_trace_is_noticed() -> None:
    x, y = leaf(1.0), leaf(2.0)
    loss = x + y
    loss.backward()
    x._array[...] = 5.0                          # behind the engine's back
    with pytest.raises(GraphError, match="gives another result: a leaf was changed since"):
        explain(loss)


def test_hooks_are_named_and_not_called() -> None:
    called = []
    x = leaf(2.0)
    a = x * 3
    x.register_hook(lambda g: called.append(g))
    a.register_hook(lambda g: g * 100)
    a.retain_grad()
    text = explain(a * 1.0)
    assert "x.grad = 1 · 3 = 3 a hook waits at x: backward calls it, this walk does not" \
        in " ".join(text.split())
    assert "a hook waits at a: " in text
    assert called == [] and x.grad is None and a.grad is None


def test_an_operation_of_ones_own() -> None:
    x = leaf(3.0)
    Twice.calls = 0
    text = explain(Twice()(x))
    assert "loss = twice(x)   twice(3) = 6" in text
    assert "∂loss/∂x = by Twice.backward" in text and "= 2" in text
    assert Twice.calls == 1


class Scaled(Function):
    def forward(self, x: Any, by: Any, how: Any) -> Any:
        self.save(None, by)
        return x * by

    def backward_x(self, g: Any) -> Any:
        return g * self.saved[1]


def test_options_among_the_inputs() -> None:
    x = leaf(3.0)
    a = Scaled.apply(x, 2, "slowly")
    loss = a * 1.0
    assert "a = scaled(x, 2, 'slowly')   scaled(3, 2, 'slowly') = 6" in explain(loss)
    loss.backward()
    assert "a = scaled(x, 2, 'slowly')   scaled(3, 2, 'slowly') = 6" in explain(loss)


def test_a_tensor_called_g() -> None:
    g = leaf([1.0, 2.0])
    text = explain((g * g).sum())
    assert "; upstream is the upstream gradient" in text and "g.grad = upstream · g" in text


def test_views_selections_and_several_results() -> None:
    x = minigrad.randn(4, 3, requires_grad=True)
    values, indices = x.max(1)
    best, at = x.topk(2, 1)
    loss = (values * indices + best.sum(1) + x[1:3, 0].sum() + x.T.reshape(-1)[x.argmax()]).sum()
    text = explain(loss)
    for part in ("x[1:3, 0]", "xᵀ", "reshape(", "gather(x, dim=1)", "x is used 4 times: the parts add up"):
        assert part in text
    total = [s.total for s in steps(loss) if s.input == "x"][-1]
    loss.backward()
    assert total is not None and np.array_equal(total.numpy(), x.grad.numpy())


def test_the_graph_of_a_gradient() -> None:
    x = leaf(2.0)
    (slope,) = minigrad.autograd.grad(x ** 3, x, create_graph=True)
    last = [s for s in steps(slope) if s.input == "x"][-1]
    assert last.total is not None and last.total.item() == 12          # 6x


def test_ten_thousand_operations() -> None:
    y = x = leaf(1.0)
    for _ in range(10_000):
        y = y + x
    text = explain(y, limit=10)
    assert text.count("9,990 operations left out; explain(loss, limit=None) shows all") == 2
    assert "y, after 10,000 operations" in text and "x is used 10,001 times: the parts add up" in text
    assert len(text.splitlines()) < 60
    assert next(steps(y)).statement == "t1 = x + x"


def test_errors_teach() -> None:
    with pytest.raises(DTypeError, match="explain: expected a Tensor, the result of a .*, got list"):
        explain([1.0])                          # type: ignore[arg-type]
    with pytest.raises(GraphError, match=r"steps: this tensor of shape \(\) has no graph: nothing"):
        steps(minigrad.tensor(1.0))
    with pytest.raises(GraphError, match=r"explain: the gradient starts at a single number, but out has the "
                                         r"shape \(2,\). Reduce it first: explain\(loss.mean\(\)\)"):
        explain(leaf([1.0, 2.0]) * 2)
