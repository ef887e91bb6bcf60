"""Transforms as functions, by torchvision's names: of a picture (PIL), an array or a Tensor.

Arrays and Tensors are one image (C, H, W) or a batch (N, C, H, W), bytes 0…255 or floats 0…1; pictures are
what PIL opens. The result is of the same kind. PIL resamples, also the planes of arrays.

>>> from minigrad.vision.transforms import functional as F
>>> F.resize(minigrad.zeros(1, 28, 28), 14).shape
minigrad.Size([1, 14, 14])
"""
from .kinds import (convert_image_dtype, get_dimensions, get_image_size, normalize, pil_to_tensor,
                    to_pil_image, to_tensor)
from .moved import (InterpolationMode, affine, center_crop, crop, erase, five_crop, hflip, pad, resize,
                    resized_crop, rotate, vflip)
from .recolored import (adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, gaussian_blur,
                        invert, rgb_to_grayscale, to_grayscale)

__all__ = ["InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation",
           "affine", "center_crop", "convert_image_dtype", "crop", "erase", "five_crop", "gaussian_blur",
           "get_dimensions", "get_image_size", "hflip", "invert", "normalize", "pad", "pil_to_tensor",
           "resize", "resized_crop", "rgb_to_grayscale", "rotate", "to_grayscale", "to_pil_image",
           "to_tensor", "vflip"]
