"""Functions that work entry by entry, each a line of a table from which all else is made.

    tan = pointwise("tan", "tan(x)", np.tan, "1 + z²", lambda g, z: g * (1 + z * z),
                    "The tangent of x in radians.", "[0.0, 1.0]", "[0.    , 1.5574]")

reads: z = tan x is computed by ``np.tan``. Its slope ∂z/∂x is 1 + z², so the gradient ∂L/∂x is
g · (1 + z²), where g is the upstream gradient ∂L/∂z. The rule names what it needs of x and z, and only that
is saved. It is written with operators, so that it works on arrays and, under ``create_graph=True``, on
Tensors. The last three texts are the docstring and its example.

From the line come the operation (a Function named Tan), the function, the method of Tensor, the docstring and
the formula that ``trace`` shows. The tests find the line in TABLE and check its rule against measured slopes.
"""
from __future__ import annotations

import sys
from inspect import signature
from typing import Any, Callable, ClassVar, NamedTuple

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from .attach import attach


Entrywise = Callable[..., Any]          # the type of what the table makes


class Line(NamedTuple):
    """What the table says of an operation: the texts of its formula, and for each input of its slope."""

    formula: str
    slopes: dict[str, str]


TABLE: dict[type[Function], Line] = {}


class Pointwise(Function):
    """z = f(x), entry by entry."""

    __slots__ = ()
    promote = "float"
    compute: ClassVar[Any]              # NumPy's function: x → z
    rule: ClassVar[Any]                 # g and what it names of x and z → ∂L/∂x
    kept: ClassVar[slice]               # which of (x, z) the rule names

    def forward(self, x: Array) -> Array:
        if self.promote:
            with np.errstate(all="ignore"):     # ±inf and nan without a warning, as in PyTorch
                z = self.compute(x)
        else:                                   # rounding and signs never warn
            z = self.compute(x)
        self.saved = (x, z)[self.kept]
        return z

    def backward(self, g: Any) -> Any:
        return self.rule(g, *self.saved)


class Pairwise(Function):
    """z = f(x, y), entry by entry, with broadcasting."""

    __slots__ = ()
    promote = "float"
    compute: ClassVar[Any]
    rules: ClassVar[tuple[Any, Any]]    # for ∂L/∂x and ∂L/∂y
    kept: ClassVar[slice]               # how many of (x, y, z) they name

    def forward(self, x: Array, y: Array) -> Array:
        if self.promote == "float":
            with np.errstate(all="ignore"):
                z = self.compute(x, y)
        else:
            z = self.compute(x, y)
        self.saved = (x, y, z)[self.kept]
        return z

    def backward_x(self, g: Any) -> Any:
        return self.rules[0](g, *self.saved)

    def backward_y(self, g: Any) -> Any:
        return self.rules[1](g, *self.saved)


def pointwise(name: str, formula: str, compute: Any, slope: str, rule: Any, about: str, given: str,
              printed: str, *, keeps_dtype: bool = False, functional: bool = False) -> Entrywise:
    """The function of one line; see above.

    Args:
        name: of the function; where the operation is spelled in a way of its own ("SiLU"), that.
        compute: takes an array, and with ``keeps_dtype`` also arrays of integers and booleans.
        slope: ∂z/∂x as a text, as ``trace`` shows it.
        rule: the gradient from g and, by these names, x or z or both.
        keeps_dtype: integers stay integers, instead of being converted to the default floating dtype.
        functional: in ``nn.functional`` only; not a method of Tensor.
    """
    named = signature(rule).parameters
    title, name = name if name[0].isupper() else name.capitalize(), name.lower()
    op = type(title, (Pointwise,), {
        "__slots__": (), "__doc__": f"z = {formula};  ∂z/∂x = {slope}.", "compute": staticmethod(compute),
        "rule": staticmethod(rule), "promote": False if keeps_dtype else "float",
        "kept": slice("x" not in named, 1 + ("z" in named))})
    TABLE[op] = Line(formula, {"x": slope})

    def function(input: Any) -> Any:
        return op()(input)
    about += "" if keeps_dtype else " Integers give floats."
    call = (f"minigrad.nn.functional.{name}(minigrad.tensor({given}))" if functional else
            f"minigrad.tensor({given}).{name}()")
    return _named(function, op, name, f"{about}\n\n    >>> {call}\n    tensor({printed})\n    ", functional)


def pairwise(name: str, formula: str, compute: Any, slopes: tuple[str, str], rules: tuple[Any, Any],
             about: str, given: tuple[str, str], printed: str, *,
             keeps_dtype: bool = False) -> Entrywise:
    """The same for a function of x and y; the two rules name (g, x, y), (g, x, y, z) or g alone."""
    op = type(name.capitalize(), (Pairwise,), {
        "__slots__": (), "__doc__": f"z = {formula};  ∂z/∂x = {slopes[0]},  ∂z/∂y = {slopes[1]}.",
        "compute": staticmethod(compute), "rules": rules, "promote": True if keeps_dtype else "float",
        "kept": slice(len(signature(rules[0]).parameters) - 1)})
    TABLE[op] = Line(formula, dict(zip("xy", slopes)))

    def function(x: Any, y: Any) -> Any:
        return op()(x, y)
    about += " x and y broadcast (else ShapeError)." + ("" if keeps_dtype else " Integers give floats.")
    call = f"minigrad.{name}(minigrad.tensor({given[0]}), minigrad.tensor({given[1]}))"
    return _named(function, op, name, f"{about}\n\n    >>> {call}\n    tensor({printed})\n    ", False)


def _named(function: Entrywise, op: type[Function], name: str, doc: str, functional: bool) -> Entrywise:
    """Function and operation under the name, in the file that holds the line; also a method of Tensor."""
    op.__module__ = function.__module__ = sys._getframe(2).f_globals["__name__"]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    if functional:
        return function
    attach(**{name: function})
    return function
