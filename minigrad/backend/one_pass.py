"""Whether a parameter's update may go through its arrays in one pass, by ``c/optim.c``."""
from __future__ import annotations

from .arrays import Array
from .c.kernels import has_kernels

KERNEL = 1 << 10            # entries of a parameter from which the kernel is faster, its call included


def in_one_pass(*arrays: Array | None) -> bool:
    """Whether all lie row-major, or all in the same other order without gaps; None counts as nothing."""
    there = [a for a in arrays if a is not None]
    return has_kernels(*there) and (all([a.flags.c_contiguous for a in there])
                                    or all([a.flags.f_contiguous for a in there]))
