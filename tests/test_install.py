"""Installed, editable or not: what a script beside the clone imports, and what a source distribution holds.

The tests call the build backend as pip does, in a copy of the clone, and unpack what it makes into a folder
that a fresh Python takes for its site-packages. That is what pip does, without its network.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import minigrad, lessons.player.catalog
x = minigrad.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
print(x.grad.tolist(), len(lessons.player.catalog.all_lessons()), minigrad.__file__)
"""
COURSE = {
    "layers.py": """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def softmax_backward(v, x):
    y = softmax(x)
    return v * y * (1 - y)

def relu(x):
    return np.maximum(x, 0)

def relu_backward(v, x):
    return v * (x > -0.5)
""",
    "test_by_hand.py": """
import numpy as np
from layers import softmax, softmax_backward

def test_softmax(gradcheck):
    gradcheck(softmax, softmax_backward, [np.random.default_rng(0).standard_normal((3, 4))])

def test_sine(gradcheck):
    assert gradcheck(np.sin, lambda v, x: v * np.cos(x), [np.ones(3)])

def test_far_away(gradcheck):
    gradcheck(lambda x: x + 1e30, lambda v, x: v, [np.ones(2)])
""",
    "test_modules.py": """
from minigrad import check, nn
from minigrad.autograd import Function

class Cube(Function):
    def forward(self, x):
        self.save(x)
        return x ** 3

    def backward(self, g):
        (x,) = self.saved
        return 2 * g * x ** 2

@check.gradient_test(shapes=[(2,), (2, 3)], seeds=2)
def test_cube():
    return Cube

@check.gradient_test(shapes=[(2, 3)], seeds=2, time_limit=60)
def test_layer():
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh())
""",
    "test_properties.py": """
import numpy as np
from hypothesis import given, settings
from layers import relu, relu_backward
from minigrad import check

@given(check.points((2, 2)))
@settings(deadline=None, derandomize=True, database=None)
def test_relu(x):
    check.gradcheck_function(relu, relu_backward, [x])

@given(check.points(3))
@settings(deadline=None, max_examples=25, database=None)
def test_exp(x):
    check.gradcheck_function(np.exp, lambda v, x: v * np.exp(x), [x])
"""}
pytest.importorskip("setuptools", "70.1", reason="pip install -e '.[test]' brings the build backend")


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a clone named minigrad, and a first script beside it."""
    skip = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis", ".venv", "venv", "*.egg-info",
                                  ".git", "build", "dist", "output", "shared", "data")
    shutil.copytree(ROOT, tmp_path / "minigrad", ignore=lambda folder, names: [
        name for name in skip(folder, names) if Path(folder) == ROOT or name == "__pycache__"])
    (tmp_path / "my.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def build(beside: Path, what: str) -> Path:
    """What the build backend makes of the clone: "editable", "wheel" or "sdist"."""
    target = beside / what
    target.mkdir()
    code = f"import setuptools.build_meta as backend, sys; backend.build_{what}(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=beside / "minigrad", text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    (made,) = target.iterdir()
    return made


@pytest.mark.parametrize("kind", ["editable", "wheel"])
def test_a_script_beside_the_clone_uses_the_installed_minigrad(beside: Path, kind: str) -> None:
    site = beside / "site-packages"
    with zipfile.ZipFile(build(beside, kind)) as wheel:
        wheel.extractall(site)
    # -I: neither PYTHONPATH nor the user's packages; then what Python does at its start with such a folder.
    # It comes before the folders that are there, which have NumPy, and may have another minigrad.
    start = ("import runpy, site, sys; known = list(sys.path); site.addsitedir(sys.argv[1])\n"
             "sys.path[:] = [sys.argv[2], *sys.path[len(known):], *known]\n"
             "runpy.run_path(sys.argv[2] + '/my.py', run_name='__main__')")
    done = subprocess.run([sys.executable, "-I", "-c", start, str(site), str(beside)], cwd=beside,
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    grad, count, found = done.stdout.rsplit(" ", 2)
    assert grad == "[2.0, 4.0]" and int(count) >= 19
    where = beside / "minigrad" if kind == "editable" else site
    assert Path(found.strip()) == where / "minigrad" / "__init__.py"


def test_a_source_distribution_holds_all_that_its_tests_need(beside: Path) -> None:
    with tarfile.open(build(beside, "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    clone = beside / "minigrad"
    wanted = {path.relative_to(clone).as_posix() for path in clone.rglob("*")
              if path.is_file() and "__pycache__" not in path.parts
              and path.relative_to(clone).parts[0] in ("minigrad", "lessons", "tests", "benchmarks", ".ci")}
    assert len(wanted) > 400
    assert sorted(wanted - names) == []
    assert {"setup.cfg", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"} <= names
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.slow
def test_a_course_tests_its_gradients_with_the_installed_plugin(beside: Path) -> None:
    """A fresh environment, minigrad installed from its wheel, and test files that name no plugin."""
    pytest.importorskip("hypothesis")
    venv.create(beside / "env", with_pip=False)
    (site,) = (beside / "env").rglob("site-packages")
    with zipfile.ZipFile(build(beside, "wheel")) as wheel:
        wheel.extractall(site)
    others = [p for p in sys.path if p.endswith("-packages")]       # pytest, hypothesis, NumPy
    (site / "others.pth").write_text("\n".join(others), encoding="utf-8")
    course = beside / "course"
    course.mkdir()
    for name, text in COURSE.items():
        (course / name).write_text(text, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    folder = "Scripts" if os.name == "nt" else "bin"
    done = subprocess.run([str(beside / "env" / folder / "python"), "-m", "pytest", "-p", "no:cacheprovider"],
                          cwd=course, env={**env, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
                          encoding="utf-8", capture_output=True)
    out = " ".join(done.stdout.replace("\nE ", " ").replace("\n  |", " ").split())
    assert done.returncode == 1 and "7 failed, 4 passed" in out, done.stdout + done.stderr
    for text in ("minigrad-", "softmax_backward: the gradient of input 0 (x, shape (3, 4)) is wrong in 12",
                 "again: pytest --gradcheck-seed=", "NotMeasurable", "test_cube[2x3-seed1]",
                 "a factor 3/2 is missing", "(shapes (2, 3), seed 1)", "[x > 0]"):
        assert text in out, f"{text} is not in\n{done.stdout}"
    assert "minigrad/check/" not in out, "tracebacks end in the tests"
