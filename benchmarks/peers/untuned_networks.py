"""Networks as users write them, for every library that has PyTorch's names.

Each is a function of the library that returns a Module. Nothing here was changed to suit minigrad.
"""
from __future__ import annotations

from typing import Any


def resnet(lib: Any) -> Any:
    """A ResNet of three stages of one block, 16 to 64 channels, for images of 32 × 32."""
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(after)
            self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(after)
            self.shortcut = nn.Sequential()
            if stride != 1 or before != after:
                self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False),
                                              nn.BatchNorm2d(after))

        def forward(self, x: Any) -> Any:
            out = F.relu(self.bn1(self.conv1(x)))
            out = self.bn2(self.conv2(out))
            return F.relu(out + self.shortcut(x))

    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
                         Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobile(lib: Any) -> Any:
    """Depthwise and pointwise convolutions, as in MobileNet, for images of 32 × 32."""
    nn = lib.nn

    def block(before: int, after: int, stride: int) -> list[Any]:
        return [nn.Conv2d(before, before, 3, stride, 1, groups=before, bias=False), nn.BatchNorm2d(before),
                nn.ReLU(), nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]

    return nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), *block(16, 32, 1), *block(32, 64, 2),
                         *block(64, 64, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def lenet(lib: Any) -> Any:
    """LeNet-5 with average pooling and tanh (LeCun 1998)."""
    nn = lib.nn
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def mnist(lib: Any) -> Any:
    """The usual MNIST network: two convolutions, pooling, dropout, log-probabilities."""
    nn, F = lib.nn, lib.nn.functional

    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
            self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
            self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

        def forward(self, x: Any) -> Any:
            x = F.relu(self.conv2(F.relu(self.conv1(x))))
            x = self.dropout1(F.max_pool2d(x, 2)).flatten(1)
            x = self.dropout2(F.relu(self.fc1(x)))
            return F.log_softmax(self.fc2(x), dim=1)

    return Net()


def unet(lib: Any) -> Any:
    """A small U-Net: two levels down, two up, with the earlier images beside the later ones."""
    nn = lib.nn

    def double(before: int, after: int) -> Any:
        return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU(),
                             nn.Conv2d(after, after, 3, padding=1), nn.ReLU())

    class UNet(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.down1, self.down2, self.bottom = double(1, 8), double(8, 16), double(16, 32)
            self.pool = nn.MaxPool2d(2)
            self.up2, self.up1 = nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)
            self.join2, self.join1 = double(32, 16), double(16, 8)
            self.last = nn.Conv2d(8, 1, 1)

        def forward(self, x: Any) -> Any:
            a = self.down1(x)
            b = self.down2(self.pool(a))
            c = self.up2(self.bottom(self.pool(b)))
            c = self.up1(self.join2(lib.cat([b, c], dim=1)))
            return self.last(self.join1(lib.cat([a, c], dim=1)))

    return UNet()


def autoencoder(lib: Any) -> Any:
    """Convolutions of stride 2 down to 7 × 7, transposed ones back up."""
    nn = lib.nn
    return nn.Sequential(nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU(),
                         nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
                         nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
                         nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid())


def generator(lib: Any) -> Any:
    """DCGAN's generator for images of 32 × 32: (N, 64, 1, 1) to (N, 3, 32, 32)."""
    nn = lib.nn
    return nn.Sequential(nn.ConvTranspose2d(64, 128, 4, 1, 0, bias=False), nn.BatchNorm2d(128), nn.ReLU(True),
                         nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(True),
                         nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(True),
                         nn.ConvTranspose2d(32, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(lib: Any) -> Any:
    """DCGAN's discriminator: (N, 3, 32, 32) to (N, 1, 1, 1)."""
    nn = lib.nn
    return nn.Sequential(nn.Conv2d(3, 32, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
                         nn.Conv2d(32, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
                         nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
                         nn.Conv2d(128, 1, 4, 1, 0, bias=False), nn.Sigmoid())


def language_model(lib: Any, kind: str) -> Any:
    """Two layers of LSTM or GRU between an embedding and scores for 1,000 words."""
    nn = lib.nn

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(1000, 128)
            self.rnn = getattr(nn, kind)(128, 256, 2, batch_first=True)
            self.decoder = nn.Linear(256, 1000)

        def forward(self, words: Any) -> Any:
            output, _ = self.rnn(self.embedding(words))
            return self.decoder(output)

    return Model()


def gpt(lib: Any) -> Any:
    """Four transformer blocks over 64 characters, as nanoGPT writes them."""
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(128), nn.LayerNorm(128)
            self.c_attn, self.c_proj = nn.Linear(128, 384), nn.Linear(128, 128)
            self.fc, self.back = nn.Linear(128, 512), nn.Linear(512, 128)

        def forward(self, x: Any) -> Any:
            B, T, C = x.size()
            q, k, v = self.c_attn(self.ln_1(x)).split(C, dim=2)
            q, k, v = [a.view(B, T, 4, C // 4).transpose(1, 2) for a in (q, k, v)]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))
            return x + self.back(F.gelu(self.fc(self.ln_2(x))))

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.wte, self.wpe = nn.Embedding(65, 128), nn.Embedding(64, 128)
            self.h = nn.ModuleList([Block() for _ in range(4)])
            self.ln_f, self.lm_head = nn.LayerNorm(128), nn.Linear(128, 65, bias=False)

        def forward(self, words: Any) -> Any:
            x = self.wte(words) + self.wpe(lib.arange(64))
            for block in self.h:
                x = block(x)
            return self.lm_head(self.ln_f(x))

    return GPT()


def text_cnn(lib: Any) -> Any:
    """Sentences as sequences: windows of 3, 4 and 5 words, the maximum over time (Kim 2014)."""
    nn, F = lib.nn, lib.nn.functional

    class TextCNN(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(2000, 100)
            self.convs = nn.ModuleList([nn.Conv1d(100, 64, k) for k in (3, 4, 5)])
            self.dropout, self.fc = nn.Dropout(0.5), nn.Linear(192, 2)

        def forward(self, words: Any) -> Any:
            x = self.embedding(words).permute(0, 2, 1)                  # (N, 100, T)
            x = lib.cat([F.relu(conv(x)).max(dim=2)[0] for conv in self.convs], dim=1)
            return self.fc(self.dropout(x))

    return TextCNN()


def seq2seq(lib: Any) -> Any:
    """An encoder and a decoder of GRU cells with dot-product attention, teacher forcing."""
    nn, F = lib.nn, lib.nn.functional

    class Seq2Seq(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(200, 64), nn.Embedding(200, 64)
            self.encoder = nn.GRU(64, 128, batch_first=True)
            self.decoder = nn.GRU(64, 128, batch_first=True)
            self.combine, self.out = nn.Linear(256, 128), nn.Linear(128, 200)

        def forward(self, words: Any) -> Any:
            memory, state = self.encoder(self.source(words))
            outputs = []
            for t in range(words.shape[1]):
                h, state = self.decoder(self.target(words[:, t:t + 1]), state)
                weights = F.softmax(h @ memory.transpose(1, 2), dim=-1)     # (N, 1, T)
                outputs.append(lib.tanh(self.combine(lib.cat([h, weights @ memory], dim=2))))
            return self.out(lib.cat(outputs, dim=1))

    return Seq2Seq()


def vae(lib: Any) -> Any:
    """A variational autoencoder of PyTorch's examples: 784-400-20-400-784."""
    nn, F = lib.nn, lib.nn.functional

    class VAE(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
            self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

        def forward(self, x: Any, noise: Any) -> Any:
            h = F.relu(self.fc1(x))
            mu, logvar = self.fc21(h), self.fc22(h)
            z = mu + noise * lib.exp(0.5 * logvar)
            return lib.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar

    return VAE()
