"""Programs that others wrote for PyTorch, run on PyTorch and on minigrad: which run, and whether losses
agree.

    python benchmarks/torch_programs.py SOURCES [--only NAME …] [--record FILE] [--keep FOLDER]

SOURCES is a folder with a checkout of each repository, named ``owner+name``; nothing is downloaded. Which
programs, and what is changed in them, stands in ``torch_programs_list.py``: constants, such as the number of
epochs. Beyond these only the lines that import are changed: ``torch`` becomes ``minigrad``, ``torchvision``
becomes ``minigrad.vision``. Each program runs twice, in a folder of its own (``torch_programs_worker.py``),
and every value on which it calls ``backward`` is compared. They agree within 10⁻³; or, where rounding errors
grow until they don't, within ten times what PyTorch differs from itself when its random numbers change by
a millionth, counted two steps later ("chaotic"). ``--keep`` keeps PyTorch's part for the next time.

It needs PyTorch, torchvision, and what the programs import: gymnasium, pandas, scikit-learn, einops, tqdm.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from torch_programs_list import HELD_OUT, PROGRAMS, Program

WORKER = Path(__file__).with_name("torch_programs_worker.py")
TOLERANCE = 1e-3
SCHEME = b"1"           # changes when the worker draws other numbers, so that what was kept is not used again

RULES = [(r"^(\s*)import torch((?:\.\w+)*)(?= +as )", r"\1import minigrad\2"),
         (r"^(\s*)from torch((?:\.\w+)*)(?= +import)", r"\1from minigrad\2"),
         (r"^(\s*)import torch *(?=$|#|;)", r"\1import minigrad as torch"),
         (r"^(\s*)import torch((?:\.\w+)+) *(?=$|#|;)", r"\1import minigrad\2; import minigrad as torch"),
         (r"^(\s*)from einops\.layers\.torch(?= +import)", r"\1from einops.layers.minigrad"),
         (r"^(\s*)import torchvision((?:\.\w+)*)(?= +as )", r"\1import minigrad.vision\2"),
         (r"^(\s*)from torchvision((?:\.\w+)*)(?= +import)", r"\1from minigrad.vision\2"),
         (r"^(\s*)import torchvision *(?=$|#|;)", r"\1import minigrad.vision as torchvision"),
         (r"^(\s*)import torchvision((?:\.\w+)+) *(?=$|#|;)",
          r"\1import minigrad.vision\2; import minigrad.vision as torchvision")]


def for_minigrad(source: str) -> str:
    """``source`` with other imports."""
    source = re.sub(r"^(\s*)import (torch[\w.]*(?: +as +\w+)?(?:, *[\w.]+(?: +as +\w+)?)+|"
                    r"[\w.]+(?: +as +\w+)?(?:, *[\w.]+(?: +as +\w+)?)*, *torch[\w., ]*?) *$",
                    lambda m: "\n".join(f"{m[1]}import {part.strip()}" for part in m[2].split(",")),
                    source, flags=re.MULTILINE)
    for pattern, text in RULES:
        source = re.sub(pattern, text, source, flags=re.MULTILINE)
    return source


def code_of(path: Path) -> str:
    """A program's text; of a notebook the cells with code, without the lines for the notebook itself."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return text
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "\n".join(re.sub(r"^(\s*)[%!?].*$", r"\1pass", cell, flags=re.MULTILINE) for cell in cells) + "\n"


def prepared(program: Program, sources: Path, library: str, folder: Path) -> Path:
    """A copy of the program's surroundings in ``folder``, with its constants changed; the path to run."""
    start = sources / program.repo / program.folder
    shutil.copytree(start, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    main = folder / program.path
    text = code_of(main) if program.path else ""
    for old, new in program.changes:
        if old not in text:
            raise LookupError(f"{program.name}: the program does not contain {old!r}")
        text = text.replace(old, new)
    main = folder / "the_program.py" if not program.path else main.with_suffix(".py")
    main.parent.mkdir(parents=True, exist_ok=True)
    main.write_text(text + program.after, encoding="utf-8")
    for name, content in program.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    if library == "minigrad":
        for path in folder.rglob("*.py"):
            source = path.read_text(encoding="utf-8", errors="replace")
            path.write_text(for_minigrad(source), encoding="utf-8")
    return main


class Server:
    """The worker of one library, which forks for every program."""

    def __init__(self, library: str) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(WORKER.parents[1]),
                       "OMP_NUM_THREADS": "1",
                       "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg", "LANG": "C.UTF-8",
                       "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0", "SDL_VIDEODRIVER": "dummy"}
        self.process = subprocess.Popen([sys.executable, str(WORKER), library], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, job: dict[str, Any]) -> int | None:
        """How the job's process ended; None if it was stopped for its time."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer: int | None = json.loads(self.process.stdout.readline())
        return answer


@cache
def server(library: str) -> Server:
    """The one server of a library."""
    return Server(library)


def run(program: Program, sources: Path, library: str, nudge: float = 0.0) -> dict[str, Any]:
    """{"kind", "reason", "losses", "seconds", "output"} of one run."""
    with tempfile.TemporaryDirectory() as place:
        folder, result, output = Path(place, "run"), Path(place, "result.json"), Path(place, "output")
        main = prepared(program, sources, library, folder)
        began = time.monotonic()
        status = server(library).ask({
            "program": str(main), "args": program.args, "cwd": str(main.parent if program.beside else folder),
            "result": str(result), "output": str(output), "seconds": program.seconds,
            "environment": {"HOME": place, "PROGRAM_NUDGE": str(nudge), "PROGRAM_STEPS": "200",
                            "PROGRAM_TRAIN": "256", "PROGRAM_TEST": "64", **program.environment}})
        seconds = round(time.monotonic() - began, 1)
        printed = output.read_text(errors="replace")[-3000:] if output.exists() else ""
        if status is None:
            found = {"kind": "stopped", "reason": f"more than {program.seconds} s", "losses": []}
        elif result.exists():
            found = json.loads(result.read_text())
        else:
            found = {"kind": "stopped", "reason": f"ended with {status}: {printed[-200:]!r}", "losses": []}
        return {**found, "seconds": seconds, "output": printed}


def kept(program: Program, sources: Path, keep: Path | None, nudge: float = 0.0) -> dict[str, Any]:
    """PyTorch's run, from ``keep`` if the program is the same."""
    if keep is None:
        return run(program, sources, "torch", nudge)
    text = (sources / program.repo / program.folder / program.path).read_bytes() if program.path else b""
    key = hashlib.sha256(text + repr(program).encode() + SCHEME).hexdigest()[:16]
    title = re.sub(r"[^\w.-]", "_", program.name)
    path = keep / f"{title}-{key}{'-nudged' if nudge else ''}.json"
    if not path.exists():
        keep.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run(program, sources, "torch", nudge)))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def difference(ours: list[float], theirs: list[float]) -> float:
    """The largest |a − b| / max(|b|, 1 % of the largest |b|, 10⁻⁶); ∞ when one is not finite."""
    floor = max(1e-6, 0.01 * max((abs(b) for b in theirs if math.isfinite(b)), default=0))
    worst = 0.0
    for a, b in zip(ours, theirs):
        if math.isfinite(a) and math.isfinite(b):
            worst = max(worst, abs(a - b) / max(abs(b), floor))
        elif not (math.isnan(a) and math.isnan(b) or a == b):
            return math.inf
    return worst


def judged(program: Program, sources: Path, keep: Path | None) -> dict[str, Any]:
    """One row of the table."""
    theirs = kept(program, sources, keep)
    row = {"name": program.name, "torch": theirs["kind"], "steps": len(theirs["losses"]), "runs": False,
           "agrees": False, "worst": None, "reason": theirs["reason"]}
    if theirs["kind"] == "stopped":
        return {**row, "reason": f"on PyTorch: {theirs['reason']}", "output": theirs["output"]}
    ours = run(program, sources, "minigrad")
    same = len(ours["losses"]) == len(theirs["losses"])
    worst = difference(ours["losses"], theirs["losses"])
    row.update(runs=ours["kind"] != "stopped", worst=worst, seconds=[theirs["seconds"], ours["seconds"]],
               agrees=ours["kind"] != "stopped" and same and worst <= TOLERANCE, output=ours["output"])
    if row["runs"] and same and not row["agrees"]:
        control = kept(program, sources, keep, nudge=1e-6)
        row["chaotic"] = row["agrees"] = as_chaotic(ours["losses"], theirs["losses"], control["losses"])
    row["reason"] = ours["reason"] or ("" if row["agrees"] else f"{len(ours['losses'])} losses, expected "
                                       f"{len(theirs['losses'])}" if not same else first_apart(ours, theirs))
    return row


def as_chaotic(ours: list[float], theirs: list[float], control: list[float]) -> bool:
    """Whether at every step ours differ at most ten times as much as PyTorch did from itself two steps later.

    Two steps, for rounding begins in every operation, and the change of the control only at the start.
    """
    if len(control) != len(theirs):
        return False
    apart = [difference([c], [b]) for b, c in zip(theirs, control)]
    return all(difference([a], [b]) <= max(TOLERANCE, 10 * max(apart[:i + 3]))
               for i, (a, b) in enumerate(zip(ours, theirs)))


def first_apart(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    for i, (a, b) in enumerate(zip(ours["losses"], theirs["losses"])):
        if difference([a], [b]) > TOLERANCE:
            return f"loss {i}: {a:.7g}, PyTorch {b:.7g}"
    return ""


def record(rows: list[dict[str, Any]], path: Path) -> None:
    """Write the rows as JSON, over those of the same programs that are there."""
    before = json.loads(path.read_text())["programs"] if path.exists() else []
    held_out = {program.name for program in HELD_OUT}
    found = {row["name"]: row for row in [*before, *rows]}
    order = [program.name for program in (*PROGRAMS, *HELD_OUT)]
    rows = [found[name] for name in order if name in found]
    path.write_text(json.dumps({
        "date": time.strftime("%Y-%m-%d"), "seed": 0, "tolerance": TOLERANCE, "versions": versions(),
        "totals": totals([row for row in rows if row["name"] not in held_out]),
        "held out": totals([row for row in rows if row["name"] in held_out]),
        "programs": rows}, indent=1) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("numpy", "torch", "torchvision", "einops", "gymnasium", "pillow"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return found


def totals(rows: list[dict[str, Any]]) -> str:
    """How many run and agree, in words."""
    usable = [row for row in rows if row["torch"] != "stopped"]
    chaotic = sum(bool(row.get("chaotic")) for row in usable)
    close = sum(row["agrees"] for row in usable) - chaotic
    return (f"{sum(row['runs'] for row in usable)} of {len(usable)} run, the losses of {close} agree within "
            f"{TOLERANCE:g}, of {chaotic} more as far as PyTorch's with themselves; "
            f"{len(rows) - len(usable)} do not run on PyTorch here")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--only", nargs="+", default=[], help="programs whose names contain one of these")
    parser.add_argument("--held-out", action="store_true", help="the programs that were not developed with")
    parser.add_argument("--record", type=Path, help="write the table as JSON, over what is there")
    parser.add_argument("--keep", type=Path, help="a folder for PyTorch's losses")
    parser.add_argument("--torch", action="store_true", help="PyTorch's part alone")
    parser.add_argument("--verbose", action="store_true", help="show the output of programs that stop")
    options = parser.parse_args()
    rows = []
    for program in HELD_OUT if options.held_out else PROGRAMS:
        if options.only and not any(part in program.name for part in options.only):
            continue
        if options.torch:
            found = kept(program, options.sources, options.keep)
            print(f"{program.name:60} {found['kind']:8} {len(found['losses']):5} {found['seconds']:6} s  "
                  f"{found['reason']}", flush=True)
            continue
        row = judged(program, options.sources, options.keep)
        output = row.pop("output", "")
        rows.append(row)
        worst = "" if row["worst"] is None or not row["runs"] else f"{row['worst']:.1e}"
        runs = "runs" if row["runs"] else "stops"
        agrees = "chaotic" if row.get("chaotic") else "agrees" if row["agrees"] else ""
        print(f"{row['name']:60} {runs:5} {agrees:7} "
              f"{row['steps']:5} {worst:8} {row['reason']}", flush=True)
        if options.verbose and row["reason"]:
            print(output)
    if rows:
        print(totals(rows))
    if options.record and rows:
        record(rows, options.record)


if __name__ == "__main__":
    main()
