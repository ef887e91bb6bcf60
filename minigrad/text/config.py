"""The sizes of a BERT, and whatever else is needed to build it: its ``config.json``."""
from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from sys import float_info
from typing import Any, Sequence

from ..errors import DataError, RangeError
from ..files.folders import whole_file
from ..files.writing import write_atomically

ACTIVATIONS = ("gelu", "gelu_new", "relu", "silu")

#: No BERT is larger. A larger number means a damaged file, and would be built until memory runs out.
LARGEST = {"num_hidden_layers": 1000, "num_labels": 10**6, "type_vocab_size": 10**6}
LARGEST_SIZE = 10**7                # of the other sizes
LARGEST_MODEL = 10**11              # parameters


@dataclass
class BertConfig:
    """The sizes of a BERT, under the names of its ``config.json``; the defaults are bert-base-uncased's.

    Raises RangeError for sizes below 1 or beyond LARGEST, heads that do not divide hidden_size, dropout
    outside [0, 1], an unknown activation, or any value of another type.

    >>> from minigrad.text import BertConfig
    >>> small = BertConfig(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
    >>> small.vocab_size, small.hidden_size // small.num_attention_heads
    (30522, 64)
    """

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0
    classifier_dropout: float | None = None     # None: hidden_dropout_prob
    num_labels: int = 2

    def __post_init__(self) -> None:
        check_entries(self, ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                             "intermediate_size", "max_position_embeddings", "type_vocab_size", "num_labels"),
                      ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"),
                      ("layer_norm_eps", "initializer_range"), "hidden_act")
        if self.parameters() > LARGEST_MODEL:
            raise RangeError(f"BertConfig: these sizes make a model of {self.parameters():,} parameters; "
                             f"{LARGEST_MODEL:,} or more cannot be meant.")
        if self.hidden_size % self.num_attention_heads:
            raise RangeError(f"BertConfig: hidden_size {self.hidden_size} is not a multiple of "
                             f"num_attention_heads {self.num_attention_heads}.")
        pad = self.pad_token_id
        if isinstance(pad, bool) or not isinstance(pad, int) or not 0 <= pad < self.vocab_size:
            raise RangeError(f"BertConfig: pad_token_id {pad!r} is not an id below {self.vocab_size}.")

    def parameters(self) -> int:
        """Roughly how many parameters a model of these sizes has: the tables, the layers, the classifier.

        >>> from minigrad.text import BertConfig
        >>> round(BertConfig().parameters() / 1e6)
        109
        """
        d = self.hidden_size
        tables = (self.vocab_size + self.max_position_embeddings + self.type_vocab_size + self.num_labels) * d
        return tables + self.num_hidden_layers * (4 * d * d + 2 * d * self.intermediate_size) + d * d

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], **changes: Any) -> BertConfig:
        """The ``config.json`` of a folder, with ``changes``; entries that have no effect here are ignored.

        Raises DataError that names the file when it is missing, is not JSON, or describes another model.
        """
        path, found = read_config(folder, "bert")
        if found.get("position_embedding_type", "absolute") != "absolute" or found.get("is_decoder"):
            raise DataError(f"config: {path} asks for relative positions or a decoder; only BERT's own form, "
                            "an encoder with absolute positions, is supported.")
        labels = found.get("id2label")
        if labels is not None and "num_labels" not in found:
            if not isinstance(labels, (dict, list)):
                raise DataError(f"config: {path}: id2label must be a dict, got {labels!r:.60}.")
            found["num_labels"] = len(labels)
        names = {field.name for field in fields(cls)}
        try:
            return cls(**{**{k: v for k, v in found.items() if k in names}, **changes})
        except (RangeError, TypeError) as error:
            raise DataError(f"config: {path}: {error}") from None

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``config.json`` into ``folder``, in a form that transformers can read."""
        content: dict[str, Any] = {"model_type": "bert", "architectures": ["BertForSequenceClassification"],
                                   **asdict(self)}
        labels = content.pop("num_labels")
        content["id2label"] = {str(i): f"LABEL_{i}" for i in range(labels)}
        content["label2id"] = {f"LABEL_{i}": i for i in range(labels)}
        write_config(folder, content)


def check_entries(config: Any, sizes: Sequence[str], shares: Sequence[str], numbers: Sequence[str],
                  activation: str) -> None:
    """RangeError for an entry that makes no sense; None is fine where it is the default.

    ``sizes`` names the integers from 1, ``shares`` the numbers in [0, 1], ``numbers`` those from 0.
    """
    optional = {field.name for field in fields(config) if field.default is None}
    for name in (*sizes, *shares, *numbers):
        value, most = getattr(config, name), LARGEST.get(name, LARGEST_SIZE)
        kind: Any = int if name in sizes else (int, float)
        low, high, words = ((1, most, f"an integer from 1 to {most:,}") if name in sizes else
                            (0, 1, "in [0, 1]") if name in shares else (0, float_info.max, "a number from 0"))
        if not (isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high
                or value is None and name in optional):
            raise RangeError(f"{type(config).__name__}: {name} must be {words}, got {value!r}.")
    chosen = getattr(config, activation)
    if chosen not in ACTIVATIONS:
        raise RangeError(f"{type(config).__name__}: {activation} must be one of {', '.join(ACTIVATIONS)}, "
                         f"got {chosen!r}.")


def read_config(folder: str | os.PathLike[str], kind: str) -> tuple[Path, dict[str, Any]]:
    """Where the ``config.json`` of a folder is, and its entries; DataError unless it is for this kind."""
    path = Path(folder) / "config.json"
    content = whole_file(path, "config")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"config: {path} is not JSON ({error}); it may be truncated.") from None
    if not isinstance(found, dict) or found.get("model_type", kind) != kind:
        got = found.get("model_type") if isinstance(found, dict) else type(found).__name__
        raise DataError(f"config: {path} describes a model of type {got!r}, expected {kind!r}.")
    return path, found


def write_config(folder: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write a ``config.json`` into ``folder``."""
    write_atomically(Path(folder) / "config.json", (json.dumps(content, indent=2) + "\n").encode())
