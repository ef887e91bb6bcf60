"""Derivatives of whole functions: Jacobians, Hessians, and their products with vectors.

For y = f(x) with x (m,) and y (n,) the Jacobian is J[i, j] = ∂yᵢ/∂xⱼ, one backward pass for each row. A
product vᵀJ needs one pass in all. A product Jv takes two: vᵀJ is linear in v, so its derivative with respect
to v, times another vector, is J times that vector.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..backend.arrays import array_module
from ..errors import GraphError, ShapeError
from ..errors.options import refuses
from .gradient import grad
from .mode import enable_grad
from .tensor import Tensor, wrap


def _tuple(values: Any, name: str, what: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether ``values`` is one tensor; and them as a tuple."""
    one = isinstance(values, Tensor)
    several = (values,) if one else tuple(values) if isinstance(values, (tuple, list)) else ()
    if not several or not all(isinstance(x, Tensor) for x in several):
        raise TypeError(f"{name}: {what} must be a tensor or a tuple of them, got {type(values).__name__}.")
    return one, several


def _called(func: Callable[..., Any], inputs: Any, name: str, create_graph: bool) -> tuple[Any, ...]:
    """The inputs as tensors that need a gradient, and func's outputs; whether each came as one tensor."""
    one, given = _tuple(inputs, name, "inputs")
    xs = [x * 1 if create_graph and x._requires_grad else x.detach().requires_grad_() for x in given]
    alone, outputs = _tuple(func(*xs), name, "what the function returns")
    return one, xs, alone, outputs


def _vectors(v: Any, like: tuple[Tensor, ...], name: str, what: str) -> list[Tensor]:
    """v, or ones for single numbers; ShapeError unless it has the shapes of ``like``."""
    if v is None:
        if len(like) != 1 or like[0]._array.size != 1:
            raise ShapeError(f"{name}: v may be left out only where {what} is a single number.")
        return [wrap(array_module(like[0]._array).ones_like(like[0]._array))]
    vectors = list(_tuple(v, name, "v")[1])
    if [tuple(x.shape) for x in vectors] != [tuple(x.shape) for x in like]:
        raise ShapeError(f"{name}: v has the shapes {[tuple(x.shape) for x in vectors]}, but {what} "
                         f"{[tuple(x.shape) for x in like]}.")
    return vectors


def _gradients(outputs: Any, xs: list[Tensor], seeds: Any, create_graph: bool, strict: bool,
               name: str) -> list[Any]:
    """∂outputs/∂xs, zeros where they don't depend on each other; GraphError for that if ``strict``."""
    pairs = [(out, seed) for out, seed in zip(outputs, seeds) if out._requires_grad]
    found: tuple[Any, ...] = (None,) * len(xs)
    if pairs:
        found = grad([p[0] for p in pairs], xs, [p[1] for p in pairs], True, create_graph, allow_unused=True)
    if strict and (len(pairs) < len(outputs) or any(g is None for g in found)):
        raise GraphError(f"{name}: an output does not depend on an input, which strict=True forbids.")
    return [wrap(array_module(x._array).zeros_like(x._array)) if g is None else g for g, x in zip(found, xs)]


def _out(values: list[Any], one: bool, create_graph: bool) -> Any:
    plain = [x if create_graph else x.detach() for x in values]
    return plain[0] if one else tuple(plain)


@refuses(strategy="reverse-mode")
def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False) -> Any:
    """∂f/∂x of shape (*shape of f(x), *shape of x); tuples of them for tuples of inputs or outputs.

    With ``strict`` an output that does not depend on an input raises GraphError; else that part is 0.
    ``vectorize`` changes nothing.

    >>> minigrad.autograd.functional.jacobian(lambda x: x * x, minigrad.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    with enable_grad():
        one, xs, alone, outputs = _called(func, inputs, "jacobian", create_graph)
        tables = []
        for out in outputs:
            rows = [wrap(np.zeros((out._array.size, *x.shape), x.dtype)).to(x.device) for x in xs]
            flat = out.reshape(-1)
            for i in range(out._array.size):
                row = _gradients([flat[i]], xs, [None], create_graph, strict, "jacobian")
                for table, g in zip(rows, row):
                    table[i] = g
            parts = [table.reshape(*out.shape, *x.shape) for table, x in zip(rows, xs)]
            tables.append(_out(parts, one, create_graph))
    return tables[0] if alone else tuple(tables)


@refuses(outer_jacobian_strategy="reverse-mode")
def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False) -> Any:
    """∂²f/∂x² of a function that gives a single number, of shape (*shape of x, *shape of x).

    >>> minigrad.autograd.functional.hessian(lambda x: (x ** 3).sum(), minigrad.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    one, _ = _tuple(inputs, "hessian", "inputs")

    def single(*xs: Tensor) -> Tensor:
        out = func(*xs)
        if not isinstance(out, Tensor) or out._array.size != 1:
            raise ShapeError("hessian: the function must return a single number, got "
                             f"{tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__}.")
        return out.reshape(())

    def first(*xs: Tensor) -> Any:
        return jacobian(single, xs[0] if one else xs, create_graph=True, strict=strict)
    return jacobian(first, inputs, create_graph=create_graph, strict=strict)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """f(x) and vᵀJ, of the shape of x; v has the shape of f(x).

    >>> minigrad.autograd.functional.vjp(lambda x: x * x, minigrad.tensor([1.0, 2.0]), minigrad.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        one, xs, alone, outputs = _called(func, inputs, "vjp", create_graph)
        vectors = _vectors(v, outputs, "vjp", "the output")
        products = _gradients(outputs, xs, vectors, create_graph, strict, "vjp")
    return _out(list(outputs), alone, create_graph), _out(products, one, create_graph)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """f(x) and Jv, of the shape of f(x); v has the shape of x.

    >>> minigrad.autograd.functional.jvp(lambda x: x * x, minigrad.tensor([1.0, 2.0]), minigrad.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        _, xs, alone, outputs = _called(func, inputs, "jvp", create_graph)
        vectors = _vectors(v, tuple(xs), "jvp", "the input")
        dual = [wrap(array_module(out._array).zeros_like(out._array)).requires_grad_() for out in outputs]
        products = _gradients(outputs, xs, dual, True, strict, "jvp")           # uᵀJ, as a function of u
        forward = _gradients(products, dual, vectors, create_graph, False, "jvp")
    return _out(list(outputs), alone, create_graph), _out(forward, alone, create_graph)


def _second(func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool,
            name: str) -> tuple[Any, Any]:
    with enable_grad():
        one, xs, alone, outputs = _called(func, inputs, name, create_graph)
        if not alone or outputs[0]._array.size != 1:
            raise ShapeError(f"{name}: the function must return a single number.")
        vectors = _vectors(v, tuple(xs), name, "the input")
        slopes = _gradients(outputs, xs, [None], True, strict, name)
        products = _gradients(slopes, xs, vectors, create_graph, strict, name)
    return _out(list(outputs), alone, create_graph), _out(products, one, create_graph)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """f(x), a single number, and vᵀH with the Hessian H, without computing H: two backward passes.

    >>> x, v = minigrad.tensor([1.0, 2.0]), minigrad.ones(2)
    >>> minigrad.autograd.functional.vhp(lambda x: (x ** 3).sum(), x, v)
    (tensor(9.), tensor([ 6., 12.]))
    """
    return _second(func, inputs, v, create_graph, strict, "vhp")


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """f(x) and Hv, which is (vᵀH)ᵀ, since H is symmetric.

    >>> x, v = minigrad.tensor([1.0, 2.0]), minigrad.ones(2)
    >>> minigrad.autograd.functional.hvp(lambda x: (x ** 3).sum(), x, v)
    (tensor(9.), tensor([ 6., 12.]))
    """
    return _second(func, inputs, v, create_graph, strict, "hvp")
