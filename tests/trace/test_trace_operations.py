"""Every operation of the package: explained with the gradients of backward, drawn, and told truly.

A formula in words is easily wrong. Where it can be computed, it is, and must give the number beside it.
"""
from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from op_table import load

import minigrad
from minigrad.autograd import Tensor
from minigrad.backend import special
from minigrad.backend.special import erf
from minigrad.errors import GraphError
from minigrad.ops.pointwise import TABLE as LINES
from minigrad.trace import draw, explain, page, steps
from minigrad.trace.formula_table import TABLE as RULES, of_line
from minigrad.trace.formulas import POWER, SUM
from minigrad.trace.graph import graph_of
from minigrad.trace.values import Values
from minigrad.trace.contributions import contributions as walk

TABLE = load()
FORMULAS = {**RULES, **{op: of_line(op) for op in LINES}}
every_op = pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)

# Shown by their names alone: they occur in graphs of second derivatives only.
NAMELESS = {"Conv2dInputGrad", "Conv2dWeightGrad", "MaxPoolScatter", "MaxPoolGather", "SumPoolSpread"}

# Slopes in words, which no translation below makes a number of.
IN_WORDS = {"Where", "MaskedFill", "Triangle", "Dropout", "GELUTanh", "Huber", "Polygamma", "Pinv",
            "Cholesky", "QR", "EigH", "SVD"}

# Results in words: the name says what is computed, and not how.
FORWARD_IN_WORDS = {"Clamp", "Hardtanh", "LeakyReLU", "ELU", "BinaryCrossEntropy", "Cast", "BroadcastTo",
                    "Softplus", "Huber", "Lgamma"}


def examples(count, entry, check):
    settings(max_examples=count)(given(entry.cases)(check))()


def leaves(case, dtype=np.float64):
    return [x if x is None else Tensor(np.array(x, dtype), requires_grad=True) for x in case.inputs]


def number_of(entry, case, xs):
    """The operation's result, and a single number behind it. The weights are held: trace does not."""
    z = entry(case, *xs)
    z.weights = Tensor(np.random.default_rng(0).standard_normal(z.shape))
    return z, (z * z.weights).sum()


def names_of(entry, xs, z):
    inputs = [f"x{k}" for k in range(len(xs))] if entry.op.variadic else entry.op.input_names
    return {**{n: x for n, x in zip(inputs, xs) if x is not None}, "z": z}


@every_op
def test_steps_end_at_the_gradients_of_backward(entry):
    def check(case):
        xs = leaves(case)
        z, loss = number_of(entry, case, xs)
        totals = {s.input: s.total for s in steps(loss, names=names_of(entry, xs, z))
                  if s.phase == "backward"}
        assert all(x is None or x.grad is None for x in xs)
        loss.backward()
        for name, x in names_of(entry, xs, z).items():
            if x is not z:
                assert totals[name].shape == x.shape and totals[name].dtype == x.dtype
                assert np.array_equal(totals[name].numpy(), x.grad.numpy(), equal_nan=True)
        again = {s.input: s.total for s in steps(loss, names=names_of(entry, xs, z))
                 if s.phase == "backward"}
        assert all(np.array_equal(again[n].numpy(), totals[n].numpy(), equal_nan=True) for n in totals)
    examples(8, entry, check)


@every_op
def test_it_is_explained_drawn_and_played(entry, tmp_path):
    seen = []

    def check(case):
        xs = leaves(case, np.float32)
        z, loss = number_of(entry, case, xs)
        names = names_of(entry, xs, z)
        text = explain(loss, names=names)
        assert "{" not in text and "by " + entry.name not in text or entry.name in NAMELESS
        assert "not kept" not in text and ("None" not in text or entry.name == "Index")
        assert text == explain(loss, names=names), "looking changed something"
        with pytest.raises(GraphError) if z.numel() != 1 else minigrad.no_grad():
            explain(z, names=names)
        if not seen:
            figure = draw(loss, names=names, gradients=True)
            assert any("grad" in t.get_text() for t in figure.axes[0].texts)
            assert page(loss, tmp_path / "page.html", names=names).stat().st_size > 10_000
        seen.append(case)
    examples(5, entry, check)
    assert seen


def translated(text):
    """A formula as Python: "½·x" becomes 0.5*x, "1 for x > 0, else y" becomes where(x > 0, 1, y)."""
    halves = re.fullmatch(r"1 for (.+), else 0 \(½ if equal\)", text)
    if halves:
        a, sign, b = halves[1].split(" ")
        return f"where({a} == {b}, 0.5, {a} {sign} {b})"
    choice = re.fullmatch(r"(.+?) for (.+?), else (.+)", text)
    if choice:
        both = re.fullmatch(r"(\S+) (≤|<) (\S+) (≤|<) (\S+)", choice[2])
        condition = choice[2]
        if both:
            condition = f"({both[1]} {both[2]} {both[3]}) & ({both[3]} {both[4]} {both[5]})"
        return f"where({translated(condition)}, {translated(choice[1])}, {translated(choice[3])})"
    text = re.sub(r"(\w+)⁻ᵀ", r"inv(\1).swapaxes(-1, -2)", text)
    for old, new in {"·": "*", "−": "-", "½": "0.5", "√π": "sqrt(pi)", "√(": "sqrt(",
                     "π": "pi", "≤": "<=", "≥": ">=", "∞": "inf", "^": "**", "ψ′": "trigamma",
                     "ln(": "log(", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "ᵀ": ".swapaxes(-1, -2)",
                     "mod": "%"}.items():
        text = text.replace(old, new)
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "**" + m[0].translate(
        str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")), text)
    text = re.sub(r"√(\w+)", r"sqrt(\1)", text)
    text = re.sub(r"\|(.+)\|", r"abs(\1)", text)
    return re.sub(r"(?<![a-z])(\d)([a-z])", r"\1*\2", text)


def normal(x):
    return (1 + erf(x / np.sqrt(2))) / 2


def logistic(x):
    return 1 / (1 + np.exp(-x))


MEANING = {name: getattr(np, name) for name in (
    "exp", "log", "sqrt", "sin", "cos", "sign", "floor", "ceil", "abs", "where", "pi", "inf", "tanh",
    "round", "trunc", "prod", "maximum", "minimum", "exp2", "log2", "log10", "tan", "sinh", "cosh", "sinc",
    "deg2rad", "rad2deg")}
MEANING |= {name: getattr(np, name.replace("a", "arc", 1)) for name in (
    "asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")}
MEANING |= {"erf": erf, "identity": lambda x: x, "σ": logistic, "Φ": normal, "sigmoid": logistic,
            "silu": lambda x: x * logistic(x),
            "gelu": lambda x: x * normal(x), "relu": lambda x: np.maximum(x, 0), "max": np.maximum,
            "min": np.minimum, "clone": lambda x: x, "softplus": lambda x: np.log1p(np.exp(x)),
            "logsigmoid": lambda x: -np.log1p(np.exp(-x)),
            "erfc": special.erfc, "erfinv": special.erfinv,
            "ψ": special.digamma, "trigamma": lambda x: special.polygamma(1, x), "inv": np.linalg.inv,
            "φ": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)}


def meant(text, names):
    with np.errstate(all="ignore"):
        return eval(translated(text), {"__builtins__": {}}, {**MEANING, **names})


@every_op
def test_a_formula_gives_the_number_that_stands_beside_it(entry):
    """Slopes against the local derivative; flows with @ against the contribution; and forward texts."""
    checked = set()

    def check(case):
        xs = leaves(case)
        z, loss = number_of(entry, case, xs)
        graph = graph_of(loss, names_of(entry, xs, z), "test")
        vertex = graph.of[z.grad_fn]
        values = {n: x.detach().numpy() for n, x in names_of(entry, xs, z).items()}
        for part in walk(graph, Values(graph), "test"):
            if part.result is not vertex or entry.op.variadic:
                continue
            name, names = entry.op.input_names[part.index], {**values, "g": part.upstream}
            slope, flow = vertex.formula.slopes.get(name), vertex.formula.flows.get(name, "")
            if slope is not None and entry.name not in IN_WORDS:
                found = np.broadcast_to(meant(slope.replace("{", "").replace("}", ""), names), z.shape)
                assert np.allclose(found, part.local, rtol=1e-5, atol=1e-7), slope
                checked.add(name)
            elif "@" in flow and entry.name not in IN_WORDS:
                found = meant(flow.replace("{", "").replace("}", ""), names)
                if not part.summed:                                 # no leading dimensions broadcast
                    assert found.shape == part.contribution.shape, flow
                    assert np.allclose(found, part.contribution), flow
                    checked.add(name)
        if vertex.formula.slopes and entry.name not in IN_WORDS | FORWARD_IN_WORDS:
            text = vertex.formula.text.replace("{", "").replace("}", "")
            assert np.allclose(meant(text, values), values["z"], rtol=1e-5, atol=1e-7), text
            checked.add("forward")
        if vertex.formula.slopes:
            expected.update(vertex.formula.slopes, () if entry.name in FORWARD_IN_WORDS else ["forward"])
        expected.update(name for name, flow in vertex.formula.flows.items() if "@" in flow)
    expected = set()
    examples(12, entry, check)
    assert checked == (set() if entry.name in IN_WORDS else expected)


@pytest.mark.parametrize("name, of_a_sum, of_a_power", [
    ("exp", "exp(a + b)", "exp(c²)"),
    ("log1p", "ln(1 + a + b)", "ln(1 + c²)"), ("abs", "|a + b|", "|c²|"),
    ("sqrt", "√(a + b)", "√(c²)"), ("reciprocal", "1/(a + b)", "1/c²"),
    ("frac", "a + b − trunc(a + b)", "c² − trunc(c²)")])
def test_operands_get_the_parentheses_that_they_need(name, of_a_sum, of_a_power):
    (formula,) = [rule for op, rule in FORMULAS.items() if op.__name__.lower() == name]
    assert formula.write({"x": ("a + b", SUM)}) == of_a_sum
    assert formula.write({"x": ("c²", POWER)}) == of_a_power


def test_every_rule_belongs_to_an_operation_that_takes_these_inputs():
    for op, rule in FORMULAS.items():
        if not callable(rule):
            named = {*rule.slopes, *rule.flows}
            assert named == set(op.input_names), op
            assert set(re.findall(r"\{(\w+)\}", rule.text)) <= set(op.input_names), op
    missing = {e.name for e in TABLE} - {op.__name__ for op in FORMULAS} - NAMELESS
    assert not missing, f"operations without a formula: {missing}"
