"""The catalogue of mistakes in training: each one is made, and what the page says is what is printed."""
from __future__ import annotations

import linecache
import math
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from pages import Entry, entries, setup

import minigrad
from minigrad.check import MISTAKES, training_step
from minigrad.check.numbers import fitted

PAGE = Path(minigrad.__file__).parent / "check" / "training" / "MISTAKES.md"
NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:\.\d+)?(?:e[+−-]?\d+)?")
ENTRIES = entries(PAGE, "###", r"(?:`(?P<kind>\w+)`|(?P<word>Refused|Warned of))\. ")


def names_of(code: str) -> dict[str, Any]:
    """Run an example; its lines can be quoted."""
    source = setup(PAGE) + code + "\n"
    linecache.cache["net.py"] = (len(source), None, source.splitlines(True), "net.py")
    names: dict[str, Any] = {}
    exec(compile(source, "net.py", "exec"), names)
    return names


def told(entry: Entry) -> str:
    """What is printed."""
    if entry.about["word"] == "Refused":
        with pytest.raises(Exception) as caught:
            names_of(entry.code)
        return fitted(f"{type(caught.value).__name__}: {caught.value}")
    if entry.about["word"] == "Warned of":
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            names_of(entry.code)
        return fitted(f"{type(seen[0].message).__name__}: {seen[0].message}")
    n = names_of(entry.code)
    report = training_step(n["model"], n["loss"], n["make"](), (n["x"], n["y"]), step=n["step"])
    assert report.names == [entry.about["kind"]]
    assert bool(report) == report.findings[0].remark
    assert max(map(len, str(report).splitlines())) <= 80
    return report.text


def same(text: str, printed: str) -> bool:
    """The same words, and numbers that agree but for rounding."""
    if NUMBER.sub("#", text).split() != NUMBER.sub("#", printed).split():
        return False
    pairs = zip(NUMBER.findall(text), NUMBER.findall(printed))
    a_b = [tuple(float(number.replace("−", "-")) for number in pair) for pair in pairs]
    return all(math.isclose(a, b, rel_tol=0.02, abs_tol=1e-12) for a, b in a_b)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_the_mistake_is_seen_and_the_message_is_that_of_the_page(entry: Entry) -> None:
    text = told(entry)
    assert same(text, entry.message), text


def test_the_page_has_every_mistake_that_can_be_reported() -> None:
    assert len(ENTRIES) == PAGE.read_text(encoding="utf-8").count("\n### ") >= 80
    assert {entry.about["kind"] for entry in ENTRIES} - {None} == set(MISTAKES)
    assert all(MISTAKES.values())


def test_the_comparison_of_the_page_sees_other_words_and_other_numbers() -> None:
    assert same("loss 1.305 → 2", "loss 1.304 → 2")
    assert not same("loss 1.305 → 2", "loss 1.5 → 2") and not same("loss 1", "cost 1")
