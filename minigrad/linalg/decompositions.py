"""Matrices as products of simpler ones: Cholesky, QR, eigenvalues, singular values, with their derivatives.

An operation has one result here, so one with several factors returns them side by side in one array, and the
function cuts them apart again. The derivatives are written for the factors.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, on_host
from ..errors import ShapeError
from ..ops.attach import attach
from ..ops.join import cat
from ..ops.matrix import matrix_transpose as mt, tril, triu
from ..ops.select import where
from .solving import Matrices, Solve, inv, matrices


class Cholesky(Matrices):
    """L Lᵀ = x, L lower triangular;  ∂L/∂x = ½ L⁻ᵀ (Φ + Φᵀ) L⁻¹,  Φ = tril(Lᵀ g), its diagonal halved.

    I. Murray, "Differentiation of the Cholesky decomposition" (2016).
    """

    __slots__ = ()
    advice = "no Cholesky factor, for it isn't positive definite"

    def forward(self, x: Array) -> Array:
        z = np.linalg.cholesky(x)
        self.save(z)
        return z

    def backward(self, g: Any) -> Any:
        (z,) = self.saved
        inner = _lower(mt(z) @ g)
        half = Solve()(mt(z), inner + mt(inner)) / 2                # L⁻ᵀ (Φ + Φᵀ) / 2
        return mt(Solve()(mt(z), mt(half)))


def _lower(x: Any) -> Any:
    """Φ: the lower triangle with the diagonal halved."""
    half = 1 - array_module(array_of(x)).eye(x.shape[-1], dtype=x.dtype) / 2
    return tril(x) * (wrap(half) if isinstance(x, Tensor) else half)


class QR(Matrices):
    """[Q; R], one above the other: Q R = x, the columns of Q of length 1 and perpendicular, R triangular.

    x (…, n, m) with n ≥ m, Q (…, n, m), R (…, m, m).
    ∂L/∂x = (g_Q + Q · sym(triu(g_R Rᵀ − Qᵀ g_Q))) R⁻ᵀ,  sym(M) = M + Mᵀ with the diagonal of M.
    """

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        z = np.concatenate(np.linalg.qr(x), -2)
        self.save(z)
        return z

    def backward(self, g: Any) -> Any:
        (z,) = self.saved
        n = z.shape[-2] - z.shape[-1]
        q, r, gq, gr = z[..., :n, :], z[..., n:, :], g[..., :n, :], g[..., n:, :]
        middle = mt(_lower(mt(triu(gr @ mt(r) - mt(q) @ gq))))
        return mt(Solve()(r, mt(gq + q @ (middle + mt(middle)))))


class EigH(Matrices):
    """[λᵀ; V], one above the other: V diag(λ) Vᵀ = x, for a symmetric x of which one triangle is read.

    ∂L/∂x = V (diag(g_λ) + ½ (Vᵀ g_V − g_Vᵀ V) / E) Vᵀ,  Eᵢⱼ = λⱼ − λᵢ;  infinite where two λ are equal.
    """

    __slots__ = ("triangle",)

    def __init__(self, triangle: str) -> None:
        self.triangle = triangle

    def forward(self, x: Array) -> Array:
        values, vectors = np.linalg.eigh(x, self.triangle)  # type: ignore[call-overload]
        z = np.concatenate([values[..., None, :], vectors], -2)
        self.save(z)
        return z

    def backward(self, g: Any) -> Any:
        (z,) = self.saved
        values, v, inner = z[..., :1, :], z[..., 1:, :], mt(z[..., 1:, :]) @ g[..., 1:, :]
        inner = _over_gaps((inner - mt(inner)) / 2, values - mt(values)) + _embedded(g[..., 0, :])
        return v @ inner @ mt(v)


def _over_gaps(x: Any, gaps: Any) -> Any:
    """x / gaps off the diagonal, where a 0 that meets a gap of 0 stays 0; and 0 on the diagonal."""
    nothing = _on_diagonal(x) | ((array_of(x) == 0) & (array_of(gaps) == 0))
    with np.errstate(all="ignore"):
        return where(nothing, 0.0, x / where(nothing, 1.0, gaps))


def _embedded(x: Any) -> Any:
    """The matrices with these diagonals."""
    return where(_on_diagonal(x), x.reshape((*x.shape, 1)), 0.0)


def _on_diagonal(x: Any) -> Array:
    """(n, n), true on the diagonal, for an x of n columns and where that is."""
    return array_module(array_of(x)).eye(x.shape[-1], dtype=bool)


def _over_values(x: Any, s: Any) -> Any:
    """x / s for singular values s, where a 0 in x stays 0."""
    nothing = array_of(x) == 0
    return where(nothing, 0.0, x / where(nothing, 1.0, s))


def _counts(g: Any) -> bool:
    """Whether there is a gradient other than 0; on a GPU, where looking would wait, yes."""
    return not on_host(array_of(g)) or bool(np.any(array_of(g)))


class SVD(Matrices):
    """[U; σᵀ; V], one above the other: U diag(σ) Vᵀ = x, of shapes (…, n, k), (…, m, k), k = min(n, m).

    With S = diag(σ), A = skew(Uᵀ g_U) / E, B = skew(Vᵀ g_V) / E, skew(M) = M − Mᵀ and Eᵢⱼ = σⱼ² − σᵢ²:
    ∂L/∂x = U (A S + S B + diag(g_σ)) Vᵀ + (1 − U Uᵀ) g_U S⁻¹ Vᵀ + U S⁻¹ g_Vᵀ (1 − V Vᵀ).
    It is infinite where two σ are equal, and the signs of U and V are not determined.
    """

    __slots__ = ("rows",)

    def forward(self, x: Array) -> Array:
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        self.rows = x.shape[-2]
        z = np.concatenate([u, s[..., None, :], np.swapaxes(vt, -1, -2)], -2)
        self.save(z)
        return z

    def backward(self, g: Any) -> Any:
        (z,) = self.saved
        n = self.rows
        (u, s, v), (gu, gs, gv) = ((t[..., :n, :], t[..., n:n + 1, :], t[..., n + 1:, :]) for t in (z, g))
        gaps = s * s - mt(s * s)
        inner = _embedded(gs.reshape(gs.shape[:-2] + gs.shape[-1:]))
        of_u, of_v = mt(u) @ gu, mt(v) @ gv
        inner = inner + _over_gaps(of_u - mt(of_u), gaps) * s + mt(s) * _over_gaps(of_v - mt(of_v), gaps)
        out = u @ inner @ mt(v)
        if n > z.shape[-1] and _counts(gu):
            out = out + _over_values(gu - u @ of_u, s) @ mt(v)
        if v.shape[-2] > v.shape[-1] and _counts(gv):
            out = out + u @ mt(_over_values(gv - v @ of_v, s))
        return out


class QRFactors(NamedTuple):
    """What ``qr`` returns."""

    Q: Any
    R: Any


class EigenPairs(NamedTuple):
    """What ``eigh`` returns."""

    eigenvalues: Any
    eigenvectors: Any


class SVDFactors(NamedTuple):
    """What ``svd`` returns."""

    U: Any
    S: Any
    Vh: Any


def cholesky(x: Any, *, upper: bool = False) -> Any:
    """The lower triangular L with L Lᵀ = x, for a symmetric and positive definite x; with ``upper`` Lᵀ.

    Raises LinAlgError where there is none, ShapeError unless x is square, DTypeError for integers.

    >>> minigrad.linalg.cholesky(minigrad.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    z = Cholesky()(matrices("cholesky", x, True))
    return mt(z) if upper else z


def cholesky_solve(b: Any, factor: Any, upper: bool = False) -> Any:
    """The z with L Lᵀ z = b, from the factor L that ``cholesky`` gives.

    >>> factor = minigrad.linalg.cholesky(minigrad.tensor([[4.0, 2.0], [2.0, 5.0]]))
    >>> minigrad.cholesky_solve(minigrad.tensor([[6.0], [7.0]]), factor)
    tensor([[1.],
            [1.]])
    """
    matrices("cholesky_solve", factor, True)
    if b.ndim < 2 or b.shape[-2] != factor.shape[-1]:
        raise ShapeError(f"cholesky_solve: b {tuple(b.shape)} does not fit the factor {tuple(factor.shape)}.")
    low = _triangle(factor, upper)
    return Solve()(mt(low), Solve()(low, b))


def cholesky_inverse(factor: Any, upper: bool = False) -> Any:
    """(L Lᵀ)⁻¹ from the factor L that ``cholesky`` gives.

    >>> minigrad.cholesky_inverse(minigrad.eye(2) * 2)
    tensor([[0.2500, 0.0000],
            [0.0000, 0.2500]])
    """
    z = inv(mt(_triangle(matrices("cholesky_inverse", factor, True), upper)))
    return z @ mt(z)


def _triangle(factor: Any, upper: bool) -> Any:
    """The lower triangular L; the gradient of all of ``factor`` is that of a whole matrix, as in PyTorch."""
    other = factor.detach()
    return mt(factor - (other - triu(other))) if upper else factor - (other - tril(other))


def qr(x: Any, mode: str = "reduced") -> QRFactors:
    """(Q, R): Q R = x, the columns of Q perpendicular and of length 1, R upper triangular.

    x (…, n, m), Q (…, n, k), R (…, k, m), k = min(n, m); with mode "complete" k = n, with "r" Q is empty.
    The gradient needs n ≥ m or k = n. Raises ValueError for another mode.

    >>> minigrad.linalg.qr(minigrad.tensor([[0.0, 2.0], [3.0, 4.0]])).R.abs()
    tensor([[3., 4.],
            [0., 2.]])
    """
    matrices("qr", x)
    n, m = x.shape[-2:]
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: expected mode 'reduced', 'complete' or 'r', got {mode!r}.")
    if mode == "complete" and n > m:
        if x.requires_grad:
            raise NotImplementedError("qr: mode='complete' has no derivative for more rows than columns.")
        return QRFactors(*map(wrap, np.linalg.qr(x._array, "complete")))
    if n >= m:
        z = QR()(x)
        q, r = z[..., :n, :], z[..., n:, :]
    else:                                       # the square part decides; the rest of R is Qᵀ x
        z = QR()(x[..., :n])
        q = z[..., :n, :]
        r = cat([z[..., n:, :], mt(q) @ x[..., n:]], -1)
    return QRFactors(x.new_empty(0) if mode == "r" else q, r)


def eigh(x: Any, UPLO: str = "L") -> EigenPairs:
    """(λ, V): V diag(λ) Vᵀ = x for a symmetric x, λ in ascending order, one eigenvector in each column of V.

    Only one triangle of x is read: "L" or "U". The derivative with respect to V is infinite where two λ are
    equal, and V is determined up to signs. Raises ValueError for another UPLO.

    >>> minigrad.linalg.eigh(minigrad.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise ValueError(f"eigh: expected UPLO 'L' or 'U', got {UPLO!r}.")
    z = EigH(UPLO.upper())(matrices("eigh", x, True))
    return EigenPairs(z[..., 0, :], z[..., 1:, :])


def eigvalsh(x: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric x in ascending order: (…, n, n) → (…, n).

    >>> minigrad.linalg.eigvalsh(minigrad.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    return eigh(x, UPLO).eigenvalues


def svd(x: Any, full_matrices: bool = True) -> SVDFactors:
    """(U, S, Vh): U diag(S) Vh = x, S in descending order, the columns of U and the rows of Vh perpendicular.

    x (…, n, m), S (…, k), k = min(n, m); U (…, n, n) and Vh (…, m, m), or without ``full_matrices``
    (…, n, k) and (…, k, m). The gradient of ``full_matrices`` needs n = m. The derivatives with respect to U
    and Vh are infinite where two singular values are equal.

    >>> minigrad.linalg.svd(minigrad.tensor([[0.0, 2.0], [1.0, 0.0]])).S
    tensor([2., 1.])
    """
    n, m = matrices("svd", x).shape[-2:]
    if full_matrices and n != m:
        if x.requires_grad:
            raise NotImplementedError("svd: full_matrices=True has a derivative for square matrices only. "
                                      "Use full_matrices=False.")
        return SVDFactors(*map(wrap, np.linalg.svd(x._array)))
    z = SVD()(x)
    return SVDFactors(z[..., :n, :], z[..., n, :], mt(z[..., n + 1:, :]))


def svdvals(x: Any) -> Any:
    """The singular values of x in descending order: (…, n, m) → (…, min(n, m)).

    >>> minigrad.linalg.svdvals(minigrad.tensor([[0.0, 2.0], [1.0, 0.0]]))
    tensor([2., 1.])
    """
    return svd(matrices("svdvals", x), False).S


def _svd_of_old(x: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """``x.svd()``, PyTorch's older form: V instead of its transpose, and by default the reduced U and V."""
    u, s, vh = svd(x, not some)
    return u, s, mt(vh)


attach(cholesky=lambda x, upper=False: cholesky(x, upper=upper), cholesky_solve=cholesky_solve,
       cholesky_inverse=cholesky_inverse, qr=qr, svd=_svd_of_old)
