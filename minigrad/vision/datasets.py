"""The image data sets, under the names that torchvision gives them."""
from typing import Any

from .cifar import CIFAR10
from .folder import IMG_EXTENSIONS, DatasetFolder, FakeData, ImageFolder
from .glyphs import RenderedGlyphs
from .images import ImageDataset
from .mnist import MNIST, FashionMNIST
from .mnist1d import MNIST1D
from .rendered import RenderedDigits

__all__ = ["CIFAR10", "DatasetFolder", "FakeData", "FashionMNIST", "IMG_EXTENSIONS", "ImageDataset",
           "ImageFolder", "MNIST", "MNIST1D", "RenderedDigits", "RenderedGlyphs"]

_ELSEWHERE = ("CIFAR100", "EMNIST", "KMNIST", "QMNIST", "USPS", "SVHN", "STL10", "LSUN", "CelebA", "ImageNet",
              "CocoCaptions", "CocoDetection", "Omniglot", "Caltech101", "Flowers102", "Food101",
              "OxfordIIITPet")


def __getattr__(name: str) -> Any:
    """The data sets that torchvision has and minigrad has not say so when they are used."""
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def refuse(*args: Any, **options: Any) -> Any:
        raise NotImplementedError(f"{name} is not among minigrad's data sets ({', '.join(__all__)}). Put its "
                                  "pictures into a folder for each class, and use ImageFolder.")
    return refuse
