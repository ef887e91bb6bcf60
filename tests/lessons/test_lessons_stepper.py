"""--step: what each key does, in a pipe and in a terminal."""
from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterable

import pytest

from lessons.player.catalog import Lesson, all_lessons
from lessons.player.cells import read_cells
from lessons.player.colors import colored
from lessons.player.stepper import Leave, Stepper, step_through
from lessons.support.inline import inline

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = '''\
# ---
# title: a small lesson
# documents: A §1
# time: 1 s
# needs:
# ---

# %% [markdown]
"""
# The title

Some **bold** words that go on
over two lines.

- one
- two,
  longer

| name | n |
| --- | --- |
| alpha | 1 |

    y = x²
"""

# %%
x = 3
print("x is", x)

# %%
print("later", x * 2)
assert x < 5, "x is too large"

# %% [markdown]
"""
The end.
"""
'''


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson of two texts and two cells of code."""
    path = tmp_path / "98_small.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return Lesson(98, "small", path, "a small lesson", "A §1", "1 s", "")


def answers(lines: Iterable[str]) -> Any:
    """A stand-in for input(): one line after the other, then the end of the input."""
    left = iter(lines)

    def ask(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None
    return ask


def walk(lesson: Lesson, capsys: pytest.CaptureFixture[str], *lines: str) -> tuple[int, str]:
    code = step_through(lesson, answers(lines))
    return code, capsys.readouterr().out


def test_cells_are_read_with_their_lines(lesson: Lesson) -> None:
    cells = read_cells(lesson.path)
    assert [cell.is_text for cell in cells] == [True, False, False, True]
    assert cells[0].source.startswith("# The title") and cells[3].source == "The end."
    lines = SCRIPT.splitlines()
    assert lines[cells[1].line - 1] == "x = 3" and cells[2].source.endswith('"x is too large"')


def test_enter_goes_from_cell_to_cell(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = walk(lesson, capsys, "", "", "")
    assert code == 0 and text.rstrip().endswith("That was the whole lesson.")
    parts = ["The title\n", "│ x = 3\n", "x is 3\n", "│ print(\"later\"", "later 6\n", "The end."]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_text_is_made_for_a_terminal(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = walk(lesson, capsys, "q")
    assert "Some bold words that go on over two lines.\n" in text
    assert "- two, longer\n" in text and "\n    y = x²\n" in text
    assert "name   n\n─────  ─\nalpha  1\n" in text


def test_back_shows_the_output_again_and_runs_nothing_twice(
        lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    # the prompt after cell 2: change x, go back to cell 2's code … x stays changed
    _, text = walk(lesson, capsys, "", "x = 4", "", "b", "", "q")
    assert text.count("x is 3") == 2 and "x is 4" not in text
    assert text.count("later 8") == 2


def test_variables_can_be_looked_at_and_changed(lesson: Lesson,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    _, text = walk(lesson, capsys, "", "x + 100", "p x + 200", "p", "for i in range(2):",
                   "    print('i', i + x)", "", "q = 300", "q", "", "q")
    assert "\n103\n" in text and "\n203\n" in text and "i 3\ni 4\n" in text and "\n300\n" in text
    assert "later" not in text


def test_a_slip_at_the_prompt_does_no_harm(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = walk(lesson, capsys, "", "nothing", "x +", "1/0", "?", "", "")
    assert "NameError: name 'nothing'" in text and "SyntaxError" in text and "ZeroDivision" in text
    assert "back: the cell before" in text and "later 6" in text and "Traceback" not in text


def test_r_and_the_end_of_the_input_run_on(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    for lines in (("r",), ()):
        code, text = walk(lesson, capsys, *lines)
        assert code == 0 and "later 6" in text and "The end." in text


def test_q_leaves(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = walk(lesson, capsys, "q")
    assert code == 0 and "x is 3" not in text and "whole lesson" not in text


def test_a_failing_cell_names_its_line_and_the_lesson_can_be_mended(
        lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = walk(lesson, capsys, "", "x = 7", "", "x", "")
    assert code == 1 and "AssertionError: x is too large" in text and "a cell failed" in text
    line = SCRIPT.splitlines().index('assert x < 5, "x is too large"') + 1
    assert f'98_small.py", line {line}' in text and "stepper.py" not in text and "\n7\n" in text


def test_ctrl_c_stops_a_cell_and_not_the_lesson(lesson: Lesson,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    lesson.path.write_text(SCRIPT.replace("x = 3", "x = 3\nraise KeyboardInterrupt"), encoding="utf-8")
    code, text = walk(lesson, capsys, "", "r")
    assert code == 1 and "Stopped in the middle of this cell" in text and "later 6" in text


# ── the whole way, from the command line ──────────────────────────────────────────────────────────

def first_lesson() -> str:
    return str(all_lessons()[0].number)


def test_step_works_when_piped(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lessons", first_lesson(), "--step", "--output", str(tmp_path)], cwd=ROOT,
        input="\n\n?\nq\n", text=True, capture_output=True, timeout=60, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "│ " in done.stdout and "\033[" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a thing of Unix")
def test_step_works_in_a_terminal(tmp_path: Path) -> None:
    import pty
    reader, terminal = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "DISPLAY")}
    with subprocess.Popen([sys.executable, "-m", "lessons", first_lesson(), "--step", "--output",
                           str(tmp_path)], cwd=ROOT, stdin=terminal, stdout=terminal,
                          stderr=terminal, env={**environment, "TERM": "xterm"}) as process:
        os.close(terminal)
        text = b""
        for answer in (b"\n", b"\n", b"q\n"):
            while b"] " not in text.rpartition(b"\n")[2]:
                text += os.read(reader, 4096)
            os.write(reader, answer)
            text += b"\n"
        assert process.wait(60) == 0
    os.close(reader)
    assert b"\033[1m" in text and "│".encode() in text


@pytest.mark.parametrize("keys, pauses", [(["", ""], 2), (["r"], 1), (["q"], 1)])
def test_a_cell_that_is_longer_than_the_screen_is_shown_in_pages(
        keys: list[str], pauses: int, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Screen())
    monkeypatch.setattr(sys, "stdout", Screen())
    monkeypatch.setenv("LINES", "24")
    left, seen = list(keys), []

    def ask(prompt: str) -> str:
        seen.append(stepper.terminal.getvalue().count("\n"))
        return left.pop(0)

    stepper = Stepper(lesson, [], {}, ask)
    text = "\n".join(f"line {k}" for k in range(50))
    try:
        stepper.pages(text)
        assert stepper.terminal.getvalue() == text + "\n"
    except Leave:
        assert keys == ["q"]
    assert seen == [23, 46][:pauses] and stepper.stopping == (keys != ["r"])


# ── hidden cells, colors, pictures ────────────────────────────────────────────────────────────────

def test_a_hidden_cell_is_run_and_not_shown(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = '# %% tags=["hidden"]\nsecret = 7\n\n# %%\nx = 3\n'
    lesson.path.write_text(SCRIPT.replace("# %%\nx = 3\n", hidden), encoding="utf-8")
    _, text = walk(lesson, capsys, "", "secret", "s", "b", "", "q")
    assert "secret = 7" in text and text.count("secret = 7") == 1, "only s shows it"
    assert "\n7\n" in text
    assert text.count("The title") == 2, "b goes over a hidden cell that printed nothing"


def test_the_output_of_a_hidden_cell_is_shown(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.path.write_text(SCRIPT.replace('# %%\nx = 3\n', '# %% tags=["hidden"]\nx = 3\n'), encoding="utf-8")
    _, text = walk(lesson, capsys, "", "q")
    assert "x is 3\n" in text and "│" not in text and "later" not in text


def test_a_bad_tag_is_named(lesson: Lesson) -> None:
    lesson.path.write_text(SCRIPT.replace("# %%\nx = 3\n", "# %% hidden\nx = 3\n"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"98_small.py, line \d+: .*'hidden'"):
        read_cells(lesson.path)


def test_colors_change_nothing_but_the_color() -> None:
    for lesson in all_lessons():
        for cell in read_cells(lesson.path):
            if not cell.is_text:
                assert re.sub(r"\033\[\d+m", "", colored(cell.source)) == cell.source
    assert colored("return 1  # a") == "\033[34mreturn\033[0m \033[35m1\033[0m  \033[2m# a\033[0m"
    assert colored('x = """a\nb"""') == 'x = \033[32m"""a\033[0m\n\033[32mb"""\033[0m'
    assert colored("x = (") == "x = ("


PNG = bytes(range(256)) * 40


@pytest.mark.parametrize("environment", [{"TERM": "xterm-kitty"}, {"TERM": "xterm", "KITTY_WINDOW_ID": "1"}])
def test_kitty_gets_the_picture_in_pieces(environment: dict[str, str]) -> None:
    pieces = re.findall(r"\033_G([^;]*);([^\033]*)\033\\", inline(PNG, environment))
    assert base64.b64decode("".join(data for _, data in pieces)) == PNG
    assert all(len(data) <= 4096 for _, data in pieces) and len(pieces) > 2
    assert pieces[0][0].startswith("a=T,f=100") and pieces[0][0].endswith("m=1") and pieces[-1][0] == "m=0"


def test_iterm_gets_the_picture_whole() -> None:
    text = inline(PNG, {"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"})
    data = re.fullmatch(r"\033\]1337;File=inline=1;size=10240;[^:]*:(.*)\a", text)
    assert data is not None and base64.b64decode(data.group(1)) == PNG


@pytest.mark.parametrize("environment", [{}, {"TERM": "xterm"}, {"TERM": "screen", "KITTY_WINDOW_ID": "1"},
                                         {"TERM": "xterm-kitty", "TMUX": "/tmp/x"}])
def test_other_terminals_get_none(environment: dict[str, str]) -> None:
    assert inline(PNG, environment) == ""


def test_code_of_79_columns_fits_80_beside_its_bar(lesson: Lesson,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    widest = "text = " + "'" + "x" * 70 + "'"
    lesson.path.write_text(SCRIPT.replace("x = 3", f"x = 3\n{widest}"), encoding="utf-8")
    _, text = walk(lesson, capsys, "", "q")
    assert len(widest) == 79 and f"\n│{widest}\n" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_a_picture_is_shown_in_a_terminal_that_can(terminal: bool, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    from lessons.support import picture, read_options
    from minigrad import plot

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr(sys, "argv", ["lesson", "--output", str(tmp_path)])
    monkeypatch.setenv("KITTY_WINDOW_ID", "1")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    options = read_options("small", "")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    with plot.figure(3, 3) as figure:
        figure.subplots()
    picture(figure, options, "one")
    assert f"picture: {tmp_path / 'one.png'}" in screen.getvalue()
    assert ("\033_Ga=T" in screen.getvalue()) == terminal


def test_a_terminal_without_pictures_is_told_once_how_to_see_them(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lessons.support import picture, read_options, results
    from minigrad import plot

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "argv", ["lesson", "--output", str(tmp_path)])
    for name in ("KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    options, screen = read_options("small", ""), Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    results._tell.cache_clear()
    with plot.figure(3, 3) as figure:
        figure.subplots()
    for name in ("one", "two"):
        picture(figure, options, name)
    assert screen.getvalue().count("picture: ") == 2 and screen.getvalue().count("--show") == 1


def test_bold_words_take_no_more_room_and_the_time_stands_in_a_line_of_its_own(
        lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stepper = Stepper(lesson, [], {}, input)
    stepper.styled = True
    text = stepper.marked("**You will know** this and that.\n**Time:** 5 minutes.")
    assert text == "\033[1mYou will know\033[0m this and that.\n\033[1mTime:\033[0m 5 minutes."
