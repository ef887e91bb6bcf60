"""BERT: Bidirectional Encoder Representations from Transformers (Devlin et al. 2019).

    ids (N, L)  →  embeddings (N, L, D)  →  layer 1 … layer n (N, L, D)  →  pooler (N, D)  →  scores (N, C)

A layer lets every position look at every other (self-attention), then works on each position alone (two
linear layers with a GELU between them). Each half has a residual around it, and a LayerNorm after it
("post-norm"). All parameters are named as in the published weights.
"""
from __future__ import annotations

import math
import os
from functools import partial
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import nn
from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..errors import DTypeError, RangeError, ShapeError
from ..nn import functional as F
from .config import BertConfig
from .pretrained import load_pretrained, save_pretrained

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "gelu": F.gelu, "gelu_new": partial(F.gelu, approximate="tanh"), "relu": F.relu, "silu": F.silu}


class BertOutput(NamedTuple):
    """What a BertModel returns.

    last_hidden_state (N, L, D); pooler_output (N, D); with output_attentions the attention (N, heads, L, L)
    of each layer, with output_hidden_states the embeddings and each layer's output (N, L, D).

    >>> from minigrad.text import BertOutput
    >>> BertOutput._fields
    ('last_hidden_state', 'pooler_output', 'attentions', 'hidden_states')
    """

    last_hidden_state: Tensor
    pooler_output: Tensor
    attentions: tuple[Tensor, ...] = ()
    hidden_states: tuple[Tensor, ...] = ()


# ── embeddings ────────────────────────────────────────────────────────────────────────────────────

class BertEmbeddings(nn.Module):
    """Which token, at which place, in which of two texts: three vectors, added and normalized."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.word_embeddings = nn.Embedding(config.vocab_size, size, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, size)
        self.LayerNorm = nn.LayerNorm(size, config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        """(N, L) → (N, L, D)."""
        places = self.position_embeddings.weight[:input_ids.shape[1]]       # (L, D): row i for place i
        if token_type_ids is None:                                          # all are of the first text
            places = places + self.token_type_embeddings.weight[0]          # (L, D), added once for all texts
            x = self.word_embeddings(input_ids) + places                    # (N, L, D)
        else:
            x = self.word_embeddings(input_ids) + places + self.token_type_embeddings(token_type_ids)
        return self.dropout(self.LayerNorm(x))


# ── one layer ─────────────────────────────────────────────────────────────────────────────────────

class BertSelfAttention(nn.Module):
    """A = softmax(Q Kᵀ / √d + mask);  each position's result is a mixture of the values, A V.

    Q, K and V are three linear maps of the input, cut into heads of d = D / heads features.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """x (N, L, D), mask (N, 1, 1, L) to add, or None → the mixtures (N, L, D), attention (N, H, L, L)."""
        n, length, size = x.shape
        q, k, v = (layer(x).reshape(n, length, self.heads, -1).transpose(1, 2)      # (N, H, L, d)
                   for layer in (self.query, self.key, self.value))
        scores = (q * (1 / math.sqrt(size // self.heads))) @ k.transpose(-2, -1)    # (N, H, L, L)
        attention = F.softmax(scores if mask is None else scores + mask, -1)
        mixed = self.dropout(attention) @ v                                         # (N, H, L, d)
        return mixed.transpose(1, 2).reshape(n, length, size), attention


class BertResidual(nn.Module):
    """LayerNorm(x + dropout(W h + b)): the end of both halves of a layer."""

    def __init__(self, config: BertConfig, inner: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden: Tensor, x: Tensor) -> Tensor:
        """hidden (N, L, inner), x (N, L, D) → (N, L, D)."""
        return self.LayerNorm(x + self.dropout(self.dense(hidden)))


class BertAttention(nn.Module):
    """Self-attention with its output layer; ``self`` is its name in the published weights."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.self = BertSelfAttention(config)
        self.output = BertResidual(config, config.hidden_size)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """x (N, L, D) → (N, L, D), attention (N, H, L, L)."""
        mixed, attention = self.self(x, mask)
        return self.output(mixed, x), attention


class BertIntermediate(nn.Module):
    """The wide layer: D → intermediate_size features, then the activation."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.intermediate_size)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, D) → (N, L, intermediate_size)."""
        return self.activation(self.dense(x))


class BertLayer(nn.Module):
    """Attention, then the two linear layers."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.attention = BertAttention(config)
        self.intermediate = BertIntermediate(config)
        self.output = BertResidual(config, config.intermediate_size)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """x (N, L, D) → (N, L, D), attention (N, H, L, L)."""
        x, attention = self.attention(x, mask)
        return self.output(self.intermediate(x), x), attention


class BertEncoder(nn.Module):
    """The layers, one after the other."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList([BertLayer(config) for _ in range(config.num_hidden_layers)])

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[list[Tensor], list[Tensor]]:
        """x (N, L, D) → x and the output of each layer (N, L, D); the attention of each (N, H, L, L)."""
        states, attentions = [x], []
        for layer in self.layer:
            x, attention = layer(x, mask)
            states.append(x)
            attentions.append(attention)
        return states, attentions


class BertPooler(nn.Module):
    """One vector for a text: tanh(W h + b) of its first position, [CLS]."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, D) → (N, D)."""
        return self.dense(x[:, 0]).tanh()


# ── the models ────────────────────────────────────────────────────────────────────────────────────

class BertModel(nn.Module):
    """Embeddings, encoder and pooler.

    Weights start normal (0, initializer_range), biases at 0, as in the original. Called with input_ids (N,
    L), attention_mask (N, L; 1 for tokens, 0 for padding) and token_type_ids (N, L). Raises RangeError for
    ids outside the vocabulary and for texts longer than the position table, ShapeError for shapes that do not
    fit, DTypeError for ids that are not integers. A row that is all padding gives numbers, never nan.

    >>> from minigrad.text import BertConfig, BertModel
    >>> bert = BertModel(BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
    ...                             intermediate_size=16))
    >>> bert(minigrad.tensor([[2, 7, 3]])).pooler_output.shape
    minigrad.Size([1, 8])
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = BertEmbeddings(config)
        self.encoder = BertEncoder(config)
        self.pooler = BertPooler(config)
        initialize(self, config.initializer_range)

    @classmethod
    def from_pretrained(cls, source: str | os.PathLike[str], **changes: Any) -> BertModel:
        """The model and weights from a folder or by a known name, in evaluation mode; see ``pretrained``."""
        return load_pretrained(cls, source, changes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None,
                token_type_ids: Tensor | None = None, *, output_attentions: bool = False,
                output_hidden_states: bool = False) -> BertOutput:
        """(N, L) ids → last_hidden_state (N, L, D) and pooler_output (N, D)."""
        check_inputs(self.config, input_ids, attention_mask, token_type_ids)
        x = self.embeddings(input_ids, token_type_ids)
        states, attentions = self.encoder(x, additive_mask(attention_mask, x.dtype))
        return BertOutput(states[-1], self.pooler(states[-1]), tuple(attentions) if output_attentions else (),
                          tuple(states) if output_hidden_states else ())


class BertForSequenceClassification(nn.Module):
    """BERT with a linear classifier on its pooled vector: a score for each of num_labels classes.

    >>> from minigrad.text import BertConfig, BertForSequenceClassification
    >>> model = BertForSequenceClassification(BertConfig(
    ...     vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16))
    >>> model(minigrad.tensor([[2, 7, 3], [2, 3, 0]]), minigrad.tensor([[1, 1, 1], [1, 1, 0]])).shape
    minigrad.Size([2, 2])
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BertModel(config)
        share = config.classifier_dropout
        self.dropout = nn.Dropout(config.hidden_dropout_prob if share is None else share)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        initialize(self.classifier, config.initializer_range)

    @classmethod
    def from_pretrained(cls, source: str | os.PathLike[str], **changes: Any) -> BertForSequenceClassification:
        """As for BertModel; a classifier that is not in the file starts at random."""
        return load_pretrained(cls, source, changes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None,
                token_type_ids: Tensor | None = None) -> Tensor:
        """(N, L) ids → scores (N, num_labels)."""
        pooled = self.bert(input_ids, attention_mask, token_type_ids).pooler_output
        return self.classifier(self.dropout(pooled))

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``config.json`` and ``model.safetensors`` into ``folder``; transformers can read them."""
        save_pretrained(self, folder)


def initialize(module: nn.Module, deviation: float) -> None:
    """Weights of linear layers and tables normal (0, deviation), biases and the padding row 0."""
    for part in module.modules():
        if isinstance(part, (nn.Linear, nn.Embedding)):
            nn.init.normal_(part.weight, std=deviation)
        if isinstance(part, nn.Linear):
            nn.init.zeros_(part.bias)
        if isinstance(part, nn.Embedding) and part.padding_idx is not None:
            part.weight._array[part.padding_idx] = 0


def additive_mask(attention_mask: Tensor | None, dtype: Any) -> Tensor | None:
    """0 for a token, the most negative number for padding: (N, L) → (N, 1, 1, L).

    None when there is no padding. Not −∞: a row of nothing but padding would give 0 / 0, nan.
    """
    if attention_mask is None:
        return None
    padding = attention_mask._array == 0
    if not padding.any():
        return None
    lowest = np.finfo(dtype).min
    return wrap((padding * lowest).astype(dtype)[:, None, None, :])


def check_inputs(config: BertConfig, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> None:
    """Raise a named error for anything but a batch of ids for this model."""
    for name, x, count in (("input_ids", input_ids, config.vocab_size), ("attention_mask", attention_mask, 0),
                           ("token_type_ids", token_type_ids, config.type_vocab_size)):
        if x is None and name != "input_ids":
            continue
        if not isinstance(x, Tensor):
            raise DTypeError(f"BertModel: {name} must be a Tensor, got {type(x).__name__}. The tokenizer "
                             "makes one with return_tensors='pt'.")
        if tuple(x.shape) != tuple(input_ids.shape) or x.ndim != 2:
            raise ShapeError("BertModel: input_ids, attention_mask and token_type_ids must have the same "
                             f"shape (N, L), but input_ids is {tuple(input_ids.shape)} and {name} is "
                             f"{tuple(x.shape)}.")
        if count and x.dtype.kind not in "iu":
            raise DTypeError(f"BertModel: {name} must be integers, got {x.dtype}. Use x.long().")
        if count and x.numel() and not (0 <= int(x._array.min()) and int(x._array.max()) < count):
            raise RangeError(f"BertModel: {name} must be from 0 to {count - 1}, got {int(x._array.min())} to "
                             f"{int(x._array.max())}. Was the text encoded with this model's vocabulary?")
    longest = config.max_position_embeddings
    if not 1 <= input_ids.shape[1] <= longest:
        raise RangeError(f"BertModel: texts must have from 1 to {longest} ids, the size of the position "
                         f"table, but input_ids is {tuple(input_ids.shape)}. Encode with truncation=True, "
                         f"max_length={longest}.")
