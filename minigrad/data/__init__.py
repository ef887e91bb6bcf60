"""Data sets and the loader: samples in, batches out. Knows nothing of layers or training."""
from . import distributed as distributed
from ..errors.suggestions import offer_names
from .collate import default_collate, default_convert
from .dataset import (ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, get_worker_info,
                      random_split)
from .loader import DataLoader
from .mapped import MappedDataset
from .sampler import (BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler,
                      WeightedRandomSampler)

__all__ = ["BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "IterableDataset", "MappedDataset",
           "RandomSampler", "Sampler", "SequentialSampler", "Subset", "SubsetRandomSampler",
           "TensorDataset", "WeightedRandomSampler", "default_collate", "default_convert",
           "get_worker_info", "random_split"]

offer_names(__name__, "minigrad.data")
