"""Pruning: weights set to 0 by a mask that stays.

What was module.weight becomes the parameter module.weight_orig, the mask the buffer weight_mask, and before
every call weight = weight_orig · weight_mask. ``remove`` makes the pruned weight an ordinary parameter again.
"""
from __future__ import annotations

import math
from typing import Any, Iterable

import numpy as np

from ...autograd import Tensor
from ...autograd.tensor import wrap
from ...backend.arrays import device_of, to_numpy
from ...backend.random import generator_of
from ...errors import RangeError, ShapeError
from ...ops.convert import to
from ..module import Module


class BasePruningMethod:
    """A way to choose what is pruned: derive from it and write ``compute_mask``.

    PRUNING_TYPE: "unstructured" (single entries), "structured" (whole slices) or "global" (across
    parameters).

    >>> class Small(minigrad.nn.utils.prune.BasePruningMethod):
    ...     PRUNING_TYPE = "unstructured"
    ...     def compute_mask(self, t, default_mask):
    ...         return default_mask * (t.abs() > 0.5)
    >>> layer = minigrad.nn.Linear(2, 1)
    >>> minigrad.nn.init.constant_(layer.weight, 0.1).shape, Small.apply(layer, "weight").PRUNING_TYPE
    ((1, 2), 'unstructured')
    >>> layer.weight.tolist()
    [[0.0, 0.0]]
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name = ""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """1 for what stays and 0 for what is pruned, in the shape of t; ``default_mask`` is the mask so
        far."""
        raise NotImplementedError(f"{type(self).__name__} has no compute_mask: define compute_mask(self, t, "
                                  "default_mask).")

    def apply_mask(self, module: Module) -> Tensor:
        """weight_orig · weight_mask."""
        name = self._tensor_name
        mask = getattr(module, f"{name}_mask")
        original = getattr(module, f"{name}_orig")
        return original * mask.to(original.dtype)

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @classmethod
    def apply(cls, module: Module, name: str, *args: Any, importance_scores: Any = None,
              **kwargs: Any) -> BasePruningMethod:
        """Prune module.<name>; a further pruning chooses among what is left. Returns the method."""
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        scores = getattr(module, name).detach() if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(getattr(module, name).shape):
            raise ShapeError(f"prune: importance_scores must be {tuple(getattr(module, name).shape)}, but "
                             f"they are {tuple(scores.shape)}.")
        before = _hook_of(module, name)
        if before is None:
            original = module._parameters.pop(name)
            assert original is not None
            module.register_parameter(f"{name}_orig", original)
            mask = wrap(np.ones(tuple(original.shape), original.dtype)).to(original.device)
        else:
            mask = getattr(module, f"{name}_mask")
            key, old = before
            del module._forward_pre_hooks[key]
            container = old if isinstance(old, PruningContainer) else PruningContainer(old)
            container.add_pruning_method(method)
            method = container
        module.register_buffer(f"{name}_mask", method.compute_mask(scores, mask).to(mask.dtype))
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None,
              importance_scores: Tensor | None = None) -> Tensor:
        """A tensor pruned by this method."""
        ones = wrap(np.ones(tuple(t.shape), t.dtype))
        mask = self.compute_mask(t if importance_scores is None else importance_scores,
                                 ones if default_mask is None else default_mask)
        return t * mask.to(t.dtype)

    def remove(self, module: Module) -> None:
        """Make the pruned weight an ordinary parameter; the hook is the caller's to remove."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        original = module._parameters.pop(f"{name}_orig")
        del module._buffers[f"{name}_mask"]
        module.__dict__.pop(name, None)
        assert original is not None
        original.data = weight.detach()
        module.register_parameter(name, original)


def _hook_of(module: Module, name: str) -> tuple[int, BasePruningMethod] | None:
    """The pruning of one tensor, with its key among the hooks."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return key, hook
    return None


class PruningContainer(BasePruningMethod):
    """Several prunings of one tensor, one after the other.

    >>> layer = minigrad.nn.utils.prune.l1_unstructured(minigrad.nn.Linear(4, 4), "weight", 4)
    >>> layer = minigrad.nn.utils.prune.l1_unstructured(layer, "weight", 4)
    >>> len(list(layer._forward_pre_hooks.values())[0]), int(layer.weight_mask.sum().item())
    (2, 8)
    """

    def __init__(self, *methods: BasePruningMethod) -> None:
        self._pruning_methods = list(methods)
        self._tensor_name = methods[0]._tensor_name if methods else ""

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add one that works on what the others left."""
        self._pruning_methods.append(method)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Any:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The last method's choice among the entries (or slices) that the mask so far keeps."""
        method, mask = self._pruning_methods[-1], default_mask.clone()
        kept = to_numpy(mask._array) == 1
        if method.PRUNING_TYPE == "structured":
            dim = getattr(method, "dim", 0) % t.ndim
            kept = kept.any(tuple(d for d in range(t.ndim) if d != dim))
            index: Any = (slice(None),) * dim + (np.flatnonzero(kept),)
        else:
            index = kept
        mask[index] = method.compute_mask(t[index], mask[index]).to(mask.dtype)
        return mask


def _count(amount: float, size: int) -> int:
    """How many of ``size`` to prune: a share in [0, 1], or an int. Raises RangeError for another amount."""
    whole = isinstance(amount, int) and not isinstance(amount, bool)
    if not 0 <= amount <= (size if whole else 1) or math.isnan(amount):
        raise RangeError(f"prune: amount must be an int in [0, {size}] or a share in [0, 1], got {amount}.")
    return int(amount) if whole else round(amount * size)


def _without(default_mask: Tensor, places: Any, dim: int | None = None) -> Tensor:
    """The mask with 0 at some flat places, or at slices along ``dim``."""
    mask = to_numpy(default_mask._array).copy()
    if dim is None:
        mask.reshape(-1)[places] = 0
    else:
        mask[(slice(None),) * (dim % mask.ndim) + (places,)] = 0
    return to(wrap(mask), device_of(default_mask._array))


class Identity(BasePruningMethod):
    """Prunes nothing: the mask is all ones.

    >>> minigrad.nn.utils.prune.Identity().prune(minigrad.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Prunes ``amount`` entries (a share, or an int) at random.

    >>> minigrad.nn.utils.prune.RandomUnstructured(0.5).prune(minigrad.ones(10)).sum()
    tensor(5.)
    """

    def __init__(self, amount: float) -> None:
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = _count(self.amount, t.numel())
        return _without(default_mask, generator_of(None).permutation(t.numel())[:count])


class L1Unstructured(BasePruningMethod):
    """Prunes the ``amount`` entries (a share, or an int) of the smallest size.

    >>> minigrad.nn.utils.prune.L1Unstructured(1).prune(minigrad.tensor([3.0, -1.0, 2.0]))
    tensor([ 3., -0.,  2.])
    """

    def __init__(self, amount: float) -> None:
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        size = abs(to_numpy(t.detach()._array)).reshape(-1)
        return _without(default_mask, np.argsort(size, kind="stable")[:_count(self.amount, t.numel())])


class RandomStructured(BasePruningMethod):
    """Prunes ``amount`` slices along ``dim`` at random.

    >>> minigrad.nn.utils.prune.RandomStructured(1, dim=0).prune(minigrad.ones(3, 2)).sum()
    tensor(4.)
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        self.amount, self.dim = amount, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        size = t.shape[self.dim]
        return _without(default_mask, generator_of(None).permutation(size)[:_count(self.amount, size)],
                        self.dim)


class LnStructured(BasePruningMethod):
    """Prunes the ``amount`` slices along ``dim`` of the smallest Ln norm.

    >>> minigrad.nn.utils.prune.LnStructured(1, n=2, dim=0).prune(minigrad.tensor([[3.0, 4.0], [1.0, 1.0]]))
    tensor([[3., 4.],
            [0., 0.]])
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        slices = np.moveaxis(to_numpy(t.detach()._array), self.dim, 0).reshape(t.shape[self.dim], -1)
        length = np.linalg.norm(slices, 2 if self.n == "fro" else self.n, axis=1)
        return _without(default_mask, np.argsort(length, kind="stable")[:_count(self.amount, len(length))],
                        self.dim)


class CustomFromMask(BasePruningMethod):
    """Prunes where a mask of your own is 0.

    >>> minigrad.nn.utils.prune.CustomFromMask(minigrad.tensor([1, 0])).prune(minigrad.tensor([3.0, 4.0]))
    tensor([3., 0.])
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask * self.mask.to(default_mask.dtype)


def identity(module: Module, name: str) -> Module:
    """The names of pruning, without pruning anything; returns the module.

    >>> [key for key in minigrad.nn.utils.prune.identity(minigrad.nn.Linear(2, 2), "weight").state_dict()]
    ['bias', 'weight_orig', 'weight_mask']
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prune ``amount`` entries (a share, or an int) of module.<name> at random; returns the module.

    Raises RangeError for another amount.

    >>> layer = minigrad.nn.utils.prune.random_unstructured(minigrad.nn.Linear(4, 4), "weight", 0.25)
    >>> layer.weight_mask.sum()
    tensor(12.)
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Any = None) -> Module:
    """Prune the ``amount`` entries (a share, or an int) of the smallest size; returns the module.

    ``importance_scores`` decide instead of the sizes. Raises RangeError for another amount.

    >>> layer = minigrad.nn.utils.prune.l1_unstructured(minigrad.nn.Linear(4, 4), "weight", 3)
    >>> layer.weight_mask.sum()
    tensor(13.)
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prune ``amount`` slices along ``dim`` at random; returns the module. Raises RangeError for another
    amount.

    >>> layer = minigrad.nn.utils.prune.random_structured(minigrad.nn.Linear(4, 4), "weight", 1, dim=0)
    >>> layer.weight_mask.sum()
    tensor(12.)
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Module, name: str, amount: float, n: Any, dim: int,
                  importance_scores: Any = None) -> Module:
    """Prune the ``amount`` slices along ``dim`` of the smallest Ln norm; returns the module.

    Raises RangeError for another amount.

    >>> layer = minigrad.nn.utils.prune.ln_structured(minigrad.nn.Linear(4, 4), "weight", 0.5, n=2, dim=0)
    >>> layer.weight_mask.sum()
    tensor(8.)
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune where ``mask`` is 0; returns the module.

    >>> layer = minigrad.nn.Linear(2, 1)
    >>> minigrad.nn.utils.prune.custom_from_mask(layer, "weight", minigrad.tensor([[1, 0]])).weight_mask
    tensor([[1., 0.]])
    """
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters: Iterable[tuple[Module, str]], pruning_method: Any,
                        importance_scores: Any = None, **kwargs: Any) -> None:
    """Prune entries of several parameters, chosen among all of them together.

    ``pruning_method``: such as ``L1Unstructured``, made with ``kwargs``. Raises TypeError unless it is
    unstructured.

    >>> a, b = minigrad.nn.Linear(2, 2), minigrad.nn.Linear(2, 2)
    >>> prune = minigrad.nn.utils.prune
    >>> prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=3)
    >>> (a.weight_mask.sum() + b.weight_mask.sum()).item()
    5.0
    """
    pairs, scores = list(parameters), importance_scores or {}
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(f"global_unstructured: {type(method).__name__} is {method.PRUNING_TYPE}; only an "
                        "unstructured method can choose among several parameters.")
    tensors = [getattr(module, name) for module, name in pairs]
    masks = [getattr(module, f"{name}_mask", wrap(np.ones(tuple(t.shape), t.dtype)).to(t.device))
             for (module, name), t in zip(pairs, tensors)]
    flat = wrap(np.concatenate([to_numpy(scores.get(pair, t).detach()._array).reshape(-1)
                                for pair, t in zip(pairs, tensors)]))
    container = PruningContainer(method)
    whole = wrap(np.concatenate([to_numpy(m._array).reshape(-1) for m in masks]))
    final, start = to_numpy(container.compute_mask(flat, whole)._array), 0
    for (module, name), t in zip(pairs, tensors):
        mask = wrap(final[start:start + t.numel()].reshape(tuple(t.shape))).to(t.device)
        custom_from_mask(module, name, mask)
        start += t.numel()


def remove(module: Module, name: str) -> Module:
    """Make the pruned weight an ordinary parameter again; returns the module. Raises ValueError if it isn't
    pruned.

    >>> layer = minigrad.nn.utils.prune.l1_unstructured(minigrad.nn.Linear(2, 2), "weight", 2)
    >>> [key for key in minigrad.nn.utils.prune.remove(layer, "weight").state_dict()]
    ['bias', 'weight']
    """
    found = _hook_of(module, name)
    if found is None:
        raise ValueError(f"prune.remove: {name!r} of {type(module).__name__} isn't pruned.")
    found[1].remove(module)
    del module._forward_pre_hooks[found[0]]
    return module


def is_pruned(module: Module) -> bool:
    """Whether a tensor of the module, or of one below it, is pruned.

    >>> minigrad.nn.utils.prune.is_pruned(minigrad.nn.Linear(2, 2))
    False
    """
    return any(isinstance(hook, BasePruningMethod)
               for m in module.modules() for hook in m._forward_pre_hooks.values())
