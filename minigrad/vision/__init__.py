"""Images: data sets and transforms that work on whole batches."""
from . import datasets, transforms, utils

__all__ = ["datasets", "transforms", "utils"]
