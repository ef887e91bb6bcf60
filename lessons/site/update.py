"""python -m lessons.site.update [LESSON …]: the message catalogs brought up to what the lessons say now.

Translations are kept, new messages are added without one, and those that nothing says any more go. Naming a
lesson begins its catalog, to translate it in full. What is left to translate is listed.
"""
from __future__ import annotations

import sys

from minigrad.files.writing import write_atomically
from lessons.player.catalog import Lesson, all_lessons, find

from .catalogs import LOCALES, catalog, messages_of, written
from .chinese import LANGUAGE, aim_of, audit_entries, untranslated


def main(arguments: list[str]) -> int:
    """Write the catalogs; 1 while something is untranslated, 2 when a lesson isn't known."""
    lessons = all_lessons()
    begun = {lesson.path.stem: lesson for lesson in lessons
             if (LOCALES / LANGUAGE / f"{lesson.path.stem}.po").exists()}
    for key in arguments:
        lesson = find(key, lessons)
        if lesson is None:
            print(f"There is no lesson {key!r}.", file=sys.stderr)
            return 2
        begun[lesson.path.stem] = lesson
    for name, messages in current(lessons, begun).items():
        text = written(dict.fromkeys(messages), catalog(LANGUAGE, name), LANGUAGE)
        write_atomically(LOCALES / LANGUAGE / f"{name}.po", text.encode())
    missing = untranslated(lessons)
    print("\n".join(missing) or "Everything is translated.")
    return int(bool(missing))


def current(lessons: list[Lesson], begun: dict[str, Lesson]) -> dict[str, list[str]]:
    """The messages of each catalog."""
    return {"course": [text for lesson in lessons for text in (lesson.title, aim_of(lesson))],
            "audit": [text for entry in audit_entries() for text in (entry.about, entry.why)],
            **{name: messages_of(lesson) for name, lesson in begun.items()}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
