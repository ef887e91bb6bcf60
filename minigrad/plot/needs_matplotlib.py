"""Importing this loads matplotlib; what draws imports it first.

matplotlib reads the variable MPLBACKEND as it loads, and stops at a name that it does not know. minigrad's
pictures need no backend, so it is said in one sentence what to do: RangeError.
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
