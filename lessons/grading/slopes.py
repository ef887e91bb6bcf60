"""Gradients beside measured slopes: minigrad.check says what a wrong one has in common with the right one."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Mapping

import numpy as np

from minigrad.autograd import Tensor
from minigrad.check import Report, gradcheck_function

from .model import Arguments, Finding, Student, Task
from .oracle import tensor
from .sandbox import Ended

VAGUE = {"wrong", "region", "not_compared", "random", "wrong_count", "wrong_type", "changes_input"}


def all_but_g(arguments: Arguments) -> Arguments:
    """The inputs of the forward function, where the backward function has g before them."""
    return {name: value for name, value in arguments.items() if name != "g"}


@dataclass(frozen=True)
class Slopes:
    """How the gradients of a task are measured.

    Attributes:
        forward: the function whose gradients they are, of tensors.
        of: for each gradient that the student returns the name of the input it belongs to.
        inputs: forward's inputs by name, from the arguments of a case.
        upstream: the student's parameter for the upstream gradient. If there is none by this name, the
            gradients are those of one number.
    """

    forward: Callable[..., Tensor]
    of: Mapping[str, str]
    inputs: Callable[[Arguments], Arguments] = all_but_g
    upstream: str = "g"

    def report(self, student: Student, task: Task, arguments: Arguments) -> Report:
        """What the check finds at the inputs of a case, for a random upstream gradient."""
        inputs = self.inputs(arguments)
        names = list(inputs)

        def forward(*values: Any) -> np.ndarray:
            """The function on arrays."""
            made = [tensor(x) if isinstance(x, np.ndarray) or name in self.of.values() else x
                    for name, x in zip(names, values)]
            return self.forward(*made).numpy()

        def backward(g: Any, *values: Any) -> tuple[Any, ...]:
            """The student's gradients, in the order of their inputs."""
            given = {**arguments, **dict(zip(names, values))}
            if self.upstream in task.parameters:
                given[self.upstream] = np.asarray(g)
            returned = task.way.call(student, task, given)
            results = dict(zip(task.results, returned if len(task.results) > 1 else (returned,)))
            once = 1.0 if self.upstream in task.parameters else g
            return tuple(results[name] * once for name in self.of)

        return gradcheck_function(forward, backward, list(inputs.values()), checked=list(self.of.values()),
                                  names=names, name=task.function, raise_exception=False)


def explain(student: Student, task: Task, arguments: Arguments) -> Finding | None:
    """What is wrong with the first wrong gradient, if the check can tell. Raises Ended."""
    slopes = task.slopes
    if slopes is None:
        return None
    try:
        report = slopes.report(student, task, arguments)
    except Ended:
        raise
    except Exception:                   # what the function returns for other inputs may be anything
        return None
    result = {input_name: name for name, input_name in slopes.of.items()}
    for found in report.failed:
        for diagnosis in found.diagnoses[:1]:
            if diagnosis.kind not in VAGUE:
                text = diagnosis.text.replace("analytic", "got").replace("numeric", "expected")
                text = re.sub(r",? in (\d+) of \1 entries", "", text)  # of the Jacobian, not of the gradient
                text = re.sub(r"( in \d+ of \d+) entries", r"\1 measured slopes", text)
                return Finding(diagnosis.kind, f"{result[found.name]}: {text[0].lower()}{text[1:]}")
    return None
