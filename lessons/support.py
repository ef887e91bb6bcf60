"""What the lessons share, behind one door: options, data, claims, pictures, results."""
from .claims import claim
from .data import Data
from .keeping import keep
from .options import Options, read_options
from .results import picture, recorded, write_results
from .running import Progress, begin, checkpoint, stopped

__all__ = ["Data", "Options", "Progress", "begin", "checkpoint", "claim", "keep", "picture", "read_options",
           "recorded", "stopped", "write_results"]
