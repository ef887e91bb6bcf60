"""The named errors. Each says the operation, what was expected, what came, and what to do.

Every class is also the built-in that a PyTorch or NumPy user would catch, so that
``except RuntimeError`` and ``except ValueError`` keep working.
"""
from __future__ import annotations

__all__ = ["AnomalyError", "DTypeError", "DataError", "DeviceError", "GradCheckError",
           "GraphError", "NotMeasurable", "RangeError", "ShapeError"]


class ShapeError(ValueError, RuntimeError):
    """Shapes do not fit together (NumPy raises ValueError here, PyTorch RuntimeError)."""


class DTypeError(TypeError, RuntimeError):
    """The element type is not one that the operation takes."""


class RangeError(IndexError, ValueError):
    """An index or a class label lies outside its range."""


class DeviceError(RuntimeError):
    """A device is missing, or arrays of different devices were mixed."""


class GraphError(RuntimeError):
    """The graph cannot be walked: freed, changed, not recorded, or started at a non-scalar."""


class AnomalyError(FloatingPointError, RuntimeError):
    """Under ``detect_anomaly``: an operation made the first NaN or infinity."""


class GradCheckError(AssertionError, RuntimeError):
    """A gradient does not agree with the measured slopes.

    >>> import minigrad
    >>> x = minigrad.tensor([3.0], requires_grad=True)
    >>> try:
    ...     minigrad.check.gradcheck(lambda x: x.detach() * x, x)
    ... except minigrad.errors.GradCheckError as error:
    ...     print(str(error).splitlines()[0])
    <lambda>: the gradient of input 0 (x, shape (1,)) is wrong in 1 of 1 entries
    """


class NotMeasurable(AssertionError, RuntimeError):
    """A gradient check could compare nothing: all slopes are at kinks, or rounding hides them.

    It says nothing against the gradient: the inputs do not test it.

    >>> import minigrad
    >>> x = minigrad.tensor([1e12], dtype=minigrad.float64, requires_grad=True)
    >>> try:
    ...     minigrad.check.gradcheck(lambda x: (x + 1e30).sum(), x)
    ... except minigrad.errors.NotMeasurable as error:
    ...     print(str(error).splitlines()[0])
    <lambda>: the gradient of input 0 (x, shape (1,)) was not compared
    """


class DataError(RuntimeError):
    """A data file or a weight file is missing, truncated, corrupt or of the wrong kind."""
