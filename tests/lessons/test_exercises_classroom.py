"""python -m lessons grade: who handed in what, what it is worth, who is alike, and what is kept."""
from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any, Iterator
from xml.etree import ElementTree

import pytest

from lessons.__main__ import main
from lessons.grading.catalog import EXERCISES, FOLDER, find
from lessons.grading.classroom import exports
from lessons.grading.classroom.matching import choose
from lessons.grading.classroom.points import Lateness, moment_of, rule_of, scheme, weights_of
from lessons.grading.classroom.reading import FILE, File, read, text_of
from lessons.grading.classroom.record import load, write_whole
from lessons.grading.classroom.similarity import pairs, units
from lessons.grading.classroom.submissions import find as find_submissions

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"
MATMUL = (SOLUTIONS / "04_matmul.py").read_text(encoding="utf-8")
UNPOOLED = (SOLUTIONS / "10_max_pool.py").read_text(encoding="utf-8")


def file(name: str, text: str | bytes = MATMUL, modified: float = 1.0) -> File:
    return File(name, text.encode() if isinstance(text, str) else text, modified)


def archive(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name, (2023, 11, 10, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return path


# ── who and what ──────────────────────────────────────────────────────────────────────────────────

def test_students_are_told_from_the_names_that_learning_platforms_give(tmp_path: Path) -> None:
    for name in ("Jane Doe_123_assignsubmission_file", "alice", "Jane Doe_124_assignsubmission_file",
                 "__MACOSX", ".git"):
        (tmp_path / name).mkdir()
    for name in ("roejo_late_77_1_05_walk-1.py", "roejo_77_2_04_matmul.py", "leean_LATE_78_9_homework.zip",
                 "bob.ZIP", "notes.txt", "05_walk.py"):
        (tmp_path / name).write_text("")
    found, strangers = find_submissions(tmp_path)
    assert [(x.student, x.number, x.late, len(x.paths)) for x in found] == [
        ("Jane Doe", "123", False, 1), ("Jane Doe", "124", False, 1), ("alice", "", False, 1),
        ("bob", "", False, 1), ("leean", "78", True, 1), ("roejo", "77", True, 2)]
    assert strangers == ["05_walk.py", "notes.txt"]
    assert len({x.key.lower() for x in found}) == 6 and {own for _, own in found[-1].paths} == {
        "05_walk-1.py", "04_matmul.py"}


def test_two_names_that_look_alike_have_two_keys(tmp_path: Path) -> None:
    for name in ("Ann", "ann", "a b", "a_b", "../x".replace("/", "∕")):
        (tmp_path / name).mkdir(exist_ok=True)
    keys = [x.key for x in find_submissions(tmp_path)[0]]
    assert len({key.lower() for key in keys}) == len(keys)
    assert not any("/" in key or key.startswith(".") for key in keys)


@pytest.mark.parametrize("name", [
    "04_matmul.py", "04_matmul (1).py", "04_MATMUL.PY", "4-matmul.py", "04_matmul-2.py", "04_matmul.py.txt",
    "week/3/04_matmul.py", "exercise4.py", "04.py", "matmul.py", "my homework.py", "04_matmul - Copy.py"])
def test_a_file_is_found_under_many_names(name: str) -> None:
    chosen, notes = choose([file("readme.py", "x = 1"), file(name)])
    assert list(chosen) == ["matmul"] and chosen["matmul"].text == MATMUL
    assert bool(notes) == (not name.endswith("04_matmul.py"))


def test_of_several_files_the_one_that_is_written_counts() -> None:
    stub = (FOLDER / "04_matmul.py").read_text(encoding="utf-8")
    files = [file("04_matmul.py", stub, 9.0), file("old/04_matmul (1).py", MATMUL + "# 1", 2.0),
             file("04_matmul (2).py", MATMUL + "# 2", 1.0), file("14_matmul.py", MATMUL, 99.0)]
    assert choose(files)[0]["matmul"].text.endswith("# 2")
    assert choose(files[:1])[0]["matmul"].text == stub


def test_an_exercise_is_not_taken_from_the_file_of_another_one() -> None:
    walk = (SOLUTIONS / "05_walk.py").read_text(encoding="utf-8")       # it defines backward, as 17 does
    assert list(choose([file("05_walk.py", walk)])[0]) == ["walk"]


@pytest.mark.parametrize("content, how", [
    (b"\xef\xbb\xbfx = '\xc3\xbc'", ""), ("x = 'ü'".encode("utf-16"), "UTF-16"),
    (b"x = '\xfc'", "Windows-1252"), (b"# coding: latin-1\nx = '\xfc'", ""), (b"x = '\xc3\xbc'", "")])
def test_encodings(content: bytes, how: str) -> None:
    text, found = text_of(content)
    assert text.endswith("x = 'ü'") and found == how


# ── zips and folders that mean harm ───────────────────────────────────────────────────────────────

def test_a_zip_is_read_and_its_junk_is_not(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip",
                   {"w/04_matmul.py": MATMUL, "__MACOSX/w/._04_matmul.py": b"\0", "w/x.txt": "",
                                        "w/.venv/lib/x.py": "", "w/__pycache__/x.py": ""})
    files, notes = read(path)
    assert [x.name for x in files] == ["w/04_matmul.py"] and notes == []
    (tmp_path / "folder").mkdir()
    shutil.move(path, tmp_path / "folder" / "hand in.zip")
    assert [x.name for x in read(tmp_path / "folder")[0]] == ["hand in.zip/w/04_matmul.py"]


@pytest.mark.parametrize("name, says", [
    ("../../04_matmul.py", "points outside"), ("/tmp/04_matmul.py", "points outside"),
    ("C:\\x\\04_matmul.py", "points outside"), ("a/more.zip", "a zip within a zip")])
def test_what_points_out_of_a_zip_is_refused(name: str, says: str, tmp_path: Path) -> None:
    files, notes = read(archive(tmp_path / "a.zip", {name: MATMUL, "05_walk.py": "x"}))
    assert [x.name for x in files] == ["05_walk.py"] and says in notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    files, notes = read(archive(tmp_path / "a.zip",
                                {"04_matmul.py": b"#" * 50_000_000, "05_walk.py": "x = 1"}))
    assert [x.name for x in files] == ["05_walk.py"] and "not read" in notes[0]
    many = {f"{i}.py": b"#" * (FILE - 1) for i in range(30)}
    files, notes = read(archive(tmp_path / "b.zip", dict(many)))
    assert sum(len(x.content) for x in files) <= 10_000_000 and "the rest was not read" in notes[0]


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"04_matmul.py": b"#" * 5_000_000})
    data = bytearray(path.read_bytes())
    size = (5_000_000).to_bytes(4, "little")
    while size in data:
        at = data.index(size)
        data[at:at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    files, notes = read(path)
    assert sum(len(x.content) for x in files) <= FILE and (notes or files)


def test_damaged_locked_and_strange_files_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 no zip")
    assert read(tmp_path / "a.zip") == ([], ["a.zip cannot be read: it is damaged"])
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "04_matmul.ipynb").write_text("{}")
    (folder / "big.py").write_bytes(b"#" * (FILE + 1))
    if os.name == "posix":
        (folder / "05_walk.py").symlink_to("/etc/passwd")
        os.mkfifo(folder / "06_x.py")
    files, notes = read(folder)
    assert files == [] and "is a notebook" in notes[0] and len(notes) == (4 if os.name == "posix" else 2)


# ── points ────────────────────────────────────────────────────────────────────────────────────────

def test_points_are_for_what_shows_something() -> None:
    entries = [x for x in (find("broadcast"), find("elementwise")) if x]
    plan = scheme(entries, 0, {"broadcast": 20.0})
    assert plan.weights == {"elementwise": 10.0, "broadcast": 20.0}

    def earned(name: str, passes: Any) -> float:
        cases = [{"status": "passed" if passes(worth) else "failed"} for worth in plan.cases[name]]
        return plan.earned({"exercises": [{"name": name, "cases": cases}]})[name]

    for name in plan.weights:
        assert earned(name, lambda worth: True) == pytest.approx(plan.weights[name])
        assert earned(name, lambda worth: not worth.shows) == 0.0       # zeros, or g as it came
    assert {worth.shows for worth in plan.cases["broadcast"]} == {True, False}
    one = earned("elementwise", lambda worth: worth.function == "mul_backward")
    assert one == pytest.approx(10 / 3)                                 # one of three functions


def test_weights_and_rules() -> None:
    assert weights_of("5=20, matmul=0") == {"walk": 20.0, "matmul": 0.0}
    assert rule_of("10:50") == (10.0, 50.0) and rule_of("5%") == (5.0, 100.0)
    for wrong, parse in (("99=1", weights_of), ("5", weights_of), ("5=-1", weights_of), ("5=nan", weights_of),
                         ("x", rule_of), ("10:", float), ("120", rule_of), ("tomorrow", moment_of)):
        with pytest.raises(ValueError):
            parse(wrong)
    assert moment_of("2026-11-30").hour == 23 and moment_of("2026-11-30T18:00").hour == 18


def test_lateness_counts_days_that_have_begun() -> None:
    due = moment_of("2026-11-30T18:00:00+00:00")
    rule = Lateness(due, 10.0, 25.0, grace=5.0)
    days = [rule.days({"late": False}, due.timestamp() + 60 * minutes) for minutes in (-9, 5, 6, 1445, 1446,
                                                                                       9999)]
    assert days == [0, 0, 1, 1, 2, 7]
    assert [rule.share(n) for n in (0, 1, 2, 3, 9)] == [0.0, 0.1, 0.2, 0.25, 0.25]
    assert rule.days({"late": True}, None) == 1 and Lateness().days({"late": False}, 9e9) == 0


# ── alike ─────────────────────────────────────────────────────────────────────────────────────────

def test_a_copy_is_seen_through_names_comments_and_layout() -> None:
    other = UNPOOLED.replace("window", "w0").replace("row, column", "r, s").replace("[i * stride + row, ",
                                                                                    "[i * "
                             "stride + r, ").replace("stride + column]", "stride + s]")
    other = '"""Mine."""\nimport numpy as np\n\n\ndef helper():\n    return 3\n' + other.partition("np\n")[2]
    apart = """
        import numpy as np

        def max_pool_backward(g, x, k, s):
            out = 0 * x
            for (a, b), v in np.ndenumerate(g):
                part = x[a * s:a * s + k, b * s:b * s + k]
                p = int(part.argmax())
                out[a * s + p // k, b * s + p % k] += v
            return out
        """
    handed_in = {name: {"max_pool": units(text)} for name,
                 text in (("a", UNPOOLED), ("b", other), ("c", textwrap.dedent(apart)))}
    (pair,) = pairs(handed_in, {})
    assert (pair.a, pair.b) == ("a", "b") and pair.part > 0.9
    ((name, runs),) = pair.places
    mine, its = runs[0]
    first = UNPOOLED.splitlines()[mine.start - 1], other.splitlines()[its.start - 1]
    assert name == "max_pool" and first[0].strip() == first[1].strip() == "grad_x = np.zeros_like(x)"


def test_the_handout_and_what_everybody_writes_do_not_count() -> None:
    same = {f"s{i}": {"max_pool": units(UNPOOLED)} for i in range(2)}
    assert len(pairs(same, {})) == 1
    assert pairs(same, {"max_pool": units(UNPOOLED)}) == []
    assert pairs({f"s{i}": {"max_pool": units(UNPOOLED)} for i in range(9)}, {}) == []
    assert pairs({f"s{i}": {"matmul": units(MATMUL)} for i in range(2)}, {}) == []      # too little to tell


def test_a_ring_is_seen_although_many_have_the_same() -> None:
    texts = {entry.name: (SOLUTIONS / entry.file).read_text(encoding="utf-8") for entry in EXERCISES[8:13]}
    one = {name: units(text) for name, text in texts.items()}
    other = {name: units(text.replace("= ", "= 1 * ")) for name, text in texts.items()}
    found = pairs({**{f"ring{i}": one for i in range(6)}, "else": other}, {})
    assert {(pair.a, pair.b) for pair in found} == {
        (f"ring{i}", f"ring{j}") for i in range(6) for j in range(i + 1, 6)}


# ── the command ───────────────────────────────────────────────────────────────────────────────────

@pytest.fixture
def class_of_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """alice is right, bob makes a mistake and is late, =cmd hands in a zip with one exercise."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "submissions"
    for name in ("alice", "Bob B_7_assignsubmission_file"):
        (folder / name).mkdir(parents=True)
        for exercise in ("03_broadcast.py", "04_matmul.py"):
            shutil.copy(SOLUTIONS / exercise, folder / name)
            os.utime(folder / name / exercise, (1.7e9, 1.7e9 + (90_000 if name[0] == "B" else -60)))
    wrong = folder / "Bob B_7_assignsubmission_file" / "04_matmul.py"
    wrong.write_text("import os\n" + MATMUL.replace("g @ w.T", "g @ w.T * 2"))
    os.utime(wrong, (1.7e9, 1.7e9 + 90_000))
    archive(folder / "=cmd.zip", {"x/MATMUL (1).PY": MATMUL})
    yield folder


DUE = ["--due", "2023-11-14T22:13:20+00:00", "--late", "10:50"]


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_class_in_one_command(class_of_three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(class_of_three), "3", "4", "--weights", "4=20", "--jobs", "1", *DUE]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines()[:-1])) <= 80 and "3 students" in out and "1× factor" in out
    most, cmd, bob, alice = rows(Path("grades", "grades.csv"))
    assert (most["03_broadcast"], most["04_matmul"], most["total"]) == ("10.0", "20.0", "30.0")
    assert (alice["total"], alice["days_late"], alice["suspicious"]) == ("30.0", "0", "")
    assert (bob["03_broadcast"], bob["04_matmul"], bob["days_late"]) == ("10.0", "0.0", "2")
    assert (bob["lost_by_lateness"], bob["total"], bob["number"]) == ("2.0", "8.0", "7")
    assert bob["suspicious"] == "04: line 1 imports os"
    assert cmd["student"] == "'=cmd" and cmd["total"] == "20.0" and "came as" in cmd["notes"]
    (mistake,) = rows(Path("grades", "mistakes.csv"))
    assert (mistake["exercise"], mistake["mistake"], mistake["students"], mistake["handed_in"]) == (
        "4", "factor", "1", "3")
    assert "2 times" in mistake["told"].replace("twice", "2 times") or "factor" in mistake["told"]

    result = json.loads(Path("grades", "gradescope", "Bob_B_7", "results.json").read_text(encoding="utf-8"))
    assert result["score"] == 8.0 and [(t["score"], t["max_score"],
                                        t["status"]) for t in result["tests"]] == [
        (10.0, 10.0, "passed"), (0.0, 20.0, "failed")]
    assert "matmul backward" in result["tests"][1]["output"] and "broadcast" in result["tests"][0]["output"]
    gradebook = {row["student_id"]: row for row in rows(Path("grades", "nbgrader.csv"))}
    assert (gradebook["7"]["last_name"], gradebook["7"]["first_name"], gradebook["7"]["raw_score"],
            gradebook["7"]["late_submission_penalty"], gradebook["7"]["score"], gradebook["7"]["max_score"],
            gradebook["7"]["assignment"]) == ("B", "Bob", "10.0", "2.0", "8.0", "30.0", "submissions")
    suites = {x.get("name"): x for x in ElementTree.parse(Path("grades", "junit.xml")).getroot()}
    assert suites["Bob B"].get("failures") == "1" and suites["=cmd"].get("skipped") == "1"
    assert "exercise 4, matmul backward" in Path("grades", "feedback",
                                                 "Bob_B_7.txt").read_text(encoding="utf-8")
    assert "None." in Path("grades", "similar.txt").read_text(encoding="utf-8")


def test_only_what_is_new_or_changed_is_graded_again(class_of_three: Path, capsys: pytest.CaptureFixture[str]
                                                     ) -> None:
    command = ["grade", str(class_of_three), "3", "4", "--jobs", "1", *DUE]
    assert main(command) == 0
    with pytest.raises(SystemExit):
        main(command)                                               # not over the grades that are there
    assert "--resume" in capsys.readouterr().err
    records = Path("grades", "records")
    before = {path.name: path.stat().st_mtime_ns for path in records.iterdir()}
    (records / "_cmd.json").write_text('{"version": 1, "dig',
                                       encoding="utf-8")      # killed in the middle, say
    alice = class_of_three / "alice" / "04_matmul.py"
    alice.write_text(MATMUL.replace("g @ w.T", "g @ w"), encoding="utf-8")
    assert main([*command, "--resume", "--weights", "3=40"]) == 0
    after = {path.name: path.stat().st_mtime_ns for path in records.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"alice.json", "_cmd.json"}
    assert load(records / "_cmd.json")
    by_name = {row["key"]: row for row in rows(Path("grades", "grades.csv"))}
    assert by_name["alice"]["03_broadcast"] == "40.0" and float(by_name["alice"]["04_matmul"]) < 10


def test_times_can_come_from_a_list(class_of_three: Path) -> None:
    Path("times.csv").write_text("name,when\nalice,2023-11-16T00:00+00:00\n7,2023-11-14\n", encoding="utf-8")
    assert main(["grade", str(class_of_three), "3", "--jobs", "1", *DUE, "--times", "times.csv"]) == 0
    by_name = {row["key"]: row["days_late"] for row in rows(Path("grades", "grades.csv"))}
    assert by_name["alice"] == "2" and by_name["Bob_B_7"] in ("0", "1")


def test_what_makes_no_sense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, says in ((["nowhere"], "there is no folder"),
                            ([str(tmp_path / "empty")], "holds no submission"),
                            ([str(tmp_path), "99"],
                             "no exercise '99'"), ([str(tmp_path), "--weights", "x=1"], "x"),
                            ([str(tmp_path), "--due", "soon"], "isn't a time"),
                            ([str(tmp_path), "--late", "lots"], "isn't a rule"), (["all.zip"], "unpack")):
        with pytest.raises(SystemExit) as stop:
            main(["grade", *arguments, "--out", str(tmp_path / "out")])
        assert stop.value.code == 2 and says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    write_whole(path, "old")
    monkeypatch.setattr(os, "replace", lambda *a: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_cells_are_no_formulas() -> None:
    assert [exports.safe(x) for x in ("=1+1", "@x", "-2", "+3", "a\nb", "x=1")] == [
        "'=1+1", "'@x", "'-2", "'+3", "a b", "x=1"]


def namespaces_allowed() -> bool:
    command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "true"]
    return sys.platform == "linux" and shutil.which("unshare") is not None and \
        subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.skipif(not namespaces_allowed(), reason="hostile code needs a PID namespace around it")
@pytest.mark.slow
def test_every_verdict_on_a_class_that_is_made_up_is_as_intended() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "benchmarks" / "grade_a_class.py"), "--students", "12",
                           "--jobs", "1"], capture_output=True, text=True, encoding="utf-8", timeout=500)
    assert done.returncode == 0 and "NOT AS INTENDED" not in done.stdout, done.stdout + done.stderr
