"""Only a name: ``minigrad.data`` under PyTorch's path ``utils.data``.

>>> from minigrad.utils.data import DataLoader
>>> DataLoader.__module__
'minigrad.data.loader'
"""
import sys

from .. import data

sys.modules[__name__ + ".data"] = data      # the same module, not a copy of its names

__all__ = ["data"]
