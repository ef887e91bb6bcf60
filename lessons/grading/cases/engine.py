"""Exercise 17: the student's own engine, on formulas drawn at random."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import grad

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task
from ..numbers import array
from ..oracle import tensor
from ..ways import OPERATIONS, WAYS

ADD, MULTIPLY, TANH, SUBTRACT, DIVIDE, EXP = range(len(OPERATIONS))


def program(*steps: tuple[int, int, int]) -> np.ndarray:
    """Steps: which operation, and the places of its inputs."""
    return np.array(steps, np.int64).reshape(-1, 3)


def by_minigrad(leaves: np.ndarray, code: np.ndarray, twice: int) -> tuple[np.ndarray, np.ndarray]:
    """The result of a formula, and its slope along each leaf."""
    inputs = [tensor(x, requires_grad=True) for x in leaves]
    made: list[Any] = list(inputs)
    for operation, i, j in code.tolist():
        a, b = made[i], made[j]
        made.append((lambda: a + b, lambda: a * b, lambda: a.tanh(), lambda: a - b, lambda: a / b,
                     lambda: a.exp())[operation]())
    found = grad(made[-1], inputs, allow_unused=True)
    return made[-1].detach().numpy(), np.array([0.0 if g is None else g.item() for g in found])


def values_and_slopes(leaves: np.ndarray, code: np.ndarray) -> tuple[list[float],
                                                                     list[list[tuple[int, float]]]]:
    """Of each value what it is, and the places and slopes of its inputs."""
    made, slopes = leaves.tolist(), [[] for _ in leaves]
    for operation, i, j in code.tolist():
        a, b = made[i], made[j]
        result, found = {
            ADD: lambda: (a + b, [(i, 1.0), (j, 1.0)]), MULTIPLY: lambda: (a * b, [(i, b), (j, a)]),
            TANH: lambda: (np.tanh(a), [(i, 1 - np.tanh(a) ** 2)]),
            SUBTRACT: lambda: (a - b, [(i, 1.0), (j, -1.0)]),
            DIVIDE: lambda: (a / b, [(i, 1 / b), (j, -a / b ** 2)]),
            EXP: lambda: (np.exp(a), [(i, np.exp(a))])}[operation]()
        made.append(float(result))
        slopes.append(found)
    return made, slopes


def walked(leaves: np.ndarray, code: np.ndarray, how: str) -> np.ndarray:
    """The slopes along the leaves, with a mistake in the walk or in a slope."""
    made, slopes = values_and_slopes(leaves, code)
    wrong = {"minus": (SUBTRACT, lambda a, b: (1.0, 1.0)),
             "minus a": (DIVIDE, lambda a, b: (1 / b, a / b ** 2)),
             "square": (DIVIDE, lambda a, b: (1 / b, -a / b)),
             "one over b": (DIVIDE, lambda a, b: (1 / b, 1 / a)),
             "exp": (EXP, lambda a, b: (a * np.exp(a - 1),)), "exp 1": (EXP, lambda a, b: (1.0,)),
             "exp a": (EXP, lambda a, b: (a,)),
             "tanh": (TANH, lambda a, b: (1 - a ** 2,)), "product": (MULTIPLY, lambda a, b: (a, b))}
    if how in wrong:
        which, slopes_of = wrong[how]
        for place, (operation, i, j) in enumerate(code.tolist(), len(leaves)):
            if operation == which:
                slopes[place] = list(zip((i, j), slopes_of(made[i], made[j])))
    found = np.zeros(len(made))
    if how == "at once":
        waiting = [(len(made) - 1, 1.0)]
        for _ in range(5_000):                              # paths; of more nobody has waited for the end
            if not waiting:
                return found[:len(leaves)]
            place, arriving = waiting.pop()
            found[place] += arriving
            waiting += [(x, found[place] * slope) for x, slope in reversed(slopes[place])]
        return np.full(len(leaves), np.nan)
    found[-1] = 1.0
    for place in range(len(made) - 1, -1, -1):
        for x, slope in slopes[place]:
            arriving = 1.0 if how == "slopes" else found[place]
            found[x] = slope * arriving + (0.0 if how == "overwritten" else found[x])
    return found[:len(leaves)]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    leaves, code, twice = (attempt.arguments[name] for name in ("leaves", "code", "twice"))
    if not attempt.right("value"):
        yield Finding("value", "The result itself is wrong, before any slope: does each operation compute "
                      "what it should?")
        return
    right = attempt.expected["grads"]
    if twice and any(attempt.is_("grads", times * right) for times in (2, 3)):
        yield Finding("kept", "backward was called twice, and the slopes of the first time are still there. "
                      "Set every grad to 0 before the walk.")
    if not attempt.got["grads"].any():
        yield Finding("zero", "All slopes are 0. The walk begins with 1 at the result: ∂result/∂result = 1.")
    if len(code) > 200:
        return
    for kind, how, text in (
            ("minus", "minus", "The slope of a − b along b is −1."),
            ("quotient", "minus a", "The slope of a / b along b is negative: a larger b makes the quotient "
             "smaller."),
            ("quotient", "square", "The slope of a / b along b is −a/b²: the square is missing."),
            ("quotient", "one over b", "The slope of a / b along b is −a/b². Derive it: a / b is a · b⁻¹."),
            ("exponential", "exp", "The power rule is for powers of a. In eᵃ it stands in the exponent: the "
             "slope is eᵃ itself."),
            ("exponential", "exp 1", "The slope of eᵃ is not 1, but eᵃ itself."),
            ("exponential", "exp a", "The slope of eᵃ is not a, but eᵃ itself."),
            ("tanh", "tanh", "The slope of tanh is 1 − t² with t = tanh a, not with a."),
            ("product", "product", "The slope of a · b along a is b, and along b it is a."),
            ("chain rule", "slopes", "The slopes alone were added up. By the chain rule an input gets the "
             "slope times the value's own grad."),
            ("accumulate", "overwritten", "A value that is used more than once gets a slope from each use, "
             "and they add up: +=."),
            ("at once", "at once", "A value passes on its slope before all of it has arrived, and then "
             "passes on the same part again. It has its turn once, after all that was made from it.")):
        if attempt.is_("grads", walked(leaves, code, how)):
            yield Finding(kind, text)


def shorter(arguments: Arguments) -> Iterator[Arguments]:
    """The formula up to an earlier step."""
    for end in range(1, len(arguments["code"])):
        yield {**arguments, "code": arguments["code"][:end]}


TASK = Task("backward", ("result",), ("value", "grads"), by_minigrad, way=WAYS["engine"], recognize=recognize,
            smaller=shorter)


def drawn(random: np.random.Generator, steps: int) -> dict[str, Any]:
    """A formula of so many steps, all of whose values are of moderate size."""
    leaves = np.round(random.uniform(0.5, 2.0, 3) * random.choice([-1.0, 1.0], 3), 1)
    made, code = leaves.tolist(), []
    while len(code) < steps:
        operation = int(random.integers(len(OPERATIONS)))
        i, j = (int(x) for x in random.integers(max(0, len(made) - 7), len(made), 2))
        if operation == DIVIDE and (abs(made[j]) < 0.4 or i == j):
            continue
        step = program((operation, i, j))
        value = values_and_slopes(np.array(made), step)[0][-1]
        if 0.05 < abs(value) < 4:
            made.append(value)
            code.append(step[0])
    while len(made) - len(leaves) < steps + 3:              # no leaf is left out
        step = program((ADD, len(made) - 1, len(made) - len(leaves) - steps))
        made.append(values_and_slopes(np.array(made), step)[0][-1])
        code.append(step[0])
    return {"leaves": leaves, "code": np.array(code), "twice": 0}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def case(name: str, leaves: np.ndarray, *steps: tuple[int, int, int], hint: str, twice: int = 0,
             slow: str = "") -> Case:
        """A case by hand."""
        return Case(name, "it", {"leaves": leaves, "code": program(*steps), "twice": twice}, hint, slow)

    one = "Note the slopes when the operation is made; backward multiplies them by what arrives."
    paths = "Multiply along a path, add where paths meet; each value has its turn after all that use it."
    loop = "A while loop takes a value from the list and adds that value's inputs, until it is empty."
    once = "Visit each value once, however many paths lead to it."
    return [
        case("a sum and a product", array(2, 3), (ADD, 0, 1), (MULTIPLY, 2, 1), hint=one),
        case("tanh", array(0.5), (TANH, 0, 0), hint=one),
        case("a difference", array(5, 3), (SUBTRACT, 0, 1), hint=one),
        case("a quotient", array(6, 2), (DIVIDE, 0, 1), hint=one),
        case("an exponential", array(2), (EXP, 0, 0), hint=one),
        case("a square: one value twice", array(3), (MULTIPLY, 0, 0), hint=paths),
        case("a diamond", array(3, 2), (MULTIPLY, 0, 1), (EXP, 2, 2), (MULTIPLY, 2, 3), (SUBTRACT, 4, 2),
             hint=paths),
        case("backward, twice", array(3, 4), (MULTIPLY, 0, 1), hint="Each call sets the slopes again.",
             twice=1),
        Case("a random formula of 6 steps", "it", drawn(random, 6), paths),
        Case("a random formula of 12 steps", "it", drawn(random, 12), paths),
        Case("a random formula of 30 steps", "it", drawn(random, 30), paths),
        case("5,000 operations in a row", array(1, 0.5), *((ADD if i % 2 else SUBTRACT, i + (i > 0), 1)
                                                          for i in range(5000)), hint=loop, slow=loop),
        case("40 diamonds in a row", array(1.5), *((ADD, i, i) for i in range(40)), hint=once, slow=once),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
