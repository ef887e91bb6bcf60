"""The plan for little time on a GPU goes on, whatever a check does, and keeps what was seen."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS.parent))
from benchmarks import first_contact  # noqa: E402

# A child in place of the real one: what it does for each check stands in the check's name.
CHILD = """
import json, os, sys, time
def say(**line): print("\\x1e" + json.dumps(line), flush=True)
for i, deed in zip(map(int, sys.argv[1].split(",")), sys.argv[2].split(",")):
    say(start=i)
    print("noise of a library")
    if deed == "crash": os._exit(9)
    if deed == "hang": time.sleep(60)
    say(done=i, ok=deed != "fail", error="1 is not 2", seconds=0.0, seen={"value": i})
    if deed == "break": sys.exit(3)
"""


class Check:
    def __init__(self, name: str) -> None:
        self.part, self.name, self.seconds = 1, name, 0.0


class Planned(first_contact.Plan):
    started = 0

    def command(self, indices: list) -> list:
        self.started += 1
        return [sys.executable, "-c", CHILD, ",".join(map(str, indices)),
                ",".join(self.checks[i].name for i in indices)]


def planned(tmp_path: Path, *deeds: str, minutes: float = 1.0) -> tuple:
    args = argparse.Namespace(minutes=minutes, seconds=1.5, out=str(tmp_path / "seen.json"), stand_in=False,
                              only=None)
    plan = Planned(args, [Check(deed) for deed in deeds])
    plan.part(1)
    return plan, json.loads((tmp_path / "seen.json").read_text())["checks"]


def test_it_goes_on_after_a_failure_a_crash_and_a_hang(tmp_path: Path) -> None:
    plan, seen = planned(tmp_path, "good", "fail", "crash", "good", "hang", "break", "good")
    assert [check["ok"] for check in seen] == [True, False, False, True, False, True, True]
    assert seen[1]["error"] == "1 is not 2" and seen[1]["seen"] == {"value": 1}
    assert "in the middle, status 9" in seen[2]["error"] and "longer than 2 s" in seen[4]["error"]
    assert plan.started == 4            # after the crash, the hang, and the check that broke the device


def test_what_there_is_no_time_for_is_said(tmp_path: Path) -> None:
    _, seen = planned(tmp_path, "good", "good", minutes=0.0)
    assert [check["ok"] for check in seen] == [None, None] and "left out" in seen[0]["error"]


def test_a_process_that_does_not_begin_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Planned, "command", lambda *_: [sys.executable, "-c", "import nothing_such"])
    _, seen = planned(tmp_path, "good")
    assert not seen[0]["ok"] and "nothing_such" in seen[0]["error"]


@pytest.mark.slow
def test_the_whole_plan_runs_on_the_stand_in(tmp_path: Path) -> None:
    pytest.importorskip("numpy", minversion="2")
    done = subprocess.run([sys.executable, "-m", "benchmarks.first_contact", "--stand-in", "--out",
                           str(tmp_path / "seen.json")], cwd=BENCHMARKS.parent, text=True, timeout=300,
                          capture_output=True)
    checks = json.loads((tmp_path / "seen.json").read_text())["checks"]
    assert done.returncode == 0, [check for check in checks if not check["ok"]]
    assert len(checks) > 25 and {check["part"] for check in checks} == {1, 2, 3}


def test_without_a_gpu_it_says_what_is_missing() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks.first_contact", "--part"], text=True, timeout=60,
                          cwd=BENCHMARKS.parent, capture_output=True)
    if done.returncode == 0:
        pytest.skip("this machine has a GPU")
    assert done.returncode == 2 and "no GPU: " in done.stderr


BARE = """
import sys
sys.modules.update(dict.fromkeys(["safetensors", "tqdm"]))
import importlib.util, numpy as np
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in ("safetensors", "tqdm") else real(name, *a)
sys.path[:0] = ["benchmarks", "."]
import bare
assert bare.install() == ["safetensors", "tqdm"]
import minigrad, minigrad.train
minigrad.save({"w": minigrad.ones(2, 3), "n": [minigrad.arange(3), 7]}, sys.argv[1])
found = minigrad.load(sys.argv[1])
assert minigrad.equal(found["w"], minigrad.ones(2, 3)) and found["n"][1] == 7
"""


def test_minigrad_starts_on_numpy_alone_and_files_are_the_usual_ones(tmp_path: Path) -> None:
    import minigrad
    file = tmp_path / "x.safetensors"
    subprocess.run([sys.executable, "-c", BARE, str(file)], cwd=BENCHMARKS.parent, check=True, timeout=60)
    assert minigrad.equal(minigrad.load(file)["n"][0], minigrad.arange(3))
