"""Arrays and devices, memory, and the fast kernels. The only room that may import CuPy."""
from . import memory as memory      # sets the allocator up before the first large array

__all__ = ["memory"]
