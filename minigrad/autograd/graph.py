"""What an operation saves for its derivative, in other hands: on another device, packed, or not at all."""
from __future__ import annotations

from typing import Any, Callable, Iterator

from ..backend.arrays import is_array
from ..errors import GraphError
from .mode import mode
from .node import Node
from .tensor import Tensor, wrap
from .watch import Watcher, watching

__all__ = ["Node", "save_on_cpu", "saved_tensors_hooks"]


class Packed:
    """Stands for the arrays that an operation saved: they are unpacked when its derivative asks for them."""

    def __init__(self, arrays: tuple[Any, ...], pack: Callable[[Any], Any],
                 unpack: Callable[[Any], Any]) -> None:
        self.unpack = unpack
        self.parts = [(is_array(x), pack(wrap(x)) if is_array(x) else x) for x in arrays]

    def __iter__(self) -> Iterator[Any]:
        if mode.grad:
            raise GraphError("saved_tensors_hooks: what was packed has lost its place in the graph, so "
                             "create_graph=True cannot pass through it.")
        return iter([self._unpacked(part) if packed else part for packed, part in self.parts])

    def _unpacked(self, part: Any) -> Any:
        x = self.unpack(part)
        if not isinstance(x, Tensor):
            raise TypeError(f"saved_tensors_hooks: unpack must return a Tensor, got {type(x).__name__}.")
        return x._array

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, i: Any) -> Any:
        return tuple(self)[i]


class _Packing(Watcher):
    """Packs what each operation has saved, right after its forward pass."""

    def __init__(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.hooks, self.before = (pack, unpack), mode.watch
        self.busy = False                                   # hooks may compute, too

    def result(self, op: Any, out: Any, inputs: tuple[Any, ...]) -> None:
        """``op`` has computed ``out`` from ``inputs``."""
        if self.before is not None:
            self.before.result(op, out, inputs)
        if op.saved and not self.busy and any([edge is not None for edge in op.edges]):
            self.busy = True
            try:
                op.saved = Packed(op.saved, *self.hooks)
            finally:
                self.busy = False

    def gradient(self, op: Any, i: int, array: Any) -> None:
        """Handed on."""
        if self.before is not None:
            self.before.gradient(op, i, array)

    def contribution(self, op: Any, i: int, g: Any, part: Any, total: Any) -> None:
        """Handed on."""
        if self.before is not None:
            self.before.contribution(op, i, g, part, total)


class saved_tensors_hooks(watching):
    """Inside the block, ``pack`` gets each tensor that an operation saves; what it returns is kept instead.

    In backward, ``unpack`` makes the tensor of it again. There are no gradients of gradients through what was
    packed: GraphError.

    >>> x, sizes = minigrad.tensor([2.0, 3.0], requires_grad=True), []
    >>> with minigrad.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t):
    ...     y = (x * x).sum()
    >>> y.backward(); sizes, x.grad
    ([2, 2], tensor([4., 6.]))
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        super().__init__(_Packing(pack_hook, unpack_hook))

    def __enter__(self) -> None:
        self.value.before = mode.watch
        super().__enter__()


class save_on_cpu(saved_tensors_hooks):
    """Inside the block, what operations save waits in the host's memory until backward needs it.

    >>> x = minigrad.tensor([2.0, 3.0], requires_grad=True)
    >>> with minigrad.autograd.graph.save_on_cpu():
    ...     y = (x * x).sum()
    >>> y.backward(); x.grad
    tensor([4., 6.])
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: (x.device, x.cpu()), lambda kept: kept[1].to(kept[0]))
