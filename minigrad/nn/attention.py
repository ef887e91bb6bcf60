"""Attention, and the transformer's encoder (Vaswani et al. 2017)."""
from __future__ import annotations

import copy
import math
from typing import Any, Callable

from ..autograd import Tensor
from ..backend.arrays import on_host
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.activation import gelu, relu
from ..ops.create import empty, ones
from ..ops.dropout import dropout
from ..ops.linalg import linear
from ..ops.matrix import matrix_transpose, tril
from ..ops.select import masked_fill
from ..ops.softmax import softmax
from . import init
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm
from .parameter import Parameter


def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor,
                                 attn_mask: Tensor | None = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, scale: float | None = None,
                                 enable_gqa: bool = False) -> Tensor:
    """softmax(Q Kᵀ / √d + mask) V: for each query a mixture of the values, weighted by how well their keys
    match.

    Args:
        query (…, L, d), key (…, S, d), value (…, S, dv).
        attn_mask: boolean, True where a query may look; or numbers to add to the scores.
        is_causal: position i looks at positions 0 … i only.

    Returns (…, L, dv). A query that may look nowhere gives 0, as in PyTorch. Raises ShapeError when the
    sizes do not fit, ValueError for a mask together with is_causal. Source: Vaswani et al. 2017.

    >>> q, k, v = minigrad.zeros(1, 1), minigrad.zeros(2, 1), minigrad.tensor([[1.0], [3.0]])
    >>> minigrad.nn.functional.scaled_dot_product_attention(q, k, v)        # equal scores: the mean of v
    tensor([[2.]])
    """
    if enable_gqa:
        raise NotImplementedError("scaled_dot_product_attention: enable_gqa=True is not supported. Repeat "
                                  "the heads of key and value: key.repeat_interleave(n, -3).")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(f"attention: query {tuple(query.shape)} and key {tuple(key.shape)} must agree in "
                         f"the last size, key and value {tuple(value.shape)} in the second to last.")
    scores = query @ matrix_transpose(key) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        if attn_mask is not None:
            raise ValueError("attention: give attn_mask or is_causal, not both.")
        attn_mask = tril(ones(query.shape[-2], key.shape[-2], device=query.device)).bool()
    scores = _masked(scores, attn_mask, keep=True)
    return dropout(_shares(scores, attn_mask is not None), dropout_p) @ value


def _shares(scores: Tensor, masked: bool) -> Tensor:
    """softmax over the keys; 0 for a query all of whose scores are −∞, which only a mask can make."""
    if not masked:
        return softmax(scores, -1)
    nowhere = (scores == -math.inf).all(-1, keepdim=True)
    if on_host(scores._array) and not bool(nowhere.any()):          # on a GPU looking would mean waiting
        return softmax(scores, -1)
    return masked_fill(softmax(masked_fill(scores, nowhere, 0.0), -1), nowhere, 0.0)


def _masked(scores: Tensor, mask: Tensor | None, keep: bool) -> Tensor:
    """Scores with −∞ where a boolean mask forbids (with ``keep`` True allows), or with numbers added."""
    if mask is None:
        return scores
    if mask.dtype.kind == "b":
        return masked_fill(scores, ~mask if keep else mask, -math.inf)
    return scores + mask


class MultiheadAttention(Module):
    """Several attentions side by side, each on embed_dim / num_heads of the features.

    Parameters as in PyTorch: in_proj_weight (3·E, E) holds the projections to queries, keys and values,
    out_proj the one back. Inputs (L, N, E), or (N, L, E) with batch_first, or (L, E). A query that may look
    nowhere gives 0 (in PyTorch only without need_weights; with it, nan). Raises ShapeError when sizes do not
    fit, NotImplementedError for options that are not supported. Source: Vaswani et al. 2017.

    >>> attention, x = minigrad.nn.MultiheadAttention(8, 2), minigrad.zeros(5, 3, 8)
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    (minigrad.Size([5, 3, 8]), minigrad.Size([3, 5, 5]))
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
                 add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
                 vdim: int | None = None, batch_first: bool = False, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        if add_bias_kv or add_zero_attn or kdim not in (None, embed_dim) or vdim not in (None, embed_dim):
            raise NotImplementedError("MultiheadAttention: add_bias_kv, add_zero_attn, and a kdim or vdim "
                                      "other than embed_dim are not supported.")
        require_sizes("MultiheadAttention", embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim % num_heads:
            raise ShapeError(f"MultiheadAttention: embed_dim {embed_dim} is not a multiple of num_heads "
                             f"{num_heads}.")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.batch_first = batch_first
        self.in_proj_weight = Parameter(empty(3 * embed_dim, embed_dim, device=device, dtype=dtype))
        init.xavier_uniform_(self.in_proj_weight)
        self.register_parameter("in_proj_bias", None)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device=device, dtype=dtype)
        if bias:
            self.in_proj_bias = Parameter(empty(3 * embed_dim, device=device, dtype=dtype))
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
                need_weights: bool = True, attn_mask: Tensor | None = None,
                average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Tensor, Tensor | None]:
        """(output of query's shape, weights (N, L, S), or (N, heads, L, S) when not averaged, or None).

        key_padding_mask (N, S) and a boolean attn_mask (L, S) or (N·heads, L, S) are True where no query
        may look (the opposite of scaled_dot_product_attention, as in PyTorch).
        """
        if is_causal and attn_mask is None:
            raise ValueError("MultiheadAttention: is_causal is only a hint; give attn_mask as well.")
        single = query.ndim == 2
        if single:
            query, key, value = (x.unsqueeze(0) for x in (query, key, value))
            key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        elif not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x.ndim != 3 or x.shape[-1] != self.embed_dim:
                raise ShapeError(f"MultiheadAttention: the {name} must have {self.embed_dim} features, but "
                                 f"it is {tuple(x.shape)}.")
        q, k, v = (self._heads(x, part) for part, x in enumerate((query, key, value)))
        scores = (q * (1 / math.sqrt(q.shape[-1]))) @ matrix_transpose(k)          # (N, heads, L, S)
        scores = self._with_masks(scores, attn_mask, key_padding_mask)
        masked = attn_mask is not None or key_padding_mask is not None
        weights = dropout(_shares(scores, masked), self.dropout, self.training)
        mixed = (weights @ v).transpose(1, 2).flatten(2)                           # (N, L, E)
        out = self.out_proj(mixed)
        seen = None if not need_weights else weights.mean(1) if average_attn_weights else weights
        if single:
            return out.squeeze(0), None if seen is None else seen.squeeze(0)
        return (out if self.batch_first else out.transpose(0, 1)), seen

    def _heads(self, x: Tensor, part: int) -> Tensor:
        """Projected to queries (0), keys (1) or values (2) and split into heads: (N, heads, L, E / heads)."""
        rows = slice(part * self.embed_dim, (part + 1) * self.embed_dim)
        bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
        y = linear(x, self.in_proj_weight[rows], bias)
        return y.reshape(*x.shape[:2], self.num_heads, -1).transpose(1, 2)

    def _with_masks(self, scores: Tensor, attn_mask: Tensor | None, padding: Tensor | None) -> Tensor:
        if attn_mask is not None:
            if attn_mask.ndim == 3:                        # (N·heads, L, S)
                attn_mask = attn_mask.reshape(*scores.shape)
            scores = _masked(scores, attn_mask, keep=False)
        if padding is not None:
            if tuple(padding.shape) != (scores.shape[0], scores.shape[-1]):
                raise ShapeError(f"MultiheadAttention: key_padding_mask must be "
                                 f"{(scores.shape[0], scores.shape[-1])}, but it is {tuple(padding.shape)}.")
            scores = _masked(scores, padding.reshape(padding.shape[0], 1, 1, -1), keep=False)
        return scores


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": relu, "gelu": gelu}


class TransformerEncoderLayer(Module):
    """Self-attention, then a two-layer network on each position, each with a residual and a LayerNorm.

    (L, N, E), or (N, L, E) with batch_first; the same shape. norm_first=False normalizes after the residual
    (as in the paper), True before each part. Raises ShapeError when sizes do not fit, ValueError for an
    unknown activation. Source: Vaswani et al. 2017.

    >>> minigrad.nn.TransformerEncoderLayer(8, 2, 16)(minigrad.zeros(5, 3, 8)).shape
    minigrad.Size([5, 3, 8])
    """

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: str | Callable[[Any], Any] = "relu", layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(f"TransformerEncoderLayer: activation must be 'relu', 'gelu' or a function, got "
                             f"{activation!r}.")
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first,
                                            device=device, dtype=dtype)
        self.linear1 = Linear(d_model, dim_feedforward, bias, device=device, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device=device, dtype=dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def forward(self, src: Tensor, src_mask: Tensor | None = None,
                src_key_padding_mask: Tensor | None = None, is_causal: bool = False) -> Tensor:
        x = src
        if self.norm_first:
            x = x + self._attend(self.norm1(x), src_mask, src_key_padding_mask)
            return x + self._feed_forward(self.norm2(x))
        x = self.norm1(x + self._attend(x, src_mask, src_key_padding_mask))
        return self.norm2(x + self._feed_forward(x))

    def _attend(self, x: Tensor, mask: Tensor | None, padding: Tensor | None) -> Tensor:
        return self.dropout1(self.self_attn(x, x, x, padding, False, mask)[0])

    def _feed_forward(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2(self.linear2(hidden))


class TransformerEncoder(Module):
    """``num_layers`` copies of an encoder layer, then ``norm`` if given.

    (L, N, E), or (N, L, E) with batch_first; the same shape.

    >>> layer = minigrad.nn.TransformerEncoderLayer(8, 2, 16)
    >>> minigrad.nn.TransformerEncoder(layer, 2)(minigrad.zeros(5, 3, 8)).shape
    minigrad.Size([5, 3, 8])
    """

    def __init__(self, encoder_layer: TransformerEncoderLayer, num_layers: int, norm: Module | None = None,
                 enable_nested_tensor: bool = False, mask_check: bool = True) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
                is_causal: bool | None = None) -> Tensor:
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return src if self.norm is None else self.norm(src)
