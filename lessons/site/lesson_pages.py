"""A lesson as a page: what one will know, its cells with what they printed and drew, and how to go on."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Sequence

from lessons.grading.catalog import EXERCISES
from lessons.player.catalog import Lesson
from lessons.player.notebook import Notebook
from lessons.support.results import recorded

from .execute import options_of
from .texts import Link, for_book

OPENING = re.compile(
    r"# (?P<title>.+?)\n\n\*\*You will know\*\* (?P<know>.+?)\n"
    r"\*\*Time:\*\* (?P<time>.+?) \*\*You need:\*\* (?P<need>.+?)\n\n(?P<rest>.*)",
    re.DOTALL,
)

# Where a graph is explained, its walk can be played: after the heading, the page and what it shows.
WALKS = {
    "tensors_and_gradients": ("## The graph", "first", "Both passes through (x·y + x)², step by step"),
    "backpropagation": (
        "## Backward, on paper",
        "network",
        "Both passes through a 2-3-1 network, step by step",
    ),
}


def link_from(lessons: Sequence[Lesson], here: str = "") -> Link:
    """Where the page of a lesson or an exercise is, seen from the folder ``lessons``."""
    stems = {lesson.number: lesson.path.stem for lesson in lessons}

    def link(kind: str, number: int) -> str:
        if kind == "exercise":
            found = [entry for entry in EXERCISES if entry.number == number]
            return f"{here}../exercises/{found[0].file[:-3]}.md" if found else ""
        return f"{here}{stems[number]}.ipynb" if number in stems else ""

    return link


def page_of(lesson: Lesson, notebook: Notebook, lessons: Sequence[Lesson]) -> str:
    """The notebook that the builder turns into the page, as JSON."""
    link = link_from(lessons)
    first, _, _, *others = notebook["cells"]  # without how to install it, and its options
    cells = [_text(opening(lesson, "".join(first["source"]), link))]
    for cell in others:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cells.append(_code(cell, source))
            continue
        cells.append(_text(for_book(source, link)))
        heading, walk, title = WALKS.get(lesson.name, ("", "", ""))
        if heading and source.lstrip().startswith(heading):
            cells.append(
                _text(
                    f'<iframe class="walk" src="../_static/walks/{walk}.html" title="{title}" '
                    'loading="lazy"></iframe>\n\n'
                    f'<p class="caption"><a href="../_static/walks/{walk}.html">{title}</a>, on a page '
                    "of its own. The arrow keys play it.</p>"
                )
            )
    cells.append(_text(closing(lesson, lessons)))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    return json.dumps({**notebook, "cells": cells}, ensure_ascii=False)


def opening(lesson: Lesson, source: str, link: Link) -> str:
    """Title, what one will know, and how this page was made."""
    found = OPENING.fullmatch(source.strip())
    if found is None:
        raise ValueError(f"{lesson.path}: a lesson opens with its title, and with what one will know.")
    documents = "" if lesson.documents.startswith("none") else f" **Documents:** {lesson.documents}."
    return (
        f"# {lesson.number} · {found['title']}\n\n"
        f":::{{admonition}} You will know\n:class: know\n{for_book(found['know'], link)}\n\n"
        f"**Time:** {found['time']} **You need:** {for_book(found['need'], link)}{documents}\n:::\n\n"
        f"{for_book(found['rest'], link)}\n\n{_how(lesson)}"
    )


def _how(lesson: Lesson) -> str:
    """Which run is shown; a short one does not pass for the whole lesson."""
    if "min" not in lesson.time and not options_of(lesson):
        return ""
    found = recorded(lesson.name)
    full = f" A full run takes {lesson.time}" if "min" in lesson.time else ""
    if found.get("date") and full:
        full += f"; the last recorded one is of {found['date'][:10]}"
    drawn = " on images or texts that minigrad makes itself" if lesson.needs else ""
    return (
        f":::{{note}}\nThe numbers on this page are those of the shortest run{drawn}, "
        f"`python -m lessons {' '.join([str(lesson.number), *(options_of(lesson) or ['--quick'])])}`."
        f"{full}{'.' if full else ''}\n:::"
    )


def closing(lesson: Lesson, lessons: Sequence[Lesson]) -> str:
    """The next lesson, the exercises, and how to run this one."""
    later = [other for other in lessons if other.number > lesson.number]
    rows = []
    if later:
        rows.append(f"**Next lesson:** [{later[0].number} · {later[0].title}]({later[0].path.stem}.ipynb)")
    for entry in EXERCISES:
        if entry.lesson == lesson.number:
            rows.append(
                f"**Exercise:** [{entry.number} · {entry.title}](../exercises/{entry.file[:-3]}.md)"
            )
    rows.append(
        f"**Run it yourself:** `python -m lessons {lesson.number} --step`, one cell at a time; "
        f"{{download}}`as a script <../files/{lesson.path.name}>`, "
        f"{{download}}`as a notebook <../files/{lesson.path.stem}.ipynb>`"
    )
    rows.append(f"**For teachers:** [notes on this lesson](../teaching/{lesson.path.stem}.md)")
    return ":::{admonition} Go on\n:class: go-on\n" + "\n".join(f"- {row}" for row in rows) + "\n:::"


def _text(source: str) -> Notebook:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(cell: Notebook, source: str) -> Notebook:
    """Hidden cells folded, an audit with its output; pictures described for those who do not see them."""
    tags = cell["metadata"].get("tags", [])
    fold = ["hide-cell"] if "audit" in tags else ["hide-input"] if "hidden" in tags else []
    title = re.search(r'plot\.figure\([^"]*?"([^"]+)"', source)
    alt = (
        f"Picture: {title[1]}"
        if title
        else "The picture that this cell draws; the text around it says what it shows"
    )
    return {**cell, "metadata": {"tags": fold, "mystnb": {"image": {"alt": alt}}}}


def walks(folder: Path) -> None:
    """Write the pages that play a backward pass."""
    import minigrad
    from minigrad import nn
    from minigrad.trace import page

    folder.mkdir(parents=True, exist_ok=True)
    x, y = minigrad.tensor(2.0, requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    loss = (x * y + x) ** 2
    page(loss, folder / "first.html", names={"x": x, "y": y, "loss": loss})
    x, t = minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0])
    W1 = minigrad.tensor([[0.5, -0.5, 1.0], [0.25, 0.5, -1.0]], requires_grad=True)
    W2 = minigrad.tensor([[1.0], [-1.0], [2.0]], requires_grad=True)
    b1, b2 = (
        minigrad.tensor([0.0, 0.0, -0.5], requires_grad=True),
        minigrad.tensor([0.5], requires_grad=True),
    )
    h = minigrad.sigmoid(x @ W1 + b1)
    J = nn.functional.mse_loss(minigrad.sigmoid(h @ W2 + b2), t) * 0.5
    names: dict[str, Any] = {"x": x, "t": t, "W1": W1, "W2": W2, "b1": b1, "b2": b2, "h": h, "J": J}
    page(J, folder / "network.html", names=names)
