"""What the lessons share, behind one door: options, data, claims, pictures, results."""
from ..audit.claims import claim
from .data import Data
from .options import Options, read_options
from .results import picture, recorded, write_results
from .running import Progress, begin, checkpoint, stopped

__all__ = ["Data", "Options", "Progress", "begin", "checkpoint", "claim", "picture", "read_options",
           "recorded", "stopped", "write_results"]
