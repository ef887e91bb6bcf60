"""PyTorch's path ``utils``: checkpoints of a forward pass; and ``minigrad.data`` as ``utils.data``.

>>> from minigrad.utils.data import DataLoader
>>> DataLoader.__module__
'minigrad.data.loader'
"""
import sys

from .. import data
from . import checkpoint

sys.modules[__name__ + ".data"] = data      # the same module, not a copy of its names

__all__ = ["checkpoint", "data"]
