"""Output that lacks characters: what is printed then can still be read, and nothing fails at an ∂."""
from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.terminal.spelling import spelled_out

ROOT = Path(__file__).resolve().parents[1]
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437")

SCRIPT = """\
import minigrad
from minigrad import nn
from minigrad.check import adjoint_check
from minigrad.trace import explain, steps

x = minigrad.tensor([1.0, 2.0], requires_grad=True)
loss = (x ** 2).sum()
print(explain(loss), explain(loss))
print(f"{explain(loss)}")
print(*steps(loss), sep="\\n")
print(minigrad.summary(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), (2, 2)))
print(adjoint_check(lambda x: 2 * x, lambda g: g, (3,), raise_exception=False))
try:
    minigrad.ones(2, 3) @ minigrad.ones(4)
except minigrad.errors.ShapeError as error:
    print(error)
"""


@pytest.mark.parametrize(("text", "ascii"), [
    ("∂a/∂x = 2 · x²", "da/dx = 2 * x^2"),
    ("W⁽²⁾ᵢ ← W⁽²⁾ᵢ − α · ∂J/∂W", "W^(2)_i <- W^(2)_i - alpha * dJ/dW"),
    ("ŷ = σ(Σᵢ wᵢxᵢ)", "y_hat = sigma(sum_i w_ix_i)"),
    ("√x ≤ √(2π), ½ ≠ ∞", "sqrt x <= sqrt(2pi), 1/2 != inf"),
    ("10⁻⁷ × ‖xᵀ‖ → ℝⁿ", "10^-7 x ||x^T|| -> R^n"),
    ("A §4.1 “café” 反向", 'A #4.1 "cafe" ??')])
def test_formulas_are_spelled_out(text: str, ascii: str) -> None:
    assert spelled_out(text, "ascii") == ascii
    assert spelled_out(text, "utf-8") == text


def test_what_the_encoding_has_stays() -> None:
    assert spelled_out("∂x² · 2 → ½ …", "cp1252") == "dx² · 2 -> ½ …"
    assert spelled_out("σ ≤ x²", "cp437") == "σ ≤ x²"


def test_columns_stay_in_line() -> None:
    table = "x      σ(z)      1\nα      2z + 1    2   Σ g\n−1     z²        3   g\n"
    assert spelled_out(table, "ascii") == (
        "x      sigma(z)  1\nalpha  2z + 1    2   sum g\n-1     z^2       3   g\n")


def test_every_symbol_that_is_printed_has_a_spelling() -> None:
    """Of all strings in the package and in the lessons, except for the documents' Chinese."""
    paths = [p for folder in ("minigrad", "lessons") for p in (ROOT / folder).rglob("*.py")
             if not {"vision", "text", "site"} & set(p.relative_to(ROOT).parts)]     # pages are UTF-8
    symbols = {c for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
               if isinstance(node, ast.Constant) and isinstance(node.value, str) for c in node.value
               if "~" < c < "\ufffd" and c.isprintable() and not "\u4e00" <= c <= "\u9fff"}
    assert len(symbols) > 50
    assert [c for c in sorted(symbols) if "?" in spelled_out(c, "ascii")] == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_script_prints_explanations_reports_summaries_and_errors(encoding: str) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    text = done.stdout.decode(encoding)
    assert "dloss/d" in text and "inner sizes differ" in text and "parameters are trained" in text
    assert "<A x, y> = " in text and "?" not in text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_report_on_the_machine_is_printed(encoding: str, tmp_path: Path) -> None:
    folder = tmp_path / "données ∂"
    done = subprocess.run([sys.executable, "-m", "minigrad"], cwd=ROOT, capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONIOENCODING": encoding, "MINIGRAD_DATA": str(folder)})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert "es d (not there yet)" in done.stdout.decode(encoding)
