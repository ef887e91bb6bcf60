"""The walk as a sequence of steps, each with its numbers and the texts that explain them."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Container, Iterator, Mapping

import numpy as np

from ..autograd import Tensor
from ..autograd.hooks import Retain
from ..autograd.source import SourceLine
from ..autograd.tensor import wrap
from ..backend.arrays import Array, is_array, to_numpy
from ..terminal.spelling import printable
from .formulas import ATOM, SUM, fill, tidy
from .graph import Graph, Vertex, graph_of
from .names import chosen_names
from .values import Values
from .walk import Contribution, entrywise, walk
from .wording import FULL, brief, count, number, shape

SHORT = 14              # characters up to which a slope is written out in a product
SINGLE = 24             # characters of the numbers beside a slope
TIMES = {2: "twice", 3: "three times"}


@dataclass(frozen=True)
class Step:
    """One operation computed, or one contribution to a gradient. Its tensors are outside the graph.

    Attributes:
        phase: "forward" or "backward".
        number: the operation's place in the order of computation, from 1.
        op: its name, "Mul".
        output: what its result is called; ``inputs``: what went in.
        statement: the operation, "a = x · y".
        calculation: the same in numbers, "2 · 3"; backward, "x.grad = 16 + 16 · 3".
        value: forward, the result; None if it is no longer known.
        input: backward, the input that gets the contribution.
        upstream: ∂loss/∂output.
        local: ∂output/∂input if one tensor can hold it, else None: an operation on whole matrices has as
            many derivatives as pairs of entries.
        derivative: the formula, "∂a/∂x = y = 3", or "∂loss/∂w = xᵀ @ g" with g the upstream gradient.
        contribution: what this operation adds to the input's gradient, in the input's shape.
        total: the input's gradient so far.
        use, uses: this is the input's 1st of 2 contributions.
        source: the line that called the operation: file, line, text.
        notes: anything else worth saying.

    >>> from minigrad.trace import steps
    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> first, last = steps(x ** 2)
    >>> last.upstream, last.local, last.total, last.derivative
    (tensor(1.), tensor(6.), tensor(6.), '∂loss/∂x = 2x = 6')
    """

    phase: str
    number: int
    op: str
    output: str
    inputs: tuple[str, ...]
    statement: str
    calculation: str
    source: SourceLine | None
    value: Tensor | None = None
    input: str | None = None
    upstream: Tensor | None = None
    local: Tensor | None = None
    derivative: str = ""
    contribution: Tensor | None = None
    total: Tensor | None = None
    use: int = 0
    uses: int = 0
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The abbreviated result of the calculation: the value, or the gradient so far."""
        outcome = self.value if self.phase == "forward" else self.total
        return "not kept" if outcome is None else brief(outcome._array)

    @property
    def place(self) -> str:
        """first.py:4, or "" if the line is unknown."""
        return "" if self.source is None else f"{PurePath(self.source.file).name}:{self.source.line}"

    def __str__(self) -> str:
        parts = [f"{self.phase} {self.number}", self.statement, self.derivative,
                 f"{self.calculation} = {self.shown}", *self.notes, self.place]
        return printable("   ".join(part for part in parts if part))

    def __repr__(self) -> str:
        return f"<Step {self}>"


def steps(loss: Tensor, *, names: Mapping[str, Tensor] | None = None) -> Iterator[Step]:
    """Every operation behind ``loss`` forward, then every contribution backward, one at a time.

    For stepping through a backward pass in a debugger, or in a loop of your own. ``.grad`` and the graph stay
    as they are, and hooks are not called. Works before ``backward``; after it the values are computed again
    from the leaves.

    Raises DTypeError for anything but a Tensor; GraphError when there is no graph, when ``loss`` is not a
    single number, or when the graph was freed and a leaf has changed since.

    >>> from minigrad.trace import steps
    >>> x, y = minigrad.tensor(2.0, requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    >>> loss = x * y
    >>> for step in steps(loss):
    ...     print(step.phase, step.statement, "|", step.calculation, "=", step.shown)
    forward loss = x · y | 2 · 3 = 6
    backward loss = x · y | x.grad = 1 · 3 = 3
    backward loss = x · y | y.grad = 1 · 2 = 2
    """
    return steps_of(*traced(loss, names, "steps"), "steps")


def traced(loss: Tensor, names: Mapping[str, Tensor] | None, who: str) -> tuple[Graph, Values]:
    """The named graph behind ``loss``, with its values."""
    graph = graph_of(loss, chosen_names(names), who)
    return graph, Values(graph)


def steps_of(graph: Graph, values: Values, who: str,
             told: Container[int] | None = None) -> Iterator[Step]:
    """The steps of a graph, or only those of the operations with these numbers.

    Errors are raised here, not at the first step.
    """
    contributions = walk(graph, values, who)

    def every() -> Iterator[Step]:
        for vertex in graph.results:
            if told is None or vertex.number in told:
                yield forward_step(vertex)
        for part in contributions:
            if told is None or part.result.number in told:
                yield backward_step(part, graph)
    return every()


def forward_step(vertex: Vertex) -> Step:
    """An operation and its result."""
    assert vertex.node is not None
    numbers = vertex.written([_in_numbers(v) for v in vertex.inputs if v is not None])
    return Step("forward", vertex.number, vertex.node.name, vertex.name, _names(vertex),
                vertex.statement(), numbers, vertex.node.source,
                value=None if vertex.value is None else wrap(vertex.value), notes=_hooks(vertex))


def backward_step(part: Contribution, graph: Graph) -> Step:
    """A contribution to a gradient, and the gradient so far."""
    vertex, node = part.result, part.result.node
    assert node is not None
    if entrywise(vertex.formula, node, part.index):
        derivative, calculation = _slope(part, graph.upstream)
    else:
        derivative, calculation = _flow(part, graph.root.name, graph.upstream)
    notes = _broadcast(part) + _used(part) + (_hooks(part.input) if part.use == part.input.uses else ())
    return Step("backward", vertex.number, node.name, vertex.name, _names(vertex), vertex.statement(),
                f"{part.input.name}.grad" + (f" = {calculation}" if calculation else ""), node.source,
                input=part.input.name, upstream=_outside(part.upstream),
                local=None if part.local is None else _outside(part.local), derivative=derivative,
                contribution=_outside(part.contribution), total=_outside(part.total),
                use=part.use, uses=part.input.uses, notes=notes)


def _outside(array: Array) -> Tensor:
    """A tensor outside the graph; NumPy's 0-d results are not arrays."""
    return wrap(array if is_array(array) else np.asarray(array))


def _names(vertex: Vertex) -> tuple[str, ...]:
    return tuple(v.name for v in vertex.inputs if v is not None)


def _in_numbers(vertex: Vertex) -> tuple[str, int]:
    """An operand as a number, or as its shape."""
    if vertex.value is None or vertex.shape is None:
        return vertex.operand()
    if vertex.inline:
        return vertex.operand()
    if to_numpy(vertex.value).size == 1:
        text = brief(vertex.value)
        return text, SUM if text.startswith("−") else ATOM
    return shape(vertex.shape), ATOM


def _slope(part: Contribution, g: str) -> tuple[str, str]:
    """For entrywise operations: "∂a/∂x = y = 3", and "16 + 16 · 3"."""
    slope = _filled(part, "slopes", g)
    name = f"∂{part.result.name}/∂{part.input.name}"
    value = "" if part.local is None else _single(part.local)
    constant = re.fullmatch(r"\(?[−\d./]+\)?", slope) is not None
    derivative = f"{name} = {slope}" + (f" = {value}" if value and not constant else "")
    if part.local is not None and value and part.upstream.size == part.total.size == 1:
        upstream, before = number(part.upstream.item()), ""
        if part.before is not None:
            upstream, before = _parenthesized(upstream), f"{number(part.before.item())} + "
        factor = slope if constant else _parenthesized(number(part.local.item()))
        return derivative, f"{before}{upstream} · {_parenthesized(factor)}"
    factor = slope if len(slope) <= SHORT and " for " not in slope else name
    product = {"1": g, "−1": f"−{g}"}.get(slope, f"{g} · {_parenthesized(factor)}")
    if part.summed:
        product = f"Σ {product}"
    return derivative, _added(part, product)


def _flow(part: Contribution, root: str, g: str) -> tuple[str, str]:
    """For operations on whole arrays: "∂loss/∂w = xᵀ @ g", and the same with shapes instead of names."""
    flow = _filled(part, "flows", g)
    sizes = {"z": shape(part.result.shape or ()), "g": shape(tuple(part.upstream.shape))}
    assert part.result.node is not None
    for name, vertex in zip(part.result.node.input_names, part.result.inputs):
        sizes[name] = "" if vertex is None else shape(vertex.shape or ())
    template = part.result.formula.flows.get(_parameter(part), "") if part.result.formula else ""
    calculation = fill(template, sizes) if "@" in template else ""
    return f"∂{root}/∂{part.input.name} = {flow}", _added(part, calculation)


def _added(part: Contribution, product: str) -> str:
    """What the gradient is made of; from the second contribution on, with what was there before."""
    if part.before is None:
        return product
    return f"{part.input.name}.grad + {product or 'this'}"


def _parameter(part: Contribution) -> str:
    """What forward calls the input."""
    node = part.result.node
    assert node is not None
    return node.input_names[0 if node.variadic else part.index]


def _filled(part: Contribution, kind: str, g: str) -> str:
    """The slope or the flow with the names of this call."""
    node, formula = part.result.node, part.result.formula
    assert node is not None and formula is not None
    names = {"z": part.result.name, "g": g}
    for name, vertex in zip(node.input_names, part.result.inputs):
        if vertex is not None:
            names[name] = _parenthesized(vertex.name)
    text = getattr(formula, kind).get(_parameter(part), f"by {node.name}.backward")
    return tidy(fill(text, names))


def _parenthesized(text: str) -> str:
    return f"({text})" if text.startswith("−") or " " in text else text


def _single(array: Array) -> str:
    """A derivative as one number if all its entries are equal, in full if that is short, else ""."""
    values = to_numpy(array)
    if values.size and (values == values.flat[0]).all():
        return number(values.flat[0])
    text = brief(values) if 0 < values.size <= FULL else ""
    return text if len(text) <= SINGLE else ""


def _broadcast(part: Contribution) -> tuple[str, ...]:
    """The note on a gradient that was summed because the input had been repeated."""
    if not part.summed:
        return ()
    dims = ", ".join(str(k) for k in part.summed)
    return (f"summed over dim {dims}: {part.input.name} {shape(part.input.shape or ())} was broadcast to "
            f"{shape(part.result.shape or ())}",)


def _used(part: Contribution) -> tuple[str, ...]:
    """The note at the last of several contributions."""
    uses = part.input.uses
    if uses < 2 or part.use < uses:
        return ()
    return (f"{part.input.name} is used {TIMES.get(uses, count(uses, 'time'))}: the parts add up",)


def _hooks(vertex: Vertex) -> tuple[str, ...]:
    """The note that backward would call a hook here."""
    hooks = vertex.node.hooks if vertex.node is not None else getattr(vertex.tensor, "_hooks", None)
    if not hooks or all(isinstance(hook, Retain) for hook in hooks.values()):
        return ()
    return (f"a hook waits at {vertex.name}: backward calls it, this walk does not",)
