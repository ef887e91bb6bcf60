"""Sequences of different lengths in one batch, packed so that no step is wasted on padding.

Sorted by length, the longest first, the sequences that still go on at step t are the first
``batch_sizes[t]``. A PackedSequence holds their entries step by step in one tensor, and a recurrent layer
takes it as it is.
"""
from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import to_numpy
from ..errors import RangeError, ShapeError
from ..ops.create import full
from ..ops.join import cat, stack
from ..ops.linalg import linear


class PackedSequence(NamedTuple):
    """What ``pack_padded_sequence`` returns.

    data (Σ lengths, …): all entries, step by step; batch_sizes (longest): how many sequences each step has;
    sorted_indices, unsorted_indices: the order by length, and back; None if they came sorted.

    >>> x = minigrad.tensor([[1.0, 2.0], [3.0, 0.0]])
    >>> packed = minigrad.nn.utils.rnn.pack_padded_sequence(x, [2, 1], batch_first=True)
    >>> packed.data, packed.batch_sizes                     # step 0 of both, step 1 of the first
    (tensor([1., 3., 2.]), tensor([2, 1]))
    """

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with ``data`` moved or converted."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def cpu(self) -> PackedSequence:
        """The same on the CPU."""
        return self.to("cpu")

    def cuda(self) -> PackedSequence:
        """The same on a GPU."""
        return self.to("cuda")


def pack_padded_sequence(input: Tensor, lengths: Any, batch_first: bool = False,
                         enforce_sorted: bool = True) -> PackedSequence:
    """A padded batch (T, N, …), or (N, T, …) with batch_first, without its padding.

    lengths (N): how many steps of each sequence count. Unless ``enforce_sorted=False`` they must fall. Raises
    ShapeError for another number of lengths, RangeError for a length outside of 1 … T, ValueError for lengths
    that are not sorted.

    >>> x = minigrad.tensor([[1.0, 2.0], [3.0, 0.0]])       # two sequences, of 2 and 1 steps
    >>> minigrad.nn.utils.rnn.pack_padded_sequence(x, [2, 1], batch_first=True).data
    tensor([1., 3., 2.])
    """
    name = "pack_padded_sequence"
    sizes = np.asarray(to_numpy(array_of(lengths)) if isinstance(lengths, Tensor) else lengths, np.int64)
    x = input.transpose(0, 1) if batch_first else input                         # (T, N, …)
    if input.ndim < 2 or sizes.shape != (x.shape[1],):
        raise ShapeError(f"{name}: the input must be (T, N, …) with N lengths, got {tuple(input.shape)} and "
                         f"{sizes.shape} lengths.")
    if sizes.size and not 1 <= sizes.min() <= sizes.max() <= x.shape[0]:
        raise RangeError(f"{name}: lengths must be in [1, {x.shape[0]}], got {sizes.tolist()}.")
    order = None
    if (np.diff(sizes) > 0).any() or not enforce_sorted:
        if enforce_sorted:
            raise ValueError(f"{name}: lengths must fall from the longest on, got {sizes.tolist()}. Sort the "
                             "batch, or pass enforce_sorted=False.")
        order = np.argsort(-sizes, kind="stable")
        sizes, x = sizes[order], x[:, order]
    steps = np.arange(int(sizes.max(initial=0)))
    going = steps[:, None] < sizes                                              # (T, N)
    at = wrap(going.sum(1))
    if order is None:
        return PackedSequence(x[np.nonzero(going)], at)
    return PackedSequence(x[np.nonzero(going)], at, wrap(order), wrap(np.argsort(order)))


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:
    """``pack_padded_sequence`` undone: the batch (T, N, …), or (N, T, …) with batch_first, and lengths (N).

    ``total_length`` pads to more steps than the longest has. Raises RangeError when it is less.

    >>> x = minigrad.tensor([[1.0, 2.0], [3.0, 0.0]])
    >>> packed = minigrad.nn.utils.rnn.pack_padded_sequence(x, [2, 1], batch_first=True)
    >>> minigrad.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1., 2.],
            [3., 0.]]), tensor([2, 1]))
    """
    counts = to_numpy(sequence.batch_sizes._array)
    steps = len(counts) if total_length is None else total_length
    if steps < len(counts):
        raise RangeError(f"pad_packed_sequence: total_length {steps} is less than the longest sequence, "
                         f"{len(counts)}.")
    going = np.arange(counts[0]) < counts[:, None]                              # (T, N)
    data, shape = sequence.data, (steps, int(counts[0]), *sequence.data.shape[1:])
    padded = full(shape, padding_value, dtype=data.dtype, device=data.device)
    padded[np.nonzero(going)] = data
    lengths = going.sum(0)
    if sequence.unsorted_indices is not None:
        back = to_numpy(sequence.unsorted_indices._array)
        padded, lengths = padded[:, back], lengths[back]
    return (padded.transpose(0, 1) if batch_first else padded), wrap(lengths)


def pad_sequence(sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Tensor:
    """Sequences (Tᵢ, …) as one batch (longest, N, …), or (N, longest, …) with batch_first.

    Raises ShapeError when more than the first sizes differ, ValueError for a side other than "right" and
    "left".

    >>> minigrad.nn.utils.rnn.pad_sequence([minigrad.tensor([1, 2]), minigrad.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if padding_side not in ("right", "left"):
        raise ValueError(f"pad_sequence: padding_side must be 'right' or 'left', got {padding_side!r}.")
    sequences = list(sequences)
    if len({tuple(s.shape[1:]) for s in sequences}) != 1 or not sequences[0].ndim:
        raise ShapeError(f"pad_sequence: expected sequences (T, …) that differ in T alone, got "
                         f"{[tuple(s.shape) for s in sequences]}.")
    longest = max(s.shape[0] for s in sequences)
    rows = []
    for s in sequences:
        parts = [s, full((longest - s.shape[0], *s.shape[1:]), padding_value, dtype=s.dtype, device=s.device)]
        rows.append(s if s.shape[0] == longest else cat(parts if padding_side == "right" else parts[::-1]))
    return stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences (Tᵢ, …) of a padded batch: pad_sequence undone.

    >>> minigrad.nn.utils.rnn.unpad_sequence(minigrad.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:int(n)] for row, n in zip(rows, lengths)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (Tᵢ, …) packed; errors as in ``pack_padded_sequence``.

    >>> minigrad.nn.utils.rnn.pack_sequence([minigrad.tensor([1, 2]), minigrad.tensor([3])]).data
    tensor([1, 3, 2])
    """
    return pack_padded_sequence(pad_sequence(sequences), [s.shape[0] for s in sequences],
                                enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch: pack_sequence undone.

    >>> packed = minigrad.nn.utils.rnn.pack_sequence([minigrad.tensor([1, 2]), minigrad.tensor([3])])
    >>> minigrad.nn.utils.rnn.unpack_sequence(packed)
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths.tolist(), batch_first=True)


def run_packed(layer: Any, sequence: PackedSequence,
               start: tuple[Tensor, ...] | None) -> tuple[PackedSequence, tuple[Tensor, ...]]:
    """A recurrent layer on a packed batch: the packed outputs, and the last state of each sequence.

    ``start``: the first states, each (layers·directions, N, hidden), or None for zeros.
    """
    x, counts = sequence.data, to_numpy(sequence.batch_sizes._array).tolist()
    if x.ndim != 2 or x.shape[1] != layer.input_size:
        raise ShapeError(f"{type(layer).__name__}: the packed entries must have {layer.input_size} features, "
                         f"but they are {tuple(x.shape)}.")
    if start is not None and sequence.sorted_indices is not None:
        start = tuple(s[:, sequence.sorted_indices] for s in start)
    x, states = layer.through_layers(x, counts[0], start, partial(_along, layer, counts))
    if sequence.unsorted_indices is not None:
        states = tuple(s[:, sequence.unsorted_indices] for s in states)
    return sequence._replace(data=x), states


def _along(layer: Any, counts: list[int], x: Tensor, state: tuple[Tensor, ...],
           suffix: str) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer in one direction: forward, sequences drop out as they end; backward, they join in."""
    w_ih, w_hh, b_ih, b_hh, project = layer.weights(suffix)
    products = linear(x, w_ih, b_ih)                                            # (Σ lengths, gates·hidden)
    starts = np.cumsum([0, *counts]).tolist()
    backwards, steps, outputs = suffix.endswith("_reverse"), range(len(counts)), []
    first, ended = state, []
    if backwards:
        state = tuple(s[:counts[-1]] for s in first)
    for t in reversed(steps) if backwards else steps:
        now, have = counts[t], state[0].shape[0]
        if now < have:                                                          # the last ones have ended
            ended.append(tuple(s[now:] for s in state))
            state = tuple(s[:now] for s in state)
        elif now > have:
            state = tuple(cat([s, f[have:now]]) for s, f in zip(state, first))
        state = layer.cell(products[starts[t]:starts[t + 1]], linear(state[0], w_hh, b_hh), state)
        if project is not None:
            state = (linear(state[0], project), *state[1:])
        outputs.append(state[0])
    last = tuple(cat([s, *(e[k] for e in reversed(ended))]) for k, s in enumerate(state))
    return cat(outputs[::-1] if backwards else outputs), last
