"""Einstein summation: every product of tensors, written with letters for the dimensions."""
from __future__ import annotations

import math
import string
from typing import Any

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.products import contract
from ..errors import RangeError, ShapeError
from .attach import attach, normal_dims
from .matrix import diagonal
from .reduce import sum
from .shape import broadcast_to, permute


class EinSum(Function):
    """y = Σ of the products of the entries that ``inputs -> output`` pairs up.

    The gradient of one operand is the einsum of g with all other operands, to the operand's own letters.
    """

    __slots__ = ("inputs", "output", "shapes")

    def __init__(self, inputs: list[str], output: str) -> None:
        self.inputs, self.output = inputs, output

    def forward(self, *xs: Array) -> Array:
        self.save(*xs)
        self.shapes = [x.shape for x in xs]
        return contract(self.inputs, self.output, xs)

    def backward_xs(self, g: Any, i: int) -> Any:
        others = [(s, x) for k, (s, x) in enumerate(zip(self.inputs, self.saved)) if k != i]
        known = set(self.output).union(*[set(s) for s, _ in others])
        mine = "".join(c for c in self.inputs[i] if c in known)
        letters, operands = [self.output, *[s for s, _ in others]], [g, *[x for _, x in others]]
        part = EinSum(letters, mine)(*operands)
        # A letter that stands in this operand alone was summed: its gradient repeats along it.
        kept = tuple(n if c in known else 1 for c, n in zip(self.inputs[i], self.shapes[i]))
        return broadcast_to(part.reshape(kept), self.shapes[i])

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        pairs = ", ".join(f"{s} {tuple(a.shape)}" for s, a in zip(self.inputs, arrays))
        return ShapeError(f"einsum: one letter stands for two sizes, or an operand has another number of "
                          f"dimensions than letters: {pairs}.")


def einsum(equation: str, *operands: Any) -> Any:
    """Σ over the letters that the output does not name: ``einsum("bij,bjk->bik", x, y)`` is x @ y.

    ``...`` stands for any further dimensions, which broadcast. Without ``->`` the output has the letters
    that occur once, in alphabetical order. A letter twice in one operand takes its diagonal. Raises
    ShapeError when sizes or dimensions do not fit the letters, ValueError for another form.

    >>> import minigrad
    >>> minigrad.einsum("ij,j->i", minigrad.tensor([[1, 2], [3, 4]]), minigrad.tensor([1, 1]))
    tensor([3, 7])
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    inputs, output = _parsed(equation.replace(" ", ""), [len(x.shape) for x in operands])
    plain: list[str] = []
    tensors: list[Any] = []
    for letters, x in zip(inputs, operands):
        if len(letters) != len(x.shape):
            raise ShapeError(f"einsum: {letters!r} names {len(letters)} dimensions, but the operand is "
                             f"{tuple(x.shape)}.")
        while len(set(letters)) < len(letters):
            twice = next(c for c in letters if letters.count(c) > 1)
            a = letters.index(twice)
            b = letters.index(twice, a + 1)
            x = diagonal(x, 0, a, b)                      # moves the letter to the end
            letters = letters[:a] + letters[a + 1:b] + letters[b + 1:] + twice
        plain.append(letters)
        tensors.append(x)
    return EinSum(plain, output)(*_broadcast(plain, tensors))


def _broadcast(inputs: list[str], operands: list[Any]) -> list[Any]:
    """Size 1 against size n under one letter: stretched, as the dimensions of ``...`` may need."""
    size: dict[str, int] = {}
    for letters, x in zip(inputs, operands):
        for c, n in zip(letters, x.shape):
            size[c] = n if size.get(c, 1) == 1 else size[c]
    return [broadcast_to(x, tuple(size[c] if n == 1 else n for c, n in zip(letters, x.shape)))
            for letters, x in zip(inputs, operands)]


def _parsed(equation: str, ndims: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the output, with ``...`` written out."""
    left, arrow, right = equation.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ndims):
        raise ShapeError(f"einsum: {equation!r} is for {len(inputs)} operands, got {len(ndims)}.")
    free = [c for c in string.ascii_letters if c not in equation]
    extra = [n - len(s.replace("...", "")) for s, n in zip(inputs, ndims) if "..." in s]
    dots = "".join(free[:max(extra, default=0)])
    inputs = [s.replace("...", dots[len(dots) - (n - len(s.replace("...", ""))):] if n > len(s) - 3 else "")
              if "..." in s else s for s, n in zip(inputs, ndims)]
    if arrow:
        output = right.replace("...", dots)
    else:
        letters = "".join(inputs)
        output = dots + "".join(sorted(c for c in set(letters) if letters.count(c) == 1 and c not in dots))
    unknown = set(output) - set("".join(inputs))
    if unknown or not all(c in string.ascii_letters for c in "".join(inputs) + output):
        raise ValueError(f"einsum: {equation!r} is not of the form 'ij,jk->ik' (letters {sorted(unknown)} "
                         "of the output stand in no operand).")
    return inputs, output


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Σ over the last ``dims`` dimensions of a and the first of b, or over two given lists of them.

    A summed size of 1 stretches to the other's. Raises ShapeError when the summed sizes differ, RangeError
    for a dim that a tensor lacks.

    >>> import minigrad
    >>> minigrad.tensordot(minigrad.tensor([1, 2]), minigrad.tensor([3, 4]), 1)
    tensor(11)
    """
    if isinstance(dims, int):
        if not 0 <= dims <= min(len(a.shape), len(b.shape)):
            raise RangeError(f"tensordot: dims must be in [0, {min(len(a.shape), len(b.shape))}] for "
                             f"{tuple(a.shape)} and {tuple(b.shape)}, got {dims}.")
        dims = (range(len(a.shape) - dims, len(a.shape)), range(dims))
    left = list(normal_dims(tuple(dims[0]), len(a.shape), "tensordot"))
    right = list(normal_dims(tuple(dims[1]), len(b.shape), "tensordot"))
    if len(left) != len(right):
        raise ShapeError(f"tensordot: {len(left)} dims of one tensor, but {len(right)} of the other.")
    for d, e in zip(left, right):                       # a size of 1 sums over all of the other's
        n, m = a.shape[d], b.shape[e]
        if n != m and 1 in (n, m):
            a = sum(a, d, keepdim=True) if m == 1 else a
            b = sum(b, e, keepdim=True) if n == 1 else b
    if [a.shape[d] for d in left] != [b.shape[d] for d in right]:
        raise ShapeError(f"tensordot: the summed sizes differ: {[a.shape[d] for d in left]} of "
                         f"{tuple(a.shape)} and {[b.shape[d] for d in right]} of {tuple(b.shape)}.")
    rest_a = [d for d in range(len(a.shape)) if d not in left]
    rest_b = [d for d in range(len(b.shape)) if d not in right]
    inner = math.prod(a.shape[d] for d in left)
    rows = permute(a, tuple(rest_a + left)).reshape(math.prod(a.shape[d] for d in rest_a), inner)
    columns = permute(b, tuple(right + rest_b)).reshape(inner, math.prod(b.shape[d] for d in rest_b))
    shape = tuple(a.shape[d] for d in rest_a) + tuple(b.shape[d] for d in rest_b)
    return (rows @ columns).reshape(shape)


def outer(x: Any, y: Any) -> Any:
    """x yᵀ of two vectors: (n), (m) → (n, m). Raises ShapeError for other than vectors.

    >>> import minigrad
    >>> minigrad.outer(minigrad.tensor([1, 2]), minigrad.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    if len(x.shape) != 1 or len(y.shape) != 1:
        raise ShapeError(f"outer: expected two vectors, got {tuple(x.shape)} and {tuple(y.shape)}.")
    return x.reshape(-1, 1) * y.reshape(1, -1)


attach(outer=outer)
