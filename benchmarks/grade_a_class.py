"""Grade a class that is made up, and see whether every verdict is the intended one.

    python benchmarks/grade_a_class.py                      200 submissions
    python benchmarks/grade_a_class.py --students 12 --jobs 1

The students: some are right, each in a style of their own; some make typical mistakes (those of
``tests/lessons/mistakes``); some have copied from another one and renamed every variable; some are late, have
named their files in their own way, hand in a zip, or nothing. And some are hostile: they forge grades, kill
processes, fill memory, print without end, hand in a bomb or a way out of the folder. So on Linux everything
runs in a PID namespace of its own, beside a decoy that has to survive, with bounds on memory and files.
"""
from __future__ import annotations

import argparse
import ast
import builtins
import csv
import importlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Callable, NamedTuple, Sequence

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "lessons")]

from lessons.grading.catalog import EXERCISES  # noqa: E402

SOLUTIONS = ROOT / "tests" / "lessons" / "solutions"
CONTAINED = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
DUE = datetime(2026, 11, 20, 23, 59, 59)
EARLY, LATE = DUE - timedelta(hours=5), DUE + timedelta(hours=30)       # the second day has begun

WRITE_EVERYWHERE = """
import json, os
def matmul_backward(g, x, w):
    for number in range(3, 40):
        for k in range(50):
            line = json.dumps({"number": k, "status": 0, "pid": 1, "child": 1, "end": True,
                               "value": {"passed": True}, "changed": {}, "problem": None})
            try:
                os.write(number, line.encode() + b"\\n")
            except OSError:
                pass
    os._exit(0)
"""
HEAD = "def matmul_backward(g, x, w):\n    "
HOSTILE = {
    "forges numpy": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True\n"
                    + HEAD + "return np.zeros(x.shape), np.zeros(w.shape)\n",
    "writes answers": WRITE_EVERYWHERE,
    "kills everybody": "import os\nfor pid in (-1, os.getppid(), 1):\n    try:\n        os.kill(pid, 9)\n"
                       "    except OSError:\n        pass\n" + HEAD + "return g @ w, x @ g\n",
    "leaves daemons": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
                      "        time.sleep(600)\n    os._exit(0)\n" + HEAD + "return w, x\n",
    "never ends": HEAD + "while True:\n        pass\n",
    "fills memory": HEAD + "a = []\n    while True:\n        a.append(bytearray(10 ** 8))\n",
    "floods": HEAD + "while True:\n        print('x' * 10000)\n",
    "takes minigrad": "import minigrad\n" + HEAD + "return minigrad.grad(g, x)\n",
    "removes files": "import os, shutil\nshutil.rmtree(os.path.expanduser('~'), True)\nos.remove('DECOY')\n"
                     + HEAD + "return w, x\n",
    "crashes Python": "import ctypes\n" + HEAD + "ctypes.string_at(0)\n",
    "breaks the parser": HEAD + "return " + "(" * 5000 + ")" * 5000 + "\n",
}
LOUD = ("forges numpy", "writes answers", "kills everybody", "leaves daemons", "takes minigrad", "removes "
        "files",
        "crashes Python")                       # these have to be noted for the teacher


class Student(NamedTuple):
    """One submission that is made up, and what has to come of it."""

    name: str
    sort: str
    files: dict[str, str]               # by name
    wanted: dict[str, bool]             # of exercises, by name: whether all is to be right
    form: str = "folder"                # "moodle", "canvas", "zip", "nested", "windows", "bomb", "outside"
    late: bool = False
    copied: str = ""                    # from whom


def solution(name: str) -> str:
    """A solution's code."""
    entry = next(entry for entry in EXERCISES if entry.name == name)
    return (SOLUTIONS / entry.file).read_text(encoding="utf-8")


class Style(ast.NodeTransformer):
    """Rewrites code as another author would have written it: other names, and steps in between."""

    def __init__(self, dice: random.Random, kept: set[str], steps: bool) -> None:
        self.dice, self.kept, self.steps, self.count = dice, kept, steps, 0
        self.names: dict[str, str] = {}
        self.letters = "".join(dice.sample("abcdefghjkmnpqrstuvwxyz", 8))

    def name(self, old: str) -> str:
        """A new name for an old one."""
        if old in self.kept or old.startswith("__"):
            return old
        letters = self.dice.choice(self.letters) + self.dice.choice(self.letters)
        return self.names.setdefault(old, f"{letters}{len(self.names)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Rename a variable."""
        node.id = self.name(node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Put parts of some expressions into statements of their own."""
        if self.steps:
            node.body = [new for line in node.body for new in (*self.split(line), line)]
        self.generic_visit(node)
        return node

    def split(self, line: ast.AST) -> list[ast.stmt]:
        """The statements that come before, when parts of an expression are taken out of it."""
        before: list[ast.stmt] = []

        def out(part: ast.expr) -> ast.expr:
            """A part, or the name of a variable that holds it."""
            small = isinstance(part, (ast.Name, ast.Constant, ast.Starred, ast.Attribute, ast.Slice))
            if small or self.dice.random() < 0.4:
                return part
            self.count += 1
            name = f"step{self.count}"
            before.extend([*self.split(part), ast.Assign([ast.Name(name, ast.Store())], part)])
            return ast.Name(name, ast.Load())

        value = line.value if isinstance(line, (ast.Return, ast.Assign)) else line
        if isinstance(value, ast.BinOp):
            value.left, value.right = out(value.left), out(value.right)
        elif isinstance(value, ast.Call):
            value.args = [out(part) for part in value.args]
        elif isinstance(value, ast.Tuple) and isinstance(value.ctx, ast.Load):
            value.elts = [out(part) for part in value.elts]
        return before


def restyled(code: str, dice: random.Random, steps: bool) -> str:
    """Code in another style; without ``steps`` only names, layout and comments differ."""
    tree = ast.parse(code)
    kept = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    kept |= {arg.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for arg in node.args}
    kept |= {alias.asname or alias.name for node in ast.walk(tree)
             if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names} | set(dir(builtins))
    new = Style(dice, kept, steps).visit(tree)
    return "# my own work\n" + ast.unparse(ast.fix_missing_locations(new)) + "\n"


def right(dice: random.Random) -> dict[str, str]:
    """All exercises, solved, in a style of one's own."""
    return {entry.file: restyled(solution(entry.name), dice, steps=True) for entry in EXERCISES}


def class_of(count: int, seed: int) -> list[Student]:
    """So many students, a fixed part of each sort."""
    dice = random.Random(seed)
    done = {entry.name: True for entry in EXERCISES}
    students: list[Student] = []
    names = iter(f"{a}{b} {c}" for c in ("Ito", "Lee", "Roy", "Sun", "Wu")
                 for a in ("An", "Be", "Cai", "Do", "Ed")
                 for b in ("a", "na", "ri", "to", "li", "mo", "su", "ya", "ko", "ne"))
    makers: list[tuple[int, Callable[[str, int], Student]]] = [
        (40, lambda name, i: Student(name, "right", right(dice), done)),
        (70, lambda name, i: wrong(name, dice, done)),
        (20, lambda name, i: copied(name, students, dice)),
        (15, lambda name, i: Student(name, "late", right(dice), done, "moodle", late=True)),
        (20, lambda name, i: renamed(name, dice, done, i)),
        (11, lambda name, i: hostile(name, i)),
        (8, lambda name, i: Student(name, "empty", {}, {x: False for x in done})),
        (12, lambda name, i: Student(name, "zip", right(dice), done, ("zip", "nested")[i % 2])),
        (4, lambda name, i: Student(name, "harmful zip", {}, {x: False for x in done},
                                    ("bomb", "outside", "broken", "link")[i % 4])),
    ]
    shares = [max(1, round(part * count / 200)) for part, _ in makers]
    shares[1] += count - sum(shares)
    for share, (_, make) in zip(shares, makers):
        for i in range(share):
            students.append(make(next(names), i))
    return students


def wrong(name: str, dice: random.Random, done: dict[str, bool]) -> Student:
    """Typical mistakes in a third of the exercises."""
    files, wanted = right(dice), dict(done)
    for entry in dice.sample(EXERCISES, len(EXERCISES) // 3):
        mistake = dice.choice(importlib.import_module(f"mistakes.{entry.name}").MISTAKES)
        files[entry.file] = solution(entry.name).replace(mistake.right, mistake.wrong)
        wanted[entry.name] = False
    return Student(name, "wrong", files, wanted)


def copied(name: str, students: Sequence[Student], dice: random.Random) -> Student:
    """All of another student's, with other names, comments and layout."""
    taken = {student.copied for student in students}
    source = next(x for x in students if x.sort == "right" and x.name not in taken)
    files = {file: restyled(code, dice, steps=False) for file, code in source.files.items()}
    return Student(name, "copied", files, source.wanted, copied=source.name)


def renamed(name: str, dice: random.Random, done: dict[str, bool], i: int) -> Student:
    """Right, with names of files as students have them."""
    entries = {entry.file: entry for entry in EXERCISES}
    change: list[Callable[[str], str]] = [
        lambda file: file.replace(".py", " (1).py"), lambda file: file.upper().replace(".PY", ".Py"),
        lambda file: f"my homework/week 3/{int(file[:2])}-{file[3:]}",
        lambda file: f"exercise{int(file[:2])}.py",
        lambda file: file.replace(".py", ".py.txt")]
    form = "canvas" if i % 6 == 5 else "windows" if i % 6 == 4 else "folder"
    files = {change[i % 5](file) if form == "folder" else file: code for file, code in right(dice).items()}
    assert len(files) == len(entries)
    return Student(name, "wrongly named", files, done, form)


def hostile(name: str, i: int) -> Student:
    """Right but for exercise 4, which is an attack."""
    title, code = list(HOSTILE.items())[i % len(HOSTILE)]
    files = {entry.file: solution(entry.name) for entry in EXERCISES if entry.number < 4}
    wanted = {entry.name: entry.number < 4 for entry in EXERCISES}
    return Student(name, f"hostile: {title}", {**files, "04_matmul.py": code}, wanted)


def hand_in(student: Student, number: int, folder: Path, decoy: Path) -> None:
    """Write the submission as a learning platform or a student would."""
    when = (LATE if student.late else EARLY).timestamp()
    made: list[Path] = []
    moodle = student.form == "moodle"
    home = folder / (f"{student.name}_{number}_assignsubmission_file" if moodle else student.name)
    if student.form == "canvas":
        for file, code in student.files.items():
            made.append(folder / f"{student.name.replace(' ', '').lower()}_{number}_{number + 7}_{file}")
            made[-1].write_text(code, encoding="utf-8")
    elif student.form in ("folder", "moodle", "windows"):
        home.mkdir()
        for file, code in student.files.items():
            made.append(home / file)
            made[-1].parent.mkdir(parents=True, exist_ok=True)
            text = code.replace("DECOY", str(decoy))
            made[-1].write_text(text, encoding="utf-16" if student.form == "windows" else "utf-8")
    else:
        made.append(folder / f"{student.name}.zip")
        hand_in_zip(student, made[-1])
    for path in made:
        os.utime(path, (when, when))


def hand_in_zip(student: Student, path: Path) -> None:
    """A zip, honest or not."""
    date = (*EARLY.timetuple()[:6],)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, code in student.files.items():
            name = f"a/b/{file}" if student.form == "nested" else file
            archive.writestr(zipfile.ZipInfo(name, date), code)
            archive.writestr(zipfile.ZipInfo(f"__MACOSX/._{file}", date), "\0" * 40)
        if student.form == "bomb":
            for number in range(4):
                archive.writestr(f"{number:02d}_walk.py", b"#" * 200_000_000)
        elif student.form == "outside":
            archive.writestr("../../05_walk.py", solution("walk"))
            archive.writestr("/tmp/05_walk.py", solution("walk"))
        elif student.form == "link":
            info = zipfile.ZipInfo("05_walk.py")
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    if student.form == "broken":
        path.write_bytes(path.read_bytes()[:10] + b"no zip")


def verdicts(students: Sequence[Student], out: Path) -> list[str]:
    """What is not as it was intended."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = {re.sub(r"\W", "", row["student"]).lower(): row for row in csv.DictReader(file)}
    most = rows.pop("points")
    odd = []
    for student in students:
        row = rows.get(re.sub(r"\W", "", student.name).lower())
        if row is None:
            odd.append(f"{student.name} ({student.sort}) has no grade")
            continue
        for entry in EXERCISES:
            column = entry.file[:-3]
            full = float(row[column]) == float(most[column])
            if full != student.wanted[entry.name]:
                odd.append(f"{student.name} ({student.sort}): {column} has {row[column]} of {most[column]}")
        if (float(row["lost_by_lateness"]) > 0) != student.late:
            odd.append(f"{student.name} ({student.sort}): {row['days_late']} days late")
        if student.sort.removeprefix("hostile: ") in LOUD and "04: " not in row["suspicious"]:
            odd.append(f"{student.name} ({student.sort}): nothing suspicious")
        alike = re.sub(r"[\W_]", "", row["alike"]).lower()
        if bool(student.copied) and re.sub(r"\W", "", student.copied).lower() not in alike:
            odd.append(f"{student.name} has copied from {student.copied}, unseen")
        innocent = student.sort in ("right", "late", "zip", "wrongly named") and not any(
            other.copied == student.name for other in students)
        if innocent and row["alike"]:
            odd.append(f"{student.name} ({student.sort}) is said to be like {row['alike']}")
    return odd


def run(options: argparse.Namespace) -> int:
    """Make the class up, grade it, look."""
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder, out = Path(name, "submissions"), Path(options.out or Path(name, "grades"))
        folder.mkdir()
        decoy_file = Path(name, "decoy.txt")
        decoy_file.write_text("mine")
        decoy = subprocess.Popen(["sleep", "3600"], start_new_session=True) if os.name == "posix" else None
        students = class_of(options.students, options.seed)
        for number, student in enumerate(students, 1001):
            hand_in(student, number, folder, decoy_file)
        began, before = time.monotonic(), os.times()
        done = subprocess.run(
            [sys.executable, "-m", "lessons", "grade", str(folder), "--out", str(out), "--due",
             DUE.isoformat(),
             "--late", "10:50", "--jobs", str(options.jobs), "--timeout", str(options.timeout)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            capture_output=not options.verbose, text=True, encoding="utf-8")
        seconds, after = time.monotonic() - began, os.times()
        print(done.stdout or "", done.stderr or "", sep="", end="")
        odd = verdicts(students, out) if done.returncode in (0, 1) else ["it was not graded"]
        if decoy is not None:
            if decoy.poll() is not None:
                odd.append("the decoy was ended")
            decoy.kill()
        if decoy_file.read_text() != "mine":
            odd.append("the decoy's file was changed")
        left = processes() - {os.getpid()} - ({decoy.pid} if decoy else set())
        if options.inside and left - {1}:
            odd.append(f"{len(left - {1})} processes are left")
        sorts: dict[str, list[Student]] = {}
        for student in students:
            sorts.setdefault(student.sort.partition(":")[0], []).append(student)
        print("\nthe class                submissions   verdicts as intended")
        for sort, members in sorts.items():
            good = sum(not any(text.startswith(f"{x.name} ") for text in odd) for x in members)
            print(f"  {sort:22} {len(members):11}   {good:20}")
        cpu = (after.children_user + after.children_system - before.children_user - before.children_system)
        print(f"\n{len(students)} submissions in {seconds:.0f} s, {cpu:.0f} s of processor time, "
              f"{cpu / len(students):.1f} s each; load of the machine {os.getloadavg()[0]:.1f}"
              if hasattr(os, "getloadavg") else f"\n{len(students)} submissions in {seconds:.0f} s")
        print(*(f"NOT AS INTENDED: {text}" for text in odd), sep="\n" if odd else "")
        return 1 if odd or done.returncode != 0 else 0


def processes() -> set[int]:
    """The numbers of all processes that live."""
    found = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        try:
            if name.isdigit() and Path("/proc", name,
                                       "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(int(name))
        except OSError:
            pass
    return found


def main() -> int:
    """Run in a namespace of its own, or refuse."""
    parser = argparse.ArgumentParser(description="Grade a class that is made up.")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--out", type=Path, help="keep the grades there")
    parser.add_argument("--verbose", action="store_true", help="show the grader's progress bar")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        if shutil.which("unshare") is None or subprocess.run([*CONTAINED, "true"]).returncode:
            print("It signals processes, and this system has no PID namespace to contain that in.")
            return 2
        os.execvp(CONTAINED[0], [*CONTAINED, sys.executable, *sys.argv, "--inside"])
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2 ** 33, 2 ** 33))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 ** 28, 2 ** 28))
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
