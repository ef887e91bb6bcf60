"""The steps in minigrad."""
from __future__ import annotations

import minigrad
import numpy as np

from peers.steps import Steps


class Peer(Steps):
    """minigrad as the library of the steps."""

    library = minigrad
    versions = {"minigrad": minigrad.__version__, "numpy": np.__version__}
