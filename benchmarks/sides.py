"""The processes that are compared, and how they take turns.

A ``Side`` is a worker process (``worker.py``) with one library and one piece of work. All sides of a
comparison are started first; then they take turns of a fifth of a second, and those that wait sleep.
Whatever slows the machine down for a while slows all of them.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tqdm import tqdm

HERE = Path(__file__).resolve().parent
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
           "NUMEXPR_NUM_THREADS", "NUM_CPU_THREADS")
INSTALL = {"torch": "pip install torch", "torch-best": "pip install torch", "jax": "pip install jax",
           "tinygrad": "pip install tinygrad numpy, and clang", "mygrad": "pip install mygrad",
           "autograd": "pip install autograd scipy",
           "dezero": "a virtual environment with pip install dezero matplotlib 'numpy<1.24'"}
LEAST_TURNS = 3             # of a side whose steps are long


class Missing(Exception):
    """A side that cannot take part, and why."""


@dataclass
class Side:
    """A worker process and what it measured: for each turn the seconds of its steps."""

    name: str
    process: subprocess.Popen[bytes]
    steps: int = 1              # in a turn
    untimed: int = 0            # before them
    every: int = 1              # takes part in every n-th round
    rounds: dict[int, list[float]] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)
    idle_cpu: list[float] = field(default_factory=list)

    def ask(self, order: str, timeout: float | None = None, **arguments: Any) -> dict[str, Any]:
        """Send an order, wait for the answer; TimeoutError after ``timeout`` seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer(timeout)

    def answer(self, timeout: float | None = None) -> dict[str, Any]:
        """The next line that the worker prints."""
        assert self.process.stdout is not None
        if timeout is not None and not select.select([self.process.stdout], [], [], timeout)[0]:
            raise TimeoutError(f"{self.name}: no answer in {timeout:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise Missing(f"{self.name}: its process stopped; what it said is above")
        return dict(json.loads(line))

    def wait_until_ready(self) -> Side:
        """Raises Missing when the library is not there, or cannot do this work."""
        reply = self.answer()
        if reply["ready"]:
            return self
        self.close()
        help = INSTALL.get(self.name)
        raise Missing(f"{self.name}: skipped, {reply['why']}"
                      + (f". To install it: {help} (see --python)" if reply["missing"] and help else ""))

    def prepare(self, turn: float, warm: float) -> None:
        """Warm up, and choose how many steps make a turn of about ``turn`` seconds."""
        seconds = self.ask("warm", seconds=warm)["seconds"]
        self.steps = max(1, round(turn / seconds))
        self.untimed = 0 if seconds > turn else min(2, self.steps)
        self.every = max(1, math.ceil((self.steps + self.untimed) * seconds / (5 * turn)))

    def take_turn(self, number: int) -> None:
        """The timed steps of round ``number``."""
        reply = self.ask("turn", steps=self.steps, untimed=self.untimed)
        self.rounds[number] = reply["times"]
        self.cpu[number] = reply["cpu"]
        self.idle_cpu.append(reply["idle_cpu"])

    def close(self, kill: bool = False) -> None:
        """End the process: closing its input does."""
        assert self.process.stdin is not None and self.process.stdout is not None
        if kill:
            self.process.kill()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()
        self.process.stdout.close()

    @property
    def milliseconds(self) -> list[float]:
        """Quartiles of all timed steps."""
        return quartiles([1e3 * t for r in self.rounds.values() for t in r])


def quartiles(values: list[float]) -> list[float]:
    """[lower quartile, median, upper quartile]."""
    return quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3


def ratio(ours: Side, theirs: Side) -> list[float]:
    """Quartiles over the rounds of our median step by theirs."""
    return quartiles([median(ours.rounds[n]) / median(theirs.rounds[n])
                      for n in ours.rounds if n in theirs.rounds])


def cpu_ratio(ours: Side, theirs: Side) -> list[float]:
    """As ``ratio``, for the processor time of all threads."""
    return quartiles([ours.cpu[n] / max(theirs.cpu[n], 1e-9) for n in ours.cpu if n in theirs.cpu])


def difference(ours: list[float], theirs: list[float]) -> float:
    """The largest relative difference of losses, over the steps that both computed."""
    return max((abs(a - b) / max(abs(b), 1e-12) if a == a and b == b else math.inf)
               for a, b in zip(ours, theirs))


def start(peer: str, task: str, args: argparse.Namespace, name: str = "", **arguments: Any) -> Side:
    """A worker process, which loads its libraries by itself; ``wait_until_ready`` before use."""
    threads = str(args.threads)
    environment = {**os.environ, **dict.fromkeys(THREADS, threads)}
    arguments = {"seed": args.seed, "threads": args.threads, "options": {}, **arguments}
    spec = json.dumps({"peer": peer, "task": task, "arguments": arguments})
    process = subprocess.Popen([python_of(peer, args), str(HERE / "worker.py"), spec], env=environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return Side(name or ("itself" if peer == "minigrad" else peer), process)


def python_of(peer: str, args: argparse.Namespace) -> str:
    """The interpreter with this library: by --python, by the environment variable, by --environments."""
    given = dict(text.split("=", 1) for text in args.python or [])
    names = [peer, peer.partition("-")[0]]                      # torch-best: where torch is
    for name in names:
        found = given.get(name) or os.environ.get(f"MINIGRAD_BENCH_PYTHON_{name.upper().replace('-', '_')}")
        if found:
            return found
    for name in names if args.environments else []:
        for path in ("bin/python", "Scripts/python.exe"):
            if (args.environments / name / path).exists():
                return str(args.environments / name / path)
    return sys.executable


def take_turns(sides: list[Side], args: argparse.Namespace, title: str) -> None:
    """All rounds: forwards, then backwards through the sides, so that none is always first."""
    for side in sides:                      # a side that pauses too often would be left without turns
        side.every = max(1, min(side.every, (args.rounds - 1) // (LEAST_TURNS - 1)))
    for number in tqdm(range(args.rounds), title, leave=False, disable=None):
        for side in sides if number % 2 == 0 else sides[::-1]:
            if number % side.every == 0:
                time.sleep(args.pause)      # BLAS threads spin for a while after their last job
                side.take_turn(number)


def add_options(parser: argparse.ArgumentParser, rounds: int = 20, peers: str = "") -> None:
    """The options that all measurements share; ``peers``: what --peer says it accepts."""
    if peers:
        parser.add_argument("--peer", action="append", help=peers)
        parser.add_argument("--python", action="append", metavar="PEER=PATH",
                            help="the interpreter of a peer's own environment; may repeat\n"
                                 "(or the environment variable MINIGRAD_BENCH_PYTHON_JAX, …)")
        parser.add_argument("--environments", type=Path, metavar="FOLDER",
                            help="a folder with a virtual environment for each peer, named after it")
    else:
        parser.set_defaults(peer=None, python=None, environments=None)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1,
                        help="of each library (default: all cores, here %(default)s)")
    parser.add_argument("--rounds", type=int, default=rounds, help="turns of each side (default %(default)s)")
    parser.add_argument("--round", type=float, default=0.2, metavar="SECONDS", help="one turn takes")
    parser.add_argument("--warm", type=float, default=0.5, metavar="SECONDS", help="before the first turn")
    parser.add_argument("--pause", type=float, default=0.1, metavar="SECONDS", help="between turns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-save", action="store_true", help="write no file under results/")
