"""Gradient checking: is ∂L/∂x what the slopes of L say it is?

>>> import minigrad
>>> x = minigrad.randn(2, 3, requires_grad=True)
>>> minigrad.check.gradcheck(lambda x: x.exp() * x, x)
True
"""
from ..errors import GradCheckError
from .compare import Comparison, compare
from .gradcheck import gradcheck, gradgradcheck

__all__ = ["Comparison", "GradCheckError", "compare", "gradcheck", "gradgradcheck"]
