"""What is wrong with a gradient: a table of small functions, one for each mistake, in order of weight.

A diagnosis is a function of a ``Case`` that returns what it found, with the evidence, or None. It speaks
only when its explanation holds in every entry that was compared: with a random wrong gradient, none does.
"""
from __future__ import annotations

from typing import Callable

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from . import chain, local, masks, order, plain, scale, shapes, shared, sums, upstream, wiring

Look = Callable[[Case], "Diagnosis | None"]

#: Mistakes that explain every number. The first of them that fits is the one to read first.
SPECIFIC: list[Look] = [
    plain.zero, scale.sign, scale.factor, order.wrong_input, order.axes_swapped, order.reversed_axis,
    masks.missing_slices, masks.lost_entries, order.shifted, order.reshaped, order.transpose_missing,
    upstream.upstream_ignored, sums.one_output, sums.one_slice, sums.last_use, masks.mask_inverted,
    wiring.wrong_axis, wiring.matmul_order, shared.softmax_axis, shared.diagonal_only, wiring.not_selected,
    upstream.clipped, upstream.by_sign, chain.wrong_place, local.product_rule, local.sign_inside,
    chain.missing_factor, shared.row_factor, plain.whole_numbers, plain.single_precision]

#: What is seen at one point, or was looked for beside it already.
HERE: list[Look] = [plain.not_finite_function, plain.not_finite, masks.this_point]

#: What is only said when none of those fits.
VAGUE: list[Look] = [local.branch, scale.unnamed_factor, wiring.other_input_turned, chain.missing_term,
                     shared.shared_term, chain.upstream, masks.region]

#: Every word that ``Diagnosis.kind`` may be, and what it stands for.
KINDS = {
    "wrong_shape": "the gradient has another shape than its input, and no simple repair makes it right",
    "no_gradient": "no gradient was recorded or returned for this input",
    "zero": "the gradient is 0 everywhere",
    "not_finite": "the gradient is NaN or infinite somewhere",
    "function_not_finite": "the function itself is NaN or infinite",
    "sign": "the sign is flipped",
    "factor": "a constant factor is missing or too many",
    "wrong_input": "it is the gradient of another input",
    "transposed": "axes are swapped",
    "reversed": "it runs backwards along an axis",
    "shifted": "it is shifted along an axis",
    "reshaped": "the right entries in a wrong order or shape",
    "transpose_missing": "J · v instead of Jᵀ · v",
    "upstream_ignored": "the upstream gradient is not in it",
    "upstream_twice": "the upstream gradient is in it twice",
    "upstream_clipped": "a large upstream gradient is cut off",
    "upstream_sign": "it depends on the sign of the upstream gradient",
    "not_linear_upstream": "not linear in the upstream gradient",
    "one_output": "only some of several outputs are counted",
    "not_summed": "not summed over an axis along which the input was repeated",
    "summed_too_much": "summed over an axis of the input itself",
    "needs_broadcast": "one number where each entry has its own",
    "not_accumulated": "only the last use of an entry is counted",
    "tie": "equal entries whose gradients do not add up to their common slope",
    "this_point": "right beside this point: a tie, a kink or a special value is treated wrongly",
    "mask_inverted": "a mask is the wrong way round",
    "missing_slices": "whole rows are 0",
    "not_selected": "every entry receives what belongs to one of them",
    "wrong_axis": "summed over the wrong axis",
    "matmul_order": "the matrices of a product in a wrong order",
    "input_turned": "the gradient for another input transposed or read backwards",
    "diagonal_only": "of each output the slope along its own entry alone",
    "row_factor": "a factor that the entries of a row share",
    "product_rule": "one of two terms of the product rule",
    "sign_inside": "a sign inside of the derivative",
    "branch": "one branch of the function has a wrong derivative",
    "wrong_place": "the derivative is taken at the wrong place",
    "upstream": "the upstream gradient is passed on unchanged",
    "missing_factor": "a factor of the chain rule is missing",
    "extra_factor": "a factor is too many",
    "missing_term": "a term of the derivative is missing",
    "whole_numbers": "fractions were cut off",
    "single_precision": "computed in float32 or float16",
    "grad_dtype": "a gradient has another dtype than its input",
    "undefined_grad": "an output without upstream gradient is not taken for one with 0",
    "tests_nothing": "all slopes are 0: a gradient of 0 would pass as well",
    "region": "wrong for a range of values",
    "not_linear": "the operation whose adjoint is checked is not linear",
    "inverse": "an inverse where the transpose belongs",
    "averaged": "the mean of several uses where their sum belongs",
    "lost_entries": "some entries are left out",
    "not_adjoint": "not the adjoint, and nothing simpler explains it",
    "wrong": "wrong, and none of these explains it",
    "not_compared": "all entries are at a kink or cannot be measured",
    "random": "the function returned something else when it was called again",
    "changes_input": "forward or backward changed an array that it was given",
    "wrong_count": "backward returned another number of gradients than there are inputs",
    "wrong_type": "what was returned is not an array of numbers",
}


def diagnose(case: Case) -> list[Diagnosis]:
    """What explains this wrong gradient: one diagnosis, or two where the numbers cannot tell them apart."""
    if not case.analytic.size and not case.numeric.size:
        return []
    if case.analytic.shape != case.x.shape:
        return _diagnose_shape(case)
    with np.errstate(all="ignore"):
        for look in HERE:
            found = look(case)
            if found:
                return [found]
        return _explained(case, case.elsewhere) or _explained_beside(case)


def _explained(case: Case, others: list[Case]) -> list[Diagnosis]:
    """What explains it here and at all other points."""
    return _first_two(SPECIFIC, case, others) or _first_two(VAGUE, case, others)[:1]


def _explained_beside(case: Case) -> list[Diagnosis]:
    """What explains it at the other points alone, where a tie or a kink here hides it."""
    others = case.elsewhere
    hidden = case.left_out.any() or len(others) < 2
    return _explained(others[0], others[1:]) if hidden and len(others) > 1 else []


def _first_two(looks: list[Look], case: Case, others: list[Case]) -> list[Diagnosis]:
    found: list[Diagnosis] = []
    for look in looks:
        if len(found) < 2 and not any(_covers(d, look) for d in found):
            diagnosis = look(case)
            if diagnosis and _confirmed(look, diagnosis, others):
                found.append(diagnosis)
    return found


def _confirmed(look: Look, diagnosis: Diagnosis, others: list[Case]) -> bool:
    """Whether the same is found at every other point, and there is one."""
    again = [look(other) for other in others]
    return bool(again) and all(d is not None and (d.kind, d.claim) == (diagnosis.kind, diagnosis.claim)
                               for d in again)


def _covers(found: Diagnosis, look: Look) -> bool:
    """Whether a second look would say the same in other words."""
    same: dict[str, list[Look]] = {
        "sign": [scale.factor], "not_summed": [sums.last_use], "reversed": [order.shifted, order.reshaped],
        "factor": [chain.missing_factor, local.product_rule, shared.row_factor, chain.wrong_place],
        "transposed": [order.reshaped],
        "mask_inverted": [chain.missing_factor],
        "wrong_place": [chain.missing_factor]}
    return look in same.get(found.kind, [])


def _diagnose_shape(case: Case) -> list[Diagnosis]:
    found = shapes.wrong_shape(case)
    if found is None:
        return []
    if found.kind == "not_summed":
        fixed = case.with_gradient(shapes.summed)
        if fixed.wrong.any():
            return [found, *diagnose(fixed)[:1]]
    return [found]


__all__ = ["KINDS", "SPECIFIC", "VAGUE", "diagnose"]
