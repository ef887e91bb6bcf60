"""Linear algebra with PyTorch's names: ``minigrad.linalg.solve(a, b)``, with gradients."""
from ..errors import LinAlgError
from .decompositions import (cholesky, cholesky_inverse, cholesky_solve, eigh, eigvalsh, qr, svd, svdvals)
from .matrices import (cond, cross, diagonal, matrix_norm, matrix_power, matrix_rank, multi_dot, norm, vander,
                       vecdot, vector_norm)
from .solving import det, inv, inverse, logdet, lstsq, pinv, pinverse, slogdet, solve, solve_triangular
from ..ops.linalg import matmul

__all__ = ["LinAlgError", "cholesky", "cholesky_inverse", "cholesky_solve", "cond", "cross", "det",
           "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm", "matrix_power",
           "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
           "svdvals", "vander", "vecdot", "vector_norm"]
