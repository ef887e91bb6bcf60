"""The script that counts false alarms: what it records, how it goes on, and that it would see one."""
from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from random_functions import Planted

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "gradcheck_false_alarms.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec = importlib.util.spec_from_file_location("gradcheck_false_alarms", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_records_and_goes_on(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    monkeypatch.setattr(script, "PIECE", 5)
    arguments = [str(SCRIPT), "--first", "70", "--count", "10", "--record", str(path)]
    monkeypatch.setattr(sys, "argv", [*arguments, "--minutes", "0"])
    assert script.main() == 0 and not path.exists()                     # no time for a piece
    monkeypatch.setattr(sys, "argv", arguments)
    half = script.started(70, 10, [])
    script.piece(half, 5)
    script.record(half, path)
    assert script.main() == 0
    (run,) = json.loads(path.read_text(encoding="utf-8"))
    assert (run["first"], run["functions"], run["alarms"], run["missed"]) == (70, 10, [], [])
    assert run["entries"] > 10 and 0 < run["found"] == run["planted"] <= 10
    assert "seeds 70 to 79" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*arguments, "--table"])
    assert script.main() == 0 and "0 alarms in 10 functions" in capsys.readouterr().out


def test_an_alarm_is_seen_and_counted(script: ModuleType, tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    """A function with a wrong gradient instead of a right one."""
    def wrong(random: object) -> Planted:
        planted = Planted(3)
        planted.inputs, planted.used = planted.function.inputs, planted.function.used
        return planted

    path = tmp_path / "record.json"
    monkeypatch.setattr(script, "RandomFunction", wrong)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--count", "2", "--record", str(path)])
    assert script.main() == 1
    (run,) = json.loads(path.read_text(encoding="utf-8"))
    assert [alarm["seed"] for alarm in run["alarms"]] == [0, 1]
    assert "is wrong in 1 of" in run["alarms"][0]["text"]
