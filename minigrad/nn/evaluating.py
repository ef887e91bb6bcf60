"""Evaluation mode for the length of a block."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from .module import Module


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode inside of the block; afterwards each module is in the mode it was in before."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training
