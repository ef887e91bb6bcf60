"""The catalogue of mistakes: every one is planted as the page says, and the message is the page's."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import minigrad
from minigrad.check import KINDS, Report, gradcheck_function

PAGE = Path(minigrad.__file__).parent / "check" / "MISTAKES.md"


class Entry(NamedTuple):
    title: str
    kind: str
    lesson: int
    code: str
    message: str


def setup() -> str:
    """What each example begins with."""
    return PAGE.read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0]


def entries() -> list[Entry]:
    found = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        about = re.search(r"\n`(\w+)` · lesson (\d+)\. ", section)
        if about:
            code, message = re.findall(r"```(?:python)?\n(.*?)\n```", section, re.DOTALL)
            found.append(Entry(section.partition("\n")[0], about[1], int(about[2]), code, message))
    return found


def run(entry: Entry) -> Report:
    names: dict[str, Any] = {}
    exec(setup() + entry.code, names)
    with np.errstate(all="ignore"):
        return gradcheck_function(names["forward"], names["backward"], names["inputs"], name="backward",
                                  raise_exception=False)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.title)
def test_the_mistake_is_named_and_the_message_is_that_of_the_page(entry: Entry) -> None:
    report = run(entry)
    assert report.kind == entry.kind
    assert report.text == entry.message
    assert max(map(len, report.text.splitlines())) <= 80


def test_the_page_is_a_page_of_classic_mistakes() -> None:
    found = entries()
    assert len(found) >= 30 and {entry.kind for entry in found} <= set(KINDS)
    lessons = {int(path.name[:2]) for path in (Path(__file__).parents[2] / "lessons").glob("[0-9]*.py")}
    assert {entry.lesson for entry in found} <= lessons
