"""Which slashes of a formula are fractions: those whose two sides are certain. The others stay slashes."""
from __future__ import annotations

from typing import NamedTuple

RELATIONS = set("=≈<>≤≥←→≠∈∝")
LOOSE = RELATIONS | set("+−±∓,;:…⊙@∗⊕→|?⇒")  # nothing of a product reaches over these
PRODUCTS = set("·×")


class Part(NamedTuple):
    """A piece of MathML; what it is decides which fractions are certain."""

    kind: str  # atom, sign, large, function, slash
    markup: str
    start: int
    end: int
    sign: str = ""
    inside: str = ""  # of a group in parentheses: what stands in it
    derivative: bool = False


def fractions(parts: list[Part]) -> list[Part]:
    """With fractions instead of slashes, where both sides are certain; the others stay slashes."""
    made: list[Part] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.kind == "slash" and made and at + 1 < len(parts):
            tight = made[-1].end == part.start and part.end == parts[at + 1].start
            first = _numerator(made, tight)
            last = _denominator(parts, at + 1, tight)
            if first is not None and last is not None:
                over, under = made[first:], parts[at + 1 : last]
                fraction = f"<mfrac>{_side(over)}{_side(under)}</mfrac>"
                made[first:] = [Part("atom", fraction, over[0].start, under[-1].end)]
                at = last
                continue
        made.append(part)
        at += 1
    return made


def _numerator(parts: list[Part], tight: bool) -> int | None:
    """Where the numerator begins that ends here; None if that is not certain."""
    at = len(parts)
    while at and (parts[at - 1].kind in ("atom", "function", "large") or parts[at - 1].sign in PRODUCTS):
        if (
            tight
            and at < len(parts)
            and (parts[at - 1].end != parts[at].start or parts[at - 1].sign in PRODUCTS)
        ):
            break
        at -= 1
    run = parts[at:]
    before = parts[at - 1] if at else None
    if not run or run[0].sign or any(part.kind == "large" for part in run):
        return None
    if before is not None and (
        before.kind in ("slash", "large", "function") or before.sign and before.sign not in LOOSE | PRODUCTS
    ):
        return None
    applied = [a for a, b in zip(run, run[1:] + run[-1:]) if a.kind == "function" and a.end != b.start]
    return None if applied or run[-1].kind != "atom" else at


def _denominator(parts: list[Part], at: int, tight: bool) -> int | None:
    """Where the denominator ends that begins here; None if that is not certain."""
    end = at
    while (
        end < len(parts)
        and parts[end].kind in ("atom", "function")
        and (
            end == at
            or parts[end - 1].end == parts[end].start
            or parts[at].derivative
            and parts[end].derivative
        )
    ):
        end += 1
    run = parts[at:end]
    if (
        not run
        or run[-1].kind != "atom"
        or any(a.kind == "function" and a.end != b.start for a, b in zip(run, run[1:]))
    ):
        return None
    after = parts[end] if end < len(parts) else None
    if after is not None and (after.kind == "slash" or not tight and after.kind != "sign"):
        return None
    return end


def _side(parts: list[Part]) -> str:
    if len(parts) == 1 and parts[0].inside:
        return parts[0].inside
    return parts[0].markup if len(parts) == 1 else f"<mrow>{''.join(part.markup for part in parts)}</mrow>"
