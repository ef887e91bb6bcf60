"""Attributions from what happens when parts of the input are replaced by a baseline."""
from __future__ import annotations

import math
from itertools import product
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_integers
from ..ops.convert import to
from ..ops.sampling import rand
from .scores import Attribution, baseline_of, floats, one_of

Floats = np.ndarray[Any, Any]
Value = Callable[[Floats], Floats]          # of coalitions (M, d): their scores (M,)
BATCH = 256                         # perturbed inputs at once


def patches(height: int, width: int, size: int) -> Tensor:
    """A feature mask that cuts an image into squares: int64 (height, width), numbered row by row.

    >>> minigrad.attribution.patches(2, 4, 2).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    require_integers("patches", height=height, width=width, size=size)
    row, column = np.arange(height)[:, None] // size, np.arange(width) // size
    return wrap(row * -(-width // size) + column)


class Occlusion(Attribution):
    """What the score loses when a window is replaced by the baseline: the mean of all that cover an entry.

    Of Zeiler & Fergus, "Visualizing and understanding convolutional networks" (2014).

    >>> occlusion = minigrad.attribution.Occlusion(lambda x: x.sum(1))
    >>> occlusion.attribute(minigrad.tensor([[1.0, 2.0, 4.0]]), (1,)).tolist()
    [[1.0, 2.0, 4.0]]
    """

    def attribute(self, inputs: Tensor, sliding_window_shapes: tuple[int, ...], strides: Any = None,
                  baselines: Any = None, target: Any = None) -> Tensor:
        """In the shape of ``inputs`` (N, …).

        Args:
            sliding_window_shapes: the window, a number for each dimension of a sample: (C, h, w).
            strides: how far it moves, an int or one for each dimension; 1 when None. The last window ends at
                the edge.
        """
        x = floats(inputs, "Occlusion").detach()
        sizes, window = tuple(x.shape[1:]), tuple(sliding_window_shapes)
        if len(window) != len(sizes) or any(not 1 <= w <= s for w, s in zip(window, sizes)):
            raise ShapeError(f"Occlusion: the window needs a number for each dimension of {sizes}, none "
                             f"larger, got {window}.")
        steps = (strides or 1,) * len(sizes) if not isinstance(strides, tuple) else strides
        if len(steps) != len(sizes) or any(not 1 <= step <= w for step, w in zip(steps, window)):
            raise ShapeError(f"Occlusion: strides must be from 1 to the window {window}, got {strides}: "
                             "larger ones leave entries out.")
        whole, b = self.values(x, target), baseline_of(x, baselines)
        total = np.zeros((len(whole),) + sizes)
        covered = np.zeros(sizes)
        starts = [sorted({*range(0, s - w + 1, step), s - w}) for s, w, step in zip(sizes, window, steps)]
        for corner in product(*starts):
            at = tuple(slice(i, i + w) for i, w in zip(corner, window))
            hidden = x.clone()
            hidden[(slice(None),) + at] = b[(slice(None),) + at]
            lost = whole - self.values(hidden, target)
            total[(slice(None),) + at] += lost.reshape((-1,) + (1,) * len(sizes))
            covered[at] += 1
        return to(wrap((total / covered).astype(x.dtype)), x.device)


class FeaturePerturbation(Attribution):
    """What the next three share: features that are there (1) or replaced by the baseline (0)."""

    def attribute_features(self, inputs: Tensor, baselines: Any, target: Any, feature_mask: Any,
                           weigh: Callable[[Value, int], Floats]) -> Tensor:
        """For each sample ``weigh(value, d)``, spread over the entries of each feature."""
        owner = type(self).__name__
        x = floats(inputs, owner).detach()
        b = baseline_of(x, baselines).cpu().numpy()
        xs = x.cpu().numpy()
        shape = xs.shape[1:]
        mask = np.arange(math.prod(shape)).reshape(shape) if feature_mask is None else \
            feature_mask.cpu().numpy() if isinstance(feature_mask, Tensor) else np.asarray(feature_mask)
        mask = mask[0] if mask.ndim == xs.ndim and len(mask) == 1 else mask
        try:
            mask = np.broadcast_to(mask, shape)
        except ValueError:
            raise ShapeError(f"{owner}: feature_mask {mask.shape} does not broadcast to a sample "
                             f"{shape}.") from None
        if mask.dtype.kind not in "iu":
            raise RangeError(f"{owner}: feature_mask must hold whole numbers, got {mask.dtype}.")
        names, number = np.unique(mask, return_inverse=True)
        number = number.reshape(shape)
        self.values(x, target)                              # a wrong target is refused here
        out = np.empty_like(xs)
        for i in range(len(xs)):
            def value(z: Floats, i: int = i) -> Floats:
                found = []
                for start in range(0, len(z), BATCH):
                    there = z[start:start + BATCH][:, number]               # (M, …)
                    mixed = np.where(there > 0.5, xs[i], b[i]).astype(xs.dtype)
                    found.append(self.values(to(wrap(mixed), x.device), one_of(target, i)))
                return np.concatenate(found)
            out[i] = weigh(value, len(names))[number]
        return to(wrap(out), x.device)


class ShapleyValues(FeaturePerturbation):
    """The exact Shapley value of each feature: what it adds, averaged over all orders in which features come.

    φ_i = Σ_S |S|! (d − |S| − 1)! / d! · (score(S with i) − score(S)) over all sets S without i: 2ᵈ scores,
    up to 14 features (Shapley 1953).

    >>> product = minigrad.attribution.ShapleyValues(lambda x: x[:, 0] * x[:, 1])
    >>> product.attribute(minigrad.tensor([[2.0, 3.0]])).tolist()
    [[3.0, 3.0]]
    """

    def attribute(self, inputs: Tensor, baselines: Any = None, target: Any = None,
                  feature_mask: Any = None) -> Tensor:
        """In the shape of ``inputs`` (N, …): each entry has its feature's value."""
        return self.attribute_features(inputs, baselines, target, feature_mask, _exact)


class KernelShap(FeaturePerturbation):
    """Shapley values by weighted least squares; they add up to score(x) − score(baseline).

    Of Lundberg & Lee, "A unified approach to interpreting model predictions" (2017). With n_samples ≥ 2ᵈ − 2
    all coalitions are used, and the values are exact; else they are drawn in pairs, a set and its complement.

    >>> shap = minigrad.attribution.KernelShap(lambda x: x[:, 0] * x[:, 1] + x[:, 2])
    >>> shap.attribute(minigrad.tensor([[2.0, 3.0, 1.0]])).round(decimals=4).tolist()
    [[3.0, 3.0, 1.0]]
    """

    def attribute(self, inputs: Tensor, baselines: Any = None, target: Any = None,
                  feature_mask: Any = None, n_samples: int = 25) -> Tensor:
        """In the shape of ``inputs`` (N, …): each entry has its feature's value."""
        require_integers("KernelShap", n_samples=n_samples)
        return self.attribute_features(inputs, baselines, target, feature_mask,
                                       lambda value, d: _kernel(value, d, n_samples))


class Lime(FeaturePerturbation):
    """A linear model of the score near x, fitted to random coalitions, those near x with more weight.

    Of Ribeiro, Singh & Guestrin, "Why should I trust you?" (2016): features stay with probability ½; the
    weight is exp(−D² / width²) with D = 1 − √(share that stays), the cosine distance; ridge regression with
    ``alpha``. Another seed, or another width, gives other values.

    >>> lime = minigrad.attribution.Lime(lambda x: x.sum(1))
    >>> parts = lime.attribute(minigrad.tensor([[1.0, 2.0, 4.0]]), n_samples=50, alpha=1e-9)
    >>> bool(minigrad.allclose(parts, minigrad.tensor([[1.0, 2.0, 4.0]]), atol=1e-4))
    True
    """

    def attribute(self, inputs: Tensor, baselines: Any = None, target: Any = None, feature_mask: Any = None,
                  n_samples: int = 25, kernel_width: float = 0.25, alpha: float = 0.01) -> Tensor:
        """In the shape of ``inputs`` (N, …): each entry has its feature's slope."""
        require_integers("Lime", n_samples=n_samples)
        if not kernel_width > 0 or not alpha >= 0:
            raise RangeError("Lime: kernel_width must be positive and alpha at least 0, got "
                             f"{kernel_width} and {alpha}.")
        return self.attribute_features(inputs, baselines, target, feature_mask,
                                       lambda value, d: _lime(value, d, n_samples, kernel_width, alpha))


def _coalitions(d: int) -> Floats:
    """All sets of d features as rows of 0 and 1: (2ᵈ, d)."""
    return (np.arange(2 ** d)[:, None] >> np.arange(d) & 1).astype(np.float64)


def _exact(value: Value, d: int) -> Floats:
    if d > 14:
        raise RangeError(f"ShapleyValues: {d} features have 2^{d} sets, too many. Join entries to features "
                         "by feature_mask, or take KernelShap.")
    z = _coalitions(d)
    worth, size = value(z), z.sum(1).astype(int)
    share = np.array([1 / (d * math.comb(d - 1, s)) for s in range(d)] + [0.0])
    found = np.empty(d)
    for i in range(d):
        without = np.flatnonzero(z[:, i] == 0)
        found[i] = (share[size[without]] * (worth[without + 2 ** i] - worth[without])).sum()
    return found


def _kernel(value: Value, d: int, n_samples: int) -> Floats:
    nothing, everything = value(np.stack([np.zeros(d), np.ones(d)]))
    if d == 1:
        return np.array([everything - nothing])
    size = np.arange(1, d)
    of_size = (d - 1) / (size * (d - size))             # the kernel of all sets of one size together
    if d < 31 and n_samples >= 2 ** d - 2:
        z = _coalitions(d)[1:-1]
        weight = of_size[z.sum(1).astype(int) - 1] / [math.comb(d, int(s)) for s in z.sum(1)]
    else:
        draws = rand(-(-n_samples // 2), d + 1).cpu().numpy()
        sizes = size[np.searchsorted(np.cumsum(of_size) / of_size.sum(), draws[:, -1]).clip(max=d - 2)]
        z = (draws[:, :-1].argsort(1).argsort(1) < sizes[:, None]).astype(np.float64)
        z = np.concatenate([z, 1 - z])
        weight = np.ones(len(z))
    # Σ φ = everything − nothing holds exactly: the last φ is eliminated.
    left = z[:, :-1] - z[:, -1:]
    right = value(z) - nothing - z[:, -1] * (everything - nothing)
    root = np.sqrt(weight)
    phi = np.linalg.lstsq(left * root[:, None], right * root, rcond=None)[0]
    return np.append(phi, everything - nothing - phi.sum())


def _lime(value: Value, d: int, n_samples: int, width: float, alpha: float) -> Floats:
    z = (rand(n_samples, d).cpu().numpy() < 0.5).astype(np.float64)
    weight = np.exp(-((1 - np.sqrt(z.mean(1))) / width) ** 2)
    worth = value(z)
    z = z - (weight @ z) / weight.sum()                 # the intercept is not shrunk
    worth = worth - weight @ worth / weight.sum()
    return np.asarray(np.linalg.solve(z.T @ (weight[:, None] * z) + (alpha + 1e-12) * np.eye(d),
                                      z.T @ (weight * worth)))
