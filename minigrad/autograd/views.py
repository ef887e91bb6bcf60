"""Views: tensors that show the memory of another one, and how they follow it through a change in place.

In a graph nothing ever changes: a node is one operation, done once. A change in place, ``y *= 3`` or
``y[0] = v``, is therefore an operation like any other, y′ = y with a part replaced. Its result goes into the
same memory and takes over the name: ``y.grad_fn`` becomes the new node, and what was computed from the old y
keeps its edge to the old node (``ops.inplace`` does this).

What about a view that was taken before, ``v = y[:2]``? It shows the new entries, so its gradient has to
go to y′. Each view remembers its base, the tensor whose memory it shows, and the operations that lead
from there to it:

    v = y.T[1:]         base: y     operations: Permute, Index

After a change of the base, or of any of its views, these are simply done again from the new y, and give v
the ``grad_fn`` that it now has. As in PyTorch, this waits until somebody asks: at the change the views are
only marked as out of date, by making them instances of ``StaleView``, whose ``grad_fn`` is a property.
So the engine pays nothing for views: an ordinary tensor's ``grad_fn`` is an ordinary slot.

Hooks stay with the node where they were registered, and so see the gradient of the entries before the
change; ``retain_grad`` follows its tensor, again as in PyTorch.
"""
from __future__ import annotations

import copy
from typing import Any, Iterable
from weakref import ref

from ..backend.arrays import Array
from ..errors import GraphError
from .hooks import move_retained
from .mode import enable_grad, mode
from .node import Node, clock
from .saved import overwritten
from .source import Position
from .tensor import Tensor

# The version of a piece of memory is a list, which all tensors that show the memory share:
#
#     [when it was last changed in place (0: never), where, weak references to its views …]
#
# Every tensor begins with [0], for a new list costs less than any object with names.

#: Of a view: the last operation, the base (None: a recorded one, but taken under no_grad), and the View
#: of the view that it was taken of, or None.
View = tuple[Any, "Tensor | None", Any]


def shares(out: Array, source: Array) -> bool:
    """Whether ``out`` is ``source`` or a view of its memory, told from their bases alone."""
    base = out.base
    return base is source or out is source or base is not None and base is getattr(source, "base", None)


def share_version(view: Tensor, op: Node, source: Any, recording: bool) -> None:
    """If the result of ``op`` shows the memory of ``source``, a change of one is a change of both."""
    if not isinstance(source, Tensor) or \
            view._array.base is not source._array and not shares(view._array, source._array):
        return
    view._version = version = source._version
    above = source._view
    if above is not None:
        view._view = (op, above[1], above)
    else:
        view._view = (op, source if recording or not source._requires_grad else None, None)
    size = len(version)
    if size == 1:
        version.append(None)
    elif size >= 64 and not size & (size - 1):      # at 64, 128, … entries: forget views that are gone
        version[2:] = [r for r in version[2:] if r() is not None]
    version.append(ref(view))


def origin(x: Tensor) -> tuple[Tensor | None, list[Any]]:
    """The base whose memory x shows, and the operations that lead from there to x; of no view: x itself, [].

    None for the base of a view of a recorded tensor that was taken under ``no_grad``.
    """
    link: View | None = x._view
    if link is None:
        return x, []
    base, operations = link[1], []
    while link is not None:
        operations.append(link[0])
        link = link[2]
    return base, operations[::-1]


def replayed(operations: list[Any], x: Any) -> Any:
    """The operations done once more from x, an array or a Tensor."""
    for op in operations:
        again = copy.copy(op)
        if hasattr(again, "order"):
            del again.order                         # it is in no graph yet
        x = again(x)
    return x


def changed(tensors: Iterable[Tensor], where: Position | None = None, recorded: bool = False) -> None:
    """Note when and where memory was changed: for operations that saved the old entries, and for views."""
    now = clock.last_change = clock.tick()
    for x in tensors:
        version = x._version
        version[0] = now
        size = len(version)
        if size > 1:
            version[1] = where
            if size > 2:
                version[2:] = [r for r in version[2:] if not _outdated(r(), recorded)]
        elif where is not None:
            version.append(where)


def _outdated(view: Tensor | None, recorded: bool) -> bool:
    """Mark a view that has to be derived again, and drop what is gone; False for views that stay right."""
    if view is None:
        return True
    if view.grad_fn is None and not recorded:
        return False                                # numbers alone: nothing to derive
    if type(view) is Tensor:
        view.__class__ = StaleView
    return True


class StaleView(Tensor):
    """A view whose memory was changed: asked for its place in the graph, it is first brought up to date."""

    __slots__ = ()

    @property
    def grad_fn(self) -> Node | None:  # type: ignore[override]
        if self._view is not None and self._view[1] is None:
            return None
        self.__class__ = Tensor  # type: ignore[assignment]
        _derive(self)
        return self.grad_fn

    @property
    def _requires_grad(self) -> bool:  # type: ignore[override]
        base = origin(self)[0]
        if base is self:                            # its data was exchanged
            self.__class__ = Tensor  # type: ignore[assignment]
            return self._requires_grad
        if base is None and mode.grad:
            raise GraphError(
                "view: this view was taken under no_grad(), and its base was changed in place since, as part "
                "of a graph. Nobody can tell whether the view belongs to that graph: take it again outside "
                "of no_grad(), or detach it: v.detach().")
        return base is not None and (base._requires_grad or _own_flag(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        self.__class__ = Tensor  # type: ignore[assignment]
        return self.__reduce_ex__(protocol)


_own_flag = vars(Tensor)["_requires_grad"].__get__         # the slot itself, behind the property


def replaced(x: Tensor, node: Node) -> None:
    """x is the result of ``node`` now, which has been written into the memory of x."""
    _continue_as(x, node)
    changed((x,), node.position, recorded=True)
    if not overwritten(node):                   # else it saved what is now gone: backward says so
        node.order = clock.tick()
    node.version = x._version


def _continue_as(x: Tensor, node: Node) -> None:
    move_retained(x, x.grad_fn, node)
    x.grad_fn, x._requires_grad = node, True


def _derive(view: Tensor) -> None:
    """Give the view the node that leads to it from its base as it is now."""
    base, operations = origin(view)
    if base is not view:
        with enable_grad():
            node = replayed(operations, base).grad_fn
        if node is not None:
            node.position = getattr(operations[-1], "position", node.position)
            _continue_as(view, node)
        view._version.append(ref(view))


setattr(Tensor, "_changed_in_place", lambda x, where=None: changed((x,), where))
