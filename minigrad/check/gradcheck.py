"""``gradcheck`` and ``gradgradcheck``, used as PyTorch's, and ``examine`` for those who want the report."""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Tensor, enable_grad, grad
from ..autograd.tensor import wrap
from ..backend.arrays import move, to_numpy
from ..errors.options import refuses
from .compare import Comparison, compare_problem
from .diagnosis import CannotCheck
from .foreign import foreign_problem, is_foreign
from .options import Options
from .problem import Problem, called, cotangents
from .report import Report
from .tensors import dtypes_kept, floating_outputs, parameter_names, problem_of, undefined_as_zero

NONDETERMINISM = 1e-9       # two calls may add up in another order


def compare(func: Callable[..., Any], inputs: Any, *, eps: float | None = None, rtol: float = 1e-5,
            atol: float | None = None, seed: int = 0, names: Sequence[str] | None = None,
            nondet_tol: float = NONDETERMINISM, fast_mode: bool = False) -> list[Comparison]:
    """Compare the gradient of every input that requires one; all is computed in float64.

    func's outputs are made one number, L = Σ v · func(inputs), with random v: with v = 1 a mistake would
    stay hidden wherever the outputs add up to a constant, as those of softmax do.

    Raises GraphError when no input requires a gradient, GradCheckError when func is not deterministic.

    >>> x = minigrad.tensor([3.0, 4.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x * x, x)
    >>> found.name, found.shape, found.passed
    ('x', (2,), True)
    """
    options = Options(eps, rtol, atol, nondet_tol, fast_mode, seed=seed)
    return compare_problem(_problem(func, inputs, seed, names), options)


def examine(func: Callable[..., Any], inputs: Any, *, eps: float | None = None, rtol: float = 1e-5,
            atol: float | None = None, seed: int = 0, names: Sequence[str] | None = None,
            nondet_tol: float = NONDETERMINISM, fast_mode: bool = False, time_limit: float | None = None,
            progress: bool | None = None, strict: bool = False) -> Report:
    """The ``Report`` of a gradient check: what ``gradcheck`` raises, as an object, and also when all is well.

    >>> x = minigrad.tensor([0.0, 2.0], requires_grad=True)
    >>> minigrad.check.examine(lambda x: x.relu(), x)
    <lambda>: the gradient of input 0 (x, shape (2,)) agrees in 1 entry
      1 entry at a kink, where no derivative exists, was left out
      (input 0 is float32; the check computed with a float64 copy)
    """
    options = Options(eps, rtol, atol, nondet_tol, fast_mode, time_limit, progress, seed)
    return Report.of(called(func), lambda: _problem(func, inputs, seed, names), options, strict)


def _problem(func: Callable[..., Any], inputs: Any, seed: int, names: Sequence[str] | None) -> Problem:
    """func at these inputs: Tensors, or what another library calls so."""
    if is_foreign(inputs):
        return foreign_problem(func, inputs, seed, names)
    return problem_of(func, inputs, seed, names)


@refuses(check_batched_grad=False, check_batched_forward_grad=False, check_forward_ad=False,
         check_backward_ad=True, masked=False)
def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float | None = None, atol: float | None = None,
              rtol: float = 1e-5, raise_exception: bool = True, nondet_tol: float = NONDETERMINISM,
              check_undefined_grad: bool = True, check_grad_dtypes: bool = False, fast_mode: bool = False,
              time_limit: float | None = None, progress: bool | None = None, strict: bool = False,
              seed: int = 0) -> bool:
    """Check the gradients of func against measured slopes (central differences), in float64.

    Args:
        func: takes the inputs, returns a tensor or several; must give the same result for the same inputs.
        inputs: a tensor or a sequence; every tensor with requires_grad is checked. Inputs of another
            floating dtype are checked as float64 copies; the message of a failure says so. PyTorch's
            tensors and JAX' arrays are taken, too, for a func that works on them.
        eps: the first step; by default 6·10⁻⁶, relative to entries above 1. Entries that do not agree are
            measured again with many steps.
        rtol, atol: |analytic − numeric| ≤ atol + rtol · |numeric| is accepted. By default atol is 10⁻⁷, or
            less for an input all of whose slopes are small.
        raise_exception: False returns False instead of raising.
        nondet_tol: by how much two calls with the same inputs may differ.
        check_undefined_grad: of several outputs, let single ones have no upstream gradient: that has to be
            the same as 0.
        check_grad_dtypes: the gradients have to have the dtypes of their inputs.
        fast_mode: measure along random directions of each input first, and entry by entry only where they
            do not agree. Above 1,000 entries that is done in any case.
        time_limit: seconds that measuring may take; directions come first then.
        progress: show a bar; by default on a terminal, for a check that takes longer than two seconds.
        strict: an input all of whose slopes are 0 tests nothing; it fails then (NotMeasurable).
        seed: of the random upstream gradient.

    Entries at a kink (|x| at 0, a tie of maxima), where no derivative exists, are left out as long as
    the gradient lies between the slopes to the left and to the right, or between gradients nearby.

    Raises GradCheckError that names the input, the worst entry and both values, and what is likely wrong;
    NotMeasurable where no entry of an input could be compared.

    >>> w = minigrad.randn(3, 2, requires_grad=True)
    >>> minigrad.check.gradcheck(lambda w: (w * w).sum(0), w)
    True
    """
    __tracebackhide__ = True
    report = examine(func, inputs, eps=eps, rtol=rtol, atol=atol, seed=seed, nondet_tol=nondet_tol,
                     fast_mode=fast_mode, time_limit=time_limit, progress=progress, strict=strict)
    if report.problem is None and not is_foreign(inputs):
        if check_undefined_grad:
            report.problem = undefined_as_zero(func, inputs, seed)
        if check_grad_dtypes and report.problem is None:
            report.problem = dtypes_kept(func, inputs)
    if raise_exception:
        report.raise_if_failed()
    return report.passed


@refuses(check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True, masked=False)
def gradgradcheck(func: Callable[..., Any], inputs: Tensor | Sequence[Any],
                  grad_outputs: Tensor | Sequence[Tensor] | None = None, *, eps: float | None = None,
                  atol: float | None = None, rtol: float = 1e-5, gen_non_contig_grad_outputs: bool = False,
                  raise_exception: bool = True, nondet_tol: float = NONDETERMINISM,
                  check_undefined_grad: bool = True, check_grad_dtypes: bool = False, fast_mode: bool = False,
                  time_limit: float | None = None, progress: bool | None = None, strict: bool = False,
                  seed: int = 0) -> bool:
    """Check second derivatives: ``gradcheck`` of the gradients of func, as a function of the inputs and of
    the upstream gradients (random ones, unless ``grad_outputs`` gives them).

    ``gen_non_contig_grad_outputs``: the random ones are not contiguous in memory. All else as in
    ``gradcheck``.

    >>> x = minigrad.randn(4, requires_grad=True)
    >>> minigrad.check.gradgradcheck(lambda x: x.tanh(), x)
    True
    """
    __tracebackhide__ = True
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    count = len(given)
    seeds = _upstream(func, given, grad_outputs, seed, gen_non_contig_grad_outputs)

    def gradients(*args: Any) -> list[Tensor]:
        points, upstream = args[:count], args[count:]
        wanted = [x for x in points if isinstance(x, Tensor) and x.requires_grad]
        pairs = [(y, v) for y, v in zip(floating_outputs(func(*points)), upstream) if y.requires_grad]
        found = grad([y for y, _ in pairs], wanted, [v for _, v in pairs], create_graph=True,
                     allow_unused=True) if pairs else ()
        connected = [g for g in found if g is not None]
        if not connected:
            raise CannotCheck("no_gradient", "the outputs do not depend on any input: there is no gradient "
                              "to differentiate again.")
        return connected

    everything = [*given, *seeds]
    names = parameter_names(func, count) + [f"upstream gradient {i}" for i in range(len(seeds))]
    report = examine(gradients, everything, eps=eps, rtol=rtol, atol=atol, seed=seed, names=names,
                     nondet_tol=nondet_tol, fast_mode=fast_mode, time_limit=time_limit, progress=progress,
                     strict=strict)
    if report.problem is None and check_undefined_grad:
        report.problem = undefined_as_zero(gradients, everything, seed)
    if report.problem is None and check_grad_dtypes:
        report.problem = dtypes_kept(func, inputs)
    report.name, report.prefix = called(func), "second derivative: "
    if raise_exception:
        report.raise_if_failed()
    return report.passed


def _upstream(func: Callable[..., Any], given: list[Any], grad_outputs: Tensor | Sequence[Tensor] | None,
              seed: int, strided: bool) -> list[Tensor]:
    """The upstream gradients of func as inputs that require gradients."""
    if grad_outputs is None:
        with enable_grad():
            outputs = floating_outputs(func(*[x.detach().to(dtype="float64") if isinstance(x, Tensor)
                                              and x.is_floating_point() else x for x in given]))
        values = cotangents([to_numpy(y._array) for y in outputs], seed + 1)
        if strided:
            values = [np.repeat(v[..., None], 2, -1)[..., 0] for v in values]
        seeds = [wrap(move(v, y.device)) for y, v in zip(outputs, values)]
    else:
        several = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
        seeds = [v.detach() for v in several]
    for v in seeds:
        v.requires_grad = True
    return seeds
