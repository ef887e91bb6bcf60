"""PyTorch's path ``utils``: checkpoints of a forward pass; and ``minigrad.data`` as ``utils.data``.

>>> from minigrad.utils.data import DataLoader
>>> DataLoader.__module__
'minigrad.data.loader'
"""
import sys

from .. import data
from . import checkpoint

for name, module in {"data": data, "data.distributed": data.distributed}.items():
    sys.modules[f"{__name__}.{name}"] = module      # the same module, not a copy of its names

__all__ = ["checkpoint", "data"]
