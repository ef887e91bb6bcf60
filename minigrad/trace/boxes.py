"""What the boxes of a picture say, and which boxes and arrows there are."""
from __future__ import annotations

import re
from textwrap import wrap

from ..backend.arrays import Array
from .graph import Graph, Vertex
from .wording import boxed, shape, shortened

LONGEST = 34                # characters of a line in a box


def chosen(graph: Graph, most: int) -> tuple[list[Vertex], int]:
    """The vertices that get a box, inputs before results, and how many operations are left out."""
    results = graph.results[-most:]
    inputs = {v for r in results for v in r.inputs if v is not None and v.node is None and not v.inline}
    kept = [v for v in graph.leaves + graph.constants if v in inputs]
    return kept + results, len(graph.results) - len(results)


def arrows(boxes: list[Vertex]) -> list[tuple[int, int]]:
    """Pairs of an input and a result, by their places in the list."""
    at = {v: k for k, v in enumerate(boxes)}
    return sorted({(at[s], at[v]) for v in boxes for s in v.inputs if s is not None and s in at})


def head_lines(vertex: Vertex) -> list[str]:
    """The operation, broken before its signs if it is long; or a leaf's name and shape."""
    if vertex.node is None:
        sizes = f" {shape(vertex.shape)}" if vertex.shape else ""
        head = shortened(vertex.name, LONGEST - len(sizes)) + sizes
        return [head, shortened(vertex.full, LONGEST)] if vertex.full else [head]
    whole = re.sub(r"(?<=\d), (?=\d)", ",\u00a0", re.sub(r" ([+−·/@]) ", " \\1\u00a0", vertex.statement()))
    lines = wrap(whole, LONGEST)
    lines = lines[:2] + [f"{lines[2]} …"] if len(lines) > 3 else lines
    return [line.replace("\u00a0", " ") for line in lines]


def value_lines(vertex: Vertex) -> list[str]:
    """The value, if known, and the shape unless the head has it."""
    if vertex.shape is None:
        return ["no longer known"]
    if vertex.value is None:
        return [f"{shape(vertex.shape)}  value not kept" if vertex.shape else "value not kept"]
    return _without_shape(boxed(vertex.value)) if vertex.node is None else boxed(vertex.value)


def gradient_lines(gradient: Array) -> list[str]:
    """The gradient; its shape is that of the value."""
    first, *others = _without_shape(boxed(gradient))
    return [f"grad {first}", *others]


def _without_shape(lines: list[str]) -> list[str]:
    return [lines[0].partition("  ")[2], *lines[1:]] if lines[0].startswith("(") else lines
