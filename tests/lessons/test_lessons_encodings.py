"""Where standard output isn't UTF-8, as a redirect on Windows: lessons, list, audit, check go on."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.player.catalog import all_lessons

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = Path(__file__).parent / "solutions" / "01_derivative.py"
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437")


def printed(encoding: str, *arguments: str, code: int = 0, typed: str = "") -> str:
    """What ``python -m lessons …`` writes to a standard output with this encoding."""
    command = arguments if arguments[:1] == ("-c",) else ("-m", "lessons", *arguments)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, timeout=120,
                          input=typed.encode(), env={**os.environ, "PYTHONIOENCODING": encoding})
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_list_is_printed(encoding: str) -> None:
    section = "§" if encoding in ("latin-1", "cp1252") else "#"
    text = printed(encoding)
    assert f"A {section}3.1" in text and all(lesson.title in text for lesson in all_lessons())


@pytest.mark.parametrize(("encoding", "name"), [
    ("ascii", "printed_numbers"), ("latin-1", "fit_a_line"), ("cp1252", "eight_steps"),
    ("cp437", "deep_gradients")])
def test_a_lesson_runs(encoding: str, name: str, tmp_path: Path) -> None:
    text = printed(encoding, name, "--quick", "--output", str(tmp_path))
    assert "picture: " in text and "Appendix: what the documents say" in text
    if name == "printed_numbers":
        assert "dJ/d" in text


def test_a_lesson_runs_as_a_script(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(all_lessons()[2].path), "--quick", "--output", str(tmp_path)],
                          capture_output=True, timeout=120, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_help_is_printed(encoding: str) -> None:
    assert "Backpropagation by hand" in printed(encoding, "backpropagation", "--help")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_lesson_can_be_stepped_through(encoding: str, tmp_path: Path) -> None:
    text = printed(encoding, "1", "--step", "--output", str(tmp_path),
                   typed="\n\n\nprint(chr(0x2202) + chr(0xb2))\nq\n")
    assert "| scalar" in text or "│ scalar" in text
    assert "d^2\n" in text or "d²\n" in text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_exercises_are_graded(encoding: str) -> None:
    text = printed(encoding, "check", "1", "--file", str(SOLUTION))
    assert "passed   f at" in text and "at random points" in text


def test_results_for_programs_are_utf_8_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "∂.py"
    path.write_text(SOLUTION.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "lessons", "check", "1", "--file", str(path), "--json", "-"],
                          cwd=ROOT, capture_output=True, timeout=120,
                          env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert "∂.py" in str(json.loads(done.stdout.decode()))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_audit_reads_its_lessons(encoding: str) -> None:
    """With a single lesson, so that it is quick; its file is then stale, of course."""
    text = printed(encoding, "-c", "from lessons.audit import audit; from lessons.player import catalog\n"
                   "raise SystemExit(audit.main(['--check'], catalog.all_lessons()[:1]))", code=1)
    assert "is stale" in text
