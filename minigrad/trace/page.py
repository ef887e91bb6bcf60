"""The walk as a web page: a single file, without network, to play step by step."""
from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..autograd import Tensor
from ..errors import GraphError
from ..files.writing import write_atomically
from .boxes import arrows, chosen, gradient_lines, head_lines, value_lines
from .explain import explanation_of
from .graph import Graph, Vertex
from .heat import maps_of, table_of, uri
from .speech import spoken
from .steps import Step, steps_of, traced
from .svg import CHARACTER, Box, plans_of, svg_of
from .wording import brief, count

MOST = 300              # operations that a page shows: a thousand steps
FLOW = 8                # characters that travel along an arrow; instead of more, "grad"


def page(loss: Tensor, path: str | os.PathLike[str], *, names: Mapping[str, Tensor] | None = None,
         title: str = "") -> Path:
    """Write a web page that plays the forward and the backward pass of ``loss``; returns its path.

    A single file that also works offline, on a phone as on a projector, in light and in dark. Buttons, or
    → ← Home End and space to play; values and gradients appear where they flow, with the formula and the
    source line of each operation. Images (N, C, H, W) are heat maps, and a convolution shows its filter, a
    window and their product. Screen readers hear every step, and ``#step=7`` after the address opens step 7.

    Args:
        names: what to call leaves and results: ``{"w": w}``. By default the names of the caller's
            variables. Results without a name get letters.
        title: the headline; by default the expression.

    ``.grad`` and the graph stay as they are. Raises GraphError for more than 300 operations, when there
    is no graph, when ``loss`` is not a single number, or when the graph was freed and a leaf has changed
    since; DTypeError for anything but a Tensor; DataError when the file cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from minigrad.trace import page
    >>> x, y = minigrad.tensor(2.0, requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    >>> loss = (x * y + x) ** 2
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page(loss, Path(folder) / "backprop.html").name
    'backprop.html'
    """
    graph, values = traced(loss, names, "page")
    if len(graph.results) > MOST:
        raise GraphError(
            f"page: this graph has {count(len(graph.results), 'operation')}; a page stays readable up "
            f"to {MOST}. Use a smaller case (one sample, fewer layers, whole tensors instead of numbers), "
            "or read it with explain(loss, limit=20) or steps(loss).")
    told = list(steps_of(graph, values, "page"))
    boxes, _ = chosen(graph, MOST)
    scenes, gradients = _scenes(graph, boxes, told)
    edges = arrows(boxes)
    drawn = [Box(v.kind, head_lines(v), value_lines(v), [lines for _, lines, *_ in g],
                 (table_of(v.value) is not None) * (2 if g else 1)) for v, g in zip(boxes, gradients)]
    longest = max(len(scene["flow"]) for scene in scenes)
    plans = plans_of(drawn, edges, longest * CHARACTER * 0.85 + 16)
    drawing = svg_of(drawn, plans[0], f"The graph of {graph.root.name}", _described(graph))
    known = [len(scenes) if v.value is None else v.number for v in boxes]
    maps = [None if (table := table_of(v.value)) is None else uri(table) for v in boxes]
    data = {"steps": scenes, "plans": [plan.data() for plan in plans],
            "boxes": [{"known": k, "gradients": g, "map": m} for k, g, m in zip(known, gradients, maps)]}
    expression = graph.expression()
    headline = title or (f"{graph.root.name} = {expression}" if expression else
                         f"{graph.root.name}, after {count(len(graph.results), 'operation')}")
    text = explanation_of(graph, values, None)
    write_atomically(Path(path), _html(headline, drawing, data, text).encode())
    return Path(path)


def _described(graph: Graph) -> str:
    """The graph in words, for those who cannot see it."""
    parts = [f"Leaves: {', '.join(v.name for v in graph.leaves)}."]
    shown = graph.results if len(graph.results) <= 40 else graph.results[-40:]
    if len(shown) < len(graph.results):
        parts.append(f"The last 40 of {len(graph.results)} operations:")
    parts += [f"{spoken(v.statement())}." for v in shown]
    return " ".join(parts)


Scene = dict[str, Any]
Reached = tuple[int, list[str]] | tuple[int, list[str], str]    # from which step on, the lines, the heat map


def _scenes(graph: Graph, boxes: list[Vertex], told: list[Step]) -> tuple[list[Scene], list[list[Reached]]]:
    """What each step shows; and for each box its gradients."""
    at = {v.name: k for k, v in enumerate(boxes)}
    root = graph.root
    first = _scene("start", "the leaves are given", _names_of(graph.leaves), say=_opening(graph))
    scenes = [first]
    gradients: list[list[Reached]] = [[] for _ in boxes]
    for step in told:
        if step.phase == "backward" and len(scenes) == len(graph.results) + 1:
            assert root.value is not None
            gradients[at[root.name]].append((len(scenes), gradient_lines(np.ones_like(root.value))))
            scenes.append(_scene(
                "backward", "backward begins", f"∂{root.name}/∂{root.name} = 1", boxes=[at[root.name]],
                say=f"Backward begins: the derivative of {root.name} by itself is 1."))
        if step.phase == "backward":
            assert step.total is not None and step.input is not None
            lines, table = gradient_lines(step.total._array), table_of(step.total._array)
            gradients[at[step.input]].append(
                (len(scenes), lines) if table is None else (len(scenes), lines, uri(table)))
        scene = _forward(step, at) if step.phase == "forward" else _backward(step, at, graph)
        maps = maps_of(step, graph.results[step.number - 1])
        scenes.append({**scene, "maps": [m.data() for m in maps]} if maps else scene)
    return scenes, gradients


def _scene(phase: str, title: str, head: str, rows: list[tuple[str, str]] | None = None, say: str = "",
           boxes: list[int] | None = None, edges: list[tuple[int, int]] | None = None, flow: str = "",
           code: str = "") -> Scene:
    return {"phase": phase, "title": title, "head": head, "rows": rows or [], "say": say,
            "boxes": boxes or [], "edges": edges or [], "flow": flow, "code": code}


def _names_of(vertices: list[Vertex]) -> str:
    names = [v.name for v in vertices]
    return ", ".join(names) if len(names) <= 8 else ", ".join([*names[:8], "…"])


def _opening(graph: Graph) -> str:
    return (f"The graph of {graph.root.name}: {count(len(graph.results), 'operation')}. "
            f"The leaves are given: {_names_of(graph.leaves)}.")


def _forward(step: Step, at: dict[str, int]) -> Scene:
    box = at[step.output]
    rows = [("in numbers", f"{step.calculation} = {step.shown}"), *[("note", n) for n in step.notes]]
    say = (f"Forward, operation {step.number}. {spoken(f'{step.statement} = {step.shown}')}. "
           f"{_spoken_notes(step)}")
    return _scene("forward", f"forward, operation {step.number}", step.statement, rows, say, [box],
                  sorted({(at[name], box) for name in step.inputs if name in at}), code=_code(step))


def _backward(step: Step, at: dict[str, int], graph: Graph) -> Scene:
    assert step.upstream is not None and step.contribution is not None and step.input is not None
    box, receiver = at[step.output], at[step.input]
    upstream = f"∂{graph.root.name}/∂{step.output} = {brief(step.upstream._array)}"
    rows = [("upstream", upstream if step.upstream.numel() == 1 else f"{upstream}   ({graph.upstream})"),
            ("derivative", step.derivative), ("gradient", f"{step.calculation} = {step.shown}"),
            *[("note", n) for n in step.notes]]
    say = (f"Backward, operation {step.number}, {spoken(step.statement)}. {spoken(upstream)}. "
           f"{spoken(step.derivative)}. {spoken(f'{step.calculation} = {step.shown}')}. "
           f"{_spoken_notes(step)}")
    flow = brief(step.contribution._array)
    if len(flow) > FLOW:
        flow = "grad"
    return _scene("backward", f"backward, operation {step.number}: to {step.input}", step.statement, rows,
                  say, [box, receiver], [(receiver, box)], flow, _code(step))


def _spoken_notes(step: Step) -> str:
    return " ".join(f"{spoken(note)}." for note in step.notes)


def _code(step: Step) -> str:
    text = step.source.text if step.source is not None else ""
    return f"{step.place}  {text}".strip()


def _html(headline: str, drawing: str, data: dict[str, Any], text: str) -> str:
    """The page. Nothing from outside is inserted as markup or can end the script that contains it."""
    folder = Path(__file__).parent
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = (folder / "page.js").read_text(encoding="utf-8")
    walk = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    last = len(data["steps"]) - 1
    buttons = "".join(
        f'<button type="button" id="{id}" aria-keyshortcuts="{key}" title="{title}">{label}</button>'
        for id, key, title, label in (
            ("first", "Home", "to the first step (Home)", "First"),
            ("back", "ArrowLeft", "one step back (←)", "← Back"),
            ("play", "Space", "play or pause (space)", "Play"),
            ("next", "ArrowRight", "one step on (→)", "Next →"),
            ("last", "End", "to the last step (End)", "Last")))
    sizes = "".join(
        f'<button type="button" id="{id}" title="{title}" aria-label="{title}">{label}</button>'
        for id, title, label in (("smaller", "smaller", "−"), ("whole", "the whole graph", "fit"),
                                 ("larger", "larger", "+")))
    return (folder / "page.html").read_text(encoding="utf-8").format(
        headline=escape(headline), style=style, buttons=buttons, last=last, drawing=drawing, sizes=sizes,
        text=escape(text), walk=walk, script=script)
