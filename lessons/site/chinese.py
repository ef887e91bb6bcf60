"""The Chinese pages: start, course, audit, and the lessons that are translated in full."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

from lessons.grading.catalog import EXERCISES
from lessons.player.catalog import FOLDER, Lesson
from lessons.player.cells import read_cells
from lessons.player.notebook import Notebook

from . import lesson_pages
from .catalogs import catalog, messages_of, translated
from .lesson_pages import OPENING
from .texts import for_book

LANGUAGE = "zh_CN"
VERDICTS = {"right": "正确", "wrong": "错误", "ambiguous": "有歧义"}
ENTRY = re.compile(
    r"### (.+?), (.+?): (right|wrong|ambiguous)\n\n```\n(.*?)\n```\n\n\[lesson (\d+)\]", re.DOTALL
)


class Entry(NamedTuple):
    """A claim as AUDIT.md has it."""

    where: str
    about: str
    verdict: str
    shown: str  # what is printed and computed
    why: str
    lesson: int


def audit_entries() -> list[Entry]:
    """All claims, in the order of AUDIT.md."""
    made = []
    for where, about, verdict, body, lesson in ENTRY.findall(
        (FOLDER / "AUDIT.md").read_text(encoding="utf-8")
    ):
        shown, _, rest = body.partition("\nwhy  ")
        why, _, seen = rest.partition("\nseen ")
        made.append(
            Entry(
                where,
                " ".join(about.split()),
                verdict,
                shown + (f"\nseen {seen}" if seen else ""),
                " ".join(why.split()),
                int(lesson),
            )
        )
    return made


def aim_of(lesson: Lesson) -> str:
    """What one will know after a lesson."""
    found = OPENING.fullmatch(read_cells(lesson.path)[0].source.strip())
    return " ".join(found["know"].split()) if found else ""


def untranslated(lessons: Sequence[Lesson]) -> list[str]:
    """What a Chinese reader would find in English: titles, aims, the audit, paragraphs of lessons begun."""
    course, audit = catalog(LANGUAGE, "course"), catalog(LANGUAGE, "audit")
    missing = [
        f"lesson {x.number}: {text}" for x in lessons for text in (x.title, aim_of(x)) if text not in course
    ]
    missing += [
        f"audit, {x.where}: {text}"
        for x in audit_entries()
        for text in (x.about, x.why)
        if text not in audit
    ]
    for lesson in lessons:
        known = catalog(LANGUAGE, lesson.path.stem)
        if known:
            missing += [
                f"lesson {lesson.number}: {text}" for text in messages_of(lesson) if text not in known
            ]
    return missing


def in_full(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons that have a catalog of their own."""
    return [lesson for lesson in lessons if catalog(LANGUAGE, lesson.path.stem)]


def write_chinese(
    folder: Path, lessons: Sequence[Lesson], notebooks: Mapping[int, Notebook], start: str
) -> None:
    """All Chinese pages into ``folder``; ``start`` is the start page's picture and numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    course = catalog(LANGUAGE, "course")
    for lesson in in_full(lessons):
        page = lesson_page(lesson, notebooks[lesson.number], lessons, course)
        (folder / f"{lesson.path.stem}.ipynb").write_text(page, encoding="utf-8")
    (folder / "lessons.md").write_text(course_page(lessons, course), encoding="utf-8")
    (folder / "audit.md").write_text(audit_page(lessons), encoding="utf-8")
    tree = "\n".join(
        [
            "全部课程 <lessons>",
            *(f"{x.number} · {course[x.title]} <{x.path.stem}>" for x in in_full(lessons)),
            "文档核查 <audit>",
        ]
    )
    (folder / "index.md").write_text(
        f"{start}\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n", encoding="utf-8"
    )


def course_page(lessons: Sequence[Lesson], course: Mapping[str, str]) -> str:
    """Titles and aims of all lessons."""
    full = {lesson.number for lesson in in_full(lessons)}
    rows = []
    for x in lessons:
        place = f"{x.path.stem}.ipynb" if x.number in full else f"../lessons/{x.path.stem}.ipynb"
        note = "（中文）" if x.number in full else ""
        rows.append(
            f"| {x.number} | [{course.get(x.title, x.title)}]({place}){note} | "
            f"{course.get(aim_of(x), aim_of(x))} |"
        )
    return "\n".join(
        [
            "# 全部课程",
            "",
            "每一课都是一个会自我检查的程序。标有“中文”的已全文翻译，其余的正文是英文。",
            "",
            "|  | 课程 | 你将学会 |",
            "| --: | --- | --- |",
            *rows,
            "",
        ]
    )


def audit_page(lessons: Sequence[Lesson]) -> str:
    """The audit: verdict and reason in Chinese; what was printed and computed as the lessons print it."""
    known = catalog(LANGUAGE, "audit")
    stems = {lesson.number: lesson.path.stem for lesson in lessons}
    parts = [
        "# 文档核查",
        "文档 A 至 E 中凡是课程检验过的说法：文档印了什么，课程算出了什么，结论和理由。"
        "*有歧义*是指可以有不止一种读法或补法。"
        "灰框里“printed”是文档所印（英译），“computed”是课程所算，“seen”是实验所见，均照课程的输出。",
    ]
    for x in audit_entries():
        lesson = f"[第 {x.lesson} 课](../lessons/{stems[x.lesson]}.ipynb)" if x.lesson in stems else ""
        parts.append(
            f"## {x.where}　{known.get(x.about, x.about)}：{VERDICTS[x.verdict]}\n\n"
            f"{_escaped(known.get(x.why, x.why))}　{lesson}\n\n```text\n{x.shown}\n```"
        )
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_|<>\[\]$`])", r"\\\1", text)


def lesson_page(
    lesson: Lesson, notebook: Notebook, lessons: Sequence[Lesson], course: Mapping[str, str]
) -> str:
    """A lesson in Chinese: its text is translated; its code and what that prints stay as they are."""
    known = catalog(LANGUAGE, lesson.path.stem)
    english = json.loads(lesson_pages.page_of(lesson, notebook, lessons))
    texts = [translated(cell.source, known) for cell in read_cells(lesson.path) if cell.is_text]
    cells: list[Any] = []
    at = 0
    for cell in english["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            settings = {
                **cell["metadata"]["mystnb"],
                "code_prompt_show": "显示这一格的代码",
                "code_prompt_hide": "隐藏代码",
            }
            cells.append({**cell, "metadata": {**cell["metadata"], "mystnb": settings}})
        elif source.startswith("<iframe"):
            cells.append(
                {
                    **cell,
                    "source": [
                        source.replace(
                            ", on a page of its own. The arrow keys play it.", "，单独成页，用方向键播放。"
                        )
                    ],
                }
            )
        elif at < len(texts):
            text = _opening(lesson, texts[0]) if at == 0 else for_book(texts[at], lambda kind, number: "")
            cells.append({**cell, "source": [text]})
            at += 1
    rows = [f"**英文原文：** [{lesson.number} · {lesson.title}](../lessons/{lesson.path.stem}.ipynb)"]
    rows += [
        f"**下一课：** [{x.number} · {course.get(x.title, x.title)}](../lessons/{x.path.stem}.ipynb)"
        for x in lessons
        if x.number == lesson.number + 1
    ]
    rows += [
        f"**练习：** [{entry.number} · {entry.title}](../exercises/{entry.file[:-3]}.md)"
        for entry in EXERCISES
        if entry.lesson == lesson.number
    ]
    rows.append(f"**自己运行：** `python -m lessons {lesson.number} --step`，一次一格")
    cells.append(
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": [
                ":::{admonition} 接下来\n:class: go-on\n" + "\n".join(f"- {row}" for row in rows) + "\n:::"
            ],
        }
    )
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    return json.dumps({**english, "cells": cells}, ensure_ascii=False)


def _opening(lesson: Lesson, text: str) -> str:
    title, _, rest = text.partition("\n\n")
    know, _, rest = rest.partition("\n\n")
    quick = (
        ""
        if "min" not in lesson.time
        else (
            "\n\n:::{note}\n本页的数字来自最短的一次运行，用的是 minigrad 自己画的图像；"
            f"完整运行约需 {lesson.time.replace(' min', ' 分钟')}。\n:::"
        )
    )
    return (
        f"# {lesson.number} · {title.lstrip('# ')}\n\n"
        f":::{{admonition}} 本课要点\n:class: know\n{know}\n:::\n\n"
        f"{for_book(rest, lambda kind, number: '')}{quick}"
    )
