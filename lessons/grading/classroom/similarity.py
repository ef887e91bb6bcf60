"""Which submissions resemble each other more than chance: by their syntax trees, whatever names are used.

A file becomes a row of statements in which every name the student chose is gone; so renaming, other comments,
another layout and another order of functions change nothing. A statement counts together with the one before
it. What the hand-out contains, and what many of the class have written, counts for nothing: a short exercise
has few solutions, and who finds the usual one has not copied. What is left of two submissions is compared.
A larger group is seen by what its members, and nobody else, have in common.

The method is that of Moss, with statements instead of windows of characters (S. Schleimer, D. Wilkerson,
A. Aiken, Winnowing: local algorithms for document fingerprinting, SIGMOD 2003). It shows where to look; it
proves nothing.
"""
from __future__ import annotations

import ast
import builtins
import hashlib
from collections import Counter, defaultdict
from itertools import combinations
from typing import Iterator, Mapping, NamedTuple, Sequence

COMMON, FEWEST = 0.10, 3            # what more of the class than this part, and this many, have is common
ENOUGH = 60                         # nodes that two submissions must share
QUOTED = 12                         # lines that are quoted of each shared part
KEPT = frozenset(dir(builtins)) | {"np", "numpy", "math", "self"}


class Unit(NamedTuple):
    """A statement after another one: a number for both, how large it is, and its lines."""

    code: str
    size: int
    first: int
    last: int


class Pair(NamedTuple):
    """Two submissions, what part of the smaller one is also in the other, and where."""

    a: str
    b: str
    part: float
    shared: int                                 # nodes
    places: list[tuple[str, list[tuple[range, range]]]]     # by exercise: lines of a, lines of b


def units(text: str) -> list[Unit]:
    """The units of a file; none if Python cannot read it."""
    try:
        tree = ast.parse(text)
        return [unit for block in blocks(tree) for unit in chain(block)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The statements of each function, and those outside all of them, without imports and docstrings."""
    loose: list[ast.stmt] = []
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield list(flat(node.body))
            waiting += [x for x in ast.walk(node) if x is not node and isinstance(x, ast.FunctionDef)]
        elif isinstance(node, ast.ClassDef):
            waiting += node.body
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            loose.append(node)
    yield list(flat(loose))


def flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, and those within them, in the order of the lines; no functions, strings or pass."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass, ast.Import,
                             ast.ImportFrom)):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield node
        for name in ("body", "orelse", "finalbody"):
            yield from flat(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from flat(handler.body)


def chain(statements: Sequence[ast.stmt]) -> Iterator[Unit]:
    """Each statement with the one before it."""
    before = ""
    for node in statements:
        code, size, last = plain(node)
        both = hashlib.blake2b(f"{before}\n{code}".encode("utf-8", "replace"), digest_size=9).hexdigest()
        yield Unit(both, size, node.lineno, last)
        before = code


def plain(node: ast.stmt) -> tuple[str, int, int]:
    """A statement without the student's names: as text, how many nodes it has, and its last line. Of a loop
    or an if this is the head alone."""
    words: list[str] = []
    last = node.lineno
    numbers: dict[str, str] = {}
    waiting: list[ast.AST] = [node]
    while waiting:
        x = waiting.pop()
        word = type(x).__name__
        if isinstance(x, (ast.Name, ast.arg)):
            name = x.id if isinstance(x, ast.Name) else x.arg
            word = name if name in KEPT else numbers.setdefault(name, f"_{len(numbers)}")
        elif isinstance(x, ast.Attribute):
            word = f".{x.attr}"
        elif isinstance(x, ast.Constant):
            word = repr(x.value)[:80]
        elif isinstance(x, ast.keyword):
            word = f"{x.arg}="
        words.append(word)
        last = max(last, getattr(x, "end_lineno", 0) or 0) if isinstance(x, ast.expr) else last
        skipped = ("body", "orelse", "finalbody", "handlers", "annotation") if isinstance(x, ast.stmt) else \
            ("annotation", "ctx")
        children = [child for name, value in ast.iter_fields(x) if name not in skipped
                    for child in (value if isinstance(value, list) else [value]) if isinstance(child,
                                                                                               ast.AST)]
        waiting += reversed(children)
    return " ".join(words), len(words), last


def pairs(handed_in: Mapping[str, Mapping[str, Sequence[Unit]]], given: Mapping[str, Sequence[Unit]],
          threshold: float = 0.5) -> list[Pair]:
    """The pairs of submissions that share at least ``threshold`` of what is their own, most alike first.

    Args:
        handed_in: for each submission its units by exercise.
        given: the units of the hand-out, by exercise.
    """
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, exercises in handed_in.items():
        for name, units_ in exercises.items():
            for unit in units_:
                holders[name, unit.code].add(key)
    stubs = {(name, unit.code) for name, units_ in given.items() for unit in units_}
    authors = Counter(name for exercises in handed_in.values() for name in exercises)
    usual = stubs | {(name, code) for (name, code), keys in holders.items()
              if len(keys) > max(FEWEST, COMMON * authors[name])}
    own = {key: sum(unit.size for name, units_ in exercises.items() for unit in units_
                    if (name, unit.code) not in usual) for key, exercises in handed_in.items()}
    sizes = {(name, unit.code): unit.size for exercises in handed_in.values()
             for name, units_ in exercises.items() for unit in units_}
    shared: Counter[tuple[str, str]] = Counter()
    for place, keys in holders.items():
        if place not in usual and len(keys) > 1:
            for pair in combinations(sorted(keys), 2):
                shared[pair] += sizes[place]
    found = {}
    for (a, b), size in shared.items():
        part = min(1.0, size / max(1, min(own[a], own[b])))
        if part >= threshold and size >= ENOUGH:
            found[a, b] = Pair(a, b, part, size, places(handed_in[a], handed_in[b], usual))
    totals = {key: sum(unit.size for units_ in exercises.values() for unit in units_)
              for key, exercises in handed_in.items()}
    for ring, together in rings(holders, stubs):
        size = sum(sizes[place] for place in together)
        members = sorted(key for key in ring if size >= max(2 * ENOUGH, threshold * totals[key]))
        for a, b in combinations(members, 2):
            if (a, b) not in found:
                part = min(1.0, size / min(totals[a], totals[b]))
                found[a, b] = Pair(a, b, part, size,
                                   places(handed_in[a], handed_in[b], set(holders) - together))
    return sorted(found.values(), key=lambda pair: (-pair.part, -pair.shared, pair.a, pair.b))


def rings(holders: Mapping[tuple[str, str], set[str]], stubs: set[tuple[str, str]]
          ) -> Iterator[tuple[frozenset[str], set[tuple[str, str]]]]:
    """Groups that have something in common which nobody else has, and what. What many find by themselves is
    found by other ones each time; where it is the same ones again and again, they have one source."""
    groups: dict[frozenset[str], set[tuple[str, str]]] = defaultdict(set)
    for place, keys in holders.items():
        if len(keys) > 1 and place not in stubs:
            groups[frozenset(keys)].add(place)
    yield from groups.items()


def places(a: Mapping[str, Sequence[Unit]], b: Mapping[str, Sequence[Unit]], usual: set[tuple[str, str]]
           ) -> list[tuple[str, list[tuple[range, range]]]]:
    """For each exercise the lines of one submission and those of the other that say the same."""
    found = []
    for name in a:
        there = {unit.code: unit for unit in b.get(name, ())}
        runs: list[tuple[range, range]] = []
        for unit in a[name]:
            other = there.get(unit.code)
            if other is None or (name, unit.code) in usual:
                continue
            mine, its = range(unit.first, unit.last + 1), range(other.first, other.last + 1)
            if runs and 0 <= mine.start - runs[-1][0].stop <= 3 and 0 <= its.start - runs[-1][1].stop <= 3:
                mine = range(runs[-1][0].start, mine.stop)
                its = range(runs[-1][1].start, its.stop)
                runs.pop()
            runs.append((mine, its))
        if runs:
            found.append((name, runs))
    return found


def quoted(text: str, lines: range) -> list[str]:
    """Lines of a file with their numbers, at most so many."""
    whole = text.splitlines()
    shown = [f"{number:4d}  {whole[number - 1]}" for number in lines if number <= len(whole)]
    return shown if len(shown) <= QUOTED else [*shown[:QUOTED], f"      … {len(shown) - QUOTED} more lines"]
