"""What the lessons share, behind one door: options, data, claims, pictures, results."""
from ..audit.claims import appendix
from .data import Data
from .earlier import earlier
from .keeping import keep
from .options import Options, read_options
from .results import picture, recorded, write_results
from .running import Progress, begin, checkpoint, stopped

__all__ = ["Data", "Options", "Progress", "appendix", "begin", "checkpoint", "earlier", "keep", "picture",
           "read_options", "recorded", "stopped", "write_results"]
