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
from .speech import spoken
from .steps import Step, steps_of, traced
from .svg import Box, svg_of
from .wording import brief, count, shape

MOST = 300              # operations that a page shows: a thousand steps
FLOW = 16               # characters that travel along an arrow


def page(loss: Tensor, path: str | os.PathLike[str], *, names: Mapping[str, Tensor] | None = None,
         title: str = "") -> Path:
    """Write a web page that plays the forward and the backward pass of ``loss``; returns its path.

    A single file that also works offline. Buttons, or → ← Home End and space to play; values and gradients
    appear where they flow, with the formula and the source line of each operation. Screen readers hear every
    step, and ``#step=7`` after the address opens step 7.

    Args:
        names: what to call leaves and results: ``{"w": w}``. By default the names of the caller's
            variables. Results without a name get letters.
        title: the headline; by default the expression.

    ``.grad`` and the graph stay as they are. Raises GraphError for more than 300 operations, when there
    is no graph, when ``loss`` is not a single number, or when the graph was freed and a leaf has changed
    since; DTypeError for anything but a Tensor; DataError when the file cannot be written.

    >>> import minigrad, tempfile
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
    drawing = svg_of([Box(v.kind, head_lines(v), value_lines(v), [lines for _, lines in g])
                      for v, g in zip(boxes, gradients)], edges, f"The graph of {graph.root.name}",
                     _described(graph))
    known = [len(scenes) if v.value is None else v.number for v in boxes]
    data = {"steps": scenes, "boxes": [{"known": k, "gradients": g} for k, g in zip(known, gradients)]}
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


def _scenes(graph: Graph, boxes: list[Vertex], told: list[Step]
            ) -> tuple[list[Scene], list[list[tuple[int, list[str]]]]]:
    """What each step shows; and for each box its gradients and from which step on."""
    at = {v.name: k for k, v in enumerate(boxes)}
    root = graph.root
    first = _scene("start", "the leaves are given", _names_of(graph.leaves), say=_opening(graph))
    scenes = [first]
    gradients: list[list[tuple[int, list[str]]]] = [[] for _ in boxes]
    for step in told:
        if step.phase == "backward" and len(scenes) == len(graph.results) + 1:
            assert root.value is not None
            gradients[at[root.name]].append((len(scenes), gradient_lines(np.ones_like(root.value))))
            scenes.append(_scene(
                "backward", "backward begins", f"∂{root.name}/∂{root.name} = 1", boxes=[at[root.name]],
                say=f"Backward begins: the derivative of {root.name} by itself is 1."))
        if step.phase == "backward":
            assert step.total is not None and step.input is not None
            gradients[at[step.input]].append((len(scenes), gradient_lines(step.total._array)))
        scenes.append(_forward(step, at) if step.phase == "forward" else _backward(step, at, graph))
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
        flow = shape(tuple(step.contribution.shape))
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
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{escape(headline)}</title>
<style>
{style}</style>
</head>
<body>
<div class="screen">
<header>
<h1>{escape(headline)}</h1>
<div class="controls" role="group" aria-label="steps">
{buttons}
<input type="range" id="at" min="0" max="{last}" value="0" aria-label="step">
<span id="count" aria-hidden="true">step 0 of {last}</span>
</div>
</header>
<main class="graph" id="graph" tabindex="0" aria-label="graph">
{drawing}
</main>
<section class="panel" id="panel" aria-label="this step">
<div class="zoom" role="group" aria-label="size of the graph">
{sizes}
</div>
<p id="phase"></p>
<p id="head-line"></p>
<dl id="rows"></dl>
<p id="code"></p>
</section>
</div>
<p class="unseen" id="say" role="status" aria-live="polite" aria-atomic="true"></p>
<details>
<summary>The whole walk as text</summary>
<pre>{escape(text)}</pre>
</details>
<noscript><p>Playing the steps needs JavaScript; the text above has all of them.</p></noscript>
<script type="application/json" id="walk">{walk}</script>
<script>
{script}</script>
</body>
</html>
"""
