"""Training steps that are right, drawn at random: networks, losses, optimizers, rates, scaled data."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

import minigrad
from minigrad import nn, optim
from minigrad.nn import functional as F


class Step(NamedTuple):
    """What training_step takes."""

    kind: str
    model: Any
    loss: Any
    optimizer: Any
    batch: Any
    step: Any = None


Random = np.random.Generator


def activation(r: Random) -> Any:
    """A layer that bends."""
    kinds: list[Callable[[], Any]] = [nn.ReLU, nn.Tanh, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.ELU]
    return kinds[r.integers(len(kinds))]()


def stack(r: Random, sizes: list[int], norm: bool = True) -> list[Any]:
    """Linear layers with activations between them, sometimes with normalization and dropout."""
    layers: list[Any] = []
    for a, b in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(a, b)]
        if norm and r.random() < 0.3:
            layers += [nn.BatchNorm1d(b) if r.random() < 0.5 else nn.LayerNorm(b)]
        layers += [activation(r)]
        if r.random() < 0.3:
            layers += [nn.Dropout(float(r.uniform(0.05, 0.5)))]
    return [*layers, nn.Linear(sizes[-2], sizes[-1])]


def optimizer(r: Random, parameters: Any) -> Any:
    """One of minigrad's, with a rate as in tutorials."""
    made: list[Callable[[], Any]] = [
        lambda: optim.SGD(parameters, lr=float(10 ** r.uniform(-3, -1))),
        lambda: optim.SGD(parameters, lr=float(10 ** r.uniform(-3, -1.5)), momentum=0.9),
        lambda: optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4),
        lambda: optim.Adam(parameters, lr=float(10 ** r.uniform(-4, -2))),
        lambda: optim.AdamW(parameters, lr=float(10 ** r.uniform(-4, -2.5)), weight_decay=0.01),
        lambda: optim.RMSprop(parameters, lr=1e-3),
        lambda: optim.Adagrad(parameters, lr=1e-2)]
    return made[r.integers(len(made))]()


def normal(r: Random, *shape: int) -> Any:
    """Standardized data."""
    return minigrad.tensor(r.standard_normal(shape).astype(np.float32))


def labels(r: Random, classes: int, *shape: int) -> Any:
    """Class indices, all of them."""
    drawn = r.integers(0, classes, shape)
    drawn.flat[:2] = [0, 1]
    return minigrad.tensor(drawn)


def to_classes(r: Random, n: int, classes: int) -> tuple[Any, Any, list[Any]]:
    """A loss for classes, targets for it, and what the model must end with."""
    y = labels(r, classes, n)
    one_hot = minigrad.tensor(np.eye(classes, dtype=np.float32)[y.numpy()])
    weight = minigrad.tensor(r.uniform(0.5, 2, classes).astype(np.float32))
    chosen: list[tuple[Any, Any, list[Any]]] = [
        (nn.CrossEntropyLoss(), y, []), (nn.CrossEntropyLoss(label_smoothing=0.1), y, []),
        (nn.CrossEntropyLoss(weight=weight), y, []), (nn.CrossEntropyLoss(), one_hot, []),
        (nn.NLLLoss(), y, [nn.LogSoftmax(dim=1)]), (F.cross_entropy, y, []),
        (nn.BCEWithLogitsLoss(), one_hot, []), (nn.BCELoss(), one_hot, [nn.Sigmoid()]),
        (lambda out, t: -F.log_softmax(out, 1)[minigrad.arange(n), t].mean(), y, []),
        (lambda out, t: -(out.softmax(1)[minigrad.arange(n), t] + 1e-9).log().mean(), y, []),
        (nn.KLDivLoss(reduction="batchmean"), one_hot, [nn.LogSoftmax(dim=1)]),
        (lambda out, t: ((out.softmax(1) - t) ** 2).sum(1).mean(), one_hot, [])]
    return chosen[r.integers(len(chosen))]


def to_numbers(r: Random, *shape: int) -> tuple[Any, Any]:
    """A loss for numbers, and targets for it."""
    y = normal(r, *shape)
    chosen = [nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss(), nn.HuberLoss(delta=0.5), F.mse_loss,
              lambda out, t: ((out - t) ** 2).mean(), lambda out, t: (out - t).abs().mean()]
    return chosen[r.integers(len(chosen))], y


def mlp(r: Random) -> Step:
    n, width, classes = int(r.integers(4, 33)), int(r.integers(4, 24)), int(r.integers(2, 7))
    sizes = [int(r.integers(2, 20)), *[width] * int(r.integers(1, 4)), classes]
    loss, y, last = to_classes(r, n, classes)
    model = nn.Sequential(*stack(r, sizes), *last)
    return Step("mlp", model, loss, optimizer(r, model.parameters()), (normal(r, n, sizes[0]), y))


def regression(r: Random) -> Step:
    n, sizes = int(r.integers(4, 33)), [int(r.integers(1, 9)), *[16] * int(r.integers(1, 3)),
                                        int(r.integers(1, 4))]
    loss, y = to_numbers(r, n, sizes[-1])
    model = nn.Sequential(*stack(r, sizes))
    return Step("regression", model, loss, optimizer(r, model.parameters()), (normal(r, n, sizes[0]), y))


def line(r: Random) -> Step:
    """Linear and logistic regression, from zeros or from random weights."""
    n, d = int(r.integers(8, 40)), int(r.integers(1, 6))
    classes = int(r.integers(1, 4))
    model = nn.Linear(d, classes)
    if r.random() < 0.5:
        nn.init.zeros_(model.weight)
        nn.init.zeros_(model.bias)
    x = normal(r, n, d)
    loss, y = (to_numbers(r, n, 1) if classes == 1 else to_classes(r, n, classes)[:2])
    if classes > 1:
        loss, y = nn.CrossEntropyLoss(), labels(r, classes, n)
    return Step("line", model, loss, optim.SGD(model.parameters(), lr=0.1), (x, y))


def cnn(r: Random) -> Step:
    n, channels, classes, size = int(r.integers(2, 12)), int(r.choice([1, 3])), int(r.integers(2, 6)), 8
    loss, y, last = to_classes(r, n, classes)
    layers: list[Any] = [nn.Conv2d(channels, 6, 3, padding=1)]
    layers += [nn.BatchNorm2d(6)] if r.random() < 0.5 else []
    layers += [activation(r), nn.MaxPool2d(2) if r.random() < 0.5 else nn.AvgPool2d(2), nn.Conv2d(6, 8, 3,
                                                                                                  padding=1),
               activation(r)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes)] if r.random() < 0.5 else [
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(8 * (size // 2) ** 2, classes)]
    model = nn.Sequential(*layers, *last)
    pixels = r.uniform(0, 1, (n, channels, size, size)).astype(np.float32)
    pixels[:, :, :2] = 0                                        # a black border, as in digits
    return Step("cnn", model, loss, optimizer(r, model.parameters()), (minigrad.tensor(pixels), y))


class Recurrent(nn.Module):
    """The last state of a recurrent layer, and a linear layer; x are numbers or words."""

    def __init__(self, kind: Any, words: int, width: int, classes: int, last: list[Any]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width) if words else None
        self.rnn = kind(width, 10, batch_first=True)
        self.head = nn.Sequential(nn.Linear(10, classes), *last)

    def forward(self, x: Any) -> Any:
        out, _ = self.rnn(x if self.embedding is None else self.embedding(x))
        return self.head(out[:, -1])


def rnn(r: Random) -> Step:
    n, steps, classes = int(r.integers(3, 12)), int(r.integers(3, 9)), int(r.integers(2, 5))
    kind = [nn.RNN, nn.LSTM, nn.GRU][r.integers(3)]
    loss, y, last = to_classes(r, n, classes)
    words = int(r.choice([0, 20]))
    model = Recurrent(kind, words, 6, classes, last)
    x = labels(r, 20, n, steps) if words else normal(r, n, steps, 6)
    return Step("rnn", model, loss, optimizer(r, model.parameters()), (x, y))


class Language(nn.Module):
    """A small transformer that predicts the next word."""

    def __init__(self, words: int, width: int, steps: int, tied: bool) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(steps, width)
        self.layer = nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.1, batch_first=True)
        self.head = nn.Linear(width, words, bias=False)
        if tied:
            self.head.weight = self.words.weight

    def forward(self, x: Any) -> Any:
        return self.head(self.layer(self.words(x) + self.places(minigrad.arange(x.shape[1]))))


def transformer(r: Random) -> Step:
    n, steps, words = int(r.integers(2, 6)), int(r.integers(3, 8)), 12
    model = Language(words, 8, steps, bool(r.random() < 0.5))
    text = labels(r, words, n, steps + 1)

    def loss(out: Any, y: Any) -> Any:
        return F.cross_entropy(out.reshape(-1, words), y.reshape(-1))
    return Step("transformer", model, loss, optimizer(r, model.parameters()), (text[:, :-1], text[:, 1:]))


def autoencoder(r: Random) -> Step:
    n, d = int(r.integers(4, 20)), int(r.integers(6, 16))
    x = minigrad.tensor(r.uniform(0, 1, (n, d)).astype(np.float32))
    last = [nn.Sigmoid()] if r.random() < 0.6 else []
    model = nn.Sequential(nn.Linear(d, 8), activation(r), nn.Linear(8, 3), activation(r), nn.Linear(3, 8),
                          activation(r), nn.Linear(8, d), *last)
    loss = nn.BCELoss() if last and r.random() < 0.5 else nn.MSELoss()
    return Step("autoencoder", model, loss, optimizer(r, model.parameters()), (x, x))


class Variational(nn.Module):
    """An autoencoder with a random code."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.encoder, self.mean, self.spread = nn.Linear(d, 8), nn.Linear(8, 2), nn.Linear(8, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, d))

    def forward(self, x: Any) -> Any:
        h = self.encoder(x).tanh()
        mean, log_var = self.mean(h), self.spread(h)
        code = mean + (log_var / 2).exp() * minigrad.randn_like(mean)
        return self.decoder(code), mean, log_var


def variational(r: Random) -> Step:
    x = minigrad.tensor(r.uniform(0, 1, (16, 10)).astype(np.float32))
    model = Variational(10)

    def loss(out: Any, y: Any) -> Any:
        pixels, mean, log_var = out
        divergence = -0.5 * (1 + log_var - mean ** 2 - log_var.exp()).sum(1).mean()
        return F.binary_cross_entropy_with_logits(pixels, y, reduction="sum") / len(y) + divergence
    return Step("variational", model, loss, optim.Adam(model.parameters(), lr=1e-3), (x, x))


def adversarial(r: Random) -> Step:
    """A generator's step, or a discriminator's."""
    n, d = int(r.integers(8, 20)), 6
    make = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, d), nn.Tanh())
    judge = nn.Sequential(nn.Linear(d, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    real, noise = minigrad.tensor(r.uniform(-1, 1, (n, d)).astype(np.float32)), normal(r, n, 3)
    judging = r.random() < 0.5
    model = judge if judging else make
    adam = optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def judge_step(model: Any, adam: Any, batch: Any) -> None:
        real, noise = batch
        adam.zero_grad()
        fake = make(noise).detach()
        loss = (F.binary_cross_entropy_with_logits(model(real), minigrad.ones(n, 1))
                + F.binary_cross_entropy_with_logits(model(fake), minigrad.zeros(n, 1)))
        loss.backward()
        adam.step()

    def make_step(model: Any, adam: Any, batch: Any) -> None:
        adam.zero_grad()
        loss = F.binary_cross_entropy_with_logits(judge(model(batch[1])), minigrad.ones(n, 1))
        loss.backward()
        adam.step()
        judge.zero_grad()
    return Step("adversarial", model, None, adam, (real, noise), judge_step if judging else make_step)


class Pair(nn.Module):
    """Two embeddings and their product: what does a user think of a film?"""

    def __init__(self, users: int, films: int) -> None:
        super().__init__()
        self.users, self.films = nn.Embedding(users, 4), nn.Embedding(films, 4)
        self.bias = nn.Parameter(minigrad.zeros(1))

    def forward(self, user: Any, film: Any) -> Any:
        return (self.users(user) * self.films(film)).sum(1) + self.bias


def embedding(r: Random) -> Step:
    n = int(r.integers(8, 30))
    model = Pair(10, 12)
    loss, y = to_numbers(r, n)
    return Step("embedding", model, loss, optimizer(r, model.parameters()), (labels(r, 10, n), labels(r, 12,
                                                                                                      n), y))


def own_loop(r: Random) -> Step:
    """The student's own step, in one of the right orders, with clipping, accumulation or a schedule."""
    n, classes = int(r.integers(6, 20)), 3
    model = nn.Sequential(*stack(r, [4, 12, classes], norm=False))
    sgd = optimizer(r, model.parameters())
    kind = int(r.integers(5))
    schedule = optim.lr_scheduler.StepLR(sgd, 10)
    half = n // 2

    def step(model: Any, optimizer: Any, batch: Any) -> Any:
        x, y = batch
        model.train()
        if kind == 1:
            for part in (slice(0, half), slice(half, n)):       # gradients of two halves are added up
                (F.cross_entropy(model(x[part]), y[part]) / 2).backward()
            optimizer.step()
            optimizer.zero_grad()
            return None
        optimizer.zero_grad(set_to_none=kind != 2)
        loss = F.cross_entropy(model(x), y)
        if kind == 3:
            loss = loss + 1e-4 * sum((p ** 2).sum() for p in model.parameters())
        loss.backward()
        if kind == 4:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return loss.item()
    return Step("own loop", model, None, sgd, (normal(r, n, 4), labels(r, classes, n)), step)


def by_hand(r: Random) -> Step:
    """No module and no optimizer: two weights, changed in place."""
    w = minigrad.tensor(r.standard_normal((3, 1)).astype(np.float32), requires_grad=True)
    b = minigrad.zeros(1, requires_grad=True)

    def model(x: Any) -> Any:
        return x @ w + b

    def step(model: Any, optimizer: Any, batch: Any) -> None:
        x, y = batch
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        with minigrad.no_grad():
            for p in (w, b):
                p -= 0.05 * p.grad
                p.grad = None
    return Step("by hand", model, None, None, (normal(r, 20, 3), normal(r, 20, 1)), step)


def transfer(r: Random) -> Step:
    """A frozen network with a new last layer."""
    body = nn.Sequential(*stack(r, [5, 12, 8]), nn.ReLU())
    body.requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(8, 3))
    return Step("transfer", model, nn.CrossEntropyLoss(), optim.Adam(model[1].parameters(), lr=1e-3),
                (normal(r, 16, 5), labels(r, 3, 16)))


def deep(r: Random) -> Step:
    """Residual blocks."""
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), activation(r), nn.Linear(16, 8))

        def forward(self, x: Any) -> Any:
            return x + self.inner(x)
    model = nn.Sequential(nn.Linear(4, 8), *[Block() for _ in range(int(r.integers(2, 7)))], nn.Linear(8, 2))
    loss, y, last = to_classes(r, 12, 2)
    model = nn.Sequential(model, *last)
    return Step("deep", model, loss, optimizer(r, model.parameters()), (normal(r, 12, 4), y))


def segmentation(r: Random) -> Step:
    """A class for every pixel."""
    model = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 3, 1))
    return Step("segmentation", model, nn.CrossEntropyLoss(), optimizer(r, model.parameters()),
                (normal(r, 3, 1, 6, 6), labels(r, 3, 3, 6, 6)))


KINDS = [mlp, mlp, regression, line, cnn, cnn, rnn, transformer, autoencoder, variational, adversarial,
         embedding,
         own_loop, own_loop, by_hand, transfer, deep, segmentation]


def right_step(seed: int) -> Step:
    """One of them."""
    minigrad.manual_seed(seed)
    r = np.random.default_rng(seed)
    return KINDS[seed % len(KINDS)](r)
