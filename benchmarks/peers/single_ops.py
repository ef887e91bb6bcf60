"""One operation at a time, for libraries with PyTorch's names."""
from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from op_table import VARIABLE, by_name


class SingleOps:
    """An operation of ``op_table``: a step is its forward, or its forward and backward."""

    library: ClassVar[Any]
    versions: ClassVar[dict[str, str]]

    def __init__(self, seed: int, threads: int, options: dict[str, Any]) -> None:
        self.seed = seed

    def choose(self, name: str, size: int, dtype: str) -> dict[str, Any]:
        """Make the inputs; run once, for the upstream gradient's shape."""
        self.entry, lib = by_name(name), self.library
        random = np.random.default_rng(self.seed)
        self.inputs = [lib.from_numpy(a) for a in self.entry.arrays(size, dtype, random)]
        self.leaves = [x for x, (kind, _) in zip(self.inputs, self.entry.inputs)
                       if self.entry.backward and kind in VARIABLE]
        for x in self.leaves:
            x.requires_grad_()
        shape = tuple(self.forward().shape)
        self.upstream = lib.from_numpy(np.asarray(random.normal(size=shape), dtype=dtype))
        self.both = False
        return {}

    def mode(self, both: bool) -> dict[str, Any]:
        """Whether a step has its backward, too."""
        self.both = both
        return {}

    def forward(self) -> Any:
        return self.entry.call(self.library, *self.inputs)

    def step(self, i: int) -> Any:
        """The result."""
        y = self.forward()
        if self.both:
            for x in self.leaves:
                x.grad = None
            y.backward(self.upstream)
        return y

    def value(self, y: Any) -> float:
        """Σ |y|, and with backward Σ |∂L/∂x| of all inputs: alike where two libraries do the same."""
        gradients = [x.grad.detach() for x in self.leaves if x.grad is not None] if self.both else []
        arrays = [y.detach(), *gradients]           # an operation may leave an input out of its backward
        return float(sum(np.abs(a.numpy().astype(np.float64)).sum() for a in arrays))

    def dropout(self, on: bool) -> None:
        """Nothing to switch."""
