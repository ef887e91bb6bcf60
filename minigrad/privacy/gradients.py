"""The gradients of single examples: their lengths, and their sum with each cut to a length.

A layer sees T rows of each example: x (N, T, K), and g = ∂L/∂y (N, T, O). The gradient of example n is

    Gₙ = Σ_t g[n, t]ᵀ x[n, t]                                   (O, K)

A linear layer has T = 1; a convolution has a row for each window. N such gradients would take N times the
memory of the weights. But clipping needs only their lengths, and one sum with the factors c:

    ‖Gₙ‖ = ‖g[n]‖ · ‖x[n]‖ for T = 1,   ‖Gₙ‖² = Σ_st ⟨x[n, s], x[n, t]⟩ ⟨g[n, s], g[n, t]⟩ in general
    Σ_n cₙ Gₙ = Σ_n,t (cₙ g[n, t])ᵀ x[n, t]                     one product of matrices

Goodfellow, "Efficient Per-Example Gradient Computations" (2015); Li et al., "Large Language Models Can Be
Strong Differentially Private Learners" (2022); Bu et al., "Differentially Private Optimization on Large Model
at Small Cost" (2023). One backward pass is enough.
"""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

from ..autograd import Tensor, enable_grad, grad, no_grad
from ..errors import GraphError, RangeError, ShapeError
from ..nn import Conv2d, Linear, Module
from ..nn.normalization import BatchNorm
from ..ops.create import zeros, zeros_like
from ..ops.join import cat
from ..ops.unfold import unfold

Criterion = Callable[[Tensor, Any], Tensor]
BLOCK = 2 ** 22                 # numbers that a block of gradients may have
TINY = 1e-6                     # added to a norm before it divides, as Opacus does


class Rows(NamedTuple):
    """What one layer saw of a batch: x (N, T, K) and g (N, T, O)."""

    layer: Module
    x: Tensor
    g: Tensor

    def squares(self) -> Tensor:
        """‖∂Lₙ/∂weight‖² + ‖∂Lₙ/∂bias‖² of each example, (N,)."""
        total = zeros(len(self.x), dtype=self.x.dtype, device=self.x.device)
        if learns(self.layer.weight):
            total = total + self._weight_squares()
        if learns(self.layer.bias):
            total = total + self.g.sum(1).square().sum(1)
        return total

    def _weight_squares(self) -> Tensor:
        """The cheapest of three ways to ‖Gₙ‖², (N,)."""
        (n, t, k), o = self.x.shape, self.g.shape[2]
        if t == 1:
            return self.x.square().sum((1, 2)) * self.g.square().sum((1, 2))
        if t * (k + o) < k * o:                                 # (N, T, T) is less work than (N, O, K)
            return ((self.x @ self.x.mT) * (self.g @ self.g.mT)).sum((1, 2))
        size = max(1, BLOCK // (k * o))                         # a block of gradients, then the next
        return cat([(self.g[i:i + size].mT @ self.x[i:i + size]).square().sum((1, 2))
                    for i in range(0, n, size)])

    def add(self, factors: Tensor) -> None:
        """Add Σ_n cₙ ∂Lₙ/∂θ to the gradients of weight and bias."""
        g = self.g * factors.reshape(-1, 1, 1)
        if learns(self.layer.weight):
            weight = g.flatten(0, 1).T @ self.x.flatten(0, 1)   # (O, K)
            accumulate(self.layer.weight, weight.reshape(self.layer.weight.shape))
        if learns(self.layer.bias):
            accumulate(self.layer.bias, g.sum((0, 1)))


def per_example_norms(model: Module, criterion: Criterion, input: Tensor, target: Any) -> Tensor:
    """‖∂Lₙ/∂θ‖ for each example of a batch, (N,), over all parameters; ``.grad`` stays as it is.

    For the arguments, and what is refused, see ``clipped_backward``.

    >>> from minigrad import nn, privacy
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> x = minigrad.tensor([[3.0, 4.0], [6.0, 8.0]])
    >>> privacy.per_example_norms(layer, lambda y, target: y[:, 0], x, None)      # ‖x‖ · 1
    tensor([ 5., 10.])
    """
    rows = _rows(model, criterion, input, target)
    with no_grad():
        return _norms(rows, input)


def clipped_backward(model: Module, criterion: Criterion, input: Tensor, target: Any,
                     max_grad_norm: float) -> Tensor:
    """Add Σ_n min(1, C / ‖∂Lₙ/∂θ‖) · ∂Lₙ/∂θ to ``.grad``, C = ``max_grad_norm``; the norms before, (N,).

    Whatever an example is, it changes that sum by C at most. That is what noise can then hide.

    Args:
        model: whose parameters are all those of Linear and Conv2d, each of which runs once.
        criterion: gives a loss for each example, (N,): ``nn.CrossEntropyLoss(reduction="none")``.
        input: (N, …). An empty batch, which random sampling may give, has the sum 0.
        target: for ``criterion``.

    Raises GraphError for a model in which examples mix (BatchNorm), or with other parameters; ShapeError if
    there isn't a loss for each example; RangeError if C isn't positive. What mixes examples without a layer,
    as ``x - x.mean(0)`` does, is not seen: then nothing is guaranteed.

    >>> from minigrad import nn, privacy
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> x = minigrad.tensor([[3.0, 4.0], [0.3, 0.4]])
    >>> norms = privacy.clipped_backward(layer, lambda y, target: y[:, 0], x, None, max_grad_norm=1.0)
    >>> norms, layer.weight.grad
    (tensor([5.0000, 0.5000]), tensor([[0.9000, 1.2000]]))
    """
    if not max_grad_norm > 0:
        raise RangeError(f"clipped_backward: max_grad_norm must be positive, got {max_grad_norm}.")
    rows = _rows(model, criterion, input, target)
    with no_grad():
        norms = _norms(rows, input)
        factors = (max_grad_norm / (norms + TINY)).clamp(max=1.0)
        for each in rows:
            each.add(factors)
    return norms


def learns(parameter: Tensor | None) -> bool:
    """Whether there is a parameter, and it isn't frozen."""
    return parameter is not None and parameter.requires_grad


def versions(x: Tensor, output: Tensor) -> tuple[int, int]:
    """How often each was changed in place."""
    return x._version[0], output._version[0]


def accumulate(parameter: Tensor, gradient: Tensor) -> None:
    """Add to ``.grad``, as backward does."""
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient


def _norms(rows: list[Rows], input: Tensor) -> Tensor:
    """‖∂Lₙ/∂θ‖, (N,), over all layers."""
    total = zeros(len(input), device=input.device)
    for each in rows:
        total = total + each.squares()
    return total.sqrt()


def _rows(model: Module, criterion: Criterion, input: Tensor, target: Any) -> list[Rows]:
    """One pass forward and one back: what each layer saw."""
    layers = _layers(model)
    if len(input) == 0:
        for parameter in filter(learns, model.parameters()):
            accumulate(parameter, zeros_like(parameter))
        return []
    seen: dict[int, tuple[Module, Tensor, Tensor, tuple[int, int]]] = {}

    def note(layer: Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        if id(layer) in seen:
            raise GraphError(f"privacy: the layer {layers[id(layer)]} runs twice in one pass. Its gradient "
                             "has two parts, whose lengths don't say how long their sum is. Use two layers.")
        seen[id(layer)] = layer, arguments[0], output, versions(arguments[0], output)

    found = {id(module): module for module in model.modules()}
    handles = [found[key].register_forward_hook(note) for key in layers]
    try:
        with enable_grad():
            losses = criterion(model(input), target)
    finally:
        for handle in handles:
            handle.remove()
    if losses.shape != (len(input),):
        raise ShapeError(f"privacy: expected a loss for each example, shape ({len(input)},), got "
                         f"{tuple(losses.shape)}. Give the loss reduction='none'.")
    for key, name in layers.items():
        if key not in seen:
            raise GraphError(f"privacy: the layer {name} did not run, so the gradients of its parameters "
                             "aren't known. Call the layer itself, or freeze it.")
    for layer, x, output, before in seen.values():
        if versions(x, output) != before:
            raise GraphError(f"privacy: what {layers[id(layer)]} took or returned was changed in place. Use "
                             "inplace=False.")
    slopes = grad(losses.sum(), [output for _, _, output, _ in seen.values()], allow_unused=True)
    with no_grad():
        return [_as_rows(layer, x.detach(), slope) for (layer, x, _, _), slope in zip(seen.values(), slopes)
                if slope is not None]


def _layers(model: Module) -> dict[int, str]:
    """The layers that learn, by id, and their names; GraphError for what has no formula here."""
    found: dict[int, str] = {}
    known: set[int] = set()
    for name, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if learns(p)]
        if isinstance(module, BatchNorm):
            raise GraphError(f"privacy: {name or 'the model'} is a {type(module).__name__}, whose mean mixes "
                             "the examples: there is no gradient of a single one. Use nn.GroupNorm without "
                             "parameters (affine=False), or none.")
        if not own:
            continue
        plain = type(module) is Linear or type(module) is Conv2d and module.groups == 1 \
            and module.padding_mode == "zeros" and not isinstance(module.padding, str)
        if not plain:
            raise GraphError(f"privacy: {name or 'the model'} ({type(module).__name__}) has parameters, and "
                             "there is a formula only for Linear, and for Conv2d with groups=1 and zeros as "
                             "padding. Freeze it: requires_grad_(False).")
        if known & set(map(id, own)):
            raise GraphError(f"privacy: {name} shares a parameter with another layer. Use two.")
        known |= set(map(id, own))
        found[id(module)] = name or "itself"
    return found


def _as_rows(layer: Module, x: Tensor, g: Tensor) -> Rows:
    """Linear: (N, …, K) and (N, …, O); Conv2d: a row for each window. As (N, T, K) and (N, T, O)."""
    if isinstance(layer, Conv2d):
        columns = unfold(x, layer.kernel_size, layer.dilation, layer.padding, layer.stride)     # (N, K, T)
        return Rows(layer, columns.mT, g.flatten(2).mT)
    n = len(x)
    return Rows(layer, x.reshape(n, -1, x.shape[-1]), g.reshape(n, -1, g.shape[-1]))
