"""Attention (Vaswani et al. 2017)."""
from __future__ import annotations

import math
from typing import Any

from ..autograd import Tensor
from ..backend.arrays import on_host
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.create import empty, ones, zeros
from ..ops.dropout import dropout
from ..ops.join import cat, repeat_interleave
from ..ops.linalg import linear
from ..ops.matrix import matrix_transpose, tril
from ..ops.pad import pad
from ..ops.select import masked_fill
from ..ops.softmax import softmax
from . import init
from .linear import Linear
from .module import Module
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
        enable_gqa: key and value (…, H, S, d) have fewer heads than the query, each for several of its heads.

    Returns (…, L, dv). A query that may look nowhere gives 0, as in PyTorch. Raises ShapeError when the
    sizes do not fit, ValueError for a mask together with is_causal. Source: Vaswani et al. 2017.

    >>> q, k, v = minigrad.zeros(1, 1), minigrad.zeros(2, 1), minigrad.tensor([[1.0], [3.0]])
    >>> minigrad.nn.functional.scaled_dot_product_attention(q, k, v)        # equal scores: the mean of v
    tensor([[2.]])
    """
    if enable_gqa:
        key, value = (_shared_heads(query, x) for x in (key, value))
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


def _shared_heads(query: Tensor, x: Tensor) -> Tensor:
    """Keys or values (…, H, S, d) with each head repeated, for as many heads as the query has."""
    if min(query.ndim, x.ndim) < 3 or query.shape[-3] % x.shape[-3]:
        raise ShapeError("attention: enable_gqa needs a multiple of the heads of key and value in the "
                         f"query, got {tuple(query.shape)} and {tuple(x.shape)}.")
    return repeat_interleave(x, query.shape[-3] // x.shape[-3], -3)


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
    out_proj the one back. With ``kdim`` or ``vdim``, keys and values have other features, and the three
    projections are q_proj_weight (E, E), k_proj_weight (E, kdim) and v_proj_weight (E, vdim). ``add_bias_kv``
    adds a learned key and value at the end, ``add_zero_attn`` ones of zeros.

    Inputs (L, N, E), or (N, L, E) with batch_first, or (L, E). A query that may look nowhere gives 0 (in
    PyTorch only without need_weights; with it, nan). Raises ShapeError when sizes do not fit. Source: Vaswani
    et al. 2017.

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
        require_sizes("MultiheadAttention", embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim % num_heads:
            raise ShapeError(f"MultiheadAttention: embed_dim {embed_dim} is not a multiple of num_heads "
                             f"{num_heads}.")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.head_dim = embed_dim // num_heads
        self.batch_first, self.add_zero_attn = batch_first, add_zero_attn
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim

        def parameter(*shape: int) -> Parameter:
            return Parameter(empty(*shape, device=device, dtype=dtype))
        together = self.kdim == self.vdim == embed_dim
        self.register_parameter("in_proj_weight", parameter(3 * embed_dim, embed_dim) if together else None)
        for name, size in (("q", embed_dim), ("k", self.kdim), ("v", self.vdim)):
            self.register_parameter(f"{name}_proj_weight", None if together else parameter(embed_dim, size))
        for weight in list(self.parameters()):
            init.xavier_uniform_(weight)
        self.register_parameter("in_proj_bias", None)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device=device, dtype=dtype)
        if bias:
            self.in_proj_bias = parameter(3 * embed_dim)
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, parameter(1, 1, embed_dim) if add_bias_kv else None)
            if add_bias_kv:
                init.xavier_normal_(getattr(self, name))

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
        for name, x, size in (("query", query, self.embed_dim), ("key", key, self.kdim),
                              ("value", value, self.vdim)):
            if x.ndim != 3 or x.shape[-1] != size:
                raise ShapeError(f"MultiheadAttention: the {name} must have {size} features, but "
                                 f"it is {tuple(x.shape)}.")
        q, k, v = (self._projected(x, part) for part, x in enumerate((query, key, value)))  # (N, L, E)
        k, v, more = self._with_extra_keys(k, v)
        q, k, v = (x.reshape(*x.shape[:2], self.num_heads, -1).transpose(1, 2) for x in (q, k, v))
        scores = (q * (1 / math.sqrt(q.shape[-1]))) @ matrix_transpose(k)          # (N, heads, L, S)
        scores = self._with_masks(scores, attn_mask, key_padding_mask, more)
        masked = attn_mask is not None or key_padding_mask is not None
        weights = dropout(_shares(scores, masked), self.dropout, self.training)
        mixed = (weights @ v).transpose(1, 2).flatten(2)                           # (N, L, E)
        out = self.out_proj(mixed)
        seen = None if not need_weights else weights.mean(1) if average_attn_weights else weights
        if single:
            return out.squeeze(0), None if seen is None else seen.squeeze(0)
        return (out if self.batch_first else out.transpose(0, 1)), seen

    def _projected(self, x: Tensor, part: int) -> Tensor:
        """Queries (part 0), keys (1) or values (2): (N, L, E)."""
        rows = slice(part * self.embed_dim, (part + 1) * self.embed_dim)
        bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
        if self.in_proj_weight is not None:
            return linear(x, self.in_proj_weight[rows], bias)
        return linear(x, (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)[part], bias)

    def _with_extra_keys(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]:
        """Keys and values (N, S, E) with the learned ones and those of zeros, and how many were added."""
        more = 0
        if self.bias_k is not None:
            k, v = (cat([x, b.expand(x.shape[0], 1, -1)], 1) for x, b in ((k, self.bias_k), (v, self.bias_v)))
            more += 1
        if self.add_zero_attn:
            nothing = zeros(k.shape[0], 1, self.embed_dim, dtype=k.dtype, device=k.device)
            k, v = cat([k, nothing], 1), cat([v, nothing], 1)
            more += 1
        return k, v, more

    def _with_masks(self, scores: Tensor, attn_mask: Tensor | None, padding: Tensor | None,
                    more: int) -> Tensor:
        keys = scores.shape[-1] - more                     # those added last may always be looked at
        if attn_mask is not None:
            if attn_mask.ndim == 3:                        # (N·heads, L, S)
                attn_mask = attn_mask.reshape(*scores.shape[:-1], keys)
            scores = _masked(scores, pad(attn_mask, (0, more)) if more else attn_mask, keep=False)
        if padding is not None:
            if tuple(padding.shape) != (scores.shape[0], keys):
                raise ShapeError(f"MultiheadAttention: key_padding_mask must be "
                                 f"{(scores.shape[0], keys)}, but it is {tuple(padding.shape)}.")
            padding = padding.reshape(padding.shape[0], 1, 1, -1)
            scores = _masked(scores, pad(padding, (0, more)) if more else padding, keep=False)
        return scores
