"""Transforms of images, by torchvision's names: of pictures (PIL), arrays and Tensors, one image or a batch.

An image is (C, H, W), a batch (N, C, H, W); the result is of the same kind as what came. A random transform
decides separately for every image of a batch. It draws from its ``generator`` if it has one, else from the
stream of the batch that a loader is making, else from minigrad's default generator; see
``minigrad.data.randomness``. ``transforms.v2`` is the same module.
"""
import sys

from . import functional
from .affine import RandomAffine, RandomRotation
from .base import Compose, Lambda, RandomApply, RandomChoice, RandomOrder, RandomTransform, Transform
from .color import ColorJitter, GaussianBlur, Grayscale, RandomErasing, RandomGrayscale, RandomInvert
from .convert import ConvertImageDtype, Normalize, PILToTensor, ToDtype, ToImage, ToPILImage, ToTensor
from .functional import InterpolationMode
from .places import (CenterCrop, FiveCrop, Pad, RandomCrop, RandomHorizontalFlip, RandomResizedCrop,
                     RandomShift, RandomVerticalFlip, Resize)

__all__ = ["CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "FiveCrop", "GaussianBlur",
           "Grayscale", "InterpolationMode", "Lambda", "Normalize", "PILToTensor", "Pad", "RandomAffine",
           "RandomApply", "RandomChoice", "RandomCrop", "RandomErasing", "RandomGrayscale",
           "RandomHorizontalFlip", "RandomInvert", "RandomOrder", "RandomResizedCrop", "RandomRotation",
           "RandomShift", "RandomTransform", "RandomVerticalFlip", "Resize", "ToDtype", "ToImage",
           "ToPILImage", "ToTensor", "Transform", "functional"]

v2 = sys.modules[__name__]
sys.modules[__name__ + ".v2"] = v2
sys.modules[__name__ + ".v2.functional"] = functional
