"""The named errors. Each names the operation, what was expected, what came, and what to do.

Every class also derives from the built-in that a PyTorch or NumPy user would catch, so ``except
RuntimeError`` and ``except ValueError`` keep working.
"""
from __future__ import annotations

from ..terminal.spelling import printable

__all__ = ["AnomalyError", "DTypeError", "DataError", "DeviceError", "DivisionError", "EpisodeError",
           "GradCheckError", "GraphError", "LinAlgError", "NotMeasurable", "RangeError", "ShapeError"]


class _Printed(Exception):
    """An error whose message any output can show: ``print(error)`` doesn't fail on a ∂."""

    def __str__(self) -> str:
        return printable(super().__str__())


class ShapeError(_Printed, ValueError, RuntimeError):
    """Shapes do not fit together (NumPy raises ValueError here, PyTorch RuntimeError)."""


class DTypeError(_Printed, TypeError, RuntimeError):
    """The element type is not one that the operation takes."""


class RangeError(_Printed, IndexError, ValueError):
    """An index or a class label lies outside its range."""


class DivisionError(_Printed, ZeroDivisionError, RuntimeError):
    """Integers were divided by 0, which has no answer; floats give ±infinity or NaN instead."""


class DeviceError(_Printed, RuntimeError):
    """A device is missing, or arrays of different devices were mixed."""


class GraphError(_Printed, RuntimeError):
    """The graph cannot be walked: freed, changed, not recorded, or started at a non-scalar."""


class LinAlgError(_Printed, ValueError, RuntimeError):
    """A matrix does not have what is asked for: an inverse, or a Cholesky factor.

    >>> try:
    ...     minigrad.linalg.cholesky(minigrad.tensor([[-1.0]]))
    ... except minigrad.linalg.LinAlgError as error:
    ...     print(str(error)[:42])
    cholesky: a matrix has no Cholesky factor,
    """


class EpisodeError(_Printed, RuntimeError):
    """An environment was asked for a step before an episode began, or after it ended."""


class AnomalyError(_Printed, FloatingPointError, RuntimeError):
    """Under ``detect_anomaly``: an operation produced the first NaN or infinity."""


class GradCheckError(_Printed, AssertionError, RuntimeError):
    """A gradient disagrees with the measured slopes.

    >>> x = minigrad.tensor([3.0], requires_grad=True)
    >>> try:
    ...     minigrad.check.gradcheck(lambda x: x.detach() * x, x)
    ... except minigrad.errors.GradCheckError as error:
    ...     print(str(error).splitlines()[0])
    <lambda>: the gradient of input 0 (x, shape (1,)) is wrong in 1 of 1 entries
    """


class NotMeasurable(_Printed, AssertionError, RuntimeError):
    """A gradient check could compare nothing: all slopes are at kinks, or rounding hides them.

    It says nothing against the gradient: the inputs do not test it.

    >>> x = minigrad.tensor([1e12], dtype=minigrad.float64, requires_grad=True)
    >>> try:
    ...     minigrad.check.gradcheck(lambda x: (x + 1e30).sum(), x)
    ... except minigrad.errors.NotMeasurable as error:
    ...     print(str(error).splitlines()[0])
    <lambda>: the gradient of input 0 (x, shape (1,)) was not compared
    """


class DataError(_Printed, RuntimeError):
    """A data file or a weight file is missing, truncated, corrupt or of the wrong kind."""
