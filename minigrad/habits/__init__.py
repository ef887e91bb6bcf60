"""Names that programs for PyTorch use out of habit, and libraries that ask which framework a tensor is of.

Nothing here is needed to understand minigrad.
"""
from . import einops
from .names import names

__all__ = ["einops", "names"]
