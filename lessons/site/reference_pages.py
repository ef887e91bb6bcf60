"""The reference: a page for each public name, a table for each room, and what other libraries call it."""
from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, Sequence

from lessons.player.catalog import Lesson
from lessons.reference.docstrings import Part, first_sentence, parts_of
from lessons.reference.explained import exercises_of, lessons_of
from lessons.reference.names import Name, public_names

from .blocks import typeset
from .elsewhere import page as elsewhere_page
from .texts import literal

SPECIAL = re.compile(r"([\\*_|<>\[\]$#`~])")


def write_reference(folder: Path, lessons: Sequence[Lesson]) -> list[str]:
    """All pages; returns the names of those of the rooms, for the table of contents."""
    folder.mkdir(parents=True, exist_ok=True)
    rooms: dict[str, list[Name]] = {}
    for name in public_names():
        rooms.setdefault(name.room, []).append(name)
        (folder / f"{name.path}.md").write_text(page_of(name, lessons), encoding="utf-8")
    order = sorted(rooms, key=lambda room: (room != "minigrad", room))
    for room in order:
        (folder / f"room-{room}.md").write_text(room_page(room, rooms[room]), encoding="utf-8")
    (folder / "elsewhere.md").write_text(elsewhere_page(), encoding="utf-8")
    (folder / "index.md").write_text(index_page({room: rooms[room] for room in order}), encoding="utf-8")
    return [f"room-{room}" for room in order]


def plain(text: str) -> str:
    """A docstring's text as Markdown: ``code`` stays code, everything else means itself."""
    pieces = re.split(r"(``.+?``)", " ".join(text.split()))
    return "".join(
        piece[1:-1] if piece.startswith("``") else SPECIAL.sub(r"\\\1", piece) for piece in pieces
    )


def page_of(name: Name, lessons: Sequence[Lesson]) -> str:
    """The page of one name."""
    kind = "class" if inspect.isclass(name.value) else "function"
    blocks = [
        "---\norphan: true\n---",
        f"# {name.path.removeprefix('minigrad.')}",
        f'<p class="crumbs"><a href="index.html">Reference</a> › '
        f'<a href="room-{name.room}.html">{name.room}</a> › {kind}</p>',
        f"```python\n{_signature(name)}\n```",
    ]
    blocks += [_part(part) for part in parts_of(name.value.__doc__)]
    blocks.append(where(name, lessons))
    if inspect.isclass(name.value):
        blocks += methods(name.value)
    return "\n\n".join(blocks) + "\n"


def _signature(name: Name) -> str:
    """The call; one argument in each line where it is long."""
    text = f"{name.room}.{name.signature()}"
    if len(text) <= 76:
        return text
    head, _, rest = text.partition("(")
    arguments = re.split(r", (?![^(\[{]*[)\]}])", rest[:-1])
    return f"{head}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _part(part: Part) -> str:
    if part.kind == "text":
        return plain(part.text)
    if part.kind == "block":
        return typeset(part.text) or literal(part.text)
    if part.kind == "example":
        return f"```pycon\n{part.text}\n```"
    if part.kind == "table":
        return part.text.replace("``", "`")
    rows = "\n".join(
        f"- **{plain(key)}**: {plain(text)}" if key else f"- {plain(text)}" for key, text in part.items
    )
    return f"**{'Arguments' if part.text == 'Args' else part.text}**\n\n{rows}"


def where(name: Name, lessons: Sequence[Lesson]) -> str:
    """The lessons that explain it, exercises, other names, and its source."""
    known = {lesson.number: lesson for lesson in lessons}
    rows = [
        f"**Explained in** [lesson {n}, {known[n].title}](../lessons/{known[n].path.stem}.ipynb)"
        for n in lessons_of(name)
        if n in known
    ]
    rows += [
        f"**Write it yourself:** [exercise {entry.number}, {entry.title}](../exercises/{entry.file[:-3]}.md)"
        for entry in exercises_of(name)
    ]
    if name.aliases:
        rows.append("**Also** " + ", ".join(f"`{alias}`" for alias in name.aliases))
    file, line = name.source()
    if file:
        rows.append(f'**Source:** <a href="../source/{file[:-3]}.html#line-{line}">{file}, line {line}</a>')
    return ":::{admonition} More\n:class: know\n" + "\n".join(f"- {row}" for row in rows) + "\n:::"


def methods(cls: Any) -> list[str]:
    """The public methods that a class documents; for those of a class above it that has a page, a link."""
    pages = {name.value: name for name in public_names() if inspect.isclass(name.value)}
    found: dict[str, Any] = {}
    above = [pages[owner] for owner in cls.__mro__[1:] if owner in pages]
    for owner in reversed(cls.__mro__):
        if owner is cls or (owner.__module__.startswith("minigrad") and owner not in pages):
            found.update({key: value for key, value in vars(owner).items() if not key.startswith("_")})
    made = []
    for key, value in sorted(found.items()):
        target = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        target = target.fget if isinstance(target, property) else target
        doc = inspect.getdoc(target) if inspect.isfunction(target) else None
        if doc and not doc.startswith("Not here."):
            call = "" if isinstance(value, property) else _call(target)
            made.append(f"### {plain(key)}\n\n```python\n.{key}{call}\n```")
            made += [_part(part) for part in parts_of(doc)]
    links = ", ".join(f"[{plain(name.short)}]({name.path}.md)" for name in above)
    inherited = [f"Inherits the methods of {links}."] if above else []
    return [*inherited, *(["## Methods", *made] if made else [])]


def _call(function: Any) -> str:
    found = inspect.signature(function)
    bare = [
        p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values() if p.name != "self"
    ]
    text = str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    return re.sub(r"<(?:class|function) '?([\w.]+)'?(?: at 0x\w+)?>", r"\1", text)


def room_page(room: str, names: Sequence[Name]) -> str:
    """A room's names in a table, each with its first sentence."""
    import importlib

    doc = importlib.import_module(room).__doc__
    rows = [
        f"| [{plain(x.short)}]({x.path}.md) | {plain(first_sentence(x.value.__doc__))} |" for x in names
    ]
    return "\n".join(
        [
            f"# {room}",
            "",
            plain(first_sentence(doc)),
            "",
            "| name | what it is |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )


def index_page(rooms: dict[str, list[Name]]) -> str:
    """All names on one page, by room."""
    parts = [
        f"# Reference\n\n{sum(map(len, rooms.values()))} public functions and classes, by the module that "
        "one imports them from. `python -m minigrad help conv2d` prints the same in a terminal. "
        "[Coming from PyTorch, Keras or NumPy](elsewhere.md) says what is called differently."
    ]
    for room, names in rooms.items():
        links = " · ".join(f"[{plain(x.short)}]({x.path}.md)" for x in names)
        parts.append(f"## [{room}](room-{room}.md)\n\n{links}")
    tree = "\n".join(["elsewhere", *(f"{room} <room-{room}>" for room in rooms)])
    return "\n\n".join(parts) + f"\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
