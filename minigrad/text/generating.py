"""From scores to the next token, and so to a text.

    logits (N, V)  →  / temperature  →  the k best  →  the best that have the share p  →  draw one
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor, no_grad
from ..autograd.tensor import wrap
from ..backend.random import Generator
from ..errors import RangeError, ShapeError
from ..nn import functional as F
from ..ops.join import cat
from ..ops.sampling import multinomial


def next_probabilities(logits: Tensor, temperature: float = 1.0, top_k: int | None = None,
                       top_p: float | None = None) -> Tensor:
    """The probabilities from which the next token is drawn: (N, V) → (N, V).

    Args:
        temperature: divides the logits: below 1 more certain, above 1 more daring; 0: only the best.
        top_k: only the k best tokens (and those equal to the last of them).
        top_p: only the best tokens that together have at least this probability (Holtzman et al. 2020).

    Raises ShapeError unless the logits are (N, V); RangeError for a temperature below 0, a top_k below 1 or a
    top_p outside (0, 1].

    >>> from minigrad.text import next_probabilities
    >>> next_probabilities(minigrad.tensor([[2.0, 1.0, 1.0, 0.0]]).log(), top_p=0.7)
    tensor([[0.6667, 0.3333, 0.0000, 0.0000]])
    """
    if logits.ndim != 2:
        raise ShapeError(f"next_probabilities: expected logits of shape (N, V), got {tuple(logits.shape)}.")
    if not temperature >= 0:
        raise RangeError(f"next_probabilities: temperature must be a number from 0, got {temperature}.")
    if top_k is not None and top_k < 1:
        raise RangeError(f"next_probabilities: top_k must be from 1, got {top_k}.")
    if top_p is not None and not 0 < top_p <= 1:
        raise RangeError(f"next_probabilities: top_p must be above 0, and 1 at most, got {top_p}.")
    z = logits.detach()
    if temperature == 0:
        return F.one_hot(z.argmax(-1), z.shape[-1]).to(z.dtype)
    z = z / temperature
    if top_k is not None and top_k < z.shape[-1]:
        z = z.masked_fill(z < z.topk(top_k, -1).values[:, -1:], -np.inf)
    if top_p is not None:
        p, order = F.softmax(z, -1).sort(-1, descending=True, stable=True)      # (N, V)
        late = p.cumsum(-1) - p >= top_p                    # what comes before has the share already
        z = z.masked_fill(late.gather(-1, order.argsort(-1)), -np.inf)
    return F.softmax(z, -1)


def generate(model: Callable[..., Tensor], ids: Tensor, length: int, *, temperature: float = 1.0,
             top_k: int | None = None, top_p: float | None = None, end: int | None = None,
             cache: Any = None, generator: Generator | None = None) -> Tensor:
    """Continue the ids (N, L) by ``length`` tokens, each drawn by ``next_probabilities``.

    Args:
        model: ids (N, L) to logits (N, L, V); with a cache, model(new ids, cache).
        end: a row that has reached this id repeats it; when all rows have, no more is drawn.
        cache: such as ``model.new_cache()``: the model reads only what is new.
        generator: decides what is drawn; the global one when None.

    Returns the ids (N, L + up to length). Raises ShapeError unless the ids are (N, L) with at least one,
    RangeError for a length below 0.

    >>> from minigrad.text import generate
    >>> count_up = lambda ids: minigrad.nn.functional.one_hot((ids + 1) % 5, 5) * 9.0
    >>> generate(count_up, minigrad.tensor([[1], [3]]), 3, temperature=0)
    tensor([[1, 2, 3, 4],
            [3, 4, 0, 1]])
    """
    if ids.ndim != 2 or 0 in ids.shape:
        raise ShapeError(f"generate: expected ids of shape (N, L), at least one, got {tuple(ids.shape)}.")
    if length < 0:
        raise RangeError(f"generate: length must be from 0, got {length}.")
    done = np.zeros((ids.shape[0], 1), bool)
    new = ids
    with no_grad():
        for _ in range(length):
            logits = (model(ids) if cache is None else model(new, cache))[:, -1]        # (N, V)
            p = next_probabilities(logits, temperature, top_k, top_p)
            new = multinomial(p, 1, generator=generator)                                # (N, 1)
            if end is not None:
                new = new.masked_fill(wrap(done).to(new.device), end)
                done |= new.cpu().numpy() == end
            ids = cat([ids, new], 1)
            if done.all():
                break
    return ids
