"""Training steps as users write them, once for every library, with PyTorch's names."""
from __future__ import annotations

from typing import Any, Callable, ClassVar

import numpy as np

from peers import untuned_networks as networks

BATCHES = 4
Loss = Callable[[int], Any]


def images(rng: np.random.Generator, batch: int, *shape: int) -> list[np.ndarray]:
    """Batches in [0, 1)."""
    return [rng.random((batch, *shape), dtype=np.float32) for _ in range(BATCHES)]


def labels(rng: np.random.Generator, classes: int, *shape: int) -> list[np.ndarray]:
    """Batches of class numbers, or of words."""
    return [rng.integers(0, classes, shape) for _ in range(BATCHES)]


class UntunedSteps:
    """One step, built and ready. A peer names its ``library`` and ``versions``.

    Each method that is named in ``TITLES`` makes a model and an optimizer and returns the loss of batch i as
    a function.
    """

    library: ClassVar[Any]
    versions: ClassVar[dict[str, str]]

    TITLES: ClassVar[dict[str, str]] = {
        "lstm": "language model, 2-layer LSTM, 256 units",
        "gru": "language model, 2-layer GRU, 256 units",
        "seq2seq": "GRU encoder, decoder with attention",
        "resnet": "small ResNet, batch norm, 32×32",
        "mobile": "depthwise convolutions, batch norm",
        "lenet": "LeNet-5, average pooling, tanh",
        "mnist": "two convolutions, dropout, batch 64",
        "unet": "small U-Net, 64×64",
        "autoencoder": "convolutional autoencoder",
        "dcgan": "DCGAN, both networks, 32×32",
        "vae": "variational autoencoder 784-400-20",
        "gpt": "GPT, 4 layers, 128 features",
        "encoder": "2 transformer encoder layers",
        "text_cnn": "text CNN, windows of 3, 4, 5",
        "conv1d": "1-D convolutions on signals",
        "bn_mlp": "MLP with batch norm",
        "small_mlp": "MLP 20-32-32-2, batch 16",
        "large_batch": "MLP 32-64-64-1, SiLU, batch 4096",
        "actor_critic": "actor-critic, one sample at a time",
        "dqn": "deep Q-learning, replay of 64",
    }

    def __init__(self, key: str, seed: int, threads: int, options: dict[str, Any]) -> None:
        self.seed, self.options = seed, options
        self.rng = np.random.default_rng(seed)
        self.models: list[Any] = []
        self.optimizers: list[Any] = []
        self.loss: Loss = getattr(self, key)()

    def tensors(self, arrays: list[np.ndarray]) -> list[Any]:
        """As the library's tensors; a peer may choose how images lie in memory."""
        return [self.library.from_numpy(a) for a in arrays]

    def ready(self, model: Any) -> Any:
        """A model with the same weights in every library, in training."""
        rng = np.random.default_rng(self.seed + 1)
        with self.library.no_grad():
            for _, p in model.named_parameters():
                if p.ndim > 1:
                    bound = 1 / np.sqrt(np.prod(p.shape[1:]))
                    p.copy_(self.library.from_numpy(rng.uniform(-bound, bound, tuple(p.shape))
                                                    .astype(np.float32)))
                else:
                    p.copy_(self.library.from_numpy(np.full(tuple(p.shape), 0.5, np.float32)))
        self.models.append(model)
        return model

    def adam(self, model: Any, lr: float = 1e-3, kind: str = "Adam", **options: Any) -> Any:
        """An optimizer for all parameters of a model."""
        optimizer = getattr(self.library.optim, kind)(model.parameters(), lr=lr, **options)
        self.optimizers.append(optimizer)
        return optimizer

    def step(self, i: int) -> Any:
        """Forward, loss, backward, update on batch i; the loss."""
        return self.loss(i % BATCHES)

    def value(self, loss: Any) -> float:
        """The loss as a number."""
        return float(loss.item())

    def dropout(self, on: bool) -> None:
        """Off for the comparison of losses; batch norm keeps training."""
        for model in self.models:
            for module in model.modules():
                if "Dropout" in type(module).__name__ or "Transformer" in type(module).__name__:
                    module.train(on)

    def simple(self, model: Any, inputs: list[np.ndarray], targets: list[np.ndarray], loss: Any,
               optimizer: Any, clip: float = 0.0) -> Loss:
        """The loop body of nearly every tutorial."""
        xs, ts = self.tensors(inputs), self.tensors(targets)

        def step(i: int) -> Any:
            optimizer.zero_grad()
            value = loss(self.call(model, xs[i]), ts[i])
            value.backward()
            if clip:
                self.library.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            return value
        return step

    def call(self, model: Any, *inputs: Any) -> Any:
        """The model's output; a peer may compile it."""
        return model(*inputs)

    # Recurrent

    def lstm(self) -> Loss:
        return self._language_model("LSTM")

    def gru(self) -> Loss:
        return self._language_model("GRU")

    def _language_model(self, kind: str) -> Loss:
        model = self.ready(networks.language_model(self.library, kind))
        words = labels(self.rng, 1000, 20, 36)
        return self.simple(model, [w[:, :-1].copy() for w in words], [w[:, 1:].copy() for w in words],
                           self._words, self.adam(model, 0.1, "SGD"), clip=0.25)

    def _words(self, scores: Any, words: Any) -> Any:
        return self.library.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]),
                                                        words.reshape(-1))

    def seq2seq(self) -> Loss:
        model = self.ready(networks.seq2seq(self.library))
        words = labels(self.rng, 200, 32, 12)
        return self.simple(model, words, [w[:, ::-1].copy() for w in words], self._words, self.adam(model))

    # Images

    def _classifier(self, model: Any, batch: int, shape: tuple[int, ...], kind: str = "Adam",
                    loss: str = "cross_entropy", classes: int = 10, **options: Any) -> Loss:
        model = self.ready(model)
        return self.simple(model, images(self.rng, batch, *shape), labels(self.rng, classes, batch),
                           getattr(self.library.nn.functional, loss), self.adam(model, kind=kind, **options))

    def resnet(self) -> Loss:
        return self._classifier(networks.resnet(self.library), 64, (3, 32, 32), "SGD", lr=0.05,
                                momentum=0.9, weight_decay=5e-4)

    def mobile(self) -> Loss:
        return self._classifier(networks.mobile(self.library), 64, (3, 32, 32))

    def lenet(self) -> Loss:
        return self._classifier(networks.lenet(self.library), 64, (1, 28, 28), "SGD", lr=0.05)

    def mnist(self) -> Loss:
        return self._classifier(networks.mnist(self.library), 64, (1, 28, 28), "Adadelta" if hasattr(
            self.library.optim, "Adadelta") else "Adam", "nll_loss")

    def unet(self) -> Loss:
        model = self.ready(networks.unet(self.library))
        pictures = images(self.rng, 8, 1, 64, 64)
        return self.simple(model, pictures, [(p > 0.5).astype(np.float32) for p in pictures],
                           self.library.nn.functional.binary_cross_entropy_with_logits, self.adam(model))

    def autoencoder(self) -> Loss:
        model = self.ready(networks.autoencoder(self.library))
        pictures = images(self.rng, 64, 1, 28, 28)
        return self.simple(model, pictures, pictures, self.library.nn.functional.mse_loss, self.adam(model))

    def dcgan(self) -> Loss:
        lib = self.library
        g, d = self.ready(networks.generator(lib)), self.ready(networks.discriminator(lib))
        step_g, step_d = (self.adam(m, 2e-4, betas=(0.5, 0.999)) for m in (g, d))
        real = self.tensors([2 * p - 1 for p in images(self.rng, 64, 3, 32, 32)])
        noise = self.tensors([self.rng.standard_normal((64, 64, 1, 1), dtype=np.float32)
                              for _ in range(BATCHES)])
        bce, ones, zeros = lib.nn.BCELoss(), lib.ones(64), lib.zeros(64)

        def step(i: int) -> Any:
            step_d.zero_grad()
            loss_real = bce(self.call(d, real[i]).view(-1), ones)
            loss_real.backward()
            fake = self.call(g, noise[i])
            loss_fake = bce(self.call(d, fake.detach()).view(-1), zeros)
            loss_fake.backward()
            step_d.step()
            step_g.zero_grad()
            loss = bce(self.call(d, fake).view(-1), ones)
            loss.backward()
            step_g.step()
            return loss
        return step

    def vae(self) -> Loss:
        lib = self.library
        model = self.ready(networks.vae(lib))
        optimizer = self.adam(model)
        xs = self.tensors(images(self.rng, 128, 784))
        noise = self.tensors([self.rng.standard_normal((128, 20), dtype=np.float32) for _ in range(BATCHES)])

        def step(i: int) -> Any:
            optimizer.zero_grad()
            y, mu, logvar = self.call(model, xs[i], noise[i])
            bce = lib.nn.functional.binary_cross_entropy(y, xs[i], reduction="sum")
            loss = bce - 0.5 * lib.sum(1 + logvar - mu.pow(2) - logvar.exp())
            loss.backward()
            optimizer.step()
            return loss
        return step

    # Attention, words, signals

    def gpt(self) -> Loss:
        model = self.ready(networks.gpt(self.library))
        words = labels(self.rng, 65, 16, 65)
        return self.simple(model, [w[:, :-1].copy() for w in words], [w[:, 1:].copy() for w in words],
                           self._words, self.adam(model, 1e-3, "AdamW", weight_decay=0.1), clip=1.0)

    def encoder(self) -> Loss:
        nn = self.library.nn
        layer = nn.TransformerEncoderLayer(64, 4, 256, 0.1, batch_first=True)
        model = nn.Sequential(nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(64 * 32, 5))
        return self._classifier(model, 32, (32, 64), classes=5)

    def text_cnn(self) -> Loss:
        model = self.ready(networks.text_cnn(self.library))
        return self.simple(model, labels(self.rng, 2000, 50, 60), labels(self.rng, 2, 50),
                           self.library.nn.functional.cross_entropy, self.adam(model))

    def conv1d(self) -> Loss:
        nn = self.library.nn
        model = nn.Sequential(nn.Conv1d(1, 32, 5, 2, 2), nn.ReLU(), nn.Conv1d(32, 64, 3, 2, 1), nn.ReLU(),
                              nn.Conv1d(64, 64, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
                              nn.Linear(64, 10))
        return self._classifier(model, 100, (1, 128))

    # Small and large MLPs

    def bn_mlp(self) -> Loss:
        nn = self.library.nn
        model = nn.Sequential(nn.Linear(784, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 256),
                              nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10))
        return self._classifier(model, 128, (784,))

    def small_mlp(self) -> Loss:
        nn = self.library.nn
        model = nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))
        return self._classifier(model, 16, (20,), "RMSprop", classes=2)

    def large_batch(self) -> Loss:
        nn = self.library.nn
        model = self.ready(nn.Sequential(nn.Linear(32, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(),
                                         nn.Linear(64, 1)))
        return self.simple(model, images(self.rng, 4096, 32), images(self.rng, 4096, 1),
                           nn.functional.mse_loss, self.adam(model, kind="AdamW"))

    def actor_critic(self) -> Loss:
        lib = self.library
        nn, F = lib.nn, lib.nn.functional
        body, actor, critic = nn.Linear(4, 128), nn.Linear(128, 2), nn.Linear(128, 1)
        model = self.ready(nn.ModuleList([body, actor, critic]))
        optimizer = self.adam(model, 3e-3)
        states = [self.tensors(list(x)) for x in images(self.rng, 32, 4)]
        actions = [list(map(int, a)) for a in labels(self.rng, 2, 32)]
        returns = [list(map(float, r[:, 0])) for r in images(self.rng, 32, 1)]

        def step(i: int) -> Any:
            losses = []
            for state, action, value in zip(states[i], actions[i], returns[i]):
                h = F.relu(body(state))
                log_probs, estimate = F.log_softmax(actor(h), dim=-1), critic(h)
                advantage = value - estimate.item()
                losses.append(-log_probs[action] * advantage)
                losses.append(F.smooth_l1_loss(estimate, lib.tensor([value])))
            optimizer.zero_grad()
            loss = lib.stack([x.reshape(()) for x in losses]).sum()
            loss.backward()
            optimizer.step()
            return loss
        return step

    def dqn(self) -> Loss:
        lib = self.library
        nn, F = lib.nn, lib.nn.functional

        def network() -> Any:
            return self.ready(nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
                                            nn.Linear(128, 4)))
        online, target = network(), network()
        optimizer = self.adam(online, 1e-3)
        now, after = self.tensors(images(self.rng, 64, 8)), self.tensors(images(self.rng, 64, 8))
        actions, rewards = self.tensors(labels(self.rng, 4, 64, 1)), self.tensors(images(self.rng, 64, 1))

        def step(i: int) -> Any:
            q = self.call(online, now[i]).gather(1, actions[i])
            with lib.no_grad():
                best = self.call(target, after[i]).max(1)[0].unsqueeze(1)
                wanted = rewards[i] + 0.99 * best
            loss = F.smooth_l1_loss(q, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with lib.no_grad():
                for p, q_ in zip(target.parameters(), online.parameters()):
                    p.mul_(0.995).add_(q_, alpha=0.005)
            return loss
        return step
