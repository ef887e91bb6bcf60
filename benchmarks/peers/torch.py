"""The steps in PyTorch, eager, as its tutorials write them."""
from __future__ import annotations

import importlib
from typing import Any

import torch
import torch.utils.data
from workloads import Workload

from peers.epochs import Epochs
from peers.single_ops import SingleOps
from peers.steps import Steps
from peers.untuned_steps import UntunedSteps

VERSIONS = {"torch": torch.__version__}


class Step(Steps):
    """PyTorch as the library of the steps."""

    library = torch
    versions = VERSIONS

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        torch.set_num_threads(threads)
        super().__init__(work, seed, threads, options)

    def bert(self, vocabulary: int, features: int, layers: int, heads: int, hidden: int) -> Any:
        """Hugging Face's (pip install transformers)."""
        transformers = importlib.import_module("transformers")
        model = transformers.BertForSequenceClassification(transformers.BertConfig(
            vocab_size=vocabulary, hidden_size=features, num_hidden_layers=layers,
            num_attention_heads=heads, intermediate_size=hidden, num_labels=2))
        model.train()
        return model

    def forward(self, x: Any, t: Any) -> Any:
        """The loss of one batch."""
        return self.loss(self.model(x).logits, t) if self.work.is_bert else super().forward(x, t)


class Epoch(Epochs):
    """PyTorch as the library of the epoch."""

    library, steps = torch, Step
    versions = VERSIONS


class Op(SingleOps):
    """PyTorch as the library of single operations."""

    library = torch
    versions = VERSIONS

    def __init__(self, threads: int, **arguments: Any) -> None:
        torch.set_num_threads(threads)
        super().__init__(threads=threads, **arguments)


class Untuned(UntunedSteps):
    """PyTorch as the library of ``untuned.py``'s steps."""

    library = torch
    versions = VERSIONS

    def __init__(self, key: str, seed: int, threads: int, options: dict[str, Any]) -> None:
        torch.set_num_threads(threads)
        super().__init__(key, seed, threads, options)
