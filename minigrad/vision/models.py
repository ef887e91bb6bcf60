"""Well-known networks for images, with torchvision's parameter names and initial weights.

>>> from minigrad.vision import models
>>> models.resnet18(num_classes=10)(minigrad.zeros(2, 3, 32, 32)).shape
minigrad.Size([2, 10])

A ``state_dict`` that torchvision wrote fits. There are no pretrained weights to download: load them from a
file.
"""
from __future__ import annotations

from functools import partial
from typing import Any, Callable

from .. import nn
from ..autograd import Tensor
from ..errors import RangeError
from ..nn import functional as F, init
from ..ops.join import cat

__all__ = ["AlexNet", "LeNet", "MobileNetV2", "ResNet", "SqueezeNet", "VGG", "alexnet", "mobilenet_v2",
           "resnet18", "resnet34", "resnet50", "squeezenet1_1", "vgg11", "vgg11_bn", "vgg16", "vgg16_bn"]


def _conv(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1,
          bias: bool = False) -> nn.Conv2d:
    """A convolution that keeps the size but for its stride."""
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, groups=groups, bias=bias)


def _initialized(model: nn.Module, linear_std: float | None = 0.01, mode: str = "fan_out") -> None:
    """He's weights for convolutions, small ones for linear layers, biases 0."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            init.kaiming_normal_(layer.weight, mode=mode, nonlinearity="relu")
            if layer.bias is not None:
                init.zeros_(layer.bias)
        elif isinstance(layer, nn.Linear) and linear_std is not None:
            init.normal_(layer.weight, 0, linear_std)
            init.zeros_(layer.bias)


class LeNet(nn.Module):
    """LeNet-5 (LeCun et al. 1998) with ReLU and max pooling: (N, channels, 28, 28) → (N, classes).

    >>> from minigrad.vision import models
    >>> models.LeNet()(minigrad.zeros(2, 1, 28, 28)).shape
    minigrad.Size([2, 10])
    """

    def __init__(self, num_classes: int = 10, channels: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(16 * 5 * 5, 120), nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)              # (N, 6, 14, 14)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)              # (N, 16, 5, 5)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class AlexNet(nn.Module):
    """AlexNet in the form of Krizhevsky (2014): (N, 3, H, W) with sides from 63 → (N, classes).

    >>> from minigrad.vision import models
    >>> models.AlexNet(num_classes=10).classifier[6]
    Linear(in_features=4096, out_features=10, bias=True)
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(),
            nn.Dropout(dropout), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class VGG(nn.Module):
    """Blocks of 3×3 convolutions, each followed by pooling (Simonyan and Zisserman 2015).

    Args:
        layers: the channels of every convolution, and "M" for a max pooling.
        batch_norm: normalize after every convolution.

    >>> from minigrad.vision import models
    >>> models.VGG([8, "M", 16], num_classes=10).features(minigrad.zeros(2, 3, 8, 8)).shape
    minigrad.Size([2, 16, 4, 4])
    """

    def __init__(self, layers: list[int | str], num_classes: int = 1000, batch_norm: bool = False,
                 init_weights: bool = True, dropout: float = 0.5) -> None:
        super().__init__()
        features: list[nn.Module] = []
        channels = 3
        for layer in layers:
            if isinstance(layer, str):
                features.append(nn.MaxPool2d(2, 2))
                continue
            features += [nn.Conv2d(channels, layer, 3, padding=1),
                         *([nn.BatchNorm2d(layer)] if batch_norm else []), nn.ReLU()]
            channels = layer
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(channels * 7 * 7, 4096), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4096, num_classes))
        if init_weights:
            _initialized(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions, and the input added to what they give."""

    expansion = 1

    def __init__(self, inplanes: int, planes: int, stride: int = 1,
                 downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inplanes, planes, 3, stride), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = _conv(planes, planes, 3), nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1×1 to fewer channels, 3×3, 1×1 to four times as many, and the input added."""

    expansion = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1,
                 downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inplanes, planes, 1), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = _conv(planes, planes, 3, stride), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = _conv(planes, planes * 4, 1), nn.BatchNorm2d(planes * 4)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(out)) + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """Residual network (He et al. 2016): four stages of blocks, each but the first halving the size.

    Args:
        block: BasicBlock or Bottleneck.
        layers: how many blocks each stage has.
        zero_init_residual: let every block start as the identity.

    >>> from minigrad.vision import models
    >>> net = models.ResNet(models.BasicBlock, [1, 1, 1, 1], num_classes=10)
    >>> net(minigrad.zeros(2, 3, 32, 32)).shape
    minigrad.Size([2, 10])
    """

    def __init__(self, block: Any, layers: list[int], num_classes: int = 1000,
                 zero_init_residual: bool = False) -> None:
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1 = self._stage(block, 64, layers[0], 1)
        self.layer2 = self._stage(block, 128, layers[1], 2)
        self.layer3 = self._stage(block, 256, layers[2], 2)
        self.layer4 = self._stage(block, 512, layers[3], 2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        _initialized(self, linear_std=None)
        if zero_init_residual:
            for layer in self.modules():
                if isinstance(layer, (BasicBlock, Bottleneck)):
                    init.zeros_((layer.bn3 if isinstance(layer, Bottleneck) else layer.bn2).weight)

    def _stage(self, block: Any, planes: int, count: int, stride: int) -> nn.Sequential:
        outputs = planes * block.expansion
        shortcut = None
        if stride != 1 or self.inplanes != outputs:
            shortcut = nn.Sequential(_conv(self.inplanes, outputs, 1, stride), nn.BatchNorm2d(outputs))
        blocks = [block(self.inplanes, planes, stride, shortcut)]
        self.inplanes = outputs
        return nn.Sequential(*blocks, *(block(outputs, planes) for _ in range(1, count)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))            # a quarter of the size
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class Fire(nn.Module):
    """1×1 to few channels, then 1×1 and 3×3 side by side."""

    def __init__(self, inplanes: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 (Iandola et al. 2016): AlexNet's accuracy with a fiftieth of its weights.

    Raises ValueError for version "1_0".

    >>> from minigrad.vision import models
    >>> models.SqueezeNet(num_classes=10)(minigrad.zeros(2, 3, 32, 32)).shape
    minigrad.Size([2, 10])
    """

    def __init__(self, version: str = "1_1", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        if version != "1_1":
            raise ValueError(f"SqueezeNet: only version '1_1' is here, got {version!r}.")
        pool = partial(nn.MaxPool2d, 3, 2, ceil_mode=True)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64),
            pool(), Fire(128, 32, 128), Fire(256, 32, 128),
            pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256))
        last = nn.Conv2d(512, num_classes, 1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), last, nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                init.normal_(layer.weight, 0, 0.01) if layer is last else init.kaiming_uniform_(layer.weight)
                init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x)).flatten(1)


def _convolved(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(_conv(inputs, outputs, size, stride, groups), nn.BatchNorm2d(outputs), nn.ReLU6())


class InvertedResidual(nn.Module):
    """1×1 to more channels, 3×3 for each channel alone, 1×1 to few, and the input added if it fits."""

    def __init__(self, inputs: int, outputs: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        hidden = inputs * expand_ratio
        self.use_res_connect = stride == 1 and inputs == outputs
        self.conv = nn.Sequential(
            *([_convolved(inputs, hidden, 1)] if expand_ratio != 1 else []),
            _convolved(hidden, hidden, 3, stride, groups=hidden),
            _conv(hidden, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


def _divisible(channels: float) -> int:
    """The multiple of 8 nearest to ``channels``, and not below 90 % of it."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class MobileNetV2(nn.Module):
    """MobileNetV2 (Sandler et al. 2018); ``width_mult`` scales the channels.

    >>> from minigrad.vision import models
    >>> models.MobileNetV2(num_classes=10, width_mult=0.25)(minigrad.zeros(2, 3, 32, 32)).shape
    minigrad.Size([2, 10])
    """

    def __init__(self, num_classes: int = 1000, width_mult: float = 1.0, dropout: float = 0.2) -> None:
        super().__init__()
        channels, last = _divisible(32 * width_mult), _divisible(1280 * max(1.0, width_mult))
        features: list[nn.Module] = [_convolved(3, channels, 3, 2)]
        for ratio, wide, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                           (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
            outputs = _divisible(wide * width_mult)
            for i in range(count):
                features.append(InvertedResidual(channels, outputs, stride if i == 0 else 1, ratio))
                channels = outputs
        self.features = nn.Sequential(*features, _convolved(channels, last, 1))
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, num_classes))
        _initialized(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean((2, 3)))


# ── by name ───────────────────────────────────────────────────────────────────────────────────────

_11: list[int | str] = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
_16: list[int | str] = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M",
                        512, 512, 512, "M", 512, 512, 512, "M"]


def _named(name: str, make: Callable[..., nn.Module], what: str) -> Any:
    """A function ``name(num_classes=…)`` that makes the network."""
    def build(*, weights: Any = None, pretrained: bool = False, progress: bool = True, **options: Any) -> Any:
        if weights is not None or pretrained:
            raise NotImplementedError(f"{name}: pretrained weights are not downloaded. Load them from a "
                                      "file: model.load_state_dict(minigrad.load(path)).")
        if options.get("num_classes", 1) < 1:
            raise RangeError(f"{name}: num_classes must be from 1, got {options['num_classes']}.")
        return make(**options)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"""{what}; ``num_classes`` is 1000 unless given. NotImplementedError for ``weights``.

    >>> from minigrad.vision import models
    >>> type(models.{name}).__name__
    'function'
    """
    return build


resnet18 = _named("resnet18", partial(ResNet, BasicBlock, [2, 2, 2, 2]), "ResNet of 18 layers")
resnet34 = _named("resnet34", partial(ResNet, BasicBlock, [3, 4, 6, 3]), "ResNet of 34 layers")
resnet50 = _named("resnet50", partial(ResNet, Bottleneck, [3, 4, 6, 3]), "ResNet of 50 layers")
vgg11 = _named("vgg11", partial(VGG, _11), "VGG of 11 layers")
vgg11_bn = _named("vgg11_bn", partial(VGG, _11, batch_norm=True), "VGG of 11 layers, normalized")
vgg16 = _named("vgg16", partial(VGG, _16), "VGG of 16 layers")
vgg16_bn = _named("vgg16_bn", partial(VGG, _16, batch_norm=True), "VGG of 16 layers, normalized")
alexnet = _named("alexnet", AlexNet, "AlexNet")
squeezenet1_1 = _named("squeezenet1_1", SqueezeNet, "SqueezeNet 1.1")
mobilenet_v2 = _named("mobilenet_v2", MobileNetV2, "MobileNetV2")
