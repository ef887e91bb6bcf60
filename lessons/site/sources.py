"""Everything that Sphinx reads, written into a folder: lessons, exercises, notes, audit, reference."""
from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Mapping, Sequence

from lessons.grading.catalog import EXERCISES, FOLDER as STUBS, Entry
from lessons.player.catalog import FOLDER, Lesson
from lessons.player.notebook import Notebook, notebook_of
from lessons.player.notes import page_of as notes_of
from lessons.reference.docstrings import parts_of

from . import lesson_pages, start
from .chinese import write_chinese
from .lesson_pages import link_from
from .reference_pages import write_reference
from .texts import for_book, linked


def write_sources(folder: Path, lessons: Sequence[Lesson], notebooks: Mapping[int, Notebook]) -> None:
    """All sources of the website."""
    for name in ("lessons", "exercises", "teaching", "files", "_static"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        notebook = notebooks[lesson.number]
        _write(
            folder / "lessons" / f"{lesson.path.stem}.ipynb",
            lesson_pages.page_of(lesson, notebook, lessons),
        )
        shutil.copy(lesson.path, folder / "files")
        _write(
            folder / "files" / f"{lesson.path.stem}.ipynb",
            json.dumps(notebook_of(lesson, []), indent=1, ensure_ascii=False),
        )
        _write(folder / "teaching" / f"{lesson.path.stem}.md", notes_page(lesson, lessons))
    lesson_pages.walks(folder / "_static" / "walks")
    for entry in EXERCISES:
        shutil.copy(STUBS / entry.file, folder / "files" / f"exercise_{entry.file}")
        _write(folder / "exercises" / f"{entry.file[:-3]}.md", exercise_page(entry, lessons))
    with zipfile.ZipFile(folder / "files" / "exercises.zip", "w", zipfile.ZIP_DEFLATED) as all_files:
        for entry in EXERCISES:
            all_files.write(STUBS / entry.file, f"exercises/{entry.file}")
    _write(folder / "lessons" / "index.md", course_page(lessons))
    _write(folder / "exercises" / "index.md", exercises_page(lessons))
    _write(folder / "teaching" / "index.md", teaching_page(lessons))
    _write(folder / "audit.md", audit_page(lessons))
    write_reference(folder / "reference", lessons)
    start.pictures(folder / "_pictures")
    _write(
        folder / "index.md",
        start.english_page(lessons)
        + "\n"
        + _tree("The course", ["lessons/index", "exercises/index"])
        + _tree("Look up", ["reference/index"])
        + _tree("For teachers", ["teaching/index", "audit"])
        + _tree("中文", ["zh/index"]),
    )
    write_chinese(folder / "zh", lessons, notebooks, start.chinese_page(lessons))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _tree(caption: str, pages: Sequence[str], options: str = ":hidden:") -> str:
    entries = "\n".join(pages)
    return f"```{{toctree}}\n:caption: {caption}\n{options}\n\n{entries}\n```\n\n"


def _pages(pages: Sequence[str]) -> str:
    entries = "\n".join(pages)
    return f"```{{toctree}}\n:hidden:\n\n{entries}\n```\n"


def course_page(lessons: Sequence[Lesson]) -> str:
    """All lessons in a table."""
    rows = [
        f"| {x.number} | [{x.title}]({x.path.stem}.ipynb) | "
        f"{'' if x.documents.startswith('none') else x.documents} | {x.time} | {x.needs} |"
        for x in lessons
    ]
    return "\n".join(
        [
            "# The lessons",
            "",
            "Each lesson is a program that checks itself; a page shows its text, its "
            "code, and what it printed and drew. The time is that of a run.",
            "",
            "|  | lesson | documents | runs for | data |",
            "| --: | --- | --- | --- | --- |",
            *rows,
            "",
            _pages([f"{x.number} · {x.title} <{x.path.stem}>" for x in lessons]),
        ]
    )


def exercise_page(entry: Entry, lessons: Sequence[Lesson]) -> str:
    """An exercise: what to derive, the file to complete, and how it is graded."""
    source = (STUBS / entry.file).read_text(encoding="utf-8")
    doc = source.split('"""')[1]
    lesson = {x.number: x for x in lessons}.get(entry.lesson)
    link = link_from(lessons, "../lessons/")
    text = "\n\n".join(part.text for part in parts_of(doc) if not part.text.startswith("Grade it:"))
    head, _, rest = text.partition(": ")[2].partition("\n\n")
    begin = [
        "**Begin:** {download}`download the file <../files/exercise_"
        + entry.file
        + ">`, save it as `"
        + entry.file
        + "`, and complete "
        + ", ".join(f"`{name}`" for name in entry.functions)
        + ".",
        f"**Grade it:** `python -m lessons check {entry.number}`, in the folder of the file.",
    ]
    if lesson:
        begin.append(
            f"**Read first:** [lesson {lesson.number}, “{entry.section}”]"
            f"(../lessons/{lesson.path.stem}.ipynb)"
        )
    return (
        "\n\n".join(
            [
                f"# {entry.number} · {entry.title}",
                head[:1].upper() + linked(head[1:], link),
                for_book(rest, link),
                ":::{admonition} Start\n:class: know\n" + "\n".join(f"- {x}" for x in begin) + "\n:::",
                "## The file",
                f"```python\n{source.strip()}\n```",
            ]
        )
        + "\n"
    )


def exercises_page(lessons: Sequence[Lesson]) -> str:
    """All exercises in a table."""
    stems = {x.number: x.path.stem for x in lessons}
    rows = [
        f"| {x.number} | [{x.title}]({x.file[:-3]}.md) | {', '.join(f'`{f}`' for f in x.functions)} | "
        + (f"[lesson {x.lesson}](../lessons/{stems[x.lesson]}.ipynb) |" if x.lesson in stems else "|")
        for x in EXERCISES
    ]
    return "\n".join(
        [
            "# The exercises",
            "",
            "Pieces of the engine to write yourself, graded by a program that says "
            "what failed, on an input small enough for paper. Begin with "
            "{download}`all files <../files/exercises.zip>` or with a single one; `python -m lessons handout "
            "FOLDER` writes them into a folder for a class.",
            "",
            "|  | exercise | functions | read first |",
            "| --: | --- | --- | --- |",
            *rows,
            "",
            _pages([f"{x.number} · {x.title} <{x.file[:-3]}>" for x in EXERCISES]),
        ]
    )


def notes_page(lesson: Lesson, lessons: Sequence[Lesson]) -> str:
    """The teacher's notes on a lesson."""
    text = for_book(notes_of(lesson).read_text(encoding="utf-8"), link_from(lessons, "../lessons/"))
    title, _, rest = text.partition("\n")
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
    return f"---\norphan: true\n---\n{plain}\n\n[The lesson](../lessons/{lesson.path.stem}.ipynb)\n{rest}\n"


def teaching_page(lessons: Sequence[Lesson]) -> str:
    """The teacher's notes, listed."""
    rows = [f"- [{x.number} · {x.title}]({x.path.stem}.md)" for x in lessons]
    return "\n".join(
        [
            "# Notes for teachers",
            "",
            "For each lesson its aim, what to do in class, three questions with "
            "answers, and the mistakes to expect. `python -m lessons notes 5` prints the same.",
            "",
            *rows,
        ]
    )


def audit_page(lessons: Sequence[Lesson]) -> str:
    """AUDIT.md, with links to the pages of the lessons."""
    text = (FOLDER / "AUDIT.md").read_text(encoding="utf-8").replace("\n```\nprinted", "\n```text\nprinted")
    return re.sub(r"\((\d\d_\w+)\.py\)", r"(lessons/\1.ipynb)", text)
