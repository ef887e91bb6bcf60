"""What a tokenizer returns: a dict of input_ids, token_type_ids and attention_mask."""
from __future__ import annotations

from typing import Any

from ..autograd.tensor import Tensor


class Encoding(dict[str, Any]):
    """Encoded texts: ``model(**encoding)`` passes all fields; ``encoding.input_ids`` is one of them.

    >>> from minigrad.text import Encoding
    >>> encoding = Encoding(input_ids=[101, 102], attention_mask=[1, 1])
    >>> encoding.attention_mask, sorted(encoding.without("attention_mask"))
    ([1, 1], ['input_ids'])
    """

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(f"Encoding has no {name!r}; it has {', '.join(self) or 'nothing'}.")
        return self[name]

    def to(self, device: str) -> Encoding:
        """The tensors among the fields on another device."""
        return Encoding({k: v.to(device) if isinstance(v, Tensor) else v for k, v in self.items()})

    def without(self, *names: str) -> Encoding:
        """The other fields: ``without("token_type_ids")`` for a model that does not take them."""
        return Encoding({k: v for k, v in self.items() if k not in names})
