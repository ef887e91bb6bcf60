"""The gradient is the right one times a constant: a sign, a factor 2, 1/n …"""
from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import e, isclose, log, pi, prod, sqrt

import numpy as np

from ..case import RTOL, Case
from ..diagnosis import Diagnosis

NAMED = {"ln 2": log(2), "ln 10": log(10), "π": pi, "√π": sqrt(pi), "2/√π": 2 / sqrt(pi), "√2": sqrt(2),
         "√(2π)": sqrt(2 * pi), "√(2/π)": sqrt(2 / pi), "e": e}


def sign(case: Case) -> Diagnosis | None:
    """a = −∂L/∂x."""
    if case.fits(-case.numeric):
        return Diagnosis("sign", f"analytic / numeric is −1 everywhere: the sign is flipped. With the other "
                         f"sign it agrees in {case.count()}.")
    return None


def factor(case: Case) -> Diagnosis | None:
    """a = c · ∂L/∂x with a c that has a name: 2, ½, n, 1/n, √n, n/(n − 1), ln 2 …"""
    c = ratio(case)
    if c is None or isclose(c, -1, rel_tol=RTOL) or isclose(c, 1, rel_tol=RTOL):
        return None
    reading = explained(abs(c), case)
    if reading is None:
        return None
    flipped = " The sign is flipped, too." if c < 0 else ""
    return Diagnosis("factor", f"analytic / numeric is {number(c)} everywhere: {reading}.{flipped}",
                     number(c))


def unnamed_factor(case: Case) -> Diagnosis | None:
    """a = c · ∂L/∂x with any c, seen in two entries at least."""
    c = ratio(case)
    if c is None or isclose(abs(c), 1, rel_tol=RTOL) or (~case.zero(case.numeric) & case.known).sum() < 2:
        return None
    return Diagnosis("factor", f"analytic / numeric is {number(c)} everywhere: a constant factor is "
                     f"{'too many' if abs(c) > 1 else 'missing'}.", number(c))


def ratio(case: Case) -> float | None:
    """The c of a = c · n, if there is one."""
    known = case.known & ~case.zero(case.numeric)
    if not known.any():
        return None
    n, a = case.numeric[known], case.analytic[known]
    largest = int(np.argmax(np.abs(n)))
    c = float(a[largest] / n[largest])
    return c if c and case.fits(c * case.numeric) else None


def explained(c: float, case: Case) -> str | None:
    """What a factor c > 0 stands for; None when it has no name."""
    readings, plain = [], rational(c)
    for n, what in sizes(case):
        if isclose(c, n, rel_tol=RTOL):
            readings.append(f"a factor 1/n is missing (n = {n}, {what})")
        elif isclose(c, 1 / n, rel_tol=RTOL):
            readings.append(f"a factor n is missing, or 1/n is too many (n = {n}, {what})")
        elif plain is None and isclose(c * c, n, rel_tol=RTOL):
            readings.append(f"a factor 1/√n is missing (n = {n}, {what})")
        elif plain is None and isclose(1 / (c * c), n, rel_tol=RTOL):
            readings.append(f"a factor √n is missing, or 1/√n is too many (n = {n}, {what})")
        elif n > 1 and isclose(c, n / (n - 1), rel_tol=RTOL) and n > 2:
            readings.append(f"it is divided by n − 1 instead of n (n = {n}, {what})")
        elif n > 2 and isclose(c, (n - 1) / n, rel_tol=RTOL):
            readings.append(f"it is divided by n instead of n − 1 (n = {n}, {what})")
    if plain is not None and (not readings or plain in (2, 3, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3),
                                                        Fraction(3, 2))):
        inverse = 1 / plain
        readings.insert(0, f"a factor {inverse if plain < 1 else plain} is "
                           f"{'missing' if plain < 1 else 'too many'}")
    for name, value in NAMED.items():
        if not readings and isclose(c, value, rel_tol=RTOL):
            readings.append(f"a factor {name} is too many, or 1/({name}) is missing")
        elif not readings and isclose(c, 1 / value, rel_tol=RTOL):
            readings.append(f"a factor {name} is missing, or 1/({name}) is too many")
    return ", or ".join(readings[:2]) if readings else None


def rational(c: float) -> Fraction | None:
    """c as a simple fraction: numerator and denominator up to 12."""
    close = Fraction(c).limit_denominator(12)
    return close if 0 < close.numerator <= 12 and isclose(c, close, rel_tol=RTOL) else None


def sizes(case: Case) -> list[tuple[int, str]]:
    """Every n that the shapes suggest, once, with what it counts; the most telling ones first."""
    found: dict[int, str] = {}
    shapes = [("the output", y.shape) for y in case.problem.outputs if y.ndim]
    shapes.insert(0, (case.name, case.x.shape))
    shapes += [(case.problem.names[i], np.shape(v)) for i, v in enumerate(case.problem.inputs)
               if i != case.position and isinstance(v, np.ndarray) and v.ndim]
    for name, shape in shapes:
        found.setdefault(prod(shape), f"the number of entries of {name}")
    for name, shape in shapes:
        for axis, n in enumerate(shape):
            found.setdefault(n, f"the size of axis {axis} of {name}"
                             + (", the batch size" if axis == 0 and len(shape) > 1 else ""))
    for name, shape in shapes:
        for count in range(2, len(shape)):
            for axes in combinations(range(len(shape)), count):
                found.setdefault(prod(shape[k] for k in axes), f"the size of the axes {axes} of {name}")
    return [(n, what) for n, what in found.items() if n > 1]


def number(c: float) -> str:
    """A factor as it is printed: 4.0000, 0.2500, −2.0000; six digits where four would lie."""
    text = f"{c:.4f}" if isclose(float(f"{c:.4f}"), c, rel_tol=1e-6) else f"{c:.6g}"
    return text.replace("-", "−")
