"""Where to read about an exercise: the section of a lesson, by the heading that stands there today."""
from __future__ import annotations

import re
from typing import Iterable

from lessons.player.catalog import Lesson
from .catalog import Entry


def heading(entry: Entry, lessons: Iterable[Lesson]) -> str | None:
    """The heading in the exercise's lesson that begins with the words of the entry, or None."""
    for lesson in lessons:
        if lesson.number == entry.lesson:
            for line in re.findall(r"^## +(.+)$", lesson.path.read_text(encoding="utf-8"), re.MULTILINE):
                if line.startswith(entry.section):
                    return str(line)
    return None


def where(entry: Entry, lessons: Iterable[Lesson]) -> str:
    """A sentence: See lesson 30, “Max-pooling: where the gradient goes”."""
    found = heading(entry, lessons)
    return f"See lesson {entry.lesson}, “{found}”." if found else f"See lesson {entry.lesson}."
