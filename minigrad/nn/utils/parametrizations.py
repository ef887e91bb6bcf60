"""Ready parametrizations of weights: length and direction apart, largest singular value 1, orthogonal."""
from __future__ import annotations

import numpy as np

from ...autograd import Tensor, no_grad
from ...errors import ShapeError
from ...ops.create import eye, tensor, zeros
from ...ops.matrix import tril
from ...ops.norm import normalize
from ...ops.pad import pad
from .. import init
from ..conv import TransposedConvolution
from ..module import Module
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def lengths(v: Tensor, dim: int | None) -> Tensor:
    """The length of v over all dimensions but ``dim``, kept with size 1; with None or −1 of all of v."""
    if dim is None or dim == -1:
        return (v * v).sum() ** 0.5
    others = tuple(d for d in range(v.ndim) if d != dim % v.ndim)
    return v.abs() if not others else (v * v).sum(others, keepdim=True) ** 0.5


class WeightNorm(Module):
    """w = g · v / ‖v‖: the length g and the direction v are learned apart."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return weight_v * (weight_g / lengths(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """(g, v) that give this weight."""
        return lengths(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """w = g · v / ‖v‖ for each row (``dim`` 0) of a weight: length and direction are learned apart.

    Returns the module; g and v are its parametrizations.weight.original0 and original1. Source: Salimans and
    Kingma 2016.

    >>> layer = minigrad.nn.utils.parametrizations.weight_norm(minigrad.nn.Linear(3, 2))
    >>> layer.parametrizations.weight.original0.shape
    minigrad.Size([2, 1])
    """
    return register_parametrization(module, name, WeightNorm(dim), unsafe=True)


def matrix_of(weight: Tensor, dim: int) -> Tensor:
    """A weight as a matrix whose rows are those of ``dim``."""
    return (weight if dim == 0 else weight.movedim(dim, 0)).reshape(weight.shape[dim], -1)


def power_iteration(matrix: Tensor, u: Tensor, v: Tensor, steps: int, eps: float) -> None:
    """u and v moved toward the left and right vector of the largest singular value, in place."""
    with no_grad():
        for _ in range(steps):
            u.copy_(normalize(matrix @ v, dim=0, eps=eps))
            v.copy_(normalize(matrix.T @ u, dim=0, eps=eps))


def direction(size: int, weight: Tensor, eps: float) -> Tensor:
    """A random vector of length 1, (size,), of the weight's dtype and device."""
    return normalize(init.normal_(zeros(size, dtype=weight.dtype, device=weight.device)), dim=0, eps=eps)


class SpectralNorm(Module):
    """w / σ, σ the largest singular value, estimated by a step of power iteration in every training call."""

    def __init__(self, n_power_iterations: int, dim: int, eps: float, weight: Tensor) -> None:
        super().__init__()
        if n_power_iterations < 1:
            raise ValueError("spectral_norm: n_power_iterations must be at least 1, got "
                             f"{n_power_iterations}.")
        self.n_power_iterations, self.dim, self.eps = n_power_iterations, dim % max(weight.ndim, 1), eps
        if weight.ndim > 1:
            matrix = matrix_of(weight.detach(), self.dim)
            for name, size in (("_u", matrix.shape[0]), ("_v", matrix.shape[1])):
                self.register_buffer(name, direction(size, weight, eps))
            power_iteration(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = matrix_of(weight, self.dim)
        if self.training:
            power_iteration(matrix.detach(), self._u, self._v, self.n_power_iterations, self.eps)
        return weight / (self._u.clone() * (matrix @ self._v.clone())).sum()

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself: any weight may stand there."""
        return value


def spectral_norm(module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Module:
    """A weight divided by its largest singular value, which makes the layer stretch nothing by more than 1.

    Returns the module. The value is estimated, by ``n_power_iterations`` steps in every training call.
    Source: Miyato et al. 2018.

    >>> layer = minigrad.nn.utils.parametrizations.spectral_norm(minigrad.nn.Linear(3, 2))
    >>> [name for name, _ in layer.named_buffers()]
    ['parametrizations.weight.0._u', 'parametrizations.weight.0._v']
    """
    if dim is None:
        dim = 1 if isinstance(module, TransposedConvolution) else 0
    own = SpectralNorm(n_power_iterations, dim, eps, getattr(module, name))
    return register_parametrization(module, name, own)


class Orthogonal(Module):
    """Q = base · e^A with A = −Aᵀ from the lower triangle of a free matrix: QᵀQ = 1."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.tall = weight.shape[-2] >= weight.shape[-1]
        self.size = max(weight.shape[-2:])
        self.register_buffer("base", None)

    def forward(self, free: Tensor) -> Tensor:
        x = free if self.tall else free.T                                       # (n, k), n ≥ k
        lower = pad(tril(x, -1), (0, self.size - x.shape[1]))                   # (n, n)
        q = matrix_exponential(lower - lower.T)
        q = (q if self.base is None else self.base @ q)[:, :x.shape[1]]
        return q if self.tall else q.T

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Zeros, with the orthogonal matrix nearest to this weight as the base."""
        x = (weight if self.tall else weight.T).detach().numpy().astype(np.float64)
        more = np.random.default_rng(0).standard_normal((self.size, self.size - x.shape[1]))
        q, r = np.linalg.qr(np.concatenate([x, more], 1))
        self.base = tensor((q * np.where(np.diag(r) < 0, -1, 1)).astype(weight.dtype)).to(weight.device)
        return weight.detach() * 0


def matrix_exponential(a: Tensor) -> Tensor:
    """e^A = (e^(A/2ˢ))^(2ˢ), the inner one by its series."""
    size = float(abs(a.detach().numpy()).sum(0).max(initial=0))
    halvings = max(0, int(np.ceil(np.log2(size))) + 2) if size > 0 else 0
    small = a * 0.5 ** halvings
    total = term = eye(a.shape[0], dtype=a.dtype, device=a.device)
    for k in range(1, 13):
        term = term @ small * (1 / k)
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def orthogonal(module: Module, name: str = "weight", orthogonal_map: str | None = None, *,
               use_trivialization: bool = True) -> Module:
    """A weight matrix with orthonormal columns (or rows, if there are fewer): QᵀQ = 1, whatever is learned.

    Returns the module. Q is e^A for an antisymmetric A, times the matrix it begins with. Raises ShapeError
    for anything but a matrix, NotImplementedError for another map than "matrix_exp". Source: Lezcano-Casado
    2019.

    >>> layer = minigrad.nn.utils.parametrizations.orthogonal(minigrad.nn.Linear(3, 3))
    >>> minigrad.allclose(layer.weight.T @ layer.weight, minigrad.eye(3), atol=1e-5)
    True
    """
    if orthogonal_map not in (None, "matrix_exp") or not use_trivialization:
        raise NotImplementedError("orthogonal: only orthogonal_map='matrix_exp' with use_trivialization=True "
                                  f"is supported, got {orthogonal_map!r}, {use_trivialization}.")
    weight = getattr(module, name)
    if weight.ndim != 2:
        raise ShapeError(f"orthogonal: {name} must be a matrix, but it is {tuple(weight.shape)}.")
    return register_parametrization(module, name, Orthogonal(weight=weight))
