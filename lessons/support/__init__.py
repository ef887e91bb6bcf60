"""What the lessons share, behind one door: options, data, claims, pictures, results."""
from lessons.audit.claims import claim
from lessons.support.data import Data
from lessons.support.options import Options, read_options
from lessons.support.results import picture, recorded, write_results
from lessons.support.running import Progress, begin, checkpoint, stopped

__all__ = ["Data", "Options", "Progress", "begin", "checkpoint", "claim", "picture", "read_options",
           "recorded", "stopped", "write_results"]
