"""``gradcheck`` and ``gradgradcheck``, used as PyTorch's, and ``examine`` for those who want the report."""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..autograd import Tensor, enable_grad, grad
from ..autograd.tensor import wrap
from ..backend.arrays import move, to_numpy
from ..errors.options import refuses
from .compare import Comparison, compare_problem
from .diagnosis import CannotCheck
from .directions import directions_agree
from .problem import called, cotangents
from .report import Report
from .slopes import STEP
from .tensors import floating_outputs, parameter_names, problem_of

NONDETERMINISM = 1e-9       # two calls may add up in another order


def compare(f: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float | None = None,
            rtol: float = 1e-5, atol: float | None = None, seed: int = 0, names: Sequence[str] | None = None,
            nondet_tol: float = NONDETERMINISM) -> list[Comparison]:
    """Compare the gradient of every input that requires one; all is computed in float64.

    f's outputs are made one number, L = Σ v · f(inputs), with random v: with v = 1 a mistake would stay
    hidden wherever the outputs add up to a constant, as those of softmax do.

    Raises GraphError when no input requires a gradient, GradCheckError when f is not deterministic.

    >>> import minigrad
    >>> x = minigrad.tensor([3.0, 4.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x * x, x)
    >>> found.name, found.shape, found.passed
    ('x', (2,), True)
    """
    return compare_problem(problem_of(f, inputs, seed, names), eps, rtol, atol, nondet_tol)


def examine(f: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float | None = None,
            rtol: float = 1e-5, atol: float | None = None, seed: int = 0, names: Sequence[str] | None = None,
            nondet_tol: float = NONDETERMINISM) -> Report:
    """The ``Report`` of a gradient check: what ``gradcheck`` raises, as an object, and also when all is well.

    >>> import minigrad
    >>> x = minigrad.tensor([0.0, 2.0], requires_grad=True)
    >>> print(minigrad.check.examine(lambda x: x.relu(), x))
    <lambda>: the gradient of input 0 (x, shape (2,)) agrees in 1 entry
      1 entry at a kink, where no derivative exists, was left out
      (input 0 is float32; the check computed with a float64 copy)
    """
    try:
        problem = problem_of(f, inputs, seed, names)
        return Report(called(f), compare_problem(problem, eps, rtol, atol, nondet_tol), notes=problem.notes)
    except CannotCheck as error:
        return Report(called(f), [], error.diagnosis)


@refuses(check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
         check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True, masked=False)
def gradcheck(f: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float | None = None,
              atol: float | None = None, rtol: float = 1e-5, raise_exception: bool = True,
              nondet_tol: float = NONDETERMINISM, fast_mode: bool = False, seed: int = 0) -> bool:
    """Check the gradients of f against measured slopes (central differences), in float64.

    Args:
        f: takes the inputs, returns a tensor or several; must give the same result for the same inputs.
        inputs: a tensor or a sequence; every tensor with requires_grad is checked. Inputs of another
            floating dtype are checked as float64 copies; the message of a failure says so.
        eps: the first step; by default 6·10⁻⁶, relative to entries above 1. Entries that do not agree are
            measured again with many steps.
        rtol, atol: |analytic − numeric| ≤ atol + rtol · |numeric| is accepted. By default atol is 10⁻⁷, or
            less for an input all of whose slopes are small.
        raise_exception: False returns False in place of raising.
        nondet_tol: by how much two calls with the same inputs may differ.
        fast_mode: measure along two random directions of each input first, and entry by entry only if
            they do not agree. Two calls of f for each in place of two for every entry.
        seed: of the random upstream gradient.

    Entries at a kink (|x| at 0, a tie of maxima), where no derivative exists, are left out as long as
    the gradient is one of the slopes between left and right.

    Raises GradCheckError that names the input, the worst entry and both values, and what is likely wrong.

    >>> import minigrad
    >>> w = minigrad.randn(3, 2, requires_grad=True)
    >>> minigrad.check.gradcheck(lambda w: (w * w).sum(0), w)
    True
    """
    if fast_mode and _directions_agree(f, inputs, eps, rtol, atol, seed):
        return True
    report = examine(f, inputs, eps=eps, rtol=rtol, atol=atol, seed=seed, nondet_tol=nondet_tol)
    if raise_exception:
        report.raise_if_failed()
    return report.passed


@refuses(gen_non_contig_grad_outputs=False, check_undefined_grad=True, check_grad_dtypes=False,
         check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True, masked=False)
def gradgradcheck(f: Callable[..., Any], inputs: Tensor | Sequence[Any],
                  grad_outputs: Tensor | Sequence[Tensor] | None = None, *, eps: float | None = None,
                  atol: float | None = None, rtol: float = 1e-5, raise_exception: bool = True,
                  nondet_tol: float = NONDETERMINISM, fast_mode: bool = False, seed: int = 0) -> bool:
    """Check second derivatives: ``gradcheck`` of the gradients of f, as a function of the inputs and of
    the upstream gradients (random ones, unless ``grad_outputs`` gives them).

    >>> import minigrad
    >>> x = minigrad.randn(4, requires_grad=True)
    >>> minigrad.check.gradgradcheck(lambda x: x.tanh(), x)
    True
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    count = len(given)
    seeds = _upstream(f, given, grad_outputs, seed)

    def gradients(*args: Any) -> list[Tensor]:
        points, upstream = args[:count], args[count:]
        wanted = [x for x in points if isinstance(x, Tensor) and x.requires_grad]
        pairs = [(y, v) for y, v in zip(floating_outputs(f(*points)), upstream) if y.requires_grad]
        found = grad([y for y, _ in pairs], wanted, [v for _, v in pairs], create_graph=True,
                     allow_unused=True) if pairs else ()
        connected = [g for g in found if g is not None]
        if not connected:
            raise CannotCheck("no_gradient", "the outputs do not depend on any input: there is no gradient "
                              "to differentiate again.")
        return connected

    everything = [*given, *seeds]
    if fast_mode and _directions_agree(gradients, everything, eps, rtol, atol, seed):
        return True
    names = parameter_names(f, count) + [f"upstream gradient {i}" for i in range(len(seeds))]
    report = examine(gradients, everything, eps=eps, rtol=rtol, atol=atol, seed=seed, names=names,
                     nondet_tol=nondet_tol)
    report.name, report.prefix = called(f), "second derivative: "
    if raise_exception:
        report.raise_if_failed()
    return report.passed


def _upstream(f: Callable[..., Any], given: list[Any], grad_outputs: Tensor | Sequence[Tensor] | None,
              seed: int) -> list[Tensor]:
    """The upstream gradients of f as inputs that require gradients."""
    if grad_outputs is None:
        with enable_grad():
            outputs = floating_outputs(f(*[x.detach().to(dtype="float64") if isinstance(x, Tensor)
                                           and x.is_floating_point() else x for x in given]))
        values = cotangents([to_numpy(y._array) for y in outputs], seed + 1)
        seeds = [wrap(move(v, y.device)) for y, v in zip(outputs, values)]
    else:
        several = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
        seeds = [v.detach() for v in several]
    for v in seeds:
        v.requires_grad = True
    return seeds


def _directions_agree(f: Callable[..., Any], inputs: Tensor | Sequence[Any], eps: float | None, rtol: float,
                      atol: float | None, seed: int) -> bool:
    """Whether the slopes along two random directions of every input are those of its gradient."""
    try:
        problem = problem_of(f, inputs, seed)
        return all(directions_agree(problem, i, a, eps or STEP, rtol, 1e-7 if atol is None else atol, seed)
                   for i, a in zip(problem.checked, problem.analytic))
    except CannotCheck:
        return False            # the full check says why
