"""What a lesson says and does in a shell: commands that work as printed, pipes, folders, earlier runs."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import minigrad
from lessons.player import shell
from lessons.support import running
from lessons.__main__ import main
from minigrad.train import save_checkpoint

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=cwd, text=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                          stdin=subprocess.DEVNULL, capture_output=True)


# ── commands ──────────────────────────────────────────────────────────────────────────────────────

def test_python_is_named_as_it_can_be_started_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path / ".venv" / "bin" / "python"
    here.parent.mkdir(parents=True)
    here.symlink_to(sys.executable)         # as venv makes it: the same file as the system's Python
    monkeypatch.setattr(sys, "executable", str(here))
    monkeypatch.setenv("PATH", str(Path(os.path.realpath(here)).parent))
    assert shell.python() == str(Path(".venv/bin/python"))
    assert subprocess.run([shell.python(), "-c", ""]).returncode == 0
    monkeypatch.setenv("PATH", str(here.parent))        # activated
    assert shell.python() == "python"
    monkeypatch.setenv("PATH", "")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert shell.python() == str(here)


def test_commands_that_are_printed_name_the_running_interpreter(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shell, "python", lambda: "THIS")
    monkeypatch.setattr("lessons.__main__.python", lambda: "THIS")
    monkeypatch.setattr("lessons.grading.command.python", lambda: "THIS")
    monkeypatch.setattr(sys, "argv", [str(Path.cwd() / "lessons" / "11_x.py"), "--quick", "--data", "a b"])
    (tmp_path / "one.checkpoint.safetensors").touch()
    options: Any = SimpleNamespace(output=tmp_path, resume=False)
    said = running.stopped(options)
    assert said.endswith(f"THIS {Path('lessons/11_x.py')} --quick --data 'a b' --resume")
    assert main([]) == 0 and main(["check"]) == 0
    printed = capsys.readouterr().out
    assert "THIS -m lessons check 4" in printed and "THIS -m lessons check 1 " in printed
    assert "python -m" not in printed


# ── earlier runs ──────────────────────────────────────────────────────────────────────────────────

def test_without_resume_earlier_checkpoints_are_kept_and_can_be_gone_on_with(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["lesson.py"])
    for number in (1, 2):
        save_checkpoint(tmp_path / f"improved{running.CHECKPOINT}", epoch=number)
        options: Any = SimpleNamespace(output=tmp_path, resume=False)
        running.begin(options)
        assert not list(tmp_path.glob(f"*{running.CHECKPOINT}"))
        kept = tmp_path / f"earlier-{number}"
        assert minigrad.load(kept / f"improved{running.CHECKPOINT}")["epoch"] == number
        assert f"lesson.py --output {kept} --resume" in capsys.readouterr().out
    running.begin(SimpleNamespace(output=tmp_path / "earlier-1", resume=True))  # type: ignore[arg-type]
    assert (tmp_path / "earlier-1" / f"improved{running.CHECKPOINT}").exists()
    assert sorted(os.listdir(tmp_path)) == ["earlier-1", "earlier-2"]
    assert capsys.readouterr().out == ""


# ── folders, pipes, variables ─────────────────────────────────────────────────────────────────────

def test_an_output_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("")                # where lessons write by themselves
    for arguments in (["--output", os.devnull], ["--output", str(tmp_path / "output")], []):
        done = run("-m", "lessons", "1", "--quick", *arguments, cwd=tmp_path)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
        assert "cannot write there" in done.stderr


def test_a_read_only_folder_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(**kwargs: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(running, "TemporaryFile", refuse)
    with pytest.raises(SystemExit) as stop:
        running.begin(SimpleNamespace(output=tmp_path / "new", resume=False))   # type: ignore[arg-type]
    assert stop.value.code == 2
    assert "cannot write there (Read-only file system)" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes end otherwise on Windows")
@pytest.mark.parametrize("module", [["lessons"], ["minigrad"], ["lessons", "2"]])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, module: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)                                      # who reads has gone already
    arguments = [*module, "--quick", "--output", str(tmp_path)] if len(module) > 1 else module
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, stdout=write, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_unknown_backend_of_matplotlib_is_one_sentence() -> None:
    done = run("-m", "lessons", "1", "--quick", MPLBACKEND="nonsense")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == ("The variable MPLBACKEND is 'nonsense', which is not a backend of matplotlib. "
                           "Unset it: minigrad's pictures need none.\n")
    draw = ("from minigrad.trace import draw; from minigrad import ones\n"
            "draw((ones(1, requires_grad=True) * 2).sum())")
    for code in ("import minigrad.plot", "import minigrad.vision.drawing", draw,
                 "import minigrad.vision.glyph_drawing"):
        done = run("-c", code, MPLBACKEND="nonsense")
        assert done.stderr.splitlines()[-1].startswith("minigrad.errors.RangeError: The variable MPLBACKEND")
