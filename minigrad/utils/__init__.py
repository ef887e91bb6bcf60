"""Only a name: PyTorch's ``utils.data`` is ``minigrad.data``, under this path, too.

>>> from minigrad.utils.data import DataLoader
>>> DataLoader.__module__
'minigrad.data.loader'
"""
import sys

from .. import data

sys.modules[__name__ + ".data"] = data      # the same module, not a copy of its names

__all__ = ["data"]
