"""Message catalogs: what the lessons say, paragraph by paragraph, and its translation, in gettext's .po form.

    locale/zh_CN/course.po              titles and aims of all lessons, and the words of the website itself
    locale/zh_CN/audit.po               the audit
    locale/zh_CN/01_tensors_and_gradients.po … a lesson in full

A message is a paragraph in one line; a block of formulas keeps its lines. A paragraph that has changed since
it was translated isn't found any more, and appears in English until somebody translates it again.
"""
from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Callable, Iterable, Mapping

from lessons.player.catalog import Lesson
from lessons.player.cells import read_cells

from .texts import paragraphs

LOCALES = Path(__file__).resolve().parent / "locale"
Translate = Callable[[str], str]


def message(block: str) -> str:
    """The message of a paragraph: without its line breaks, unless it is a list, a table or formulas."""
    lines = block.strip("\n").splitlines()
    if block.startswith(("    ", "```", "|")):
        return "\n".join(lines)
    made: list[str] = []
    for line in lines:
        if made and not re.match(r"[-*] |\d+\. |#|\*\*Time:", line) and not made[-1].startswith("#"):
            made[-1] += f" {line.strip()}"
        else:
            made.append(line)
    return "\n".join(made)


def messages_of(lesson: Lesson) -> list[str]:
    """All messages of a lesson, in order, each once; formulas without a word are not translated."""
    found = [
        message(block)
        for cell in read_cells(lesson.path)
        if cell.is_text
        for block in paragraphs(cell.source)
    ]
    return [
        text for text in dict.fromkeys(found) if not text.startswith("    ") or re.search("[a-z]{4}", text)
    ]


def read_catalog(path: Path) -> dict[str, str]:
    """The messages of a .po file that are translated."""
    found: dict[str, str] = {}
    if path.exists():
        for entry in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            parts = {"msgid": "", "msgstr": ""}
            key = ""
            for line in entry.splitlines():
                begun = re.match(r"(msgid|msgstr) (\".*)", line)
                if begun:
                    key, line = begun[1], begun[2]
                if key and line.startswith('"'):
                    parts[key] += ast.literal_eval(line)
            if parts["msgid"] and parts["msgstr"]:
                found[parts["msgid"]] = parts["msgstr"]
    return found


def written(messages: Mapping[str, str] | Iterable[str], known: Mapping[str, str], language: str) -> str:
    """The text of a .po file with these messages, translated where ``known`` has them."""
    head = (
        f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"'
    )
    return (
        "\n\n".join(
            [head, *(f"msgid {_quoted(text)}\nmsgstr {_quoted(known.get(text, ''))}" for text in messages)]
        )
        + "\n"
    )


def _quoted(text: str) -> str:
    """A string as .po files write it: a line for each of its lines."""
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    if len(lines) == 1:
        return f'"{lines[0]}"'
    return '""\n' + "\n".join(
        f'"{line}{end}"' for line, end in zip(lines, ["\\n"] * (len(lines) - 1) + [""])
    )


def catalog(language: str, name: str) -> dict[str, str]:
    """A catalog of a language by its name; empty when there is none."""
    return read_catalog(LOCALES / language / f"{name}.po")


def translated(text: str, known: Mapping[str, str]) -> str:
    """A text cell with each paragraph translated that the catalog knows."""
    return "\n\n".join(known.get(message(block), block) for block in paragraphs(text))
