"""Sequences of different lengths in one batch: PyTorch's place for what ``nn/packed.py`` does."""
from ..packed import (PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence,
                      unpack_sequence, unpad_sequence)

__all__ = ["PackedSequence", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence",
           "unpack_sequence", "unpad_sequence"]
