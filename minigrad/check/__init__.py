"""Checks: is ∂L/∂x what the slopes of L say it is, and is a training step what it is meant to be?

>>> x = minigrad.randn(2, 3, requires_grad=True)
>>> minigrad.check.gradcheck(lambda x: x.exp() * x, x)
True

The files, in the order in which a check runs through them: ``tensors``, ``functions`` and ``foreign`` turn
what is checked into a ``problem``; ``slopes`` and ``directions`` measure, and ``refine`` measures again;
``ties`` and ``beside`` look at kinks; ``compare`` sets the gradient beside the slope; ``diagnoses`` explains
a difference, and asks ``elsewhere`` whether it explains it there, too; ``report`` and ``wording`` tell it.
``testing``, ``points`` and ``plugin`` are for tests. ``adjoint`` is a check of its own, for linear
operations. MISTAKES.md is the catalogue of what the diagnoses know. ``training`` looks at a whole training
step, and has a catalogue of its own.
"""
from ..errors import GradCheckError, NotMeasurable
from .adjoint import adjoint_check
from .compare import Comparison
from .diagnoses import KINDS
from .diagnosis import Diagnosis
from .foreign import from_jax, from_torch
from .functions import gradcheck_function
from .gradcheck import compare, examine, gradcheck, gradgradcheck
from .points import points
from .report import Report
from .testing import gradient_test
from .training import MISTAKES, Finding, StepReport, training_step

__all__ = ["KINDS", "MISTAKES", "Comparison", "Diagnosis", "Finding", "GradCheckError", "NotMeasurable",
           "Report", "StepReport", "adjoint_check", "compare", "examine", "from_jax", "from_torch",
           "gradcheck", "gradcheck_function", "gradgradcheck", "gradient_test", "points", "training_step"]
