"""Pages of mistakes: an example that all others begin with, and a section for each, with what it prints."""
from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """A section: its title, what stands below that, the example, and the message that it gives."""

    title: str
    about: re.Match[str]
    code: str
    message: str


def setup(page: Path) -> str:
    """What each example begins with."""
    return page.read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0]


def entries(page: Path, heading: str, about: str) -> list[Entry]:
    """The sections under such a heading ("##") in which a line begins as ``about`` says."""
    found = []
    for section in page.read_text(encoding="utf-8").split(f"\n{heading} ")[1:]:
        match = re.search(f"\n{about}", section)
        if match is not None:
            code, message = re.findall(r"```(?:python)?\n(.*?)\n```", section, re.DOTALL)
            found.append(Entry(section.partition("\n")[0], match, code, message))
    return found
