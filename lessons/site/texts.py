"""The text of a lesson for the book: formulas typeset, the lessons and exercises that it names linked."""
from __future__ import annotations

import ast
import re
from typing import Callable

from .blocks import typeset

Link = Callable[[str, int], str]  # "lesson" or "exercise" and its number: where its page is, or ""


def for_book(text: str, link: Link) -> str:
    """A text cell's Markdown, block by block."""
    return "\n\n".join(_block(block, link) for block in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """The blocks of a text, split at empty lines, but not within fenced code."""
    made: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if made and made[-1].startswith("```") and made[-1].count("```") % 2:
            made[-1] += f"\n\n{block}"
        else:
            made.append(block)
    return made


def _block(block: str, link: Link) -> str:
    if block.startswith("```"):
        return block
    if block.startswith("    "):
        return typeset(block) or literal(block)
    return linked(block, link)


def literal(block: str) -> str:
    """An indented block as it is, in colors if it is Python."""
    lines = block.splitlines()
    inner = "\n".join(line[4:] for line in lines)
    return f"```{'python' if is_code(inner) else 'text'}\n{inner}\n```"


def is_code(text: str) -> bool:
    """Whether a text is Python that does something, and not words that Python could read."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return False
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in body)


def linked(text: str, link: Link) -> str:
    """With "lesson 9 (losses)" and "exercise 4" as links, outside of code."""

    def place(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        target = link(found["kind"].lower(), int(found["number"]))
        return f"[{found[0]}]({target})" if target else found[0]

    return re.sub(
        r"(?P<code>`[^`]*`|\[[^]]*\]\([^)]*\))"
        r"|\b(?P<kind>[Ll]esson|[Ee]xercise)\s+(?P<number>\d+)(?:\s+\([^()]*\))?",
        place,
        text,
    )
