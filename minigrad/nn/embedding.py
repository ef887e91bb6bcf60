"""A table of vectors, one for each word or class."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..errors import RangeError
from ..errors.arguments import require_sizes
from ..ops.create import empty
from ..ops.embedding import embedding
from . import init
from .module import Module
from .parameter import Parameter


class Embedding(Module):
    """Looks up rows of a table: (…) integer indices → (…, embedding_dim).

    weight (num_embeddings, embedding_dim) starts normal (0, 1). The row ``padding_idx`` starts at 0 and
    receives no gradient. Raises RangeError for a padding_idx or an index outside, DTypeError for indices
    that are not integers.

    >>> minigrad.nn.Embedding(10, 4)(minigrad.tensor([[1, 2, 3]])).shape
    minigrad.Size([1, 3, 4])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                 sparse: bool = False, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        if max_norm is not None or scale_grad_by_freq or sparse:
            raise NotImplementedError("Embedding: max_norm, scale_grad_by_freq and sparse are not supported.")
        require_sizes("Embedding", 0, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise RangeError(f"Embedding: padding_idx {padding_idx} is not a row of {num_embeddings}.")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._array[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True,
                        padding_idx: int | None = None) -> Embedding:
        """A layer with the given table (V, D), frozen unless ``freeze`` is False."""
        layer = cls(embeddings.shape[0], embeddings.shape[1])
        layer.padding_idx = padding_idx
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
