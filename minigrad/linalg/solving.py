"""Inverses, determinants and the solution of linear equations, with their derivatives.

Every function takes a matrix or a batch of them, (…, n, n). A matrix with no inverse raises LinAlgError.
The formulas are those of M. Giles, "Collected matrix derivative results" (2008).
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, is_array, on_host
from ..errors import DTypeError, LinAlgError, ShapeError
from ..ops.attach import attach
from ..ops.matrix import matrix_transpose as mt, tril, triu
from ..ops.select import where


def matrices(name: str, x: Any, square: bool = False) -> Any:
    """x, after the checks: floating, (…, n, m), and with ``square`` n = m."""
    array = array_of(x)
    if not is_array(array):
        raise TypeError(f"{name}: expected a tensor, got {type(x).__name__}.")
    if array.ndim < 2 or square and array.shape[-1] != array.shape[-2]:
        raise ShapeError(f"{name}: expected {'square ' * square}matrices (…, n, {'n' if square else 'm'}), "
                         f"got shape {tuple(array.shape)}.")
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        raise DTypeError(f"{name}: expected float32 or float64, got {array.dtype}. Use x.float().")
    return x


def _array(value: Any) -> Array:
    """A result as an array: NumPy's of one matrix is a scalar, CuPy's a 0-d array."""
    return value if is_array(value) else np.asarray(value)


class Matrices(Function):
    """A function of matrices, which NumPy computes; what NumPy calls a LinAlgError is one here, too."""

    __slots__ = ()
    advice = "no inverse, for its rows depend on each other"

    def __call__(self, *inputs: Any) -> Any:
        try:
            return super().__call__(*inputs)
        except np.linalg.LinAlgError as error:
            raise LinAlgError(f"{self.name.lower()}: a matrix has {self.advice} (NumPy: {error}).") from None


class Inv(Matrices):
    """z = x⁻¹;  ∂L/∂x = −zᵀ @ g @ zᵀ."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        z = np.linalg.inv(x)
        self.save(z)
        return z

    def backward(self, g: Any) -> Any:
        (z,) = self.saved
        return -(mt(z) @ g @ mt(z))


class Solve(Matrices):
    """z = A⁻¹ @ b, without A⁻¹;  ∂L/∂b = A⁻ᵀ @ g,  ∂L/∂A = −(∂L/∂b) @ zᵀ.  A (…, n, n), b (…, n, k)."""

    __slots__ = ()

    def forward(self, a: Array, b: Array) -> Array:
        z = np.linalg.solve(a, b)
        self.save(a, z)
        return z

    def backward_a(self, g: Any) -> Any:
        a, z = self.saved
        return -(Solve()(mt(a), g) @ mt(z))

    def backward_b(self, g: Any) -> Any:
        a, _ = self.saved
        return Solve()(mt(a), g)

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        if isinstance(error, np.linalg.LinAlgError):
            return error
        a, b = (tuple(array.shape) for array in arrays)
        return ShapeError(f"solve: a {a} and b {b} do not fit: b needs one row for each row of a.")


class Det(Matrices):
    """z = det x;  ∂L/∂x = g · z · x⁻ᵀ, which is the matrix of cofactors.

    A singular x has cofactors, too: from x = U S Vᵀ, they are det U · det V · U · (Π of the other σ) · Vᵀ.
    """

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        z = _array(np.linalg.det(x))
        self.save(x, z)
        return z

    def backward(self, g: Any) -> Any:
        x, z = self.saved
        array = array_of(x)
        may_look = isinstance(g, Tensor) or on_host(array)           # on a GPU, looking waits
        if may_look and np.all(np.linalg.matrix_rank(array) == array.shape[-1]):
            return (g * z).reshape((*z.shape, 1, 1)) * mt(inv(x))
        u, s, vt = np.linalg.svd(array)
        n = s.shape[-1]
        others = np.where(array_module(s).eye(n, dtype=bool), 1, s[..., None, :]).prod(-1)        # (…, n)
        sign = np.linalg.det(u) * np.linalg.det(vt)
        return g.reshape((*z.shape, 1, 1)) * ((u * (others * sign[..., None])[..., None, :]) @ vt)


class LogAbsDet(Matrices):
    """z = ln |det x|;  ∂L/∂x = g · x⁻ᵀ."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        self.save(x)
        return _array(np.linalg.slogdet(x)[1])

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g.reshape((*g.shape, 1, 1)) * mt(inv(x))


class Pinv(Matrices):
    """z = x⁺, the pseudoinverse;  ∂L/∂x = −zᵀgzᵀ + (1 − xz) gᵀ zzᵀ + zᵀz gᵀ (1 − zx).

    G. Golub and V. Pereyra, "The differentiation of pseudo-inverses …" (1973). x (…, n, m), z (…, m, n).
    """

    __slots__ = ("rcond", "hermitian")

    def __init__(self, rcond: Any, hermitian: bool = False) -> None:
        self.rcond, self.hermitian = rcond, hermitian

    def forward(self, x: Array) -> Array:
        if not x.size:
            z = array_module(x).zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
        elif isinstance(x, np.ndarray):
            z = np.linalg.pinv(x, self.rcond, self.hermitian)
        else:                                               # CuPy reads both triangles: make them equal
            lower = np.tril(x, -1).swapaxes(-1, -2) if self.hermitian else None
            z = np.linalg.pinv(x if lower is None else np.tril(x) + lower, self.rcond)
        self.save(x, z)
        return z

    def backward(self, g: Any) -> Any:
        x, z = self.saved
        h = mt(g)                                                                    # (…, n, m)
        first = h @ z @ mt(z)
        second = mt(z) @ z @ h
        return first - x @ (z @ first) + second - (second @ z) @ x - mt(z) @ g @ mt(z)


def inv(x: Any) -> Any:
    """x⁻¹, for which x @ x⁻¹ = 1.  ∂L/∂x = −x⁻ᵀ @ g @ x⁻ᵀ.

    Raises LinAlgError for a matrix without inverse, ShapeError unless the matrices are square, DTypeError for
    integers. To solve equations, ``solve`` is faster and more exact.

    >>> minigrad.linalg.inv(minigrad.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return Inv()(matrices("inv", x, True))


def solve(a: Any, b: Any, *, left: bool = True) -> Any:
    """The z with a @ z = b, or z @ a = b if not ``left``.  a (…, n, n), b (…, n, k) or (…, n).

    Raises LinAlgError where there is no single one, ShapeError when the sizes don't fit, DTypeError for
    integers and unequal dtypes.

    >>> minigrad.linalg.solve(minigrad.tensor([[2.0, 1.0], [0.0, 1.0]]), minigrad.tensor([4.0, 2.0]))
    tensor([1., 2.])
    """
    matrices("solve", a, True)
    if a.dtype != b.dtype:
        raise DTypeError(f"solve: expected one dtype, got {a.dtype} and {b.dtype}.")
    if not b.ndim:
        raise ShapeError("solve: b must have at least one dimension.")
    vector = b.ndim == 1 or a.ndim - 1 == b.ndim and tuple(b.shape) == tuple(a.shape[:-1])
    if vector:
        if not left:
            raise ShapeError("solve: with left=False, b must be matrices (…, k, n), not vectors.")
        return Solve()(a, b.unsqueeze(-1)).squeeze(-1)
    return Solve()(a, b) if left else mt(Solve()(mt(a), mt(b)))


def solve_triangular(a: Any, b: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """``solve`` for a triangular a; the other triangle counts as 0, with ``unitriangular`` the diagonal as 1.

    >>> a = minigrad.tensor([[2.0, 9.0], [1.0, 4.0]])
    >>> minigrad.linalg.solve_triangular(a, minigrad.tensor([[2.0], [5.0]]), upper=False)
    tensor([[1.],
            [1.]])
    """
    matrices("solve_triangular", a, True)
    part = (triu if upper else tril)(a, (1 if upper else -1) * unitriangular)
    if unitriangular:
        part = part + wrap(array_module(a._array).eye(a.shape[-1], dtype=a.dtype))
    if b.ndim < 2 or b.shape[-2 if left else -1] != a.shape[-1]:
        raise ShapeError(f"solve_triangular: b {tuple(b.shape)} does not fit a {tuple(a.shape)}.")
    return Solve()(part, b) if left else mt(Solve()(mt(part), mt(b)))


def det(x: Any) -> Any:
    """The determinant: the volume that x gives to the unit cube, with a sign. (…, n, n) → (…).

    ∂L/∂x = g · det x · x⁻ᵀ. Raises ShapeError unless the matrices are square, DTypeError for integers.

    >>> minigrad.linalg.det(minigrad.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor(6.)
    """
    return Det()(matrices("det", x, True))


class SignLogDet(NamedTuple):
    """What ``slogdet`` returns."""

    sign: Any
    logabsdet: Any


def slogdet(x: Any) -> SignLogDet:
    """(sign, ln |det x|), which does not overflow; sign 0 and −∞ for a matrix without inverse.

    >>> minigrad.linalg.slogdet(minigrad.tensor([[-1.0, 0.0], [0.0, 1.0]]))
    SignLogDet(sign=tensor(-1.), logabsdet=tensor(0.))
    """
    matrices("slogdet", x, True)
    return SignLogDet(wrap(_array(np.linalg.slogdet(x._array)[0])), LogAbsDet()(x))


def logdet(x: Any) -> Any:
    """ln det x; nan where det x < 0, −∞ where it is 0.

    >>> minigrad.logdet(minigrad.eye(3) * 2)                            # 3 · ln 2
    tensor(2.0794)
    """
    sign, size = slogdet(matrices("logdet", x, True))
    return where(sign < 0, np.nan, size)


def pinv(x: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Any:
    """The pseudoinverse x⁺: x⁺ @ b is the z of least length among those with the least ‖x z − b‖.

    Singular values up to max(atol, rtol · the largest) count as 0; rtol is eps · max(n, m) unless given.

    >>> minigrad.linalg.pinv(minigrad.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    x = matrices("pinv", x, hermitian)
    array = array_of(x)
    if rtol is None:
        rtol = 0.0 if atol else max(array.shape[-2:]) * float(np.finfo(array.dtype).eps)
    if atol and array.size:
        largest = np.linalg.svd(array, compute_uv=False)[..., 0]
        return Pinv(np.maximum(rtol, atol / np.maximum(largest, np.finfo(array.dtype).tiny)), hermitian)(x)
    return Pinv(rtol, hermitian)(x)


class LeastSquares(NamedTuple):
    """What ``lstsq`` returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def lstsq(a: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """(solution, residuals, rank, singular values): the z with the least ‖a @ z − b‖, b (…, n, k).

    Computed as a⁺ @ b. The ``driver`` decides only what is returned, as in PyTorch: "gels" no rank, "gelss"
    and "gelsd" also the singular values. The residuals Σ (a z − b)² are given where n > m and all columns
    count.

    >>> a, b = minigrad.tensor([[1.0], [1.0]]), minigrad.tensor([[1.0], [3.0]])
    >>> minigrad.linalg.lstsq(a, b).solution
    tensor([[2.0000]])
    """
    matrices("lstsq", a)
    if a.dtype != b.dtype:
        raise DTypeError(f"lstsq: expected two tensors of one dtype, got {a.dtype} and {b.dtype}.")
    vector = a.ndim - 1 == b.ndim
    if b.ndim < 2 - vector or b.shape[-1 if vector else -2] != a.shape[-2]:
        raise ShapeError(f"lstsq: a {tuple(a.shape)} and b {tuple(b.shape)} differ in their number of rows.")
    rhs = b.unsqueeze(-1) if vector else b
    z = pinv(a, rtol=rcond) @ rhs
    n, m = a.shape[-2:]
    array = a._array
    s = np.linalg.svd(array, compute_uv=False)
    limit = (rcond if rcond is not None else max(n, m) * np.finfo(array.dtype).eps) * s[..., :1]
    rank, xp = _array((s > limit).sum(-1)), array_module(array)
    full = n > m and bool(np.all(rank == m))
    residuals = ((a @ z - rhs) ** 2).sum(-2) if full else wrap(xp.zeros(0, array.dtype))
    nothing, driver = wrap(xp.zeros(0, array.dtype)), driver or "gelsy"
    return LeastSquares(z.squeeze(-1) if vector else z, residuals,
                        nothing.long() if driver == "gels" else wrap(rank),
                        wrap(s) if driver in ("gelss", "gelsd") else nothing)


pinverse, inverse = pinv, inv

attach(inverse=inv, det=det, slogdet=slogdet, logdet=logdet,
       pinverse=lambda x, rcond=1e-15: pinv(x, rtol=rcond))
