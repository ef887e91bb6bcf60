"""The steps in minigrad."""
from __future__ import annotations

import importlib
from typing import Any

import minigrad
import numpy as np

from peers.epochs import Epochs
from peers.single_ops import SingleOps
from peers.steps import Steps
from peers.untuned_steps import UntunedSteps

VERSIONS = {"minigrad": minigrad.__version__, "numpy": np.__version__}


class Step(Steps):
    """minigrad as the library of the steps."""

    library = minigrad
    versions = VERSIONS

    def bert(self, vocabulary: int, features: int, layers: int, heads: int, hidden: int) -> Any:
        """minigrad.text's."""
        text = importlib.import_module("minigrad.text")
        return text.BertForSequenceClassification(text.BertConfig(
            vocab_size=vocabulary, hidden_size=features, num_hidden_layers=layers,
            num_attention_heads=heads, intermediate_size=hidden))


class Epoch(Epochs):
    """minigrad as the library of the epoch."""

    library, steps = minigrad, Step
    versions = VERSIONS


class Op(SingleOps):
    """minigrad as the library of single operations."""

    library = minigrad
    versions = VERSIONS


class Untuned(UntunedSteps):
    """minigrad as the library of ``untuned.py``'s steps."""

    library = minigrad
    versions = VERSIONS
