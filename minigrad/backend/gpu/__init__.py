"""Everything CUDA: finding a GPU, the kernels (``*.cu``, each beside its NumPy reference), capture.

CuPy computes what NumPy computes on the CPU. Where one kernel of our own replaces many of CuPy's, it
stands here: the source in a ``.cu`` file, and in the ``.py`` file of the same name the formula in
NumPy and the call. ``on_cpu`` compiles the same sources with a C++ compiler, so that they can be run,
and are tested, without a GPU.
"""
