"""python -m minigrad help conv2d: what the reference says, in 80 columns, and the lesson that explains it."""
from __future__ import annotations

import re
import sys
from functools import cache

from lessons.player.catalog import Lesson, all_lessons
from lessons.player.shell import python
from lessons.player.wrap import wrap
from minigrad.errors import other_names
from minigrad.errors.suggestions import nearest

from .docstrings import Part, parts_of
from .explained import exercises_of, lessons_of
from .names import Name, find, public_names

WIDTH = 80
SHOWN = 12  # names with one line each, where several fit


def main(arguments: list[str]) -> int:
    """Print what is known of the names; 2 when one isn't known."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(
            f"{python()} -m minigrad help conv2d         what it does, arguments, an example, its lesson\n"
            f"{python()} -m minigrad help nn.Conv2d      … of the layer, not of the function"
        )
        return 0 if arguments else 2
    code = 0
    for at, key in enumerate(arguments):
        found = find(key)
        if at:
            print()
        if not found:
            print(unknown(key), file=sys.stderr)
            code = 2
        else:
            print("\n\n".join(described(name) for name in found[:3]))
            if len(found) > 3:
                print("\nand " + ", ".join(name.path for name in found[3:SHOWN]))
    return code


def unknown(key: str) -> str:
    """What to say of a name that minigrad doesn't have."""
    last = key.rpartition(".")[2]
    for owner, names in other_names.MODULES.items():
        if last in names:
            return _wrapped(f"minigrad has no {key!r}. In minigrad it is {names[last]}.")
    for owner, names in (("a Tensor", other_names.TENSOR), ("a model", other_names.MODEL),
                         ("an optimizer", other_names.OPTIMIZER)):
        if last in names:
            return _wrapped(f"minigrad has no {key!r}. For {owner} it is {names[last]}.")
    close = nearest(last, [name.short for name in public_names()])
    hint = f" Did you mean {close}?  {python()} -m minigrad help {close}" if close else ""
    return _wrapped(f"minigrad has no {key!r}.{hint}")


def described(name: Name) -> str:
    """One name, in lines of at most 80 columns."""
    blocks = [_signature(name)]
    blocks += [_part(part) for part in parts_of(name.value.__doc__)]
    blocks.append(where(name))
    return "\n\n".join(blocks)


def _signature(name: Name) -> str:
    head, _, rest = name.signature().partition("(")
    lines = wrap(f"{name.room}.{head}({rest}", WIDTH - 4)
    return "\n    ".join(lines)


def _part(part: Part) -> str:
    if part.kind == "list":
        rows = []
        for key, text in part.items:
            rows.append("\n".join(f"      {line}" for line in wrap(f"{key}: {text}", WIDTH - 6))[2:])
        return f"{part.text}:\n" + "\n".join(rows)
    if part.kind == "text":
        return _wrapped(part.text)
    if part.kind == "example":
        return "\n".join(f"  {line}" for row in part.text.splitlines() for line in shorter(row, WIDTH - 2))
    return part.text


def shorter(row: str, width: int) -> list[str]:
    """A line of an example in lines of at most ``width``, broken within brackets.

    >>> shorter(">>> f(1, g(2), 3)", 12)
    ['>>> f(1,', '...     g(', '...     2),', '...     3)']
    """
    row = re.sub(r" {2,}#", "  #", row)
    if len(row) <= width or row[:4] not in (">>> ", "... "):
        return [row]
    depth, quote, best = 0, "", 0
    for at, character in enumerate(row[:width], 1):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
            if depth and (character == "," or character in "([{") and row[at : at + 1] not in ")]}":
                best = at
    if not row[4:best].strip():
        return [row]
    return [row[:best], *shorter(f"...     {row[best:].lstrip()}", width)]


def _wrapped(text: str) -> str:
    return "\n".join(wrap(" ".join(text.split()).replace("``", ""), WIDTH))


@cache
def _lessons() -> dict[int, Lesson]:
    return {lesson.number: lesson for lesson in all_lessons()}


def where(name: Name) -> str:
    """The file, other names, lessons and exercises."""
    file, line = name.source()
    rows = [("also", ", ".join(name.aliases)), ("source", f"{file}, line {line}" if file else "")]
    lessons = _lessons()
    for number in lessons_of(name):
        if number in lessons:
            rows.append(
                ("lesson", f"{number}, {lessons[number].title}:  {python()} -m lessons {number} --step")
            )
    for entry in exercises_of(name):
        rows.append(
            ("exercise", f"{entry.number}, {entry.title}:  {python()} -m lessons check {entry.number}")
        )
    made = []
    for key, text in rows:
        if text:
            first, *others = wrap(text, WIDTH - 10)
            made.append(f"{key:10}{first}" + "".join(f"\n{' ' * 10}{line}" for line in others))
    return "\n".join(made)
