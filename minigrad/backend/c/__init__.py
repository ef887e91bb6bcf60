"""Kernels for the CPU in C, each a short function beside the NumPy reference that defines it.

The ``.c`` files are compiled when one is first needed, and kept in the user's cache (``toolchain``).
Without a compiler, or with ``MINIGRAD_C=0``, everything runs on NumPy alone and gives the same numbers up
to rounding. ``python -m minigrad`` says which of the two it is.
"""
