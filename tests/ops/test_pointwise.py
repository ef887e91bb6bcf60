"""What is made from a line of the table: it saves no more than it needs, and is found by its name."""
import importlib
import pickle

import numpy as np
import pytest

import minigrad
from minigrad.ops import pointwise as module
from minigrad.ops.pointwise import TABLE, pairwise, pointwise


@pytest.mark.parametrize("name, saved", [
    ("exp", ["z"]), ("log", ["x"]), ("sinc", ["x", "z"]), ("deg2rad", []), ("floor", []),
    ("hypot", ["x", "x", "z"]), ("maximum", ["x", "x"])])
def test_only_what_the_rule_names_is_saved(name, saved):
    x = minigrad.tensor([0.5, 2.0], requires_grad=True)
    z = getattr(minigrad, name)(*[x] * (2 if name in ("hypot", "maximum") else 1))
    arrays = {"x": x._array, "z": z._array}
    assert len(z.grad_fn.saved) == len(saved)
    assert all(array is arrays[which] for array, which in zip(z.grad_fn.saved, saved))


@pytest.mark.parametrize("op", TABLE, ids=lambda op: op.__name__)
def test_a_function_is_found_under_its_name_in_the_file_of_its_line(op):
    function = getattr(importlib.import_module(op.__module__), op.__name__.lower())
    assert op.__module__.startswith("minigrad.ops.") and op.__module__ != module.__name__
    assert function.__name__ == op.__name__.lower() and ">>> minigrad." in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is function
    method = getattr(minigrad.Tensor, function.__name__, None)
    assert method is function if method else hasattr(minigrad.nn.functional, function.__name__)


@pytest.fixture
def scratch():
    """The table and Tensor as they were, after a test that makes lines of its own."""
    before, table = set(vars(minigrad.Tensor)), dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(table)
    for name in set(vars(minigrad.Tensor)) - before:
        delattr(minigrad.Tensor, name)


def test_a_line_of_ones_own(scratch):
    cube = pointwise("cube", "x³", lambda x: x * x * x, "3·x²", lambda g, x: g * (x * x * 3),
                     "x³.", "[2.0]", "[8.]")
    x = minigrad.tensor([2.0, -1.0], requires_grad=True)
    (slope,) = minigrad.autograd.grad(cube(x).sum(), x, create_graph=True)
    slope.sum().backward()
    assert slope.tolist() == [12, 3] and x.grad.tolist() == [12, -6] and x.cube().tolist() == [8, -1]
    assert minigrad.trace.explain(x.cube().sum(), names={"x": x}).count("x³")
    mean = pairwise("middle", "(x + y)/2", lambda x, y: (x + y) / 2, ("½", "½"), (lambda g: g / 2,) * 2,
                    "Their mean.", ("[1.0]", "[2.0]"), "[1.5]")
    y = minigrad.tensor([[4.0], [6.0]], requires_grad=True)
    mean(x.detach(), y).sum().backward()
    assert y.grad.tolist() == [[1], [1]] and mean.__doc__.startswith("Their mean. x and y broadcast")


def test_infinities_come_without_a_warning():
    x = minigrad.tensor(np.array([np.inf, -np.inf, np.nan, 0.0]))
    for name in ("sin", "cos", "tan", "log", "acos", "atanh", "sinc", "exp2", "logit"):
        getattr(x, name)()
