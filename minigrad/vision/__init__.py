"""Images: data sets, transforms that work on whole batches, and well-known networks."""
import importlib
from typing import TYPE_CHECKING

from . import datasets, transforms, utils

if TYPE_CHECKING:
    from . import models
else:
    def __getattr__(name: str) -> object:
        """``vision.models`` is loaded when it is first used."""
        if name == "models":
            return importlib.import_module(".models", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

__all__ = ["datasets", "models", "transforms", "utils"]
