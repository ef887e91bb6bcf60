"""How an operation and its derivative are written down.

An *entrywise* operation has a slope: each entry of the result depends on one entry of the input, so
that ∂L/∂x = g · ∂z/∂x, entry by entry. Any other operation has a flow: what becomes of the whole upstream
gradient g, as in ∂L/∂x = g @ wᵀ. In the texts, {x} is the input that ``forward`` calls x, {z} the result, {g}
the upstream gradient.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable

from ..autograd import Function

# How tightly a text binds: an operand that binds less gets parentheses.
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4


@dataclass(frozen=True)
class Formula:
    """The texts of one operation.

    Attributes:
        text: the operation, as in "{x} · {y}".
        rank: how tightly ``text`` binds.
        needs: how tightly each operand must bind to need no parentheses.
        slopes: for each input the derivative of one entry; empty for an operation that is not entrywise.
        flows: for each input its gradient in terms of {g}.
    """

    text: str
    rank: int = ATOM
    needs: tuple[int, ...] = ()
    slopes: dict[str, str] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)

    def write(self, operands: dict[str, tuple[str, int]]) -> str:
        """The operation with its operands, each given as its text and how tightly it binds."""
        placed = {}
        for k, (name, (text, rank)) in enumerate(operands.items()):
            need = self.needs[k] if k < len(self.needs) else 0
            placed[name] = f"({text})" if rank < need else text
        return tidy(fill(self.text, placed))


Rule = Formula | Callable[[Any], Formula]


def fill(template: str, names: dict[str, str]) -> str:
    """The template with {x} and the like replaced; anything else in braces stays."""
    return re.sub(r"\{(\w+)\}", lambda m: names.get(m[1], m[0]), template)


def tidy(text: str) -> str:
    """2·a as 2a, where a is one letter."""
    return re.sub(r"(?<![\w.)])(\d+)·([^\W\d_])(?![\w.(\[])", r"\1\2", text)


def infix(symbol: str, rank: int, left: str, right: str, strict: bool = False) -> Formula:
    """x + y and the like; ``left`` and ``right`` are the slopes. strict: x − (y − z) needs parentheses."""
    return Formula(f"{{x}} {symbol} {{y}}", rank, (rank, rank + strict), {"x": left, "y": right})


def call(name: str, slope: str = "", flow: str = "", options: str = "") -> Formula:
    """name(x), with one input."""
    return Formula(f"{name}({{x}}{options})", slopes={"x": slope} if slope else {},
                   flows={"x": flow} if flow else {})


def superscript(value: float) -> str:
    """An exponent: ², ⁻¹, or ^0.5 where there are no superscripts."""
    if value == int(value):
        return str(int(value)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"^{value:g}".replace("-", "−")


def unknown(op: Function) -> Formula:
    """A formula for an operation that is not in the table: its name, and what computes the gradient."""
    if op.variadic:
        return Formula(f"{op.name.lower()}({{xs}})", flows={"xs": f"by {op.name}.backward"})
    names = op.input_names
    method = "backward" if len(names) == 1 else "backward_{}"
    return Formula(f"{op.name.lower()}({', '.join(f'{{{n}}}' for n in names)})",
                   flows={n: f"by {op.name}.{method.format(n)}" for n in names})
