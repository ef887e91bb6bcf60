"""One peer in a process of its own: takes orders on stdin, answers on stdout, a line of JSON each.

    {"order": "check", "steps": n, ...}   n steps from the start, no dropout  →  {"losses": [...]}
    {"order": "warm", "seconds": s}       steps for s seconds                 →  {"seconds": of one step}
    {"order": "turn", "steps": k, ...}    k timed steps         →  {"times": [...], "cpu": of one}
    {"order": "build", "options": {...}}  the same work anew, other options   →  {}
    {"order": "variants"}                 options worth trying                →  {"variants": [...]}
    {"order": "report"}                   →  {"versions": {...}, "peak_mb": ..., "details": {...}}

Every answer holds "idle_cpu", the CPU seconds spent since the last one. While it waits for an order
the process sleeps in ``read``, so that the other sides have the machine to themselves. The first line
is {"ready": true}, or {"ready": false, "why": ...} where the library is missing or cannot do the work.
"""
from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))    # minigrad, where it is not installed

try:
    import resource
except ImportError:                     # Windows
    resource = None                     # type: ignore[assignment]


class Worker:
    """Answers orders for one peer and one piece of work."""

    def __init__(self, peer: str, task: str, arguments: dict[str, Any]) -> None:
        module = importlib.import_module(f"peers.{peer.replace('-', '_')}")
        self.make, self.arguments = getattr(module, task), arguments
        self.count = 0
        self.cpu = time.process_time()
        self.build({})

    def build(self, options: dict[str, Any]) -> dict[str, Any]:
        """Start the work anew."""
        self.subject: Any = None        # the old one is freed before the new one is made
        self.subject = self.make(**{**self.arguments, "options": {**self.arguments["options"], **options}})
        return {}

    def timed(self, steps: int) -> list[float]:
        """Seconds of each step."""
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.subject.step(self.count)
            times.append(time.perf_counter() - start)
            self.count += 1
        return times

    def check(self, steps: int, seconds: float) -> dict[str, Any]:
        """The losses of the first steps; fewer when they take longer than that together."""
        self.subject.dropout(False)
        start = time.perf_counter()
        losses: list[float] = []
        while len(losses) < steps and (not losses or time.perf_counter() - start < seconds):
            losses.append(self.subject.value(self.subject.step(len(losses))))
        self.subject.dropout(True)
        return {"losses": losses}

    def warm(self, seconds: float) -> dict[str, Any]:
        """The fastest of steps for so long, at least three: the first two may compile something."""
        start, times = time.perf_counter(), self.timed(3)
        while time.perf_counter() - start < seconds:
            times += self.timed(1)
        return {"seconds": min(times)}

    def turn(self, steps: int, untimed: int) -> dict[str, Any]:
        """Timed steps, after some that wake threads and fill caches."""
        self.timed(untimed)
        start = time.process_time()
        times = self.timed(steps)
        return {"times": times, "cpu": (time.process_time() - start) / steps}

    def variants(self) -> dict[str, Any]:
        """What the peer can be asked to ``build``."""
        return {"variants": getattr(self.make, "variants", lambda work: [{}])(
            self.arguments["work" if "work" in self.arguments else "key"])}

    def report(self) -> dict[str, Any]:
        """What is known at the end."""
        return {"versions": self.make.versions, "peak_mb": peak_mb(),
                "details": getattr(self.subject, "details", {})}

    def answer(self, order: str, **arguments: Any) -> dict[str, Any]:
        """Do what the order says."""
        idle = time.process_time() - self.cpu
        reply = getattr(self, order)(**arguments) if hasattr(Worker, order) else (
            getattr(self.subject, order)(**arguments))
        gc.collect()
        self.cpu = time.process_time()
        return {"idle_cpu": idle, **reply}


def peak_mb() -> float:
    """The largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():                 # getrusage may report what the parent had when it started us
        lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        if lines:
            return int(lines[0].split()[1]) / 1024
    if resource is None:
        return float("nan")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    """The only argument is JSON: peer, task, arguments. Ends when stdin is closed."""
    spec = json.loads(sys.argv[1])
    out = sys.stdout
    sys.stdout = sys.stderr             # whatever a library prints stays out of the answers
    try:
        if "work" in spec["arguments"]:
            by_key = importlib.import_module("workloads").by_key        # needs NumPy
            spec["arguments"]["work"] = by_key(**spec["arguments"]["work"])
        worker = Worker(**spec)
    except (ImportError, NotImplementedError) as error:
        missing = isinstance(error, ImportError)
        print(json.dumps({"ready": False, "missing": missing, "why": str(error)}), file=out, flush=True)
        return
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(worker.answer(**json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
