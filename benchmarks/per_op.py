"""Where one training step of minigrad spends its time:  python benchmarks/per_op.py C3

Every operation's forward and backward methods, the optimizer's step and the loss's backward walk are
timed from outside; each row holds its own time, without that of rows called from within it. The row
"the rest" is what is left: modules, checks, the benchmark's own loop. Timing costs about 0.3 µs a
call, so long chains look a little slower than they are.
"""
from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import Any, Callable

from minigrad.autograd import Function, engine
from minigrad.optim import Optimizer
from peers.minigrad import Step
from workloads import by_key


class Stopwatch:
    """Own time and calls of each wrapped function."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.own: defaultdict[str, float] = defaultdict(float)
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.inner = [0.0]          # time of wrapped calls inside of each open one

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed under ``name``."""
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.inner.append(0.0)
            start = self.clock()
            try:
                return function(*args, **kwargs)
            finally:
                whole = self.clock() - start
                self.own[name] += whole - self.inner.pop()
                self.calls[name] += 1
                self.inner[-1] += whole
        return timed


def operations(base: type[Function] = Function) -> list[type[Function]]:
    """Every class of operation that is loaded."""
    return [c for child in base.__subclasses__() for c in [child, *operations(child)]]


def watch(stopwatch: Stopwatch) -> None:
    """Wrap forward and backward of every operation, the call, the walk and the optimizers."""
    for op in operations():
        if "forward" in op.__dict__:
            op.forward = stopwatch.wrap(f"{op.__name__} forward", op.forward)  # type: ignore
        name = f"{op.__name__} {{}}".format
        if op.variadic:
            op.backwards.method = stopwatch.wrap(name("backward"), op.backwards.method)
        else:
            op.backwards = tuple(stopwatch.wrap(name(b.__name__), b) for b in op.backwards)
    Function.__call__ = stopwatch.wrap("record (Function.__call__)",  # type: ignore
                                       Function.__call__)
    engine.run = stopwatch.wrap("walk (backward)", engine.run)
    Optimizer.step = stopwatch.wrap("optimizer step", Optimizer.step)  # type: ignore
    Optimizer.zero_grad = stopwatch.wrap("zero_grad", Optimizer.zero_grad)  # type: ignore


def main() -> None:
    """Time steps, print the rows, the most expensive first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("step", nargs="?", default="C3")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--cpu", action="store_true", help="processor time of this thread: steadier on a\n"
                        "busy machine; run with OPENBLAS_NUM_THREADS=1")
    args = parser.parse_args()
    clock = time.thread_time if args.cpu else time.perf_counter
    peer = Step(by_key(args.step), seed=0, threads=0, options={})
    for i in range(5):
        peer.step(i)
    plain = clock()
    for i in range(args.steps):
        peer.step(i)
    plain = (clock() - plain) / args.steps
    stopwatch = Stopwatch(clock)
    watch(stopwatch)
    whole = clock()
    for i in range(args.steps):
        peer.step(i)
    whole = (clock() - whole) / args.steps
    rows = [(t / args.steps, n / args.steps, name) for name, t in stopwatch.own.items()
            for n in [stopwatch.calls[name]]]
    rows.append((whole - sum(t for t, _, _ in rows), 1, "the rest"))
    print(f"{args.step}: {1e3 * plain:.3f} ms a step, {1e3 * whole:.3f} ms while timed\n")
    print(f"{'ms':>9}  {'share':>6}  {'calls':>6}")
    for seconds, calls, name in sorted(rows, reverse=True):
        print(f"{1e3 * seconds:9.3f}  {seconds / whole:6.1%}  {calls:6.0f}  {name}")


if __name__ == "__main__":
    main()
