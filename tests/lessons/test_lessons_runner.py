"""The runner: listing the lessons, finding one, headers."""
from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.__main__ import main
from lessons.player.catalog import all_lessons, find, read_header

ROOT = Path(__file__).resolve().parents[2]


def test_listing_names_every_lesson() -> None:
    done = subprocess.run([sys.executable, "-m", "lessons"], cwd=ROOT, capture_output=True, text=True,
                          check=True)
    for lesson in all_lessons():
        line, = [x for x in done.stdout.splitlines() if x.startswith(f"{lesson.number:2d}  ")]
        for field in (lesson.name, lesson.title, lesson.documents, lesson.time, lesson.needs):
            assert field in line
    assert find("23", all_lessons()).name == "mnist_cnn"


@pytest.mark.parametrize("key", ["23", "mnist_cnn", "23_mnist_cnn", "23_mnist_cnn.py"])
def test_a_lesson_has_several_names(key: str) -> None:
    lesson = find(key, all_lessons())
    assert lesson is not None and lesson.number == 23
    assert find("no such", all_lessons()) is None


def test_an_unknown_lesson_is_an_error_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek", "3"]) == 2
    assert "There is no lesson 'chek'. Did you mean check?" in capsys.readouterr().err
    assert main(["nothing"]) == 2
    assert "no lesson 'nothing'" in (text := capsys.readouterr().err) and "mnist_cnn" in text


def test_a_bad_header_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "12_x.py"
    for text in ("", "# ---\n# title: x\n# ---\n", "# ---\n# title: x\n# documents: A\n# time: 1\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match="12_x.py"):
            read_header(path)


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_is_cells_of_text_and_code(lesson) -> None:  # type: ignore[no-untyped-def]
    header, *cells = lesson.path.read_text(encoding="utf-8").split("\n# %%")
    assert len(cells) > 5
    for cell in cells:
        kind, _, body = re.sub(r" tags=\[.*\]", "", cell).partition("\n")
        parsed = ast.parse(body).body
        text = len(parsed) == 1 and isinstance(parsed[0], ast.Expr) \
            and isinstance(parsed[0].value, ast.Constant)
        assert kind in ("", " [markdown]") and text == (kind != "")
