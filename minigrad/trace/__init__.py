"""An engine that explains itself: the graph behind a result, drawn, told step by step, and played.

>>> import minigrad
>>> from minigrad.trace import draw
>>> w = minigrad.tensor(3.0, requires_grad=True)
>>> figure = draw(w * w + 1)
"""
from .draw import draw

__all__ = ["draw"]
