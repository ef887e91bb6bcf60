"""What grading one submission has left: a file of JSON that all reports are made from."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Iterable, Sequence

from minigrad.files.replacing import replacing

from .reading import File

VERSION = 1                             # counted up when a record changes its form
Record = dict[str, Any]


def digest(files: Iterable[File], settings: Sequence[Any]) -> str:
    """A number for what is graded and how; another one when any of it changes."""
    total = hashlib.sha256(json.dumps([VERSION, *settings]).encode())
    for file in sorted(files):
        total.update(json.dumps([file.name, len(file.content), file.modified]).encode() + file.content)
    return total.hexdigest()


def write_whole(path: Path, content: str, encoding: str = "utf-8") -> None:
    """Write a file so that it is there whole or not at all, whenever the power goes."""
    with replacing(path) as file:
        file.write(content.encode(encoding))


def load(path: Path) -> Record | None:
    """A record that was written before; None if there is none that can be read."""
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        return record if record["version"] == VERSION and record["digest"] else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def dumps(record: Record) -> str:
    """A record as JSON. What isn't Unicode, such as half of a pair, is replaced."""
    return json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode("utf-8") + "\n"
