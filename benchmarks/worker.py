"""One peer in a process of its own: takes orders on stdin, answers on stdout, a line of JSON each.

    {"check": n}     n steps from the start, without dropout  →  {"losses": [...]}
    {"warm": s}      steps for s seconds                      →  {"seconds": of one step}
    {"steps": k}     k timed steps                            →  {"times": [...], "cpu": of a step}
    {"report": 1}                                             →  {"versions": ..., "peak_mb": ...}

Every answer holds "idle_cpu", the CPU seconds spent since the last one. While it waits for an order
the process sleeps in ``read``, so that the other side has the machine to itself.
"""
from __future__ import annotations

import gc
import importlib
import json
import resource
import sys
import time
from statistics import median
from typing import Any

from workloads import by_key

UNTIMED = 2                 # steps that open a round: threads wake up, caches fill


class Worker:
    """Answers orders for one peer and one workload."""

    def __init__(self, peer: str, workload: str, seed: int, threads: int) -> None:
        self.module = importlib.import_module(f"peers.{peer}")
        self.peer = self.module.Peer(by_key(workload), seed, threads)
        self.count = 0
        self.cpu = time.process_time()

    def timed(self, steps: int) -> list[float]:
        """Seconds of each step."""
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.peer.step(self.count)
            times.append(time.perf_counter() - start)
            self.count += 1
        return times

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what the order says."""
        idle = time.process_time() - self.cpu
        reply: dict[str, Any] = {"idle_cpu": idle}
        if "check" in order:
            self.peer.dropout(False)
            reply["losses"] = [self.peer.value(self.peer.step(i)) for i in range(order["check"])]
            self.peer.dropout(True)
        elif "warm" in order:
            start, times = time.perf_counter(), self.timed(3)
            while time.perf_counter() - start < order["warm"]:
                times += self.timed(1)
            reply["seconds"] = median(times[len(times) // 2:])
        elif "steps" in order:
            self.timed(UNTIMED)
            start = time.process_time()
            reply["times"] = self.timed(order["steps"])
            reply["cpu"] = (time.process_time() - start) / order["steps"]
        else:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
            reply.update(versions=self.module.Peer.versions, peak_mb=usage.ru_maxrss / unit)
        gc.collect()
        self.cpu = time.process_time()
        return reply


def main() -> None:
    """``worker.py PEER WORKLOAD SEED THREADS``; ends when stdin is closed."""
    peer, workload, seed, threads = sys.argv[1:5]
    out = sys.stdout
    sys.stdout = sys.stderr             # whatever a library prints stays out of the answers
    worker = Worker(peer, workload, int(seed), int(threads))
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(worker.answer(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
