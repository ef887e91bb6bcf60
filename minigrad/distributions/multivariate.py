"""The normal distribution of vectors."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..linalg import cholesky, inv, solve_triangular
from ..ops.exponential import log
from ..ops.matrix import diagonal, matrix_transpose
from . import constraints
from .distribution import Distribution, parameters_of


class MultivariateNormal(Distribution):
    """p(x) = exp(−½ (x − loc)ᵀ C⁻¹ (x − loc)) / √((2π)ᴷ det C)  for a covariance C = L Lᵀ.

    Args:
        loc: (…, K), the mean.
        covariance_matrix, precision_matrix, scale_tril: C, C⁻¹ or L, a lower triangle, (…, K, K).

    Raises ValueError unless exactly one of the three is given.

    >>> normal = minigrad.distributions.MultivariateNormal(minigrad.zeros(2), 4 * minigrad.eye(2))
    >>> normal.log_prob(minigrad.zeros(2)), normal.variance              # −ln(2π · 4)
    (tensor(-3.2242), tensor([4., 4.]))
    """

    arg_constraints = {"loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
                       "precision_matrix": constraints.positive_definite,
                       "scale_tril": constraints.lower_cholesky}
    support: Any = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Tensor, covariance_matrix: Tensor | None = None,
                 precision_matrix: Tensor | None = None, scale_tril: Tensor | None = None,
                 validate_args: bool | None = None) -> None:
        given = {name: x for name, x in (("covariance_matrix", covariance_matrix),
                                         ("precision_matrix", precision_matrix), ("scale_tril", scale_tril))
                 if x is not None}
        if len(given) != 1:
            raise ValueError("MultivariateNormal: give one of covariance_matrix, precision_matrix and "
                             f"scale_tril, got {', '.join(given) or 'none'}.")
        (name, matrix), = given.items()
        if loc.ndim < 1 or matrix.ndim < 2:
            raise ValueError("MultivariateNormal: loc must be a vector and the matrix (K, K), or batches of "
                             f"them, got the shapes {tuple(loc.shape)} and {tuple(matrix.shape)}.")
        column, matrix = parameters_of(loc.unsqueeze(-1), matrix)
        self.loc = column[..., 0]
        self.__dict__[name] = matrix
        super().__init__(self.loc.shape[:-1], self.loc.shape[-1:], validate_args)
        if name == "scale_tril":
            self.lower = matrix
        else:
            self.lower = cholesky(matrix if name == "covariance_matrix" else inv(matrix))

    def __getattr__(self, name: str) -> Any:
        """Of L, C and C⁻¹ those that were not given."""
        if "lower" in self.__dict__:
            lower = self.__dict__["lower"]
            if name == "scale_tril":
                return lower
            if name == "covariance_matrix":
                return lower @ matrix_transpose(lower)
            if name == "precision_matrix":
                return inv(lower @ matrix_transpose(lower))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + L z."""
        z = self._drawn(self._random.standard_normal(self._extended_shape(sample_shape)), self.loc)
        return self.loc + (self.lower @ z.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """−½ |L⁻¹ (x − loc)|² − Σ ln Lₖₖ − K/2 ln(2π)."""
        self._validate_sample(value)
        return -0.5 * squared_distance(self.lower, value - self.loc) - self.half_log_det \
            - 0.5 * self._event_shape[0] * math.log(2 * math.pi)

    @property
    def half_log_det(self) -> Tensor:
        """½ ln det C = Σ ln Lₖₖ."""
        return log(diagonal(self.lower, dim1=-2, dim2=-1)).sum(-1)

    def entropy(self) -> Tensor:
        """½ ln det C + K/2 (1 + ln(2π))."""
        return self.half_log_det + 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi))

    @property
    def mean(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The diagonal of C."""
        return (self.lower ** 2).sum(-1)


def squared_distance(lower: Tensor, x: Tensor) -> Tensor:
    """|L⁻¹ x|², of L (…, K, K) and x (…, K)."""
    column = x.unsqueeze(-1)
    shape = np.broadcast_shapes(tuple(column.shape[:-2]), tuple(lower.shape[:-2]))
    size = x.shape[-1]
    z = solve_triangular(lower.expand(*shape, size, size), column.expand(*shape, size, 1), upper=False)
    return (z ** 2).sum((-2, -1))
