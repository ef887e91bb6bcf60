"""The catalogue of mistakes: every one is planted as the page says, and the message is the page's."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import Entry, entries, setup

import minigrad
from minigrad.check import KINDS, Report, gradcheck_function

PAGE = Path(minigrad.__file__).parent / "check" / "MISTAKES.md"
ENTRIES = entries(PAGE, "##", r"`(?P<kind>\w+)` · lesson (?P<lesson>\d+)\. ")


def run(entry: Entry) -> Report:
    names: dict[str, Any] = {}
    exec(setup(PAGE) + entry.code, names)
    with np.errstate(all="ignore"):
        return gradcheck_function(names["forward"], names["backward"], names["inputs"], name="backward",
                                  raise_exception=False)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_the_mistake_is_named_and_the_message_is_that_of_the_page(entry: Entry) -> None:
    report = run(entry)
    assert report.kind == entry.about["kind"]
    assert report.text == entry.message
    assert max(map(len, report.text.splitlines())) <= 80


def test_the_page_is_a_page_of_classic_mistakes() -> None:
    assert len(ENTRIES) >= 30 and {entry.about["kind"] for entry in ENTRIES} <= set(KINDS)
    lessons = {int(path.name[:2]) for path in (Path(__file__).parents[2] / "lessons").glob("[0-9]*.py")}
    assert {int(entry.about["lesson"]) for entry in ENTRIES} <= lessons
