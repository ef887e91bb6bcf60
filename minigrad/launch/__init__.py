"""Jobs of several processes, started and ended: ``python -m minigrad.launch -n 4 script.py``."""
from .job import launch

__all__ = ["launch"]
