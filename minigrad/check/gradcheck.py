"""``gradcheck`` and ``gradgradcheck``, used as PyTorch's."""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..autograd import Tensor, enable_grad, grad
from ..autograd.tensor import wrap
from ..backend.arrays import move
from ..errors import GradCheckError
from .compare import Comparison, compare, cotangents, floating_outputs, parameter_names


def gradcheck(f: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float | None = None,
              rtol: float = 1e-5, atol: float = 1e-7, seed: int = 0,
              raise_exception: bool = True) -> bool:
    """Check the gradients of f against measured slopes (central differences), in float64.

    Args:
        f: takes the inputs, returns a tensor or several; must give the same result for the same inputs.
        inputs: a tensor or a sequence; every tensor with requires_grad is checked. Inputs of another
            floating dtype are checked as float64 copies.
        eps: the step; by default 6·10⁻⁶, relative to entries above 1.
        rtol, atol: |analytic − numeric| ≤ atol + rtol · |numeric| is accepted.
        seed: of the random upstream gradient.
        raise_exception: False returns False in place of raising.

    Entries at a kink (|x| at 0, a tie of maxima), where no derivative exists, are left out as long as
    the gradient is one of the slopes between left and right.

    Raises GradCheckError that names the input, the worst entry and both values.

    >>> import minigrad
    >>> w = minigrad.randn(3, 2, requires_grad=True)
    >>> minigrad.check.gradcheck(lambda w: (w * w).sum(0), w)
    True
    """
    return _verdict(f, compare(f, inputs, eps=eps, rtol=rtol, atol=atol, seed=seed), raise_exception)


def gradgradcheck(f: Callable[..., Any], inputs: Tensor | Sequence[Any],
                  grad_outputs: Tensor | Sequence[Tensor] | None = None, *, eps: float | None = None,
                  rtol: float = 1e-5, atol: float = 1e-7, seed: int = 0,
                  raise_exception: bool = True) -> bool:
    """Check second derivatives: ``gradcheck`` of the gradients of f, as a function of the inputs and of
    the upstream gradients (random ones, unless ``grad_outputs`` gives them).

    >>> import minigrad
    >>> x = minigrad.randn(4, requires_grad=True)
    >>> minigrad.check.gradgradcheck(lambda x: x.tanh(), x)
    True
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    count = len(given)
    if grad_outputs is None:
        with enable_grad():
            outputs = floating_outputs(f(*[x.detach().to(dtype="float64") if isinstance(x, Tensor)
                                           and x.is_floating_point() else x for x in given]))
        seeds = [wrap(move(v, y.device)) for y, v in zip(outputs, cotangents(outputs, seed + 1))]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
        seeds = [v.detach() for v in seeds]
    for v in seeds:
        v.requires_grad = True

    def gradients(*args: Any) -> list[Tensor]:
        points, upstream = args[:count], args[count:]
        wanted = [x for x in points if isinstance(x, Tensor) and x.requires_grad]
        pairs = [(y, v) for y, v in zip(floating_outputs(f(*points)), upstream) if y.requires_grad]
        found = grad([y for y, _ in pairs], wanted, [v for _, v in pairs], create_graph=True,
                     allow_unused=True)
        return [g for g in found if g is not None]

    names = parameter_names(f, count) + [f"upstream gradient {i}" for i in range(len(seeds))]
    results = compare(gradients, [*given, *seeds], eps=eps, rtol=rtol, atol=atol, seed=seed, names=names)
    return _verdict(f, results, raise_exception, "second derivative: ")


def _verdict(f: Callable[..., Any], results: list[Comparison], raise_exception: bool,
             prefix: str = "") -> bool:
    """True, or the first failure as an error or as False. The seam for more talkative reports."""
    failed = [r for r in results if not r.passed]
    if failed and raise_exception:
        owner = getattr(f, "__self__", None)                            # of MyFunction.apply
        name = getattr(owner if isinstance(owner, type) else f, "__name__", type(f).__name__)
        raise GradCheckError(f"{prefix}{name}: {failed[0].describe()}")
    return not failed
