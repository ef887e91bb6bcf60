"""The Python files of a submission, out of folders and zips, into memory and nowhere else.

A zip's names are never used as paths, so nothing can be written outside a folder. What is read is bounded,
whatever a zip says of itself. Links are not followed: what they point to is not the student's.
"""
from __future__ import annotations

import os
import re
import stat
import time
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Iterator, NamedTuple

ENTRIES, FILES = 5_000, 200               # entries that are looked at, and files that are read
FILE, WHOLE = 1_000_000, 10_000_000        # bytes of a file, and of all of a submission

JUNK = re.compile(r"__MACOSX|__pycache__|\..*|v?env|site-packages|node_modules", re.IGNORECASE)
CODE = re.compile(r".*\.py(\.txt)?", re.IGNORECASE)


class File(NamedTuple):
    """One file of a submission."""

    name: str                       # with the folders before it
    content: bytes
    modified: float                 # seconds since 1970


class Bounds:
    """How much of a submission was read. ``notes`` tells what was left out."""

    def __init__(self) -> None:
        self.files, self.bytes = 0, 0
        self.notes: list[str] = []

    def room(self, name: str, size: int) -> bool:
        """Whether a file of this size may be read."""
        if size > FILE:
            self.notes.append(f"{name} has more than {FILE:,} bytes; not read")
        elif self.files >= FILES or self.bytes + size > WHOLE:
            self.full()
        else:
            self.files, self.bytes = self.files + 1, self.bytes + size
            return True
        return False

    def full(self) -> None:
        """Note once that there is too much."""
        note = f"more than {FILES} files or {WHOLE:,} bytes of Python; the rest was not read"
        if note not in self.notes:
            self.notes.append(note)


def is_code(name: str) -> bool:
    """Whether a name is that of a Python file, or of a folder of them as a zip."""
    return bool(CODE.fullmatch(name)) or name.lower().endswith(".zip")


def read(path: Path, own: str = "") -> tuple[list[File], list[str]]:
    """The Python files at a path, a folder, a zip or a file, with notes on what was left out.

    Args:
        path: where they are; own: the name of a single file, where the path's name says more than that.
    """
    bounds = Bounds()
    try:
        if path.is_symlink():
            bounds.notes.append(f"{path.name} is a link; not followed")
            return [], bounds.notes
        if path.is_dir():
            return list(from_folder(path, bounds)), bounds.notes
        if path.suffix.lower() == ".zip":
            return list(from_zip(path, "", bounds)), bounds.notes
        return list(one_file(path, own or path.name, bounds)), bounds.notes
    except OSError as error:
        bounds.notes.append(f"{path.name} cannot be read: {error.strerror}")
        return [], bounds.notes


def one_file(path: Path, name: str, bounds: Bounds) -> Iterator[File]:
    """A plain file, not a link, a pipe or a device."""
    state = os.lstat(path)
    if not stat.S_ISREG(state.st_mode):
        bounds.notes.append(f"{name} is not a plain file; not read")
    elif bounds.room(name, state.st_size):
        with open(path, "rb") as file:
            yield File(name, file.read(FILE), state.st_mtime)


def from_folder(folder: Path, bounds: Bounds) -> Iterator[File]:
    """The files in a folder, those in zips as well."""
    seen = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not JUNK.fullmatch(name))
        for name in sorted(names):
            seen += 1
            if seen > ENTRIES:
                bounds.full()
                return
            path = Path(place, name)
            shown = path.relative_to(folder).as_posix()
            if name.lower().endswith(".zip") and stat.S_ISREG(os.lstat(path).st_mode):
                yield from from_zip(path, f"{shown}/", bounds)
            elif CODE.fullmatch(name) and not name.startswith("."):
                yield from one_file(path, shown, bounds)
            elif name.lower().endswith(".ipynb"):
                bounds.notes.append(f"{shown} is a notebook; only .py files are graded")


def from_zip(path: Path, before: str, bounds: Bounds) -> Iterator[File]:
    """The files in a zip. Refused are those that are damaged, locked, or hold too much."""
    what = before.rstrip("/") or path.name
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES:
                bounds.notes.append(f"{what} holds {len(entries):,} files; not read")
                return
            for entry in entries:
                name = entry.filename.replace("\\", "/")
                parts = PurePosixPath(name).parts
                if entry.is_dir() or not parts or any(JUNK.fullmatch(part) for part in parts if part != ".."):
                    continue
                link = stat.S_ISLNK(entry.external_attr >> 16)
                if link or name.startswith("/") or ".." in parts or ":" in parts[0]:
                    bounds.notes.append(f"{what}: {name} points outside the zip; not read")
                elif parts[-1].lower().endswith(".zip"):
                    bounds.notes.append(f"{what}: {name} is a zip within a zip; not read")
                elif CODE.fullmatch(parts[-1]) and bounds.room(name, entry.file_size):
                    with archive.open(entry) as file:
                        content = file.read(FILE + 1)           # whatever the zip says of its size
                    if len(content) <= FILE:
                        yield File(before + name, content, moment(entry))
                    else:
                        bounds.notes.append(f"{what}: {name} has more than {FILE:,} bytes; not read")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        why = "it has a password" if "password" in str(error) else "it is damaged"
        bounds.notes.append(f"{what} cannot be read: {why}")
    except Exception as error:                                  # zlib.error, lzma.LZMAError and their like
        bounds.notes.append(f"{what} cannot be read: {type(error).__name__}")


def moment(entry: zipfile.ZipInfo) -> float:
    """When a file in a zip was written, as the clock of the student's machine said."""
    try:
        return datetime(*entry.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return time.mktime((1980, 1, 1, 0, 0, 0, 0, 0, -1))


def text_of(content: bytes) -> tuple[str, str]:
    """The text of a file, and how it was written if not in UTF-8; some editors on Windows do as they like."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    told = re.match(rb"(?:.*\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", content)
    for name in ([told[1].decode("ascii", "replace")] if told else []) + ["cp1252"]:
        try:
            return content.decode(name), "" if told else "Windows-1252"
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("latin-1"), "Latin-1"
