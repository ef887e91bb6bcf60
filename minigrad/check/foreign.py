"""Functions on PyTorch's tensors and on JAX' arrays: the check needs their forward and backward only.

Both libraries are optional, and are imported where one of their arrays is met.
"""
from __future__ import annotations

import sys
from typing import Any, Callable, Sequence

import numpy as np

from ..errors import GraphError
from .functions import function_problem
from .problem import Problem, called
from .tensors import parameter_names

Functions = tuple[Callable[..., Any], Callable[..., Any]]


def is_foreign(inputs: Any) -> bool:
    """Whether a tensor of PyTorch or an array of JAX is among the inputs."""
    given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    return any(_torch(x) or _jax(x) for x in given)


def foreign_problem(func: Callable[..., Any], inputs: Any, seed: int, names: Sequence[str] | None) -> Problem:
    """func at these inputs, in float64. PyTorch: those with requires_grad are checked; JAX: all floats."""
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    known = list(names or parameter_names(func, len(given)))
    if any(_torch(x) for x in given):
        checked = [i for i, x in enumerate(given) if _torch(x) and x.requires_grad]
        if not checked:
            raise GraphError("gradcheck: no input requires a gradient. Create one with requires_grad=True.")
        forward, backward = from_torch(func, checked)
    else:
        checked = [i for i, x in enumerate(given) if np.asarray(x).dtype.kind == "f"]
        forward, backward = from_jax(func, checked)
    points = [x.detach().cpu().numpy() if _torch(x) else np.asarray(x) if _jax(x) else x for x in given]
    problem = function_problem(forward, backward, points, checked, known, seed, 1e-9)
    problem.name, problem.absent = called(func), ("No gradient came for it, but the outputs depend on it: "
                                                  "the "
                                                  "path is cut on the way, as by .detach() or stop_gradient.")
    return problem


def from_torch(func: Callable[..., Any], checked: Sequence[int] | None = None) -> Functions:
    """(forward, backward) on NumPy arrays, for ``gradcheck_function``, of a func on PyTorch's tensors.

    ``checked``: the positions of the inputs whose gradients backward returns; by default all floating ones.

    >>> import torch                                                            # doctest: +SKIP
    >>> forward, backward = minigrad.check.from_torch(torch.tanh)               # doctest: +SKIP
    >>> minigrad.check.gradcheck_function(forward, backward, [[0.5, -1.0]], name="tanh")  # doctest: +SKIP
    tanh: the gradient of input 0 (x0, shape (2,)) agrees in 2 entries
    """
    import torch

    def tensors(arrays: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
        made = [torch.as_tensor(np.array(x)) if isinstance(x, (np.ndarray, np.floating)) else x
                for x in arrays]
        return [x.requires_grad_() if i in wanted else x for i, x in enumerate(made)]

    def forward(*arrays: Any) -> Any:
        return _each(func(*tensors(arrays, _wanted(arrays, checked))), lambda y: y.detach().cpu().numpy())

    def backward(upstream: Any, *arrays: Any) -> tuple[Any, ...]:
        wanted = _wanted(arrays, checked)
        leaves = tensors(arrays, wanted)
        outputs, several = _listed(func(*leaves)), _listed(upstream)
        pairs = [(y, torch.as_tensor(np.array(v))) for y, v in zip(outputs, several) if y.requires_grad]
        if not pairs:
            return (None,) * len(wanted)
        found = torch.autograd.grad([y for y, _ in pairs], [leaves[i] for i in wanted], [v for _, v in pairs],
                                    allow_unused=True)
        return tuple(None if g is None else g.cpu().numpy() for g in found)
    return forward, backward


def from_jax(func: Callable[..., Any], checked: Sequence[int] | None = None) -> Functions:
    """(forward, backward) on NumPy arrays, for ``gradcheck_function``, of a func on JAX' arrays.

    Computes in float64 for the time of each call, whatever ``jax_enable_x64`` says.

    >>> import importlib.util, minigrad
    >>> if importlib.util.find_spec("jax"):
    ...     forward, backward = minigrad.check.from_jax(lambda x: x * x)
    ...     assert minigrad.check.gradcheck_function(forward, backward, [[0.5, -1.0]])
    """
    import jax  # type: ignore[import-not-found, unused-ignore]
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64

    def forward(*arrays: Any) -> Any:
        with wide(True):
            return _each(func(*map(_jax_array, arrays)), np.asarray)

    def backward(upstream: Any, *arrays: Any) -> tuple[Any, ...]:
        wanted = _wanted(arrays, checked)
        with wide(True):
            made = [_jax_array(x) for x in arrays]

            def of_wanted(*parts: Any) -> Any:
                whole = list(made)
                for i, part in zip(wanted, parts):
                    whole[i] = part
                return func(*whole)
            outputs, pull = jax.vjp(of_wanted, *[made[i] for i in wanted])
            v = _each(upstream, _jax_array)
            return tuple(map(np.asarray, pull(type(outputs)(v) if isinstance(outputs, (tuple, list)) else v)))
    return forward, backward


def _wanted(arrays: Sequence[Any], checked: Sequence[int] | None) -> list[int]:
    """The positions of the inputs that have a gradient."""
    floating = [i for i, x in enumerate(arrays)
                if isinstance(x, (np.ndarray, np.floating)) and np.asarray(x).dtype.kind == "f"]
    return floating if checked is None else list(checked)


def _jax_array(x: Any) -> Any:
    import jax.numpy  # type: ignore[import-not-found, unused-ignore]
    return jax.numpy.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (tuple, list)) else [values]


def _each(values: Any, convert: Callable[[Any], Any]) -> Any:
    return tuple(map(convert, values)) if isinstance(values, (tuple, list)) else convert(values)


def _torch(x: Any) -> bool:
    return "torch" in sys.modules and isinstance(x, sys.modules["torch"].Tensor)


def _jax(x: Any) -> bool:
    return "jax" in sys.modules and isinstance(x, sys.modules["jax"].Array)
