"""A docstring in its parts: paragraphs, formulas, lists of arguments, examples."""
from __future__ import annotations

import inspect
import re
from typing import NamedTuple


class Part(NamedTuple):
    """One part of a docstring; ``items`` are the arguments of a list, each with what it is."""

    kind: str  # text, block (indented), list (of arguments), table, example
    text: str
    items: tuple[tuple[str, str], ...] = ()


def parts_of(doc: str | None) -> list[Part]:
    """The parts of a docstring, in order.

    >>> [part.kind for part in parts_of("Adds.\\n\\nArgs:\\n    x: a number.\\n\\n>>> 1 + 1\\n2")]
    ['text', 'list', 'example']
    """
    made: list[Part] = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(doc or "").strip("\n")):
        lines = block.splitlines()
        head = re.fullmatch(r"(Args|Attributes):", lines[0]) if lines else None
        if not block.strip():
            continue
        if lines[0].startswith(">>> "):
            made.append(Part("example", block))
        elif head:
            made.append(Part("list", head[1], tuple(_items(lines[1:]))))
        elif lines[0].startswith("    "):
            last = made[-1] if made else None
            if last is not None and last.kind == "list" and re.match(r"    (?! )[\w*, /]+: ", lines[0]):
                made[-1] = Part("list", last.text, last.items + tuple(_items(lines)))
            else:
                made.append(Part("block", block))
        elif lines[0].startswith("|") and lines[1:] and set(lines[1]) <= set("|-: "):
            made.append(Part("table", block))
        else:
            made += _mixed(lines)
    return made


def _mixed(lines: list[str]) -> list[Part]:
    """A paragraph under which an example or an indented block begins without an empty line."""
    for at, line in enumerate(lines[1:], 1):
        if line.startswith(">>> "):
            return [Part("text", "\n".join(lines[:at])), Part("example", "\n".join(lines[at:]))]
        if line.startswith("    ") and not re.match(r"[-*] |\d+\. ", lines[0]):
            rest = parts_of("\n".join(["x", "", *lines[at:]]))[1:]
            return [Part("text", "\n".join(lines[:at])), *rest]
    return [Part("text", "\n".join(lines))]


def _items(lines: list[str]) -> list[tuple[str, str]]:
    """ "x: a number" and lines that go on, indented further, as pairs."""
    made: list[tuple[str, str]] = []
    for line in lines:
        found = re.match(r"    (?! )([\w*`., /()\"=-]+?): (.*)", line)
        if found:
            made.append((found[1], found[2]))
        elif made:
            made[-1] = (made[-1][0], f"{made[-1][1]} {line.strip()}")
        else:
            made.append(("", line.strip()))
    return made


def first_sentence(doc: str | None) -> str:
    """What stands in tables: the first sentence, without its line breaks."""
    parts = parts_of(doc)
    if not parts:
        return ""
    text = " ".join(parts[0].text.split())
    return re.split(r"(?<=[^.\d][.?!]) (?=[A-Z(`])|:$", text, maxsplit=1)[0]
