"""Gradient checking: is ∂L/∂x what the slopes of L say it is, and if not, what went wrong?

>>> import minigrad
>>> x = minigrad.randn(2, 3, requires_grad=True)
>>> minigrad.check.gradcheck(lambda x: x.exp() * x, x)
True

The files, in the order in which a check runs through them: ``tensors`` and ``functions`` turn what is
checked into a ``problem``; ``slopes`` measures, and ``refine`` measures again; ``compare`` sets the
gradient beside the slope; ``diagnoses`` explains a difference; ``report`` and ``wording`` tell it.
``adjoint`` is a check of its own, for linear operations.
"""
from ..errors import GradCheckError, NotMeasurable
from .adjoint import adjoint_check
from .compare import Comparison
from .diagnoses import KINDS
from .diagnosis import Diagnosis
from .foreign import from_jax, from_torch
from .functions import gradcheck_function
from .gradcheck import compare, examine, gradcheck, gradgradcheck
from .report import Report

__all__ = ["KINDS", "Comparison", "Diagnosis", "GradCheckError", "NotMeasurable", "Report", "adjoint_check", "compare",
           "examine", "from_jax", "from_torch", "gradcheck", "gradcheck_function", "gradgradcheck"]
