"""Evaluation mode within a block."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from .module import Module


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode inside the block; afterwards each module returns to its previous mode."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training
