"""MNIST1D: ten signals of 40 numbers, computed here in a blink; what takes MNIST hours shows in minutes."""
from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

import numpy as np

from ..autograd.tensor import Tensor, as_array, wrap
from ..data.collate import default_collate
from ..data.dataset import Dataset, take_rows
from ..errors.arguments import require_integers
from .images import apply_to_batch

# Ten digits as a pen would draw them on a line, 12 points each.
TEMPLATES = np.array([
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
])
SAMPLES, TRAIN = 5000, 4000             # in all, and how many of them to train
PADDING = 36, 60                        # zeros behind the digit: the fewer, the wider it becomes
WIDTH, LENGTH = 72, 40                  # points while it is changed, and in the end
SCALE, SHEAR, SHIFTS = 0.4, 0.75, 48
CORRELATED, INDEPENDENT, SIGMA = 0.25, 0.02, 2.0
Floats = np.ndarray[Any, np.dtype[np.float64]]


class MNIST1D(Dataset):
    """Ten digits as signals of 40 numbers, made from templates by shifts, scaling, shear and noise.

    Of Greydanus & Kobak, "Scaling down deep learning with MNIST-1D" (2024): 4,000 signals to train, 1,000 to
    test. Nothing is downloaded, they are computed. With seed 42 they are those that the authors published;
    another seed makes a new set of the same kind. A logistic regression gets 32 % of the test signals right,
    an MLP 68 %, a convolutional network 94 %: far apart, so that a difference shows in seconds.

    Attributes:
        data: float32 Tensor (N, 40), of mean 0 and standard deviation 1 over training and test set together.
        targets: int64 Tensor (N,), the digits.

    Sample i is ``(signal, label)``: a float32 Tensor (40,) and an int. ``nn.Conv1d`` wants channels as well,
    as does a transform with ``batched = True``, which gets a whole batch: ``x[:, None]`` is (N, 1, 40).

    Args:
        train: the training signals, or the test signals.
        transform: applied to each signal; one with ``batched = True`` gets the batch (N, 40) at once.
        target_transform: applied to each label.
        seed: decides everything random, from 0 to 2³² − 1.

    Raises RangeError for a seed out of range.

    >>> from minigrad.vision.datasets import MNIST1D
    >>> data = MNIST1D()
    >>> data
    MNIST1D: 4000 signals of length 40, 10 classes
    >>> signal, label = data[0]
    >>> signal.shape, label
    (minigrad.Size([40]), 2)
    """

    classes = [str(digit) for digit in range(10)]

    def __init__(self, train: bool = True, transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, *, seed: int = 42) -> None:
        require_integers("MNIST1D", least=0, most=2**32 - 1, seed=seed)
        self.train, self.seed = bool(train), int(seed)
        self.transform, self.target_transform = transform, target_transform
        signals, labels = make_signals(self.seed)
        part = slice(TRAIN) if self.train else slice(TRAIN, None)
        self.data: Tensor = wrap(signals[part].copy())
        self.targets: Tensor = wrap(labels[part].copy())

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        signal, target = wrap(as_array(self.data)[index].copy()), int(as_array(self.targets)[index])
        return (signal if self.transform is None else self.transform(signal),
                target if self.target_transform is None else self.target_transform(target))

    def get_batch(self, indices: np.ndarray) -> tuple[Any, Any]:
        """Signals and labels of the samples ``indices``: float32 (N, 40), int64 (N,)."""
        signals: Any = wrap(take_rows(as_array(self.data), indices))
        targets: Any = wrap(take_rows(as_array(self.targets), indices))
        if self.transform is not None:
            signals = apply_to_batch(self.transform, signals)
        if self.target_transform is not None:
            targets = default_collate([self.target_transform(int(t)) for t in targets.numpy()])
        return signals, targets

    def tensors(self) -> tuple[Tensor, Tensor]:
        """The whole set at once, without transforms: float32 (N, 40), int64 (N,)."""
        return wrap(as_array(self.data).copy()), wrap(as_array(self.targets).copy())

    def __repr__(self) -> str:
        return f"MNIST1D: {len(self)} signals of length {LENGTH}, {len(self.classes)} classes"


@lru_cache(maxsize=4)
def make_signals(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All signals of ``seed``, float32 (5000, 40), and their digits, int64 (5000,); shuffled, read-only."""
    random = np.random.RandomState(seed)        # the published set's own generator, fixed for all time
    labels = np.repeat(np.arange(10), SAMPLES // 10)
    draws = [(random.rand(), random.rand(), random.choice(SHIFTS), random.randn(WIDTH), random.randn(WIDTH),
              random.rand()) for _ in range(SAMPLES)]
    order = random.permutation(SAMPLES)
    pad, scale, shift, correlated, independent, shear = (np.array(column) for column in zip(*draws))

    x, drawn = widened(templates()[labels], PADDING[0] + (pad * (PADDING[1] - PADDING[0] + 1)).astype(int))
    x *= 1 + SCALE * (scale[:, None] - 0.5)
    rolled = (np.arange(WIDTH) - shift[:, None]) % WIDTH                        # (N, 72)
    x, drawn = np.take_along_axis(x, rolled, 1), np.take_along_axis(drawn, rolled, 1)
    x = np.where(drawn, x, smoothed(CORRELATED * correlated)) + INDEPENDENT * independent
    x -= SHEAR * (shear[:, None] - 0.5) * np.linspace(-0.5, 0.5, WIDTH)
    x = resampled(x, LENGTH)[order]                                             # (N, 40)
    signals, labels = ((x - x.mean()) / x.std()).astype(np.float32), labels[order].astype(np.int64)
    signals.flags.writeable = labels.flags.writeable = False
    return signals, labels


def templates() -> Floats:
    """The ten templates with standard deviation 1/6, each beginning at 0: (10, 12)."""
    x: Floats = (TEMPLATES - TEMPLATES.mean(1, keepdims=True)) / TEMPLATES.std(1, keepdims=True)
    return (x - x[:, :1]) / 6


def widened(x: Floats, zeros: np.ndarray) -> tuple[Floats, np.ndarray]:
    """Each row (12 points) with its number of zeros behind it, stretched to 72 points; and where the row is.

    Point j of the result lies at u = j / 71 · (12 + zeros − 1) of the padded row, between two of its points.
    """
    points = x.shape[1]
    u = np.linspace(0, 1, WIDTH) * (points + zeros[:, None] - 1)                # (N, 72)
    padded = np.pad(x, ((0, 0), (0, 2)))                                        # (N, 14), zeros at the end
    left = np.minimum(u.astype(int), points)
    here, there = (np.take_along_axis(padded, left + i, 1) for i in (0, 1))
    return here + (there - here) * (u - left), u < points


def smoothed(noise: Floats) -> Floats:
    """Each row under a Gaussian of standard deviation 2 points, mirrored at its ends: neighbors agree."""
    reach = int(4 * SIGMA + 0.5)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SIGMA) ** 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(noise, ((0, 0), (reach, reach)), mode="symmetric"), len(bell), axis=1)   # (N, 72, 17)
    return np.asarray(windows @ (bell / bell.sum()))


def resampled(x: Floats, length: int) -> Floats:
    """Each row read at ``length`` points between its own, by straight lines."""
    u = np.linspace(0, x.shape[1] - 1, length)
    left = np.minimum(u.astype(int), x.shape[1] - 2)
    return np.asarray(x[:, left] + (x[:, left + 1] - x[:, left]) * (u - left))
