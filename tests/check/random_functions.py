"""Random functions made of minigrad's operations: their gradients are right, so a check has to accept them.

A function is a list of steps, each an operation on values that earlier steps made. All choices are drawn
once; the function itself is then the same at every call. ``benchmarks/gradcheck_false_alarms.py`` checks
ten thousand of them.
"""
from __future__ import annotations

from typing import Callable

import numpy as np

import minigrad
import minigrad.nn.functional as F
from minigrad import Tensor
from minigrad.autograd import Function
from minigrad.check import Report, examine

Random = np.random.Generator
Step = Callable[..., Tensor]
LARGEST = 60            # entries of a value; larger ones are summed over an axis


# ── operations of one value ───────────────────────────────────────────────────────────────────────

def dim(random: Random, x: Tensor) -> int:
    return int(random.integers(-x.ndim, x.ndim))


def entrywise(random: Random, x: Tensor) -> Step:
    return [lambda x: x.tanh().exp(), lambda x: x.sin(), lambda x: x.cos(), lambda x: x.tanh(),
            lambda x: x.sigmoid(), lambda x: x.relu(), lambda x: x.abs(), lambda x: x * x * 0.3,
            lambda x: (x * x + 0.5).sqrt(), lambda x: (x * x + 0.5).log(), lambda x: 1 / (x * x + 1),
            lambda x: minigrad.erf(x), lambda x: x.clamp(-0.7, 0.9), lambda x: -x, lambda x: x * 1.7 - 0.3,
            lambda x: (x * x + 0.3) ** 0.7, lambda x: (x.tanh() + 1.5) ** 3,
            lambda x: minigrad.log1p(x * x), lambda x: minigrad.rsqrt(x * x + 1),
            lambda x: minigrad.expm1(x.tanh()), lambda x: 0.4 ** x.tanh(), F.gelu, F.silu, F.elu, F.softplus,
            F.logsigmoid, F.leaky_relu, F.hardtanh, F.relu6,
            lambda x: x.floor() * x, lambda x: minigrad.remainder(x, 0.77)][int(random.integers(31))]


def reduced(random: Random, x: Tensor) -> Step:
    d, keep = dim(random, x), bool(random.integers(2))
    return [lambda x: x.sum(d, keepdim=keep), lambda x: x.mean(d, keepdim=keep),
            lambda x: x.amax(d, keepdim=keep), lambda x: x.min(d, keepdim=keep)[0],
            lambda x: x.max(d, keepdim=keep)[0], lambda x: x.tanh().prod(d, keepdim=keep),
            lambda x: x.var(d, unbiased=False, keepdim=keep), lambda x: x.logsumexp(d, keepdim=keep),
            lambda x: (x * x + 0.1).sqrt().norm(dim=d, keepdim=keep), lambda x: x.sum(), lambda x: x.mean(),
            lambda x: x.median(d)[0], lambda x: minigrad.norm(x + 3, p=1)][int(random.integers(13))]


def along(random: Random, x: Tensor) -> Step:
    d = dim(random, x)
    return [lambda x: x.softmax(d), lambda x: x.log_softmax(d), lambda x: x.cumsum(d), lambda x: x.sort(d)[0],
            lambda x: x.topk(max(1, x.shape[d] // 2), d)[0], lambda x: F.layer_norm(x, x.shape[-1:], eps=0.1),
            lambda x: F.normalize(x + 2, dim=d), lambda x: x - x.mean(d, keepdim=True),
            lambda x: x / (x.abs().sum(d, keepdim=True) + 0.5)][int(random.integers(9))]


def arranged(random: Random, x: Tensor) -> Step:
    d, k = dim(random, x), int(random.integers(1, 3))
    order = [int(i) for i in random.permutation(x.ndim)]
    rows = random.integers(0, x.shape[d], 3)
    index = minigrad.tensor(random.integers(0, x.shape[d], tuple(x.shape)))
    positive = d % x.ndim
    return [lambda x: x.permute(*order), lambda x: x.flip(d), lambda x: x.roll(k, d), lambda x: x.reshape(-1),
            lambda x: x.unsqueeze(d), lambda x: x.unsqueeze(0).expand(2, *x.shape), lambda x: x.flatten(),
            lambda x: F.pad(x, (1, k)), lambda x: x.index_select(d, minigrad.tensor(rows)),
            lambda x: x.gather(d, index), lambda x: x[..., ::2],
            lambda x: x[(slice(None),) * positive + (rows,)], lambda x: x.repeat_interleave(2, d),
            lambda x: minigrad.tile(x, (2,)), lambda x: minigrad.cat([x, x * 0.5], d),
            lambda x: minigrad.stack([x, x.tanh()], d), lambda x: minigrad.split(x, 1, d)[0],
            lambda x: minigrad.masked_fill(x, x.detach() > 1, 0.2), lambda x: x.T if x.ndim == 2 else x,
            lambda x: minigrad.tril(x) if x.ndim > 1 else x][int(random.integers(20))]


def network(random: Random, x: Tensor) -> Step:
    """Layers, on the entries of x in the shape they need.

    The probabilities of binary_cross_entropy keep away from 0 and 1, where it limits its gradient as
    PyTorch's does, and the slope goes on: there it isn't a right gradient.
    """
    n = x.numel()
    image = lambda x: minigrad.cat([x.reshape(-1)] * (32 // n + 1))[:32].reshape(2, 1, 4, 4)
    rows = lambda x: minigrad.cat([x.reshape(-1)] * (6 // n + 1))[:6].reshape(2, 3)
    labels = minigrad.tensor(random.integers(0, 3, 2))
    target = Tensor(random.uniform(0.1, 0.9, (2, 3)))
    w = Tensor(random.standard_normal((2, 1, 2, 2)))
    m = Tensor(random.standard_normal((4, 3)))
    return [lambda x: F.conv2d(image(x), w), lambda x: F.conv2d(image(x), w, stride=2, padding=1),
            lambda x: F.max_pool2d(image(x), 2), lambda x: F.avg_pool2d(image(x), 2),
            lambda x: F.cross_entropy(rows(x), labels), lambda x: F.mse_loss(rows(x), target),
            lambda x: F.binary_cross_entropy_with_logits(rows(x), target), lambda x: F.linear(rows(x), m),
            lambda x: F.huber_loss(rows(x), target), lambda x: F.smooth_l1_loss(rows(x), target),
            lambda x: F.batch_norm(image(x), None, None, training=True, eps=0.1),
            lambda x: F.unfold(image(x), 2)[:, :, :2],
            lambda x: F.interpolate(rows(x)[None, None], scale_factor=2),
            lambda x: F.binary_cross_entropy(rows(x).sigmoid() * 0.98 + 0.01, target)][
                int(random.integers(14))]


# ── operations of two values ──────────────────────────────────────────────────────────────────────

def joined(random: Random, x: Tensor, y: Tensor) -> Step:
    """x and y, brought to shapes that fit."""
    near = random.random() < 0.5
    if fits(x, y):
        weight = random.uniform(-1, 1)
        steps = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y, lambda x, y: x / (y * y + 0.6),
                 minigrad.maximum, minigrad.minimum, lambda x, y: minigrad.where(x.detach() > 0.1, x, y),
                 lambda x, y: (x.tanh() + 1.4) ** y.tanh(), lambda x, y: minigrad.lerp(x, y, weight),
                 lambda x, y: x + x * y, lambda x, y: (x - y).abs()]
        return steps[int(random.integers(len(steps)))]
    if x.ndim > 1 and y.ndim > 1 and near:
        k = min(x.shape[-1], y.shape[-2])
        return lambda x, y: x[..., :k].reshape(-1, k) @ y[..., :k, :].transpose(-1, -2).reshape(-1, k).T
    if near:
        return lambda x, y: minigrad.outer(x.reshape(-1)[:4], y.reshape(-1)[:4])
    return lambda x, y: x * y.mean() + y.tanh().sum()


def fits(x: Tensor, y: Tensor) -> bool:
    try:
        return int(np.prod(np.broadcast_shapes(tuple(x.shape), tuple(y.shape)))) <= LARGEST
    except ValueError:
        return False


# ── functions ─────────────────────────────────────────────────────────────────────────────────────

UNARY = [entrywise, entrywise, reduced, along, arranged, arranged, network]


class RandomFunction:
    """A function of one to three tensors. ``used`` names the families its operations are from.

    ``kinks``: half of the functions are looked at where ties and kinks are. Where two kinks meet in one
    entry, the gradient of each being a valid slope does not make their sum one: relu(x) − relu(−x) is x, but
    backward gives 0 at 0. There an alarm is right, and so this is off in the count of alarms.
    """

    def __init__(self, random: Random, kinks: bool = False) -> None:
        self.kinks = kinks
        self.inputs = self._draw_inputs(random)
        self.steps: list[tuple[Step, tuple[int, ...]]] = []
        self.used: list[str] = []
        values = list(self.inputs)
        for _ in range(int(random.integers(2, 8))):
            self._draw_step(random, values)
        self.outputs = [len(values) - 1] + [i for i in range(len(self.inputs), len(values) - 1)
                                            if random.random() < 0.25]
        self.scale = 10.0 ** random.integers(-10, 8) if random.random() < 0.1 else 1.0

    def _draw_inputs(self, random: Random) -> list[Tensor]:
        shape = tuple(int(n) for n in random.integers(1, 5, random.choice(4, p=[0.1, 0.25, 0.35, 0.3])))
        found = []
        grid = self.kinks and random.random() < 0.5      # kinks and ties are hit
        scale = 10.0 ** random.integers(-8, 5) if random.random() < 0.1 else 1.0
        for _ in range(int(random.integers(1, 4))):
            kept = shape[int(random.integers(len(shape) + 1)):] if found else shape
            one = tuple(1 if random.random() < 0.2 else n for n in kept)
            values = random.choice([-1.0, 0.0, 0.5, 1.0], one) if grid else random.uniform(-2, 2, one)
            found.append(Tensor(scale * np.asarray(values), requires_grad=True))
        return found

    def _draw_step(self, random: Random, values: list[Tensor]) -> None:
        newest = len(values) - 1
        first = newest if random.random() < 0.7 else int(random.integers(len(values)))
        x = values[first]
        if random.random() < 0.3:
            second = int(random.integers(len(values)))
            family, chosen = joined, (first, second)
            step = joined(random, x, values[second])
        else:
            family = UNARY[int(random.integers(len(UNARY)))] if x.ndim else entrywise
            chosen, step = (first,), family(random, x)
        y = step(*[values[i] for i in chosen])
        if y.numel() > LARGEST:
            plain, y = step, y.sum(0)
            step = lambda *xs: plain(*xs).sum(0)
        if float(y.detach().abs().max().item()) > 30:
            bare = step
            step = lambda *xs: bare(*xs) * 0.01
            y = y * 0.01
        self.steps.append((step, chosen))
        self.used.append(family.__name__)
        values.append(y)

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        values = list(inputs)
        for step, chosen in self.steps:
            values.append(step(*[values[i] for i in chosen]))
        return tuple(values[i] * self.scale for i in self.outputs)


def alarm(seed: int) -> Report | None:
    """The report of a false alarm; None when the right gradient was accepted."""
    function = RandomFunction(np.random.default_rng(seed))
    report = examine(function, function.inputs)
    return None if report.passed else report


class Spoiled(Function):
    """Passes x on, and its gradient with one entry changed: by a share of the largest one, plus 1."""

    def __init__(self, entry: int, by: float) -> None:
        self.entry, self.by = entry, by

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x * 1.0

    def backward(self, g: np.ndarray) -> np.ndarray:
        out = np.array(g)
        out.flat[self.entry] += self.by * (1 + np.abs(out).max())
        return out


class Planted:
    """A random function, in whose gradient one entry of one input is wrong by one part in a hundred."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.function = RandomFunction(random)
        self.which = int(random.integers(len(self.function.inputs)))
        self.entry = int(random.integers(self.function.inputs[self.which].numel()))

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return self.function(*[Spoiled(self.entry, 0.01)(x) if i == self.which else x
                               for i, x in enumerate(inputs)])

    def report(self) -> Report:
        """What the check says of it."""
        return examine(self, self.function.inputs)
