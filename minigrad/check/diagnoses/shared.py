"""Where the entries of a row share something (a sum, a mean, a norm, a variance), and it is lost."""
from __future__ import annotations

from itertools import combinations
from typing import Callable, Iterator

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis

Axes = tuple[int, ...]
LARGEST = 500               # groups that are looked through

#: What a factor that belongs to a row may be, of its entries t: (..., axes) → (..., 1)
ROWS: dict[str, Callable[[np.ndarray, Axes], np.ndarray]] = {
    "the norm ‖{}‖": lambda t, axes: np.sqrt((t * t).sum(axes, keepdims=True)),
    "the square of the norm ‖{}‖": lambda t, axes: (t * t).sum(axes, keepdims=True),
    "the sum of {}": lambda t, axes: t.sum(axes, keepdims=True),
    "the standard deviation of {}": lambda t, axes: t.std(axes, keepdims=True),
    "the variance of {}": lambda t, axes: t.var(axes, keepdims=True),
    "the largest {}": lambda t, axes: t.max(axes, keepdims=True)}


def diagonal_only(case: Case) -> Diagnosis | None:
    """aᵢ = vᵢ · ∂yᵢ/∂xᵢ, where every yᵢ depends on other entries of x as well, as in a softmax."""
    y, v = case.output, case.upstream
    if y is None or v is None or y.shape != case.x.shape or y.size < 2 or case.jacobian is None:
        return None
    if not case.fits(np.where(case.known, v * np.diagonal(case.jacobian[0]).reshape(y.shape), np.nan)):
        return None
    return Diagnosis("diagonal_only", f"It is v times ∂output/∂{case.name} of each entry with itself, in "
                     f"{case.count()}: but every entry of {case.name} changes other outputs, too, and their "
                     "parts, v of the others times their slopes, belong to the sum.")


def shared_term(case: Case) -> Diagnosis | None:
    """n = a + c + d · t, with c and d the same for all entries of a row: what they share was not
    differentiated, such as Σ v·y in softmax, or the mean and the variance in a normalization."""
    rest = case.numeric - case.analytic
    if not np.any(case.analytic) or not case.known.all() or rest.size < 3:
        return None
    one = np.ones_like(rest)
    bases: list[tuple[str, list[np.ndarray]]] = [("", [one])]
    bases += [(name, [t]) for name, t in case.variables() if np.ptp(t) > 1e-3 * np.abs(t).max()]
    bases += [(f"a constant and {case.name}", [one, case.x])]
    for name, basis in bases:
        for axes in _axes(case.x.shape):
            if _spanned(case, rest, basis, axes):
                along = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
                what = f"the same all along {along}" if not name else \
                    f"{name} times numbers that are the same all along {along}"
                cause = "the mean" if not name else "the variance, or a sum" if len(basis) == 1 else \
                    "the mean and the variance"
                return Diagnosis("missing_term", f"numeric − analytic is {what}: a term is missing that the "
                                 f"entries share, that of {cause} over the axis.", name + along)
    return None


def row_factor(case: Case) -> Diagnosis | None:
    """a = c · n, with another c for each row: a norm or a sum over the row is missing, or is too many."""
    known = case.known & ~case.zero(case.numeric)
    if not known.all() or not case.wrong.any():
        return None
    with np.errstate(all="ignore"):
        quotient = case.analytic / case.numeric
    for axes in _axes(case.x.shape):
        first = quotient[tuple(slice(0, 1) if k in axes else slice(None) for k in range(quotient.ndim))]
        rows = first.size
        if not case.fits(first * case.numeric) or quotient.size - rows < 2:
            continue
        for name, t in case.variables():
            for text, of in ROWS.items():
                with np.errstate(all="ignore"):
                    value = of(np.asarray(t), axes)
                for inverse, c in ((False, value), (True, 1 / value)):
                    if bool(np.isclose(c, first, rtol=1e-5, atol=0).all()):
                        what = ("1 / " if inverse else "") + text.format(name)
                        back = ("" if inverse else "1 / ") + text.format(name)
                        return Diagnosis("row_factor", f"analytic / numeric is {what} of each row, in "
                                         f"{case.count()}: this factor is too many, or {back} is missing.",
                                         what)
        if rows > 2 and np.ptp(first) > 1e-4 * np.abs(first).max():
            along = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
            return Diagnosis("row_factor", f"analytic / numeric is the same all along {along}, and another "
                                           f"for "
                             "each row: a factor that belongs to the row, such as a norm, a sum or a "
                             "deviation, is missing or wrong.", along)
    return None


def softmax_axis(case: Case) -> Diagnosis | None:
    """y · (v − Σ v·y) for softmax, v − eʸ · Σ v for its logarithm: the sum runs along another axis."""
    y, v = case.output, case.upstream
    if y is None or v is None or y.shape != case.x.shape or y.ndim < 2:
        return None
    with np.errstate(all="ignore"):
        forms = ([y * (v - (v * y).sum(k, keepdims=True)) for k in range(y.ndim)],
                 [v - np.exp(y) * v.sum(k, keepdims=True) for k in range(y.ndim)])
    for found in forms:
        right = [k for k, a in enumerate(found) if case.close(a, case.numeric)[case.known].all()]
        for k, a in enumerate(found):
            if right and k not in right and case.fits(a):
                return Diagnosis("wrong_axis", f"The sum of the softmax's gradient runs along axis {k} in "
                                 f"{case.count()}; it belongs along axis {right[0]}.", str(k))
    return None


def _axes(shape: tuple[int, ...]) -> Iterator[Axes]:
    """The choices of axes along which there is more than one entry; single ones first."""
    long = [k for k, n in enumerate(shape) if n > 1]
    for count in range(1, len(long) + 1):
        yield from combinations(long, count)


def _spanned(case: Case, rest: np.ndarray, basis: list[np.ndarray], axes: Axes) -> bool:
    """Whether in each row ``rest`` is a combination of the basis, with enough entries to tell."""
    length = int(np.prod([rest.shape[k] for k in axes]))
    groups = rest.size // max(1, length)
    if length <= len(basis) or groups * (length - len(basis)) < 2 or groups > LARGEST:
        return False

    def rows(t: np.ndarray) -> np.ndarray:
        wide = np.broadcast_to(t, rest.shape)
        return np.moveaxis(wide, axes, range(-len(axes), 0)).reshape(groups, -1)
    target = rows(rest)
    columns = np.stack([rows(t) for t in basis], -1)                    # (groups, length, basis)
    telling = (~case.zero(columns)).all(-1).sum(-1)
    if not np.isfinite(columns).all() or telling.min() <= len(basis):
        return False
    fitted = np.stack([c @ np.linalg.lstsq(c, t, rcond=None)[0] for c, t in zip(columns, target)])
    numeric = rows(case.numeric)
    return bool(case.close(numeric - target + fitted, numeric).all())
