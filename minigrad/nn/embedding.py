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
    (1, 3, 4)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                 sparse: bool = False, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        if sparse:
            raise NotImplementedError("Embedding: sparse=True is not supported. Leave it out: the gradient "
                                      "is then an ordinary tensor with zeros in the other rows.")
        require_sizes("Embedding", 0, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise RangeError(f"Embedding: padding_idx {padding_idx} is not a row of {num_embeddings}.")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._array[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None,
                        **options: Any) -> Embedding:
        """A layer with the given table (V, D), frozen unless ``freeze`` is False."""
        layer = cls(embeddings.shape[0], embeddings.shape[1], **options)
        layer.padding_idx = padding_idx
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
                         self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, plain in (("padding_idx", None), ("max_norm", None), ("norm_type", 2.0),
                            ("scale_grad_by_freq", False)):
            text += f", {name}={getattr(self, name)}" if getattr(self, name) != plain else ""
        return text
