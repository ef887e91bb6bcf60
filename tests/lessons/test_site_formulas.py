"""The lessons' formulas as MathML: nothing lost, nothing moved, and left alone where it isn't sure."""
from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from lessons.player.catalog import all_lessons
from lessons.player.cells import read_cells
from lessons.site.blocks import typeset
from lessons.site.formulas import Unsure, characters, formula
from lessons.site.texts import literal, paragraphs

BLOCKS = [(lesson.name, block) for lesson in all_lessons() for cell in read_cells(lesson.path) if cell.is_text
          for block in paragraphs(cell.source) if block.startswith("    ")]


def test_typesetting_keeps_every_character_of_every_lesson_in_its_order() -> None:
    shown = [(name, block, typeset(block)) for name, block in BLOCKS]
    assert sum(html is not None for _, _, html in shown) > 100
    for name, block, html in shown:
        if html is not None:
            ElementTree.fromstring(html)                    # well-formed
            assert characters(html) == characters(re.sub(r"\*(\w+)\*", r"\1", block)), (name, block)


def fraction(over: str, under: str) -> str:
    return f"<mfrac>{over}{under}</mfrac>"


X, Y, ONE = "<mi>x</mi>", "<mi>y</mi>", "<mn>1</mn>"


@pytest.mark.parametrize("text, inside", [
    ("x / y", fraction(X, Y)),
    ("(1 − x)/y", fraction(f"<mrow>{ONE}<mo>−</mo>{X}</mrow>", Y)),
    ("½", fraction(ONE, "<mn>2</mn>")),
    ("∂x/∂y", fraction(f"<mrow><mi>∂</mi>{X}</mrow>", f"<mrow><mi>∂</mi>{Y}</mrow>")),
    ("x − y / x", f"{X}<mo>−</mo>" + fraction(Y, X)),
    ("x / √y", fraction(X, f"<msqrt>{Y}</msqrt>")),
    ("x / 2y", fraction(X, f"<mrow><mn>2</mn>{Y}</mrow>")),
])
def test_a_slash_between_certain_sides_becomes_a_fraction(text: str, inside: str) -> None:
    assert inside in formula(text)


@pytest.mark.parametrize("text", ["x / Σx²", "x / y / x", "Σ x / y", "ln x / y", "x / y x"])
def test_a_slash_stays_where_a_side_could_reach_further(text: str) -> None:
    assert "<mfrac>" not in formula(text) and "<mo>/</mo>" in formula(text)


def test_function_calls_stay_whole_within_fractions() -> None:
    assert "<mfrac><mrow><mi>ln</mi>" in formula("ln(x) / y")
    assert formula("f(x)/y").index("<mfrac>") < formula("f(x)/y").index("<mi>f</mi>")


@pytest.mark.parametrize("text", ["the loss falls", "x = )", "√", "^2", "x $ y", "(x", "e^xy"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(Unsure):
        formula(text)


@pytest.mark.parametrize("block", [
    "    optimizer.step()                    a step downhill: θ ← θ − …",
    "    for x, y in batches:\n        loss = step(x, y)",
    "    Test accuracy: 0.9900",
    "    [W | b] @ [columns]  =  W @ columns + b\n              [   1   ]",
])
def test_code_and_words_stay_monospace(block: str) -> None:
    assert typeset(block) is None


def test_indented_code_is_told_from_indented_words() -> None:
    assert literal("    step(x)").startswith("```python\nstep(x)")
    assert literal("    Test accuracy: 0.99").startswith("```text\n")


def test_lines_align_at_their_relations() -> None:
    html = typeset("    f = x\n      = y + 1")
    assert html is not None and html.count("<tr>") == 2
    first, second = re.findall(r"<tr>(.*?)</tr>", html)
    assert first.count("<td") == second.count("<td") == 2 and second.startswith("<td></td>")
