"""The C kernels' compiler and cache: whatever is missing or broken, NumPy goes on, and minigrad says why."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from minigrad.backend.c import toolchain

ROOT = Path(__file__).resolve().parents[2]
TRY = """
import numpy as np
from minigrad.backend.c import toolchain
from minigrad.nn.functional import conv2d
import minigrad
y = conv2d(minigrad.ones(8, 4, 20, 20), minigrad.ones(8, 4, 3, 3))
assert y.shape == (8, 8, 18, 18) and float(y.min()) == 36
print(toolchain.why_not() or "kernels")
"""

needs_compiler = pytest.mark.skipif(toolchain.compiler() is None, reason="no C compiler")


def run(tmp_path: Path, code: str = TRY, **environment: str) -> str:
    """What a new process prints, with nothing on standard error."""
    env = {**os.environ, "MINIGRAD_C": "1", "PYTHONPATH": str(ROOT),
           "MINIGRAD_C_CACHE": str(tmp_path / "cache"), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def script(path: Path, text: str) -> str:
    """An executable that stands for a compiler."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.slow
@needs_compiler
def test_compiles_once_and_then_loads(tmp_path):
    log = tmp_path / "log"
    real = toolchain.compiler()
    counting = script(tmp_path / "cc", f'echo x >> {log}\nexec {" ".join(real)} "$@"')
    assert run(tmp_path, CC=counting) == "kernels"
    assert run(tmp_path, CC=counting) == "kernels"
    assert log.read_text() == "x\n"
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] == [".so"]


@pytest.mark.slow
@needs_compiler
def test_two_processes_at_once(tmp_path):
    env = {**os.environ, "MINIGRAD_C": "1", "PYTHONPATH": str(ROOT), "MINIGRAD_C_CACHE": str(tmp_path)}
    both = [subprocess.Popen([sys.executable, "-c", TRY], env=env, stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    assert [p.communicate(timeout=300)[0].strip() for p in both] == ["kernels", "kernels"]
    assert len(list(tmp_path.iterdir())) == 1


def test_switched_off(tmp_path):
    assert run(tmp_path, MINIGRAD_C="0") == "MINIGRAD_C=0 switches them off"
    assert not (tmp_path / "cache").exists()


def test_no_compiler(tmp_path):
    without = TRY.replace("import minigrad\n", "import minigrad, importlib.util\n"
                          "find = importlib.util.find_spec\n"
                          "importlib.util.find_spec = lambda n: None if n == 'ziglang' else find(n)\n")
    assert run(tmp_path, without, PATH=str(tmp_path), CC="").startswith("no C compiler was found")


@pytest.mark.parametrize("text, says", [
    ("echo 'kernels.c:1: a bug of the compiler' >&2; exit 1", "a bug of the compiler"),
    ("exit 0", "no message, and no library"), ("kill -9 $$", "failed")])
def test_broken_compiler(tmp_path, text, says):
    assert says in run(tmp_path, CC=script(tmp_path / "cc", text))
    assert list((tmp_path / "cache").iterdir()) == []                   # nothing half-written stays


@pytest.mark.slow
def test_compiler_that_does_not_exist_or_never_ends(tmp_path):
    assert "No such file" in run(tmp_path, CC=str(tmp_path / "nothing"))
    slow = script(tmp_path / "cc", "exec sleep 60")
    start = time.monotonic()
    code = TRY.replace("y = ", "toolchain.PATIENCE = 1\ny = ", 1)
    assert "timed out" in run(tmp_path, code, CC=slow)
    assert time.monotonic() - start < 50


def test_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder would be")
    assert "exists" in run(tmp_path) or "Not a directory" in run(tmp_path)


@pytest.mark.slow
@needs_compiler
def test_damaged_library_is_made_again(tmp_path):
    assert run(tmp_path) == "kernels"
    (library,) = (tmp_path / "cache").iterdir()
    library.write_bytes(library.read_bytes()[:1000])        # loading it would be a bus error
    assert run(tmp_path) == "kernels"
    assert [p.stat().st_size > 1000 for p in (tmp_path / "cache").iterdir()] == [True]


@needs_compiler
def test_each_processor_compiler_and_source_has_a_library_of_its_own(monkeypatch):
    command = toolchain.compiler()
    names = {toolchain.name_for(command)}
    with monkeypatch.context() as patch:
        patch.setattr(toolchain, "processor", lambda: "another one")
        names.add(toolchain.name_for(command))
    with monkeypatch.context() as patch:
        patch.setattr(toolchain, "sources", lambda: {"kernels.c": "int x;"})
        names.add(toolchain.name_for(command))
    names.add(toolchain.name_for([*command, "-g"]))
    assert len(names) == 4


def test_importing_minigrad_and_small_work_start_no_compiler(tmp_path):
    log = tmp_path / "log"
    counting = script(tmp_path / "cc", f"echo x >> {log}; exit 1")
    code = ("import minigrad\nx = minigrad.ones(3, requires_grad=True)\n"
            "(x * 2).sum().backward()\nprint(x.grad)")
    assert run(tmp_path, code, CC=counting) == "tensor([2., 2., 2.])"
    assert not log.exists()


@pytest.mark.slow
@needs_compiler
def test_a_forked_process_computes_alone(tmp_path):
    """OpenMP's threads do not survive a fork: a child that waits for them would hang."""
    code = """
import os, numpy as np
from minigrad.backend.c import conv, kernels
from minigrad.backend.windows import Geometry
kernels.CORES = 2
def work():
    return float(conv.conv_forward(np.ones((32, 8, 32, 32), 'f'), np.ones((16, 8, 3, 3), 'f'), None,
                                   Geometry((3, 3))).sum())
before = work()
child = os.fork()
if child == 0:
    os._exit(0 if work() == before else 1)
print(os.waitpid(child, 0)[1])
"""
    assert run(tmp_path, code) == "0"


@pytest.mark.slow
@needs_compiler
def test_the_report_names_the_compiler():
    env = {**os.environ, "MINIGRAD_C": "1", "PYTHONPATH": str(ROOT)}
    text = subprocess.run([sys.executable, "-m", "minigrad"], env=env, capture_output=True, text=True,
                          timeout=300).stdout
    assert "in C, by" in text
    off = subprocess.run([sys.executable, "-m", "minigrad"], env={**env, "MINIGRAD_C": "0"},
                         capture_output=True, text=True, timeout=300).stdout
    assert "NumPy alone: MINIGRAD_C=0 switches them off" in off


def test_kernels_are_used_by_their_size_alone():
    """Whether a result comes from a kernel must not depend on what ran before."""
    from minigrad.backend.c import conv
    x, w = np.ones((1, 1, 4, 4), np.float32), np.ones((1, 1, 3, 3), np.float32)
    toolchain.library()
    assert not conv.takes(x, w, 4)
