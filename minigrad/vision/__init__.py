"""Images: data sets and transforms that work on whole batches."""
from . import datasets, transforms

__all__ = ["datasets", "transforms"]
