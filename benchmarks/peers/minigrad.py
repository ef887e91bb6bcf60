"""The steps in minigrad."""
from __future__ import annotations

import minigrad
import numpy as np

from peers.epochs import Epochs
from peers.single_ops import SingleOps
from peers.steps import Steps

VERSIONS = {"minigrad": minigrad.__version__, "numpy": np.__version__}


class Step(Steps):
    """minigrad as the library of the steps."""

    library = minigrad
    versions = VERSIONS


class Epoch(Epochs):
    """minigrad as the library of the epoch."""

    library, steps = minigrad, Step
    versions = VERSIONS


class Op(SingleOps):
    """minigrad as the library of single operations."""

    library = minigrad
    versions = VERSIONS
