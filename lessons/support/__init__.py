"""What the lessons share, behind one door: options, data, pictures, results."""
from lessons.support.data import Data
from lessons.support.earlier import earlier
from lessons.support.keeping import keep
from lessons.support.options import Options, read_options
from lessons.support.results import picture, recorded, write_results
from lessons.support.running import Progress, begin, checkpoint, stopped

__all__ = ["Data", "Options", "Progress", "begin", "checkpoint", "earlier", "keep", "picture",
           "read_options", "recorded", "stopped", "write_results"]
