"""Pictures: each function returns a matplotlib Figure, and writes it if given a path.

No display is needed, and pyplot's global state is not touched. matplotlib is loaded here, and not by
``import minigrad``. Raises RangeError when the variable MPLBACKEND names a backend that matplotlib lacks.
"""
from . import needs_matplotlib  # noqa: F401 (first: it says why, where matplotlib does not load)
from .confusion import confusion_matrix
from .curves import learning_curves
from .images import feature_maps, filters, image_grid, mistakes
from .style import BLACK, BLUE, COLORS, GRAY, GREEN, ORANGE, PURPLE, SKY, YELLOW, bare, figure, save_figure

__all__ = ["BLACK", "BLUE", "COLORS", "GRAY", "GREEN", "ORANGE", "PURPLE", "SKY", "YELLOW", "bare",
           "confusion_matrix", "feature_maps", "figure", "filters", "image_grid", "learning_curves",
           "mistakes", "save_figure"]
