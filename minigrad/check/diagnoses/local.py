"""Mistakes in functions that work entry by entry: a product rule in part, a sign inside, one branch."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from .scale import number

Expression = Callable[[Any], Any]

#: Derivatives in which a sign is easily wrong: (right, as text, wrong, as text).
SIGNS: list[tuple[str, Expression, str, Expression]] = [
    ("1 − t", lambda t: 1 - t, "1 + t", lambda t: 1 + t),
    ("1 − t²", lambda t: 1 - t * t, "1 + t²", lambda t: 1 + t * t)]


def product_rule(case: Case) -> Diagnosis | None:
    """y = x · s(x) with a = v · s or a = v · x · s′: one of the two terms of the product rule."""
    y, v, slopes = case.output, case.upstream, case.diagonal
    if y is None or v is None or slopes is None or not (case.x != 0).all():
        return None
    with np.errstate(all="ignore"):
        factor = y / case.x
    if not np.isfinite(factor).all() or np.ptp(factor) <= 1e-3 * np.abs(factor).max():
        return None
    x = case.name
    for candidate, kept, lost in ((v * factor, f"f({x})/{x}", f"{x} times its derivative"),
                                  (v * (slopes - factor), f"{x} times the derivative of f({x})/{x}",
                                   f"f({x})/{x} itself")):
        if case.fits(candidate):
            return Diagnosis("product_rule", f"f({x}) is {x} times f({x})/{x}, and it is v times {kept} in "
                             f"{case.count()}: the other term of the product rule, {lost}, is missing.", lost)
    return None


def sign_inside(case: Case) -> Diagnosis | None:
    """a · (1 − t) = n · (1 + t): a sign inside of a factor of the chain rule."""
    for name, t in case.variables():
        for right_text, right, wrong_text, wrong in SIGNS:
            for (p, p_text), (q, q_text) in (((right, right_text), (wrong, wrong_text)),
                                             ((wrong, wrong_text), (right, right_text))):
                with np.errstate(all="ignore"):
                    above, below = np.asarray(p(t), float), np.asarray(q(t), float)
                    candidate = case.numeric * below / above
                if case.fits(candidate) and bool((case.known & ~case.zero(candidate)).sum() > 1):
                    return Diagnosis("sign_inside", f"analytic / numeric is ({q_text}) / ({p_text}) for t = "
                                     f"{name} in {case.count()}: a sign inside of the derivative is wrong.",
                                     p_text + name)
    return None


def branch(case: Case) -> Diagnosis | None:
    """f has a few slopes, and where one of them belongs, a is another number times v."""
    slopes, v = case.diagonal, case.upstream
    if slopes is None or v is None or not (v[case.known] != 0).all():
        return None
    with np.errstate(all="ignore"):
        given = np.where(case.known, case.analytic / v, np.nan)
    slopes = np.round(slopes, 5) + 0.0
    values = np.unique(slopes[case.known])
    if not 2 <= len(values) <= 4 or case.known.sum() <= len(values):
        return None
    wrong = [s for s in values if case.wrong[case.known & (slopes == s)].any()]
    if len(wrong) != 1:
        return None
    here = case.known & (slopes == wrong[0])
    if not case.wrong[here].all() or np.ptp(given[here]) > 1e-5 * max(1.0, float(np.abs(given[here]).max())):
        return None
    instead = float(given[here][0])
    return Diagnosis("branch", f"Where the slope is {number(float(wrong[0]))}, in {int(here.sum())} "
                               f"entries, it "
                     f"is {number(instead)} times the upstream gradient; elsewhere it agrees. One branch of "
                     "the function has a wrong derivative.", f"{number(float(wrong[0]))} {number(instead)}")
