"""GPT-2: a transformer that predicts the next token (Radford et al. 2019).

    ids (N, L)  →  token + place (N, L, D)  →  block 1 … block n (N, L, D)  →  LayerNorm  →  logits (N, L, V)

A block lets every position look at itself and those before it, then works on each position alone. Each half
normalizes first and adds its result to what came in ("pre-norm"). The last product is with the table of
tokens again. All parameters are named as in the published weights.
"""
from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from .. import nn
from ..autograd import Tensor
from ..errors import DataError, DTypeError, RangeError, ShapeError
from ..files.saving import save
from ..nn import functional as F
from ..ops.create import ones
from ..ops.join import cat
from ..ops.matrix import tril
from .bert import ACTIVATIONS
from .config import check_entries, read_config, write_config
from .pretrained import WEIGHTS, LoadReport, check_sizes, place_weights, plain_name, read_weights


@dataclass
class GPTConfig:
    """The sizes of a GPT-2, under the names of its ``config.json``; the defaults are those of "gpt2".

    Raises RangeError for sizes below 1, heads that do not divide n_embd, a dropout outside [0, 1], or an
    unknown activation.

    >>> from minigrad.text import GPTConfig
    >>> GPTConfig(n_layer=24, n_head=16, n_embd=1024).n_embd            # gpt2-medium
    1024
    """

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None              # None: 4 n_embd
    activation_function: str = "gelu_new"
    embd_pdrop: float = 0.1
    attn_pdrop: float = 0.1
    resid_pdrop: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02

    def __post_init__(self) -> None:
        check_entries(self, ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "n_inner"),
                      ("embd_pdrop", "attn_pdrop", "resid_pdrop"),
                      ("layer_norm_epsilon", "initializer_range"), "activation_function")
        if self.n_embd % self.n_head:
            raise RangeError(f"GPTConfig: n_embd {self.n_embd} is not a multiple of n_head {self.n_head}.")

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], **changes: Any) -> GPTConfig:
        """The ``config.json`` of a folder, with ``changes``; entries that have no effect here are ignored.

        Raises DataError that names the file when it is missing, is not JSON, or describes another model.
        """
        path, found = read_config(folder, "gpt2")
        for name, usual in (("scale_attn_weights", True), ("scale_attn_by_inverse_layer_idx", False),
                            ("add_cross_attention", False), ("tie_word_embeddings", True)):
            if found.get(name, usual) != usual:
                raise DataError(f"config: {path} has {name} = {found[name]!r}; only GPT-2's own form, "
                                f"{usual}, is supported.")
        names = {field.name for field in fields(cls)}
        try:
            return cls(**{**{k: v for k, v in found.items() if k in names}, **changes})
        except (RangeError, TypeError) as error:
            raise DataError(f"config: {path}: {error}") from None


class Cache:
    """The keys and values of what a model has read, so that it reads only what is new.

    >>> from minigrad.text import GPT, GPTConfig
    >>> gpt = GPT(GPTConfig(vocab_size=9, n_positions=8, n_embd=8, n_layer=1, n_head=2)).eval()
    >>> cache = gpt.new_cache()
    >>> _ = gpt(minigrad.tensor([[1, 2, 3]]), cache)
    >>> gpt(minigrad.tensor([[4]]), cache).shape, cache.length
    (minigrad.Size([1, 1, 9]), 4)
    """

    def __init__(self) -> None:
        self.layers: list[tuple[Tensor, Tensor]] = []

    @property
    def length(self) -> int:
        """How many positions were read."""
        return int(self.layers[0][0].shape[2]) if self.layers else 0

    def extended(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values of a layer, (N, H, P + L, d), after the new ones (N, H, L, d) are added."""
        if layer == len(self.layers):
            self.layers.append((k, v))
        else:
            old_k, old_v = self.layers[layer]
            self.layers[layer] = cat([old_k, k], 2), cat([old_v, v], 2)
        return self.layers[layer]


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────

class Product(nn.Module):
    """x W + b with W (in, out): a linear layer whose weight lies as in the published files."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(ones(inputs, outputs))
        self.bias = nn.Parameter(ones(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        return x @ self.weight + self.bias


class GPTAttention(nn.Module):
    """softmax(Q Kᵀ / √d) V, in which no position looks at those after it."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads, self.share = config.n_head, config.attn_pdrop
        self.c_attn = Product(config.n_embd, 3 * config.n_embd)
        self.c_proj = Product(config.n_embd, config.n_embd)
        self.resid_dropout = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor, layer: int, cache: Cache | None) -> Tensor:
        """(N, L, D) → (N, L, D)."""
        n, length, size = x.shape
        q, k, v = (part.reshape(n, length, self.heads, -1).transpose(1, 2)              # (N, H, L, d)
                   for part in self.c_attn(x).chunk(3, -1))
        if cache is not None:
            k, v = cache.extended(layer, k, v)                                          # (N, H, P + L, d)
        read = k.shape[2]
        seen = tril(ones(length, read, device=x.device), read - length).bool()          # (L, P + L)
        mixed = F.scaled_dot_product_attention(q, k, v, seen, self.share if self.training else 0.0)
        return self.resid_dropout(self.c_proj(mixed.transpose(1, 2).reshape(n, length, size)))


class GPTFeedForward(nn.Module):
    """Each position alone: D → 4 D, a GELU, and back."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        inner = config.n_inner or 4 * config.n_embd
        self.c_fc, self.c_proj = Product(config.n_embd, inner), Product(inner, config.n_embd)
        self.activation = ACTIVATIONS[config.activation_function]
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, D) → (N, L, D)."""
        return self.dropout(self.c_proj(self.activation(self.c_fc(x))))


class GPTBlock(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.attn = GPTAttention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.mlp = GPTFeedForward(config)

    def forward(self, x: Tensor, layer: int, cache: Cache | None) -> Tensor:
        """(N, L, D) → (N, L, D)."""
        x = x + self.attn(self.ln_1(x), layer, cache)
        return x + self.mlp(self.ln_2(x))


# ── the model ─────────────────────────────────────────────────────────────────────────────────────

#: Which tensor and axis of a file show each size of its model.
SIZES = {"vocab_size": ("wte.weight", 0), "n_embd": ("wte.weight", 1), "n_positions": ("wpe.weight", 0)}


class GPT(nn.Module):
    """ids (N, L) → logits (N, L, V): at each position, the scores of the token after it.

    Weights start normal (0, initializer_range), those of the layers that end a residual smaller by √(2
    n_layer), biases at 0, as in the original. Raises ShapeError for ids that are not (N, L), DTypeError for
    ids that are not integers, RangeError for ids outside the vocabulary and for longer texts than the table
    of places.

    >>> from minigrad.text import GPT, GPTConfig, generate
    >>> gpt = GPT(GPTConfig(vocab_size=9, n_positions=8, n_embd=8, n_layer=1, n_head=2)).eval()
    >>> generate(gpt, minigrad.tensor([[1, 2]]), 3, cache=gpt.new_cache()).shape
    minigrad.Size([1, 5])
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList([GPTBlock(config) for _ in range(config.n_layer)])
        self.ln_f = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.report: LoadReport | None = None
        for name, p in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(p)
            elif "ln_" not in name:
                last = name.endswith("c_proj.weight")
                nn.init.normal_(p, std=config.initializer_range / (math.sqrt(2 * config.n_layer) if last
                                                                   else 1))

    def forward(self, ids: Tensor, cache: Cache | None = None) -> Tensor:
        """(N, L) → (N, L, V). With a cache, the ids are those that follow what it has."""
        start = cache.length if cache is not None else 0
        self._check(ids, start)
        x = self.drop(self.wte(ids) + self.wpe.weight[start:start + ids.shape[1]])      # (N, L, D)
        for layer, block in enumerate(self.h):
            x = block(x, layer, cache)
        return F.linear(self.ln_f(x), self.wte.weight)

    def new_cache(self) -> Cache:
        """An empty cache, to be passed with every call for one batch of texts."""
        return Cache()

    def _check(self, ids: Tensor, start: int) -> None:
        if not isinstance(ids, Tensor) or ids.dtype.kind not in "iu":
            got = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
            raise DTypeError(f"GPT: expected ids as a tensor of integers, got {got}. Use minigrad.tensor("
                             "[tokenizer.encode(text)]).")
        if ids.ndim != 2 or 0 in ids.shape:
            raise ShapeError(f"GPT: expected ids of shape (N, L), at least one, got {tuple(ids.shape)}.")
        if start + ids.shape[1] > self.config.n_positions:
            raise RangeError(f"GPT: {start + ids.shape[1]} positions, but the table of places has "
                             f"{self.config.n_positions}. Pass the last ids only, ids[:, "
                             f"-{self.config.n_positions}:], without a cache.")
        low, high = int(ids.min().item()), int(ids.max().item())
        if low < 0 or high >= self.config.vocab_size:
            raise RangeError(f"GPT: ids must be from 0 to {self.config.vocab_size - 1}, got {low} to {high}. "
                             "Was the text encoded with this model's vocabulary?")

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], **changes: Any) -> GPT:
        """The model in ``config.json`` and ``model.safetensors`` of a folder, in evaluation mode.

        ``changes``: entries of the configuration to replace, such as a dropout. ``report`` says what was
        loaded. Raises DataError when a file is missing, damaged or for another model.
        """
        config = GPTConfig.from_pretrained(folder, **changes)
        path = Path(folder) / WEIGHTS
        found = read_weights(path)
        check_sizes(config, found, Path(folder), SIZES, ("n_layer", "h."))
        head = found.pop("lm_head.weight", None)            # some files have the table of tokens twice
        table = next(t for name, t in found.items() if plain_name(name) == "wte.weight")
        if head is not None and (head.shape != table.shape or bool((head != table).any().item())):
            raise DataError(f"{path}: lm_head.weight is not the table of tokens, wte.weight, again. Only "
                            "GPT-2's own form, where they are the same, is supported.")
        model = cls(config)
        model.report = place_weights(model, found, path)
        model.eval()
        return model

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``config.json`` and ``model.safetensors`` into ``folder``; transformers can read them."""
        write_config(folder, {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"],
                              **asdict(self.config)})
        save({f"transformer.{name}": tensor for name, tensor in self.state_dict().items()},
             Path(folder) / WEIGHTS)
