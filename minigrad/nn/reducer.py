"""Gradients of all ranks, averaged while the backward pass goes on.

The parameters are dealt into buckets, the last ones first, because backward reaches them first. A bucket is
one flat array with a place for each of its parameters. When its last place is filled, it is sent; meanwhile
the walk computes the next gradients. All ranks send the buckets in the order of their numbers, whichever is
full first: messages are matched by their order.

A step sends len(buckets) + 2 messages. The first says how many samples there are; the last, how many ranks
have a gradient for each parameter.
"""
from __future__ import annotations

from collections import deque
from typing import Any, Callable, Iterable, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..autograd.node import clock
from ..autograd.watch import Follower
from ..backend.arrays import array_module
from ..distributed.work import Group, Work
from ..errors import GraphError


class Bucket:
    """Parameters whose gradients travel together, in one array."""

    def __init__(self, parameters: list[Tensor]) -> None:
        self.parameters = parameters
        sizes = [p.numel() for p in parameters]
        like = parameters[0]._array
        self.array = array_module(like).zeros(sum(sizes), like.dtype)
        parts = np.cumsum([0, *sizes])
        self.places = [self.array[a:b].reshape(tuple(p.shape))
                       for p, a, b in zip(parameters, parts, parts[1:])]
        self.missing, self.work = len(parameters), Work()


def deal(parameters: Iterable[Tensor], limit: float) -> list[Bucket]:
    """Buckets of up to ``limit`` bytes, and at least one parameter; the last parameters come first.

    >>> from minigrad.nn.reducer import deal
    >>> net = minigrad.nn.Sequential(minigrad.nn.Linear(4, 4), minigrad.nn.Linear(4, 2))
    >>> parameters = net.double().parameters()          # 8 bytes a number
    >>> [[p.numel() for p in bucket.parameters] for bucket in deal(parameters, limit=100)]
    [[2, 8], [4], [16]]
    """
    groups: list[list[Tensor]] = []
    for p in reversed(list(parameters)):
        if groups and groups[-1][0].dtype == p.dtype and groups[-1][0].device == p.device \
                and sum(q._array.nbytes for q in groups[-1]) + p._array.nbytes <= limit:
            groups[-1].append(p)
        else:
            groups.append([p])
    return [Bucket(group) for group in groups]


def _nothing(what: str, bucket: int) -> None:
    pass


class Reducer(Follower):
    """Follows the backward passes of one model.

    The gradient of the whole batch is the mean over all its N samples. Rank r has n of them, and its mean
    counts n / N. What it sends is its gradient times size · n / N, which is 1 for equal parts; the sum over
    ranks, divided by their number, is the gradient.
    """

    def __init__(self, parameters: Sequence[Tensor], group: Group, limit: float) -> None:
        self.group = group
        self.buckets = deal(parameters, limit)
        self.place_of: dict[int, tuple[Bucket, int, int]] = {}      # id: its bucket, place there, number
        for bucket in self.buckets:
            for i, p in enumerate(bucket.parameters):
                self.place_of[id(p)] = (bucket, i, len(self.place_of))
        self.used = np.zeros(len(self.place_of), np.int32)      # how many ranks have a gradient
        self.counts: deque[tuple[int, int, int, np.ndarray, Work]] = deque(maxlen=64)
        self.sync = True                            # False inside of no_sync
        self.tell: Callable[[str, int], Any] = _nothing     # hears what happens to which bucket

    # ── forward ───────────────────────────────────────────────────────────────────────────────

    def run(self, forward: Callable[[], Any], samples: int) -> Any:
        """Call ``forward``, and have the ranks' samples counted meanwhile: one message of 8 bytes."""
        total = np.array([samples], np.float64)
        work = self.group.all_reduce(total)
        begin = clock.tick()
        output = forward()
        self.counts.append((begin, clock.tick(), samples, total, work))
        if self not in mode.followers:
            mode.followers += (self,)
        return output

    # ── backward ──────────────────────────────────────────────────────────────────────────────

    def begins(self, starts: Iterable[Any]) -> bool:
        """Count how many contributions each parameter will get; whether there are any at all."""
        self.left: dict[int, int] = {}
        orders, seen, waiting = [], set(starts), list(starts)
        while waiting:
            vertex = waiting.pop()
            if isinstance(vertex, Tensor):
                continue
            orders.append(vertex.order)
            for edge in vertex.edges:
                if isinstance(edge, Tensor):
                    if id(edge) in self.place_of:
                        self.left[id(edge)] = self.left.get(id(edge), 0) + 1
                elif edge is not None and edge not in seen:
                    seen.add(edge)
                    waiting.append(edge)
        if not self.left:
            return False
        if mode.grad:
            raise GraphError("DistributedDataParallel: create_graph=True would need the graphs of the other "
                             "ranks. Differentiate twice on the module itself.")
        self.weight = self._weigh(np.array(orders))
        if not self.counts:                         # no other loss of this model waits for its backward pass
            mode.followers = tuple(f for f in mode.followers if f is not self)
        self.next = 0
        self.used[...] = 0
        for bucket in self.buckets:
            bucket.array[...] = 0
            bucket.missing = len(bucket.parameters)
        return True

    def _weigh(self, orders: np.ndarray) -> float:
        """size · n / N, of the samples of the forward calls that the graph, of these orders, comes from."""
        reached = [entry for entry in self.counts if ((orders > entry[0]) & (orders < entry[1])).any()]
        for entry in reached:
            entry[-1].wait()
            self.counts.remove(entry)
        if not reached:
            raise GraphError("DistributedDataParallel: the loss was not computed by calling it. Call the "
                             "wrapped model, ddp(x), not ddp.module(x).")
        mine = sum(entry[2] for entry in reached)
        return self.group.size * mine / float(sum(entry[3][0] for entry in reached))

    def contribution(self, op: Any, i: int, g: Any, part: Any, total: Any) -> None:
        key = id(op.edges[i])
        if key not in self.left:
            return
        self.left[key] -= 1
        if not self.left[key] and self.sync:
            self._fill(key, total)
            self._send_full()

    def _fill(self, key: int, gradient: Any) -> None:
        """Put a finished gradient, and what was added up before without sending, into its bucket."""
        bucket, i, number = self.place_of[key]
        place, before = bucket.places[i], bucket.parameters[i]._grad
        if self.weight:                 # a rank without a sample of the batch may have computed anything
            place[...] = gradient if self.weight == 1 else gradient * place.dtype.type(self.weight)
        if before is not None:
            place += before._array
        self.used[number] = 1
        bucket.missing -= 1

    def _send_full(self) -> None:
        """Send every bucket whose turn it is, as long as they are full."""
        while self.next < len(self.buckets) and not self.buckets[self.next].missing:
            self._send(self.buckets[self.next])
        for bucket in self.buckets[:self.next]:
            bucket.work.is_completed()              # MPI moves data while it is called

    def _send(self, bucket: Bucket) -> None:
        self.tell("sent", self.next)
        bucket.work = self.group.all_reduce(bucket.array)
        self.next += 1

    def ends(self, gradients: dict[Any, Any]) -> None:
        """Send the rest, wait for all, and put the means where the leaves' own gradients were."""
        if not self.sync:
            for p in [p for p in gradients if id(p) in self.place_of]:
                if self.weight != 1:
                    gradients[p] = gradients[p] * p.dtype.type(self.weight) if self.weight else p._array * 0
            return
        for bucket in self.buckets[self.next:]:
            for p in bucket.parameters:
                if self.left.get(id(p)) != 0 and (p in gradients or p._grad is not None):
                    self._fill(id(p), gradients.get(p, 0))
            self._send(bucket)
        used = self.group.all_reduce(self.used)
        for number, bucket in enumerate(self.buckets):
            bucket.work.wait()
            self.tell("arrived", number)
            bucket.array *= bucket.array.dtype.type(1 / self.group.size)
        used.wait()
        for bucket in self.buckets:
            for p, place in zip(bucket.parameters, bucket.places):
                gradients.pop(p, None)
                if self.used[self.place_of[id(p)][2]]:      # else .grad stays None, as in one process
                    gradients[p], p._grad = place, None
