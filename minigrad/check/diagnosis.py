"""What a check has to say: an explanation of a wrong gradient, or a reason not to check at all."""
from __future__ import annotations

from dataclasses import dataclass

from ..errors import GradCheckError


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains a wrong gradient: a word for programs, a sentence with its evidence.

    >>> x = minigrad.tensor([3.0, 4.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x.detach() * x, x)      # one x of x · x is detached
    >>> found.diagnoses[0].kind
    'factor'
    """

    kind: str               # one of ``KINDS``
    text: str
    claim: str = ""         # what makes it this one among its kind, such as the factor: true elsewhere, too


class CannotCheck(GradCheckError):
    """Nothing can be compared: the function is random, or what came back isn't a gradient."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.diagnosis = Diagnosis(kind, text)
