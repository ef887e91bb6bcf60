"""The chain rule, in part: a factor is missing or too many, taken at the wrong place, or a term is lost.

A factor is looked for among the expressions t, t², √t, 1/t, 1 − t, t(1 − t), 1 − t², eᵗ, cos t … of every
input and of the output t, times a constant.
"""
from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from .scale import number, rational

EXPRESSIONS: dict[str, Callable[[Any], Any]] = {
    "{}": lambda t: t, "{}²": lambda t: t * t, "{}³": lambda t: t ** 3, "√{}": np.sqrt,
    "1/{}": lambda t: 1 / t, "1/{}²": lambda t: 1 / (t * t), "1/√{}": lambda t: 1 / np.sqrt(t),
    "(1 − {})": lambda t: 1 - t, "(1 + {})": lambda t: 1 + t, "{0}·(1 − {0})": lambda t: t * (1 - t),
    "(1 − {}²)": lambda t: 1 - t * t, "1/(1 + {}²)": lambda t: 1 / (1 + t * t),
    "1/√(1 − {}²)": lambda t: 1 / np.sqrt(1 - t * t), "exp({})": np.exp, "exp(−{})": lambda t: np.exp(-t),
    "log({})": np.log, "sin({})": np.sin, "cos({})": np.cos, "1/cos²({})": lambda t: 1 / np.cos(t) ** 2,
    "sign({})": np.sign, "|{}|": np.abs, "[{} > 0]": lambda t: (t > 0) * 1.0}
PLACES = ("{}", "1/{}", "{}²", "{0}·(1 − {0})", "(1 − {}²)", "(1 − {})", "1/{}²", "1/(1 + {}²)", "cos({})",
          "exp({})")


def missing_factor(case: Case) -> Diagnosis | None:
    """n = a · E(t): a factor E of the chain rule is missing, often f′ as a whole (a = v). Or a = n · E(t)."""
    missing = _quotient(case, case.numeric, case.analytic)
    extra = _quotient(case, case.analytic, case.numeric)
    if missing is not None and (extra is None or not missing.startswith("1/") or _is_upstream(case)):
        return Diagnosis("missing_factor", f"{_is_upstream(case)}numeric / analytic is {missing} in "
                         f"{case.count()}: this factor of the chain rule is missing.", missing)
    if extra is not None:
        inverse = f", or a factor {missing} is missing" if missing else ""
        return Diagnosis("extra_factor", f"analytic / numeric is {extra} in {case.count()}: this factor is "
                         f"too many{inverse}.", extra)
    return None


def upstream(case: Case) -> Diagnosis | None:
    """a = v: nothing was multiplied at all."""
    passed_on = _is_upstream(case)
    if not passed_on:
        return None
    return Diagnosis("upstream", f"{passed_on}the derivative of the function is missing.")


def wrong_place(case: Case) -> Diagnosis | None:
    """a = v · f′(y) or v · E(x) where n = v · f′(x) = v · E(y): σ′ = y(1 − y) holds for y = σ(x) only."""
    y, v, slopes = case.output, case.upstream, case.diagonal
    if y is None or v is None or slopes is None or not _varies(slopes[case.known]):
        return None
    places = ((y, "the output", case.x, case.name), (case.x, case.name, y, "the output"))
    for text in PLACES:
        expression = EXPRESSIONS[text]
        for right, right_name, wrong, wrong_name in places:
            with np.errstate(all="ignore"):
                at_right, at_wrong = expression(right), np.where(case.known, expression(wrong) * v, np.nan)
            if case.close(at_right, slopes)[case.known].all() and case.fits(at_wrong):
                return Diagnosis("wrong_place", f"The derivative {text.format('t')} is taken at t = "
                                 f"{wrong_name} in {case.count()}; it belongs at t = {right_name}.",
                                 text + wrong_name)
    elsewhere = _slope_at(case, y)
    if elsewhere is not None and case.fits(elsewhere * v):
        return Diagnosis("wrong_place", f"The derivative f′ is taken at the output, f({case.name}), in "
                         f"{case.count()}; it belongs at {case.name}.")
    return None


def missing_term(case: Case) -> Diagnosis | None:
    """n = a + v · E(t): a term is missing, as when one of two uses of x is forgotten or detached."""
    v = case.upstream
    if v is None or v.shape != case.x.shape or v.size < 2 or not np.any(case.analytic):
        return None
    rest = case.numeric - case.analytic
    found = "1" if bool(case.close(rest, v)[case.known].all()) else _quotient(case, rest, v)
    if found is None:
        return None
    lost = "the upstream gradient" + ("" if found == "1" else f" times {found}")
    return Diagnosis("missing_term", f"numeric − analytic is {lost} in {case.count()}: a term of the "
                     "derivative is missing, as when one use of the input is forgotten or detached.", lost)


def _is_upstream(case: Case) -> str:
    """The beginning of a sentence, where a = v."""
    v = case.upstream
    if v is None or v.size == 0:
        return ""
    try:
        passed = np.broadcast_to(v, case.x.shape)
    except ValueError:
        return ""
    return "It equals the upstream gradient: " if case.fits(passed) else ""


def _quotient(case: Case, above: np.ndarray, below: np.ndarray) -> str | None:
    """The text of an expression E with above = constant · E · below in every entry.

    A constant alone is none. In few entries some constant fits by chance: in one it has to be 1, in two
    and three a simple fraction.
    """
    known = case.known & np.isfinite(above) & np.isfinite(below)
    if not known.any() or bool(case.zero(below)[known].all()):
        return None
    for text, values in _expressions(case):
        product = values * below
        if not np.isfinite(product[known]).all() or not _varies(values[known]):
            continue
        if case.zero(product)[known].all():
            continue
        largest = int(np.argmax(np.abs(product[known])))
        constant = float(above[known][largest] / product[known][largest])
        if not constant:
            continue
        constant = 1.0 if abs(constant - 1) < 1e-6 else constant
        telling = int((~case.zero(product) & known).sum())
        if constant != 1 and (telling < 2 or telling < 4 and rational(abs(constant)) is None):
            continue
        if bool(case.close(above, constant * product)[known].all()):
            return text if constant == 1 else f"{number(constant)} · {text}"
    return None


def _expressions(case: Case) -> Iterator[tuple[str, np.ndarray]]:
    with np.errstate(all="ignore"):
        for name, t in case.variables():
            for text, expression in EXPRESSIONS.items():
                meant = " (y: the output)" if t is case.output and name == "y" else ""
                yield text.format(name) + meant, np.asarray(expression(t), np.float64)


def _slope_at(case: Case, point: np.ndarray) -> np.ndarray | None:
    """f′ at another point, measured, for an f that works entry by entry."""
    h = 1e-5
    try:
        with np.errstate(all="ignore"):
            up = case.problem.run(case.position, np.array(point + h))[0]
            down = case.problem.run(case.position, np.array(point - h))[0]
    except (ValueError, ArithmeticError):
        return None
    return np.asarray((up - down) / (2 * h))


def _varies(values: np.ndarray) -> bool:
    """Whether the values are not all the same: a constant factor has a diagnosis of its own."""
    return values.size == 1 or bool(np.ptp(values) > 1e-3 * np.abs(values).max())
