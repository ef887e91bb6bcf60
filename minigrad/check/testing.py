"""Gradient checks as tests: ``@gradient_test`` makes one test of a function, at many shapes and seeds."""
from __future__ import annotations

import copy
import inspect
from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Function, Tensor, enable_grad, grad
from ..nn.module import Module
from .foreign import Functions
from .functions import gradcheck_function
from .gradcheck import examine
from .points import grid
from .problem import called
from .report import Report
from .tensors import floating_outputs

Shape = tuple[int, ...]
Shapes = Sequence[Any]      # of each case: one shape, or one for each input


def gradient_test(*, shapes: Shapes, seeds: int | Sequence[int] = 3, low: float = -2.0, high: float = 2.0,
                  kinks: Sequence[float] = (0.0,), away: float = 0.1, **options: Any) -> Callable[[Any], Any]:
    """A decorator: the function returns what has a gradient, and becomes a test of it.

    What it returns may be

    - a pair (forward, backward) of functions on arrays, as ``gradcheck_function`` takes them,
    - a subclass of ``autograd.Function``, or an instance of ``nn.Module``, whose parameters are checked, too,
    - any function of Tensors.

    A function that takes inputs is itself what is checked.

    Args:
        shapes: for each case the shape of the input, or a list of shapes, one for each input.
        seeds: how many draws of each case, or which.
        low, high, kinks, away: where the inputs are drawn from, as in ``points``.
        options: those of ``gradcheck``, such as rtol.

    The test raises GradCheckError with the shapes, and the seed that draws the same inputs again.

    >>> import minigrad, numpy as np
    >>> @minigrad.check.gradient_test(shapes=[(3,), (2, 3)], seeds=2)
    ... def test_cube():
    ...     return lambda x: x ** 3, lambda g, x: 3 * g * x ** 2
    >>> test_cube()
    >>> @minigrad.check.gradient_test(shapes=[(2, 3)])
    ... def test_row_sums(x):
    ...     return x.exp().sum(dim=1)
    >>> test_row_sums()
    """
    def decorated(make: Callable[..., Any]) -> Callable[..., None]:
        takes_inputs = bool(inspect.signature(make).parameters)

        def test(shape: Any, seed: int) -> None:
            __tracebackhide__ = True
            report = checked(make if takes_inputs else make(),
                             draw(shape, seed, low, high, kinks, away), {"seed": seed, **options})
            if report.name in ("<lambda>", "forward", "backward"):
                report.name = make.__name__
            report.notes = [*report.notes, f"shapes {shape}, seed {seed}"]
            report.raise_if_failed()
        return _cases(test, make, shapes, range(seeds) if isinstance(seeds, int) else seeds)
    return decorated


def _cases(test: Callable[[Any, int], None], make: Callable[..., Any], shapes: Shapes,
           seeds: Sequence[int]) -> Callable[..., None]:
    """A function that runs all cases; under the plugin, pytest runs it once for each."""
    cases = [(shape, seed) for shape in shapes for seed in seeds]

    def run() -> None:
        __tracebackhide__ = True
        for shape, seed in cases:
            test(shape, seed)
    run.__name__, run.__doc__, run.__module__ = make.__name__, make.__doc__, make.__module__
    run.__qualname__ = make.__qualname__
    run.minigrad_cases, run.minigrad_test = cases, test     # type: ignore[attr-defined]
    return run


def checked(what: Any, inputs: list[np.ndarray], options: dict[str, Any]) -> Report:
    """The report of whatever has a gradient, at these inputs."""
    __tracebackhide__ = True
    if isinstance(what, tuple) and len(what) == 2:
        functions: Functions = what
        return gradcheck_function(*functions, inputs, raise_exception=False, **options)
    leaves = [Tensor(x, requires_grad=True) for x in inputs]
    if isinstance(what, type) and issubclass(what, Function):
        return examine(what.apply, leaves, **options)
    if isinstance(what, Module):
        return _module(what, leaves, options)
    if callable(what):
        return examine(what, leaves, **options)
    raise TypeError(f"gradient_test: {called(what) if callable(what) else type(what).__name__} has no "
                    f"gradient. "
                    "Return (forward, backward), a subclass of autograd.Function, an nn.Module, or a "
                    "function of "
                    "Tensors.")


def _module(module: Module, leaves: list[Tensor], options: dict[str, Any]) -> Report:
    """A module's gradients of its inputs and of its parameters, in a float64 copy of it."""
    twin, count = copy.deepcopy(module).double(), len(leaves)
    named = {name: p for name, p in twin.named_parameters() if p.requires_grad}

    def placed(arrays: Sequence[np.ndarray]) -> list[Tensor]:
        """The inputs, where the parameters have these values."""
        for p, array in zip(named.values(), arrays[count:]):
            p.data = Tensor(array)
        return [Tensor(x, requires_grad=True) for x in arrays[:count]]

    def forward(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(np.array(y.detach().numpy()) for y in floating_outputs(twin(*placed(arrays))))

    def backward(upstream: tuple[np.ndarray, ...], *arrays: np.ndarray) -> list[Any]:
        inputs = placed(arrays)
        with enable_grad():
            total = sum(((y * Tensor(v)).sum() for y, v in zip(floating_outputs(twin(*inputs)), upstream)),
                        Tensor(np.zeros(())))
            found = grad(total, [*inputs, *named.values()], allow_unused=True)
        return [np.zeros(a.shape) if g is None else g.numpy() for a, g in zip(arrays, found)]
    arrays = [np.asarray(x.detach().numpy()) for x in [*leaves, *named.values()]]
    return gradcheck_function(forward, backward, arrays, name=type(module).__name__, raise_exception=False,
                              names=[f"x{i}" if count > 1 else "x" for i in range(count)] + list(named),
                              **options)


def draw(shape: Any, seed: int, low: float = -2.0, high: float = 2.0, kinks: Sequence[float] = (0.0,),
         away: float = 0.1) -> list[np.ndarray]:
    """Inputs of these shapes (one, or several), drawn by a seed: away from kinks, and without ties."""
    several = [shape] if isinstance(shape, int) or all(isinstance(n, int) for n in shape) else list(shape)
    random = np.random.default_rng([seed, 577])
    allowed = np.array(grid(low, high, kinks, away))
    if not allowed.size:
        raise ValueError(f"gradient_test: nothing lies between {low} and {high}, {away} away from "
                         f"{list(kinks)}.")
    inputs = []
    for one in several:
        wanted = (one,) if isinstance(one, int) else tuple(one)
        values = random.choice(allowed, wanted, replace=int(np.prod(wanted)) > allowed.size)
        inputs.append(np.clip(values + random.uniform(-0.4, 0.4, wanted) / 64, low, high))
    return inputs


def takes_cases(function: Any) -> bool:
    """Whether pytest has to run a function once for each of its cases."""
    return hasattr(function, "minigrad_cases") and inspect.isfunction(function)
