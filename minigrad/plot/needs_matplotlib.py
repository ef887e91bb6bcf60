"""Loads matplotlib; everything that draws imports this first.

matplotlib reads the variable MPLBACKEND as it loads, and fails at a name that it does not know. minigrad's
pictures need no backend, so a RangeError says in one sentence what to do.
"""
import os

from ..errors import RangeError

__all__ = ["matplotlib"]

try:
    import matplotlib
except ValueError:
    name = os.environ.get("MPLBACKEND")
    raise RangeError(f"The variable MPLBACKEND is {name!r}, which is not a backend of matplotlib. Unset it: "
                     "minigrad's pictures need none.") from None
