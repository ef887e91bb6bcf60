"""python -m lessons: list the lessons, or run one."""
from __future__ import annotations

import runpy
import sys

from .catalog import all_lessons, find, listing


def main(arguments: list[str]) -> int:
    """Run the lesson that ``arguments`` name, with its options; 2 when there is no such lesson."""
    lessons = all_lessons()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing(lessons))
        print("\npython -m lessons NUMBER or NAME runs one, with --help it lists the lesson's options")
        return 0
    lesson = find(arguments[0], lessons)
    if lesson is None:
        print(f"There is no lesson {arguments[0]!r}. There are:\n{listing(lessons)}", file=sys.stderr)
        return 2
    sys.argv = [str(lesson.path), *arguments[1:]]
    runpy.run_path(str(lesson.path), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
