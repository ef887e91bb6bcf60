"""Which of PyTorch's optimizers, schedules and distributions exist here, read from PyTorch itself.

What is for sparse gradients or for several machines is not counted.
"""
from __future__ import annotations

import inspect
from typing import Any

import torch

import minigrad
import minigrad.distributions

Figures = tuple[list[str], list[str]]           # the names that exist, and those that are missing
SPARSE = {"SparseAdam"}


def _split(names: set[str], *places: Any) -> Figures:
    there = {name for name in names if any(hasattr(place, name) for place in places)}
    return sorted(there), sorted(names - there)


def _classes(module: Any, base: type) -> set[str]:
    return {name for name, value in vars(module).items() if inspect.isclass(value)
            and issubclass(value, base) and not name.startswith("_")}


def optimizer_figures() -> Figures:
    """The optimizers, and their base class."""
    return _split(_classes(torch.optim, torch.optim.Optimizer) - SPARSE, minigrad.optim)


def schedule_figures() -> Figures:
    """The schedules, their base class, and what is for averages of weights."""
    schedules = _classes(torch.optim.lr_scheduler, torch.optim.lr_scheduler.LRScheduler)
    return _split(schedules | set(torch.optim.swa_utils.__all__), minigrad.optim.lr_scheduler,
                  minigrad.optim.swa_utils)


def distribution_figures() -> Figures:
    """The distributions, the transforms, and the functions beside them."""
    return _split(set(torch.distributions.__all__) | set(torch.distributions.transforms.__all__),
                  minigrad.distributions, minigrad.distributions.transforms)
