"""The image data sets, under the names that torchvision gives them."""
from .cifar import CIFAR10
from .glyphs import RenderedGlyphs
from .images import ImageDataset
from .mnist import MNIST, FashionMNIST
from .mnist1d import MNIST1D
from .rendered import RenderedDigits

__all__ = ["CIFAR10", "FashionMNIST", "ImageDataset", "MNIST", "MNIST1D",
           "RenderedDigits", "RenderedGlyphs"]
