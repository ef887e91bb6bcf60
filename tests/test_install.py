"""Installed, editable or not: what a script beside the clone imports, and what a source distribution holds.

The tests call the build backend as pip does, in a copy of the clone, and unpack what it makes into a folder
that a fresh Python takes for its site-packages. That is what pip does, without its network.
"""
from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
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
