"""The sizes at which another way of computing becomes faster, mostly measured (``benchmarks/NOTES.md``).

A processor core computes on what lies in its cache (1 to 2 MB) several times as fast as it fetches from
memory. So several passes over a large array go part by part, all of them over one part before the next.
"""

#: Bytes of an array from which passes over it go in parts, and bytes of one part ("Parts and threads"):
#: three such parts fit into the cache.
IN_PARTS = 1 << 20
PART = 1 << 18

#: Bytes of a convolution's result from which Conv2d, ReLU and MaxPool2d run as one operation: at 0.4 MB that
#: takes 1.2 to 1.4 times as long as one after the other, at 0.7 MB as long, at 1.3 MB two thirds.
FUSED = 1 << 20

#: Bytes of the buffer that holds columns of im2col ("The buffer of columns"): flat from 1 to 8 MiB.
COLUMNS = 1 << 20

#: Entries that an optimizer's step takes at a time ("Adam"): five float32 arrays of them fill 1.3 MB.
STEP = 1 << 16

#: Entries that GELU takes at a time: 256 kB each for x, y, the slope and two helpers.
GELU = 1 << 16

#: Entries that erf takes at a time.
ERF = 1 << 14

#: Entries of a matrix from which BLAS adds up its rows faster than NumPy does.
SUM_BY_PRODUCT = 1 << 14

#: Entries from which looking for one maximum of all rows pays in softmax.
COMMON_MAXIMUM = 1 << 14

# Work from which a kernel in C replaces NumPy, its call included ("Kernels in C"; chosen by reasoning, not
# measured one by one).

#: Multiplications of a convolution, and of a matrix product: there NumPy's BLAS would begin to use threads.
CONVOLUTION, MATMUL = 1 << 17, 1 << 18

#: Entries of an image batch that is pooled, or copied into another order; of what is normalized, or goes
#: through softmax; of a function of one number; of a parameter that an optimizer moves; of the gates of one
#: step of an LSTM or GRU.
POOLING, DENSE, NORM, POINTWISE, UPDATE, GATES = 1 << 13, 1 << 13, 1 << 12, 1 << 11, 1 << 10, 1 << 8

#: Multiplications, or entries that a pass takes, from which a kernel runs on all threads.
PRODUCTS_FOR_THREADS, ENTRIES_FOR_THREADS = 1 << 20, 1 << 16

#: Bytes of an array from which it begins at a cache line ("Memory"), and the bytes of such a line.
ALIGNED, LINE = 1 << 16, 64
