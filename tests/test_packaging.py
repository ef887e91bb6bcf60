"""What a newcomer meets first: the README's commands and example, the install, the import."""
from __future__ import annotations

import ast
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import minigrad
from minigrad.backend.cache import cache_folder

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(p for folder in ("minigrad", "lessons") for p in (ROOT / folder).rglob("*.py")
                 if p.parent.name != "listings")          # those are the documents' programs


def blocks(heading: str) -> list[str]:
    """The fenced blocks under a heading of the README, up to the next heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```\w*\n(.*?)```", section, re.DOTALL)


def python(*arguments: str) -> str:
    """What a fresh Python prints, started in the checkout; fails with its errors."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True,
                          encoding="utf-8", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.mark.parametrize("heading, ending", [("Train a network", "python -m lessons mnist_cnn"),
                                             ("Run the tests", "python -m pytest -n auto")])
def test_readme_has_one_command_that_brings_its_own_environment(heading: str, ending: str) -> None:
    command = blocks(heading)[0].strip()
    assert "\n" not in command
    venv, install, run = command.split(" && ")
    assert venv == "python3 -m venv .venv"
    assert install.startswith(".venv/bin/pip install -e ")
    assert run == f".venv/bin/{ending}"
    for extra in re.findall(r"\[(\w+)\]", install):
        assert extra in settings()["options.extras_require"]


def test_readme_example_is_ten_lines_and_prints_what_it_says() -> None:
    code, output = blocks("Ten lines")
    assert len(code.splitlines()) == 10
    assert python("-c", code) == output


def test_readme_explanation_is_what_is_printed(tmp_path: Path) -> None:
    code, output = blocks("It explains itself")[:2]
    (tmp_path / "first.py").write_text(code, encoding="utf-8")
    assert python(str(tmp_path / "first.py")) == output


def test_readme_gradient_check_is_what_is_printed() -> None:
    code, output = blocks("It says what is wrong")
    assert python("-c", code) == output


def test_readme_quotes_the_recorded_false_alarms() -> None:
    def recorded(name: str) -> Any:
        path = ROOT / "benchmarks" / "results" / f"gradcheck_{name}.json"
        return json.loads(path.read_text(encoding="utf-8"))

    runs, draws, peers = recorded("right_functions"), recorded("mistakes"), recorded("peers")["rows"]
    mistakes = sum((Counter(draw["counts"]) for draw in draws), Counter())
    functions = sum(run["functions"] for run in runs)
    alarms = [alarm for run in runs for alarm in run["alarms"]]
    assert not alarms                                                       # README says so
    caused = mistakes["named"] + mistakes["not named"] + mistakes["misnamed"]
    wrong = [sum(not row[peer]["true"] for row in peers.values())
             for peer in ("minigrad", "PyTorch", "HIPS autograd", "JAX")]
    section = README.partition("\n## It says what is wrong\n")[2].partition("\n## ")[0]
    section = " ".join(section.split())
    assert not mistakes["missed"] and mistakes["misnamed"] == 1             # so does it here
    planted = sum(draw["functions"] for draw in draws)
    for text in (f"In {functions:,} random functions",
                 f"Of {mistakes.total():,} mistakes planted in {planted} functions",
                 f"of the {caused:,} with a cause of their own it named {mistakes['named']:,}",
                 f"{wrong[0]}, {wrong[1]}, {wrong[2]} and {wrong[3]} false"):
        assert text in section


def test_readme_grade_is_what_is_printed(tmp_path: Path) -> None:
    solution = (ROOT / "tests" / "lessons" / "solutions" / "10_max_pool.py").read_text(encoding="utf-8")
    last = "window.size - 1 - window.ravel()[::-1].argmax()"            # the last maximum, and = for +=
    wrong = solution.replace("window.argmax()", last).replace("column] += g", "column] = g")
    (tmp_path / "10_max_pool.py").write_text(wrong, encoding="utf-8")
    command = [sys.executable, "-m", "lessons", "check", "10"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert [done.stdout] == blocks("It grades exercises")


def test_readme_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert "lessons/pictures/backprop_page.png" in pictures
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        assert content.startswith(b"\x89PNG") and 10_000 < len(content) < 300_000, picture


def in_words(n: int) -> str:
    """A number from 20 to 99."""
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    ones = ["", *"-one -two -three -four -five -six -seven -eight -nine".split()]
    return tens[n // 10 - 2] + ones[n % 10]


def test_both_readmes_count_lessons_and_exercises() -> None:
    lessons, exercises = (len(list((ROOT / folder).glob("[0-9][0-9]_*.py")))
                          for folder in ("lessons", "lessons/exercises"))
    english, chinese = " ".join(README.split()), (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert f"{in_words(lessons).capitalize()} lessons rebuild" in english and f"{lessons} 课把" in chinese
    assert f"are {in_words(exercises)} pieces" in english and f"[{exercises} 道练习]" in chinese


def test_readme_quotes_the_recorded_lessons() -> None:
    record = (ROOT / "benchmarks" / "results" / "lessons.json").read_text(encoding="utf-8")
    rows = [line for line in README.splitlines() if line.startswith("| [lesson ")]
    quoted = [float(number) for row in rows for number in re.findall(r"0\.\d{4}", row)]
    recorded = {round(float(number), 4) for number in re.findall(r"0\.\d+", record)}
    assert len(rows) == 7 and len(quoted) > 12 and set(quoted) <= recorded


@pytest.mark.skipif(shutil.which("bash") is None, reason=".ci/run is a bash script")
def test_ci_takes_its_test_command_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)
    extract = re.search(r"^readme_command\(\) \{.*?^\}", script, re.MULTILINE | re.DOTALL)
    call = re.search(r"\$\((readme_command .*?)\)", script)
    assert extract and call
    found = subprocess.run(["bash", "-c", f"{extract[0]}\n{call[1]}"], cwd=ROOT, check=True,
                           capture_output=True, encoding="utf-8").stdout
    assert found == blocks("Run the tests")[0]


def test_import_loads_no_plotting_and_no_gpu_library() -> None:
    code = ("import sys, numpy; before = set(sys.modules); import minigrad; "
            "print(*sorted(set(sys.modules) - before), sep='\\n')")
    loaded = python("-c", code).split()
    heavy = {"matplotlib", "cupy", "torch", "PIL", "hypothesis", "pytest", "tkinter"}
    assert "minigrad" in loaded
    assert heavy & {name.partition(".")[0] for name in loaded} == set()
    foreign = [name for name in loaded if not name.startswith("minigrad")]
    assert len(foreign) < 100, foreign


def test_every_module_says_what_it_is() -> None:
    assert len(MODULES) > 40
    silent = [str(p.relative_to(ROOT)) for p in MODULES
              if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_folder_is_a_package() -> None:
    """A folder without __init__.py works in the checkout and is missing from an ordinary install."""
    folders = {p.parent for p in MODULES}
    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def test_the_version_stands_in_two_places_that_agree() -> None:
    assert settings()["metadata"]["version"] == minigrad.__version__


def test_utils_data_is_the_data_module() -> None:
    code = ("import minigrad.data, minigrad.utils.data as d; from minigrad.utils.data import DataLoader; "
            "print(d is minigrad.data and DataLoader is minigrad.data.DataLoader)")
    assert python("-c", code).strip() == "True"


def test_environment_report_is_a_table_that_lines_up() -> None:
    lines = python("-m", "minigrad").splitlines()
    names = [re.match(r"(\w+)( {2,})\S", line) for line in lines]
    assert all(names), lines
    assert {len(m[0]) for m in names if m} == {len(names[0][0]) if names[0] else 0}
    rows = [m[1] for m in names if m]
    assert rows[:4] == ["minigrad", "Python", "NumPy", "BLAS"] and "GPU" in rows and "data" in rows


def test_tests_see_and_leave_no_file_of_the_user() -> None:
    code = "import matplotlib, minigrad.files.folders as f; " \
           "print(f.cache_folder(), matplotlib.get_configdir(), matplotlib.get_cachedir(), sep='\\n')"
    temporary = os.path.realpath(tempfile.gettempdir())
    folders = python("-c", code).splitlines()
    assert len(folders) == 3 and all(os.path.realpath(f).startswith(temporary) for f in folders), folders
    assert cache_folder() == Path(folders[0])
