"""What is checked: a function of arrays, where it is looked at, and the gradients it claims."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np

from .slopes import Line, Outputs

STREAM = 2718               # not the numbers that another generator with the same seed draws


@dataclass
class Problem:
    """A function f of arrays with L = Σ v · f(inputs), and the ∂L/∂input that somebody computed.

    The upstream gradients v are random: with v = 1 a mistake would stay hidden wherever the outputs add
    up to a constant, as those of softmax do.
    """

    name: str                                       # of the function, for messages
    inputs: list[Any]                               # float64 arrays where checked, else as they were given
    names: list[str]
    checked: list[int]                              # the positions of the inputs that have a gradient
    run: Callable[[int, np.ndarray], Outputs]       # f's outputs with another array for one input
    outputs: Outputs
    upstream: Outputs                               # v, of the shapes of the outputs
    analytic: list[np.ndarray | None]               # for each checked input; None: no gradient came
    at: Callable[..., Problem]                      # the same function at other inputs, with another seed
    pull: Callable[[Outputs], list[np.ndarray | None]]      # the gradients for another upstream v
    absent: str                                     # what it means when no gradient came
    seed: int                                       # of v
    notes: list[str] = field(default_factory=list)  # what the reader should know, such as an upcast

    @property
    def broken(self) -> str:
        """What to say of outputs that are NaN or infinite: they have no slope. "" where there are none."""
        bad = sum(int((~np.isfinite(y)).sum()) for y in self.outputs)
        return "" if not bad else (f"The function itself returned NaN or infinity in {bad} entries of its "
                                   "output, so that they have no slope here. Check it at other inputs.")

    def line(self, position: int) -> Line:
        """L as a function of one input."""
        return Line(lambda x: self.run(position, x), self.inputs[position], self.upstream)


def cotangents(outputs: Outputs, seed: int) -> Outputs:
    """Random numbers of each output's shape and dtype: the upstream gradients of the check.

    0 for outputs that are NaN or infinite: they have no slope, and are left out of L.
    """
    random = np.random.default_rng([seed, STREAM])
    drawn = [np.asarray(random.standard_normal(y.shape), y.dtype) for y in outputs]
    return [np.where(np.isfinite(y), v, v.dtype.type(0)) for v, y in zip(drawn, outputs)]


def called(f: Callable[..., Any]) -> str:
    """The name of a function; of ``MyFunction.apply`` the name of the class."""
    owner = getattr(f, "__self__", None)
    return str(getattr(owner if isinstance(owner, type) else f, "__name__", type(f).__name__))


def listed(shape: tuple[int, ...]) -> str:
    """A shape as it is written: (2, 3), (3,)."""
    return str(tuple(int(n) for n in shape))
