"""The pytest plugin in a project of its own, gradient tests, and points for hypothesis."""
from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest

import minigrad
from minigrad import Tensor, nn
from minigrad.autograd import Function
from minigrad.check import (GradCheckError, from_jax, from_torch, gradcheck, gradcheck_function,
                            gradient_test, points)

ROOT = Path(minigrad.__file__).resolve().parents[1]

PROJECT = '''
import numpy as np
import pytest
from hypothesis import given, settings
from minigrad import check, nn

def test_right(gradcheck):
    gradcheck(np.sin, lambda g, x: g * np.cos(x), [np.ones(3)])

def test_wrong(gradcheck):
    gradcheck(np.sin, lambda g, x: -g * np.cos(x), [np.array([1.0, 2.0, 3.0])])

@check.gradient_test(shapes=[(2,), (2, 3)], seeds=2)
def test_cube():
    return lambda x: x ** 3, lambda g, x: g * x ** 2

@check.gradient_test(shapes=[(2, 3)], seeds=1)
def test_layer():
    return nn.Linear(3, 2)

@check.gradient_test(shapes=[(2, 3)], seeds=1)
def test_a_function_of_the_input(x):
    return x.exp().sum(dim=1)

@given(check.points((2,)))
@settings(max_examples=3)
def test_drawn(gradcheck, x):
    gradcheck(lambda x: x.abs(), x)

class Forgets(nn.Linear):
    def forward(self, x):
        return x @ self.weight.detach().T + self.bias

def test_a_module_with_its_parameters(gradcheck):
    gradcheck(Forgets(2, 1), np.ones((1, 2)))

def test_called_in_another_way(gradcheck):
    with pytest.raises(TypeError, match="goes second"):
        gradcheck(np.sin, np.ones(3), backward=lambda g, x: g * np.cos(x))
    with pytest.raises(TypeError, match="as one list"):
        gradcheck(lambda x, y: x * y, np.ones(3), np.ones(3))
'''


def run(folder: Path, *arguments: str) -> str:
    (folder / "test_project.py").write_text(PROJECT, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    installed = any(entry.value == "minigrad.check.plugin" for entry in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "minigrad.check.plugin"]       # pytest loads it once, not twice
    command = [sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider", "-q", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, encoding="utf-8").stdout


def test_a_project_that_uses_the_plugin(tmp_path: Path) -> None:
    out = run(tmp_path)
    assert "6 failed, 5 passed" in out
    assert "Forgets: the gradient of input 1 (weight, shape (1, 2))" in out
    assert "sin: the gradient of input 0 (" in out
    assert "again: pytest --gradcheck-seed=" in out
    assert "test_cube[2x3-seed1]" in out and "(shapes (2, 3), seed 1)" in out
    assert "a factor 3 is missing" in out
    assert "minigrad/check/report.py" not in out, "the traceback ends at the test"
    assert "gradcheck-seed=17" in run(tmp_path, "--gradcheck-seed=17", "-k", "wrong")


def test_the_plugin_is_an_entry_point() -> None:
    assert "minigrad = minigrad.check.plugin" in (ROOT / "setup.cfg").read_text(encoding="utf-8")


class Square(Function):
    """With a factor that may be wrong."""

    factor = 2

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.save(x)
        return x * x

    def backward(self, g: np.ndarray) -> np.ndarray:
        (x,) = self.saved
        return self.factor * g * x


class Forgets(nn.Linear):
    """Its weight gets no gradient."""

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        return x @ self.weight.detach().T + self.bias


class Wrong(Square):
    factor = 3


class Squares(nn.Module):
    def __init__(self, operation: type[Square]) -> None:
        super().__init__()
        self.operation = operation

    def forward(self, x: Tensor) -> Tensor:
        return self.operation()(x)


@pytest.mark.parametrize("right, wrong", [
    (Square, Wrong), (lambda x: Square()(x), lambda x: Wrong()(x)),
    (nn.Sequential(nn.Linear(3, 2), Squares(Square)), nn.Sequential(nn.Linear(3, 2), Squares(Wrong))),
    ((np.sin, lambda g, x: g * np.cos(x)), (np.sin, lambda g, x: g * np.sin(x)))])
def test_whatever_has_a_gradient_is_tested(right: object, wrong: object) -> None:
    test = gradient_test(shapes=[(2, 3), (4, 3)], seeds=2)
    test(lambda: right)()
    with pytest.raises(GradCheckError):
        test(lambda: wrong)()


def test_a_failed_gradient_test_shows_shapes_and_seed() -> None:
    with pytest.raises(GradCheckError, match=r"Wrong: (.|\n)*\(shapes \(3,\), seed 5\)"):
        gradient_test(shapes=[(3,)], seeds=[5])(lambda: Wrong)()
    with pytest.raises(TypeError, match="has no gradient. Return"):
        gradient_test(shapes=[(3,)])(lambda: 3)()


def test_points_keep_away_from_kinks_and_ties() -> None:
    hypothesis = pytest.importorskip("hypothesis")

    @hypothesis.given(points((2, 3), kinks=(0.0, 1.0), away=0.25))
    @hypothesis.settings(max_examples=30, database=None, deadline=None)
    def looked_at(x: np.ndarray) -> None:
        assert x.shape == (2, 3) and len(np.unique(x)) == 6
        assert (np.abs(x) >= 0.25).all() and (np.abs(x - 1) >= 0.25).all() and (np.abs(x) <= 2).all()
    looked_at()
    with pytest.raises(ValueError, match="needs 100 distinct ones"):
        points(100, low=0.5, high=1.0)


def test_a_right_relu_passes_at_all_points_and_a_wrong_one_shrinks_to_few_digits() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    seen: list[np.ndarray] = []

    @hypothesis.given(points(2))
    @hypothesis.settings(max_examples=60, database=None, deadline=None)
    def wrong(x: np.ndarray) -> None:
        seen.append(x)
        gradcheck_function(lambda x: np.maximum(x, 0), lambda g, x: g * (x > -0.5), [x])
    with pytest.raises(GradCheckError):
        wrong()
    assert sorted(np.abs(seen[-1]) <= 1) == [True, True]


def test_points_without_hypothesis_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match="pip install hypothesis"):
        points(3)


@pytest.mark.torch
def test_functions_on_pytorchs_tensors() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor([[0.5, -1.0], [2.0, 0.3]], requires_grad=True)
    assert gradcheck(lambda x: torch.softmax(x, 1), x)
    assert gradcheck(lambda x, k: x[:, k] ** 2, [x, 1])

    class Cube(torch.autograd.Function):        # type: ignore[name-defined, misc]
        @staticmethod
        def forward(ctx: object, x: object) -> object:
            ctx.save_for_backward(x)            # type: ignore[attr-defined]
            return x ** 3                       # type: ignore[operator]

        @staticmethod
        def backward(ctx: object, g: object) -> object:
            return g * 2 * ctx.saved_tensors[0] ** 2            # type: ignore[attr-defined, operator]
    with pytest.raises(GradCheckError, match="Cube: (.|\n)*a factor 3/2 is missing"):
        gradcheck(Cube.apply, x)


def test_functions_on_jax_arrays() -> None:
    jax = pytest.importorskip("jax")
    x, k = jax.numpy.array([0.5, -1.0, 2.0]), jax.numpy.array([2, 0, 1])
    assert gradcheck(lambda x: jax.numpy.sin(x).sum(), x)
    assert gradcheck(lambda x, k: x[k] ** 2, [x, k])

    @jax.custom_vjp
    def cube(x: object) -> object:
        return x ** 3                           # type: ignore[operator]
    cube.defvjp(lambda x: (x ** 3, x), lambda x, g: (g * 2 * x ** 2,))
    with pytest.raises(GradCheckError, match="cube: (.|\n)*a factor 3/2 is missing"):
        gradcheck(cube, x)
    stopped = lambda x: jax.lax.stop_gradient(x) * x
    with pytest.raises(GradCheckError, match="a factor 2 is missing"):
        gradcheck(stopped, x)


def test_forward_and_backward_made_of_a_jax_function() -> None:
    jax = pytest.importorskip("jax")
    before = jax.numpy.ones(1).dtype
    forward, backward = from_jax(lambda x, n: (jax.numpy.tanh(x), n * x), [0])
    assert gradcheck_function(forward, backward, [[0.5, -1.0], 3], checked=[0])
    wrong = lambda v, x, n: (2 * backward(v, x, n)[0],)
    assert not gradcheck_function(forward, wrong, [[0.5, -1.0], 3], checked=[0], raise_exception=False)
    assert jax.numpy.ones(1).dtype == before, "float64 is for the check alone"


@pytest.mark.torch
def test_forward_and_backward_made_of_a_pytorch_function() -> None:
    torch = pytest.importorskip("torch")
    forward, backward = from_torch(lambda x, n: (torch.tanh(x), n * x), [0])
    assert gradcheck_function(forward, backward, [[0.5, -1.0], 3], checked=[0])
    wrong = lambda v, x, n: (2 * backward(v, x, n)[0],)
    assert not gradcheck_function(forward, wrong, [[0.5, -1.0], 3], checked=[0], raise_exception=False)
    forward, backward = from_torch(lambda x: x.detach() * x)
    assert gradcheck_function(forward, backward, [[0.5, -1.0]], raise_exception=False).kind == "factor"


def test_a_parameter_that_gets_no_gradient_is_found() -> None:
    with pytest.raises(GradCheckError, match=r"input 1 \(weight, shape \(1, 2\)\) is wrong"):
        gradient_test(shapes=[(3, 2)])(lambda: Forgets(2, 1))()


def test_frozen_parameters_are_left_out_and_nested_outputs_are_checked() -> None:
    frozen = nn.Linear(2, 1)
    frozen.weight.requires_grad_(False)
    gradient_test(shapes=[(3, 2)], seeds=1)(lambda: frozen)()
    gradient_test(shapes=[(3, 2)], seeds=1)(lambda: nn.LSTM(2, 1))()        # returns (y, (h, c))
