"""The first minutes on a real GPU:  python -m benchmarks.first_contact

What was only read and simulated so far is tried, the most telling first, in three parts that each end
within eight minutes:

    1  is it right       versions; captured steps beside eager ones and the CPU; kernels and products beside
                         NumPy; what a recording refuses; seeds, scaling, streams; a first timing of the CNN
    2  is it fast        four steps beside PyTorch's, host time beside device time; MNIST in ten epochs
    3  does it hold      memory over many captures, out of memory, copies under load; TF32 and float16; the
                         test suite, where pytest is installed

Each check runs in a process that the next one inherits only while the GPU still answers: a check that fails,
crashes or hangs is noted with what was seen, and the next one starts. All goes into one JSON file, which is
rewritten after each check. Needs this checkout, NumPy and CuPy; PyTorch for the comparison.

    python -m benchmarks.first_contact --part 1         # one part alone
    python -m benchmarks.first_contact --stand-in       # tiny, on the stand-in for CuPy: does the plan run?
"""
from __future__ import annotations

import argparse
import json
import platform
import queue
import subprocess
import sys
import threading
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MINUTES, SECONDS = 8.0, 150.0           # of a part, and of a check
BROKEN = 3                              # exit status of a child whose GPU no longer answers
TITLES = {1: "is it right", 2: "is it fast", 3: "does it hold"}


def prepared(stand_in: bool) -> list[Any]:
    """Everything importable, and the checks in order."""
    for folder in (str(HERE), str(ROOT)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    import bare
    missing = bare.install()
    if stand_in:
        from tests.gpu import stand_in as fake
        from tests.gpu.stand_in import cublas
        fake.install()
        cublas.install()
    import contact
    contact.SMALL[0], contact.MISSING[:] = stand_in, missing
    import contact_right, contact_fast, contact_holds       # noqa: E401, F401  (fill the list)
    return contact.CHECKS


def answers() -> bool:
    """Whether the GPU still computes: after an illegal access it does not, in this process."""
    try:
        import cupy
        return int(cupy.arange(4).sum()) == 6
    except Exception:
        return False


# ── the child: runs checks and prints a line of JSON before and after each ────────────────────────────

def child(args: argparse.Namespace) -> int:
    """Checks from ``--first`` on, those of ``--names`` alone."""
    checks = prepared(args.stand_in)
    if not args.child:
        import minigrad
        print(minigrad.cuda.why_not(), file=sys.stderr)
        return 0 if minigrad.cuda.is_available() else 2
    for index in args.child:
        check = checks[index]
        say({"start": index})
        began = time.perf_counter()
        seen: dict[str, Any] = {}
        result: dict[str, Any] = {"done": index, "ok": True}
        try:
            seen = check.run() or {}
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            result["ok"] = False
            result["error"] = f"{type(error).__name__}: {error}"[:4000]
            result["where"] = traceback.format_exc().splitlines()[-12:]
            seen = getattr(error, "seen", {})
        result.update(seconds=round(time.perf_counter() - began, 2), seen=seen)
        say(result)
        if not result["ok"] and not answers():
            return BROKEN
    return 0


def say(line: dict[str, Any]) -> None:
    sys.stdout.write("\x1e" + json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def read_all(stream: Any, lines: queue.Queue[str]) -> None:
    """Every line, and an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put("")


# ── the parent: starts children, watches the clock, writes the file ───────────────────────────────────

class Plan:
    """The checks of the chosen parts, and what became of them."""

    def __init__(self, args: argparse.Namespace, checks: list[Any]) -> None:
        self.args, self.checks = args, checks
        self.began = datetime.now(timezone.utc)
        self.results: dict[int, dict[str, Any]] = {}

    def part(self, number: int) -> None:
        """All checks of one part within its time."""
        print(f"part {number}: {TITLES[number]}", flush=True)
        end = time.monotonic() + 60 * self.args.minutes
        waiting = [i for i, check in enumerate(self.checks) if check.part == number
                   and (not self.args.only or any(word in check.name for word in self.args.only))]
        while waiting:
            left = end - time.monotonic()
            if left < 5:
                for i in waiting:
                    self.note(i, {"ok": None, "error": "left out: the time of the part is over"})
                return
            done = self.children(waiting, end)
            waiting = [i for i in waiting if i not in done]

    def command(self, indices: list[int]) -> list[str]:
        """How a child is started."""
        options = ["--stand-in"] if self.args.stand_in else []
        return [sys.executable, "-m", "benchmarks.first_contact", *options, "--child", *map(str, indices)]

    def children(self, indices: list[int], end: float) -> set[int]:
        """One child for as many checks as it survives; those that are settled."""
        errors = self.file().with_suffix(".stderr")
        errors.parent.mkdir(parents=True, exist_ok=True)
        with open(errors, "w", encoding="utf-8") as stderr, subprocess.Popen(
                self.command(indices), cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
            settled = self.watch(process, end)
        text = errors.read_text(encoding="utf-8").strip()
        errors.unlink()
        if not settled:                                         # it did not even begin
            settled = {indices[0]}
            self.note(indices[0], {"ok": False, "error": f"the process did not begin: {text[-2000:]}"})
        return settled

    def watch(self, process: Any, end: float) -> set[int]:
        """Read what the child says until it ends; kill it when a check, or the part, takes too long."""
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=lambda: read_all(process.stdout, lines), daemon=True)
        settled: set[int] = set()
        current: int | None = None
        longest = self.args.seconds
        limit = min(end, time.monotonic() + self.args.seconds)
        reader.start()
        while True:
            try:
                line = lines.get(timeout=max(0.0, limit - time.monotonic()))
            except queue.Empty:
                process.kill()
                if current is not None:
                    settled.add(current)
                    self.note(current, {"ok": False, "error": "ended: it took longer than "
                                        f"{longest:.0f} s, or than the part had left"})
                break
            if not line:
                break
            if not line.startswith("\x1e"):
                continue
            said = json.loads(line[1:])
            if "start" in said:
                current = said["start"]
                longest = max(self.args.seconds, self.checks[current].seconds)
                limit = min(end, time.monotonic() + longest)
            else:
                settled.add(said["done"])
                self.note(said.pop("done"), said)
                current = None
        status = process.wait()
        if current is not None and current not in settled:
            settled.add(current)
            self.note(current, {"ok": False, "error": f"the process ended in the middle, status {status}"})
        return settled

    def note(self, index: int, result: dict[str, Any]) -> None:
        """Keep, show, write."""
        self.results[index] = result
        word = {True: "ok", False: "FAILED", None: "-"}[result["ok"]]
        seen = result.get("seen") or {}
        short = ", ".join(f"{k} {v}" for k, v in seen.items() if isinstance(v, (int, float, str)))
        print(f"  {word:6} {result.get('seconds', ''):>6} {self.checks[index].name}: "
              f"{result.get('error', short)[:300]}", flush=True)
        self.write()

    def file(self) -> Path:
        return Path(self.args.out) if self.args.out else \
            HERE / "results" / f"first-contact-{self.began:%Y%m%d-%H%M%S}.json"

    def write(self) -> None:
        record = {"date": self.began.isoformat(timespec="seconds"), "stand-in": self.args.stand_in,
                  "system": platform.platform(), "python": platform.python_version(),
                  "checks": [{"part": check.part, "name": check.name, **self.results[i]}
                             for i, check in enumerate(self.checks) if i in self.results]}
        self.file().parent.mkdir(parents=True, exist_ok=True)
        self.file().write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """0 when all checks that ran are fine, 1 otherwise; 2 without a GPU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_contact", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=int, nargs="*", default=[1, 2, 3], choices=(1, 2, 3))
    parser.add_argument("--only", nargs="*", help="checks whose name holds one of these words")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"of a part ({MINUTES:.0f})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of a check ({SECONDS:.0f})")
    parser.add_argument("--out", help="the JSON file (benchmarks/results/first-contact-DATE.json)")
    parser.add_argument("--stand-in", action="store_true", help="tiny, on the stand-in for CuPy")
    parser.add_argument("--child", type=int, nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.child is not None:
        return child(args)
    plan = Plan(args, prepared(args.stand_in))
    probe = subprocess.run(plan.command([]), cwd=ROOT, capture_output=True, text=True)
    if probe.returncode:
        print(f"no GPU: {probe.stderr.strip()[-2000:]}", file=sys.stderr)
        return 2
    for number in args.part:
        plan.part(number)
    bad = [plan.checks[i].name for i, result in plan.results.items() if not result["ok"]]
    print(f"\n{len(plan.results) - len(bad)} of {len(plan.results)} fine; everything seen: {plan.file()}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
