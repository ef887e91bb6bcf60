"""What the documents say, beside what the lessons compute: one form, listed and collected.

Beside a lesson lies its appendix, ``lessons/appendix/NAME.py``, which calls ``claim`` for each statement of a
document that the lesson has tested. The lesson runs it at its end, with its own variables.
``python -m lessons audit`` runs all lessons and writes their claims to AUDIT.md.
"""
from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

from ..player.catalog import FOLDER
from ..player.wrap import columns, wrap

COLLECT = "MINIGRAD_CLAIMS"        # an environment variable: the file to which claims are added
VERDICTS = ("right", "wrong", "ambiguous")
WIDTH = 100

TITLES = {
    "A": "AI大模型应用的技术创新与迭代 (Innovation and iteration in large-model applications)",
    "B": "大模型的技术演进与市场前景 (The evolution of large models and their market)",
    "C": "大型模型应用的四个关键方向 (Four key directions for large-model applications)",
    "D": "AI大模型应用的技术选型决策框架 (A framework for choosing large-model technology)",
    "E": "大模型：场景选择与落地应用 (Choosing scenarios and putting large models to work)",
}


class Claim(NamedTuple):
    """One statement of a document, tested."""

    where: str              # document and section, "A §4.1.1"
    about: str
    printed: str
    computed: str
    verdict: str            # right, wrong or ambiguous
    why: str
    seen: str = ""
    lesson: str = ""        # its number and name, "02 gradient_descent"

    def body(self) -> str:
        """What was printed, computed and seen, and why, in aligned columns."""
        rows = (("printed", self.printed), ("computed", self.computed), ("why", self.why),
                ("seen", self.seen))
        return "\n".join(_row(name, text) for name, text in rows if text)


def claim(where: str, about: str, *, printed: str, computed: str, verdict: str, shown: Any,
          why: str, seen: str = "") -> Claim:
    """A tested claim; it is added to the audit when one is being made.

    Args:
        where: document and section, as "A §4.1.1".
        about: what it is about, in a few words.
        printed: what the document says; computed: what the lesson found. Round numbers so that every
            machine prints the same. A line break starts a new line.
        verdict: "right", "wrong" or "ambiguous" (it can be read, or completed, in several ways).
        shown: whether the lesson's computation shows the verdict. Give the condition itself, for
            example ``loss_after > loss_before``; a claim that is not shown stops the lesson.
        why: the reason in one or two sentences; seen: what an experiment showed, if there was one.
    """
    if not re.fullmatch(r"[A-E] §\d+(\.\d+)*", where):
        raise ValueError(f"claim: where must be a document and a section such as 'A §4.1.1', got "
                         f"{where!r}.")
    if verdict not in VERDICTS:
        raise ValueError(f"claim: verdict must be one of {', '.join(VERDICTS)}, got {verdict!r}.")
    if not bool(shown):
        raise AssertionError(f"{where}, {about}: the computation does not show that it is {verdict}.")
    made = Claim(where, about, printed, _minus(computed), verdict, why, _minus(seen))
    collector = os.environ.get(COLLECT)
    if collector:
        with open(collector, "a", encoding="utf-8") as file:
            file.write(json.dumps(made._asdict(), ensure_ascii=False) + "\n")
    return made


def appendix(lesson: str, variables: Mapping[str, Any]) -> None:
    """Test what the documents say, with the variables of a lesson that has ended, and print one table.

    The lesson's variables are not changed. Raises AssertionError for a claim that they do not show.
    """
    path = FOLDER / "appendix" / f"{lesson}.py"
    claims: list[Claim] = []

    def listed(*arguments: Any, **named: Any) -> None:
        claims.append(claim(*arguments, **named))

    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {**variables, "claim": listed})
    print(f"\n{table(claims)}\nWhat is printed, what was computed, and why: {FOLDER.name}/AUDIT.md")


def table(claims: Sequence[Claim]) -> str:
    """One line for each claim, in 79 columns: where, what about, and the verdict."""
    lines = ["Appendix: what the documents say of this"]
    for x in claims:
        first, *others = wrap(x.about, 54)
        lines.append(f"  {x.where:10}{first}{' ' * (56 - columns(first))}{x.verdict}")
        lines += [" " * 12 + line for line in others]
    return "\n".join(lines)


def read_claims(path: Path, lesson: str) -> list[Claim]:
    """The claims that a run of ``lesson`` has left in ``path``."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Claim(**{**json.loads(line), "lesson": lesson}) for line in lines]


def _minus(text: str) -> str:
    """The sign − instead of the hyphen that Python prints before a number."""
    return re.sub(r"(?<![\w.-])-(?=[\d.])", "−", text)


def _row(name: str, text: str) -> str:
    lines = [part for line in text.splitlines()
             for part in wrap(line, WIDTH - 13)]
    return f"{name:11}" + ("\n" + " " * 11).join(lines)


# ── AUDIT.md ──────────────────────────────────────────────────────────────────────────────────────

def report(claims: Sequence[Claim]) -> str:
    """The text of AUDIT.md: all claims by document and section."""
    claims = sorted(claims, key=lambda x: (x.where[0], _section(x.where), x.lesson))
    parts = [_HEAD, _counts(claims)]
    for document, title in TITLES.items():
        mine = [x for x in claims if x.where[0] == document]
        if mine:
            parts.append(f"## Document {document}: {title}")
            parts += [_entry(x) for x in mine]
    return "\n\n".join(parts) + "\n"


_HEAD = """\
# The documents, audited

Every statement of the documents A to E that a lesson tests: what is printed, what the lesson computed,
the verdict, and why. *Ambiguous* is what can be read or completed in more than one way.

This file is written by `python -m lessons audit`, which runs the lessons; do not edit it by hand."""


def _section(where: str) -> tuple[int, ...]:
    return tuple(int(number) for number in where[3:].split("."))


def _counts(claims: Sequence[Claim]) -> str:
    rows = [[document, *(str(sum(x.where[0] == document and x.verdict == verdict for x in claims))
                         for verdict in VERDICTS)] for document in TITLES]
    rows.append(["all", *(str(sum(x.verdict == verdict for x in claims)) for verdict in VERDICTS)])
    lines = [" | ".join(row) for row in (["document", *VERDICTS], ["---", *["---:"] * 3], *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _entry(claim: Claim) -> str:
    number, _, name = claim.lesson.partition(" ")
    source = f"[lesson {number}]({number}_{name}.py)" if name else ""
    return (f"### {claim.where}, {claim.about}: {claim.verdict}\n\n```\n{claim.body()}\n```\n\n"
            f"{source}")
