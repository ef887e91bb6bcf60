"""An engine that explains itself: the graph behind a result drawn, explained in words, and played.

>>> from minigrad.trace import explain
>>> w = minigrad.tensor(3.0, requires_grad=True)
>>> text = explain(w * w + 1)
>>> text.splitlines()[-1].strip()
'∂a/∂w = w = 3   w.grad = 3 + 1 · 3 = 6   w is used twice: the parts add up'
"""
from .draw import draw
from .explain import Explanation, explain
from .page import page
from .steps import Step, steps

__all__ = ["Explanation", "Step", "draw", "explain", "page", "steps"]
