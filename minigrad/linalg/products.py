"""Products of vectors and matrices that are made of ``@``: with a sum beside it, in a chain, of all pairs."""
from __future__ import annotations

from typing import Any, Callable

from ..errors import DTypeError, ShapeError
from ..errors.arguments import require_numbers
from ..ops.arithmetic import mul
from ..ops.attach import attach, combined, in_single, normal_dim
from ..ops.einsum import outer, tensordot
from ..ops.linalg import bmm, dot, matmul, mm
from ..ops.matrix import diagonal
from ..ops.norm import norm
from ..ops.reduce import sum
from ..ops.shape import broadcast_to, roll, unsqueeze


def mv(x: Any, vec: Any) -> Any:
    """A matrix times a vector: (n, m) @ (m) → (n). Raises ShapeError for anything else.

    >>> minigrad.mv(minigrad.tensor([[1, 2], [3, 4]]), minigrad.tensor([1, 10]))
    tensor([21, 43])
    """
    if x.ndim != 2 or vec.ndim != 1:
        raise ShapeError(f"mv: expected a matrix and a vector, got {tuple(x.shape)} and {tuple(vec.shape)}.")
    return matmul(x, vec)


def _with_sum(name: str, about: str, product: Callable[[Any, Any], Any], first: str, second: str,
              printed: str) -> Callable[..., Any]:
    """``name(input, a, b)`` = β · input + α · the product of a and b."""
    def function(input: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
        require_numbers(name, beta=beta, alpha=alpha)
        if not input.dtype == a.dtype == b.dtype:
            raise DTypeError(f"{name}: expected one dtype, got {input.dtype}, {a.dtype} and {b.dtype}. "
                             "x.to(dtype) converts.")
        if input.dtype.kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
            raise DTypeError(f"{name}: for {input.dtype}, beta and alpha must be integers, got {beta} and "
                             f"{alpha}.")
        z = product(a, b)
        z = z if alpha == 1 else mul(z, alpha)
        try:
            input = broadcast_to(input, tuple(z.shape))
        except ShapeError:
            raise ShapeError(f"{name}: input of shape {tuple(input.shape)} does not broadcast to the "
                             f"product's {tuple(z.shape)}.") from None
        z = z if beta == 0 else z + (input if beta == 1 else mul(input, beta))
        return z.to(a.dtype)
    return combined(name, function, f"""β · input + α · {about}; with β = 0, input is ignored, NaN and all.

    input broadcasts to the product's shape (else ShapeError), and all have one dtype (else DTypeError).""",
                    f"minigrad.{name}(minigrad.tensor([1.0]), minigrad.tensor({first}),\n"
                    f"    ...{' ' * len(name)}          minigrad.tensor({second}), alpha=2)",
                    f"tensor({printed})")


addmm = _with_sum("addmm", "a @ b of two matrices, (n, k) and (k, m)", mm, "[[1.0, 2.0]]", "[[3.0], [4.0]]",
                  "[[23.]]")
addmv = _with_sum("addmv", "a @ b of a matrix (n, m) and a vector (m)", mv, "[[1.0, 2.0]]", "[3.0, 4.0]",
                  "[23.]")
addr = _with_sum("addr", "a bᵀ of two vectors, (n) and (m)", outer, "[1.0, 2.0]", "[3.0]",
                 "[[ 7.],\n        [13.]]")
baddbmm = _with_sum("baddbmm", "a @ b of two batches of matrices, (B, n, k) and (B, k, m)", bmm,
                    "[[[1.0, 2.0]]]", "[[[3.0], [4.0]]]", "[[[23.]]]")
addbmm = _with_sum("addbmm", "Σ a @ b over the batch, (B, n, k) and (B, k, m) → (n, m)",
                   lambda a, b: sum(bmm(a, b), 0), "[[[1.0, 2.0]]]", "[[[3.0], [4.0]]]", "[[23.]]")


vdot = combined("vdot", lambda x, y: dot(x, y), "``dot``, which for real numbers is the same.",
                "minigrad.vdot(minigrad.tensor([1.0, 2.0]), minigrad.tensor([3.0, 4.0]))", "tensor(11.)")


def inner(x: Any, y: Any) -> Any:
    """Σ x · y over the last dimension of both, for every pair: (…, k), (…, k). A number scales the other.

    >>> minigrad.inner(minigrad.tensor([1.0, 2.0]), minigrad.tensor([[3.0, 4.0], [1.0, 0.0]]))
    tensor([11.,  1.])
    """
    if not x.ndim or not y.ndim:
        return x * y
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(f"inner: the last sizes differ: {tuple(x.shape)} and {tuple(y.shape)}.")
    return tensordot(x, y, ([-1], [-1]))


def trace(x: Any) -> Any:
    """The sum of the diagonal of a matrix. Raises ShapeError unless x is one.

    >>> minigrad.tensor([[1.0, 2.0], [3.0, 4.0]]).trace()
    tensor(5.)
    """
    if x.ndim != 2:
        raise ShapeError(f"trace: expected a matrix, got shape {tuple(x.shape)}.")
    return sum(diagonal(x))


def kron(x: Any, y: Any) -> Any:
    """The Kronecker product: y times every entry of x, as blocks. (n, m), (p, q) → (n·p, m·q).

    >>> minigrad.kron(minigrad.eye(2), minigrad.tensor([[1.0, 2.0]]))
    tensor([[1., 2., 0., 0.],
            [0., 0., 1., 2.]])
    """
    ndim = max(x.ndim, y.ndim)
    a, b = ((1,) * (ndim - t.ndim) + tuple(t.shape) for t in (x, y))
    wide = x.reshape([n for size in a for n in (size, 1)]) * y.reshape([n for size in b for n in (1, size)])
    return wide.reshape([n * m for n, m in zip(a, b)])


def cross(x: Any, y: Any, dim: int | None = None) -> Any:
    """The vector perpendicular to x and y whose length is the area of the parallelogram they span.

    zᵢ = xᵢ₊₁ yᵢ₊₂ − xᵢ₊₂ yᵢ₊₁ along ``dim``, by default the first of size 3. x and y broadcast. Raises
    ShapeError where the size isn't 3.

    >>> minigrad.cross(minigrad.tensor([1.0, 0.0, 0.0]), minigrad.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    if x.ndim != y.ndim:
        raise ShapeError(f"cross: expected as many dimensions, got {tuple(x.shape)} and {tuple(y.shape)}.")
    if dim is None:
        if 3 not in x.shape:
            raise ShapeError(f"cross: no dimension of {tuple(x.shape)} has size 3.")
        dim = tuple(x.shape).index(3)
    d = normal_dim(dim, x.ndim, "cross")
    if not x.ndim or x.shape[d] != 3 or y.shape[d] != 3:
        raise ShapeError(f"cross: dimension {dim} must have size 3, got {tuple(x.shape)} and "
                         f"{tuple(y.shape)}.")
    return roll(x, -1, d) * roll(y, -2, d) - roll(x, -2, d) * roll(y, -1, d)


@in_single
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """The distance of every point to every other: (…, n, d), (…, m, d) → (…, n, m), by the p-norm.

    Raises ShapeError when the points differ in size. ``compute_mode`` is accepted: all pairs are subtracted.

    >>> minigrad.cdist(minigrad.tensor([[0.0, 0.0]]), minigrad.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(f"cdist: expected points (…, n, d) and (…, m, d), got {tuple(x1.shape)} and "
                         f"{tuple(x2.shape)}.")
    if p < 0:
        raise ValueError(f"cdist: p must be 0 or more, got {p}.")
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


attach(mv=mv, inner=inner, trace=trace, kron=kron, cross=cross)
