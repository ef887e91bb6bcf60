"""The walk in words and numbers, in columns that line up."""
from __future__ import annotations

from typing import Mapping, Sequence

from ..autograd import Tensor
from ..terminal.spelling import printable
from .graph import Graph
from .steps import Step, steps_of, traced
from .values import Values
from .wording import count, shortened

LIMIT = 60                  # operations that are shown
LONG = 24                   # characters up to which a statement fits beside its derivatives
WIDEST = 64                 # characters up to which an entry pushes the next column to the right
GAP = "   "
WIDTH = 110                 # characters of a line; in a longer one the result goes below
SOURCE = 60                 # characters of a source line


class Explanation(str):
    """A text that a Python prompt shows without quotes; printed, it is ``printable``.

    >>> from minigrad.trace.explain import Explanation
    >>> Explanation("two" + chr(10) + "lines")
    two
    lines
    """

    __slots__ = ()

    def __str__(self) -> str:
        return printable(super().__str__())

    __repr__ = __str__


def explain(loss: Tensor, *, names: Mapping[str, Tensor] | None = None,
            limit: int | None = LIMIT) -> Explanation:
    """How ``loss`` was computed and where each gradient comes from, step by step, as a text.

    Forward, every operation has a number, a formula and a value. Backward, from ∂loss/∂loss = 1, every
    operation passes on its upstream gradient: times the local derivative if it works entry by entry,
    otherwise as its formula says (g is the upstream gradient). A tensor that is used several times gets the
    sum.

    Args:
        names: what to call leaves and results: ``{"w": w}``. By default the names of the caller's
            variables. Results without a name get letters.
        limit: of a longer graph only this many operations are shown, the first and the last ones; None shows
            all.

    A prompt or a notebook shows the result directly; in a script, ``print(explain(loss))``. ``.grad`` and the
    graph stay as they are: this is a walk of its own, and hooks are not called. Raises DTypeError for
    anything but a Tensor; GraphError when there is no graph, when ``loss`` is not a single number, or when
    the graph was freed and a leaf has changed since.

    >>> from minigrad.trace import explain
    >>> x, y = minigrad.tensor(2.0, requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    >>> loss = x * y + x
    >>> explain(loss)                                                       # doctest: +ELLIPSIS
    loss = x·y + x   ...
    <BLANKLINE>
    forward
      1  a = x · y      2 · 3 = 6
      2  loss = a + x   6 + 2 = 8
    <BLANKLINE>
    backward, from ∂loss/∂loss = 1
      2  loss = a + x   ∂loss/∂a = 1    a.grad = 1 · 1     = 1
                        ∂loss/∂x = 1    x.grad = 1 · 1     = 1
      1  a = x · y      ∂a/∂x = y = 3   x.grad = 1 + 1 · 3 = 4   x is used twice: the parts add up
                        ∂a/∂y = x = 2   y.grad = 1 · 2     = 2
    """
    return Explanation(explanation_of(*traced(loss, names, "explain"), limit))


def explanation_of(graph: Graph, values: Values, limit: int | None) -> str:
    """The text for a graph whose values are known."""
    total, root = len(graph.results), graph.root.name
    kept = _kept(total, limit)
    told = list(steps_of(graph, values, "explain", kept))
    forward = [s for s in told if s.phase == "forward"]
    backward = [s for s in told if s.phase == "backward"]
    one_line = len({s.source for s in forward}) == 1
    lines = [_title(graph, forward[0] if one_line else None)]
    lines += [f"  {text}" for text in graph.abbreviated()]
    if values.freed:
        lines.append("backward has freed the graph: the values were computed again from the leaves")
    lines += ["", "forward", *_cut(forward, _forward_rows(forward, not one_line), total - len(kept))]
    arrays = any(s.upstream is not None and s.upstream.numel() != 1 for s in backward)
    lines += ["", f"backward, from ∂{root}/∂{root} = 1"
              + (f"; {graph.upstream} is the upstream gradient, ∂{root}/∂(the result)" if arrays else "")]
    return "\n".join(lines + _cut(backward, _backward_rows(backward), total - len(kept)))


def _title(graph: Graph, only: Step | None) -> str:
    expression = graph.expression()
    title = f"{graph.root.name} = {expression}" if expression else \
        f"{graph.root.name}, after {count(len(graph.results), 'operation')}"
    return title if only is None or not only.place else f"{title}{GAP}{_source(only)}"


def _source(step: Step) -> str:
    text = shortened(step.source.text, SOURCE) if step.source is not None else ""
    return f"{step.place}  {text}".rstrip()


def _kept(total: int, limit: int | None) -> set[int]:
    """The numbers of the operations to show: the first and the last ones."""
    if limit is None or total <= limit:
        return set(range(1, total + 1))
    first = limit // 2
    return set(range(1, first + 1)) | set(range(total - (limit - first) + 1, total + 1))


def _cut(told: Sequence[Step], rows: Sequence[str], left_out: int) -> list[str]:
    """The rows, with a line for those left out."""
    out: list[str] = []
    for k, row in enumerate(rows):
        if k and abs(told[k].number - told[k - 1].number) > 1:
            out.append(f"     … {count(left_out, 'operation')} left out; "
                       "explain(loss, limit=None) shows all, steps(loss) yields them one by one")
        out.append(row)
    return out


def _forward_rows(told: Sequence[Step], sources: bool) -> list[str]:
    rows = [[s.statement, s.calculation, f"= {s.shown}", "; ".join(s.notes)] for s in told]
    lines = _aligned([s.number for s in told], rows, joined=1)
    if not sources:
        return lines
    begin, last = max(len(line) for line in lines if len(line) <= WIDEST or line == lines[0]), None
    for k, step in enumerate(told):
        room = WIDTH - max(begin, len(lines[k].rpartition("\n")[2])) - len(GAP)
        if step.source != last and room >= len(step.place):
            lines[k] = lines[k].ljust(begin) + GAP + shortened(_source(step), room)
        last = step.source
    return lines


def _backward_rows(told: Sequence[Step]) -> list[str]:
    """The derivatives beside each operation, or below it if statements are long."""
    below = any(len(s.statement) > LONG for s in told)
    first = [k == 0 or told[k - 1].number != s.number for k, s in enumerate(told)]
    rows = [[s.statement if begins and not below else "", s.derivative, s.calculation, f"= {s.shown}",
             "; ".join(s.notes)] for s, begins in zip(told, first)]
    lines = _aligned([s.number if begins and not below else 0 for s, begins in zip(told, first)], rows,
                     joined=2)
    if below:
        digits = len(str(told[0].number))
        lines = [f"  {s.number:>{digits}}  {s.statement}\n{line}" if begins else line
                 for s, line, begins in zip(told, lines, first)]
    return lines


def _aligned(numbers: Sequence[int], rows: Sequence[Sequence[str]], joined: int) -> list[str]:
    """Rows as lines. After column ``joined`` comes a result, " = 6", one blank away, then a note. In a
    long line the note goes below, or the result with it."""
    widths = [max((len(row[k]) for row in rows if len(row[k]) <= WIDEST), default=0)
              for k in range(len(rows[0]))]
    digits = len(str(max(numbers))) if any(numbers) else 2
    lines = []
    for n, row in zip(numbers, rows):
        line = f"  {n if n else '':>{digits}}  "
        for k, entry in enumerate(row):
            gap = " " if k == joined + 1 else GAP if k else ""
            below = k > joined and entry and len(line) + len(gap + entry) > WIDTH
            if below:
                begin = digits + 4 + sum(width + len(GAP) for width in widths[:joined])
                line = f"{line.rstrip()}\n{'':{max(4, min(begin, WIDTH - len(entry)))}}{entry}"
            else:
                line += gap + entry.ljust(widths[k] if k <= joined + 1 else 0)
        lines.append(line.rstrip())
    return lines
