"""The steps in PyTorch, eager, as its tutorials write them."""
from __future__ import annotations

import torch
from workloads import Workload

from peers.steps import Steps


class Peer(Steps):
    """PyTorch as the library of the steps."""

    library = torch
    versions = {"torch": torch.__version__}

    def __init__(self, work: Workload, seed: int, threads: int) -> None:
        torch.set_num_threads(threads)
        super().__init__(work, seed, threads)
